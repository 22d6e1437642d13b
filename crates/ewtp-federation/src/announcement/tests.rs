use super::*;
use crate::testing::{Book, Hub, directory, found};

fn announced(book: &Book, start: u64, size: u64) -> Announcement {
    Announcement {
        run: book.run(start, size, size),
        asks_cosigning: true,
        cosigned: None,
    }
}

fn refusal(bytes: &[u8], hubs: &[Hub]) -> &'static str {
    let verified = Announcement::decode(bytes).and_then(|announcement| announcement.verify(&directory(hubs)));
    verified.expect_err("a refusal").code()
}

#[test]
fn an_announcement_proves_itself_without_the_log() {
    let hubs = found(["MY", "SG"]);
    let book = Book::of(&hubs[0], 300);
    for start in [0, 1, 255, 256, 299, 300] {
        if 300 - start > 256 {
            continue;
        }
        let read = Announcement::decode(&announced(&book, start, 300).encode()).unwrap();
        let verified = read.verify(&directory(&hubs)).unwrap();
        assert_eq!(verified.run.checkpoint, book.checkpoint(300));
        assert!(verified.asks_cosigning);
    }
}

#[test]
fn every_bit_of_an_announcement_counts() {
    let hubs = found(["MY", "SG"]);
    let book = Book::of(&hubs[0], 7);
    let bytes = announced(&book, 5, 7).encode();
    // The wish to be cosigned is not signed; its byte is the last but one.
    for at in (0..bytes.len()).filter(|at| *at != bytes.len() - 2) {
        let mut changed = bytes.to_vec();
        changed[at] ^= 1;
        refusal(&changed, &hubs);
    }
}

#[test]
fn an_announcement_of_a_hub_that_is_not_carried_is_nobodys_fault() {
    let [my, sg] = found(["MY", "SG"]);
    let bytes = announced(&Book::of(&my, 3), 0, 3).encode();
    assert_eq!(refusal(&bytes, &[sg]), "unknown-hub");
}

#[test]
fn a_charter_that_we_lack_is_nobodys_fault() {
    let hubs = found(["MY", "SG"]);
    let mut announcement = announced(&Book::of(&hubs[0], 3), 0, 3);
    announcement.run.checkpoint.charter.number = 1;
    let read = Announcement::decode(&announcement.encode()).unwrap();
    let fault = read.verify(&directory(&hubs)).unwrap_err();
    assert_eq!(fault.code(), "unknown-charter");
    assert!(!fault.is_peer_fault());
}

fn verified(hubs: &[Hub], cosigned: CosignedCheckpoint) -> Result<VerifiedAnnouncement, Fault> {
    let book = Book::of(&hubs[0], 7);
    let announcement = Announcement {
        cosigned: Some(cosigned),
        ..announced(&book, 5, 7)
    };
    Announcement::decode(&announcement.encode())
        .unwrap()
        .verify(&directory(hubs))
}

#[test]
fn a_forged_cosignature_makes_its_set_worthless_and_the_records_stand() {
    let hubs = found(["MY", "SG", "RW"]);
    for size in [5, 7] {
        let mut set = Book::of(&hubs[0], 7).cosigned(size, &[&hubs[2], &hubs[1]]);
        set.cosignatures[0].signature[0] ^= 1;
        let verified = verified(&hubs, set).unwrap();
        assert!(verified.is_forged && verified.cosigned.is_none());
        assert_eq!(verified.run.records.len(), 2);
    }
}

#[test]
fn a_cosignature_by_a_witness_that_we_cannot_check_is_left_out() {
    let [my, sg, rw] = found(["MY", "SG", "RW"]);
    let set = Book::of(&my, 7).cosigned(7, &[&rw, &sg]);
    let verified = verified(&[my, sg.clone()], set).unwrap();
    assert!(!verified.is_forged);
    let kept = verified.cosigned.unwrap().into_inner().cosignatures;
    assert_eq!(kept.iter().map(|known| known.hub).collect::<Vec<_>>(), [sg.code]);
}

#[test]
fn a_set_that_its_hub_did_not_sign_is_the_senders_fault() {
    let hubs = found(["MY", "SG", "RW"]);
    let mut set = Book::of(&hubs[0], 7).cosigned(5, &[&hubs[1]]);
    set.checkpoint.signature[0] ^= 1;
    let fault = verified(&hubs, set).unwrap_err();
    assert_eq!((fault.code(), fault.is_peer_fault()), ("signature", true));
}

#[test]
fn a_hubs_cosignature_on_its_own_log_counts_for_nothing() {
    let hubs = found(["MY", "SG"]);
    let book = Book::of(&hubs[0], 7);
    let announcement = Announcement {
        cosigned: Some(book.cosigned(5, &[&hubs[0]])),
        ..announced(&book, 5, 7)
    };
    let verified = announcement.verify(&directory(&hubs)).unwrap();
    assert!(verified.cosigned.is_none());
}

#[test]
fn as_many_records_fit_as_their_lengths_and_bytes_leave_room_for() {
    let record = Bytes::from(vec![7; 1_022]);
    assert_eq!(fits(std::iter::repeat_n(&record, 20)), 16);
    assert_eq!(fits(std::iter::empty()), 0);
    let large = Bytes::from(vec![7; ANNOUNCEMENT_RECORD_BYTES_MAX]);
    assert_eq!(fits([&record, &large, &record].into_iter()), 1);
}

#[test]
fn the_largest_announcement_fits_the_frame() {
    let hubs = found(["MY", "SG"]);
    let book = Book::new(&hubs[0], (0..16).map(|_| Bytes::from(vec![7; 1_022])));
    let set = book.cosigned(16, &[&hubs[1]]);
    let many = std::iter::repeat_n(&set.cosignatures[0], 15).cloned().collect();
    let announcement = Announcement {
        cosigned: Some(CosignedCheckpoint {
            cosignatures: many,
            ..set
        }),
        ..announced(&book, 0, 16)
    };
    let left_at_most = 63 * 32;
    assert!(announcement.encode().len() + left_at_most < ANNOUNCEMENT_BYTES_MAX);
}
