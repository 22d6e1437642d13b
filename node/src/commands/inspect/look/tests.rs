use super::*;
use ewtp_node::config::Config;
use ewtp_node::folder::Folder;
use ewtp_node::init::{Plan, Seeds, genesis, manifest};
use ewtp_record::UnixTime;
use std::path::Path;

/// The charter and manifest of a hub that is made of nothing but this seed.
fn papers() -> (Record, Record) {
    let config = Config::new(
        Folder::new(Path::new("x")),
        "test:demo".parse().unwrap(),
        "MY".parse().unwrap(),
        "Malaysia",
    );
    let plan = Plan::new(config, UnixTime(1_795_305_600));
    let seeds = Seeds::derived(&plan, |name| {
        let mut seed = [0; 32];
        seed[..name.to_string().len()].copy_from_slice(name.to_string().as_bytes());
        seed
    });
    (genesis(&plan, &seeds).unwrap().record, manifest(&plan, &seeds).unwrap())
}

#[test]
fn a_record_is_shown_by_its_names() {
    let seen = at(papers().1.bytes()).unwrap();
    assert_eq!(
        (seen.what, seen.says["kind"].as_str()),
        ("record", Some("node-manifest"))
    );
}

#[test]
fn a_charter_file_is_a_chain() {
    let file = cbor::encode(&vec![Blob(papers().0.bytes().clone())]);
    let seen = at(&file).unwrap();
    assert_eq!(seen.what, "charter chain");
    assert_eq!(seen.says["charters"][0]["kind"], "charter");
}

#[test]
fn an_introduction_is_shown_with_its_papers() {
    let (charter, manifest) = papers();
    let introduction = Introduction {
        net: "test:demo".parse().unwrap(),
        hub: "MY".parse().unwrap(),
        charters: vec![charter],
        manifest,
    };
    let seen = at(&introduction.encode()).unwrap();
    assert_eq!((seen.what, seen.says["hub"].as_str()), ("introduction", Some("MY")));
}

#[test]
fn a_bundle_is_shown_without_being_believed() {
    let bundle = Bundle {
        record: papers().1.bytes().clone(),
        receipt: None,
        chains: Vec::new(),
    };
    let seen = at(&bundle.encode()).unwrap();
    assert_eq!(seen.what, "bundle");
    assert!(seen.says["receipt"].is_null());
}

#[test]
fn a_private_key_is_not_shown() {
    let Err(fault) = at(b"-----BEGIN PRIVATE KEY-----\n") else {
        panic!("shown")
    };
    assert!(fault.contains("keys are not shown"));
}

#[test]
fn a_record_with_a_byte_too_many_is_told_as_broken() {
    let mut bytes = papers().1.bytes().to_vec();
    bytes.push(0);
    let Err(fault) = at(&bytes) else { panic!("shown") };
    assert!(fault.starts_with("not a record"), "{fault}");
}

#[test]
fn sound_cbor_of_no_known_object_is_told_as_such() {
    let Err(fault) = at(&cbor::encode(&(7u8, 8u8))) else {
        panic!("shown")
    };
    assert_eq!(fault, "sound CBOR of no object known here");
}

#[test]
fn a_duty_receipt_is_shown_with_what_was_asked_and_answered() {
    let file = include_bytes!("../../../../tests/cli/verify.in/shirts.receipt");
    let seen = at(file).unwrap();
    assert_eq!(seen.what, "duty receipt");
    assert_eq!(seen.says["edition"]["kind"], "tariff-edition");
    assert!(seen.says["request"]["to"].is_string() && seen.says["request"]["value"][0].is_string());
    let receipt = DutyReceipt::decode(file).unwrap();
    let total = receipt.replay().unwrap().total().unwrap().to_string();
    let text = |name: &str| seen.says[name].as_str().unwrap().to_owned();
    assert_eq!(format!("{} {}", text("total"), text("currency")), total);
    assert_eq!(seen.says["lines"][0]["measure"], "mfn");
    assert!(
        seen.says["rows"]
            .as_array()
            .unwrap()
            .iter()
            .any(|row| row == "line 61091000"),
        "{}",
        seen.says
    );
    use base64::Engine;
    let sent = base64::engine::general_purpose::STANDARD.encode(file);
    assert_eq!(
        crate::commands::inspect::named(sent.as_bytes()),
        Some(("base64", "duty receipt"))
    );
}

#[test]
fn half_a_file_is_told_as_cut_short() {
    let file = include_bytes!("../../../../tests/cli/verify.in/shirts.receipt");
    let Err(fault) = at(&file[..file.len() / 2]) else {
        panic!("shown")
    };
    assert!(fault.starts_with("cut short"), "{fault}");
}
