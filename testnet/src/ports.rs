//! Ports for the hubs of a testnet: found free when it is laid, kept afterwards.
//!
//! They lie below the range from which the system takes ports for outgoing connections, so that a hub that is down for
//! a while finds its own port free again.

use anyhow::{Result, bail};
use std::net::{Ipv4Addr, TcpListener, UdpSocket};
use std::ops::Range;

/// Above the well-known services and below the usual ephemeral range, which begins at 32,768.
const RANGE: Range<u16> = 12_000..32_000;

/// `n` ports of loopback that are free now, for TCP and UDP alike. The search starts at a place of `origin`'s own, so
/// that two testnets laid at the same moment seldom try the same ports.
///
/// # Errors
/// When the whole range is taken.
pub(crate) fn free(origin: u64, n: usize) -> Result<Vec<u16>> {
    let width = u64::from(RANGE.end - RANGE.start);
    let first = RANGE.start + u16::try_from(origin % width).expect("less than the width of the range");
    let found: Vec<u16> = (first..RANGE.end)
        .chain(RANGE.start..first)
        .filter(|port| is_free(*port))
        .take(n)
        .collect();
    if found.len() < n {
        bail!(
            "only {} of {n} ports between {} and {} are free",
            found.len(),
            RANGE.start,
            RANGE.end
        );
    }
    Ok(found)
}

fn is_free(port: u16) -> bool {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok() && UdpSocket::bind((Ipv4Addr::LOCALHOST, port)).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn a_taken_port_is_passed_over() {
        let taken = free(77, 1).unwrap()[0];
        let holder = TcpListener::bind((Ipv4Addr::LOCALHOST, taken)).unwrap();
        let found: BTreeSet<u16> = free(77, 16).unwrap().into_iter().collect();
        assert_eq!(found.len(), 16);
        assert!(!found.contains(&taken));
        drop(holder);
    }
}
