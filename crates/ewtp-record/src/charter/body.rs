//! What a charter says, and which charters can be written at all.

use super::Duty;
use crate::cbor::{Limits, Octets, encode, hex_octets, map_form, read, scan};
use crate::fields::{VERSION, parse, parse_all, required, time, understood, within};
use crate::{DecodeError, HubCode, KeyBytes, KeyId, NetName, UnixTime, Unsupported, array_form};
use bytes::Bytes;
use sha2::{Digest as _, Sha256};

hex_octets! {
    /// Names one charter: SHA-256 of `ewtp/charter/1` and its body. That of charter 0 names the hub for ever.
    // spec: charter R5
    CharterId, 32
}

impl CharterId {
    /// The id of the charter with this body.
    #[must_use]
    pub fn of(body: &[u8]) -> Self {
        Self(
            Sha256::new()
                .chain_update(b"ewtp/charter/1")
                .chain_update(body)
                .finalize()
                .into(),
        )
    }
}

/// One charter of a hub as a checkpoint names it. The number alone would not do: a hub that signs two charters with one
/// number would make those who hold one blame those who hold the other. // spec: checkpoint R7
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CharterName {
    /// Its place in the chain.
    pub number: u32,
    /// Its id.
    pub id: CharterId,
}
array_form!(CharterName { number, id });

/// The body of a charter, all of whose fields fit each other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CharterBody {
    /// The network the keys are good for.
    pub net: NetName,
    /// The hub that it constitutes.
    pub hub: HubCode,
    /// Its place in the chain, 0 to 1,023.
    pub number: u32,
    /// The charter before; none for number 0.
    pub previous: Option<CharterId>,
    /// When it was written.
    pub issued_at: UnixTime,
    /// When the hub promised a successor; at most 400 days later.
    pub expires_at: UnixTime,
    /// The root keys, 1 to 9, ascending.
    pub roots: Vec<KeyBytes>,
    /// How many of them must sign: more than half.
    pub threshold: u8,
    /// SHA-256 of each root key that may follow, 1 to 16, ascending.
    pub next_roots: Vec<Octets<32>>,
    /// How many of those must sign the rotation that reveals them.
    pub next_threshold: u8,
    /// The role keys, at most 32, ascending by duty and key.
    pub roles: Vec<Role>,
    /// Role keys that no longer count, and since where; at most 64, ascending by key id.
    pub revoked: Vec<Revocation>,
    /// The hubs asked to cosign this hub's checkpoints, at most 15, ascending.
    pub panel: Vec<HubCode>,
    /// How it follows the charter before.
    pub transition: Transition,
    /// The hub's name for people, 1 to 64 bytes.
    pub display_name: String,
}

/// A key with a duty.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Role {
    /// The public key.
    pub key: KeyBytes,
    /// What it may sign.
    pub duty: Duty,
    /// It signs nothing that is issued earlier.
    pub not_before: UnixTime,
    /// It signs nothing that is issued later.
    pub not_after: UnixTime,
    /// The longest life of a record it signs, in seconds.
    pub life_max_seconds: u64,
}

/// A role key that no longer counts from a position of the hub's own log on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Revocation {
    /// The key.
    pub kid: KeyId,
    /// Why: 0 not said, 1 no longer used, 2 stolen, 3 lost. Told to people; it changes no verdict.
    pub reason: u64,
    /// Epoch of the first position where its records no longer hold.
    pub first_bad_epoch: u32,
    /// Index of that position.
    pub first_bad_index: u64,
}

/// How a charter follows the one before it.
// spec: charter R14
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transition {
    /// It is the first.
    Genesis,
    /// Role keys, panel or dates change; roots and their successors stay.
    Refresh,
}

const GENESIS: u64 = 0;
const REFRESH: u64 = 1;

const NUMBER_MAX: u64 = 1_023; // spec: charter R7
pub(super) const NEXT_ROOTS_MAX: usize = 16; // spec: charter R10

map_form! {
    struct BodyForm {
        0 => version: u64,
        1 => net: String,
        2 => hub: String,
        3 => number: u64,
        4 => previous: CharterId,
        5 => issued_at: u64,
        6 => expires_at: u64,
        7 => roots: Vec<KeyBytes>,
        8 => threshold: u64,
        9 => next_roots: Vec<Octets<32>>,
        10 => next_threshold: u64,
        11 => roles: Vec<RoleForm>,
        12 => revoked: Vec<(KeyId, u64, u32, u64)>,
        13 => panel: Vec<String>,
        14 => transition: u64,
        15 => display_name: String,
    }
}

map_form! {
    struct RoleForm {
        0 => key: KeyBytes,
        1 => duty: u64,
        2 => not_before: u64,
        3 => not_after: u64,
        4 => life_max_seconds: u64,
    }
}

impl CharterBody {
    /// Reads a body and checks all that one charter alone can get wrong.
    ///
    /// # Errors
    /// The rule that is broken, or what this version does not understand.
    pub fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        scan(bytes, &Limits::RECORD)?;
        let body = Self::from_form(read(bytes)?)?;
        body.inspect()?;
        Ok(body)
    }

    /// The bytes that roots and role keys sign.
    #[must_use]
    pub fn encode(&self) -> Bytes {
        encode(&self.form()).into()
    }

    /// The id of this charter.
    #[must_use]
    pub fn id(&self) -> CharterId {
        CharterId::of(&self.encode())
    }

    fn from_form(form: BodyForm) -> Result<Self, DecodeError> {
        understood(form.version, form.unsupported)?;
        let transition = Transition::from_number(required(form.transition, "transition", "charter R14")?)?;
        let roles = required(form.roles, "roles", "charter R11")?;
        let revoked = required(form.revoked, "revoked", "charter R12")?;
        Ok(Self {
            net: parse(&required(form.net, "net", "charter R6")?, "net")?,
            hub: parse(&required(form.hub, "hub", "charter R6")?, "hub")?,
            number: within(
                required(form.number, "number", "charter R7")?,
                0..=NUMBER_MAX,
                "number",
                "charter R7",
            )?,
            previous: form.previous,
            issued_at: time(required(form.issued_at, "issued_at", "charter R8")?, "issued_at")?,
            expires_at: time(required(form.expires_at, "expires_at", "charter R8")?, "expires_at")?,
            roots: required(form.roots, "roots", "charter R9")?,
            threshold: within(
                required(form.threshold, "threshold", "charter R9")?,
                1..=9,
                "threshold",
                "charter R9",
            )?,
            next_roots: required(form.next_roots, "next_roots", "charter R10")?,
            next_threshold: within(
                required(form.next_threshold, "next_threshold", "charter R10")?,
                1..=NEXT_ROOTS_MAX as u64,
                "next_threshold",
                "charter R10",
            )?,
            roles: roles.iter().map(Role::from_form).collect::<Result<_, _>>()?,
            revoked: revoked.into_iter().map(Revocation::from).collect(),
            panel: parse_all(&required(form.panel, "panel", "charter R13")?, "panel")?,
            transition,
            display_name: required(form.display_name, "display_name", "charter R15")?,
        })
    }

    fn form(&self) -> BodyForm {
        BodyForm {
            version: Some(VERSION),
            net: Some(self.net.to_string()),
            hub: Some(self.hub.to_string()),
            number: Some(self.number.into()),
            previous: self.previous,
            issued_at: Some(self.issued_at.0),
            expires_at: Some(self.expires_at.0),
            roots: Some(self.roots.clone()),
            threshold: Some(self.threshold.into()),
            next_roots: Some(self.next_roots.clone()),
            next_threshold: Some(self.next_threshold.into()),
            roles: Some(self.roles.iter().map(Role::form).collect()),
            revoked: Some(self.revoked.iter().map(Revocation::form).collect()),
            panel: Some(self.panel.iter().map(HubCode::to_string).collect()),
            transition: Some(self.transition.number()),
            display_name: Some(self.display_name.clone()),
            unsupported: None,
        }
    }
}

impl Role {
    fn from_form(form: &RoleForm) -> Result<Self, DecodeError> {
        const RULE: &str = "charter R11";
        understood(Some(VERSION), form.unsupported)?;
        let life = required(form.life_max_seconds, "roles.life_max_seconds", RULE)?;
        Ok(Self {
            key: required(form.key, "roles.key", RULE)?,
            duty: Duty::from_number(required(form.duty, "roles.duty", RULE)?)?,
            not_before: time(required(form.not_before, "roles.not_before", RULE)?, "roles.not_before")?,
            not_after: time(required(form.not_after, "roles.not_after", RULE)?, "roles.not_after")?,
            life_max_seconds: within(life, 1..=UnixTime::MAX.0, "roles.life_max_seconds", RULE)?,
        })
    }

    fn form(&self) -> RoleForm {
        RoleForm {
            key: Some(self.key),
            duty: Some(self.duty.number()),
            not_before: Some(self.not_before.0),
            not_after: Some(self.not_after.0),
            life_max_seconds: Some(self.life_max_seconds),
            unsupported: None,
        }
    }
}

impl Revocation {
    fn form(&self) -> (KeyId, u64, u32, u64) {
        (self.kid, self.reason, self.first_bad_epoch, self.first_bad_index)
    }
}

impl From<(KeyId, u64, u32, u64)> for Revocation {
    fn from((kid, reason, first_bad_epoch, first_bad_index): (KeyId, u64, u32, u64)) -> Self {
        Self {
            kid,
            reason,
            first_bad_epoch,
            first_bad_index,
        }
    }
}

impl Transition {
    /// The number on the wire.
    #[must_use]
    pub const fn number(self) -> u64 {
        match self {
            Self::Genesis => GENESIS,
            Self::Refresh => REFRESH,
        }
    }

    fn from_number(number: u64) -> Result<Self, Unsupported> {
        match number {
            GENESIS => Ok(Self::Genesis),
            REFRESH => Ok(Self::Refresh),
            // Rotation (2) and close (3) have their numbers, and come with a later version.
            later => Err(Unsupported::Transition(later)),
        }
    }
}
