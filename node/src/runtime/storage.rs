//! The ledger's thread: takes commits in order, makes as many as wait durable with one sync, and says so.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{self as thread_channel, TrySendError};
use std::thread::JoinHandle;

use anyhow::Context as _;
use ewtp_federation::{Commit, Input, Item};
use ewtp_store::{GROUP_BYTES_MAX, Ledger};
use tokio::sync::mpsc;

use super::examiner::Waker;
use super::{EndWatch, Event};

/// Commits waiting for the disk above which the loop takes nothing more that could bring further ones: peers, workers and
/// callers wait in their own bounded queues. A group of this many fills a sync well.
const COMMITS_WAITING_MAX: usize = 512;

/// Commits that the queue can hold: what waits, and what a single turn may add to it (a guard row for each of 512 logs, and
/// what goes with them). Beyond that the node would owe the disk more than it can know: it counts as failed.
const COMMITS_QUEUED_MAX: usize = 8 * COMMITS_WAITING_MAX;

/// The loop's end of the ledger's thread.
pub(super) struct Storage {
    /// None after the end, and after an overflow: a log that lost one commit must not get the next one.
    commits: Option<thread_channel::SyncSender<Commit>>,
    waiting: Arc<AtomicUsize>,
    thread: Option<JoinHandle<()>>,
}

impl Storage {
    pub(super) fn start(ledger: Ledger, events: mpsc::Sender<Event>, waker: Waker) -> anyhow::Result<Self> {
        let (commits, receiver) = thread_channel::sync_channel(COMMITS_QUEUED_MAX);
        let waiting = Arc::new(AtomicUsize::new(0));
        let writer = Writer {
            ledger,
            commits: receiver,
            waiting: Arc::clone(&waiting),
            events,
            waker,
        };
        let thread = std::thread::Builder::new()
            .name("ledger".to_owned())
            .spawn(move || writer.run());
        Ok(Self {
            commits: Some(commits),
            waiting,
            thread: Some(thread.context("starting the ledger's thread")?),
        })
    }

    /// Queues a commit and never waits: the loop would wait for the disk, and the disk's thread for the loop.
    ///
    /// # Errors
    /// The reason why storing failed: more waits than may. From then on nothing is taken.
    pub(super) fn commit(&mut self, commit: Commit) -> Result<(), &'static str> {
        self.waiting.fetch_add(1, Ordering::Relaxed);
        let Some(commits) = &self.commits else { return Ok(()) };
        match commits.try_send(commit) {
            // A thread that ended has said why by `StorageFailed`.
            Ok(()) | Err(TrySendError::Disconnected(_)) => Ok(()),
            Err(TrySendError::Full(_)) => {
                self.commits = None;
                Err("more commits wait for the disk than may wait")
            }
        }
    }

    /// Whether the disk keeps up, so that more may be taken.
    pub(super) fn has_room(&self) -> bool {
        self.waiting.load(Ordering::Relaxed) < COMMITS_WAITING_MAX || self.commits.is_none()
    }

    pub(super) fn is_idle(&self) -> bool {
        self.waiting.load(Ordering::Relaxed) == 0
    }

    /// Lets the thread finish what it was given.
    pub(super) fn close(&mut self) {
        self.commits = None;
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the ledger's thread panicked");
        }
    }
}

struct Writer {
    ledger: Ledger,
    commits: thread_channel::Receiver<Commit>,
    waiting: Arc<AtomicUsize>,
    events: mpsc::Sender<Event>,
    waker: Waker,
}

impl Writer {
    fn run(mut self) {
        let _watch = EndWatch::new("ledger", self.events.clone());
        while let Ok(first) = self.commits.recv() {
            let group = self.group(first);
            if let Err(error) = self.ledger.commit(&group) {
                // Nothing after a failed sync may be believed: the thread ends, and what was not acknowledged never is.
                let _ = self.events.blocking_send(Event::StorageFailed(error.to_string()));
                return;
            }
            self.waiting.fetch_sub(group.len(), Ordering::Relaxed);
            self.waker.wake();
            for commit in group {
                let done = Event::Input(Input::Committed { commit: commit.id });
                if self.events.blocking_send(done).is_err() {
                    return; // the node is closing; what is durable stays so
                }
            }
        }
    }

    /// Everything that waits, up to one group's bytes: the longer a sync takes, the more the next one carries.
    fn group(&self, first: Commit) -> Vec<Commit> {
        let mut bytes = weight(&first);
        let mut group = vec![first];
        while bytes < GROUP_BYTES_MAX
            && let Ok(next) = self.commits.try_recv()
        {
            bytes += weight(&next);
            group.push(next);
        }
        group
    }
}

fn weight(commit: &Commit) -> usize {
    let of = |item: &Item| match item {
        Item::Entries { records, .. } => records.iter().map(bytes::Bytes::len).sum(),
        _ => 256,
    };
    commit.items.iter().map(of).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use ewtp_federation::CommitId;
    use ewtp_store::{Store, StoreOptions};
    use std::sync::mpsc::sync_channel;

    /// A ledger's thread that goes on only as far as its events are taken.
    fn storage(folder: &tempfile::TempDir) -> (Storage, mpsc::Receiver<Event>) {
        let (store, _) = Store::open(folder.path(), &StoreOptions::default()).unwrap();
        let (events_in, events) = mpsc::channel(1);
        let waker = Waker::new(sync_channel(1).0);
        (Storage::start(store.ledger, events_in, waker).unwrap(), events)
    }

    fn commit(number: u64) -> Commit {
        Commit {
            id: CommitId(number),
            items: Vec::new(),
        }
    }

    #[test]
    fn while_too_much_waits_for_the_disk_nothing_more_is_taken_and_then_again() {
        let folder = tempfile::tempdir().unwrap();
        let (mut storage, mut events) = storage(&folder);
        let mut given = 0;
        while storage.has_room() {
            storage.commit(commit(given)).unwrap();
            given += 1;
            assert!(given < 100_000, "no bound was met");
        }
        let mut next = 0;
        while next < given {
            match events.blocking_recv() {
                Some(Event::Input(Input::Committed { commit })) => assert_eq!(commit, CommitId(next)),
                _ => panic!("every commit comes back in its order"),
            }
            next += 1;
        }
        assert!(storage.is_idle());
        assert!(storage.has_room());
        storage.close();
    }

    #[test]
    fn a_queue_that_overflows_counts_as_a_failed_disk_and_takes_nothing_after() {
        let folder = tempfile::tempdir().unwrap();
        let (mut storage, events) = storage(&folder);
        let overflow = (0..100_000).find(|number| storage.commit(commit(*number)).is_err());
        assert!(overflow.is_some_and(|number| number >= COMMITS_QUEUED_MAX as u64));
        assert!(storage.commits.is_none());
        drop(events); // the node closes; the thread must not wait for it
        storage.close();
    }
}
