//! Following events, resuming, and ending.

use crate::hub::{Running, code};
use crate::issuing::{certificate, issue_one};
use crate::refusals::get;
use ewtp_api::{EventFilter, EventStream};
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::UnixStream;

/// The indexes of the next events.
async fn next(stream: &mut EventStream, count: usize) -> Vec<u64> {
    let mut indexes = Vec::new();
    for _ in 0..count {
        let event = tokio::time::timeout(Duration::from_secs(10), stream.next())
            .await
            .expect("an event comes");
        indexes.push(event.unwrap().expect("the stream goes on").summary.index);
    }
    indexes
}

fn of_my_hub() -> EventFilter {
    EventFilter {
        hubs: vec![code("MY")],
        ..EventFilter::default()
    }
}

#[tokio::test]
async fn a_follower_is_told_what_is_examined_from_now_on() {
    let running = Running::start().await;
    running.settle().await;
    let mut stream = running.client.events(&of_my_hub()).await.unwrap();
    running.hub.lock().await.pulses(3);
    running.settle().await;
    assert_eq!(next(&mut stream, 3).await, [1, 2, 3]);
    assert_eq!(stream.cursor(), Some("MY:0:3"));
}

#[tokio::test]
async fn a_resumed_follower_misses_nothing_and_hears_nothing_twice() {
    let running = Running::start().await;
    running.settle().await;
    let mut filter = of_my_hub();
    let mut heard = Vec::new();
    for round in 0..8 {
        let mut stream = running.client.events(&filter).await.unwrap();
        if round == 0 {
            running.hub.lock().await.pulses(300);
            running.settle().await;
        }
        heard.extend(next(&mut stream, 25 + round).await);
        filter.cursor = stream.cursor().map(str::to_owned);
    }
    assert_eq!(heard, (1..=heard.len() as u64).collect::<Vec<_>>());
}

#[tokio::test]
async fn events_are_filtered_by_kind_and_keep_their_positions() {
    let running = Running::start().await;
    running.settle().await;
    let kinds = vec!["clearance-certificate".to_owned()];
    let mut stream = running
        .client
        .events(&EventFilter { kinds, ..of_my_hub() })
        .await
        .unwrap();
    for number in 0..3 {
        running.hub.lock().await.pulses(70);
        issue_one(&running, &certificate(number)).await.unwrap();
    }
    running.settle().await;
    assert_eq!(next(&mut stream, 3).await, [71, 142, 213]);
}

#[tokio::test]
async fn a_slow_follower_loses_nothing() {
    let running = Running::start().await;
    running.settle().await;
    let mut stream = running.client.events(&of_my_hub()).await.unwrap();
    for _ in 0..20 {
        running.hub.lock().await.pulses(500);
        running.settle().await;
    }
    assert_eq!(next(&mut stream, 10_000).await, (1..=10_000).collect::<Vec<_>>());
}

#[tokio::test]
async fn the_wire_form_is_an_event_with_id_and_data() {
    let running = Running::start().await;
    running.settle().await;
    let mut stream = UnixStream::connect(&running.socket).await.unwrap();
    stream
        .write_all(b"GET /v1/events?hub=MY&from=start HTTP/1.1\r\nhost: localhost\r\n\r\n")
        .await
        .unwrap();
    let mut text = String::new();
    let mut lines = BufReader::new(stream).lines();
    while !text.contains("data: ") {
        text += &lines.next_line().await.unwrap().unwrap();
        text.push('\n');
    }
    assert!(text.contains("content-type: text/event-stream"), "{text}");
    assert!(
        text.contains("event: record\nid: MY:0:0\ndata: {\"schema\":\"ewtp.event/1\",\"id\":"),
        "{text}"
    );
}

#[tokio::test]
async fn a_bad_question_is_refused() {
    let running = Running::start().await;
    for (path, code) in [
        ("/v1/events?hub=my", "bad-request"),
        ("/v1/events?kind=waybill", "bad-request"),
        ("/v1/events?after=MY", "bad-cursor"),
        ("/v1/events?from=never", "bad-request"),
        ("/v1/events?hubs=MY", "bad-request"),
    ] {
        let (status, body) = get(&running, path).await;
        assert_eq!(status, 400, "{path}");
        assert!(body.contains(code), "{path}: {body}");
    }
}

#[tokio::test]
async fn a_stop_ends_the_streams_and_takes_the_socket_away() {
    let mut running = Running::start().await;
    running.settle().await;
    let mut stream = running.client.events(&of_my_hub()).await.unwrap();
    let stopped = tokio::time::timeout(Duration::from_secs(2), running.stop()).await;
    assert!(stopped.is_ok(), "the stop waited for a stream without an end");
    assert_eq!(stream.next().await.unwrap(), None);
    assert!(!running.socket.exists());
}
