use super::*;
use std::path::Path;
use std::str::FromStr;

fn folder() -> Folder {
    Folder::new(Path::new("/srv/ewtp"))
}

fn faults(text: &str) -> Vec<ConfigFault> {
    Config::parse(&folder(), text).expect_err("this text has faults").faults
}

fn parsed(text: &str) -> Config {
    Config::parse(&folder(), text).expect("this text has no faults")
}

const LEAST: &str = "net = \"test:demo\"\nhub = \"MY\"\n";

fn rwanda() -> Carried {
    Carried {
        hub: HubCode::from_str("RW").unwrap(),
        genesis: CharterId::from_str(&"ab".repeat(32)).unwrap(),
        addresses: vec!["/ip4/127.0.0.1/tcp/7601".into()],
    }
}

#[test]
fn net_and_hub_are_enough() {
    let config = parsed(LEAST);
    assert_eq!(config.hub.to_string(), "MY");
    assert_eq!(config.name, "MY");
    assert_eq!(config.network.admission, Admission::Members);
}

#[test]
fn what_is_rendered_is_read_back_the_same() {
    let mut config = parsed(LEAST);
    config.name = "a \"quoted\" # name\nof two lines".to_owned();
    config.admin_http = Some("127.0.0.1:7700".parse().unwrap());
    config.network.admission = Admission::Open { guests_max: 7 };
    config.network.addresses = vec!["/dns4/hub.example/tcp/7600".into()];
    config.store.engine = Engine::Sled;
    config.carry.push(rwanda());
    assert_eq!(parsed(&config.render()), config);
}

#[test]
fn what_init_renders_by_default_is_read_back_the_same() {
    let config = parsed(LEAST);
    assert_eq!(parsed(&config.render()), config);
}

#[test]
fn an_unknown_key_is_refused_with_the_nearest_name_and_its_line() {
    let faults = faults(&format!("{LEAST}[store]\nengin = \"redb\"\n"));
    assert_eq!(faults.len(), 1);
    assert_eq!((faults[0].line, faults[0].field.as_str()), (Some(4), "store.engin"));
    assert_eq!(faults[0].remedy, "did you mean `engine`?");
}

#[test]
fn an_unknown_section_is_refused() {
    let faults = faults(&format!("{LEAST}[netwrok]\nlisten = []\n"));
    assert_eq!(faults[0].remedy, "did you mean `network`?");
}

#[test]
fn a_name_like_no_other_gets_the_list_of_known_ones() {
    let faults = faults(&format!("{LEAST}[store]\nzzz = 1\n"));
    assert_eq!(faults[0].remedy, "known here: engine, cache_mb, segment_mb");
}

#[test]
fn all_faults_are_told_at_once_in_the_order_of_their_lines() {
    let text = "hub = \"Malaysia\"\n[network]\nadmission = \"some\"\nlisten = 5\n[store]\ncache_mb = 1\n[[carry]]\n";
    let faults = faults(text);
    let fields: Vec<_> = faults.iter().map(|fault| (fault.line, fault.field.as_str())).collect();
    assert_eq!(
        fields,
        [
            (None, "net"),
            (Some(1), "hub"),
            (Some(3), "network.admission"),
            (Some(4), "network.listen"),
            (Some(6), "store.cache_mb"),
            (Some(7), "carry.hub"),
            (Some(7), "carry.genesis"),
        ]
    );
}

#[test]
fn broken_syntax_is_told_with_its_line() {
    let faults = faults("net = \"test:demo\"\nhub = MY\n");
    assert_eq!(faults[0].line, Some(2), "{faults:?}");
}

#[test]
fn an_admin_address_reachable_from_outside_is_refused() {
    let faults = faults(&format!("{LEAST}[admin]\nhttp = \"0.0.0.0:7700\"\n"));
    assert!(faults[0].message.contains("reachable from outside"), "{faults:?}");
}

#[test]
fn a_hub_that_carries_itself_or_another_twice_is_told_so() {
    let block = rwanda().render();
    let own = block.replace("RW", "MY");
    let faults = faults(&format!("{LEAST}{block}{block}{own}"));
    assert_eq!(faults.len(), 2, "{faults:?}");
    assert!(faults[0].message.contains("RW is listed twice"));
    assert!(faults[1].message.contains("MY is this hub itself"));
}

#[test]
fn more_carried_hubs_than_the_cap_are_refused_with_the_setting_to_change() {
    let blocks: String = ["RW", "ET", "BE"]
        .map(|hub| rwanda().render().replace("RW", hub))
        .concat();
    let limits = "[limits]\ncarried_hubs_max = 2\n";
    let faults = faults(&format!("{LEAST}{limits}{blocks}"));
    assert_eq!(faults.len(), 1, "{faults:?}");
    assert!(faults[0].message.contains("limits.carried_hubs_max is 2"), "{faults:?}");
    assert!(faults[0].line.is_some());
    let two = parsed(&format!("{LEAST}{limits}{}", rwanda().render()));
    assert_eq!(two.caps().carried_hubs, 2);
}

#[test]
fn every_limit_reaches_the_engine() {
    let text = format!("{LEAST}[network]\nmemory_mb = 64\n[limits]\ncarried_gb_each = 3\nschedules_gb_each = 2\n");
    assert_eq!(parsed(&text).limits.schedule_bytes_each, 2 << 30);
    let caps = parsed(&text).caps();
    assert_eq!(caps.carried_bytes_each, 3 << 30);
    assert_eq!((caps.window_bytes, caps.uncommitted_bytes), (8 << 20, 4 << 20));
    let roomy = parsed(&format!("{LEAST}[network]\nmemory_mb = 65536\n")).caps();
    assert_eq!(roomy.uncommitted_bytes, limits::UNCOMMITTED_BYTES_MAX);
}

#[test]
fn a_newer_format_is_refused() {
    let faults = faults(&format!("format = 2\n{LEAST}"));
    assert_eq!(faults[0].field, "format");
}

#[test]
fn a_file_that_is_not_there_names_the_command_that_makes_one() {
    let missing = Folder::new(Path::new("/nonexistent/ewtp"));
    let error = Config::load(&missing).expect_err("no such folder");
    assert_eq!(
        crate::failure::of(&error)[0].next.as_deref(),
        Some("ewtp init --dir /nonexistent/ewtp")
    );
}

#[test]
fn a_node_publishes_what_it_was_told_else_where_it_listens_and_never_every_interface() {
    let mut config = parsed(LEAST);
    assert!(config.network.published().is_empty());
    config.network.listen.push("/ip4/127.0.0.1/tcp/1".into());
    assert_eq!(config.network.published(), ["/ip4/127.0.0.1/tcp/1"]);
    config.network.addresses.push("/dns4/hub.example/tcp/7600".into());
    assert_eq!(config.network.published(), ["/dns4/hub.example/tcp/7600"]);
}
