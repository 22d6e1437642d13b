//! `ewtp log export`: a log as static files in C2SP tile geometry, so that a plain web server can mirror it and tools
//! that others wrote can audit it.
//!
//! The checkpoint is written last: a folder without one was not finished.

use crate::cli::ExportArgs;
use crate::commands::node;
use crate::output::Output;
use anyhow::Context;
use ewtp_api::{Client, ClientError};
use ewtp_log::{Cosignature, SIGNATURE_BYTES, TileKind, TilePath, entry_bundle, tile_bytes, witness_name};
use ewtp_node::config::Config;
use ewtp_node::failure::Failure;
use ewtp_node::folder::Folder;
use ewtp_node::init::read_charters;
use ewtp_record::{HubCode, LogId, Record};
use ewtp_store::{Reader, Store};
use ewtp_trust::CharterChain;
use serde_json::json;
use std::collections::BTreeMap;
use std::path::Path;

/// Writes the tree of a log.
pub(super) fn answer(folder: &Folder, arguments: &ExportArgs, output: &Output) -> anyhow::Result<()> {
    refuse_to_mix(&arguments.to)?;
    let hub = node::hub_or_own(folder, arguments.hub.as_deref())?;
    let from_node = node::ask(folder, async |client| match client.checkpoint(hub).await {
        Ok(note) => from_node(&client, hub, &note, &arguments.to).await.map(Some),
        Err(ClientError::NotRunning { .. }) => Ok(None),
        Err(fault) => Err(node::told(fault).into()),
    });
    let size = match from_node {
        Ok(Some(size)) => size,
        Ok(None) => from_folder(folder, hub, &arguments.to)?,
        Err(error) if node::is_not_running(&error) => from_folder(folder, hub, &arguments.to)?,
        Err(error) => return Err(error),
    };
    if output.is_json() {
        return output.object(&json!({
            "schema": "ewtp.log-export/1", "hub": hub.as_str(), "size": size, "dir": arguments.to.display().to_string(),
        }));
    }
    output.line(format!("{size} records of {hub} in {}", arguments.to.display()))
}

fn refuse_to_mix(to: &Path) -> anyhow::Result<()> {
    match std::fs::read_dir(to).map(|mut entries| entries.next().is_some()) {
        Ok(true) => {
            let message = format!("{} is not empty: two exports must not mix", to.display());
            Err(Failure::new("folder-exists", message).next("name a new folder").into())
        }
        _ => Ok(()),
    }
}

async fn from_node(client: &Client, hub: HubCode, note: &str, to: &Path) -> anyhow::Result<u64> {
    let (checkpoint, _) = super::read_note(note)?;
    for path in TilePath::all(checkpoint.size) {
        write(to, &path.to_string(), &super::fetch(client, hub, &path).await?)?;
    }
    write(to, "checkpoint", note.as_bytes())?;
    Ok(checkpoint.size)
}

/// Reads the ledger itself, while no node runs.
fn from_folder(folder: &Folder, hub: HubCode, to: &Path) -> anyhow::Result<u64> {
    let config = Config::load(folder)?;
    let (Store { reader, .. }, restored) = Store::open(folder.root(), &config.store_options())?;
    let missing = || Failure::new("not-found", format!("this folder holds no checkpoint of {hub}")).next("ewtp status");
    let newest = reader.checkpoint(hub).ok_or_else(missing)?;
    // The cosigned one is what others can rely on; the newest signed one may be ahead of it by a moment.
    let cosigned = reader.cosigned(hub).filter(|cosigned| cosigned.checkpoint == newest);
    let mut chains = BTreeMap::new();
    for (hub, records) in &restored.charters {
        let records = records
            .iter()
            .map(|bytes| Record::decode(bytes.clone()))
            .collect::<Result<Vec<_>, _>>()?;
        chains.insert(*hub, CharterChain::from_records(&records, &config.net)?);
    }
    chains.entry(config.hub).or_insert(read_charters(folder, &config.net)?);
    let charter = chains.get(&hub).and_then(|chain| chain.at(newest.charter.number));
    let charter = charter.with_context(|| format!("charter {} of {hub} is not held", newest.charter.number))?;
    let witnesses: Vec<_> = cosigned.iter().flat_map(|cosigned| &cosigned.cosignatures).collect();
    let names: Vec<String> = witnesses
        .iter()
        .map(|entry| witness_name(config.net.as_str(), entry.hub.as_str()))
        .collect();
    let mut cosigners = Vec::new();
    for (entry, name) in witnesses.iter().zip(&names) {
        let key = chains.get(&entry.hub).and_then(|chain| chain.newest().witness_key());
        let signature: [u8; SIGNATURE_BYTES] = entry.signature;
        cosigners.extend(key.map(|key| {
            (
                name.as_str(),
                key.dalek(),
                Cosignature {
                    time: entry.time.0,
                    signature,
                },
            )
        }));
    }
    let signed = ewtp_log::NotedCheckpoint {
        checkpoint: newest.note(&config.net, hub),
        signature: newest.signature,
    };
    let note = signed.to_note(charter.log_key().dalek(), &cosigners);
    write_tiles(
        &reader,
        LogId {
            hub,
            epoch: newest.epoch,
        },
        newest.size,
        to,
    )?;
    write(to, "checkpoint", note.to_string().as_bytes())?;
    Ok(newest.size)
}

fn write_tiles(reader: &Reader, log: LogId, size: u64, to: &Path) -> anyhow::Result<()> {
    let tree = reader.tree(log, size)?;
    for path in TilePath::all(size) {
        let (first, end) = path.span();
        let bytes = match path.kind {
            TileKind::Entries => entry_bundle(&reader.range(log, first, end)?)?,
            TileKind::Hashes(0) => tile_bytes(&reader.leaves(log, first, end)?),
            TileKind::Hashes(_) => tile_bytes(tree.tile(&path).context("the tree lacks a tile of its own size")?),
        };
        write(to, &path.to_string(), &bytes)?;
    }
    Ok(())
}

fn write(to: &Path, name: &str, bytes: &[u8]) -> anyhow::Result<()> {
    let path = to.join(name);
    let writing = || format!("cannot write {}", path.display());
    let folder = path.parent().expect("a file in a folder");
    std::fs::create_dir_all(folder).with_context(writing)?;
    std::fs::write(&path, bytes).with_context(writing)
}
