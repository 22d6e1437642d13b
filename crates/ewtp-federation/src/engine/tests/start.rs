//! How a log starts again: what may be signed, and what must be asked first.

use super::mesh::{Mesh, Site};
use crate::alarm::AlarmCode;
use crate::engine::NotResumed;
use crate::frontier::{Frontier, FrontierEntry};
use crate::input::NotIssued;
use crate::journal::OwnLog;
use crate::message::Message;
use crate::testing::{Hub, directory, found};

/// MY, SG and RW, connected and agreed, after MY issued once.
fn three() -> ([Hub; 3], Mesh) {
    let hubs = found(["MY", "SG", "RW"]);
    let mut mesh = Mesh::of(hubs.iter().map(|hub| Site::new(hub, directory(&hubs))));
    for (a, b) in [(0, 1), (0, 2), (1, 2)] {
        mesh.connect(a, b);
    }
    mesh.issue(0, 3);
    mesh.run(10_000);
    assert!(mesh.agrees());
    (hubs, mesh)
}

fn raised(mesh: &Mesh, code: AlarmCode) -> bool {
    let alarms = mesh.sites[0].engine.status().alarms;
    alarms.iter().any(|alarm| alarm.code == code)
}

fn own_log(mesh: &Mesh) -> OwnLog {
    mesh.sites[0].engine.status().own_log
}

#[test]
fn a_log_that_never_signed_signs_at_once() {
    let hubs = found(["MY", "SG"]);
    let mesh = Mesh::of([Site::new(&hubs[0], directory(&hubs))]);
    assert_eq!(mesh.sites[0].seen.checkpoints_signed, 1);
    assert!(!raised(&mesh, AlarmCode::StartedAlone));
}

#[test]
fn a_log_that_signed_before_waits_for_the_word_of_its_peers() {
    let (hubs, mut mesh) = three();
    mesh.restart(0, None);
    let ticket = mesh.issue(0, 1);
    mesh.run(9_000);
    assert_eq!(own_log(&mesh), OwnLog::Waits(None));
    assert_eq!(
        (mesh.sites[0].seen.checkpoints_signed, mesh.sites[0].seen.issued.len()),
        (0, 0)
    );
    mesh.connect(0, 1);
    assert_eq!(
        mesh.sites[0].seen.issued[0].0, ticket,
        "SG confirmed, and what waited was issued"
    );
    assert_eq!(own_log(&mesh), OwnLog::Signs);
    assert!(!raised(&mesh, AlarmCode::StartedAlone));
    mesh.run(1_000);
    assert_eq!(mesh.sites[1].holds(&hubs[0]), 5);
}

#[test]
fn alone_it_signs_after_ten_seconds_and_says_so_until_a_peer_confirms() {
    let (_, mut mesh) = three();
    mesh.restart(0, None);
    mesh.issue(0, 1);
    mesh.run(10_100);
    assert_eq!(mesh.sites[0].seen.checkpoints_signed, 1);
    assert!(raised(&mesh, AlarmCode::StartedAlone));
    mesh.connect(0, 2);
    assert!(!raised(&mesh, AlarmCode::StartedAlone));
}

#[test]
fn a_record_that_was_durable_and_unsigned_is_not_signed_at_start() {
    let (_, mut mesh) = three();
    mesh.sites[0].signs = false;
    mesh.issue(0, 1);
    mesh.restart(0, None);
    mesh.run(9_000);
    assert_eq!(mesh.sites[0].seen.checkpoints_signed, 0);
    mesh.connect(0, 1);
    assert_eq!(mesh.sites[0].seen.checkpoints_signed, 1);
}

#[test]
fn what_a_crash_left_unsigned_is_signed_in_the_name_of_the_charter_that_waits_to_be_logged() {
    let (hubs, mut mesh) = three();
    mesh.sites[0].signs = false;
    mesh.issue(0, 1);
    let (charter, _) = hubs[0].with_new_log_key("second");
    mesh.sites[0].hub.chain.extend(&charter).unwrap();
    mesh.restart(0, None);
    let unsigned = mesh.sites[0].disk.records[&mesh.sites[0].engine.journal.log()].len() as u64;
    mesh.run(11_000);
    assert_eq!(
        mesh.sites[0].seen.checkpoints_signed, 1,
        "the new key signs nothing in the name of the charter before"
    );
    let signed = &mesh.sites[0].engine.journal.signed().unwrap().checkpoint;
    assert_eq!((signed.charter.number, signed.size), (1, unsigned + 1));
}

#[test]
fn an_old_copy_of_a_folder_halts_at_the_word_of_its_peers_and_stays_halted() {
    let (hubs, mut mesh) = three();
    let copy = mesh.sites[0].disk.clone();
    mesh.issue(0, 2);
    mesh.run(3_000);
    mesh.restart(0, Some(copy));
    let ticket = mesh.issue(0, 1);
    mesh.connect(0, 1);
    let OwnLog::Halted(Some(halt)) = own_log(&mesh) else {
        panic!("SG showed a longer log");
    };
    assert_eq!((halt.shown.size, halt.by), (6, hubs[1].node));
    assert_eq!(mesh.sites[0].seen.checkpoints_signed, 0);
    assert_eq!(mesh.sites[0].seen.not_issued, [(Some(ticket), NotIssued::Halted)]);

    mesh.restart(0, None);
    mesh.run(20_000);
    mesh.issue(0, 1);
    assert!(raised(&mesh, AlarmCode::OwnLogAhead));
    assert_eq!(
        (
            mesh.sites[0].seen.checkpoints_signed,
            mesh.sites[0].seen.not_issued.len()
        ),
        (0, 1)
    );
}

#[test]
fn an_operator_lets_a_halted_log_go_on_and_no_one_else() {
    let (_, mut mesh) = three();
    let copy = mesh.sites[0].disk.clone();
    mesh.issue(0, 2);
    mesh.run(3_000);
    mesh.restart(0, Some(copy));
    mesh.connect(0, 1);
    let engine = &mut mesh.sites[0].engine;
    assert_eq!(engine.resume_own_log(5), Err(NotResumed::Beyond { size: 6 }));
    assert_eq!(engine.resume_own_log(6), Ok(()));
    assert_eq!(engine.resume_own_log(6), Err(NotResumed::NotHeld));
    mesh.issue(0, 1);
    mesh.run(20_000);
    assert_eq!(
        own_log(&mesh),
        OwnLog::Signs,
        "what the operator knows of halts it no more"
    );
    assert!(!raised(&mesh, AlarmCode::OwnLogAhead));
    assert_eq!(mesh.sites[0].seen.issued.len(), 1);

    mesh.restart(0, None);
    assert_eq!(own_log(&mesh), OwnLog::Waits(None));
}

#[test]
fn one_liar_of_three_does_not_hold_a_start_and_a_majority_does() {
    let hubs = found(["MY", "SG", "RW", "ET"]);
    let mut mesh = Mesh::of(hubs.iter().map(|hub| Site::new(hub, directory(&hubs))));
    for (a, b) in [(0, 1), (0, 2), (0, 3)] {
        mesh.connect(a, b);
    }
    mesh.run(10_000);
    let lie = |mesh: &mut Mesh, from| {
        let entry = FrontierEntry {
            charter: 0,
            epoch: 0,
            size: 1_000,
            root: ewtp_log::Hash([7; 32]),
            cosigned_size: 0,
            cosignatures: 0,
        };
        let entries = [(hubs[0].code, entry)].into();
        mesh.say(from, 0, &Message::Frontier(Frontier { entries }));
    };
    mesh.restart(0, None);
    for peer in [1, 2] {
        mesh.connect_in_vain(0, peer);
        lie(&mut mesh, peer);
    }
    mesh.run(11_000);
    assert_eq!(own_log(&mesh), OwnLog::Waits(Some(1_000)));
    assert!(raised(&mesh, AlarmCode::StartHeld));
    assert_eq!(
        mesh.sites[0].engine.resume_own_log(999),
        Err(NotResumed::Beyond { size: 1_000 })
    );
    mesh.disconnect(0, 2);
    mesh.connect(0, 2);
    mesh.connect(0, 3);
    assert_eq!(own_log(&mesh), OwnLog::Signs);
    assert!(!raised(&mesh, AlarmCode::StartHeld));
}
