//! Requests for pages and patches, and the answers to them. Elements of a page frame: 0 start, 1 left, 2 pages, 3 right.

use std::ops::Range;

use ciborium::Value;
use ewtp_federation::TariffRequest;
use ewtp_federation::limits::REQUEST_BYTES_MAX;
use ewtp_federation::tariff::{
    Effort, FRAME_BYTES_MAX, FRAME_PAGES_MAX, FRAME_SURPLUS_BYTES_MAX, PackedPatch, PageFrame,
};
use ewtp_log::{CompactRange, Hash, entry_bundle, leaf_hash};
use ewtp_record::Edition;
use ewtp_tariff::page::{PageTree, ends_page};
use ewtp_tariff::row::Entry;
use ewtp_tariff::{PageTrees, Patch, Row, RowKey};
use ewtp_vectors::Case;

use super::cases::{Object, edited, not_the_encoding, with};

const REQUEST: Object = Object {
    folder: "tariff-sync",
    name: Some("tariff-request"),
    signed: false,
};

const FRAME: Object = Object {
    name: Some("page-frame"),
    ..REQUEST
};

const PATCH: Object = Object {
    name: Some("patch-answer"),
    ..REQUEST
};

pub(crate) fn all() -> Vec<Case> {
    [requests(), good_frames(), bad_frames(), signed_frames(), patches()]
        .into_iter()
        .flatten()
        .collect()
}

fn note(id: u32) -> Row {
    let key = RowKey::Note(format!("n-{id:04}").parse().expect("a name"));
    Row::new(key, Entry::Note(format!("note {id}"))).expect("a row")
}

/// A tree of some twenty pages.
fn tree() -> PageTree {
    PageTree::of((0..640).map(note)).expect("a tree")
}

fn request(tree_pages: u32, pages: Range<u32>) -> Vec<u8> {
    let root = tree().root();
    let request = TariffRequest::Pages {
        root,
        tree_pages,
        pages,
    };
    request.encode().to_vec()
}

fn patch_request(bytes: u64) -> Vec<u8> {
    let id = Hash([0xc0; 32]);
    TariffRequest::Patch { id, bytes }.encode().to_vec()
}

fn requests() -> Vec<Case> {
    let (rule, plain) = ("tariff-sync R2", request(412, 64..128));
    let patch = patch_request(2_979);
    let names = [
        "request-truncated",
        "request-trailing",
        "request-indefinite",
        "request-surplus",
    ];
    let bad = |name, reason, note, body: Vec<u8>| REQUEST.bad(name, (rule, reason), note, body);
    let mut cases = vec![
        REQUEST.good("request-pages", rule, "64 pages of a tree that has 412", plain.clone()),
        REQUEST.good(
            "request-last",
            rule,
            "the last page that a tree can have",
            request(16_384, 16_383..16_384),
        ),
        REQUEST.good("request-patch", rule, "a patch by its id and length", patch.clone()),
        REQUEST.good(
            "request-patch-most",
            rule,
            "as long as a patch can be",
            patch_request(Edition::PATCH_BYTES_MAX),
        ),
    ];
    cases.extend(not_the_encoding(REQUEST, names, rule, &plain));
    cases.extend([
        bad(
            "request-too-large",
            "too-large",
            "65 bytes",
            vec![0x81; REQUEST_BYTES_MAX + 1],
        ),
        bad("request-nothing", "cbor-truncated", "no bytes", Vec::new()),
        bad("request-kind", "kind", "a third kind", with(&plain, 0, 2)),
        bad("request-no-array", "kind", "a number", vec![0]),
        bad(
            "request-empty-range",
            "empty-range",
            "nothing is asked",
            request(412, 64..64),
        ),
        #[expect(clippy::reversed_empty_ranges, reason = "that is the fault")]
        bad(
            "request-backwards",
            "empty-range",
            "it ends before it begins",
            request(412, 128..64),
        ),
        bad(
            "request-bounds",
            "bounds",
            "no tree has so many pages",
            request(16_385, 0..16_385),
        ),
        bad(
            "request-beyond",
            "beyond-size",
            "a page more than the tree has",
            request(127, 64..128),
        ),
        bad(
            "request-index",
            "beyond-size",
            "up to page 2^63",
            with(&plain, 4, 1_u64 << 63),
        ),
        bad(
            "request-tree",
            "bounds",
            "of a tree of 2^63 pages",
            with(&plain, 2, 1_u64 << 63),
        ),
        bad(
            "request-patch-bounds",
            "bounds",
            "a byte more than a patch can have",
            patch_request(Edition::PATCH_BYTES_MAX + 1),
        ),
        bad(
            "request-root-short",
            "shape",
            "a root of 31 bytes",
            with(&plain, 1, vec![0; 31]),
        ),
        bad(
            "request-patch-short",
            "shape",
            "an id of 31 bytes",
            with(&patch, 1, vec![0; 31]),
        ),
    ]);
    cases
}

fn unpacked(mut frame: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    brotli::BrotliDecompress(&mut frame, &mut bytes).expect("a good frame unpacks");
    bytes
}

fn packed(mut bytes: &[u8]) -> Vec<u8> {
    let params = brotli::enc::BrotliEncoderParams {
        lgwin: 18,
        ..Default::default()
    };
    let mut stream = Vec::new();
    brotli::BrotliCompress(&mut bytes, &mut stream, &params).expect("memory takes every byte");
    stream
}

/// How a stream states its window: the bits, and how many (RFC 7932, 9.1).
type Window = (u16, u32);

const WINDOW_10: Window = (0b010_0001, 7);
const WINDOW_16: Window = (0, 1);
const WINDOW_18: Window = (0b0011, 4);
const WINDOW_19: Window = (0b0101, 4);
const WINDOW_LARGE: Window = (0b001_0001, 7);

/// A stream that shrinks nothing, with so many empty blocks at its front, at least one (RFC 7932, 9.2).
fn stored((bits, count): Window, blanks: usize, bytes: &[u8]) -> Vec<u8> {
    const BLANK: u8 = 0b00_0110;
    let first = bits | u16::from(BLANK) << count;
    let length = if count + 6 > 8 { 2 } else { 1 };
    let mut stream = first.to_le_bytes()[..length].to_vec();
    stream.extend(std::iter::repeat_n(BLANK, blanks - 1));
    for block in bytes.chunks(1 << 16) {
        let length = u32::try_from(block.len()).expect("a block of 64 KiB");
        let header = (length - 1) << 3 | 1 << 19;
        stream.extend_from_slice(&header.to_le_bytes()[..3]);
        stream.extend_from_slice(block);
    }
    stream.push(0b11);
    stream
}

/// A stream that is so many bytes longer than what it unpacks to.
fn swollen(surplus: usize, bytes: &[u8]) -> Vec<u8> {
    let least = stored(WINDOW_16, 1, bytes).len() - bytes.len();
    stored(WINDOW_16, 1 + surplus - least, bytes)
}

fn frame(pages: Range<usize>) -> Vec<u8> {
    let run = tree().run(pages).expect("pages of the tree");
    PageFrame::of(run, Effort::Lasting).bytes().to_vec()
}

/// A case in answer to a request for these pages.
fn asked(case: Case, pages: Range<u32>) -> Case {
    let tree = tree();
    let case = case.with("root", tree.root()).with("pages", tree.pages().len());
    case.with("from", pages.start).with("to", pages.end)
}

fn good_frames() -> Vec<Case> {
    let last = u32::try_from(tree().pages().len()).expect("some twenty");
    let good = |name, note, pages: Range<u32>, asked_to| {
        let body = frame(pages.start as usize..pages.end as usize);
        asked(FRAME.good(name, "tariff-sync R5", note, body), pages.start..asked_to)
    };
    let plain = unpacked(&frame(1..3));
    let stream = |name, note, body: Vec<u8>| asked(FRAME.good(name, "tariff-sync R4", note, body), 1..3);
    vec![
        good("frame-first", "the first pages; nothing to the left", 0..3, 3),
        good("frame-inner", "pages in the middle", 3..5, 5),
        good("frame-part", "more was asked for; another frame follows", 3..5, last),
        good("frame-one", "one page", 6..7, 7),
        good("frame-whole", "the whole tree", 0..last, last),
        good("frame-end", "the last page; nothing to the right", last - 1..last, last),
        stream(
            "frame-stored",
            "a stream that shrinks nothing",
            stored(WINDOW_16, 1, &plain),
        ),
        stream("frame-window-10", "it refers 1 KiB back", stored(WINDOW_10, 1, &plain)),
        stream(
            "frame-window-18",
            "it refers 256 KiB back",
            stored(WINDOW_18, 1, &plain),
        ),
        stream(
            "frame-surplus-most",
            "1,024 bytes more than it unpacks to",
            swollen(FRAME_SURPLUS_BYTES_MAX, &plain),
        ),
    ]
}

fn bad_frames() -> Vec<Case> {
    let (form, place) = ("tariff-sync R4", "tariff-sync R5");
    let plain = unpacked(&frame(3..5));
    let bad = |name, rule_and_reason, note, body: Vec<u8>| asked(FRAME.bad(name, rule_and_reason, note, body), 3..5);
    let inner = |name, rule_and_reason, note, body: Vec<u8>| bad(name, rule_and_reason, note, packed(&body));
    let page = |edit: fn(&mut Vec<Value>)| edited(&plain, |elements| edit(elements[2].as_array_mut().expect("pages")));
    let hashes = |element: usize, edit: fn(&mut Vec<u8>)| {
        edited(&plain, |elements| {
            edit(elements[element].as_bytes_mut().expect("hashes"))
        })
    };
    let whole = packed(&plain);
    vec![
        bad(
            "frame-bomb",
            (form, "too-large"),
            "it unpacks to 262,145 bytes",
            packed(&vec![0; FRAME_BYTES_MAX + 1]),
        ),
        bad(
            "frame-swollen",
            (form, "too-large"),
            "1,025 bytes more than it unpacks to",
            swollen(FRAME_SURPLUS_BYTES_MAX + 1, &plain),
        ),
        bad(
            "frame-window-19",
            (form, "window"),
            "it refers 512 KiB back",
            stored(WINDOW_19, 1, &plain),
        ),
        bad(
            "frame-window-large",
            (form, "window"),
            "it begins as streams of another format do",
            stored(WINDOW_LARGE, 1, &plain),
        ),
        bad("frame-not-packed", (form, "stream"), "the array itself", plain.clone()),
        bad(
            "frame-cut",
            (form, "stream"),
            "the last byte is missing",
            whole[..whole.len() - 1].to_vec(),
        ),
        bad(
            "frame-last-bit",
            (form, "stream"),
            "a bit is set behind the end, in its last byte",
            {
                let mut body = stored(WINDOW_16, 1, &plain);
                *body.last_mut().expect("a byte") |= 1 << 7;
                body
            },
        ),
        bad(
            "frame-trailing",
            (form, "trailing"),
            "a byte behind the stream",
            [&whole[..], &[0]].concat(),
        ),
        bad(
            "frame-twice",
            (form, "trailing"),
            "a second stream",
            [&whole[..], &whole].concat(),
        ),
        inner(
            "frame-cbor",
            (form, "cbor-trailing"),
            "a byte behind the array",
            [&plain[..], &[0]].concat(),
        ),
        inner(
            "frame-surplus",
            (form, "shape"),
            "one element too many",
            edited(&plain, |elements| elements.push(0.into())),
        ),
        inner("frame-no-pages", (form, "page-count"), "no page", page(Vec::clear)),
        inner(
            "frame-65-pages",
            (form, "page-count"),
            "65 pages",
            page(|pages| pages.resize(FRAME_PAGES_MAX + 1, Value::Bytes(vec![]))),
        ),
        inner(
            "frame-left-odd",
            (form, "hash-list"),
            "not a multiple of 32 bytes",
            hashes(1, |left| left.truncate(31)),
        ),
        inner(
            "frame-right-many",
            (form, "hash-list"),
            "64 hashes",
            hashes(3, |right| right.resize(64 * 32, 0)),
        ),
        asked(
            FRAME.bad(
                "frame-unasked",
                (place, "unasked"),
                "other pages than those asked for",
                frame(3..5),
            ),
            2..5,
        ),
        asked(
            FRAME.bad(
                "frame-beyond",
                (place, "unasked"),
                "a page more than asked for",
                frame(3..5),
            ),
            3..4,
        ),
        inner(
            "frame-start",
            (place, "unasked"),
            "an index of 2^63",
            with(&plain, 0, 1_u64 << 63),
        ),
        inner(
            "frame-form",
            (place, "form"),
            "a page whose last row is cut short",
            page(|pages| {
                let page = pages[0].as_bytes_mut().expect("a page");
                page.truncate(page.len() - 1);
            }),
        ),
        inner(
            "frame-left-count",
            (place, "left-count"),
            "a hash too many",
            hashes(1, |left| left.extend([0; 32])),
        ),
        inner(
            "frame-right-count",
            (place, "right-count"),
            "a hash is missing",
            hashes(3, |right| right.truncate(right.len() - 32)),
        ),
        inner(
            "frame-page-missing",
            (place, "right-count"),
            "the second page is missing",
            page(|pages| drop(pages.pop())),
        ),
        inner(
            "frame-left-bit",
            (place, "root-mismatch"),
            "one bit on the left",
            hashes(1, |left| left[0] ^= 1),
        ),
        inner(
            "frame-right-bit",
            (place, "root-mismatch"),
            "one bit on the right",
            hashes(3, |right| right[0] ^= 1),
        ),
        inner(
            "frame-row-bit",
            (place, "root-mismatch"),
            "one bit of a row",
            page(|pages| *pages[0].as_bytes_mut().expect("a page").last_mut().expect("a byte") ^= 1),
        ),
        inner(
            "frame-swapped",
            (place, "root-mismatch"),
            "two pages in the wrong order",
            page(|pages| pages.swap(0, 1)),
        ),
        FRAME
            .bad(
                "frame-other-count",
                (place, "beyond-size"),
                "the edition names a tree of four pages",
                frame(3..5),
            )
            .with("root", tree().root())
            .with("pages", 4)
            .with("from", 3)
            .with("to", 5),
    ]
}

/// Pages that lead to the root that was signed, and should not have been signed.
fn signed_frames() -> Vec<Case> {
    let rows: Vec<Row> = (0..).map(note).filter(|row| !ends_page(row.key())).take(6).collect();
    let bytes = |rows: &[Row]| {
        let rows: Vec<_> = rows.iter().map(Row::bytes).collect();
        entry_bundle(&rows).expect("short rows")
    };
    let signed = |name, rule_and_reason, note, pages: &[Vec<u8>]| {
        let mut root = CompactRange::new();
        for page in pages {
            let mut id = CompactRange::new();
            let rows = ewtp_log::bundle_entries(page).expect("an entry bundle");
            rows.iter().for_each(|row| id.append(leaf_hash(row)));
            root.append(leaf_hash(id.root().as_bytes()));
        }
        let count = pages.len();
        let pages = pages.iter().map(|page| Value::Bytes(page.clone())).collect();
        let form = [
            0.into(),
            Value::Bytes(vec![]),
            Value::Array(pages),
            Value::Bytes(vec![]),
        ];
        let mut body = Vec::new();
        ciborium::into_writer(&form.to_vec(), &mut body).expect("memory takes every byte");
        let case = FRAME.bad(name, rule_and_reason, note, packed(&body));
        case.with("root", root.root())
            .with("pages", count)
            .with("from", 0)
            .with("to", count)
    };
    vec![
        signed(
            "signed-overlap",
            ("tariff-page R5", "overlap"),
            "it hashes right and overlaps the page before",
            &[bytes(&[rows[0].clone(), rows[2].clone()]), bytes(&rows[1..2])],
        ),
        signed(
            "signed-order",
            ("tariff-page R2", "order"),
            "it hashes right and its rows are out of order",
            &[bytes(&[rows[1].clone(), rows[0].clone()])],
        ),
        signed(
            "signed-cut-early",
            ("tariff-page R4", "cut-early"),
            "it hashes right and ends where no page ends",
            &[bytes(&rows[..2]), bytes(&rows[2..4])],
        ),
        signed(
            "signed-row",
            ("tariff-row R3", "form"),
            "it hashes right and has a row that is none",
            &[vec![0, 1, 0x80]],
        ),
    ]
}

fn patches() -> Vec<Case> {
    let rule = "tariff-sync R7";
    let before = PageTrees::of((0..40).map(note)).expect("trees");
    let after = PageTrees::of((3..60).map(note)).expect("trees");
    let patch = Patch::between(&before, &after).encode();
    let frames = PackedPatch::of(patch.clone().into()).stream().to_vec();
    let named = |case: Case, id: Hash, bytes: usize| case.with("id", id).with("bytes", bytes);
    let good = |case: Case| named(case, leaf_hash(&patch), patch.len());
    let bad = |name, reason, note, body: Vec<u8>| good(PATCH.bad(name, (rule, reason), note, body));
    vec![
        good(PATCH.good("patch", rule, "three rows go, twenty come", frames.clone())),
        bad(
            "patch-cut",
            "stream",
            "the last byte is missing",
            frames[..frames.len() - 1].to_vec(),
        ),
        bad("patch-nothing", "stream", "no bytes", Vec::new()),
        bad("patch-not-packed", "stream", "the patch itself", patch.clone()),
        bad(
            "patch-window-19",
            "window",
            "it refers 512 KiB back",
            stored(WINDOW_19, 1, &patch),
        ),
        bad(
            "patch-trailing",
            "trailing",
            "a byte behind the stream",
            [&frames[..], &[0]].concat(),
        ),
        bad(
            "patch-longer",
            "too-large",
            "a byte more than the edition names",
            packed(&[&patch[..], &[0]].concat()),
        ),
        bad(
            "patch-shorter",
            "patch-length",
            "a byte less than the edition names",
            packed(&patch[..patch.len() - 1]),
        ),
        named(
            PATCH.bad(
                "patch-other",
                (rule, "patch-id"),
                "another patch of as many bytes",
                frames,
            ),
            Hash([0xc0; 32]),
            patch.len(),
        ),
        good(PATCH.bad("patch-bit", (rule, "patch-id"), "one bit of the patch", {
            let mut other = patch.clone();
            *other.last_mut().expect("a byte") ^= 1;
            packed(&other)
        })),
    ]
}
