//! What an operator reads who mistyped a genesis, or pinned too little for officers to accept anything.

use crate::hub::Hub;
use serde_json::Value;
use std::path::Path;

const WRONG: &str = "abababababababababababababababababababababababababababababababab";

fn wrong_genesis(status: &Value) -> Option<&Value> {
    let mut alarms = status["alarms"].as_array()?.iter();
    alarms.find(|alarm| alarm["code"] == "wrong-genesis")
}

/// The line that a text proposes to type, from `ewtp` to the next mark.
fn proposed(text: &Value) -> &str {
    let text = text.as_str().unwrap();
    let line = &text[text.find("ewtp ").unwrap()..];
    line.split(';').next().unwrap()
}

fn check<'a>(doctor: &'a Value, code: &str) -> &'a Value {
    let mut checks = doctor["checks"].as_array().unwrap().iter();
    checks.find(|check| check["code"] == code).unwrap()
}

#[test]
fn a_mistyped_genesis_is_told_with_both_and_typing_the_proposed_line_mends_it() {
    let (my, rw) = (Hub::of("MY", &[]), Hub::of("RW", &[]));
    rw.types(&format!("ewtp peer add {}", my.as_typed()));
    let right = rw.as_typed();
    let (genesis, address) = right.strip_prefix("RW=").unwrap().split_once('@').unwrap();
    my.types(&format!("ewtp peer add RW={WRONG}@{address}"));

    let told = my.comes_to("the alarm", |status| wrong_genesis(status).is_some());
    let alarm = wrong_genesis(&told).unwrap();
    let happened = alarm["happened"].as_str().unwrap();
    assert!(happened.contains(WRONG) && happened.contains(genesis), "{alarm}");
    let screen = String::from_utf8(my.ask(&["status"]).stdout).unwrap();
    assert!(screen.contains("RW          nothing is known of it yet"), "{screen}");
    let doctor = my.json(&["doctor"]);
    let detail = check(&doctor, "alarm")["detail"].as_str().unwrap();
    assert!(detail.contains(WRONG) && detail.contains(genesis), "{doctor}");
    assert!(!doctor.to_string().contains("ask RW for its address"), "{doctor}");

    my.types(proposed(&alarm["next"]));
    let joined = my.comes_to("the peer", |status| status["peers"][0]["hub"] == "RW");
    assert!(wrong_genesis(&joined).is_none(), "{joined}");

    let refused = my.ask(&["peer", "add", &format!("RW={WRONG}"), "--json"]);
    let refused: Value = serde_json::from_slice(&refused.stderr).unwrap();
    assert!(refused["message"].as_str().unwrap().contains(genesis), "{refused}");
    assert!(
        refused["next"]
            .as_str()
            .unwrap()
            .contains(&format!("peer add RW={WRONG}")),
        "{refused}"
    );
}

#[test]
fn officers_accept_once_what_doctor_and_verdict_propose_is_typed() {
    let (my, rw) = (Hub::of("MY", &["--panel", "RW"]), Hub::of("RW", &["--panel", "MY"]));
    rw.types(&format!("ewtp peer add {}", my.as_typed()));
    my.types(&format!("ewtp peer add {}", rw.as_typed()));
    let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("../protocol-spec/examples/clearance.json");
    let issued = rw.json(&["cert", "issue", example.to_str().unwrap()]);
    let bundle = rw.path("one.ewtp");
    let told = rw.comes_to_bundle(issued["id"].as_str().unwrap(), &bundle);
    assert_eq!(told["quorum"]["have"], 1, "{told}");
    let bundle = bundle.to_str().unwrap();

    let policy = check(&rw.json(&["doctor"]), "policy").clone();
    assert_eq!(policy["result"], "warn", "{policy}");
    assert!(
        policy["next"].as_str().unwrap().contains("ewtp --dir")
            && policy["next"].as_str().unwrap().ends_with("peer pin MY"),
        "{policy}"
    );
    for (hub, exit, pin) in [(&rw, 14, "MY"), (&my, 11, "RW")] {
        let told = hub.ask(&["verify", bundle]);
        let text = String::from_utf8(told.stdout).unwrap();
        assert_eq!(told.status.code(), Some(exit), "{text}");
        let next = text.lines().find(|line| line.starts_with("  next ")).unwrap();
        assert!(next.ends_with(&format!("peer pin {pin}")), "{text}");
        hub.types(&format!("ewtp peer pin {pin}"));
        let told = hub.ask(&["verify", bundle]);
        assert_eq!(told.status.code(), Some(0), "{}", String::from_utf8_lossy(&told.stdout));
    }
    assert_eq!(check(&rw.json(&["doctor"]), "policy")["result"], "pass");
}
