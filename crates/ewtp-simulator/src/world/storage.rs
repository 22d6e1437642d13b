//! Disks and keys: what an engine asks to be made durable, and signed.

use std::time::Duration;

use ewtp_federation::{Commit, CommitId, Input, SigningId, SigningKey};
use rand::RngExt as _;

use super::{Event, World};
use crate::observer::What;

impl World {
    /// One write takes 1 to 5 ms, and a disk does one at a time.
    pub(super) fn write(&mut self, hub: usize, commit: Commit) {
        let takes = Duration::from_micros(self.random.random_range(1_000..5_000));
        let now = self.schedule.now();
        let state = &mut self.hubs[hub];
        state.disk_free_at = state.disk_free_at.max(now) + takes;
        let (start, id, at) = (state.start, commit.id, state.disk_free_at);
        state.writing.push_back(commit);
        if state.doomed {
            let killed_at = now + self.random.random_range(Duration::ZERO..at - now);
            self.schedule.plan(killed_at, Event::Kill { hub, start });
        }
        self.schedule.plan(at, Event::Durable { hub, start, commit: id });
    }

    pub(super) fn durable(&mut self, hub: usize, start: u32, commit: CommitId) {
        if self.hubs[hub].start != start {
            return;
        }
        self.trace(hub, What::Durable, &commit.0.to_be_bytes());
        let writing = &mut self.hubs[hub].writing;
        let Some(written) = writing.pop_front_if(|first| first.id == commit) else {
            return;
        };
        let disk = &mut self.hubs[hub].disk;
        written.items.into_iter().for_each(|item| disk.apply(item));
        self.give(hub, Input::Committed { commit });
    }

    pub(super) fn sign(&mut self, hub: usize, signing: SigningId, key: SigningKey, message: &[u8]) {
        self.trace(hub, What::Sign, message);
        self.observer.signs(hub, key, message);
        let identity = &self.hubs[hub].identity;
        let secret = match key {
            SigningKey::Log => &identity.log_key,
            SigningKey::Witness => &identity.witness_key,
        };
        let signature = secret.sign(message);
        self.give(hub, Input::Signed { signing, signature });
    }
}
