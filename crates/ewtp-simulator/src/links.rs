//! Links between hubs: who is connected to whom, how long a message takes, and what a partition does to it.

use std::collections::BTreeSet;
use std::time::Duration;

use rand::{Rng as _, RngExt as _};
use rand_chacha::ChaCha8Rng;

use crate::scenario::Links as LinkModel;

/// One connection in one direction.
#[derive(Clone, Copy, Debug, Default)]
struct Pipe {
    /// Bytes sent before are through at this time.
    free_at: Duration,
    /// Streams deliver in order: nothing arrives before this.
    last_arrival: Duration,
}

/// Regions of the world; a link within one takes 10 to 30 ms, between two of them 40 to 100.
const REGIONS: usize = 4;

/// Each hub dials this many others; with those that dial it, about twice as many links.
const DIALS: usize = 4;

/// Up to this many hubs everyone is connected to everyone.
const FULL_MESH_MAX: usize = 9;

/// See the module.
#[derive(Debug)]
pub(crate) struct Links {
    hubs: usize,
    model: LinkModel,
    neighbours: Vec<Vec<usize>>,
    latency: Vec<Duration>,
    pipes: Vec<Pipe>,
    cut: BTreeSet<(usize, usize)>,
    /// Connections that stand; one not in it is down and will be dialled.
    up: BTreeSet<(usize, usize)>,
    sessions: Vec<u32>,
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
        let mut latency = vec![Duration::ZERO; hubs * hubs];
        for a in 0..hubs {
            for b in 0..a {
                let range = if regions[a] == regions[b] {
                    10_000..30_000
                } else {
                    40_000..100_000
                };
                let micros = Duration::from_micros(random.random_range(range));
                latency[a * hubs + b] = micros;
                latency[b * hubs + a] = micros;
            }
        }
        Self {
            hubs,
            model,
            neighbours: neighbours.into_iter().map(|set| set.into_iter().collect()).collect(),
            latency,
            pipes: vec![Pipe::default(); hubs * hubs],
            cut: BTreeSet::new(),
            up: BTreeSet::new(),
            sessions: vec![0; hubs * hubs],
        }
    }

    pub(crate) fn neighbours(&self, hub: usize) -> &[usize] {
        &self.neighbours[hub]
    }

    /// Every pair that is to be connected, the smaller first.
    pub(crate) fn pairs(&self) -> Vec<(usize, usize)> {
        let of = |(hub, others): (usize, &Vec<usize>)| {
            others
                .iter()
                .filter(move |other| hub < **other)
                .map(move |other| (hub, *other))
                .collect::<Vec<_>>()
        };
        self.neighbours.iter().enumerate().flat_map(of).collect()
    }

    pub(crate) fn is_up(&self, a: usize, b: usize) -> bool {
        self.up.contains(&pair(a, b))
    }

    pub(crate) fn is_cut(&self, a: usize, b: usize) -> bool {
        self.cut.contains(&pair(a, b))
    }

    pub(crate) fn session(&self, a: usize, b: usize) -> u32 {
        let (a, b) = pair(a, b);
        self.sessions[a * self.hubs + b]
    }

    pub(crate) fn connect(&mut self, a: usize, b: usize) {
        self.up.insert(pair(a, b));
    }

    /// Ends a connection: whatever is on it is lost.
    pub(crate) fn disconnect(&mut self, a: usize, b: usize) -> bool {
        let (a, b) = pair(a, b);
        self.sessions[a * self.hubs + b] += 1;
        self.up.remove(&(a, b))
    }

    pub(crate) fn cut(&mut self, a: usize, b: usize) {
        self.cut.insert(pair(a, b));
    }

    pub(crate) fn heal(&mut self, a: usize, b: usize) {
        self.cut.remove(&pair(a, b));
    }

    /// When each copy of a gossip message arrives; none when it is lost.
    pub(crate) fn gossip(
        &mut self,
        from: usize,
        to: usize,
        bytes: usize,
        now: Duration,
        random: &mut ChaCha8Rng,
    ) -> impl Iterator<Item = Duration> + use<> {
        let lost = self.is_cut(from, to) || happens(random, self.model.loss);
        let twice = happens(random, self.model.duplication);
        let sent = self.send(from, to, bytes, now);
        let first = (!lost).then(|| sent + self.jitter(random));
        let second = (!lost && twice).then(|| sent + self.jitter(random) * 2);
        first.into_iter().chain(second)
    }

    /// When a frame of a stream arrives: in order, later when it had to be repeated.
    pub(crate) fn stream(
        &mut self,
        from: usize,
        to: usize,
        bytes: usize,
        now: Duration,
        random: &mut ChaCha8Rng,
    ) -> Duration {
        let mut arrival = self.send(from, to, bytes, now) + self.jitter(random);
        while happens(random, self.model.loss) {
            arrival += Duration::from_millis(200);
        }
        let pipe = &mut self.pipes[from * self.hubs + to];
        pipe.last_arrival = pipe.last_arrival.max(arrival);
        pipe.last_arrival
    }

    /// The time at which the last byte has travelled, with the link's bandwidth shared by everything on it.
    fn send(&mut self, from: usize, to: usize, bytes: usize, now: Duration) -> Duration {
        let index = from * self.hubs + to;
        let nanos = bytes as u64 * 1_000_000_000 / self.model.bytes_per_second.max(1);
        let pipe = &mut self.pipes[index];
        pipe.free_at = pipe.free_at.max(now) + Duration::from_nanos(nanos);
        pipe.free_at + self.latency[index]
    }

    fn jitter(&self, random: &mut ChaCha8Rng) -> Duration {
        Duration::from_micros(random.next_u64() % 5_000)
    }
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

fn pair(a: usize, b: usize) -> (usize, usize) {
    (a.min(b), a.max(b))
}
