//! What hubs issue while a simulation runs.

use std::time::Duration;

use ewtp_federation::{Input, ToIssue};
use ewtp_record::Record;
use rand::RngExt as _;

use super::{Event, World};
use crate::load::{self, Load};

/// Load begins when the mesh has met.
const LOAD_FROM: Duration = Duration::from_secs(1);

impl World {
    pub(super) fn plan_load(&mut self) {
        for load in [Load::Certificate, Load::Status] {
            if self.scenario.per_second(load) > 0 {
                self.schedule.plan(LOAD_FROM, Event::Load(load));
            }
        }
    }

    pub(super) fn load(&mut self, load: Load) {
        let now = self.schedule.now();
        if now < self.scenario.duration {
            let mean_us = 1_000_000 / u64::from(self.scenario.per_second(load));
            let pause = Duration::from_micros(self.random.random_range(0..=2 * mean_us));
            self.schedule.plan(now + pause, Event::Load(load));
        }
        let hub = self.random.random_range(0..self.hubs.len());
        let unix = self.hubs[hub].now(now).unix;
        if self.hubs[hub].engine.is_some() {
            let record = load.record(&mut self.hubs[hub], unix);
            self.issue(hub, record);
        }
    }

    pub(super) fn pulse(&mut self, hub: usize, sequence: u64) {
        let unix = self.hubs[hub].now(self.schedule.now()).unix;
        let record = load::pulse(&self.hubs[hub], unix, sequence);
        self.issue(hub, record);
    }

    pub(super) fn issue(&mut self, hub: usize, record: Record) {
        let ticket = self.hubs[hub].ticket();
        let records = vec![ToIssue::at_any_time(record)];
        // Each subject is new, so there is nothing to look up.
        let looked_up_to = u64::MAX;
        self.give(
            hub,
            Input::Issue {
                ticket: Some(ticket),
                records,
                looked_up_to,
                covering: 0,
            },
        );
    }
}
