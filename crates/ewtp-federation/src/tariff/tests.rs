use bytes::Bytes;
use ewtp_log::leaf_hash;
use ewtp_record::cbor::Octets;
use ewtp_record::edition::PatchSummary;
use ewtp_tariff::page::PageTree;
use ewtp_tariff::row::Entry;
use ewtp_tariff::{Row, RowKey};
use proptest::prelude::*;

use super::*;

fn note(id: u32, text: &str) -> Row {
    let key = RowKey::Note(format!("n-{id:05}").parse().unwrap());
    Row::new(key, Entry::Note(text.to_owned())).unwrap()
}

fn tree(rows: u32) -> PageTree {
    PageTree::of((0..rows).map(|id| note(id, "as said in the law"))).unwrap()
}

fn summary(patch: &[u8]) -> PatchSummary {
    PatchSummary {
        id: Octets(leaf_hash(patch).0),
        bytes: patch.len() as u64,
        rows: 1,
    }
}

/// The frames of a whole tree from `from` on, as a node serves them.
fn frames(tree: &PageTree, from: usize) -> Vec<Bytes> {
    let (mut at, mut frames) = (from, Vec::new());
    while at < tree.pages().len() {
        let fit = pages_that_fit(&tree.run(at..tree.pages().len()).unwrap());
        frames.push(page_frame(&tree.run(at..at + fit).unwrap()));
        at += fit;
    }
    frames
}

fn bytes_of_patch(patch: &[u8], answer: &mut PatchAnswer) -> Result<(), TariffFault> {
    patch_frames(patch).iter().try_for_each(|frame| answer.read(frame))
}

#[test]
fn pages_of_a_tree_come_in_as_many_frames_as_they_need() {
    let tree = tree(9_000);
    let pages = u32::try_from(tree.pages().len()).unwrap();
    assert!(pages > 200, "{pages}");
    let mut answer = PageAnswer::new(tree.summary(), 0..pages);
    let mut read = Vec::new();
    for frame in frames(&tree, 0) {
        assert!(frame.len() <= FRAME_BYTES_MAX);
        read.extend(answer.read(&frame).unwrap().pages);
    }
    assert_eq!(read, tree.pages());
    assert!(answer.rest().is_empty());
}

#[test]
fn pages_of_full_size_that_do_not_shrink_fit_a_frame() {
    // Texts without a pattern, of which few make a page of full size.
    let mut noise = 1_u64;
    let text = || -> String {
        let letters = (0..4_000).map(|_| {
            noise = noise
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            char::from_u32(0x4e00 + u32::try_from(noise >> 50).unwrap()).unwrap()
        });
        letters.collect()
    };
    let texts: Vec<String> = std::iter::repeat_with(text).take(60).collect();
    let tree = PageTree::of((0..).zip(&texts).map(|(id, text)| note(id, text))).unwrap();
    let largest = tree.pages().iter().map(|page| page.bytes().len()).max().unwrap();
    assert!(largest > 30_000, "{largest}");
    for frame in frames(&tree, 0) {
        assert!(frame.len() <= FRAME_BYTES_MAX, "{}", frame.len());
    }
}

#[test]
fn a_page_that_was_not_asked_for_is_refused() {
    let tree = tree(600);
    let run = |range| page_frame(&tree.run(range).unwrap());
    let answer = PageAnswer::new(tree.summary(), 2..5);
    for range in [1..3, 3..4, 2..6] {
        let refused = answer.clone().read(&run(range)).unwrap_err();
        assert_eq!(refused.code(), "unasked");
    }
    let mut answer = answer;
    answer.read(&run(2..3)).unwrap();
    assert_eq!(answer.rest(), &(3..5));
    assert_eq!(answer.read(&run(2..3)).unwrap_err().code(), "unasked");
    answer.read(&run(3..5)).unwrap();
}

#[test]
fn a_frame_above_the_limit_is_refused_before_it_is_inflated() {
    let tree = tree(60);
    let mut frame = page_frame(&tree.run(0..1).unwrap()).to_vec();
    frame.resize(FRAME_BYTES_MAX + 1, 0);
    let refused = PageAnswer::new(tree.summary(), 0..1).read(&frame).unwrap_err();
    assert_eq!(refused.code(), "too-large");
}

#[test]
fn a_page_of_another_tree_is_its_senders_fault() {
    let (ours, other) = (
        tree(600),
        PageTree::of((0..600).map(|id| note(id, "as said otherwise"))).unwrap(),
    );
    let mut answer = PageAnswer::new(ours.summary(), 0..2);
    let refused = answer.read(&page_frame(&other.run(0..2).unwrap())).unwrap_err();
    assert!(matches!(&refused, TariffFault::Sender(fault) if fault.is_peer_fault()));
    assert_eq!(refused.code(), "root-mismatch");
}

#[test]
fn a_patch_comes_back_whole() {
    let patch = vec![7; 3 * FRAME_BYTES_MAX];
    let mut answer = PatchAnswer::new(summary(&patch));
    bytes_of_patch(&patch, &mut answer).unwrap();
    assert_eq!(answer.finish().unwrap(), patch);
}

#[test]
fn a_patch_that_inflates_to_more_than_the_edition_names_is_refused_before_it_does() {
    let bomb = vec![0; 64 << 20];
    let mut named = summary(&bomb);
    named.bytes = 1_000;
    let mut answer = PatchAnswer::new(named);
    assert_eq!(bytes_of_patch(&bomb, &mut answer).unwrap_err().code(), "too-large");
    assert!(answer.held() <= 1_001 + 64 * 1024);
}

#[test]
fn frames_without_end_that_inflate_to_nothing_are_refused() {
    // A stream of empty stored blocks: it never ends and never gives a byte.
    let blocks = [&[0x78, 0x01][..], &[0, 0, 0, 0xff, 0xff].repeat(40_000)].concat();
    let mut answer = PatchAnswer::new(summary(b"a patch"));
    let refused = blocks.chunks(10_000).find_map(|frame| answer.read(frame).err());
    assert_eq!(refused.unwrap().code(), "too-large");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn every_stretch_of_every_tree_is_read_back(rows in 1_u32..1_500, from in any::<prop::sample::Index>()) {
        let tree = tree(rows);
        let pages = tree.pages().len();
        let from = from.index(pages);
        let asked = u32::try_from(from).unwrap()..u32::try_from(pages).unwrap();
        let mut answer = PageAnswer::new(tree.summary(), asked);
        let mut read = Vec::new();
        for frame in frames(&tree, from) {
            read.extend(answer.read(&frame).unwrap().pages);
        }
        prop_assert_eq!(&read[..], &tree.pages()[from..]);
    }

    #[test]
    fn a_patch_is_read_back_however_its_stream_is_cut(patch in prop::collection::vec(0_u8..4, 1..5_000), cut in 1_usize..400) {
        let stream = patch_frames(&patch).concat();
        let mut answer = PatchAnswer::new(summary(&patch));
        for frame in stream.chunks(cut) {
            answer.read(frame).unwrap();
        }
        prop_assert_eq!(answer.finish().unwrap(), patch);
    }

    #[test]
    fn a_changed_byte_of_a_frame_is_never_taken_for_another_page(at in any::<prop::sample::Index>(), bit in 0_u8..8) {
        let tree = tree(300);
        let run = tree.run(0..2).unwrap();
        let mut frame = page_frame(&run).to_vec();
        let at = at.index(frame.len());
        frame[at] ^= 1 << bit;
        let read = PageAnswer::new(tree.summary(), 0..2).read(&frame);
        prop_assert!(read.is_err() || read == Ok(run));
    }
}
