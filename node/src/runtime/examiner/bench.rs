//! What the examiner works at: takes up new charters, judges records chunk by chunk, and hands findings to the index.
//!
//! Signatures are verified in parallel, findings are applied by one writer. A finding depends on log content and the
//! chain only, so it does not matter when a record is judged, nor how often. How far a log is examined and under which
//! charter is the index's to know: what a revocation concerns is taken back there, on disk, before anything is judged
//! under it.

use std::collections::BTreeMap;
use std::sync::Arc;

use arc_swap::ArcSwap;
use bytes::Bytes;
use ewtp_federation::{GatheringInput, Input};
use ewtp_log::leaf_hash;
use ewtp_record::{LogId, Position, Record, RecordId, RecordKind};
use ewtp_store::{IndexWriter, Judged, Reader, StoreError};
use ewtp_trust::{Authority, CharterChain, Directory, Finding, NotLogged, examine};
use rayon::prelude::*;
use tokio::sync::{mpsc, watch};

use crate::runtime::tariffs::wanted;
use crate::runtime::{Event, spans};

/// Records examined between two looks at what else is to be done: about 25 ms of two cores.
const CHUNK_RECORDS: u64 = 1_024;

/// Whom the examiner tells.
pub(super) struct News {
    /// The loop.
    pub(super) events: mpsc::Sender<Event>,
    /// Those who follow findings.
    pub(super) grown: watch::Sender<()>,
}

/// What the thread works with.
pub(super) struct Bench {
    index: IndexWriter,
    reader: Reader,
    directory: Arc<ArcSwap<Directory>>,
    /// The directory whose charters were taken up last.
    known: Option<Arc<Directory>>,
    authorities: BTreeMap<LogId, Authority>,
    news: News,
}

impl Bench {
    pub(super) fn new(index: IndexWriter, reader: Reader, directory: Arc<ArcSwap<Directory>>, news: News) -> Self {
        Self {
            index,
            reader,
            directory,
            known: None,
            authorities: BTreeMap::new(),
            news,
        }
    }

    /// Follows the ledger with the index.
    pub(super) fn follow(&mut self) -> Result<(), StoreError> {
        self.index.follow()
    }

    /// Follows the ledger, and examines a chunk of each log in turn until all are done.
    pub(super) fn catch_up(&mut self) -> Result<(), StoreError> {
        while self.turn()? && !self.news.events.is_closed() {}
        Ok(())
    }

    /// One chunk of each log; whether there was any.
    pub(super) fn turn(&mut self) -> Result<bool, StoreError> {
        self.take_up_charters()?;
        self.index.follow()?;
        let mut examined = false;
        for log in self.reader.logs() {
            examined |= self.examine_chunk(log)?;
            self.take_up_charters()?;
        }
        Ok(examined)
    }

    pub(super) fn failed(&self, error: &StoreError) {
        self.tell(Event::StorageFailed(error.to_string()));
    }

    pub(super) fn close(mut self) {
        if let Err(error) = self.index.settle() {
            tracing::warn!(%error, "the index was not settled; the next start follows the ledger a little longer");
        }
    }

    /// Takes up the newest charters of every log, and first takes back what their revocations concern.
    fn take_up_charters(&mut self) -> Result<(), StoreError> {
        let directory = self.directory.load_full();
        if self.known.as_ref().is_some_and(|known| Arc::ptr_eq(known, &directory)) {
            return Ok(());
        }
        for log in self.reader.logs() {
            if let Some(chain) = directory.chain(log.hub) {
                self.reopen(log, chain)?;
            }
        }
        self.known = Some(directory);
        Ok(())
    }

    /// Takes back the findings that a revocation concerns which they were made without. // spec: trust R23
    fn reopen(&mut self, log: LogId, chain: &CharterChain) -> Result<(), StoreError> {
        let (examined_to, under) = (self.reader.examined_to(log), self.reader.examined_under(log));
        if examined_to == 0 || under == chain.number() {
            return Ok(());
        }
        let to = chain.reopens_from(log, under).unwrap_or(examined_to).min(examined_to);
        self.index.reopen(log, to, chain.number())?;
        if to < examined_to {
            tracing::warn!(%log, from = to, charter = chain.number(), "a revocation has records examined again");
            self.examined(log, to, Vec::new());
        }
        Ok(())
    }

    fn examine_chunk(&mut self, log: LogId) -> Result<bool, StoreError> {
        self.take_up_authority(log)?;
        // Charters travel ahead of the log; without them nothing can be judged yet.
        let Some(authority) = self.authorities.get_mut(&log) else {
            return Ok(false);
        };
        let from = self.reader.examined_to(log);
        let to = self.reader.size(log).min(from + CHUNK_RECORDS);
        let to = authority.awaits().map_or(to, |awaited| to.min(awaited));
        if from >= to {
            return Ok(false);
        }
        let records = self.reader.range(log, from, to)?;
        let (findings, records) = judge(from, &records, authority);
        if findings.is_empty() {
            return Ok(false);
        }
        self.index.apply_findings(&Judged {
            log,
            from,
            findings: &findings,
            charters: authority.logged(),
            under_charter: authority.chain().number(),
        })?;
        let judged = findings.iter().zip(records);
        let sound = judged.filter_map(|(finding, record)| record.filter(|_| finding.is_sound()));
        let (manifests, others): (Vec<Record>, Vec<Record>) =
            sound.partition(|record| record.header().kind == RecordKind::MANIFEST);
        self.examined(log, from + findings.len() as u64, manifests);
        self.tell_editions(&others);
        Ok(true)
    }

    /// Brings the authority of a log to the charters taken up.
    fn take_up_authority(&mut self, log: LogId) -> Result<(), StoreError> {
        let Some(chain) = self.known.as_ref().and_then(|known| known.chain(log.hub)) else {
            return Ok(());
        };
        match self.authorities.get_mut(&log) {
            Some(authority) => authority.set_chain(Arc::clone(chain)),
            None => {
                let logged = self.reader.logged_charters(log)?;
                let authority = Authority::restored(log, Arc::clone(chain), logged);
                self.authorities.insert(log, authority);
            }
        }
        Ok(())
    }

    /// Says how far a log is examined now.
    fn examined(&self, log: LogId, to: u64, manifests: Vec<Record>) {
        self.tell(Event::Input(Input::Examined { log, to, manifests }));
        self.news.grown.send_replace(());
    }

    /// Our own too: another node of our hub may have published them.
    fn tell_editions(&self, records: &[Record]) {
        let editions = records
            .iter()
            .filter(|record| record.header().kind == RecordKind::TARIFF_EDITION);
        for edition in editions.filter_map(wanted) {
            self.tell(Event::Gathering(GatheringInput::Edition(Arc::new(edition))));
        }
    }

    fn tell(&self, event: Event) {
        let _ = self.news.events.blocking_send(event); // a loop that ended needs no telling
    }
}

/// Judges consecutive records, as far as the chain reaches. Charters among them are noted first, so that each record
/// meets the charter in force at its position; then all are judged in parallel.
fn judge(from: u64, records: &[Bytes], authority: &mut Authority) -> (Vec<Finding>, Vec<Option<Record>>) {
    let decoded: Vec<Option<Record>> = records
        .par_iter()
        .map(|bytes| Record::decode(bytes.clone()).ok())
        .collect();
    note_charters(from, &decoded, authority);
    let authority = &*authority;
    let judge_one = |(index, (record, bytes)): (u64, (&Option<Record>, &Bytes))| {
        judged_at(authority.log().at(index), record.as_ref(), bytes, authority)
    };
    let reach = authority.awaits().map_or(decoded.len(), |awaited| {
        decoded
            .len()
            .min(usize::try_from(awaited - from).expect("it lies within a chunk"))
    });
    let judged: Option<Vec<Finding>> = (from..)
        .zip(decoded.iter().zip(records))
        .take(reach)
        .collect::<Vec<_>>()
        .into_par_iter()
        .map(judge_one)
        .collect();
    (judged.expect("nothing is judged from an awaited charter on"), decoded)
}

fn judged_at(position: Position, record: Option<&Record>, bytes: &Bytes, authority: &Authority) -> Option<Finding> {
    let _record = spans::examined(position).entered();
    let finding = match record {
        Some(record) => examine(record, position, authority),
        None => Some(Finding::not_a_record(position, RecordId(leaf_hash(bytes).0))),
    };
    tracing::trace!(is_sound = finding.as_ref().map(Finding::is_sound), "record examined");
    finding
}

fn note_charters(from: u64, records: &[Option<Record>], authority: &mut Authority) {
    let log = authority.log();
    for (index, record) in (from..).zip(records) {
        let Some(record) = record
            .as_ref()
            .filter(|record| record.header().kind == RecordKind::CHARTER)
        else {
            continue;
        };
        match authority.note_charter(index, record) {
            Ok(()) => {}
            Err(NotLogged::Beyond { number }) => {
                tracing::info!(%log, index, number, "examination waits for a charter that the log holds");
                return;
            }
            Err(reason) => tracing::warn!(%log, index, %reason, "a logged charter gives no authority"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runtime::examiner::fixture::Hub;

    #[test]
    fn an_event_of_examination_carries_the_position_of_its_record() {
        let hub = Hub::new();
        let record = hub.charter(0);
        let mut authority = Authority::new(hub.log, Arc::new(hub.chain.clone()));
        note_charters(0, &[Some(record.clone())], &mut authority);
        let told = spans::tests::events("trace", || {
            let finding = judged_at(hub.log.at(0), Some(&record), record.bytes(), &authority);
            assert!(finding.unwrap().is_sound());
        });
        assert_eq!(told[0]["span"]["position"], "MY:0:0");
        assert_eq!(told[0]["fields"]["is_sound"], true);
    }
}
