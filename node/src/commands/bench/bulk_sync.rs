//! Bulk sync: a hub that starts with nothing pulls another hub's log over loopback TCP, proves it and makes it durable.
//!
//! Both are whole nodes with real network, engine and store; only the examiner rests, because its signatures would be
//! measured and not the transfer.

use super::limits::append_raw;
use super::measure::{Deadline, Measured, stopwatch};
use super::office::Office;
use super::pair::{FOR_THE_END, Running, found};
use super::sample::Sample;
use anyhow::{Context, bail};
use ewtp_node::runtime::GrowthObserver;
use std::sync::mpsc::channel;
use std::time::Instant;
use tempfile::TempDir;

/// Records to move: 80 MB; fewer on a machine that cannot make so many in a third of the time.
const RECORDS: u64 = 200_000;
/// Records in one group commit of the bare append: the batch of the storage table in the README.
const GROUP: usize = 1_000;

/// Records moved a second, beside a plain append and fdatasync of the same bytes.
pub(super) fn measure(deadline: Deadline) -> anyhow::Result<Measured> {
    let folder = TempDir::new().context("cannot make a folder for the sample")?;
    let (source, sink) = found(folder.path())?;
    let mut records = source.certificates(RECORDS, deadline.part_of(6))?;
    let logging = deadline.part_of(4);
    let mut office = Office::open(&source, source.plan.config.folder.root())?;
    let mut logged = 0;
    for (ticket, records) in (0..).zip(records.chunks(GROUP)) {
        if logged > 0 && logging.is_over() {
            break;
        }
        let looked_up_to = office.reader.size(source.log());
        office.issue(ticket, records.to_vec(), looked_up_to)?;
        logged += records.len();
    }
    drop(office);
    records.truncate(logged);
    let bytes: Vec<_> = records.iter().map(|record| record.bytes().clone()).collect();
    drop(records);
    let before = append_raw(folder.path(), &bytes, GROUP)?;
    let value = sync(&source, &sink, logged as u64, deadline)?;
    let limit = before.max(append_raw(folder.path(), &bytes, GROUP)?);
    Ok(Measured {
        value,
        limit,
        limit_name: "append_raw",
    })
}

/// Runs both until the second holds everything or the time is over: records a second from its first durable group to its
/// last.
fn sync(source: &Sample, sink: &Sample, records: u64, deadline: Deadline) -> anyhow::Result<f64> {
    let (grown, growth) = channel();
    let log = source.log();
    let observer: GrowthObserver = Box::new(move |grown_log, size| {
        if grown_log == log {
            let _ = grown.send((stopwatch(), size)); // nobody listens after the last record
        }
    });
    let source = Running::unexamined(source, Box::new(|_, _| {}));
    let sink = Running::unexamined(sink, observer);
    let mut grown: Vec<(Instant, u64)> = Vec::new();
    // An error means that the time is over or that the node ended; its own end says why.
    while let Ok(step) = growth.recv_timeout(deadline.left().saturating_sub(FOR_THE_END)) {
        grown.push(step);
        if step.1 > records {
            break;
        }
    }
    let rate = between_ends(&grown);
    let ended = [("the source", source.end()), ("the sink", sink.end())];
    for (who, end) in ended {
        end.with_context(|| format!("{who} of the bulk sync"))?;
    }
    rate
}

/// Records a second from the first step to the last.
fn between_ends(grown: &[(Instant, u64)]) -> anyhow::Result<f64> {
    let (Some((began, held)), Some((ended, size))) = (grown.first(), grown.last()) else {
        bail!("nothing moved in the time that was left");
    };
    if size == held {
        bail!("everything came in one group; nothing was measured");
    }
    Ok((size - held) as f64 / (*ended - *began).as_secs_f64())
}
