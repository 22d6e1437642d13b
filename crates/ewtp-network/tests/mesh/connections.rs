//! Who connects to whom, and who stays.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use bytes::Bytes;
use ewtp_network::{Admission, Limits, LinkState, NetworkConfig, NetworkEvent};
use tokio::time::Instant;

use crate::{
    links::Cable,
    stranger::Stranger,
    support::{Node, config, connect, meet, pair, quic},
};

#[tokio::test]
async fn two_nodes_introduce_themselves_admit_each_other_and_are_connected() {
    let (mut a, mut b) = (Node::start(config(1)).await, Node::start(config(2)).await);
    b.network.dial(&a.address).unwrap();
    let (node, introduction) = a.introduced().await;
    assert_eq!((node, introduction), (b.key, Bytes::from("introduction of 2")));
    a.network.admit(node);
    b.admit_next().await;
    a.connected(&b).await;
    b.connected(&a).await;
}

#[tokio::test]
async fn members_find_each_other_from_the_address_book_and_one_book_is_enough() {
    let (mut a, mut b, mut c) = (
        Node::start(config(1)).await,
        Node::start(quic(2)).await,
        Node::start(config(3)).await,
    );
    a.network.members(vec![a.knows(&a), a.knows(&b), a.knows(&c)]);
    for other in [&mut b, &mut c] {
        assert_eq!(other.admit_next().await, a.key);
        a.admit_next().await;
    }
    for other in [&mut b, &mut c] {
        other.connected(&a).await;
        a.connected(other).await;
    }
}

#[tokio::test]
async fn a_simultaneous_dial_connects_once_and_stays() {
    for transport in [config, quic] {
        let (mut a, mut b) = (Node::start(transport(1)).await, Node::start(transport(2)).await);
        a.network.dial(&b.address).unwrap();
        b.network.dial(&a.address).unwrap();
        meet(&mut a, &mut b).await;
        a.network.send(b.key, Bytes::from_static(b"from a"));
        assert_eq!(b.message().await, "from a");
        let later = b.all_within(Duration::from_secs(4)).await;
        let flaps = later
            .iter()
            .filter(|event| matches!(event, NetworkEvent::Disconnected { .. }))
            .count();
        assert_eq!(flaps, 0, "{later:?}");
    }
}

/// Admits everybody who comes, until connected to `n` nodes.
async fn admit_until_connected(mut node: Node, n: usize) -> Node {
    let mut connected = BTreeSet::new();
    while connected.len() < n {
        match node.take("an event", |_| true, |event| event).await {
            NetworkEvent::Introduced { node: other, .. } => node.network.admit(other),
            NetworkEvent::Connected { node: other } => drop(connected.insert(other)),
            NetworkEvent::Disconnected { node: other } => drop(connected.remove(&other)),
            _ => {}
        }
    }
    node
}

#[tokio::test(flavor = "multi_thread")]
async fn eight_nodes_that_dial_each_other_at_once_are_soon_all_connected() {
    let mut nodes = Vec::new();
    for seed in 1..=8 {
        nodes.push(Node::start(config(seed)).await);
    }
    for node in &nodes {
        node.network
            .members(nodes.iter().map(|other| node.knows(other)).collect());
        for other in nodes.iter().filter(|other| other.key != node.key) {
            node.network.dial(&other.address).unwrap();
        }
    }
    let began = Instant::now();
    let all = nodes
        .into_iter()
        .map(|node| tokio::spawn(admit_until_connected(node, 7)));
    futures::future::join_all(all.collect::<Vec<_>>())
        .await
        .into_iter()
        .for_each(|node| drop(node.unwrap()));
    // Well below the deadline of an introduction: nobody may have waited for it.
    assert!(began.elapsed() < Duration::from_secs(9), "{:?}", began.elapsed());
}

#[tokio::test]
async fn a_member_that_restarts_is_connected_again_within_seconds() {
    let (mut a, mut b) = (Node::start(config(1)).await, Node::start(config(2)).await);
    a.network.members(vec![a.knows(&b)]);
    meet(&mut a, &mut b).await;
    let address = b.address.clone();
    drop(b);
    let gone = Node::start(config(9)).await;
    let mut b = Node::start(NetworkConfig {
        listen: vec![address],
        ..config(2)
    })
    .await;
    a.disconnected(&b).await;
    meet(&mut a, &mut b).await;
    drop(gone);
}

#[tokio::test]
async fn a_peer_that_restarts_is_taken_back_although_its_old_connection_seems_alive() {
    for transport in [config, quic] {
        let cable = Arc::new(Cable::default());
        let (a, mut b) = pair(
            NetworkConfig {
                faults: Some(cable.clone()),
                ..transport(1)
            },
            transport(2),
        )
        .await;
        // A is gone and nothing tells B.
        cable.set(LinkState::Cut);
        drop(a);
        let mut a = Node::start(transport(1)).await;
        a.network.dial(&b.address).unwrap();
        b.disconnected(&a).await;
        meet(&mut a, &mut b).await;
        a.network.send(b.key, Bytes::from_static(b"back"));
        assert_eq!(b.message().await, "back");
    }
}

#[tokio::test]
async fn a_refused_peer_is_disconnected() {
    let mut a = Node::start(config(1)).await;
    let mut stranger = Stranger::dial(2, &a).await;
    stranger.introduce().await;
    let (node, introduction) = a.introduced().await;
    assert_eq!((node, introduction), (stranger.key, Bytes::from_static(b"stranger")));
    a.network.refuse(node, "its charter is of another net");
    stranger.sent_away().await;
}

#[tokio::test]
async fn a_node_that_is_turned_away_hears_why_before_the_connection_closes() {
    for transport in [config, quic] {
        let (mut a, mut b) = (Node::start(transport(1)).await, Node::start(transport(2)).await);
        b.network.dial(&a.address).unwrap();
        let (node, _) = a.introduced().await;
        a.network.turn_away(node, "not carried", Bytes::from_static(&[1]));
        let heard = b
            .event("a notice", |event| match event {
                NetworkEvent::TurnedAway { node, notice } => Some((*node, notice.clone())),
                _ => None,
            })
            .await;
        assert_eq!(heard, (a.key, Bytes::from_static(&[1])));
        // It comes again, and is let in when the operator has decided.
        let again = a.admit_next().await;
        assert_eq!(again, b.key);
    }
}

#[tokio::test]
async fn a_peer_that_hears_no_notice_is_turned_away_all_the_same() {
    let mut a = Node::start(config(1)).await;
    let mut stranger = Stranger::dial(2, &a).await;
    stranger.introduce().await;
    let (node, _) = a.introduced().await;
    a.network.turn_away(node, "not carried", Bytes::from_static(&[1]));
    stranger.sent_away().await;
}

#[tokio::test]
async fn a_disconnected_member_comes_back_and_a_reported_one_does_not() {
    let (mut a, mut b) = (Node::start(config(1)).await, Node::start(config(2)).await);
    a.network.members(vec![a.knows(&b)]);
    meet(&mut a, &mut b).await;
    a.network.disconnect(b.key);
    a.disconnected(&b).await;
    b.disconnected(&a).await;
    meet(&mut a, &mut b).await;
    a.network.report(b.key, ewtp_network::Misbehaviour::Fatal);
    a.disconnected(&b).await;
    assert!(a.all_within(Duration::from_secs(3)).await.is_empty());
}

#[tokio::test]
async fn guests_are_bounded_and_members_are_not_guests() {
    let limits = Limits {
        guests_max: 1,
        ..Limits::default()
    };
    let mut a = Node::start(NetworkConfig { limits, ..config(1) }).await;
    let mut first = Stranger::dial(2, &a).await;
    first.introduce().await;
    let (guest, _) = a.introduced().await;
    let second = Stranger::dial(3, &a).await;
    second.sent_away().await;
    a.network.admit(guest);
    let mut b = Node::start(config(4)).await;
    a.network.members(vec![a.knows(&b)]);
    connect(&mut a, &mut b).await;
}

#[tokio::test]
async fn an_open_node_keeps_the_guests_it_has_places_for() {
    let open = |seed| NetworkConfig {
        admission: Admission::Open { guests_max: 1 },
        ..config(seed)
    };
    let (mut a, mut b) = (Node::start(open(1)).await, Node::start(config(2)).await);
    connect(&mut a, &mut b).await;
    Stranger::dial(3, &a).await.sent_away().await;
}

#[tokio::test]
async fn a_node_above_its_memory_makes_no_new_connection() {
    let limits = Limits {
        memory_bytes_max: 1,
        ..Limits::default()
    };
    let mut a = Node::start(NetworkConfig { limits, ..config(1) }).await;
    let mut b = Node::start(config(2)).await;
    b.network.dial(&a.address).unwrap();
    a.network.dial(&b.address).unwrap();
    assert!(a.all_within(Duration::from_secs(1)).await.is_empty());
    assert!(b.all_within(Duration::from_millis(100)).await.is_empty());
    let mut c = Node::start(config(3)).await;
    connect(&mut b, &mut c).await;
}

#[tokio::test]
async fn a_stopped_network_ends_its_events_and_frees_its_address() {
    let (a, mut b) = pair(config(1), config(2)).await;
    let address = a.address.clone();
    a.network.stop();
    b.disconnected(&a).await;
    a.ended().await;
    Node::start(NetworkConfig {
        listen: vec![address],
        ..config(1)
    })
    .await;
}
