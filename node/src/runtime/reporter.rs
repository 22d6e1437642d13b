//! What the node says about itself: the status that the admin interface serves, refreshed at most ten times a second.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use ewtp_api::{Alarm, FrontierEntry, LogHead, NodeState, Peer, ScheduleCounts, Status};
use ewtp_federation as engine;
use ewtp_log::EMPTY_ROOT;
use ewtp_record::{HubCode, NetName, UnixTime};
use ewtp_trust::Directory;
use tokio::sync::watch;
use tokio::time::Instant;

use super::alarms;
use super::doorstep::Outside;
use crate::config::Config;

/// Two reports are at least this far apart.
const REPORT_EVERY: Duration = Duration::from_millis(100);

/// What is told beside what the engine says of itself.
#[derive(Default)]
pub(super) struct Beside {
    pub(super) outside: Outside,
    pub(super) schedules: ScheduleCounts,
    /// Alarms about editions whose schedules were refused.
    pub(super) refused: Vec<Alarm>,
}

/// See the module.
pub(super) struct Reporter {
    hub: HubCode,
    net: NetName,
    state: NodeState,
    addresses: BTreeSet<String>,
    /// Since when, and why.
    storage_failed: Option<(UnixTime, String)>,
    last: engine::Status,
    reported_at: Instant,
    /// Something may have changed since the last report.
    stale: bool,
    status: watch::Sender<Arc<Status>>,
}

impl Reporter {
    pub(super) fn new(config: &Config, first: engine::Status, now: Instant) -> (Self, watch::Receiver<Arc<Status>>) {
        let mut reporter = Self {
            hub: config.hub,
            net: config.net,
            state: NodeState::Starting,
            addresses: BTreeSet::new(),
            storage_failed: None,
            // Alarms that are raised from the start are told too.
            last: engine::Status {
                alarms: Vec::new(),
                ..first.clone()
            },
            reported_at: now,
            stale: true,
            status: watch::channel(Arc::new(empty(config))).0,
        };
        let directory = Directory::new(config.net, std::collections::BTreeMap::new());
        reporter.report(first, &directory, Beside::default(), now);
        let receiver = reporter.status.subscribe();
        (reporter, receiver)
    }

    pub(super) fn state(&self) -> NodeState {
        self.state
    }

    /// A node whose log waits to be admitted is still starting.
    fn state_with(&self, own_log: &engine::OwnLog) -> NodeState {
        match (self.state, own_log) {
            (NodeState::Running, engine::OwnLog::Waits(_)) => NodeState::Starting,
            (state, _) => state,
        }
    }

    pub(super) fn set_state(&mut self, state: NodeState) {
        // A node whose disk failed stays read-only until it stops.
        if self.state != NodeState::ReadOnly || state == NodeState::Stopping {
            self.state = state;
        }
        self.stale = true;
    }

    pub(super) fn listening(&mut self, address: String) {
        self.addresses.insert(address);
        self.stale = true;
    }

    pub(super) fn storage_failed(&mut self, at: UnixTime, reason: String) {
        self.storage_failed.get_or_insert((at, reason));
    }

    /// Notes that a turn was taken; true when it is time to report.
    pub(super) fn is_due(&mut self, now: Instant) -> bool {
        self.stale = true;
        now >= self.reported_at + REPORT_EVERY
    }

    /// When to report what happened since the last report.
    pub(super) fn wake_at(&self) -> Option<Instant> {
        self.stale.then(|| self.reported_at + REPORT_EVERY)
    }

    /// The addresses that this node listens at.
    pub(super) fn addresses(&self) -> &BTreeSet<String> {
        &self.addresses
    }

    pub(super) fn report(&mut self, current: engine::Status, directory: &Directory, beside: Beside, now: Instant) {
        self.reported_at = now;
        self.stale = false;
        let status = self.status_of(&current, directory, beside);
        self.tell_alarms(&current);
        self.last = current;
        self.status.send_replace(Arc::new(status));
    }

    /// An alarm is logged once when it is raised and once when it ends.
    fn tell_alarms(&self, current: &engine::Status) {
        for alarm in current.alarms.iter().filter(|alarm| !self.last.alarms.contains(alarm)) {
            tracing::error!(code = alarm.code.as_str(), hub = %alarm.hub, "alarm raised");
        }
        for alarm in self.last.alarms.iter().filter(|alarm| !current.alarms.contains(alarm)) {
            tracing::info!(code = alarm.code.as_str(), hub = %alarm.hub, "alarm ended");
        }
    }

    fn status_of(&self, current: &engine::Status, directory: &Directory, beside: Beside) -> Status {
        let outside = beside.outside;
        let own = current.logs.get(&self.hub);
        let log = LogHead {
            epoch: own.map_or(0, |log| log.epoch),
            size: own.map_or(0, |log| log.size),
            root: own.map_or(EMPTY_ROOT, |log| log.root),
            cosignatures: own.map_or(0, |log| u64::from(log.cosignatures)),
            cosigned_size: own.map_or(0, |log| log.cosigned_size),
        };
        let entry = |log: &engine::LogStatus| FrontierEntry {
            epoch: log.epoch,
            size: log.size,
            root: log.root,
            behind: log.behind,
            examined_to: log.examined_to,
        };
        let peer = |peer: &engine::PeerStatus| {
            let manifest = directory
                .manifests(peer.hub)
                .find(|manifest| manifest.node == peer.node);
            let address = manifest
                .and_then(|manifest| manifest.addresses.first().cloned())
                .unwrap_or_default();
            Peer {
                peer_id: peer.node.to_peer_id(),
                hub: peer.hub,
                address,
            }
        };
        let mut alarms: Vec<Alarm> = current
            .alarms
            .iter()
            .map(|alarm| alarms::told(alarm, &current.own_log))
            .collect();
        let failed = self.storage_failed.as_ref();
        alarms.extend(failed.map(|(since, reason)| alarms::disk_failed(self.hub, *since, reason)));
        // Another node of that hub may have let us in.
        let connected = |alarm: &Alarm| current.peers.iter().any(|peer| peer.hub == alarm.hub);
        alarms.extend(outside.alarms.into_iter().filter(|alarm| !connected(alarm)));
        alarms.extend(beside.refused);
        alarms.sort_by_key(|alarm| alarm.since);
        Status {
            schema: Default::default(),
            hub: self.hub,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            net: self.net,
            state: self.state_with(&current.own_log),
            uptime_ms: 0, // said when it is served: this may be long after the last report
            addresses: self.addresses.iter().cloned().collect(),
            log,
            frontier: current.logs.iter().map(|(hub, log)| (*hub, entry(log))).collect(),
            peers: current.peers.iter().map(peer).collect(),
            waiting: outside.waiting,
            schedules: beside.schedules,
            alarms,
        }
    }
}

fn empty(config: &Config) -> Status {
    let log = LogHead {
        epoch: 0,
        size: 0,
        root: EMPTY_ROOT,
        cosignatures: 0,
        cosigned_size: 0,
    };
    Status {
        schema: Default::default(),
        hub: config.hub,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        net: config.net,
        state: NodeState::Starting,
        uptime_ms: 0,
        addresses: Vec::new(),
        log,
        frontier: std::collections::BTreeMap::new(),
        peers: Vec::new(),
        waiting: Vec::new(),
        schedules: ScheduleCounts::default(),
        alarms: Vec::new(),
    }
}
