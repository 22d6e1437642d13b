//! The published US schedule as its rows changed: the rows of 2025 basic, and those of each revision since.
//!
//! The files are not part of this repository. `EWTP_SHARED` names the folder that holds `data/us_hts`; without it, the
//! folder `shared` beside the repository is tried. Where neither exists the tests say that they were skipped, but in CI
//! they fail.
#![allow(dead_code, reason = "each test uses some")]

use ewtp_tariff::PageTrees;
use ewtp_tariff_import::canonical;
use ewtp_tariff_import::us_hts::{self, SourceRow};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// The bytes of a file, or `None` where it may be absent.
pub(crate) fn file(name: &str) -> Option<Vec<u8>> {
    let shared = std::env::var_os("EWTP_SHARED").map(PathBuf::from);
    let shared = shared.unwrap_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared"));
    let path = shared.join("data/us_hts").join(name);
    match std::fs::read(&path) {
        Ok(bytes) => Some(bytes),
        Err(error) if std::env::var_os("CI").is_some() => panic!("{}: {error}", path.display()),
        Err(_) => {
            println!("skipped: {} is not there; set EWTP_SHARED", path.display());
            None
        }
    }
}

/// The rows of an edition, by code and seq.
pub(crate) type Rows = BTreeMap<(String, u32), SourceRow>;

/// The rows of a file in the form "one column each, mark-up stripped"; `lead` columns stand before them.
pub(crate) fn csv_rows(bytes: &[u8], spaced: &BTreeMap<String, String>) -> Vec<(BTreeMap<String, String>, SourceRow)> {
    let mut reader = csv::Reader::from_reader(bytes);
    let rows = reader.deserialize::<BTreeMap<String, String>>().map(Result::unwrap);
    let rows = rows.map(|cells| {
        let cell = |name: &str| canonical(&cells[name]);
        let list = |name: &str, between: &str| {
            let texts = cells[name].split(between).map(canonical);
            texts.filter(|text| !text.is_empty()).collect::<Vec<_>>()
        };
        let special = cell("special");
        let row = SourceRow {
            row: 0,
            code: cells["code"].parse().expect("a code"),
            seq: cells["seq"].parse().expect("a number"),
            // Of a removed row the file has only the key.
            indent: cells["indent"].parse().unwrap_or(0),
            description: cell("description"),
            units: list("units", ";"),
            general: cell("general"),
            special: spaced.get(&special).cloned().unwrap_or(special),
            other: cell("other"),
            quota: cell("quota"),
            additional: cell("additional_duties"),
            footnotes: list("footnotes", " | "),
        };
        (cells, row)
    });
    rows.collect()
}

/// The rows of an edition, in the order of their keys and counted anew.
pub(crate) fn trees_of(rows: &Rows) -> PageTrees {
    let rows: Vec<_> = (1..)
        .zip(rows.values())
        .map(|(number, row)| SourceRow {
            row: number,
            ..row.clone()
        })
        .collect();
    us_hts::of_rows(&rows).unwrap_or_else(|error| panic!("{error}")).trees
}

/// The key of a row in its edition.
pub(crate) fn key(row: &SourceRow) -> (String, u32) {
    (row.code.to_string(), row.seq)
}
