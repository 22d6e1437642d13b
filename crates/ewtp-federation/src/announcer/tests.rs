use super::*;
use crate::testing::{Book, found};

const SECOND: Duration = Duration::from_secs(1);

/// An announcer that knows the records of a log of this size.
fn announcer(size: u64) -> (Book, Announcer) {
    let [my, _] = found(["MY", "SG"]);
    let book = Book::of(&my, size);
    let mut announcer = Announcer::default();
    announcer.appended(0, &book.records);
    (book, announcer)
}

fn due(announcer: &mut Announcer, book: &Book, size: u64, milliseconds: u64) -> Option<Announcement> {
    let covered = book.covered(size);
    announcer.due(book.hub.code, Some(&covered), None, Duration::from_millis(milliseconds))
}

/// First record and number of records of an announcement.
fn carried(announcement: &Announcement) -> (u64, usize) {
    (announcement.run.start, announcement.run.records.len())
}

#[test]
fn a_checkpoint_after_a_quiet_time_leaves_at_once_and_the_next_after_half_a_second() {
    let (book, mut announcer) = announcer(20);
    assert!(due(&mut announcer, &book, 5, 0).is_some());
    assert!(due(&mut announcer, &book, 6, 499).is_none());
    let next = due(&mut announcer, &book, 9, 500).unwrap();
    assert_eq!(carried(&next), (5, 4), "everything since the one before");
    assert!(due(&mut announcer, &book, 9, 1_999).is_none(), "nothing new");
}

#[test]
fn what_is_announced_proves_itself() {
    let (book, mut announcer) = announcer(40);
    due(&mut announcer, &book, 13, 0);
    let announcement = due(&mut announcer, &book, 40, 500).unwrap();
    let read = Announcement::decode(&announcement.encode()).unwrap();
    assert_eq!(read.run.checkpoint.root, book.tree.root());
}

#[test]
fn records_that_do_not_fit_leave_the_checkpoint_alone() {
    let [my, _] = found(["MY", "SG"]);
    let book = Book::new(&my, (0..40).map(|_| Bytes::from(vec![7; 1_000])));
    let mut announcer = Announcer::default();
    announcer.appended(0, &book.records);
    assert_eq!(
        carried(&due(&mut announcer, &book, 10, 0).unwrap()),
        (10, 0),
        "nothing was announced before"
    );
    assert_eq!(carried(&due(&mut announcer, &book, 39, 500).unwrap()), (39, 0));
    assert_eq!(carried(&due(&mut announcer, &book, 40, 1_000).unwrap()), (39, 1));
}

#[test]
fn records_beyond_the_signed_size_wait() {
    let (book, mut announcer) = announcer(20);
    due(&mut announcer, &book, 5, 0);
    assert_eq!(carried(&due(&mut announcer, &book, 8, 500).unwrap()), (5, 3));
}

#[test]
fn after_a_start_the_first_announcement_is_the_checkpoint_alone() {
    let [my, _] = found(["MY", "SG"]);
    let book = Book::of(&my, 20);
    let mut announcer = Announcer::default();
    assert_eq!(carried(&due(&mut announcer, &book, 20, 0).unwrap()), (20, 0));
}

#[test]
fn cosigning_is_asked_for_every_two_seconds_at_most() {
    let (book, mut announcer) = announcer(20);
    assert!(due(&mut announcer, &book, 5, 0).unwrap().asks_cosigning);
    assert!(!due(&mut announcer, &book, 6, 500).unwrap().asks_cosigning);
    let covered = book.covered(6);
    assert_eq!(announcer.next_deadline(Some(&covered), None), Some(2 * SECOND));
    let asking = due(&mut announcer, &book, 6, 2_000).unwrap();
    assert_eq!((asking.asks_cosigning, carried(&asking)), (true, (6, 0)));
}

#[test]
fn a_new_set_of_cosignatures_is_announced_once() {
    let [my, sg] = found(["MY", "SG"]);
    let book = Book::of(&my, 5);
    let mut announcer = Announcer::default();
    announcer.appended(0, &book.records);
    due(&mut announcer, &book, 5, 0);
    let (covered, set) = (book.covered(5), book.cosigned(5, &[&sg]));
    let collected = Some(Collected {
        set: &set,
        completeness: Completeness::Whole,
    });
    let again = announcer.due(my.code, Some(&covered), collected, SECOND).unwrap();
    assert_eq!((again.cosigned.as_ref(), carried(&again)), (Some(&set), (5, 0)));
    assert!(announcer.due(my.code, Some(&covered), collected, 9 * SECOND).is_none());
}

#[test]
fn a_set_that_grows_waits_for_more_and_not_for_ever() {
    let [my, sg, rw, et] = found(["MY", "SG", "RW", "ET"]);
    let book = Book::of(&my, 5);
    let covered = book.covered(5);
    let sets = [
        (book.cosigned(5, &[&sg]), Completeness::Partial, PARTIAL_SET_WAITS),
        (book.cosigned(5, &[&rw, &sg]), Completeness::Quorum, QUORUM_SET_WAITS),
        (book.cosigned(5, &[&et, &rw, &sg]), Completeness::Whole, Duration::ZERO),
    ];
    for (set, completeness, patience) in &sets {
        let mut announcer = Announcer::default();
        announcer.due(my.code, Some(&covered), None, Duration::ZERO).unwrap();
        let collected = Some(Collected {
            set,
            completeness: *completeness,
        });
        let due = SECOND + *patience;
        let before = due - Duration::from_millis(1);
        announcer.due(my.code, Some(&covered), collected, SECOND);
        if before > SECOND {
            assert!(announcer.due(my.code, Some(&covered), collected, before).is_none());
            assert_eq!(announcer.next_deadline(Some(&covered), collected), Some(due));
            let told = announcer.due(my.code, Some(&covered), collected, due).unwrap();
            assert_eq!(told.cosigned.as_ref(), Some(set));
        }
        assert_eq!(announcer.announced_set, set.rank(), "{completeness:?}");
    }
}

#[test]
fn what_leaves_for_another_reason_takes_no_set_that_still_waits() {
    let [my, sg] = found(["MY", "SG"]);
    let book = Book::of(&my, 9);
    let mut announcer = Announcer::default();
    announcer.appended(0, &book.records);
    due(&mut announcer, &book, 5, 0);
    let set = book.cosigned(5, &[&sg]);
    let collected = Some(Collected {
        set: &set,
        completeness: Completeness::Partial,
    });
    let next = announcer
        .due(my.code, Some(&book.covered(9)), collected, SECOND)
        .unwrap();
    assert_eq!((carried(&next), next.cosigned), ((5, 4), None));
}

#[test]
fn an_unsigned_log_announces_nothing() {
    let (book, mut announcer) = announcer(5);
    assert!(announcer.due(book.hub.code, None, None, SECOND).is_none());
}
