//! `ewtp peer`: the hubs this node carries, those of them that officers here accept, and the nodes it is connected to.

mod pin;

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
        PeerCommand::Pin(arguments) => pin::answer(folder, arguments, output),
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
        return Err(recognition_is_not_built(&typed).into());
    }
    if typed.hub == config.hub {
        return Err(Failure::new(USAGE, format!("{} is this hub itself", config.hub))
            .next("ewtp peer ls")
            .into());
    }
    let known = config.carry.iter().find(|known| known.hub == typed.hub);
    let carried = with_known_addresses(known, typed);
    let edit = Edit::prepare(folder, |text| Ok(with_carried(folder, text, &carried)?))?;
    // The node is told first: what it refuses must not stand in the file at its next start.
    let told = tell_running_node(folder, &carried)?;
    if !told && let Some(known) = known.filter(|known| known.genesis != carried.genesis) {
        return Err(carried_otherwise(known, &carried).into());
    }
    edit.write()?;
    let when = if told { "now" } else { "from the next `ewtp run` on" };
    if output.is_json() {
        return output.object(&json!({
            "schema": "ewtp.peer-added/1", "hub": carried.hub.to_string(), "genesis": carried.genesis.to_string(),
            "addresses": carried.addresses, "active": when == "now",
        }));
    }
    output.line(format!("{} is carried {when}", carried.hub))?;
    let pin = output.remedy(&format!("ewtp peer pin {}", carried.hub));
    note(
        output,
        format!("Carrying is not trusting: to have officers here accept its records: {pin}"),
    );
    Ok(())
}

/// A flag that did nothing would be worse than none: an operator would believe that officers now accept the hub.
fn recognition_is_not_built(typed: &Carried) -> Failure {
    let message = "recognising a hub by a signed statement is not built yet; nothing was changed";
    let next = format!("add it without --recognise; then: ewtp peer pin {}", typed.hub);
    Failure::new(USAGE, message).field("--recognise").next(next)
}

/// What was typed, with the addresses known so far if none were.
fn with_known_addresses(known: Option<&Carried>, typed: Carried) -> Carried {
    match known {
        Some(known) if typed.addresses.is_empty() => Carried {
            addresses: known.addresses.clone(),
            ..typed
        },
        _ => typed,
    }
}

/// Whether charters are held under the genesis that was typed before only a running node says; so without one it stays, because
/// the good one would be lost.
fn carried_otherwise(known: &Carried, typed: &Carried) -> Failure {
    let (hub, held, given) = (known.hub, known.genesis, typed.genesis);
    let message = format!("{hub} is carried with genesis {held}; you typed {given}; nothing was changed");
    let at = if typed.addresses.is_empty() { "" } else { "@" };
    let next = format!(
        "if the first was mistyped, or {hub} began anew: ewtp peer rm {hub}, then ewtp peer add {hub}={given}{at}{}",
        typed.addresses.join(",")
    );
    Failure::new("carried-otherwise", message).next(next)
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

/// A new text of a file that a person wrote, found readable and not yet written.
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
        let beside = self.path.with_added_extension("new");
        let writing = || format!("cannot write {}", self.path.display());
        std::fs::write(&beside, &self.text).with_context(writing)?;
        std::fs::rename(&beside, &self.path).with_context(writing)
    }
}
