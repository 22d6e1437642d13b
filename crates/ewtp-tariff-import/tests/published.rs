//! The published US schedule: three editions as they were published, and the rows of 33 revisions that lead to the last.
//!
//! The files are not part of this repository: see `files`.
#![expect(
    clippy::print_stdout,
    reason = "a skipped test says so, and what was measured is shown"
)]

mod files;
mod spelling;

use ewtp_record::edition::MeasureKind;
use ewtp_tariff::row::{Area, Entry, Measure};
use ewtp_tariff::{Expression, Patch, Row, RowKey};
use ewtp_tariff_import::Import;
use ewtp_tariff_import::us_hts::{self, History, SourceRow};
use files::file;
use flate2::read::GzDecoder;
use serde_json::Value;
use spelling::{ADDED, plain, spelt};
use std::collections::BTreeMap;
use std::io::Read;

const EDITIONS: [&str; 3] = ["hts_2026_basic", "hts_2026_rev_4", "hts_2026_rev_5"];

fn edition(name: &str) -> Option<Vec<u8>> {
    file(&format!("{name}.json.gz"))
}

fn imported(bytes: &[u8]) -> Import {
    us_hts::read(bytes).unwrap_or_else(|error| panic!("{error}"))
}

fn inflated(packed: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    GzDecoder::new(packed).read_to_end(&mut bytes).expect("a packed file");
    bytes
}

fn line<'i>(import: &'i Import, code: &str) -> &'i [Measure] {
    let row = import
        .trees
        .get(&RowKey::Line(code.parse().expect("a code"), 1))
        .expect("the line");
    match row.entry() {
        Entry::Line(line) => &line.measures,
        other => panic!("{other:?}"),
    }
}

/// `mfn except us-column-2: 16.5%`
fn told(measures: &[Measure]) -> Vec<String> {
    let names = |areas: &[Area]| areas.iter().map(Area::as_str).collect::<Vec<_>>().join(" ");
    let told = measures.iter().map(|measure| {
        let duty = measure.duty.as_ref().map(ToString::to_string).unwrap_or_default();
        let except = if measure.except.is_empty() {
            String::new()
        } else {
            format!(" except {}", names(&measure.except))
        };
        format!("{} [{}]{except}: {duty}", measure.kind, names(&measure.areas))
    });
    told.collect()
}

#[test]
fn the_three_published_editions_are_read_and_99_of_100_general_duties_are_computed() {
    for name in EDITIONS {
        let Some(bytes) = edition(name) else { return };
        let Import { trees, report } = imported(&bytes);
        println!(
            "{name}: general {:?}, whole {:?}, {:?}",
            report.general,
            report.whole,
            trees.summary()
        );
        assert!(report.rows > 35_000 && report.general.of > 11_000, "{name}: {report:?}");
        assert!(report.general.basis_points() >= 9_900, "{name}: {:?}", report.general);
        // Every duty that is not computed is in the report, with its row.
        let in_words: u64 = report.measures.values().map(|share| share.of - share.computed).sum();
        assert!(report.by_text.len() as u64 >= in_words.min(1) && report.by_text.iter().all(|told| told.row > 0));
        assert_eq!(
            report.by_text.len() as u64,
            in_words,
            "{name}: a duty in words that nobody told"
        );
    }
}

#[test]
fn shirts_watches_and_glass_say_what_their_lines_say() {
    let Some(bytes) = edition("hts_2026_rev_5") else { return };
    let import = imported(&bytes);
    assert_eq!(
        told(line(&import, "61091000")),
        [
            "mfn [us-column-2]: 90%".to_owned(),
            "mfn [] except us-column-2: 16.5%".to_owned(),
            "preference [us-AU us-BH us-CL us-CO us-IL us-JO us-KR us-MA us-OM us-P us-PA us-PE us-S us-SG]: free"
                .to_owned(),
            "additional [CN]: duty(99038815, additional)".to_owned(),
        ]
    );
    assert_eq!(told(line(&import, "99038815")), ["additional [CN]: 7.5%"]);
    let glass = told(line(&import, "70052110"));
    assert!(
        glass.contains(&"mfn [] except us-column-2: 0.145 USD/MTK + 0.4%".to_owned()),
        "{glass:?}"
    );
    // The Generalized System of Preferences is a kind of its own beside agreements with the same rate.
    let lower: Vec<_> = glass.iter().filter(|told| told.ends_with("]: free")).collect();
    assert_eq!(lower.len(), 2, "{glass:?}");
    assert!(lower[0].starts_with("preference [us-AU us-B us-BH "), "{glass:?}");
    assert_eq!(lower[1], "gsp [us-A+]: free");
    // Goods of Russia have a rate of their own instead of that of column 2.
    let russian = told(line(&import, "99039008"));
    assert_eq!(russian, ["mfn [RU]: 35%"]);
}

/// The export with mark-up where its publisher puts it in some editions and drops it in others.
fn marked_up(json: &[u8]) -> Vec<u8> {
    let mut rows: Value = serde_json::from_slice(json).expect("JSON");
    let mark = |value: &mut Value| {
        if let Value::String(text) = value
            && !text.is_empty()
        {
            let escaped = text.replace('&', "&amp;").replace('"', "&quot;").replace('’', "'");
            *text = format!(
                " <i>{}</i>&nbsp;\n",
                escaped.replace('²', "<sup>2</sup>").replace(' ', "&#160; ")
            );
        }
    };
    for row in rows.as_array_mut().expect("a list") {
        ["description", "general", "special", "other"]
            .into_iter()
            .for_each(|column| mark(&mut row[column]));
        row["units"].as_array_mut().into_iter().flatten().for_each(mark);
        for footnote in row["footnotes"].as_array_mut().into_iter().flatten() {
            mark(&mut footnote["value"]);
        }
    }
    serde_json::to_vec(&rows).expect("JSON")
}

#[test]
fn two_files_that_differ_only_in_mark_up_give_the_same_roots() {
    let Some(packed) = edition("hts_2026_rev_4") else {
        return;
    };
    let plain = inflated(&packed);
    let marked = marked_up(&plain);
    assert_ne!(us_hts::source_rows(&marked).unwrap().len(), 0);
    assert!(String::from_utf8_lossy(&marked).matches("<sup>2</sup>").count() > 1_000);
    assert_eq!(imported(&marked).trees.summary(), imported(&plain).trees.summary());
}

#[test]
fn every_duty_is_told_and_read_again() {
    let Some(bytes) = edition("hts_2026_basic") else { return };
    let trees = imported(&bytes).trees;
    let mut duties = 0;
    for row in trees.rows() {
        assert_eq!(Row::decode(row.bytes().clone()).as_ref(), Ok(row));
        if let Entry::Line(line) = row.entry() {
            for duty in line.measures.iter().flat_map(Measure::expressions) {
                assert_eq!(duty.to_string().parse::<Expression>().as_ref(), Ok(duty));
                duties += 1;
            }
        }
    }
    assert!(duties > 40_000, "{duties}");
}

/// The measures of the line that a row of the file became.
fn measures<'i>(import: &'i Import, row: &SourceRow) -> &'i [Measure] {
    let line = import.trees.get(&RowKey::Line(row.code, row.seq)).expect("its line");
    match line.entry() {
        Entry::Line(line) => &line.measures,
        other => panic!("{other:?}"),
    }
}

/// What a general cell became, in the publisher's spelling; `None` when it is not computed.
fn general(measures: &[Measure], cell: &str) -> Option<String> {
    let is_added = cell.starts_with(ADDED);
    let is_general = |measure: &&Measure| match is_added {
        true => measure.kind == MeasureKind::Additional && measure.stack.is_none(),
        false => measure.kind == MeasureKind::Mfn && !measure.except.is_empty() && measure.areas.is_empty(),
    };
    let duty = measures.iter().find(is_general)?.duty.as_ref()?;
    Some(format!("{}{}", if is_added { ADDED } else { "" }, spelt(duty)?))
}

#[test]
fn every_general_duty_that_is_computed_is_written_back_as_its_cell_says_it() {
    for name in EDITIONS {
        let Some(bytes) = edition(name) else { return };
        let (import, source) = (imported(&bytes), us_hts::source_rows(&bytes).unwrap());
        let (mut same, mut in_words, mut other) = (0, 0, BTreeMap::new());
        for row in source.iter().filter(|row| !row.general.is_empty()) {
            let cell = plain(&row.general);
            match general(measures(&import, row), &cell) {
                Some(written) if written == cell => same += 1,
                Some(written) => _ = other.insert(cell, written),
                None => in_words += 1,
            }
        }
        println!("{name}: {same} come back, {in_words} are not computed");
        assert_eq!(other, BTreeMap::new(), "{name}: cells and what they became");
        assert!(same > 11_400 && in_words < 400, "{name}: {same} and {in_words}");
    }
}

/// The special cell by programme: what is within parentheses of symbols, with the rate before them.
fn by_programme(cell: &str) -> Option<BTreeMap<String, String>> {
    let mut told = BTreeMap::new();
    let mut rest = cell;
    while !rest.is_empty() {
        let (rate, after) = rest.split_once('(')?;
        let (symbols, after) = after.split_once(')')?;
        for symbol in symbols.split(',') {
            told.insert(format!("us-{}", symbol.trim()), plain(rate));
        }
        rest = after.trim();
    }
    Some(told)
}

#[test]
fn every_special_duty_that_is_computed_is_written_back_as_its_cell_says_it() {
    let Some(bytes) = edition("hts_2026_rev_5") else { return };
    let (import, source) = (imported(&bytes), us_hts::source_rows(&bytes).unwrap());
    let (mut same, mut other) = (0, BTreeMap::new());
    for row in source.iter().filter(|row| !row.special.is_empty()) {
        let special = measures(&import, row).iter();
        let of_programmes = [MeasureKind::Preference, MeasureKind::Gsp];
        let special = special.filter(|measure| of_programmes.contains(&measure.kind) && !measure.areas.is_empty());
        let spelt_of = |measure: &Measure| measure.duty.as_ref().and_then(spelt);
        let computed = special.filter_map(|measure| Some((&measure.areas, spelt_of(measure)?)));
        let cell = by_programme(&row.special);
        for (areas, written) in computed {
            for area in areas {
                let said = cell.as_ref().and_then(|cell| cell.get(area.as_str()));
                match said {
                    Some(said) if *said == written => same += 1,
                    said => _ = other.insert((row.special.clone(), *area), (said.cloned(), written.clone())),
                }
            }
        }
    }
    println!("{same} special rates of programmes come back");
    assert_eq!(other, BTreeMap::new(), "cells and what they became");
    assert!(same > 60_000, "{same}");
}

#[test]
fn the_editions_of_2025_and_2026_replayed_row_by_row_lead_to_the_last_as_it_was_published() {
    let Some(published) = edition("hts_2026_rev_5") else {
        return;
    };
    let Some(basic) = file("us_hts_2025_basic_normalised.csv") else {
        return;
    };
    let Some(changes) = file("us_hts_row_changes_to_2026_rev_5.csv") else {
        return;
    };
    let source = us_hts::source_rows(&published).unwrap();
    let mut history = History::read(&basic, &changes, &source).unwrap();
    let mut edition = history.edition().unwrap().trees;
    let mut moved = Vec::new();
    while history.advance().unwrap().is_some() {
        let next = history.edition().unwrap().trees;
        let patch = Patch::between(&edition, &next);
        moved.push((patch.encode().len(), patch.rows()));
        let patch = Patch::decode(&patch.encode()).unwrap();
        edition = patch.apply(&edition, &next.summary()).unwrap();
    }
    assert_eq!(moved.len(), 33);
    let published = imported(&published).trees;
    let differing = Patch::between(&edition, &published);
    let told = |rows: &[Row]| {
        rows.iter()
            .take(5)
            .map(|row| format!("{}: {:?}", row.key(), row.entry()))
            .collect::<Vec<_>>()
    };
    assert_eq!(
        differing.rows(),
        0,
        "{:?} {:?}",
        differing.removed(),
        told(differing.set())
    );
    assert_eq!(edition.summary(), published.summary());

    let mut bytes: Vec<_> = moved.iter().map(|(bytes, _)| *bytes).collect();
    bytes.sort_unstable();
    println!(
        "patches of 33 revisions: median {} bytes, worst {}; {moved:?}",
        bytes[16], bytes[32]
    );
    // As it is kept; a peer moves it packed.
    assert!(bytes[16] <= 10 * 1024 && bytes[32] <= 130_000, "{bytes:?}");
}
