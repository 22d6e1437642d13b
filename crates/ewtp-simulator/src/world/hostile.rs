//! A hub whose machine was taken over: besides what its engine does, it sends its neighbours what no engine would.
//!
//! It changes bytes of messages that others sent, repeats them unasked, and asks for too much. It has no key of anyone
//! else. The others must stay within their bounds, agree, and blame nobody but it.

use std::time::Duration;

use bytes::Bytes;
use ewtp_federation::{RangeRequest, Topic, limits};
use rand::{Rng as _, RngExt as _};

use super::streams::Content;
use super::{Event, World};

/// From one forgery to the next: within what a link carries, and far more often than an honest hub speaks.
const FORGE_EVERY: Duration = Duration::from_millis(100);

/// Requests at once: more than are served, and more than are remembered.
const FLOOD: u64 = 4 * limits::SERVINGS_PER_PEER_MAX as u64;

/// Genuine messages of others, newest first for each kind: what forgeries are made of.
#[derive(Debug, Default)]
pub(super) struct Overheard {
    pub(super) frame: Bytes,
    pub(super) bundle: Bytes,
}

impl World {
    pub(super) fn turn_hostile(&mut self, hub: usize) {
        self.observer.turns_hostile(hub);
        if !std::mem::replace(&mut self.hubs[hub].hostile, true) {
            let now = self.schedule.now();
            self.schedule.plan(now, Event::Forge { hub });
        }
    }

    /// Sends one neighbour something that breaks a rule, or gossips it.
    pub(super) fn forge(&mut self, hub: usize) {
        if !self.hubs[hub].hostile {
            return;
        }
        let next = self.schedule.now() + FORGE_EVERY;
        self.schedule.plan(next, Event::Forge { hub });
        let connected = self.links.from(hub).iter().filter(|link| link.up).map(|link| link.to);
        let connected: Vec<usize> = connected.collect();
        let runs = self.hubs[hub].engine.is_some() && self.hubs[hub].paused.is_none();
        if !runs || connected.is_empty() {
            return;
        }
        self.observer.faults.forgeries += 1;
        let to = connected[self.random.random_range(0..connected.len())];
        match self.random.random_range(0..6) {
            0 => self.gossip_changed(hub),
            1 => self.gossip_too_much(hub),
            2 => self.put_frame(hub, to),
            3 => self.put_bundle(hub, to),
            4 => self.put_requests(hub, to),
            _ => self.put_noise(hub, to),
        }
    }

    /// A message that someone gossiped, with some bytes changed.
    fn gossip_changed(&mut self, hub: usize) {
        let heard = self.random.random_range(0..self.spreads.len().max(1));
        if let Some(spread) = self.spreads.get(heard) {
            let (topic, bytes) = (spread.topic, spread.bytes.clone());
            let changed = self.changed(&bytes);
            self.publish_forged(hub, topic, &changed);
        }
    }

    /// More bytes than any message has.
    fn gossip_too_much(&mut self, hub: usize) {
        let bytes = self.noise(limits::ANNOUNCEMENT_BYTES_MAX + 1);
        let topic = [Topic::Checkpoint, Topic::Witness][self.random.random_range(0..2)];
        self.publish_forged(hub, topic, &bytes);
    }

    /// A control message of someone else: as it was, or changed.
    fn put_frame(&mut self, hub: usize, to: usize) {
        let frame = self.overheard.frame.clone();
        let frame = match self.random.random_bool(0.5) {
            true => frame,
            false => self.changed(&frame),
        };
        self.put_forged(hub, to, Content::Frame(frame));
    }

    /// A bundle that nobody asked for, or that answers another question: as it was, or changed.
    fn put_bundle(&mut self, hub: usize, to: usize) {
        let bundle = self.overheard.bundle.clone();
        let bundle = match self.random.random_bool(0.5) {
            true => bundle,
            false => self.changed(&bundle),
        };
        let request = self.any_request();
        self.put_forged(hub, to, Content::Bundle(request, bundle));
        self.put_forged(hub, to, Content::RequestEnd(request));
    }

    /// Requests for everything and for nothing, many at once.
    fn put_requests(&mut self, hub: usize, to: usize) {
        for _ in 0..FLOOD {
            let of = self.random.random_range(0..self.hubs.len());
            let range = RangeRequest {
                hub: self.hubs[of].identity.hub,
                epoch: self.random.random_range(0..2),
                from: self.random.next_u64() >> self.random.random_range(0..64),
                to: self.random.next_u64() >> self.random.random_range(0..64),
            };
            let request = self.any_request();
            self.put_forged(hub, to, Content::Request(request, range));
        }
    }

    fn put_noise(&mut self, hub: usize, to: usize) {
        let bytes = self.random.random_range(0..1024);
        let noise = self.noise(bytes);
        self.put_forged(hub, to, Content::Frame(noise));
    }

    fn put_forged(&mut self, hub: usize, to: usize, content: Content) {
        let session = self.links.session(hub, to);
        self.put(hub, to, session, content);
    }

    /// A name that the other side may or may not have given to a request.
    fn any_request(&mut self) -> ewtp_federation::RequestId {
        ewtp_federation::RequestId(self.random.random_range(0..1_000))
    }

    fn noise(&mut self, bytes: usize) -> Bytes {
        let mut noise = vec![0; bytes];
        self.random.fill_bytes(&mut noise);
        noise.into()
    }

    /// The bytes with up to four of them changed, or with the end cut off.
    fn changed(&mut self, bytes: &Bytes) -> Bytes {
        if bytes.is_empty() {
            return Bytes::new();
        }
        let mut changed = bytes.to_vec();
        for _ in 0..self.random.random_range(0..=4) {
            let at = self.random.random_range(0..changed.len());
            changed[at] ^= self.random.random_range(1..=u8::MAX);
        }
        if self.random.random_bool(0.1) {
            changed.truncate(self.random.random_range(0..changed.len()));
        }
        changed.into()
    }
}
