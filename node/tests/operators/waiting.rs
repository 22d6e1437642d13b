//! Two operators who add each other one after the other: each reads what the other must type.

use crate::hub::Hub;
use serde_json::{Value, json};

fn not_carried(status: &Value) -> Option<&Value> {
    status["alarms"]
        .as_array()?
        .iter()
        .find(|alarm| alarm["code"] == "not-carried")
}

#[test]
fn each_operator_reads_what_to_type_and_typing_it_connects_them() {
    let (my, rw) = (Hub::of("MY", &[]), Hub::of("RW", &[]));
    rw.types(&format!("ewtp peer add {}", my.as_typed()));

    let waits = my.comes_to("a hub that waits", |status| status["waiting"][0].is_object());
    let waiting = &waits["waiting"][0];
    let line = waiting["next"].as_str().unwrap().to_owned();
    assert_eq!(waiting["hub"], "RW");
    let (hub, genesis) = (rw.as_typed(), waiting["genesis"].as_str().unwrap());
    assert!(hub.starts_with(&format!("RW={genesis}@")), "{hub}: {waits}");
    assert!(waiting["peer_id"].as_str().unwrap().starts_with("12D3Koo"));
    // Whoever collects events reads whom each is about.
    let event = my.comes_to_tell("a hub that is not carried here introduced itself", 0);
    let span = json!({"name": "peer", "peer": waiting["peer_id"], "hub": "RW"});
    assert_eq!(event["span"], span, "{event}");

    let told = rw.comes_to("the alarm", |status| not_carried(status).is_some());
    let alarm = not_carried(&told).unwrap();
    assert_eq!(alarm["hub"], "MY");
    assert!(
        alarm["happened"]
            .as_str()
            .unwrap()
            .starts_with("MY does not carry RW yet"),
        "{alarm}"
    );
    assert!(
        alarm["next"]
            .as_str()
            .unwrap()
            .contains(&format!("ewtp peer add {hub}")),
        "{alarm}"
    );
    assert!(not_carried(&waits).is_none(), "MY has nothing to wait for");

    // People read the same.
    let screen = String::from_utf8(my.ask(&["status"]).stdout).unwrap();
    assert!(
        screen.contains("WAITS  RW (") && screen.contains("peer add RW="),
        "{screen}"
    );
    let listed = String::from_utf8(my.ask(&["peer", "ls"]).stdout).unwrap();
    assert!(
        listed.contains("WAITS  RW (") && listed.contains("peer add RW="),
        "{listed}"
    );

    my.types(&line);
    let joined = my.comes_to("the peer", |status| status["peers"][0]["hub"] == "RW");
    assert!(joined["waiting"].as_array().unwrap().is_empty(), "{joined}");
    rw.comes_to("the end of the alarm", |status| {
        status["peers"][0]["hub"] == "MY" && not_carried(status).is_none()
    });
}
