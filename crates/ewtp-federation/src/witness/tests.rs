use super::*;
use crate::testing::{Book, Hub, T0, at, found};

fn watched(size: u64) -> (Book, Witness) {
    let [my, _] = found(["MY", "SG"]);
    (Book::of(&my, size), Witness::default())
}

#[test]
fn the_guard_states_what_is_about_to_be_signed() {
    let (book, mut witness) = watched(5);
    witness.covered(book.log(), &book.checkpoint(5), true, at(0));
    let due = witness.due(at(0));
    let [(cosigning, Fact::CosignGuard(log, CosignGuard { size, root, time }))] = due.as_slice() else {
        panic!("one cosignature with its guard");
    };
    assert_eq!((*log, *size, *root, *time), (book.log(), 5, book.tree.root(), T0));
    assert_eq!((&cosigning.checkpoint, cosigning.time), (&book.checkpoint(5), T0));
}

#[test]
fn a_smaller_size_or_another_root_is_never_cosigned() {
    let (book, mut witness) = watched(9);
    witness.covered(book.log(), &book.checkpoint(5), true, at(0));
    assert_eq!(witness.due(at(0)).len(), 1);
    for (checkpoint, now) in [
        (book.checkpoint(4), 10_000),
        (book.checkpoint(5), 20_000),
        (book.fork(2).checkpoint(5), 30_000),
    ] {
        witness.covered(book.log(), &checkpoint, true, at(now));
        assert!(witness.due(at(now + 10_000)).is_empty());
    }
}

#[test]
fn a_guard_of_an_earlier_start_holds() {
    let (book, mut witness) = watched(9);
    let guard = CosignGuard {
        size: 7,
        root: book.range(7).root(),
        time: T0.plus(100),
    };
    witness.restore(book.log(), guard);
    witness.covered(book.log(), &book.fork(2).checkpoint(7), true, at(0));
    assert!(witness.due(at(9_000)).is_empty());
    witness.covered(book.log(), &book.checkpoint(8), true, at(9_000));
    let due = witness.due(at(9_000));
    assert_eq!(due[0].0.time, T0.plus(100), "the stated time never goes back");
}

#[test]
fn one_log_is_cosigned_every_two_seconds_at_most() {
    let (book, mut witness) = watched(9);
    witness.covered(book.log(), &book.checkpoint(5), true, at(0));
    assert_eq!(witness.due(at(0)).len(), 1);
    witness.covered(book.log(), &book.checkpoint(6), true, at(100));
    assert!(witness.due(at(1_999)).is_empty());
    assert_eq!(witness.next_deadline(), Some(COSIGN_EVERY));
    assert_eq!(witness.due(at(2_000)).len(), 1);
}

#[test]
fn what_was_not_asked_for_is_cosigned_after_five_seconds() {
    let (book, mut witness) = watched(9);
    witness.covered(book.log(), &book.checkpoint(5), false, at(0));
    witness.covered(book.log(), &book.checkpoint(6), false, at(100));
    assert!(witness.due(at(4_999)).is_empty());
    let due = witness.due(at(5_000));
    assert_eq!(due[0].0.checkpoint.size, 6, "the newest is worth more");
}

#[test]
fn what_is_asked_for_goes_before_what_is_not() {
    let (book, mut witness) = watched(9);
    witness.covered(book.log(), &book.checkpoint(7), false, at(0));
    witness.covered(book.log(), &book.checkpoint(6), true, at(100));
    assert_eq!(witness.due(at(100))[0].0.checkpoint.size, 6);
}

#[test]
fn what_came_while_another_was_due_is_cosigned_after_it() {
    let (book, mut witness) = watched(9);
    witness.covered(book.log(), &book.checkpoint(5), false, at(0));
    witness.covered(book.log(), &book.checkpoint(7), false, at(4_000));
    assert_eq!(witness.due(at(5_000))[0].0.checkpoint.size, 5);
    assert!(witness.due(at(9_999)).is_empty());
    assert_eq!(witness.due(at(10_000))[0].0.checkpoint.size, 7);
    assert_eq!(witness.next_deadline(), None);
}

#[test]
fn a_lost_cosignature_is_made_again_with_a_new_time() {
    let (book, mut witness) = watched(9);
    witness.lost(book.log(), &book.checkpoint(5), at(0));
    assert_eq!(witness.next_deadline(), None, "nothing was signed");
    witness.covered(book.log(), &book.checkpoint(5), true, at(0));
    let first = witness.due(at(0)).remove(0).0;
    witness.lost(book.log(), &book.checkpoint(4), at(1_000));
    assert_eq!(witness.next_deadline(), None, "a smaller size is never signed");
    witness.lost(book.log(), &book.checkpoint(5), at(1_000));
    assert!(witness.due(at(9_999)).is_empty(), "it may still be on its way");
    let again = witness.due(at(10_000)).remove(0).0;
    assert_eq!((again.checkpoint, again.time), (first.checkpoint, first.time.plus(10)));
}

#[test]
fn what_arrived_meanwhile_is_not_made_again() {
    let (book, mut witness) = watched(9);
    witness.covered(book.log(), &book.checkpoint(5), true, at(0));
    witness.due(at(0));
    witness.lost(book.log(), &book.checkpoint(5), at(1_000));
    witness.arrived(book.log(), &book.checkpoint(5));
    assert_eq!(witness.next_deadline(), None);
}

#[test]
fn another_root_for_a_size_that_was_cosigned_is_never_cosigned() {
    let (book, mut witness) = watched(9);
    witness.covered(book.log(), &book.checkpoint(5), true, at(0));
    witness.due(at(0));
    let mut other = book.checkpoint(5);
    other.root = ewtp_log::EMPTY_ROOT;
    witness.lost(book.log(), &other, at(0));
    witness.covered(book.log(), &other, true, at(0));
    assert_eq!(witness.next_deadline(), None);
}

#[test]
fn a_set_goes_on_growing_after_a_start() {
    let (book, [my, sg, rw], _) = collection();
    let checkpoint = book.checkpoint(5);
    let mut collection = Collection::restore(Some(book.cosigned(5, &[&sg])));
    collection.open(&checkpoint);
    let set = collection.add(5, rw.cosign(my.code, &checkpoint, T0));
    assert_eq!(set.map(|set| set.cosignatures.len()), Some(2));
}

fn collection() -> (Book, [Hub; 3], Collection) {
    let hubs = found(["MY", "SG", "RW"]);
    let book = Book::of(&hubs[0], 60);
    (book, hubs, Collection::default())
}

#[test]
fn cosignatures_are_collected_sorted_and_once_each() {
    let (book, [my, sg, rw], mut collection) = collection();
    let checkpoint = book.checkpoint(5);
    collection.open(&checkpoint);
    for witness in [&sg, &rw, &sg] {
        collection.add(5, witness.cosign(my.code, &checkpoint, T0));
    }
    let hubs: Vec<_> = collection
        .best()
        .unwrap()
        .cosignatures
        .iter()
        .map(|known| known.hub)
        .collect();
    assert_eq!(hubs, [rw.code, sg.code]);
    assert!(collection.wanted(5, sg.code).is_none());
    assert!(collection.wanted(6, sg.code).is_none());
}

#[test]
fn a_newer_checkpoint_with_too_few_witnesses_does_not_replace_the_set() {
    let (book, [my, sg, rw], mut collection) = collection();
    for size in [5, 9] {
        collection.open(&book.checkpoint(size));
    }
    for witness in [&sg, &rw] {
        collection.add(5, witness.cosign(my.code, &book.checkpoint(5), T0));
    }
    collection.add(9, sg.cosign(my.code, &book.checkpoint(9), T0));
    assert_eq!(collection.best().unwrap().checkpoint.size, 5);
    collection.add(9, rw.cosign(my.code, &book.checkpoint(9), T0));
    assert_eq!(collection.best().unwrap().checkpoint.size, 9);
}

#[test]
fn only_so_many_checkpoints_collect() {
    let (book, [_, sg, _], mut collection) = collection();
    (1..=60).for_each(|size| collection.open(&book.checkpoint(size)));
    assert_eq!(collection.by_size.len(), COLLECTING_MAX);
    assert!(collection.wanted(1, sg.code).is_none());
    assert!(collection.wanted(60, sg.code).is_some());
}
