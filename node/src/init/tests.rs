use super::*;
use crate::config::{Carried, Config};
use crate::keys::{Keys, Passphrase};
use ewtp_record::{Duty, HubCode, Record, UnixTime};
use ewtp_trust::verify_manifest;
use sha2::{Digest, Sha256};
use std::os::unix::fs::PermissionsExt;
use std::str::FromStr;

const ISSUED_AT: UnixTime = UnixTime(1_795_305_600);

fn plan(root: &Path) -> Plan {
    let net = "test:demo".parse().unwrap();
    let mut plan = Plan::new(
        Config::new(Folder::new(root), net, HubCode::from_str("MY").unwrap(), "Malaysia"),
        ISSUED_AT,
    );
    plan.panel = vec![HubCode::from_str("RW").unwrap(), HubCode::from_str("ET").unwrap()];
    plan
}

fn seeds(plan: &Plan) -> Seeds {
    Seeds::derived(plan, |name| Sha256::digest(name.to_string()).into())
}

fn lay(plan: &Plan) -> anyhow::Result<Laid> {
    lay_folder(plan, &seeds(plan), &Protection::None)
}

#[test]
fn a_laid_folder_has_everything_a_node_reads() {
    let temporary = tempfile::tempdir().unwrap();
    let plan = plan(&temporary.path().join("my"));
    let laid = lay(&plan).unwrap();
    let folder = &plan.config.folder;
    let config = Config::load(folder).unwrap();
    assert_eq!(config, plan.config);
    let chain = read_charters(folder, &config.net).unwrap();
    assert_eq!(chain.genesis_id(), laid.genesis);
    let keys = Keys::load(folder, &config.net, &mut Passphrase::default()).unwrap();
    let log_key = keys.role(Duty::Log).unwrap().public();
    assert_eq!(log_key.as_bytes(), chain.newest().log_key().as_bytes());
    let record = Record::decode(fs::read(folder.manifest()).unwrap().into()).unwrap();
    assert_eq!(verify_manifest(&record, &chain).unwrap().node, laid.node);
    let policy: serde_json::Value = serde_json::from_slice(&fs::read(folder.policy()).unwrap()).unwrap();
    assert_eq!(policy["pins"]["MY"], laid.genesis.to_string());
}

#[test]
fn the_same_seeds_give_the_same_hub_whatever_it_carries() {
    let temporary = tempfile::tempdir().unwrap();
    let mut plan = plan(&temporary.path().join("one"));
    let alone = genesis(&plan, &seeds(&plan)).unwrap();
    plan.config.carry.push(Carried {
        hub: "RW".parse().unwrap(),
        genesis: alone.id,
        addresses: Vec::new(),
    });
    assert_eq!(lay(&plan).unwrap().genesis, alone.id);
}

#[test]
fn a_folder_that_holds_a_hub_is_never_overwritten() {
    let temporary = tempfile::tempdir().unwrap();
    let plan = plan(&temporary.path().join("my"));
    lay(&plan).unwrap();
    let error = lay(&plan).unwrap_err();
    assert!(error.to_string().contains("holds a hub already"), "{error:#}");
}

#[test]
fn key_files_are_closed_to_others() {
    let temporary = tempfile::tempdir().unwrap();
    let plan = plan(&temporary.path().join("my"));
    lay(&plan).unwrap();
    for file in fs::read_dir(plan.config.folder.keys()).unwrap() {
        assert_eq!(file.unwrap().metadata().unwrap().permissions().mode() & 0o777, 0o600);
    }
}

#[test]
fn unencrypted_keys_do_not_leave_test_nets() {
    let temporary = tempfile::tempdir().unwrap();
    let mut plan = plan(&temporary.path().join("my"));
    plan.config.net = "ewtp".parse().unwrap();
    let error = lay(&plan).unwrap_err();
    assert!(
        error.to_string().contains("unencrypted keys are for test: nets"),
        "{error:#}"
    );
    assert!(!plan.config.folder.root().exists());
}

#[test]
fn a_threshold_that_is_no_majority_is_refused_before_anything_is_written() {
    let temporary = tempfile::tempdir().unwrap();
    let mut plan = plan(&temporary.path().join("my"));
    plan.threshold = 1;
    let error = lay(&plan).unwrap_err();
    assert!(error.to_string().contains("more than half"), "{error:#}");
    assert!(!plan.config.folder.root().exists());
}

#[test]
fn a_hub_on_its_own_panel_is_refused() {
    let temporary = tempfile::tempdir().unwrap();
    let mut plan = plan(&temporary.path().join("my"));
    plan.panel.push(plan.config.hub);
    assert!(lay(&plan).is_err());
}

#[test]
fn a_peer_is_read_as_it_is_typed() {
    let genesis = "ab".repeat(32);
    let carried = parse_carried(&format!(
        "RW={genesis}@/ip4/127.0.0.1/tcp/1,/ip4/127.0.0.1/udp/1/quic-v1"
    ))
    .unwrap();
    assert_eq!((carried.hub.to_string().as_str(), carried.addresses.len()), ("RW", 2));
    assert!(parse_carried(&format!("RW={genesis}")).unwrap().addresses.is_empty());
    for wrong in ["RW", "rw=00", "RW=00", &format!("RW={genesis}@nowhere")] {
        assert!(parse_carried(wrong).is_err(), "{wrong}");
    }
}

#[test]
fn a_hub_without_a_panel_or_an_address_is_made_with_a_warning_each() {
    let temporary = tempfile::tempdir().unwrap();
    let mut plan = plan(&temporary.path().join("my"));
    let codes = |plan: &Plan| warnings(plan).iter().map(|warning| warning.code).collect::<Vec<_>>();
    assert_eq!(codes(&plan), ["no-address"]);
    plan.addresses.push("/dns4/hub.example/tcp/7600".to_owned());
    assert!(codes(&plan).is_empty());
    plan.panel.clear();
    assert_eq!(codes(&plan), ["no-panel"]);
}
