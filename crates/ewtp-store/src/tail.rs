//! The tail: what is durable in the ledger and not yet indexed, held in memory so that readers never wait for the index.
//!
//! It holds positions and leaf hashes, not records. It is bounded by [`TAIL_RECORDS_MAX`]: a full tail makes the next
//! commit wait for the index.

use std::collections::BTreeMap;
use std::sync::Arc;

use ewtp_log::Hash;
use ewtp_record::{Document, LogId, Position};

use crate::ledger::entries::Run;
use crate::ledger::segment::Place;

/// Most records that are durable and not yet indexed before commits wait: about 5 MB of memory.
pub const TAIL_RECORDS_MAX: usize = 131_072;

/// One entries frame that the index has not seen.
#[derive(Clone, Debug)]
pub(crate) struct TailRun {
    pub(crate) run: Run,
    /// Hashed where the bytes came in; the index needs them for bundle roots.
    pub(crate) leaves: Arc<[Hash]>,
}

impl TailRun {
    /// The run with its place counted from where its group was written.
    pub(crate) fn at(mut self, base: Place) -> Self {
        self.run.place = Place {
            segment: base.segment,
            offset: base.offset + self.run.place.offset,
        };
        self
    }
}

/// All that the index has not seen.
#[derive(Debug, Default)]
pub(crate) struct Tail {
    runs: BTreeMap<LogId, BTreeMap<u64, TailRun>>,
    records: usize,
    own_documents: BTreeMap<Document, Position>,
    own_ids: BTreeMap<Hash, Position>,
}

impl Tail {
    pub(crate) fn push(&mut self, run: TailRun) {
        self.records += usize::from(run.run.count);
        self.runs.entry(run.run.log).or_default().insert(run.run.start, run);
    }

    /// Remembers a record of our own log, so that issuing it again finds it at once. The first position stays.
    pub(crate) fn push_own(&mut self, document: Document, id: Hash, position: Position) {
        self.own_documents.entry(document).or_insert(position);
        self.own_ids.entry(id).or_insert(position);
    }

    /// Records held.
    pub(crate) fn records(&self) -> usize {
        self.records
    }

    pub(crate) fn own_document(&self, document: &Document) -> Option<Position> {
        self.own_documents.get(document).copied()
    }

    pub(crate) fn own_id(&self, id: &Hash) -> Option<Position> {
        self.own_ids.get(id).copied()
    }

    /// The leaf hashes of the run that starts there.
    pub(crate) fn leaves(&self, log: &LogId, start: u64) -> Option<Arc<[Hash]>> {
        Some(self.runs.get(log)?.get(&start)?.leaves.clone())
    }

    /// The runs that hold any of the records `from..to`, in order.
    pub(crate) fn runs(&self, log: &LogId, from: u64, to: u64) -> Vec<Run> {
        let Some(runs) = self.runs.get(log) else {
            return Vec::new();
        };
        let before = runs.range(..from).next_back().filter(|(_, run)| run.run.end() > from);
        before
            .into_iter()
            .chain(runs.range(from..to))
            .map(|(_, run)| run.run)
            .collect()
    }

    /// Lets go of everything before `indexed`.
    pub(crate) fn drop_before(&mut self, indexed: Place) {
        for runs in self.runs.values_mut() {
            let first_kept = runs
                .values()
                .find(|run| run.run.place >= indexed)
                .map(|run| run.run.start);
            let kept = first_kept.map(|start| runs.split_off(&start)).unwrap_or_default();
            self.records -= runs.values().map(|run| usize::from(run.run.count)).sum::<usize>();
            *runs = kept;
        }
        self.runs.retain(|_, runs| !runs.is_empty());
        let runs = &self.runs;
        let first_kept = |log: &LogId| runs.get(log).and_then(|runs| runs.keys().next().copied());
        let kept = |at: &Position| first_kept(&at.log()).is_some_and(|first| at.index >= first);
        self.own_documents.retain(|_, position| kept(position));
        self.own_ids.retain(|_, position| kept(position));
    }
}
