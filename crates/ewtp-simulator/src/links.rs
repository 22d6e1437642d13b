//! Links between hubs: who is connected to whom, how long a message takes, and what a partition does to it.

use std::collections::BTreeSet;
use std::time::Duration;

use rand::{Rng as _, RngExt as _};
use rand_chacha::ChaCha8Rng;

use crate::observer::FaultCounts;
use crate::scenario::Links as LinkModel;

/// Regions of the world; a link within one takes 10 to 30 ms, between two of them 40 to 100.
const REGIONS: usize = 4;

/// Each hub dials this many others; with those that dial it, about twice as many links.
const DIALS: usize = 4;

/// Up to this many hubs everyone is connected to everyone.
const FULL_MESH_MAX: usize = 9;

/// A lost packet of a stream is sent again after this time.
const RESEND_AFTER: Duration = Duration::from_millis(200);

/// A gossip message that is held up comes later by up to this time, so that later ones overtake it.
const HELD_UP_MAX: Duration = Duration::from_millis(300);

/// One direction of the link between two hubs.
#[derive(Debug)]
pub(crate) struct Link {
    pub(crate) to: usize,
    latency: Duration,
    /// Bytes sent before are through at this time.
    free_at: Duration,
    /// Streams deliver in order: nothing arrives before this.
    last_arrival: Duration,
    /// When the newest gossip message arrives: an earlier arrival overtakes it.
    last_gossip: Duration,
    /// Connected. Both directions always agree.
    pub(crate) up: bool,
    /// How many partitions let nothing pass in this direction.
    cuts: u32,
    /// Counts connections; what belongs to an earlier one is lost. Both directions agree.
    session: u32,
    /// All bytes ever sent this way by gossip.
    pub(crate) gossip_bytes: u64,
    /// All bytes ever sent this way on streams.
    pub(crate) sync_bytes: u64,
}

/// See the module.
#[derive(Debug)]
pub(crate) struct Links {
    model: LinkModel,
    /// By hub, in the order of the other's number.
    of: Vec<Vec<Link>>,
    /// Hubs in the same group reach each other; empty when it must be found out anew.
    groups: Vec<usize>,
}

impl Links {
    pub(crate) fn new(hubs: usize, model: LinkModel, random: &mut ChaCha8Rng) -> Self {
        let mut neighbours = vec![BTreeSet::new(); hubs];
        for hub in 0..hubs {
            for other in peers_to_dial(hub, hubs, random) {
                neighbours[hub].insert(other);
                neighbours[other].insert(hub);
            }
        }
        let regions: Vec<usize> = (0..hubs).map(|_| random.random_range(0..REGIONS)).collect();
        let mut of: Vec<Vec<Link>> = (0..hubs).map(|_| Vec::new()).collect();
        for (hub, others) in neighbours.into_iter().enumerate() {
            for to in others {
                let back = of[to].iter().find(|back| back.to == hub).map(|back| back.latency);
                let latency = back.unwrap_or_else(|| latency(regions[hub] == regions[to], random));
                of[hub].push(Link::new(to, latency));
            }
        }
        Self {
            model,
            of,
            groups: Vec::new(),
        }
    }

    /// The links of a hub to its neighbours.
    pub(crate) fn from(&self, hub: usize) -> &[Link] {
        &self.of[hub]
    }

    pub(crate) fn neighbours(&self, hub: usize) -> Vec<usize> {
        self.of[hub].iter().map(|link| link.to).collect()
    }

    /// Every pair that is to be connected, the smaller first.
    pub(crate) fn pairs(&self) -> Vec<(usize, usize)> {
        let of = |(hub, links): (usize, &Vec<Link>)| {
            let larger = links.iter().map(|link| link.to).filter(|to| hub < *to);
            larger.map(|to| (hub, to)).collect::<Vec<_>>()
        };
        self.of.iter().enumerate().flat_map(of).collect()
    }

    pub(crate) fn link(&self, from: usize, to: usize) -> &Link {
        let found = self.of[from].iter().find(|link| link.to == to);
        found.expect("only neighbours talk")
    }

    fn link_mut(&mut self, from: usize, to: usize) -> &mut Link {
        let found = self.of[from].iter_mut().find(|link| link.to == to);
        found.expect("only neighbours talk")
    }

    pub(crate) fn is_up(&self, a: usize, b: usize) -> bool {
        self.link(a, b).up
    }

    /// Whether nothing passes in this direction.
    pub(crate) fn is_cut(&self, from: usize, to: usize) -> bool {
        self.link(from, to).cuts > 0
    }

    pub(crate) fn session(&self, a: usize, b: usize) -> u32 {
        self.link(a, b).session
    }

    pub(crate) fn connect(&mut self, a: usize, b: usize) {
        self.both(a, b, |link| link.up = true);
    }

    /// Ends a connection: whatever is on it is lost. False when there was none.
    pub(crate) fn disconnect(&mut self, a: usize, b: usize) -> bool {
        let was_up = self.is_up(a, b);
        self.both(a, b, |link| {
            link.up = false;
            link.session += 1;
        });
        was_up
    }

    fn both(&mut self, a: usize, b: usize, change: impl Fn(&mut Link)) {
        change(self.link_mut(a, b));
        change(self.link_mut(b, a));
        self.groups.clear();
    }

    pub(crate) fn cut(&mut self, from: usize, to: usize) {
        self.link_mut(from, to).cuts += 1;
        self.groups.clear();
    }

    pub(crate) fn heal(&mut self, from: usize, to: usize) {
        self.link_mut(from, to).cuts -= 1;
        self.groups.clear();
    }

    /// The group of each hub: two hubs of one group reach each other over links that pass in both directions.
    pub(crate) fn groups(&mut self) -> &[usize] {
        if self.groups.is_empty() {
            self.groups = self.find_groups();
        }
        &self.groups
    }

    fn find_groups(&self) -> Vec<usize> {
        let mut groups = vec![usize::MAX; self.of.len()];
        for first in 0..self.of.len() {
            let mut found = vec![first];
            while let Some(hub) = found.pop() {
                if groups[hub] != usize::MAX {
                    continue;
                }
                groups[hub] = first;
                let passing = self.of[hub].iter().filter(|link| link.up && link.cuts == 0);
                found.extend(passing.map(|link| link.to).filter(|to| !self.is_cut(*to, hub)));
            }
        }
        groups
    }

    /// When each copy of a gossip message arrives on the `index`th link of a hub; none when it is lost.
    pub(crate) fn gossip(
        &mut self,
        (from, index): (usize, usize),
        bytes: usize,
        now: Duration,
        random: &mut ChaCha8Rng,
        faults: &mut FaultCounts,
    ) -> [Option<Duration>; 2] {
        let Self { model, of, .. } = self;
        let link = &mut of[from][index];
        let sent = link.send(bytes, now, model.bytes_per_second) + jitter(random);
        link.gossip_bytes += bytes as u64;
        if link.cuts > 0 {
            return [None, None];
        }
        if happens(random, model.loss) {
            faults.lost += 1;
            return [None, None];
        }
        let mut arrival = sent;
        if happens(random, model.reordering) {
            arrival += random.random_range(Duration::ZERO..HELD_UP_MAX);
        }
        faults.reordered += u64::from(arrival < link.last_gossip && model.reordering > 0.0);
        link.last_gossip = link.last_gossip.max(arrival);
        let twice = happens(random, model.duplication);
        faults.duplicated += u64::from(twice);
        [Some(arrival), twice.then(|| arrival + jitter(random) * 2)]
    }

    /// When a frame of a stream arrives: in order, later when it had to be repeated.
    pub(crate) fn stream(
        &mut self,
        (from, to): (usize, usize),
        bytes: usize,
        now: Duration,
        random: &mut ChaCha8Rng,
    ) -> Duration {
        let LinkModel {
            loss, bytes_per_second, ..
        } = self.model;
        let link = self.link_mut(from, to);
        let mut arrival = link.send(bytes, now, bytes_per_second) + jitter(random);
        link.sync_bytes += bytes as u64;
        while happens(random, loss) {
            arrival += RESEND_AFTER;
        }
        link.last_arrival = link.last_arrival.max(arrival);
        link.last_arrival
    }
}

impl Link {
    fn new(to: usize, latency: Duration) -> Self {
        Self {
            to,
            latency,
            free_at: Duration::ZERO,
            last_arrival: Duration::ZERO,
            last_gossip: Duration::ZERO,
            up: false,
            cuts: 0,
            session: 0,
            gossip_bytes: 0,
            sync_bytes: 0,
        }
    }

    pub(crate) fn bytes(&self) -> u64 {
        self.gossip_bytes + self.sync_bytes
    }

    /// The time at which the last byte has travelled, with the link's bandwidth shared by everything on it.
    fn send(&mut self, bytes: usize, now: Duration, bytes_per_second: u64) -> Duration {
        let nanos = bytes as u64 * 1_000_000_000 / bytes_per_second.max(1);
        self.free_at = self.free_at.max(now) + Duration::from_nanos(nanos);
        self.free_at + self.latency
    }
}

fn latency(same_region: bool, random: &mut ChaCha8Rng) -> Duration {
    let range = if same_region { 10_000..30_000 } else { 40_000..100_000 };
    Duration::from_micros(random.random_range(range))
}

fn jitter(random: &mut ChaCha8Rng) -> Duration {
    Duration::from_micros(random.next_u64() % 5_000)
}

fn peers_to_dial(hub: usize, hubs: usize, random: &mut ChaCha8Rng) -> Vec<usize> {
    if hubs <= FULL_MESH_MAX {
        return (0..hubs).filter(|other| *other != hub).collect();
    }
    // The next one round keeps the mesh in one piece; the others make it small.
    let mut chosen = BTreeSet::from([(hub + 1) % hubs]);
    while chosen.len() < DIALS {
        let other = random.random_range(0..hubs);
        if other != hub {
            chosen.insert(other);
        }
    }
    chosen.into_iter().collect()
}

/// A probability of zero draws nothing, so that a calm scenario costs nothing.
fn happens(random: &mut ChaCha8Rng, probability: f64) -> bool {
    probability > 0.0 && random.random_bool(probability)
}
