//! Verified runs that arrived before an earlier one, kept until the log reaches them.

use std::collections::BTreeMap;

use bytes::Bytes;
use ewtp_log::Hash;

use crate::limits::WINDOW_BYTES_MAX;
use crate::run::Run;

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Window {
    runs: BTreeMap<u64, Run>,
    cost: usize,
}

impl Window {
    /// Keeps a run. A full window drops it, and it is pulled again.
    pub(super) fn hold(&mut self, run: Run) {
        let cost = cost(&run);
        let fits = self.cost + cost <= WINDOW_BYTES_MAX;
        if !run.records.is_empty() && fits && !self.runs.contains_key(&run.start) {
            self.cost += cost;
            self.runs.insert(run.start, run);
        }
    }

    /// What the runs cost in memory, in bytes.
    pub(super) fn cost(&self) -> usize {
        self.cost
    }

    /// The next run that continues a log of this size, if there is one. Those that lie before it are let go.
    pub(super) fn take(&mut self, size: u64) -> Option<Run> {
        while self.runs.first_key_value().is_some_and(|(start, _)| *start <= size) {
            let (_, run) = self.runs.pop_first().expect("the first was just looked at");
            self.cost -= cost(&run);
            if run.end() > size {
                return Some(run);
            }
        }
        None
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.runs.len()
    }

    /// The first stretch between `from` and `goal` that is not here.
    pub(super) fn next_gap(&self, from: u64, goal: u64) -> Option<(u64, u64)> {
        let mut start = from;
        for (run_start, run) in &self.runs {
            if *run_start > start {
                break;
            }
            start = start.max(run.end());
        }
        let next = self
            .runs
            .range(start..)
            .next()
            .map_or(goal, |(next, _)| goal.min(*next));
        (start < next).then_some((start, next))
    }
}

/// What a run costs to keep. Without counting its hashes and handles, a hub that signs runs of one byte each could fill
/// the memory of every other.
fn cost(run: &Run) -> usize {
    let records: usize = run.records.iter().map(Bytes::len).sum();
    let handles = run.records.len() * (size_of::<Bytes>() + size_of::<Hash>());
    size_of::<Run>() + records + handles + run.left.len() * size_of::<Hash>()
}
