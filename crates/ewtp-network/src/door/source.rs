//! Where a connection comes from: before the handshake it is all that is known.

use std::net::{IpAddr, Ipv6Addr};

use libp2p::{Multiaddr, multiaddr::Protocol};

/// How a connection comes, and so what its address is worth before the handshake.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// Who dials has answered from the address that it comes from.
    Tcp,
    /// The address is whatever the first packet says. The transport asks nobody to prove it: it has no setting for that.
    Quic,
}

impl Way {
    pub(super) fn of(address: &Multiaddr) -> Self {
        let is_udp = address.iter().any(|part| matches!(part, Protocol::Udp(_)));
        if is_udp { Self::Quic } else { Self::Tcp }
    }
}

/// A /24 of IPv4 or a /48 of IPv6: what one network can easily have many addresses of.
pub(super) type Block = [u8; 6];

/// An address: an IPv4 host, or a /64 of IPv6, within which a host changes its address as it likes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Source(IpAddr);

impl Source {
    /// `None` for what is no IP address.
    pub(super) fn of(address: &Multiaddr) -> Option<Self> {
        let ip = address.iter().find_map(|part| match part {
            Protocol::Ip4(ip) => Some(IpAddr::from(ip)),
            Protocol::Ip6(ip) => Some(IpAddr::from(ip)),
            _ => None,
        })?;
        Some(match ip.to_canonical() {
            IpAddr::V6(ip) if !ip.is_loopback() => {
                Self(Ipv6Addr::from_bits(ip.to_bits() & !u128::from(u64::MAX)).into())
            }
            ip => Self(ip),
        })
    }

    pub(super) const fn is_loopback(self) -> bool {
        self.0.is_loopback()
    }

    /// Those with whom this address shares the places of strangers that shake hands. On loopback, each address alone.
    pub(super) fn block(self) -> Block {
        match self.0 {
            IpAddr::V4(ip) => {
                let [a, b, c, d] = ip.octets();
                [a, b, c, if ip.is_loopback() { d } else { 0 }, 0, 4]
            }
            IpAddr::V6(ip) => *ip.octets().first_chunk().expect("16 bytes begin with 6"),
        }
    }

    /// The same for guests; none on loopback, where a whole mesh may live.
    pub(super) fn guests_block(self) -> Option<Block> {
        (!self.is_loopback()).then(|| self.block())
    }
}
