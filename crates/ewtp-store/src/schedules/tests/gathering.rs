use super::*;
use crate::schedules::file::Facts;
use crate::{Gathered, Kept};
use ewtp_record::edition::TreeSummary;
use ewtp_tariff::page::ends_page;
use ewtp_tariff::{Page, PageError};
use std::fs::OpenOptions;

fn pages(tree: &PageTree) -> usize {
    tree.pages().len()
}

fn keep(schedules: &Schedules, tree: &PageTree, range: std::ops::Range<usize>) -> Kept {
    schedules.keep_frame(&tree.summary(), &frame(tree, range)).unwrap()
}

fn part<const N: usize>(pages: [(u64, u64); N]) -> Gathered {
    Gathered::Part(pages.map(|(from, to)| from..to).to_vec())
}

#[test]
fn a_tree_is_gathered_across_restarts_and_is_whole_with_its_last_page() {
    let folder = tempfile::tempdir().unwrap();
    let trees = schedule(900, 5, 0);
    let (rates, last) = (&trees.rates, pages(&trees.rates));
    let summary = rates.summary();
    assert_eq!(open(folder.path()).gathered(&summary), part([]));
    assert_eq!(keep(&open(folder.path()), rates, 7..12), Kept::Part);
    assert_eq!(keep(&open(folder.path()), rates, 0..3), Kept::Part);
    assert_eq!(open(folder.path()).gathered(&summary), part([(0, 3), (7, 12)]));
    assert_eq!(keep(&open(folder.path()), rates, 12..last), Kept::Part);
    assert_eq!(keep(&open(folder.path()), rates, 2..8), Kept::Whole);
    let again = open(folder.path());
    assert_eq!(again.gathered(&summary), Gathered::Whole);
    assert_eq!(keep(&again, rates, 0..1), Kept::Whole);
    assert!(files(folder.path(), "parts", "part").is_empty());
    let (_, run) = served(&again, rates, 0, 2).unwrap();
    assert_eq!(run, rates.run(0..2).unwrap());
}

#[test]
fn gathered_trees_are_a_schedule_only_when_they_are_kept_as_one() {
    let folder = tempfile::tempdir().unwrap();
    let trees = schedule(300, 5, 0);
    let schedules = open(folder.path());
    assert_eq!(keep(&schedules, &trees.rates, 0..pages(&trees.rates)), Kept::Whole);
    assert_eq!(schedules.whole(&trees.summary()).unwrap(), None);
    assert_eq!(keep(&schedules, &trees.notes, 0..pages(&trees.notes)), Kept::Whole);
    let again = open(folder.path());
    assert!(!again.holds(&trees.summary()));
    assert_eq!(read(&again, &trees.summary()), None);
    let whole = again.whole(&trees.summary()).unwrap().unwrap();
    again.keep(&whole).unwrap();
    assert_eq!(read(&open(folder.path()), &trees.summary()), Some(trees));
}

#[test]
fn pages_of_a_tree_in_part_are_served_with_their_proof() {
    let folder = tempfile::tempdir().unwrap();
    let rates = schedule(900, 5, 0).rates;
    let count = pages(&rates);
    keep(&open(folder.path()), &rates, 3..count - 2);
    let schedules = open(folder.path());
    for (from, to) in [(3, 4), (3, count), (5, 11), (count - 3, count)] {
        let (_, run) = served(&schedules, &rates, from, to).unwrap();
        assert_eq!(run, rates.run(from..to.min(count - 2)).unwrap(), "{from}..{to}");
    }
    assert_eq!(served(&schedules, &rates, 2, 9), None);
    assert_eq!(served(&schedules, &rates, count - 2, count), None);
}

#[test]
fn a_run_that_a_crash_tore_is_cut_and_the_others_stay() {
    let trees = schedule(900, 5, 0);
    let summary = trees.rates.summary();
    let whole = tempfile::tempdir().unwrap();
    keep(&open(whole.path()), &trees.rates, 0..3);
    let one = fs::metadata(&files(whole.path(), "parts", "part")[0]).unwrap().len();
    keep(&open(whole.path()), &trees.rates, 3..6);
    let path = files(whole.path(), "parts", "part").remove(0);
    let bytes = fs::read(&path).unwrap();
    for length in one..bytes.len() as u64 {
        let file = OpenOptions::new().write(true).open(&path).unwrap();
        file.set_len(length).unwrap();
        assert_eq!(open(whole.path()).gathered(&summary), part([(0, 3)]), "{length}");
        fs::write(&path, &bytes).unwrap();
    }
    let cut = OpenOptions::new().write(true).open(&path).unwrap();
    cut.set_len(one + 5).unwrap();
    let schedules = open(whole.path());
    assert_eq!(keep(&schedules, &trees.rates, 3..pages(&trees.rates)), Kept::Whole);
}

#[test]
fn a_node_that_died_with_the_last_page_asks_for_the_last_run_again() {
    let folder = tempfile::tempdir().unwrap();
    let rates = schedule(900, 5, 0).rates;
    let (middle, last) = (5, pages(&rates));
    keep(&open(folder.path()), &rates, 0..middle);
    let other = tempfile::tempdir().unwrap();
    keep(&open(other.path()), &rates, middle..last);
    // The file as it was when all runs were durable and the tree was not written yet.
    let path = files(folder.path(), "parts", "part").remove(0);
    let first = fs::read(&path).unwrap();
    let second = fs::read(&files(other.path(), "parts", "part")[0]).unwrap();
    let header = Facts::Part(rates.summary()).header(&[]).len();
    fs::write(&path, [&first[..], &second[header..]].concat()).unwrap();
    let schedules = open(folder.path());
    assert_eq!(schedules.gathered(&rates.summary()), part([(0, 5)]));
    assert_eq!(keep(&schedules, &rates, middle..last), Kept::Whole);
}

#[test]
fn a_part_that_was_left_beside_its_whole_tree_is_deleted() {
    let folder = tempfile::tempdir().unwrap();
    let trees = schedule(300, 5, 0);
    keep(&open(folder.path()), &trees.rates, 0..2);
    open(folder.path()).keep(&trees).unwrap();
    assert_eq!(open(folder.path()).gathered(&trees.rates.summary()), Gathered::Whole);
    assert!(files(folder.path(), "parts", "part").is_empty());
}

#[test]
fn a_tree_that_is_not_what_the_edition_says_is_refused_and_forgotten() {
    let folder = tempfile::tempdir().unwrap();
    let rates = schedule(300, 5, 0).rates;
    let honest = rates.summary();
    let lie = TreeSummary {
        rows: honest.rows + 1,
        ..honest
    };
    let schedules = open(folder.path());
    let run = frame(&rates, 0..pages(&rates));
    assert_eq!(
        schedules.keep_frame(&lie, &run).unwrap(),
        Kept::Refused(PageError::Root)
    );
    assert_eq!(schedules.gathered(&lie), part([]));
    assert_eq!(schedules.keep_frame(&honest, &run).unwrap(), Kept::Whole);
    // Also when the tree is held under its true description.
    assert_eq!(
        schedules.keep_frame(&lie, &run).unwrap(),
        Kept::Refused(PageError::Root)
    );
    assert_eq!(schedules.gathered(&honest), Gathered::Whole);
}

#[test]
fn a_tree_with_more_rows_or_bytes_than_the_edition_says_is_refused_before_its_last_page() {
    let rates = schedule(900, 5, 0).rates;
    let honest = rates.summary();
    let first = frame(&rates, 0..9);
    let said = |count: fn(&Page) -> u64| first.run().pages.iter().map(count).sum::<u64>();
    let (rows, bytes) = (
        said(|page| page.rows().len() as u64),
        said(|page| page.bytes().len() as u64),
    );
    let few = TreeSummary {
        rows: u32::try_from(rows).unwrap(),
        ..honest
    };
    let short = TreeSummary { bytes, ..honest };
    for lie in [few, short] {
        let folder = tempfile::tempdir().unwrap();
        let kept = |pages| {
            let frame = frame(&rates, pages);
            open(folder.path()).keep_frame(&lie, &frame).unwrap()
        };
        assert_eq!(kept(0..5), Kept::Part);
        // Pages that come twice are counted once, and a start forgets nothing.
        assert_eq!(kept(3..9), Kept::Part);
        assert_eq!(kept(20..21), Kept::Refused(PageError::Root));
        assert!(files(folder.path(), "parts", "part").is_empty());
    }
}

#[test]
fn pages_that_overlap_at_the_seam_of_two_runs_are_refused_when_the_last_is_here() {
    let folder = tempfile::tempdir().unwrap();
    // Lines of which none ends a page.
    let rows = (0..).map(|code| line(code, 5));
    let rows: Vec<_> = rows.filter(|row| !ends_page(row.key())).take(4).collect();
    let page = |lines: [usize; 2]| Page::new(lines.map(|line| rows[line].clone()).to_vec()).unwrap();
    let overlapping = [page([0, 2]), page([1, 3])];
    let leaves = overlapping
        .each_ref()
        .map(|page| ewtp_log::leaf_hash(page.id().as_bytes()));
    let root = ewtp_log::node_hash(&leaves[0], &leaves[1]);
    let bytes = overlapping.iter().map(|page| page.bytes().len() as u64).sum();
    let summary = TreeSummary {
        root: ewtp_record::cbor::Octets(root.0),
        pages: 2,
        rows: 4,
        bytes,
    };
    let run = |start: usize| {
        let run = PageRun {
            start: start as u64,
            left: leaves[..start].to_vec(),
            pages: vec![overlapping[start].clone()],
            right: leaves[start + 1..].to_vec(),
        };
        PageFrame::of(run, Effort::Passing)
    };
    let schedules = open(folder.path());
    assert_eq!(schedules.keep_frame(&summary, &run(1)).unwrap(), Kept::Part);
    let refused = schedules.keep_frame(&summary, &run(0)).unwrap();
    assert!(
        matches!(&refused, Kept::Refused(error) if error.code() == "overlap"),
        "{refused:?}"
    );
    assert!(files(folder.path(), "parts", "part").is_empty());
}

#[test]
fn pages_beyond_their_tree_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let rates = schedule(300, 5, 0).rates;
    let short = TreeSummary {
        pages: 1,
        ..rates.summary()
    };
    let refused = open(folder.path()).keep_frame(&short, &frame(&rates, 0..2));
    assert!(matches!(refused, Err(StoreError::Refused(_))), "{refused:?}");
}
