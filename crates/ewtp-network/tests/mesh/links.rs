//! Links under faults: cut, healed, slow.

use std::{
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use bytes::Bytes;
use ewtp_network::{Bulk, LinkFaults, LinkState, NodeKey, Topic};

use crate::support::{Node, config, faulty, meet, pair, quic};

/// One state for every link, changed by the test.
#[derive(Default)]
pub(crate) struct Cable(Mutex<LinkState>);

impl Cable {
    pub(crate) fn set(&self, state: LinkState) {
        *self.0.lock().unwrap() = state;
    }
}

impl LinkFaults for Cable {
    fn link(&self, _: NodeKey) -> LinkState {
        *self.0.lock().unwrap()
    }
}

#[tokio::test]
async fn nothing_passes_a_cut_link_nothing_is_told_and_a_healed_one_goes_on_at_once() {
    for transport in [config, quic] {
        let cable = Arc::new(Cable::default());
        let with = |seed| ewtp_network::NetworkConfig {
            faults: Some(cable.clone()),
            ..transport(seed)
        };
        let (mut a, mut b) = pair(with(1), with(2)).await;
        cable.set(LinkState::Cut);
        a.network.send(b.key, Bytes::from_static(b"through the cut"));
        a.network
            .publish(Topic::Checkpoint, Bytes::from_static(b"gossip through the cut"));
        let told = b.all_within(Duration::from_secs(2)).await;
        assert!(told.is_empty(), "{told:?}");
        assert!(a.all_within(Duration::ZERO).await.is_empty());
        cable.set(LinkState::Open);
        let healed = Instant::now();
        assert_eq!(b.message().await, "through the cut");
        assert_eq!(b.gossip().await.2, "gossip through the cut");
        // The promise is 100 ms; a busy machine is given more.
        assert!(healed.elapsed() < Duration::from_secs(1), "{:?}", healed.elapsed());
    }
}

#[tokio::test]
async fn a_connection_opened_through_a_cut_comes_through_when_it_heals() {
    let cable = Arc::new(Cable::default());
    cable.set(LinkState::Cut);
    let (mut a, mut b) = (
        Node::start(faulty(1, cable.clone())).await,
        Node::start(faulty(2, cable.clone())).await,
    );
    b.network.dial(&a.address).unwrap();
    assert!(a.all_within(Duration::from_secs(1)).await.is_empty());
    cable.set(LinkState::Open);
    meet(&mut a, &mut b).await;
}

#[tokio::test]
async fn a_link_given_up_during_a_cut_is_made_anew_when_it_heals() {
    for transport in [config, quic] {
        let cable = Arc::new(Cable::default());
        let with = |seed| ewtp_network::NetworkConfig {
            faults: Some(cable.clone()),
            ..transport(seed)
        };
        let (mut a, mut b) = (Node::start(with(1)).await, Node::start(with(2)).await);
        a.network.members(vec![a.knows(&b)]);
        meet(&mut a, &mut b).await;
        cable.set(LinkState::Cut);
        a.network.disconnect(b.key);
        a.disconnected(&b).await;
        assert!(b.all_within(Duration::from_secs(1)).await.is_empty());
        cable.set(LinkState::Open);
        b.disconnected(&a).await;
        meet(&mut a, &mut b).await;
    }
}

#[tokio::test]
async fn a_cut_on_one_side_cuts_both() {
    let cable = Arc::new(Cable::default());
    let (mut a, mut b) = pair(faulty(1, cable.clone()), config(2)).await;
    cable.set(LinkState::Cut);
    a.network.send(b.key, Bytes::from_static(b"there"));
    b.network.send(a.key, Bytes::from_static(b"back"));
    assert!(b.all_within(Duration::from_secs(1)).await.is_empty());
    assert!(a.all_within(Duration::ZERO).await.is_empty());
    cable.set(LinkState::Open);
    assert_eq!(b.message().await, "there");
    assert_eq!(a.message().await, "back");
}

#[tokio::test]
async fn a_slow_link_delays_and_keeps_order_and_bytes() {
    let cable = Arc::new(Cable::default());
    let (mut a, b) = pair(faulty(1, cable.clone()), faulty(2, cable.clone())).await;
    cable.set(LinkState::Slow {
        delay: Duration::from_millis(100),
        jitter: Duration::from_millis(50),
        bytes_per_second: 4_000_000,
        stalls_per_mille: 0,
    });
    let begun = Instant::now();
    let mut answer = b.network.request(a.key, Bulk::Logs, Bytes::from_static(b"range"));
    let (_, responder) = a.request().await;
    tokio::spawn(async move {
        for number in 0..10_u8 {
            responder.send(Bytes::from(vec![number; 200_000])).await.unwrap();
        }
    });
    for number in 0..10_u8 {
        assert_eq!(answer.recv().await.unwrap().unwrap(), vec![number; 200_000]);
    }
    assert_eq!(answer.recv().await, None);
    // 2 MB at 4 MB/s and at least two one-way delays.
    assert!(begun.elapsed() > Duration::from_millis(650), "{:?}", begun.elapsed());
}
