//! Forged cosignatures cost little and keep no true one out.

use super::mesh::{Mesh, Site};
use crate::input::{GossipId, Input};
use crate::limits::{COSIGNATURE_TRIES_MAX, RELAYED_COSIGNATURES_MAX};
use crate::message::{Cosignature, Message};
use crate::testing::{Hub, at, directory, found};
use crate::topic::Acceptance;

/// MY and SG, connected; RW and ET are names only, whose keys the tests have, and witness MY too.
fn pair() -> ([Hub; 4], Mesh) {
    let hubs = found(["MY", "SG", "RW", "ET"]);
    let mut mesh = Mesh::of(hubs[..2].iter().map(|hub| Site::new(hub, directory(&hubs))));
    mesh.connect(0, 1);
    mesh.issue(0, 50);
    mesh.run(10_000);
    (hubs, mesh)
}

/// What a witness says of MY's newest checkpoint.
fn cosignature(mesh: &Mesh, witness: &Hub) -> Cosignature {
    let signed = mesh.sites[0].engine.journal.signed().unwrap().checkpoint.clone();
    let hub = mesh.sites[0].hub.code;
    Cosignature {
        hub,
        epoch: 0,
        size: signed.size,
        witness: witness.cosign(hub, &signed, at(mesh.milliseconds).unix),
    }
}

fn forged(mesh: &Mesh, witness: &Hub, number: u8) -> Cosignature {
    let mut forged = cosignature(mesh, witness);
    forged.witness.signature[..2].copy_from_slice(&[number, 0xee]);
    forged
}

/// Gives a site a cosignature by gossip. What it did with it.
fn hear(mesh: &mut Mesh, site: usize, from: &Hub, cosignature: Cosignature) -> Acceptance {
    let gossip = GossipId {
        id: [0; 16],
        from: from.node,
    };
    mesh.give(site, Input::Cosignature { gossip, cosignature });
    *mesh.sites[site].seen.validated.last().unwrap()
}

fn witnesses(mesh: &Mesh) -> u32 {
    let hub = mesh.sites[0].hub.code;
    mesh.sites[0].engine.frontier_entry(hub).unwrap().cosignatures
}

#[test]
fn forgeries_in_the_name_of_a_witness_do_not_keep_its_true_cosignature_out() {
    let (hubs, mut mesh) = pair();
    let before = witnesses(&mesh);
    for number in 0..100 {
        let forged = forged(&mesh, &hubs[2], number);
        assert_eq!(hear(&mut mesh, 0, &hubs[3], forged), Acceptance::Ignore);
    }
    let truth = cosignature(&mesh, &hubs[2]);
    hear(&mut mesh, 0, &hubs[3], truth.clone());
    assert_eq!(
        witnesses(&mesh),
        before,
        "who brought so many forgeries is not heard for a while"
    );
    hear(&mut mesh, 0, &hubs[1], truth);
    assert_eq!(witnesses(&mesh), before + 1);
    assert!(mesh.sites[0].seen.blamed.is_empty());
}

#[test]
fn a_witness_that_comes_itself_is_heard_whatever_was_forged_in_its_name() {
    let (hubs, mut mesh) = pair();
    mesh.sites[1].signs = false; // so that its cosignature comes when the test says so
    mesh.issue(0, 1);
    mesh.run(1_000);
    for from in &hubs {
        for number in 0..20 {
            let forged = forged(&mesh, &hubs[1], number);
            hear(&mut mesh, 0, from, forged);
        }
    }
    let has_it = |mesh: &Mesh| {
        let signed = mesh.sites[0].engine.journal.signed().unwrap().checkpoint.size;
        let best = mesh.sites[0].engine.collection.best();
        best.is_some_and(|best| {
            best.checkpoint.size == signed && best.cosignatures.iter().any(|known| known.hub == hubs[1].code)
        })
    };
    assert!(!has_it(&mesh));
    let truth = cosignature(&mesh, &hubs[1]);
    hear(&mut mesh, 0, &hubs[1], truth.clone());
    assert!(!has_it(&mesh), "through whoever brought forgeries it does not come");
    mesh.say(1, 0, &Message::Cosignature(truth));
    assert!(has_it(&mesh));
}

#[test]
fn a_relay_that_knows_the_root_passes_on_one_forgery_and_the_true_one() {
    let (hubs, mut mesh) = pair();
    let mut passed = 0;
    for number in 0..100 {
        let forged = forged(&mesh, &hubs[2], number);
        passed += usize::from(hear(&mut mesh, 1, &hubs[3], forged) == Acceptance::Forward);
    }
    assert_eq!(passed, 1, "an honest one comes alone and is not checked");
    let truth = cosignature(&mesh, &hubs[2]);
    assert_eq!(hear(&mut mesh, 1, &hubs[0], truth), Acceptance::Forward);
    let again = (0..100).filter(|seconds| {
        let mut other = cosignature(&mesh, &hubs[2]);
        let signed = mesh.sites[0].engine.journal.signed().unwrap().checkpoint.clone();
        other.witness = hubs[2].cosign(hubs[0].code, &signed, other.witness.time.plus(*seconds));
        hear(&mut mesh, 1, &hubs[0], other) == Acceptance::Forward
    });
    assert_eq!(
        again.count() + 2,
        usize::from(RELAYED_COSIGNATURES_MAX),
        "a witness that signs without end"
    );
    mesh.run(2_000);
    let truth = cosignature(&mesh, &hubs[2]);
    assert_eq!(hear(&mut mesh, 1, &hubs[3], truth), Acceptance::Forward);
}

#[test]
fn a_relay_that_cannot_check_passes_on_a_few_of_each_sender() {
    let hubs = found(["MY", "SG", "RW", "ET"]);
    // SG does not carry RW, so it knows no key of that witness.
    let known: Vec<Hub> = [&hubs[0], &hubs[1], &hubs[3]].into_iter().cloned().collect();
    let mut mesh = Mesh::of([
        Site::new(&hubs[0], directory(&hubs)),
        Site::new(&hubs[1], directory(&known)),
    ]);
    mesh.connect(0, 1);
    mesh.run(5_000);
    for (from, first) in [(&hubs[3], 1), (&hubs[0], 0)] {
        let passed = (0..100).filter(|number| {
            let forged = forged(&mesh, &hubs[2], *number);
            hear(&mut mesh, 1, from, forged) == Acceptance::Forward
        });
        assert_eq!(passed.count(), usize::from(COSIGNATURE_TRIES_MAX) + first);
    }
    let unknown = Cosignature {
        size: 1_000_000, // nobody signed this size
        ..forged(&mesh, &hubs[3], 0)
    };
    assert_eq!(hear(&mut mesh, 1, &hubs[0], unknown), Acceptance::Ignore);
}

#[test]
fn what_only_passes_through_keeps_nothing_back_that_is_due() {
    let (hubs, mut mesh) = pair();
    let (gossip, cosignature) = (
        GossipId {
            id: [0; 16],
            from: hubs[3].node,
        },
        cosignature(&mesh, &hubs[2]),
    );
    let engine = &mut mesh.sites[1].engine;
    let due = engine.next_deadline();
    let due_ms = u64::try_from(due.as_millis()).unwrap();
    for (milliseconds, is_done) in [(due_ms - 1, false), (due_ms + 1, true)] {
        let cosignature = cosignature.clone();
        engine.handle(Input::Cosignature { gossip, cosignature }, at(milliseconds));
        assert_eq!(engine.next_deadline() > due, is_done);
    }
}
