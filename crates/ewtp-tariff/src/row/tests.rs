use super::*;
use ewtp_record::Date;
use ewtp_record::edition::MeasureKind;

fn key(code: &str) -> RowKey {
    RowKey::Line(code.parse().unwrap(), 1)
}

fn measure(kind: MeasureKind, duty: &str) -> Measure {
    Measure::of(kind, Some(duty.parse().unwrap()))
}

fn shirt() -> TariffLine {
    let mut preference = measure(MeasureKind::Preference, "free");
    preference.areas = vec!["us-S".parse().unwrap(), "AU".parse().unwrap()];
    preference.agreement = Some("USMCA".parse().unwrap());
    let mut additional = measure(MeasureKind::Additional, "7.5%");
    additional.conditions = vec![Condition {
        when: "people<30".parse().unwrap(),
        duty: "free".parse().unwrap(),
    }];
    let mut line = TariffLine {
        indent: 2,
        units: vec!["KGM".parse().unwrap(), "H87".parse().unwrap()],
        is_declarable: true,
        measures: vec![additional, preference, measure(MeasureKind::Mfn, "16.5%")],
        ..TariffLine::default()
    };
    line.arrange();
    line
}

fn day(text: &str) -> Date {
    text.parse().unwrap()
}

/// What is wrong with a line, by field and code.
fn fault(line: TariffLine) -> (String, &'static str) {
    match Row::new(key("610910"), Entry::Line(line)) {
        Err(RowError::Field(error)) => (error.field.clone(), error.code),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_line_reads_back_as_it_was_made() {
    let row = Row::new(key("6109100012"), Entry::Line(shirt())).unwrap();
    let read = Row::decode(row.bytes().clone()).unwrap();
    assert_eq!(read, row);
    assert_eq!(RowKey::decode(&row.key().encode()), Ok(*row.key()));
    assert_eq!(row.key().to_string(), "line 6109100012");
}

#[test]
fn arranging_a_line_gives_one_order_whatever_it_was() {
    let mut turned = shirt();
    turned.measures.reverse();
    turned.units.reverse();
    turned.arrange();
    assert_eq!(turned, shirt());
}

#[test]
fn a_line_out_of_order_is_refused_with_its_field() {
    let mut line = shirt();
    line.units.reverse();
    assert_eq!(fault(line), ("units".to_owned(), "order"));
    let mut line = shirt();
    line.measures.reverse();
    assert_eq!(fault(line), ("measures".to_owned(), "order"));
    let mut line = shirt();
    line.measures[1].areas.reverse();
    assert_eq!(fault(line), ("measures[1].areas".to_owned(), "order"));
}

#[test]
fn a_duty_is_missing_only_where_nothing_may_come_in() {
    let mut line = shirt();
    line.measures[0].duty = None;
    assert_eq!(fault(line), ("measures[0].duty".to_owned(), "duty"));
    let line = TariffLine {
        measures: vec![Measure::of(MeasureKind::Prohibition, None)],
        ..TariffLine::default()
    };
    assert!(Row::new(key("61"), Entry::Line(line)).is_ok());
    let line = TariffLine {
        measures: vec![measure(MeasureKind::Licence, "free")],
        ..TariffLine::default()
    };
    assert_eq!(fault(line), ("measures[0].duty".to_owned(), "duty"));
}

#[test]
fn a_validity_that_ends_before_it_begins_is_refused() {
    let mut line = shirt();
    line.validity = Validity {
        from: Some(day("2026-02-01")),
        to: Some(day("2026-01-31")),
    };
    assert_eq!(fault(line), ("to".to_owned(), "validity"));
}

#[test]
fn validities_that_share_a_day_overlap() {
    let from = |text| Validity {
        from: Some(day(text)),
        to: None,
    };
    let to = |text| Validity {
        from: None,
        to: Some(day(text)),
    };
    assert!(from("2026-01-01").overlaps(&to("2026-01-01")));
    assert!(!from("2026-01-02").overlaps(&to("2026-01-01")));
    assert!(Validity::ALWAYS.overlaps(&to("1970-01-01")));
    assert!(to("2026-01-01").holds_on(day("2026-01-01")) && !to("2026-01-01").holds_on(day("2026-01-02")));
}

#[test]
fn conditions_have_one_spelling() {
    for text in [
        "document:N002",
        "not document:Y-9/1",
        "attribute:women-led",
        "not attribute:registered",
        "value<=150 EUR",
        "unit-price>10 CNY/GRM",
        "quantity>=0.5 KGM",
        "people<30",
    ] {
        assert_eq!(text.parse::<When>().unwrap().to_string(), text);
    }
    for text in [
        "",
        "document:",
        "not value<=150 EUR",
        "value<=150.0 EUR",
        "value <= 150 EUR",
        "people<+30",
    ] {
        assert_eq!(
            text.parse::<When>().map_err(|error| error.code),
            Err("condition"),
            "{text}"
        );
    }
    for text in [
        "value=150 EUR",
        "value<=-1 EUR",
        "people<030",
        "quantity<5",
        "unit-price<5 EUR",
        "weight<5 KGM",
    ] {
        assert!(text.parse::<When>().is_err(), "{text}");
    }
}

#[test]
fn areas_are_countries_or_groups() {
    assert!(matches!("CN".parse(), Ok(Area::Country(_))));
    assert!(matches!("us-A*".parse(), Ok(Area::Group(_))));
    assert_eq!("QQ".parse::<Area>().map_err(|error| error.code), Err("country"));
    assert_eq!("us group".parse::<Area>().map_err(|error| error.code), Err("group"));
}

#[test]
fn keys_stand_in_the_order_of_the_schedule() {
    let mut keys = [
        RowKey::Note("a".parse().unwrap()),
        RowKey::Group("asean".parse().unwrap()),
        key("6110"),
        key("61"),
        RowKey::Line("6109".parse().unwrap(), 2),
        key("610910"),
        key("6109"),
    ];
    keys.sort();
    let names: Vec<_> = keys.iter().map(ToString::to_string).collect();
    let expected = [
        "line 61",
        "line 6109",
        "line 6109 (2)",
        "line 610910",
        "line 6110",
        "group asean",
        "note a",
    ];
    assert_eq!(names, expected);
}

#[test]
fn a_country_twice_in_a_group_on_one_day_is_refused() {
    let member = |from: &str, to: Option<&str>| Member {
        country: "VN".parse().unwrap(),
        validity: Validity {
            from: Some(day(from)),
            to: to.map(day),
        },
    };
    let group = |members| {
        let group = Group {
            title: "ASEAN".to_owned(),
            members: Some(members),
            agreement: None,
        };
        Row::new(RowKey::Group("asean".parse().unwrap()), Entry::Group(group)).map_err(|error| error.code())
    };
    let sound = group(vec![
        member("2020-01-01", Some("2020-12-31")),
        member("2021-01-01", None),
    ]);
    assert_eq!(Row::decode(sound.clone().unwrap().bytes().clone()), Ok(sound.unwrap()));
    assert_eq!(
        group(vec![member("2020-01-01", None), member("2021-01-01", None)]),
        Err("overlap")
    );
    assert_eq!(group(vec![]), Err("empty"));
}

#[test]
fn an_entry_of_another_table_is_refused() {
    let error = Row::new(key("61"), Entry::Correlation).unwrap_err();
    assert_eq!((error.code(), error.rule()), ("entry", "tariff-row R1"));
}

#[test]
fn rows_from_a_later_version_are_not_judged() {
    // [4, "EUR", 20454, {0: "1.1", 1: true}]: an odd key, which a record may ignore. A row may not.
    let row = |bytes: &[u8]| {
        Row::decode(Bytes::copy_from_slice(bytes)).map_err(|error| (error.code(), error.is_unsupported()))
    };
    assert!(row(b"\x84\x04\x63EUR\x19\x4f\xe6\xa1\x00\x631.1").is_ok());
    assert_eq!(
        row(b"\x84\x04\x63EUR\x19\x4f\xe6\xa2\x00\x631.1\x01\xf5"),
        Err(("unsupported-key", true))
    );
    assert_eq!(
        row(b"\x84\x04\x63EUR\x19\x4f\xe6\xa2\x00\x631.1\x02\xf5"),
        Err(("unsupported-key", true))
    );
    assert_eq!(row(b"\x82\x08\xa0"), Err(("unsupported-table", true)));
    assert_eq!(row(b"\x86\x05\x19\x07\xe6\x6261\x6261\xa0\x00"), Err(("shape", false)));
}
