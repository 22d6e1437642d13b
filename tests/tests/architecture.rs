//! The house keeps its plan: who knows whom, and which tool is known in one room only (ARCHITECTURE.md).

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use ewtp_tests::binaries::workspace;
use ewtp_tests::sources;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

/// Which rooms a room may know.
const KNOWS: &[(&str, &[&str])] = &[
    ("ewtp-vectors", &[]),
    ("ewtp-record", &[]),
    ("ewtp-log", &[]),
    ("ewtp-tariff", &["ewtp-record", "ewtp-log"]),
    ("ewtp-tariff-import", &["ewtp-record", "ewtp-tariff"]),
    ("ewtp-trust", &["ewtp-record", "ewtp-log"]),
    ("ewtp-verify", &["ewtp-record", "ewtp-log", "ewtp-tariff", "ewtp-trust"]),
    (
        "ewtp-federation",
        &["ewtp-record", "ewtp-log", "ewtp-tariff", "ewtp-trust"],
    ),
    (
        "ewtp-store",
        &[
            "ewtp-record",
            "ewtp-log",
            "ewtp-tariff",
            "ewtp-trust",
            "ewtp-federation",
        ],
    ),
    (
        "ewtp-network",
        &["ewtp-record", "ewtp-log", "ewtp-trust", "ewtp-federation"],
    ),
    (
        "ewtp-api",
        &[
            "ewtp-record",
            "ewtp-log",
            "ewtp-tariff",
            "ewtp-trust",
            "ewtp-verify",
            "ewtp-federation",
            "ewtp-store",
        ],
    ),
    (
        "ewtp-simulator",
        &["ewtp-record", "ewtp-log", "ewtp-trust", "ewtp-federation"],
    ),
    (
        "ewtp-node",
        &[
            "ewtp-record",
            "ewtp-log",
            "ewtp-tariff",
            "ewtp-tariff-import",
            "ewtp-trust",
            "ewtp-verify",
            "ewtp-federation",
            "ewtp-store",
            "ewtp-network",
            "ewtp-api",
        ],
    ),
    (
        "ewtp-testnet",
        &[
            "ewtp-record",
            "ewtp-log",
            "ewtp-tariff-import",
            "ewtp-network",
            "ewtp-api",
            "ewtp-node",
        ],
    ),
    ("ewtp-tests", &[]),
];

/// Which room alone may name a tool.
const TOOLS: &[(&str, &str)] = &[
    ("libp2p", "ewtp-network"),
    ("libp2p-stream", "ewtp-network"),
    ("libp2p-gossipsub", "ewtp-network"),
    ("redb", "ewtp-store"),
    ("sled", "ewtp-store"),
    ("axum", "ewtp-api"),
    ("hyper", "ewtp-api"),
];

/// The rooms without clock, randomness, I/O and async.
const CORE: &[&str] = &[
    "ewtp-record",
    "ewtp-log",
    "ewtp-tariff",
    "ewtp-tariff-import",
    "ewtp-trust",
    "ewtp-verify",
    "ewtp-federation",
];

/// Most crates that the officer's room may be built from on this target, itself and its macros among them: an auditor reads them all.
const VERIFY_CRATES_MAX: usize = 60;

/// What each package needs to be built, by name; what only its tests need is left out.
fn dependencies() -> BTreeMap<String, BTreeSet<String>> {
    let mut cargo = Command::new(env!("CARGO"));
    cargo
        .current_dir(workspace())
        .args(["metadata", "--format-version", "1", "--no-deps", "--offline"]);
    let told: Value = serde_json::from_slice(&cargo.output().unwrap().stdout).unwrap();
    let packages = told["packages"].as_array().unwrap().iter();
    packages
        .map(|package| {
            let needed = package["dependencies"].as_array().unwrap().iter();
            let needed = needed.filter(|needed| needed["kind"].is_null());
            let names = needed
                .map(|needed| needed["name"].as_str().unwrap().to_owned())
                .collect();
            (package["name"].as_str().unwrap().to_owned(), names)
        })
        .collect()
}

#[test]
fn a_room_knows_only_the_rooms_below_it() {
    let dependencies = dependencies();
    let listed: BTreeSet<_> = KNOWS.iter().map(|(room, _)| (*room).to_owned()).collect();
    assert_eq!(dependencies.keys().cloned().collect::<BTreeSet<_>>(), listed);
    for (room, may_know) in KNOWS {
        let knows = dependencies[*room].iter().filter(|name| name.starts_with("ewtp-"));
        let too_many: Vec<_> = knows.filter(|name| !may_know.contains(&name.as_str())).collect();
        assert!(too_many.is_empty(), "{room} knows {too_many:?}");
    }
}

#[test]
fn a_tool_is_known_in_one_room() {
    for (room, needed) in dependencies() {
        for (tool, at) in TOOLS {
            assert!(
                room == *at || !needed.contains(*tool),
                "{room} knows {tool}, which is {at}'s alone"
            );
        }
    }
}

#[test]
fn the_vectors_are_read_by_tests_only() {
    for (room, needed) in dependencies() {
        assert!(!needed.contains("ewtp-vectors"), "{room} needs the vectors to be built");
    }
}

#[test]
fn the_core_has_no_clock_no_randomness_no_runtime() {
    let dependencies = dependencies();
    for room in CORE {
        for absent in ["tokio", "futures", "getrandom", "rand", "libp2p", "tracing"] {
            assert!(!dependencies[*room].contains(absent), "{room} needs {absent}");
        }
    }
}

#[test]
fn an_auditor_can_read_all_that_the_officers_room_is_built_from() {
    let mut cargo = Command::new(env!("CARGO"));
    cargo
        .current_dir(workspace())
        .args(["tree", "--package", "ewtp-verify", "--edges", "normal,build"])
        .args(["--prefix", "none", "--format", "{p}", "--offline"]);
    let told = String::from_utf8(cargo.output().unwrap().stdout).unwrap();
    let name_and_version = |line: &str| line.split(' ').take(2).collect::<Vec<_>>().join(" ");
    let crates: BTreeSet<_> = told
        .lines()
        .filter(|line| !line.is_empty())
        .map(name_and_version)
        .collect();
    assert!(crates.iter().any(|name| name.starts_with("ewtp-verify ")), "{told}");
    assert!(
        crates.len() <= VERIFY_CRATES_MAX,
        "{} crates, at most {VERIFY_CRATES_MAX}: {crates:#?}",
        crates.len()
    );
}

#[test]
fn every_dependency_stands_with_its_reason_in_the_workspace_manifest() {
    let manifest = sources::text(&workspace().join("Cargo.toml"));
    let section = manifest.split("[workspace.dependencies]").nth(1).unwrap();
    let section = section.split("\n[").next().unwrap();
    for line in section
        .lines()
        .filter(|line| line.contains(" = ") && !line.starts_with("ewtp-"))
    {
        assert!(line.contains(" # "), "without a reason: {line}");
    }
    for member in sources::files(&["crates", "node", "testnet", "tests"], "Cargo.toml") {
        let text = sources::text(&member);
        let own = text.lines().find(|line| line.starts_with("version = \""));
        assert_eq!(own, None, "{} names a version of its own", sources::name(&member));
    }
}

#[test]
fn no_file_of_code_is_longer_than_one_concept() {
    for path in sources::files(&["crates", "node", "testnet", "tests"], ".rs") {
        let lines = sources::text(&path).lines().count();
        assert!(lines <= 600, "{} has {lines} lines", sources::name(&path));
    }
}

#[test]
fn sources_cite_the_specification_and_no_page_that_is_not_here() {
    // A reader has this repository alone: a reason stands in the comment, a rule in protocol-spec.
    let unpublished = ["DES", "IGN"].concat();
    for path in sources::files(&["crates", "node", "testnet", "tests"], ".rs") {
        let cites = sources::text(&path).contains(&unpublished);
        assert!(
            !cites,
            "{} cites a page that is not in the repository",
            sources::name(&path)
        );
    }
}
