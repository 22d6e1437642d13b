use super::*;
use crate::testing::{Book, found};

const PLAIN: News = News {
    is_recent: true,
    asks: false,
    brings_records: false,
    set: None,
    bytes: 1_000,
};
const ASKING: News = News { asks: true, ..PLAIN };

fn passed(forwarding: &mut Forwarding, book: &Book, size: u64, news: News) -> bool {
    forwarding.may_pass(book.hub.code, &book.checkpoint(size), news, Duration::ZERO)
}

fn book() -> Book {
    let [my, _] = found(["MY", "SG"]);
    Book::of(&my, 200)
}

#[test]
fn a_checkpoint_is_passed_on_once_and_once_more_when_it_asks() {
    let (book, mut forwarding) = (book(), Forwarding::default());
    assert!(passed(&mut forwarding, &book, 5, PLAIN));
    assert!(!passed(&mut forwarding, &book, 5, PLAIN));
    assert!(passed(&mut forwarding, &book, 5, ASKING));
    for news in [PLAIN, ASKING] {
        assert!(!passed(&mut forwarding, &book, 5, news));
    }
    assert!(passed(&mut forwarding, &book, 6, ASKING));
    assert!(!passed(&mut forwarding, &book, 6, PLAIN), "the wish says more");
}

#[test]
fn another_root_for_a_size_is_another_checkpoint() {
    let (book, mut forwarding) = (book(), Forwarding::default());
    assert!(passed(&mut forwarding, &book, 5, PLAIN));
    assert!(
        passed(&mut forwarding, &book.fork(2), 5, PLAIN),
        "everyone is to see it"
    );
}

#[test]
fn a_copy_without_its_records_does_not_keep_the_whole_one_back() {
    let (book, mut forwarding) = (book(), Forwarding::default());
    let whole = News {
        brings_records: true,
        ..PLAIN
    };
    assert!(passed(&mut forwarding, &book, 5, PLAIN));
    assert!(passed(&mut forwarding, &book, 5, whole));
    assert!(!passed(&mut forwarding, &book, 5, whole), "cut anew without end");
}

#[test]
fn a_set_is_passed_on_when_it_is_better_than_all_before() {
    let (book, mut forwarding) = (book(), Forwarding::default());
    let with = |size, witnesses| News {
        is_recent: false,
        set: Some((0, size, witnesses)),
        ..PLAIN
    };
    assert!(passed(&mut forwarding, &book, 5, with(5, 1)));
    assert!(!passed(&mut forwarding, &book, 5, with(5, 1)));
    assert!(passed(&mut forwarding, &book, 5, with(5, 2)));
    assert!(!passed(&mut forwarding, &book, 6, with(4, 9)));
}

#[test]
fn what_was_forgotten_is_not_passed_on_again() {
    let (book, mut forwarding) = (book(), Forwarding::default());
    let few = News { bytes: 1, ..PLAIN };
    let sizes = FORWARDED_MAX as u64 + 10;
    (1..=sizes).for_each(|size| assert!(passed(&mut forwarding, &book, size, few)));
    let again = (1..=sizes).filter(|size| passed(&mut forwarding, &book, *size, few));
    assert_eq!(again.count(), 0);
    assert_eq!(forwarding.hubs[&book.hub.code].checkpoints.len(), FORWARDED_MAX);
}

#[test]
fn checkpoints_that_come_in_no_order_are_known_again_and_the_oldest_forgotten_first() {
    let (book, mut forwarding) = (book(), Forwarding::default());
    let few = News { bytes: 1, ..PLAIN };
    let sizes = FORWARDED_MAX as u64 + 3; // 67 is a prime, so each comes once
    let shuffled = (0..sizes).map(|number| 1 + number * 25 % sizes);
    for size in shuffled.clone() {
        assert!(passed(&mut forwarding, &book, size, few), "{size}");
        assert!(!passed(&mut forwarding, &book, size, few), "{size} again");
    }
    let kept = &forwarding.hubs[&book.hub.code].checkpoints;
    let kept = kept.iter().map(|passed| passed.checkpoint.1);
    assert!(kept.eq(4..=sizes));
    assert!(shuffled.clone().all(|size| !passed(&mut forwarding, &book, size, few)));
}

#[test]
fn a_hub_that_floods_takes_what_is_spare_and_nothing_of_anothers_share() {
    let [my, sg] = found(["MY", "SG"]);
    let (loud, quiet) = (Book::of(&my, 200), Book::of(&sg, 200));
    let mut forwarding = Forwarding::default();
    let large = News {
        bytes: 32 * 1024,
        ..PLAIN
    };
    let count = (1..=200)
        .filter(|size| passed(&mut forwarding, &loud, *size, large))
        .count() as u64;
    assert_eq!(
        count,
        (FORWARDED_OF_HUB.at_once + FORWARDED_SPARE.at_once) / large.bytes
    );
    let share = FORWARDED_OF_HUB.at_once / large.bytes;
    let of_quiet = (1..=share).filter(|size| passed(&mut forwarding, &quiet, *size, large));
    assert_eq!(of_quiet.count() as u64, share);
}
