//! Issuing: from an office's JSON to a record that is durable and covered by a signed checkpoint.

use super::limits::sign_raw;
use super::measure::{Deadline, Measured, cores, stopwatch};
use super::office::Office;
use super::sample::Sample;
use anyhow::{Context, bail};
use bytes::Bytes;
use ewtp_record::{Document, Duty, Record, SecretKey};
use ewtp_store::Reader;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::sync_channel;
use tempfile::TempDir;

/// Certificates issued in one measurement, unless its time is over before.
const RECORDS: u64 = 40_000;
/// Certificates in one request, as the admin interface hands them on.
const REQUEST: u64 = 1_000;
/// Requests made ready ahead of the engine.
const AHEAD: usize = 8;
/// Measurements; the best counts.
const ROUNDS: usize = 3;

/// Certificates issued a second by one hub, beside bare signing on all cores.
pub(super) fn measure(deadline: Deadline) -> anyhow::Result<Measured> {
    let sample = Sample::hub("CN-HGH")?;
    let customs = sample.key(Duty::Customs);
    let message = vec![0; 400];
    let (mut value, mut limit) = (0.0_f64, 0.0_f64);
    for rounds_left in (1..=ROUNDS).rev() {
        if deadline.is_over() && rounds_left < ROUNDS {
            break;
        }
        limit = limit.max(sign_raw(&customs, &message));
        value = value.max(round(&sample, &customs, deadline.part_of(rounds_left))?);
    }
    Ok(Measured {
        value,
        limit,
        limit_name: "sign_raw",
    })
}

/// Issues everything once into a new folder; the first request always, the others while there is time.
fn round(sample: &Sample, customs: &SecretKey, deadline: Deadline) -> anyhow::Result<f64> {
    let folder = TempDir::new().context("cannot make a folder for the sample")?;
    let mut office = Office::open(sample, folder.path())?;
    let inputs: Vec<String> = (0..RECORDS).map(Sample::certificate_json).collect();
    let (next, reader) = (AtomicU64::new(0), office.reader.clone());
    let start = stopwatch();
    std::thread::scope(|scope| {
        let (sender, receiver) = sync_channel(AHEAD);
        for _ in 0..cores() {
            let (sender, next, reader, inputs) = (sender.clone(), &next, &reader, &inputs);
            scope.spawn(move || {
                loop {
                    let first = next.fetch_add(REQUEST, Ordering::Relaxed);
                    if first > 0 && deadline.is_over() {
                        return;
                    }
                    let Some(inputs) = inputs.chunks(REQUEST as usize).nth((first / REQUEST) as usize) else {
                        return;
                    };
                    // Sending fails when the measurement gave up; then nobody needs the rest.
                    if sender.send(ready(sample, customs, reader, inputs)).is_err() {
                        return;
                    }
                }
            });
        }
        drop(sender);
        for (ticket, request) in (0..).zip(receiver) {
            let (records, looked_up_to) = request?;
            office.issue(ticket, records, looked_up_to)?;
        }
        Ok::<_, anyhow::Error>(())
    })?;
    let seconds = start.elapsed().as_secs_f64();
    let logged = office.reader.size(sample.log());
    let issued = office.answered * REQUEST;
    if issued == 0 || logged != issued + 1 {
        bail!("{issued} certificates were issued, {logged} records are logged");
    }
    Ok(issued as f64 / seconds)
}

/// What is done before the engine: read the input, look each document up, sign.
fn ready(
    sample: &Sample,
    customs: &SecretKey,
    reader: &Reader,
    inputs: &[String],
) -> anyhow::Result<(Vec<Record>, u64)> {
    let looked_up_to = reader.size(sample.log());
    let mut records = Vec::with_capacity(inputs.len());
    for input in inputs {
        let record = sample.certificate(input, customs)?;
        let document = Document::of(record.header());
        if reader.by_document(&document)?.is_some() {
            bail!("{} was issued before", document.subject);
        }
        records.push(record);
    }
    Ok((records, looked_up_to))
}

/// The announcements of a hub that issues `records`, so many a second.
pub(super) fn announcements(
    sample: &Sample,
    folder: &Path,
    records: &[Record],
    request: usize,
) -> anyhow::Result<Vec<Bytes>> {
    let mut office = Office::open(sample, folder)?;
    office.second()?;
    office.announcements.clear();
    for (ticket, records) in (0..).zip(records.chunks(request)) {
        let looked_up_to = office.reader.size(sample.log());
        office.issue(ticket, records.to_vec(), looked_up_to)?;
        office.second()?;
    }
    if office.announcements.is_empty() {
        bail!("the engine announced nothing");
    }
    Ok(std::mem::take(&mut office.announcements))
}
