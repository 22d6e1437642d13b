//! Making charters: the side of a ceremony.
//!
//! [`CharterDraft::genesis`] and [`CharterDraft::refresh`] fix the body; every root and role key then signs it, one at a
//! time, in any place and order; one root closes it. When all keys are at hand, [`CharterDraft::sign_all`] does it in one
//! call. Nothing here draws keys or reads a clock.

use bytes::Bytes;
use ewtp_record::charter::{CharterBody, CharterSignature, Revocation, Role, SealedCharter, Transition};
use ewtp_record::{
    CharterId, DecodeError, Draft, Duty, HubCode, KeyBytes, KeyId, Manifest, NetName, Record, RecordKind, SecretKey,
    Subject, UnixTime, Unsigned, cbor::Octets,
};
use sha2::{Digest as _, Sha256};

use crate::{CharterChain, CharterError, charter::Charter};

/// What a genesis charter is to say. Lists may come in any order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GenesisPlan {
    /// The net.
    pub net: NetName,
    /// The hub.
    pub hub: HubCode,
    /// The hub's name for people, 1 to 64 bytes.
    pub display_name: String,
    /// When the charter begins.
    pub issued_at: UnixTime,
    /// When it ends, at most 400 days later.
    pub expires_at: UnixTime,
    /// The root keys, 1 to 9.
    pub roots: Vec<KeyBytes>,
    /// How many of them must sign.
    pub threshold: u8,
    /// The keys that may follow the roots in a rotation; only their hashes go into the charter.
    pub next_roots: Vec<KeyBytes>,
    /// How many of those a rotation must reveal.
    pub next_threshold: u8,
    /// The role keys.
    pub roles: Vec<Role>,
    /// The hubs asked to witness, at most 15.
    pub panel: Vec<HubCode>,
}

/// What a refresh is to change; everything else stays.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefreshPlan {
    /// When the new charter begins.
    pub issued_at: UnixTime,
    /// When it ends, at most 400 days later.
    pub expires_at: UnixTime,
    /// All role keys of the new charter.
    pub roles: Vec<Role>,
    /// Revocations to add, or to lower; those of the charter before stay.
    pub revoked: Vec<Revocation>,
    /// The panel of the new charter.
    pub panel: Vec<HubCode>,
    /// The hub's name for people.
    pub display_name: String,
}

impl RefreshPlan {
    /// A plan that changes nothing but the times.
    pub fn unchanged(chain: &CharterChain, issued_at: UnixTime, expires_at: UnixTime) -> Self {
        let body = chain.newest().body();
        Self {
            issued_at,
            expires_at,
            roles: body.roles.clone(),
            revoked: Vec::new(),
            panel: body.panel.clone(),
            display_name: body.display_name.clone(),
        }
    }
}

/// A charter whose body is fixed and whose signatures are being gathered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CharterDraft {
    body: CharterBody,
    sealed: SealedCharter,
}

impl CharterDraft {
    /// The body of a hub's first charter.
    ///
    /// # Errors
    /// The rule that the plan breaks.
    pub fn genesis(plan: GenesisPlan) -> Result<Self, CharterError> {
        let next = plan
            .next_roots
            .iter()
            .map(|key| Octets(Sha256::digest(key.0).into()))
            .collect();
        Self::of(CharterBody {
            net: plan.net,
            hub: plan.hub,
            number: 0,
            previous: None,
            issued_at: plan.issued_at,
            expires_at: plan.expires_at,
            roots: sorted(plan.roots),
            threshold: plan.threshold,
            next_roots: sorted(next),
            next_threshold: plan.next_threshold,
            roles: in_role_order(plan.roles),
            revoked: Vec::new(),
            panel: sorted(plan.panel),
            transition: Transition::Genesis,
            display_name: plan.display_name,
        })
    }

    /// The body of the charter that follows the newest of `chain`.
    ///
    /// # Errors
    /// The rule that the plan breaks.
    pub fn refresh(chain: &CharterChain, plan: RefreshPlan) -> Result<Self, CharterError> {
        let before = chain.newest();
        Self::of(CharterBody {
            number: before.number() + 1,
            previous: Some(before.id()),
            issued_at: plan.issued_at,
            expires_at: plan.expires_at,
            roles: in_role_order(plan.roles),
            revoked: merged(&before.body().revoked, plan.revoked),
            panel: sorted(plan.panel),
            transition: Transition::Refresh,
            display_name: plan.display_name,
            ..before.body().clone()
        })
    }

    /// Goes on with a draft that another key holder sent; [`to_bytes`](Self::to_bytes) made it.
    ///
    /// # Errors
    /// When the bytes are no draft, or a signature in it does not verify.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, CharterError> {
        let sealed = SealedCharter::decode(bytes)?;
        let draft = Self {
            body: CharterBody::decode(&sealed.body)?,
            sealed,
        };
        for entry in &draft.sealed.signatures {
            draft.check_signature(entry)?;
        }
        Ok(draft)
    }

    /// The draft with its signatures so far, for the next key holder.
    pub fn to_bytes(&self) -> Bytes {
        self.sealed.encode()
    }

    /// What it says: to be read by every key holder before signing.
    pub fn body(&self) -> &CharterBody {
        &self.body
    }

    /// The id the charter will have; for a genesis, the hub's identity.
    pub fn id(&self) -> CharterId {
        self.sealed.id()
    }

    /// What each root but the closing one, and each role key, signs.
    pub fn message(&self) -> Vec<u8> {
        SealedCharter::message(&self.sealed.body)
    }

    /// Adds a signature over [`message`](Self::message), made anywhere. One that is there already is replaced.
    ///
    /// # Errors
    /// When the key is none of this charter's, or the signature does not verify.
    pub fn add(&mut self, key: KeyId, signature: [u8; 64]) -> Result<(), CharterError> {
        let entry = CharterSignature { kid: key, signature };
        self.check_signature(&entry)?;
        self.sealed.signatures.retain(|other| other.kid != key);
        self.sealed.signatures.push(entry);
        self.sealed.signatures.sort_by_key(|entry| entry.kid);
        Ok(())
    }

    /// Signs with a key at hand.
    ///
    /// # Errors
    /// When the key is none of this charter's.
    pub fn sign(&mut self, key: &SecretKey) -> Result<(), CharterError> {
        self.add(key.id(), key.sign(&self.message()))
    }

    /// The role keys that have not signed yet.
    pub fn missing_roles(&self) -> Vec<&Role> {
        self.body
            .roles
            .iter()
            .filter(|role| !self.has_signed(role.key.id()))
            .collect()
    }

    /// How many more roots must sign, the closing one included.
    pub fn missing_roots(&self) -> usize {
        let signed = self.body.roots.iter().filter(|root| self.has_signed(root.id())).count();
        usize::from(self.body.threshold).saturating_sub(signed).max(1)
    }

    /// What the closing root signs: the envelope around all signatures so far.
    pub fn envelope(&self, root: &KeyBytes) -> Unsigned {
        self.body.draft(&self.without(root.id())).to_be_signed(root.id())
    }

    /// Closes the charter with a root key at hand and judges the result by itself.
    ///
    /// # Errors
    /// The rule it breaks, such as too few roots or a role key that did not sign.
    pub fn close(&self, root: &SecretKey) -> Result<Record, CharterError> {
        let record = self.body.draft(&self.without(root.id())).sign(root)?;
        Charter::verify(&record, &self.body.net).map(|charter| charter.record().clone())
    }

    /// Closes the charter with a signature over [`envelope`](Self::envelope) that `root` made elsewhere.
    ///
    /// # Errors
    /// As [`close`](Self::close), or when the signature does not verify.
    pub fn close_with(&self, root: &KeyBytes, signature: &[u8; 64]) -> Result<Record, CharterError> {
        let record = self.envelope(root).assemble(signature)?;
        Charter::verify(&record, &self.body.net).map(|charter| charter.record().clone())
    }

    /// Signs with all keys at hand; the first root closes.
    ///
    /// # Errors
    /// As [`sign`](Self::sign) and [`close`](Self::close).
    pub fn sign_all(mut self, roots: &[&SecretKey], roles: &[&SecretKey]) -> Result<Record, CharterError> {
        let (closing, others) = roots
            .split_first()
            .ok_or(CharterError::BelowThreshold { got: 0, need: 1 })?;
        for key in others.iter().chain(roles) {
            self.sign(key)?;
        }
        self.close(closing)
    }

    fn of(body: CharterBody) -> Result<Self, CharterError> {
        body.inspect().map_err(DecodeError::from)?;
        let sealed = SealedCharter {
            number: body.number,
            body: body.encode(),
            signatures: Vec::new(),
        };
        Ok(Self { body, sealed })
    }

    fn check_signature(&self, entry: &CharterSignature) -> Result<(), CharterError> {
        let key = entry.kid;
        let mut keys = self
            .body
            .roots
            .iter()
            .chain(self.body.roles.iter().map(|role| &role.key));
        let bytes = keys
            .find(|bytes| bytes.id() == key)
            .ok_or(CharterError::UnknownSigner { key })?;
        let admitted = bytes.admit().map_err(|reason| CharterError::BadKey { key, reason })?;
        admitted
            .verify(&self.message(), &entry.signature)
            .map_err(|_| CharterError::Signature { key })
    }

    fn has_signed(&self, key: KeyId) -> bool {
        self.sealed.signatures.iter().any(|entry| entry.kid == key)
    }

    /// The closing root's inner signature would count it twice; the envelope's is enough. // spec: trust R6
    fn without(&self, key: KeyId) -> SealedCharter {
        let mut sealed = self.sealed.clone();
        sealed.signatures.retain(|entry| entry.kid != key);
        sealed
    }
}

/// A role entry for a key.
pub fn role(key: KeyBytes, duty: Duty, window: (UnixTime, UnixTime), life_max_seconds: u64) -> Role {
    Role {
        key,
        duty,
        not_before: window.0,
        not_after: window.1,
        life_max_seconds,
    }
}

/// A node manifest, signed by the hub's `operator` key.
///
/// # Errors
/// When an address is too long or there are too many, or the times do not fit.
pub fn manifest(
    operator: &SecretKey,
    hub: HubCode,
    name: Subject,
    body: &Manifest,
    life: (UnixTime, UnixTime),
) -> Result<Record, DecodeError> {
    body.inspect()?;
    let draft = Draft {
        kind: RecordKind::MANIFEST,
        issuer: hub,
        subject: name,
        issued_at: life.0,
        expires_at: life.1,
        not_before: None,
        payload: body.encode(),
    };
    draft.sign(operator)
}

fn sorted<T: Ord>(mut list: Vec<T>) -> Vec<T> {
    list.sort_unstable();
    list
}

fn in_role_order(mut roles: Vec<Role>) -> Vec<Role> {
    roles.sort_by_key(|role| (role.duty, role.key));
    roles
}

/// The revocations of before with those added; of two for one key the lower position stays. // spec: trust R13
fn merged(before: &[Revocation], added: Vec<Revocation>) -> Vec<Revocation> {
    let mut all: Vec<Revocation> = before.iter().copied().chain(added).collect();
    all.sort_by_key(|entry| (entry.kid, entry.first_bad_epoch, entry.first_bad_index));
    all.dedup_by_key(|entry| entry.kid);
    all
}

#[cfg(test)]
mod tests;
