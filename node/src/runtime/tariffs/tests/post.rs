//! A node without an engine: a real network, a real store, and the room under test between them. Editions are logged and
//! judged by hand.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use ewtp_api::{Alarm, ScheduleCounts};
use ewtp_federation::gathering::{AskEnd, AskId, SCHEDULE_BYTES_EACH, Wanted, Wish};
use ewtp_federation::tariff::PackedPatch;
use ewtp_federation::{Commit, CommitId, Gatherer, GatheringInput, Item};
use ewtp_log::leaf_hash;
use ewtp_network::{Admission, Bulk, Limits, Network, NetworkConfig, NetworkEvent, NodeKey, StreamFault};
use ewtp_record::{HubCode, LogId, SecretKey};
use ewtp_store::{IndexWriter, Judged, Ledger, Reader, Schedules, Store, StoreOptions};
use ewtp_trust::{Finding, Standing};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::super::Tariffs;
use super::super::archive::Archive;
use super::super::ask::Asking;
use super::published::Published;
use crate::clock::Clock;
use crate::runtime::Event;

const PATIENCE: Duration = Duration::from_secs(60);

fn log() -> LogId {
    LogId {
        hub: "US".parse().unwrap(),
        epoch: 0,
    }
}

/// Starts a network that lets everybody in.
pub(super) fn network(seed: u8) -> (Network, mpsc::Receiver<NetworkEvent>) {
    ewtp_network::start(NetworkConfig {
        key_seed: [seed; 32],
        net: "test:tariffs".parse().unwrap(),
        listen: vec!["/ip4/127.0.0.1/tcp/0".to_owned()],
        introduction: Bytes::from_static(b"hello"),
        admission: Admission::Members,
        limits: Limits::default(),
        faults: None,
    })
    .unwrap()
}

/// What a node says of itself.
#[derive(Clone, Default)]
pub(super) struct Told {
    pub(super) counts: ScheduleCounts,
    pub(super) alarms: Vec<Alarm>,
    address: Option<String>,
    peers: Vec<NodeKey>,
}

/// See the module.
pub(super) struct Post {
    pub(super) schedules: Schedules,
    network: Network,
    ledger: Ledger,
    index: IndexWriter,
    reader: Reader,
    events: mpsc::Sender<Event>,
    told: watch::Receiver<Told>,
    life: JoinHandle<()>,
    folder: tempfile::TempDir,
}

impl Post {
    /// A node; those with the seeds 1 and 2 are the publisher's.
    pub(super) fn start(seed: u8) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (Store { ledger, index, reader }, _) = Store::open(folder.path(), &StoreOptions::default()).unwrap();
        let (schedules, network, events, told, life) = begin(seed, folder.path(), &reader);
        Self {
            schedules,
            network,
            ledger,
            index,
            reader,
            events,
            told,
            life,
            folder,
        }
    }

    /// Ends the node with this seed and begins it again on the same disk, with nobody connected.
    pub(super) fn restart(&mut self, seed: u8) {
        self.network.stop();
        self.life.abort();
        (self.schedules, self.network, self.events, self.told, self.life) =
            begin(seed, self.folder.path(), &self.reader);
    }

    /// Keeps a schedule as a publisher does, before its record is logged.
    pub(super) fn keep(&self, published: &Published) {
        match &published.before {
            None => self.schedules.keep(&published.trees).unwrap(),
            Some((before, patch)) => {
                self.schedules
                    .keep_patch(&before.summary(), &published.trees, &PackedPatch::of(patch.clone()))
                    .unwrap();
            }
        }
    }

    /// The record is replicated here and found sound.
    pub(super) async fn log(&mut self, published: &Published) {
        let (record, from) = (&published.record, self.reader.size(log()));
        let entries = Item::Entries {
            log: log(),
            start: from,
            records: vec![record.bytes().clone()],
            leaves: vec![leaf_hash(record.bytes())],
        };
        let (id, items) = (CommitId(from), vec![entries]);
        self.ledger.commit(&[Commit { id, items }]).unwrap();
        self.index.follow().unwrap();
        let header = record.header();
        let finding = Finding {
            position: log().at(from),
            id: record.id(),
            kind: header.kind,
            issuer: header.issuer,
            subject: header.subject,
            revision: 0,
            issued_at: header.issued_at,
            expires_at: header.expires_at,
            not_before: header.not_before,
            standing: Standing::Sound,
        };
        let judged = Judged {
            log: log(),
            from,
            findings: &[finding],
            charters: &[],
            under_charter: 0,
        };
        self.index.apply_findings(&judged).unwrap();
        let told = Event::Gathering(GatheringInput::Edition(Arc::new(published.wanted())));
        assert!(self.events.send(told).await.is_ok());
    }

    pub(super) async fn address(&self) -> String {
        self.comes_to("listen", |told| told.address.is_some())
            .await
            .address
            .unwrap()
    }

    pub(super) const fn key(&self) -> NodeKey {
        self.network.node()
    }

    /// Dials the other and waits until both are connected.
    pub(super) async fn meet(&self, other: &Self) {
        self.network.dial(&other.address().await).unwrap();
        self.comes_to("connect", |told| told.peers.contains(&other.key())).await;
        other.comes_to("connect", |told| told.peers.contains(&self.key())).await;
    }

    pub(super) async fn dial(&self, address: &str) {
        self.network.dial(address).unwrap();
        self.comes_to("connect", |told| !told.peers.is_empty()).await;
    }

    /// Waits until the node says so.
    pub(super) async fn comes_to(&self, what: &str, is_so: impl Fn(&Told) -> bool) -> Told {
        let mut told = self.told.clone();
        let waited = timeout(PATIENCE, told.wait_for(|told| is_so(told))).await;
        let told = waited.unwrap_or_else(|_| panic!("it did not {what}: {:?}", self.told.borrow().counts));
        told.expect("the node lives").clone()
    }

    /// Waits until so many editions are held, and nothing more is wanted.
    pub(super) async fn holds(&self, editions: u64) -> ScheduleCounts {
        let told = self.comes_to("hold all", |told| {
            (told.counts.held, told.counts.wanted) == (editions, 0)
        });
        told.await.counts
    }

    pub(super) fn told(&self) -> Told {
        self.told.borrow().clone()
    }

    /// Asks the other for bulk.
    pub(super) fn ask(&self, other: &Self, request: Bytes) -> mpsc::Receiver<Result<Bytes, StreamFault>> {
        self.network.request(other.key(), Bulk::Schedules, request)
    }

    /// Asks the other for a part of the schedule of an edition, as the room does; how it ended.
    pub(super) async fn asks(&self, other: &Self, edition: &Arc<Wanted>, wish: Wish) -> AskEnd {
        let (events, mut inbox) = mpsc::channel(64);
        let asking = Asking {
            ask: AskId(1),
            to: other.key(),
            edition: Arc::clone(edition),
            network: self.network.clone(),
            archive: Archive::new(self.schedules.clone(), self.reader.clone()),
            events,
        };
        tokio::spawn(asking.run(wish));
        while let Some(event) = inbox.recv().await {
            if let Event::Gathering(GatheringInput::Ended { end, .. }) = event {
                return end;
            }
        }
        panic!("a request ends")
    }

    /// Dies at once.
    pub(super) fn kill(self) {
        self.network.stop();
        self.life.abort();
    }
}

type Life = (
    Schedules,
    Network,
    mpsc::Sender<Event>,
    watch::Receiver<Told>,
    JoinHandle<()>,
);

fn begin(seed: u8, folder: &Path, reader: &Reader) -> Life {
    let schedules = Schedules::open(folder, 8 << 20).unwrap();
    let (network, heard) = network(seed);
    let (events, inbox) = mpsc::channel(64);
    let gatherer = Gatherer::new("MY".parse().unwrap(), SCHEDULE_BYTES_EACH);
    let (own, told_to) = (schedules.clone(), events.clone());
    let tariffs = Tariffs::start(gatherer, network.clone(), own, reader.clone(), told_to);
    let (tell, told) = watch::channel(Told::default());
    let life = tokio::spawn(live(tariffs, network.clone(), heard, inbox, tell));
    (schedules, network, events, told, life)
}

/// The loop of a node, as far as schedules concern it.
async fn live(
    mut tariffs: Tariffs,
    network: Network,
    mut heard: mpsc::Receiver<NetworkEvent>,
    mut inbox: mpsc::Receiver<Event>,
    tell: watch::Sender<Told>,
) {
    let clock = Clock::start();
    loop {
        let wake_at = clock.at(tariffs.next_deadline().unwrap_or(PATIENCE * 100));
        tokio::select! {
            Some(event) = inbox.recv() => match event {
                Event::Gathering(input) => tariffs.give(input, clock.now()),
                _ => panic!("only schedules are told of"),
            },
            event = heard.recv() => match event {
                Some(NetworkEvent::Listening { address }) => tell.send_modify(|told| told.address = Some(address)),
                Some(NetworkEvent::Introduced { node, .. }) => network.admit(node),
                Some(NetworkEvent::Connected { node }) => {
                    tariffs.connected(node, Some(hub_of(node)), clock.now());
                    tell.send_modify(|told| told.peers.push(node));
                }
                Some(NetworkEvent::Disconnected { node }) => {
                    tariffs.give(GatheringInput::Disconnected { node }, clock.now());
                    tell.send_modify(|told| told.peers.retain(|peer| *peer != node));
                }
                Some(NetworkEvent::Request { from, bulk: Bulk::Schedules, bytes, responder }) => {
                    tariffs.requested(from, Some(hub_of(from)), &bytes, responder);
                }
                Some(_) => {}
                None => return,
            },
            () = tokio::time::sleep_until(wake_at) => tariffs.give(GatheringInput::Tick, clock.now()),
        }
        tell.send_modify(|told| (told.counts, told.alarms) = (tariffs.counts(), tariffs.alarms()));
    }
}

/// Nodes of the publisher have the seeds 1 and 2.
fn hub_of(node: NodeKey) -> HubCode {
    let is_publishers = [1, 2].iter().any(|seed| key_of(*seed) == node);
    if is_publishers {
        log().hub
    } else {
        "KE".parse().unwrap()
    }
}

fn key_of(seed: u8) -> NodeKey {
    NodeKey(*SecretKey::from_seed(&[seed; 32]).public().as_bytes())
}
