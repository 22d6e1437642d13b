//! What one announcement costs the mesh: unsigned bytes around what a hub signed multiply nothing.

use super::mesh::{Mesh, Site};
use crate::announcement::Announcement;
use crate::checkpoint::CosignedCheckpoint;
use crate::input::{GossipId, Input};
use crate::testing::{Book, Hub, directory, found};
use crate::topic::Acceptance;

/// MY and SG, connected; RW is a name only, whose keys the tests have.
fn pair() -> ([Hub; 3], Mesh) {
    let hubs = found(["MY", "SG", "RW"]);
    let mut mesh = Mesh::of(hubs[..2].iter().map(|hub| Site::new(hub, directory(&hubs))));
    mesh.connect(0, 1);
    mesh.run(10_000);
    (hubs, mesh)
}

fn announced(book: &Book, start: u64, size: u64) -> Announcement {
    Announcement {
        run: book.run(start, size, size),
        asks_cosigning: false,
        cosigned: None,
    }
}

/// Gives SG an announcement that comes from MY's node. What it did with it.
fn hear(mesh: &mut Mesh, announcement: &Announcement) -> Acceptance {
    let verified = Announcement::decode(&announcement.encode())
        .unwrap()
        .verify(&mesh.sites[1].directory)
        .unwrap();
    let gossip = GossipId {
        id: [0; 16],
        from: mesh.sites[0].hub.node,
    };
    let announcement = Box::new(verified);
    mesh.give(1, Input::Announcement { gossip, announcement });
    *mesh.sites[1].seen.validated.last().unwrap()
}

fn forwarded(mesh: &mut Mesh, announcements: impl IntoIterator<Item = Announcement>) -> usize {
    let heard = announcements.into_iter().map(|announcement| hear(mesh, &announcement));
    heard.filter(|acceptance| *acceptance == Acceptance::Forward).count()
}

#[test]
fn an_announcement_with_other_cosignatures_put_to_it_is_passed_on_once() {
    let (hubs, mut mesh) = pair();
    let book = Book::of(&hubs[2], 20);
    let set = book.cosigned(20, &[&hubs[0]]);
    let copies = (0..300_u64).map(|number| {
        let mut set: CosignedCheckpoint = set.clone();
        set.cosignatures[0].signature[..8].copy_from_slice(&number.to_be_bytes());
        set.cosignatures[0].time.0 += number;
        Announcement {
            asks_cosigning: number % 2 == 0,
            cosigned: Some(set),
            ..announced(&book, 0, 20)
        }
    });
    assert_eq!(forwarded(&mut mesh, copies), 0, "we can tell that these are forged");
    assert!(
        mesh.sites[1].seen.blamed.is_empty(),
        "a relay without MY's charter could not"
    );
    assert_eq!(mesh.sites[1].holds(&hubs[2]), 20, "the records are proven all the same");
    let whole = Announcement {
        cosigned: Some(set),
        ..announced(&book, 0, 20)
    };
    assert_eq!(
        hear(&mut mesh, &whole),
        Acceptance::Forward,
        "a forgery does not stand for it"
    );
    assert_eq!(hear(&mut mesh, &whole), Acceptance::Ignore);
}

#[test]
fn an_announcement_that_is_cut_anew_is_passed_on_a_few_times() {
    let (hubs, mut mesh) = pair();
    let book = Book::of(&hubs[2], 200);
    let cut = |start, asks_cosigning| Announcement {
        asks_cosigning,
        ..announced(&book, start, 200)
    };
    let copies = (0..=200).rev().flat_map(|start| [cut(start, false), cut(start, true)]);
    assert_eq!(
        forwarded(&mut mesh, copies),
        3,
        "the checkpoint alone, the one that asks, and the one with the records"
    );
    assert_eq!(mesh.sites[1].holds(&hubs[2]), 200);
}

#[test]
fn a_node_whose_disk_stands_still_does_not_multiply_what_it_cannot_keep() {
    let (hubs, mut mesh) = pair();
    let engine = &mut mesh.sites[1].engine;
    engine.uncommitted_bytes = engine.caps.uncommitted_bytes_hard() + 1;
    let book = Book::of(&hubs[2], 200);
    let copies = (0..200).map(|start| announced(&book, start, 200));
    assert_eq!(forwarded(&mut mesh, copies), 1);
}

#[test]
fn a_set_that_a_split_keeps_from_being_held_is_passed_on_once() {
    let (hubs, mut mesh) = pair();
    let book = Book::of(&hubs[2], 20);
    hear(&mut mesh, &announced(&book, 0, 12));
    hear(&mut mesh, &announced(&book.fork(5), 12, 20));
    let with_set = |start| Announcement {
        cosigned: Some(book.cosigned(12, &[&hubs[0]])),
        ..announced(&book, start, 20)
    };
    assert_eq!(forwarded(&mut mesh, (0..20).map(with_set)), 1);
}

#[test]
fn what_a_hub_announces_beyond_its_share_is_not_passed_on_and_others_are_not_kept_back() {
    let (hubs, mut mesh) = pair();
    let loud = Book::new(
        &hubs[2],
        (0..2_000_u32).map(|index| {
            let mut record = vec![7; 12_000];
            record[..4].copy_from_slice(&index.to_be_bytes());
            bytes::Bytes::from(record)
        }),
    );
    let of_loud = (1..=300).map(|size| announced(&loud, size - 1, size));
    let passed = forwarded(&mut mesh, of_loud);
    assert!((100..160).contains(&passed), "{passed} of 300 in one moment");
    assert_eq!(mesh.sites[1].holds(&hubs[2]), 300, "and nothing is lost here");
    mesh.issue(0, 3);
    assert_eq!(mesh.sites[1].seen.validated.last(), Some(&Acceptance::Forward));
}
