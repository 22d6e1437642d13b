//! The charters of one hub, from its genesis on, each following from the one before.

use std::cmp::Ordering;
use std::sync::Arc;

use ewtp_record::{
    CharterBody, CharterId, Duty, HubCode, KeyId, LogId, NetName, Position, PublicKey, Record, RecordKind, UnixTime,
};

use crate::CharterError;
use crate::charter::Charter;

/// Most charters of one hub. // spec: trust R15
pub const CHAIN_CHARTERS_MAX: usize = 1024;

/// A hub's charters 0, 1, 2 …, every one verified and following from the one before. Cheap to clone.
#[derive(Debug, Clone)]
pub struct CharterChain {
    net: NetName,
    charters: Vec<Arc<Charter>>,
    records: Vec<Record>,
}

/// A key that the hub no longer answers for, from a position of its log on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Revocation {
    key: KeyId,
    /// The position of the first record that is not to be trusted.
    from: Position,
}

impl CharterChain {
    /// How many bytes the charter records of a chain may have together.
    pub fn bytes_max() -> usize {
        CHAIN_CHARTERS_MAX * RecordKind::CHARTER.bytes_max()
    }

    /// Begins a chain with its genesis charter. Whether it is the pinned one is the caller's to ask. // spec: trust R9
    ///
    /// # Errors
    /// The rule that the record breaks.
    pub fn genesis(record: &Record, net: &NetName) -> Result<Self, CharterError> {
        let charter = Charter::verify(record, net)?;
        if charter.number() != 0 {
            return Err(CharterError::Gap {
                got: charter.number(),
                needed: 0,
            });
        }
        Ok(Self {
            net: *net,
            charters: vec![Arc::new(charter)],
            records: vec![record.clone()],
        })
    }

    /// Builds a chain from charter records in any order, repeats allowed.
    ///
    /// # Errors
    /// The rule that the first bad record breaks; [`CharterError::Gap`] when one in between is missing.
    pub fn from_records(records: &[Record], net: &NetName) -> Result<Self, CharterError> {
        let ordered = in_order(records);
        let first = ordered.first().ok_or(CharterError::Gap { got: 0, needed: 0 })?;
        let mut chain = Self::genesis(first, net)?;
        for record in &ordered[1..] {
            chain.extend(record)?;
        }
        Ok(chain)
    }

    /// Adds the next charter. One that is already there changes nothing. // spec: trust R10–R15
    ///
    /// # Errors
    /// The rule that the record breaks; the chain stays as it was.
    pub fn extend(&mut self, record: &Record) -> Result<(), CharterError> {
        if self.holds(record) {
            return Ok(());
        }
        if record.header().issuer != self.hub() {
            return Err(CharterError::WrongHub {
                expected: self.hub(),
                got: record.header().issuer,
            });
        }
        let (got, needed) = (record.header().revision, self.number() + 1);
        if got > needed {
            return Err(CharterError::Gap { got, needed });
        }
        let charter = Charter::verify(record, &self.net)?;
        if got < needed {
            return self.check_known(&charter);
        }
        if self.charters.len() == CHAIN_CHARTERS_MAX {
            return Err(CharterError::ChainTooLong);
        }
        check_refresh(self.newest(), &charter)?;
        self.charters.push(Arc::new(charter));
        self.records.push(record.clone());
        Ok(())
    }

    /// The charter with the highest number.
    pub fn newest(&self) -> &Arc<Charter> {
        self.charters.last().expect("a chain begins with its genesis")
    }

    /// The charter with this number.
    pub fn at(&self, number: u32) -> Option<&Arc<Charter>> {
        self.charters.get(usize::try_from(number).ok()?)
    }

    /// All charters, the genesis first.
    pub fn charters(&self) -> &[Arc<Charter>] {
        &self.charters
    }

    /// The charter records, the genesis first, as they are served to others.
    pub fn records(&self) -> &[Record] {
        &self.records
    }

    /// The hub's identity: the id of its genesis charter.
    pub fn genesis_id(&self) -> CharterId {
        self.charters[0].id()
    }

    /// The hub's code.
    pub fn hub(&self) -> HubCode {
        self.charters[0].hub()
    }

    /// The net it is valid on.
    pub fn net(&self) -> NetName {
        self.net
    }

    /// Number of the newest charter.
    pub fn number(&self) -> u32 {
        self.newest().number()
    }

    /// The first position from which the newest charter trusts this key no more.
    pub fn revoked_from(&self, key: &KeyId) -> Option<Position> {
        revocations(self.newest())
            .find(|entry| entry.key == *key)
            .map(|entry| entry.from)
    }

    /// The index from which charter `number` has the records of `log` examined again, by what it revokes that the one before
    /// did not, or only from a later position on; `None` when it re-opens no finding. // spec: trust R23
    pub fn reopened_by(&self, log: LogId, number: u32) -> Option<u64> {
        let charter = self.at(number)?;
        let before: Vec<Revocation> = match number.checked_sub(1).and_then(|before| self.at(before)) {
            Some(before) => revocations(before).collect(),
            None => Vec::new(),
        };
        let first_bad = |from: Position| match from.epoch.cmp(&log.epoch) {
            Ordering::Less => Some(0),
            Ordering::Equal => Some(from.index),
            Ordering::Greater => None,
        };
        revocations(charter)
            .filter(|entry| !before.contains(entry))
            .filter_map(|entry| first_bad(entry.from))
            .min()
    }

    /// The index from which records of `log` are to be examined again that were judged when charter `number` was the
    /// newest; `None` when every finding stands. // spec: trust R23
    pub fn reopens_from(&self, log: LogId, number: u32) -> Option<u64> {
        (number + 1..=self.number())
            .filter_map(|later| self.reopened_by(log, later))
            .min()
    }

    /// The witness keys in force at `time`: at most one, unless two charters were issued out of their keys' windows.
    // spec: trust R19
    pub fn witness_keys_at(&self, time: UnixTime) -> impl Iterator<Item = &PublicKey> {
        let ends = self
            .charters
            .iter()
            .skip(1)
            .map(|next| Some(next.body().issued_at))
            .chain([None]);
        let in_force = self
            .charters
            .iter()
            .zip(ends)
            .filter(move |(_, end)| end.is_none_or(|end| time < end));
        let keys = in_force.flat_map(|(charter, _)| charter.roles());
        keys.filter(move |role| {
            let unrevoked = || self.revoked_from(&role.key.id()).is_none();
            role.duty == Duty::Witness && role.may_sign_at(time) && unrevoked()
        })
        .map(|role| &role.key)
    }

    fn holds(&self, record: &Record) -> bool {
        let known = self.at(record.header().revision).map(|charter| charter.record());
        known.is_some_and(|known| known.id() == record.id())
    }

    /// The same body under other signatures is the same charter; another body is a conflict when it follows from a charter of
    /// this chain. Else anyone could forge one. // spec: trust R14
    fn check_known(&self, charter: &Charter) -> Result<(), CharterError> {
        let (hub, number) = (self.hub(), charter.number());
        if self.at(number).is_some_and(|known| known.id() == charter.id()) {
            return Ok(());
        }
        let Some(before) = number.checked_sub(1).and_then(|before| self.at(before)) else {
            return Err(CharterError::WrongGenesis {
                hub,
                pinned: self.genesis_id(),
                got: charter.id(),
            });
        };
        if charter.body().previous != Some(before.id()) {
            // It may follow from another branch, which began further down. No refresh of any branch has other roots.
            check_frozen(before.body(), charter.body())?;
            return Err(CharterError::Gap {
                got: number,
                needed: number - 1,
            });
        }
        check_refresh(before, charter)?;
        Err(CharterError::Conflict { hub, number })
    }
}

/// What a charter revokes, as positions of its hub's log.
fn revocations(charter: &Charter) -> impl Iterator<Item = Revocation> {
    let hub = charter.hub();
    let revoked = charter.body().revoked.iter();
    revoked.map(move |entry| Revocation {
        key: entry.kid,
        from: Position {
            hub,
            epoch: entry.first_bad_epoch,
            index: entry.first_bad_index,
        },
    })
}

/// Charter records by number, each number's repeats together.
pub(crate) fn in_order(records: &[Record]) -> Vec<&Record> {
    let mut ordered: Vec<&Record> = records.iter().collect();
    ordered.sort_by_key(|record| record.header().revision);
    ordered
}

fn check_refresh(before: &Charter, charter: &Charter) -> Result<(), CharterError> {
    let (old, new) = (before.body(), charter.body());
    // First, since it holds in every branch of a forked chain: who breaks it made the charter up.
    check_frozen(old, new)?;
    if new.previous != Some(before.id()) {
        return Err(CharterError::Previous { number: new.number });
    }
    if new.issued_at < old.issued_at {
        return Err(CharterError::TimeRunsBack { number: new.number });
    }
    check_revocations(before, charter)
}

/// What only a rotation may change. // spec: trust R11
fn check_frozen(old: &CharterBody, new: &CharterBody) -> Result<(), CharterError> {
    let fields = [
        ("roots", old.roots == new.roots),
        ("threshold", old.threshold == new.threshold),
        ("next root hashes", old.next_roots == new.next_roots),
        ("next threshold", old.next_threshold == new.next_threshold),
    ];
    match fields.iter().find(|(_, equal)| !equal) {
        Some((field, _)) => Err(CharterError::RefreshChangesRoots { field }),
        None => Ok(()),
    }
}

// spec: trust R13
fn check_revocations(before: &Charter, charter: &Charter) -> Result<(), CharterError> {
    let kept = |old: &Revocation| revocations(charter).any(|new| new.key == old.key && new.from <= old.from);
    match revocations(before).find(|old| !kept(old)) {
        Some(old) => Err(CharterError::RevocationWeakened { key: old.key }),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests;
