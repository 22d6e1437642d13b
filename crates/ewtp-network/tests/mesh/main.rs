//! The network on real loopback sockets. Each test waits for events, never for time to pass.

mod support;

use std::time::Duration;

use bytes::Bytes;
use ewtp_network::{Acceptance, StreamFault, Topic};

use self::support::{Node, config, connect, pair, quic};

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
async fn control_frames_pass_both_ways_over_tcp_and_quic() {
    for (first, second) in [(config(1), config(2)), (quic(1), quic(2))] {
        let (mut a, mut b) = pair(first, second).await;
        a.network.send(b.key, Bytes::from_static(b"hello"));
        b.network
            .send(a.key, Bytes::from(vec![7; ewtp_network::CONTROL_BYTES_MAX]));
        assert_eq!(b.message().await, "hello");
        assert_eq!(a.message().await.len(), ewtp_network::CONTROL_BYTES_MAX);
    }
}

#[tokio::test]
async fn gossip_goes_on_only_after_it_was_judged_and_only_if_it_is_forwarded() {
    let (a, mut b) = pair(config(1), config(2)).await;
    let mut c = Node::start(config(3)).await;
    connect(&mut b, &mut c).await;
    for (verdict, payload) in [
        (Acceptance::Ignore, "ignored"),
        (Acceptance::Reject, "rejected"),
        (Acceptance::Forward, "forwarded"),
    ] {
        a.network.publish(Topic::Checkpoint, Bytes::from(payload));
        let (message, topic, bytes) = b.gossip().await;
        assert_eq!((topic, bytes), (Topic::Checkpoint, Bytes::from(payload)));
        b.network.validate(message, verdict);
    }
    assert_eq!(c.gossip().await.2, "forwarded");
    assert!(c.all_within(Duration::from_millis(200)).await.is_empty());
}

#[tokio::test]
async fn what_was_published_alone_reaches_the_first_neighbour() {
    let (mut a, mut b) = (Node::start(config(1)).await, Node::start(config(2)).await);
    a.network.publish(Topic::Checkpoint, Bytes::from_static(b"old"));
    a.network.publish(Topic::Checkpoint, Bytes::from_static(b"newest"));
    connect(&mut a, &mut b).await;
    assert_eq!(b.gossip().await.2, "newest");
}

#[tokio::test]
async fn a_range_of_many_frames_arrives_in_order_and_ends() {
    let (mut a, b) = pair(config(1), config(2)).await;
    let mut answer = b.network.request(a.key, Bytes::from_static(b"0..100"));
    let (request, responder) = a.request().await;
    assert_eq!(request, "0..100");
    tokio::spawn(async move {
        for number in 0..100_u8 {
            responder.send(Bytes::from(vec![number; 100_000])).await.unwrap();
        }
    });
    for number in 0..100_u8 {
        assert_eq!(answer.recv().await.unwrap().unwrap(), vec![number; 100_000]);
    }
    assert_eq!(answer.recv().await, None);
}

#[tokio::test]
async fn a_peer_that_is_not_connected_cannot_be_asked() {
    let a = Node::start(config(1)).await;
    let mut answer = a
        .network
        .request(ewtp_network::NodeKey([9; 32]), Bytes::from_static(b"range"));
    assert_eq!(answer.recv().await, Some(Err(StreamFault::NotConnected)));
}
