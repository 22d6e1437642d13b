//! Whole schedules, good and bad: rows that are each sound.

use ewtp_record::cbor::{self, Blob};
use ewtp_record::edition::MeasureKind;
use ewtp_tariff::row::{Entry, Group, Measure, TariffLine, Validity};
use ewtp_tariff::{PageTrees, Row, RowKey};
use ewtp_vectors::Case;

const OBJECT: &str = "tariff-schedule";

fn key(code: &str, seq: u32) -> RowKey {
    RowKey::Line(code.parse().expect("a code"), seq)
}

fn row(key: RowKey, entry: Entry) -> Row {
    Row::new(key, entry).expect("a row that is sound by itself")
}

fn measure(kind: MeasureKind, duty: &str) -> Measure {
    Measure::of(kind, Some(duty.parse().expect("an expression")))
}

fn mfn(duty: &str) -> Measure {
    measure(MeasureKind::Mfn, duty)
}

fn additional(duty: &str) -> Measure {
    measure(MeasureKind::Additional, duty)
}

/// A measure for these areas only.
fn from_areas(measure: Measure, areas: &[&str]) -> Measure {
    let areas = areas.iter().map(|area| area.parse().expect("an area")).collect();
    Measure { areas, ..measure }
}

fn line_of<const N: usize>(measures: [Measure; N]) -> TariffLine {
    let mut line = TariffLine {
        units: vec!["KGM".parse().expect("a unit")],
        measures: measures.into(),
        ..TariffLine::default()
    };
    line.arrange();
    line
}

fn line<const N: usize>(code: &str, measures: [Measure; N]) -> Row {
    row(key(code, 1), Entry::Line(line_of(measures)))
}

/// One line, `610910`, with these measures.
fn shirts<const N: usize>(measures: [Measure; N]) -> Vec<Row> {
    vec![line("610910", measures)]
}

fn group() -> Row {
    let group = Group {
        title: "Singapore".to_owned(),
        members: None,
        agreement: None,
    };
    row(RowKey::Group("us-SG".parse().expect("a group")), Entry::Group(group))
}

fn note() -> Row {
    row(
        RowKey::Note("us-note-20".parse().expect("a name")),
        Entry::Note("Ask.".to_owned()),
    )
}

fn description(code: &str, seq: u32) -> Row {
    let language = "en".parse().expect("a language");
    let key = RowKey::Description(code.parse().expect("a code"), seq, language);
    row(key, Entry::Description("Shirts".to_owned()))
}

fn until(mut measure: Measure, from: Option<&str>, to: Option<&str>) -> Measure {
    let day = |day: Option<&str>| day.map(|day| day.parse().expect("a day"));
    measure.validity = Validity {
        from: day(from),
        to: day(to),
    };
    measure
}

fn declarable(seq: u32, to: Option<&str>) -> Row {
    let mut line = line_of([]);
    line.is_declarable = true;
    line.validity.to = to.map(|day| day.parse().expect("a day"));
    row(key("6109100012", seq), Entry::Line(line))
}

fn encoded(rows: Vec<Row>) -> Vec<u8> {
    let trees = PageTrees::of(rows).expect("few rows");
    let rows: Vec<_> = trees.rows().map(|row| Blob(row.bytes().clone())).collect();
    cbor::encode(&rows)
}

/// Every schedule.
pub(crate) fn all() -> Vec<Case> {
    [sound(), astray(), overlapping(), unknown(), circular()].concat()
}

fn good(name: &'static str, rule: &'static str, note: &'static str, rows: Vec<Row>) -> Case {
    Case::good(OBJECT, name, rule, note).body(encoded(rows))
}

fn bad(name: &'static str, rule: &'static str, reason: &'static str, rows: Vec<Row>) -> Case {
    Case::good(OBJECT, name, rule, "").refused(reason).body(encoded(rows))
}

fn sound() -> Vec<Case> {
    let stacked = |stack, duty| Measure {
        stack: Some(stack),
        ..from_areas(additional(duty), &["CN"])
    };
    let whole = vec![
        group(),
        line("6109", []),
        line(
            "610910",
            [
                mfn("5%"),
                from_areas(measure(MeasureKind::Preference, "free"), &["us-SG"]),
            ],
        ),
        line("9903", [additional("duty() + 7.5%")]),
        description("610910", 1),
        note(),
    ];
    let retired = until(mfn("6%"), None, Some("2025-12-31"));
    let content = vec![line(
        "610910",
        [mfn("1 USD/LTR on alcohol + component(case, 2 USD/H87)")],
    )];
    let chain = vec![
        line("610910", [additional("duty(990388, additional)")]),
        line("9903", [additional("duty(610920)")]),
        line("610920", [mfn("5%")]),
        line("990388", []),
    ];
    vec![
        good("whole", "tariff-row R16", "names that all have their row", whole),
        good(
            "one-after-the-other",
            "tariff-row R15",
            "",
            shirts([retired, until(mfn("5%"), Some("2026-01-01"), None)]),
        ),
        good(
            "stacked",
            "tariff-row R15",
            "two that add up",
            shirts([stacked(701, "7.5%"), stacked(702, "25%")]),
        ),
        good(
            "special-and-general",
            "tariff-row R15",
            "a country, and all",
            shirts([mfn("5%"), from_areas(mfn("90%"), &["CU"])]),
        ),
        good(
            "lines-of-one-code",
            "tariff-row R15",
            "a line, and a text below it",
            vec![
                declarable(1, None),
                row(key("6109100012", 2), Entry::Line(TariffLine::default())),
            ],
        ),
        good(
            "content-and-part",
            "tariff-row R17",
            "quantities that no line declares",
            content,
        ),
        good("chain", "tariff-row R18", "through a line above", chain),
    ]
}

/// All rows in one tree.
fn astray() -> Vec<Case> {
    const RULE: &str = "tariff-row R1";
    let texts = || vec![description("610910", 1)];
    vec![
        good("notes-only", RULE, "a schedule may have no rates", vec![note()]).with("tree", "notes"),
        bad("notes-as-rates", RULE, "tree", vec![note()]).with("tree", "rates"),
        bad("texts-as-rates", RULE, "tree", texts()).with("tree", "rates"),
        bad("texts-as-notes", RULE, "tree", texts()).with("tree", "notes"),
        bad("rates-as-texts", RULE, "tree", shirts([mfn("5%")])).with("tree", "texts"),
    ]
}

fn overlapping() -> Vec<Case> {
    const RULE: &str = "tariff-row R15";
    let line_twice = |codes: [Measure; 2]| {
        let [first, second] = codes.map(|measure| Entry::Line(line_of([measure])));
        vec![row(key("610910", 1), first), row(key("610910", 2), second)]
    };
    let crowd = (1..=65).map(|seq| {
        let measure = Measure {
            stack: u16::try_from(seq).ok(),
            ..mfn("5%")
        };
        row(key("610910", seq), Entry::Line(line_of([measure])))
    });
    vec![
        bad(
            "overlap",
            RULE,
            "overlap",
            shirts([mfn("5%"), until(mfn("6%"), Some("2026-01-01"), None)]),
        ),
        bad(
            "overlap-one-day",
            RULE,
            "overlap",
            shirts([
                until(mfn("6%"), None, Some("2026-01-01")),
                until(mfn("5%"), Some("2026-01-01"), None),
            ]),
        ),
        bad(
            "overlap-area",
            RULE,
            "overlap",
            shirts([from_areas(mfn("6%"), &["CU", "KP"]), from_areas(mfn("5%"), &["CU"])]),
        ),
        bad("overlap-lines", RULE, "overlap", line_twice([mfn("5%"), mfn("6%")])),
        bad(
            "declarable-twice",
            RULE,
            "overlap",
            vec![declarable(1, None), declarable(2, Some("2030-01-01"))],
        ),
        bad("lines-count", RULE, "too-many-lines", crowd.collect()),
        bad("measures-count", RULE, "too-many-measures", many_measures()),
    ]
}

/// Five lines of one code with 1,025 measures together.
fn many_measures() -> Vec<Row> {
    let lines = (1..=5).map(|seq| {
        let stacks = (seq - 1) * 256..(seq * 256).min(1_025);
        let measures = stacks.map(|stack| Measure {
            stack: u16::try_from(stack).ok(),
            ..mfn("5%")
        });
        let mut line = TariffLine {
            measures: measures.collect(),
            ..TariffLine::default()
        };
        line.arrange();
        row(key("610910", seq), Entry::Line(line))
    });
    lines.collect()
}

fn unknown() -> Vec<Case> {
    const RULE: &str = "tariff-row R16";
    let except = Measure {
        except: vec!["us-S".parse().expect("an area")],
        ..mfn("5%")
    };
    let quota = Measure {
        quota: Some("094003".parse().expect("a name")),
        ..measure(MeasureKind::InQuota, "free")
    };
    vec![
        bad(
            "group",
            RULE,
            "unknown-group",
            shirts([from_areas(mfn("5%"), &["us-SG"])]),
        ),
        bad("group-excepted", RULE, "unknown-group", shirts([except])),
        bad("quota", RULE, "unknown-quota", shirts([quota])),
        bad("note", RULE, "unknown-note", shirts([mfn("text(us-note-20)")])),
        bad(
            "line",
            RULE,
            "unknown-line",
            shirts([additional("duty(99038815, additional)")]),
        ),
        bad(
            "line-of-description",
            RULE,
            "unknown-line",
            vec![declarable(1, None), description("6109100012", 2)],
        ),
        bad(
            "unit",
            "tariff-row R17",
            "unknown-unit",
            shirts([mfn("5% + 2 USD/LTR")]),
        ),
        bad(
            "unit-in-choice",
            "tariff-row R17",
            "unknown-unit",
            shirts([mfn("max(5%, 2 USD/H87)")]),
        ),
    ]
}

fn circular() -> Vec<Case> {
    const RULE: &str = "tariff-row R18";
    let round = vec![
        line("610910", [additional("duty(9903, additional)")]),
        line("9903", [additional("duty(610910, additional) + 7.5%")]),
    ];
    let above = vec![
        line("61", [additional("duty(9903, additional)")]),
        line("610910", []),
        line("9903", [additional("duty(610910, additional)")]),
    ];
    let own = vec![
        line("610910", [mfn("duty(9903, additional)")]),
        line("9903", [additional("duty() + 7.5%")]),
    ];
    vec![
        bad(
            "itself",
            RULE,
            "cycle",
            shirts([additional("duty(610910, additional)")]),
        ),
        bad("round", RULE, "cycle", round),
        bad("round-above", RULE, "cycle", above),
        bad("own-line", RULE, "cycle", shirts([mfn("duty() + 1%")])),
        bad("own-line-afar", RULE, "cycle", own),
    ]
}
