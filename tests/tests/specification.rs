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

/// The reasons of a page, as its rules name them: `[`code`]`, or several in one pair of brackets.
fn codes(page: &str) -> BTreeSet<String> {
    let brackets = page.split('[').skip(1).filter_map(|rest| Some(rest.split_once(']')?.0));
    let is_code = |word: &&str| word.starts_with('`') && word.ends_with('`') && !word.contains(' ');
    let lists = brackets.map(|list| list.split(',').map(str::trim));
    let lists = lists.filter(|list| list.clone().all(|word| is_code(&word)));
    lists.flatten().map(|code| code.trim_matches('`').to_owned()).collect()
}

/// Reasons without a vector, and why.
const WITHOUT_VECTOR: &[(&str, &[&str], &str)] = &[
    ("certificate", &["unknown-field"], JSON),
    ("credential", &["unknown-field"], JSON),
    ("edition", &["unknown-field"], JSON),
    (
        "values",
        &["hex", "list", "peer-id", "position", "quantity", "time"],
        JSON,
    ),
    (
        "trust",
        &[
            "not-pinned",
            "unknown-hub",
            "unknown-charter",
            "no-witness-key",
            "too-many-nodes",
        ],
        STATE,
    ),
    (
        "trust",
        &["chain-too-long"],
        "1,025 charters would be a file of megabytes",
    ),
    ("trust", &["key-reused"], NOT_YET),
    (
        "duty-receipt",
        &["evidence"],
        "a verdict tells its outcome: duty-verdict/evidence-of-another-record",
    ),
    ("tariff-sync", &["summary"], STATE),
];

const JSON: &str = "a form of text, for people and the admin interface: no bytes of the wire have it";
const STATE: &str = "about what its reader knows and not about the bytes";
const NOT_YET: &str = "no vector yet";

#[test]
fn every_reason_on_a_page_of_the_wire_has_a_vector_or_says_why_not() {
    // What is open in a quote stands in the header of one that is answered.
    let named = |vector: &Vector| {
        let open = vector.find("open").unwrap_or_default().split(", ");
        open.chain([vector.reason()]).map(str::to_owned).collect::<Vec<_>>()
    };
    let with: BTreeSet<String> = vectors().iter().flat_map(named).collect();
    // The admin page is HTTP: its reasons are answers to an operator. The README explains how vectors are read.
    let pages = rules().into_keys().filter(|page| page != "admin" && page != "README");
    let mut without: BTreeSet<(String, String)> = BTreeSet::new();
    for page in pages {
        let named = codes(&text(&workspace().join(format!("protocol-spec/{page}.md"))));
        without.extend(
            named
                .into_iter()
                .filter(|code| !with.contains(code))
                .map(|code| (page.clone(), code)),
        );
    }
    let excepted = WITHOUT_VECTOR.iter().flat_map(|(page, codes, _)| {
        let of_page = |code: &&str| ((*page).to_owned(), (*code).to_owned());
        codes.iter().map(of_page)
    });
    assert_eq!(
        without,
        excepted.collect(),
        "left: named on a page without a vector; right: those known"
    );
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
