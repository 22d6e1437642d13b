//! Where the node leaves what it wants of the network: one lock, held for a moment on both sides.
//!
//! A desk and not a channel, because it is bounded by what it means: of members and introductions only the newest counts,
//! and there is one decision a peer. So no call of [`crate::Network`] ever waits, and none that matters is ever lost. Only
//! gossip can pile up; then the oldest is dropped, as gossip may be lost anywhere.

use std::{
    collections::{BTreeMap, VecDeque},
    mem,
    sync::{Mutex, MutexGuard, PoisonError},
};

use bytes::Bytes;
use libp2p::Multiaddr;
use tokio::sync::Notify;

use crate::{
    Acceptance, Member, MessageId, Misbehaviour, NodeKey, Topic,
    limits::{ADDRESSES_MAX, GOSSIP_QUEUE, REPORTS_QUEUE},
};

/// What lies on the desk.
#[derive(Debug, Default)]
pub(crate) struct Papers {
    /// The newest list of members.
    pub(crate) members: Option<Vec<Member>>,
    /// The newest introduction of our own.
    pub(crate) introduction: Option<Bytes>,
    /// The newest decision on each peer.
    pub(crate) decisions: BTreeMap<NodeKey, Decision>,
    /// Misbehaviour to be counted.
    pub(crate) reports: Vec<(NodeKey, Misbehaviour)>,
    /// Addresses to dial, and to dial no more.
    pub(crate) addresses: BTreeMap<Multiaddr, Calling>,
    /// Gossip in order.
    pub(crate) gossip: VecDeque<Gossip>,
    /// Stop in order.
    pub(crate) stop: bool,
}

/// What is decided on a peer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Decision {
    Admit,
    Refuse(String),
    TurnAway { reason: String, notice: Bytes },
    Disconnect,
}

/// Whether an address is dialled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Calling {
    Dial,
    Forget,
}

/// Something to do on gossip.
#[derive(Debug)]
pub(crate) enum Gossip {
    Publish(Topic, Bytes),
    Verdict(MessageId, Acceptance),
}

/// The desk itself.
#[derive(Debug, Default)]
pub(crate) struct Desk {
    papers: Mutex<Papers>,
    bell: Notify,
}

impl Desk {
    /// Changes what lies there and rings.
    pub(crate) fn put(&self, change: impl FnOnce(&mut Papers)) {
        change(&mut self.lock());
        self.bell.notify_one();
    }

    /// Takes everything as soon as there is something.
    pub(crate) async fn take(&self) -> Papers {
        self.bell.notified().await;
        mem::take(&mut *self.lock())
    }

    fn lock(&self) -> MutexGuard<'_, Papers> {
        self.papers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Papers {
    pub(crate) fn push_gossip(&mut self, gossip: Gossip) {
        if self.gossip.len() >= GOSSIP_QUEUE {
            self.gossip.pop_front();
        }
        self.gossip.push_back(gossip);
    }

    pub(crate) fn push_report(&mut self, node: NodeKey, misbehaviour: Misbehaviour) {
        if self.reports.len() < REPORTS_QUEUE {
            self.reports.push((node, misbehaviour));
        }
    }

    pub(crate) fn set_address(&mut self, address: Multiaddr, calling: Calling) {
        if self.addresses.len() < ADDRESSES_MAX || self.addresses.contains_key(&address) {
            self.addresses.insert(address, calling);
        }
    }
}
