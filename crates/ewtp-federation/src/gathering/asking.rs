//! Asking: which edition is asked for next, of whom, for how long.

use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use ewtp_record::NodeKey;
use ewtp_record::edition::TreeSummary;

use super::edition::{Errand, Gathering, Stage};
use super::{
    ASK_TIME_MIN, ASKS_MAX, ASKS_PER_HUB_MAX, ASKS_PER_PEER_MAX, AskId, Gatherer, GatheringOutput, Key, Missing,
    PATCH_BYTES_AT_ONCE_MAX, Peer, Wish,
};
use crate::limits::PULL_RATE_MIN;

/// A request of ours that runs.
pub(super) struct Ask {
    pub(super) key: Key,
    pub(super) peer: NodeKey,
    pub(super) errand: Errand,
    pub(super) give_up_at: Duration,
}

impl Gatherer {
    pub(super) fn give_up_slow(&mut self) {
        let slow = self.asks.iter().filter(|(_, ask)| ask.give_up_at <= self.now);
        let slow: Vec<AskId> = slow.map(|(id, _)| *id).collect();
        for id in slow {
            if let Some(ask) = self.give_up(id) {
                self.rest(&ask);
                self.take_back(ask);
            }
        }
    }

    /// Asks for what is missing, as far as there is room and somebody to ask.
    pub(super) fn plan(&mut self) {
        let again = self
            .active
            .iter()
            .filter(|key| self.wanted.get(*key).is_some_and(|found| found.is_due(self.now)));
        let again: Vec<Key> = again.cloned().collect();
        for key in again {
            self.look(&key);
        }
        while self.asks.len() < ASKS_MAX
            && let Some((key, peer)) = self.next_ask()
        {
            self.ask(&key, peer);
        }
    }

    /// The edition that was asked for longest ago and has somebody to be asked of.
    fn next_ask(&self) -> Option<(Key, NodeKey)> {
        let mut waiting: Vec<&Key> = self.active.iter().filter(|key| self.may_ask(key)).collect();
        waiting.sort_by_key(|key| self.wanted[*key].asked);
        waiting
            .into_iter()
            .find_map(|key| Some((key.clone(), self.source(&self.wanted[key])?)))
    }

    fn may_ask(&self, key: &Key) -> bool {
        let hub = key.0.0;
        let of_hub = self.asks.values().filter(|ask| ask.key.0.0 == hub).count();
        of_hub < ASKS_PER_HUB_MAX
            && self.wanted.get(key).is_some_and(|gathering| match gathering.stage {
                Stage::Patch => {
                    let is_asked = self.asks.values().any(|ask| ask.key == *key);
                    !is_asked && self.has_room_for(gathering.wanted.patch_bytes())
                }
                Stage::Pages => gathering.has_missing(),
                _ => false,
            })
    }

    fn has_room_for(&self, patch_bytes: u64) -> bool {
        let patches = self.asks.values().filter(|ask| ask.errand == Errand::Patch);
        let on_its_way: u64 = patches.map(|ask| self.wanted[&ask.key].wanted.patch_bytes()).sum();
        on_its_way == 0 || on_its_way + patch_bytes <= PATCH_BYTES_AT_ONCE_MAX
    }

    /// Whom to ask: those that brought something and the publisher's nodes first, and of several the one asked longest ago.
    // spec: tariff-sync R12
    fn source(&self, gathering: &Gathering) -> Option<NodeKey> {
        let free = self
            .peers
            .iter()
            .filter(|(node, peer)| peer.asks < ASKS_PER_PEER_MAX && !gathering.sources.is_resting(**node, self.now));
        let order = |(node, peer): &(&NodeKey, &Peer)| {
            let is_near = peer.hub == Some(gathering.wanted.hub) || gathering.sources.has_brought(**node);
            (!is_near, peer.asks, peer.asked)
        };
        free.min_by_key(order).map(|(node, _)| *node)
    }

    fn ask(&mut self, key: &Key, to: NodeKey) {
        self.asked += 1;
        let ask = AskId(self.asked);
        let gathering = self.wanted.get_mut(key).expect("it was found among them");
        let peer = self.peers.get_mut(&to).expect("the source is connected");
        let errand = gathering.next_errand();
        (gathering.asked, peer.asked) = (self.asked, self.asked);
        peer.asks += 1;
        let edition = Arc::clone(&gathering.wanted);
        let (bytes, wish) = match &errand {
            Errand::Patch => (edition.patch_bytes(), Wish::Patch),
            Errand::Pages(missing) => (missing.bytes(), Wish::Pages(missing.clone())),
        };
        let give_up_at = self.now + ASK_TIME_MIN + Duration::from_secs(bytes / PULL_RATE_MIN);
        self.outputs.push_back(GatheringOutput::Ask { ask, to, edition, wish });
        let (key, peer) = (key.clone(), to);
        self.asks.insert(
            ask,
            Ask {
                key,
                peer,
                errand,
                give_up_at,
            },
        );
    }
}

impl Missing {
    /// About how many bytes its pages have.
    fn bytes(&self) -> u64 {
        let pages = self.pages.len() as u64;
        self.tree.bytes / u64::from(self.tree.pages.max(1)) * pages
    }

    /// All pages of a tree.
    #[must_use]
    pub fn all(tree: TreeSummary) -> Self {
        let pages: Range<u32> = 0..tree.pages;
        Self { tree, pages }
    }
}
