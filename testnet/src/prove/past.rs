//! What the hubs were seen to hold, compared with what they hold in the end.
//!
//! Every look at a hub shows heads: of its own log and of its copies of the others. A head is a size and a root under a
//! checkpoint that the log's hub signed. If each of them is the root of the final log cut at that size, then the hub
//! signed one history, however often it was killed meanwhile; and a record is where it was acknowledged if the final log
//! says so.

use crate::load::Book;
use crate::observer::Statuses;
use crate::state::Testnet;
use crate::{answer, door};
use anyhow::{Context, Result, bail, ensure};
use ewtp_api::{Issued, Listing, Status, Summary};
use ewtp_log::{CompactRange, Hash};
use ewtp_record::{HubCode, RecordId};
use std::collections::{BTreeMap, BTreeSet};
use tokio::task::JoinHandle;

/// Records a page of a listing.
const PAGE: u32 = 1000;

/// Heads of logs as they were seen: hub and size, and every root seen for that.
type Heads = BTreeMap<(HubCode, u64), BTreeSet<[u8; 32]>>;

/// Every log, by its hub.
pub(super) type Logs = BTreeMap<HubCode, Vec<RecordId>>;

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

    /// Compares every head seen with the final logs.
    pub(super) async fn compare(self, logs: &Logs) -> Result<Compared> {
        let heads = self.collecting.await.context("collecting heads")?;
        let mut second_histories = 0;
        for (hub, records) in logs {
            let mut range = CompactRange::new();
            for (index, record) in records.iter().enumerate() {
                range.append(Hash(record.0));
                let size = index as u64 + 1;
                let mut seen = heads.get(&(*hub, size)).into_iter().flatten();
                if let Some(root) = seen.find(|root| range.root().0 != **root) {
                    answer::note(&format!(
                        "{hub} was seen with another root for size {size}: {}",
                        Hash(*root)
                    ));
                    second_histories += 1;
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
        ensure!(
            second_histories == 0,
            "{second_histories} heads of {} are of a second history",
            heads.len()
        );
        Ok(Compared {
            heads: heads.len(),
            second_histories,
        })
    }
}

/// Sizes that logs were seen with, and those of them that were seen with a root which is not the final log's.
pub(super) struct Compared {
    pub(super) heads: usize,
    pub(super) second_histories: usize,
}

fn note(heads: &mut Heads, status: &Status) {
    let mut add = |hub, size, root: Hash| heads.entry((hub, size)).or_default().insert(root.0);
    add(status.hub, status.log.size, status.log.root);
    for (hub, entry) in &status.frontier {
        add(*hub, entry.size, entry.root);
    }
}

/// Every log as a neighbour of its hub holds it. The hubs agree by now, so any neighbour's copy is everybody's.
pub(super) async fn logs_at_neighbours(testnet: &Testnet) -> Result<Logs> {
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

/// The examined records of a hub's log as `at` holds it, from its beginning.
pub(super) async fn list(testnet: &Testnet, at: &str, hub: HubCode) -> Result<Vec<RecordId>> {
    let records = summaries(testnet, at, hub, None).await?;
    for (index, record) in records.iter().enumerate() {
        ensure!(
            record.index == index as u64,
            "record {} follows {index} records",
            record.index
        );
    }
    Ok(records.into_iter().map(|record| record.id).collect())
}

/// The same, of one kind of record if that is named.
pub(super) async fn summaries(testnet: &Testnet, at: &str, hub: HubCode, kind: Option<&str>) -> Result<Vec<Summary>> {
    let client = door::of(testnet, at)?;
    let mut listing = Listing {
        hub: Some(hub),
        kind: kind.map(str::to_owned),
        subject: None,
        after: None,
        limit: Some(PAGE),
    };
    let mut records = Vec::new();
    loop {
        let page = client.records(&listing).await?;
        records.extend(page.records);
        match page.next {
            Some(position) => listing.after = Some(position),
            None => return Ok(records),
        }
    }
}

/// How many records the logs grew by, which must be none.
pub(super) fn grown(before: &Logs, after: &Logs) -> Result<usize> {
    let records = |logs: &Logs| logs.values().map(Vec::len).sum::<usize>();
    ensure!(after == before, "resending what was acknowledged changed a log");
    Ok(records(after) - records(before))
}

/// Acknowledged records, and those of them that are not where their hub said.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Kept {
    pub(super) acknowledged: usize,
    pub(super) lost: usize,
}

/// Looks for everything in the books.
pub(super) fn nothing_is_lost(books: &[Book], logs: &Logs) -> Result<Kept> {
    let acknowledged = books.iter().flat_map(|book| &book.acknowledged);
    all_are_there(acknowledged.map(|one| &one.issued), logs)
}

/// Looks for records where they were acknowledged.
pub(super) fn all_are_there<'a>(acknowledged: impl Iterator<Item = &'a Issued>, logs: &Logs) -> Result<Kept> {
    let (there, lost): (Vec<_>, Vec<_>) = acknowledged.partition(|issued| is_there(issued, logs));
    if let Some(first) = lost.first() {
        let Issued { id, hub, index, .. } = first;
        bail!(
            "{} acknowledged records are lost: {id} was acknowledged at {hub}:{index} and is not there",
            lost.len()
        );
    }
    Ok(Kept {
        acknowledged: there.len(),
        lost: lost.len(),
    })
}

fn is_there(issued: &Issued, logs: &Logs) -> bool {
    let found = logs
        .get(&issued.hub)
        .zip(usize::try_from(issued.index).ok())
        .and_then(|(log, index)| log.get(index));
    found == Some(&issued.id)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ewtp_record::Position;

    fn issued(id: u8, index: u64) -> Issued {
        let position = Position {
            hub: "MY".parse().unwrap(),
            epoch: 0,
            index,
        };
        Issued::new(RecordId([id; 32]), position)
    }

    #[test]
    fn a_record_that_moved_is_lost_and_so_is_one_beyond_the_end() {
        let logs = Logs::from([("MY".parse().unwrap(), vec![RecordId([0; 32]), RecordId([1; 32])])]);
        let kept = all_are_there([issued(0, 0), issued(1, 1)].iter(), &logs).unwrap();
        assert_eq!((kept.acknowledged, kept.lost), (2, 0));
        for lost in [issued(1, 0), issued(2, 2)] {
            assert!(all_are_there([issued(0, 0), lost].iter(), &logs).is_err());
        }
    }

    #[tokio::test]
    async fn a_head_of_a_second_history_is_found() {
        let hub: HubCode = "MY".parse().unwrap();
        let logs = Logs::from([(hub, vec![RecordId([0; 32]), RecordId([1; 32])])]);
        let root = |ids: &[u8]| {
            let mut range = CompactRange::new();
            ids.iter().for_each(|id| range.append(Hash([*id; 32])));
            range.root().0
        };
        let past = |heads: Vec<(u64, [u8; 32])>| Past {
            collecting: tokio::spawn(async move {
                heads
                    .into_iter()
                    .map(|(size, root)| ((hub, size), BTreeSet::from([root])))
                    .collect()
            }),
        };
        let one = past(vec![(1, root(&[0])), (2, root(&[0, 1]))])
            .compare(&logs)
            .await
            .unwrap();
        assert_eq!((one.heads, one.second_histories), (2, 0));
        assert!(
            past(vec![(1, root(&[0])), (2, root(&[0, 2]))])
                .compare(&logs)
                .await
                .is_err()
        );
        assert!(past(vec![(3, root(&[0, 1, 2]))]).compare(&logs).await.is_err());
    }
}
