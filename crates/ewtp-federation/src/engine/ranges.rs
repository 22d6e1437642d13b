//! Bulk transfer: serving stretches of the logs that we hold, and planning our own requests.

use ewtp_record::{HubCode, LogId, NodeKey};

use crate::bundle::{RangeRequest, Serving};
use crate::engine::Engine;
use crate::fetch::Plan;
use crate::input::{Output, ServingId};
use crate::replica::{Covered, Replica};
use crate::servings::Asked;

impl Engine {
    pub(super) fn range_requested(&mut self, from: NodeKey, serving: ServingId, request: RangeRequest) {
        let asked = Asked { serving, from, request };
        let account = self.peers.get(from).map(|peer| peer.hub);
        if !account.is_some_and(|account| self.servings.ask(account, asked, self.now.ticks)) {
            self.answer_busy(asked);
        }
    }

    /// Gives free places to the requests that wait, fairly by hub.
    pub(super) fn serve_waiting(&mut self) {
        let ticks = self.now.ticks;
        while let Some(asked) = self.servings.next(ticks) {
            self.serve(asked);
        }
        for asked in self.servings.take_overdue(ticks) {
            self.answer_busy(asked);
        }
    }

    fn serve(&mut self, asked: Asked) {
        let Asked { serving, from, request } = asked;
        let taken = self.peers.begin_serving(from);
        let plan = if taken {
            self.plan_serving(request).map(Box::new)
        } else {
            None
        };
        if taken && plan.is_none() {
            self.peers.end_serving(from);
        }
        if plan.is_none() {
            self.servings.end(serving, 0, self.now.ticks);
        }
        self.outbox.push(Output::Serve {
            serving,
            to: from,
            plan,
        });
    }

    pub(super) fn served(&mut self, serving: ServingId, to: NodeKey, bytes: u64) {
        self.peers.end_serving(to);
        self.servings.end(serving, bytes, self.now.ticks);
    }

    /// A node is gone, or begins afresh: what it asked for is not served any more.
    pub(super) fn stop_waiting(&mut self, node: NodeKey) {
        for asked in self.servings.take_of(node) {
            self.answer_busy(asked);
        }
    }

    fn answer_busy(&mut self, asked: Asked) {
        self.outbox.push(Output::Serve {
            serving: asked.serving,
            to: asked.from,
            plan: None,
        });
    }

    fn plan_serving(&self, request: RangeRequest) -> Option<Serving> {
        let (log, tree, covered) = self.served_log(request.hub)?;
        Serving::plan(log, tree, covered, request)
    }

    fn served_log(&self, hub: HubCode) -> Option<(LogId, &ewtp_log::Tree, &Covered)> {
        if hub == self.hub {
            return Some((self.journal.log(), self.journal.tree(), self.journal.signed()?));
        }
        let replica = self.replicas.get(&hub)?;
        Some((replica.log(), replica.tree(), replica.served()?))
    }

    /// What a log waits for goes from a peer that is too slow to another one.
    pub(super) fn replace_slow_pulls(&mut self) {
        if self.uncommitted_bytes > self.caps.uncommitted_bytes {
            return; // it is our own disk that is slow
        }
        for hub in self.fetches.slow_logs(self.now.ticks) {
            let known = self.replicas.get(&hub).zip(self.directory.charter_number(hub));
            let Some((replica, charter)) = known else { continue };
            let ticks = self.now.ticks;
            if let Some(request) = self.fetches.take_slow_head(replica, charter, &mut self.peers, ticks) {
                self.outbox.push(Output::GiveUp { request });
                self.to_plan.insert(hub);
            }
        }
    }

    pub(super) fn plan_requests(&mut self) {
        self.to_plan.extend(self.peers.take_rested(self.now.ticks));
        if self.uncommitted_bytes > self.caps.uncommitted_bytes {
            return; // each commit that comes back plans again
        }
        if self.to_plan.is_empty() {
            return;
        }
        while let Some(hub) = self.to_plan.pop_first() {
            if !self.peers.any_is_free() {
                self.starved.insert(hub);
                return self.starved.append(&mut self.to_plan);
            }
            let room = self.windows.room(&self.caps);
            let growing = |replica: &&mut Replica| replica.split().is_none() && !replica.is_full();
            let Some(replica) = self.replicas.get_mut(&hub).filter(growing) else {
                continue;
            };
            replica.give_room(room, self.caps.carried_bytes_each);
            // Without the hub's charters no bundle could be checked.
            let Some(charter) = self.directory.charter_number(hub) else {
                continue;
            };
            let Plan { asks, is_starved } = self.fetches.plan(replica, charter, &mut self.peers, self.now.ticks);
            if is_starved {
                self.starved.insert(hub);
            }
            for ask in asks {
                self.outbox.push(Output::Request {
                    to: ask.peer,
                    request: ask.id,
                    range: ask.request,
                });
            }
        }
    }

    /// Someone holds so many records of a log: if that is more than we have, it needs requests.
    pub(super) fn plan_if_short_of(&mut self, hub: HubCode, size: u64) {
        if self.replicas.get(&hub).is_some_and(|replica| replica.size() < size) {
            self.to_plan.insert(hub);
        }
    }

    /// The log of this hub may need requests; those of hubs that we do not carry never do.
    pub(super) fn plan_soon(&mut self, hub: HubCode) {
        if self.replicas.contains_key(&hub) {
            self.to_plan.insert(hub);
        }
    }
}
