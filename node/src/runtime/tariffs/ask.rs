//! One request of ours, from the question to the disk.

use std::sync::Arc;

use bytes::Bytes;
use ewtp_federation::gathering::{AskEnd, AskId, Missing, Wanted, Wish};
use ewtp_federation::tariff::{PackedPatch, PageAnswer, PatchAnswer};
use ewtp_federation::{GatheringInput, TariffFault, TariffRequest};
use ewtp_network::{Bulk, Network, NodeKey, StreamFault};
use ewtp_record::edition::PatchSummary;
use tokio::sync::mpsc;

use super::archive::{Archive, NotKept};
use crate::runtime::Event;

/// What the task of a request needs.
pub(super) struct Asking {
    pub(super) ask: AskId,
    pub(super) to: NodeKey,
    pub(super) edition: Arc<Wanted>,
    pub(super) network: Network,
    pub(super) archive: Archive,
    pub(super) events: mpsc::Sender<Event>,
}

type Frames = mpsc::Receiver<Result<Bytes, StreamFault>>;

impl Asking {
    pub(super) async fn run(self, wish: Wish) {
        let (ask, patch) = (self.ask, self.edition.patch);
        let end = match (wish, patch) {
            (Wish::Pages(missing), _) => self.pages(missing).await,
            (Wish::Patch, Some(patch)) => match self.patch(patch).await {
                Ok(patch) => return self.apply(patch).await,
                Err(end) => end,
            },
            (Wish::Patch, None) => AskEnd::Failed, // nobody wishes for a patch that is not named
        };
        self.tell(GatheringInput::Ended { ask, end }).await;
    }

    async fn tell(&self, input: GatheringInput) {
        let _ = self.events.send(Event::Gathering(input)).await; // closed: the node is stopping
    }

    fn request(&self, request: &TariffRequest) -> Frames {
        self.network.request(self.to, Bulk::Schedules, request.encode())
    }

    /// Pages, each frame durable before the next is read.
    async fn pages(&self, missing: Missing) -> AskEnd {
        let ask = self.ask;
        let mut answer = PageAnswer::new(missing.tree, missing.pages);
        let mut frames = self.request(&answer.request());
        let mut end = AskEnd::Busy;
        while let Some(frame) = frames.recv().await {
            let frame = match frame {
                Ok(frame) => frame,
                Err(fault) => return self.broken(&fault),
            };
            let bytes = frame.len() as u64;
            let edition = Arc::clone(&self.edition);
            let kept = self.archive.run(edition.hub, move |archive| {
                let kept = keep(archive, &edition, &mut answer, frame);
                (answer, kept)
            });
            match kept.await {
                Some((read, Ok(()))) => answer = read,
                Some((_, Err(end))) => return end,
                None => return AskEnd::Failed,
            }
            let to = answer.rest().start;
            self.tell(GatheringInput::Kept { ask, to, bytes }).await;
            end = AskEnd::Done;
        }
        end
    }

    async fn patch(&self, patch: PatchSummary) -> Result<(PackedPatch, u64), AskEnd> {
        let mut answer = PatchAnswer::new(patch);
        let mut frames = self.request(&answer.request());
        let mut bytes = 0;
        while let Some(frame) = frames.recv().await {
            let frame = frame.map_err(|fault| self.broken(&fault))?;
            bytes += frame.len() as u64;
            let read = self.archive.run(self.edition.hub, move |_| {
                let read = answer.read(&frame);
                (answer, read)
            });
            let (read, outcome) = read.await.ok_or(AskEnd::Failed)?;
            outcome.map_err(at_fault)?;
            answer = read;
        }
        if bytes == 0 {
            return Err(AskEnd::Busy);
        }
        let patch = answer.finish().map_err(at_fault)?;
        Ok((patch, bytes))
    }

    async fn apply(self, (patch, bytes): (PackedPatch, u64)) {
        let (ask, edition) = (self.ask, Arc::clone(&self.edition));
        self.tell(GatheringInput::Arrived { ask, bytes }).await;
        let applied = self.archive.see_to(edition, move |archive, edition| {
            let settled = archive.apply(&edition, &patch);
            GatheringInput::Settled { edition, settled }
        });
        self.tell(applied.await).await;
    }

    fn broken(&self, fault: &StreamFault) -> AskEnd {
        if *fault == StreamFault::Busy {
            return AskEnd::Busy;
        }
        tracing::debug!(peer = %self.to.to_peer_id(), %fault, "a request for a part of a schedule ended early");
        AskEnd::Failed
    }
}

fn keep(archive: &Archive, edition: &Wanted, answer: &mut PageAnswer, frame: Bytes) -> Result<(), AskEnd> {
    let refused = |refusal| {
        archive.refuse(edition, &refusal);
        AskEnd::Refused(refusal)
    };
    let frame = answer.read(frame).map_err(|fault| match fault {
        TariffFault::Sender(fault) => AskEnd::Fault(fault),
        TariffFault::Publisher(refusal) => refused(refusal),
    })?;
    archive.keep(edition, answer.tree(), &frame).map_err(|why| match why {
        NotKept::Refused(refusal) => refused(refusal),
        NotKept::Gone => AskEnd::Failed,
        NotKept::Store(error) => {
            tracing::error!(%error, "pages of a schedule were not kept");
            AskEnd::Failed
        }
    })
}

fn at_fault(fault: TariffFault) -> AskEnd {
    match fault {
        TariffFault::Sender(fault) => AskEnd::Fault(fault),
        TariffFault::Publisher(refusal) => AskEnd::Refused(refusal),
    }
}
