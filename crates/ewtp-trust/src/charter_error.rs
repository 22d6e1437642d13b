//! Why a charter or a chain is refused. Every variant has a stable code, the one that `protocol-spec/trust.md` gives.

use ewtp_record::{CharterId, DecodeError, HubCode, KeyError, KeyId, NetName, RecordKind};

/// Why a charter, or a charter at this place of a chain, is refused.
///
/// All but [`Gap`](Self::Gap) and [`NotPinned`](Self::NotPinned) are the fault of whoever signed or served it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CharterError {
    /// The record or its payload does not decode.
    #[error("the charter record does not decode: {0}")]
    Decode(#[from] DecodeError),
    /// Not a charter record. // spec: trust R1
    #[error("the record is a {0}, not a charter")]
    Kind(RecordKind),
    /// A charter of another net. // spec: trust R2
    #[error("a charter of net {got} is not valid on net {expected}")]
    WrongNet {
        /// The reader's net.
        expected: NetName,
        /// The charter's net.
        got: NetName,
    },
    /// A charter of another hub. // spec: trust R10
    #[error("a charter of hub {got} does not belong to hub {expected}")]
    WrongHub {
        /// The hub asked for.
        expected: HubCode,
        /// The charter's hub.
        got: HubCode,
    },
    /// A key that no signature may be trusted under. // spec: trust R3
    #[error("key {key} is not admissible: {reason}")]
    BadKey {
        /// The id of the key.
        key: KeyId,
        /// Which admission rule it breaks.
        reason: KeyError,
    },
    /// Two keys of the charter have one id. // spec: trust R4
    #[error("two keys of the charter have the id {key}")]
    KeyReused {
        /// The id of the key.
        key: KeyId,
    },
    /// A role key that the same charter revokes. // spec: trust R5
    #[error("role key {key} is revoked by the charter that lists it")]
    RevokedRole {
        /// The id of the key.
        key: KeyId,
    },
    /// A signature by a key that is neither root nor role key here. // spec: trust R6
    #[error("key {key} signed but is no key of this charter, or signed twice")]
    UnknownSigner {
        /// The id of the key.
        key: KeyId,
    },
    /// A signature that does not verify. // spec: trust R6
    #[error("the signature of key {key} does not verify")]
    Signature {
        /// The id of the key.
        key: KeyId,
    },
    /// Too few roots signed. // spec: trust R7
    #[error("{got} of {need} needed roots signed")]
    BelowThreshold {
        /// Distinct roots that signed.
        got: usize,
        /// The threshold.
        need: usize,
    },
    /// A role key that did not sign. // spec: trust R8
    #[error("role key {key} did not sign the charter (proof of possession)")]
    NoPossession {
        /// The id of the key.
        key: KeyId,
    },
    /// A chain that begins elsewhere than the pin says. // spec: trust R9
    #[error("the chain of {hub} begins at genesis {got}, but {pinned} is pinned")]
    WrongGenesis {
        /// The hub.
        hub: HubCode,
        /// The pinned genesis id.
        pinned: CharterId,
        /// The chain's genesis id.
        got: CharterId,
    },
    /// A hub that the reader does not carry. // spec: trust R16
    #[error("hub {hub} is not pinned here")]
    NotPinned {
        /// The hub.
        hub: HubCode,
    },
    /// The previous id does not name the charter before. // spec: trust R10
    #[error("charter {number} does not name the id of charter {} as its previous", number.saturating_sub(1))]
    Previous {
        /// The number of the refused charter.
        number: u32,
    },
    /// A refresh that touches what only a rotation may. // spec: trust R11
    #[error("a refresh must leave {field} as it was")]
    RefreshChangesRoots {
        /// What was changed.
        field: &'static str,
    },
    /// Issued before the charter it follows. // spec: trust R12
    #[error("charter {number} was issued before the charter it follows")]
    TimeRunsBack {
        /// The number of the refused charter.
        number: u32,
    },
    /// A revocation taken back or moved to a later position. // spec: trust R13
    #[error("the revocation of key {key} was dropped or moved to a later position")]
    RevocationWeakened {
        /// The id of the revoked key.
        key: KeyId,
    },
    /// Another charter under a known number. // spec: trust R14
    #[error("another charter {number} of {hub} is already known")]
    Conflict {
        /// The hub.
        hub: HubCode,
        /// The number both have.
        number: u32,
    },
    /// More charters than a chain may have. // spec: trust R15
    #[error("a chain has at most 1024 charters")]
    ChainTooLong,
    /// Charters below it are missing, or it may follow from another one than the one known: ask for them. // spec: trust R14, R15
    #[error("charter {got} cannot be judged before charter {needed} is known")]
    Gap {
        /// The number of the charter that came.
        got: u32,
        /// The number that is needed first.
        needed: u32,
    },
}

impl CharterError {
    /// The stable code of the spec.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Decode(error) => error.code(),
            Self::Kind(_) => "kind",
            Self::WrongNet { .. } => "wrong-net",
            Self::WrongHub { .. } => "wrong-hub",
            Self::BadKey { .. } => "bad-key",
            Self::KeyReused { .. } => "key-reused",
            Self::RevokedRole { .. } => "revoked-role",
            Self::UnknownSigner { .. } => "unknown-signer",
            Self::Signature { .. } => "signature",
            Self::BelowThreshold { .. } => "below-threshold",
            Self::NoPossession { .. } => "no-possession",
            Self::WrongGenesis { .. } => "wrong-genesis",
            Self::NotPinned { .. } => "not-pinned",
            Self::Previous { .. } => "previous",
            Self::RefreshChangesRoots { .. } => "refresh-changes-roots",
            Self::TimeRunsBack { .. } => "time-runs-back",
            Self::RevocationWeakened { .. } => "revocation-weakened",
            Self::Conflict { .. } => "conflict",
            Self::ChainTooLong => "chain-too-long",
            Self::Gap { .. } => "gap",
        }
    }

    /// Whether the peer that served this charter did something no honest peer does.
    pub fn is_peer_fault(&self) -> bool {
        match self {
            Self::Gap { .. } | Self::NotPinned { .. } => false,
            // A later version may understand it.
            Self::Decode(error) => !error.is_unsupported(),
            _ => true,
        }
    }
}
