//! The specification and the code hold each other: rules that code cites exist, and vectors are shaped, counted and read.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use ewtp_tests::binaries::workspace;
use ewtp_tests::sources::{files, name, text};
use ewtp_vectors::Vector;
use std::collections::{BTreeMap, BTreeSet};

/// The rule numbers of every page, by its name, in the order in which they stand: `**R7.**` or `**R7**` opens a rule.
fn openings() -> BTreeMap<String, Vec<u32>> {
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

/// The same without order, for those who ask whether a rule is there.
fn rules() -> BTreeMap<String, BTreeSet<u32>> {
    let pages = openings().into_iter();
    pages
        .map(|(page, numbers)| (page, numbers.into_iter().collect()))
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

/// Every vector of every object.
fn vectors() -> Vec<Vector> {
    ewtp_vectors::read(&ewtp_vectors::objects())
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
fn rules_of_a_page_are_numbered_from_one_each_once_and_without_a_gap() {
    for (page, mut numbers) in openings() {
        numbers.sort_unstable();
        let expected: Vec<u32> = (1..=u32::try_from(numbers.len()).unwrap()).collect();
        assert_eq!(numbers, expected, "{page}");
    }
}

#[test]
fn of_at_least_600_vectors_more_than_half_are_bad() {
    let vectors = vectors();
    let bad = vectors.iter().filter(|vector| vector.expect() == "refused").count();
    assert!(vectors.len() >= 600, "{} vectors", vectors.len());
    assert!(bad * 2 > vectors.len(), "{bad} of {} are bad", vectors.len());
}

#[test]
fn every_vector_names_a_rule_and_a_reason_that_are_on_the_page() {
    let rules = rules();
    for vector in vectors() {
        let (page, rule) = vector.rule();
        let known = rules
            .get(page)
            .unwrap_or_else(|| panic!("{vector} names the page `{page}`"));
        assert!(
            cited_numbers(rule).all(|number| known.contains(&number)),
            "{vector} names {page} {rule}"
        );
        let reason = vector.reason();
        let page = text(&workspace().join(format!("protocol-spec/{page}.md")));
        assert!(
            reason == "-" || reason.starts_with("cbor-") || page.contains(&format!("`{reason}`")),
            "{vector}: `{reason}` is not on its page"
        );
    }
}

#[test]
fn every_folder_of_vectors_is_read_by_a_test() {
    let tests: Vec<_> = files(&["crates"], ".rs")
        .iter()
        .map(|path| text(path))
        .filter(|text| text.contains("ewtp_vectors::read") && text.contains("#[test]"))
        .collect();
    for object in ewtp_vectors::objects() {
        let named = format!("\"{object}\"");
        let read = tests.iter().any(|text| text.contains(&named));
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
