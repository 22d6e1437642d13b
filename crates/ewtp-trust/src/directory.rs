//! What a node knows of the hubs it carries: pins, charter chains, node manifests.
//!
//! A [`Directory`] is a value: cloning it costs one reference a hub, so that workers judge with a fixed view while the
//! engine takes in what is new.

use std::collections::BTreeMap;
use std::sync::Arc;

use ewtp_log::{Checkpoint, Cosignature, Hash};
use ewtp_record::{ByHub, CharterId, CharterName, HubCode, NetName, NodeKey, Record, UnixTime};

use crate::chain::in_order;
use crate::checkpoint::{CheckpointFault, CosignatureFault, VerifiedCheckpoint, VerifiedCosignature};
use crate::introduction::{Introduced, IntroductionFault};
use crate::manifest::NodeManifest;
use crate::{CharterChain, CharterError, ManifestFault, Verified, verify_manifest};

/// Most nodes of one hub; a hub that logs more manifests cannot fill the memory of others. // spec: trust R20
pub(crate) const NODES_MAX: usize = 64;

/// The hubs a node carries, and what it knows of each.
#[derive(Debug, Clone)]
pub struct Directory {
    net: NetName,
    hubs: ByHub<Arc<KnownHub>>,
    /// Node keys whose possession was proven in an introduction, with their hub. // spec: trust R20
    proven: Arc<BTreeMap<NodeKey, HubCode>>,
}

#[derive(Debug, Clone)]
struct KnownHub {
    genesis: CharterId,
    chain: Option<Arc<CharterChain>>,
    manifests: BTreeMap<NodeKey, Arc<NodeManifest>>,
}

/// What taking in a chain changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Adopted {
    /// Charters were added; `from` is the newest number known before, `None` when the hub was known by its pin only.
    Extended {
        /// The newest charter number known before.
        from: Option<u32>,
    },
    /// Everything was known already.
    Unchanged,
}

/// What taking in a manifest changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NodeClaim {
    /// It is now the hub's newest word on that node.
    Taken,
    /// A revision at least as new is known.
    Old,
}

impl Directory {
    /// A directory of pinned hubs of which nothing else is known yet.
    pub fn new(net: NetName, pinned: BTreeMap<HubCode, CharterId>) -> Self {
        let known = |genesis| {
            Arc::new(KnownHub {
                genesis,
                chain: None,
                manifests: BTreeMap::new(),
            })
        };
        let hubs = pinned.into_iter().map(|(hub, genesis)| (hub, known(genesis))).collect();
        Self {
            net,
            hubs,
            proven: Arc::default(),
        }
    }

    /// The net.
    pub fn net(&self) -> &NetName {
        &self.net
    }

    /// The carried hubs, sorted by code.
    pub fn carried(&self) -> impl Iterator<Item = HubCode> {
        self.hubs.keys().copied()
    }

    /// Whether the hub is carried.
    pub fn carries(&self, hub: HubCode) -> bool {
        self.hubs.contains_key(&hub)
    }

    /// The pinned genesis id of a carried hub.
    pub fn genesis(&self, hub: HubCode) -> Option<CharterId> {
        self.hubs.get(&hub).map(|known| known.genesis)
    }

    /// Carries one more hub: an operator's decision, never a peer's. While no charter of it was adopted, another genesis takes
    /// the place of one that was mistyped. // spec: trust R16
    ///
    /// # Errors
    /// [`CharterError::WrongGenesis`] when the hub's charters are known under another genesis.
    pub fn pin(&mut self, hub: HubCode, genesis: CharterId) -> Result<(), CharterError> {
        match self.genesis(hub) {
            Some(pinned) if pinned == genesis => Ok(()),
            Some(pinned) if self.chain(hub).is_some() => Err(CharterError::WrongGenesis {
                hub,
                pinned,
                got: genesis,
            }),
            _ => {
                self.hubs.insert(
                    hub,
                    Arc::new(KnownHub {
                        genesis,
                        chain: None,
                        manifests: BTreeMap::new(),
                    }),
                );
                Ok(())
            }
        }
    }

    /// The hub's chain, once one was adopted.
    pub fn chain(&self, hub: HubCode) -> Option<&Arc<CharterChain>> {
        self.hubs.get(&hub)?.chain.as_ref()
    }

    /// Takes in charter records of one hub, in any order, from the genesis or from anywhere the chain already reaches.
    ///
    /// # Errors
    /// The rule that the first bad record breaks, or [`CharterError::Gap`] with the number to ask for. Then nothing of
    /// it is taken in.
    pub fn adopt_chain(&mut self, hub: HubCode, records: &[Record]) -> Result<Adopted, CharterError> {
        let known = self.hubs.get_mut(&hub).ok_or(CharterError::NotPinned { hub })?;
        let grown = match &known.chain {
            Some(chain) => extended(chain, records)?,
            None => Some(begun(hub, known.genesis, records, &self.net)?),
        };
        let Some(chain) = grown else {
            return Ok(Adopted::Unchanged);
        };
        let from = known.chain.as_ref().map(|chain| chain.number());
        Arc::make_mut(known).chain = Some(Arc::new(chain));
        self.drop_revoked_manifests(hub);
        Ok(Adopted::Extended { from })
    }

    /// Takes in a chain that was verified elsewhere; no signature is checked again.
    ///
    /// # Errors
    /// When it is of another net or genesis than this directory's, or shorter than or different from the known chain.
    pub fn adopt_verified(&mut self, chain: Arc<CharterChain>) -> Result<Adopted, CharterError> {
        let (hub, got) = (chain.hub(), chain.genesis_id());
        if chain.net() != self.net {
            return Err(CharterError::WrongNet {
                expected: self.net,
                got: chain.net(),
            });
        }
        let known = self.hubs.get_mut(&hub).ok_or(CharterError::NotPinned { hub })?;
        if known.genesis != got {
            return Err(CharterError::WrongGenesis {
                hub,
                pinned: known.genesis,
                got,
            });
        }
        let from = known.chain.as_ref().map(|chain| chain.number());
        if let Some(newest) = known.chain.as_ref().map(|chain| chain.newest()) {
            // Each charter names the id of the one before, so equal ids mean equal chains up to there.
            if chain.at(newest.number()).is_none_or(|same| same.id() != newest.id()) {
                return Err(CharterError::Conflict {
                    hub,
                    number: newest.number(),
                });
            }
        }
        if from == Some(chain.number()) {
            return Ok(Adopted::Unchanged);
        }
        Arc::make_mut(known).chain = Some(chain);
        self.drop_revoked_manifests(hub);
        Ok(Adopted::Extended { from })
    }

    /// Verifies a node manifest against its issuer's chain and takes it in, unless a newer one of that node is known.
    // spec: trust R20
    ///
    /// # Errors
    /// The rule it breaks.
    pub fn adopt_manifest(&mut self, record: &Record) -> Result<NodeClaim, ManifestFault> {
        let hub = record.header().issuer;
        let chain = self.chain(hub).ok_or(ManifestFault::UnknownHub { hub })?;
        let manifest = verify_manifest(record, chain)?;
        self.take_manifest(manifest)
    }

    fn take_manifest(&mut self, manifest: Verified<NodeManifest>) -> Result<NodeClaim, ManifestFault> {
        let manifest = manifest.into_inner();
        let hub = manifest.hub;
        let known = self.hubs.get_mut(&hub).ok_or(ManifestFault::UnknownHub { hub })?;
        match known.manifests.get(&manifest.node) {
            Some(old) if !old.is_older_than(&manifest) => return Ok(NodeClaim::Old),
            None if known.manifests.len() == NODES_MAX => return Err(ManifestFault::TooManyNodes { hub }),
            _ => {}
        }
        Arc::make_mut(known).manifests.insert(manifest.node, Arc::new(manifest));
        Ok(NodeClaim::Taken)
    }

    /// Takes in all that an introduction proved: charters, manifest, and possession of the node key.
    ///
    /// # Errors
    /// As [`adopt_chain`](Self::adopt_chain) and [`adopt_manifest`](Self::adopt_manifest); a hub that is not carried is
    /// [`CharterError::NotPinned`].
    pub fn adopt_introduction(&mut self, introduced: &Introduced) -> Result<Adopted, IntroductionFault> {
        let hub = introduced.hub();
        let adopted = self.adopt_chain(hub, introduced.charters())?;
        self.take_manifest(introduced.manifest().clone())?;
        Arc::make_mut(&mut self.proven).insert(introduced.manifest().node, hub);
        Ok(adopted)
    }

    /// The hub that a node belongs to: the one that proved possession, else the only one that claims it.
    pub fn node(&self, node: NodeKey) -> Option<HubCode> {
        let mut claims = self
            .hubs
            .iter()
            .filter(|(_, known)| known.manifests.contains_key(&node))
            .map(|(hub, _)| *hub);
        let first = claims.next()?;
        let only = claims.next().is_none();
        self.proven.get(&node).copied().or_else(|| only.then_some(first))
    }

    /// The newest manifests of a hub's nodes, sorted by node key. They may have expired: compare `expires_at`.
    pub fn manifests(&self, hub: HubCode) -> impl Iterator<Item = &NodeManifest> {
        self.hubs
            .get(&hub)
            .into_iter()
            .flat_map(|known| known.manifests.values())
            .map(AsRef::as_ref)
    }

    /// Forgets manifests that ended before `now`, and with them whose node that was. True when there were any.
    pub fn drop_expired_manifests(&mut self, now: UnixTime) -> bool {
        let mut dropped = false;
        for known in self.hubs.values_mut() {
            if known.manifests.values().any(|manifest| manifest.expires_at < now) {
                dropped = true;
                Arc::make_mut(known)
                    .manifests
                    .retain(|_, manifest| manifest.expires_at >= now);
            }
        }
        if dropped {
            self.forget_unclaimed();
        }
        dropped
    }

    /// A manifest by a key that its hub revoked vouches for nobody. One by a key that was replaced counts until it ends, so
    /// that a hub which changes its key stays in reach. // spec: trust R20
    fn drop_revoked_manifests(&mut self, hub: HubCode) {
        let Some(known) = self.hubs.get_mut(&hub) else { return };
        let Some(chain) = known.chain.clone() else { return };
        let is_revoked = |manifest: &NodeManifest| chain.revoked_from(&manifest.record.header().kid).is_some();
        if known.manifests.values().any(|manifest| is_revoked(manifest)) {
            let known = Arc::make_mut(known);
            known.manifests.retain(|_, manifest| !is_revoked(manifest));
            self.forget_unclaimed();
        }
    }

    /// A node that no manifest claims any more belongs to nobody, whatever it proved.
    fn forget_unclaimed(&mut self) {
        let hubs = &self.hubs;
        let claimed =
            |node: &NodeKey, hub: &HubCode| hubs.get(hub).is_some_and(|known| known.manifests.contains_key(node));
        Arc::make_mut(&mut self.proven).retain(|node, hub| claimed(node, hub));
    }

    /// Verifies a checkpoint that a log is to be followed by: `signature` over its note, by the log key of the charter
    /// `named`, which must still be the log key of the newest charter known. For what a log showed in the past, as a
    /// receipt has it, ask [`CharterChain::verify_checkpoint`].
    // spec: trust R17, R18
    ///
    /// # Errors
    /// [`CheckpointFault`]; an unknown charter is no fault of the peer: fetch the chain, then ask again.
    pub fn verify_checkpoint(
        &self,
        hub: HubCode,
        epoch: u32,
        named: CharterName,
        size: u64,
        root: Hash,
        signature: &[u8; 64],
    ) -> Result<VerifiedCheckpoint, CheckpointFault> {
        let chain = self.chain(hub).ok_or(CheckpointFault::UnknownHub { hub })?;
        chain.verify_newest_checkpoint(epoch, named, size, root, signature)
    }

    /// Verifies the cosignature of hub `witness`, made at `time`, on a checkpoint of any hub. // spec: trust R19
    ///
    /// # Errors
    /// [`CosignatureFault`].
    pub fn verify_cosignature(
        &self,
        witness: HubCode,
        checkpoint: &Checkpoint,
        time: UnixTime,
        signature: &[u8; 64],
    ) -> Result<VerifiedCosignature, CosignatureFault> {
        let chain = self
            .chain(witness)
            .ok_or(CosignatureFault::UnknownHub { hub: witness })?;
        let message = Cosignature::message(checkpoint, time.0);
        let mut keys = chain.witness_keys_at(time).peekable();
        if keys.peek().is_none() {
            return Err(CosignatureFault::NoWitnessKey { hub: witness, time });
        }
        match keys.find(|key| key.verify(message.as_bytes(), signature).is_ok()) {
            Some(key) => Ok(VerifiedCosignature {
                hub: witness,
                time,
                key: key.id(),
            }),
            None => Err(CosignatureFault::Signature { hub: witness }),
        }
    }
}

/// A first chain, which must begin at the pinned genesis. // spec: trust R9
fn begun(hub: HubCode, pinned: CharterId, records: &[Record], net: &NetName) -> Result<CharterChain, CharterError> {
    let chain = CharterChain::from_records(records, net)?;
    if chain.hub() != hub {
        return Err(CharterError::WrongHub {
            expected: hub,
            got: chain.hub(),
        });
    }
    if chain.genesis_id() != pinned {
        return Err(CharterError::WrongGenesis {
            hub,
            pinned,
            got: chain.genesis_id(),
        });
    }
    Ok(chain)
}

/// The chain with what the records add; `None` when they add nothing.
fn extended(chain: &Arc<CharterChain>, records: &[Record]) -> Result<Option<CharterChain>, CharterError> {
    let mut grown = CharterChain::clone(chain);
    for record in in_order(records) {
        grown
            .extend(record)
            .map_err(|error| of_another_branch(error, records))?;
    }
    Ok((grown.number() != chain.number()).then_some(grown))
}

/// A charter that does not name the one known before it may follow from another one of that number, which its hub signed
/// too. Who serves it cannot know which of the two is known here, unless the same records show it. // spec: trust R14
fn of_another_branch(error: CharterError, records: &[Record]) -> CharterError {
    let CharterError::Previous { number: got } = error else {
        return error;
    };
    let needed = got - 1;
    // There is one genesis: it is pinned.
    let shown = needed == 0 || records.iter().any(|record| record.header().revision == needed);
    if shown {
        error
    } else {
        CharterError::Gap { got, needed }
    }
}

#[cfg(test)]
mod tests;
