//! Schedules: gathering those of other hubs, and serving what is here.
//!
//! The gatherer says what to do; here it is done. Each request has a task, which has every frame checked and made durable
//! before the gatherer hears of it. Whatever reads, checks or writes a schedule takes its turn on a thread of its own, one
//! at a time, because a schedule weighs a hundred times what a record does.

mod archive;
mod ask;
mod places;
mod serve;
mod turns;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use ewtp_api::{Alarm, ScheduleCounts};
use ewtp_federation::gathering::{AskId, Refused, Wanted, Wish};
use ewtp_federation::{Gatherer, GatheringInput, GatheringOutput, Now, TariffRequest};
use ewtp_network::{Misbehaviour, Network, NodeKey, Responder};
use ewtp_record::HubCode;
use ewtp_store::{Reader, Schedules};
use tokio::sync::mpsc;
use tokio::task::AbortHandle;

use super::{Event, GatheringObserver, alarms};
use archive::Archive;
pub(super) use archive::wanted;
use ask::Asking;
use serve::Counter;

/// See the module.
pub(super) struct Tariffs {
    gatherer: Gatherer,
    network: Network,
    archive: Archive,
    counter: Counter,
    events: mpsc::Sender<Event>,
    /// The tasks of our own requests; those that ended are let go with the next request.
    asked: BTreeMap<AskId, AbortHandle>,
    observer: Option<GatheringObserver>,
}

impl Tariffs {
    /// Begins with `gatherer`, which knows nothing yet, and the editions that were judged before this start.
    pub(super) fn start(
        gatherer: Gatherer,
        network: Network,
        schedules: Schedules,
        reader: Reader,
        events: mpsc::Sender<Event>,
    ) -> Self {
        let archive = Archive::new(schedules.clone(), reader);
        let (known, told) = (archive.clone(), events.clone());
        tokio::task::spawn_blocking(move || {
            let tell = |edition| {
                told.blocking_send(Event::Gathering(GatheringInput::Edition(edition)))
                    .is_ok()
            };
            if let Err(error) = known.editions(tell) {
                tracing::error!(%error, "editions that were logged before this start are not gathered");
            }
        });
        Self {
            gatherer,
            network,
            archive,
            counter: Counter::new(schedules),
            events,
            asked: BTreeMap::new(),
            observer: None,
        }
    }

    /// The same, with somebody who is told how gathering stands.
    pub(super) fn observed_by(self, observer: Option<GatheringObserver>) -> Self {
        Self { observer, ..self }
    }

    /// One input to the gatherer, then everything it wants done.
    pub(super) fn give(&mut self, input: GatheringInput, now: Now) {
        self.gatherer.handle(input, now);
        while let Some(output) = self.gatherer.poll_output() {
            self.perform(output);
        }
        if let Some(observer) = &self.observer {
            observer(self.counts());
        }
    }

    pub(super) fn connected(&mut self, node: NodeKey, hub: Option<HubCode>, now: Now) {
        self.give(GatheringInput::Connected { node, hub }, now);
    }

    pub(super) fn next_deadline(&self) -> Option<Duration> {
        self.gatherer.next_deadline()
    }

    fn perform(&mut self, output: GatheringOutput) {
        match output {
            GatheringOutput::Look { edition } => self.work(edition, |archive, edition| {
                let held = archive.look(&edition);
                GatheringInput::Looked { edition, held }
            }),
            GatheringOutput::Settle { edition } => self.work(edition, |archive, edition| {
                let settled = archive.settle(&edition);
                GatheringInput::Settled { edition, settled }
            }),
            GatheringOutput::Ask { ask, to, edition, wish } => self.ask(ask, to, edition, wish),
            GatheringOutput::GiveUp { ask } => {
                if let Some(task) = self.asked.remove(&ask) {
                    task.abort();
                }
            }
            GatheringOutput::Blame { node, fault } => {
                tracing::warn!(peer = %node.to_peer_id(), %fault, "peer sent what is no part of a schedule");
                self.network.report(node, Misbehaviour::Careless);
            }
            GatheringOutput::Refused(refused) => {
                let (hub, edition, Refused { code, why }) = (refused.hub, refused.record, refused.refused);
                tracing::error!(%hub, %edition, code, why, "the schedule of an edition is refused");
            }
        }
    }

    /// Has something done on the archive's thread, and tells the loop what came of it.
    fn work(&self, edition: Arc<Wanted>, work: impl FnOnce(&Archive, Arc<Wanted>) -> GatheringInput + Send + 'static) {
        let (archive, events) = (self.archive.clone(), self.events.clone());
        tokio::spawn(async move {
            let input = archive.see_to(edition, work).await;
            let _ = events.send(Event::Gathering(input)).await; // closed: the node is stopping
        });
    }

    fn ask(&mut self, ask: AskId, to: NodeKey, edition: Arc<Wanted>, wish: Wish) {
        let asking = Asking {
            ask,
            to,
            edition,
            network: self.network.clone(),
            archive: self.archive.clone(),
            events: self.events.clone(),
        };
        let task = tokio::spawn(asking.run(wish));
        self.asked.retain(|_, task| !task.is_finished());
        self.asked.insert(ask, task.abort_handle());
    }

    /// Answers the request of a peer, which is a node of this hub, if that is known.
    pub(super) fn requested(&self, from: NodeKey, hub: Option<HubCode>, request: &Bytes, responder: Responder) {
        match TariffRequest::decode(request) {
            Ok(request) => self.counter.serve(from, hub, request, responder),
            Err(fault) => {
                let code = fault.code();
                tracing::warn!(peer = %from.to_peer_id(), code, %fault, "peer asked for what is no part of a schedule");
                self.network.report(from, Misbehaviour::Careless);
                responder.abandon();
            }
        }
    }

    pub(super) fn counts(&self) -> ScheduleCounts {
        let counts = self.gatherer.counts();
        ScheduleCounts {
            held: counts.held,
            wanted: counts.wanted,
            pages_moved: counts.pages_moved,
            pages_saved: counts.pages_saved,
            bytes_moved: counts.bytes_moved,
        }
    }

    pub(super) fn alarms(&self) -> Vec<Alarm> {
        self.gatherer.refused().map(alarms::tariff_refused).collect()
    }
}

#[cfg(test)]
mod tests;
