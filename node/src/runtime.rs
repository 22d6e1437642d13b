//! A running node: one loop that moves values between the network, the store, the admin interface and the engine.
//!
//! What happens arrives as an `Event`; it becomes one input of the engine, and each output is one line of
//! `Node::perform`. Nothing is decided here. Signatures are checked by workers before the loop sees them (`ingest`,
//! `ranges`), the disk has its own threads (`storage`, `examiner`), and issuing looks up and signs beside the loop
//! (`issuer`). Schedules are gathered and served beside it too, and do not concern the engine (`tariffs`).

mod alarms;
mod doorstep;
mod examiner;
mod inbox;
mod ingest;
mod issuer;
mod node;
mod ranges;
mod renewal;
mod reporter;
mod signing;
mod spans;
mod storage;
mod tariffs;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use ewtp_api::{Command, NodeState, ScheduleCounts};
use ewtp_federation::{GatheringInput, Input};
use ewtp_network::{LinkFaults, NetworkEvent, NodeKey};
use ewtp_record::{CharterId, HubCode, LogId, Record};
use ewtp_trust::Introduced;
use tokio::sync::mpsc;
use tokio::time::Instant;

use crate::config::Config;
use crate::keys::Keys;
use inbox::{Incoming, Takes};
use node::Node;

/// What a process adds to the configuration of its node.
#[derive(Default)]
pub struct RunOptions {
    /// Links that a testnet cuts and slows; `ewtp` gives none.
    pub faults: Option<Arc<dyn LinkFaults>>,
    /// A loopback address that serves the admin interface too, instead of the configuration's.
    pub admin_http: Option<SocketAddr>,
    /// Told how gathering stands after each of its steps; a benchmark times it by this.
    pub gathering: Option<GatheringObserver>,
}

/// Told each time a log grew durably, with its new size.
pub type GrowthObserver = Box<dyn Fn(LogId, u64) + Send>;

/// Told what was gathered since the node started.
pub type GatheringObserver = Box<dyn Fn(ScheduleCounts) + Send>;

/// What the examiner does with records that became durable.
pub(crate) enum Examination {
    /// Judges them.
    Judge,
    /// Indexes them and leaves them unjudged; the observer learns how the logs grow.
    Leave(GrowthObserver),
}

/// Inputs from workers that the loop has not taken yet, and as many from the threads of the store. Full: they wait, and what
/// feeds them waits too.
const EVENTS_MAX: usize = 1_024;

/// How long a stop waits for what was taken to be committed, signed and answered. Half of the 10 s after which a service
/// manager kills.
const STOP_WITHIN: Duration = Duration::from_secs(5);

/// Requests to issue that are under way at once, of at most 1,000 records each; further ones wait at the door.
const ISSUING_MAX: usize = 16;

/// Something that the loop takes from a worker or a thread.
pub(crate) enum Event {
    /// For the engine.
    Input(Input),
    /// For the gatherer of schedules.
    Gathering(GatheringInput),
    /// Records were looked up and signed.
    Prepared(issuer::Prepared),
    /// A node of a hub that is not carried proved whose it is.
    Stranger(NodeKey, Box<Introduced>),
    /// A node shows charters of a carried hub that begin at this genesis, which is not the pinned one.
    BeginsElsewhere(HubCode, CharterId),
    /// The folder's manifest is not in our log yet.
    Manifest(Record),
    /// The disk failed: the node takes nothing more, and serves what it has.
    StorageFailed(String),
}

/// Kept by a thread of the store while it runs. A panic would end the thread in silence, and what it should have done would
/// be missing ever after; so it counts as a failed disk.
pub(crate) struct EndWatch {
    thread: &'static str,
    events: mpsc::Sender<Event>,
}

impl EndWatch {
    pub(crate) fn new(thread: &'static str, events: mpsc::Sender<Event>) -> Self {
        Self { thread, events }
    }
}

impl Drop for EndWatch {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let reason = format!("the {} thread panicked", self.thread);
            let _ = self.events.blocking_send(Event::StorageFailed(reason)); // closed: the node is stopping
        }
    }
}

/// Runs a node until `stop` resolves, then stops it in order: refuse new work, commit, sign, answer, close.
///
/// # Errors
/// When the folder cannot be opened, the charter does not fit the keys, or an address cannot be listened on.
pub async fn run(
    config: Config,
    keys: Keys,
    options: RunOptions,
    stop: impl Future<Output = ()>,
) -> anyhow::Result<()> {
    turn(Node::open(config, keys, options, Examination::Judge).await?, stop).await
}

/// Runs a node that replicates and serves and judges nothing, so that replication can be measured by itself.
///
/// # Errors
/// As [`run`].
pub async fn run_unexamined(
    config: Config,
    keys: Keys,
    grown: GrowthObserver,
    stop: impl Future<Output = ()>,
) -> anyhow::Result<()> {
    let options = RunOptions::default();
    turn(
        Node::open(config, keys, options, Examination::Leave(grown)).await?,
        stop,
    )
    .await
}

/// The loop.
async fn turn(mut node: Node, stop: impl Future<Output = ()>) -> anyhow::Result<()> {
    tokio::pin!(stop);
    let mut stop_by = None;
    loop {
        let wake_at = node.wake_at();
        let takes = Takes {
            // While the disk has enough to do, nothing is taken that could bring it more: who brings it waits.
            more: node.has_room(),
            commands: node.issuing() < ISSUING_MAX,
        };
        tokio::select! {
            () = &mut stop, if stop_by.is_none() => stop_by = Some(node.begin_stop()),
            incoming = node.inbox.next(takes) => match incoming {
                Incoming::Event(event) => node.event(event),
                Incoming::Network(event) => node.network_event(event),
                Incoming::Command(Command::Stop { answer }) => {
                    let _ = answer.send(()); // whoever asked may be gone already
                    stop_by = stop_by.or_else(|| Some(node.begin_stop()));
                }
                Incoming::Command(command) => node.command(command),
            },
            () = tokio::time::sleep_until(wake_at) => node.tick(),
        }
        node.report();
        if stop_by.is_some_and(|by| node.is_idle() || by <= node.clock.monotonic()) {
            return node.close().await;
        }
    }
}

impl Node {
    fn begin_stop(&mut self) -> Instant {
        tracing::info!("stopping: no new work is taken");
        self.set_state(NodeState::Stopping);
        self.clock.monotonic() + STOP_WITHIN
    }

    fn network_event(&mut self, event: NetworkEvent) {
        match event {
            NetworkEvent::Listening { address } => self.listening(address),
            NetworkEvent::Introduced { node, introduction } => self.ingest.introduction(node, introduction),
            NetworkEvent::TurnedAway { node, notice } => self.turned_away(node, &notice),
            NetworkEvent::Connected { node } => self.connected(node),
            NetworkEvent::Disconnected { node } => self.disconnected(node),
            NetworkEvent::Gossip {
                message,
                from,
                topic,
                bytes,
            } => {
                let ticks = self.clock.now().ticks;
                self.ingest.gossip(message, from, topic, bytes, ticks);
            }
            NetworkEvent::Message { from, bytes } => self.message(from, &bytes),
            NetworkEvent::Request {
                from,
                bulk,
                bytes,
                responder,
            } => self.requested(from, bulk, &bytes, responder),
            NetworkEvent::SlowPeer { node } => {
                tracing::debug!(peer = %node.to_peer_id(), "peer takes its gossip slowly")
            }
            NetworkEvent::Fault { node, fault } => {
                tracing::info!(peer = %node.to_peer_id(), %fault, "peer broke a protocol")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thread_of_the_store_that_panics_is_told_as_a_failed_disk() {
        let (events_in, mut events) = mpsc::channel(1);
        let thread = std::thread::spawn(move || {
            let _watch = EndWatch::new("examiner", events_in);
            panic!("as a bug would");
        });
        assert!(thread.join().is_err());
        match events.blocking_recv() {
            Some(Event::StorageFailed(reason)) => assert!(reason.contains("examiner")),
            _ => panic!("nothing was told"),
        }
    }
}
