//! What two nodes say before anything else: who they are, proven by charters and a manifest.
//!
//! One frame each way on `/ewtp/intro/1`: `[1, net, hub, [charter record…], manifest record]`.

use bytes::Bytes;
use ewtp_record::cbor::{self, Blob, CborError, Limits};
use ewtp_record::charter::SealedCharter;
use ewtp_record::{DecodeError, HubCode, NetName, NodeKey, Record, UnixTime, array_form};

use crate::manifest::NodeManifest;
use crate::{CharterChain, CharterError, Directory, ManifestFault, Verified, verify_manifest};

/// Most bytes of an introduction: a chain of a few dozen charters, and the manifest. // spec: trust R25
pub const INTRODUCTION_BYTES_MAX: usize = 64 * 1024;

/// Seconds by which the clocks of two machines may differ. // spec: trust R27, R28
pub const CLOCK_SKEW: u64 = 120;

const VERSION: u64 = 1;

/// What a node says about itself. Decoded, not yet verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Introduction {
    /// The net the node is on.
    pub net: NetName,
    /// The hub it says it belongs to.
    pub hub: HubCode,
    /// The hub's charters from the genesis on.
    pub charters: Vec<Record>,
    /// The hub's manifest for this node.
    pub manifest: Record,
}

struct IntroductionForm {
    version: u64,
    net: NetName,
    hub: HubCode,
    charters: Vec<Blob>,
    manifest: Blob,
}
array_form!(IntroductionForm {
    version,
    net,
    hub,
    charters,
    manifest
});

/// Whether the introduced hub is one that the reader carries. // spec: trust R29
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Acquaintance {
    /// Its genesis is pinned here.
    Carried,
    /// It is not; admission decides what it may do.
    Stranger,
}

/// A verified introduction: this node speaks for this hub.
#[derive(Debug, Clone)]
pub struct Introduced {
    chain: CharterChain,
    manifest: Verified<NodeManifest>,
    acquaintance: Acquaintance,
}

impl Introduced {
    /// The hub.
    pub fn hub(&self) -> HubCode {
        self.chain.hub()
    }

    /// The hub's charters, as introduced.
    pub fn chain(&self) -> &CharterChain {
        &self.chain
    }

    /// The charter records, the genesis first.
    pub fn charters(&self) -> &[Record] {
        self.chain.records()
    }

    /// The node's manifest.
    pub fn manifest(&self) -> &Verified<NodeManifest> {
        &self.manifest
    }

    /// Whether the hub is carried here.
    pub fn acquaintance(&self) -> Acquaintance {
        self.acquaintance
    }
}

/// Why an introduction is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IntroductionFault {
    /// Not an introduction at all. // spec: trust R25
    #[error("malformed introduction: {0}")]
    Malformed(#[from] CborError),
    /// A record in it does not decode. // spec: trust R25
    #[error("a record of the introduction does not decode: {0}")]
    Record(#[from] DecodeError),
    /// Another version. // spec: trust R25
    #[error("introduction version {got} is not 1")]
    Version {
        /// Its version.
        got: u64,
    },
    /// Another net. // spec: trust R25
    #[error("the node is on net {got}, not on {expected}")]
    WrongNet {
        /// The reader's net.
        expected: NetName,
        /// The node's net.
        got: NetName,
    },
    /// The charters are of another hub than the frame names. // spec: trust R26
    #[error("the charters are of {got}, the node says {said}")]
    WrongHub {
        /// The hub the frame names.
        said: HubCode,
        /// The hub of the charters.
        got: HubCode,
    },
    /// The charters break a rule, or contradict what is known. // spec: trust R26
    #[error("charter: {0}")]
    Charter(#[from] CharterError),
    /// The newest charter has expired. // spec: trust R28
    #[error("the newest charter expired at {at}")]
    CharterExpired {
        /// Its expiry.
        at: UnixTime,
    },
    /// The manifest breaks a rule. // spec: trust R27
    #[error("manifest: {0}")]
    Manifest(#[from] ManifestFault),
    /// The manifest is not live. // spec: trust R27
    #[error("the manifest is live from {from} to {to}")]
    Expired {
        /// When it was issued.
        from: UnixTime,
        /// When it ends.
        to: UnixTime,
    },
    /// The manifest is of another node than the connection has proven. // spec: trust R27
    #[error("the manifest is of node {got}, the connection is with {proven}")]
    WrongNode {
        /// The node of the connection.
        proven: NodeKey,
        /// The node of the manifest.
        got: NodeKey,
    },
}

impl IntroductionFault {
    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Malformed(_) | Self::Record(_) => "malformed",
            Self::Version { .. } => "version",
            Self::WrongNet { .. } => "wrong-net",
            Self::WrongHub { .. } => "wrong-hub",
            Self::Charter(error) => error.code(),
            Self::CharterExpired { .. } => "charter-expired",
            Self::Manifest(_) => "manifest",
            Self::Expired { .. } => "expired",
            Self::WrongNode { .. } => "wrong-node",
        }
    }
}

impl Introduction {
    /// Reads an introduction frame.
    ///
    /// # Errors
    /// When it is too large, malformed, of another version, or holds something that is no record.
    pub fn decode(bytes: &[u8]) -> Result<Self, IntroductionFault> {
        let form: IntroductionForm = cbor::decode(bytes, &Limits::message(INTRODUCTION_BYTES_MAX))?;
        if form.version != VERSION {
            return Err(IntroductionFault::Version { got: form.version });
        }
        let charters = form
            .charters
            .into_iter()
            .map(|blob| Record::decode(blob.0))
            .collect::<Result<_, _>>()?;
        Ok(Self {
            net: form.net,
            hub: form.hub,
            charters,
            manifest: Record::decode(form.manifest.0)?,
        })
    }

    /// Writes the frame. It exceeds [`INTRODUCTION_BYTES_MAX`] only when the chain does, which a reader then refuses.
    pub fn encode(&self) -> Bytes {
        let blob = |record: &Record| Blob(record.bytes().clone());
        let form = IntroductionForm {
            version: VERSION,
            net: self.net,
            hub: self.hub,
            charters: self.charters.iter().map(blob).collect(),
            manifest: blob(&self.manifest),
        };
        cbor::encode(&form).into()
    }

    /// Whose it says that it is, by the pins alone: no signature is checked, so whoever names another genesis than the
    /// pinned one is turned away at the cost of a look-up. What it answers proves nothing: [`Self::verify`] does.
    ///
    /// # Errors
    /// Another net, or the first charter is not what is pinned. // spec: trust R25, R26
    pub fn look_up(&self, directory: &Directory) -> Result<Acquaintance, IntroductionFault> {
        if self.net != *directory.net() {
            return Err(IntroductionFault::WrongNet {
                expected: *directory.net(),
                got: self.net,
            });
        }
        let Some(pinned) = directory.genesis(self.hub) else {
            return Ok(Acquaintance::Stranger);
        };
        let genesis = self.charters.iter().min_by_key(|charter| charter.header().revision);
        // A chain without its genesis, or with one that cannot be read, says so itself when it is verified.
        let read = genesis.and_then(|first| Some((first, SealedCharter::decode(first.payload()).ok()?)));
        let Some((first, sealed)) = read else {
            return Ok(Acquaintance::Carried);
        };
        let (got, hub) = (sealed.id(), first.header().issuer);
        if hub != self.hub {
            return Err(IntroductionFault::WrongHub {
                said: self.hub,
                got: hub,
            });
        }
        if got != pinned {
            return Err(CharterError::WrongGenesis { hub, pinned, got }.into());
        }
        Ok(Acquaintance::Carried)
    }

    /// Verifies what `node` says about itself; the connection must have proven that it holds that key.
    ///
    /// # Errors
    /// The first rule it breaks. // spec: trust R25–R29
    pub fn verify(&self, directory: &Directory, node: NodeKey, now: UnixTime) -> Result<Introduced, IntroductionFault> {
        self.look_up(directory)?;
        let (chain, acquaintance) = self.verify_chain(directory)?;
        let ends = chain.newest().body().expires_at;
        if ends.0.saturating_add(CLOCK_SKEW) < now.0 {
            return Err(IntroductionFault::CharterExpired { at: ends });
        }
        let manifest = verify_manifest(&self.manifest, &chain)?;
        check_live(&manifest, now)?;
        if manifest.node != node {
            return Err(IntroductionFault::WrongNode {
                proven: node,
                got: manifest.node,
            });
        }
        Ok(Introduced {
            chain,
            manifest,
            acquaintance,
        })
    }

    // spec: trust R26
    fn verify_chain(&self, directory: &Directory) -> Result<(CharterChain, Acquaintance), IntroductionFault> {
        let offered = CharterChain::from_records(&self.charters, &self.net)?;
        if offered.hub() != self.hub {
            return Err(IntroductionFault::WrongHub {
                said: self.hub,
                got: offered.hub(),
            });
        }
        let Some(pinned) = directory.genesis(self.hub) else {
            return Ok((offered, Acquaintance::Stranger));
        };
        if offered.genesis_id() != pinned {
            let got = offered.genesis_id();
            return Err(CharterError::WrongGenesis {
                hub: self.hub,
                pinned,
                got,
            }
            .into());
        }
        let Some(known) = directory.chain(self.hub) else {
            return Ok((offered, Acquaintance::Carried));
        };
        let mut joined = CharterChain::clone(known);
        for record in &self.charters {
            joined.extend(record)?;
        }
        Ok((joined, Acquaintance::Carried))
    }
}

fn check_live(manifest: &NodeManifest, now: UnixTime) -> Result<(), IntroductionFault> {
    let begun = manifest.issued_at.0 <= now.0.saturating_add(CLOCK_SKEW);
    let lasts = now.0 <= manifest.expires_at.0.saturating_add(CLOCK_SKEW);
    if begun && lasts {
        Ok(())
    } else {
        Err(IntroductionFault::Expired {
            from: manifest.issued_at,
            to: manifest.expires_at,
        })
    }
}

#[cfg(test)]
mod tests;
