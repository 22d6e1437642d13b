//! Honest hubs agree.

use super::mesh::{Mesh, Site};
use crate::input::Input;
use crate::journal::ToIssue;
use crate::message::{self, Message};
use crate::testing::{Hub, directory, found, pins};
use crate::topic::Acceptance;

fn sites(hubs: &[Hub]) -> Mesh {
    Mesh::of(hubs.iter().map(|hub| Site::new(hub, directory(hubs))))
}

#[test]
fn a_first_start_logs_and_signs_the_genesis_charter() {
    let hubs = found(["MY", "SG"]);
    let mesh = sites(&hubs);
    assert_eq!(mesh.sites[0].holds(&hubs[0]), 1);
    assert_eq!(mesh.sites[0].seen.checkpoints_signed, 1);
}

#[test]
fn two_hubs_agree_by_gossip() {
    let hubs = found(["MY", "SG"]);
    let mut mesh = sites(&hubs);
    mesh.connect(0, 1);
    let ticket = mesh.issue(0, 5);
    mesh.run(1_000);
    assert_eq!(mesh.sites[0].seen.issued[0].0, ticket);
    assert_eq!(mesh.sites[1].holds(&hubs[0]), 6);
    assert!(mesh.sites[1].seen.validated.contains(&Acceptance::Forward));
}

#[test]
fn three_hubs_in_a_row_agree_by_sync_alone() {
    let hubs = found(["MY", "SG", "RW"]);
    let mut mesh = sites(&hubs);
    mesh.gossips = false;
    mesh.connect(0, 1);
    mesh.connect(1, 2);
    for site in 0..3 {
        mesh.issue(site, 700);
    }
    mesh.run(8_000);
    assert_eq!(mesh.sites[2].holds(&hubs[0]), 701);
    mesh.run(60_000);
    assert!(mesh.agrees());
    assert!(mesh.sites.iter().all(|site| site.seen.blamed.is_empty()));
}

#[test]
fn whoever_was_away_catches_up() {
    let hubs = found(["MY", "SG"]);
    let mut mesh = sites(&hubs);
    mesh.connect(0, 1);
    mesh.disconnect(0, 1);
    mesh.gossips = false;
    mesh.issue(0, 900);
    mesh.issue(1, 30);
    mesh.run(2_000);
    mesh.connect(0, 1);
    assert_eq!(
        (mesh.sites[1].holds(&hubs[0]), mesh.sites[0].holds(&hubs[1])),
        (901, 31)
    );
}

#[test]
fn charters_travel_ahead_of_the_log() {
    let mut hubs = found(["MY", "SG", "RW"]);
    for _ in 0..20 {
        hubs[0].refresh();
    }
    let mut mesh = Mesh::of(hubs.iter().map(|hub| Site::new(hub, pins(&hubs))));
    mesh.gossips = false;
    mesh.connect(0, 1);
    mesh.connect(1, 2);
    mesh.run(8_000);
    assert_eq!(mesh.sites[2].holds(&hubs[0]), 21, "in three messages of charters");
    let questions = mesh.sites[2].seen.sent.iter();
    let asked = questions.filter(|sent| matches!(sent, Message::GetCharters { hub, .. } if *hub == hubs[0].code));
    assert!(asked.count() >= 3);
    mesh.run(10_000);
    assert!(mesh.agrees());
}

#[test]
fn charters_that_two_peers_did_not_bring_are_asked_of_a_third() {
    let hubs = found(["MY", "SG", "RW", "TH", "BE"]);
    let mut mesh = Mesh::of(hubs.iter().map(|hub| Site::new(hub, pins(&hubs))));
    mesh.gossips = false;
    mesh.connect(0, 4);
    let promise = Message::Frontier(mesh.sites[0].engine.frontier().clone());
    for silent in [1, 2] {
        mesh.connect_in_vain(3, silent);
        mesh.say(silent, 3, &promise);
    }
    mesh.connect(3, 4);
    assert_eq!(mesh.sites[3].holds(&hubs[0]), 0, "two were asked already");
    mesh.run(10_000);
    assert_eq!(mesh.sites[3].holds(&hubs[0]), 1);
}

#[test]
fn a_peer_that_never_answers_holds_up_no_log_that_another_has() {
    let hubs = found(["MY", "SG", "RW"]);
    for silent in 0..2 {
        let mut mesh = sites(&hubs);
        mesh.gossips = false;
        mesh.connect(0, 1);
        mesh.issue(0, 700);
        mesh.run(3_000);
        assert_eq!(mesh.sites[1].holds(&hubs[0]), 701);
        mesh.sites[silent].never_serves = true;
        mesh.connect(2, silent);
        mesh.connect(2, 1 - silent);
        mesh.run(7_000);
        assert_eq!(mesh.sites[2].holds(&hubs[0]), 701, "while site {silent} is silent");
    }
}

#[test]
fn a_node_whose_manifest_ended_is_forgotten_by_the_engines_own_clock() {
    let hubs = found(["MY", "SG"]);
    let mut mesh = sites(&hubs);
    mesh.connect(0, 1);
    let known = |mesh: &Mesh| mesh.sites[1].directory.manifests(hubs[0].code).count();
    assert_eq!(known(&mesh), 1);
    let day = 86_400_000;
    mesh.milliseconds = 89 * day;
    mesh.give(1, Input::Tick);
    assert_eq!(known(&mesh), 1);
    mesh.milliseconds = 91 * day;
    mesh.give(1, Input::Tick);
    assert_eq!(known(&mesh), 0);
    assert_eq!(mesh.sites[1].directory.node(hubs[0].node), None);
}

#[test]
fn equal_frontiers_cost_digests_only() {
    let hubs = found(["MY", "SG"]);
    let mut mesh = sites(&hubs);
    mesh.connect(0, 1);
    mesh.issue(0, 3);
    mesh.run(30_000);
    assert!(mesh.agrees());
    mesh.sites.iter_mut().for_each(|site| site.seen.sent.clear());
    mesh.run(300_000);
    let sent: Vec<&Message> = mesh.sites.iter().flat_map(|site| &site.seen.sent).collect();
    assert!(sent.iter().all(|sent| matches!(sent, Message::Digest(_))));
    assert!(sent.len() >= 5, "{} digests in five minutes", sent.len());
    let bytes: usize = sent.iter().map(|sent| 4 + message::encode(sent).len()).sum();
    assert!(bytes <= 5 * 64, "{bytes} bytes in five minutes");
}

#[test]
fn what_gossip_loses_after_a_quiet_time_arrives_within_seconds() {
    let hubs = found(["MY", "SG", "RW", "TH"]);
    let mut mesh = sites(&hubs);
    for (a, b) in [(0, 1), (0, 2), (2, 3)] {
        mesh.connect(a, b);
    }
    mesh.run(90_000);
    assert!(mesh.agrees());
    mesh.gossips = false;
    mesh.issue(0, 1);
    mesh.run(5_500);
    assert_eq!(mesh.sites[3].holds(&hubs[0]), 2, "one digest, then a push");
    // Both neighbours cosign, and the new set must travel as far.
    mesh.run(20_000);
    let at_end = mesh.sites[3].engine.frontier().entries[&hubs[0].code];
    assert_eq!((at_end.cosigned_size, at_end.cosignatures), (2, 2));
    assert!(mesh.agrees());
}

#[test]
fn the_panel_cosigns_and_everyone_learns_of_it() {
    let hubs = found(["MY", "SG", "RW"]);
    let mut mesh = sites(&hubs);
    mesh.connect(0, 1);
    mesh.connect(1, 2); // RW is not connected to MY: its cosignature goes by gossip
    mesh.issue(0, 2);
    mesh.run(10_000);
    for site in &mesh.sites {
        let entry = site.engine.frontier().entries[&hubs[0].code];
        assert_eq!(
            (entry.cosigned_size, entry.cosignatures),
            (3, 2),
            "at {}",
            site.hub.code
        );
    }
}

#[test]
fn a_hub_that_is_carried_later_comes_from_what_peers_said_before() {
    let hubs = found(["MY", "SG", "RW"]);
    let mut mesh = Mesh::of([
        Site::new(&hubs[0], directory(&hubs)),
        Site::new(&hubs[1], directory(&hubs)),
        Site::new(&hubs[2], directory(&hubs[1..])),
    ]);
    mesh.gossips = false;
    mesh.connect(0, 1);
    mesh.connect(1, 2);
    mesh.run(5_000);
    assert_eq!(mesh.sites[2].holds(&hubs[0]), 0);
    mesh.sites[2].engine.carry(hubs[0].code, hubs[0].genesis()).unwrap();
    mesh.run(1_000);
    assert_eq!(mesh.sites[2].holds(&hubs[0]), 1);
}

#[test]
fn an_answer_waits_until_the_signed_checkpoint_is_durable() {
    let hubs = found(["MY", "SG"]);
    let mut mesh = sites(&hubs);
    let before = mesh.sites[0].seen.checkpoints_signed;
    mesh.sites[0].disk_stands_still = true;
    mesh.issue(0, 1);
    let told: Vec<(usize, usize)> = (0..20)
        .map(|commit| {
            let commit = crate::CommitId(commit);
            mesh.give(0, Input::Committed { commit });
            let seen = &mesh.sites[0].seen;
            (seen.checkpoints_signed - before, seen.issued.len())
        })
        .collect();
    let mut moments = told.clone();
    moments.dedup();
    assert_eq!(
        moments,
        [(0, 0), (1, 0), (1, 1)],
        "records, signature, answer: {told:?}"
    );
}

#[test]
fn the_same_records_resent_grow_the_log_by_none() {
    let hubs = found(["MY", "SG"]);
    let mut mesh = sites(&hubs);
    let records: Vec<_> = (0..5)
        .map(|number| ToIssue::at_any_time(hubs[0].record(number)))
        .collect();
    for ticket in 0..3 {
        let issue = Input::Issue {
            ticket: Some(crate::Ticket(ticket)),
            records: records.clone(),
            looked_up_to: u64::MAX,
            covering: 0,
        };
        mesh.give(0, issue);
    }
    let answers: Vec<_> = mesh.sites[0]
        .seen
        .issued
        .iter()
        .map(|(_, answers)| answers.clone())
        .collect();
    assert_eq!(answers, vec![answers[0].clone(); 3]);
    assert_eq!(mesh.sites[0].holds(&hubs[0]), 6);
}
