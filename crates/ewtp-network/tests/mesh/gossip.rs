//! Gossip: judged before it goes on, kept for the first neighbour, and never silent without notice.

use std::time::Duration;

use bytes::Bytes;
use ewtp_network::{Acceptance, Topic};

use crate::support::{Node, config, connect, pair, quic};

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
async fn bursts_of_the_largest_messages_pass_both_ways_over_tcp_and_quic() {
    for (first, second) in [(config(1), config(2)), (quic(1), quic(2))] {
        let (mut a, mut b) = pair(first, second).await;
        // The first message of each waits for the other's subscription.
        a.network.publish(Topic::Alert, Bytes::from_static(b"from a"));
        b.network.publish(Topic::Alert, Bytes::from_static(b"from b"));
        assert_eq!(
            (a.gossip().await.2, b.gossip().await.2),
            ("from b".into(), "from a".into())
        );
        for round in 0..20_u8 {
            for node in [&a, &b] {
                let mut payload = vec![round; ewtp_network::GOSSIP_BYTES_MAX];
                payload[0] = node.key.0[0];
                node.network.publish(Topic::Checkpoint, Bytes::from(payload));
            }
        }
        for _ in 0..20 {
            assert_eq!(a.gossip().await.2.len(), ewtp_network::GOSSIP_BYTES_MAX);
            assert_eq!(b.gossip().await.2.len(), ewtp_network::GOSSIP_BYTES_MAX);
        }
    }
}

#[tokio::test]
async fn every_topic_is_carried_and_told_apart() {
    let (a, mut b) = pair(config(1), config(2)).await;
    for topic in Topic::ALL {
        a.network.publish(topic, Bytes::from_static(b"same payload"));
        let (_, told, bytes) = b.gossip().await;
        assert_eq!((told, bytes), (topic, Bytes::from_static(b"same payload")));
    }
}

#[tokio::test]
async fn an_idle_link_with_a_living_gossip_stream_is_left_alone() {
    let mut first = config(1);
    first.limits.gossip_silence = Duration::from_secs(1);
    let mut second = config(2);
    second.limits.gossip_silence = Duration::from_secs(1);
    let (mut a, b) = pair(first, second).await;
    assert!(a.all_within(Duration::from_secs(4)).await.is_empty());
    a.network.send(b.key, Bytes::from_static(b"still here"));
}
