//! What goes wrong: partitions, crashes, pauses, clocks that are off, and hubs that turn hostile.

use ewtp_federation::Input;
use rand::RngExt as _;

use super::connections::DEAD_AFTER;
use super::{Event, World};
use crate::observer::What;
use crate::scenario::FaultKind;

impl World {
    pub(super) fn fault_begins(&mut self, index: usize) {
        let counts = &mut self.observer.faults;
        let kind = self.scenario.faults[index].kind.clone();
        match &kind {
            FaultKind::Partition(_) => counts.partitions += 1,
            FaultKind::OneWayPartition(_) => counts.one_way_partitions += 1,
            FaultKind::Crash(hub) => self.crash(*hub),
            FaultKind::CrashWhileWriting(hub) => self.hubs[*hub].doomed = true,
            FaultKind::Pause(hub) => self.pause(*hub),
            FaultKind::Skew(hub, seconds) => {
                counts.skews += 1;
                self.hubs[*hub].skew = *seconds;
            }
            FaultKind::Hostile(hub) => self.turn_hostile(*hub),
        }
        let dead_at = self.schedule.now() + DEAD_AFTER;
        for (from, to) in self.links_cut_by(&kind) {
            self.links.cut(from, to);
            let (a, b, session) = (from, to, self.links.session(from, to));
            self.schedule.plan(dead_at, Event::Dead { a, b, session });
        }
    }

    pub(super) fn fault_ends(&mut self, index: usize) {
        let kind = self.scenario.faults[index].kind.clone();
        match &kind {
            FaultKind::Crash(hub) | FaultKind::CrashWhileWriting(hub) => self.start_again(*hub),
            FaultKind::Pause(hub) => self.resume(*hub),
            FaultKind::Skew(hub, _) => self.hubs[*hub].skew = 0,
            FaultKind::Hostile(hub) => self.hubs[*hub].hostile = false,
            FaultKind::Partition(_) | FaultKind::OneWayPartition(_) => {}
        }
        for (from, to) in self.links_cut_by(&kind) {
            self.links.heal(from, to);
            self.plan_recovery(from, to);
        }
    }

    /// The directions of links that a partition cuts: those between its sides, or those from one side to the other.
    fn links_cut_by(&self, kind: &FaultKind) -> Vec<(usize, usize)> {
        let mut pairs = self.links.pairs();
        pairs.extend(self.links.pairs().into_iter().map(|(a, b)| (b, a)));
        match kind {
            FaultKind::Partition(sides) => pairs.retain(|(from, to)| sides[*from] != sides[*to]),
            FaultKind::OneWayPartition(sides) => pairs.retain(|(from, to)| sides[*from] && !sides[*to]),
            _ => pairs.clear(),
        }
        pairs
    }

    /// Kills a process. Any prefix of what was on its way to the disk is there afterwards.
    pub(super) fn crash(&mut self, hub: usize) {
        if self.hubs[hub].engine.is_none() {
            return;
        }
        self.trace(hub, What::Crash, &[]);
        let kept = self.random.random_range(0..=self.hubs[hub].writing.len());
        let lost = self.hubs[hub].crash(kept);
        self.observer.faults.crashes += 1;
        self.observer.faults.commits_lost += lost as u64;
        for other in self.links.neighbours(hub) {
            self.disconnect(hub, other);
        }
    }

    fn start_again(&mut self, hub: usize) {
        self.hubs[hub].doomed = false;
        if self.hubs[hub].engine.is_none() {
            self.boot(hub);
        }
    }

    /// Stops a process without killing it: it hears nothing, and its clock goes on.
    fn pause(&mut self, hub: usize) {
        let state = &mut self.hubs[hub];
        if state.engine.is_some() && state.paused.is_none() {
            state.paused = Some(Vec::new());
            self.observer.faults.pauses += 1;
        }
    }

    fn resume(&mut self, hub: usize) {
        let Some(waiting) = self.hubs[hub].paused.take() else {
            return;
        };
        for input in waiting {
            self.give(hub, input);
        }
        self.give(hub, Input::Tick);
    }
}
