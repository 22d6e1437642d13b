//! One simulated hub: a real engine, a simulated disk, real keys.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use ewtp_federation::{Caps, Commit, Engine, EngineConfig, Input, Now, Ticket, limits};
use ewtp_record::{CharterId, HubCode, NodeKey, Record, SecretKey, UnixTime};
use ewtp_trust::Directory;

use crate::disk::Disk;

/// Wall time at the start of every simulation: 2026-01-01.
pub(crate) const EPOCH: u64 = 1_767_225_600;

/// What stays the same over the life of a hub, whatever crashes.
#[derive(Debug)]
pub(crate) struct Identity {
    pub(crate) hub: HubCode,
    pub(crate) node: NodeKey,
    pub(crate) log_key: SecretKey,
    pub(crate) witness_key: SecretKey,
    pub(crate) customs_key: SecretKey,
    pub(crate) genesis: CharterId,
    pub(crate) charter: Record,
    pub(crate) manifest: Record,
}

/// See the module.
#[derive(Debug)]
pub(crate) struct Hub {
    pub(crate) identity: Identity,
    pub(crate) disk: Disk,
    /// `None` while the process is down.
    pub(crate) engine: Option<Engine>,
    /// Counts starts; what belongs to an earlier one is dropped.
    pub(crate) start: u32,
    pub(crate) skew: i64,
    pub(crate) directory: Option<Arc<Directory>>,
    /// Whether the directory has the charters of every hub: then it judges as every other one that has.
    pub(crate) knows_all: bool,
    /// While the process is paused: what arrived meanwhile, in order.
    pub(crate) paused: Option<Vec<Input>>,
    /// When the engine wants to be woken, as far as it is planned.
    pub(crate) wake_at: Option<Duration>,
    /// Commits on their way to the disk, in order.
    pub(crate) writing: VecDeque<Commit>,
    pub(crate) disk_free_at: Duration,
    /// The process is killed when it next writes.
    pub(crate) doomed: bool,
    /// Someone else has the machine, and sends what no engine would.
    pub(crate) hostile: bool,
    next_ticket: u64,
    pub(crate) next_number: u64,
}

impl Hub {
    pub(crate) fn new(identity: Identity) -> Self {
        Self {
            identity,
            disk: Disk::default(),
            engine: None,
            start: 0,
            skew: 0,
            directory: None,
            knows_all: false,
            paused: None,
            wake_at: None,
            writing: VecDeque::new(),
            disk_free_at: Duration::ZERO,
            doomed: false,
            hostile: false,
            next_ticket: 0,
            next_number: 0,
        }
    }

    pub(crate) fn now(&self, ticks: Duration) -> Now {
        let unix = (EPOCH + ticks.as_secs()).saturating_add_signed(self.skew);
        Now {
            unix: UnixTime(unix),
            ticks,
        }
    }

    /// Starts the process from what is on the disk.
    pub(crate) fn boot(&mut self, mut directory: Directory, ticks: Duration) {
        self.start += 1;
        let own = std::slice::from_ref(&self.identity.charter);
        directory
            .adopt_chain(self.identity.hub, own)
            .expect("our own charter is sound");
        let mut instance = [0; 16];
        instance[..4].copy_from_slice(&self.start.to_be_bytes());
        let config = EngineConfig {
            hub: self.identity.hub,
            node: self.identity.node,
            directory,
            charters: vec![self.identity.charter.clone()],
            instance,
            caps: Caps::default(),
            pulse_every: limits::PULSE_EVERY,
        };
        self.engine = Some(Engine::new(config, self.disk.restore(), self.now(ticks)));
    }

    /// Kills the process. Of what was being written, the first `kept` commits reached the disk all the same.
    /// Returns how many did not.
    pub(crate) fn crash(&mut self, kept: usize) -> usize {
        self.engine = None;
        self.directory = None;
        self.start += 1;
        self.wake_at = None;
        self.paused = None;
        self.doomed = false;
        let writing = std::mem::take(&mut self.writing);
        let lost = writing.len().saturating_sub(kept);
        for commit in writing.into_iter().take(kept) {
            commit.items.into_iter().for_each(|item| self.disk.apply(item));
        }
        lost
    }

    /// Takes the engine's newest directory.
    pub(crate) fn learn(&mut self, directory: Arc<Directory>) {
        self.knows_all = directory.carried().all(|hub| directory.chain(hub).is_some());
        self.directory = Some(directory);
    }

    pub(crate) fn ticket(&mut self) -> Ticket {
        self.next_ticket += 1;
        Ticket(self.next_ticket)
    }
}
