//! The second index engine: a node of a build with `--features sled` whose operator chose it; and what one without says.

use crate::hub::Hub;
#[cfg(feature = "sled")]
use serde_json::Value;

/// Has the operator choose the engine while the node is down.
fn choose(hub: &Hub, engine: &str) {
    let file = hub.path("hub").join("ewtp.toml");
    let text = std::fs::read_to_string(&file).unwrap();
    assert!(text.contains("engine = \"redb\""), "{text}");
    std::fs::write(
        &file,
        text.replace("engine = \"redb\"", &format!("engine = \"{engine}\"")),
    )
    .unwrap();
}

#[cfg(feature = "sled")]
#[test]
fn a_node_whose_operator_chose_sled_indexes_its_ledger_anew_and_goes_on() {
    let mut hub = Hub::of("MY", &[]);
    let before = hub.json(&["status"]);
    let goes_on = |status: &Value| {
        let size = status["log"]["size"].as_u64();
        size >= before["log"]["size"].as_u64() && status["frontier"]["MY"]["examined_to"].as_u64() == size
    };
    hub.kill();
    choose(&hub, "sled");
    hub.starts();
    hub.comes_to("its log, examined anew", goes_on);
    assert!(hub.path("hub").join("index").join("sled").is_dir());
    // And again, from the index as it is.
    hub.kill();
    hub.starts();
    hub.comes_to("its log, examined", goes_on);
}

#[cfg(not(feature = "sled"))]
#[test]
fn a_build_without_sled_says_how_to_get_one() {
    let mut hub = Hub::of("MY", &[]);
    hub.kill();
    choose(&hub, "sled");
    let told = hub.ask(&["run"]);
    let told = String::from_utf8(told.stderr).unwrap();
    assert!(
        told.contains("build with `--features sled` or set `store.engine"),
        "{told}"
    );
}
