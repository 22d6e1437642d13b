//! What the machine gives: clock, disk, and, while no node runs, ledger and ports.

use super::{Check, Finding};
use ewtp_node::clock;
use ewtp_node::config::Config;
use ewtp_node::shell;
use nix::sys::statvfs::statvfs;
use std::net::{IpAddr, SocketAddr, TcpListener, UdpSocket};

/// The time this program was written; a clock before it was never set.
const WRITTEN_AT: u64 = 1_795_305_600; // 2026-11-22
/// Below this a node soon stops taking records.
const DISK_BYTES_FAIL: u64 = 1 << 30;
/// Below this an operator should make room.
const DISK_BYTES_WARN: u64 = 10 << 30;

/// Clock and disk.
pub(super) fn clock_and_disk(config: &Config, checks: &mut Vec<Check>) {
    let now = clock::now();
    checks.push(match now.0 {
        0..WRITTEN_AT => Check::fail(
            "clock",
            format!("says {}", now.to_calendar()),
            "set the clock: timedatectl set-ntp true",
        ),
        _ => Check::pass("clock", now.to_calendar()),
    });
    checks.push(disk(config));
}

fn disk(config: &Config) -> Check {
    let room = "make room, or move the folder to a larger disk";
    match statvfs(config.folder.root()) {
        Err(error) => Check::fail("disk", format!("cannot be asked: {error}"), room),
        Ok(disk) => {
            let free = disk.blocks_available() * disk.fragment_size();
            let detail = format!("{:.1} GB free", free as f64 / f64::from(1 << 30));
            match free {
                0..DISK_BYTES_FAIL => Check::fail("disk", detail, room),
                DISK_BYTES_FAIL..DISK_BYTES_WARN => Check::warn("disk", detail, room),
                _ => Check::pass("disk", detail),
            }
        }
    }
}

/// What only a stopped node leaves free to look at: its ledger and its ports.
pub(super) fn stopped(config: &Config, checks: &mut Vec<Check>) {
    checks.push(ledger(config));
    checks.extend(ports(&config.network.listen));
    let next = format!("ewtp run --dir {}", shell::path(config.folder.root()));
    checks.push(Check {
        next: Some(next),
        ..Check::skip("node", "does not run: peers and alarms were not looked at")
    });
}

fn ledger(config: &Config) -> Check {
    if !config.folder.ledger().exists() {
        return Check::pass("ledger", "none yet: the first `ewtp run` makes it");
    }
    match ewtp_store::Store::open(config.folder.root(), &config.store_options()) {
        Ok((_store, restored)) => {
            let records: u64 = restored.logs.iter().map(|log| log.tree.size()).sum();
            Check::pass(
                "ledger",
                format!("opens: {records} records of {} logs", restored.logs.len()),
            )
        }
        Err(error) => Check::fail(
            "ledger",
            error.to_string(),
            "what it says; a damaged index: ewtp reindex",
        ),
    }
}

/// The ports that can be bound on one line, and each that cannot on its own.
fn ports(listen: &[String]) -> Vec<Check> {
    let tried = listen.iter().filter_map(|address| Some((address, port(address)?)));
    let (free, taken): (Vec<_>, Vec<_>) = tried.partition(|(_, check)| check.result == Finding::Pass);
    let free: Vec<&str> = free.iter().map(|(address, _)| address.as_str()).collect();
    let line = (!free.is_empty()).then(|| Check::pass("port", format!("free: {}", free.join(", "))));
    line.into_iter()
        .chain(taken.into_iter().map(|(_, check)| check))
        .collect()
}

/// Whether the port of a multiaddr can be bound; nothing when the address has none that can be tried.
fn port(multiaddr: &str) -> Option<Check> {
    let parts: Vec<&str> = multiaddr.split('/').collect();
    let (["", "ip4" | "ip6", ip, transport @ ("tcp" | "udp"), port, ..], taken) =
        (&parts[..], "another program listens there")
    else {
        return None;
    };
    let address = SocketAddr::new(ip.parse::<IpAddr>().ok()?, port.parse().ok()?);
    let bound = if *transport == "tcp" {
        TcpListener::bind(address).map(drop)
    } else {
        UdpSocket::bind(address).map(drop)
    };
    Some(match bound {
        Ok(()) => Check::pass("port", format!("{multiaddr} is free")),
        Err(error) if error.kind() == std::io::ErrorKind::AddrInUse => Check::fail(
            "port",
            format!("{multiaddr}: {taken}"),
            format!("ss -lpn sport = :{port}"),
        ),
        Err(error) => Check::fail(
            "port",
            format!("{multiaddr}: {error}"),
            "change [network] listen in ewtp.toml",
        ),
    })
}
