//! Bytes that no honest node sends: a typed fault for each, and the node goes on.

use std::time::Duration;

use bytes::Bytes;
use ewtp_network::{BULK_BYTES_MAX, Bulk, CONTROL_BYTES_MAX, INTRODUCTION_BYTES_MAX, NetworkEvent, StreamFault};
use futures::{AsyncWriteExt, StreamExt};
use libp2p::{PeerId, Stream};
use libp2p_stream::IncomingStreams;
use tokio::time::{Instant, timeout};

use crate::{
    stranger::{Stranger, framed, is_refused, read_frame},
    support::{Node, PATIENCE, config, connect},
};

const INTRODUCTION: &str = "/ewtp/intro/1";
const SESSION: &str = "/ewtp/sync/1";
const RANGE: &str = "/ewtp/range/1";
const TARIFF: &str = "/ewtp/tariff/1";
const GOSSIP: &str = "/meshsub/1.2.0";

/// A length prefix alone.
fn announced(bytes: usize) -> [u8; 4] {
    u32::try_from(bytes).unwrap().to_be_bytes()
}

/// A stranger that the node has admitted, and its session stream after the greeting.
async fn admitted(node: &mut Node) -> (Stranger, Stream) {
    let mut stranger = Stranger::dial(2, node).await;
    let mut sessions = stranger.accept(SESSION);
    stranger.introduce().await;
    node.admit_next().await;
    let (_, mut session) = next(&mut sessions).await;
    assert_eq!(read_frame(&mut session).await.unwrap(), b"");
    session.write_all(&framed(b"")).await.unwrap();
    session.flush().await.unwrap();
    node.event("a connection", |event| {
        matches!(event, NetworkEvent::Connected { .. }).then_some(())
    })
    .await;
    (stranger, session)
}

async fn next(inbound: &mut IncomingStreams) -> (PeerId, Stream) {
    timeout(PATIENCE, inbound.next())
        .await
        .expect("the node opens a stream")
        .expect("the swarm runs")
}

/// The node still serves others.
async fn serves_others(mut node: Node) {
    let mut other = Node::start(config(7)).await;
    connect(&mut node, &mut other).await;
    node.network.send(other.key, Bytes::from_static(b"all is well"));
    assert_eq!(other.message().await, "all is well");
}

#[tokio::test]
async fn a_stranger_gets_nothing_but_the_introduction() {
    let mut node = Node::start(config(1)).await;
    let mut stranger = Stranger::dial(2, &node).await;
    assert_eq!(stranger.introduce().await, b"introduction of 1");
    node.introduced().await;
    // Gossip does not exist for it; other streams end without an answer.
    assert!(stranger.open(GOSSIP).await.is_none());
    let mut range = stranger.open(RANGE).await.expect("the protocol is there");
    assert!(is_refused(&mut range, &framed(b"range")).await);
    let mut session = stranger.open(SESSION).await.expect("the protocol is there");
    assert!(is_refused(&mut session, &framed(b"")).await);
    assert!(stranger.open("/ipfs/kad/1.0.0").await.is_none());
    let told = node.all_within(Duration::from_millis(200)).await;
    assert!(
        told.iter().all(|event| matches!(event, NetworkEvent::Fault { .. })),
        "{told:?}"
    );
    serves_others(node).await;
}

#[tokio::test]
async fn an_introduction_above_the_limit_is_refused_before_it_is_read() {
    let mut node = Node::start(config(1)).await;
    let mut stranger = Stranger::dial(2, &node).await;
    let mut stream = stranger.open(INTRODUCTION).await.expect("everybody may");
    assert!(is_refused(&mut stream, &announced(INTRODUCTION_BYTES_MAX + 1)).await);
    let max = INTRODUCTION_BYTES_MAX;
    assert_eq!(node.fault().await, StreamFault::TooLarge { bytes: max + 1, max });
    stranger.sent_away().await;
    serves_others(node).await;
}

#[tokio::test]
async fn an_introduction_cut_short_is_not_told() {
    let mut node = Node::start(config(1)).await;
    let mut stranger = Stranger::dial(2, &node).await;
    let mut stream = stranger.open(INTRODUCTION).await.expect("everybody may");
    stream.write_all(&announced(100)).await.unwrap();
    stream.close().await.unwrap();
    assert!(node.all_within(Duration::from_millis(500)).await.is_empty());
    serves_others(node).await;
}

#[tokio::test]
async fn of_many_notices_one_is_heard_and_a_large_one_is_a_fault() {
    let mut node = Node::start(config(1)).await;
    let mut stranger = Stranger::dial(2, &node).await;
    for _ in 0..3 {
        let mut notice = stranger.open("/ewtp/notice/1").await.expect("the protocol is there");
        assert!(is_refused(&mut notice, &framed(&[1])).await);
    }
    let told = node.all_within(Duration::from_millis(300)).await;
    assert!(matches!(told[..], [NetworkEvent::TurnedAway { .. }]), "{told:?}");
    let mut other = Stranger::dial(3, &node).await;
    let mut notice = other.open("/ewtp/notice/1").await.expect("the protocol is there");
    assert!(is_refused(&mut notice, &announced(65)).await);
    assert_eq!(node.fault().await, StreamFault::TooLarge { bytes: 65, max: 64 });
    serves_others(node).await;
}

#[tokio::test]
async fn a_control_frame_above_the_limit_ends_the_session() {
    let mut node = Node::start(config(1)).await;
    let (_stranger, mut session) = admitted(&mut node).await;
    assert!(is_refused(&mut session, &announced(CONTROL_BYTES_MAX + 1)).await);
    let max = CONTROL_BYTES_MAX;
    assert_eq!(node.fault().await, StreamFault::TooLarge { bytes: max + 1, max });
    serves_others(node).await;
}

#[tokio::test]
async fn a_flood_of_control_frames_waits_in_its_own_stream_and_others_are_heard() {
    const AT_ONCE: usize = 1024;
    const A_SECOND: usize = 256;
    let mut node = Node::start(config(1)).await;
    let (_stranger, mut session) = admitted(&mut node).await;
    let mut other = Node::start(config(7)).await;
    connect(&mut node, &mut other).await;
    let began = Instant::now();
    let flood = framed(b"flood").repeat(4 * (AT_ONCE + A_SECOND));
    let flooding = tokio::spawn(async move {
        let _ = session.write_all(&flood).await;
        let _ = session.flush().await;
        session
    });
    other.network.send(node.key, Bytes::from_static(b"all is well"));
    let (mut heard, mut flooded) = (false, 0);
    while flooded < AT_ONCE + A_SECOND || !heard {
        let message = node.message().await;
        heard |= message == "all is well";
        flooded += usize::from(message == "flood");
        assert!(
            heard || flooded <= AT_ONCE + A_SECOND,
            "the flood is heard and the other is not"
        );
    }
    // What is beyond the first thousand took its time.
    assert!(began.elapsed() > Duration::from_millis(900), "{:?}", began.elapsed());
    drop(flooding);
    serves_others(node).await;
}

#[tokio::test]
async fn an_empty_control_frame_after_the_greeting_ends_the_session() {
    let mut node = Node::start(config(1)).await;
    let (_stranger, mut session) = admitted(&mut node).await;
    assert!(is_refused(&mut session, &framed(b"")).await);
    assert_eq!(node.fault().await, StreamFault::Misplaced);
    serves_others(node).await;
}

#[tokio::test]
async fn a_greeting_that_is_not_empty_is_no_greeting() {
    let mut node = Node::start(config(1)).await;
    let mut stranger = Stranger::dial(2, &node).await;
    let mut sessions = stranger.accept(SESSION);
    stranger.introduce().await;
    node.admit_next().await;
    let (_, mut session) = next(&mut sessions).await;
    assert_eq!(read_frame(&mut session).await.unwrap(), b"");
    assert!(is_refused(&mut session, &framed(b"let me in")).await);
    assert_eq!(node.fault().await, StreamFault::Misplaced);
}

#[tokio::test]
async fn requests_that_are_too_large_empty_or_cut_short_are_not_told() {
    let max = ewtp_network::REQUEST_BYTES_MAX;
    for protocol in [RANGE, TARIFF] {
        let mut node = Node::start(config(1)).await;
        let (mut stranger, _session) = admitted(&mut node).await;
        for (bytes, fault) in [
            (
                announced(max + 1).to_vec(),
                StreamFault::TooLarge { bytes: max + 1, max },
            ),
            (framed(b""), StreamFault::Misplaced),
        ] {
            let mut request = stranger.open(protocol).await.expect("an admitted peer may ask");
            assert!(is_refused(&mut request, &bytes).await, "{protocol}");
            assert_eq!(node.fault().await, fault, "{protocol}");
        }
        let mut request = stranger.open(protocol).await.expect("an admitted peer may ask");
        request.write_all(&announced(9)).await.unwrap();
        request.close().await.unwrap();
        let told = node.all_within(Duration::from_millis(300)).await;
        assert!(told.is_empty(), "{protocol}: {told:?}");
        serves_others(node).await;
    }
}

#[tokio::test]
async fn answers_that_are_too_large_or_cut_short_are_faults_of_the_request() {
    let max = BULK_BYTES_MAX;
    let short = [framed(b"first"), announced(9).to_vec()].concat();
    let answers = [
        (
            announced(max + 1).to_vec(),
            0,
            StreamFault::TooLarge { bytes: max + 1, max },
        ),
        (short, 1, StreamFault::CutShort),
        (framed(b"first"), 1, StreamFault::CutShort),
        (vec![], 0, StreamFault::Busy),
        (vec![0], 0, StreamFault::CutShort),
    ];
    for (protocol, bulk) in [(RANGE, Bulk::Logs), (TARIFF, Bulk::Schedules)] {
        let mut node = Node::start(config(1)).await;
        let (mut stranger, _session) = admitted(&mut node).await;
        let mut requests = stranger.accept(protocol);
        for (bytes, frames, fault) in &answers {
            let mut answer = node.network.request(stranger.key, bulk, Bytes::from_static(b"request"));
            let (_, mut request) = next(&mut requests).await;
            assert_eq!(read_frame(&mut request).await.unwrap(), b"request");
            request.write_all(bytes).await.unwrap();
            request.close().await.unwrap();
            for _ in 0..*frames {
                assert_eq!(answer.recv().await, Some(Ok(Bytes::from_static(b"first"))));
            }
            assert_eq!(
                answer.recv().await,
                Some(Err(fault.clone())),
                "{protocol} after {bytes:?}"
            );
            assert_eq!(answer.recv().await, None);
        }
    }
}

#[tokio::test]
async fn garbage_on_the_gossip_stream_ends_it_is_not_told_and_the_gate_recovers() {
    // A frame of 127 bytes that is no message, and the head of one of 2 GiB: gossipsub's lengths are base-128 numbers.
    let noise = [&[0x7f][..], &[0xff; 70_000]].concat();
    let oversize = [&[0xff, 0xff, 0xff, 0xff, 0x07][..], &[0; 70_000]].concat();
    let mut node = Node::start(config(1)).await;
    let (mut stranger, _session) = admitted(&mut node).await;
    // Gossipsub's own handler gives up for good at the fifth stream; the gate puts a fresh one in its place.
    let mut opened = 0;
    while opened < 12 {
        match stranger.open(GOSSIP).await {
            Some(mut gossip) => {
                let garbage = if opened % 2 == 0 { &noise } else { &oversize };
                assert!(is_refused(&mut gossip, garbage).await, "stream {opened} stays open");
                opened += 1;
            }
            None => tokio::time::sleep(Duration::from_millis(50)).await,
        }
    }
    let told = node.all_within(Duration::from_millis(200)).await;
    let gossip = |event: &NetworkEvent| matches!(event, NetworkEvent::Gossip { .. });
    assert!(!told.iter().any(gossip), "{told:?}");
    serves_others(node).await;
}

#[tokio::test]
async fn a_peer_whose_gossip_falls_silent_is_disconnected() {
    let mut one = config(1);
    one.limits.gossip_silence = Duration::from_secs(1);
    let mut node = Node::start(one).await;
    let (stranger, _session) = admitted(&mut node).await;
    stranger.sent_away().await;
    node.event("a disconnection", |event| {
        matches!(event, NetworkEvent::Disconnected { .. }).then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_peer_that_keeps_breaking_the_protocol_is_kept_away() {
    let mut node = Node::start(config(1)).await;
    let (mut stranger, _session) = admitted(&mut node).await;
    for _ in 0..4 {
        if let Some(mut range) = stranger.open(RANGE).await {
            is_refused(&mut range, &framed(b"")).await;
        }
    }
    let key = stranger.key;
    stranger.sent_away().await;
    let again = Stranger::dial(2, &node).await;
    assert_eq!(again.key, key);
    again.sent_away().await;
    serves_others(node).await;
}
