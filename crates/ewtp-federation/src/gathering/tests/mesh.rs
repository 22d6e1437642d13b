//! Some nodes in virtual time whose stores are sets of page numbers: what the room is told, whoever drives it.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap};
use std::sync::Arc;
use std::time::Duration;

use ewtp_record::cbor::Octets;
use ewtp_record::edition::{PatchSummary, TreeSummary, Trees};
use ewtp_record::{HubCode, NodeKey, RecordId, UnixTime};

use super::super::*;
use crate::Fault;

/// Bytes of the patch of every edition.
pub(super) const PATCH_BYTES: u64 = 3_000;

/// Pages of one frame.
const FRAME_PAGES: u32 = 50;

/// From one frame to the next.
const FRAME_TIME: Duration = Duration::from_millis(40);

pub(super) fn hub(code: &str) -> HubCode {
    code.parse().unwrap()
}

pub(super) fn node(number: u8) -> NodeKey {
    NodeKey([number; 32])
}

/// An edition of a territory by the hub `US`: its texts change with every fourth number, its notes never.
pub(super) fn edition(territory: &str, number: u32) -> Arc<Wanted> {
    let tree = |kind: u8, version: u32, pages: u32| {
        let mut root = [kind; 32];
        root[..4].copy_from_slice(&version.to_be_bytes());
        root[4..6].copy_from_slice(territory.as_bytes());
        TreeSummary {
            root: Octets(root),
            pages,
            rows: pages * 32,
            bytes: u64::from(pages) * 2_500,
        }
    };
    let record = |number: u32| {
        let mut id = [7; 32];
        id[..4].copy_from_slice(&number.to_be_bytes());
        id[4..6].copy_from_slice(territory.as_bytes());
        RecordId(id)
    };
    let patch = PatchSummary {
        id: Octets([u8::try_from(number % 250).unwrap(); 32]),
        bytes: PATCH_BYTES,
        rows: 9,
    };
    Arc::new(Wanted {
        record: record(number),
        hub: hub("US"),
        territory: territory.to_owned(),
        number,
        previous: (number > 1).then(|| record(number - 1)),
        trees: Trees {
            rates: tree(1, number, 412),
            texts: tree(2, number / 4, 430),
            notes: tree(3, 0, 3),
        },
        patch: (number > 1).then_some(patch),
    })
}

/// The room of a node of another hub than the publisher.
fn gatherer() -> Gatherer {
    Gatherer::new(hub("MY"), SCHEDULE_BYTES_EACH)
}

struct Node {
    gatherer: Gatherer,
    life: u32,
    is_killed: bool,
    told: Vec<Arc<Wanted>>,
    peers: BTreeSet<usize>,
    held: BTreeSet<u32>,
    pages: BTreeMap<[u8; 32], BTreeSet<u32>>,
    /// The tree that a request is for, and its next page.
    asks: BTreeMap<AskId, ([u8; 32], u32)>,
}

impl Node {
    fn new() -> Self {
        Self {
            gatherer: gatherer(),
            life: 0,
            is_killed: false,
            told: Vec::new(),
            peers: BTreeSet::new(),
            held: BTreeSet::new(),
            pages: BTreeMap::new(),
            asks: BTreeMap::new(),
        }
    }

    fn missing(&self, tree: &TreeSummary) -> Vec<Missing> {
        let here = self.pages.get(&tree.root.0);
        let mut missing: Vec<Missing> = Vec::new();
        for page in (0..tree.pages).filter(|page| !here.is_some_and(|here| here.contains(page))) {
            match missing.last_mut() {
                Some(last) if last.pages.end == page => last.pages.end += 1,
                _ => missing.push(Missing {
                    tree: *tree,
                    pages: page..page + 1,
                }),
            }
        }
        missing
    }

    fn keep_whole(&mut self, edition: &Wanted) {
        self.held.insert(edition.number);
        for tree in edition.each_tree() {
            self.pages.entry(tree.root.0).or_default().extend(0..tree.pages);
        }
    }
}

/// What happens to a node at a time; forgotten when the node began a new life.
struct Event {
    at: Duration,
    order: u64,
    to: usize,
    life: u32,
    input: GatheringInput,
}

impl PartialEq for Event {
    fn eq(&self, other: &Self) -> bool {
        self.order == other.order
    }
}
impl Eq for Event {}
impl PartialOrd for Event {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Event {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (self.at, self.order).cmp(&(other.at, other.order))
    }
}

pub(super) struct Mesh {
    nodes: Vec<Node>,
    now: Duration,
    order: u64,
    events: BinaryHeap<Reverse<Event>>,
    noise: u64,
    pub(super) loss_percent: u32,
    pub(super) liar: Option<usize>,
    /// Pages that were asked for although they were kept.
    pub(super) sent_twice: usize,
    pub(super) blamed: BTreeSet<usize>,
}

impl Mesh {
    pub(super) fn new(seed: u64, nodes: usize) -> Self {
        Self {
            nodes: std::iter::repeat_with(Node::new).take(nodes).collect(),
            now: Duration::ZERO,
            order: 0,
            events: BinaryHeap::new(),
            noise: seed | 1,
            loss_percent: 0,
            liar: None,
            sent_twice: 0,
            blamed: BTreeSet::new(),
        }
    }

    pub(super) fn holds(&self, who: usize, number: u32) -> bool {
        self.nodes[who].held.contains(&number)
    }

    pub(super) fn counts(&self, who: usize) -> Counts {
        self.nodes[who].gatherer.counts()
    }

    pub(super) fn kill(&mut self, who: usize) {
        self.nodes[who].is_killed = true;
        for other in 0..self.nodes.len() {
            self.part(who, other);
        }
    }

    fn part(&mut self, one: usize, other: usize) {
        for (here, there) in [(one, other), (other, one)] {
            if self.nodes[here].peers.remove(&there) {
                let node = key_of(there);
                self.give(here, GatheringInput::Disconnected { node });
            }
        }
    }

    /// A new life with the same disk.
    pub(super) fn restart(&mut self, who: usize) {
        for other in 0..self.nodes.len() {
            self.part(who, other);
        }
        let node = &mut self.nodes[who];
        node.gatherer = gatherer();
        node.asks.clear();
        node.life += 1;
        for edition in self.nodes[who].told.clone() {
            self.give(who, GatheringInput::Edition(edition));
        }
    }

    pub(super) fn connect_all(&mut self) {
        for one in 0..self.nodes.len() {
            for other in 0..one {
                self.connect(one, other);
            }
        }
    }

    pub(super) fn connect(&mut self, one: usize, other: usize) {
        for (here, there) in [(one, other), (other, one)] {
            if self.nodes[here].peers.insert(there) {
                let whose = Some(hub(if there == 0 { "US" } else { "KE" }));
                let node = key_of(there);
                self.give(here, GatheringInput::Connected { node, hub: whose });
            }
        }
    }

    /// Everybody hears of the edition, which one node holds.
    pub(super) fn publish(&mut self, by: usize, number: u32) {
        let edition = edition("US", number);
        self.nodes[by].keep_whole(&edition);
        for who in 0..self.nodes.len() {
            self.nodes[who].told.push(Arc::clone(&edition));
            self.give(who, GatheringInput::Edition(Arc::clone(&edition)));
        }
    }

    pub(super) fn run(&mut self, time: Duration) {
        let until = self.now + time;
        while self.step(until) {}
        self.now = until;
    }

    /// Until a node has half of the pages of the first edition.
    pub(super) fn run_until_half(&mut self, who: usize) {
        let half = |node: &Node| node.pages.values().map(BTreeSet::len).sum::<usize>() > 400;
        while !half(&self.nodes[who]) {
            assert!(self.step(Duration::from_secs(60)), "nothing happens any more");
        }
    }

    /// The next thing that happens; false when nothing does before `until`.
    fn step(&mut self, until: Duration) -> bool {
        let due = self.nodes.iter().enumerate();
        let due = due
            .filter_map(|(who, node)| Some((node.gatherer.next_deadline()?, who)))
            .min();
        let event = self.events.peek().map(|Reverse(event)| event.at);
        match (due, event) {
            (Some((at, who)), event) if at <= until && event.is_none_or(|event| at < event) => {
                self.now = at;
                self.give(who, GatheringInput::Tick);
                true
            }
            (_, Some(at)) if at <= until => {
                let Reverse(event) = self.events.pop().unwrap();
                self.now = at;
                self.happen(event);
                true
            }
            _ => false,
        }
    }

    fn happen(&mut self, Event { to, life, input, .. }: Event) {
        let node = &mut self.nodes[to];
        if node.life != life || node.is_killed {
            return;
        }
        match &input {
            GatheringInput::Kept { ask, to, .. } => {
                let Some((root, next)) = node.asks.get_mut(ask) else {
                    return;
                };
                node.pages.entry(*root).or_default().extend(*next..*to);
                *next = *to;
            }
            GatheringInput::Ended { ask, .. } | GatheringInput::Arrived { ask, .. }
                if node.asks.remove(ask).is_none() =>
            {
                return;
            }
            _ => {}
        }
        self.give(to, input);
    }

    fn give(&mut self, who: usize, input: GatheringInput) {
        let now = Now {
            unix: UnixTime(1_800_000_000),
            ticks: self.now,
        };
        if let GatheringInput::Settled { edition, .. } = &input {
            self.nodes[who].keep_whole(edition);
        }
        self.nodes[who].gatherer.handle(input, now);
        while let Some(output) = self.nodes[who].gatherer.poll_output() {
            self.perform(who, output);
        }
    }

    fn perform(&mut self, who: usize, output: GatheringOutput) {
        match output {
            GatheringOutput::Look { edition } => {
                let held = self.look(who, &edition);
                self.later(1, who, GatheringInput::Looked { edition, held });
            }
            GatheringOutput::Ask { ask, to, edition, wish } => {
                let place = match &wish {
                    Wish::Patch => ([0; 32], 0),
                    Wish::Pages(missing) => (missing.tree.root.0, missing.pages.start),
                };
                self.nodes[who].asks.insert(ask, place);
                self.serve(who, index_of(to), ask, &edition, wish);
            }
            GatheringOutput::GiveUp { ask } => {
                self.nodes[who].asks.remove(&ask);
            }
            GatheringOutput::Settle { edition } => {
                let trees = edition.each_tree();
                assert!(trees.iter().all(|tree| self.nodes[who].missing(tree).is_empty()));
                let settled = Settled::Held;
                self.later(2, who, GatheringInput::Settled { edition, settled });
            }
            GatheringOutput::Blame { node, .. } => {
                self.blamed.insert(index_of(node));
            }
            GatheringOutput::Refused(refused) => panic!("{refused:?}"),
        }
    }

    fn look(&self, who: usize, edition: &Wanted) -> Held {
        let node = &self.nodes[who];
        if node.held.contains(&edition.number) {
            return Held::Whole;
        }
        Held::Part {
            before: edition.number > 1 && node.held.contains(&(edition.number - 1)),
            missing: edition.each_tree().iter().flat_map(|tree| node.missing(tree)).collect(),
        }
    }

    fn serve(&mut self, who: usize, by: usize, ask: AskId, edition: &Arc<Wanted>, wish: Wish) {
        let end = |end| GatheringInput::Ended { ask, end };
        if self.liar == Some(by) {
            return self.later(1, who, end(AskEnd::Fault(Fault::Unasked("a lie"))));
        }
        if self.is_lost() {
            return self.later(1, who, end(AskEnd::Busy));
        }
        match wish {
            Wish::Patch if self.nodes[by].held.contains(&edition.number) => {
                if self.is_lost() {
                    return self.later(2, who, end(AskEnd::Failed));
                }
                let bytes = PATCH_BYTES;
                self.later(2, who, GatheringInput::Arrived { ask, bytes });
                let (edition, settled) = (Arc::clone(edition), Settled::Held);
                self.later(3, who, GatheringInput::Settled { edition, settled });
            }
            Wish::Patch => self.later(1, who, end(AskEnd::Busy)),
            Wish::Pages(missing) => self.serve_pages(who, by, ask, &missing),
        }
    }

    fn serve_pages(&mut self, who: usize, by: usize, ask: AskId, asked: &Missing) {
        let root = asked.tree.root.0;
        let kept = self.nodes[who].pages.get(&root).cloned().unwrap_or_default();
        self.sent_twice += asked.pages.clone().filter(|page| kept.contains(page)).count();
        let here = self.nodes[by].pages.get(&root).cloned().unwrap_or_default();
        let (mut next, mut frame, mut end) = (asked.pages.start, 1, AskEnd::Busy);
        while next < asked.pages.end && here.contains(&next) {
            let to = asked.pages.end.min(next + FRAME_PAGES);
            let to = (next..to).find(|page| !here.contains(page)).unwrap_or(to);
            if frame > 1 && self.is_lost() {
                end = AskEnd::Failed;
                break;
            }
            self.later(frame, who, GatheringInput::Kept { ask, to, bytes: 9_000 });
            (next, frame, end) = (to, frame + 1, AskEnd::Done);
        }
        self.later(frame, who, GatheringInput::Ended { ask, end });
    }

    fn later(&mut self, frames: u32, to: usize, input: GatheringInput) {
        self.order += 1;
        let (at, order, life) = (self.now + frames * FRAME_TIME, self.order, self.nodes[to].life);
        self.events.push(Reverse(Event {
            at,
            order,
            to,
            life,
            input,
        }));
    }

    fn is_lost(&mut self) -> bool {
        // xorshift: the same scenario from the same seed.
        self.noise ^= self.noise << 13;
        self.noise ^= self.noise >> 7;
        self.noise ^= self.noise << 17;
        self.noise % 100 < u64::from(self.loss_percent)
    }
}

fn key_of(index: usize) -> NodeKey {
    node(u8::try_from(index).unwrap())
}

fn index_of(node: NodeKey) -> usize {
    usize::from(node.0[0])
}
