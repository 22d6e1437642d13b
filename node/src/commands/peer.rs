//! `ewtp peer`: the hubs this node carries and the nodes it is connected to.

use super::node;
use crate::cli::{PeerAddArgs, PeerCommand, PeerRmArgs};
use crate::output::{Output, note};
use anyhow::Context;
use ewtp_api::NewPeer;
use ewtp_node::config::edit::{with_carried, without_carried};
use ewtp_node::config::{Carried, Config};
use ewtp_node::failure::{Failure, USAGE};
use ewtp_node::folder::Folder;
use ewtp_node::init::parse_carried;
use serde_json::json;
use std::process::ExitCode;

/// Answers one of the subcommands.
pub(crate) fn answer(folder: &Folder, command: &PeerCommand, output: &Output) -> anyhow::Result<ExitCode> {
    match command {
        PeerCommand::Ls => ls(folder, output),
        PeerCommand::Add(arguments) => add(folder, arguments, output),
        PeerCommand::Rm(arguments) => rm(folder, arguments, output),
    }
    .map(|()| ExitCode::SUCCESS)
}

fn ls(folder: &Folder, output: &Output) -> anyhow::Result<()> {
    let peers = node::ask(folder, async |client| {
        Ok(client.peers().await.map_err(node::told)?.peers)
    })?;
    for peer in &peers {
        if output.is_json() {
            output.object(&json!({
                "schema": "ewtp.peer/1", "peer_id": peer.peer_id, "hub": peer.hub.to_string(), "address": peer.address,
            }))?;
        } else {
            output.line(format!(
                "{:<11} {}  {}",
                peer.hub.to_string(),
                peer.peer_id,
                peer.address
            ))?;
        }
    }
    if peers.is_empty() {
        note(
            output,
            "nobody is connected; `ewtp peer add HUB=GENESIS@MULTIADDR` carries a hub and dials it",
        );
    }
    Ok(())
}

fn add(folder: &Folder, arguments: &PeerAddArgs, output: &Output) -> anyhow::Result<()> {
    let carried = parse_carried(&arguments.peer)?;
    let own = Config::load(folder)?.hub;
    if carried.hub == own {
        return Err(Failure::new(USAGE, format!("{own} is this hub itself"))
            .next("ewtp peer ls")
            .into());
    }
    rewrite(folder, |text| Ok(with_carried(folder, text, &carried)?))?;
    let told = tell_running_node(folder, &carried);
    let when = if told? { "now" } else { "from the next `ewtp run` on" };
    if output.is_json() {
        return output.object(&json!({
            "schema": "ewtp.peer-added/1", "hub": carried.hub.to_string(), "genesis": carried.genesis.to_string(),
            "addresses": carried.addresses, "active": when == "now",
        }));
    }
    output.line(format!("{} is carried {when}", carried.hub))?;
    note(
        output,
        "Carrying is not trusting: to accept its records, pin its genesis in policy.json.",
    );
    Ok(())
}

/// Tells the node, if one runs; whether it does.
fn tell_running_node(folder: &Folder, carried: &Carried) -> anyhow::Result<bool> {
    let peer = NewPeer {
        hub: Some(carried.hub),
        genesis: Some(carried.genesis),
        addresses: carried.addresses.clone(),
    };
    let told = node::ask(folder, async |client| {
        Ok(client.add_peer(&peer).await.map_err(node::told)?)
    });
    match told {
        Ok(()) => Ok(true),
        Err(error) if node::is_not_running(&error) => Ok(false),
        Err(error) => Err(error).context("ewtp.toml has it, but the running node refused it"),
    }
}

fn rm(folder: &Folder, arguments: &PeerRmArgs, output: &Output) -> anyhow::Result<()> {
    let hub = node::hub(&arguments.hub)?;
    let addresses = Config::load(folder)?
        .carry
        .into_iter()
        .find(|carried| carried.hub == hub);
    let Some(carried) = addresses else {
        return Err(Failure::new("not-found", format!("{hub} is not carried"))
            .next("ewtp status")
            .into());
    };
    rewrite(folder, |text| {
        Ok(without_carried(folder, text, hub)?.unwrap_or_else(|| text.to_owned()))
    })?;
    for address in &carried.addresses {
        let told = node::ask(folder, async |client| {
            Ok(client.remove_peer(address).await.map_err(node::told)?)
        });
        if let Err(error) = told.or_else(|error| {
            if node::is_not_running(&error) {
                Ok(())
            } else {
                Err(error)
            }
        }) {
            note(output, format!("the running node still dials {address}: {error:#}"));
        }
    }
    if output.is_json() {
        return output.object(&json!({ "schema": "ewtp.peer-removed/1", "hub": hub.to_string() }));
    }
    output.line(format!(
        "{hub} is no longer carried after the next start; the records held stay"
    ))
}

/// Replaces `ewtp.toml` in one step, so that a crash leaves the old or the new text and nothing between.
fn rewrite(folder: &Folder, edit: impl FnOnce(&str) -> anyhow::Result<String>) -> anyhow::Result<()> {
    let path = folder.config();
    let text = std::fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
    let edited = edit(&text)?;
    let beside = path.with_extension("toml.new");
    let writing = || format!("cannot write {}", path.display());
    std::fs::write(&beside, edited).with_context(writing)?;
    std::fs::rename(&beside, &path).with_context(writing)
}
