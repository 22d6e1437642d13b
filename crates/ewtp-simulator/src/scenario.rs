//! What is simulated: how many hubs, for how long, on which links, with which faults. All of it follows from a seed.

use std::ops::Range;
use std::time::Duration;

use rand::{Rng as _, RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

use crate::load::Load;

/// A whole run, before it starts.
#[derive(Clone, Debug)]
pub struct Scenario {
    /// Number of hubs, 2 to 1,000.
    pub hubs: usize,
    /// How long load and faults go on. Afterwards the mesh gets time to agree.
    pub duration: Duration,
    /// Everything random follows from it.
    pub seed: u64,
    /// Clearance certificates issued each second, over all hubs.
    pub certificates_per_second: u32,
    /// Records of a status's size issued each second, over all hubs.
    pub statuses_per_second: u32,
    /// What links do to messages.
    pub links: Links,
    /// What happens to hubs and links, and when.
    pub faults: Vec<Fault>,
    /// Whether equal bytes are verified once for all hubs. One seed in twenty verifies all of them; the trace is equal.
    pub memoise: bool,
    /// What hubs know of each other at first.
    pub acquaintance: Acquaintance,
    /// How long after load and faults ended the hubs may take to agree.
    pub agree_within: Duration,
}

/// What hubs know of each other at first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Acquaintance {
    /// Each other's charters: a mesh that has run before.
    Charters,
    /// Each other's genesis ids only; charters must travel.
    Pins,
}

/// What every link does.
#[derive(Clone, Copy, Debug)]
pub struct Links {
    /// Shares of gossip messages that never arrive, 0 to 1. Streams repeat what is lost, and pay with time.
    pub loss: f64,
    /// Share of gossip messages that arrive twice.
    pub duplication: f64,
    /// Share of gossip messages that are held up, so that later ones overtake them.
    pub reordering: f64,
    /// Bytes a second that one link carries in one direction.
    pub bytes_per_second: u64,
}

/// Something that goes wrong for a while.
#[derive(Clone, Debug)]
pub struct Fault {
    /// From when on.
    pub at: Duration,
    /// For how long; `None`: it never ends.
    pub lasts: Option<Duration>,
    /// What.
    pub kind: FaultKind,
}

/// The kinds of faults.
#[derive(Clone, Debug)]
pub enum FaultKind {
    /// Hubs marked true and hubs marked false do not hear each other.
    Partition(Vec<bool>),
    /// Hubs marked false hear nothing of those marked true; the other direction works.
    OneWayPartition(Vec<bool>),
    /// The process of a hub is killed; it starts again when the fault ends. What was not synced may be lost.
    Crash(usize),
    /// The same, at the moment in which the hub next writes to its disk.
    CrashWhileWriting(usize),
    /// The process of a hub stands still, and then goes on as if nothing had been.
    Pause(usize),
    /// The wall clock of a hub is off by this many seconds.
    Skew(usize, i64),
    /// A hub sends its neighbours forgeries, noise and floods besides what its engine does. It signs only with its own
    /// keys, and what its engine signs stays honest.
    Hostile(usize),
}

impl Scenario {
    /// The default scenario: links of 10 to 100 ms, no faults.
    #[must_use]
    pub fn calm(hubs: usize, duration: Duration, seed: u64) -> Self {
        let links = Links {
            loss: 0.0,
            duplication: 0.0,
            reordering: 0.0,
            bytes_per_second: 50_000_000 / 8,
        };
        let memoise = !seed.is_multiple_of(20);
        Self {
            hubs,
            duration,
            seed,
            certificates_per_second: 5,
            statuses_per_second: 1,
            links,
            faults: Vec::new(),
            memoise,
            acquaintance: Acquaintance::Charters,
            agree_within: AGREE_WITHIN,
        }
    }

    /// The same, and nobody issues anything: the hubs log their pulses.
    #[must_use]
    pub fn idle(hubs: usize, duration: Duration, seed: u64) -> Self {
        Self {
            certificates_per_second: 0,
            statuses_per_second: 0,
            ..Self::calm(hubs, duration, seed)
        }
    }

    /// The same with a fifth of gossip lost, copies and detours, partitions, crashes, pauses, clocks that are off and
    /// hostile hubs, all drawn from the seed.
    #[must_use]
    pub fn rough(hubs: usize, duration: Duration, seed: u64) -> Self {
        let mut scenario = Self::calm(hubs, duration, seed);
        scenario.acquaintance = Acquaintance::Pins;
        scenario.links.loss = 0.2;
        scenario.links.duplication = 0.1;
        scenario.links.reordering = 0.1;
        let mut random = ChaCha8Rng::seed_from_u64(seed ^ FAULTS_STREAM);
        for kind in [FaultKind::Partition, FaultKind::Partition, FaultKind::OneWayPartition] {
            let sides = (0..hubs).map(|_| random.random_bool(0.5)).collect();
            scenario.add(&mut random, 5..30, kind(sides));
        }
        let crashes = [FaultKind::Crash, FaultKind::CrashWhileWriting];
        for kind in crashes.iter().cycle().take(hubs.div_ceil(4)) {
            let hub = random.random_range(0..hubs);
            scenario.add(&mut random, 1..20, kind(hub));
        }
        for _ in 0..hubs.div_ceil(8) {
            let hub = random.random_range(0..hubs);
            scenario.add(&mut random, 1..6, FaultKind::Pause(hub));
        }
        for _ in 0..hubs.div_ceil(8) {
            let hub = random.random_range(0..hubs);
            let seconds = random.random_range(-100..=100);
            scenario.add(&mut random, 10..60, FaultKind::Skew(hub, seconds));
        }
        for _ in 0..hubs.div_ceil(8) {
            let hub = random.random_range(0..hubs);
            scenario.add(&mut random, 5..30, FaultKind::Hostile(hub));
        }
        scenario
    }

    /// Whether a gossip message may reach nobody.
    pub(crate) fn loses_gossip(&self) -> bool {
        self.links.loss > 0.0 || !self.faults.is_empty()
    }

    pub(crate) fn per_second(&self, load: Load) -> u32 {
        match load {
            Load::Certificate => self.certificates_per_second,
            Load::Status => self.statuses_per_second,
        }
    }

    fn add(&mut self, random: &mut ChaCha8Rng, seconds: Range<u64>, kind: FaultKind) {
        let millis = u64::try_from(self.duration.as_millis()).unwrap_or(u64::MAX).max(1);
        let at = Duration::from_millis(random.next_u64() % millis);
        let lasts = Some(Duration::from_secs(random.random_range(seconds)));
        self.faults.push(Fault { at, lasts, kind });
    }
}

/// Two anti-entropy periods.
const AGREE_WITHIN: Duration = Duration::from_secs(120);

/// Keeps the draws for faults apart from those for links and load.
const FAULTS_STREAM: u64 = 0x6661_756c_7473_0000;
