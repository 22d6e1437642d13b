//! The simulated world: hubs, links and disks on one virtual clock.
//!
//! Everything that happens is an event with a time. The loop takes the next one, gives it to a hub's engine, and turns
//! what comes out into further events. This is the runtime of a node with the sockets and disks replaced. What lies
//! behind an event is told by concern: connections, gossip, streams, the disk, load and faults.

mod connections;
mod faults;
mod gossip;
mod hostile;
mod issuing;
mod storage;
mod streams;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use ewtp_federation::{CommitId, Engine, Input, Output, ServingId};
use ewtp_record::{NetName, NodeKey};
use ewtp_trust::Directory;
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

use crate::bounds;
use crate::founding;
use crate::hub::Hub;
use crate::links::{Link, Links};
use crate::load::Load;
use crate::medium::{ContentKey, Medium};
use crate::observer::{Observer, What};
use crate::scenario::Scenario;
use crate::schedule::Schedule;

use gossip::{Spread, SpreadId};
use hostile::Overheard;
use streams::{Asker, Parcel};

/// Something that happens to a hub or to the world.
#[derive(Debug)]
enum Event {
    /// A process starts.
    Boot {
        hub: usize,
    },
    /// An engine's deadline has come.
    Wake {
        hub: usize,
        start: u32,
    },
    /// A commit reached the disk.
    Durable {
        hub: usize,
        start: u32,
        commit: CommitId,
    },
    /// A process is killed, if it is still the one that was to be.
    Kill {
        hub: usize,
        start: u32,
    },
    /// Two hubs try to connect.
    Connect {
        a: usize,
        b: usize,
    },
    /// Both sides notice that nothing comes through.
    Dead {
        a: usize,
        b: usize,
        session: u32,
    },
    /// A gossip message arrives.
    Gossip {
        from: usize,
        /// Which of the sender's links it comes over.
        link: usize,
        spread: SpreadId,
    },
    /// Something on a stream arrives.
    Stream(Box<Parcel>),
    /// A link that healed carries what waited on its stream.
    Recover {
        from: usize,
        to: usize,
    },
    /// Some hub issues.
    Load(Load),
    FaultBegins(usize),
    FaultEnds(usize),
    /// A hostile hub sends something that breaks a rule.
    Forge {
        hub: usize,
    },
    /// The bounds of memory are looked at.
    Measure,
}

/// See the module.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) scenario: Scenario,
    pub(crate) hubs: Vec<Hub>,
    by_node: BTreeMap<NodeKey, usize>,
    net: NetName,
    /// What a hub knows when it starts.
    known: Directory,
    pub(crate) links: Links,
    schedule: Schedule<Event>,
    medium: Medium,
    random: ChaCha8Rng,
    pub(crate) observer: Observer,
    /// Every message ever gossiped.
    spreads: Vec<Spread>,
    spread_of: HashMap<ContentKey, SpreadId>,
    /// What is on a stream whose link is cut, in order, until the link heals or the connection ends.
    stalled: BTreeMap<(usize, usize), Vec<Parcel>>,
    /// Range requests that wait for their answer.
    servings: BTreeMap<ServingId, Asker>,
    next_serving: u64,
    overheard: Overheard,
}

impl World {
    pub(crate) fn new(scenario: Scenario) -> Self {
        let mut random = ChaCha8Rng::seed_from_u64(scenario.seed);
        let net: NetName = "test:simulation".parse().expect("a valid name");
        let hubs: Vec<Hub> = founding::hubs(scenario.hubs, scenario.seed, net)
            .into_iter()
            .map(Hub::new)
            .collect();
        let known = founding::directory(&hubs, net, scenario.acquaintance);
        let by_node = hubs
            .iter()
            .enumerate()
            .map(|(index, hub)| (hub.identity.node, index))
            .collect();
        let links = Links::new(scenario.hubs, scenario.links, &mut random);
        let mut world = Self {
            medium: Medium::new(scenario.memoise),
            scenario,
            hubs,
            by_node,
            net,
            known,
            links,
            schedule: Schedule::new(),
            random,
            observer: Observer::default(),
            spreads: Vec::new(),
            spread_of: HashMap::new(),
            stalled: BTreeMap::new(),
            servings: BTreeMap::new(),
            next_serving: 0,
            overheard: Overheard::default(),
        };
        world.plan_beginning();
        world
    }

    fn plan_beginning(&mut self) {
        for hub in 0..self.hubs.len() {
            let at = Duration::from_millis(self.random.random_range(0..200));
            self.schedule.plan(at, Event::Boot { hub });
        }
        for (a, b) in self.links.pairs() {
            let at = Duration::from_millis(self.random.random_range(200..600));
            self.schedule.plan(at, Event::Connect { a, b });
        }
        for (index, fault) in self.scenario.faults.iter().enumerate() {
            self.schedule.plan(fault.at, Event::FaultBegins(index));
            if let Some(lasts) = fault.lasts {
                self.schedule.plan(fault.at + lasts, Event::FaultEnds(index));
            }
        }
        self.plan_load();
        self.schedule.plan(bounds::MEASURE_EVERY, Event::Measure);
    }

    /// Lets everything happen up to a time.
    pub(crate) fn run_until(&mut self, end: Duration) {
        while let Some(event) = self.schedule.next(end) {
            self.happen(event);
        }
    }

    pub(crate) fn now(&self) -> Duration {
        self.schedule.now()
    }

    /// The time at which load and the last fault that ends have ended.
    pub(crate) fn faults_end(&self) -> Duration {
        let faults = self.scenario.faults.iter();
        let ends = faults.map(|fault| fault.at + fault.lasts.unwrap_or_default());
        ends.fold(self.scenario.duration, Duration::max)
    }

    /// Whether every hub runs and holds the same of every log, and every panel has cosigned if nothing could be lost.
    pub(crate) fn is_settled(&self) -> bool {
        let mut digests = self.engines().map(|engine| engine.frontier().digest());
        let first = digests.next();
        let all_run = self.hubs.iter().all(|hub| hub.engine.is_some());
        let agree = all_run && digests.all(|digest| Some(digest) == first);
        agree && (self.scenario.loses_gossip() || self.witnessed() == self.hubs.len())
    }

    /// How many hubs have their newest checkpoint cosigned by their whole panel.
    pub(crate) fn witnessed(&self) -> usize {
        let is_witnessed = |hub: &&Hub| {
            let own = hub
                .engine
                .as_ref()
                .and_then(|engine| engine.frontier_entry(hub.identity.hub));
            let panel = founding::panel_size(self.hubs.len());
            own.is_some_and(|own| own.cosigned_size == own.size && own.cosignatures as usize == panel)
        };
        self.hubs.iter().filter(is_witnessed).count()
    }

    fn engines(&self) -> impl Iterator<Item = &Engine> {
        self.hubs.iter().filter_map(|hub| hub.engine.as_ref())
    }

    fn happen(&mut self, event: Event) {
        match event {
            Event::Boot { hub } => self.boot(hub),
            Event::Wake { hub, start } => self.wake(hub, start),
            Event::Durable { hub, start, commit } => self.durable(hub, start, commit),
            Event::Kill { hub, start } if self.hubs[hub].start == start => self.crash(hub),
            Event::Kill { .. } => {}
            Event::Connect { a, b } => self.connect(a, b),
            Event::Dead { a, b, session } => self.dead(a, b, session),
            Event::Gossip { from, link, spread } => self.hear(from, link, spread),
            Event::Stream(parcel) => self.arrive(*parcel),
            Event::Recover { from, to } => self.recover(from, to),
            Event::Load(load) => self.load(load),
            Event::FaultBegins(index) => self.fault_begins(index),
            Event::FaultEnds(index) => self.fault_ends(index),
            Event::Forge { hub } => self.forge(hub),
            Event::Measure => self.measure(),
        }
    }

    fn wake(&mut self, hub: usize, start: u32) {
        let now = self.schedule.now();
        let due = self.hubs[hub].wake_at == Some(now) && self.hubs[hub].start == start;
        if due {
            self.hubs[hub].wake_at = None;
            self.give(hub, Input::Tick);
        }
    }

    fn measure(&mut self) {
        for hub in &self.hubs {
            if let Some(engine) = &hub.engine {
                self.observer.bounds.measured(&engine.memory());
            }
        }
        let next = self.schedule.now() + bounds::MEASURE_EVERY;
        self.schedule.plan(next, Event::Measure);
    }

    /// Notes what the busiest link carried.
    pub(crate) fn measure_links(&mut self) {
        let busiest = (0..self.hubs.len())
            .flat_map(|hub| self.links.from(hub))
            .map(Link::bytes);
        let busiest = busiest.max().unwrap_or(0);
        self.observer.bounds.carried(busiest, self.schedule.now());
    }

    /// One input to one engine, then everything it wants done. A paused process takes it when it goes on.
    fn give(&mut self, hub: usize, input: Input) {
        let ticks = self.schedule.now();
        let state = &mut self.hubs[hub];
        let now = state.now(ticks);
        if let Some(waiting) = &mut state.paused {
            waiting.push(input);
        } else if let Some(engine) = &mut state.engine {
            engine.handle(input, now);
            self.drain(hub);
        }
    }

    fn drain(&mut self, hub: usize) {
        while let Some(output) = self.hubs[hub].engine.as_mut().and_then(Engine::poll_output) {
            self.perform(hub, output);
        }
        let Some(engine) = &self.hubs[hub].engine else { return };
        let wake_at = engine.next_deadline().max(self.schedule.now());
        if self.hubs[hub].wake_at != Some(wake_at) {
            self.hubs[hub].wake_at = Some(wake_at);
            let start = self.hubs[hub].start;
            self.schedule.plan(wake_at, Event::Wake { hub, start });
        }
    }

    fn perform(&mut self, hub: usize, output: Output) {
        match output {
            Output::Commit(commit) => self.write(hub, commit),
            Output::Sign { signing, key, message } => self.sign(hub, signing, key, &message),
            Output::Publish { topic, bytes } => self.publish(hub, topic, &bytes),
            Output::Validate { gossip, acceptance } => self.validate(hub, gossip, acceptance),
            Output::Send { to, frame } => self.send(hub, to, frame),
            Output::Request { to, request, range } => self.ask(hub, to, request, range),
            Output::Serve { serving, plan, .. } => self.serve(hub, serving, plan.as_deref()),
            Output::Issued { answers, .. } => self.observer.issued(&answers),
            Output::Directory(directory) => self.hubs[hub].learn(directory),
            Output::Pulse { sequence } => self.pulse(hub, sequence),
            Output::Blame { node, fault } => {
                let other = self.by_node[&node];
                self.observer.blames(hub, other, &fault);
            }
            Output::LogSplit { hub: accused, .. } => {
                let accused = self.hubs.iter().position(|hub| hub.identity.hub == accused);
                self.observer
                    .accuses(hub, accused.expect("only hubs of this world are carried"));
            }
            Output::Refuse { node, why } => {
                let other = self.by_node[&node];
                self.observer.blames(hub, other, &why);
                self.disconnect(hub, other);
            }
            // What was given up may still come; it proves itself.
            Output::GiveUp { .. } | Output::Admit { .. } | Output::Grown { .. } | Output::NotIssued { .. } => {}
        }
    }

    fn trace(&mut self, hub: usize, what: What, detail: &[u8]) {
        self.observer.trace(self.schedule.now(), hub, what, detail);
    }
}
