//! Gossip: each message floods the mesh, every hub passing on what its engine tells it to.

use bytes::Bytes;
use ewtp_federation::{Acceptance, Fault, GossipId, Input, Topic};

use super::{Event, World};
use crate::links::Link;
use crate::medium::{self, ContentKey, Gossip};
use crate::observer::What;

/// Index of a message in the world's list of all.
pub(super) type SpreadId = usize;

/// One gossip message on its way through the mesh.
#[derive(Debug)]
pub(crate) struct Spread {
    pub(super) topic: Topic,
    pub(super) bytes: Bytes,
    pub(super) published_at: std::time::Duration,
    /// By hub.
    pub(super) hearing: Vec<Hearing>,
    /// No engine published it: it counts as no announcement.
    forged: bool,
    /// What hubs that know all charters found it to be.
    found: Option<Gossip>,
}

/// Whether a hub got a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Hearing {
    /// Not yet. It was down or cut off when the message was published.
    Unreached,
    /// Not yet. It was connected, so it should get it.
    Expected,
    /// Yes.
    Heard,
}

impl World {
    pub(super) fn publish(&mut self, hub: usize, topic: Topic, bytes: &Bytes) {
        let key = medium::content_key(topic.name(&self.net).as_bytes(), bytes);
        self.trace(hub, What::Publish, &key);
        self.observer.bounds.gossiped(bytes.len());
        let spread = match self.spread_of.get(&key) {
            Some(known) => *known,
            None => self.begin_spread(hub, topic, bytes, key),
        };
        self.spreads[spread].hearing[hub] = Hearing::Heard;
        self.flood(hub, None, spread);
    }

    fn begin_spread(&mut self, hub: usize, topic: Topic, bytes: &Bytes, key: ContentKey) -> SpreadId {
        let id = self.spreads.len();
        let groups = self.links.groups();
        let running = self.hubs.iter().map(|hub| hub.engine.is_some() && hub.paused.is_none());
        let hearing = running
            .zip(groups)
            .map(|(running, group)| match running && *group == groups[hub] {
                true => Hearing::Expected,
                false => Hearing::Unreached,
            });
        self.spreads.push(Spread {
            topic,
            bytes: bytes.clone(),
            published_at: self.schedule.now(),
            hearing: hearing.collect(),
            forged: false,
            found: None,
        });
        self.spread_of.insert(key, id);
        id
    }

    /// Sends a message that no engine wrote to all neighbours of a hostile hub.
    pub(super) fn publish_forged(&mut self, hub: usize, topic: Topic, bytes: &Bytes) {
        let key = medium::content_key(topic.name(&self.net).as_bytes(), bytes);
        if !self.spread_of.contains_key(&key) {
            let spread = self.begin_spread(hub, topic, bytes, key);
            self.spreads[spread].forged = true;
            self.spreads[spread].hearing[hub] = Hearing::Heard;
            self.flood(hub, None, spread);
        }
    }

    /// Sends a message to all neighbours. One that has it already would drop the copy unread (and has told so, by
    /// gossipsub's IDONTWANT), so that copy is not simulated.
    fn flood(&mut self, hub: usize, except: Option<usize>, spread: SpreadId) {
        let now = self.schedule.now();
        let Spread { hearing, bytes, .. } = &self.spreads[spread];
        for index in 0..self.links.from(hub).len() {
            let link = &self.links.from(hub)[index];
            let to = link.to;
            if Some(to) == except || !link.up || hearing[to] == Hearing::Heard {
                continue;
            }
            let faults = &mut self.observer.faults;
            let arrivals = self
                .links
                .gossip((hub, index), bytes.len(), now, &mut self.random, faults);
            for at in arrivals.into_iter().flatten() {
                let (from, link) = (hub, index);
                self.schedule.plan(at, Event::Gossip { from, link, spread });
            }
        }
    }

    /// A message arrives at the other end of a link.
    pub(super) fn hear(&mut self, from: usize, link: usize, spread: SpreadId) {
        let &Link { to, up, .. } = &self.links.from(from)[link];
        if !up || self.spreads[spread].hearing[to] == Hearing::Heard {
            return;
        }
        let Some(directory) = &self.hubs[to].directory else {
            return;
        };
        let sender = self.hubs[from].identity.node;
        let shares = self.medium.shares(&self.hubs[to]);
        let message = &mut self.spreads[spread];
        message.hearing[to] = Hearing::Heard;
        let found = message.judge(shares, directory);
        if message.is_announced() {
            self.observer.delivered(self.schedule.now() - message.published_at);
        }
        self.trace(to, What::Gossip, &(spread as u64).to_be_bytes());
        let gossip = GossipId {
            id: name(spread),
            from: sender,
        };
        let input = match found {
            Ok(Gossip::Announcement(announcement)) => Input::Announcement { gossip, announcement },
            Ok(Gossip::Cosignature(cosignature)) => Input::Cosignature { gossip, cosignature },
            Err(fault) => Input::Fault {
                from: sender,
                hub: None,
                fault,
            },
        };
        self.give(to, input);
    }

    pub(super) fn validate(&mut self, hub: usize, gossip: GossipId, acceptance: Acceptance) {
        if acceptance == Acceptance::Forward {
            let from = self.by_node[&gossip.from];
            self.flood(hub, Some(from), spread_named(gossip.id));
        }
    }

    /// Announcements that were published, and deliveries of them that gossip never made although it should have.
    pub(crate) fn announced(&self) -> (usize, usize) {
        let announcements = self.spreads.iter().filter(|spread| spread.is_announced());
        let hearing = announcements.clone().flat_map(|spread| &spread.hearing);
        let missed = hearing.filter(|hearing| **hearing == Hearing::Expected).count();
        (announcements.count(), missed)
    }
}

impl Spread {
    fn is_announced(&self) -> bool {
        self.topic == Topic::Checkpoint && !self.forged
    }

    fn judge(&mut self, shares: bool, directory: &ewtp_trust::Directory) -> Result<Gossip, Fault> {
        if let Some(found) = self.found.as_ref().filter(|_| shares) {
            return Ok(found.clone());
        }
        let found = match self.topic {
            Topic::Checkpoint => medium::announcement(&self.bytes, directory)?,
            Topic::Witness | Topic::Alert => medium::cosignature(&self.bytes)?,
        };
        if shares {
            self.found = Some(found.clone());
        }
        Ok(found)
    }
}

/// The engine hands a message's name back as it got it, so the name can be its place in the list.
fn name(spread: SpreadId) -> ContentKey {
    (spread as u128).to_be_bytes()
}

fn spread_named(name: ContentKey) -> SpreadId {
    usize::try_from(u128::from_be_bytes(name)).expect("the name was an index")
}
