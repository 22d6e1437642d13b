//! What a node starts from: the state of every log, read from the index and not from the whole ledger.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use bytes::Bytes;
use ewtp_federation::{Restored, RestoredLog};
use ewtp_record::{Body, HubCode, LogId, Record, RecordKind};

use crate::error::StoreError;
use crate::index::rows::{self, Table};
use crate::reader::{RANGE_RECORDS_MAX, Reader};
use crate::shared::LogState;

/// Everything the engine needs to go on where it stopped.
pub(crate) fn restored(reader: &Reader) -> Result<Restored, StoreError> {
    let logs = reader
        .logs()
        .into_iter()
        .map(|log| restored_log(reader, log))
        .collect::<Result<Vec<_>, _>>()?;
    Ok(Restored {
        logs,
        charters: charters(reader)?,
        manifests: manifests(reader)?,
    })
}

fn restored_log(reader: &Reader, log: LogId) -> Result<RestoredLog, StoreError> {
    let state = reader.state(log);
    let tree = reader.tree(log, state.size)?;
    let charter = if reader.shared().own == Some(log.hub) {
        newest_charter(reader, log, &state)?
    } else {
        None
    };
    let mut facts = state.facts;
    facts.checkpoint.take_if(|checkpoint| checkpoint.size > state.size);
    let checkpoint_range = facts
        .checkpoint
        .as_ref()
        .map(|checkpoint| reader.compact_range(log, &tree, checkpoint.size))
        .transpose()?;
    Ok(RestoredLog {
        log,
        tree,
        bytes: state.bytes,
        facts,
        checkpoint_range,
        examined_to: state.examined.to,
        charter,
    })
}

/// Number of the newest charter in our own log, whose log key signs. What the newest checkpoint names is the newest below
/// its size, and a batch at most lies above. // spec: checkpoint R7
fn newest_charter(reader: &Reader, log: LogId, state: &LogState) -> Result<Option<u32>, StoreError> {
    let checkpoint = state.facts.checkpoint.as_ref();
    let mut newest = checkpoint.map(|checkpoint| checkpoint.charter.number);
    let mut from = checkpoint.map_or(0, |checkpoint| checkpoint.size);
    while from < state.size {
        let to = state.size.min(from + RANGE_RECORDS_MAX);
        let records = reader.range(log, from, to)?.into_iter();
        let charter = |bytes| {
            Record::decode(bytes)
                .ok()
                .filter(|record| record.header().kind == RecordKind::CHARTER)
        };
        newest = records
            .rev()
            .find_map(charter)
            .map(|record| record.header().revision)
            .or(newest);
        from = to;
    }
    Ok(newest)
}

fn charters(reader: &Reader) -> Result<Vec<(HubCode, Vec<Bytes>)>, StoreError> {
    let mut charters: BTreeMap<HubCode, Vec<Bytes>> = BTreeMap::new();
    let (low, high) = rows::whole(Table::Charter);
    reader.shared().index.scan(&low, &high, |key, value| {
        let hub = rows::charter_hub(key).ok_or_else(|| StoreError::index_damaged("a charter row cannot be read"))?;
        charters.entry(hub).or_default().push(Bytes::copy_from_slice(value));
        Ok(ControlFlow::Continue(()))
    })?;
    Ok(charters.into_iter().collect())
}

/// The newest sound manifest of each node, by hub.
fn manifests(reader: &Reader) -> Result<Vec<(HubCode, Bytes)>, StoreError> {
    let mut newest = BTreeMap::new();
    for log in reader.logs() {
        for index in manifest_indexes(reader, log)? {
            let bytes = reader.record(&log.at(index))?;
            let Some(record) = bytes.and_then(|bytes| Record::decode(bytes).ok()) else {
                continue;
            };
            let Ok(Body::Manifest(manifest)) = record.body() else {
                continue;
            };
            let header = record.header();
            // spec: trust R20
            let rank = (header.revision, header.issued_at);
            let node = (log.hub, manifest.node);
            let known = newest.get(&node).is_some_and(|(known, _)| *known >= rank);
            if !known {
                newest.insert(node, (rank, record.bytes().clone()));
            }
        }
    }
    Ok(newest.into_iter().map(|((hub, _), (_, bytes))| (hub, bytes)).collect())
}

fn manifest_indexes(reader: &Reader, log: LogId) -> Result<Vec<u64>, StoreError> {
    let state = reader.state(log);
    let Some(number) = state.number else {
        return Ok(Vec::new());
    };
    let mut indexes = Vec::new();
    let (low, high) = (
        rows::row_key(Table::Manifest, number, 0),
        rows::row_key(Table::Manifest, number, state.examined.to),
    );
    reader.shared().index.scan(&low, &high, |key, _| {
        indexes.extend(rows::row_index(key));
        Ok(ControlFlow::Continue(()))
    })?;
    Ok(indexes)
}
