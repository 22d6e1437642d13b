//! Where connections wait while they shake hands. Nobody has proved a key there, so places are given by address.
//!
//! One stranger who opens sockets and says nothing takes the places of its own block. Addresses of members have places
//! of their own: those that manifests name, and those at which members were seen. Who comes when its places are taken is
//! refused before anything is computed for it; an honest node dials again a moment later.
//!
//! Whoever sends packets in the name of others can take the places of those addresses by QUIC, where an address is proven by
//! the handshake only. So each way has places of its own: nobody is kept from coming by TCP, which every node offers and
//! dials too, and once a handshake ended well the share of a block counts real hosts, by whichever way they came.

use std::collections::{BTreeMap, BTreeSet};

use libp2p::{Multiaddr, swarm::ConnectionId};
use tokio::time::Instant;

use super::{
    Refusal,
    source::{Block, Source, Way},
};
use crate::limits::{
    FAMILIAR_HANDSHAKES_MAX, FAMILIAR_HANDSHAKES_PER_ADDRESS_MAX, FAMILIAR_SEEN_MAX, LOOPBACK_HANDSHAKES_MAX,
    STRANGERS_HANDSHAKES_MAX, STRANGERS_HANDSHAKES_PER_BLOCK_MAX,
};

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Lobby {
    waiting: BTreeMap<ConnectionId, Place>,
    /// Addresses in the manifests of members.
    named: BTreeSet<Source>,
    /// Addresses at which members were seen, and when last: a hub behind a gateway names another than it comes from.
    seen: BTreeMap<Source, Instant>,
}

/// Which places a connection took one of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Place {
    way: Way,
    of: Of,
}

/// Whose places they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Of {
    Familiar(Source),
    /// What comes from no IP address shares one block.
    Stranger(Option<Block>),
}

impl Place {
    /// Whether both take from the same total.
    fn is_kind_of(self, other: Self) -> bool {
        self.way == other.way && std::mem::discriminant(&self.of) == std::mem::discriminant(&other.of)
    }

    /// How many there are of its kind.
    const fn total(self) -> usize {
        match self.of {
            Of::Familiar(_) => FAMILIAR_HANDSHAKES_MAX,
            Of::Stranger(_) => STRANGERS_HANDSHAKES_MAX,
        }
    }

    /// How many of these one place's source may hold.
    const fn share(self, loopback: bool) -> usize {
        match self.of {
            _ if loopback => LOOPBACK_HANDSHAKES_MAX,
            Of::Familiar(_) => FAMILIAR_HANDSHAKES_PER_ADDRESS_MAX,
            Of::Stranger(_) => STRANGERS_HANDSHAKES_PER_BLOCK_MAX,
        }
    }
}

impl Lobby {
    /// Replaces the addresses that members name.
    pub(super) fn set_named<'a>(&mut self, addresses: impl Iterator<Item = &'a Multiaddr>) {
        self.named = addresses.filter_map(Source::of).collect();
    }

    /// A member proved its key from here.
    pub(super) fn remember(&mut self, source: Option<Source>) {
        let Some(source) = source else { return };
        self.seen.insert(source, Instant::now());
        if self.seen.len() > FAMILIAR_SEEN_MAX {
            let longest_ago = self.seen.iter().min_by_key(|(_, at)| **at).map(|(source, _)| *source);
            longest_ago.map(|source| self.seen.remove(&source));
        }
    }

    /// Takes a place for a connection that wants to shake hands, or refuses it.
    pub(super) fn enter(&mut self, connection: ConnectionId, from: &Multiaddr) -> Result<(), Refusal> {
        let source = Source::of(from);
        let place = Place {
            way: Way::of(from),
            of: self.whose(source),
        };
        let taken = self.waiting.values().filter(|other| other.is_kind_of(place)).count();
        let here = self.waiting.values().filter(|other| **other == place).count();
        if taken >= place.total() || here >= place.share(source.is_some_and(Source::is_loopback)) {
            return Err(Refusal::LobbyFull);
        }
        self.waiting.insert(connection, place);
        Ok(())
    }

    /// The handshake ended, well or not.
    pub(super) fn leave(&mut self, connection: ConnectionId) {
        self.waiting.remove(&connection);
    }

    fn whose(&self, source: Option<Source>) -> Of {
        let familiar = source.filter(|source| self.named.contains(source) || self.seen.contains_key(source));
        familiar.map_or_else(|| Of::Stranger(source.map(Source::block)), Of::Familiar)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How many of `n` connections from an address get a place.
    fn enter(lobby: &mut Lobby, first: usize, n: usize, address: &str) -> usize {
        let from = address.parse().unwrap();
        (first..first + n)
            .filter(|number| lobby.enter(ConnectionId::new_unchecked(*number), &from).is_ok())
            .count()
    }

    #[test]
    fn one_block_takes_its_share_and_leaves_the_others_theirs() {
        let mut lobby = Lobby::default();
        let share = STRANGERS_HANDSHAKES_PER_BLOCK_MAX;
        assert_eq!(enter(&mut lobby, 0, 100, "/ip4/192.0.2.1/tcp/1"), share);
        assert_eq!(enter(&mut lobby, 100, 100, "/ip4/192.0.2.200/tcp/9"), 0);
        assert_eq!(enter(&mut lobby, 200, 100, "/ip4/192.0.3.1/tcp/1"), share);
        assert_eq!(enter(&mut lobby, 300, 100, "/ip6/2001:db8:1:2::1/tcp/1"), share);
        assert_eq!(enter(&mut lobby, 400, 100, "/ip6/2001:db8:1:3::1/tcp/1"), 0);
    }

    #[test]
    fn strangers_from_many_networks_leave_the_members_places_free() {
        let mut lobby = Lobby::default();
        let named: Multiaddr = "/ip4/198.51.100.7/tcp/7600".parse().unwrap();
        lobby.set_named([&named].into_iter());
        lobby.remember(Source::of(&"/ip6/2001:db8:9::7/tcp/1".parse().unwrap()));
        let flood = (0..=255).map(|net| enter(&mut lobby, net * 10, 10, &format!("/ip4/203.0.{net}.1/tcp/1")));
        assert_eq!(flood.sum::<usize>(), STRANGERS_HANDSHAKES_MAX);
        assert_eq!(
            enter(&mut lobby, 9000, 1, "/ip4/198.51.100.8/tcp/1"),
            0,
            "a neighbour of a member"
        );
        let share = FAMILIAR_HANDSHAKES_PER_ADDRESS_MAX;
        assert_eq!(enter(&mut lobby, 9100, 50, "/ip4/198.51.100.7/tcp/50000"), share);
        assert_eq!(enter(&mut lobby, 9200, 50, "/ip6/2001:db8:9::ffff/tcp/1"), share);
    }

    #[test]
    fn who_sends_packets_in_the_name_of_others_leaves_them_their_places_by_tcp() {
        let mut lobby = Lobby::default();
        let member: Multiaddr = "/ip4/198.51.100.7/tcp/7600".parse().unwrap();
        lobby.set_named([&member].into_iter());
        let (of_member, share) = ("/ip4/198.51.100.7/udp/9/quic-v1", FAMILIAR_HANDSHAKES_PER_ADDRESS_MAX);
        assert_eq!(enter(&mut lobby, 0, 50, of_member), share);
        let blocks = (0..=255).map(|net| {
            enter(
                &mut lobby,
                100 + net * 10,
                10,
                &format!("/ip4/203.0.{net}.1/udp/9/quic-v1"),
            )
        });
        assert_eq!(blocks.sum::<usize>(), STRANGERS_HANDSHAKES_MAX);
        assert_eq!(enter(&mut lobby, 9000, 1, of_member), 0);
        assert_eq!(enter(&mut lobby, 9100, 50, "/ip4/198.51.100.7/tcp/50000"), share);
        let share = STRANGERS_HANDSHAKES_PER_BLOCK_MAX;
        assert_eq!(enter(&mut lobby, 9200, 50, "/ip4/203.0.1.1/tcp/50000"), share);
    }

    #[test]
    fn each_address_of_loopback_has_the_share_of_a_mesh() {
        let mut lobby = Lobby::default();
        assert_eq!(
            enter(&mut lobby, 0, 100, "/ip4/127.0.0.2/tcp/1"),
            LOOPBACK_HANDSHAKES_MAX
        );
        assert_eq!(
            enter(&mut lobby, 100, 100, "/ip4/127.0.0.1/tcp/1"),
            LOOPBACK_HANDSHAKES_MAX
        );
    }

    #[test]
    fn a_handshake_that_ended_frees_its_place() {
        let mut lobby = Lobby::default();
        enter(&mut lobby, 0, 10, "/ip4/192.0.2.1/tcp/1");
        lobby.leave(ConnectionId::new_unchecked(0));
        assert_eq!(enter(&mut lobby, 10, 10, "/ip4/192.0.2.1/tcp/1"), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn addresses_seen_are_bounded_and_the_oldest_is_forgotten() {
        let mut lobby = Lobby::default();
        for number in 0..=FAMILIAR_SEEN_MAX {
            let address = format!("/ip4/10.{}.{}.1/tcp/1", number / 256, number % 256);
            lobby.remember(Source::of(&address.parse().unwrap()));
            tokio::time::advance(std::time::Duration::from_secs(1)).await;
        }
        assert_eq!(lobby.seen.len(), FAMILIAR_SEEN_MAX);
        assert!(
            !lobby
                .seen
                .contains_key(&Source::of(&"/ip4/10.0.0.1/tcp/1".parse().unwrap()).unwrap())
        );
    }
}
