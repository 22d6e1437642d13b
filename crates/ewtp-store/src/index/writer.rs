//! The writing end of the index: follows the ledger and takes findings in. One per folder, on a thread of its own.

use std::collections::BTreeMap;
use std::sync::Arc;

use ewtp_log::BUNDLE;
use ewtp_record::{LogId, RecordKind};
use ewtp_trust::Finding;

use crate::document::Document;
use crate::error::StoreError;
use crate::index::engine::{Durability, Rows};
use crate::index::follow::{Followed, Follower};
use crate::index::lookup::{self, Digester, Digests, Folding};
use crate::index::rows::{self, Table};
use crate::index::{findings, put};
use crate::ledger::walk::Step;
use crate::shared::{LogState, Shared};

/// Ledger bytes followed between two durable batches: what a start after a crash follows again, a tenth of a second.
const BYTES_UNSETTLED_MAX: u64 = 32 << 20;

/// Findings taken between two durable batches: what is examined again after a crash, a fraction of a second.
const FINDINGS_UNSETTLED_MAX: u64 = 8_192;

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

    /// Takes the findings of the records from `from` on, in their order, together with how far the log is then examined.
    ///
    /// `from` is where examination stood, or lower when a new revocation had earlier records examined again.
    ///
    /// # Errors
    /// [`StoreError::Unexamined`] when the findings leave a gap, are out of order, or reach past the durable log;
    /// otherwise as [`follow`](Self::follow).
    pub fn apply_findings(&mut self, log: LogId, from: u64, findings: &[Finding]) -> Result<(), StoreError> {
        self.refuse_after_failure()?;
        let to = from + findings.len() as u64;
        let state = self.shared.state().logs.get(&log).cloned().unwrap_or_default();
        let in_order = (from..)
            .zip(findings)
            .all(|(index, finding)| finding.position == log.at(index));
        if !in_order || from > state.examined_to || to > state.size {
            let (examined_to, size) = (state.examined_to, state.size);
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
        let written = self.write_findings((log, number), &state, from, findings);
        self.remember_failure(written)
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

    fn write_findings(
        &mut self,
        (log, number): (LogId, u32),
        state: &LogState,
        from: u64,
        findings: &[Finding],
    ) -> Result<(), StoreError> {
        let mut batch = Rows::new();
        let bundles = findings.chunk_by(|a, b| a.position.index / BUNDLE == b.position.index / BUNDLE);
        for bundle in bundles {
            self.put_bundle(log, number, bundle, &mut batch)?;
        }
        findings
            .iter()
            .for_each(|finding| put_manifest(&mut batch, number, finding));
        let examined_to = state.examined_to.max(from + findings.len() as u64);
        put(
            &mut batch,
            rows::log_key(Table::Examined, number),
            examined_to.to_be_bytes().to_vec(),
        );
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
        self.shared.examined(log, examined_to);
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
    let digest = |finding: &Finding| {
        (
            digester.id(&finding.id.0),
            digester.document(&Document::of_finding(finding)),
        )
    };
    let (ids, documents) = findings.map(digest).unzip();
    Digests { ids, documents }
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

impl Drop for IndexWriter {
    fn drop(&mut self) {
        if let Err(error) = self.settle() {
            tracing::warn!(%error, "the index is not settled; the next start follows the ledger from further back");
        }
    }
}
