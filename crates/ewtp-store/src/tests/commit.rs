//! Commit, read, examine, restart: the plain life of a store.

use ewtp_federation::{CosignGuard, CosignedCheckpoint, Fact, Guard, Item, SignedCheckpoint, Split, WitnessSignature};
use ewtp_log::Hash;
use ewtp_record::{CharterId, CharterName, RecordId, RecordKind, UnixTime};
use ewtp_trust::{Fault, Standing};

use crate::fixture::{
    certificate, checkpoint, commit, editions, engines, entries, finding, findings, guard, hub, judged, log, manifest,
    open, options, range, record, record_of, records, root, sound,
};
use crate::{Judged, Reader, Store, StoreError, reindex};

#[test]
fn records_are_read_as_soon_as_they_are_durable_and_again_when_indexed() {
    for engine in engines() {
        let folder = tempfile::tempdir().unwrap();
        let (
            Store {
                mut ledger,
                mut index,
                reader,
            },
            _,
        ) = open(folder.path(), engine);
        let (my, rw) = (log("MY"), log("RW"));
        for at in 0..7 {
            ledger
                .commit(&[
                    commit(vec![entries(my, at * 100, at * 100 + 100)]),
                    commit(vec![entries(rw, at, at + 1)]),
                ])
                .unwrap();
            if at % 3 == 1 {
                index.follow().unwrap();
            }
        }
        for _ in 0..2 {
            assert_eq!((reader.size(my), reader.size(rw)), (700, 7));
            assert_eq!(reader.range(my, 0, 700).unwrap(), records(my, 0, 700));
            assert_eq!(reader.range(my, 299, 401).unwrap(), records(my, 299, 401));
            assert_eq!(reader.range(rw, 2, 7).unwrap(), records(rw, 2, 7));
            for index in [0, 99, 100, 255, 256, 511, 512, 699] {
                assert_eq!(reader.record(&my.at(index)).unwrap().unwrap(), record(my, index));
                assert_eq!(reader.tree(my, index).unwrap().root(), root(my, index));
            }
            assert_eq!(reader.record(&my.at(700)).unwrap(), None);
            assert!(matches!(
                reader.range(my, 0, 701),
                Err(StoreError::Beyond { size: 700, .. })
            ));
            index.follow().unwrap();
        }
    }
}

#[test]
fn a_restart_restores_every_log_with_tree_checkpoint_guards_and_charters() {
    for engine in engines() {
        let folder = tempfile::tempdir().unwrap();
        let (my, rw) = (log("MY"), log("RW"));
        let charters = [0, 1].map(|number| record_of(RecordKind::CHARTER, rw, "charter", number, 300));
        {
            let (
                Store {
                    mut ledger, mut index, ..
                },
                restored,
            ) = open(folder.path(), engine);
            assert!(restored.logs.is_empty() && restored.charters.is_empty() && restored.manifests.is_empty());
            let travelled = charters
                .iter()
                .rev()
                .map(|record| Item::Fact(Fact::Charter(rw.hub, record.clone())));
            ledger.commit(&[commit(travelled.collect())]).unwrap();
            ledger
                .commit(&[commit(vec![entries(my, 0, 600), guard(my, 600)])])
                .unwrap();
            ledger
                .commit(&[commit(vec![
                    checkpoint(my, 300),
                    entries(rw, 0, 10),
                    checkpoint(rw, 10),
                ])])
                .unwrap();
            let cosign = Item::Fact(Fact::CosignGuard(rw, cosign_guard(rw, 10)));
            ledger
                .commit(&[commit(vec![cosign]), commit(vec![cosigned(rw, 10)])])
                .unwrap();
            let [first, later] = [1, 2].map(|root| Item::Fact(Fact::Evidence(rw.hub, Box::new(split(root)))));
            ledger.commit(&[commit(vec![first]), commit(vec![later])]).unwrap();
            index.apply_findings(&judged(my, 0, &findings(my, 0, 400))).unwrap();
        }
        let (store, restored) = open(folder.path(), engine);
        assert_eq!(restored.charters, [(rw.hub, charters.to_vec())]);
        assert_eq!(restored.manifests, [(my.hub, record(my, 1))]);
        let [restored_my, restored_rw] = &restored.logs[..] else {
            panic!("two logs, not {}", restored.logs.len())
        };
        assert_eq!(
            (restored_my.log, restored_my.tree.size(), restored_my.tree.root()),
            (my, 600, root(my, 600))
        );
        assert_eq!(restored_my.facts.checkpoint.as_ref().unwrap().size, 300);
        assert_eq!(restored_my.checkpoint_range, Some(range(my, 300)));
        assert_eq!(
            (restored_my.examined_to, restored_my.charter),
            (400, Some(0)),
            "our own log key signs under its newest charter"
        );
        assert_eq!(restored_rw.charter, None);
        assert_eq!(store.reader.logged_charters(my).unwrap(), [(0, 0)]);
        assert_eq!(
            store.reader.logged_charters(rw).unwrap(),
            [],
            "a charter that nobody examined gives no authority"
        );
        assert_eq!(
            (restored_my.facts.guard, restored_my.facts.cosign_guard),
            (
                Some(Guard {
                    size: 600,
                    root: root(my, 600)
                }),
                None
            )
        );
        assert_eq!(
            (restored_rw.log, restored_rw.tree.root(), restored_rw.examined_to),
            (rw, root(rw, 10), 0)
        );
        assert_eq!(restored_rw.facts.split, Some(split(1)), "the first is kept");
        assert_eq!(restored_rw.facts.cosign_guard, Some(cosign_guard(rw, 10)));
        assert_eq!(restored_rw.facts.cosigned.as_ref().unwrap().cosignatures.len(), 1);
        assert_eq!(store.reader.checkpoint(rw.hub).unwrap().size, 10);
        assert_eq!(store.reader.cosigned(rw.hub).unwrap().cosignatures[0].time, UnixTime(5));
    }
}

fn cosign_guard(log: ewtp_record::LogId, size: u64) -> CosignGuard {
    CosignGuard {
        size,
        root: root(log, size),
        time: UnixTime(77),
    }
}

fn split(root: u8) -> Split {
    let offered = SignedCheckpoint {
        epoch: 0,
        charter: CharterName {
            number: 0,
            id: CharterId([4; 32]),
        },
        size: 9,
        root: Hash([root; 32]),
        signature: [3; 64],
    };
    Split { held: None, offered }
}

fn cosigned(log: ewtp_record::LogId, size: u64) -> Item {
    let checkpoint = SignedCheckpoint {
        epoch: 0,
        charter: CharterName {
            number: 0,
            id: CharterId([4; 32]),
        },
        size,
        root: root(log, size),
        signature: [3; 64],
    };
    let cosignatures = vec![WitnessSignature {
        hub: hub("MY"),
        time: UnixTime(5),
        signature: [4; 64],
    }];
    let cosigned = CosignedCheckpoint {
        checkpoint,
        cosignatures,
    };
    Item::Fact(Fact::Cosigned(log.hub, cosigned))
}

#[test]
fn our_own_documents_are_found_before_the_index_has_seen_them_and_after() {
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
        ledger.commit(&[commit(vec![entries(my, 0, 300)])]).unwrap();
        let again = [record_of(RecordKind::CERTIFICATE, my, "MY-5", 0, 400)];
        let leaves = again.iter().map(|record| ewtp_log::leaf_hash(record)).collect();
        ledger
            .commit(&[commit(vec![Item::Entries {
                log: my,
                start: 300,
                records: again.to_vec(),
                leaves,
            }])])
            .unwrap();
        for _ in 0..2 {
            let found = |subject: &str| reader.by_document(&certificate(my.hub, subject)).unwrap();
            assert_eq!(found("MY-299"), Some(my.at(299)));
            assert_eq!(found("MY-5"), Some(my.at(5)), "the first place stays");
            assert_eq!(found("MY-301"), None);
            assert_eq!(reader.find(&finding(my, 44).id).unwrap(), Some(my.at(44)));
            assert_eq!(reader.find(&RecordId([1; 32])).unwrap(), None);
            index.follow().unwrap();
        }
    }
}

#[test]
fn findings_are_listed_found_and_replaced() {
    for engine in engines() {
        let folder = tempfile::tempdir().unwrap();
        let rw = log("RW");
        let (
            Store {
                mut ledger,
                mut index,
                reader,
            },
            _,
        ) = open(folder.path(), engine);
        ledger.commit(&[commit(vec![entries(rw, 0, 600)])]).unwrap();
        assert_eq!(
            reader.find(&finding(rw, 3).id).unwrap(),
            None,
            "another hub's record is found once examined"
        );
        for (from, to) in [(0, 1), (1, 200), (200, 300), (300, 599)] {
            index
                .apply_findings(&judged(rw, from, &findings(rw, from, to)))
                .unwrap();
        }
        assert_eq!(reader.examined_to(rw), 599);
        assert_eq!(reader.finding(&finding(rw, 3).id).unwrap(), Some(finding(rw, 3)));
        assert_eq!(reader.finding_at(&rw.at(599)).unwrap(), None);
        assert_eq!(reader.list(None, None, None, 1000).unwrap(), findings(rw, 0, 599));
        assert_eq!(
            reader.list(Some(rw.hub), None, Some(rw.at(254)), 3).unwrap(),
            findings(rw, 255, 258)
        );
        assert_eq!(
            reader.list(None, Some(RecordKind::MANIFEST), None, 10).unwrap(),
            [finding(rw, 1)]
        );
        assert!(reader.list(Some(hub("MY")), None, None, 10).unwrap().is_empty());
    }
}

#[test]
fn editions_are_listed_page_by_page_of_one_hub_or_all() {
    for engine in engines() {
        let folder = tempfile::tempdir().unwrap();
        let (rw, th) = (log("RW"), log("TH"));
        let (
            Store {
                mut ledger,
                mut index,
                reader,
            },
            _,
        ) = open(folder.path(), engine);
        ledger
            .commit(&[commit(vec![entries(rw, 0, 600), entries(th, 0, 200)])])
            .unwrap();
        for (log, to) in [(rw, 600), (th, 200)] {
            index.apply_findings(&judged(log, 0, &findings(log, 0, to))).unwrap();
        }
        let (of_rw, of_th) = (editions(&findings(rw, 0, 600)), editions(&findings(th, 0, 200)));
        let list = |hub, after, limit| {
            reader
                .list(hub, Some(RecordKind::TARIFF_EDITION), after, limit)
                .unwrap()
        };
        assert_eq!((of_rw.len(), list(None, None, 4)), (6, of_rw[..4].to_vec()));
        let rest = [&of_rw[4..], &of_th].concat();
        assert_eq!(list(None, Some(of_rw[3].position), 10), rest);
        assert_eq!(list(Some(th.hub), None, 10), of_th);
        assert_eq!(list(None, Some(of_th[1].position), 10), []);
        assert_eq!(list(None, None, 0), []);
    }
}

#[test]
fn what_a_revocation_takes_back_is_undecided_until_it_is_examined_again() {
    for engine in engines() {
        let folder = tempfile::tempdir().unwrap();
        let rw = log("RW");
        let mut again = findings(rw, 0, 599);
        again[250..]
            .iter_mut()
            .for_each(|finding| finding.standing = Standing::Faulty(Fault::RevokedKey));
        let first = |to: u64| &again[..to as usize];
        let told = |reader: &Reader, to: u64| {
            assert_eq!(reader.examined_to(rw), to);
            assert_eq!(reader.list(None, None, None, 1_000).unwrap(), first(to));
            for index in [0, 249, 250, 255, 256, 400, 598] {
                let found = first(to).get(index as usize).cloned();
                assert_eq!(reader.finding_at(&rw.at(index)).unwrap(), found);
                assert_eq!(reader.find(&finding(rw, index).id).unwrap(), Some(rw.at(index)));
            }
        };
        {
            let (
                Store {
                    mut ledger,
                    mut index,
                    reader,
                },
                _,
            ) = open(folder.path(), engine);
            ledger.commit(&[commit(vec![entries(rw, 0, 600)])]).unwrap();
            index.apply_findings(&judged(rw, 0, &findings(rw, 0, 599))).unwrap();
            index.reopen(rw, 250, 1).unwrap();
            assert_eq!(reader.examined_under(rw), 1);
            told(&reader, 250);
        }
        let (Store { mut index, reader, .. }, restored) = open(folder.path(), engine);
        assert_eq!((restored.logs[0].examined_to, reader.examined_under(rw)), (250, 1));
        told(&reader, 250);
        for to in [300, 520, 599] {
            let from = reader.examined_to(rw);
            let judged = Judged {
                under_charter: 1,
                ..judged(rw, from, &again[from as usize..to as usize])
            };
            index.apply_findings(&judged).unwrap();
            told(&reader, to);
        }
        index.reopen(rw, 900, 2).unwrap();
        assert_eq!((reader.examined_to(rw), reader.examined_under(rw)), (599, 2));
    }
}

#[test]
fn findings_out_of_order_or_beyond_the_log_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let rw = log("RW");
    let (
        Store {
            mut ledger, mut index, ..
        },
        _,
    ) = open(folder.path(), engines()[0]);
    ledger.commit(&[commit(vec![entries(rw, 0, 10)])]).unwrap();
    for (from, findings) in [
        (1, findings(rw, 1, 2)),
        (0, findings(rw, 1, 2)),
        (0, findings(rw, 0, 11)),
    ] {
        assert!(matches!(
            index.apply_findings(&judged(rw, from, &findings)),
            Err(StoreError::Unexamined { .. })
        ));
    }
    index.apply_findings(&judged(rw, 0, &findings(rw, 0, 10))).unwrap();
}

#[test]
fn a_commit_that_breaks_a_promise_is_refused_and_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let my = log("MY");
    let (Store { mut ledger, reader, .. }, _) = open(folder.path(), engines()[0]);
    ledger
        .commit(&[commit(vec![entries(my, 0, 10), guard(my, 10)])])
        .unwrap();
    let end = ledger.end();
    let other_root = Guard {
        size: 10,
        root: Hash([1; 32]),
    };
    let other_root = Item::Fact(Fact::Guard(my, other_root));
    let unhashed = Item::Entries {
        log: my,
        start: 10,
        records: records(my, 10, 12),
        leaves: vec![Hash([0; 32])],
    };
    for item in [
        entries(my, 9, 12),
        entries(my, 12, 13),
        guard(my, 9),
        other_root,
        unhashed,
    ] {
        let refused = ledger
            .commit(&[commit(vec![entries(my, 10, 11)]), commit(vec![item])])
            .unwrap_err();
        assert!(
            !matches!(refused, StoreError::Io { .. } | StoreError::Poisoned { .. }),
            "{refused}"
        );
        assert_eq!((ledger.end(), reader.size(my)), (end, 10));
    }
    ledger
        .commit(&[commit(vec![entries(my, 10, 11), guard(my, 11)])])
        .unwrap();
}

#[test]
fn the_newest_manifest_of_each_node_is_restored_whatever_its_name() {
    for engine in engines() {
        let folder = tempfile::tempdir().unwrap();
        let my = log("MY");
        let manifests = [
            manifest(my, "node-a", 1, 1),
            manifest(my, "node-a", 1, 0),
            manifest(my, "node-a", 2, 0),
            manifest(my, "node-b", 3, 0),
            manifest(my, "node-c", 3, 1),
        ];
        {
            let (mut store, _) = open(folder.path(), engine);
            let leaves: Vec<_> = manifests.iter().map(|record| ewtp_log::leaf_hash(record)).collect();
            let logged = Item::Entries {
                log: my,
                start: 0,
                records: manifests.to_vec(),
                leaves: leaves.clone(),
            };
            store.ledger.commit(&[commit(vec![logged])]).unwrap();
            store.index.follow().unwrap();
            let found: Vec<_> = (0..)
                .zip(&manifests)
                .map(|(index, bytes)| sound(my, index, bytes.clone()))
                .collect();
            store.index.apply_findings(&judged(my, 0, &found)).unwrap();
        }
        let (_, restored) = open(folder.path(), engine);
        let of = |index: usize| (my.hub, manifests[index].clone());
        assert_eq!(restored.manifests, [of(0), of(2), of(4)]);
    }
}

#[test]
fn a_second_opener_is_told_that_the_folder_is_held() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path(), engines()[0]);
    assert!(matches!(
        Store::open(folder.path(), &options(engines()[0])),
        Err(StoreError::Locked { .. })
    ));
    drop(store);
    open(folder.path(), engines()[0]);
}

#[test]
fn a_rebuilt_index_equals_the_followed_one_row_for_row() {
    for engine in engines() {
        let folder = tempfile::tempdir().unwrap();
        let (my, rw) = (log("MY"), log("RW"));
        let followed = {
            let (
                Store {
                    mut ledger,
                    mut index,
                    reader,
                },
                _,
            ) = open(folder.path(), engine);
            let (mut size, mut step) = (0, 1);
            while size < 900 {
                ledger
                    .commit(&[commit(vec![entries(my, size, size + step), guard(my, size + step)])])
                    .unwrap();
                ledger
                    .commit(&[commit(vec![
                        entries(rw, size, size + step),
                        checkpoint(rw, size + step),
                    ])])
                    .unwrap();
                (size, step) = (size + step, step % 60 + 7);
                if step % 3 == 0 {
                    index.follow().unwrap();
                    let examined_to = reader.examined_to(my);
                    index
                        .apply_findings(&judged(my, examined_to, &findings(my, examined_to, size)))
                        .unwrap();
                }
            }
            index.follow().unwrap();
            reader.rows()
        };
        let (Store { mut index, reader, .. }, _) = reindex(folder.path(), &options(engine)).unwrap();
        let mut examined_to = followed
            .iter()
            .filter(|(key, _)| key[0] == 3)
            .map(|(_, value)| u64::from_be_bytes(value[..8].try_into().unwrap()));
        index
            .apply_findings(&judged(my, 0, &findings(my, 0, examined_to.next_back().unwrap())))
            .unwrap();
        assert_eq!(reader.rows(), followed);
    }
}
