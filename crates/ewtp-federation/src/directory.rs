//! Charters and manifests of the carried hubs: what signatures are checked against.
//!
//! Charters travel ahead of the log. Whatever names a charter number above ours (a frontier, an announcement) makes us
//! ask for the missing chain before we judge a checkpoint under it. Each change makes a new snapshot for the workers.

use std::sync::Arc;

use bytes::Bytes;
use ewtp_record::{CharterId, HubCode, NodeKey, Record, UnixTime};
use ewtp_trust::{Adopted, CharterError, Directory as Snapshot, Introduced, IntroductionFault};

/// See the module.
#[derive(Debug)]
pub(crate) struct Directory {
    snapshot: Arc<Snapshot>,
    changed: bool,
}

impl Directory {
    pub(crate) fn new(snapshot: Snapshot) -> Self {
        Self {
            snapshot: Arc::new(snapshot),
            changed: true,
        }
    }

    pub(crate) fn snapshot(&self) -> &Arc<Snapshot> {
        &self.snapshot
    }

    /// The new snapshot, once after each change.
    pub(crate) fn take_change(&mut self) -> Option<Arc<Snapshot>> {
        std::mem::take(&mut self.changed).then(|| Arc::clone(&self.snapshot))
    }

    /// Number of the newest charter known of a hub.
    pub(crate) fn charter_number(&self, hub: HubCode) -> Option<u32> {
        self.snapshot.chain(hub).map(|chain| chain.number())
    }

    /// Carries a hub under this genesis id.
    ///
    /// # Errors
    /// It is pinned to another one.
    pub(crate) fn pin(&mut self, hub: HubCode, genesis: CharterId) -> Result<(), CharterError> {
        Arc::make_mut(&mut self.snapshot).pin(hub, genesis)?;
        self.changed = true;
        Ok(())
    }

    /// From which number on to ask for charters when someone names `number` and we lack it.
    pub(crate) fn missing(&self, hub: HubCode, number: u32) -> Option<u32> {
        let known = self.charter_number(hub);
        if known.is_some_and(|known| known >= number) || !self.snapshot.carries(hub) {
            return None;
        }
        Some(known.map_or(0, |known| known + 1))
    }

    /// Takes charters of a carried hub; returns those that were new, to be made durable.
    ///
    /// # Errors
    /// The chain does not hold: the sender's fault unless [`CharterError`] says otherwise.
    pub(crate) fn adopt_chain(&mut self, hub: HubCode, records: &[Record]) -> Result<Vec<Bytes>, CharterError> {
        let adopted = Arc::make_mut(&mut self.snapshot).adopt_chain(hub, records)?;
        Ok(self.fresh_charters(hub, adopted))
    }

    /// Takes what a node proved of itself; returns the charters that were new, to be made durable.
    ///
    /// # Errors
    /// The hub is not carried here, or its charters contradict those we hold.
    pub(crate) fn adopt_introduction(&mut self, introduced: &Introduced) -> Result<Vec<Bytes>, IntroductionFault> {
        let adopted = Arc::make_mut(&mut self.snapshot).adopt_introduction(introduced)?;
        self.changed = true;
        Ok(self.fresh_charters(introduced.hub(), adopted))
    }

    fn fresh_charters(&mut self, hub: HubCode, adopted: Adopted) -> Vec<Bytes> {
        let Adopted::Extended { from } = adopted else {
            return Vec::new();
        };
        self.changed = true;
        let chain = self.snapshot.chain(hub).expect("it was just adopted");
        let known = from.map_or(0, |number| number as usize + 1);
        chain.records()[known..]
            .iter()
            .map(|record| record.bytes().clone())
            .collect()
    }

    /// Takes a node manifest that examination or an introduction found sound.
    pub(crate) fn adopt_manifest(&mut self, record: &Record) {
        if Arc::make_mut(&mut self.snapshot).adopt_manifest(record).is_ok() {
            self.changed = true;
        }
    }

    /// Forgets nodes whose manifest has ended.
    pub(crate) fn drop_expired(&mut self, now: UnixTime) {
        let ended = |manifest: &ewtp_trust::NodeManifest| manifest.expires_at < now;
        let any = self
            .snapshot
            .carried()
            .any(|hub| self.snapshot.manifests(hub).any(ended));
        if any {
            self.changed |= Arc::make_mut(&mut self.snapshot).drop_expired_manifests(now);
        }
    }

    /// Which hub a node belongs to.
    pub(crate) fn hub_of(&self, node: NodeKey) -> Option<HubCode> {
        self.snapshot.node(node)
    }
}

#[cfg(test)]
mod tests;
