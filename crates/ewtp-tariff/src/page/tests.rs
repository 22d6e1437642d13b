use super::*;
use crate::TreeKind;
use crate::row::Entry;
use ewtp_log::EMPTY_ROOT;
use proptest::prelude::*;
use proptest::sample::Index;

fn note(id: usize, text: &str) -> Row {
    let key = RowKey::Note(format!("n-{id}").parse().unwrap());
    Row::new(key, Entry::Note(text.to_owned())).unwrap()
}

fn notes(count: usize) -> Vec<Row> {
    (0..count)
        .map(|id| note(id, &format!("the text of note {id}")))
        .collect()
}

fn firsts(tree: &PageTree) -> Vec<RowKey> {
    tree.pages().iter().map(|page| *page.first()).collect()
}

/// Notes in order of which none ends a page.
fn inner_notes(count: usize) -> Vec<Row> {
    let mut rows: Vec<_> = notes(4 * count)
        .into_iter()
        .filter(|row| !ends_page(row.key()))
        .collect();
    rows.truncate(count);
    rows.sort_by_key(|row| *row.key());
    rows
}

/// A page with the rows of that page number, cut elsewhere.
fn recut(rows: &[Row], ends: &[usize]) -> Result<PageTree, PageError> {
    let mut start = 0;
    let pages = ends.iter().map(|end| {
        let page = Page::new(rows[start..*end].to_vec());
        start = *end;
        page
    });
    PageTree::of_pages(pages.collect::<Result<_, _>>()?)
}

#[test]
fn a_tree_without_rows_has_the_empty_root() {
    let tree = PageTree::of([]).unwrap();
    assert_eq!((tree.root(), tree.summary().pages), (EMPTY_ROOT, 0));
}

#[test]
fn pages_have_about_32_rows_and_never_more_than_128() {
    let tree = PageTree::of(notes(6_400)).unwrap();
    let summary = tree.summary();
    assert_eq!(summary.rows, 6_400);
    assert!((150..300).contains(&summary.pages), "{} pages", summary.pages);
    assert!(tree.pages().iter().all(|page| page.rows().len() <= Page::ROWS_MAX));
    assert_eq!(PageTree::of_pages(tree.pages().to_vec()), Ok(tree.clone()));
    assert!(tree.rows().all(|row| tree.get(row.key()) == Some(row)));
    assert_eq!(tree.get(&RowKey::Note("absent".parse().unwrap())), None);
}

#[test]
fn rows_that_no_key_ends_are_cut_at_128() {
    let rows = inner_notes(130);
    let tree = PageTree::of(rows.clone()).unwrap();
    assert_eq!(
        tree.pages().iter().map(|page| page.rows().len()).collect::<Vec<_>>(),
        [128, 2]
    );
    assert_eq!(recut(&rows, &[128, 130]), Ok(tree));
    assert_eq!(
        recut(&rows, &[100, 130]).map_err(|error| error.code()),
        Err("cut-early")
    );
    assert_eq!(Page::new(rows).map_err(|error| error.code()), Err("row-count"));
}

#[test]
fn long_rows_are_cut_at_48_kib() {
    let rows: Vec<_> = inner_notes(4)
        .iter()
        .map(|row| Row::new(*row.key(), Entry::Note("x".repeat(20_000))).unwrap())
        .collect();
    let tree = PageTree::of(rows.clone()).unwrap();
    assert_eq!(
        tree.pages().iter().map(|page| page.rows().len()).collect::<Vec<_>>(),
        [2, 2]
    );
    assert_eq!(Page::new(rows).map_err(|error| error.code()), Err("too-large"));
}

#[test]
fn a_page_that_goes_on_behind_its_end_is_refused() {
    let mut rows = notes(200);
    rows.sort_by_key(|row| *row.key());
    let end = rows.iter().position(|row| ends_page(row.key())).unwrap();
    let late = recut(&rows[..end + 2], &[end + 2]);
    assert_eq!(late.map_err(|error| error.code()), Err("cut-late"));
}

#[test]
fn pages_that_overlap_are_refused_though_they_hash_right() {
    let rows = inner_notes(4);
    let page = |ids: &[usize]| Page::new(ids.iter().map(|id| rows[*id].clone()).collect()).unwrap();
    let run = PageRun {
        start: 0,
        left: vec![],
        pages: vec![page(&[0, 2]), page(&[1, 3])],
        right: vec![],
    };
    let mut range = CompactRange::new();
    run.pages.iter().for_each(|page| range.append(tree::leaf(page)));
    let error = run.check(2, &range.root()).unwrap_err();
    assert_eq!((error.code(), error.rule()), ("overlap", "tariff-page R5"));
    assert_eq!(
        PageTree::of_pages(run.pages).map_err(|error| error.code()),
        Err("overlap")
    );
}

#[test]
fn rows_out_of_order_or_of_two_trees_make_no_page() {
    let rows = inner_notes(2);
    let turned = Page::new(vec![rows[1].clone(), rows[0].clone()]);
    assert_eq!(turned.map_err(|error| error.code()), Err("order"));
    let twice = Page::new(vec![rows[0].clone(), rows[0].clone()]);
    assert_eq!(twice.map_err(|error| error.code()), Err("order"));
    let line = RowKey::Description("61".parse().unwrap(), 1, "en".parse().unwrap());
    assert_eq!(line.tree(), TreeKind::Texts);
    let line = Row::new(line, Entry::Description("Apparel".to_owned())).unwrap();
    assert_eq!(
        Page::new(vec![line, rows[0].clone()]).map_err(|error| error.code()),
        Err("tree")
    );
}

#[test]
fn every_bit_of_a_proof_counts() {
    let tree = PageTree::of(notes(300)).unwrap();
    for row in tree.rows() {
        let proof = tree.prove(row.key()).unwrap();
        assert_eq!(proof.check(row, &tree.root()), Ok(()));
    }
    let row = tree.rows().nth(100).unwrap();
    let proof = tree.prove(row.key()).unwrap();
    for side in 0..2 {
        let hashes = if side == 0 {
            proof.row_path.path.len()
        } else {
            proof.page_path.path.len()
        };
        assert!(hashes > 0);
        for bit in 0..hashes * 256 {
            let mut other = proof.clone();
            let path = if side == 0 {
                &mut other.row_path.path
            } else {
                &mut other.page_path.path
            };
            path[bit / 256].0[bit % 256 / 8] ^= 1 << (bit % 8);
            assert_eq!(other.check(row, &tree.root()), Err(PageError::Root));
        }
    }
    let other = tree.rows().nth(101).unwrap();
    assert!(proof.check(other, &tree.root()).is_err());
}

#[test]
fn another_place_than_that_of_the_row_proves_nothing() {
    let tree = PageTree::of(notes(300)).unwrap();
    let row = tree.rows().nth(100).unwrap();
    let proof = tree.prove(row.key()).unwrap();
    for index in (0..=255).filter(|index| *index != proof.row_index) {
        let other = RowProof {
            row_index: index,
            ..proof.clone()
        };
        assert!(other.check(row, &tree.root()).is_err());
    }
    for index in (0..64).filter(|index| *index != proof.page_index) {
        let other = RowProof {
            page_index: index,
            ..proof.clone()
        };
        assert!(other.check(row, &tree.root()).is_err());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn one_set_of_rows_has_one_root(count in 0usize..400, order in any::<u64>()) {
        let mut rows = notes(count);
        let tree = PageTree::of(rows.clone()).unwrap();
        rows.sort_by_key(|row| row.leaf_hash().0.map(|byte| byte ^ order.to_le_bytes()[usize::from(byte % 8)]));
        prop_assert_eq!(PageTree::of(rows).unwrap().root(), tree.root());
        let pages = tree.pages().iter().map(|page| Page::decode(page.bytes().clone()).unwrap());
        prop_assert_eq!(PageTree::of_pages(pages.collect()), Ok(tree));
    }

    #[test]
    fn another_text_moves_no_boundary(count in 1usize..400, at in any::<Index>(), text in "[a-z]{1,200}") {
        let mut rows = notes(count);
        let before = PageTree::of(rows.clone()).unwrap();
        let at = at.index(count);
        rows[at] = note(at, &text);
        let after = PageTree::of(rows).unwrap();
        prop_assert_eq!(firsts(&before), firsts(&after));
        let changed = before.pages().iter().zip(after.pages()).filter(|(left, right)| left != right);
        prop_assert_eq!(changed.count(), 1);
        prop_assert_ne!(before.root(), after.root());
    }

    #[test]
    fn a_run_is_checked_alone(count in 1usize..600, start in any::<Index>(), end in any::<Index>(), byte in any::<Index>()) {
        let tree = PageTree::of(notes(count)).unwrap();
        let pages = tree.pages().len();
        let (start, end) = (start.index(pages), end.index(pages));
        let range = start.min(end)..start.max(end) + 1;
        let run = tree.run(range).unwrap();
        prop_assert_eq!(run.check(pages as u64, &tree.root()), Ok(()));

        // Any byte of its pages changed, it is refused.
        let page = &run.pages[0];
        let mut bytes = page.bytes().to_vec();
        let byte = byte.index(bytes.len());
        bytes[byte] ^= 1;
        let mut other = run.clone();
        if let Ok(page) = Page::decode(bytes.into()) {
            other.pages[0] = page;
            prop_assert!(other.check(pages as u64, &tree.root()).is_err());
        }
    }

    #[test]
    fn a_run_out_of_a_run_is_that_of_the_tree(count in 1usize..900, ends in any::<[Index; 4]>()) {
        let tree = PageTree::of(notes(count)).unwrap();
        let pages = tree.pages().len();
        let mut ends = ends.map(|end| end.index(pages));
        ends.sort_unstable();
        let [start, from, to, end] = ends;
        let run = tree.run(start..end + 1).unwrap();
        let narrowed = run.narrowed(from as u64..to as u64 + 1, pages as u64);
        prop_assert_eq!(narrowed, tree.run(from..to + 1));
        prop_assert_eq!(run.narrowed(from as u64..end as u64 + 2, pages as u64), Err(PageError::Absent));
    }
}
