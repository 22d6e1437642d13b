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

fn frame(tree: &PageTree, pages: std::ops::Range<usize>) -> Bytes {
    PageFrame::of(tree.run(pages).unwrap(), Effort::Passing).bytes().clone()
}

/// The frames of a whole tree from `from` on, as a node serves them.
fn frames(tree: &PageTree, from: usize) -> Vec<Bytes> {
    let (mut at, mut frames) = (from, Vec::new());
    while at < tree.pages().len() {
        let fit = pages_that_fit(&tree.pages()[at..]);
        frames.push(frame(tree, at..at + fit));
        at += fit;
    }
    frames
}

fn bytes_of_patch(patch: &[u8], answer: &mut PatchAnswer) -> Result<(), TariffFault> {
    let packed = PackedPatch::of(Bytes::copy_from_slice(patch));
    patch_frames(packed.stream()).try_for_each(|frame| answer.read(&frame))
}

/// A stream of so many empty blocks (RFC 7932, 9.2), which gives nothing.
fn blanks(count: usize) -> Vec<u8> {
    [&[0x0c][..], &vec![0x06; count - 1]].concat()
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
        let frame = answer.read(frame).unwrap();
        assert_eq!(PageFrame::decode(frame.bytes().clone()).as_ref(), Ok(&frame));
        read.extend(frame.run().pages.clone());
    }
    assert_eq!(read, tree.pages());
    let packed: Vec<_> = page_frames(&tree, Effort::Passing);
    assert!(packed.iter().map(PageFrame::bytes).eq(&frames(&tree, 0)));
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
    let mut answer = PageAnswer::new(tree.summary(), 0..tree.summary().pages);
    for frame in page_frames(&tree, Effort::Lasting) {
        let length = frame.bytes().len();
        assert!(length <= FRAME_BYTES_MAX, "{length}");
        answer.read(frame.bytes().clone()).unwrap();
    }
}

#[test]
fn a_page_that_was_not_asked_for_is_refused() {
    let tree = tree(600);
    let run = |pages| frame(&tree, pages);
    let answer = PageAnswer::new(tree.summary(), 2..5);
    for range in [1..3, 3..4, 2..6] {
        let refused = answer.clone().read(run(range)).unwrap_err();
        assert_eq!(refused.code(), "unasked");
    }
    let mut answer = answer;
    answer.read(run(2..3)).unwrap();
    assert_eq!(answer.rest(), &(3..5));
    assert_eq!(answer.read(run(2..3)).unwrap_err().code(), "unasked");
    answer.read(run(3..5)).unwrap();
}

#[test]
fn a_frame_above_the_limit_is_refused_before_it_is_unpacked() {
    let tree = tree(60);
    let mut frame = frame(&tree, 0..1).to_vec();
    frame.resize(FRAME_BYTES_MAX + 1, 0);
    let refused = PageAnswer::new(tree.summary(), 0..1).read(frame.into()).unwrap_err();
    assert_eq!(refused.code(), "too-large");
}

#[test]
fn a_frame_that_is_longer_than_it_needs_is_refused_so_that_nobody_keeps_it() {
    let tree = tree(60);
    let ended = |count| [&blanks(count)[..], &[0x03]].concat();
    let refused = |frame: Vec<u8>| PageAnswer::new(tree.summary(), 0..1).read(frame.into()).unwrap_err();
    assert_eq!(refused(ended(FRAME_SURPLUS_BYTES_MAX)).code(), "too-large");
    // One byte less is not too large; but it holds nothing.
    assert_eq!(refused(ended(FRAME_SURPLUS_BYTES_MAX - 1)).code(), "cbor-truncated");
}

#[test]
fn a_stream_that_refers_further_back_than_a_frame_is_long_is_refused_by_its_first_byte() {
    // The first bytes by RFC 7932, 9.1: 10 to 18 bits, then 19 to 24, then those of another format.
    let within = [0x21, 0x31, 0x41, 0x51, 0x61, 0x71, 0x00, 0x01, 0x03];
    let beyond = [0x05, 0x07, 0x09, 0x0b, 0x0d, 0x0f, 0x11, 0x91];
    let read = |first: u8| PatchAnswer::new(summary(b"a patch")).read(&[first]);
    for first in within {
        assert_eq!(read(first), Ok(()), "{first:#x}");
    }
    for first in beyond {
        assert_eq!(read(first).unwrap_err().code(), "window", "{first:#x}");
    }
}

#[test]
fn a_stream_of_ours_refers_no_further_back_than_a_reader_allows() {
    let bytes: Vec<u8> = (0..1_000_000_u32).map(|byte| (byte / 7 % 251) as u8).collect();
    for effort in [Effort::Lasting, Effort::Passing] {
        let stream = packing::packed(&bytes, effort);
        let mut unpacking = packing::Unpacking::new(bytes.len());
        unpacking.push(&stream).unwrap();
        assert_eq!(unpacking.finish().unwrap(), bytes);
    }
}

#[test]
fn a_page_of_another_tree_is_its_senders_fault() {
    let (ours, other) = (
        tree(600),
        PageTree::of((0..600).map(|id| note(id, "as said otherwise"))).unwrap(),
    );
    let mut answer = PageAnswer::new(ours.summary(), 0..2);
    let refused = answer.read(frame(&other, 0..2)).unwrap_err();
    assert!(matches!(&refused, TariffFault::Sender(fault) if fault.is_peer_fault()));
    assert_eq!(refused.code(), "root-mismatch");
}

#[test]
fn a_patch_comes_back_whole() {
    let patch = vec![7; 3 * FRAME_BYTES_MAX];
    let mut answer = PatchAnswer::new(summary(&patch));
    bytes_of_patch(&patch, &mut answer).unwrap();
    let packed = answer.finish().unwrap();
    assert_eq!(packed, PackedPatch::of(patch.into()));
    let (id, bytes) = (leaf_hash(packed.patch()), packed.patch().len() as u64);
    let again = |id, bytes| PackedPatch::decode(packed.stream().clone(), &id, bytes);
    assert_eq!(again(id, bytes).as_ref(), Ok(&packed));
    assert_eq!(again(leaf_hash(b"another"), bytes).unwrap_err().code(), "patch-id");
    assert_eq!(again(id, bytes + 1).unwrap_err().code(), "patch-length");
}

#[test]
fn a_patch_that_unpacks_to_more_than_the_edition_names_is_refused_before_it_does() {
    let bomb = vec![0; 64 << 20];
    let mut named = summary(&bomb);
    named.bytes = 1_000;
    let mut answer = PatchAnswer::new(named);
    assert_eq!(bytes_of_patch(&bomb, &mut answer).unwrap_err().code(), "too-large");
    assert!(answer.held() <= 1_001 + 64 * 1024);
}

#[test]
fn frames_without_end_that_unpack_to_nothing_are_refused() {
    let blocks = blanks(200_000);
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
            read.extend(answer.read(frame).unwrap().run().pages.clone());
        }
        prop_assert_eq!(&read[..], &tree.pages()[from..]);
    }

    #[test]
    fn a_patch_is_read_back_however_its_stream_is_cut(patch in prop::collection::vec(0_u8..4, 1..5_000), cut in 1_usize..400) {
        let stream = PackedPatch::of(patch.clone().into()).stream().clone();
        let mut answer = PatchAnswer::new(summary(&patch));
        for frame in stream.chunks(cut) {
            answer.read(frame).unwrap();
        }
        let packed = answer.finish().unwrap();
        prop_assert_eq!(packed.patch(), &patch);
        prop_assert_eq!(packed.stream(), &stream);
    }

    #[test]
    fn a_changed_byte_of_a_frame_is_never_taken_for_another_page(at in any::<prop::sample::Index>(), bit in 0_u8..8) {
        let tree = tree(300);
        let mut frame = frame(&tree, 0..2).to_vec();
        let at = at.index(frame.len());
        frame[at] ^= 1 << bit;
        let read = PageAnswer::new(tree.summary(), 0..2).read(frame.into());
        prop_assert!(read.is_err() || read.unwrap().run() == &tree.run(0..2).unwrap());
    }
}
