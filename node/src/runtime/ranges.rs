//! Bulk transfer: asking peers for stretches of logs, and serving theirs.
//!
//! Each request has a task of its own. What comes in is verified frame by frame before the loop sees it; what goes out
//! is read from the ledger bundle by bundle, no faster than the peer takes it. A thread is held only while it reads: a peer
//! that takes its time holds a task and a few frames.

use std::collections::BTreeMap;
use std::sync::Arc;

use arc_swap::ArcSwap;
use bytes::Bytes;
use ewtp_federation::{BundlePlan, Fault, Input, RangeRequest, RequestId, Serving, ServingId, bundle};
use ewtp_network::{Bulk, Member, Network, NodeKey, Responder, StreamFault};
use ewtp_record::UnixTime;
use ewtp_store::Reader;
use ewtp_trust::Directory;
use tokio::sync::{Semaphore, mpsc};
use tokio::task::AbortHandle;
use tracing::Instrument as _;

use super::{Event, spans};

/// Bundles read from the disk at a time. Reading and hashing one takes a tenth of a millisecond, so a few of them fill
/// any line; more would only take threads from whatever else waits for the disk, and memory: a bundle of the largest
/// records has 16 MiB.
const READS_MAX: usize = 4;

/// Bytes of frames read ahead of a peer, for each of its requests: four of full size. Of a bundle of larger records the rest
/// is read again when these are gone.
const AHEAD_BYTES_MAX: usize = 1024 * 1024;

/// See the module.
pub(super) struct Ranges {
    network: Network,
    shelf: Shelf,
    directory: Arc<ArcSwap<Directory>>,
    events: mpsc::Sender<Event>,
    /// The tasks of our own requests; those that ended are let go with the next request.
    asked: BTreeMap<RequestId, AbortHandle>,
}

impl Ranges {
    pub(super) fn new(
        network: Network,
        reader: Reader,
        directory: Arc<ArcSwap<Directory>>,
        events: mpsc::Sender<Event>,
    ) -> Self {
        Self {
            network,
            shelf: Shelf::new(reader),
            directory,
            events,
            asked: BTreeMap::new(),
        }
    }

    /// Asks a peer for a range and hands over each verified bundle.
    pub(super) fn fetch(&mut self, from: NodeKey, request: RequestId, range: &RangeRequest) {
        let mut frames = self.network.request(from, Bulk::Logs, range.encode());
        let (directory, events) = (Arc::clone(&self.directory), self.events.clone());
        let (hub, span) = (range.hub, spans::peer(from, &self.directory.load()));
        let asking = async move {
            while let Some(frame) = frames.recv().await {
                let input = match frame {
                    Ok(frame) => verify(from, request, frame, directory.load_full()).await,
                    Err(StreamFault::Busy) => break,
                    Err(fault) => {
                        tracing::debug!(%hub, peer = %from.to_peer_id(), %fault, "range request ended early");
                        break;
                    }
                };
                // A full queue holds the peer back: nothing more is read until the loop has room.
                let refused = matches!(input, Input::Fault { .. });
                if events.send(Event::Input(input)).await.is_err() || refused {
                    break;
                }
            }
            let _ = events.send(Event::Input(Input::RangeEnded { request })).await; // closed: the node is stopping
        };
        let task = tokio::spawn(asking.instrument(span));
        self.asked.retain(|_, task| !task.is_finished());
        self.asked.insert(request, task.abort_handle());
    }

    /// Ends a request of ours: its stream is closed and nothing more of it comes.
    pub(super) fn give_up(&mut self, request: RequestId) {
        if let Some(task) = self.asked.remove(&request) {
            tracing::debug!(request = request.0, "a slow peer loses a range request to another");
            task.abort();
        }
    }

    /// Sends what the engine planned.
    pub(super) fn serve(&self, serving: ServingId, to: NodeKey, plan: Box<Serving>, responder: Responder) {
        let (shelf, events) = (self.shelf.clone(), self.events.clone());
        let span = spans::peer(to, &self.directory.load());
        let sending = async move {
            let (mut bytes, plan) = (0, Arc::from(plan));
            if let Err(error) = shelf.send(&plan, &responder, &mut bytes).await {
                tracing::debug!(peer = %to.to_peer_id(), log = %plan.log, %error, "serving ended early");
                responder.abandon();
            }
            let _ = events.send(Event::Input(Input::Served { serving, to, bytes })).await; // closed: the node is stopping
        };
        tokio::spawn(sending.instrument(span));
    }
}

/// Where what is served is read.
#[derive(Clone)]
struct Shelf {
    reader: Reader,
    reads: Arc<Semaphore>,
}

impl Shelf {
    fn new(reader: Reader) -> Self {
        let reads = Arc::new(Semaphore::new(READS_MAX));
        Self { reader, reads }
    }

    /// Sends all of a plan, and counts in `sent` what the peer took of it.
    async fn send(&self, plan: &Arc<Serving>, responder: &Responder, sent: &mut u64) -> anyhow::Result<()> {
        for (number, bundle) in plan.bundles.iter().enumerate() {
            let mut from = bundle.from;
            while from < bundle.to {
                let (frames, next) = self.read(plan, number, from).await?;
                for frame in frames {
                    let bytes = frame.len() as u64;
                    responder.send(frame).await?;
                    *sent += bytes;
                }
                from = next;
            }
        }
        Ok(())
    }

    /// The next frames of a bundle, and where to go on.
    async fn read(&self, plan: &Arc<Serving>, number: usize, from: u64) -> anyhow::Result<(Vec<Bytes>, u64)> {
        let (reader, plan) = (self.reader.clone(), Arc::clone(plan));
        let turn = Arc::clone(&self.reads).acquire_owned().await?;
        tokio::task::spawn_blocking(move || {
            let _turn = turn;
            let bundle = BundlePlan {
                from,
                ..plan.bundles[number].clone()
            };
            let records = reader.range(plan.log, bundle.bundle_start, bundle.to)?;
            Ok(bundle::frames_within(&plan, &bundle, &records, AHEAD_BYTES_MAX))
        })
        .await?
    }
}

/// Hashing a bundle takes a tenth of a millisecond: too long for the loop's threads.
async fn verify(from: NodeKey, request: RequestId, frame: Bytes, directory: Arc<Directory>) -> Input {
    let verified = tokio::task::spawn_blocking(move || {
        let run = bundle::decode(&frame).map_err(|fault| (None, fault))?;
        let hub = run.hub;
        run.verify(&directory).map_err(|fault| (Some(hub), fault))
    });
    match verified.await {
        Ok(Ok(run)) => Input::Bundle { from, request, run },
        Ok(Err((hub, fault))) => Input::Fault { from, hub, fault },
        Err(_) => Input::Fault {
            from,
            hub: None,
            fault: Fault::CutOff,
        },
    }
}

/// The address book: every node whose manifest holds now, but for ourselves.
pub(super) fn members(directory: &Directory, own: NodeKey, now: UnixTime) -> Vec<Member> {
    let mut members = BTreeMap::new();
    for hub in directory.carried() {
        for manifest in directory
            .manifests(hub)
            .filter(|manifest| manifest.expires_at >= now && manifest.node != own)
        {
            let member = Member {
                node: manifest.node,
                hub,
                addresses: manifest.addresses.clone(),
            };
            members.insert(manifest.node, member);
        }
    }
    members.into_values().collect()
}

#[cfg(test)]
mod tests;
