//! Examination: from the bytes in the ledger to the finding.

use super::limits::{Signed, verify_raw};
use super::measure::{Deadline, Measured, in_turns, rate};
use super::sample::Sample;
use anyhow::ensure;
use bytes::Bytes;
use ewtp_record::{Duty, Position, Record};
use ewtp_trust::{Authority, Finding, examine};
use std::hint::black_box;

/// Distinct records: more than any cache of signatures could hold by accident.
const RECORDS: u64 = 4096;
/// Records a thread takes at once.
const RUN: usize = 64;

/// Records judged a second on all cores, beside bare verification.
pub(super) fn measure(deadline: Deadline) -> anyhow::Result<Measured> {
    let sample = Sample::hub("CN-HGH")?;
    let records = sample.certificates(RECORDS, deadline.part_of(2))?;
    let customs = sample.key(Duty::Customs);
    let signed: Vec<Signed> = records.iter().map(|record| Signed::like(record, &customs)).collect();
    let bytes: Vec<Bytes> = records.iter().map(|record| record.bytes().clone()).collect();
    let mut authority = Authority::new(sample.log(), sample.chain.clone());
    authority.note_charter(0, &sample.genesis)?;
    let first = finding(&bytes[0], 1, &authority);
    ensure!(first.is_sound(), "the sample is not sound: {:?}", first.standing);
    let examined = || {
        rate(|thread| {
            let first = thread * bytes.len() / super::measure::cores();
            for (index, bytes) in (1..).zip(bytes.iter().cycle().skip(first).take(RUN)) {
                black_box(finding(bytes, index, &authority));
            }
            RUN as u64
        })
    };
    let (value, limit) = in_turns(deadline, examined, || verify_raw(&signed));
    Ok(Measured {
        value,
        limit,
        limit_name: "verify_raw",
    })
}

/// What the examiner does with each record: decode the bytes of the ledger, judge the record at its position.
fn finding(bytes: &Bytes, index: u64, authority: &Authority) -> Finding {
    let record = Record::decode(bytes.clone()).expect("the sample holds records");
    let log = authority.log();
    examine(
        &record,
        Position {
            hub: log.hub,
            epoch: log.epoch,
            index,
        },
        authority,
    )
    .expect("the sample's chain is whole")
}
