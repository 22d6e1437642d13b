//! What a person sees who makes a first hub and issues the examples of the specification.

use crate::hub::Hub;
use serde_json::Value;
use std::path::{Path, PathBuf};

/// The examples of the specification that are issued as this kind; an edition has no door of its own yet.
fn examples() -> Vec<(&'static str, PathBuf)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../protocol-spec/examples");
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        match path.file_stem().unwrap().to_str().unwrap() {
            "edition" => {}
            "merchant" => found.push(("merchant enrol", path)),
            _ => found.push(("cert issue", path)),
        }
    }
    assert!(found.len() >= 4, "{found:?}");
    found
}

#[test]
fn every_example_of_the_specification_is_issued_whatever_the_day() {
    let hub = Hub::of("MY", &["--panel", "RW,ET"]);
    for (command, path) in examples() {
        let words: Vec<&str> = command.split(' ').chain([path.to_str().unwrap()]).collect();
        let issued = hub.json(&words);
        assert_eq!(issued["schema"], "ewtp.issued/1", "{}: {issued}", path.display());
    }
}

#[test]
fn a_bundle_without_witnesses_is_written_and_says_who_is_missing() {
    let hub = Hub::of("MY", &["--panel", "RW,ET"]);
    let (_, example) = examples()
        .into_iter()
        .find(|(command, _)| *command == "cert issue")
        .unwrap();
    let issued = hub.json(&["cert", "issue", example.to_str().unwrap()]);
    let (id, out) = (issued["id"].as_str().unwrap(), hub.path("one.ewtp"));
    let out = out.to_str().unwrap();
    for wait in [&["--no-wait"][..], &[]] {
        let told = hub.json(&[&["cert", "bundle", id, "--out", out], wait].concat());
        assert_eq!(told["quorum"]["have"], 0, "{told}");
        assert_eq!(told["quorum"]["need"], 2, "{told}");
        assert_eq!(told["quorum"]["missing"], serde_json::json!(["ET", "RW"]), "{told}");
    }
    let told = hub.ask(&["cert", "bundle", id, "--out", out, "--no-wait"]);
    assert!(told.status.success());
    let advice = String::from_utf8_lossy(&told.stderr).into_owned();
    assert!(advice.contains("Not witnessed by ET, RW yet"), "{advice}");
    assert_eq!(hub.ask(&["verify", out]).status.code(), Some(14));
}

#[test]
fn a_hub_without_a_panel_reads_why_its_certificates_stay_undecided() {
    let hub = Hub::of("MY", &[]);
    let (_, example) = examples()
        .into_iter()
        .find(|(command, _)| *command == "cert issue")
        .unwrap();
    let issued = hub.json(&["cert", "issue", example.to_str().unwrap()]);
    let out = hub.path("one.ewtp");
    hub.json(&[
        "cert",
        "bundle",
        issued["id"].as_str().unwrap(),
        "--out",
        out.to_str().unwrap(),
    ]);
    let told = hub.ask(&["verify", out.to_str().unwrap()]);
    let text = String::from_utf8_lossy(&told.stdout).into_owned();
    assert_eq!(told.status.code(), Some(14), "{text}");
    assert!(text.contains("the charter of MY names no panel"), "{text}");
}

#[test]
fn a_refusal_names_line_field_dates_and_the_next_step() {
    let hub = Hub::of("MY", &["--panel", "RW"]);
    let input = hub.path("trade.json");
    let (_, example) = examples()
        .into_iter()
        .find(|(_, path)| path.ends_with("permit.json"))
        .unwrap();
    let mut permit: Value = serde_json::from_slice(&std::fs::read(example).unwrap()).unwrap();
    permit["issued_at"] = "2020-11-01".into();
    let mut misspelt = permit.clone();
    misspelt["lines"][0]["quantity"] = "many".into();
    std::fs::write(&input, format!("{permit}\n{misspelt}\nnot json\n")).unwrap();
    let told = hub.ask(&["cert", "issue", input.to_str().unwrap(), "--json"]);
    assert_eq!(told.status.code(), Some(1));
    let text = String::from_utf8(told.stdout).unwrap();
    let refusals: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let early = &refusals[0];
    assert_eq!(
        (&early["code"], &early["field"]),
        (&"outside-authority".into(), &"issued_at".into())
    );
    let message = early["message"].as_str().unwrap();
    assert!(message.contains("2020-11-01T00:00:00Z"), "{message}");
    assert_eq!(refusals[1]["field"], "lines[0].quantity", "{text}");
    for (number, refusal) in (1..).zip(&refusals) {
        assert_eq!(refusal["line"], number, "{refusal}");
        assert!(refusal["next"].is_string(), "{refusal}");
    }
}
