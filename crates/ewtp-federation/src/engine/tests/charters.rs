//! Under which charter a log may grow here.

use super::mesh::{Mesh, Site};
use crate::alarm::AlarmCode;
use crate::announcement::Announcement;
use crate::frontier::{Frontier, FrontierEntry};
use crate::input::Input;
use crate::message::Message;
use crate::run::Fault;
use crate::testing::{Book, Hub, directory, found, net};
use crate::topic::{Acceptance, Topic};

/// Gossip from the first hub, whoever's log it speaks of.
fn announced(from: &Hub, book: &Book, size: u64) -> (Hub, Announcement) {
    let announcement = Announcement {
        run: book.run(0, size, size),
        asks_cosigning: true,
        cosigned: None,
    };
    (from.clone(), announcement)
}

#[test]
fn a_replaced_log_key_extends_its_hubs_log_at_nobody_who_knows_the_newer_charter() {
    let hubs = found(["MY", "SG", "RW"]);
    let (charter, _) = hubs[2].with_new_log_key("second");
    let mut newer = directory(&hubs);
    newer.adopt_chain(hubs[2].code, &[charter]).unwrap();
    let mut mesh = Mesh::of([Site::new(&hubs[1], newer), Site::new(&hubs[0], directory(&hubs))]);
    let stolen = Book::of(&hubs[2], 30);
    for site in [0, 1] {
        let (relay, announcement) = announced(&hubs[0], &stolen, 30);
        let input = mesh.sites[site].read_gossip(&relay, Topic::Checkpoint, &announcement.encode());
        mesh.give(site, input);
    }
    mesh.run(5_000);
    let held = |site: usize| mesh.sites[site].holds(&hubs[2]);
    assert_eq!(
        (held(0), held(1)),
        (0, 30),
        "the second site does not know of the newer charter"
    );
    assert!(
        mesh.sites[0].seen.blamed.is_empty(),
        "the relay may not know of it either"
    );

    let bundle = stolen.run(0, 30, 30).verify(&mesh.sites[0].directory).unwrap_err();
    assert_eq!(
        (bundle.code(), bundle.acceptance()),
        ("replaced-key", Acceptance::Ignore)
    );
}

#[test]
fn a_hub_that_signs_two_charters_of_one_number_gets_no_relay_blamed() {
    let hubs = found(["MY", "SG", "RW"]);
    let (one, key) = hubs[2].with_new_log_key("one");
    let (other, _) = hubs[2].with_new_log_key("other");
    let knowing = |charter| {
        let mut known = directory(&hubs);
        known.adopt_chain(hubs[2].code, &[charter]).unwrap();
        known
    };
    let (first, second) = (knowing(one), knowing(other));
    let mut announcement = announced(&hubs[0], &Book::of(&hubs[2], 3), 3).1;
    let checkpoint = &mut announcement.run.checkpoint;
    checkpoint.charter = first.chain(hubs[2].code).unwrap().newest().name();
    checkpoint.signature = key.sign(checkpoint.note(&net(), hubs[2].code).body().as_bytes());

    let mut mesh = Mesh::of([Site::new(&hubs[0], first), Site::new(&hubs[1], second)]);
    mesh.connect(0, 1);
    for (from, to) in [(2, 0), (0, 1)] {
        let input = mesh.sites[to].read_gossip(&hubs[from], Topic::Checkpoint, &announcement.encode());
        mesh.give(to, input);
    }
    mesh.run(5_000);
    assert_eq!(mesh.sites[0].holds(&hubs[2]), 3);
    assert_eq!(mesh.sites[1].holds(&hubs[2]), 0);
    assert_eq!(mesh.sites[0].seen.validated.first(), Some(&Acceptance::Forward));
    for site in &mesh.sites {
        assert!(site.seen.blamed.is_empty(), "{:?}", site.seen.blamed);
    }
    let alarms = mesh.sites[1].engine.status().alarms;
    let conflict = alarms.iter().find(|alarm| alarm.code == AlarmCode::CharterConflict);
    assert_eq!(conflict.map(|alarm| alarm.hub), Some(hubs[2].code));
}

#[test]
fn a_peer_that_serves_the_next_charter_of_the_other_branch_shows_the_fork_and_is_not_blamed() {
    let hubs = found(["MY", "SG", "RW"]);
    let (ours, _) = hubs[2].with_new_log_key("ours");
    let mut known = directory(&hubs);
    known.adopt_chain(hubs[2].code, &[ours]).unwrap();
    let mut forked = hubs[2].clone();
    forked.refresh();
    forked.refresh();
    let mut other = directory(&hubs);
    other.adopt_chain(forked.code, forked.chain.records()).unwrap();

    let mut mesh = Mesh::of([Site::new(&hubs[0], known), Site::new(&hubs[1], other)]);
    mesh.connect(0, 1);
    mesh.run(60_000);
    for site in &mesh.sites {
        assert!(site.seen.blamed.is_empty(), "{:?}", site.seen.blamed);
    }
    let alarms = mesh.sites[0].engine.status().alarms;
    let conflict = alarms.iter().find(|alarm| alarm.code == AlarmCode::CharterConflict);
    assert_eq!(conflict.map(|alarm| alarm.hub), Some(hubs[2].code));
    assert_eq!(mesh.sites[0].engine.frontier_entry(hubs[2].code).unwrap().charter, 1);
    let asked = |mesh: &Mesh| {
        let sent = mesh.sites[0].seen.sent.iter();
        sent.filter(|sent| matches!(sent, Message::GetCharters { .. })).count()
    };
    let before = asked(&mesh);
    mesh.run(600_000);
    let more = asked(&mesh) - before;
    assert!(more < 16, "{more} questions in ten minutes");
}

#[test]
fn only_a_signature_that_fails_under_the_named_charter_is_the_relays_fault() {
    let hubs = found(["MY", "SG", "RW"]);
    let known = directory(&hubs);
    let mut announcement = announced(&hubs[0], &Book::of(&hubs[2], 3), 3).1;
    announcement.run.checkpoint.signature[0] ^= 1;
    let fault = announcement.clone().verify(&known).unwrap_err();
    assert_eq!((fault.code(), fault.acceptance()), ("signature", Acceptance::Reject));
    announcement.run.checkpoint.charter.id.0[0] ^= 1;
    let fault = announcement.verify(&known).unwrap_err();
    assert_eq!(
        (fault.code(), fault.acceptance()),
        ("unknown-charter", Acceptance::Ignore)
    );
}

/// What a liar says of a hub: charters without end.
fn many_charters(of: &Hub) -> Message {
    let entry = FrontierEntry {
        charter: 1_000_000,
        epoch: 0,
        size: 0,
        root: ewtp_log::EMPTY_ROOT,
        cosigned_size: 0,
        cosignatures: 0,
    };
    Message::Frontier(Frontier {
        entries: [(of.code, entry)].into(),
    })
}

#[test]
fn a_peer_that_names_charters_without_end_keeps_nobody_from_being_asked() {
    let mut hubs = found(["MY", "SG", "RW", "ET"]);
    let known = directory(&hubs);
    hubs[3].refresh();
    let mut mesh = Mesh::of([
        Site::new(&hubs[0], known.clone()),
        Site::new(&hubs[1], known),
        Site::new(&hubs[2], directory(&hubs)),
    ]);
    mesh.connect(0, 1);
    mesh.say(1, 0, &many_charters(&hubs[3]));
    mesh.connect(0, 2);
    for _ in 0..50 {
        mesh.say(1, 0, &many_charters(&hubs[3]));
        mesh.run(100);
    }
    let newest = mesh.sites[0].engine.frontier_entry(hubs[3].code).unwrap().charter;
    assert_eq!(newest, 1);
    let asked = |mesh: &Mesh| {
        let sent = mesh.sites[0].seen.sent.iter();
        sent.filter(|sent| matches!(sent, Message::GetCharters { .. })).count()
    };
    let before = asked(&mesh);
    for _ in 0..600 {
        mesh.say(1, 0, &many_charters(&hubs[3]));
        mesh.run(1_000);
    }
    let more = asked(&mesh) - before;
    assert!((9..16).contains(&more), "{more} in ten minutes");
}

#[test]
fn a_peer_whose_records_cannot_be_checked_is_asked_ever_less_often() {
    let hubs = found(["MY", "SG", "RW"]);
    let (charter, _) = hubs[2].with_new_log_key("second");
    let mut newer = directory(&hubs);
    newer.adopt_chain(hubs[2].code, std::slice::from_ref(&charter)).unwrap();
    let mut mesh = Mesh::of([Site::new(&hubs[1], newer), Site::new(&hubs[0], directory(&hubs))]);
    mesh.gossips = false;
    let stolen = Book::of(&hubs[2], 30);
    let (relay, announcement) = announced(&hubs[2], &stolen, 30);
    let input = mesh.sites[1].read_gossip(&relay, Topic::Checkpoint, &announcement.encode());
    mesh.give(1, input);
    mesh.connect(0, 1);
    mesh.run(1_000);
    let before = mesh.servings.len();
    mesh.run(600_000);
    let more = mesh.servings.len() - before;
    assert!((9..20).contains(&more), "{more} requests in ten minutes");
    assert!(mesh.sites[0].seen.blamed.is_empty());
}

#[test]
fn a_node_whose_manifest_rests_on_a_revoked_key_has_to_introduce_itself_anew() {
    let mut hubs = found(["MY", "SG", "RW"]);
    let known = directory(&hubs);
    let revoking = hubs[1].with_operator_key_revoked();
    let mut mesh = Mesh::of([Site::new(&hubs[0], known.clone()), Site::new(&hubs[1], known)]);
    mesh.connect(0, 1);
    mesh.run(1_000);
    let peers = |mesh: &Mesh| mesh.sites[0].engine.status().peers.len();
    assert_eq!(peers(&mesh), 1);
    let node = hubs[1].node;
    assert_eq!(mesh.sites[0].directory.node(node), Some(hubs[1].code));

    hubs[1].chain.extend(&revoking).unwrap();
    let newer = directory(&hubs);
    mesh.sites.push(Site::at(&hubs[2], newer, mesh.milliseconds));
    mesh.connect(0, 2);
    mesh.run(5_000);
    assert_eq!(mesh.sites[0].engine.frontier_entry(hubs[1].code).unwrap().charter, 1);
    assert_eq!(mesh.sites[0].directory.node(node), None);
    assert_eq!(
        mesh.sites[0].seen.refused,
        ["its hub revoked the key that signed its manifest"]
    );
    assert_eq!(peers(&mesh), 1, "RW alone");
    mesh.give(0, Input::Connected { node });
    assert_eq!(peers(&mesh), 1, "who it was is not remembered");
}

#[test]
fn a_hub_that_introduces_itself_with_other_charters_than_those_known_raises_the_alarm() {
    let hubs = found(["MY", "SG"]);
    let mut mesh = Mesh::of([Site::new(&hubs[0], directory(&hubs))]);
    let (from, hub) = (hubs[1].node, hubs[1].code);
    let fault = Fault::Conflict { hub, number: 1 };
    mesh.give(
        0,
        Input::Fault {
            from,
            hub: Some(hub),
            fault,
        },
    );
    let alarms = mesh.sites[0].engine.status().alarms;
    assert!(
        alarms
            .iter()
            .any(|alarm| (alarm.code, alarm.hub) == (AlarmCode::CharterConflict, hub))
    );
    assert!(mesh.sites[0].seen.blamed.is_empty());
}

#[test]
fn a_log_that_nobody_can_judge_further_raises_an_alarm_that_ends_when_it_is_judged() {
    let hubs = found(["MY", "SG", "RW"]);
    let mut mesh = Mesh::of([Site::new(&hubs[0], directory(&hubs))]);
    let (relay, announcement) = announced(&hubs[1], &Book::of(&hubs[2], 30), 30);
    let input = mesh.sites[0].read_gossip(&relay, Topic::Checkpoint, &announcement.encode());
    mesh.give(0, input);
    let examined = |mesh: &mut Mesh, hub: &Hub, to| {
        let log = ewtp_record::LogId {
            hub: hub.code,
            epoch: 0,
        };
        let manifests = Vec::new();
        mesh.give(0, Input::Examined { log, to, manifests });
    };
    let undecided = |mesh: &Mesh| {
        let alarms = mesh.sites[0].engine.status().alarms.into_iter();
        let undecided = alarms.filter(|alarm| alarm.code == AlarmCode::Undecided);
        undecided.map(|alarm| alarm.hub).collect::<Vec<_>>()
    };
    examined(&mut mesh, &hubs[0], 1);
    examined(&mut mesh, &hubs[2], 12);
    mesh.run(599_000);
    assert_eq!(undecided(&mesh), []);
    mesh.run(2_000);
    assert_eq!(undecided(&mesh), [hubs[2].code]);
    examined(&mut mesh, &hubs[2], 30);
    assert_eq!(undecided(&mesh), []);
}
