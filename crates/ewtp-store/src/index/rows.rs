//! The keys of the index and the values of its small rows. Integers are big-endian, so rows sort as their numbers do.
//!
//! | table | key | value |
//! |---|---|---|
//! | meta | name | format version; the ledger's salt; the cursor |
//! | log | log number | hub, epoch, records indexed, their bytes |
//! | fact | log number, kind | the fact of that kind that counts, as in the ledger |
//! | examined | log number | records examined, the charter they were judged under, records looked up |
//! | bundle | log number, bundle | root of a complete bundle |
//! | run | log number, first index | segment, offset, bytes, count of an entries frame |
//! | charter | hub, number, id | a charter record that travelled ahead of its log |
//! | logged | log number, index | number of the charter that examination found there |
//! | lookup | log number, what, level, group, bucket | digests of ids or documents, see [`lookup`](super::lookup) |
//! | finding | log number, bundle | the findings of that bundle, in order |
//! | manifest | log number, index | one zero byte: a sound node manifest is logged there |
//! | rare | log number, kind, index | the finding of a record of a kind that is listed often and logged seldom |
//!
//! Every value ends with a CRC-32C over key and value.

use ewtp_log::Hash;
use ewtp_record::{HubCode, LogId, RecordKind};

use crate::ledger::entries::Run;
use crate::ledger::segment::Place;
use crate::ledger::walk::Cursor;
use crate::shared::Examined;
use crate::wire::{HUB_BYTES, Input, put_hub, put_log};

/// Format of the index written here. Another one is rebuilt, a newer one refused.
pub(crate) const INDEX_VERSION: u16 = 4;

/// The first byte of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Table {
    Meta = 0,
    Log = 1,
    Fact = 2,
    Examined = 3,
    Bundle = 4,
    Run = 5,
    Charter = 6,
    Logged = 7,
    Lookup = 8,
    Finding = 9,
    Manifest = 10,
    Rare = 11,
}

pub(crate) const META_VERSION: &[u8] = &[Table::Meta as u8, b'v'];
pub(crate) const META_SALT: &[u8] = &[Table::Meta as u8, b's'];
pub(crate) const META_OWN: &[u8] = &[Table::Meta as u8, b'o'];
pub(crate) const META_CURSOR: &[u8] = &[Table::Meta as u8, b'c'];

/// The first key of a table and the first behind it.
pub(crate) fn whole(table: Table) -> ([u8; 1], [u8; 1]) {
    ([table as u8], [table as u8 + 1])
}

/// A key of a table that has one row for each log.
pub(crate) fn log_key(table: Table, number: u32) -> Vec<u8> {
    [&[table as u8], number.to_be_bytes().as_slice()].concat()
}

/// A key of a table with many rows for each log.
pub(crate) fn row_key(table: Table, number: u32, index: u64) -> Vec<u8> {
    let mut key = Vec::with_capacity(13);
    key.push(table as u8);
    key.extend_from_slice(&number.to_be_bytes());
    key.extend_from_slice(&index.to_be_bytes());
    key
}

pub(crate) fn fact_key(number: u32, kind: u8) -> Vec<u8> {
    [log_key(Table::Fact, number).as_slice(), &[kind]].concat()
}

pub(crate) fn charter_key(hub: HubCode, number: u32, id: &Hash) -> Vec<u8> {
    let mut key = vec![Table::Charter as u8];
    put_hub(&mut key, hub);
    key.extend_from_slice(&number.to_be_bytes());
    key.extend_from_slice(id.as_bytes());
    key
}

/// A key of the table of rare kinds: of one kind, in log order.
pub(crate) fn rare_key(number: u32, kind: RecordKind, index: u64) -> Vec<u8> {
    let mut key = log_key(Table::Rare, number);
    key.extend_from_slice(&kind.number().to_be_bytes());
    key.extend_from_slice(&index.to_be_bytes());
    key
}

/// The index in a key made by [`rare_key`].
pub(crate) fn rare_index(key: &[u8]) -> Option<u64> {
    let mut input = Input(key.get(7..)?);
    let index = input.u64()?;
    input.end().map(|()| index)
}

/// The hub in a charter's key.
pub(crate) fn charter_hub(key: &[u8]) -> Option<HubCode> {
    Input(key.get(1..=HUB_BYTES)?).hub()
}

/// The second number in a key made by [`row_key`].
pub(crate) fn row_index(key: &[u8]) -> Option<u64> {
    let mut input = Input(key.get(5..)?);
    let index = input.u64()?;
    input.end().map(|()| index)
}

pub(crate) fn log_number(key: &[u8]) -> Option<u32> {
    Input(key.get(1..)?).u32()
}

pub(crate) fn log_value(log: LogId, size: u64, bytes: u64) -> Vec<u8> {
    let mut value = Vec::with_capacity(32);
    put_log(&mut value, log);
    value.extend_from_slice(&size.to_be_bytes());
    value.extend_from_slice(&bytes.to_be_bytes());
    value
}

/// The log, its records and their bytes.
pub(crate) fn log_of(value: &[u8]) -> Option<(LogId, u64, u64)> {
    let mut input = Input(value);
    let row = (input.log()?, input.u64()?, input.u64()?);
    input.end().map(|()| row)
}

/// How far a log is examined, with the number of records that lookup rows cover.
pub(crate) fn examined_value(examined: Examined, looked_up: u64) -> Vec<u8> {
    let mut value = Vec::with_capacity(24);
    value.extend_from_slice(&examined.to.to_be_bytes());
    value.extend_from_slice(&examined.under_charter.to_be_bytes());
    value.extend_from_slice(&looked_up.to_be_bytes());
    value
}

pub(crate) fn examined_of(value: &[u8]) -> Option<(Examined, u64)> {
    let mut input = Input(value);
    let examined = Examined {
        to: input.u64()?,
        under_charter: input.u32()?,
    };
    let row = (examined, input.u64()?);
    input.end().map(|()| row)
}

pub(crate) fn run_value(run: &Run) -> Vec<u8> {
    let mut value = Vec::with_capacity(18);
    value.extend_from_slice(&run.place.segment.to_be_bytes());
    value.extend_from_slice(&run.place.offset.to_be_bytes());
    value.extend_from_slice(&run.frame_bytes.to_be_bytes());
    value.extend_from_slice(&run.count.to_be_bytes());
    value
}

pub(crate) fn run_of(log: LogId, key: &[u8], value: &[u8]) -> Option<Run> {
    let start = row_index(key)?;
    let mut input = Input(value);
    let place = Place {
        segment: input.u32()?,
        offset: input.u64()?,
    };
    let run = Run {
        log,
        start,
        place,
        frame_bytes: input.u32()?,
        count: input.u16()?,
    };
    input.end().map(|()| run)
}

pub(crate) fn cursor_value(cursor: Cursor) -> Vec<u8> {
    let mut value = Vec::with_capacity(20);
    value.extend_from_slice(&cursor.place.segment.to_be_bytes());
    value.extend_from_slice(&cursor.place.offset.to_be_bytes());
    value.extend_from_slice(&cursor.group.to_be_bytes());
    value
}

pub(crate) fn cursor_of(value: &[u8]) -> Option<Cursor> {
    let mut input = Input(value);
    let place = Place {
        segment: input.u32()?,
        offset: input.u64()?,
    };
    let cursor = Cursor {
        place,
        group: input.u64()?,
    };
    input.end().map(|()| cursor)
}
