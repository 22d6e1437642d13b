//! One charter, judged by itself: its keys, its signatures, its threshold and the possession of every role key. What its
//! body may say is `ewtp-record`'s matter, its place in a chain [`CharterChain`](crate::CharterChain)'s.

use ewtp_record::charter::{CharterBody, CharterId, CharterSignature, Role, SealedCharter};
use ewtp_record::{Body, CharterName, Duty, HubCode, KeyBytes, KeyId, NetName, PublicKey, Record, UnixTime};

use crate::CharterError;

/// A charter whose body, keys and signatures hold by themselves, with its keys admitted and ready to verify with.
#[derive(Debug, Clone)]
pub struct Charter {
    record: Record,
    id: CharterId,
    body: CharterBody,
    roots: Vec<PublicKey>,
    roles: Vec<RoleKey>,
}

/// A key that a charter gives a duty.
#[derive(Debug, Clone)]
pub struct RoleKey {
    /// The admitted key.
    pub key: PublicKey,
    /// The one thing it may sign.
    pub duty: Duty,
    /// First second in which it may sign.
    pub not_before: UnixTime,
    /// Last second in which it may sign.
    pub not_after: UnixTime,
    /// Longest life in seconds of what it signs.
    pub life_max_seconds: u64,
}

impl RoleKey {
    /// Whether `time` lies in the signing window, both ends included.
    pub fn may_sign_at(&self, time: UnixTime) -> bool {
        (self.not_before..=self.not_after).contains(&time)
    }
}

impl Charter {
    /// Judges a charter record by itself. // spec: trust R1
    ///
    /// # Errors
    /// The first rule it breaks. The order is: body, net, keys, signatures.
    pub fn verify(record: &Record, net: &NetName) -> Result<Self, CharterError> {
        let (sealed, body) = read(record)?;
        if body.net != *net {
            return Err(CharterError::WrongNet {
                expected: *net,
                got: body.net,
            });
        }
        let charter = Self {
            record: record.clone(),
            id: sealed.id(),
            roots: body.roots.iter().map(admit).collect::<Result<_, _>>()?,
            roles: body.roles.iter().map(admit_role).collect::<Result<_, _>>()?,
            body,
        };
        charter.check_keys()?;
        charter.verify_signatures(&sealed)?;
        Ok(charter)
    }

    /// The record that carries it, with its exact bytes.
    pub fn record(&self) -> &Record {
        &self.record
    }

    /// The id of its body; that of charter 0 is the hub's identity.
    pub fn id(&self) -> CharterId {
        self.id
    }

    /// What it says.
    pub fn body(&self) -> &CharterBody {
        &self.body
    }

    /// Its number in the chain.
    pub fn number(&self) -> u32 {
        self.body.number
    }

    /// What a checkpoint names it by.
    pub fn name(&self) -> CharterName {
        CharterName {
            number: self.number(),
            id: self.id(),
        }
    }

    /// The hub it is of.
    pub fn hub(&self) -> HubCode {
        self.body.hub
    }

    /// The one key that signs checkpoints.
    pub fn log_key(&self) -> &PublicKey {
        self.key_of(Duty::Log)
            .expect("a charter without a log key is not decoded: charter R11")
    }

    /// The key that cosigns the checkpoints of others, if the hub witnesses.
    pub fn witness_key(&self) -> Option<&PublicKey> {
        self.key_of(Duty::Witness)
    }

    /// The role key with this id.
    pub fn role(&self, key: &KeyId) -> Option<&RoleKey> {
        self.roles.iter().find(|role| role.key.id() == *key)
    }

    /// All role keys, sorted by duty and key.
    pub fn roles(&self) -> &[RoleKey] {
        &self.roles
    }

    /// The admitted root keys, sorted.
    pub fn roots(&self) -> &[PublicKey] {
        &self.roots
    }

    /// The hubs whose witnesses this hub asks to cosign.
    pub fn panel(&self) -> &[HubCode] {
        &self.body.panel
    }

    fn key_of(&self, duty: Duty) -> Option<&PublicKey> {
        self.roles.iter().find(|role| role.duty == duty).map(|role| &role.key)
    }

    /// No two keys of one id, no role key that is revoked. // spec: trust R4, R5
    fn check_keys(&self) -> Result<(), CharterError> {
        let roles = self.roles.iter().map(|role| role.key.id());
        let mut keys: Vec<KeyId> = self.roots.iter().map(PublicKey::id).chain(roles.clone()).collect();
        keys.sort_unstable();
        if let Some(pair) = keys.windows(2).find(|pair| pair[0] == pair[1]) {
            return Err(CharterError::KeyReused { key: pair[0] });
        }
        let revoked = |key: &KeyId| self.body.revoked.iter().any(|entry| entry.kid == *key);
        match roles.clone().find(revoked) {
            Some(key) => Err(CharterError::RevokedRole { key }),
            None => Ok(()),
        }
    }

    /// Every signature is by another key of the body and verifies; the roots reach the threshold; every role key signed.
    // spec: trust R6
    fn verify_signatures(&self, sealed: &SealedCharter) -> Result<(), CharterError> {
        let outer = self.record.header().kid;
        let root = self.root(&outer).ok_or(CharterError::UnknownSigner { key: outer })?;
        self.record
            .verify(root)
            .map_err(|_| CharterError::Signature { key: outer })?;
        let message = SealedCharter::message(&sealed.body);
        let mut signed = vec![outer];
        for CharterSignature { kid, signature } in &sealed.signatures {
            let key = *kid;
            let signer = self
                .signer(&key)
                .filter(|_| key != outer)
                .ok_or(CharterError::UnknownSigner { key })?;
            signer
                .verify(&message, signature)
                .map_err(|_| CharterError::Signature { key })?;
            signed.push(key);
        }
        self.check_signers(&signed)
    }

    // spec: trust R7, R8
    fn check_signers(&self, signed: &[KeyId]) -> Result<(), CharterError> {
        let got = signed.iter().filter(|key| self.root(key).is_some()).count();
        let need = usize::from(self.body.threshold);
        if got < need {
            return Err(CharterError::BelowThreshold { got, need });
        }
        match self
            .roles
            .iter()
            .map(|role| role.key.id())
            .find(|key| !signed.contains(key))
        {
            Some(key) => Err(CharterError::NoPossession { key }),
            None => Ok(()),
        }
    }

    fn signer(&self, key: &KeyId) -> Option<&PublicKey> {
        self.root(key).or_else(|| self.role(key).map(|role| &role.key))
    }

    fn root(&self, key: &KeyId) -> Option<&PublicKey> {
        self.roots.iter().find(|root| root.id() == *key)
    }
}

/// What a charter record says. // spec: trust R1
fn read(record: &Record) -> Result<(SealedCharter, CharterBody), CharterError> {
    match record.body()? {
        Body::Charter(sealed, body) => Ok((sealed, *body)),
        _ => Err(CharterError::Kind(record.header().kind)),
    }
}

// spec: trust R3
fn admit(key: &KeyBytes) -> Result<PublicKey, CharterError> {
    key.admit()
        .map_err(|reason| CharterError::BadKey { key: key.id(), reason })
}

fn admit_role(role: &Role) -> Result<RoleKey, CharterError> {
    Ok(RoleKey {
        key: admit(&role.key)?,
        duty: role.duty,
        not_before: role.not_before,
        not_after: role.not_after,
        life_max_seconds: role.life_max_seconds,
    })
}

#[cfg(test)]
mod tests;
