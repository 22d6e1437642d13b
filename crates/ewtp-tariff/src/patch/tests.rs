use super::*;
use crate::row::{Entry, Language, Measure, TariffLine};
use ewtp_record::edition::MeasureKind;
use proptest::prelude::*;

fn description(code: u32, text: &str) -> Row {
    let english: Language = "en".parse().unwrap();
    let key = RowKey::Description(format!("{code:06}").parse().unwrap(), 1, english);
    Row::new(key, Entry::Description(text.to_owned())).unwrap()
}

fn note(id: u32, text: &str) -> Row {
    let key = RowKey::Note(format!("n-{id}").parse().unwrap());
    Row::new(key, Entry::Note(text.to_owned())).unwrap()
}

fn trees(rows: &[Row]) -> PageTrees {
    PageTrees::of(rows.iter().cloned()).unwrap()
}

fn code<T>(result: Result<T, PatchError>) -> Option<&'static str> {
    result.err().map(|error| error.code())
}

#[test]
fn a_patch_that_does_not_lead_to_the_signed_roots_is_refused() {
    let old = trees(&[note(1, "one")]);
    let new = trees(&[note(1, "two")]);
    let patch = Patch::between(&old, &new);
    assert_eq!((patch.rows(), patch.apply(&old, &new.summary())), (1, Ok(new)));
    assert_eq!(code(patch.apply(&old, &old.summary())), Some("root-mismatch"));
}

#[test]
fn a_patch_says_nothing_needless() {
    let old = trees(&[note(1, "one")]);
    let removed = |id| vec![*note(id, "x").key()];
    let apply = |removed, set| code(Patch { removed, set }.apply(&old, &old.summary()));
    assert_eq!(apply(removed(2), vec![]), Some("absent"));
    assert_eq!(apply(vec![], vec![note(1, "one")]), Some("needless"));
    assert_eq!(apply(removed(1), vec![note(1, "two")]), Some("needless"));
    assert_eq!(apply(vec![], vec![]), None);
}

#[test]
fn a_patch_out_of_order_is_refused() {
    let rows = vec![note(2, "two"), note(1, "one")];
    let removed = rows.iter().map(|row| *row.key()).collect();
    let removed = Patch { removed, set: vec![] };
    let set = Patch {
        removed: vec![],
        set: rows,
    };
    for patch in [removed, set] {
        assert_eq!(code(Patch::decode(&patch.encode())), Some("order"));
    }
    assert_eq!(Patch::decode(&[0x82, 0x80, 0x80]), Ok(Patch::default()));
    assert_eq!(code(Patch::decode(&[0x82, 0x80, 0x81, 0x41, 0xa0])), Some("form"));
    assert_eq!(code(Patch::decode(&[0x82, 0x80, 0x40])), Some("shape"));
}

/// Two lists that announce so many entries, all of them empty.
fn empty_strings(count: usize) -> Vec<u8> {
    let strings = cbor::array_head(count)
        .into_iter()
        .chain(std::iter::repeat_n(0x40, count));
    [0x82].into_iter().chain(strings).chain([0x80]).collect()
}

#[test]
fn a_patch_of_a_million_keys_that_are_none_ends_at_the_first() {
    const MAX: usize = Edition::PATCH_ROWS_MAX as usize;
    let first = Patch::decode(&empty_strings(1)).unwrap_err();
    assert_eq!(Patch::decode(&empty_strings(MAX)), Err(first));
    assert_eq!(code(Patch::decode(&empty_strings(MAX + 1))), Some("cbor-items"));
}

#[test]
fn a_patch_with_another_number_of_rows_than_its_edition_names_is_refused() {
    let patch = Patch {
        removed: vec![*note(1, "one").key()],
        set: vec![note(2, "two")],
    };
    let bytes = patch.encode();
    let named = |rows| PatchSummary {
        id: cbor::Octets([0; 32]),
        bytes: bytes.len() as u64,
        rows,
    };
    let signed = trees(patch.set()).summary();
    assert_eq!(Patch::decode_as(&bytes, &named(2), &signed), Ok(patch));
    assert_eq!(code(Patch::decode_as(&bytes, &named(1), &signed)), Some("rows"));
    // Refused by its number before it is found to hold no key.
    assert_eq!(
        code(Patch::decode_as(&empty_strings(9), &named(2), &signed)),
        Some("rows")
    );
}

#[test]
fn a_patch_that_sets_more_than_the_signed_trees_hold_is_refused_while_it_is_read() {
    let set = [description(1, "one"), note(1, "one"), note(2, "two")];
    let new = trees(&set);
    let patch = Patch::between(&trees(&[]), &new);
    let bytes = patch.encode();
    let named = PatchSummary {
        id: cbor::Octets([0; 32]),
        bytes: bytes.len() as u64,
        rows: 3,
    };
    let read = |signed: &Trees| Patch::decode_as(&bytes, &named, signed);
    assert_eq!(read(&new.summary()).as_ref(), Ok(&patch));
    let lies: [fn(&mut Trees); 3] = [
        |signed| signed.texts.rows = 0,
        |signed| signed.notes.rows -= 1,
        |signed| signed.notes.bytes -= 1,
    ];
    for lie in lies {
        let mut signed = new.summary();
        lie(&mut signed);
        assert_eq!(code(read(&signed)), Some("root-mismatch"));
    }
    // What stands behind the first row without room is not looked at.
    let mut broken = bytes.clone();
    *broken.last_mut().unwrap() = 0xff;
    assert_eq!(
        code(Patch::decode_as(&broken, &named, &Trees::EMPTY)),
        Some("root-mismatch")
    );
}

#[test]
fn rows_of_another_number_than_the_edition_names_are_refused_before_they_are_copied() {
    let old = trees(&[note(1, "one")]);
    let patch = Patch {
        removed: vec![],
        set: vec![note(2, "two")],
    };
    assert_eq!(code(patch.apply(&old, &old.summary())), Some("root-mismatch"));
    assert!(
        patch
            .apply(&old, &trees(&[note(1, "one"), note(2, "two")]).summary())
            .is_ok()
    );
}

fn line(code: u32, duties: &[(MeasureKind, &str)]) -> Row {
    let measures = duties.iter().map(|(kind, duty)| Measure::of(*kind, duty.parse().ok()));
    let line = TariffLine {
        units: vec!["KGM".parse().unwrap()],
        measures: measures.collect(),
        ..TariffLine::default()
    };
    Row::new(
        RowKey::Line(format!("{code:06}").parse().unwrap(), 1),
        Entry::Line(line),
    )
    .unwrap()
}

#[test]
fn the_largest_changes_of_rates_stand_first() {
    use MeasureKind::{Additional, Mfn};
    let old = trees(&[
        line(1, &[(Mfn, "5%")]),
        line(2, &[(Mfn, "10%"), (Additional, "20%")]),
        line(3, &[(Mfn, "text(us-note-20)")]),
        line(4, &[(Mfn, "4 USD/KGM")]),
        line(5, &[(Mfn, "2%")]),
    ]);
    let new = trees(&[
        line(1, &[(Mfn, "5.5%")]),
        line(2, &[(Mfn, "10%")]),
        line(3, &[(Mfn, "free")]),
        line(4, &[(Mfn, "7 USD/KGM")]),
        line(6, &[(Mfn, "30%")]),
    ]);
    let changes = Patch::between(&old, &new).rate_changes(&old, "USD".parse().unwrap());
    let told = changes.iter().map(|change| {
        let text = |duty: &Option<String>| duty.clone().unwrap_or_else(|| "-".to_owned());
        format!(
            "{} {} {} > {}",
            change.line,
            change.kind,
            text(&change.old),
            text(&change.new)
        )
    });
    let expected = [
        "000006 mfn - > 30%",
        "000002 additional 20% > -",
        "000004 mfn 4 USD/KGM > 7 USD/KGM",
        "000005 mfn 2% > -",
        "000001 mfn 5% > 5.5%",
        "000003 mfn text(us-note-20) > free",
    ];
    assert_eq!(told.collect::<Vec<_>>(), expected);
}

fn rows() -> impl Strategy<Value = Vec<Row>> {
    let descriptions = prop::collection::btree_map(0u32..200, "[a-z]{1,3}", 0..120);
    let notes = prop::collection::btree_map(0u32..20, "[a-z]{1,3}", 0..12);
    (descriptions, notes).prop_map(|(descriptions, notes)| {
        let descriptions = descriptions.iter().map(|(code, text)| description(*code, text));
        let notes = notes.iter().map(|(id, text)| note(*id, text));
        descriptions.chain(notes).collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_patch_leads_from_any_rows_to_any_others(old in rows(), new in rows()) {
        let (old, new) = (trees(&old), trees(&new));
        let patch = Patch::between(&old, &new);
        let read = Patch::decode(&patch.encode());
        prop_assert_eq!(read.as_ref(), Ok(&patch));
        prop_assert_eq!(patch.apply(&old, &new.summary()), Ok(new));
    }
}
