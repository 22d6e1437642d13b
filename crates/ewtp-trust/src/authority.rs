//! Under which charter a record of a log is judged: the log's own order of charters, over the hub's chain.

use std::sync::Arc;

use ewtp_record::charter::SealedCharter;
use ewtp_record::{CharterId, LogId, Record, RecordKind};

use crate::CharterChain;
use crate::charter::Charter;

/// The charters that one log holds, by index, with the chain they belong to. Cheap to clone.
///
/// Feed it the charters of the log in log order ([`note_charter`](Self::note_charter)) before judging what lies above
/// them. It depends on log content and chain only. // spec: trust R21
#[derive(Debug, Clone)]
pub struct Authority {
    log: LogId,
    chain: Arc<CharterChain>,
    /// (index, charter number), both strictly ascending.
    logged: Vec<(u64, u32)>,
}

/// Why a logged charter gives no authority.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotLogged {
    /// Not a charter record.
    #[error("the record is no charter")]
    Kind,
    /// The number is not one above that of the charter logged before.
    #[error("charter {got} does not follow the one logged before it; {expected} would")]
    Order {
        /// Its number.
        got: u32,
        /// The number that would follow.
        expected: u32,
    },
    /// The chain does not hold this charter: fetch the chain first, or the log holds a conflicting one.
    #[error("charter {number} is not the one the chain has, or the chain does not reach it yet")]
    Unknown {
        /// Its number.
        number: u32,
    },
    /// The index is not above that of the charter logged before.
    #[error("charters are noted in log order")]
    Index,
}

impl Authority {
    /// The authority of a log of which no charter was read yet.
    pub fn new(log: LogId, chain: Arc<CharterChain>) -> Self {
        Self {
            log,
            chain,
            logged: Vec::new(),
        }
    }

    /// As [`new`](Self::new), with the (index, charter number) pairs that were noted before and kept.
    pub fn restored(log: LogId, chain: Arc<CharterChain>, logged: Vec<(u64, u32)>) -> Self {
        Self { log, chain, logged }
    }

    /// The log.
    pub fn log(&self) -> LogId {
        self.log
    }

    /// The chain it judges by.
    pub fn chain(&self) -> &Arc<CharterChain> {
        &self.chain
    }

    /// Takes a longer chain of the same hub.
    pub fn set_chain(&mut self, chain: Arc<CharterChain>) {
        self.chain = chain;
    }

    /// The (index, charter number) pairs noted so far.
    pub fn logged(&self) -> &[(u64, u32)] {
        &self.logged
    }

    /// Notes that the log holds this charter at `index`. Noting it again changes nothing.
    ///
    /// # Errors
    /// [`NotLogged`]; the record then gives no authority, and its own finding says why.
    pub fn note_charter(&mut self, index: u64, record: &Record) -> Result<(), NotLogged> {
        if self
            .logged
            .iter()
            .any(|(at, number)| *at == index && *number == record.header().revision)
        {
            return Ok(());
        }
        if self.logged.last().is_some_and(|(last, _)| *last >= index) {
            return Err(NotLogged::Index);
        }
        self.known_charter(index, record)?;
        self.logged.push((index, record.header().revision));
        Ok(())
    }

    /// The charter in force for a record at `index`: the newest logged at a smaller index.
    pub fn charter_at(&self, index: u64) -> Option<&Arc<Charter>> {
        let logged_before = self.logged.partition_point(|(at, _)| *at < index);
        let (_, number) = self.logged[..logged_before].last()?;
        self.chain.at(*number)
    }

    /// The number that a charter logged at `index` must have.
    pub(crate) fn expected_number(&self, index: u64) -> u32 {
        self.charter_at(index).map_or(0, |charter| charter.number() + 1)
    }

    /// The chain's charter that this record, logged at `index`, is.
    pub(crate) fn known_charter(&self, index: u64, record: &Record) -> Result<&Arc<Charter>, NotLogged> {
        if record.header().kind != RecordKind::CHARTER {
            return Err(NotLogged::Kind);
        }
        let (got, expected) = (record.header().revision, self.expected_number(index));
        if got != expected {
            return Err(NotLogged::Order { got, expected });
        }
        let known = self.chain.at(got).ok_or(NotLogged::Unknown { number: got })?;
        let same = known.record().id() == record.id() || body_id(record) == Some(known.id());
        if same {
            Ok(known)
        } else {
            Err(NotLogged::Unknown { number: got })
        }
    }
}

/// The id of the charter body that a record carries.
fn body_id(record: &Record) -> Option<CharterId> {
    SealedCharter::decode(record.payload()).ok().map(|sealed| sealed.id())
}
