//! Following events, resuming, being told again after a revocation, and ending.

use crate::hub::{Running, code};
use crate::issuing::{certificate, issue_one};
use crate::refusals::get;
use ewtp_api::{EventFilter, EventStream, LogEvent, StandingView};
use ewtp_record::Record;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::UnixStream;

async fn next_event(stream: &mut EventStream) -> LogEvent {
    let event = tokio::time::timeout(Duration::from_secs(10), stream.next()).await;
    event.expect("an event comes").unwrap().expect("the stream goes on")
}

/// Places and standings of the next events, all of records.
async fn next_judged(stream: &mut EventStream, count: usize) -> Vec<(u64, StandingView)> {
    let mut judged = Vec::new();
    for _ in 0..count {
        match next_event(stream).await {
            LogEvent::Record(event) => judged.push((event.summary.index, event.summary.standing)),
            LogEvent::Reopened(event) => panic!("{event:?} came instead of a record"),
        }
    }
    judged
}

/// The indexes of the next events.
async fn next(stream: &mut EventStream, count: usize) -> Vec<u64> {
    let judged = next_judged(stream, count).await;
    judged.into_iter().map(|(index, _)| index).collect()
}

/// From where on, and by which charter, records are re-opened: what the next event says.
async fn next_reopened(stream: &mut EventStream) -> (u64, u32) {
    match next_event(stream).await {
        LogEvent::Reopened(event) => (event.index, event.charter),
        LogEvent::Record(event) => panic!("{event:?} came instead of a re-opening"),
    }
}

/// A hub with a pulse, two certificates and a pulse behind its genesis, all examined.
async fn of_five_records() -> Running {
    let running = Running::start().await;
    running.hub.lock().await.pulses(1);
    for number in 0..2 {
        issue_one(&running, &certificate(number)).await.unwrap();
    }
    running.hub.lock().await.pulses(1);
    running.settle().await;
    running
}

/// Revokes the customs key from the second certificate on, and examines again.
async fn revoke(running: &Running) -> Record {
    let charter = running.hub.lock().await.revoke_customs(3);
    running.settle().await;
    charter
}

fn resumed_at(cursor: &str) -> EventFilter {
    EventFilter {
        cursor: Some(cursor.to_owned()),
        ..of_my_hub()
    }
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
async fn a_revocation_has_a_follower_told_again_from_its_first_bad_record_on() {
    let running = of_five_records().await;
    let mut stream = running.client.events(&resumed_at("MY:0:0")).await.unwrap();
    let sound = |index| (index, StandingView::Sound);
    assert_eq!(next_judged(&mut stream, 4).await, [1, 2, 3, 4].map(sound));
    revoke(&running).await;
    assert_eq!(next_reopened(&mut stream).await, (3, 1));
    assert_eq!(stream.cursor(), Some("MY:0:4"), "who resumes here hears of it again");
    let judged = next_judged(&mut stream, 2).await;
    assert_eq!(judged, [(3, StandingView::Faulty), sound(4)]);
    assert_eq!(stream.cursor(), Some("MY:0:4@1"));
}

#[tokio::test]
async fn a_follower_of_one_kind_is_told_of_a_revocation_that_concerns_it() {
    let running = of_five_records().await;
    let kinds = vec!["clearance-certificate".to_owned()];
    let filter = EventFilter {
        kinds,
        ..resumed_at("MY:0:0")
    };
    let mut stream = running.client.events(&filter).await.unwrap();
    assert_eq!(next(&mut stream, 2).await, [2, 3]);
    revoke(&running).await;
    assert_eq!(next_reopened(&mut stream).await, (3, 1));
    assert_eq!(next_judged(&mut stream, 1).await, [(3, StandingView::Faulty)]);
}

#[tokio::test]
async fn a_follower_that_was_away_hears_of_a_revocation_once() {
    let running = of_five_records().await;
    let charter = revoke(&running).await;
    let mut heard_without = running.client.events(&resumed_at("MY:0:3")).await.unwrap();
    assert_eq!(next_reopened(&mut heard_without).await, (3, 1));
    assert_eq!(next(&mut heard_without, 2).await, [3, 4]);
    let mut heard_half = running.client.events(&resumed_at("MY:0:3@1")).await.unwrap();
    assert_eq!(next(&mut heard_half, 1).await, [4]);
    let mut not_concerned = running.client.events(&resumed_at("MY:0:2")).await.unwrap();
    assert_eq!(next(&mut not_concerned, 2).await, [3, 4]);
    let mut from_now = running.client.events(&of_my_hub()).await.unwrap();
    running.hub.lock().await.log_charter(&charter);
    running.settle().await;
    for stream in [&mut heard_without, &mut heard_half, &mut not_concerned, &mut from_now] {
        assert_eq!(next(stream, 1).await, [5]);
        assert_eq!(stream.cursor(), Some("MY:0:5@1"));
    }
}

#[tokio::test]
async fn who_was_told_past_the_logged_charter_was_told_under_it_by_any_node() {
    let running = of_five_records().await;
    let charter = revoke(&running).await;
    running.hub.lock().await.log_charter(&charter);
    running.hub.lock().await.pulses(2);
    running.settle().await;
    let mut stream = running.client.events(&resumed_at("MY:0:4")).await.unwrap();
    assert_eq!(next_reopened(&mut stream).await, (3, 1));
    let mut stream = running.client.events(&resumed_at("MY:0:5")).await.unwrap();
    assert_eq!(next(&mut stream, 2).await, [6, 7]);
}

#[tokio::test]
async fn a_revocation_from_the_first_record_on_begins_the_log_anew() {
    let running = of_five_records().await;
    let mut stream = running.client.events(&resumed_at("MY:0:3")).await.unwrap();
    assert_eq!(next(&mut stream, 1).await, [4]);
    running.hub.lock().await.revoke_customs(0);
    running.settle().await;
    assert_eq!(next_reopened(&mut stream).await, (0, 1));
    assert_eq!(next(&mut stream, 5).await, [0, 1, 2, 3, 4]);
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
