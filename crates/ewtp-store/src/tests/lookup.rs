//! Documents are found while the index moves under the reader.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::Store;
use crate::fixture::{certificate, commit, engines, entries, log, open};

/// Enough that bundles are folded twice, in commits that end inside bundles.
const RECORDS: u64 = 9_000;
const COMMIT: u64 = 60;

#[test]
fn our_own_document_is_found_at_every_moment_of_its_way_from_the_tail_to_the_index() {
    for engine in engines() {
        let folder = tempfile::tempdir().unwrap();
        let my = log("MY");
        let (
            Store {
                mut ledger,
                mut index,
                reader,
            },
            _,
        ) = open(folder.path(), engine);
        let committed = AtomicU64::new(0);
        let find = |index: u64| {
            let subject = &format!("MY-{index}");
            reader.by_document(&certificate(my.hub, subject)).unwrap()
        };
        std::thread::scope(|scope| {
            scope.spawn(|| {
                for start in (0..RECORDS).step_by(usize::try_from(COMMIT).unwrap()) {
                    ledger
                        .commit(&[commit(vec![entries(my, start, start + COMMIT)])])
                        .unwrap();
                    committed.store(start + COMMIT, Ordering::Release);
                    index.follow().unwrap();
                }
            });
            let mut newest = 0;
            while newest < RECORDS {
                newest = committed.load(Ordering::Acquire);
                if let Some(index) = newest.checked_sub(1) {
                    assert_eq!(find(index), Some(my.at(index)));
                }
                assert_eq!(find(RECORDS), None);
            }
        });
    }
}
