//! What the hubs were seen to hold, compared with what they hold in the end.
//!
//! Every look at a hub shows heads: of its own log and of its copies of the others. A head is a size and a root under a
//! checkpoint that the log's hub signed. If each of them is the root of the final log cut at that size, then the hub
//! signed one history, however often it was killed meanwhile; and a record is where it was acknowledged if the final log
//! says so.

use crate::door;
use crate::load::Book;
use crate::observer::Statuses;
use crate::state::Testnet;
use anyhow::{Context, Result, ensure};
use ewtp_api::{Listing, Status};
use ewtp_log::{CompactRange, Hash};
use ewtp_record::{HubCode, RecordId};
use std::collections::{BTreeMap, BTreeSet};
use tokio::task::JoinHandle;

/// Records a page of a listing.
const PAGE: u32 = 1000;

/// Heads of logs as they were seen: hub and size, and every root seen for that.
type Heads = BTreeMap<(HubCode, u64), BTreeSet<[u8; 32]>>;

/// Collects the heads that a testnet's hubs show.
pub(super) struct Past {
    collecting: JoinHandle<Heads>,
}

impl Past {
    /// Collects from now on, until the statuses end or [`Past::end`].
    pub(super) fn collect(mut statuses: Statuses, mut end: tokio::sync::watch::Receiver<bool>) -> Self {
        let collecting = tokio::spawn(async move {
            let mut heads = Heads::new();
            loop {
                statuses
                    .borrow_and_update()
                    .iter()
                    .flatten()
                    .for_each(|status| note(&mut heads, status));
                tokio::select! {
                    changed = statuses.changed() => if changed.is_err() { return heads },
                    _ = end.wait_for(|end| *end) => return heads,
                }
            }
        });
        Self { collecting }
    }

    /// Compares every head seen with the final logs; answers how many there were.
    pub(super) async fn compare(self, logs: &BTreeMap<HubCode, Vec<RecordId>>) -> Result<u64> {
        let heads = self.collecting.await.context("collecting heads")?;
        for (hub, records) in logs {
            let mut range = CompactRange::new();
            for (index, record) in records.iter().enumerate() {
                range.append(Hash(record.0));
                let size = index as u64 + 1;
                for root in heads.get(&(*hub, size)).into_iter().flatten() {
                    ensure!(
                        range.root().0 == *root,
                        "{hub} was seen with another root for size {size}: {}",
                        Hash(*root)
                    );
                }
            }
            let longest = heads
                .keys()
                .filter(|(log, _)| log == hub)
                .map(|(_, size)| *size)
                .max()
                .unwrap_or(0);
            ensure!(
                longest <= records.len() as u64,
                "{hub} was seen with {longest} records and ends with {}",
                records.len()
            );
        }
        Ok(heads.len() as u64)
    }
}

fn note(heads: &mut Heads, status: &Status) {
    let mut add = |hub, size, root: Hash| heads.entry((hub, size)).or_default().insert(root.0);
    add(status.hub, status.log.size, status.log.root);
    for (hub, entry) in &status.frontier {
        add(*hub, entry.size, entry.root);
    }
}

/// Every log as a neighbour of its hub holds it. The hubs agree by now, so any neighbour's copy is everybody's.
pub(super) async fn logs_at_neighbours(testnet: &Testnet) -> Result<BTreeMap<HubCode, Vec<RecordId>>> {
    let codes = testnet.codes();
    let mut logs = BTreeMap::new();
    for (place, hub) in codes.iter().enumerate() {
        let neighbour = &codes[(place + 1) % codes.len()];
        let hub: HubCode = hub.parse().context("a hub's code")?;
        logs.insert(
            hub,
            list(testnet, neighbour, hub)
                .await
                .with_context(|| format!("the log of {hub} at {neighbour}"))?,
        );
    }
    Ok(logs)
}

async fn list(testnet: &Testnet, at: &str, hub: HubCode) -> Result<Vec<RecordId>> {
    let client = door::of(testnet, at)?;
    let mut records = Vec::new();
    let mut after = None;
    loop {
        let page = client
            .records(&Listing {
                hub: Some(hub),
                kind: None,
                subject: None,
                after,
                limit: Some(PAGE),
            })
            .await?;
        for record in &page.records {
            ensure!(
                record.index == records.len() as u64,
                "record {} follows {} records",
                record.index,
                records.len()
            );
            records.push(record.id);
        }
        match page.next {
            Some(position) => after = Some(position),
            None => return Ok(records),
        }
    }
}

/// Every acknowledged record is where its hub said; answers how many there are.
pub(super) fn nothing_is_lost(books: &[Book], logs: &BTreeMap<HubCode, Vec<RecordId>>) -> Result<u64> {
    let mut n = 0;
    for issued in books.iter().flat_map(|book| &book.acknowledged).map(|one| &one.issued) {
        let log = logs.get(&issued.hub).context("a log of the testnet")?;
        let found = usize::try_from(issued.index).ok().and_then(|index| log.get(index));
        ensure!(
            found == Some(&issued.id),
            "{} was acknowledged at {}:{} and is not there",
            issued.id,
            issued.hub,
            issued.index
        );
        n += 1;
    }
    Ok(n)
}
