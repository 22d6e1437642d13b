//! What lies in the folder: configuration, keys, charter, manifest.

use super::{Check, policy_checks};
use ewtp_node::clock;
use ewtp_node::config::{Config, ConfigFaults};
use ewtp_node::folder::Folder;
use ewtp_node::init::{NO_PANEL, NO_PANEL_NEXT, read_charters};
use ewtp_node::keys::{self, KeyError, KeyName, Passphrase, PassphraseSource};
use ewtp_node::shell;
use ewtp_record::charter::Duty;
use ewtp_record::{HubCode, Record, UnixTime};
use ewtp_trust::{Charter, CharterChain, quorum_need, verify_manifest};
use std::os::unix::fs::PermissionsExt;

/// From here on the end of a charter or manifest is near.
const DAYS_LEFT_WARN: u64 = 30;
/// What can be done about a charter that ends.
const CHARTER_RENEWAL: &str =
    "this version cannot renew a charter: install a later one that can, before the charter ends";

/// The folder and its configuration; `None` when there is nothing more to look at.
pub(super) fn folder_and_config(folder: &Folder, checks: &mut Vec<Check>) -> Option<Config> {
    let root = folder.root().display();
    let Ok(metadata) = folder.root().metadata() else {
        checks.push(Check::fail(
            "folder",
            format!("there is no {root}"),
            format!("ewtp init --dir {}", shell::path(folder.root())),
        ));
        return None;
    };
    checks.push(match metadata.permissions().mode() & 0o022 {
        0 => Check::pass("folder", root.to_string()),
        _ => Check::fail(
            "folder",
            format!("{root} can be written by others"),
            format!("chmod go-w {root}"),
        ),
    });
    match Config::load(folder) {
        Ok(config) => {
            let carried = config.carry.len();
            checks.push(Check::pass(
                "config",
                format!(
                    "{} on {}, carries {} beside its own",
                    config.hub,
                    config.net,
                    hubs(carried)
                ),
            ));
            Some(config)
        }
        Err(error) => {
            match error.downcast_ref::<ConfigFaults>() {
                Some(faults) => checks.extend(faults.faults.iter().map(|fault| {
                    let line = fault.line.map_or_else(String::new, |line| format!("line {line}: "));
                    Check::fail(
                        "config",
                        format!("{line}{}: {}", fault.field, fault.message),
                        fault.remedy.clone(),
                    )
                })),
                None => checks.push(Check::of_error("config", &error)),
            }
            None
        }
    }
}

/// Keys, charter, manifest and policy, and whether they belong together.
pub(super) fn keys_and_papers(config: &Config, source: PassphraseSource, checks: &mut Vec<Check>) {
    let chain = charters(config, checks);
    let charter = chain.as_ref().map(|chain| &**chain.newest());
    keys(config, charter, source, checks);
    manifest(config, chain.as_ref(), checks);
    checks.push(policy_checks::policy(config, chain.as_ref()));
}

fn charters(config: &Config, checks: &mut Vec<Check>) -> Option<CharterChain> {
    match read_charters(&config.folder, &config.net) {
        Ok(chain) if chain.hub() != config.hub => {
            let detail = format!("charter.cbor is of {}, and ewtp.toml says {}", chain.hub(), config.hub);
            checks.push(Check::fail("charter", detail, "put back the charter.cbor of this hub"));
            None
        }
        Ok(chain) => {
            let newest = chain.newest().body();
            let what = format!("number {} of {}", newest.number, newest.hub);
            checks.push(lasting("charter", &what, newest.expires_at, CHARTER_RENEWAL));
            checks.push(panel(config, &newest.panel));
            Some(chain)
        }
        Err(error) => {
            checks.push(Check::of_error("charter", &error));
            None
        }
    }
}

/// A paper with an end: its date and how many days are left.
fn lasting(code: &'static str, what: &str, expires_at: UnixTime, remedy: &str) -> Check {
    let date = clock::date(expires_at);
    match expires_at.0.checked_sub(clock::now().0).map(|left| left / 86_400) {
        None => Check::fail(code, format!("{what} ended {date}"), remedy),
        Some(days @ 0..DAYS_LEFT_WARN) => Check::warn(code, format!("{what} ends {date}, {days} days left"), remedy),
        Some(days) => Check::pass(code, format!("{what} ends {date}, {days} days left")),
    }
}

/// So many hubs, in words.
pub(super) fn hubs(count: usize) -> String {
    format!("{count} {}", if count == 1 { "hub" } else { "hubs" })
}

/// Hubs as people read them.
pub(super) fn names(hubs: &[HubCode]) -> String {
    hubs.iter().map(HubCode::as_str).collect::<Vec<_>>().join(", ")
}

/// Who witnesses this log, and whether their cosignatures can come here at all.
fn panel(config: &Config, panel: &[HubCode]) -> Check {
    if panel.is_empty() {
        return Check::warn("panel", NO_PANEL, NO_PANEL_NEXT);
    }
    let is_stranger = |hub: &HubCode| config.carry.iter().all(|carried| carried.hub != *hub);
    let strangers: Vec<HubCode> = panel.iter().copied().filter(is_stranger).collect();
    let witnesses = format!("{}; {} of them make a quorum", names(panel), quorum_need(panel.len()));
    match strangers.first() {
        None => Check::pass("panel", witnesses),
        Some(first) => Check::warn(
            "panel",
            format!(
                "{witnesses}; not carried here, so it cannot witness: {}",
                names(&strangers)
            ),
            format!("ewtp peer add {first}=GENESIS@MULTIADDR"),
        ),
    }
}

/// Each key file: there, closed to others, and the key that the charter names. Encrypted ones are opened only when a
/// passphrase was given: a doctor that asks for it would be switched off.
fn keys(config: &Config, charter: Option<&Charter>, source: PassphraseSource, checks: &mut Vec<Check>) {
    let ask = source != PassphraseSource::Terminal;
    let mut passphrase = Passphrase::from(source);
    let (mut opened, mut sealed, faults_before) = (0, 0, checks.len());
    for name in [KeyName::Node].into_iter().chain(Duty::ALL.map(KeyName::Role)) {
        let path = config.folder.key(name);
        if !path.exists() {
            if matches!(name, KeyName::Node | KeyName::Role(Duty::Log)) {
                let detail = format!("{} is missing, and the node cannot run without it", path.display());
                checks.push(Check::fail("keys", detail, "put it back from where you keep it"));
            }
            continue;
        }
        match keys::file::open(&path) {
            Ok(keys::file::Opened::Encrypted(_)) if !ask => sealed += 1,
            Ok(_) => match keys::read(&config.folder, name, &config.net, &mut passphrase) {
                Ok(seed) => {
                    opened += 1;
                    checks.extend(stranger(name, &seed, charter));
                }
                Err(error) => checks.push(Check::of_error("keys", &error)),
            },
            Err(error) => checks.push(key_fault(&error)),
        }
    }
    if checks.len() == faults_before {
        let sealed = if sealed == 0 {
            String::new()
        } else {
            format!(", {sealed} encrypted and not opened (--passphrase-file)")
        };
        checks.push(Check::pass(
            "keys",
            format!("{opened} opened and named by the charter{sealed}"),
        ));
    }
}

fn key_fault(error: &KeyError) -> Check {
    Check::fail("keys", error.to_string(), error.remedy())
}

/// A role key that the newest charter does not name would sign what everyone refuses.
fn stranger(name: KeyName, seed: &keys::Seed, charter: Option<&Charter>) -> Option<Check> {
    let KeyName::Role(duty) = name else { return None };
    let key = ewtp_record::SecretKey::from_seed(seed).id();
    let named = charter?.role(&key).is_some_and(|role| role.duty == duty);
    let detail = format!(
        "{name}.pem is not the {} key that the newest charter names",
        duty.name()
    );
    (!named).then(|| {
        Check::fail(
            "keys",
            detail,
            "put back the right file, or renew the charter with this key",
        )
    })
}

fn manifest(config: &Config, chain: Option<&CharterChain>, checks: &mut Vec<Check>) {
    let path = config.folder.manifest();
    let renew = "start the node again: ewtp run renews it while keys/operator.pem is here";
    let read = std::fs::read(&path)
        .map_err(anyhow::Error::from)
        .and_then(|bytes| Ok(Record::decode(bytes.into())?));
    let (record, chain) = match (read, chain) {
        (Err(error), _) => {
            return checks.push(Check::fail("manifest", format!("{}: {error:#}", path.display()), renew));
        }
        (Ok(_), None) => return checks.push(Check::skip("manifest", "cannot be judged without the charter")),
        (Ok(record), Some(chain)) => (record, chain),
    };
    checks.push(match verify_manifest(&record, chain) {
        Ok(manifest) => lasting("manifest", &manifest.node.to_peer_id(), manifest.expires_at, renew),
        Err(fault) => Check::fail("manifest", fault.to_string(), renew),
    });
}
