//! The wiring.

use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;

use bytes::Bytes;
use ewtp_record::Duty;
use ewtp_trust::{Directory, Introduction};

use super::disk::Disk;
use crate::announcement::Announcement;
use crate::bundle::{self, RangeRequest, Serving};
use crate::engine::{Engine, EngineConfig};
use crate::fetch::RequestId;
use crate::input::{GossipId, Input, NotIssued, Output, ServingId, SigningKey};
use crate::journal::{Issued, Ticket, ToIssue};
use crate::message::{self, Hello, Message};
use crate::testing::{Hub, T0, at, net};
use crate::topic::{Acceptance, Topic};

/// What a site's engine did, for a test to look at.
#[derive(Default)]
pub(super) struct Seen {
    pub(super) sent: Vec<Message>,
    pub(super) blamed: Vec<&'static str>,
    pub(super) validated: Vec<Acceptance>,
    pub(super) issued: Vec<(Ticket, Vec<Issued>)>,
    pub(super) not_issued: Vec<(Option<Ticket>, NotIssued)>,
    pub(super) refused: Vec<&'static str>,
    pub(super) splits: usize,
    /// Sequences of the pulses that were due; nobody logs them here.
    pub(super) pulses: Vec<u64>,
    pub(super) checkpoints_signed: usize,
    /// What the witness key signed.
    pub(super) cosigned: Vec<String>,
}

pub(super) struct Site {
    pub(super) hub: Hub,
    pub(super) engine: Engine,
    pub(super) seen: Seen,
    pub(super) directory: Arc<Directory>,
    pub(super) disk: Disk,
    /// Range requests stay without an answer.
    pub(super) never_serves: bool,
    /// Commits stay on their way to the disk.
    pub(super) disk_stands_still: bool,
    /// Keys sign when they are asked.
    pub(super) signs: bool,
    /// Seconds by which its wall clock is ahead.
    pub(super) clock_ahead: u64,
}

impl Site {
    pub(super) fn new(hub: &Hub, directory: Directory) -> Self {
        Self::at(hub, directory, 0)
    }

    /// A site that starts with an empty disk this many milliseconds after the beginning.
    pub(super) fn at(hub: &Hub, directory: Directory, milliseconds: u64) -> Self {
        Self::start(hub, directory, Disk::default(), milliseconds)
    }

    /// A site that starts from what a disk holds.
    pub(super) fn start(hub: &Hub, mut directory: Directory, disk: Disk, milliseconds: u64) -> Self {
        directory.adopt_chain(hub.code, hub.chain.records()).unwrap();
        let config = EngineConfig {
            hub: hub.code,
            node: hub.node,
            directory: directory.clone(),
            charters: hub.chain.records().to_vec(),
            instance: [1; 16],
            caps: crate::Caps::default(),
            pulse_every: crate::limits::PULSE_EVERY,
        };
        Self {
            hub: hub.clone(),
            engine: Engine::new(config, disk.restore(), at(milliseconds)),
            seen: Seen::default(),
            directory: Arc::new(directory),
            disk,
            never_serves: false,
            disk_stands_still: false,
            signs: true,
            clock_ahead: 0,
        }
    }

    /// Size of the log of a hub, as this site serves it.
    pub(super) fn holds(&self, hub: &Hub) -> u64 {
        self.engine
            .frontier()
            .entries
            .get(&hub.code)
            .map_or(0, |entry| entry.size)
    }

    fn sign(&self, key: SigningKey, message: &[u8]) -> [u8; 64] {
        let duty = match key {
            SigningKey::Log => Duty::Log,
            SigningKey::Witness => Duty::Witness,
        };
        self.hub.key(duty).sign(message)
    }

    fn frames(&self, serving: &Serving) -> Vec<Bytes> {
        let records = &self.disk.records[&serving.log];
        let fill = |plan: &bundle::BundlePlan| {
            let stretch = usize::try_from(plan.bundle_start).unwrap()..usize::try_from(plan.to).unwrap();
            bundle::frames(serving, plan, &records[stretch])
        };
        serving.bundles.iter().flat_map(fill).collect()
    }

    pub(super) fn read_gossip(&self, from: &Hub, topic: Topic, bytes: &Bytes) -> Input {
        let gossip = GossipId {
            id: [0; 16],
            from: from.node,
        };
        let mut of = from.code;
        let read = match topic {
            Topic::Checkpoint => Announcement::decode(bytes)
                .and_then(|announcement| {
                    of = announcement.run.hub;
                    announcement.verify(&self.directory)
                })
                .map(|announcement| Input::Announcement {
                    gossip,
                    announcement: Box::new(announcement),
                }),
            Topic::Witness | Topic::Alert => message::decode(bytes).map(|message| match message {
                Message::Cosignature(cosignature) => Input::Cosignature { gossip, cosignature },
                other => panic!("{other:?} is not gossiped"),
            }),
        };
        read.unwrap_or_else(|fault| Input::Fault {
            from: from.node,
            hub: Some(of),
            fault,
        })
    }
}

pub(super) struct Mesh {
    pub(super) sites: Vec<Site>,
    links: BTreeSet<(usize, usize)>,
    /// Without it, everything must come by sync.
    pub(super) gossips: bool,
    pub(super) milliseconds: u64,
    inputs: VecDeque<(usize, Input)>,
    /// Range requests that were sent, in order: by whom, and by which name.
    pub(super) servings: Vec<(usize, RequestId)>,
    next_ticket: u64,
}

impl Mesh {
    pub(super) fn of(sites: impl IntoIterator<Item = Site>) -> Self {
        let mut mesh = Self {
            sites: sites.into_iter().collect(),
            links: BTreeSet::new(),
            gossips: true,
            milliseconds: 0,
            inputs: VecDeque::new(),
            servings: Vec::new(),
            next_ticket: 0,
        };
        mesh.settle();
        mesh
    }

    pub(super) fn connect(&mut self, a: usize, b: usize) {
        self.links.extend([(a, b), (b, a)]);
        self.admit(a, b);
        self.admit(b, a);
        self.settle();
    }

    /// A site takes another for connected, and what it sends there is lost.
    pub(super) fn connect_in_vain(&mut self, site: usize, other: usize) {
        self.admit(site, other);
        self.settle();
        let hello = Message::Hello(Hello {
            versions: vec![message::VERSION],
            net: net(),
            hub: self.sites[other].hub.code,
            instance: [2; 16],
        });
        self.say(other, site, &hello);
    }

    pub(super) fn admit(&mut self, site: usize, other: usize) {
        let other = &self.sites[other].hub;
        let introduction = Introduction {
            net: net(),
            hub: other.code,
            charters: other.chain.records().to_vec(),
            manifest: other.manifest.clone(),
        };
        let (node, directory) = (other.node, &self.sites[site].directory);
        let introduction = Box::new(introduction.verify(directory, node, T0).unwrap());
        self.inputs.push_back((site, Input::Introduced { node, introduction }));
        self.inputs.push_back((site, Input::Connected { node }));
    }

    pub(super) fn disconnect(&mut self, a: usize, b: usize) {
        for (site, other) in [(a, b), (b, a)] {
            self.links.remove(&(site, other));
            let node = self.sites[other].hub.node;
            self.inputs.push_back((site, Input::Disconnected { node }));
        }
        self.settle();
    }

    /// Ends a site without warning and starts it again, on this disk or on its own.
    pub(super) fn restart(&mut self, site: usize, disk: Option<Disk>) {
        let others: Vec<usize> = (0..self.sites.len())
            .filter(|other| self.links.contains(&(site, *other)))
            .collect();
        others.iter().for_each(|other| self.disconnect(site, *other));
        let old = &self.sites[site];
        let disk = disk.unwrap_or_else(|| old.disk.clone());
        let directory = Directory::clone(&old.directory);
        self.sites[site] = Site::start(&old.hub.clone(), directory, disk, self.milliseconds);
        self.settle();
    }

    pub(super) fn give(&mut self, site: usize, input: Input) {
        self.inputs.push_back((site, input));
        self.settle();
    }

    /// A control message from one site to another, whatever its engine would say.
    pub(super) fn say(&mut self, from: usize, to: usize, message: &Message) {
        let from = self.sites[from].hub.node;
        let message = message::decode(&message::encode(message)).unwrap();
        self.give(to, Input::Message { from, message });
    }

    /// Issues records at a site; each call ones that were not issued before.
    pub(super) fn issue(&mut self, site: usize, count: u16) -> Ticket {
        let ticket = Ticket(self.next_ticket);
        self.next_ticket += 1;
        let first = u16::try_from(ticket.0).unwrap() * 1_000;
        let records = (first..first + count).map(|number| self.sites[site].hub.record(number));
        let issue = Input::Issue {
            ticket: Some(ticket),
            records: records.map(ToIssue::at_any_time).collect(),
            looked_up_to: u64::MAX,
            covering: 0,
        };
        self.give(site, issue);
        ticket
    }

    /// Lets time pass.
    pub(super) fn run(&mut self, milliseconds: u64) {
        let end = self.milliseconds + milliseconds;
        while self.milliseconds < end {
            self.milliseconds += 50;
            (0..self.sites.len()).for_each(|site| self.inputs.push_back((site, Input::Tick)));
            self.settle();
        }
    }

    pub(super) fn agrees(&self) -> bool {
        let first = self.sites[0].engine.frontier();
        self.sites.iter().all(|site| site.engine.frontier() == first)
    }

    fn settle(&mut self) {
        (0..self.sites.len()).for_each(|site| self.drain(site));
        while let Some((site, input)) = self.inputs.pop_front() {
            let mut now = at(self.milliseconds);
            now.unix = now.unix.plus(self.sites[site].clock_ahead);
            self.sites[site].engine.handle(input, now);
            self.drain(site);
        }
    }

    fn drain(&mut self, site: usize) {
        while let Some(output) = self.sites[site].engine.poll_output() {
            self.perform(site, output);
        }
    }

    fn perform(&mut self, index: usize, output: Output) {
        let site = &mut self.sites[index];
        match output {
            Output::Commit(commit) if !site.disk_stands_still => {
                commit.items.into_iter().for_each(|item| site.disk.commit(item));
                self.inputs.push_back((index, Input::Committed { commit: commit.id }));
            }
            Output::Sign { .. } if !site.signs => {}
            Output::Sign { signing, key, message } => {
                match key {
                    SigningKey::Log => site.seen.checkpoints_signed += 1,
                    SigningKey::Witness => site.seen.cosigned.push(String::from_utf8(message.clone()).unwrap()),
                }
                let signature = site.sign(key, &message);
                self.inputs.push_back((index, Input::Signed { signing, signature }));
            }
            Output::Publish { topic, bytes } => self.publish(index, topic, &bytes),
            Output::Validate { acceptance, .. } => site.seen.validated.push(acceptance),
            Output::Send { to, frame } => self.send(index, to, &frame),
            Output::Request { to, request, range } => self.request(index, to, request, range),
            Output::Serve { serving, plan, .. } => self.serve(index, serving, plan),
            Output::Refuse { why, .. } => site.seen.refused.push(why),
            Output::Blame { fault, .. } => site.seen.blamed.push(fault.code()),
            Output::Issued { ticket, answers } => site.seen.issued.push((ticket, answers)),
            Output::NotIssued { ticket, why } => site.seen.not_issued.push((ticket, why)),
            Output::LogSplit { .. } => site.seen.splits += 1,
            Output::Directory(directory) => site.directory = directory,
            Output::GiveUp { .. } | Output::Commit(_) | Output::Admit { .. } | Output::Grown { .. } => {}
            Output::Pulse { sequence } => site.seen.pulses.push(sequence),
        }
    }

    /// Gossip reaches everyone.
    fn publish(&mut self, from: usize, topic: Topic, bytes: &Bytes) {
        let hub = self.sites[from].hub.clone();
        for other in (0..self.sites.len()).filter(|other| *other != from && self.gossips) {
            let input = self.sites[other].read_gossip(&hub, topic, bytes);
            self.inputs.push_back((other, input));
        }
    }

    fn index(&self, node: ewtp_record::NodeKey) -> usize {
        self.sites.iter().position(|site| site.hub.node == node).unwrap()
    }

    fn send(&mut self, from: usize, to: ewtp_record::NodeKey, frame: &Bytes) {
        let message = message::decode(frame).unwrap();
        self.sites[from].seen.sent.push(message.clone());
        let node = self.sites[from].hub.node;
        let Some(to) = self.sites.iter().position(|site| site.hub.node == to) else {
            return; // a node without a site of its own
        };
        if self.links.contains(&(from, to)) {
            self.inputs.push_back((to, Input::Message { from: node, message }));
        }
    }

    fn request(&mut self, from: usize, to: ewtp_record::NodeKey, request: RequestId, range: RangeRequest) {
        let serving = ServingId(self.servings.len() as u64);
        self.servings.push((from, request));
        let asked = Input::RangeRequested {
            from: self.sites[from].hub.node,
            serving,
            request: RangeRequest::decode(&range.encode()).unwrap(),
        };
        self.inputs.push_back((self.index(to), asked));
    }

    fn serve(&mut self, site: usize, serving: ServingId, plan: Option<Box<Serving>>) {
        if self.sites[site].never_serves {
            return;
        }
        let (asker, request) = self.servings[usize::try_from(serving.0).unwrap()];
        let from = self.sites[site].hub.node;
        if let Some(plan) = plan {
            for frame in self.sites[site].frames(&plan) {
                let run = bundle::decode(&frame).and_then(|run| run.verify(&self.sites[asker].directory));
                let input = match run {
                    Ok(run) => Input::Bundle { from, request, run },
                    Err(fault) => Input::Fault { from, hub: None, fault },
                };
                self.inputs.push_back((asker, input));
            }
            let to = self.sites[asker].hub.node;
            let bytes = 0;
            self.inputs.push_back((site, Input::Served { serving, to, bytes }));
        }
        self.inputs.push_back((asker, Input::RangeEnded { request }));
    }
}
