//! Under which charter a log may grow here.

use super::mesh::{Mesh, Site};
use crate::announcement::Announcement;
use crate::testing::{Book, Hub, directory, found};
use crate::topic::Acceptance;

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
        let input = mesh.sites[site].read_gossip(&relay, crate::topic::Topic::Checkpoint, &announcement.encode());
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
