//! `ewtp peer`: the hubs this node carries and the nodes it is connected to.

use super::node;
use super::status::waits;
use crate::cli::{PeerAddArgs, PeerCommand, PeerRmArgs};
use crate::output::{Output, note};
use anyhow::Context;
use ewtp_api::{NewPeer, PeerList};
use ewtp_node::config::edit::{with_carried, without_carried};
use ewtp_node::config::{Carried, Config};
use ewtp_node::failure::{Failure, USAGE};
use ewtp_node::folder::Folder;
use ewtp_node::init::parse_carried;
use serde_json::json;
use std::path::PathBuf;
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
    let PeerList { peers, waiting, .. } =
        node::ask(folder, async |client| Ok(client.peers().await.map_err(node::told)?))?;
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
    for waiting in &waiting {
        if output.is_json() {
            output.object(&json!({
                "schema": "ewtp.peer-waiting/1", "hub": waiting.hub.to_string(), "genesis": waiting.genesis.to_string(),
                "peer_id": waiting.peer_id, "address": waiting.address, "since": waiting.since, "next": waiting.next,
            }))?;
        } else {
            output.line(waits(waiting))?;
            output.line(format!("    do: {}", output.remedy(&waiting.next)))?;
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
    let config = Config::load(folder)?;
    let typed = parse_carried(&arguments.peer)?;
    if arguments.recognise {
        return Err(recognition_is_not_built(folder, &typed).into());
    }
    if typed.hub == config.hub {
        return Err(Failure::new(USAGE, format!("{} is this hub itself", config.hub))
            .next("ewtp peer ls")
            .into());
    }
    let carried = beside_what_is_carried(&config, typed)?;
    let edit = Edit::prepare(folder, |text| Ok(with_carried(folder, text, &carried)?))?;
    // The node is told first: what it refuses must not stand in the file at its next start.
    let told = tell_running_node(folder, &carried)?;
    edit.write()?;
    let when = if told { "now" } else { "from the next `ewtp run` on" };
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

/// A flag that did nothing would be worse than none: an operator would believe that officers now accept the hub.
fn recognition_is_not_built(folder: &Folder, typed: &Carried) -> Failure {
    let Carried { hub, genesis, .. } = typed;
    let message = "recognising a hub by a signed statement is not built yet; nothing was changed";
    let policy = folder.policy().display().to_string();
    let next = format!("add it without --recognise; then write \"{hub}\":\"{genesis}\" into \"pins\" of {policy}");
    Failure::new(USAGE, message).field("--recognise").next(next)
}

/// What was typed, with the addresses known so far if none were; another genesis for a carried hub is refused, because
/// the good one would be lost.
fn beside_what_is_carried(config: &Config, typed: Carried) -> anyhow::Result<Carried> {
    let Some(known) = config.carry.iter().find(|carried| carried.hub == typed.hub) else {
        return Ok(typed);
    };
    if known.genesis != typed.genesis {
        let (hub, held, given) = (known.hub, known.genesis, typed.genesis);
        let message = format!("{hub} is carried with genesis {held}; you typed {given}; nothing was changed");
        let next = format!("if {hub} began anew: ewtp peer rm {hub}, restart the node, and add it again");
        return Err(Failure::new("carried-otherwise", message).next(next).into());
    }
    let addresses = match typed.addresses.is_empty() {
        true => known.addresses.clone(),
        false => typed.addresses,
    };
    Ok(Carried { addresses, ..typed })
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
        Err(error) => Err(error).context("the running node refused it; ewtp.toml is as it was"),
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
    let edit = Edit::prepare(folder, |text| {
        Ok(without_carried(folder, text, hub)?.unwrap_or_else(|| text.to_owned()))
    })?;
    edit.write()?;
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

/// A new text of `ewtp.toml`, found readable and not yet written.
struct Edit {
    path: PathBuf,
    text: String,
}

impl Edit {
    fn prepare(folder: &Folder, edit: impl FnOnce(&str) -> anyhow::Result<String>) -> anyhow::Result<Self> {
        let path = folder.config();
        let text = std::fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
        let text = edit(&text)?;
        Ok(Self { path, text })
    }

    /// Replaces the file in one step, so that a crash leaves the old or the new text and nothing between.
    fn write(self) -> anyhow::Result<()> {
        let beside = self.path.with_extension("toml.new");
        let writing = || format!("cannot write {}", self.path.display());
        std::fs::write(&beside, &self.text).with_context(writing)?;
        std::fs::rename(&beside, &self.path).with_context(writing)
    }
}
