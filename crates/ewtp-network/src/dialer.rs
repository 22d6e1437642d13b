//! Whom to dial, and when again. Time comes in as an argument; nothing here connects.
//!
//! A member seen within the last hour is redialled every two seconds at most: a restart of a neighbour must not cost a
//! minute. Others wait twice as long each time, up to a minute. Jitter keeps a mesh that restarts from dialling in step.

use std::{
    collections::{BTreeMap, BTreeSet, hash_map::RandomState},
    hash::{BuildHasher, Hasher},
    time::Duration,
};

use libp2p::{
    Multiaddr,
    multiaddr::Protocol,
    swarm::{
        ConnectionId,
        dial_opts::{DialOpts, PeerCondition},
    },
};
use tokio::time::Instant;

use crate::{Limits, NodeKey, identity};

/// The first pause; doubled with each failure.
const PAUSE: Duration = Duration::from_millis(250);
/// How long a peer counts as seen.
const RECENT: Duration = Duration::from_secs(3600);
/// Dials at a time: below the limit of pending connections, so that none is refused by ourselves.
const DIALS_MAX: usize = 12;
/// Addresses tried for one node. A manifest has no more.
const ADDRESSES_OF_NODE_MAX: usize = 8;

/// Whom a target names.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Whom {
    Node(NodeKey),
    Address(Multiaddr),
}

#[derive(Debug)]
struct Target {
    addresses: Vec<Multiaddr>,
    /// Who is behind it: known for members, learned for addresses.
    node: Option<NodeKey>,
    failures: u32,
    seen: Option<Instant>,
    due: Instant,
    dialling: Option<ConnectionId>,
}

/// The book of those we want to be connected to.
#[derive(Debug)]
pub(crate) struct Dialer {
    own: NodeKey,
    recent_max: Duration,
    max: Duration,
    targets: BTreeMap<Whom, Target>,
    connected: BTreeSet<NodeKey>,
}

impl Dialer {
    pub(crate) fn new(own: NodeKey, limits: &Limits) -> Self {
        Self {
            own,
            recent_max: limits.redial_recent_max,
            max: limits.redial_max,
            targets: BTreeMap::new(),
            connected: BTreeSet::new(),
        }
    }

    /// Replaces the members. Those that stay keep their history.
    pub(crate) fn set_members(&mut self, members: &BTreeMap<NodeKey, Vec<Multiaddr>>, now: Instant) {
        self.targets.retain(|whom, _| match whom {
            Whom::Node(node) => members.contains_key(node),
            Whom::Address(_) => true,
        });
        for (node, addresses) in members.iter().filter(|(node, _)| **node != self.own) {
            let target = self
                .targets
                .entry(Whom::Node(*node))
                .or_insert_with(|| Target::new(Some(*node), now));
            target.addresses = addresses.iter().take(ADDRESSES_OF_NODE_MAX).cloned().collect();
        }
    }

    /// Dials an address. One that is known already is tried at once: who names it again changed something.
    pub(crate) fn add_address(&mut self, address: Multiaddr, now: Instant) {
        // With `/p2p/…` at its end it says whom it leads to, and is not dialled beside that member's own entry.
        let node = address.iter().find_map(|part| match part {
            Protocol::P2p(peer) => identity::node_key(&peer),
            _ => None,
        });
        let target = self
            .targets
            .entry(Whom::Address(address.clone()))
            .or_insert_with(|| Target::new(node, now));
        target.addresses = vec![address];
        target.due = now;
    }

    pub(crate) fn forget_address(&mut self, address: Multiaddr) {
        self.targets.remove(&Whom::Address(address));
    }

    /// What to dial now, at most `room` of it, the longest overdue first.
    pub(crate) fn due(&mut self, room: usize, now: Instant) -> Vec<DialOpts> {
        let under_way = self.targets.values().filter(|target| target.dialling.is_some()).count();
        let busy: BTreeSet<NodeKey> = self
            .targets
            .values()
            .filter(|target| target.dialling.is_some())
            .filter_map(|target| target.node)
            .collect();
        let connected = &self.connected;
        let mut due: Vec<&mut Target> = self
            .targets
            .values_mut()
            .filter(|target| target.dialling.is_none() && target.due <= now && !target.addresses.is_empty())
            .filter(|target| {
                target
                    .node
                    .is_none_or(|node| !connected.contains(&node) && !busy.contains(&node))
            })
            .collect();
        due.sort_by_key(|target| target.due);
        due.truncate(room.min(DIALS_MAX.saturating_sub(under_way)));
        due.into_iter().map(Target::dial).collect()
    }

    /// A connection stands, whoever dialled it.
    pub(crate) fn connected(&mut self, node: NodeKey, connection: ConnectionId) {
        self.connected.insert(node);
        if let Some(target) = self
            .targets
            .values_mut()
            .find(|target| target.dialling == Some(connection))
        {
            target.dialling = None;
            target.node = Some(node);
        }
    }

    /// The peer was admitted and admitted us: it is worth redialling soon.
    pub(crate) fn seen(&mut self, node: NodeKey, now: Instant) {
        for target in self.targets_of(node) {
            target.seen = Some(now);
            target.failures = 0;
        }
    }

    /// A dial led to nothing.
    pub(crate) fn failed(&mut self, connection: ConnectionId, now: Instant) {
        let (recent_max, max) = (self.recent_max, self.max);
        if let Some(target) = self
            .targets
            .values_mut()
            .find(|target| target.dialling == Some(connection))
        {
            target.dialling = None;
            target.wait(recent_max, max, now);
        }
    }

    /// An address led to ourselves: there is nothing to dial.
    pub(crate) fn is_own(&mut self, connection: ConnectionId) {
        self.targets.retain(|_, target| target.dialling != Some(connection));
    }

    /// The last connection to a peer is gone.
    pub(crate) fn disconnected(&mut self, node: NodeKey, now: Instant) {
        self.connected.remove(&node);
        let (recent_max, max) = (self.recent_max, self.max);
        for target in self.targets_of(node) {
            target.wait(recent_max, max, now);
        }
    }

    /// We want nothing of this peer for a while.
    pub(crate) fn refused(&mut self, node: NodeKey, now: Instant) {
        let max = self.max;
        for target in self.targets_of(node) {
            target.seen = None;
            target.failures = u32::MAX;
            target.due = now + max;
        }
    }

    fn targets_of(&mut self, node: NodeKey) -> impl Iterator<Item = &mut Target> {
        self.targets
            .values_mut()
            .filter(move |target| target.node == Some(node))
    }
}

impl Target {
    fn new(node: Option<NodeKey>, now: Instant) -> Self {
        Self {
            addresses: Vec::new(),
            node,
            failures: 0,
            seen: None,
            due: now,
            dialling: None,
        }
    }

    fn dial(&mut self) -> DialOpts {
        // A fresh port: with the listening port reused, a redial meets its own last connection in TIME_WAIT.
        let options = match self.node {
            Some(node) => DialOpts::peer_id(identity::peer_id(node))
                .condition(PeerCondition::DisconnectedAndNotDialing)
                .addresses(self.addresses.clone())
                .allocate_new_port()
                .build(),
            None => DialOpts::unknown_peer_id()
                .address(self.addresses[0].clone())
                .allocate_new_port()
                .build(),
        };
        self.dialling = Some(options.connection_id());
        options
    }

    fn wait(&mut self, recent_max: Duration, max: Duration, now: Instant) {
        let recent = self.seen.is_some_and(|seen| now.duration_since(seen) < RECENT);
        let longest = if recent { recent_max } else { max };
        let pause = PAUSE.saturating_mul(1 << self.failures.min(16)).min(longest);
        self.failures = self.failures.saturating_add(1);
        // At least half of it, so that the longest pause stays the longest.
        let due = now + pause.mul_f64(0.5 + chance() / 2.0);
        self.due = due.max(self.due.min(now + longest));
    }
}

/// A number from 0 to 1, different each time: the hasher of the standard library is seeded at random.
fn chance() -> f64 {
    let random = RandomState::new().build_hasher().finish();
    (random >> 11) as f64 / (1_u64 << 53) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    const OWN: NodeKey = NodeKey([0; 32]);
    const OTHER: NodeKey = NodeKey([1; 32]);

    fn dialer() -> Dialer {
        Dialer::new(OWN, &Limits::default())
    }

    fn member(dialer: &mut Dialer, now: Instant) {
        let address: Multiaddr = "/ip4/127.0.0.1/tcp/1".parse().unwrap();
        dialer.set_members(&[(OWN, vec![address.clone()]), (OTHER, vec![address])].into(), now);
    }

    /// How long after a failure the next dial comes.
    fn pause(dialer: &mut Dialer, now: Instant) -> Duration {
        let mut waited = Duration::ZERO;
        while dialer.due(9, now + waited).is_empty() {
            waited += Duration::from_millis(10);
        }
        waited
    }

    fn dial(dialer: &mut Dialer, now: Instant) -> ConnectionId {
        let [options] = dialer.due(9, now).try_into().unwrap();
        options.connection_id()
    }

    #[tokio::test(start_paused = true)]
    async fn every_member_but_ourselves_is_dialled_once_at_a_time() {
        let (mut dialer, now) = (dialer(), Instant::now());
        member(&mut dialer, now);
        assert_eq!(dialer.due(9, now).len(), 1);
        assert_eq!(dialer.due(9, now).len(), 0);
    }

    #[tokio::test(start_paused = true)]
    async fn pauses_grow_to_a_minute_and_stay_at_two_seconds_for_a_peer_seen_recently() {
        for (seen, longest) in [(false, Duration::from_secs(60)), (true, Duration::from_secs(2))] {
            let (mut dialer, mut now) = (dialer(), Instant::now());
            member(&mut dialer, now);
            if seen {
                dialer.seen(OTHER, now);
            }
            let mut connection = dial(&mut dialer, now);
            let mut last = Duration::ZERO;
            for _ in 0..12 {
                dialer.failed(connection, now);
                last = pause(&mut dialer, now);
                assert!(last <= longest + Duration::from_millis(10), "{last:?}");
                now += last;
                connection = dialer.targets.values().next().unwrap().dialling.unwrap();
            }
            assert!(last >= longest / 2, "{last:?}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_connected_peer_is_not_dialled_and_a_lost_one_is() {
        let (mut dialer, now) = (dialer(), Instant::now());
        member(&mut dialer, now);
        let connection = dial(&mut dialer, now);
        dialer.connected(OTHER, connection);
        dialer.seen(OTHER, now);
        assert!(dialer.due(9, now + RECENT / 2).is_empty());
        dialer.disconnected(OTHER, now + RECENT / 2);
        assert!(pause(&mut dialer, now + RECENT / 2) <= Duration::from_secs(1));
    }

    #[tokio::test(start_paused = true)]
    async fn an_address_that_leads_to_a_connected_peer_rests_until_it_is_lost() {
        let (mut dialer, now) = (dialer(), Instant::now());
        dialer.add_address("/ip4/127.0.0.1/tcp/2".parse().unwrap(), now);
        let connection = dial(&mut dialer, now);
        dialer.connected(OTHER, connection);
        assert!(dialer.due(9, now + RECENT).is_empty());
        dialer.disconnected(OTHER, now + RECENT);
        pause(&mut dialer, now + RECENT);
    }

    #[tokio::test(start_paused = true)]
    async fn our_own_address_is_dialled_once() {
        let (mut dialer, now) = (dialer(), Instant::now());
        dialer.add_address("/ip4/127.0.0.1/tcp/3".parse().unwrap(), now);
        let connection = dial(&mut dialer, now);
        dialer.is_own(connection);
        assert!(dialer.due(9, now + RECENT).is_empty());
    }

    #[tokio::test(start_paused = true)]
    async fn a_refused_peer_rests_a_minute() {
        let (mut dialer, now) = (dialer(), Instant::now());
        member(&mut dialer, now);
        let connection = dial(&mut dialer, now);
        dialer.connected(OTHER, connection);
        dialer.refused(OTHER, now);
        dialer.disconnected(OTHER, now);
        assert!(pause(&mut dialer, now) >= Duration::from_secs(60));
    }

    #[tokio::test(start_paused = true)]
    async fn an_address_that_is_named_again_is_dialled_at_once() {
        let (mut dialer, now) = (dialer(), Instant::now());
        let address: Multiaddr = "/ip4/127.0.0.1/tcp/4".parse().unwrap();
        dialer.add_address(address.clone(), now);
        let connection = dial(&mut dialer, now);
        dialer.connected(NodeKey([4; 32]), connection);
        dialer.refused(NodeKey([4; 32]), now);
        dialer.disconnected(NodeKey([4; 32]), now);
        assert!(dialer.due(8, now).is_empty());
        dialer.add_address(address, now);
        assert_eq!(dialer.due(8, now).len(), 1);
    }
}
