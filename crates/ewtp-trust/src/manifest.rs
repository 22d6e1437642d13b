//! Node manifests: which libp2p identities speak for a hub, and where they listen.

use ewtp_record::{Body, DecodeError, Duty, HubCode, KeyId, Manifest, NodeKey, Record, RecordKind, Subject, UnixTime};

use crate::{CharterChain, Verified};

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
    /// The key is no role key of the newest charter.
    #[error("key {key} is no role key of the newest charter")]
    UnknownKey {
        /// The key id in the envelope.
        key: KeyId,
    },
    /// The key has another duty.
    #[error("key {key} has another duty than operator")]
    WrongDuty {
        /// The key id.
        key: KeyId,
    },
    /// Issued outside the key's window.
    #[error("the manifest was issued outside the window of key {key}")]
    OutsideWindow {
        /// The key id.
        key: KeyId,
    },
    /// Lives longer than the key may grant.
    #[error("the manifest lives longer than its key may grant")]
    LifeTooLong,
    /// The hub has as many nodes as a directory keeps of one hub.
    #[error("{hub} has manifests of 64 nodes already")]
    TooManyNodes {
        /// The issuer.
        hub: HubCode,
    },
    /// The signature does not verify.
    #[error("the manifest's signature does not verify")]
    Signature,
}

impl ManifestFault {
    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::UnknownHub { .. } => "unknown-hub",
            Self::Decode(_) => "malformed",
            Self::Kind(_) => "kind",
            Self::WrongHub { .. } => "wrong-hub",
            Self::UnknownKey { .. } => "unknown-key",
            Self::WrongDuty { .. } => "wrong-duty",
            Self::OutsideWindow { .. } => "outside-window",
            Self::LifeTooLong => "life-too-long",
            Self::TooManyNodes { .. } => "too-many-nodes",
            Self::Signature => "signature",
        }
    }
}

/// Verifies a manifest record against its hub's newest charter. Whether it is live now is the caller's to ask.
// spec: trust R20
///
/// # Errors
/// The rule it breaks.
pub fn verify_manifest(record: &Record, chain: &CharterChain) -> Result<Verified<NodeManifest>, ManifestFault> {
    let header = record.header();
    let body = read(record)?;
    if header.issuer != chain.hub() {
        return Err(ManifestFault::WrongHub {
            expected: chain.hub(),
            got: header.issuer,
        });
    }
    let key = header.kid;
    let role = chain.newest().role(&key).ok_or(ManifestFault::UnknownKey { key })?;
    if role.duty != Duty::Operator {
        return Err(ManifestFault::WrongDuty { key });
    }
    if !role.may_sign_at(header.issued_at) {
        return Err(ManifestFault::OutsideWindow { key });
    }
    if header.expires_at.since(header.issued_at) > role.life_max_seconds {
        return Err(ManifestFault::LifeTooLong);
    }
    record.verify(&role.key).map_err(|_| ManifestFault::Signature)?;
    Ok(Verified::new(NodeManifest {
        hub: header.issuer,
        node: body.node,
        name: header.subject,
        addresses: body.addresses,
        roles: body.roles,
        revision: header.revision,
        issued_at: header.issued_at,
        expires_at: header.expires_at,
        record: record.clone(),
    }))
}

fn read(record: &Record) -> Result<Manifest, ManifestFault> {
    match record.body()? {
        Body::Manifest(body) => Ok(body),
        _ => Err(ManifestFault::Kind(record.header().kind)),
    }
}
