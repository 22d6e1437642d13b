//! The nodes we are connected to: whose they are, what they said they hold, and what we told them.

mod rests;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use ewtp_record::{ByHub, HubCode, LogId, NodeKey};

use crate::frontier::FrontierEntry;
use crate::limits::{
    ASK_AGAIN_AFTER, ASKED_OF_ONE_PEER_MAX, CHARTERS_ASKED_AT_ONCE_MAX, CHECKPOINTS_ASKED_AT_ONCE_MAX,
    FRONTIER_HUBS_MAX, LATER_KINDS_MAX, REQUESTS_PER_PEER_MAX, SERVINGS_PER_PEER_MAX,
};
use crate::message::{Hello, VERSIONS};
use rests::Rests;

/// What a peer is asked for by control message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Question {
    Charters(HubCode),
    Checkpoint(HubCode),
}

impl Question {
    /// Messages that may answer it.
    fn answers(self) -> u8 {
        match self {
            Self::Charters(_) => 1,
            // The newest cosigned checkpoint and the newest one held. spec: sync R8
            Self::Checkpoint(_) => 2,
        }
    }

    /// How many of its kind may wait for an answer of one peer.
    fn at_once_max(self) -> usize {
        match self {
            Self::Charters(_) => CHARTERS_ASKED_AT_ONCE_MAX,
            Self::Checkpoint(_) => CHECKPOINTS_ASKED_AT_ONCE_MAX,
        }
    }

    fn is_kind_of(self, other: &Self) -> bool {
        std::mem::discriminant(&self) == std::mem::discriminant(other)
    }

    fn hub(self) -> HubCode {
        match self {
            Self::Charters(hub) | Self::Checkpoint(hub) => hub,
        }
    }
}

#[derive(Debug)]
struct Asked {
    since: Duration,
    times: u8,
    /// Messages that we still take as answers.
    answers: u8,
}

/// What both sides of a session may build on, from a peer's hello. spec: sync R3
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Greeting {
    /// The highest protocol version that both speak.
    pub(crate) version: u64,
    /// Which start of the node it is.
    pub(crate) instance: [u8; 16],
}

impl Greeting {
    /// `None` when no version is common.
    pub(crate) fn of(hello: &Hello) -> Option<Self> {
        let version = hello
            .versions
            .iter()
            .copied()
            .filter(|version| VERSIONS.contains(version))
            .max()?;
        let instance = hello.instance;
        Some(Self { version, instance })
    }
}

/// One connected node.
#[derive(Debug)]
pub(crate) struct Peer {
    /// None before its hello.
    pub(crate) greeting: Option<Greeting>,
    /// Since when, and how many, messages of kinds that we do not know were counted.
    later: (Duration, u8),
    /// Whose it is; none for a guest, which may read and whose word about hubs counts for nothing.
    pub(crate) hub: Option<HubCode>,
    /// What it told us it holds.
    pub(crate) holds: ByHub<FrontierEntry>,
    /// How many changes of our frontier we told it: messages on one connection arrive in order, so it knows them.
    pub(crate) told: u64,
    pub(crate) digest_sent: Option<Duration>,
    /// Range requests of ours on their way.
    pub(crate) fetching: usize,
    asked: BTreeMap<Question, Asked>,
    /// Questions without an answer so far, and when they were put last. After [`ASK_AGAIN_AFTER`] none is expected.
    unanswered: BTreeMap<Question, Duration>,
}

/// See the module.
#[derive(Debug, Default)]
pub(crate) struct Peers {
    connected: BTreeMap<NodeKey, Peer>,
    /// The same nodes by hub, without the guests: each announcement asks for those of its hub.
    by_hub: BTreeSet<(HubCode, NodeKey)>,
    rests: Rests,
    /// Questions that wait until a peer answered others, by peer if any do: at most two for each hub that is carried.
    waiting: BTreeMap<NodeKey, BTreeSet<Question>>,
    /// Range requests that we are serving, by node. They outlive a connection, and so does their count.
    servings: BTreeMap<NodeKey, usize>,
}

impl Peers {
    pub(crate) fn connect(&mut self, node: NodeKey, hub: Option<HubCode>) {
        let peer = Peer {
            greeting: None,
            later: (Duration::ZERO, 0),
            hub,
            holds: ByHub::default(),
            told: 0,
            digest_sent: None,
            fetching: 0,
            asked: BTreeMap::new(),
            unanswered: BTreeMap::new(),
        };
        self.disconnect(node);
        self.connected.insert(node, peer);
        self.by_hub.extend(hub.map(|hub| (hub, node)));
    }

    pub(crate) fn disconnect(&mut self, node: NodeKey) {
        let gone = self.connected.remove(&node);
        if let Some(hub) = gone.and_then(|peer| peer.hub) {
            self.by_hub.remove(&(hub, node));
        }
        self.rests.forget(node);
        self.waiting.remove(&node);
    }

    pub(crate) fn get(&self, node: NodeKey) -> Option<&Peer> {
        self.connected.get(&node)
    }

    pub(crate) fn get_mut(&mut self, node: NodeKey) -> Option<&mut Peer> {
        self.connected.get_mut(&node)
    }

    pub(crate) fn nodes(&self) -> Vec<NodeKey> {
        self.connected.keys().copied().collect()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (NodeKey, &Peer)> {
        self.connected.iter().map(|(node, peer)| (*node, peer))
    }

    /// The connected nodes of a hub, sorted by key.
    pub(crate) fn nodes_of(&self, hub: HubCode) -> impl Iterator<Item = NodeKey> {
        let from_first = self.by_hub.range((hub, NodeKey([0; 32]))..);
        from_first.take_while(move |(of, _)| *of == hub).map(|(_, node)| *node)
    }

    /// A connected node of a hub.
    pub(crate) fn of_hub(&self, hub: HubCode) -> Option<NodeKey> {
        self.nodes_of(hub).next()
    }

    /// A hub's own nodes hold at least what the hub announced: it was durable there before it was signed.
    pub(crate) fn announced(&mut self, hub: HubCode, entry: FrontierEntry) {
        for node in self.nodes_of(hub).collect::<Vec<_>>() {
            let peer = self.connected.get_mut(&node).expect("a node of a hub is connected");
            let held = peer.holds.get_or_insert_with(hub, || entry);
            if (held.epoch, held.size) < (entry.epoch, entry.size) {
                *held = entry;
            }
        }
    }

    /// The largest size of a log that some peer can serve now, under a charter that we know.
    pub(crate) fn goal(&self, log: LogId, charter: u32) -> u64 {
        let peers = self.connected.iter();
        let sizes = peers.filter_map(|(node, peer)| self.can_serve(*node, peer, log, charter));
        sizes.max().unwrap_or(0)
    }

    /// How much of a log a peer can serve so that we can check it: what comes under a charter that we lack would be refused.
    fn can_serve(&self, node: NodeKey, peer: &Peer, log: LogId, charter: u32) -> Option<u64> {
        let held = peer.holds.get(&log.hub)?;
        let checkable = held.epoch == log.epoch && held.charter <= charter;
        (checkable && !self.rests.is_resting(node, log.hub)).then_some(held.size)
    }

    /// Whether some peer may be asked for one more range.
    pub(crate) fn any_is_free(&self) -> bool {
        let mut peers = self.connected.values();
        peers.any(|peer| peer.fetching < REQUESTS_PER_PEER_MAX)
    }

    /// The least busy peer but `other_than` that holds more of a log than `from`, with the size that it holds.
    pub(crate) fn source(
        &self,
        log: LogId,
        charter: u32,
        from: u64,
        other_than: Option<NodeKey>,
    ) -> Option<(NodeKey, u64)> {
        let others = self.connected.iter().filter(|(node, _)| Some(**node) != other_than);
        let free = others.filter(|(_, peer)| peer.fetching < REQUESTS_PER_PEER_MAX);
        let able = free.filter_map(|(node, peer)| {
            let size = self.can_serve(*node, peer, log, charter).filter(|size| *size > from)?;
            Some((peer.fetching, std::cmp::Reverse(size), *node))
        });
        able.min().map(|(_, size, node)| (node, size.0))
    }

    /// Takes on one more serving for a connected node, unless it has too many.
    pub(crate) fn begin_serving(&mut self, node: NodeKey) -> bool {
        if !self.connected.contains_key(&node) {
            return false;
        }
        let running = self.servings.entry(node).or_default();
        let free = *running < SERVINGS_PER_PEER_MAX;
        *running += usize::from(free);
        free
    }

    /// A serving ended, perhaps of an earlier connection of the node.
    pub(crate) fn end_serving(&mut self, node: NodeKey) {
        if let Some(running) = self.servings.get_mut(&node) {
            *running -= 1;
            if *running == 0 {
                self.servings.remove(&node);
            }
        }
    }

    /// Most range requests of one node that are being served.
    pub(crate) fn servings(&self) -> usize {
        self.servings.values().max().copied().unwrap_or(0)
    }

    /// The next moment at which a resting peer may be asked again, or a question that waits has waited for too long.
    pub(crate) fn next_deadline(&self) -> Option<Duration> {
        let waiting = self.waiting.keys().filter_map(|node| self.connected.get(node));
        let given_up = waiting.flat_map(|peer| peer.unanswered.values());
        let given_up = given_up.map(|asked| *asked + ASK_AGAIN_AFTER);
        given_up.chain(self.rests.next_deadline()).min()
    }

    /// Whether one more question of this kind may be on its way to the peer; if not, it waits.
    pub(crate) fn has_room(&mut self, node: NodeKey, question: Question, ticks: Duration) -> bool {
        let Some(peer) = self.connected.get_mut(&node) else {
            return false;
        };
        let free = peer.has_room(question, ticks);
        if !free {
            self.waiting.entry(node).or_default().insert(question);
        }
        free
    }

    /// Questions that waited and have room now, by peer and hub.
    pub(crate) fn take_waiting(&mut self, ticks: Duration) -> Vec<(NodeKey, HubCode)> {
        let mut due = Vec::new();
        for (node, waiting) in &mut self.waiting {
            if let Some(peer) = self.connected.get_mut(node) {
                due.extend(peer.take_waiting(waiting, ticks).into_iter().map(|hub| (*node, hub)));
            }
        }
        if !due.is_empty() {
            self.waiting.retain(|_, waiting| !waiting.is_empty());
        }
        due
    }

    /// The peer did not deliver: leave it in peace about this log until then.
    pub(crate) fn rest(&mut self, node: NodeKey, hub: HubCode, until: Duration) {
        self.rests.rest(node, hub, until);
    }

    /// A range request to the peer ended too early, or with nothing.
    pub(crate) fn failed(&mut self, node: NodeKey, hub: HubCode, ticks: Duration) {
        self.rests.failed(node, hub, ticks);
    }

    /// The peer brought records of a log that we could check.
    pub(crate) fn delivered(&mut self, node: NodeKey, hub: HubCode) {
        self.rests.delivered(node, hub);
    }

    /// What the peer sent of a log is under a charter that we lack, or that was replaced or revoked. No fault of its own, and
    /// no use to us.
    pub(crate) fn cannot_be_checked(&mut self, node: NodeKey, hub: HubCode) {
        if self.get(node).is_some_and(|peer| peer.holds.contains_key(&hub)) {
            self.rests.cannot_be_checked(node, hub);
        }
    }

    /// More charters of a hub are known: whoever served what could not be checked is asked again at once.
    pub(crate) fn trust_again(&mut self, hub: HubCode) {
        self.rests.trust_again(hub);
    }

    /// The logs that some peer may be asked for again.
    pub(crate) fn take_rested(&mut self, ticks: Duration) -> Vec<HubCode> {
        self.rests.take_rested(ticks)
    }
}

impl Peer {
    /// Whether one more message of a kind that we do not know passes without blame. spec: sync R2
    pub(crate) fn may_say_later(&mut self, ticks: Duration) -> bool {
        let (since, count) = &mut self.later;
        if ticks >= *since + ASK_AGAIN_AFTER {
            (*since, *count) = (ticks, 0);
        }
        let passes = *count < LATER_KINDS_MAX;
        *count += u8::from(passes);
        passes
    }

    /// Remembers what the peer says it holds. Of hubs that we do not carry only so many entries are kept, for the day
    /// on which an operator carries them.
    pub(crate) fn hold(&mut self, hub: HubCode, entry: FrontierEntry, carried: bool) {
        if carried || self.holds.len() < FRONTIER_HUBS_MAX || self.holds.contains_key(&hub) {
            self.holds.insert(hub, entry);
        }
    }

    /// Whether one more question of this kind may be on its way to it.
    fn has_room(&mut self, question: Question, ticks: Duration) -> bool {
        self.unanswered.retain(|_, asked| ticks < *asked + ASK_AGAIN_AFTER);
        self.unanswered.contains_key(&question) || self.room(question) > 0
    }

    fn room(&self, question: Question) -> usize {
        let others = self.unanswered.keys().filter(|other| question.is_kind_of(other));
        question.at_once_max().saturating_sub(others.count())
    }

    /// Takes out of the questions that wait for it those for which there is room.
    fn take_waiting(&mut self, waiting: &mut BTreeSet<Question>, ticks: Duration) -> Vec<HubCode> {
        self.unanswered.retain(|_, asked| ticks < *asked + ASK_AGAIN_AFTER);
        let due = |first: Option<&Question>| {
            let first = *first?;
            Some(
                waiting
                    .iter()
                    .filter(move |other| first.is_kind_of(other))
                    .take(self.room(first)),
            )
        };
        let (charters, checkpoints) = (due(waiting.first()), due(waiting.last()));
        let due: BTreeSet<Question> = charters.into_iter().chain(checkpoints).flatten().copied().collect();
        waiting.retain(|question| !due.contains(question));
        due.into_iter().map(Question::hub).collect()
    }

    /// Whether the peer may be asked this now; if so, its answer will be expected.
    pub(crate) fn may_ask(&mut self, question: Question, ticks: Duration) -> bool {
        let asked = self.asked.entry(question).or_insert(Asked {
            since: ticks,
            times: 0,
            answers: 0,
        });
        if ticks >= asked.since + ASK_AGAIN_AFTER {
            (asked.since, asked.times) = (ticks, 0);
        }
        if asked.times == ASKED_OF_ONE_PEER_MAX {
            return false;
        }
        asked.times += 1;
        asked.answers = asked.answers.saturating_add(question.answers());
        self.unanswered.insert(question, ticks);
        true
    }

    /// Whether a message answers a question of ours.
    pub(crate) fn answers(&mut self, question: Question) -> bool {
        self.unanswered.remove(&question);
        let expected = self.asked.get_mut(&question).filter(|asked| asked.answers > 0);
        expected.is_some_and(|asked| {
            asked.answers -= 1;
            true
        })
    }
}

#[cfg(test)]
mod tests;
