//! Page sync: a hub that starts with nothing gathers another hub's schedule over loopback TCP, proves each page by the root
//! that the edition names, and makes it durable.
//!
//! Both are whole nodes. One publishes as a tariff office does; the other finds the edition in its log, judges it and gathers
//! by pages. The time is from the first pages that came to the schedule being held, checked as a whole.
//!
//! It is far below its limit because a page is read here, and the append reads none. Of a gathering of 788 pages in 17 frames (one run on two
//! shared cores, our own crates not optimised, so shares only) 42 in a hundred parts went into unpacking and decoding each frame before it is
//! believed, 45 into making the trees whole when their last pages came, which decodes them from the disk once more, 10 into the check of the
//! schedule, and 3 into the syncs of the frames. Frames had 8 to 64 pages, and the next one lay ready when one was kept: larger frames or
//! fewer turns would gain little. The second decoding could go only if a tree stayed in memory while it is gathered, which has a bound to find.

use super::limits::append_raw;
use super::measure::{Deadline, Measured, stopwatch};
use super::pair::{FOR_THE_END, Running, found};
use super::sample::Sample;
use super::tariff;
use anyhow::{Context, bail};
use bytes::Bytes;
use ewtp_api::tariff::{Publishing, ScheduleForm};
use ewtp_api::{Client, NodeState, ScheduleCounts, Target};
use ewtp_node::runtime::GatheringObserver;
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// Pages in one group commit of the bare append: as many as a frame has at most. spec: tariff-sync R4
const GROUP: usize = 64;
/// How often a node that starts is asked whether it runs.
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// Pages moved a second, beside a plain append and fdatasync of the same pages.
pub(super) fn measure(deadline: Deadline) -> anyhow::Result<Measured> {
    let folder = TempDir::new().context("cannot make a folder for the sample")?;
    let (source, sink) = found(folder.path())?;
    let form = tariff::form()?;
    let trees = [&form.trees.rates, &form.trees.texts, &form.trees.notes];
    let pages: Vec<Bytes> = trees
        .iter()
        .flat_map(|tree| tree.pages())
        .map(|page| page.bytes().clone())
        .collect();
    let before = append_raw(folder.path(), &pages, GROUP)?;
    let value = sync(&source, &sink, &form, deadline)?;
    let limit = before.max(append_raw(folder.path(), &pages, GROUP)?);
    Ok(Measured {
        value,
        limit,
        limit_name: "append_raw",
    })
}

/// Publishes at one node, then starts the other: pages a second.
fn sync(source: &Sample, sink: &Sample, form: &ScheduleForm, deadline: Deadline) -> anyhow::Result<f64> {
    let (told, steps) = channel();
    let observer: GatheringObserver = Box::new(move |counts| {
        let _ = told.send((stopwatch(), counts)); // nobody listens once the schedule is held
    });
    let publisher = Running::judging(source, None);
    let rate = publish(source, form, deadline).and_then(|()| {
        let gatherer = Running::judging(sink, Some(observer));
        let rate = until_held(&steps, deadline);
        gatherer.end().context("the gatherer of the page sync")?;
        rate
    });
    publisher.end().context("the publisher of the page sync")?;
    rate
}

fn publish(source: &Sample, form: &ScheduleForm, deadline: Deadline) -> anyhow::Result<()> {
    let socket = source.plan.config.folder.socket_of_running_node()?;
    let client = Client::new(Target::Socket(socket));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        while !client
            .status()
            .await
            .is_ok_and(|status| status.state == NodeState::Running)
        {
            if deadline.left() < FOR_THE_END {
                bail!("the publisher did not start in the time that was left");
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
        // The first edition is confirmed, as an office does that means it.
        let publishing = Publishing {
            confirm: Some(source.plan.config.hub),
            ..Publishing::default()
        };
        client.publish(form, &publishing).await?;
        Ok(())
    })
}

/// Pages a second from the first step that brought some to the one after which the schedule is held.
fn until_held(steps: &Receiver<(Instant, ScheduleCounts)>, deadline: Deadline) -> anyhow::Result<f64> {
    let mut first = None;
    // An error means that the time is over or that the node ended; its own end says why.
    while let Ok((at, counts)) = steps.recv_timeout(deadline.left().saturating_sub(FOR_THE_END)) {
        if counts.pages_moved == 0 {
            continue;
        }
        let (began, had) = *first.get_or_insert((at, counts.pages_moved));
        if counts.held > 0 {
            if at == began {
                bail!("everything came at once; nothing was measured");
            }
            return Ok((counts.pages_moved - had) as f64 / (at - began).as_secs_f64());
        }
    }
    bail!("the schedule was not gathered in the time that was left")
}
