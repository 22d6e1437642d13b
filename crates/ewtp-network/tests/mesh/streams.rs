//! Control frames and range requests between connected peers.

use std::time::Duration;

use bytes::Bytes;
use ewtp_network::{Bulk, CONTROL_BYTES_MAX, NodeKey, StreamFault};
use tokio::time::timeout;

use crate::support::{Node, PATIENCE, config, pair, quic};

#[tokio::test]
async fn control_frames_pass_both_ways_over_tcp_and_quic() {
    for (first, second) in [(config(1), config(2)), (quic(1), quic(2))] {
        let (mut a, mut b) = pair(first, second).await;
        a.network.send(b.key, Bytes::from_static(b"hello"));
        b.network.send(a.key, Bytes::from(vec![7; CONTROL_BYTES_MAX]));
        assert_eq!(b.message().await, "hello");
        assert_eq!(a.message().await.len(), CONTROL_BYTES_MAX);
    }
}

#[tokio::test]
async fn control_frames_keep_their_order() {
    let (a, mut b) = pair(config(1), config(2)).await;
    for number in 0..200_u8 {
        a.network.send(b.key, Bytes::from(vec![number]));
    }
    for number in 0..200_u8 {
        assert_eq!(b.message().await, vec![number]);
    }
}

#[tokio::test]
async fn a_peer_that_does_not_keep_up_loses_its_session_and_gets_a_new_one() {
    let (mut a, mut b) = pair(config(1), config(2)).await;
    // B does not take its events meanwhile: its queue fills, then its streams, then ours.
    for _ in 0..2_000 {
        a.network.send(b.key, Bytes::from(vec![1; CONTROL_BYTES_MAX]));
    }
    a.disconnected(&b).await;
    b.disconnected(&a).await;
    a.connected(&b).await;
    b.connected(&a).await;
    a.network.send(b.key, Bytes::from_static(b"again"));
    while b.message().await != "again" {}
}

#[tokio::test]
async fn a_range_of_many_frames_arrives_in_order_and_ends() {
    for (first, second) in [(config(1), config(2)), (quic(1), quic(2))] {
        let (mut a, b) = pair(first, second).await;
        let mut answer = b.network.request(a.key, Bulk::Logs, Bytes::from_static(b"0..100"));
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
}

#[tokio::test]
async fn a_slow_reader_holds_the_responder_back() {
    let (mut a, b) = pair(config(1), config(2)).await;
    let mut answer = b.network.request(a.key, Bulk::Logs, Bytes::from_static(b"range"));
    let (_, responder) = a.request().await;
    let frame = Bytes::from(vec![0; 250_000]);
    let mut sent = 0;
    while timeout(Duration::from_millis(500), responder.send(frame.clone()))
        .await
        .is_ok()
    {
        sent += 1;
        assert!(sent < 200, "50 MB went to a reader that read nothing");
    }
    // The reader goes on, and so does the responder.
    let sending = tokio::spawn(async move { responder.send(frame).await });
    let mut received = 0;
    while let Some(frame) = answer.recv().await {
        frame.unwrap();
        received += 1;
    }
    sending.await.unwrap().unwrap();
    assert!(received > sent, "{received} of {sent} arrived");
}

#[tokio::test]
async fn an_answer_without_frames_is_an_empty_answer_and_an_abandoned_one_is_busy() {
    for (first, second) in [(config(1), config(2)), (quic(1), quic(2))] {
        let (mut a, b) = pair(first, second).await;
        let mut empty = b
            .network
            .request(a.key, Bulk::Logs, Bytes::from_static(b"nothing there"));
        drop(a.request().await.1);
        assert_eq!(empty.recv().await, None);
        let mut busy = b.network.request(a.key, Bulk::Logs, Bytes::from_static(b"no time"));
        a.request().await.1.abandon();
        assert_eq!(busy.recv().await, Some(Err(StreamFault::Busy)));
        let mut cut = b
            .network
            .request(a.key, Bulk::Logs, Bytes::from_static(b"store failed"));
        let (_, responder) = a.request().await;
        responder.send(Bytes::from_static(b"first")).await.unwrap();
        responder.abandon();
        assert_eq!(cut.recv().await, Some(Ok(Bytes::from_static(b"first"))));
        assert_eq!(cut.recv().await, Some(Err(StreamFault::CutShort)));
    }
}

#[tokio::test]
async fn more_requests_than_places_are_busy_and_a_place_comes_free() {
    for transport in [config, quic] {
        let mut first = transport(1);
        first.limits.ranges_per_peer_max = 2;
        let (mut a, b) = pair(first, transport(2)).await;
        let key = a.key;
        let ask = || b.network.request(key, Bulk::Logs, Bytes::from_static(b"range"));
        let _kept = (ask(), ask());
        let (first, second) = (a.request().await.1, a.request().await.1);
        let mut asked = ask();
        assert_eq!(
            timeout(PATIENCE, asked.recv()).await.unwrap(),
            Some(Err(StreamFault::Busy))
        );
        drop((first, second));
        // The place comes free when the end of the answer is written; the opener of a busy stream tries again.
        loop {
            let mut again = b.network.request(a.key, Bulk::Logs, Bytes::from_static(b"again"));
            match timeout(Duration::from_millis(200), again.recv()).await {
                Ok(Some(Err(StreamFault::Busy))) => continue,
                Err(_) => break,
                other => panic!("{other:?}"),
            }
        }
        assert_eq!(a.request().await.0, "again");
    }
}

#[tokio::test]
async fn requests_for_schedules_take_no_place_of_those_for_logs() {
    let mut first = config(1);
    (first.limits.ranges_per_peer_max, first.limits.schedules_per_peer_max) = (1, 2);
    let (mut a, b) = pair(first, config(2)).await;
    let key = a.key;
    let ask = |bulk| b.network.request(key, bulk, Bytes::from_static(b"some"));
    let _asked = [ask(Bulk::Logs), ask(Bulk::Schedules), ask(Bulk::Schedules)];
    let mut served = [a.request_for().await, a.request_for().await, a.request_for().await];
    served.sort_by_key(|(bulk, _)| *bulk == Bulk::Schedules);
    let kinds = served.each_ref().map(|(bulk, _)| *bulk);
    assert_eq!(kinds, [Bulk::Logs, Bulk::Schedules, Bulk::Schedules]);
    for mut answer in [ask(Bulk::Logs), ask(Bulk::Schedules)] {
        let busy = timeout(PATIENCE, answer.recv()).await.unwrap();
        assert_eq!(busy, Some(Err(StreamFault::Busy)));
    }
}

#[tokio::test]
async fn a_requester_that_is_gone_ends_the_answer() {
    let (mut a, b) = pair(config(1), config(2)).await;
    drop(b.network.request(a.key, Bulk::Logs, Bytes::from_static(b"range")));
    let (_, responder) = a.request().await;
    let answering = async { while responder.send(Bytes::from(vec![0; 250_000])).await.is_ok() {} };
    timeout(PATIENCE, answering).await.unwrap();
}

#[tokio::test]
async fn what_the_protocol_does_not_allow_is_not_sent() {
    let (mut a, mut b) = pair(config(1), config(2)).await;
    let mut asked = b.network.request(
        a.key,
        Bulk::Logs,
        Bytes::from(vec![0; ewtp_network::REQUEST_BYTES_MAX + 1]),
    );
    assert!(matches!(asked.recv().await, Some(Err(StreamFault::TooLarge { .. }))));
    let _asked = b.network.request(a.key, Bulk::Logs, Bytes::from_static(b"range"));
    let (_, responder) = a.request().await;
    let large = Bytes::from(vec![0; ewtp_network::BULK_BYTES_MAX + 1]);
    assert!(matches!(responder.send(large).await, Err(StreamFault::TooLarge { .. })));
    assert_eq!(responder.send(Bytes::new()).await, Err(StreamFault::Misplaced));
    a.network.send(b.key, Bytes::from(vec![0; CONTROL_BYTES_MAX + 1]));
    a.network.send(b.key, Bytes::from_static(b"fits"));
    assert_eq!(b.message().await, "fits");
}

#[tokio::test]
async fn a_peer_that_is_not_connected_cannot_be_asked() {
    let a = Node::start(config(1)).await;
    let mut answer = a
        .network
        .request(NodeKey([9; 32]), Bulk::Logs, Bytes::from_static(b"range"));
    assert_eq!(answer.recv().await, Some(Err(StreamFault::NotConnected)));
}
