//! What must be true at the end of every run, whatever went wrong in it.

use std::collections::BTreeMap;

use bytes::Bytes;
use ewtp_log::leaf_hash;
use ewtp_record::{LogId, Position, Record, RecordKind};
use ewtp_trust::{Authority, examine};

use crate::world::World;

/// Checks the copies against each other, the acknowledgements against the copies, and each record's signature and
/// authority. Adds what is broken to the observer's violations.
pub(crate) fn check(world: &mut World) {
    let longest = longest_copies(world);
    let mut broken = copies_are_prefixes(world, &longest);
    broken.extend(acknowledged_is_there(world, &longest));
    broken.extend(every_record_is_sound(world, &longest));
    world.observer.violations.extend(broken);
}

type Copies = BTreeMap<LogId, Vec<Bytes>>;

fn longest_copies(world: &World) -> Copies {
    let mut longest = Copies::new();
    for hub in &world.hubs {
        for (log, copy) in &hub.disk.logs {
            let known = longest.entry(*log).or_default();
            if copy.records.len() > known.len() {
                known.clone_from(&copy.records);
            }
        }
    }
    longest
}

/// Invariant 3.
fn copies_are_prefixes(world: &World, longest: &Copies) -> Vec<String> {
    let differ = |hub: &crate::hub::Hub| {
        let logs = hub
            .disk
            .logs
            .iter()
            .filter(|(log, copy)| !longest[log].starts_with(&copy.records));
        logs.map(|(log, _)| format!("{} holds another history of {}", hub.identity.hub, log.hub))
            .collect::<Vec<_>>()
    };
    world.hubs.iter().flat_map(differ).collect()
}

/// Invariant 5: what was acknowledged is at its position, at the hub that acknowledged it.
fn acknowledged_is_there(world: &World, longest: &Copies) -> Vec<String> {
    let acknowledged = world.observer.acknowledged.iter();
    let lost = acknowledged.filter(|(id, Position { hub, epoch, index })| {
        let log = longest.get(&LogId {
            hub: *hub,
            epoch: *epoch,
        });
        let record = log.and_then(|records| records.get(usize::try_from(*index).ok()?));
        record.is_none_or(|record| leaf_hash(record).0 != *id.as_bytes())
    });
    lost.map(|(id, position)| format!("acknowledged record {id} is not at {position}"))
        .collect()
}

/// Invariant 2, by the code that a node examines with.
fn every_record_is_sound(world: &World, longest: &Copies) -> Vec<String> {
    let directory = world.hubs.iter().find_map(|hub| hub.directory.clone());
    let Some(directory) = directory else {
        return vec!["no hub is left".to_owned()];
    };
    let mut broken = Vec::new();
    for (log, records) in longest {
        let Some(chain) = directory.chain(log.hub) else {
            broken.push(format!("the charters of {} are unknown", log.hub));
            continue;
        };
        let mut authority = Authority::new(*log, chain.clone());
        for (index, bytes) in records.iter().enumerate() {
            let position = Position {
                hub: log.hub,
                epoch: log.epoch,
                index: index as u64,
            };
            broken.extend(unsound(bytes, position, &mut authority));
        }
    }
    broken
}

fn unsound(bytes: &Bytes, position: Position, authority: &mut Authority) -> Option<String> {
    let record = match Record::decode(bytes.clone()) {
        Ok(record) => record,
        Err(error) => return Some(format!("{position} does not decode: {error}")),
    };
    if record.header().kind == RecordKind::CHARTER
        && let Err(fault) = authority.note_charter(position.index, &record)
    {
        return Some(format!("{position}: {fault:?}"));
    }
    let finding = examine(&record, position, authority);
    (!finding.is_sound()).then(|| format!("{position} is {}", finding.standing.code()))
}
