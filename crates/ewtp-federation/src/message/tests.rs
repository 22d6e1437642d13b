use std::collections::BTreeMap;
use std::sync::LazyLock;

use proptest::prelude::*;

use super::*;
use crate::frontier::FrontierEntry;
use crate::limits::FRONTIER_HUBS_MAX;
use crate::testing::{Book, Hub, T0, code, found, net};

fn every_kind() -> Vec<Message> {
    let [my, sg, _] = found(["MY", "SG", "RW"]);
    let book = Book::of(&my, 5);
    let entry = FrontierEntry {
        charter: 3,
        epoch: 0,
        size: 5,
        root: book.tree.root(),
        cosigned_size: 4,
        cosignatures: 2,
    };
    vec![
        Message::Hello(Hello {
            versions: vec![1, 2],
            net: net(),
            hub: my.code,
            instance: [9; 16],
        }),
        Message::Digest(Hash([2; 32])),
        Message::Frontier(Frontier {
            entries: BTreeMap::from([(my.code, entry), (sg.code, entry)]),
        }),
        Message::GetCharters { hub: my.code, from: 7 },
        Message::Charters {
            hub: my.code,
            records: my.chain.records().iter().map(|record| record.bytes().clone()).collect(),
        },
        Message::GetCheckpoint { hub: my.code },
        Message::Checkpoint {
            hub: my.code,
            cosigned: book.cosigned(5, &[&sg]),
        },
        Message::Cosignature(cosignature(&book, &sg)),
    ]
}

fn cosignature(book: &Book, witness: &Hub) -> Cosignature {
    Cosignature {
        hub: book.hub.code,
        epoch: 0,
        size: 5,
        witness: witness.cosign(book.hub.code, &book.checkpoint(5), T0),
    }
}

#[test]
fn every_kind_comes_back_as_it_was_sent() {
    for message in every_kind() {
        assert_eq!(decode(&encode(&message)).unwrap(), message);
    }
}

#[test]
fn a_message_cut_short_anywhere_is_refused() {
    for message in every_kind() {
        let frame = encode(&message);
        for end in 0..frame.len() {
            assert!(decode(&frame[..end]).is_err(), "{message:?} cut at {end}");
        }
    }
}

#[test]
fn the_largest_frontier_and_the_largest_charters_fit_a_frame() {
    let entry = FrontierEntry {
        charter: u32::MAX,
        epoch: u32::MAX,
        size: i64::MAX as u64,
        root: Hash([255; 32]),
        cosigned_size: i64::MAX as u64,
        cosignatures: u32::MAX,
    };
    let hubs = (0..FRONTIER_HUBS_MAX).map(|number| (code(&format!("CN-{number:08}")), entry));
    let frontier = Message::Frontier(Frontier {
        entries: hubs.collect(),
    });
    let charters = Message::Charters {
        hub: code("CN-00000000"),
        records: vec![Bytes::from(vec![0; 8 * 1024]); CHARTERS_PER_MESSAGE_MAX],
    };
    for message in [frontier, charters] {
        assert_eq!(decode(&encode(&message)).unwrap(), message);
    }
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
        let _ = decode(&bytes);
    }

    #[test]
    fn a_message_with_a_byte_changed_is_refused_or_its_own_encoding(kind in 0..8_usize, at in any::<prop::sample::Index>(), bits in 1..=255_u8) {
        static FRAMES: LazyLock<Vec<Bytes>> = LazyLock::new(|| every_kind().iter().map(encode).collect());
        let mut frame = FRAMES[kind].to_vec();
        let at = at.index(frame.len());
        frame[at] ^= bits;
        if let Ok(message) = decode(&frame) && message != Message::Later {
            prop_assert_eq!(encode(&message), frame, "one message has one encoding");
        }
    }
}
