//! Waiting for the witnesses of a record, and telling who is missing: what `cert bundle` and `tariff quote --receipt` write
//! is shown to officers, who leave undecided what too few have seen.

use crate::output::{Output, WARN, note};
use anyhow::Context;
use ewtp_api::{WITNESS_WAIT_MAX, Witnesses};
use ewtp_record::{HubCode, NetName, Record};
use ewtp_trust::CharterChain;
use ewtp_verify::Bundle;
use std::io::IsTerminal;
use std::time::Duration;

/// A node that need not wait has answered by then; a person is told of a longer wait.
const TOLD_AFTER: Duration = Duration::from_millis(300);

/// The answer of a node that waits for witnesses.
pub(super) async fn awaited<T>(output: &Output, answer: impl Future<Output = T>) -> T {
    let mut answer = std::pin::pin!(answer);
    if let Ok(answer) = tokio::time::timeout(TOLD_AFTER, answer.as_mut()).await {
        return answer;
    }
    if std::io::stderr().is_terminal() {
        let seconds = WITNESS_WAIT_MAX.as_secs();
        note(output, format!("waiting up to {seconds} s for the witnesses …"));
    }
    answer.await
}

/// The witnesses of a bundle's checkpoint, by the charter that its receipt names.
pub(super) fn of_bundle(bytes: &[u8], net: &NetName) -> anyhow::Result<Witnesses> {
    let bundle = Bundle::decode(bytes).context("something that is no bundle")?;
    let issuer = Record::decode(bundle.record.clone())
        .context("a bundle without a record")?
        .header()
        .issuer;
    let receipt = bundle.receipt.as_ref().context("the bundle has no receipt")?;
    let charters = bundle
        .chain(&issuer)
        .context("the bundle lacks the issuer's charters")?;
    let charters = charters
        .iter()
        .cloned()
        .map(Record::decode)
        .collect::<Result<Vec<_>, _>>()?;
    let chain = CharterChain::from_records(&charters, net).context("the issuer's charters in the bundle")?;
    let charter = chain
        .at(receipt.charter)
        .context("the bundle lacks the charter that its receipt names")?;
    Ok(Witnesses::among(charter.panel(), &receipt.cosignatures))
}

/// Says on standard error what an officer will lack; whether that is nothing.
pub(super) fn advise(witnesses: &Witnesses, output: &Output) -> bool {
    let warn = |text: String| note(output, output.paint(WARN, text));
    if witnesses.need == 0 {
        warn(
            "The issuer's charter names no panel: nobody witnesses its log, and officers will see `undecided`.".into(),
        );
    } else if !witnesses.is_enough() {
        warn(format!(
            "Not witnessed by {} yet: an officer who pins all of the panel will see `undecided`. Write it again in a while; `{}` \
             shows who is connected.",
            names(&witnesses.missing),
            output.remedy("ewtp status")
        ));
    }
    witnesses.need > 0 && witnesses.is_enough()
}

/// Hubs as people read them.
pub(super) fn names(hubs: &[HubCode]) -> String {
    hubs.iter().map(HubCode::as_str).collect::<Vec<_>>().join(", ")
}
