use super::*;
use crate::testing::{Book, directory, found};

fn serve(book: &Book, covered: &Covered, from: u64, to: u64) -> Vec<Bytes> {
    let request = RangeRequest {
        hub: book.hub.code,
        epoch: 0,
        from,
        to,
    };
    let serving = Serving::plan(book.log(), &book.tree, covered, request).expect("the stretch is held");
    let fill = |plan: &BundlePlan| {
        let stretch = usize::try_from(plan.bundle_start).unwrap()..usize::try_from(plan.to).unwrap();
        frames(&serving, plan, &book.records[stretch])
    };
    serving.bundles.iter().flat_map(fill).collect()
}

/// Checks that frames follow each other from `from`, each under the checkpoint, and gives the records and the end.
fn read(frames: &[Bytes], from: u64, covered: &Covered) -> (Vec<Bytes>, u64) {
    let mut next = from;
    let mut records = Vec::new();
    for frame in frames {
        assert!(frame.len() <= BUNDLE_FRAME_BYTES_MAX);
        let run = decode(frame).unwrap();
        assert_eq!((run.start, &run.checkpoint), (next, &covered.checkpoint));
        next = run.end();
        records.extend(run.records);
    }
    (records, next)
}

#[test]
fn every_split_of_every_log_proves_itself() {
    let [my, _] = found(["MY", "SG"]);
    let book = Book::of(&my, 600);
    for size in 1..=600 {
        let mut covered = book.covered(size);
        covered.checkpoint.signature = [0; 64]; // the signature is not what this is about
        let (records, end) = read(&serve(&book, &covered, 0, size), 0, &covered);
        assert_eq!(
            (records.as_slice(), end),
            (&book.records[..usize::try_from(size).unwrap()], size)
        );
    }
}

#[test]
fn a_stretch_from_anywhere_is_served_to_the_end_of_its_bundle() {
    let [my, _] = found(["MY", "SG"]);
    let book = Book::of(&my, 600);
    let covered = book.covered(600);
    for from in 0..600 {
        let (_, end) = read(&serve(&book, &covered, from, from + 1), from, &covered);
        assert_eq!(end, (from + 1).next_multiple_of(BUNDLE).min(600));
    }
}

#[test]
fn a_bundle_of_large_records_goes_in_several_frames() {
    let [my, _] = found(["MY", "SG"]);
    let record = |index: usize| match index % 5 {
        0 => Bytes::from(vec![u8::try_from(index % 251).unwrap(); 65_535]),
        1 => Bytes::from(vec![1; 30_000]),
        _ => Bytes::from(format!("entry {index}")),
    };
    let book = Book::new(&my, (0..300).map(record));
    let covered = book.covered(290);
    for from in [0, 3, 255, 256, 260] {
        let frames = serve(&book, &covered, from, 290);
        let (records, end) = read(&frames, from, &covered);
        assert_eq!((end, records.len() as u64), (290, 290 - from));
        assert!(from > 250 || frames.len() > 30);
    }
}

#[test]
fn frames_from_anyone_in_any_order_verify() {
    let hubs = found(["MY", "SG"]);
    let book = Book::of(&hubs[0], 600);
    let mut frames = serve(&book, &book.covered(600), 0, 600);
    frames.extend(serve(&book, &book.covered(450), 256, 450));
    frames.reverse();
    let known = directory(&hubs);
    for frame in frames {
        decode(&frame).unwrap().verify(&known).unwrap();
    }
}

#[test]
fn every_bit_of_a_frame_counts() {
    let hubs = found(["MY", "SG"]);
    let book = Book::of(&hubs[0], 261);
    let known = directory(&hubs);
    let frame = serve(&book, &book.covered(261), 253, 256).remove(0);
    for at in 0..frame.len() {
        let mut changed = frame.to_vec();
        changed[at] ^= 4;
        assert!(
            decode(&changed).and_then(|run| run.verify(&known)).is_err(),
            "byte {at}"
        );
    }
}

#[test]
fn a_request_beyond_what_is_held_or_of_another_log_gets_nothing() {
    let [my, sg] = found(["MY", "SG"]);
    let book = Book::of(&my, 600);
    let covered = book.covered(500);
    let request = |hub: &crate::testing::Hub, epoch, from, to| RangeRequest {
        hub: hub.code,
        epoch,
        from,
        to,
    };
    let nothing = [
        request(&my, 0, 500, 600),
        request(&my, 0, i64::MAX as u64 - 1, i64::MAX as u64),
        request(&my, 1, 0, 10),
        request(&sg, 0, 0, 10),
    ];
    for request in nothing {
        assert!(
            Serving::plan(book.log(), &book.tree, &covered, request).is_none(),
            "{request:?}"
        );
    }
}

#[test]
fn a_request_for_everything_gets_sixteen_bundles() {
    let [my, _] = found(["MY", "SG"]);
    let book = Book::of(&my, 5_000);
    let request = RangeRequest {
        hub: my.code,
        epoch: 0,
        from: 10,
        to: i64::MAX as u64,
    };
    let serving = Serving::plan(book.log(), &book.tree, &book.covered(5_000), request).unwrap();
    let served: u64 = serving.bundles.iter().map(|plan| plan.to - plan.from).sum();
    assert!(served <= REQUEST_RECORDS_MAX + BUNDLE, "{served}");
    assert_eq!(serving.bundles.len(), 17, "the first of them in part");
}

#[test]
fn a_bundle_served_in_pieces_is_the_same_bundle() {
    let [my, _] = found(["MY", "SG"]);
    let book = Book::new(
        &my,
        (0..256).map(|index| Bytes::from(vec![7; 1_000 * (index % 60) + 1])),
    );
    let mut covered = book.covered(256);
    covered.checkpoint.signature = [0; 64]; // the signature is not what this is about
    for from in [0, 17, 255] {
        let whole = serve(&book, &covered, from, 256);
        let request = RangeRequest {
            hub: my.code,
            epoch: 0,
            from,
            to: 256,
        };
        let serving = Serving::plan(book.log(), &book.tree, &covered, request).unwrap();
        for bytes_max in [1, 300_000, 1 << 20] {
            let (mut plan, mut pieces) = (serving.bundles[0].clone(), Vec::new());
            while plan.from < plan.to {
                let (frames, next) = frames_within(&serving, &plan, &book.records[..256], bytes_max);
                let bytes: usize = frames.iter().map(Bytes::len).sum();
                assert!(bytes < bytes_max + BUNDLE_FRAME_BYTES_MAX, "{bytes}");
                pieces.extend(frames);
                plan.from = next;
            }
            assert_eq!(pieces, whole);
        }
    }
}
