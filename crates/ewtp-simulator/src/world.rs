//! The simulated world: hubs, links and disks on one virtual clock.
//!
//! Everything that happens is an event with a time. The loop takes the next one, gives it to a hub's engine, and turns
//! what comes out into further events. This is the runtime of a node with the sockets and disks replaced.

use std::collections::BTreeMap;
use std::time::Duration;

use bytes::Bytes;
use ewtp_federation::{
    Acceptance, CommitId, GossipId, Input, Message, Output, RangeRequest, RequestId, Serving, ServingId, SigningKey,
    Ticket, Topic, bundle, message,
};
use ewtp_record::{LogId, NetName};
use ewtp_trust::{Directory, Introduction};
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

use crate::founding;
use crate::hub::{GossipKey, Hub};
use crate::links::Links;
use crate::load;
use crate::medium::{Medium, key_of};
use crate::observer::Observer;
use crate::scenario::{Fault, FaultKind, Scenario};
use crate::schedule::Schedule;

/// A cut connection is noticed by both sides after this time.
const DEAD_AFTER: Duration = Duration::from_secs(8);

/// A lost connection is dialled again after at most this time.
const REDIAL_AFTER: Duration = Duration::from_secs(2);

/// Something that happens to a hub or to the world.
#[derive(Debug)]
enum Event {
    Boot {
        hub: usize,
    },
    Wake {
        hub: usize,
        start: u32,
    },
    Durable {
        hub: usize,
        start: u32,
        commit: CommitId,
    },
    Connect {
        a: usize,
        b: usize,
    },
    Dead {
        a: usize,
        b: usize,
        session: u32,
    },
    Gossip {
        from: usize,
        to: usize,
        topic: Topic,
        key: GossipKey,
        bytes: Bytes,
    },
    Frame {
        from: usize,
        to: usize,
        session: u32,
        bytes: Bytes,
    },
    Request {
        from: usize,
        to: usize,
        session: u32,
        request: RequestId,
        range: RangeRequest,
    },
    Bundle {
        from: usize,
        to: usize,
        session: u32,
        request: RequestId,
        bytes: Bytes,
    },
    RequestEnd {
        to: usize,
        from: usize,
        session: u32,
        request: RequestId,
    },
    Load,
    FaultBegins(usize),
    FaultEnds(usize),
}

/// See the module.
#[derive(Debug)]
pub(crate) struct World {
    scenario: Scenario,
    pub(crate) hubs: Vec<Hub>,
    by_node: BTreeMap<ewtp_record::NodeKey, usize>,
    net: NetName,
    /// What a hub knows when it starts.
    known: Directory,
    links: Links,
    schedule: Schedule<Event>,
    medium: Medium,
    random: ChaCha8Rng,
    pub(crate) observer: Observer,
    /// Requests waiting for a serving: whose, which.
    servings: BTreeMap<ServingId, (usize, u32, RequestId)>,
    next_serving: u64,
    loaded_until: Duration,
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
            loaded_until: scenario.duration,
            scenario,
            hubs,
            by_node,
            net,
            known,
            links,
            schedule: Schedule::new(),
            random,
            observer: Observer::default(),
            servings: BTreeMap::new(),
            next_serving: 0,
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
            self.schedule.plan(fault.at + fault.lasts, Event::FaultEnds(index));
        }
        self.schedule.plan(Duration::from_secs(1), Event::Load);
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

    /// The time at which the last fault has ended.
    pub(crate) fn faults_end(&self) -> Duration {
        let ends = self.scenario.faults.iter().map(|fault| fault.at + fault.lasts);
        ends.fold(self.scenario.duration, Duration::max)
    }

    /// Whether every hub runs and holds the same of every log.
    pub(crate) fn agrees(&self) -> bool {
        let mut frontiers = self
            .hubs
            .iter()
            .map(|hub| hub.engine.as_ref().map(|engine| engine.frontier().digest()));
        let first = frontiers.next().flatten();
        first.is_some() && frontiers.all(|digest| digest == first)
    }

    fn happen(&mut self, event: Event) {
        match event {
            Event::Boot { hub } => self.boot(hub),
            Event::Wake { hub, start } => self.wake(hub, start),
            Event::Durable { hub, start, commit } => self.durable(hub, start, commit),
            Event::Connect { a, b } => self.connect(a, b),
            Event::Dead { a, b, session } => self.dead(a, b, session),
            Event::Gossip {
                from,
                to,
                topic,
                key,
                bytes,
            } => self.gossip(from, to, topic, key, &bytes),
            Event::Frame {
                from,
                to,
                session,
                bytes,
            } => self.frame(from, to, session, &bytes),
            Event::Request {
                from,
                to,
                session,
                request,
                range,
            } => self.request(from, to, session, request, range),
            Event::Bundle {
                from,
                to,
                session,
                request,
                bytes,
            } => self.bundle(from, to, session, request, &bytes),
            Event::RequestEnd {
                to,
                from,
                session,
                request,
            } => {
                if self.links.session(from, to) == session {
                    self.give(to, Input::RangeEnded { request });
                }
            }
            Event::Load => self.load(),
            Event::FaultBegins(index) => self.fault_begins(index),
            Event::FaultEnds(index) => self.fault_ends(index),
        }
    }

    fn boot(&mut self, hub: usize) {
        let ticks = self.schedule.now();
        self.observer.trace(ticks, hub, "boot");
        self.hubs[hub].boot(self.known.clone(), ticks);
        self.drain(hub);
        for other in self.links.neighbours(hub).to_vec() {
            self.plan_connect(hub, other);
        }
    }

    fn plan_connect(&mut self, a: usize, b: usize) {
        let at = self.schedule.now() + self.random.random_range(Duration::from_millis(50)..REDIAL_AFTER);
        self.schedule.plan(at, Event::Connect { a, b });
    }

    fn connect(&mut self, a: usize, b: usize) {
        let running = self.hubs[a].engine.is_some() && self.hubs[b].engine.is_some();
        if !running || self.links.is_up(a, b) {
            return;
        }
        if self.links.is_cut(a, b) {
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
        let identity = &self.hubs[other].identity;
        let introduction = Introduction {
            net: self.net,
            hub: identity.hub,
            charters: vec![identity.charter.clone()],
            manifest: identity.manifest.clone(),
        };
        let node = identity.node;
        let now = self.hubs[hub].now(self.schedule.now()).unix;
        match introduction.verify(&directory, node, now) {
            Ok(introduced) => self.give(
                hub,
                Input::Introduced {
                    node,
                    introduction: Box::new(introduced),
                },
            ),
            Err(fault) => self
                .observer
                .violations
                .push(format!("hub {hub} refuses hub {other}: {fault}")),
        }
    }

    fn dead(&mut self, a: usize, b: usize, session: u32) {
        let stale = self.links.session(a, b) != session;
        if !stale && self.links.is_cut(a, b) {
            self.disconnect(a, b);
        }
    }

    fn disconnect(&mut self, a: usize, b: usize) {
        if !self.links.disconnect(a, b) {
            return;
        }
        for (hub, other) in [(a, b), (b, a)] {
            let node = self.hubs[other].identity.node;
            self.give(hub, Input::Disconnected { node });
        }
        self.plan_connect(a, b);
    }

    fn wake(&mut self, hub: usize, start: u32) {
        let now = self.schedule.now();
        let due = self.hubs[hub].wake_at == Some(now) && self.hubs[hub].start == start;
        if due {
            self.hubs[hub].wake_at = None;
            self.give(hub, Input::Tick);
        }
    }

    fn durable(&mut self, hub: usize, start: u32, commit: CommitId) {
        if self.hubs[hub].start != start {
            return;
        }
        if let Some(written) = self.hubs[hub].writing.remove(&commit) {
            written
                .items
                .into_iter()
                .for_each(|item| self.hubs[hub].disk.apply(item));
            self.give(hub, Input::Committed { commit });
        }
    }

    fn gossip(&mut self, from: usize, to: usize, topic: Topic, key: GossipKey, bytes: &Bytes) {
        let hub = &mut self.hubs[to];
        let Some(directory) = hub.directory.clone().filter(|_| hub.engine.is_some()) else {
            return;
        };
        if !hub.seen.insert(key) {
            return;
        }
        self.observer.trace(self.schedule.now(), to, "gossip");
        self.observer.delivered(key, self.schedule.now());
        let sender = self.hubs[from].identity.node;
        let gossip = GossipId { id: key, from: sender };
        self.hubs[to].held.insert(key, (topic, bytes.clone()));
        let input = match topic {
            Topic::Checkpoint => self
                .medium
                .announcement(key, bytes, &directory)
                .map(|verified| Input::Announcement {
                    gossip,
                    announcement: Box::new(verified),
                }),
            Topic::Witness | Topic::Alert => message::decode(bytes).map(|message| match message {
                Message::Cosignature(cosignature) => Input::Cosignature { gossip, cosignature },
                _ => Input::Tick,
            }),
        };
        let input = input.unwrap_or_else(|fault| {
            self.hubs[to].held.remove(&key);
            Input::Fault {
                from: sender,
                hub: None,
                fault,
            }
        });
        self.give(to, input);
    }

    fn frame(&mut self, from: usize, to: usize, session: u32, bytes: &Bytes) {
        if self.links.session(from, to) != session {
            return;
        }
        if self.links.is_cut(from, to) {
            return self.resend_later(Event::Frame {
                from,
                to,
                session,
                bytes: bytes.clone(),
            });
        }
        let sender = self.hubs[from].identity.node;
        match message::decode(bytes) {
            Ok(message) => self.give(to, Input::Message { from: sender, message }),
            Err(fault) => self.give(
                to,
                Input::Fault {
                    from: sender,
                    hub: None,
                    fault,
                },
            ),
        }
    }

    /// A stream keeps trying while a link is cut, until the connection is found dead.
    fn resend_later(&mut self, event: Event) {
        let at = self.schedule.now() + Duration::from_millis(300);
        self.schedule.plan(at, event);
    }

    fn request(&mut self, from: usize, to: usize, session: u32, request: RequestId, range: RangeRequest) {
        if self.links.session(from, to) != session {
            return;
        }
        if self.links.is_cut(from, to) {
            return self.resend_later(Event::Request {
                from,
                to,
                session,
                request,
                range,
            });
        }
        let serving = ServingId(self.next_serving);
        self.next_serving += 1;
        self.servings.insert(serving, (from, session, request));
        let sender = self.hubs[from].identity.node;
        self.give(
            to,
            Input::RangeRequested {
                from: sender,
                serving,
                request: range,
            },
        );
    }

    fn bundle(&mut self, from: usize, to: usize, session: u32, request: RequestId, bytes: &Bytes) {
        if self.links.session(from, to) != session {
            return;
        }
        if self.links.is_cut(from, to) {
            return self.resend_later(Event::Bundle {
                from,
                to,
                session,
                request,
                bytes: bytes.clone(),
            });
        }
        let Some(directory) = self.hubs[to].directory.clone() else {
            return;
        };
        let sender = self.hubs[from].identity.node;
        match self.medium.bundle(bytes, &directory) {
            Ok(run) => self.give(
                to,
                Input::Bundle {
                    from: sender,
                    request,
                    run,
                },
            ),
            Err(fault) => self.give(
                to,
                Input::Fault {
                    from: sender,
                    hub: None,
                    fault,
                },
            ),
        }
    }

    fn load(&mut self) {
        let now = self.schedule.now();
        if now < self.loaded_until {
            let pause = Duration::from_micros(self.random.random_range(0..2 * 1_000_000 / load::PER_SECOND));
            self.schedule.plan(now + pause, Event::Load);
        }
        let hub = self.random.random_range(0..self.hubs.len());
        let status_sized = self.random.random_ratio(1, load::STATUS_SIZED_ONE_IN);
        if self.hubs[hub].engine.is_none() {
            return;
        }
        let unix = self.hubs[hub].now(now).unix;
        let hub_state = &mut self.hubs[hub];
        let record = load::record(hub_state, unix, status_sized);
        let ticket = Ticket(hub_state.next_ticket);
        hub_state.next_ticket += 1;
        self.give(
            hub,
            Input::Issue {
                ticket,
                records: vec![record],
                looked_up_to: u64::MAX,
            },
        );
    }

    fn fault_begins(&mut self, index: usize) {
        let Fault { kind, .. } = self.scenario.faults[index].clone();
        match kind {
            FaultKind::Partition(sides) => self.partition(&sides),
            FaultKind::Crash(hub) => self.crash(hub),
            FaultKind::Skew(hub, seconds) => self.hubs[hub].skew = seconds,
        }
    }

    fn fault_ends(&mut self, index: usize) {
        let Fault { kind, .. } = self.scenario.faults[index].clone();
        match kind {
            FaultKind::Partition(sides) => {
                for (a, b) in self.links.pairs() {
                    if sides[a] != sides[b] {
                        self.links.heal(a, b);
                    }
                }
            }
            FaultKind::Crash(hub) if self.hubs[hub].engine.is_none() => self.boot(hub),
            FaultKind::Crash(_) => {}
            FaultKind::Skew(hub, _) => self.hubs[hub].skew = 0,
        }
    }

    fn partition(&mut self, sides: &[bool]) {
        let at = self.schedule.now() + DEAD_AFTER;
        for (a, b) in self.links.pairs() {
            if sides[a] != sides[b] {
                self.links.cut(a, b);
                let session = self.links.session(a, b);
                self.schedule.plan(at, Event::Dead { a, b, session });
            }
        }
    }

    fn crash(&mut self, hub: usize) {
        if self.hubs[hub].engine.is_none() {
            return;
        }
        self.observer.trace(self.schedule.now(), hub, "crash");
        let kept = self.random.random_range(0..=self.hubs[hub].writing.len());
        self.hubs[hub].crash(kept);
        for other in self.links.neighbours(hub).to_vec() {
            if self.links.disconnect(hub, other) {
                let node = self.hubs[hub].identity.node;
                self.give(other, Input::Disconnected { node });
            }
        }
    }

    /// One input to one engine, then everything it wants done.
    fn give(&mut self, hub: usize, input: Input) {
        let ticks = self.schedule.now();
        let state = &mut self.hubs[hub];
        let now = state.now(ticks);
        if let Some(engine) = &mut state.engine {
            engine.handle(input, now);
            self.drain(hub);
        }
    }

    fn drain(&mut self, hub: usize) {
        while let Some(output) = self.hubs[hub]
            .engine
            .as_mut()
            .and_then(ewtp_federation::Engine::poll_output)
        {
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
            Output::Sign { signing, key, message } => {
                self.observer.signs(hub, key, &message);
                let identity = &self.hubs[hub].identity;
                let secret = match key {
                    SigningKey::Log => &identity.log_key,
                    SigningKey::Witness => &identity.witness_key,
                };
                let signature = secret.sign(&message);
                self.give(hub, Input::Signed { signing, signature });
            }
            Output::Publish { topic, bytes } => self.publish(hub, topic, bytes),
            Output::Validate { gossip, acceptance } => self.validate(hub, gossip, acceptance),
            Output::Send { to, frame } => self.send(hub, to, frame),
            Output::Request { to, request, range } => self.ask(hub, to, request, range),
            Output::Serve { serving, plan, .. } => self.serve(hub, serving, plan.as_deref()),
            Output::Issued { answers, .. } => self.observer.issued(&answers),
            Output::Directory(directory) => self.hubs[hub].directory = Some(directory),
            Output::Pulse { sequence } => self.pulse(hub, sequence),
            Output::Blame { node, fault } => {
                let other = self.by_node[&node];
                self.observer
                    .violations
                    .push(format!("hub {hub} blames hub {other}: {fault}"));
            }
            Output::LogSplit { hub: accused, .. } => {
                self.observer
                    .violations
                    .push(format!("hub {hub} accuses {accused} of two histories"));
            }
            Output::Admit { .. } | Output::Grown { .. } | Output::NotIssued { .. } => {}
        }
    }

    /// One write takes 1 to 5 ms, and a disk does one at a time.
    fn write(&mut self, hub: usize, commit: ewtp_federation::Commit) {
        let takes = Duration::from_micros(self.random.random_range(1_000..5_000));
        let now = self.schedule.now();
        let state = &mut self.hubs[hub];
        state.disk_free_at = state.disk_free_at.max(now) + takes;
        let (start, id, at) = (state.start, commit.id, state.disk_free_at);
        state.writing.insert(id, commit);
        self.schedule.plan(at, Event::Durable { hub, start, commit: id });
    }

    fn publish(&mut self, hub: usize, topic: Topic, bytes: Bytes) {
        let key = key_of(topic.name(&self.net).as_bytes(), &bytes);
        if topic == Topic::Checkpoint {
            self.observer.announced(key, self.schedule.now());
        }
        self.hubs[hub].seen.insert(key);
        self.flood(hub, None, topic, key, &bytes);
    }

    fn flood(&mut self, hub: usize, except: Option<usize>, topic: Topic, key: GossipKey, bytes: &Bytes) {
        let now = self.schedule.now();
        for index in 0..self.links.neighbours(hub).len() {
            let other = self.links.neighbours(hub)[index];
            if Some(other) == except || !self.links.is_up(hub, other) {
                continue;
            }
            let arrivals = self.links.gossip(hub, other, bytes.len(), now, &mut self.random);
            for at in arrivals {
                let event = Event::Gossip {
                    from: hub,
                    to: other,
                    topic,
                    key,
                    bytes: bytes.clone(),
                };
                self.schedule.plan(at, event);
            }
        }
    }

    fn validate(&mut self, hub: usize, gossip: GossipId, acceptance: Acceptance) {
        let Some((topic, bytes)) = self.hubs[hub].held.remove(&gossip.id) else {
            return;
        };
        if acceptance == Acceptance::Forward {
            let from = self.by_node[&gossip.from];
            self.flood(hub, Some(from), topic, gossip.id, &bytes);
        }
    }

    fn send(&mut self, hub: usize, to: ewtp_record::NodeKey, frame: Bytes) {
        let to = self.by_node[&to];
        let now = self.schedule.now();
        let at = self.links.stream(hub, to, frame.len(), now, &mut self.random);
        let session = self.links.session(hub, to);
        self.schedule.plan(
            at,
            Event::Frame {
                from: hub,
                to,
                session,
                bytes: frame,
            },
        );
    }

    fn ask(&mut self, hub: usize, to: ewtp_record::NodeKey, request: RequestId, range: RangeRequest) {
        let to = self.by_node[&to];
        let now = self.schedule.now();
        let at = self.links.stream(hub, to, 64, now, &mut self.random);
        let session = self.links.session(hub, to);
        self.schedule.plan(
            at,
            Event::Request {
                from: hub,
                to,
                session,
                request,
                range,
            },
        );
    }

    /// Sends the frames of a plan, filled from the disk, then the end.
    fn serve(&mut self, hub: usize, serving: ServingId, plan: Option<&Serving>) {
        let Some((to, session, request)) = self.servings.remove(&serving) else {
            return;
        };
        let now = self.schedule.now();
        for frame in plan
            .into_iter()
            .flat_map(|plan| self.frames(hub, plan))
            .collect::<Vec<_>>()
        {
            let at = self.links.stream(hub, to, frame.len(), now, &mut self.random);
            self.schedule.plan(
                at,
                Event::Bundle {
                    from: hub,
                    to,
                    session,
                    request,
                    bytes: frame,
                },
            );
        }
        let at = self.links.stream(hub, to, 1, now, &mut self.random);
        self.schedule.plan(
            at,
            Event::RequestEnd {
                from: hub,
                to,
                session,
                request,
            },
        );
        if plan.is_some() {
            let node = self.hubs[to].identity.node;
            self.give(hub, Input::Served { to: node });
        }
    }

    fn frames(&self, hub: usize, plan: &Serving) -> Vec<Bytes> {
        let log: LogId = plan.log;
        let records = &self.hubs[hub].disk.logs[&log].records;
        let of = |bundle: &ewtp_federation::BundlePlan| {
            let stretch = &records[bundle.bundle_start as usize..bundle.to as usize];
            bundle::frames(plan, bundle, stretch)
        };
        plan.bundles.iter().flat_map(of).collect()
    }

    fn pulse(&mut self, hub: usize, sequence: u64) {
        let unix = self.hubs[hub].now(self.schedule.now()).unix;
        let state = &mut self.hubs[hub];
        let record = load::pulse(state, unix, sequence);
        let ticket = Ticket(state.next_ticket);
        state.next_ticket += 1;
        self.give(
            hub,
            Input::Issue {
                ticket,
                records: vec![record],
                looked_up_to: u64::MAX,
            },
        );
    }
}
