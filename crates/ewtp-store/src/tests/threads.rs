//! One thread commits, one indexes, many read: nobody sees what is not durable, nobody misses what is.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use bytes::Bytes;
use ewtp_federation::Item;
use ewtp_log::{Hash, leaf_hash};

use crate::fixture::{commit, engines, entries, finding, findings, log, open, record, root};
use crate::{Store, TAIL_RECORDS_MAX};

#[test]
fn readers_on_many_threads_see_every_durable_record_while_others_write() {
    const SIZE: u64 = 5_200; // past the first fold of lookup rows
    for engine in engines() {
        let folder = tempfile::tempdir().unwrap();
        let (my, rw) = (log("MY"), log("RW"));
        let (
            Store {
                mut ledger,
                mut index,
                reader,
            },
            _,
        ) = open(folder.path(), engine);
        let written = AtomicBool::new(false);
        thread::scope(|scope| {
            scope.spawn(|| {
                for from in (0..SIZE).step_by(65) {
                    let to = SIZE.min(from + 65);
                    ledger
                        .commit(&[commit(vec![entries(my, from, to), entries(rw, from, to)])])
                        .unwrap();
                }
                written.store(true, Ordering::Release);
            });
            scope.spawn(|| {
                while reader.examined_to(rw) < SIZE {
                    index.follow().unwrap();
                    let (from, size) = (reader.examined_to(rw), reader.size(rw));
                    index
                        .apply_findings(rw, from, &findings(rw, from, size.min(from + 100)))
                        .unwrap();
                }
            });
            for seed in 0..3u64 {
                let (reader, written) = (reader.clone(), &written);
                scope.spawn(move || {
                    let mut at = seed;
                    while !written.load(Ordering::Acquire) {
                        let size = reader.size(my);
                        let Some(last) = size.checked_sub(1) else { continue };
                        at = at.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                        let index = (at >> 33) % size;
                        assert_eq!(reader.record(&my.at(index)).unwrap().unwrap(), record(my, index));
                        assert_eq!(reader.record(&my.at(last)).unwrap().unwrap(), record(my, last));
                        assert_eq!(
                            reader.find(&finding(my, index).id).unwrap(),
                            Some(my.at(index)),
                            "{index} of {size}"
                        );
                        let examined_to = reader.examined_to(rw);
                        if let Some(index) = at.checked_rem(examined_to) {
                            assert_eq!(
                                reader.finding(&finding(rw, index).id).unwrap(),
                                Some(finding(rw, index))
                            );
                        }
                    }
                });
            }
        });
        assert_eq!(reader.tree(rw, SIZE).unwrap().root(), root(rw, SIZE));
    }
}

#[test]
fn a_commit_waits_for_the_index_when_the_tail_is_full() {
    let folder = tempfile::tempdir().unwrap();
    let rw = log("RW");
    let (
        Store {
            mut ledger,
            mut index,
            reader,
        },
        _,
    ) = open(folder.path(), engines()[0]);
    let half = TAIL_RECORDS_MAX / 2;
    let small = |start: u64| {
        let (records, leaf) = (vec![Bytes::from_static(b"x"); half], leaf_hash(b"x"));
        commit(vec![Item::Entries {
            log: rw,
            start,
            records,
            leaves: vec![leaf; half],
        }])
    };
    ledger.commit(&[small(0)]).unwrap();
    ledger.commit(&[small(half as u64)]).unwrap();
    thread::scope(|scope| {
        let waiting = scope.spawn(|| ledger.commit(&[small(2 * half as u64)]));
        thread::sleep(Duration::from_millis(100));
        assert!(!waiting.is_finished());
        assert_eq!(
            reader.record(&rw.at(half as u64)).unwrap().unwrap(),
            b"x"[..],
            "reads do not wait"
        );
        index.follow().unwrap();
        waiting.join().unwrap().unwrap();
    });
    assert_eq!(reader.size(rw), 3 * half as u64);
    assert_ne!(reader.tree(rw, reader.size(rw)).unwrap().root(), Hash([0; 32]));
}
