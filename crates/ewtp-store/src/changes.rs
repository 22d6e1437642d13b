//! What a call of commit changes in the state of logs, worked out and checked before a byte is written.
//!
//! The engine promises all of this already; the store checks again because it is the last door before a signature.

use std::collections::BTreeMap;

use bytes::Bytes;
use ewtp_federation::{COSIGNATURES_MAX, Commit, CosignGuard, Fact, Guard, Item};
use ewtp_log::Hash;
use ewtp_record::{Document, LogId, Position, Record, RecordKind};

use crate::error::StoreError;
use crate::ledger::entries;
use crate::shared::{LogState, Shared};

/// The new states of the logs that a call touches, and our own new documents.
#[derive(Debug, Default)]
pub(crate) struct Changes {
    pub(crate) logs: BTreeMap<LogId, LogState>,
    pub(crate) own: Vec<(Document, Hash, Position)>,
}

impl Changes {
    /// Applies every item to copies of the states; refuses the whole call at the first that does not fit.
    pub(crate) fn check(shared: &Shared, commits: &[Commit]) -> Result<Self, StoreError> {
        let mut changes = Self::default();
        for item in commits.iter().flat_map(|commit| &commit.items) {
            match item {
                Item::Entries {
                    log,
                    start,
                    records,
                    leaves,
                } => changes.entries(shared, *log, *start, records, leaves)?,
                Item::Fact(fact) => changes.fact(shared, fact)?,
            }
        }
        Ok(changes)
    }

    fn log(&mut self, shared: &Shared, log: LogId) -> &mut LogState {
        self.logs
            .entry(log)
            .or_insert_with(|| shared.state().logs.get(&log).cloned().unwrap_or_default())
    }

    fn entries(
        &mut self,
        shared: &Shared,
        log: LogId,
        start: u64,
        records: &[Bytes],
        leaves: &[Hash],
    ) -> Result<(), StoreError> {
        entries::check(records, leaves)?;
        let state = self.log(shared, log);
        if state.size != start {
            return Err(StoreError::Discontinuous {
                log,
                expected: state.size,
                start,
            });
        }
        state.size += records.len() as u64;
        state.bytes += records.iter().map(|record| record.len() as u64).sum::<u64>();
        if shared.own == Some(log.hub) {
            self.own.extend(own_documents(log, start, records, leaves));
        }
        Ok(())
    }

    fn fact(&mut self, shared: &Shared, fact: &Fact) -> Result<(), StoreError> {
        match fact {
            Fact::Charter(_, record) if record.is_empty() || record.len() > RecordKind::CHARTER.bytes_max() => {
                return Err(StoreError::Refused("a charter record has 1 to 8,192 bytes"));
            }
            Fact::Cosigned(_, cosigned) if cosigned.cosignatures.len() > COSIGNATURES_MAX => {
                return Err(StoreError::Refused("a checkpoint has at most 15 cosignatures"));
            }
            _ => {}
        }
        let Some(log) = fact.log() else { return Ok(()) };
        let facts = &mut self.log(shared, log).facts;
        match (fact, &facts.guard, &facts.cosign_guard) {
            (Fact::Guard(_, new), Some(old), _) => guarded(log, *old, *new)?,
            (Fact::CosignGuard(_, new), _, Some(old)) => guarded(log, signed_by(old), signed_by(new))?,
            _ => {}
        }
        facts.take(fact);
        Ok(())
    }
}

/// A key signs at most one root for a size, and never a smaller size. The guard is what makes that hold after a crash.
fn guarded(log: LogId, old: Guard, new: Guard) -> Result<(), StoreError> {
    let broken = new.size < old.size || (new.size == old.size && new.root != old.root);
    if broken {
        Err(StoreError::Guarded {
            log,
            guarded: old.size,
            size: new.size,
        })
    } else {
        Ok(())
    }
}

fn signed_by(guard: &CosignGuard) -> Guard {
    Guard {
        size: guard.size,
        root: guard.root,
    }
}

fn own_documents<'a>(
    log: LogId,
    start: u64,
    records: &'a [Bytes],
    leaves: &'a [Hash],
) -> impl Iterator<Item = (Document, Hash, Position)> + 'a {
    (start..)
        .zip(records)
        .zip(leaves)
        .filter_map(move |((index, bytes), leaf)| {
            let record = Record::decode(bytes.clone()).ok()?;
            Some((Document::of(record.header()), *leaf, log.at(index)))
        })
}
