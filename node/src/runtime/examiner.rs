//! The examiner: a thread that follows the ledger with the index and judges each record that became durable, in log
//! order. What it does in a turn is the `bench`'s; here it is started, woken and closed.

mod bench;

use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::thread::JoinHandle;

use anyhow::Context as _;
use arc_swap::ArcSwap;
use ewtp_record::LogId;
use ewtp_store::{IndexWriter, Reader};
use ewtp_trust::Directory;
use tokio::sync::{mpsc, watch};

use super::{EndWatch, Event, Examination, GrowthObserver};
use bench::{Bench, News};

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
        events: mpsc::Sender<Event>,
        grown: watch::Sender<()>,
        examination: Examination,
    ) -> anyhow::Result<Self> {
        let (waker, woken) = sync_channel(1);
        let (judges, observer) = match examination {
            Examination::Judge => (true, None),
            Examination::Leave(observer) => (false, Some(observer)),
        };
        let watch = EndWatch::new("examiner", events.clone());
        let bench = Bench::new(index, reader, directory, News { events, grown });
        let thread = std::thread::Builder::new().name("examiner".to_owned()).spawn(move || {
            let _watch = watch;
            run(bench, judges, &woken);
        });
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

/// The thread: works whenever it is woken, until nobody can wake it any more.
fn run(mut bench: Bench, judges: bool, woken: &Receiver<()>) {
    while woken.recv().is_ok() {
        let worked = if judges { bench.catch_up() } else { bench.follow() };
        if let Err(error) = worked {
            bench.failed(&error);
            return;
        }
    }
    bench.close();
}

#[cfg(test)]
mod fixture;
#[cfg(test)]
mod tests;
