//! Pages, good and bad.

use ewtp_log::entry_bundle;
use ewtp_tariff::row::Entry;
use ewtp_tariff::{Page, PageTree, Row, RowKey, page::ends_page};
use ewtp_vectors::Case;

const OBJECT: &str = "tariff-page";

fn note(id: usize) -> Row {
    let key = RowKey::Note(format!("n-{id:04}").parse().expect("a name"));
    Row::new(key, Entry::Note(format!("note {id}"))).expect("a row")
}

/// Notes of which none ends a page.
fn inner(count: usize) -> Vec<Row> {
    let rows = (0..).map(note).filter(|row| !ends_page(row.key()));
    rows.take(count).collect()
}

/// A few notes, of which the last ends the page, and the note behind it.
fn ending() -> (Vec<Row>, Row) {
    let end = (2..).find(|id| ends_page(note(*id).key())).expect("one of 32");
    let start = (0..end)
        .rev()
        .take_while(|id| !ends_page(note(*id).key()))
        .last()
        .unwrap_or(end);
    ((start.max(end - 2)..=end).map(note).collect(), note(end + 1))
}

fn bytes(rows: &[Row]) -> Vec<u8> {
    let rows: Vec<_> = rows.iter().map(Row::bytes).collect();
    entry_bundle(&rows).expect("rows are short")
}

fn good(name: &'static str, rule: &'static str, note: &'static str, rows: &[Row]) -> Case {
    let page = Page::new(rows.to_vec()).expect("a page");
    Case::good(OBJECT, name, rule, note)
        .with("id", page.id())
        .body(bytes(rows))
}

fn bad(name: &'static str, rule: &'static str, reason: &'static str, rows: &[Row]) -> Case {
    Case::good(OBJECT, name, rule, "").refused(reason).body(bytes(rows))
}

fn joined(case: Case, next: &[Row]) -> Case {
    let hex: String = bytes(next).iter().map(|byte| format!("{byte:02x}")).collect();
    case.with("next", hex)
}

/// Every page.
pub(crate) fn all() -> Vec<Case> {
    let (ended, behind) = ending();
    let rows = inner(130);
    let root = |rows: Vec<Row>| PageTree::of(rows).expect("a tree").root();
    let whole = [ended.clone(), vec![behind.clone()]].concat();
    let turned = [rows[1].clone(), rows[0].clone()];
    let description = RowKey::Description("61".parse().expect("a code"), 1, "en".parse().expect("a language"));
    let description = Row::new(description, Entry::Description("Apparel".to_owned())).expect("a row");
    let mut faulty = bytes(&rows[..2]);
    faulty.pop();
    let form = |name, body: Vec<u8>| {
        Case::good(OBJECT, name, "tariff-page R2", "")
            .refused("form")
            .body(body)
    };
    vec![
        good("one-row", "tariff-page R3", "", &rows[..1]),
        good("full", "tariff-page R4", "row 128 ends a page", &rows[..128]),
        good("tree-of-one", "tariff-page R6", "", &rows[..5])
            .with("tree", "yes")
            .with("root", root(rows[..5].to_vec())),
        joined(
            good("tree-of-two", "tariff-page R6", "", &ended),
            std::slice::from_ref(&behind),
        )
        .with("root", root(whole.clone())),
        joined(good("tree-of-full", "tariff-page R4", "", &rows[..128]), &rows[128..]).with("root", root(rows.clone())),
        bad("row-129", "tariff-page R2", "row-count", &rows[..129]),
        bad("order", "tariff-page R2", "order", &turned),
        bad("twice", "tariff-page R2", "order", &[rows[0].clone(), rows[0].clone()]),
        bad("two-trees", "tariff-page R2", "tree", &[description, rows[0].clone()]),
        form("cut-short", faulty),
        form("empty", Vec::new()),
        bad("cut-late", "tariff-page R4", "cut-late", &whole).with("tree", "yes"),
        joined(bad("cut-early", "tariff-page R4", "cut-early", &rows[..3]), &rows[3..5]),
        joined(
            bad(
                "overlap",
                "tariff-page R5",
                "overlap",
                &[rows[0].clone(), rows[2].clone()],
            ),
            &rows[1..2],
        ),
        joined(bad("same-page", "tariff-page R5", "overlap", &rows[..2]), &rows[..2]),
    ]
}
