//! The ledger's thread: takes commits in order, makes as many as wait durable with one sync, and says so.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc as thread_channel;
use std::thread::JoinHandle;

use anyhow::Context as _;
use ewtp_federation::{Commit, Input, Item};
use ewtp_store::{GROUP_BYTES_MAX, Ledger};
use tokio::sync::mpsc;

use super::Event;
use super::examiner::Waker;

/// The loop's end of the ledger's thread.
pub(super) struct Storage {
    // Unbounded in form; the engine bounds it: one commit of our own log, 64 MiB of others' records, and the small
    // items that follow from these.
    commits: Option<thread_channel::Sender<Commit>>,
    waiting: Arc<AtomicUsize>,
    thread: Option<JoinHandle<()>>,
}

impl Storage {
    pub(super) fn start(ledger: Ledger, events: mpsc::Sender<Event>, waker: Waker) -> anyhow::Result<Self> {
        let (commits, receiver) = thread_channel::channel();
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

    pub(super) fn commit(&self, commit: Commit) {
        self.waiting.fetch_add(1, Ordering::Relaxed);
        if let Some(commits) = &self.commits {
            // A thread that ended has said why by `StorageFailed`.
            let _ = commits.send(commit);
        }
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
