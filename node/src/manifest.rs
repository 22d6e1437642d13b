//! The node manifest of a folder: signed by `init`, renewed by `run` before it ends or when what it says has changed.

use crate::config::Config;
use crate::failure::Failure;
use crate::keys::Keys;
use anyhow::Context;
use ewtp_record::{Draft, Duty, HubCode, Manifest, NodeKey, Record, RecordKind, SecretKey, Subject, UnixTime};
use std::collections::BTreeSet;

/// A node of ours signs its hub's log, witnesses others and serves what it carries.
pub const SERVES_ALL: u64 = Manifest::SERVES_LOG | Manifest::SERVES_WITNESS | Manifest::SERVES_RANGES;

/// A manifest with less left than this is renewed: a node may be down for weeks and still be found.
const RENEW_SECONDS_LEFT: u64 = 45 * 86_400;

/// What became of the manifest of a folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Renewal {
    /// It says what is so, and for long enough.
    NotDue,
    /// A new one was signed and written.
    Renewed,
    /// A new one is due, and the operator key is held elsewhere.
    NoOperatorKey,
}

/// Signs a manifest for the longest time the rule allows.
///
/// # Errors
/// When it breaks a rule: an address is too long or there are too many.
pub fn sign(
    manifest: &Manifest,
    hub: HubCode,
    name: Subject,
    issued_at: UnixTime,
    operator: &SecretKey,
) -> anyhow::Result<Record> {
    let draft = Draft {
        kind: RecordKind::MANIFEST,
        issuer: hub,
        subject: name,
        issued_at,
        expires_at: issued_at.plus(Manifest::DAYS_MAX * 86_400),
        not_before: None,
        payload: manifest.encode(),
    };
    let record = draft.sign(operator).context("cannot sign the manifest")?;
    let broken = |error: &ewtp_record::DecodeError| Failure::new("manifest", error.to_string());
    record
        .body()
        .map_err(|error| broken(&error).next("--address MULTIADDR"))?;
    Ok(record)
}

/// The manifest that lies in the folder.
///
/// # Errors
/// When the file is not there or is no record.
pub fn read(config: &Config) -> anyhow::Result<Record> {
    let path = config.folder.manifest();
    let reading = || format!("cannot use {}", path.display());
    Record::decode(std::fs::read(&path).with_context(reading)?.into()).with_context(reading)
}

/// Renews the manifest of a folder if it ends soon, or if node key or addresses are others now. `listened` are the addresses
/// on which the node listens now, as far as it does.
///
/// # Errors
/// When the file in the folder is no manifest, or cannot be replaced.
pub fn renew_if_due(
    config: &Config,
    keys: &Keys,
    listened: &BTreeSet<String>,
    now: UnixTime,
) -> anyhow::Result<Renewal> {
    let path = config.folder.manifest();
    let record = read(config)?;
    let held = Manifest::decode(record.payload()).with_context(|| format!("cannot use {}", path.display()))?;
    let node = NodeKey(*SecretKey::from_seed(&keys.node).public().as_bytes());
    let wanted = Manifest {
        node,
        addresses: config.network.published_as(listened),
        ..held
    };
    let left = record.header().expires_at.since(now);
    if wanted == held && left > RENEW_SECONDS_LEFT {
        return Ok(Renewal::NotDue);
    }
    let Some(operator) = keys.role(Duty::Operator) else {
        return Ok(Renewal::NoOperatorKey);
    };
    let wanted = Manifest {
        revision: held.revision + 1,
        ..wanted
    };
    let renewed = sign(&wanted, config.hub, record.header().subject, now, operator)?;
    let beside = path.with_extension("cbor.new");
    let writing = || format!("cannot write {}", path.display());
    std::fs::write(&beside, renewed.bytes()).with_context(writing)?;
    std::fs::rename(&beside, &path).with_context(writing)?;
    Ok(Renewal::Renewed)
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::folder::Folder;
    use crate::init::{Plan, Seeds, lay_folder, read_charters};
    use crate::keys::{Passphrase, Protection};
    use ewtp_trust::verify_manifest;
    use std::path::Path;

    pub(crate) const LAID_AT: UnixTime = UnixTime(1_795_305_600);
    pub(crate) const DAY: u64 = 86_400;

    pub(crate) fn laid(root: &Path) -> (Config, Keys) {
        let folder = Folder::new(&root.join("my"));
        let mut config = Config::new(folder, "test:demo".parse().unwrap(), "MY".parse().unwrap(), "MY");
        config.network.listen = vec!["/ip4/127.0.0.1/tcp/1".into()];
        let plan = Plan::new(config.clone(), LAID_AT);
        lay_folder(&plan, &Seeds::fresh(&plan).unwrap(), &Protection::None).unwrap();
        let keys = Keys::load(&config.folder, &config.net, &mut Passphrase::default()).unwrap();
        (config, keys)
    }

    pub(crate) fn held(config: &Config) -> Manifest {
        let record = Record::decode(std::fs::read(config.folder.manifest()).unwrap().into()).unwrap();
        let chain = read_charters(&config.folder, &config.net).unwrap();
        verify_manifest(&record, &chain).expect("what is written is signed by the operator key of the charter");
        Manifest::decode(record.payload()).unwrap()
    }

    #[test]
    fn a_young_manifest_that_says_what_is_so_stays() {
        let temporary = tempfile::tempdir().unwrap();
        let (config, keys) = laid(temporary.path());
        assert_eq!(
            renew_if_due(&config, &keys, &BTreeSet::new(), LAID_AT.plus(44 * DAY)).unwrap(),
            Renewal::NotDue
        );
        assert_eq!(held(&config).revision, 0);
    }

    #[test]
    fn a_manifest_that_ends_soon_is_renewed_once() {
        let temporary = tempfile::tempdir().unwrap();
        let (config, keys) = laid(temporary.path());
        let later = LAID_AT.plus(60 * DAY);
        assert_eq!(
            renew_if_due(&config, &keys, &BTreeSet::new(), later).unwrap(),
            Renewal::Renewed
        );
        assert_eq!(
            renew_if_due(&config, &keys, &BTreeSet::new(), later).unwrap(),
            Renewal::NotDue
        );
        assert_eq!(held(&config).revision, 1);
    }

    #[test]
    fn a_changed_address_is_published() {
        let temporary = tempfile::tempdir().unwrap();
        let (mut config, keys) = laid(temporary.path());
        config.network.addresses = vec!["/dns4/hub.example/tcp/7600".into()];
        assert_eq!(
            renew_if_due(&config, &keys, &BTreeSet::new(), LAID_AT).unwrap(),
            Renewal::Renewed
        );
        assert_eq!(held(&config).addresses, config.network.addresses);
    }

    #[test]
    fn a_port_that_the_machine_chose_is_published_once_it_is_known() {
        let temporary = tempfile::tempdir().unwrap();
        let (mut config, keys) = laid(temporary.path());
        config.network.listen = vec!["/ip4/127.0.0.1/tcp/0".into(), "/ip4/0.0.0.0/tcp/0".into()];
        let listened = ["/ip4/127.0.0.1/tcp/4711", "/ip4/10.0.0.7/tcp/4712"].map(str::to_owned);
        let renewal = renew_if_due(&config, &keys, &BTreeSet::from(listened), LAID_AT).unwrap();
        assert_eq!(renewal, Renewal::Renewed);
        assert_eq!(held(&config).addresses, ["/ip4/127.0.0.1/tcp/4711"]);
    }

    #[test]
    fn without_the_operator_key_it_is_told_and_nothing_is_written() {
        let temporary = tempfile::tempdir().unwrap();
        let (config, mut keys) = laid(temporary.path());
        keys.roles.remove(&Duty::Operator);
        assert_eq!(
            renew_if_due(&config, &keys, &BTreeSet::new(), LAID_AT.plus(60 * DAY)).unwrap(),
            Renewal::NoOperatorKey
        );
        assert_eq!(held(&config).revision, 0);
    }
}
