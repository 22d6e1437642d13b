//! Verified runs that arrived before an earlier one, kept until the log reaches them.

use std::collections::BTreeMap;

use ewtp_log::Hash;

use crate::limits::{BUNDLE_FRAME_BYTES_MAX, WINDOW_BYTES_MAX};
use crate::run::{Run, records_cost};

/// See the module.
#[derive(Debug)]
pub(super) struct Window {
    runs: BTreeMap<u64, Run>,
    cost: usize,
    /// What the runs may cost: [`WINDOW_BYTES_MAX`], or less while the windows of other logs or the log itself leave less.
    max: usize,
}

impl Default for Window {
    fn default() -> Self {
        Self {
            runs: BTreeMap::new(),
            cost: 0,
            max: WINDOW_BYTES_MAX,
        }
    }
}

impl Window {
    /// Keeps a run. A full window drops what lies farthest ahead, and it is pulled again.
    pub(super) fn hold(&mut self, run: Run) {
        if run.records.is_empty() || self.runs.contains_key(&run.start) {
            return;
        }
        let cost = cost(&run);
        while self.cost + cost > self.max {
            let Some(farthest) = self.runs.last_entry().filter(|last| *last.key() > run.start) else {
                return;
            };
            self.cost -= self::cost(&farthest.remove());
        }
        self.cost += cost;
        self.runs.insert(run.start, run);
    }

    /// So many bytes are free for this window and those of other logs, and so many are left for the log.
    pub(super) fn give_room(&mut self, bytes: usize, left: usize) {
        self.max = self.cost.saturating_add(bytes).min(WINDOW_BYTES_MAX).min(left);
    }

    /// Whether a run of full size would not find room.
    pub(super) fn is_full(&self) -> bool {
        self.cost + BUNDLE_FRAME_BYTES_MAX > self.max
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

/// What a run costs to keep.
fn cost(run: &Run) -> usize {
    size_of::<Run>() + records_cost(&run.records) + run.left.len() * size_of::<Hash>()
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;
    use crate::testing::{Book, found};

    #[test]
    fn a_full_window_gives_the_place_of_the_farthest_run_to_a_nearer_one() {
        let [my, _] = found(["MY", "SG"]);
        let whole = Book::of(&my, 1).run(0, 1, 1);
        let record = Bytes::from(vec![7; 128 * 1024]);
        let run = |start| Run {
            start,
            records: vec![record.clone()],
            ..whole.clone()
        };
        let mut window = Window::default();
        (100..400).for_each(|start| window.hold(run(start)));
        let (held, cost) = (window.len(), window.cost());
        assert!(window.is_full() && cost <= WINDOW_BYTES_MAX);
        assert_eq!(
            window.runs.keys().next_back(),
            Some(&(99 + held as u64)),
            "the farthest were not taken"
        );
        window.hold(run(50));
        assert_eq!((window.len(), window.cost()), (held, cost));
        assert_eq!(window.runs.keys().next(), Some(&50));
        assert_eq!(window.runs.keys().next_back(), Some(&(98 + held as u64)));
    }
}
