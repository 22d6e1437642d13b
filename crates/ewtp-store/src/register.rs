//! The register: findings and the documents they are about, found by id, by subject, or listed in order.

use std::ops::ControlFlow;

use ewtp_log::{BUNDLE, Hash};
use ewtp_record::{Document, HubCode, LogId, Position, Record, RecordId, RecordKind};
use ewtp_trust::Finding;

use crate::error::StoreError;
use crate::index::findings;
use crate::index::lookup::{self, Digest, Lookup};
use crate::index::rows::{self, Table};
use crate::reader::Reader;

/// Most findings of one call of [`Reader::list`].
pub const LIST_FINDINGS_MAX: usize = 10_000;

impl Reader {
    /// Where a record is logged: in its issuer's own log and found sound, if there is such a place.
    ///
    /// Records of our own log are found at once, others when they are examined.
    ///
    /// # Errors
    /// As [`record`](Self::record).
    pub fn find(&self, id: &RecordId) -> Result<Option<Position>, StoreError> {
        if let Some(position) = self.shared().state().tail.own_id(&Hash(id.0)) {
            return Ok(Some(position));
        }
        let digest = self.shared().index.digester.id(&id.0);
        let (indexed, _) = self.best(None, Lookup::Id, digest, |found| found.id == *id)?;
        Ok(indexed)
    }

    /// Where a document's revision is logged: found sound, if there is such a place, else the first.
    ///
    /// # Errors
    /// As [`record`](Self::record).
    pub fn by_document(&self, document: &Document) -> Result<Option<Position>, StoreError> {
        let digest = self.shared().index.digester.document(document);
        // The index first: when a document was logged twice, the older place is the answer.
        let look = || {
            self.best(Some(document.hub), Lookup::Document, digest, |found| {
                found.document == *document
            })
        };
        let (indexed, covered) = look()?;
        if indexed.is_some() {
            return Ok(indexed);
        }
        if let Some(position) = self.shared().state().tail.own_document(document) {
            return Ok(Some(position));
        }
        // It may have moved from the tail to the index between the two looks; then the index covers more by now.
        if self.covered(Some(document.hub)) == covered {
            return Ok(None);
        }
        look().map(|(indexed, _)| indexed)
    }

    /// What examination found about a record; `None` while it is unknown or not examined.
    ///
    /// # Errors
    /// As [`record`](Self::record).
    pub fn finding(&self, id: &RecordId) -> Result<Option<Finding>, StoreError> {
        let Some(position) = self.find(id)? else {
            return Ok(None);
        };
        self.finding_at(&position)
    }

    /// What examination found at a position; `None` while it is not examined, or is to be examined again.
    ///
    /// # Errors
    /// As [`record`](Self::record).
    pub fn finding_at(&self, position: &Position) -> Result<Option<Finding>, StoreError> {
        let (log, index) = (position.log(), position.index);
        let state = self.state(log);
        let Some(number) = state.number.filter(|_| index < state.examined.to) else {
            return Ok(None);
        };
        let bundle = index / BUNDLE;
        let value = self
            .shared()
            .index
            .get(&rows::row_key(Table::Finding, number, bundle))?;
        let Some(value) = value else { return Ok(None) };
        findings::nth(log, bundle * BUNDLE, index, &value).ok_or_else(finding_damaged)
    }

    /// The (index, number) of each charter that examination found in its place in a log, in log order: what
    /// [`Authority::restored`](ewtp_trust::Authority::restored) goes on from.
    ///
    /// # Errors
    /// As [`record`](Self::record).
    pub fn logged_charters(&self, log: LogId) -> Result<Vec<(u64, u32)>, StoreError> {
        let Some(number) = self.state(log).number else {
            return Ok(Vec::new());
        };
        let mut charters = Vec::new();
        let key = |index| rows::row_key(Table::Logged, number, index);
        self.shared().index.scan(&key(0), &key(u64::MAX), |key, value| {
            let charter = value.try_into().ok().map(u32::from_be_bytes);
            let row = rows::row_index(key).zip(charter);
            charters.push(row.ok_or_else(|| StoreError::index_damaged("a charter row cannot be read"))?);
            Ok(ControlFlow::Continue(()))
        })?;
        Ok(charters)
    }

    /// Findings in the order of their positions, behind `after`, at most `limit` and [`LIST_FINDINGS_MAX`].
    ///
    /// Tariff editions have rows of their own; for any other kind the findings of whole logs are read.
    ///
    /// # Errors
    /// As [`record`](Self::record).
    pub fn list(
        &self,
        hub: Option<HubCode>,
        kind: Option<RecordKind>,
        after: Option<Position>,
        limit: usize,
    ) -> Result<Vec<Finding>, StoreError> {
        let limit = limit.min(LIST_FINDINGS_MAX);
        let mut found = Vec::new();
        for log in self.logs() {
            let begins = after.map_or(0, |after| if after.log() == log { after.index + 1 } else { 0 });
            let passed = after.is_some_and(|after| log < after.log());
            if !passed && hub.is_none_or(|hub| hub == log.hub) {
                self.list_log(log, kind, begins, limit, &mut found)?;
            }
        }
        Ok(found)
    }

    /// The best of the candidates of one hub or all: sound before unexamined before faulty, then the first. With what the
    /// index covered when it was asked.
    fn best(
        &self,
        hub: Option<HubCode>,
        what: Lookup,
        digest: Digest,
        matches: impl Fn(&Candidate) -> bool,
    ) -> Result<(Option<Position>, Vec<Covered>), StoreError> {
        let mut best: Option<(u8, Position)> = None;
        let (candidates, covered) = self.candidates(hub, what, digest)?;
        for position in candidates {
            let Some(candidate) = self.candidate(position)? else {
                continue;
            };
            if matches(&candidate) && best.is_none_or(|known| (candidate.rank, position) < known) {
                best = Some((candidate.rank, position));
            }
        }
        Ok((best.map(|(_, position)| position), covered))
    }

    fn candidates(
        &self,
        hub: Option<HubCode>,
        what: Lookup,
        digest: Digest,
    ) -> Result<(Vec<Position>, Vec<Covered>), StoreError> {
        let _unfolded = self.shared().look_up();
        let logs = self.covered(hub);
        let mut found = Vec::new();
        for (log, number, covered) in &logs {
            let indexes = lookup::candidates(&self.shared().index, what, *number, *covered, digest)?;
            found.extend(indexes.into_iter().map(|index| log.at(index)));
        }
        Ok((found, logs))
    }

    fn covered(&self, hub: Option<HubCode>) -> Vec<Covered> {
        let state = self.shared().state();
        let logs = state
            .logs
            .iter()
            .filter(|(log, _)| hub.is_none_or(|hub| hub == log.hub));
        logs.filter_map(|(log, state)| Some((*log, state.number?, state.looked_up)))
            .collect()
    }

    /// What stands at a place that a lookup row names: its finding, or while there is none the record itself.
    fn candidate(&self, position: Position) -> Result<Option<Candidate>, StoreError> {
        if let Some(finding) = self.finding_at(&position)? {
            let rank = if finding.is_sound() { 0 } else { 2 };
            return Ok(Some(Candidate {
                rank,
                id: finding.id,
                document: finding.document(),
            }));
        }
        let record = self.record(&position)?.and_then(|bytes| Record::decode(bytes).ok());
        Ok(record.map(|record| Candidate {
            rank: 1,
            id: record.id(),
            document: Document::of(record.header()),
        }))
    }

    fn list_log(
        &self,
        log: LogId,
        kind: Option<RecordKind>,
        begins: u64,
        limit: usize,
        found: &mut Vec<Finding>,
    ) -> Result<(), StoreError> {
        let state = self.state(log);
        // Rows above this are of records that are to be examined again.
        let ends = state.examined.to;
        let Some(number) = state.number.filter(|_| begins < ends && found.len() < limit) else {
            return Ok(());
        };
        let index = &self.shared().index;
        if let Some(kind) = kind.filter(|kind| findings::is_rare(*kind)) {
            let key = |index| rows::rare_key(number, kind, index);
            return index.scan(&key(begins), &key(ends), |key, value| {
                let index = rows::rare_index(key).ok_or_else(finding_damaged)?;
                let finding = findings::nth(log, index, index, value).ok_or_else(finding_damaged)?;
                found.push(finding.ok_or_else(finding_damaged)?);
                Ok(while_below(limit, found))
            });
        }
        let key = |bundle| rows::row_key(Table::Finding, number, bundle);
        index.scan(&key(begins / BUNDLE), &key(ends.div_ceil(BUNDLE)), |key, value| {
            let bundle = rows::row_index(key).ok_or_else(finding_damaged)?;
            let row = findings::decode(log, bundle * BUNDLE, value).ok_or_else(finding_damaged)?;
            let wanted = |finding: &Finding| {
                (begins..ends).contains(&finding.position.index) && kind.is_none_or(|kind| kind == finding.kind)
            };
            found.extend(row.into_iter().filter(wanted).take(limit - found.len()));
            Ok(while_below(limit, found))
        })
    }
}

fn while_below(limit: usize, found: &[Finding]) -> ControlFlow<()> {
    if found.len() < limit {
        ControlFlow::Continue(())
    } else {
        ControlFlow::Break(())
    }
}

/// A log, its number in the index, and how many of its records lookup rows cover.
type Covered = (LogId, u32, u64);

/// A place that may be the one looked for.
struct Candidate {
    /// 0 sound, 1 not examined, 2 faulty or unsupported.
    rank: u8,
    id: RecordId,
    document: Document,
}

fn finding_damaged() -> StoreError {
    StoreError::index_damaged("a finding row cannot be read")
}
