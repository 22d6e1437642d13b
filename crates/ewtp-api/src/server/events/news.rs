//! What there is to tell a follower of one hub: the next findings, or that a revocation took back some it was told.
//!
//! Which charter takes back what is read off the log and the hub's chain, and nothing is kept of who heard of it: a
//! charter that revokes from an index on concerns whatever was told between that index and the place where the log holds
//! that charter. From there on every node judges with it in hand. // spec: trust R21, R23

use super::cursor::Told;
use ewtp_record::{HubCode, LogId, Position};
use ewtp_store::{Reader, StoreError};
use ewtp_trust::{CharterChain, Directory, Finding};

/// Findings of one log read at once for a follower: about 15 KB.
const PAGE_RECORDS: usize = 64;

/// The next thing to tell of a hub.
#[derive(Debug)]
pub(super) enum News {
    /// What was told from this record on is to be forgotten: it is told again, under that charter.
    Reopened { from: Position, charter: u32 },
    /// A record was examined, under that charter.
    Examined { finding: Box<Finding>, charter: u32 },
}

/// What to tell a follower of a hub who was told so much of it.
pub(super) fn of_hub(
    reader: &Reader,
    directory: &Directory,
    hub: HubCode,
    told: Option<Told>,
) -> Result<Vec<News>, StoreError> {
    let Some(chain) = directory.chain(hub) else {
        return Ok(Vec::new()); // nothing is judged without charters
    };
    let logs: Vec<LogId> = reader.logs().into_iter().filter(|log| log.hub == hub).collect();
    loop {
        let charter = counted_in(reader, chain, &logs);
        if let Some(told) = told
            && let Some(from) = taken_back(reader, chain, &logs, told, charter)?
        {
            return Ok(vec![News::Reopened { from, charter }]);
        }
        let findings = reader.list(Some(hub), None, told.map(|told| told.position), PAGE_RECORDS)?;
        // A revocation that was taken up meanwhile may have changed some of them: then all is looked at once more.
        if counted_in(reader, chain, &logs) == charter {
            let examined = |finding| News::Examined {
                finding: Box::new(finding),
                charter,
            };
            return Ok(findings.into_iter().map(examined).collect());
        }
    }
}

/// The newest charter that revokes, of those under which the findings of these logs of a hub stand; 0 when none does.
pub(super) fn counted_in(reader: &Reader, chain: &CharterChain, logs: &[LogId]) -> u32 {
    let examined = logs.iter().filter(|log| reader.examined_to(**log) > 0);
    let under = examined.map(|log| reader.examined_under(*log)).min().unwrap_or(0);
    let revokes = |number: &u32| logs.iter().any(|log| chain.reopened_by(*log, *number).is_some());
    (1..=under.min(chain.number())).rev().find(revokes).unwrap_or(0)
}

/// The first record told that a charter up to `charter` takes back, and that was told without it.
fn taken_back(
    reader: &Reader,
    chain: &CharterChain,
    logs: &[LogId],
    told: Told,
    charter: u32,
) -> Result<Option<Position>, StoreError> {
    let mut first = None;
    for number in (told.charter..charter).map(|counted_in| counted_in + 1) {
        let from = logs
            .iter()
            .filter_map(|log| Some(log.at(chain.reopened_by(*log, number)?)));
        let Some(from) = from.min().filter(|from| *from <= told.position) else {
            continue;
        };
        if logged_at(reader, logs, number)?.is_none_or(|logged| told.position < logged) {
            first = Some(first.map_or(from, |first: Position| first.min(from)));
        }
    }
    Ok(first)
}

/// Where the hub's log holds this charter, as far as it is examined.
fn logged_at(reader: &Reader, logs: &[LogId], number: u32) -> Result<Option<Position>, StoreError> {
    for log in logs {
        let charters = reader.logged_charters(*log)?;
        if let Some((index, _)) = charters.iter().find(|(_, logged)| *logged == number) {
            return Ok(Some(log.at(*index)));
        }
    }
    Ok(None)
}
