//! Pulling what is missing: which stretch of which log to ask of whom.
//!
//! A missing stretch is cut in requests of a few bundles, spread over the peers that hold it. Bundles prove themselves,
//! so order and source do not matter; a peer that fails rests a moment and another one is asked. A log waits for its first
//! missing stretch alone, so that one has a pace to keep: a peer that trickles loses it to another that holds it.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use ewtp_log::BUNDLE;
use ewtp_record::{HubCode, NodeKey};

use crate::bundle::RangeRequest;
use crate::limits::{
    PULL_CREDIT_MAX, PULL_PATIENCE, PULL_RATE_MIN, REQUEST_RECORDS_MAX, REQUESTS_PER_LOG_MAX, SLOW_REST,
};
use crate::peers::Peers;
use crate::replica::Replica;
use crate::run::{Fault, Run};

/// Names one of our range requests between the runtime and the engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RequestId(pub u64);

/// A range request to send.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ask {
    pub(crate) id: RequestId,
    pub(crate) peer: NodeKey,
    pub(crate) request: RangeRequest,
}

/// What is to be asked for now.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(crate) asks: Vec<Ask>,
    /// Something is missing that only peers have of whom we ask enough already.
    pub(crate) is_starved: bool,
}

#[derive(Debug)]
struct Fetch {
    peer: NodeKey,
    request: RangeRequest,
    /// Index of the next record to come.
    next: u64,
    /// Until when the peer has brought enough. Later it may lose the request to another.
    enough_until: Duration,
}

/// See the module.
#[derive(Debug, Default)]
pub(crate) struct Fetches {
    running: BTreeMap<RequestId, Fetch>,
    /// When the first of them will be too slow, or became so: asked on every turn.
    first_slow: Option<Duration>,
    next_id: u64,
}

impl Fetches {
    /// The requests to send now for one log, of whose hub the charters up to this number are known.
    pub(crate) fn plan(&mut self, replica: &Replica, charter: u32, peers: &mut Peers, ticks: Duration) -> Plan {
        let log = replica.log();
        let goal = peers.goal(log, charter);
        let mut asks = Vec::new();
        let mut is_starved = false;
        while self.of_log(log.hub).count() < REQUESTS_PER_LOG_MAX
            && let Some((from, end)) = self.next_gap(replica, goal)
        {
            // What a full window cannot keep would be pulled in vain: until there is room, only what the log waits for.
            if from > replica.size() && replica.window_is_full() {
                break;
            }
            let Some((peer, held)) = peers.source(log, charter, from, None) else {
                is_starved = true;
                break;
            };
            let whole_bundles = from - from % BUNDLE + REQUEST_RECORDS_MAX;
            let to = end.min(held).min(whole_bundles);
            let request = RangeRequest {
                hub: log.hub,
                epoch: log.epoch,
                from,
                to,
            };
            asks.push(self.begin(peer, request, ticks));
            peers.get_mut(peer).expect("the source is connected").fetching += 1;
        }
        Plan { asks, is_starved }
    }

    /// A bundle came in: it must be what we asked for, in order.
    ///
    /// # Errors
    /// [`Fault::Unasked`]: the sender's fault.
    pub(crate) fn bundle(&mut self, id: RequestId, run: &Run, ticks: Duration) -> Result<(), Fault> {
        let Some(fetch) = self.running.get_mut(&id) else {
            return Ok(()); // its peer disconnected meanwhile; the proof holds all the same
        };
        let asked = fetch.request;
        let fitting = run.hub == asked.hub && run.checkpoint.epoch == asked.epoch;
        // A bundle is served to its end, also when we asked for less of it: its proof ends there. spec: sync R12
        if !fitting || run.start != fetch.next || run.end() > asked.to.next_multiple_of(BUNDLE) {
            return Err(Fault::Unasked("a bundle outside of the range that was requested"));
        }
        fetch.next = run.end();
        let bytes: usize = run.records.iter().map(bytes::Bytes::len).sum();
        let bought = Duration::from_micros(bytes as u64 * 1_000_000 / PULL_RATE_MIN);
        fetch.enough_until = (fetch.enough_until + bought).min(ticks + PULL_CREDIT_MAX);
        self.look_ahead();
        Ok(())
    }

    /// The logs of which some request is too slow.
    pub(crate) fn slow_logs(&self, ticks: Duration) -> BTreeSet<HubCode> {
        if self.first_slow.is_none_or(|first| first > ticks) {
            return BTreeSet::new();
        }
        let slow = self.running.values().filter(|fetch| fetch.enough_until <= ticks);
        slow.map(|fetch| fetch.request.hub).collect()
    }

    /// Takes the request that a log waits for from a peer that is too slow, if another one can serve it; the slow one rests.
    pub(crate) fn take_slow_head(
        &mut self,
        replica: &Replica,
        charter: u32,
        peers: &mut Peers,
        ticks: Duration,
    ) -> Option<RequestId> {
        let (log, size) = (replica.log(), replica.size());
        let is_head = |fetch: &Fetch| fetch.request.hub == log.hub && fetch.next <= size && size < fetch.request.to;
        let slow = |fetch: &Fetch| is_head(fetch) && fetch.enough_until <= ticks;
        let (id, fetch) = self.running.iter().find(|(_, fetch)| slow(fetch))?;
        let (id, from) = (*id, fetch.peer);
        peers.source(log, charter, size, Some(from))?;
        self.running.remove(&id);
        self.look_ahead();
        if let Some(peer) = peers.get_mut(from) {
            peer.fetching -= 1;
            peers.rest(from, log.hub, ticks + SLOW_REST);
        }
        Some(id)
    }

    /// When the next request will have become too slow. Those that are already are looked at with each input.
    pub(crate) fn next_deadline(&self, ticks: Duration) -> Option<Duration> {
        let first = self.first_slow?;
        if first > ticks {
            return Some(first);
        }
        let ends = self.running.values().map(|fetch| fetch.enough_until);
        ends.filter(|end| *end > ticks).min()
    }

    fn look_ahead(&mut self) {
        self.first_slow = self.running.values().map(|fetch| fetch.enough_until).min();
    }

    /// A request ended. Returns the hub whose log may need a new plan.
    pub(crate) fn finish(&mut self, id: RequestId, peers: &mut Peers, ticks: Duration) -> Option<HubCode> {
        let fetch = self.running.remove(&id)?;
        self.look_ahead();
        if let Some(peer) = peers.get_mut(fetch.peer) {
            peer.fetching -= 1;
            if fetch.next > fetch.request.from {
                peers.delivered(fetch.peer, fetch.request.hub);
            }
            if fetch.next < fetch.request.to {
                peers.failed(fetch.peer, fetch.request.hub, ticks);
            }
        }
        Some(fetch.request.hub)
    }

    /// Forgets the requests to a peer that is gone. Returns the hubs whose logs may need a new plan.
    pub(crate) fn abandon(&mut self, gone: NodeKey) -> Vec<HubCode> {
        let dead: Vec<RequestId> = self
            .running
            .iter()
            .filter(|(_, fetch)| fetch.peer == gone)
            .map(|(id, _)| *id)
            .collect();
        let abandoned = dead.iter().filter_map(|id| self.running.remove(id));
        let hubs = abandoned.map(|fetch| fetch.request.hub).collect();
        self.look_ahead();
        hubs
    }

    fn of_log(&self, hub: HubCode) -> impl Iterator<Item = &Fetch> {
        self.running.values().filter(move |fetch| fetch.request.hub == hub)
    }

    /// The first stretch that is neither here, nor in the window, nor asked for.
    fn next_gap(&self, replica: &Replica, goal: u64) -> Option<(u64, u64)> {
        let mut asked: Vec<(u64, u64)> = self
            .of_log(replica.log().hub)
            .map(|fetch| (fetch.next, fetch.request.to))
            .collect();
        asked.sort_unstable();
        let mut from = replica.size();
        loop {
            let (start, end) = replica.next_gap(from, goal)?;
            match asked.iter().find(|(_, to)| *to > start) {
                Some((next, to)) if *next <= start => from = *to,
                Some((next, _)) => return Some((start, end.min(*next))),
                None => return Some((start, end)),
            }
        }
    }

    fn begin(&mut self, peer: NodeKey, request: RangeRequest, ticks: Duration) -> Ask {
        let id = RequestId(self.next_id);
        self.next_id += 1;
        self.running.insert(
            id,
            Fetch {
                peer,
                request,
                next: request.from,
                enough_until: ticks + PULL_PATIENCE,
            },
        );
        self.look_ahead();
        Ask { id, peer, request }
    }
}

#[cfg(test)]
mod tests;
