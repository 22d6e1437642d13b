//! What is written in the plain format is read again to the same roots: schedules made up, those of this repository, and the published one.
#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a skipped test says so; strategies and helpers are test code, which clippy knows by #[test] only"
)]

mod files;

use ewtp_record::edition::MeasureKind;
use ewtp_tariff::row::{Condition, Entry, Group, Measure, Member, Requirement, TariffLine, Validity};
use ewtp_tariff::{PageTrees, Row, RowKey};
use ewtp_tariff_import::{plain, us_hts};
use files::file;
use proptest::collection::{btree_map, btree_set, vec};
use proptest::option;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use std::path::PathBuf;
use std::str::FromStr;

/// The bytes of the file that leads back to these rows.
fn round(trees: &PageTrees) -> usize {
    let written = plain::write(trees).unwrap_or_else(|error| panic!("{error}"));
    let read = plain::read(&written).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(read.trees.summary(), trees.summary());
    written.len()
}

#[test]
fn the_schedules_of_this_repository_come_back() {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut count = 0;
    for folder in ["testnet/schedules", "node/tests/cli/quote.in"] {
        for entry in std::fs::read_dir(root.join(folder)).unwrap() {
            let path = entry.unwrap().path();
            let bytes = std::fs::read(&path).unwrap();
            // Baskets lie beside schedules there.
            if path.extension().is_some_and(|ext| ext == "csv") && bytes.windows(7).any(|bytes| bytes == b"record,") {
                let read = plain::read(&bytes).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
                round(&read.trees);
                count += 1;
            }
        }
    }
    assert!(count >= 9, "{count}");
}

#[test]
fn the_published_schedule_comes_back() {
    let Some(bytes) = file("hts_2026_rev_5.json.gz") else {
        return;
    };
    let trees = us_hts::read(&bytes).unwrap().trees;
    let length = round(&trees);
    println!("{} rows in {length} bytes of CSV", trees.rows().count());
}

fn parsed<T: FromStr<Err: std::fmt::Debug>>(texts: &[&str]) -> Vec<T> {
    texts.iter().map(|text| text.parse().unwrap()).collect()
}

/// Some of these, in their order.
fn some<T: FromStr<Err: std::fmt::Debug> + Clone + Ord + std::fmt::Debug + 'static>(
    texts: &'static [&'static str],
) -> impl Strategy<Value = Vec<T>> {
    subsequence(texts.to_vec(), 0..=texts.len()).prop_map(|texts| {
        let mut values = parsed(&texts);
        values.sort();
        values
    })
}

/// One of these, or none.
fn one<T: FromStr<Err: std::fmt::Debug> + std::fmt::Debug>(
    texts: &'static [&'static str],
) -> impl Strategy<Value = Option<T>> {
    option::of(select(texts)).prop_map(|text| text.map(|text| text.parse().unwrap()))
}

fn validity() -> impl Strategy<Value = Validity> {
    (one(&["2024-02-29", "2026-01-01"]), one(&["2026-01-01", "2030-12-31"]))
        .prop_map(|(from, to)| Validity { from, to })
}

/// A text of one line, with what looks like mark-up, quotes, lists and comments.
fn prose() -> impl Strategy<Value = String> {
    let odd = select(vec![
        "<i>", "</p>", "&amp;", "&lt;", "’", "²", "  ", "\"", ",", ";", "#", "=>", "-", "é", "\u{200b}",
    ]);
    let piece = prop_oneof![odd.prop_map(str::to_owned), "[a-z0-9 ]{0,4}"];
    let text = vec(piece, 1..6).prop_map(|pieces| pieces.concat().trim().to_owned());
    text.prop_filter("a text says something", |text| !text.is_empty())
}

fn condition() -> impl Strategy<Value = Condition> {
    let when = select(vec![
        "people<30",
        "value<=150 EUR",
        "not document:N-1",
        "unit-price>10 CNY/GRM",
    ]);
    let duty = select(vec!["free", "100/3%"]);
    (when, duty).prop_map(|(when, duty)| Condition {
        when: when.parse().unwrap(),
        duty: duty.parse().unwrap(),
    })
}

fn measure() -> impl Strategy<Value = Measure> {
    const DUTIES: &[&str] = &[
        "free",
        "16.5%",
        "100/3% of cif+duties",
        "0.4 USD/KGM + 5%",
        "min(10%, 2 USD/100 KGM)",
        "text(n)",
    ];
    let names = (
        some(&["AU", "CN", "ABC", "us-S"]),
        some(&["CN", "XAA+"]),
        some(&["CN:9810", "WCO:4"]),
        some(&["D1", "Y-9/1"]),
        some(&["BE", "DE"]),
    );
    let codes = (one(&["C-1"]), one(&["q"]), one(&["n"]), one(&["USMCA"]));
    let kind = select(vec![MeasureKind::Mfn, MeasureKind::Additional, MeasureKind::Vat]);
    (kind, select(DUTIES), names, codes, vec(condition(), 0..3), validity()).prop_map(
        |(kind, duty, names, codes, conditions, validity)| Measure {
            areas: names.0,
            except: names.1,
            regimes: names.2,
            documents: names.3,
            members: names.4,
            additional_code: codes.0,
            quota: codes.1,
            note: codes.2,
            agreement: codes.3,
            conditions,
            validity,
            ..Measure::of(kind, Some(duty.parse().unwrap()))
        },
    )
}

fn requirement() -> impl Strategy<Value = Requirement> {
    (select(vec!["A", "B/2"]), some(&["CN", "ABC"]), one(&["n"])).prop_map(|(document, areas, note)| Requirement {
        document: document.parse().unwrap(),
        areas,
        note,
    })
}

fn line() -> impl Strategy<Value = TariffLine> {
    let said = (vec(measure(), 0..4), vec(requirement(), 0..3));
    (any::<u8>(), some(&["H87", "LTR"]), any::<bool>(), validity(), said).prop_map(
        |(indent, mut units, is_declarable, validity, (mut measures, requirements))| {
            // No two say the same: each has a place of its own in the order of computing.
            let places = measures.iter_mut().zip(0..);
            places.for_each(|(measure, place)| measure.stack = Some(place));
            units.push("KGM".parse().unwrap());
            let mut line = TariffLine {
                indent,
                units,
                is_declarable,
                validity,
                measures,
                requirements,
            };
            line.arrange();
            line
        },
    )
}

fn members() -> impl Strategy<Value = Option<Vec<Member>>> {
    let members = btree_map(select(vec!["AU", "CN", "DE"]), validity(), 1..4);
    let members = members.prop_map(|members| {
        let members = members.into_iter().map(|(country, validity)| Member {
            country: country.parse().unwrap(),
            validity,
        });
        members.collect()
    });
    option::of(members)
}

/// A schedule with all rows that its measures name.
fn schedule() -> impl Strategy<Value = PageTrees> {
    let lines = btree_map("[0-9]{2,12}", (line(), btree_map("[a-z]{2,3}", prose(), 0..3)), 0..6);
    let notes = btree_set("[a-m]{1,5}", 0..3).prop_flat_map(|ids| {
        let count = ids.len();
        (Just(ids), vec(vec(prose(), 1..4), count))
    });
    (lines, notes, members(), prose(), vec(prose(), 4)).prop_map(|(lines, (ids, texts), members, title, titles)| {
        let named = "record,id,limit,per,method,text\nquota,q,200/3 LTR,year,licence,\nnote,n,,,,In words.\n";
        let mut rows: Vec<_> = plain::read(named.as_bytes()).unwrap().trees.rows().cloned().collect();
        for (id, title) in ["ABC", "us-S", "XAA+"].iter().zip(titles) {
            let group = Group {
                title,
                members: members.clone(),
                agreement: None,
            };
            rows.push(Row::new(RowKey::Group(id.parse().unwrap()), Entry::Group(group)).unwrap());
        }
        let notes = ids.iter().zip(texts).map(|(id, lines)| (id.as_str(), lines.join("\n")));
        for (id, text) in notes.chain([("title", title)]) {
            rows.push(Row::new(RowKey::Note(id.parse().unwrap()), Entry::Note(text)).unwrap());
        }
        for (code, (line, texts)) in lines {
            let code = code.parse().unwrap();
            rows.push(Row::new(RowKey::Line(code, 1), Entry::Line(line)).unwrap());
            for (language, text) in texts {
                let key = RowKey::Description(code, 1, language.parse().unwrap());
                rows.push(Row::new(key, Entry::Description(text)).unwrap());
            }
        }
        PageTrees::of(rows).unwrap()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn what_is_written_is_read_again(trees in schedule()) {
        round(&trees);
    }
}
