//! Gathering: bringing here the schedules of the editions that carried hubs published.
//!
//! A record names its schedule by hashes, and any peer may have it. The room says what to ask of whom; whoever drives it
//! asks, checks what comes ([`crate::tariff`]), makes it durable and tells so. Schedule bytes never pass through here, so
//! the room stays small whatever a schedule weighs, and what was kept before a restart is found by [`Held`].
//!
//! Its surface is that of the engine: [`Gatherer::handle`], [`Gatherer::poll_output`], [`Gatherer::next_deadline`]. Of one
//! territory editions are gathered in the order of their numbers, because each is a small patch from the one before; one
//! that cannot be had holds up the later ones for [`STALLED_AFTER`] and no longer. Then alone may pages be asked for twice, of a
//! tree that both have.
// spec: tariff-sync R10, R12

mod asking;
mod budget;
mod edition;
mod input;
mod places;
mod sources;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use ewtp_record::{HubCode, NodeKey, RecordId, UnixTime};
use ewtp_tariff::page::check_size;

use crate::now::Now;
use asking::Ask;
use budget::Budget;
use edition::{Errand, Gathering, Stage};
use places::Places;

pub use budget::EDITION_BYTES_MIN;
pub use places::PLACES_PER_HUB;

pub use input::{
    AskEnd, AskId, Counts, GatheringInput, GatheringOutput, Held, Missing, Refused, RefusedEdition, Settled, Wanted,
    Wish,
};

/// Requests open at a time. What comes is checked and written by one thread, which eight lines keep busy.
pub const ASKS_MAX: usize = 8;

/// Of those, for editions of one hub: a hub that publishes much leaves the others their turn.
pub const ASKS_PER_HUB_MAX: usize = 2;

/// And of one peer, which serves four of ours.
pub const ASKS_PER_PEER_MAX: usize = 2;

/// Pages of one request: some 80 KB packed, a sixtieth of a second on a line of 50 Mbit/s.
pub const ASK_PAGES_MAX: u32 = 256;

/// Bytes of patches that are under way at a time, which wait in memory for their end; a larger one comes alone.
pub const PATCH_BYTES_AT_ONCE_MAX: u64 = 64 << 20;

/// A request that takes longer than this, and than what it asks for takes at [`PULL_RATE_MIN`](crate::limits::PULL_RATE_MIN), goes to another peer. Pages
/// that came are kept.
pub const ASK_TIME_MIN: Duration = Duration::from_secs(30);

/// An edition for which nothing came for so long lets the next one of its territory go ahead.
pub const STALLED_AFTER: Duration = Duration::from_secs(30);

/// A disk that failed us is tried again after this time.
pub const SETTLE_AGAIN_AFTER: Duration = Duration::from_secs(10);

/// A patch that every peer was asked for so often in vain is not to be had: its edition is gathered by pages.
pub const PATCH_TRIES: u32 = 3;

/// Bytes that the schedules of one hub's editions may name together, where the operator says nothing else.
pub const SCHEDULE_BYTES_EACH: u64 = 4 << 30;

/// Refused editions of one hub that are told of at a time; of more, the newest.
pub const REFUSED_PER_HUB_MAX: usize = 16;

/// Editions of which one follows the other.
type Chain = (HubCode, String);

/// Where an edition stands in its chain: number, and record.
type Key = (Chain, u32, RecordId);

struct Peer {
    hub: Option<HubCode>,
    asks: usize,
    /// When it was asked last, counted in asks.
    asked: u64,
}

/// See the module.
pub struct Gatherer {
    own: HubCode,
    now: Duration,
    unix: UnixTime,
    peers: BTreeMap<NodeKey, Peer>,
    /// Those that are not held, in their order.
    wanted: BTreeMap<Key, Gathering>,
    /// Of those, the ones being gathered: the others wait for an earlier one, or for a place.
    active: BTreeSet<Key>,
    places: Places,
    budget: Budget,
    /// Chains that changed since it was last seen what comes next of them.
    changed: BTreeSet<Chain>,
    known: BTreeMap<HubCode, BTreeSet<RecordId>>,
    refused: BTreeMap<Chain, RefusedEdition>,
    asks: BTreeMap<AskId, Ask>,
    asked: u64,
    counts: Counts,
    outputs: VecDeque<GatheringOutput>,
}

impl Gatherer {
    /// A room that knows nothing yet, of a node of the hub `own`. Of each other hub it gathers schedules of at most
    /// `bytes_each` bytes in all; [`SCHEDULE_BYTES_EACH`] is what most nodes have room for.
    #[must_use]
    pub fn new(own: HubCode, bytes_each: u64) -> Self {
        Self {
            own,
            now: Duration::ZERO,
            unix: UnixTime::default(),
            peers: BTreeMap::new(),
            wanted: BTreeMap::new(),
            active: BTreeSet::new(),
            places: Places::default(),
            budget: Budget::new(bytes_each),
            changed: BTreeSet::new(),
            known: BTreeMap::new(),
            refused: BTreeMap::new(),
            asks: BTreeMap::new(),
            asked: 0,
            counts: Counts::default(),
            outputs: VecDeque::new(),
        }
    }

    /// Takes one input at the time `now`, which never goes back in `ticks`.
    pub fn handle(&mut self, input: GatheringInput, now: Now) {
        (self.now, self.unix) = (now.ticks, now.unix);
        match input {
            GatheringInput::Tick => {}
            GatheringInput::Connected { node, hub } => self.connected(node, hub),
            GatheringInput::Disconnected { node } => self.disconnected(node),
            GatheringInput::Edition(wanted) => self.edition(wanted),
            GatheringInput::Looked { edition, held } => self.looked(&edition, held),
            GatheringInput::Kept { ask, to, bytes } => self.kept(ask, to, bytes),
            GatheringInput::Arrived { ask, bytes } => self.arrived(ask, bytes),
            GatheringInput::Ended { ask, end } => self.ended(ask, end),
            GatheringInput::Settled { edition, settled } => self.settled(&edition, settled),
        }
        self.give_up_slow();
        self.activate();
        self.plan();
    }

    /// The next thing to do, `None` when all is done.
    pub fn poll_output(&mut self) -> Option<GatheringOutput> {
        self.outputs.pop_front()
    }

    /// When to call [`Self::handle`] with a tick; `None` while only others can bring something new.
    #[must_use]
    pub fn next_deadline(&self) -> Option<Duration> {
        let asks = self.asks.values().map(|ask| ask.give_up_at);
        let active = self.active.iter().filter_map(|key| self.wanted.get(key));
        let editions = active.flat_map(|gathering| gathering.deadlines(self.now));
        asks.chain(editions).filter(|at| *at > self.now).min()
    }

    /// What was done, and what is left.
    #[must_use]
    pub fn counts(&self) -> Counts {
        Counts {
            wanted: self.wanted.len() as u64,
            ..self.counts
        }
    }

    /// Of each hub and territory the last edition that was refused, while no later one was gathered.
    pub fn refused(&self) -> impl Iterator<Item = &RefusedEdition> {
        self.refused.values()
    }

    fn connected(&mut self, node: NodeKey, hub: Option<HubCode>) {
        let (asks, asked) = (0, 0);
        self.peers.entry(node).or_insert(Peer { hub, asks, asked }).hub = hub;
    }

    fn disconnected(&mut self, node: NodeKey) {
        let asks = self.asks.iter().filter(|(_, ask)| ask.peer == node);
        let asks: Vec<AskId> = asks.map(|(id, _)| *id).collect();
        self.peers.remove(&node);
        for ask in asks {
            if let Some(ask) = self.give_up(ask) {
                self.take_back(ask);
            }
        }
        for key in &self.active {
            if let Some(gathering) = self.wanted.get_mut(key) {
                gathering.sources.forget(node);
            }
        }
    }

    fn edition(&mut self, wanted: Arc<Wanted>) {
        let is_known = self
            .known
            .get(&wanted.hub)
            .is_some_and(|known| known.contains(&wanted.record));
        if is_known {
            return;
        }
        // What is full stays full until the next start: the edition is not even remembered.
        if wanted.hub != self.own && !self.budget.take(&wanted) {
            return self.tell_full(&wanted);
        }
        self.known.entry(wanted.hub).or_default().insert(wanted.record);
        let key = key(&wanted);
        self.changed.insert(key.0.clone());
        self.wanted.insert(key, Gathering::new(wanted, self.now));
    }

    /// Begins with what is first of its territory, and with what comes behind editions that cannot be had, as places allow.
    fn activate(&mut self) {
        let stalled = self.active.iter().filter(|key| self.wanted[*key].is_stalled(self.now));
        let mut chains: BTreeSet<Chain> = stalled.map(|key| key.0.clone()).collect();
        chains.append(&mut self.changed);
        for chain in chains {
            if let Some((key, gathering)) = self.next_of(&chain).and_then(|key| self.wanted.get_key_value(&key)) {
                debug_assert_eq!(gathering.stage, Stage::Waiting, "else it would stand in the line twice");
                let key = key.clone();
                self.stand_in_line(&key);
                self.places.wait(key);
            }
        }
        for hub in self.places.hubs() {
            while self.has_place(hub)
                && let Some(key) = self.places.next(hub)
            {
                self.look(&key);
            }
        }
    }

    /// Whether there is a place for an edition of this hub, if need be that of one that nobody gives anything for.
    fn has_place(&mut self, hub: HubCode) -> bool {
        if !self.places.has_waiting(hub) {
            return false;
        }
        let of_hub: Vec<&Key> = self.active_of(hub).collect();
        if of_hub.len() < PLACES_PER_HUB {
            return true;
        }
        let stalled = of_hub.into_iter().filter(|key| self.wanted[*key].is_stalled(self.now));
        let longest = stalled.min_by_key(|key| self.wanted[*key].progress_at()).cloned();
        let Some(key) = longest else { return false };
        self.active.remove(&key);
        self.end_asks_of(&key);
        self.stand_in_line(&key);
        self.places.wait_again(key);
        true
    }

    fn active_of(&self, hub: HubCode) -> impl Iterator<Item = &Key> {
        let first = ((hub, String::new()), 0, RecordId([0; 32]));
        self.active.range(first..).take_while(move |key| key.0.0 == hub)
    }

    fn stand_in_line(&mut self, key: &Key) {
        if let Some(gathering) = self.wanted.get_mut(key) {
            gathering.stand_in_line();
        }
    }

    /// The edition of a chain to begin with: the first that waits, unless one before it is on its way.
    fn next_of(&self, chain: &Chain) -> Option<Key> {
        let first = (chain.clone(), 0, RecordId([0; 32]));
        let of_chain = self.wanted.range(first..).take_while(|(key, _)| key.0 == *chain);
        let mut in_order = of_chain.skip_while(|(_, gathering)| gathering.is_stalled(self.now));
        let (key, gathering) = in_order.next()?;
        (gathering.stage == Stage::Waiting).then(|| key.clone())
    }

    fn look(&mut self, key: &Key) {
        let Some(gathering) = self.wanted.get_mut(key) else {
            return;
        };
        gathering.begin(Stage::Looking, self.now);
        self.active.insert(key.clone());
        let edition = Arc::clone(&gathering.wanted);
        self.outputs.push_back(GatheringOutput::Look { edition });
    }

    fn looked(&mut self, edition: &Wanted, held: Held) {
        let key = key(edition);
        let Some(gathering) = self.wanted.get_mut(&key).filter(|found| found.stage == Stage::Looking) else {
            return;
        };
        match held {
            Held::Whole => drop(self.held(&key)),
            Held::Refused(refused) => self.refuse(&key, refused),
            Held::Part { before, missing } => match check_size(&edition.trees) {
                Err(why) => self.refuse(&key, Refused::new("too-large", why.to_string())),
                Ok(()) => {
                    gathering.looked(before, missing, self.now);
                    self.settle_if_complete(&key);
                }
            },
        }
    }

    fn remove(&mut self, key: &Key) -> Option<Gathering> {
        self.active.remove(key);
        self.changed.insert(key.0.clone());
        self.end_asks_of(key);
        self.wanted.remove(key)
    }

    fn end_asks_of(&mut self, key: &Key) {
        let asks = self.asks.iter().filter(|(_, ask)| ask.key == *key);
        let asks: Vec<AskId> = asks.map(|(id, _)| *id).collect();
        for ask in asks {
            self.give_up(ask);
        }
    }

    fn give_up(&mut self, id: AskId) -> Option<Ask> {
        self.outputs.push_back(GatheringOutput::GiveUp { ask: id });
        self.end(id)
    }

    fn end(&mut self, id: AskId) -> Option<Ask> {
        let ask = self.asks.remove(&id)?;
        if let Some(peer) = self.peers.get_mut(&ask.peer) {
            peer.asks -= 1;
        }
        Some(ask)
    }

    fn kept(&mut self, id: AskId, to: u32, bytes: u64) {
        self.counts.bytes_moved += bytes;
        let Some(ask) = self.asks.get_mut(&id) else { return };
        let Errand::Pages(Missing { pages, .. }) = &mut ask.errand else {
            return;
        };
        let moved = u64::from(to.saturating_sub(pages.start));
        pages.start = to;
        self.counts.pages_moved += moved;
        if let Some(gathering) = self.wanted.get_mut(&ask.key) {
            gathering.moved(moved, self.now);
            gathering.sources.brought(ask.peer);
        }
    }

    fn arrived(&mut self, id: AskId, bytes: u64) {
        self.counts.bytes_moved += bytes;
        let Some(ask) = self.end(id) else { return };
        if let Some(gathering) = self.wanted.get_mut(&ask.key) {
            gathering.begin(Stage::Settling, self.now);
        }
    }

    fn ended(&mut self, id: AskId, end: AskEnd) {
        let Some(ask) = self.end(id) else { return };
        match end {
            AskEnd::Done => {}
            AskEnd::Busy | AskEnd::Failed => self.rest(&ask),
            AskEnd::Fault(fault) => {
                self.rest(&ask);
                let node = ask.peer;
                self.outputs.push_back(GatheringOutput::Blame { node, fault });
            }
            AskEnd::Refused(refusal) => return self.refuse(&ask.key, (&refusal).into()),
        }
        self.take_back(ask);
    }

    /// The peer is left in peace about this edition for a while.
    fn rest(&mut self, ask: &Ask) {
        if let Some(gathering) = self.wanted.get_mut(&ask.key)
            && self.peers.contains_key(&ask.peer)
        {
            gathering.sources.rest(ask.peer, self.now);
        }
    }

    /// What did not come is missing still.
    fn take_back(&mut self, ask: Ask) {
        let peers = self.peers.keys().copied();
        let Some(gathering) = self.wanted.get_mut(&ask.key) else {
            return;
        };
        gathering.take_back(ask.errand, peers);
        self.settle_if_complete(&ask.key);
    }

    fn settle_if_complete(&mut self, key: &Key) {
        let asks_run = self.asks.values().any(|ask| ask.key == *key);
        let Some(gathering) = self.wanted.get_mut(key) else {
            return;
        };
        if !asks_run && gathering.is_complete() {
            gathering.begin(Stage::Settling, self.now);
            let edition = Arc::clone(&gathering.wanted);
            self.outputs.push_back(GatheringOutput::Settle { edition });
        }
    }

    fn settled(&mut self, edition: &Wanted, settled: Settled) {
        let key = key(edition);
        match settled {
            Settled::Held => {
                let Some(gathering) = self.held(&key) else { return };
                self.counts.pages_saved += gathering.pages_saved();
            }
            Settled::Refused(refusal) => self.refuse(&key, (&refusal).into()),
            Settled::NotKept => {
                if let Some(gathering) = self.wanted.get_mut(&key) {
                    gathering.begin(Stage::Again(self.now + SETTLE_AGAIN_AFTER), self.now);
                }
            }
        }
    }

    /// The schedule of an edition is here: of refused ones before it nobody need be told any more.
    fn held(&mut self, key: &Key) -> Option<Gathering> {
        let gathering = self.remove(key)?;
        self.counts.held += 1;
        let (chain, number, _) = key;
        if self.refused.get(chain).is_some_and(|refused| refused.number < *number) {
            self.refused.remove(chain);
        }
        Some(gathering)
    }

    // spec: tariff-sync R9
    fn refuse(&mut self, key: &Key, refused: Refused) {
        if let Some(gathering) = self.remove(key) {
            self.tell_refused(&gathering.wanted, refused);
        }
    }

    /// One alarm tells it of all that follow.
    // spec: tariff-sync R10
    fn tell_full(&mut self, edition: &Wanted) {
        let mut of_hub = self.refused.values().filter(|refused| refused.hub == edition.hub);
        if !of_hub.any(|edition| edition.refused.code == RefusedEdition::FULL) {
            let why = "the schedules that its hub has published have filled what this node keeps of one hub";
            self.tell_refused(edition, Refused::new(RefusedEdition::FULL, why));
        }
    }

    fn tell_refused(&mut self, edition: &Wanted, refused: Refused) {
        let refused = RefusedEdition {
            record: edition.record,
            hub: edition.hub,
            territory: edition.territory.clone(),
            number: edition.number,
            refused,
            since: self.unix,
        };
        self.outputs.push_back(GatheringOutput::Refused(refused.clone()));
        let chain = key(edition).0;
        let of_hub = self
            .refused
            .iter()
            .filter(|(told, _)| told.0 == edition.hub && **told != chain);
        if of_hub.clone().count() >= REFUSED_PER_HUB_MAX {
            let oldest = of_hub.min_by_key(|(_, refused)| refused.since);
            if let Some(oldest) = oldest.map(|(chain, _)| chain.clone()) {
                self.refused.remove(&oldest);
            }
        }
        self.refused.insert(chain, refused);
    }
}

fn key(wanted: &Wanted) -> Key {
    ((wanted.hub, wanted.territory.clone()), wanted.number, wanted.record)
}
