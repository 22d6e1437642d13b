//! Announcements: what a worker does with each before it is passed on.

use super::limits::{Signed, verify_raw};
use super::measure::{Deadline, Measured, in_turns, rate};
use super::sample::Sample;
use anyhow::Context;
use bytes::Bytes;
use ewtp_federation::Announcement;
use ewtp_record::Duty;
use ewtp_trust::Directory;
use std::collections::BTreeMap;
use std::hint::black_box;
use tempfile::TempDir;

/// Certificates issued to get announcements: each carries what was issued since the one before, up to 16 KiB.
const RECORDS: u64 = 320;
/// Certificates in one request: what an office sends at once.
const REQUEST: usize = 16;

/// Announcements of 16 certificates verified a second on all cores, beside one bare verification each.
pub(super) fn measure(deadline: Deadline) -> anyhow::Result<Measured> {
    let sample = Sample::hub("CN-HGH")?;
    let records = sample.certificates(RECORDS, deadline.part_of(2))?;
    let folder = TempDir::new().context("cannot make a folder for the sample")?;
    let announcements = super::issue::announcements(&sample, folder.path(), &records, REQUEST)?;
    let mut directory = Directory::new(
        sample.plan.config.net,
        BTreeMap::from([(sample.hub, sample.chain.genesis_id())]),
    );
    directory.adopt_chain(sample.hub, std::slice::from_ref(&sample.genesis))?;
    announcements
        .iter()
        .try_for_each(|bytes| verify(bytes, &directory))
        .context("the sample does not verify")?;
    let log_key = sample.key(Duty::Log);
    let signed: Vec<Signed> = records.iter().map(|record| Signed::like(record, &log_key)).collect();
    let verified = || {
        rate(|thread| {
            let bytes = &announcements[thread % announcements.len()];
            for _ in 0..16 {
                black_box(verify(black_box(bytes), &directory)).expect("verified before the measurement");
            }
            16
        })
    };
    let (value, limit) = in_turns(deadline, verified, || verify_raw(&signed));
    Ok(Measured {
        value,
        limit,
        limit_name: "verify_raw",
    })
}

fn verify(bytes: &Bytes, directory: &Directory) -> anyhow::Result<()> {
    Announcement::decode(bytes)?.verify(directory)?;
    Ok(())
}
