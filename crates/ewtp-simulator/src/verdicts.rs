//! What must be true at the end of every run, whatever went wrong in it.
//!
//! Looked at here: the disks (invariants 2, 3, 5, 6 and 10) and the bounds (10). What hubs sign and whom they accuse (1 and
//! 4) is watched while they do it; that hubs agree (6) is waited for; that equal seeds run equally (11) is for whoever
//! runs a seed twice.

use std::collections::BTreeMap;

use bytes::Bytes;
use ewtp_log::leaf_hash;
use ewtp_record::{LogId, Position, Record, RecordId, RecordKind};
use ewtp_trust::{Authority, Directory, examine};

use crate::hub::Hub;
use crate::world::World;

#[cfg(test)]
mod tests;

/// Everything that is broken, in words.
pub(crate) fn check(world: &World) -> Vec<String> {
    let hubs = &world.hubs;
    let longest = longest_copies(hubs);
    let acknowledged = &world.observer.acknowledged;
    let mut broken = copies_are_prefixes(hubs, &longest);
    broken.extend(acknowledged_is_durable(hubs, acknowledged));
    broken.extend(acknowledged_is_everywhere(hubs, acknowledged));
    broken.extend(disks_hold_only_what_was_issued(hubs));
    broken.extend(every_hub_judges_alike(hubs));
    match hubs.iter().find_map(|hub| hub.directory.as_ref()) {
        Some(directory) => broken.extend(every_record_is_sound(directory, &longest)),
        None => broken.push("no hub is left".to_owned()),
    }
    broken.extend(world.observer.bounds.passed());
    broken
}

type Copies<'a> = BTreeMap<LogId, &'a [Bytes]>;

fn longest_copies(hubs: &[Hub]) -> Copies<'_> {
    let mut longest = Copies::new();
    for (log, copy) in hubs.iter().flat_map(|hub| &hub.disk.logs) {
        let known = longest.entry(*log).or_default();
        if copy.records.len() > known.len() {
            *known = &copy.records;
        }
    }
    longest
}

/// Invariant 3: copies of one log are prefixes of one another.
fn copies_are_prefixes(hubs: &[Hub], longest: &Copies<'_>) -> Vec<String> {
    let differ = |hub: &Hub| {
        let copies = hub.disk.logs.iter();
        let other = copies.filter(|(log, copy)| !longest[log].starts_with(&copy.records));
        other
            .map(|(log, _)| format!("{} holds another history of {}", hub.identity.hub, log.hub))
            .collect::<Vec<_>>()
    };
    hubs.iter().flat_map(differ).collect()
}

/// Invariant 5: what was acknowledged is on the disk of the hub that acknowledged it, at its position.
fn acknowledged_is_durable(hubs: &[Hub], acknowledged: &[(RecordId, Position)]) -> Vec<String> {
    let own: BTreeMap<_, _> = hubs.iter().map(|hub| (hub.identity.hub, hub)).collect();
    let lost = acknowledged.iter().filter(|(id, position)| {
        let record = own.get(&position.hub).and_then(|hub| hub.disk.record(position));
        record.is_none_or(|record| leaf_hash(record).0 != *id.as_bytes())
    });
    lost.map(|(id, position)| format!("acknowledged record {id} is not at {position}"))
        .collect()
}

/// Invariant 6: once hubs agree, every acknowledged record has reached every hub. That it is the same record follows
/// from the prefixes.
fn acknowledged_is_everywhere(hubs: &[Hub], acknowledged: &[(RecordId, Position)]) -> Vec<String> {
    let lacks = |hub: &Hub| {
        let lacking = acknowledged.iter().filter(|(_, at)| hub.disk.record(at).is_none());
        lacking.count()
    };
    let lacking = hubs.iter().map(|hub| (hub.identity.hub, lacks(hub)));
    lacking
        .filter(|(_, lacking)| *lacking > 0)
        .map(|(hub, lacking)| format!("{hub} lacks {lacking} acknowledged records"))
        .collect()
}

/// Invariant 10: whatever a peer sent, no disk holds more of a log than its own hub has, nor more charters than were
/// signed: one of each hub. What a disk has besides are six facts of each log, each replaced by a better one.
fn disks_hold_only_what_was_issued(hubs: &[Hub]) -> Vec<String> {
    let own: BTreeMap<_, _> = hubs.iter().map(|hub| (hub.identity.hub, &hub.disk)).collect();
    let issued = |log: &LogId| own.get(&log.hub)?.logs.get(log).map(|copy| copy.records.len());
    let too_much = |hub: &Hub| {
        let at = hub.identity.hub;
        let logs = hub.disk.logs.iter();
        let logs = logs.filter(|(log, copy)| copy.records.len() > issued(log).unwrap_or(0));
        let charters = hub.disk.charters.iter();
        let charters = charters.filter(|(of, chain)| chain.len() > usize::from(own.contains_key(of)));
        logs.map(|(log, _)| format!("{at} holds more of {} than was issued", log.hub))
            .chain(charters.map(|(of, _)| format!("{at} holds charters of {of} that were not signed")))
            .collect::<Vec<_>>()
    };
    hubs.iter().flat_map(too_much).collect()
}

/// Records are judged below by one hub's charters: all that know a hub's charters know the same.
fn every_hub_judges_alike(hubs: &[Hub]) -> Vec<String> {
    let mut newest = BTreeMap::new();
    let mut broken = Vec::new();
    for directory in hubs.iter().filter_map(|hub| hub.directory.as_ref()) {
        for chain in directory.carried().filter_map(|hub| directory.chain(hub)) {
            let id = chain.newest().id();
            if *newest.entry(chain.hub()).or_insert(id) != id {
                broken.push(format!("hubs know different charters of {}", chain.hub()));
            }
        }
    }
    broken
}

/// Invariant 2: each record is signed by a key that its hub's charters allowed to at that position, by the code that a
/// node examines with.
fn every_record_is_sound(directory: &Directory, longest: &Copies<'_>) -> Vec<String> {
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
    let Some(finding) = examine(&record, position, authority) else {
        return Some(format!("{position} lies above a charter that the chain does not reach"));
    };
    (!finding.is_sound()).then(|| format!("{position} is {}", finding.standing.code()))
}
