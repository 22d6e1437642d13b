//! The examiner: follows the ledger with the index and judges each record that became durable, in log order.
//!
//! Signatures are verified in parallel, findings are applied by one writer. A finding depends on log content only, so
//! it does not matter when the examiner gets to a record, nor how often.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::thread::JoinHandle;

use anyhow::Context as _;
use arc_swap::ArcSwap;
use bytes::Bytes;
use ewtp_federation::{Input, Restored};
use ewtp_log::leaf_hash;
use ewtp_record::{LogId, Position, Record, RecordId, RecordKind};
use ewtp_store::{IndexWriter, Reader, StoreError};
use ewtp_trust::{Authority, Directory, Finding, examine};
use rayon::prelude::*;
use tokio::sync::{mpsc, watch};

use super::{EndWatch, Event, Examination, GrowthObserver};

/// Records examined between two looks at what else is to be done: about 25 ms of two cores.
const CHUNK_RECORDS: u64 = 1_024;

/// Charters found in each log, as the store kept them.
pub(super) type LoggedCharters = BTreeMap<LogId, Vec<(u64, u32)>>;

/// Picks from what was restored what the examiner goes on from.
pub(super) fn logged_charters(restored: &Restored) -> LoggedCharters {
    restored
        .logs
        .iter()
        .map(|log| (log.log, log.logged_charters.clone()))
        .collect()
}

/// Tells the thread that there may be something to do. One call waits at most; a second adds nothing.
#[derive(Clone)]
pub(super) struct Waker(SyncSender<()>);

impl Waker {
    #[cfg(test)]
    pub(super) fn new(waker: SyncSender<()>) -> Self {
        Self(waker)
    }

    pub(super) fn wake(&self) {
        match self.0.try_send(()) {
            // Full: the thread will look anyway. Gone: the node is closing.
            Ok(()) | Err(TrySendError::Full(()) | TrySendError::Disconnected(())) => {}
        }
    }
}

/// The loop's end of the examiner's thread.
pub(super) struct Examiner {
    waker: Option<Waker>,
    thread: Option<JoinHandle<()>>,
    observer: Option<GrowthObserver>,
}

impl Examiner {
    pub(super) fn start(
        index: IndexWriter,
        reader: Reader,
        directory: Arc<ArcSwap<Directory>>,
        logged: LoggedCharters,
        events: mpsc::Sender<Event>,
        grown: watch::Sender<()>,
        examination: Examination,
    ) -> anyhow::Result<Self> {
        let (waker, woken) = sync_channel(1);
        let (judges, observer) = match examination {
            Examination::Judge => (true, None),
            Examination::Leave(observer) => (false, Some(observer)),
        };
        let bench = Bench {
            judges,
            index,
            reader,
            directory,
            logged,
            events,
            grown,
            authorities: BTreeMap::new(),
        };
        let thread = std::thread::Builder::new()
            .name("examiner".to_owned())
            .spawn(move || bench.run(&woken));
        let thread = thread.context("starting the examiner's thread")?;
        let waker = Waker(waker);
        waker.wake(); // what an earlier start left unexamined
        Ok(Self {
            waker: Some(waker),
            thread: Some(thread),
            observer,
        })
    }

    pub(super) fn waker(&self) -> Waker {
        self.waker.clone().expect("it is taken away at the close only")
    }

    pub(super) fn grown(&self, log: LogId, size: u64) {
        tracing::trace!(%log, size, "log grew");
        if let Some(observer) = &self.observer {
            observer(log, size);
        }
        self.wake();
    }

    pub(super) fn charters_changed(&self) {
        self.wake();
    }

    fn wake(&self) {
        if let Some(waker) = &self.waker {
            waker.wake();
        }
    }

    pub(super) fn close(&mut self) {
        self.waker = None;
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the examiner's thread panicked");
        }
    }
}

/// What the thread works with.
struct Bench {
    judges: bool,
    index: IndexWriter,
    reader: Reader,
    directory: Arc<ArcSwap<Directory>>,
    logged: LoggedCharters,
    authorities: BTreeMap<LogId, Authority>,
    events: mpsc::Sender<Event>,
    grown: watch::Sender<()>,
}

impl Bench {
    fn run(mut self, woken: &Receiver<()>) {
        let _watch = EndWatch::new("examiner", self.events.clone());
        while woken.recv().is_ok() {
            if let Err(error) = self.catch_up() {
                let _ = self.events.blocking_send(Event::StorageFailed(error.to_string()));
                return;
            }
        }
        if let Err(error) = self.index.settle() {
            tracing::warn!(%error, "the index was not settled; the next start follows the ledger a little longer");
        }
    }

    /// Follows the ledger, and examines a chunk of each log in turn until all are done.
    fn catch_up(&mut self) -> Result<(), StoreError> {
        loop {
            self.index.follow()?;
            if !self.judges {
                return Ok(());
            }
            let mut examined = false;
            for log in self.reader.logs() {
                examined |= self.examine_chunk(log)?;
            }
            if !examined || self.events.is_closed() {
                return Ok(());
            }
        }
    }

    fn examine_chunk(&mut self, log: LogId) -> Result<bool, StoreError> {
        let (from, to) = (self.resume_at(log), self.reader.size(log));
        let to = to.min(from + CHUNK_RECORDS);
        // Charters travel ahead of the log; without them nothing can be judged yet.
        let Some(authority) = self.authorities.get_mut(&log).filter(|_| from < to) else {
            return Ok(false);
        };
        let records = self.reader.range(log, from, to)?;
        let judged = judge(log, from, &records, authority);
        let findings: Vec<Finding> = judged.iter().map(|(finding, _)| finding.clone()).collect();
        self.index.apply_findings(log, from, &findings)?;
        let manifests = judged
            .into_iter()
            .filter_map(|(finding, record)| record.filter(|_| finding.is_sound()));
        let manifests = manifests
            .filter(|record| record.header().kind == RecordKind::MANIFEST)
            .collect();
        let _ = self
            .events
            .blocking_send(Event::Input(Input::Examined { log, to, manifests }));
        self.grown.send_replace(());
        Ok(true)
    }

    /// Where examination of a log goes on: where it stopped, or at the first record that a new revocation concerns.
    fn resume_at(&mut self, log: LogId) -> u64 {
        let examined_to = self.reader.examined_to(log);
        let directory = self.directory.load();
        let Some(chain) = directory.chain(log.hub) else {
            return examined_to;
        };
        let Some(authority) = self.authorities.get_mut(&log) else {
            let logged = self.logged.remove(&log).unwrap_or_default();
            self.authorities
                .insert(log, Authority::restored(log, Arc::clone(chain), logged));
            return examined_to;
        };
        let known = authority.chain().number();
        if chain.number() == known {
            return examined_to;
        }
        let first_bad = chain
            .revocations_since(known)
            .into_iter()
            .filter(|revocation| revocation.from.log() == log);
        let first_bad = first_bad.map(|revocation| revocation.from.index).min();
        authority.set_chain(Arc::clone(chain));
        first_bad.map_or(examined_to, |index| index.min(examined_to))
    }
}

/// Judges consecutive records. Charters among them are noted first, so that each record meets the charter in force at
/// its position; then all are judged in parallel.
fn judge(log: LogId, from: u64, records: &[Bytes], authority: &mut Authority) -> Vec<(Finding, Option<Record>)> {
    let decoded: Vec<Result<Record, _>> = records.par_iter().map(|bytes| Record::decode(bytes.clone())).collect();
    for (index, record) in (from..).zip(&decoded) {
        if let Ok(record) = record
            && record.header().kind == RecordKind::CHARTER
            && let Err(reason) = authority.note_charter(index, record)
        {
            tracing::warn!(%log, index, ?reason, "a logged charter gives no authority");
        }
    }
    let authority = &*authority;
    let judge_one = |(offset, record): (usize, Result<Record, _>)| {
        let position: Position = log.at(from + offset as u64);
        match record {
            Ok(record) => (examine(&record, position, authority), Some(record)),
            Err(_) => (
                Finding::not_a_record(position, RecordId(leaf_hash(&records[offset]).0)),
                None,
            ),
        }
    };
    decoded.into_par_iter().enumerate().map(judge_one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use ewtp_federation::{Commit, CommitId, Item};
    use ewtp_record::NetName;
    use ewtp_store::{Store, StoreOptions};

    #[test]
    fn an_index_that_cannot_be_written_is_told_as_a_failed_disk() {
        let folder = tempfile::tempdir().unwrap();
        let (mut store, restored) = Store::open(folder.path(), &StoreOptions::default()).unwrap();
        let records = vec![Bytes::from(vec![7; 400]); 200];
        let log = LogId {
            hub: "MY".parse().unwrap(),
            epoch: 0,
        };
        let entries = Item::Entries {
            log,
            start: 0,
            leaves: records.iter().map(|record| leaf_hash(record)).collect(),
            records,
        };
        let commit = Commit {
            id: CommitId(0),
            items: vec![entries],
        };
        store.ledger.commit(&[commit]).unwrap();
        // The index reads the ledger behind the writer: what changed there must not pass in silence.
        let segment = folder.path().join("ledger/00000001.seg");
        let mut bytes = std::fs::read(&segment).unwrap();
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        std::fs::write(&segment, bytes).unwrap();

        let net: NetName = "test:lab".parse().unwrap();
        let directory = Directory::new(net, BTreeMap::new());
        let (events_in, mut events) = mpsc::channel(8);
        let mut examiner = Examiner::start(
            store.index,
            store.reader,
            Arc::new(ArcSwap::from_pointee(directory)),
            logged_charters(&restored),
            events_in,
            watch::channel(()).0,
            Examination::Judge,
        )
        .unwrap();
        assert!(matches!(events.blocking_recv(), Some(Event::StorageFailed(_))));
        examiner.close();
    }
}
