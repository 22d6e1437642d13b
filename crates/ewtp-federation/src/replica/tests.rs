use super::*;
use crate::commit::Facts;
use crate::limits::HEADS_MAX;
use crate::testing::{Book, T0, found};
use ewtp_log::BUNDLE;

/// A hub's log, and a replica of it that has nothing yet.
fn book(size: u64) -> (Book, Replica) {
    let [my, _] = found(["MY", "SG"]);
    let replica = Replica::new(my.code);
    (Book::of(&my, size), replica)
}

/// Takes a run and makes what it gave durable; tells how the run was taken.
fn take(replica: &mut Replica, run: Verified<Run>) -> &'static str {
    match replica.advance(run, false) {
        Advance::Extended(_) => {
            let commit = CommitId(replica.size());
            replica.committing(commit, 1);
            replica.committed(commit);
            "extended"
        }
        Advance::Known => "known",
        Advance::Gap => "gap",
        Advance::Split(_) => "split",
    }
}

fn served(replica: &Replica) -> u64 {
    replica.served().map_or(0, |served| served.checkpoint.size)
}

#[test]
fn runs_that_follow_each_other_grow_the_replica() {
    let (book, mut replica) = book(20);
    assert_eq!(take(&mut replica, book.verified(0, 3, 3)), "extended");
    assert_eq!(take(&mut replica, book.verified(3, 20, 20)), "extended");
    assert_eq!((replica.size(), served(&replica)), (20, 20));
    assert_eq!(replica.tree().root(), book.tree.root());
}

#[test]
fn what_is_not_durable_is_not_served() {
    let (book, mut replica) = book(20);
    let Advance::Extended(_) = replica.advance(book.verified(0, 20, 20), false) else {
        panic!("it extends");
    };
    replica.committing(CommitId(1), 400);
    assert_eq!((served(&replica), replica.durable()), (0, 0));
    assert_eq!(replica.committed(CommitId(1)), 400);
    assert_eq!((served(&replica), replica.durable()), (20, 20));
}

#[test]
fn a_commit_that_comes_back_counts_its_bytes_once() {
    let (book, mut replica) = book(20);
    for (number, (start, end)) in [(1, (0, 5)), (2, (5, 9))] {
        assert!(matches!(
            replica.advance(book.verified(start, end, end), false),
            Advance::Extended(_)
        ));
        replica.committing(CommitId(number), 100);
    }
    assert_eq!(
        replica.committed(CommitId(2)),
        200,
        "commits of one log become durable in order"
    );
    assert_eq!(replica.committed(CommitId(1)), 0);
}

#[test]
fn a_gap_keeps_the_run_until_the_records_before_it_came() {
    let (book, mut replica) = book(20);
    assert_eq!(take(&mut replica, book.verified(12, 20, 20)), "gap");
    assert_eq!((replica.size(), replica.promised()), (0, 20));
    assert_eq!(replica.next_gap(0, 20), Some((0, 12)));
    assert_eq!(take(&mut replica, book.verified(0, 12, 12)), "extended");
    assert_eq!((replica.size(), served(&replica)), (20, 20));
}

#[test]
fn runs_in_any_order_make_the_same_log() {
    let (book, _) = book(60);
    for shift in 0..6 {
        let mut replica = Replica::new(book.hub.code);
        for step in 0..6 {
            let start = (step * 5 + shift) % 6 * 10;
            take(&mut replica, book.verified(start, start + 10, 60));
        }
        assert_eq!((replica.size(), served(&replica)), (60, 60), "beginning with {shift}");
    }
}

#[test]
fn a_run_that_is_known_changes_nothing() {
    let (book, mut replica) = book(20);
    take(&mut replica, book.verified(0, 20, 20));
    assert_eq!(take(&mut replica, book.verified(0, 20, 20)), "known");
    assert_eq!(take(&mut replica, book.verified(5, 9, 12)), "known");
}

#[test]
fn a_run_that_overlaps_gives_only_what_is_new() {
    let (book, mut replica) = book(20);
    take(&mut replica, book.verified(0, 12, 12));
    let Advance::Extended(items) = replica.advance(book.verified(8, 20, 20), false) else {
        panic!("it extends");
    };
    let Item::Entries { start, records, .. } = &items[0] else {
        panic!("entries come first");
    };
    assert_eq!((*start, records.as_slice()), (12, &book.records[12..]));
}

#[test]
fn each_checkpoint_on_the_way_is_covered() {
    let (book, mut replica) = book(20);
    take(&mut replica, book.verified(10, 10, 10));
    take(&mut replica, book.verified(20, 20, 20));
    take(&mut replica, book.verified(0, 15, 20));
    assert_eq!(
        (replica.size(), served(&replica)),
        (15, 10),
        "checkpoint 20 is not covered yet"
    );
    take(&mut replica, book.verified(15, 20, 20));
    assert_eq!(served(&replica), 20);
}

#[test]
fn another_root_for_the_size_held_is_a_split() {
    let (book, mut replica) = book(20);
    take(&mut replica, book.verified(0, 20, 20));
    let fork = book.fork(10);
    assert_eq!(take(&mut replica, fork.verified(20, 20, 20)), "split");
    let split = replica.split().unwrap();
    assert_eq!(split.held.as_ref().unwrap().root, book.tree.root());
    assert_eq!(split.offered.root, fork.tree.root());
}

#[test]
fn another_root_for_a_size_ahead_is_a_split() {
    let (book, mut replica) = book(20);
    take(&mut replica, book.verified(20, 20, 20));
    assert_eq!(take(&mut replica, book.fork(10).verified(20, 20, 20)), "split");
}

#[test]
fn a_run_that_continues_another_log_is_a_split() {
    let (book, mut replica) = book(20);
    take(&mut replica, book.verified(0, 12, 12));
    let fork = book.fork(10);
    assert_eq!(take(&mut replica, fork.verified(12, 20, 20)), "split");
    let mut overlapping = Replica::new(book.hub.code);
    take(&mut overlapping, book.verified(0, 12, 12));
    assert_eq!(take(&mut overlapping, fork.verified(5, 20, 20)), "split");
}

#[test]
fn records_that_miss_a_known_checkpoint_are_a_split() {
    let (book, mut replica) = book(20);
    take(&mut replica, book.verified(15, 15, 15));
    assert_eq!(take(&mut replica, book.fork(10).verified(0, 20, 20)), "split");
}

#[test]
fn a_replica_that_split_stands_still_and_serves_what_it_had() {
    let (book, mut replica) = book(20);
    take(&mut replica, book.verified(0, 12, 12));
    take(&mut replica, book.fork(10).verified(12, 20, 20));
    assert_eq!(take(&mut replica, book.verified(12, 20, 20)), "known");
    assert_eq!((replica.size(), served(&replica)), (12, 12));
    assert!(!replica.is_news(&book.checkpoint(20)));
}

#[test]
fn a_checkpoint_without_records_shows_a_split_too() {
    let (book, mut replica) = book(20);
    take(&mut replica, book.verified(0, 20, 20));
    assert!(!replica.is_news(&book.checkpoint(20)));
    assert!(!replica.is_news(&book.checkpoint(7)), "no root is kept for it");
    let other = book.fork(10).checkpoint(20);
    assert!(replica.is_news(&other));
    assert!(matches!(replica.see(&other), Advance::Split(_)));
}

#[test]
fn a_checkpoint_without_records_covers_what_is_held() {
    let (book, mut replica) = book(20);
    take(&mut replica, book.verified(0, 12, 20));
    assert_eq!(served(&replica), 0);
    assert!(matches!(replica.see(&book.checkpoint(12)), Advance::Extended(_)));
    assert!(matches!(replica.see(&book.checkpoint(12)), Advance::Known));
    assert!(matches!(replica.see(&book.checkpoint(16)), Advance::Gap));
}

#[test]
fn what_the_hub_asked_for_waits_until_it_is_durable() {
    let (book, mut replica) = book(20);
    assert!(matches!(
        replica.advance(book.verified(0, 20, 20), true),
        Advance::Extended(_)
    ));
    replica.committing(CommitId(1), 0);
    assert_eq!(replica.take_asked(), None);
    replica.committed(CommitId(1));
    assert_eq!(replica.take_asked(), Some(book.checkpoint(20)));
    assert_eq!(replica.take_asked(), None);
}

#[test]
fn a_wish_that_comes_after_the_records_counts() {
    let (book, mut replica) = book(20);
    take(&mut replica, book.verified(0, 20, 20));
    assert!(matches!(
        replica.advance(book.verified(20, 20, 20), true),
        Advance::Known
    ));
    assert_eq!(replica.take_asked(), Some(book.checkpoint(20)));
}

#[test]
fn another_epoch_changes_nothing() {
    let (book, mut replica) = book(20);
    let mut run = book.run(0, 20, 20);
    run.checkpoint.epoch = 1;
    assert_eq!(take(&mut replica, Verified::new(run)), "known");
    assert_eq!(replica.promised(), 0);
}

#[test]
fn only_so_many_checkpoints_are_kept_ahead() {
    let (book, mut replica) = book(300);
    for size in 100..300 {
        take(&mut replica, book.verified(size, size, size));
    }
    assert_eq!(replica.heads.len(), HEADS_MAX);
    assert_eq!(replica.promised(), 299);
}

#[test]
fn runs_of_one_byte_fill_the_window_by_what_they_cost() {
    let [my, _] = found(["MY", "SG"]);
    let mut replica = Replica::new(my.code);
    let checkpoint = my.sign(i64::MAX as u64, ewtp_log::EMPTY_ROOT);
    // The hub itself can sign a tree of any size and state any hashes for it.
    for index in 0..20_000_u64 {
        let start = (1 << 62) + (1 << 40) - 1 - 2 * index;
        let run = Run {
            hub: my.code,
            checkpoint: checkpoint.clone(),
            start,
            left: vec![ewtp_log::EMPTY_ROOT; start.count_ones() as usize],
            records: vec![Bytes::from_static(b"!")],
            leaves: vec![ewtp_log::EMPTY_ROOT],
        };
        replica.advance(Verified::new(run), false);
    }
    assert!(replica.window.len() < 16_384, "{} runs", replica.window.len());
}

#[test]
fn the_largest_sizes_overflow_nothing() {
    let [my, _] = found(["MY", "SG"]);
    let mut replica = Replica::new(my.code);
    let size = i64::MAX as u64;
    let run = Run {
        hub: my.code,
        checkpoint: my.sign(size, ewtp_log::EMPTY_ROOT),
        start: size - 1,
        left: vec![ewtp_log::EMPTY_ROOT; (size - 1).count_ones() as usize],
        records: vec![Bytes::from_static(b"!")],
        leaves: vec![ewtp_log::EMPTY_ROOT],
    };
    assert!(matches!(replica.advance(Verified::new(run), false), Advance::Gap));
    assert_eq!(replica.next_gap(0, size), Some((0, size - 1)));
    assert_eq!(replica.next_gap(size - 1, u64::MAX), Some((size, u64::MAX)));
}

#[test]
fn a_better_set_of_cosignatures_replaces_the_one_held() {
    let [my, sg, rw] = found(["MY", "SG", "RW"]);
    let book = Book::of(&my, 20);
    let mut replica = Replica::new(my.code);
    let one = Verified::new(book.cosigned(10, &[&rw]));
    let two = Verified::new(book.cosigned(10, &[&rw, &sg]));
    assert!(replica.adopt_cosigned(one.clone()).is_some());
    assert!(replica.adopt_cosigned(two).is_some());
    assert!(replica.adopt_cosigned(one).is_none());
    assert!(
        replica
            .adopt_cosigned(Verified::new(book.cosigned(9, &[&rw, &sg])))
            .is_none()
    );
    assert_eq!(replica.cosigned().unwrap().cosignatures[0].time, T0.plus(1));
}

#[test]
fn a_replica_goes_on_where_the_store_left_it() {
    let (book, _) = book(BUNDLE + 20);
    let restored = RestoredLog {
        log: book.log(),
        tree: book.tree.clone(),
        bytes: 0,
        facts: Facts {
            checkpoint: Some(book.checkpoint(270)),
            ..Facts::default()
        },
        checkpoint_range: Some(book.range(270)),
        examined_to: 100,
        charter: None,
    };
    let mut replica = Replica::restore(restored);
    assert_eq!((replica.size(), replica.durable(), served(&replica)), (276, 276, 270));
    assert!(matches!(replica.see(&book.checkpoint(276)), Advance::Extended(_)));
}
