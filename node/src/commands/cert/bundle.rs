//! `ewtp cert bundle`: the file an officer verifies. A record that was issued a moment ago is not witnessed yet, so this
//! waits a little for its hub's panel, and says who is missing when the wait was not enough.

use crate::cli::BundleArgs;
use crate::commands::node;
use crate::output::{Output, WARN, note};
use anyhow::Context;
use bytes::Bytes;
use ewtp_api::{Client, ClientError, Problem};
use ewtp_node::config::Config;
use ewtp_node::folder::Folder;
use ewtp_record::{HubCode, NetName, Record, RecordId};
use ewtp_trust::{CharterChain, quorum_need};
use ewtp_verify::Bundle;
use serde_json::json;
use std::io::IsTerminal;
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

/// How long the witnesses are waited for: they cosign at most every 2 s, and their answer travels twice.
const WAIT_MAX: Duration = Duration::from_secs(5);
/// How often the node is asked meanwhile.
const ASK_EVERY: Duration = Duration::from_millis(100);

/// The witnesses of a bundle's checkpoint, by the panel of the charter that its receipt names.
#[derive(Debug, PartialEq, Eq)]
struct Witnesses {
    /// Panel hubs whose cosignature is in the bundle.
    have: Vec<HubCode>,
    /// How many of the panel make its quorum; 0 when the charter names no panel.
    need: usize,
    /// Panel hubs whose cosignature is not there.
    missing: Vec<HubCode>,
}

impl Witnesses {
    fn of(bytes: &[u8], net: &NetName) -> anyhow::Result<Self> {
        let bundle = Bundle::decode(bytes).context("the node answered with something that is no bundle")?;
        let issuer = Record::decode(bundle.record.clone())
            .context("the node answered with a bundle without a record")?
            .header()
            .issuer;
        let receipt = bundle.receipt.as_ref().context("the node's bundle has no receipt")?;
        let charters = bundle
            .chain(&issuer)
            .context("the node's bundle lacks the issuer's charters")?;
        let charters = charters
            .iter()
            .cloned()
            .map(Record::decode)
            .collect::<Result<Vec<_>, _>>()?;
        let chain = CharterChain::from_records(&charters, net).context("the issuer's charters in the bundle")?;
        let charter = chain
            .at(receipt.charter)
            .context("the node's bundle lacks the charter that its receipt names")?;
        let signed = |hub: &&HubCode| receipt.cosignatures.iter().any(|by| by.hub == **hub);
        let (have, missing): (Vec<_>, Vec<_>) = charter.panel().iter().partition(signed);
        Ok(Self {
            need: quorum_need(charter.panel().len()),
            have,
            missing,
        })
    }

    /// Whether waiting longer brings nothing that a verifier needs.
    fn is_enough(&self) -> bool {
        self.have.len() >= self.need
    }
}

/// Writes the bundle.
pub(crate) fn answer(folder: &Folder, arguments: &BundleArgs, output: &Output) -> anyhow::Result<ExitCode> {
    let id = node::record_id(&arguments.id)?;
    let net = Config::load(folder)?.net;
    let wait_max = if arguments.no_wait { Duration::ZERO } else { WAIT_MAX };
    let bytes = node::ask(folder, async |client| fetch(&client, &id, &net, wait_max, output).await)?;
    let witnesses = Witnesses::of(&bytes, &net)?;
    if arguments.out == Path::new("-") {
        output.raw(&bytes)?;
    } else {
        std::fs::write(&arguments.out, &bytes).with_context(|| format!("cannot write {}", arguments.out.display()))?;
        tell(arguments, &id, bytes.len(), &witnesses, output)?;
    }
    if !output.is_json() {
        advise(arguments, &witnesses, output);
    }
    Ok(ExitCode::SUCCESS)
}

/// The bundle, once enough of the panel cosigned or the time is over.
async fn fetch(
    client: &Client,
    id: &RecordId,
    net: &NetName,
    wait_max: Duration,
    output: &Output,
) -> anyhow::Result<Bytes> {
    let mut newest = client.bundle(id).await;
    let waiting = async {
        let mut told = false;
        while is_worth_waiting(&newest, net)? {
            if !told && std::io::stderr().is_terminal() {
                note(
                    output,
                    format!("waiting up to {} s for the witnesses …", wait_max.as_secs()),
                );
                told = true;
            }
            tokio::time::sleep(ASK_EVERY).await;
            newest = client.bundle(id).await;
        }
        anyhow::Ok(())
    };
    // When the time is over, what came last is the answer.
    if let Ok(ended) = tokio::time::timeout(wait_max, waiting).await {
        ended?;
    }
    Ok(newest.map_err(node::told)?)
}

fn is_worth_waiting(newest: &Result<Bytes, ClientError>, net: &NetName) -> anyhow::Result<bool> {
    match newest {
        Ok(bytes) => Ok(!Witnesses::of(bytes, net)?.is_enough()),
        Err(ClientError::Refused(problem)) => Ok(is_uncovered(problem)),
        Err(_) => Ok(false),
    }
}

fn is_uncovered(problem: &Problem) -> bool {
    problem.code == "not-yet-covered"
}

fn tell(
    arguments: &BundleArgs,
    id: &RecordId,
    bytes: usize,
    witnesses: &Witnesses,
    output: &Output,
) -> anyhow::Result<()> {
    let file = arguments.out.display();
    let Witnesses { have, need, missing } = witnesses;
    if output.is_json() {
        return output.object(&json!({
            "schema": "ewtp.bundle-file/1", "id": id.to_string(), "file": file.to_string(), "bytes": bytes,
            "quorum": { "have": have.len(), "need": need, "witnesses": have, "missing": missing },
        }));
    }
    output.line(format!(
        "{file} ({bytes} bytes), {} witnesses, {need} needed",
        have.len()
    ))
}

/// What the holder should know, on standard error.
fn advise(arguments: &BundleArgs, witnesses: &Witnesses, output: &Output) {
    let warn = |text: String| note(output, output.paint(WARN, text));
    if witnesses.need == 0 {
        warn(
            "The issuer's charter names no panel: nobody witnesses its log, and officers will see `undecided`.".into(),
        );
    } else if !witnesses.is_enough() {
        warn(format!(
            "Not witnessed by {} yet: officers will see `undecided`. Write it again in a while; `ewtp status` shows who is connected.",
            names(&witnesses.missing)
        ));
    } else if arguments.out != Path::new("-") {
        let file = arguments.out.display();
        note(
            output,
            format!("An officer checks it without a node: ewtp verify {file}"),
        );
    }
}

fn names(hubs: &[HubCode]) -> String {
    hubs.iter().map(HubCode::as_str).collect::<Vec<_>>().join(", ")
}
