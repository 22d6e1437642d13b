//! Under which charter a record of a log is judged: the log's own order of charters, over the hub's chain.

use std::sync::Arc;

use ewtp_record::charter::SealedCharter;
use ewtp_record::{CharterId, LogId, Record, RecordKind};

use crate::CharterChain;
use crate::charter::Charter;

/// The charters that one log holds, by index, with the chain they belong to. Cheap to clone.
///
/// Feed it the charters of the log in log order ([`note_charter`](Self::note_charter)) before judging what lies above
/// them. It depends on log content and chain only: a log with a charter that the chain does not reach yet is judged up
/// to there and no further, so that a shorter chain says less and never something else. // spec: trust R21
#[derive(Debug, Clone)]
pub struct Authority {
    log: LogId,
    chain: Arc<CharterChain>,
    /// (index, charter number), both strictly ascending, all within the chain.
    logged: Vec<(u64, u32)>,
    /// Index and number of the first logged charter that the chain does not reach.
    awaited: Option<(u64, u32)>,
}

/// Why a logged charter gives no authority.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotLogged {
    /// Not a charter record.
    #[error("the record is no charter")]
    Kind,
    /// It names another hub than the one whose log holds it.
    #[error("the charter names another hub than the one whose log holds it")]
    Issuer,
    /// The number is not one above that of the charter logged before.
    #[error("charter {got} does not follow the one logged before it; {expected} would")]
    Order {
        /// Its number.
        got: u32,
        /// The number that would follow.
        expected: u32,
    },
    /// The chain has another charter under this number.
    #[error("charter {number} is not the one that the chain has")]
    Unknown {
        /// Its number.
        number: u32,
    },
    /// The chain does not reach this charter yet, or one logged below it: fetch the chain, then note it again. Until
    /// then nothing from there on is judged.
    #[error("the chain does not reach charter {number} yet")]
    Beyond {
        /// The number that the chain lacks.
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
            awaited: None,
        }
    }

    /// As [`new`](Self::new), with the (index, charter number) pairs that an authority of this log noted before
    /// ([`logged`](Self::logged)) and that were kept. A chain that was shortened since awaits the charters it lacks.
    pub fn restored(log: LogId, chain: Arc<CharterChain>, mut logged: Vec<(u64, u32)>) -> Self {
        let reached = logged.partition_point(|(_, number)| *number <= chain.number());
        let awaited = logged.get(reached).copied();
        logged.truncate(reached);
        Self {
            log,
            chain,
            logged,
            awaited,
        }
    }

    /// The log.
    pub fn log(&self) -> LogId {
        self.log
    }

    /// The chain it judges by.
    pub fn chain(&self) -> &Arc<CharterChain> {
        &self.chain
    }

    /// Takes a longer chain of the same hub. A charter that it now reaches is to be noted again.
    pub fn set_chain(&mut self, chain: Arc<CharterChain>) {
        self.awaited = self.awaited.filter(|(_, number)| *number > chain.number());
        self.chain = chain;
    }

    /// Index of the first charter noted that the chain does not reach yet: nothing from there on can be judged.
    pub fn awaits(&self) -> Option<u64> {
        self.awaited.map(|(index, _)| index)
    }

    /// The (index, charter number) pairs noted so far.
    pub fn logged(&self) -> &[(u64, u32)] {
        &self.logged
    }

    /// Notes that the log holds this charter at `index`. Noting it again changes nothing.
    ///
    /// # Errors
    /// [`NotLogged`]; the record then gives no authority, and its own finding says why. After [`NotLogged::Beyond`]
    /// there are no findings from `index` on until [`set_chain`](Self::set_chain) brings what is lacking.
    pub fn note_charter(&mut self, index: u64, record: &Record) -> Result<(), NotLogged> {
        match self.known_charter(index, record) {
            Err(NotLogged::Beyond { number }) => {
                self.awaited.get_or_insert((index, number));
                return Err(NotLogged::Beyond { number });
            }
            known => known?,
        };
        let entry = (index, record.header().revision);
        match self.logged.last() {
            Some((last, _)) if *last < index => self.logged.push(entry),
            None => self.logged.push(entry),
            Some(_) if self.logged.contains(&entry) => {}
            Some(_) => return Err(NotLogged::Index),
        }
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

    /// The chain's charter that this record, logged at `index`, is. // spec: trust R22, steps 1–4
    pub(crate) fn known_charter(&self, index: u64, record: &Record) -> Result<&Arc<Charter>, NotLogged> {
        if record.header().kind != RecordKind::CHARTER {
            return Err(NotLogged::Kind);
        }
        if record.header().issuer != self.log.hub {
            return Err(NotLogged::Issuer);
        }
        if let Some((_, number)) = self.awaited.filter(|(at, _)| *at < index) {
            return Err(NotLogged::Beyond { number });
        }
        let (got, expected) = (record.header().revision, self.expected_number(index));
        if got != expected {
            return Err(NotLogged::Order { got, expected });
        }
        let known = self.chain.at(got).ok_or(NotLogged::Beyond { number: got })?;
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
