//! Serving schedules: pages and patches by their hashes, as they lie on the disk, a few requests at a time.

use std::ops::Range;
use std::sync::Arc;

use ewtp_federation::TariffRequest;
use ewtp_federation::tariff::patch_frames;
use ewtp_log::Hash;
use ewtp_network::{NodeKey, Responder};
use ewtp_record::HubCode;
use ewtp_store::{Schedules, StoreError};
use tokio::sync::Semaphore;

use super::places::Places;

/// Requests whose next frames are read at a time: a part of the disk, and of a core where a frame must be packed anew.
const READS_MAX: usize = 2;

/// Patches above this size, in bytes as they travel, are sent one at a time: they wait in memory for a peer that reads slowly.
const LARGE_PATCH_BYTES: usize = 4 * 1024 * 1024;

/// See the module.
#[derive(Clone)]
pub(super) struct Counter {
    schedules: Schedules,
    places: Places,
    reads: Arc<Semaphore>,
    large: Arc<Semaphore>,
}

impl Counter {
    pub(super) fn new(schedules: Schedules) -> Self {
        let so_many = |permits| Arc::new(Semaphore::new(permits));
        Self {
            schedules,
            places: Places::default(),
            reads: so_many(READS_MAX),
            large: so_many(1),
        }
    }

    /// Answers a request of a node of this hub, with "busy" when too many are served already or it is not here.
    // spec: tariff-sync R13
    pub(super) fn serve(&self, to: NodeKey, hub: Option<HubCode>, request: TariffRequest, responder: Responder) {
        let Some(place) = self.places.take(hub) else {
            return responder.abandon();
        };
        let counter = self.clone();
        tokio::spawn(async move {
            let _place = place;
            let sent = match request {
                TariffRequest::Patch { id, bytes } => counter.send_patch(id, bytes, &responder).await,
                TariffRequest::Pages {
                    root,
                    tree_pages,
                    pages,
                } => counter.send_pages(root, tree_pages.into(), pages, &responder).await,
            };
            match sent {
                Ok(true) => {}
                Ok(false) => responder.abandon(),
                Err(error) => {
                    tracing::debug!(peer = %to.to_peer_id(), %error, "serving a part of a schedule ended early");
                    responder.abandon();
                }
            }
        });
    }

    /// Whether a patch of this length is here.
    async fn send_patch(&self, id: Hash, bytes: u64, responder: &Responder) -> anyhow::Result<bool> {
        let Some(stream) = self.read(move |schedules| schedules.patch(&id, bytes)).await? else {
            return Ok(false);
        };
        let _turn = match stream.len() > LARGE_PATCH_BYTES {
            true => match self.large.try_acquire() {
                Ok(turn) => Some(turn),
                Err(_) => return Ok(false),
            },
            false => None,
        };
        for frame in patch_frames(&stream) {
            responder.send(frame).await?;
        }
        Ok(true)
    }

    /// Whether the first of the pages, of a tree with so many, is here. What lies together is sent, frame by frame.
    async fn send_pages(
        &self,
        root: Hash,
        tree_pages: u64,
        pages: Range<u32>,
        responder: &Responder,
    ) -> anyhow::Result<bool> {
        let (from, to) = (u64::from(pages.start), u64::from(pages.end));
        let mut next = from;
        while next < to {
            let read = self.read(move |schedules| schedules.frame(&root, tree_pages, next..to));
            let Some((frame, end)) = read.await? else { break };
            responder.send(frame).await?;
            next = end;
        }
        Ok(next > from)
    }

    async fn read<T: Send + 'static>(
        &self,
        read: impl FnOnce(&Schedules) -> Result<T, StoreError> + Send + 'static,
    ) -> anyhow::Result<T> {
        let turn = Arc::clone(&self.reads).acquire_owned().await?;
        let schedules = self.schedules.clone();
        let done = tokio::task::spawn_blocking(move || {
            let _turn = turn;
            read(&schedules)
        });
        Ok(done.await??)
    }
}
