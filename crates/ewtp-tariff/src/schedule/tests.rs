use super::*;
use crate::Row;
use crate::row::{Group, Measure, Validity};
use ewtp_record::edition::MeasureKind;

fn measure(kind: MeasureKind, duty: &str) -> Measure {
    Measure::of(kind, Some(duty.parse().unwrap()))
}

fn line(code: &str, measures: Vec<Measure>) -> Row {
    let mut line = TariffLine {
        units: vec!["KGM".parse().unwrap()],
        measures,
        ..TariffLine::default()
    };
    line.arrange();
    Row::new(RowKey::Line(code.parse().unwrap(), 1), Entry::Line(line)).unwrap()
}

/// What is wrong with these rows, and with which.
fn fault(rows: Vec<Row>) -> Option<(String, &'static str)> {
    let checked = check(&PageTrees::of(rows).unwrap());
    checked.err().map(|error| (error.row.to_string(), error.code()))
}

fn refused(code: &'static str) -> Option<(String, &'static str)> {
    Some(("line 610910".to_owned(), code))
}

#[test]
fn a_schedule_whose_rows_fit_is_accepted() {
    let group = Group {
        title: "Ten".to_owned(),
        members: None,
        agreement: None,
    };
    let mut preference = measure(MeasureKind::Preference, "0.5 USD/KGM");
    preference.areas = vec!["us-S".parse().unwrap()];
    let rows = vec![
        line("610910", vec![measure(MeasureKind::Mfn, "5%"), preference]),
        line("9903", vec![measure(MeasureKind::Additional, "duty(610910) + 7.5%")]),
        Row::new(RowKey::Group("us-S".parse().unwrap()), Entry::Group(group)).unwrap(),
    ];
    assert_eq!(fault(rows), None);
}

#[test]
fn rows_in_the_tree_of_another_are_refused() {
    let note = RowKey::Note("n-1".parse().unwrap());
    let note = Row::new(note, Entry::Note("of all goods".to_owned())).unwrap();
    let sound = PageTrees::of([line("610910", vec![]), note]).unwrap();
    assert_eq!(check(&sound), Ok(()));
    let (rates, notes) = (sound.rates.clone(), sound.notes.clone());
    for (astray, row) in [
        (
            PageTrees {
                rates: notes.clone(),
                ..sound.clone()
            },
            "note n-1",
        ),
        (
            PageTrees {
                texts: notes,
                ..sound.clone()
            },
            "note n-1",
        ),
        (PageTrees { notes: rates, ..sound }, "line 610910"),
    ] {
        let error = check(&astray).unwrap_err();
        assert_eq!((error.code(), error.row.to_string().as_str()), ("tree", row));
    }
}

#[test]
fn two_measures_for_the_same_goods_on_one_day_are_refused() {
    let mut later = measure(MeasureKind::Mfn, "6%");
    later.validity = Validity {
        from: Some("2026-01-01".parse().unwrap()),
        to: None,
    };
    let mut earlier = measure(MeasureKind::Mfn, "5%");
    assert_eq!(
        fault(vec![line("610910", vec![earlier.clone(), later.clone()])]),
        refused("overlap")
    );
    earlier.validity.to = Some("2025-12-31".parse().unwrap());
    assert_eq!(fault(vec![line("610910", vec![earlier, later])]), None);
}

#[test]
fn names_that_no_row_has_are_refused() {
    let mut preference = measure(MeasureKind::Preference, "free");
    preference.areas = vec!["us-S".parse().unwrap()];
    assert_eq!(fault(vec![line("610910", vec![preference])]), refused("unknown-group"));
    let mut quota = measure(MeasureKind::InQuota, "free");
    quota.quota = Some("094003".parse().unwrap());
    assert_eq!(fault(vec![line("610910", vec![quota])]), refused("unknown-quota"));
    let words = measure(MeasureKind::Mfn, "text(us-note-20)");
    assert_eq!(fault(vec![line("610910", vec![words])]), refused("unknown-note"));
}

#[test]
fn a_unit_that_the_line_lacks_is_refused() {
    assert_eq!(
        fault(vec![line("610910", vec![measure(MeasureKind::Mfn, "1 USD/LTR")])]),
        refused("unknown-unit")
    );
    assert_eq!(
        fault(vec![line(
            "610910",
            vec![measure(MeasureKind::Mfn, "1 USD/LTR on alcohol")]
        )]),
        None
    );
}

#[test]
fn references_in_a_circle_are_refused() {
    let own = line("610910", vec![measure(MeasureKind::Mfn, "duty() + 1%")]);
    assert_eq!(fault(vec![own]), refused("cycle"));
    let round = vec![
        line("610910", vec![measure(MeasureKind::Mfn, "duty(9903, additional)")]),
        line("9903", vec![measure(MeasureKind::Additional, "duty(610910) + 7.5%")]),
    ];
    assert_eq!(fault(round), refused("cycle"));
    let own_line_afar = vec![
        line("610910", vec![measure(MeasureKind::Mfn, "duty(9903, additional)")]),
        line("9903", vec![measure(MeasureKind::Additional, "duty() + 7.5%")]),
    ];
    assert_eq!(fault(own_line_afar), refused("cycle"));
}

/// Taken off one by one from the wrong end this would take minutes.
#[test]
fn a_long_chain_of_references_ends_soon() {
    let line_at = |at: u32| {
        let duty = format!("duty({}, additional)", 10_000 + at + 1);
        line(
            &format!("{}", 10_000 + at),
            vec![measure(MeasureKind::Additional, &duty)],
        )
    };
    let mut rows: Vec<Row> = (0..20_000).map(line_at).collect();
    rows.push(line("30000", vec![measure(MeasureKind::Additional, "1%")]));
    assert_eq!(fault(rows.clone()), None);
    rows.pop();
    rows.push(line(
        "30000",
        vec![measure(MeasureKind::Additional, "duty(10000, additional)")],
    ));
    assert_eq!(fault(rows), Some(("line 10000".to_owned(), "cycle")));
}

/// The parts in which the first fault of these rows lies: `line 610910: mfn 5%`.
fn told(rows: Vec<Row>) -> Vec<String> {
    let trees = PageTrees::of(rows).unwrap();
    let spots = spots(&trees, &check(&trees).expect_err("a fault"));
    let measure = |key: &RowKey, index: usize| match trees.get(key).unwrap().entry() {
        Entry::Line(line) => line.measures[index].clone(),
        other => panic!("{other:?}"),
    };
    let told = spots.iter().map(|spot| match spot {
        Spot::Row(key) => key.to_string(),
        Spot::Measure(key, index) => {
            let measure = measure(key, *index);
            format!("{key}: {} {}", measure.kind, measure.duty.unwrap())
        }
        Spot::Requirement(key, index) => format!("{key}: paper {index}"),
    });
    told.collect()
}

#[test]
fn both_measures_that_overlap_are_told_and_no_third() {
    let mut later = measure(MeasureKind::Mfn, "6%");
    later.validity.from = Some("2026-01-01".parse().unwrap());
    let mut chinese = measure(MeasureKind::Mfn, "7%");
    chinese.areas = vec!["CN".parse().unwrap()];
    let rows = vec![line(
        "610910",
        vec![measure(MeasureKind::Mfn, "5%"), later.clone(), chinese],
    )];
    assert_eq!(told(rows), ["line 610910: mfn 5%", "line 610910: mfn 6%"]);
    // On two lines of one code.
    let second = line("610910", vec![later]);
    let second = Row::new(RowKey::Line("610910".parse().unwrap(), 2), second.entry().clone()).unwrap();
    let rows = vec![line("610910", vec![measure(MeasureKind::Mfn, "5%")]), second];
    assert_eq!(told(rows), ["line 610910: mfn 5%", "line 610910 (2): mfn 6%"]);
}

#[test]
fn both_lines_under_which_goods_are_declared_are_told() {
    let declared = |seq| {
        let line = TariffLine {
            is_declarable: true,
            ..TariffLine::default()
        };
        Row::new(RowKey::Line("610910".parse().unwrap(), seq), Entry::Line(line)).unwrap()
    };
    assert_eq!(told(vec![declared(1), declared(2)]), ["line 610910", "line 610910 (2)"]);
}

#[test]
fn a_long_run_of_bare_texts_hides_no_fault_and_costs_nothing() {
    let at = |seq, line: &TariffLine| Row::new(RowKey::Line("610910".parse().unwrap(), seq), Entry::Line(line.clone()));
    let rated = TariffLine {
        measures: vec![measure(MeasureKind::Mfn, "5%")],
        ..TariffLine::default()
    };
    let bare = (2..20_000).map(|seq| at(seq, &TariffLine::default()));
    let rows = bare.chain([at(1, &rated), at(20_000, &rated)]).map(Result::unwrap);
    let expected = ["line 610910: mfn 5%", "line 610910 (20000): mfn 5%"];
    assert_eq!(told(rows.collect()), expected);
}

#[test]
fn the_measure_that_names_what_is_not_there_is_told() {
    let mut preference = measure(MeasureKind::Preference, "free");
    preference.areas = vec!["us-S".parse().unwrap()];
    let rows = vec![line("610910", vec![measure(MeasureKind::Mfn, "5%"), preference])];
    assert_eq!(told(rows), ["line 610910: preference free"]);
    let litres = measure(MeasureKind::Excise, "1 USD/LTR");
    assert_eq!(
        told(vec![line("610910", vec![measure(MeasureKind::Mfn, "5%"), litres])]),
        ["line 610910: excise 1 USD/LTR"]
    );
    let language = "en".parse().unwrap();
    let text = RowKey::Description("61".parse().unwrap(), 1, language);
    let text = Row::new(text, Entry::Description("Clothes".to_owned())).unwrap();
    assert_eq!(told(vec![text]), ["description of 61 in en"]);
}

#[test]
fn each_duty_of_a_circle_is_told_and_none_that_only_leads_there() {
    let rows = vec![
        line("6101", vec![measure(MeasureKind::Mfn, "duty(9903, additional)")]),
        line(
            "6109",
            vec![
                measure(MeasureKind::Mfn, "duty(9903, additional)"),
                measure(MeasureKind::Vat, "9%"),
            ],
        ),
        line("9903", vec![measure(MeasureKind::Additional, "duty(6109) + 7.5%")]),
    ];
    assert_eq!(fault(rows.clone()), Some(("line 6109".to_owned(), "cycle")));
    let expected = [
        "line 6109: mfn duty(9903, additional)",
        "line 9903: additional duty(6109) + 7.5%",
    ];
    assert_eq!(told(rows), expected);
}
