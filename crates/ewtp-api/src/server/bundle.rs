//! The bundle of an officer: a record with its receipt and the charter chains that its checks need.

use super::{held, receipt};
use crate::problem::Problem;
use bytes::Bytes;
use ewtp_federation::{CosignedCheckpoint, SignedCheckpoint, WitnessSignature};
use ewtp_record::cbor::Octets;
use ewtp_record::{HubCode, LogId, RecordId};
use ewtp_store::Reader;
use ewtp_trust::Directory;
use ewtp_verify::{Bundle, Receipt, WitnessCosignature};
use std::collections::BTreeSet;

/// The bundle file of a record.
pub(super) fn assemble(reader: &Reader, directory: &Directory, id: &RecordId) -> Result<Bytes, Problem> {
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
    let bundle = Bundle {
        record: record.bytes().clone(),
        receipt: Some(receipt),
        chains: hubs.into_iter().filter_map(chain).collect(),
    };
    Ok(bundle.encode().into())
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
        Problem::new("not-yet-covered", message).next("ask again in a second; if that lasts: ewtp status")
    })
}
