//! The specification and the code hold each other: rules that code cites exist, and vectors are shaped, counted and read.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use ewtp_tests::binaries::workspace;
use ewtp_tests::sources::{files, name, text};
use std::collections::{BTreeMap, BTreeSet};

/// The rule numbers of every page, by its name: `**R7.**` or `**R7**` opens a rule.
fn rules() -> BTreeMap<String, BTreeSet<u32>> {
    let pages = files(&["protocol-spec"], ".md").into_iter();
    pages
        .filter(|path| path.parent() == Some(&workspace().join("protocol-spec")))
        .map(|path| {
            let page = path.file_stem().unwrap().to_string_lossy().into_owned();
            let numbers = text(&path).split("**R").skip(1).filter_map(rule_number).collect();
            (page, numbers)
        })
        .collect()
}

/// `7.** The …` or `7** The …` begins rule 7.
fn rule_number(opening: &str) -> Option<u32> {
    opening.split_once("**")?.0.trim_end_matches('.').parse().ok()
}

/// Every `R7` in a text.
fn cited_numbers(text: &str) -> impl Iterator<Item = u32> {
    let words = text.split(|character: char| !character.is_ascii_alphanumeric());
    words.filter_map(|word| word.strip_prefix('R')?.parse().ok())
}

/// One vector file: its header, and whether hex follows.
struct Vector {
    object: String,
    file: String,
    header: BTreeMap<String, String>,
    bytes: Option<Vec<u8>>,
}

fn vectors() -> Vec<Vector> {
    let paths = files(&["protocol-spec/vectors"], "").into_iter();
    paths
        .map(|path| {
            let whole = text(&path);
            let (header, body) = whole.split_once("\n\n").unwrap_or((&whole, ""));
            let lines = header.lines().filter_map(|line| line.split_once(':'));
            Vector {
                object: path
                    .parent()
                    .unwrap()
                    .file_name()
                    .unwrap()
                    .to_string_lossy()
                    .into_owned(),
                file: name(&path),
                header: lines
                    .map(|(key, value)| (key.to_owned(), value.trim().to_owned()))
                    .collect(),
                bytes: hex::decode(body.split_whitespace().collect::<String>()).ok(),
            }
        })
        .collect()
}

#[test]
fn every_rule_that_code_cites_exists() {
    let rules = rules();
    for path in files(&["crates", "node", "testnet"], ".rs") {
        for line in text(&path).lines() {
            let Some((_, cited)) = line.split_once("// spec: ") else {
                continue;
            };
            let page = cited.split([' ', ',']).next().unwrap();
            let known = rules
                .get(page)
                .unwrap_or_else(|| panic!("{} cites the page `{page}`", name(&path)));
            for number in cited_numbers(cited) {
                assert!(known.contains(&number), "{} cites {page} R{number}", name(&path));
            }
        }
    }
}

#[test]
fn rules_of_a_page_are_numbered_from_one_without_a_gap() {
    for (page, numbers) in rules() {
        let expected: BTreeSet<u32> = (1..=u32::try_from(numbers.len()).unwrap()).collect();
        assert_eq!(numbers, expected, "{page}");
    }
}

#[test]
fn there_are_at_least_120_vectors_and_more_than_half_are_bad() {
    let vectors = vectors();
    let bad = vectors
        .iter()
        .filter(|vector| vector.header["expect"] == "refused")
        .count();
    assert!(vectors.len() >= 120, "{} vectors", vectors.len());
    assert!(bad * 2 > vectors.len(), "{bad} of {} are bad", vectors.len());
}

#[test]
fn every_vector_says_what_to_expect_and_a_bad_one_names_its_rule_and_reason() {
    let rules = rules();
    for vector in vectors() {
        let file = &vector.file;
        assert!(vector.bytes.is_some(), "{file} ends with something else than hex");
        let expect = vector
            .header
            .get("expect")
            .unwrap_or_else(|| panic!("{file} does not say what to expect"));
        assert!(
            ["ok", "refused", "unsupported"].contains(&expect.as_str()),
            "{file} expects {expect}"
        );
        if expect == "refused" {
            let rule = vector
                .header
                .get("rule")
                .unwrap_or_else(|| panic!("{file} names no rule"));
            let page = rule.split(' ').next().unwrap();
            let known = rules
                .get(page)
                .unwrap_or_else(|| panic!("{file} breaks a rule of the page `{page}`"));
            assert!(
                cited_numbers(rule).all(|number| known.contains(&number)),
                "{file} breaks {rule}"
            );
            assert!(
                vector.header.get("reason").is_some_and(|reason| !reason.is_empty()),
                "{file} gives no reason"
            );
        }
    }
}

#[test]
fn every_folder_of_vectors_is_read_by_a_test() {
    let tests: Vec<_> = files(&["crates"], ".rs")
        .iter()
        .map(|path| text(path))
        .filter(|text| text.contains("vectors"))
        .collect();
    for object in vectors()
        .into_iter()
        .map(|vector| vector.object)
        .collect::<BTreeSet<_>>()
    {
        let named = format!("\"{object}\"");
        let read = tests
            .iter()
            .any(|text| text.contains(&named) && text.contains("#[test]"));
        assert!(read, "no test reads protocol-spec/vectors/{object}");
    }
}

#[test]
fn no_committed_text_names_a_place_of_one_machine() {
    let written = ["md", "rs", "toml", "cddl"];
    for ending in written {
        for path in files(
            &["crates", "node", "testnet", "tests", "protocol-spec"],
            &format!(".{ending}"),
        ) {
            let text = text(&path);
            for place in ["/root", "/home/"].map(|place| format!("{place}/")) {
                assert!(!text.contains(&place), "{} names {place}", name(&path));
            }
        }
    }
}
