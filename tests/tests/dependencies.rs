//! What the house is built from keeps to `deny.toml`: the same rules that `cargo deny check` reads, held on every run, with
//! no tool to install. Advisories are the one part that needs the network, so they stay with `cargo deny`.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use ewtp_tests::binaries::{stdout, workspace};
use ewtp_tests::sources;
use spdx::{Expression, ParseMode};
use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

/// The registry that everything foreign comes from.
const REGISTRY: &str = "registry+https://github.com/rust-lang/crates.io-index";

fn deny() -> toml::Table {
    sources::text(&workspace().join("deny.toml")).parse().unwrap()
}

fn locked() -> Vec<toml::Table> {
    let lock: toml::Table = sources::text(&workspace().join("Cargo.lock")).parse().unwrap();
    let packages = lock["package"].as_array().unwrap().iter();
    packages.map(|package| package.as_table().unwrap().clone()).collect()
}

/// Every crate that a build of the workspace and of its tests compiles on this platform, with its licence as stated.
fn licences() -> BTreeMap<String, String> {
    let mut cargo = Command::new(env!("CARGO"));
    cargo.current_dir(workspace()).args([
        "tree",
        "--workspace",
        "--locked",
        "--offline",
        "--edges",
        "normal,build,dev",
        "--prefix",
        "none",
        "--format",
        "{p}|{l}",
    ]);
    let told = stdout(&cargo.output().unwrap());
    let lines = told.lines().filter_map(|line| line.split_once('|'));
    lines
        .map(|(name, licence)| (name.to_owned(), licence.trim_end_matches(" (*)").to_owned()))
        .collect()
}

#[test]
fn every_licence_in_the_tree_is_one_that_deny_toml_allows() {
    let deny = deny();
    let allowed = deny["licenses"]["allow"].as_array().unwrap().iter();
    let allowed: BTreeSet<_> = allowed.map(|licence| licence.as_str().unwrap()).collect();
    let licences = licences();
    assert!(licences.len() > 100, "only {} crates were seen", licences.len());
    for (name, licence) in licences {
        let stated = Expression::parse_mode(&licence, ParseMode::LAX);
        let stated = stated.unwrap_or_else(|error| panic!("{name} states {licence:?}: {error}"));
        let may = stated.evaluate(|one| allowed.contains(one.to_string().as_str()));
        assert!(may, "{name} is under {licence}, which deny.toml does not allow");
    }
}

#[test]
fn everything_foreign_comes_from_the_one_registry() {
    for package in locked() {
        let source = package.get("source").map(|source| source.as_str().unwrap());
        assert!(
            source.is_none_or(|source| source == REGISTRY),
            "{} comes from {source:?}",
            package["name"]
        );
    }
}

#[test]
fn what_deny_toml_bans_is_needed_by_its_wrappers_alone() {
    let (deny, locked) = (deny(), locked());
    for ban in deny["bans"]["deny"].as_array().unwrap() {
        let banned = ban["crate"].as_str().unwrap();
        let wrappers = ban.get("wrappers").map_or(Vec::new(), |wrappers| {
            wrappers
                .as_array()
                .unwrap()
                .iter()
                .map(|name| name.as_str().unwrap())
                .collect()
        });
        for package in &locked {
            let name = package["name"].as_str().unwrap();
            let mut needed = package
                .get("dependencies")
                .into_iter()
                .flat_map(|list| list.as_array().unwrap());
            let needs = needed.any(|one| one.as_str().unwrap().split(' ').next() == Some(banned));
            assert!(
                !needs || wrappers.contains(&name),
                "{name} needs {banned}: {}",
                ban["reason"]
            );
        }
    }
}
