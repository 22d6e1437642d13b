//! A tariff office publishes, and every hub has the schedule: by its patch where it can, without the office's node, and
//! from where it stood when a node was killed.

use crate::hub::Hub;
use serde_json::Value;
use std::fmt::Write as _;

const ABOUT: &str = r#"{
  "name": "2026-1", "territory": "SG", "hs_edition": 2022, "nomenclature": "HS8", "digits": 8, "in_force": "2026-01-01",
  "valuation": "cif", "currency": "USD", "rounding": [{ "mode": "half-up", "step": 1, "per": "line" }],
  "languages": ["en"], "test": true
}"#;

/// Writes a schedule of so many lines, the first of which bears this rate.
fn schedule(hub: &Hub, lines: u32, rate: &str) -> String {
    let mut text = "record,code,units,declarable,text,kind,areas,duty\n".to_owned();
    for line in 0..lines {
        let code = 10_000_000 + line * 10;
        let duty = if line == 0 { rate } else { "5 %" };
        writeln!(
            text,
            "line,{code},KGM,yes,Goods of kind {line},,,\nmeasure,{code},,,,mfn,,{duty}"
        )
        .unwrap();
    }
    let file = hub.path("schedule.csv");
    std::fs::write(&file, text).unwrap();
    file.display().to_string()
}

/// Publishes such a schedule.
fn publish(hub: &Hub, name: &str, lines: u32, rate: &str) {
    let (file, about) = (schedule(hub, lines, rate), hub.path("about.json"));
    std::fs::write(&about, ABOUT).unwrap();
    let (file, about) = (file.as_str(), about.to_str().unwrap());
    let words = [
        "tariff",
        "publish",
        file,
        "--about",
        about,
        "--name",
        name,
        "--in-force",
        "2026-01-01",
        // The first of Singapore is confirmed; behind it nothing asks for it.
        "--confirm",
        "SG",
    ];
    let published = hub.json(&words);
    assert!(published["issued"]["id"].is_string(), "{published}");
}

fn meet(one: &Hub, other: &Hub) {
    one.types(&format!("ewtp peer add {}", other.as_typed()));
    other.types(&format!("ewtp peer add {}", one.as_typed()));
}

fn count(status: &Value, what: &str) -> u64 {
    status["schedules"][what].as_u64().unwrap_or_default()
}

/// Waits until a hub holds so many schedules.
fn holds(hub: &Hub, schedules: u64) -> Value {
    hub.comes_to(&format!("schedule {schedules}"), |status| {
        count(status, "held") == schedules && count(status, "wanted") == 0
    })
}

#[test]
fn a_published_schedule_reaches_hubs_that_never_met_its_publisher() {
    let (mut sg, ke, rw) = (Hub::of("SG", &[]), Hub::of("KE", &[]), Hub::of("RW", &[]));
    meet(&sg, &ke);
    publish(&sg, "2026-1", 600, "5 %");
    let first = holds(&ke, 1);
    let pages = count(&first, "pages_moved");
    assert!(pages > 20, "{first}");

    publish(&sg, "2026-2", 600, "7.5 %");
    let second = holds(&ke, 2);
    assert_eq!(count(&second, "pages_moved"), pages, "it came as its patch");
    let patch = count(&second, "bytes_moved") - count(&first, "bytes_moved");
    assert!((1..500).contains(&patch), "{patch} bytes");

    // The publisher dies. A hub that carries its log gets its records and schedules from the other.
    let publisher = sg.as_typed();
    sg.kill();
    rw.types(&format!("ewtp peer add {publisher}"));
    meet(&ke, &rw);
    let told = holds(&rw, 2);
    assert_eq!(count(&told, "pages_moved"), pages, "{told}");

    // The publisher is back and goes on; its patch reaches the hub that it never met.
    sg.starts();
    publish(&sg, "2026-3", 600, "9 %");
    assert_eq!(count(&holds(&rw, 3), "pages_moved"), pages, "it came as its patch");
}

#[test]
fn a_hub_killed_while_it_gathers_goes_on_from_the_pages_that_it_has() {
    let (sg, mut ke) = (Hub::of("SG", &[]), Hub::of("KE", &[]));
    publish(&sg, "2026-1", 6_000, "5 %");
    meet(&sg, &ke);
    let begun = ke.comes_to("the first pages", |status| count(status, "pages_moved") > 0);
    ke.kill();
    ke.starts();
    let told = holds(&ke, 1);
    let (before, after) = (count(&begun, "pages_moved"), count(&told, "pages_moved"));
    let shown = ke.json(&["tariff", "show", "2026-1"]);
    let pages = shown["schedule"]["pages"].as_u64().unwrap();
    assert!(pages > 200, "{shown}");
    assert!(
        after < pages,
        "{before} pages of {pages} were there, and {after} moved again"
    );
}

#[test]
fn a_receipt_taken_right_after_publishing_is_accepted_and_a_correction_is_told() {
    let (sg, mut ke) = (Hub::of("SG", &["--panel", "KE"]), Hub::of("KE", &[]));
    meet(&sg, &ke);
    sg.comes_to("its witness", |status| status["log"]["cosignatures"] == 1);
    publish(&sg, "2026-1", 20, "7.5 %");
    let receipt = sg.path("receipt");
    let goods = "--to SG --from CN --hs 10000000 --value cif=1000USD --net 1:KGM --on 2026-11-22";
    let words: Vec<_> = goods
        .split(' ')
        .chain(["--receipt", receipt.to_str().unwrap()])
        .collect();
    let quote = || sg.json(&[&["tariff", "quote"], &words[..]].concat());

    // An officer in Kenya pins both hubs, and asks no node.
    let pins = [&sg, &ke].map(|hub| {
        let typed = hub.as_typed();
        let (code, rest) = typed.split_once('=').unwrap();
        format!("\"{code}\":\"{}\"", rest.split_once('@').unwrap().0)
    });
    let policy = format!(
        "{{\"net\":\"test:operators\",\"own\":\"KE\",\"pins\":{{{}}}}}",
        pins.join(",")
    );
    std::fs::write(ke.path("pins.json"), policy).unwrap();
    let [receipt, policy] = [receipt.clone(), ke.path("pins.json")].map(|path| path.display().to_string());
    let verify = |hub: &Hub, words: &[&str]| hub.json(&[&["verify", &receipt, "--policy", &policy], words].concat());
    // The command waits 5 s for the witness, which on a busy machine may need longer: then it is asked again.
    let mut quoted = quote();
    assert_eq!(quoted["total"], "75.00", "{quoted}");
    for _ in 0..5 {
        if verify(&ke, &[])["outcome"] != "undecided" {
            break;
        }
        quoted = quote();
    }
    let verdict = verify(&ke, &[]);
    assert_eq!(
        (&verdict["outcome"], &verdict["total"], &verdict["currency"]),
        (&"accepted".into(), &"75.00".into(), &"USD".into()),
        "{verdict}"
    );
    assert_eq!(
        verdict["lines"], quoted["lines"],
        "the amounts are told as the quote told them"
    );
    assert!(verdict["corrections"].as_array().unwrap().is_empty(), "{verdict}");

    // The rate was wrong. The node of the hub tells so; an officer without a node is shown the bundle.
    let file = schedule(&sg, 20, "5.7 %");
    let right = sg.json(&[
        "tariff",
        "correct",
        "2026-1",
        &file,
        "--name",
        "2026-1a",
        "--confirm",
        "SG",
    ]);
    let told = verify(&sg, &[]);
    assert_eq!(told["corrections"][0]["name"], "2026-1a", "{told}");
    ke.kill();
    assert!(verify(&ke, &[])["corrections"].as_array().unwrap().is_empty());
    let bundle = sg.path("2026-1a.ewtp").display().to_string();
    sg.json(&[
        "cert",
        "bundle",
        right["issued"]["id"].as_str().unwrap(),
        "--out",
        &bundle,
    ]);
    let shown = verify(&ke, &["--evidence", &bundle]);
    assert_eq!(
        (&shown["outcome"], &shown["corrections"][0]["corrects"]),
        (&"accepted".into(), &quoted["edition"]["record"]),
        "{shown}"
    );
}
