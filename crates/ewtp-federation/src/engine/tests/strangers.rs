//! Whatever a peer says, an engine neither breaks, nor grows without bound, nor blames the innocent.

use std::collections::BTreeMap;

use ewtp_log::Hash;

use super::mesh::{Mesh, Site};
use crate::alarm::AlarmCode;
use crate::announcement::Announcement;
use crate::bundle::RangeRequest;
use crate::frontier::{Frontier, FrontierEntry};
use crate::input::{GossipId, Input, NotIssued, ServingId};
use crate::limits::{ASKED_OF_ONE_PEER_MAX, CHARTERS_ASKED_AT_ONCE_MAX, SERVINGS_PER_PEER_MAX, WITNESSED_WITHIN};
use crate::message::{Cosignature, Hello, Message};
use crate::testing::{Book, Hub, T0, code, directory, found, net};
use crate::topic::Acceptance;

/// MY and SG, connected and agreed; RW is a name only, whose keys the tests have.
fn pair() -> ([Hub; 3], Mesh) {
    let hubs = found(["MY", "SG", "RW"]);
    let sites = hubs[..2].iter().map(|hub| Site::new(hub, directory(&hubs)));
    let mut mesh = Mesh::of(sites);
    mesh.connect(0, 1);
    mesh.run(10_000);
    assert!(mesh.agrees());
    (hubs, mesh)
}

fn entry(size: u64) -> FrontierEntry {
    FrontierEntry {
        charter: 0,
        epoch: 0,
        size,
        root: Hash([7; 32]),
        cosigned_size: 0,
        cosignatures: 0,
    }
}

fn frontier(hub: &Hub, entry: FrontierEntry) -> Message {
    Message::Frontier(Frontier {
        entries: BTreeMap::from([(hub.code, entry)]),
    })
}

fn announce(mesh: &mut Mesh, to: usize, book: &Book, start: u64, size: u64) {
    let announcement = Announcement {
        run: book.run(start, size, size),
        asks_cosigning: false,
        cosigned: None,
    };
    let verified = announcement.verify(&mesh.sites[to].directory).unwrap();
    let gossip = GossipId {
        id: [0; 16],
        from: mesh.sites[0].hub.node,
    };
    let announcement = Box::new(verified);
    mesh.give(to, Input::Announcement { gossip, announcement });
}

fn raised(mesh: &Mesh, site: usize, code: AlarmCode, hub: &Hub) -> bool {
    let alarms = mesh.sites[site].engine.status().alarms;
    alarms.iter().any(|alarm| (alarm.code, alarm.hub) == (code, hub.code))
}

#[test]
fn an_old_copy_of_a_folder_stops_signing_when_a_peer_has_more_of_its_log() {
    let (hubs, mut mesh) = pair();
    mesh.issue(0, 5);
    mesh.run(3_000);
    mesh.disconnect(0, 1);
    mesh.sites[0] = Site::at(&hubs[0], directory(&hubs), mesh.milliseconds);
    mesh.connect(0, 1);
    assert!(raised(&mesh, 0, AlarmCode::OwnLogAhead, &hubs[0]));
    let signed = mesh.sites[0].seen.checkpoints_signed;
    let ticket = mesh.issue(0, 1);
    mesh.run(3_000);
    assert_eq!(mesh.sites[0].seen.checkpoints_signed, signed);
    assert_eq!(mesh.sites[0].seen.not_issued, [(Some(ticket), NotIssued::Halted)]);
    assert_eq!(
        mesh.sites[0].seen.splits + mesh.sites[1].seen.splits,
        0,
        "nobody was convicted"
    );
}

#[test]
fn what_was_on_its_way_when_the_log_halted_is_not_signed() {
    let (hubs, mut mesh) = pair();
    mesh.sites[0].disk_stands_still = true;
    let ticket = mesh.issue(0, 1);
    let signed = mesh.sites[0].seen.checkpoints_signed;
    let elsewhere = Book::of(&hubs[0], 9);
    announce(&mut mesh, 0, &elsewhere, 9, 9);
    assert!(raised(&mesh, 0, AlarmCode::OwnLogAhead, &hubs[0]));
    assert_eq!(mesh.sites[0].seen.not_issued, [(Some(ticket), NotIssued::Halted)]);
    for commit in 0..20 {
        let commit = crate::CommitId(commit);
        mesh.give(0, Input::Committed { commit });
    }
    assert_eq!(mesh.sites[0].seen.checkpoints_signed, signed);
}

#[test]
fn a_peer_that_only_says_that_our_log_is_longer_halts_nothing() {
    let (hubs, mut mesh) = pair();
    mesh.say(1, 0, &frontier(&hubs[0], entry(1_000)));
    mesh.run(2_000);
    assert!(!raised(&mesh, 0, AlarmCode::OwnLogAhead, &hubs[0]));
}

#[test]
fn a_split_raises_the_alarm_once_and_the_replica_stands_still() {
    let (hubs, mut mesh) = pair();
    let book = Book::of(&hubs[2], 20);
    announce(&mut mesh, 1, &book, 0, 12);
    announce(&mut mesh, 1, &book.fork(5), 12, 20);
    announce(&mut mesh, 1, &book, 12, 20);
    assert!(raised(&mesh, 1, AlarmCode::LogSplit, &hubs[2]));
    assert_eq!((mesh.sites[1].seen.splits, mesh.sites[1].holds(&hubs[2])), (1, 12));
}

#[test]
fn another_root_for_a_smaller_size_is_a_split() {
    let (hubs, mut mesh) = pair();
    let book = Book::of(&hubs[2], 20);
    announce(&mut mesh, 1, &book, 0, 12);
    announce(&mut mesh, 1, &book.fork(5), 0, 5);
    assert!(!raised(&mesh, 1, AlarmCode::LogSplit, &hubs[2]), "both share that much");
    announce(&mut mesh, 1, &book.fork(5), 0, 10);
    assert!(raised(&mesh, 1, AlarmCode::LogSplit, &hubs[2]));
}

#[test]
fn a_split_is_remembered_after_a_restart() {
    let (hubs, mut mesh) = pair();
    let book = Book::of(&hubs[2], 20);
    announce(&mut mesh, 1, &book, 0, 12);
    announce(&mut mesh, 1, &book.fork(5), 12, 20);
    mesh.restart(1, None);
    assert!(raised(&mesh, 1, AlarmCode::LogSplit, &hubs[2]));
    announce(&mut mesh, 1, &book, 12, 20);
    assert_eq!(mesh.sites[1].holds(&hubs[2]), 12);
}

#[test]
fn a_split_that_comes_before_a_cosignature_was_made_stops_it() {
    let (hubs, mut mesh) = pair();
    let book = Book::of(&hubs[2], 20);
    announce(&mut mesh, 1, &book, 0, 12);
    announce(&mut mesh, 1, &book.fork(5), 12, 20);
    mesh.run(20_000);
    let of_rw = |text: &&String| text.contains("/RW/0");
    assert_eq!(mesh.sites[1].seen.cosigned.iter().find(of_rw), None);
    assert!(!mesh.sites[1].seen.cosigned.is_empty(), "those of MY go on");
}

#[test]
fn two_hubs_that_hold_two_histories_find_out() {
    let (hubs, mut mesh) = pair();
    mesh.disconnect(0, 1);
    let book = Book::of(&hubs[2], 20);
    announce(&mut mesh, 0, &book, 0, 20);
    announce(&mut mesh, 1, &book.fork(5), 0, 20);
    mesh.connect(0, 1);
    for site in 0..2 {
        assert!(raised(&mesh, site, AlarmCode::LogSplit, &hubs[2]), "at {site}");
    }
}

#[test]
fn an_answer_without_a_question_is_a_fault() {
    let (hubs, mut mesh) = pair();
    let book = Book::of(&hubs[2], 9);
    let charters = hubs[0].chain.records().iter().map(|record| record.bytes().clone());
    let answers = [
        Message::Charters {
            hub: hubs[0].code,
            records: charters.collect(),
        },
        Message::Checkpoint {
            hub: hubs[2].code,
            cosigned: book.cosigned(9, &[&hubs[0]]),
        },
    ];
    for answer in answers {
        mesh.say(0, 1, &answer);
    }
    assert_eq!(mesh.sites[1].seen.blamed, ["unasked", "unasked"]);
}

#[test]
fn a_hello_of_another_hub_or_net_is_a_fault_and_ends_the_session() {
    for (hub, net, versions) in [(2, net(), vec![1]), (0, "test:other".parse().unwrap(), vec![1])] {
        let (hubs, mut mesh) = pair();
        mesh.say(0, 1, &hello(&hubs[hub], net, versions));
        assert_eq!(mesh.sites[1].seen.blamed, ["unasked"]);
        assert_eq!(mesh.sites[1].seen.refused, ["a hello of another hub or network"]);
        assert!(mesh.sites[1].engine.status().peers.is_empty());
    }
}

#[test]
fn without_a_common_version_the_session_ends_and_nobody_is_blamed() {
    let (hubs, mut mesh) = pair();
    mesh.say(0, 1, &hello(&hubs[0], net(), vec![7, 1, 2]));
    let greeted = |mesh: &Mesh| mesh.sites[1].engine.status().peers.first().map(|peer| peer.greeting);
    assert_eq!(greeted(&mesh), Some(Some((1, [0; 16]))), "the highest that both speak");
    mesh.say(0, 1, &hello(&hubs[0], net(), vec![2, 7]));
    assert_eq!(greeted(&mesh), None);
    assert!(mesh.sites[1].seen.blamed.is_empty());
    assert_eq!(mesh.sites[1].seen.refused, ["it speaks no protocol version of ours"]);
}

#[test]
fn nothing_counts_before_the_hello() {
    let (hubs, mut mesh) = pair();
    mesh.disconnect(0, 1);
    mesh.admit(1, 0);
    mesh.run(50);
    mesh.sites[1].seen.sent.clear();
    let question = Message::GetCharters {
        hub: hubs[0].code,
        from: 0,
    };
    mesh.say(0, 1, &question);
    assert!(mesh.sites[1].seen.sent.is_empty());
    mesh.say(0, 1, &hello(&hubs[0], net(), vec![1]));
    mesh.say(0, 1, &question);
    assert!(matches!(mesh.sites[1].seen.sent[..], [Message::Charters { .. }]));
    assert!(mesh.sites[1].seen.blamed.is_empty());
}

#[test]
fn kinds_of_a_later_version_are_ignored_until_they_are_a_flood() {
    let (_, mut mesh) = pair();
    for _ in 0..crate::limits::LATER_KINDS_MAX {
        mesh.say(0, 1, &Message::Later);
    }
    assert!(mesh.sites[1].seen.blamed.is_empty());
    mesh.say(0, 1, &Message::Later);
    assert_eq!(mesh.sites[1].seen.blamed, ["kind"]);
    mesh.run(3_000);
    mesh.say(0, 1, &Message::Later);
    assert_eq!(mesh.sites[1].seen.blamed, ["kind"]);
}

fn hello(hub: &Hub, net: ewtp_record::NetName, versions: Vec<u64>) -> Message {
    Message::Hello(Hello {
        versions,
        net,
        hub: hub.code,
        instance: [0; 16],
    })
}

#[test]
fn who_is_not_connected_is_not_heard() {
    let (hubs, mut mesh) = pair();
    mesh.sites[1].seen.sent.clear();
    let from = hubs[2].node;
    let message = frontier(&hubs[0], entry(1_000));
    mesh.give(1, Input::Message { from, message });
    let hub = hubs[0].code;
    let message = Message::GetCharters { hub, from: 0 };
    mesh.give(1, Input::Message { from, message });
    assert!(mesh.sites[1].seen.sent.is_empty());
}

#[test]
fn a_peer_that_keeps_promising_is_not_asked_without_end() {
    let (hubs, mut mesh) = pair();
    mesh.sites[1].seen.sent.clear();
    for number in 1..200 {
        let better = FrontierEntry {
            cosigned_size: number,
            charter: 500,
            ..entry(number)
        };
        mesh.say(0, 1, &frontier(&hubs[2], better));
    }
    let asked = mesh.sites[1].seen.sent.len();
    assert!(asked <= 2 * usize::from(ASKED_OF_ONE_PEER_MAX), "{asked} questions");
}

#[test]
fn the_largest_numbers_that_a_frontier_can_say_break_nothing() {
    let (hubs, mut mesh) = pair();
    let most = FrontierEntry {
        charter: u32::MAX,
        epoch: u32::MAX,
        size: i64::MAX as u64,
        root: Hash([255; 32]),
        cosigned_size: i64::MAX as u64,
        cosignatures: u32::MAX,
    };
    for hub in &hubs {
        mesh.say(0, 1, &frontier(hub, most));
        mesh.say(0, 1, &frontier(hub, FrontierEntry { epoch: 0, ..most }));
    }
    mesh.run(20_000);
    mesh.issue(0, 3);
    mesh.run(10_000);
    assert_eq!(mesh.sites[1].holds(&hubs[0]), 4);
    assert_eq!(mesh.sites[1].engine.status().logs.len(), 3);
}

#[test]
fn hubs_that_are_not_carried_leave_no_plan_behind() {
    let (_, mut mesh) = pair();
    for number in 0..2_000 {
        let hub = code(&format!("CN-{number}"));
        let told = Frontier {
            entries: BTreeMap::from([(hub, entry(5))]),
        };
        mesh.say(0, 1, &Message::Frontier(told));
    }
    let engine = &mesh.sites[1].engine;
    assert!(engine.to_plan.is_empty());
    assert!(engine.peers.iter().all(|(_, peer)| peer.holds.len() < 600));
}

#[test]
fn a_peer_that_lies_about_its_size_does_not_make_us_look_behind() {
    let (hubs, mut mesh) = pair();
    for hub in [&hubs[0], &hubs[2]] {
        mesh.say(0, 1, &frontier(hub, entry(1_000)));
    }
    mesh.run(1_000);
    let logs = mesh.sites[1].engine.status().logs;
    assert!(logs.values().all(|log| log.behind == 0), "{logs:?}");
    let ahead = Book::of(&hubs[2], 30);
    announce(&mut mesh, 1, &ahead, 30, 30);
    assert_eq!(
        mesh.sites[1].engine.status().logs[&hubs[2].code].behind,
        30,
        "its hub signed this"
    );
}

#[test]
fn charters_of_hundreds_of_hubs_are_asked_for_a_few_at_a_time_and_all_in_the_end() {
    let hubs = found(["MY", "SG"]);
    let strangers: Vec<_> = (0..300).map(|number| code(&format!("CN-{number:03}"))).collect();
    let mut known = directory(&hubs);
    for hub in &strangers {
        known.pin(*hub, hubs[0].genesis()).unwrap();
    }
    let mut mesh = Mesh::of([Site::new(&hubs[0], directory(&hubs)), Site::new(&hubs[1], known)]);
    mesh.connect(0, 1);
    mesh.sites[1].seen.sent.clear();
    let told = Frontier {
        entries: strangers.iter().map(|hub| (*hub, entry(5))).collect(),
    };
    mesh.say(0, 1, &Message::Frontier(told));
    let asked = |mesh: &Mesh| {
        let sent = mesh.sites[1].seen.sent.iter();
        let hubs = sent.filter_map(|sent| match sent {
            Message::GetCharters { hub, .. } => Some(*hub),
            _ => None,
        });
        hubs.collect::<std::collections::BTreeSet<_>>().len()
    };
    assert_eq!(asked(&mesh), CHARTERS_ASKED_AT_ONCE_MAX);
    // Nobody answers, so each turn takes as long as an answer may.
    mesh.run(130_000);
    assert_eq!(asked(&mesh), strangers.len());
}

#[test]
fn a_guest_whose_session_begins_again_is_known_without_a_new_introduction() {
    let (hubs, mut mesh) = pair();
    let node = hubs[2].node;
    mesh.give(1, Input::Guest { node });
    for _ in 0..3 {
        mesh.give(1, Input::Connected { node });
        assert!(
            mesh.sites[1]
                .engine
                .peers
                .get(node)
                .is_some_and(|peer| peer.hub.is_none())
        );
        mesh.give(1, Input::Disconnected { node });
        assert!(mesh.sites[1].engine.peers.get(node).is_none());
    }
}

#[test]
fn a_panel_that_falls_silent_raises_an_alarm_that_ends_when_it_cosigns_again() {
    let (hubs, mut mesh) = pair();
    let silence = u64::try_from(WITNESSED_WITHIN.as_millis()).unwrap();
    // Both others are on the panel and both are needed; RW is not there.
    mesh.run(silence - 11_000);
    assert!(!raised(&mesh, 0, AlarmCode::NotWitnessed, &hubs[0]));
    mesh.run(2_000);
    assert!(raised(&mesh, 0, AlarmCode::NotWitnessed, &hubs[0]));
    mesh.sites.push(Site::at(&hubs[2], directory(&hubs), mesh.milliseconds));
    mesh.connect(0, 2);
    mesh.run(20_000);
    assert!(!raised(&mesh, 0, AlarmCode::NotWitnessed, &hubs[0]));
    mesh.disconnect(0, 2);
    mesh.gossips = false;
    mesh.issue(0, 3);
    mesh.run(silence + 100);
    assert!(
        raised(&mesh, 0, AlarmCode::NotWitnessed, &hubs[0]),
        "one of two is no quorum"
    );
}

#[test]
fn a_hub_without_a_panel_misses_no_witness() {
    let hubs = found(["MY"]);
    let mut mesh = Mesh::of([Site::new(&hubs[0], directory(&hubs))]);
    mesh.issue(0, 3);
    mesh.run(200_000);
    assert!(!raised(&mesh, 0, AlarmCode::NotWitnessed, &hubs[0]));
}

fn forged(hubs: &[Hub; 3], size: u64) -> Cosignature {
    let mut witness = hubs[1].cosign(hubs[0].code, &hubs[0].sign(size, Hash([7; 32])), T0);
    witness.signature[0] ^= 1;
    Cosignature {
        hub: hubs[0].code,
        epoch: 0,
        size,
        witness,
    }
}

#[test]
fn nobody_is_blamed_for_passing_on_a_cosignature() {
    let (hubs, mut mesh) = pair();
    mesh.sites[0].seen.validated.clear();
    let gossip = GossipId {
        id: [0; 16],
        from: hubs[1].node,
    };
    let cosignature = forged(&hubs, 1);
    mesh.give(0, Input::Cosignature { gossip, cosignature });
    assert_eq!(mesh.sites[0].seen.validated, [Acceptance::Ignore]);
    assert!(mesh.sites[0].seen.blamed.is_empty());
}

#[test]
fn a_cosignature_sent_for_another_is_a_fault() {
    let (hubs, mut mesh) = pair();
    let mut cosignature = forged(&hubs, 1);
    cosignature.witness.hub = hubs[2].code;
    mesh.say(1, 0, &Message::Cosignature(cosignature));
    assert_eq!(mesh.sites[0].seen.blamed, ["unasked"]);
}

#[test]
fn a_peer_that_reconnects_while_it_is_served_is_served_again() {
    let (hubs, mut mesh) = pair();
    let (from, to) = (hubs[0].node, hubs[0].node);
    let engine = &mut mesh.sites[1].engine;
    let now = crate::testing::at(60_000);
    let request = RangeRequest {
        hub: hubs[1].code,
        epoch: 0,
        from: 0,
        to: 1,
    };
    let asked = |number| Input::RangeRequested {
        from,
        serving: ServingId(number),
        request,
    };
    engine.handle(asked(1_000), now);
    engine.handle(Input::Disconnected { node: from }, now);
    engine.handle(Input::Connected { node: from }, now);
    for number in [1_000, 1_001] {
        let serving = ServingId(number);
        engine.handle(Input::Served { serving, to, bytes: 0 }, now);
    }
    for number in 0..SERVINGS_PER_PEER_MAX as u64 {
        engine.handle(asked(number), now);
    }
    let mut plans = 0;
    while let Some(output) = engine.poll_output() {
        plans += usize::from(matches!(output, crate::Output::Serve { plan: Some(_), .. }));
    }
    assert_eq!(plans, 1 + SERVINGS_PER_PEER_MAX);
}

#[test]
fn a_disk_that_stands_still_does_not_fill_the_memory() {
    let (hubs, mut mesh) = pair();
    mesh.sites[1].disk_stands_still = true;
    let record = bytes::Bytes::from(vec![7; 65_000]);
    let book = Book::new(&hubs[2], vec![record; 200]);
    for start in 0..50 {
        let mut run = book.run(start * 4, start * 4 + 4, start * 4 + 4);
        // The same bytes counted again and again: a log of gigabytes without its memory.
        run.records.iter_mut().for_each(|record| *record = record.clone());
        let engine = &mesh.sites[1].engine;
        assert!(engine.uncommitted_bytes <= engine.caps.uncommitted_bytes_hard() + 4 * 65_000);
        announce(&mut mesh, 1, &book, start * 4, start * 4 + 4);
    }
    let engine = &mut mesh.sites[1].engine;
    engine.uncommitted_bytes = engine.caps.uncommitted_bytes_hard() + 1;
    let full = Book::of(&hubs[0], 40);
    let size = mesh.sites[1].engine.replicas[&hubs[0].code].size();
    announce(&mut mesh, 1, &full, 0, 40);
    assert_eq!(
        mesh.sites[1].engine.replicas[&hubs[0].code].size(),
        size,
        "dropped, and pulled later"
    );
}
