//! A record as people read it.

use crate::charter::{CharterBody, Role, SealedCharter};
use crate::{Body, DecodeError, Manifest, Record, RecordKind};
use serde_json::{Map, Value, json};

impl Record {
    /// What the record says, as `ewtp.record/1`: its envelope, and its body in the names of the input. Nothing is verified.
    ///
    /// A body that breaks a rule or is not understood is shown as hex, with the fault beside it.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let header = self.header();
        let mut map = Map::new();
        map.insert("schema".into(), "ewtp.record/1".into());
        map.insert("id".into(), json!(self.id()));
        map.insert("kind".into(), header.kind.to_string().into());
        map.insert("issuer".into(), json!(header.issuer));
        map.insert("subject".into(), json!(header.subject));
        map.insert("revision".into(), header.revision.into());
        map.insert("issued_at".into(), header.issued_at.0.into());
        map.insert("expires_at".into(), header.expires_at.0.into());
        if let Some(not_before) = header.not_before {
            map.insert("not_before".into(), not_before.0.into());
        }
        map.insert("key".into(), json!(header.kid));
        map.insert("size".into(), self.bytes().len().into());
        match self.body() {
            Ok(body) => map.insert("body".into(), body.to_json()),
            Err(error) => {
                map.insert("payload".into(), hex::encode(self.payload()).into());
                map.insert("fault".into(), fault(&error))
            }
        };
        Value::Object(map)
    }
}

fn fault(error: &DecodeError) -> Value {
    json!({ "code": error.code(), "rule": error.rule(), "message": error.to_string() })
}

impl Body {
    /// What the payload says, in the names people use.
    #[must_use]
    pub fn to_json(&self) -> Value {
        match self {
            Self::Charter(sealed, body) => charter(sealed, body),
            Self::Manifest(manifest) => manifest_view(manifest),
            Self::Certificate(certificate) => Value::Object(certificate.to_json()),
            Self::Credential(credential) => Value::Object(credential.to_json()),
            Self::Edition(edition) => Value::Object(edition.to_json()),
            Self::Pulse(pulse) => json!({ "sequence": pulse.sequence }),
        }
    }

    /// The kind of record it is the body of.
    #[must_use]
    pub const fn kind(&self) -> RecordKind {
        match self {
            Self::Charter(..) => RecordKind::CHARTER,
            Self::Manifest(_) => RecordKind::MANIFEST,
            Self::Certificate(_) => RecordKind::CERTIFICATE,
            Self::Credential(_) => RecordKind::CREDENTIAL,
            Self::Edition(_) => RecordKind::TARIFF_EDITION,
            Self::Pulse(_) => RecordKind::PULSE,
        }
    }
}

fn charter(sealed: &SealedCharter, body: &CharterBody) -> Value {
    let revoked = body.revoked.iter().map(|revocation| {
        json!({
            "kid": revocation.kid,
            "reason": revocation.reason,
            "first_bad_epoch": revocation.first_bad_epoch,
            "first_bad_index": revocation.first_bad_index,
        })
    });
    json!({
        "charter_id": sealed.id(),
        "net": body.net,
        "hub": body.hub,
        "display_name": body.display_name,
        "number": body.number,
        "previous": body.previous,
        "roots": body.roots,
        "threshold": body.threshold,
        "next_roots": body.next_roots,
        "next_threshold": body.next_threshold,
        "roles": body.roles.iter().map(role).collect::<Vec<_>>(),
        "revoked": revoked.collect::<Vec<_>>(),
        "panel": body.panel,
        "signed_by": sealed.signatures.iter().map(|entry| entry.kid).collect::<Vec<_>>(),
    })
}

fn role(role: &Role) -> Value {
    json!({
        "duty": role.duty.name(),
        "kid": role.key.id(),
        "key": role.key,
        "not_before": role.not_before.0,
        "not_after": role.not_after.0,
        "life_max_seconds": role.life_max_seconds,
    })
}

fn manifest_view(manifest: &Manifest) -> Value {
    const SERVICES: [(u64, &str); 3] = [
        (Manifest::SERVES_LOG, "log"),
        (Manifest::SERVES_WITNESS, "witness"),
        (Manifest::SERVES_RANGES, "ranges"),
    ];
    let serves = SERVICES
        .iter()
        .filter(|(bit, _)| manifest.roles & bit != 0)
        .map(|(_, name)| *name);
    json!({
        "node": manifest.node,
        "peer_id": manifest.node.to_peer_id(),
        "addresses": manifest.addresses,
        "serves": serves.collect::<Vec<_>>(),
    })
}
