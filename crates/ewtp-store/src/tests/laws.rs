//! Whatever is committed, followed, examined and reopened in whatever order: the store agrees with a model in memory.

use std::collections::BTreeMap;

use ewtp_federation::{CosignGuard, Fact, Guard, Item};
use ewtp_record::{LogId, RecordKind, UnixTime};
use proptest::prelude::*;
use tempfile::TempDir;

use crate::fixture::{
    checkpoint, commit, editions, engines, entries, finding, findings, guard, judged, log, open, options, records, root,
};
use crate::{Engine, Store, reindex};

/// What a test does next.
#[derive(Clone, Debug)]
enum Deed {
    /// One commit call that appends to both logs, in that many commits.
    Commit {
        ours: u64,
        theirs: u64,
        commits: u64,
    },
    Checkpoint,
    Cosign,
    Follow,
    Examine {
        records: u64,
    },
    /// A revocation takes findings back from there on.
    Revoke {
        from: u64,
    },
    Reopen,
    LoseIndex,
    Reindex,
}

fn deed() -> impl Strategy<Value = Deed> {
    let commit =
        (1..90u64, 0..300u64, 1..4u64).prop_map(|(ours, theirs, commits)| Deed::Commit { ours, theirs, commits });
    let examine = (1..400u64).prop_map(|records| Deed::Examine { records });
    let rare = prop_oneof![Just(Deed::Reopen), Just(Deed::LoseIndex), Just(Deed::Reindex)];
    prop_oneof![
        5 => commit,
        1 => Just(Deed::Checkpoint),
        1 => Just(Deed::Cosign),
        2 => Just(Deed::Follow),
        2 => examine,
        1 => (0..500u64).prop_map(|from| Deed::Revoke { from }),
        2 => rare,
    ]
}

/// What the store should hold of a log.
#[derive(Clone, Copy, Debug, Default)]
struct Expected {
    size: u64,
    examined_to: u64,
    /// Records examined at least once.
    looked_up: u64,
    checkpoint: Option<u64>,
    guard: Option<u64>,
    cosign_guard: Option<u64>,
}

struct Trial {
    folder: TempDir,
    engine: Engine,
    store: Option<Store>,
    expected: BTreeMap<LogId, Expected>,
}

impl Trial {
    fn new(engine: Engine) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Some(open(folder.path(), engine).0);
        Self {
            folder,
            engine,
            store,
            expected: BTreeMap::new(),
        }
    }

    fn store(&mut self) -> &mut Store {
        self.store.as_mut().unwrap()
    }

    fn does(&mut self, deed: &Deed) {
        let (my, rw) = (log("MY"), log("RW"));
        match deed {
            Deed::Commit { ours, theirs, commits } => {
                let calls: Vec<_> = (0..*commits).map(|_| self.commit(my, *ours, rw, *theirs)).collect();
                self.store().ledger.commit(&calls).unwrap();
            }
            Deed::Checkpoint => self.fact(my, |size, expected| {
                expected.checkpoint = Some(size);
                checkpoint(my, size)
            }),
            Deed::Cosign => self.fact(rw, |size, expected| {
                expected.cosign_guard = Some(size);
                let (root, time) = (root(rw, size), UnixTime(size));
                Item::Fact(Fact::CosignGuard(rw, CosignGuard { size, root, time }))
            }),
            Deed::Follow => self.store().index.follow().unwrap(),
            Deed::Examine { records } => self.examine(rw, *records),
            Deed::Revoke { from } => self.revoke(rw, *from),
            Deed::Reopen => self.reopen(),
            Deed::LoseIndex => {
                drop(self.store.take());
                std::fs::remove_dir_all(self.folder.path().join("index")).unwrap();
                self.forget_findings();
                self.reopen();
            }
            Deed::Reindex => {
                drop(self.store.take());
                self.forget_findings();
                self.store = Some(reindex(self.folder.path(), &options(self.engine)).unwrap().0);
            }
        }
    }

    fn commit(&mut self, my: LogId, ours: u64, rw: LogId, theirs: u64) -> ewtp_federation::Commit {
        let mut items = Vec::new();
        for (log, count) in [(my, ours), (rw, theirs)].into_iter().filter(|(_, count)| *count > 0) {
            let expected = self.expected.entry(log).or_default();
            items.push(entries(log, expected.size, expected.size + count));
            expected.size += count;
            if log == my {
                items.push(guard(my, expected.size));
                expected.guard = Some(expected.size);
            }
        }
        commit(items)
    }

    fn fact(&mut self, log: LogId, fact: impl FnOnce(u64, &mut Expected) -> Item) {
        let Some(expected) = self.expected.get_mut(&log) else {
            return;
        };
        let item = fact(expected.size, expected);
        self.store().ledger.commit(&[commit(vec![item])]).unwrap();
    }

    fn examine(&mut self, log: LogId, records: u64) {
        let Some(expected) = self.expected.get_mut(&log) else {
            return;
        };
        let from = expected.examined_to;
        expected.examined_to = expected.size.min(from + records);
        expected.looked_up = expected.looked_up.max(expected.examined_to);
        let findings = findings(log, from, expected.examined_to);
        self.store()
            .index
            .apply_findings(&judged(log, from, &findings))
            .unwrap();
    }

    fn revoke(&mut self, log: LogId, from: u64) {
        if let Some(expected) = self.expected.get_mut(&log) {
            expected.examined_to = expected.examined_to.min(from);
            self.store().index.reopen(log, from, 0).unwrap();
        }
    }

    /// Also what was ever looked up: a new index looks up what it examines.
    fn forget_findings(&mut self) {
        let all = self.expected.values_mut();
        all.for_each(|expected| (expected.examined_to, expected.looked_up) = (0, 0));
    }

    fn reopen(&mut self) {
        drop(self.store.take());
        let (store, restored) = open(self.folder.path(), self.engine);
        assert_eq!(restored.logs.len(), self.expected.len());
        for (held, (log, expected)) in restored.logs.iter().zip(&self.expected) {
            let guarded = |size: Option<u64>| {
                size.map(|size| Guard {
                    size,
                    root: root(*log, size),
                })
            };
            assert_eq!((held.log, held.tree.root()), (*log, root(*log, expected.size)));
            assert_eq!(
                held.facts.checkpoint.as_ref().map(|checkpoint| checkpoint.size),
                expected.checkpoint
            );
            assert_eq!(
                held.checkpoint_range.as_ref().map(|range| range.root()),
                expected.checkpoint.map(|size| root(*log, size))
            );
            assert_eq!(
                (held.examined_to, held.facts.guard),
                (expected.examined_to, guarded(expected.guard))
            );
            assert_eq!(
                held.facts
                    .cosign_guard
                    .map(|CosignGuard { size, root, .. }| Guard { size, root }),
                guarded(expected.cosign_guard)
            );
        }
        self.store = Some(store);
    }

    fn check(&mut self) {
        let expected = self.expected.clone();
        let reader = &self.store().reader;
        for (log, expected) in expected {
            assert_eq!(
                (reader.size(log), reader.examined_to(log)),
                (expected.size, expected.examined_to)
            );
            let from = expected.size.saturating_sub(400);
            assert_eq!(
                reader.range(log, from, expected.size).unwrap(),
                records(log, from, expected.size)
            );
            assert_eq!(
                reader.tree(log, expected.size).unwrap().root(),
                root(log, expected.size)
            );
            if let Some(last) = expected.size.checked_sub(1) {
                let found = reader.find(&finding(log, last).id).unwrap();
                let known = log == self::log("MY") || last < expected.looked_up;
                assert_eq!(found, known.then_some(log.at(last)));
            }
        }
        let listed = reader.list(None, None, None, 10_000).unwrap();
        let editions_listed = reader
            .list(None, Some(RecordKind::TARIFF_EDITION), None, 10_000)
            .unwrap();
        let examined_to = self.expected.get(&log("RW")).map_or(0, |expected| expected.examined_to);
        assert_eq!(listed, findings(log("RW"), 0, examined_to));
        assert_eq!(editions_listed, editions(&listed));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, max_shrink_iters: 60, ..ProptestConfig::default() })]

    #[test]
    fn any_sequence_of_deeds_leaves_what_the_model_says(deeds in prop::collection::vec(deed(), 1..14)) {
        for engine in engines() {
            let mut trial = Trial::new(engine);
            for deed in &deeds {
                trial.does(deed);
                trial.check();
            }
            trial.reopen();
            trial.check();
        }
    }
}
