use super::*;
use crate::frontier::FrontierEntry;
use crate::limits::{PEER_REST, REQUESTS_PER_PEER_MAX};
use crate::testing::{Book, Hub, found};

const NOW: Duration = Duration::ZERO;

struct Lab {
    hubs: [Hub; 3],
    book: Book,
    replica: Replica,
    peers: Peers,
    fetches: Fetches,
}

impl Lab {
    /// Two peers that say they hold this much of a log of which we have nothing.
    fn new(sizes: [u64; 2]) -> Self {
        let hubs = found(["MY", "SG", "RW"]);
        let mut peers = Peers::default();
        for (hub, size) in hubs[1..].iter().zip(sizes) {
            peers.connect(hub.node, Some(hub.code));
            let entry = FrontierEntry {
                charter: 0,
                epoch: 0,
                size,
                root: ewtp_log::EMPTY_ROOT,
                cosigned_size: 0,
                cosignatures: 0,
            };
            peers.get_mut(hub.node).unwrap().hold(hubs[0].code, entry, true);
        }
        Self {
            book: Book::of(&hubs[0], 600),
            replica: Replica::new(hubs[0].code),
            hubs,
            peers,
            fetches: Fetches::default(),
        }
    }

    fn plan(&mut self) -> Vec<Ask> {
        self.fetches.plan(&self.replica, 0, &mut self.peers, NOW).asks
    }
}

#[test]
fn a_long_log_is_cut_in_requests_over_all_peers() {
    let mut lab = Lab::new([100_000, 100_000]);
    let asks = lab.plan();
    let spans: Vec<_> = asks.iter().map(|ask| (ask.request.from, ask.request.to)).collect();
    let most = REQUEST_RECORDS_MAX;
    assert_eq!(
        spans,
        [(0, most), (most, 2 * most), (2 * most, 3 * most), (3 * most, 4 * most)]
    );
    let busy: Vec<_> = lab.peers.iter().map(|(_, peer)| peer.fetching).collect();
    assert_eq!(busy, [2, 2]);
    assert!(lab.plan().is_empty(), "four requests of one log are enough");
}

#[test]
fn nobody_is_asked_for_more_than_it_holds() {
    let mut lab = Lab::new([10, 600]);
    let [ask] = lab.plan()[..] else { panic!("one request") };
    assert_eq!((ask.peer, ask.request.to), (lab.hubs[2].node, 600));
}

#[test]
fn a_peer_that_ends_early_rests_and_the_other_is_asked_for_the_rest() {
    let mut lab = Lab::new([600, 600]);
    let first = lab.plan()[0];
    let part = lab.book.run(0, 256, 600);
    lab.fetches.bundle(first.id, &part, NOW).unwrap();
    lab.replica.advance(crate::run::Verified::new(part), false);
    assert_eq!(
        lab.fetches.finish(first.id, &mut lab.peers, NOW),
        Some(lab.hubs[0].code)
    );
    let [second] = lab.plan()[..] else {
        panic!("one request")
    };
    assert_ne!(second.peer, first.peer);
    assert_eq!((second.request.from, second.request.to), (256, 600));
    assert_eq!(lab.peers.next_deadline(), Some(PEER_REST));
}

#[test]
fn a_peer_that_delivered_does_not_rest() {
    let mut lab = Lab::new([256, 256]);
    let ask = lab.plan()[0];
    lab.fetches.bundle(ask.id, &lab.book.run(0, 256, 600), NOW).unwrap();
    lab.fetches.finish(ask.id, &mut lab.peers, NOW);
    assert_eq!(lab.peers.next_deadline(), None);
}

#[test]
fn what_was_not_asked_for_is_the_senders_fault() {
    let mut lab = Lab::new([300, 300]);
    let ask = lab.plan()[0];
    for (start, end) in [(1, 256), (256, 300), (299, 300)] {
        let fault = lab
            .fetches
            .bundle(ask.id, &lab.book.run(start, end, 600), NOW)
            .unwrap_err();
        assert!(fault.is_peer_fault(), "{start}..{end}");
    }
    let other = Book::of(&lab.hubs[1], 600);
    assert!(
        lab.fetches.bundle(ask.id, &other.run(0, 256, 600), NOW).is_err(),
        "another log"
    );
    let mut other_epoch = lab.book.run(0, 256, 600);
    other_epoch.checkpoint.epoch = 1;
    assert!(lab.fetches.bundle(ask.id, &other_epoch, NOW).is_err(), "another epoch");
}

#[test]
fn a_bundle_may_go_to_its_own_end_and_no_further() {
    let mut lab = Lab::new([300, 0]);
    let ask = lab.plan()[0];
    lab.fetches.bundle(ask.id, &lab.book.run(0, 256, 600), NOW).unwrap();
    lab.fetches.bundle(ask.id, &lab.book.run(256, 512, 600), NOW).unwrap();
    assert!(lab.fetches.bundle(ask.id, &lab.book.run(512, 600, 600), NOW).is_err());
}

#[test]
fn a_bundle_of_a_request_that_is_gone_is_borne() {
    let mut lab = Lab::new([300, 0]);
    let ask = lab.plan()[0];
    assert_eq!(lab.fetches.abandon(ask.peer), [lab.hubs[0].code]);
    lab.fetches.bundle(ask.id, &lab.book.run(0, 256, 600), NOW).unwrap();
    assert_eq!(lab.fetches.finish(ask.id, &mut lab.peers, NOW), None);
}

#[test]
fn what_waits_in_the_window_is_not_asked_for() {
    let mut lab = Lab::new([600, 600]);
    lab.replica.advance(lab.book.verified(256, 512, 600), false);
    let spans: Vec<_> = lab
        .plan()
        .iter()
        .map(|ask| (ask.request.from, ask.request.to))
        .collect();
    assert_eq!(spans, [(0, 256), (512, 600)]);
}

#[test]
fn a_peer_that_promises_the_largest_size_overflows_nothing() {
    let mut lab = Lab::new([i64::MAX as u64, u64::MAX]);
    for _ in 0..3 {
        for ask in lab.plan() {
            assert!(ask.request.to - ask.request.from <= REQUEST_RECORDS_MAX);
            lab.fetches.finish(ask.id, &mut lab.peers, NOW);
        }
    }
    assert!(lab.peers.iter().all(|(_, peer)| peer.fetching <= REQUESTS_PER_PEER_MAX));
}

#[test]
fn a_log_that_only_busy_peers_have_is_starved_until_one_is_free() {
    let mut lab = Lab::new([10, 0]);
    let busy = lab.hubs[1].node;
    lab.peers.get_mut(busy).unwrap().fetching = REQUESTS_PER_PEER_MAX;
    let plan = lab.fetches.plan(&lab.replica, 0, &mut lab.peers, NOW);
    assert!(plan.is_starved && plan.asks.is_empty());

    lab.peers.get_mut(busy).unwrap().fetching -= 1;
    let plan = lab.fetches.plan(&lab.replica, 0, &mut lab.peers, NOW);
    assert!(!plan.is_starved);
    assert_eq!(plan.asks.len(), 1);

    let plan = lab.fetches.plan(&lab.replica, 0, &mut lab.peers, NOW);
    assert!(!plan.is_starved && plan.asks.is_empty(), "all of it is asked for");
}

/// Seconds after the beginning.
fn at(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

impl Lab {
    /// Records come in answer to a request, and the log grows by them.
    fn arrive(&mut self, id: RequestId, start: u64, end: u64, ticks: Duration) {
        let run = self.book.run(start, end, 600);
        self.fetches.bundle(id, &run, ticks).unwrap();
        self.replica.advance(crate::run::Verified::new(run), false);
    }

    fn take_slow_head(&mut self, ticks: Duration) -> Option<RequestId> {
        let slow = self.fetches.slow_logs(ticks);
        assert!(slow.iter().all(|hub| *hub == self.hubs[0].code));
        self.fetches.take_slow_head(&self.replica, 0, &mut self.peers, ticks)
    }
}

#[test]
fn a_peer_that_trickles_loses_the_head_of_the_log_to_another_and_is_avoided() {
    let mut lab = Lab::new([600, 600]);
    let slow = lab.plan()[0];
    for second in 0..5 {
        assert_eq!(lab.take_slow_head(at(second)), None);
        lab.arrive(slow.id, second, second + 1, at(second));
    }
    assert!(lab.fetches.next_deadline(at(4)).is_some_and(|due| due < at(6)));
    assert_eq!(lab.take_slow_head(at(6)), Some(slow.id));
    let [next] = lab.plan()[..] else { panic!("one request") };
    assert_ne!(next.peer, slow.peer);
    assert_eq!(
        (next.request.from, next.request.to),
        (5, 600),
        "what it brought is kept"
    );
    assert_eq!(lab.peers.get(slow.peer).unwrap().fetching, 0);
    assert!(lab.peers.take_rested(at(35)).is_empty());
    assert_eq!(lab.peers.take_rested(at(36)), [lab.hubs[0].code]);
}

#[test]
fn a_peer_that_keeps_the_pace_keeps_the_request() {
    let mut lab = Lab::new([100_000, 100_000]);
    lab.book = Book::new(&lab.hubs[0], vec![bytes::Bytes::from(vec![7; 400]); 600]);
    let ask = lab.plan()[0];
    for (second, start) in (4..).step_by(2).zip((0..600).step_by(100)) {
        assert_eq!(lab.take_slow_head(at(second)), None, "after {second} s");
        lab.arrive(ask.id, start, start + 100, at(second));
    }
}

#[test]
fn the_only_peer_that_has_it_may_be_slow() {
    let mut lab = Lab::new([600, 0]);
    lab.plan();
    assert_eq!(lab.take_slow_head(at(3_600)), None);
    assert_eq!(lab.fetches.next_deadline(at(3_600)), None, "only news can change that");
}

#[test]
fn what_the_log_does_not_wait_for_yet_may_be_slow() {
    let mut lab = Lab::new([100_000, 100_000]);
    let asks = lab.plan();
    assert_eq!(lab.take_slow_head(at(6)), Some(asks[0].id));
    assert_eq!(lab.take_slow_head(at(6)), None, "the others come later in the log");
}
