//! The bundle of an officer: a record with its receipt and the charter chains that its checks need.
//!
//! A record that was issued a moment ago is not witnessed yet, and its bundle would leave the officer undecided; so whoever
//! asks for one may wait a little for the panel.

use super::{Api, held, receipt};
use crate::problem::Problem;
use crate::witnesses::{WITNESS_WAIT_MAX, Witnesses};
use ewtp_federation::{CosignedCheckpoint, SignedCheckpoint, WitnessSignature};
use ewtp_record::cbor::Octets;
use ewtp_record::{HubCode, LogId, RecordId};
use ewtp_store::Reader;
use ewtp_trust::Directory;
use ewtp_verify::{Bundle, Receipt, WitnessCosignature};
use serde::Deserialize;
use std::collections::BTreeSet;
use std::time::Duration;
use tokio::time::Instant;

/// No signed checkpoint covers the record.
const NOT_COVERED: &str = "not-yet-covered";

/// How often the store is looked at while the witnesses are waited for.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// How many seconds the witnesses are waited for, as a query says it: at most [`WITNESS_WAIT_MAX`].
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(try_from = "u64")]
pub(super) struct Wait(Duration);

impl Wait {
    pub(super) const NONE: Self = Self(Duration::ZERO);
    pub(super) const LONGEST: Self = Self(WITNESS_WAIT_MAX);
}

impl TryFrom<u64> for Wait {
    type Error = String;

    fn try_from(seconds: u64) -> Result<Self, String> {
        let wait = Duration::from_secs(seconds);
        let most = WITNESS_WAIT_MAX.as_secs();
        let is_bounded = wait <= WITNESS_WAIT_MAX;
        is_bounded
            .then_some(Self(wait))
            .ok_or_else(|| format!("wait is {seconds} seconds, and must be 0 to {most}"))
    }
}

/// The bundle of a record once enough of its panel cosigned; when the time is over, as it is then.
pub(super) async fn awaited(api: &Api, id: RecordId, Wait(wait): Wait) -> Result<Bundle, Problem> {
    let ends = Instant::now() + wait;
    loop {
        let directory = api.directory.borrow().clone();
        let newest = api.read(move |reader| assemble(reader, &directory, &id)).await;
        let is_last = Instant::now() + LOOK_EVERY > ends;
        match newest {
            Ok((bundle, witnesses)) if is_last || witnesses.is_enough() => return Ok(bundle),
            Err(problem) if is_last || problem.code != NOT_COVERED => return Err(problem),
            _ => tokio::time::sleep(LOOK_EVERY).await,
        }
    }
}

/// The bundle of a record as it is now, and who has witnessed it.
fn assemble(reader: &Reader, directory: &Directory, id: &RecordId) -> Result<(Bundle, Witnesses), Problem> {
    let (position, record) = held::record(reader, id)?;
    let CosignedCheckpoint {
        checkpoint,
        cosignatures,
    } = covering(reader, position.log(), position.index)?;
    let path = receipt::inclusion(reader, position.log(), position.index, checkpoint.size)?.path;
    let hubs: BTreeSet<_> = cosignatures.iter().map(|by| by.hub).chain([position.hub]).collect();
    let receipt = Receipt {
        epoch: checkpoint.epoch,
        charter: checkpoint.charter.number,
        size: checkpoint.size,
        index: position.index,
        path,
        signature: Octets(checkpoint.signature),
        cosignatures: cosignatures.iter().map(cosignature).collect(),
    };
    let chain = |hub: HubCode| {
        let records = directory.chain(hub)?.records();
        Some((hub, records.iter().map(|record| record.bytes().clone()).collect()))
    };
    let charters = directory.chain(position.hub);
    let charter = charters.and_then(|chain| chain.at(receipt.charter));
    let panel = charter.map(|charter| charter.panel()).unwrap_or_default();
    let witnesses = Witnesses::among(panel, &receipt.cosignatures);
    let bundle = Bundle {
        record: record.bytes().clone(),
        receipt: Some(receipt),
        chains: hubs.into_iter().filter_map(chain).collect(),
    };
    Ok((bundle, witnesses))
}

fn cosignature(by: &WitnessSignature) -> WitnessCosignature {
    WitnessCosignature {
        hub: by.hub,
        time: by.time,
        signature: Octets(by.signature),
    }
}

/// The newest cosigned checkpoint that covers `index`, else the newest signed one that does.
fn covering(reader: &Reader, log: LogId, index: u64) -> Result<CosignedCheckpoint, Problem> {
    let covers = |checkpoint: &SignedCheckpoint| checkpoint.size > index;
    let cosigned = held::cosigned(reader, log).filter(|cosigned| covers(&cosigned.checkpoint));
    let signed = || {
        let checkpoint = held::signed(reader, log).filter(covers)?;
        Some(CosignedCheckpoint {
            checkpoint,
            cosignatures: Vec::new(),
        })
    };
    cosigned.or_else(signed).ok_or_else(|| {
        let message = format!("no signed checkpoint covers {} yet", log.at(index));
        Problem::new(NOT_COVERED, message).next("ask again in a second; if that lasts: ewtp status")
    })
}
