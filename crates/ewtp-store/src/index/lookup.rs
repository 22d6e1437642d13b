//! Finds the few positions that may hold a record of some id or document, in about twenty reads a log.
//!
//! A row per hash would cost a page of the engine for each record, more than examining it. So the hashes (8 bytes each,
//! salted, so that no one can aim at a row) of a bundle stand in one row in log order, and sixteen bundles at a time are
//! folded into sorted rows that a hash's first bits choose: levels 1, 2 and 3 cover 16, 256 and 4,096 bundles. Which rows
//! there are depends on the number of records only, so a rebuilt index has the same. What is found is a candidate; the
//! caller compares it in full.

use std::ops::ControlFlow;

use ewtp_log::{BUNDLE, leaf_hash};

use ewtp_record::Document;

use crate::error::StoreError;
use crate::index::engine::Rows;
use crate::index::rows::{Table, log_key};
use crate::index::{Index, overlaid, put};

/// Children folded into one group.
const FOLD: u64 = 16;

/// Highest level: a group of 1,048,576 records in 4,096 rows of about 3 KB.
const LEVEL_MAX: u32 = 3;

const DIGEST_BYTES: usize = 8;
const ENTRY_BYTES: usize = DIGEST_BYTES + 4;

/// Eight bytes of a salted hash.
pub(crate) type Digest = u64;

/// What is looked up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Lookup {
    Id = 0,
    Document = 1,
}

/// Makes the digests of one ledger.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Digester {
    pub(crate) salt: u64,
}

impl Digester {
    pub(crate) fn id(self, id: &[u8; 32]) -> Digest {
        let mut bytes = [0; 40];
        bytes[..8].copy_from_slice(&self.salt.to_be_bytes());
        bytes[8..].copy_from_slice(id);
        first_bytes(&bytes)
    }

    pub(crate) fn document(self, document: &Document) -> Digest {
        let Document {
            hub,
            kind,
            subject,
            revision,
        } = document;
        let mut bytes = Vec::with_capacity(128);
        bytes.extend_from_slice(&self.salt.to_be_bytes());
        bytes.extend_from_slice(&kind.number().to_be_bytes());
        bytes.extend_from_slice(&revision.to_be_bytes());
        bytes.extend_from_slice(hub.as_str().as_bytes());
        bytes.push(b'\n');
        bytes.extend_from_slice(subject.as_str().as_bytes());
        first_bytes(&bytes)
    }
}

fn first_bytes(bytes: &[u8]) -> Digest {
    u64::from_be_bytes(*leaf_hash(bytes).as_bytes().first_chunk().expect("a hash has 32 bytes"))
}

/// The digests of consecutive records, by what is looked up.
#[derive(Debug, Default)]
pub(crate) struct Digests {
    pub(crate) ids: Vec<Digest>,
    pub(crate) documents: Vec<Digest>,
}

/// Whether a batch takes rows away that a reader may be about to read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Folding {
    #[default]
    None,
    Folds,
}

/// Appends the digests of the records of a log from `start` on, where the last call ended.
pub(crate) fn append(
    index: &Index,
    batch: &mut Rows,
    number: u32,
    start: u64,
    digests: &Digests,
) -> Result<Folding, StoreError> {
    let ids = Appender {
        index,
        batch,
        what: Lookup::Id,
        number,
    }
    .append(start, &digests.ids)?;
    let documents = Appender {
        index,
        batch,
        what: Lookup::Document,
        number,
    }
    .append(start, &digests.documents)?;
    Ok(if (ids, documents) == (Folding::None, Folding::None) {
        Folding::None
    } else {
        Folding::Folds
    })
}

/// The indexes of records whose digest is this, among the first `covered` of a log.
pub(crate) fn candidates(
    index: &Index,
    what: Lookup,
    number: u32,
    covered: u64,
    digest: Digest,
) -> Result<Vec<u64>, StoreError> {
    let bundles = covered / BUNDLE;
    let mut found = Vec::new();
    for level in (1..=LEVEL_MAX).rev() {
        let above = if level == LEVEL_MAX {
            0
        } else {
            bundles / span(level + 1) * FOLD
        };
        for group in above..bundles / span(level) {
            let row = index.get(&group_key(what, number, level, group, bucket(digest, level)))?;
            in_group(
                &row.ok_or_else(damaged)?,
                digest,
                group * span(level) * BUNDLE,
                &mut found,
            );
        }
    }
    // Up to 16 rows of 2 KB that lie side by side: one read, and none is copied.
    let (low, high) = (
        bundle_key(what, number, bundles / FOLD * FOLD),
        bundle_key(what, number, bundles + 1),
    );
    index.scan(&low, &high, |key, row| {
        let bundle = group_of(key).ok_or_else(damaged)?;
        in_bundle(row, digest, bundle * BUNDLE, &mut found);
        Ok(ControlFlow::Continue(()))
    })?;
    Ok(found)
}

fn in_group(row: &[u8], digest: Digest, first: u64, found: &mut Vec<u64>) {
    let (entries, _) = row.as_chunks::<ENTRY_BYTES>();
    let from = entries.partition_point(|entry| entry_of(entry).0 < digest);
    let equal = entries[from..]
        .iter()
        .map(entry_of)
        .take_while(|(other, _)| *other == digest);
    found.extend(equal.map(|(_, offset)| first + u64::from(offset)));
}

fn in_bundle(row: &[u8], digest: Digest, first: u64, found: &mut Vec<u64>) {
    let (digests, _) = row.as_chunks::<DIGEST_BYTES>();
    let equal = (first..)
        .zip(digests)
        .filter(|(_, other)| u64::from_be_bytes(**other) == digest);
    found.extend(equal.map(|(index, _)| index));
}

/// Bundles in a group of that level.
fn span(level: u32) -> u64 {
    FOLD.pow(level)
}

/// The row of a group that a digest belongs in: its first four bits a level.
fn bucket(digest: Digest, level: u32) -> u16 {
    u16::try_from(digest >> (64 - 4 * level)).expect("at most 12 bits are left")
}

fn bundle_key(what: Lookup, number: u32, bundle: u64) -> Vec<u8> {
    group_key(what, number, 0, bundle, 0)
}

fn group_key(what: Lookup, number: u32, level: u32, group: u64, bucket: u16) -> Vec<u8> {
    let mut key = log_key(Table::Lookup, number);
    key.extend_from_slice(&[what as u8, u8::try_from(level).expect("at most 3")]);
    key.extend_from_slice(&group.to_be_bytes());
    key.extend_from_slice(&bucket.to_be_bytes());
    key
}

/// The group, or at level 0 the bundle, of a key.
fn group_of(key: &[u8]) -> Option<u64> {
    let (key, _bucket) = key.split_last_chunk::<2>()?;
    key.last_chunk().copied().map(u64::from_be_bytes)
}

fn entry_of(entry: &[u8; ENTRY_BYTES]) -> (Digest, u32) {
    let (digest, offset) = entry.split_at(DIGEST_BYTES);
    let offset = offset.try_into().map_or(0, u32::from_be_bytes);
    (digest.try_into().map_or(0, u64::from_be_bytes), offset)
}

fn damaged() -> StoreError {
    StoreError::index_damaged("a lookup row is missing or of the wrong length")
}

/// Writes the lookup rows of one log.
struct Appender<'a> {
    index: &'a Index,
    batch: &'a mut Rows,
    what: Lookup,
    number: u32,
}

impl Appender<'_> {
    fn append(&mut self, mut start: u64, mut digests: &[Digest]) -> Result<Folding, StoreError> {
        let mut folding = Folding::None;
        while !digests.is_empty() {
            let (bundle, inside) = (start / BUNDLE, start % BUNDLE);
            let count = digests
                .len()
                .min(usize::try_from(BUNDLE - inside).expect("a bundle has 256 records"));
            let (new, rest) = digests.split_at(count);
            let key = bundle_key(self.what, self.number, bundle);
            let mut row = overlaid(self.index, self.batch, &key)?.unwrap_or_default();
            if row.len() as u64 != inside * DIGEST_BYTES as u64 {
                return Err(damaged());
            }
            new.iter()
                .for_each(|digest| row.extend_from_slice(&digest.to_be_bytes()));
            put(self.batch, key, row);
            start += count as u64;
            digests = rest;
            if start.is_multiple_of(BUNDLE * FOLD) {
                self.fold(bundle)?;
                folding = Folding::Folds;
            }
        }
        Ok(folding)
    }

    /// Folds every group that ends with this bundle.
    fn fold(&mut self, bundle: u64) -> Result<(), StoreError> {
        let ended = (1..=LEVEL_MAX).take_while(|level| (bundle + 1).is_multiple_of(span(*level)));
        for level in ended {
            let group = bundle / span(level);
            let mut entries = Vec::new();
            for child in group * FOLD..(group + 1) * FOLD {
                let first = u32::try_from((child % FOLD) * span(level - 1) * BUNDLE).expect("a group has 2^20 records");
                self.take_child(level - 1, child, first, &mut entries)?;
            }
            entries.sort_unstable();
            self.put_group(level, group, &entries);
        }
        Ok(())
    }

    /// Moves the entries of a bundle or a lower group into its parent.
    fn take_child(
        &mut self,
        level: u32,
        child: u64,
        first: u32,
        entries: &mut Vec<(Digest, u32)>,
    ) -> Result<(), StoreError> {
        for bucket in 0..u16::try_from(span(level)).expect("at most 256 below the highest level") {
            let key = group_key(self.what, self.number, level, child, bucket);
            let row = overlaid(self.index, self.batch, &key)?.ok_or_else(damaged)?;
            if level == 0 {
                let (digests, _) = row.as_chunks::<DIGEST_BYTES>();
                entries.extend(digests.iter().copied().map(u64::from_be_bytes).zip(first..));
            } else {
                let (own, _) = row.as_chunks::<ENTRY_BYTES>();
                entries.extend(
                    own.iter()
                        .map(entry_of)
                        .map(|(digest, offset)| (digest, first + offset)),
                );
            }
            self.batch.insert(key, None);
        }
        Ok(())
    }

    /// Writes the sorted entries of a group, one row for each value of their first bits, also the empty ones.
    fn put_group(&mut self, level: u32, group: u64, entries: &[(Digest, u32)]) {
        let mut rest = entries;
        for chosen in 0..u16::try_from(span(level)).expect("at most 4,096") {
            let (own, others) = rest.split_at(rest.partition_point(|(digest, _)| bucket(*digest, level) <= chosen));
            let mut row = Vec::with_capacity(own.len() * ENTRY_BYTES);
            for (digest, offset) in own {
                row.extend_from_slice(&digest.to_be_bytes());
                row.extend_from_slice(&offset.to_be_bytes());
            }
            put(self.batch, group_key(self.what, self.number, level, group, chosen), row);
            rest = others;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{engines, options};
    use crate::index::engine::{Durability, Row};

    /// Digests that differ, except that every 5,000th has the same.
    fn digest(index: u64) -> Digest {
        if index.is_multiple_of(5_000) {
            77
        } else {
            (index + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15)
        }
    }

    /// An index that looks up that many records, appended in steps of that length.
    fn filled(folder: &std::path::Path, engine: crate::Engine, records: u64, step: usize) -> Index {
        let index = Index::open(folder, &options(engine), 1).unwrap();
        let digests: Vec<Digest> = (0..records).map(digest).collect();
        for (start, chunk) in (0..).step_by(step).zip(digests.chunks(step)) {
            let mut batch = Rows::new();
            let digests = Digests {
                ids: chunk.to_vec(),
                documents: Vec::new(),
            };
            append(&index, &mut batch, 3, start, &digests).unwrap();
            index.write(&batch, Durability::Lazy).unwrap();
        }
        index
    }

    fn rows(index: &Index) -> Vec<Row> {
        let mut rows = Vec::new();
        let gather = |key: &[u8], value: &[u8]| {
            rows.push((key.to_vec(), value.to_vec()));
            Ok(ControlFlow::Continue(()))
        };
        index.scan(&[], &[u8::MAX], gather).unwrap();
        rows
    }

    #[test]
    fn every_record_is_found_on_whatever_level_it_lies() {
        for engine in engines() {
            let folder = tempfile::tempdir().unwrap();
            let records = BUNDLE * (span(3) + span(2) * 3 + span(1) * 2 + 5) + 17;
            let index = filled(folder.path(), engine, records, 50_000);
            let found = |digest| candidates(&index, Lookup::Id, 3, records, digest).unwrap();
            for index in (0..records)
                .step_by(997)
                .chain(records - 600..records)
                .filter(|index| index % 5_000 != 0)
            {
                assert_eq!(found(digest(index)), [index]);
            }
            assert_eq!(found(77), (0..records).step_by(5_000).collect::<Vec<_>>());
            assert_eq!(found(78), [0; 0]);
        }
    }

    #[test]
    fn the_rows_depend_on_the_number_of_records_only() {
        for engine in engines() {
            let (one, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
            let records = BUNDLE * (span(2) + span(1) + 3) + 9;
            let one = rows(&filled(one.path(), engine, records, 100_000));
            assert!(one == rows(&filled(other.path(), engine, records, 777)), "rows differ");
        }
    }
}
