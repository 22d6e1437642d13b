//! The writing end of the index: follows the ledger and takes findings in. One per folder, on a thread of its own.

use std::collections::BTreeMap;
use std::sync::Arc;

use ewtp_log::BUNDLE;
use ewtp_record::{LogId, RecordKind};
use ewtp_trust::Finding;

use crate::error::StoreError;
use crate::index::engine::{Durability, Rows};
use crate::index::follow::{Followed, Follower};
use crate::index::lookup::{self, Digester, Digests, Folding};
use crate::index::rows::{self, Table};
use crate::index::{findings, put};
use crate::ledger::walk::Step;
use crate::shared::{Examined, LogState, Shared};

/// Ledger bytes followed between two durable batches: what a start after a crash follows again, a tenth of a second.
const BYTES_UNSETTLED_MAX: u64 = 32 << 20;

/// Findings taken between two durable batches: what is examined again after a crash, a fraction of a second.
const FINDINGS_UNSETTLED_MAX: u64 = 8_192;

/// What examination says of consecutive records of a log.
#[derive(Clone, Copy, Debug)]
pub struct Judged<'a> {
    /// The log.
    pub log: LogId,
    /// Index of the first record judged: where examination stood.
    pub from: u64,
    /// A finding for each record, in log order.
    pub findings: &'a [Finding],
    /// The (index, number) of each charter found in its place so far:
    /// [`Authority::logged`](ewtp_trust::Authority::logged).
    pub charters: &'a [(u64, u32)],
    /// Number of the newest charter of the chain they were judged under.
    pub under_charter: u32,
}

impl Judged<'_> {
    /// Index behind the last record judged.
    fn to(&self) -> u64 {
        self.from + self.findings.len() as u64
    }
}

/// The writing end of the index.
#[derive(Debug)]
pub struct IndexWriter {
    shared: Arc<Shared>,
    follower: Follower,
    pace: Pace,
    failed: Option<String>,
}

/// Decides which batches must be durable.
#[derive(Debug, Default)]
pub(crate) struct Pace {
    bytes: u64,
    findings: u64,
    unsettled: bool,
}

impl Pace {
    pub(crate) fn next(&mut self, bytes: u64, findings: u64) -> Durability {
        self.bytes += bytes;
        self.findings += findings;
        self.unsettled = true;
        if self.bytes < BYTES_UNSETTLED_MAX && self.findings < FINDINGS_UNSETTLED_MAX {
            return Durability::Lazy;
        }
        *self = Self::default();
        Durability::Durable
    }
}

impl IndexWriter {
    pub(crate) fn new(shared: Arc<Shared>, follower: Follower, pace: Pace) -> Self {
        Self {
            shared,
            follower,
            pace,
            failed: None,
        }
    }

    /// Indexes everything that is durable in the ledger. Call it after each commit, or again and again.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] when the ledger changed under it, [`StoreError::Engine`] when the engine failed; after
    /// either, nothing more is indexed until the folder is opened again. Readers go on.
    pub fn follow(&mut self) -> Result<(), StoreError> {
        self.refuse_after_failure()?;
        let durable = self.shared.state().durable;
        if durable == self.follower.cursor {
            return Ok(());
        }
        let Self {
            shared, follower, pace, ..
        } = self;
        let leaves = |log: &LogId, start| shared.state().tail.leaves(log, start);
        let write = |follower: &Follower, batch: &Rows, followed: &Followed| {
            let _folding = shared.fold(followed.folding);
            shared.index.write(batch, pace.next(followed.bytes, 0))?;
            let logs = follower
                .logs
                .iter()
                .map(|(log, indexed)| (*log, indexed.number, indexed.state.size));
            shared.indexed(follower.cursor, logs);
            Ok(())
        };
        let outcome = follower.catch_up((&shared.index, &shared.segments), durable.place, leaves, write);
        let outcome = self.remember_failure(outcome)?;
        debug_assert!(matches!(outcome, Step::End), "durable bytes end with a commit");
        Ok(())
    }

    /// Takes what examination says of the records where it stood, with how far the log is then examined.
    ///
    /// # Errors
    /// [`StoreError::Unexamined`] when the findings leave a gap, are out of order, or reach past the durable log;
    /// otherwise as [`follow`](Self::follow).
    pub fn apply_findings(&mut self, judged: &Judged<'_>) -> Result<(), StoreError> {
        self.refuse_after_failure()?;
        let (log, from, to) = (judged.log, judged.from, judged.to());
        let state = self.shared.state().logs.get(&log).cloned().unwrap_or_default();
        let in_order = (from..)
            .zip(judged.findings)
            .all(|(index, finding)| finding.position == log.at(index));
        if !in_order || from != state.examined.to || to > state.size {
            let (examined_to, size) = (state.examined.to, state.size);
            return Err(StoreError::Unexamined {
                log,
                examined_to,
                size,
                from,
                to,
            });
        }
        if state.number.is_none() {
            self.follow()?; // the log is so new that the index has no number for it yet
        }
        let number = self.follower.logs.get(&log).map(|indexed| indexed.number);
        let number = number.ok_or_else(|| StoreError::index_damaged("a durable log has no number"))?;
        let written = self.write_findings(number, &state, judged);
        self.remember_failure(written)
    }

    /// Takes back the findings of a log from `from` on, because charter `under_charter` revokes keys from there on: what
    /// they were about is undecided, also after a crash, until it is examined again. What was found below stands under
    /// that charter too. // spec: trust R23
    ///
    /// # Errors
    /// As [`follow`](Self::follow).
    pub fn reopen(&mut self, log: LogId, from: u64, under_charter: u32) -> Result<(), StoreError> {
        self.refuse_after_failure()?;
        let state = self.shared.state().logs.get(&log).cloned().unwrap_or_default();
        let Some(number) = state.number else {
            return Ok(()); // nothing of it was examined
        };
        let examined = Examined {
            to: state.examined.to.min(from),
            under_charter,
        };
        let mut batch = Rows::new();
        self.put_examined(log, number, examined, &state, &mut batch);
        // On disk before anything is judged again: otherwise a crash would bring back what was taken back.
        let written = self.shared.index.write(&batch, Durability::Durable);
        self.remember_failure(written)?;
        self.pace = Pace::default();
        self.shared.examined(log, examined);
        Ok(())
    }

    /// Makes everything indexed so far durable. Not needed for safety; spares the next start some work.
    ///
    /// # Errors
    /// As [`follow`](Self::follow).
    pub fn settle(&mut self) -> Result<(), StoreError> {
        self.refuse_after_failure()?;
        if !self.pace.unsettled {
            return Ok(());
        }
        let settled = self.shared.index.write(&Rows::new(), Durability::Durable);
        self.remember_failure(settled)?;
        self.pace = Pace::default();
        Ok(())
    }

    fn write_findings(&mut self, number: u32, state: &LogState, judged: &Judged<'_>) -> Result<(), StoreError> {
        let Judged { log, findings, .. } = *judged;
        let mut batch = Rows::new();
        let bundles = findings.chunk_by(|a, b| a.position.index / BUNDLE == b.position.index / BUNDLE);
        for bundle in bundles {
            self.put_bundle(log, number, bundle, &mut batch)?;
        }
        for finding in findings {
            put_manifest(&mut batch, number, finding);
            put_rare(&mut batch, number, finding);
        }
        put_charters(&mut batch, number, judged);
        let examined = Examined {
            to: judged.to(),
            under_charter: judged.under_charter,
        };
        self.put_examined(log, number, examined, state, &mut batch);
        // What is judged again was looked up the first time.
        let new = findings
            .iter()
            .skip_while(|finding| finding.position.index < state.looked_up);
        let folding = if self.shared.own == Some(log.hub) {
            Folding::None // following looked them up already
        } else {
            let digests = digests(self.shared.index.digester, new);
            lookup::append(&self.shared.index, &mut batch, number, state.looked_up, &digests)?
        };
        let _folding = self.shared.fold(folding);
        self.shared
            .index
            .write(&batch, self.pace.next(0, findings.len() as u64))?;
        self.shared.examined(log, examined);
        Ok(())
    }

    /// Puts the findings of one bundle in their row, among those that are there.
    fn put_bundle(&self, log: LogId, number: u32, new: &[Finding], batch: &mut Rows) -> Result<(), StoreError> {
        let Some(first) = new.first() else { return Ok(()) };
        let bundle = first.position.index / BUNDLE;
        let key = rows::row_key(Table::Finding, number, bundle);
        let mut row: BTreeMap<u64, Finding> = BTreeMap::new();
        if let Some(mut value) = self.shared.index.get(&key)? {
            if findings::count(&value) == Some(first.position.index % BUNDLE) {
                value.extend(findings::encode(new));
                put(batch, key, value);
                return Ok(());
            }
            let old = findings::decode(log, bundle * BUNDLE, &value);
            let old = old.ok_or_else(|| StoreError::index_damaged("a finding row cannot be read"))?;
            row.extend(old.into_iter().map(|finding| (finding.position.index, finding)));
        }
        row.extend(new.iter().map(|finding| (finding.position.index, finding.clone())));
        let row: Vec<Finding> = row.into_values().collect();
        put(batch, key, findings::encode(&row));
        Ok(())
    }

    fn put_examined(&self, log: LogId, number: u32, examined: Examined, state: &LogState, batch: &mut Rows) {
        let looked_up = if self.shared.own == Some(log.hub) {
            0 // following counts them
        } else {
            state.looked_up.max(examined.to)
        };
        let value = rows::examined_value(examined, looked_up);
        put(batch, rows::log_key(Table::Examined, number), value);
    }

    fn refuse_after_failure(&self) -> Result<(), StoreError> {
        let stopped = |why: &String| StoreError::Engine {
            doing: "go on",
            why: format!("an earlier write failed: {why}"),
        };
        self.failed.as_ref().map_or(Ok(()), |why| Err(stopped(why)))
    }

    fn remember_failure<T>(&mut self, outcome: Result<T, StoreError>) -> Result<T, StoreError> {
        outcome.inspect_err(|error| self.failed = Some(error.to_string()))
    }
}

fn digests<'a>(digester: Digester, findings: impl Iterator<Item = &'a Finding>) -> Digests {
    let digest = |finding: &Finding| (digester.id(&finding.id.0), digester.document(&finding.document()));
    let (ids, documents) = findings.map(digest).unzip();
    Digests { ids, documents }
}

/// The charters among the records judged.
fn put_charters(batch: &mut Rows, number: u32, judged: &Judged<'_>) {
    let among = judged
        .charters
        .iter()
        .filter(|(index, _)| (judged.from..judged.to()).contains(index));
    for (index, charter) in among {
        let key = rows::row_key(Table::Logged, number, *index);
        put(batch, key, charter.to_be_bytes().to_vec());
    }
}

/// Sound node manifests have a row, so that a start finds them without reading findings.
fn put_manifest(batch: &mut Rows, number: u32, finding: &Finding) {
    if finding.kind != RecordKind::MANIFEST {
        return;
    }
    let key = rows::row_key(Table::Manifest, number, finding.position.index);
    if finding.is_sound() {
        put(batch, key, vec![0]);
    } else {
        batch.insert(key, None);
    }
}

/// Records of rare kinds have a row each, sound or not, so that they are listed without reading a log.
fn put_rare(batch: &mut Rows, number: u32, finding: &Finding) {
    if findings::is_rare(finding.kind) {
        let key = rows::rare_key(number, finding.kind, finding.position.index);
        put(batch, key, findings::encode(std::slice::from_ref(finding)));
    }
}

impl Drop for IndexWriter {
    fn drop(&mut self) {
        if let Err(error) = self.settle() {
            tracing::warn!(%error, "the index is not settled; the next start follows the ledger from further back");
        }
    }
}
