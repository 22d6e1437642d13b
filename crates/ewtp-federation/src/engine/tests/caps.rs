//! What an operator lets a node keep for others: a full cap refuses, evicts nothing and says so.

use bytes::Bytes;

use super::mesh::{Mesh, Site};
use crate::alarm::AlarmCode;
use crate::caps::NotCarried;
use crate::fetch::RequestId;
use crate::input::Input;
use crate::testing::{Book, Hub, directory, found, pins};

/// Three hubs in a row, all by sync.
fn row(hubs: &[Hub]) -> Mesh {
    let mut mesh = Mesh::of(hubs.iter().map(|hub| Site::new(hub, directory(hubs))));
    mesh.gossips = false;
    mesh.connect(0, 1);
    mesh.connect(1, 2);
    mesh
}

fn raised(mesh: &Mesh, site: usize, code: AlarmCode, hub: &Hub) -> bool {
    let alarms = mesh.sites[site].engine.status().alarms;
    alarms.iter().any(|alarm| (alarm.code, alarm.hub) == (code, hub.code))
}

/// Records of a log from one to another index, as an answer to nothing that was asked.
fn bring(mesh: &mut Mesh, site: usize, book: &Book, from: u64, to: u64) {
    let run = book.run(from, to, to);
    let run = run.verify(&mesh.sites[site].directory).unwrap();
    let (from, request) = (mesh.sites[0].hub.node, RequestId(u64::MAX));
    mesh.give(site, Input::Bundle { from, request, run });
}

#[test]
fn a_log_at_its_cap_stands_still_and_is_served_and_a_greater_cap_lets_it_go_on() {
    let hubs = found(["MY", "SG", "RW"]);
    let mut mesh = row(&hubs);
    mesh.issue(0, 5);
    mesh.run(3_000);
    let held = mesh.sites[1].disk.restore();
    let held = held.logs.iter().find(|log| log.log.hub == hubs[0].code).unwrap();
    mesh.sites[1].engine.caps.carried_bytes_each = held.bytes + 10;
    mesh.issue(0, 5);
    mesh.issue(2, 2);
    mesh.run(10_000);
    assert_eq!(mesh.sites[0].holds(&hubs[0]), 11);
    assert_eq!(mesh.sites[1].holds(&hubs[0]), 6, "nothing beyond the cap is taken");
    assert_eq!(mesh.sites[2].holds(&hubs[0]), 6, "and what is held is served");
    assert_eq!(mesh.sites[0].holds(&hubs[2]), 3, "other logs go on");
    assert!(raised(&mesh, 1, AlarmCode::CarriedLogFull, &hubs[0]));
    assert!(mesh.sites.iter().all(|site| site.seen.blamed.is_empty()));

    // It starts again and its operator has raised the cap.
    mesh.restart(1, None);
    mesh.connect(0, 1);
    mesh.connect(1, 2);
    mesh.run(10_000);
    assert_eq!(mesh.sites[2].holds(&hubs[0]), 11);
    assert!(!raised(&mesh, 1, AlarmCode::CarriedLogFull, &hubs[0]));
}

#[test]
fn a_log_at_its_cap_still_convicts_its_hub_of_a_second_history() {
    let hubs = found(["MY", "SG", "RW"]);
    let mut mesh = Mesh::of([Site::new(&hubs[0], directory(&hubs))]);
    let (one, other) = (
        Book::of(&hubs[2], 30),
        Book::new(&hubs[2], vec![Bytes::from_static(b"x"); 30]),
    );
    bring(&mut mesh, 0, &one, 0, 30);
    mesh.sites[0].engine.caps.carried_bytes_each = 1;
    let longer = Book::of(&hubs[2], 40);
    bring(&mut mesh, 0, &longer, 30, 40);
    assert!(raised(&mesh, 0, AlarmCode::CarriedLogFull, &hubs[2]));
    assert!(!raised(&mesh, 0, AlarmCode::LogSplit, &hubs[2]));
    bring(&mut mesh, 0, &other, 0, 30);
    assert!(raised(&mesh, 0, AlarmCode::LogSplit, &hubs[2]));
    assert!(
        !raised(&mesh, 0, AlarmCode::CarriedLogFull, &hubs[2]),
        "it stands still for another reason now"
    );
}

#[test]
fn what_waits_or_is_known_already_fills_no_log() {
    let hubs = found(["MY", "SG", "RW"]);
    let mut mesh = Mesh::of([Site::new(&hubs[0], directory(&hubs))]);
    let book = Book::new(&hubs[1], vec![Bytes::from(vec![7; 1_000]); 64]);
    mesh.sites[0].engine.caps.carried_bytes_each = 64_000;
    for start in (0..64).rev() {
        bring(&mut mesh, 0, &book, start, 64.min(start + 2));
        assert!(!raised(&mesh, 0, AlarmCode::CarriedLogFull, &hubs[1]), "{start}");
    }
    for start in 0..64 {
        bring(&mut mesh, 0, &book, start, 64.min(start + 2));
        assert!(!raised(&mesh, 0, AlarmCode::CarriedLogFull, &hubs[1]), "{start}");
    }
    assert_eq!(mesh.sites[0].holds(&hubs[1]), 64);
}

#[test]
fn the_alarm_of_a_full_log_ends_when_nothing_is_missing_any_more() {
    let hubs = found(["MY", "SG", "RW"]);
    let mut mesh = Mesh::of([Site::new(&hubs[0], directory(&hubs))]);
    let book = Book::new(&hubs[1], vec![Bytes::from(vec![7; 1_000]); 8]);
    mesh.sites[0].engine.caps.carried_bytes_each = 7_000;
    bring(&mut mesh, 0, &book, 0, 4);
    bring(&mut mesh, 0, &book, 4, 8);
    assert_eq!(mesh.sites[0].holds(&hubs[1]), 4);
    assert!(raised(&mesh, 0, AlarmCode::CarriedLogFull, &hubs[1]));
    bring(&mut mesh, 0, &book, 4, 7);
    assert_eq!(mesh.sites[0].holds(&hubs[1]), 7, "a smaller part fits");
    assert!(
        raised(&mesh, 0, AlarmCode::CarriedLogFull, &hubs[1]),
        "the last is missing"
    );
    mesh.sites[0].engine.caps.carried_bytes_each = 8_000;
    bring(&mut mesh, 0, &book, 4, 8);
    assert_eq!(mesh.sites[0].holds(&hubs[1]), 8);
    assert!(!raised(&mesh, 0, AlarmCode::CarriedLogFull, &hubs[1]));
}

#[test]
fn a_hub_beyond_the_cap_is_refused_and_those_carried_stay() {
    let hubs = found(["MY", "SG", "RW"]);
    let mut mesh = Mesh::of([
        Site::new(&hubs[0], pins(&hubs[..2])),
        Site::new(&hubs[1], directory(&hubs[..2])),
    ]);
    mesh.connect(0, 1);
    let engine = &mut mesh.sites[0].engine;
    engine.caps.carried_hubs = 1;
    let refused = engine.carry(hubs[2].code, hubs[2].genesis());
    assert_eq!(refused, Err(NotCarried::Full { max: 1 }));
    assert_eq!(
        engine.carry(hubs[1].code, hubs[1].genesis()),
        Ok(()),
        "it is carried already"
    );
    assert!(!engine.frontier().entries.contains_key(&hubs[2].code));
    assert!(raised(&mesh, 0, AlarmCode::CarriedHubsFull, &hubs[0]));
    mesh.issue(1, 3);
    mesh.run(3_000);
    assert_eq!(mesh.sites[0].holds(&hubs[1]), 4);
    mesh.run(895_000);
    assert!(raised(&mesh, 0, AlarmCode::CarriedHubsFull, &hubs[0]));
    mesh.run(5_000);
    assert!(!raised(&mesh, 0, AlarmCode::CarriedHubsFull, &hubs[0]), "it was told");
}

#[test]
fn windows_of_all_logs_share_their_room_and_every_log_goes_on() {
    let hubs = found(["MY", "SG", "RW"]);
    let mut mesh = Mesh::of([Site::new(&hubs[0], directory(&hubs))]);
    let room = 1 << 20;
    mesh.sites[0].engine.caps.window_bytes = room;
    let books = [1, 2].map(|hub: usize| Book::new(&hubs[hub], vec![Bytes::from(vec![7; 60_000]); 64]));
    for start in (2..64).step_by(2) {
        for book in &books {
            bring(&mut mesh, 0, book, start, start + 2);
            let engine = &mesh.sites[0].engine;
            let waiting: usize = engine
                .replicas
                .values()
                .map(crate::replica::Replica::window_bytes)
                .sum();
            assert!(waiting <= room, "{waiting}");
        }
    }
    for book in &books {
        for start in (0..64).step_by(2) {
            bring(&mut mesh, 0, book, start, start + 2);
        }
    }
    assert_eq!((mesh.sites[0].holds(&hubs[1]), mesh.sites[0].holds(&hubs[2])), (64, 64));
}

#[test]
fn records_of_one_byte_count_on_their_way_to_the_disk_with_what_they_cost() {
    let hubs = found(["MY", "SG", "RW"]);
    let mut mesh = Mesh::of([Site::new(&hubs[0], directory(&hubs))]);
    mesh.sites[0].disk_stands_still = true;
    let book = Book::new(&hubs[1], vec![Bytes::from_static(b"x"); 256]);
    bring(&mut mesh, 0, &book, 0, 256);
    let engine = &mesh.sites[0].engine;
    assert!(engine.uncommitted_bytes > 256 * 60, "{}", engine.uncommitted_bytes);

    let caps = crate::Caps::default().within_memory(64 << 20);
    assert_eq!(caps.uncommitted_bytes_hard(), 16 << 20);
    let engine = &mut mesh.sites[0].engine;
    engine.caps.uncommitted_bytes = 1_000;
    bring(&mut mesh, 0, &Book::of(&hubs[2], 9), 0, 9);
    assert_eq!(
        mesh.sites[0].engine.replicas[&hubs[2].code].size(),
        0,
        "dropped, and pulled later"
    );
}
