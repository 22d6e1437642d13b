//! Processes start, hubs connect and introduce themselves, connections die and are dialled again.

use std::time::Duration;

use ewtp_federation::Input;
use rand::RngExt as _;

use super::{Event, World};
use crate::observer::What;

/// A cut connection is noticed by both sides after this time.
pub(super) const DEAD_AFTER: Duration = Duration::from_secs(8);

/// A lost connection is dialled again after at most this time.
const REDIAL_AFTER: Duration = Duration::from_secs(2);

impl World {
    pub(super) fn boot(&mut self, hub: usize) {
        self.trace(hub, What::Boot, &[]);
        self.hubs[hub].boot(self.known.clone(), self.schedule.now());
        self.drain(hub);
        for other in self.links.neighbours(hub) {
            self.plan_connect(hub, other);
        }
    }

    fn plan_connect(&mut self, a: usize, b: usize) {
        let at = self.schedule.now() + self.random.random_range(Duration::from_millis(50)..REDIAL_AFTER);
        self.schedule.plan(at, Event::Connect { a, b });
    }

    pub(super) fn connect(&mut self, a: usize, b: usize) {
        let running = self.hubs[a].engine.is_some() && self.hubs[b].engine.is_some();
        if !running || self.links.is_up(a, b) {
            return; // a hub that is down dials all its neighbours when it starts
        }
        let paused = self.hubs[a].paused.is_some() || self.hubs[b].paused.is_some();
        if paused || self.links.is_cut(a, b) || self.links.is_cut(b, a) {
            return self.plan_connect(a, b);
        }
        self.links.connect(a, b);
        for (hub, other) in [(a, b), (b, a)] {
            self.introduce(hub, other);
            let node = self.hubs[other].identity.node;
            self.give(hub, Input::Connected { node });
        }
    }

    /// A connection begins with the introduction, checked as a node checks it.
    fn introduce(&mut self, hub: usize, other: usize) {
        let Some(directory) = self.hubs[hub].directory.clone() else {
            return;
        };
        let (identity, state) = (&self.hubs[other].identity, &self.hubs[hub]);
        let ticks = self.schedule.now();
        match self.medium.introduction(identity, self.net, state, &directory, ticks) {
            Ok(introduced) => {
                let node = identity.node;
                let introduction = Box::new(introduced);
                self.give(hub, Input::Introduced { node, introduction });
            }
            Err(fault) => {
                let refused = format!("hub {hub} refuses hub {other}: {fault}");
                self.observer.violations.push(refused);
            }
        }
    }

    pub(super) fn dead(&mut self, a: usize, b: usize, session: u32) {
        let stale = self.links.session(a, b) != session;
        if !stale && (self.links.is_cut(a, b) || self.links.is_cut(b, a)) {
            self.disconnect(a, b);
        }
    }

    /// Ends a connection. A side that is down is told nothing.
    pub(super) fn disconnect(&mut self, a: usize, b: usize) {
        if !self.links.disconnect(a, b) {
            return;
        }
        for (hub, other) in [(a, b), (b, a)] {
            self.stalled.remove(&(hub, other));
            let node = self.hubs[other].identity.node;
            self.give(hub, Input::Disconnected { node });
        }
        self.plan_connect(a, b);
    }
}
