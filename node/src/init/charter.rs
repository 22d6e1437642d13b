//! The signed papers of a new hub: its genesis charter and its first node manifest; and the charter file.

use super::{Plan, Seeds};
use crate::failure::Failure;
use crate::folder::Folder;
use crate::keys::KeyName;
use crate::manifest::SERVES_ALL;
use anyhow::Context;
use ewtp_record::cbor::{self, Blob, Limits, Octets};
use ewtp_record::charter::{Role, Transition};
use ewtp_record::{CharterBody, CharterId, Duty, Manifest, NetName, NodeKey, Record, SecretKey, UnixTime};
use ewtp_trust::CharterChain;
use sha2::{Digest, Sha256};

/// The first charter of a hub and the id that others pin.
#[derive(Clone, Debug)]
pub struct Genesis {
    /// The charter record.
    pub record: Record,
    /// Its id.
    pub id: CharterId,
}

/// Signs the genesis charter of a plan: by all its roots, and by every role key to show that it is held.
///
/// # Errors
/// When the plan breaks a rule of the charter; the message names it.
pub fn genesis(plan: &Plan, seeds: &Seeds) -> anyhow::Result<Genesis> {
    let body = body(plan, seeds);
    let roots: Vec<SecretKey> = (1..=plan.root_keys)
        .map(|number| seeds.secret(KeyName::Root(number)))
        .collect();
    let roles: Vec<SecretKey> = Duty::ALL
        .iter()
        .map(|duty| seeds.secret(KeyName::Role(*duty)))
        .collect();
    let signed = body.sign(&roots.iter().collect::<Vec<_>>(), &roles.iter().collect::<Vec<_>>());
    let broken = |error: &dyn std::fmt::Display| {
        Failure::new("charter", format!("this charter breaks a rule: {error}")).next("ewtp help init")
    };
    let record = signed.map_err(|error| broken(&error))?;
    // What is written is judged as a stranger would judge it: a charter that nobody accepts must not leave this machine.
    CharterChain::genesis(&record, &plan.config.net).map_err(|error| broken(&error))?;
    Ok(Genesis { record, id: body.id() })
}

fn body(plan: &Plan, seeds: &Seeds) -> CharterBody {
    let mut roots: Vec<_> = (1..=plan.root_keys)
        .map(|number| seeds.public(KeyName::Root(number)).to_bytes())
        .collect();
    roots.sort_unstable();
    let promised = |number| Octets(Sha256::digest(seeds.public(KeyName::NextRoot(number)).as_bytes()).into());
    let mut next_roots: Vec<Octets<32>> = (1..=plan.root_keys).map(promised).collect();
    next_roots.sort_unstable();
    let mut panel = plan.panel.clone();
    panel.sort_unstable();
    panel.dedup();
    let expires_at = UnixTime(plan.issued_at.0 + u64::from(plan.charter_days) * 86_400);
    CharterBody {
        net: plan.config.net,
        hub: plan.config.hub,
        number: 0,
        previous: None,
        issued_at: plan.issued_at,
        expires_at,
        roots,
        threshold: plan.threshold,
        next_roots,
        next_threshold: plan.threshold,
        roles: Duty::ALL
            .iter()
            .map(|duty| role(plan, seeds, *duty, expires_at))
            .collect(),
        revoked: Vec::new(),
        panel,
        transition: Transition::Genesis,
        display_name: plan.config.name.clone(),
    }
}

fn role(plan: &Plan, seeds: &Seeds, duty: Duty, not_after: UnixTime) -> Role {
    Role {
        key: seeds.public(KeyName::Role(duty)).to_bytes(),
        duty,
        not_before: plan.issued_at,
        not_after,
        life_max_seconds: life_days_max(duty) * 86_400,
    }
}

/// The longest life of what a duty's key signs, in days.
fn life_days_max(duty: Duty) -> u64 {
    match duty {
        Duty::Log | Duty::Witness => 30,   // a pulse shows life today; nobody needs an old one
        Duty::Operator | Duty::Pack => 90, // the longest life of a manifest
        Duty::Registrar => 732,            // 24 months, the longest life of a credential
        Duty::Recognise | Duty::Customs | Duty::Inspection | Duty::Permit | Duty::Tariff => 400,
    }
}

/// Signs the first manifest of a plan's node.
///
/// # Errors
/// When an address is too long or there are too many.
pub fn manifest(plan: &Plan, seeds: &Seeds) -> anyhow::Result<Record> {
    let manifest = Manifest {
        revision: 0,
        node: NodeKey(*seeds.public(KeyName::Node).as_bytes()),
        addresses: plan.addresses.clone(),
        roles: SERVES_ALL,
    };
    let name = plan.node_name.parse().context("the node's name")?;
    let operator = seeds.secret(KeyName::Role(Duty::Operator));
    crate::manifest::sign(&manifest, plan.config.hub, name, plan.issued_at, &operator)
}

/// Writes the charter chain of a folder: a CBOR array of charter records, oldest first.
///
/// # Errors
/// When the file cannot be written.
pub fn write_charters(folder: &Folder, charters: &[Record]) -> anyhow::Result<()> {
    let blobs: Vec<Blob> = charters.iter().map(|charter| Blob(charter.bytes().clone())).collect();
    super::write(&folder.charters(), &cbor::encode(&blobs))
}

/// Reads and verifies the charter chain of a folder.
///
/// # Errors
/// When the file is missing or is not a charter chain of `net`.
pub fn read_charters(folder: &Folder, net: &NetName) -> anyhow::Result<CharterChain> {
    let path = folder.charters();
    let reading = || format!("cannot use {}", path.display());
    let bytes = std::fs::read(&path).with_context(reading)?;
    let blobs: Vec<Blob> = cbor::decode(&bytes, &Limits::message(CharterChain::bytes_max())).with_context(reading)?;
    let records = blobs
        .into_iter()
        .map(|blob| Record::decode(blob.0))
        .collect::<Result<Vec<_>, _>>();
    CharterChain::from_records(&records.with_context(reading)?, net).with_context(reading)
}
