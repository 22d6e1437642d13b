use super::*;
use ewtp_federation::tariff::page_frames;
use ewtp_log::Hash;

/// Every frame of a tree, as it is served to who asks for all of it.
fn all(schedules: &Schedules, tree: &PageTree) -> Vec<Bytes> {
    let (mut frames, mut next) = (Vec::new(), 0);
    while next < tree.pages().len() {
        let (bytes, run) = served(schedules, tree, next, tree.pages().len()).unwrap();
        assert_eq!(run.pages, tree.pages()[next..next + run.pages.len()]);
        next += run.pages.len();
        frames.push(bytes);
    }
    frames
}

fn bytes_of(frames: &[PageFrame]) -> Vec<Bytes> {
    frames.iter().map(|frame| frame.bytes().clone()).collect()
}

#[test]
fn a_publisher_serves_the_frames_that_it_packed_when_it_kept_the_schedule() {
    let folder = tempfile::tempdir().unwrap();
    let trees = schedule(6_000, 5, 0);
    open(folder.path()).keep(&trees).unwrap();
    let packed = page_frames(&trees.rates, Effort::Lasting);
    assert!(packed.len() > 1);
    assert_eq!(all(&open(folder.path()), &trees.rates), bytes_of(&packed));
}

#[test]
fn frames_are_served_as_they_came_while_a_tree_is_gathered_and_when_it_is_whole() {
    let folder = tempfile::tempdir().unwrap();
    let rates = schedule(900, 5, 0).rates;
    let last = rates.pages().len();
    let came = [0..4, 4..5, 5..13, 13..last].map(|pages| frame(&rates, pages));
    for place in [2, 0, 1] {
        let schedules = open(folder.path());
        schedules.keep_frame(&rates.summary(), &came[place]).unwrap();
        let (from, to) = (came[place].pages().start, came[place].pages().end);
        let (bytes, _) = served(&schedules, &rates, from as usize, to as usize).unwrap();
        assert_eq!(bytes, came[place].bytes());
    }
    let schedules = open(folder.path());
    schedules.keep_frame(&rates.summary(), &came[3]).unwrap();
    assert_eq!(all(&schedules, &rates), bytes_of(&came));
    assert_eq!(all(&open(folder.path()), &rates), bytes_of(&came));
}

#[test]
fn who_asks_from_the_middle_of_a_frame_gets_its_rest_and_then_frames_as_they_lie() {
    let folder = tempfile::tempdir().unwrap();
    let schedules = open(folder.path());
    let trees = schedule(6_000, 5, 0);
    schedules.keep(&trees).unwrap();
    let (rates, packed) = (&trees.rates, page_frames(&trees.rates, Effort::Lasting));
    let (second, last) = (packed[1].pages().start as usize, rates.pages().len());
    let (_, run) = served(&schedules, rates, 7, last).unwrap();
    assert_eq!(run, rates.run(7..second).unwrap());
    let (bytes, _) = served(&schedules, rates, second, last).unwrap();
    assert_eq!(bytes, packed[1].bytes());
    let (_, run) = served(&schedules, rates, second, second + 3).unwrap();
    assert_eq!(run, rates.run(second..second + 3).unwrap());
}

#[test]
fn a_tree_that_is_kept_as_a_patch_only_is_served_too() {
    let folder = tempfile::tempdir().unwrap();
    let schedules = open(folder.path());
    let (old, new) = (schedule(6_000, 5, 0), schedule(6_000, 5, 2));
    schedules.keep(&old).unwrap();
    keep_next(&schedules, &old, &new);
    for tree in [&old.rates, &new.rates, &new.notes] {
        all(&open(folder.path()), tree);
    }
    assert_eq!(schedules.frame(&Hash([7; 32]), 1, 0..1).unwrap(), None);
    let beyond = new.rates.pages().len() as u64;
    for rates in [&old.rates, &new.rates] {
        assert_eq!(
            schedules.frame(&rates.root(), beyond, beyond..beyond + 1).unwrap(),
            None
        );
        assert_eq!(schedules.frame(&rates.root(), beyond, 1..1).unwrap(), None);
    }
}

/// The frames of a tree's first page, asked for as of a tree with so many pages.
fn first_of(schedules: &Schedules, tree: &PageTree, tree_pages: usize) -> Option<Bytes> {
    let served = schedules.frame(&tree.root(), tree_pages as u64, 0..1).unwrap();
    served.map(|(bytes, _)| bytes)
}

#[test]
fn a_tree_is_not_here_for_who_expects_another_number_of_pages() {
    let folder = tempfile::tempdir().unwrap();
    let schedules = open(folder.path());
    let (old, new) = (schedule(6_000, 5, 0), schedule(6_000, 5, 2));
    schedules.keep(&old).unwrap();
    keep_next(&schedules, &old, &new);
    let (begun, forgetful) = (schedule(900, 7, 0), Schedules::open(folder.path(), 0).unwrap());
    keep_first(&schedules, &begun.rates);
    // Whole, at hand, known by a patch, and begun.
    for (schedules, tree) in [
        (&schedules, &old.rates),
        (&schedules, &new.rates),
        (&forgetful, &new.rates),
        (&schedules, &begun.rates),
    ] {
        let pages = tree.pages().len();
        assert!(first_of(schedules, tree, pages).is_some());
        for lie in [pages - 1, pages + 1, 16_384] {
            assert_eq!(first_of(schedules, tree, lie), None);
        }
    }
}

fn keep_first(schedules: &Schedules, tree: &PageTree) {
    schedules.keep_frame(&tree.summary(), &frame(tree, 0..3)).unwrap();
}

#[test]
fn frames_with_pages_in_common_become_a_tree_of_frames_that_follow_each_other() {
    let folder = tempfile::tempdir().unwrap();
    let schedules = open(folder.path());
    let rates = schedule(900, 5, 0).rates;
    let last = rates.pages().len();
    let came = [0..6, 4..9, 8..last].map(|pages| frame(&rates, pages));
    for frame in &came {
        schedules.keep_frame(&rates.summary(), frame).unwrap();
    }
    let served = all(&schedules, &rates);
    assert_eq!((served.len(), &served[0]), (3, came[0].bytes()));
    assert_eq!(all(&open(folder.path()), &rates), served);
}
