//! A real store served over real sockets.

use std::path::Path;
use std::time::Duration;

use ewtp_federation::{Commit, CommitId, Item, SignedCheckpoint};
use ewtp_log::{Hash, leaf_hash};
use ewtp_network::{Admission, Limits, NetworkConfig, NetworkEvent};
use ewtp_record::{CharterId, CharterName, LogId};
use ewtp_store::{Store, StoreOptions};
use tokio::time::timeout;

use super::*;

const PATIENCE: Duration = Duration::from_secs(30);

fn log() -> LogId {
    LogId {
        hub: "MY".parse().unwrap(),
        epoch: 0,
    }
}

/// A store with one bundle of large records: 256 of 8,000 bytes, in a dozen frames.
fn stocked(folder: &Path) -> Reader {
    let Store { mut ledger, reader, .. } = Store::open(folder, &StoreOptions::default()).unwrap().0;
    let records: Vec<Bytes> = (0..=255).map(|number| Bytes::from(vec![number; 8_000])).collect();
    let leaves: Vec<Hash> = records.iter().map(|record| leaf_hash(record)).collect();
    let entries = Item::Entries {
        log: log(),
        start: 0,
        records,
        leaves,
    };
    let (id, items) = (CommitId(0), vec![entries]);
    ledger.commit(&[Commit { id, items }]).unwrap();
    reader
}

/// That bundle, so many times.
fn plan(times: usize) -> Box<Serving> {
    let bundle = BundlePlan {
        bundle_start: 0,
        from: 0,
        to: 256,
        left: Vec::new(),
        right: Vec::new(),
    };
    let charter = CharterName {
        number: 0,
        id: CharterId([1; 32]),
    };
    let checkpoint = SignedCheckpoint {
        epoch: 0,
        charter,
        size: 256,
        root: Hash([0; 32]),
        signature: [0; 64],
    };
    Box::new(Serving {
        log: log(),
        checkpoint,
        bundles: vec![bundle; times],
    })
}

fn start(seed: u8) -> (Network, mpsc::Receiver<NetworkEvent>) {
    ewtp_network::start(NetworkConfig {
        key_seed: [seed; 32],
        net: "test:ranges".parse().unwrap(),
        listen: vec!["/ip4/127.0.0.1/tcp/0".to_owned()],
        introduction: Bytes::from_static(b"hello"),
        admission: Admission::Members,
        limits: Limits::default(),
        faults: None,
    })
    .unwrap()
}

async fn next(events: &mut mpsc::Receiver<NetworkEvent>) -> NetworkEvent {
    timeout(PATIENCE, events.recv())
        .await
        .expect("it comes")
        .expect("the network runs")
}

/// Connects a peer to the server.
async fn join(seed: u8, address: &str, server: &Network, served: &mut mpsc::Receiver<NetworkEvent>) -> Network {
    let (peer, mut events) = start(seed);
    peer.dial(address).unwrap();
    let (mut here, mut there) = (false, false);
    while !(here && there) {
        tokio::select! {
            event = next(&mut events) => match event {
                NetworkEvent::Introduced { node, .. } => peer.admit(node),
                NetworkEvent::Connected { .. } => here = true,
                _ => {}
            },
            event = next(served) => match event {
                NetworkEvent::Introduced { node, .. } => server.admit(node),
                NetworkEvent::Connected { .. } => there = true,
                _ => {}
            },
        }
    }
    // Nobody listens to this peer's events any more; they must not end its network.
    tokio::spawn(async move { while events.recv().await.is_some() {} });
    peer
}

#[test]
fn peers_that_do_not_read_hold_no_thread_and_keep_nobody_from_being_served() {
    let folder = tempfile::tempdir().unwrap();
    let reader = stocked(folder.path());
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .max_blocking_threads(READS_MAX)
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let (server, mut served) = start(1);
        let NetworkEvent::Listening { address } = next(&mut served).await else {
            panic!("it listens first");
        };
        let slow = join(2, &address, &server, &mut served).await;
        let eager = join(3, &address, &server, &mut served).await;
        let (events, mut told) = mpsc::channel(8);
        let directory = Directory::new("test:ranges".parse().unwrap(), BTreeMap::new());
        let ranges = Ranges::new(
            server.clone(),
            reader,
            Arc::new(ArcSwap::from_pointee(directory)),
            events,
        );

        // More requests than there are threads, each for 32 MB, and nobody reads an answer.
        let unread: Vec<_> = (0..2 * READS_MAX)
            .map(|_| slow.request(server.node(), Bulk::Logs, Bytes::from_static(b"all")))
            .collect();
        let mut taken = 0;
        while taken < unread.len() {
            if let NetworkEvent::Request { from, responder, .. } = next(&mut served).await {
                ranges.serve(ServingId(taken as u64), from, plan(16), responder);
                taken += 1;
            }
        }
        let mut answer = eager.request(server.node(), Bulk::Logs, Bytes::from_static(b"all"));
        loop {
            if let NetworkEvent::Request { from, responder, .. } = next(&mut served).await {
                ranges.serve(ServingId(99), from, plan(4), responder);
                break;
            }
        }
        let mut records = Vec::new();
        while let Some(frame) = timeout(PATIENCE, answer.recv()).await.expect("it is served") {
            records.extend(bundle::decode(&frame.unwrap()).unwrap().records);
        }
        // Each bundle is read in pieces, and the pieces are the whole.
        let expected = (0..4).flat_map(|_| 0..=255_u8);
        assert_eq!(records.len(), 4 * 256);
        assert!(
            records
                .iter()
                .zip(expected)
                .all(|(record, number)| record[..] == [number; 8_000])
        );
        let Some(Event::Input(Input::Served { serving, bytes, .. })) = told.recv().await else {
            panic!("the loop learns what was taken");
        };
        assert_eq!(serving, ServingId(99));
        assert!(bytes > 4 * 256 * 8_000);
        drop(unread);
    });
    runtime.shutdown_background();
}
