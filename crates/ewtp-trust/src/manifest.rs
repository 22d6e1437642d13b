//! Node manifests: which libp2p identities speak for a hub, and where they listen.

use ewtp_record::{Body, DecodeError, HubCode, NodeKey, Record, RecordKind, Subject, UnixTime};

use crate::directory::NODES_MAX;
use crate::{CharterChain, Fault, Verified, fault_under};

/// A hub's word on one of its nodes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NodeManifest {
    /// The hub.
    pub hub: HubCode,
    /// The node's libp2p identity.
    pub node: NodeKey,
    /// The node's name within the hub.
    pub name: Subject,
    /// Where it listens, as multiaddresses.
    pub addresses: Vec<String>,
    /// What it serves, as bits.
    pub roles: u64,
    /// Of two manifests of a node the higher revision counts.
    pub revision: u32,
    /// When it was issued.
    pub issued_at: UnixTime,
    /// When it ends.
    pub expires_at: UnixTime,
    /// The record, to be served to others.
    pub record: Record,
}

impl NodeManifest {
    /// Whether `other` is the newer word on the same node.
    pub fn is_older_than(&self, other: &Self) -> bool {
        (self.revision, self.issued_at) < (other.revision, other.issued_at)
    }
}

/// Why a manifest is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ManifestFault {
    /// No chain of the issuer is known.
    #[error("no charter of hub {hub} is known")]
    UnknownHub {
        /// The issuer.
        hub: HubCode,
    },
    /// Not a manifest, or one whose payload does not decode.
    #[error("not a node manifest: {0}")]
    Decode(#[from] DecodeError),
    /// A record of another kind.
    #[error("the record is a {0}, not a node manifest")]
    Kind(RecordKind),
    /// A manifest of another hub than expected.
    #[error("the manifest is of {got}, not of {expected}")]
    WrongHub {
        /// The hub expected.
        expected: HubCode,
        /// The manifest's issuer.
        got: HubCode,
    },
    /// Examination under the newest charter found it faulty.
    #[error("examined under the newest charter: {0}")]
    Faulty(Fault),
    /// The hub has as many nodes as a directory keeps of one hub.
    #[error("{hub} has manifests of {NODES_MAX} nodes already")]
    TooManyNodes {
        /// The issuer.
        hub: HubCode,
    },
}

impl ManifestFault {
    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::UnknownHub { .. } => "unknown-hub",
            Self::Decode(_) => "malformed",
            Self::Kind(_) => "kind",
            Self::WrongHub { .. } => "wrong-hub",
            Self::Faulty(fault) => fault.code(),
            Self::TooManyNodes { .. } => "too-many-nodes",
        }
    }
}

/// Judges a manifest record under its hub's newest charter, as examination does. Whether it is live now is the caller's to ask.
// spec: trust R20
///
/// # Errors
/// The rule it breaks.
pub fn verify_manifest(record: &Record, chain: &CharterChain) -> Result<Verified<NodeManifest>, ManifestFault> {
    let header = record.header();
    let body = record.body()?;
    let Body::Manifest(manifest) = &body else {
        return Err(ManifestFault::Kind(header.kind));
    };
    if header.issuer != chain.hub() {
        return Err(ManifestFault::WrongHub {
            expected: chain.hub(),
            got: header.issuer,
        });
    }
    // The rules of its logged copy, so that no two lists of them can drift apart.
    if let Some(fault) = fault_under(record, &body, None, chain.newest(), chain) {
        return Err(ManifestFault::Faulty(fault));
    }
    Ok(Verified::new(NodeManifest {
        hub: header.issuer,
        node: manifest.node,
        name: header.subject,
        addresses: manifest.addresses.clone(),
        roles: manifest.roles,
        revision: header.revision,
        issued_at: header.issued_at,
        expires_at: header.expires_at,
        record: record.clone(),
    }))
}
