//! Range requests, and bundle frames. Elements of a frame: 0 hub, 1 epoch, 2 charter, 3 size, 4 signature, 5 start,
//! 6 left, 7 records, 8 right.

use bytes::Bytes;
use ewtp_federation::limits::REQUEST_BYTES_MAX;
use ewtp_federation::{BundlePlan, RangeRequest, Serving, bundle};
use ewtp_log::{BUNDLE, SIZE_MAX};
use ewtp_vectors::Case;

use super::cases::{Object, bit_flipped, edited, not_the_encoding, with};
use super::log::{checkpoint, hub, log, range, records, tree};

const REQUEST: Object = Object {
    folder: "sync",
    name: Some("range-request"),
    signed: false,
};

const FRAME: Object = Object {
    folder: "sync",
    name: Some("bundle-frame"),
    signed: true,
};

/// Size of the log that the frames are of.
const SIZE: u64 = 300;

pub(crate) fn all() -> Vec<Case> {
    let plain = frame(260..SIZE);
    let names = ["frame-truncated", "frame-trailing", "frame-indefinite", "frame-surplus"];
    let mut cases = requests();
    cases.extend(good_frames());
    cases.extend(not_the_encoding(FRAME, names, "sync R13", &plain));
    cases.extend(bad_frames(&plain));
    cases
}

fn request(from: u64, to: u64) -> Bytes {
    RangeRequest {
        hub: hub("MY"),
        epoch: 0,
        from,
        to,
    }
    .encode()
}

fn requests() -> Vec<Case> {
    let plain = request(256, 300);
    let names = [
        "request-truncated",
        "request-trailing",
        "request-indefinite",
        "request-surplus",
    ];
    let mut cases = vec![
        REQUEST.good("request", "sync R10", "a part of the open bundle", plain.clone()),
        REQUEST.good(
            "request-all",
            "sync R10",
            "more than one answer gives: it is cut",
            request(0, SIZE_MAX),
        ),
    ];
    cases.extend(not_the_encoding(REQUEST, names, "sync R10", &plain));
    cases.extend([
        REQUEST.bad(
            "request-too-large",
            ("sync R10", "too-large"),
            "65 bytes",
            vec![0; REQUEST_BYTES_MAX + 1],
        ),
        REQUEST.bad(
            "request-empty-range",
            ("sync R10", "empty-range"),
            "nothing is asked",
            request(256, 256),
        ),
        REQUEST.bad(
            "request-backwards",
            ("sync R10", "empty-range"),
            "it ends before it begins",
            request(300, 256),
        ),
        REQUEST.bad(
            "request-index",
            ("sync R10", "size-too-large"),
            "an index above 2^63 - 1",
            request(0, u64::MAX),
        ),
        REQUEST.bad(
            "request-hub",
            ("sync R10", "shape"),
            "no hub code",
            with(&plain, 0, "M"),
        ),
    ]);
    cases
}

/// The frame that serves a stretch within one bundle.
fn frame(stretch: std::ops::Range<u64>) -> Bytes {
    let (tree, at) = (tree(SIZE), range(SIZE));
    let bundle_start = stretch.start - stretch.start % BUNDLE;
    let plan = BundlePlan {
        bundle_start,
        from: stretch.start,
        to: stretch.end,
        left: tree.left(bundle_start / BUNDLE).expect("the bundle begins in the log"),
        right: tree.right(stretch.end, &at).expect("a stretch ends with its bundle"),
    };
    let serving = Serving {
        log: log(),
        checkpoint: checkpoint(SIZE),
        bundles: vec![plan.clone()],
    };
    let mut frames = bundle::frames(&serving, &plan, &records(bundle_start..stretch.end));
    assert_eq!(frames.len(), 1, "small records fit one frame");
    frames.remove(0)
}

fn good_frames() -> Vec<Case> {
    vec![
        FRAME.good("frame-bundle", "sync R13", "a whole bundle", frame(0..256)),
        FRAME.good(
            "frame-open-bundle",
            "sync R13",
            "the open bundle to its end",
            frame(256..300),
        ),
        FRAME.good(
            "frame-part",
            "sync R13",
            "a bundle from its fifth record on",
            frame(260..300),
        ),
        FRAME.good(
            "frame-one",
            "sync R13",
            "the last record of a complete bundle",
            frame(255..256),
        ),
    ]
}

fn bad_frames(plain: &[u8]) -> Vec<Case> {
    let rule = "sync R13";
    let inner = frame(255..256);
    let empty_record = edited(plain, |elements| {
        elements[7].as_bytes_mut().expect("a byte string").splice(0..0, [0, 0]);
    });
    let too_many = with(&frame(0..256), 7, [0, 1, 7].repeat(257));
    let short = |element: usize| {
        edited(&inner, |elements| {
            let hashes = elements[element].as_bytes_mut().expect("a byte string");
            hashes.truncate(hashes.len() - 32);
        })
    };
    vec![
        FRAME.bad(
            "frame-no-records",
            (rule, "no-records"),
            "no records",
            with(plain, 7, Vec::<u8>::new()),
        ),
        FRAME.bad(
            "frame-257-records",
            (rule, "record-list"),
            "more records than a bundle has",
            too_many,
        ),
        FRAME.bad(
            "frame-record-empty",
            (rule, "record-list"),
            "a record of no bytes",
            empty_record,
        ),
        FRAME.bad(
            "frame-left-65",
            (rule, "hash-list"),
            "65 hashes",
            with(plain, 6, vec![0; 65 * 32]),
        ),
        FRAME.bad(
            "frame-right-odd",
            (rule, "hash-list"),
            "not a multiple of 32 bytes",
            with(plain, 8, vec![0; 31]),
        ),
        FRAME.bad(
            "frame-size-zero",
            (rule, "size-zero"),
            "an empty log",
            with(plain, 3, 0),
        ),
        FRAME.bad(
            "frame-size",
            (rule, "size-too-large"),
            "2^63 records",
            with(plain, 3, SIZE_MAX + 1),
        ),
        FRAME.bad(
            "frame-start",
            (rule, "size-too-large"),
            "a start of 2^64 - 1",
            with(plain, 5, u64::MAX),
        ),
        FRAME.bad(
            "frame-beyond-size",
            (rule, "beyond-size"),
            "it ends beyond the size",
            with(plain, 3, 299),
        ),
        FRAME.bad(
            "frame-left-count",
            (rule, "left-count"),
            "a hash is missing on the left",
            short(6),
        ),
        FRAME.bad(
            "frame-right-count",
            (rule, "right-count"),
            "a hash is missing on the right",
            short(8),
        ),
        FRAME.bad(
            "frame-left-bit",
            (rule, "signature"),
            "one bit on the left",
            bit_flipped(&inner, 6, 31),
        ),
        FRAME.bad(
            "frame-record-bit",
            (rule, "signature"),
            "one bit of a record",
            bit_flipped(&inner, 7, 2),
        ),
        FRAME.bad(
            "frame-right-bit",
            (rule, "signature"),
            "one bit on the right",
            bit_flipped(&inner, 8, 0),
        ),
        FRAME.bad(
            "frame-signature-bit",
            (rule, "signature"),
            "one bit of the signature",
            bit_flipped(plain, 4, 63),
        ),
        FRAME.bad(
            "frame-other-hub",
            (rule, "signature"),
            "another hub's name",
            with(plain, 0, "SG"),
        ),
        FRAME.bad(
            "frame-other-epoch",
            (rule, "signature"),
            "another epoch",
            with(plain, 1, 1),
        ),
    ]
}
