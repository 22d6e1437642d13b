//! The signature rule, decided by vectors that others made: C2SP/CCTV and Wycheproof.
//!
//! The files are not part of this repository. `EWTP_SHARED` names the folder that holds `data/ed25519`; without it, the
//! folder `shared` beside the repository is tried. Where neither exists the tests say that they were skipped, but in CI
//! they fail.
#![expect(clippy::print_stdout, reason = "a skipped test says so")]

use ewtp_record::{KeyBytes, KeyError};
use serde_json::Value;
use std::path::PathBuf;

/// The parsed file, or `None` where it may be absent.
fn vectors(name: &str) -> Option<Value> {
    let shared = std::env::var_os("EWTP_SHARED").map(PathBuf::from);
    let shared = shared.unwrap_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared"));
    let path = shared.join("data/ed25519").join(name);
    match std::fs::read_to_string(&path) {
        Ok(text) => Some(serde_json::from_str(&text).expect("the vectors are JSON")),
        Err(error) if std::env::var_os("CI").is_some() => panic!("{}: {error}", path.display()),
        Err(_) => {
            println!("skipped: {} is not there; set EWTP_SHARED", path.display());
            None
        }
    }
}

fn octets<const N: usize>(hex: &Value) -> Option<[u8; N]> {
    hex::decode(hex.as_str()?).ok()?.try_into().ok()
}

/// The whole rule: the key is admitted, and the signature verifies strictly.
fn accepts(key: [u8; 32], message: &[u8], signature: &[u8; 64]) -> bool {
    KeyBytes(key)
        .admit()
        .is_ok_and(|key| key.verify(message, signature).is_ok())
}

// spec: record R14, R15
#[test]
fn a_signature_is_accepted_only_when_neither_key_nor_signature_is_an_edge_case() {
    let Some(cases) = vectors("cctv_ed25519vectors.json") else {
        return;
    };
    // `low_order_component_R` alone is no ground of its own: without torsion in the key it always leaves a residue.
    let grounds = [
        "low_order_A",
        "low_order_component_A",
        "non_canonical_A",
        "low_order_R",
        "non_canonical_R",
        "low_order_residue",
    ];
    for case in cases.as_array().expect("a list of cases") {
        let flags: Vec<_> = case["flags"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .collect();
        let expected = !flags.iter().any(|flag| grounds.contains(flag));
        let (key, signature) = (
            octets(&case["key"]).expect("32 bytes"),
            octets(&case["sig"]).expect("64 bytes"),
        );
        let message = case["msg"].as_str().expect("a text").as_bytes();
        assert_eq!(
            accepts(key, message, &signature),
            expected,
            "case {} {flags:?}",
            case["number"]
        );
    }
}

// spec: record R15
#[test]
fn every_key_with_a_component_of_small_order_is_refused_admission() {
    let Some(cases) = vectors("cctv_ed25519vectors.json") else {
        return;
    };
    for case in cases.as_array().expect("a list of cases") {
        let flags: Vec<_> = case["flags"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .collect();
        let admitted = KeyBytes(octets(&case["key"]).expect("32 bytes")).admit().map(|_| ());
        let has = |flag| flags.contains(&flag);
        let expected = match () {
            () if has("non_canonical_A") => Err(KeyError::NotCanonical),
            () if has("low_order_A") => Err(KeyError::Weak),
            () if has("low_order_component_A") => Err(KeyError::Torsion),
            () => Ok(()),
        };
        assert_eq!(admitted, expected, "case {} {flags:?}", case["number"]);
    }
}

// spec: record R14
#[test]
fn wycheproof_agrees() {
    let Some(file) = vectors("wycheproof_ed25519_test.json") else {
        return;
    };
    for group in file["testGroups"].as_array().expect("a list of groups") {
        let key = octets(&group["publicKey"]["pk"]).expect("32 bytes");
        for case in group["tests"].as_array().expect("a list of tests") {
            let message = hex::decode(case["msg"].as_str().expect("a text")).expect("hex");
            let accepted = octets(&case["sig"]).is_some_and(|signature| accepts(key, &message, &signature));
            assert_eq!(accepted, case["result"] == "valid", "{case}");
        }
    }
}
