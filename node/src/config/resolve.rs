//! The second step: gives what was written its meaning and collects what has none.

use super::file::{CarrySection, ConfigFile, Written};
use super::{Admission, Carried, Config, ConfigFault, ConfigFaults, GUESTS_DEFAULT, Limits};
use crate::folder::Folder;
use ewtp_federation::limits::FRONTIER_HUBS_MAX;
use ewtp_record::{HubCode, NetName};
use ewtp_store::Engine;
use std::collections::BTreeMap;
use std::fmt::Display;
use std::net::SocketAddr;
use std::str::FromStr;
use std::time::Duration;

/// The version of the file's format that this program writes. A newer one is refused.
pub(super) const FORMAT: u64 = 1;

/// Addresses of a node at most. // spec: manifest R3
const PUBLISHED_MAX: usize = 8;

/// Carried hubs at most: with our own, as many as a frontier names. // spec: sync
const CARRIED_HUBS_MAX: u64 = FRONTIER_HUBS_MAX as u64 - 1;

/// The meaning of a file, or everything that is wrong with it.
pub(super) fn resolve(folder: &Folder, file: &ConfigFile, faults: Vec<ConfigFault>) -> Result<Config, ConfigFaults> {
    let mut resolver = Resolver { faults };
    match resolver.config(folder, file) {
        Some(config) if resolver.faults.is_empty() => Ok(config),
        _ => {
            let mut faults = resolver.faults;
            faults.sort_by_key(|fault| fault.line.unwrap_or(0));
            Err(ConfigFaults {
                path: folder.config(),
                faults,
            })
        }
    }
}

struct Resolver {
    faults: Vec<ConfigFault>,
}

impl Resolver {
    fn config(&mut self, folder: &Folder, file: &ConfigFile) -> Option<Config> {
        self.format(file);
        let net = self.required(
            "net",
            file.net.as_ref(),
            None,
            "net = \"ewtp\", or net = \"test:<name>\" to try things out",
        );
        let hub = self.required(
            "hub",
            file.hub.as_ref(),
            None,
            "hub = \"MY\", the code your hub's charter carries",
        );
        let (mut config, net_and_hub) = match (net, hub) {
            (Some(net), Some(hub)) => (Config::new(folder.clone(), net, hub, ""), true),
            // The rest is still read, so that one run shows all faults.
            _ => (Config::new(folder.clone(), any_net(), any_hub(), ""), false),
        };
        config.name = file
            .name
            .as_ref()
            .map_or_else(|| config.hub.to_string(), |name| name.value.clone());
        self.network(file, &mut config);
        self.admin(file, &mut config);
        self.store(file, &mut config);
        self.limits(file, &mut config);
        if let Some(filter) = &file.log_filter {
            config.event_filter.clone_from(&filter.value);
        }
        self.carry(file, &mut config);
        net_and_hub.then_some(config)
    }

    fn format(&mut self, file: &ConfigFile) {
        if let Some(format) = file.format.as_ref().filter(|format| format.value != FORMAT) {
            let message = format!("is {}, and this program reads format {FORMAT}", format.value);
            self.fault(
                Some(format.line),
                "format",
                message,
                "use the ewtp version that wrote this file, or a newer one",
            );
        }
    }

    fn network(&mut self, file: &ConfigFile, config: &mut Config) {
        let settings = &mut config.network;
        if let Some(listen) = &file.network.listen {
            self.multiaddrs("network.listen", listen);
            settings.listen.clone_from(&listen.value);
        }
        if let Some(addresses) = &file.network.addresses {
            self.multiaddrs("network.addresses", addresses);
            if addresses.value.len() > PUBLISHED_MAX {
                let message = format!(
                    "{} addresses, and a manifest holds {PUBLISHED_MAX}",
                    addresses.value.len()
                );
                self.fault(
                    Some(addresses.line),
                    "network.addresses",
                    message,
                    "keep those that others reach best",
                );
            }
            settings.addresses.clone_from(&addresses.value);
        }
        let guests_max = self.bounded(
            "network.guests_max",
            file.network.guests_max.as_ref(),
            1..=4096,
            GUESTS_DEFAULT.into(),
        );
        settings.admission = match file.network.admission.as_ref().map(|written| written.value.as_str()) {
            None | Some("members") => Admission::Members,
            Some("open") => Admission::Open {
                guests_max: narrow(guests_max),
            },
            Some(other) => {
                let line = file.network.admission.as_ref().map(|written| written.line);
                let remedy = "\"members\" (nodes of carried hubs only) or \"open\" (guests may read)";
                self.fault(
                    line,
                    "network.admission",
                    format!("`{other}` is not an admission"),
                    remedy,
                );
                Admission::Members
            }
        };
        let connections = self.bounded(
            "network.connections_max",
            file.network.connections_max.as_ref(),
            2..=8192,
            settings.connections_max.into(),
        );
        settings.connections_max = narrow(connections);
        let memory = self.bounded(
            "network.memory_mb",
            file.network.memory_mb.as_ref(),
            64..=1 << 20,
            settings.memory_bytes_max >> 20,
        );
        settings.memory_bytes_max = memory << 20;
    }

    fn multiaddrs(&mut self, field: &str, written: &Written<Vec<String>>) {
        for address in written.value.iter().filter(|address| !is_multiaddr(address)) {
            let message = format!("`{address}` is not a multiaddr");
            self.fault(
                Some(written.line),
                field,
                message,
                "for example /ip4/192.0.2.1/udp/7600/quic-v1",
            );
        }
    }

    fn admin(&mut self, file: &ConfigFile, config: &mut Config) {
        let Some(written) = &file.admin_http else { return };
        match SocketAddr::from_str(&written.value) {
            Ok(address) if address.ip().is_loopback() => config.admin_http = Some(address),
            Ok(address) => {
                let message = format!("{address} is reachable from outside, and the admin interface has no password");
                self.fault(
                    Some(written.line),
                    "admin.http",
                    message,
                    "a loopback address, for example 127.0.0.1:7700",
                );
            }
            Err(_) => {
                let message = format!("`{}` is not an address with a port", written.value);
                self.fault(Some(written.line), "admin.http", message, "for example 127.0.0.1:7700");
            }
        }
    }

    fn store(&mut self, file: &ConfigFile, config: &mut Config) {
        if let Some(engine) = &file.store.engine {
            match Engine::from_str(&engine.value) {
                Ok(known) => config.store.engine = known,
                Err(error) => {
                    let message = format!("`{}`: {error}", engine.value);
                    self.fault(Some(engine.line), "store.engine", message, "\"redb\" or \"sled\"");
                }
            }
        }
        config.store.cache_bytes = self.bounded(
            "store.cache_mb",
            file.store.cache_mb.as_ref(),
            8..=1 << 20,
            config.store.cache_bytes >> 20,
        ) << 20;
        config.store.segment_bytes = self.bounded(
            "store.segment_mb",
            file.store.segment_mb.as_ref(),
            1..=1024,
            config.store.segment_bytes >> 20,
        ) << 20;
    }

    fn limits(&mut self, file: &ConfigFile, config: &mut Config) {
        let limits = &file.limits;
        let hubs = self.bounded(
            "limits.carried_hubs_max",
            limits.carried_hubs_max.as_ref(),
            1..=CARRIED_HUBS_MAX,
            config.limits.carried_hubs_max.into(),
        );
        let gigabytes = self.bounded(
            "limits.carried_gb_each",
            limits.carried_gb_each.as_ref(),
            1..=65_536,
            config.limits.carried_bytes_each >> 30,
        );
        let of_schedules = self.bounded(
            "limits.schedules_gb_each",
            limits.schedules_gb_each.as_ref(),
            1..=65_536,
            config.limits.schedule_bytes_each >> 30,
        );
        let pulse_s = self.bounded(
            "limits.pulse_s",
            limits.pulse_s.as_ref(),
            10..=86_400,
            config.limits.pulse_every.as_secs(),
        );
        config.limits = Limits {
            carried_hubs_max: narrow(hubs),
            carried_bytes_each: gigabytes << 30,
            schedule_bytes_each: of_schedules << 30,
            pulse_every: Duration::from_secs(pulse_s),
        };
    }

    fn carry(&mut self, file: &ConfigFile, config: &mut Config) {
        let own = file.hub.as_ref().and_then(|hub| HubCode::from_str(&hub.value).ok());
        let mut carried = BTreeMap::new();
        for section in &file.carry {
            let Some(entry) = self.carried(section) else { continue };
            if Some(entry.hub) == own {
                let remedy = "remove this block: a node always carries its own hub";
                self.fault(
                    Some(section.line),
                    "carry.hub",
                    format!("{} is this hub itself", entry.hub),
                    remedy,
                );
            }
            let hub = entry.hub;
            if carried.insert(hub, entry).is_some() {
                let remedy = "keep one block a hub, with all its addresses";
                self.fault(
                    Some(section.line),
                    "carry.hub",
                    format!("{hub} is listed twice"),
                    remedy,
                );
            }
        }
        config.carry = carried.into_values().collect();
        let max = config.limits.carried_hubs_max as usize;
        if let Some(section) = file.carry.get(max).filter(|_| config.carry.len() > max) {
            let message = format!(
                "{} hubs are listed, and limits.carried_hubs_max is {max}",
                config.carry.len()
            );
            let remedy = format!("raise limits.carried_hubs_max (at most {CARRIED_HUBS_MAX}), or take a block out");
            self.fault(Some(section.line), "carry", message, &remedy);
        }
    }

    fn carried(&mut self, section: &CarrySection) -> Option<Carried> {
        let hub = self.required("carry.hub", section.hub.as_ref(), Some(section.line), "hub = \"RW\"");
        let remedy = "genesis = \"<64 hex digits>\", as that hub's operator gave it to you";
        let genesis = self.required("carry.genesis", section.genesis.as_ref(), Some(section.line), remedy);
        let addresses = section.addresses.as_ref().map_or_else(Vec::new, |written| {
            self.multiaddrs("carry.addresses", written);
            written.value.clone()
        });
        Some(Carried {
            hub: hub?,
            genesis: genesis?,
            addresses,
        })
    }

    /// A setting that must be there; `line` is told when it is not.
    fn required<T: FromStr<Err: Display>>(
        &mut self,
        field: &str,
        written: Option<&Written<String>>,
        line: Option<usize>,
        remedy: &str,
    ) -> Option<T> {
        // A setting of another type was told as such already; it is not missing as well.
        let told = |fault: &ConfigFault| fault.field == field && fault.line >= line;
        if written.is_none() && !self.faults.iter().any(told) {
            self.fault(line, field, "is missing".to_owned(), remedy);
        }
        let written = written?;
        match T::from_str(&written.value) {
            Ok(value) => Some(value),
            Err(error) => {
                self.fault(
                    Some(written.line),
                    field,
                    format!("`{}`: {error}", written.value),
                    remedy,
                );
                None
            }
        }
    }

    fn bounded(
        &mut self,
        field: &str,
        written: Option<&Written<u64>>,
        bounds: std::ops::RangeInclusive<u64>,
        default: u64,
    ) -> u64 {
        match written {
            Some(written) if bounds.contains(&written.value) => written.value,
            Some(written) => {
                let remedy = format!(
                    "a number from {} to {}; {default} is the default",
                    bounds.start(),
                    bounds.end()
                );
                self.fault(
                    Some(written.line),
                    field,
                    format!("{} is out of bounds", written.value),
                    &remedy,
                );
                default
            }
            None => default,
        }
    }

    fn fault(&mut self, line: Option<usize>, field: &str, message: String, remedy: &str) {
        self.faults.push(ConfigFault {
            line,
            field: field.to_owned(),
            message,
            remedy: remedy.to_owned(),
        });
    }
}

/// Shape only; the network reads it for good when it listens or dials.
pub(crate) fn is_multiaddr(text: &str) -> bool {
    text.starts_with('/') && text.len() <= 128 && text.split('/').skip(1).all(|part| !part.is_empty()) // spec: manifest
}

fn narrow(bounded: u64) -> u32 {
    u32::try_from(bounded).expect("bounded() keeps these settings below 2^32")
}

fn any_net() -> NetName {
    NetName::from_str("ewtp").expect("the public net's name is a net name")
}

fn any_hub() -> HubCode {
    HubCode::from_str("XK").expect("a country code is a hub code")
}
