//! A case of the record, and the steps by which cases are made from sound records.

use bytes::Bytes;
use ciborium::Value;
use ewtp_record::cbor::encode;
use ewtp_record::{Draft, KeyBytes, Record, RecordKind, SecretKey, UnixTime, signed_message};

/// The bytes, and what a reader must say of them, whichever object they are of.
#[derive(Clone)]
pub(crate) struct Case {
    name: &'static str,
    expect: &'static str,
    rule: &'static str,
    reason: &'static str,
    note: &'static str,
    key: Option<KeyBytes>,
    bytes: Vec<u8>,
}

impl Case {
    fn new(expect: &'static str, name: &'static str, rule: &'static str, reason: &'static str, bytes: &[u8]) -> Self {
        Self {
            name,
            expect,
            rule,
            reason,
            note: "",
            key: None,
            bytes: bytes.to_vec(),
        }
    }

    pub(crate) fn ok(name: &'static str, rule: &'static str, bytes: impl AsRef<[u8]>) -> Self {
        Self::new("ok", name, rule, "-", bytes.as_ref())
    }

    pub(crate) fn refused(
        name: &'static str,
        rule: &'static str,
        reason: &'static str,
        bytes: impl AsRef<[u8]>,
    ) -> Self {
        Self::new("refused", name, rule, reason, bytes.as_ref())
    }

    pub(crate) fn unsupported(
        name: &'static str,
        rule: &'static str,
        reason: &'static str,
        bytes: impl AsRef<[u8]>,
    ) -> Self {
        Self::new("unsupported", name, rule, reason, bytes.as_ref())
    }

    pub(crate) fn note(self, note: &'static str) -> Self {
        Self { note, ..self }
    }

    /// The signature is to be checked too, with this key.
    pub(crate) fn key(self, key: KeyBytes) -> Self {
        Self { key: Some(key), ..self }
    }

    /// The vector of this object.
    pub(crate) fn of(self, object: &'static str) -> ewtp_vectors::Case {
        let case = ewtp_vectors::Case::good(object, self.name, self.rule, self.note).body(self.bytes);
        let case = match self.expect {
            "ok" => case,
            "unsupported" => case.unsupported(self.reason),
            _ => case.refused(self.reason),
        };
        match self.key {
            Some(key) => case.with("key", key),
            None => case,
        }
    }
}

/// 2026-11-22T08:30:00Z, when all vectors are issued.
pub(crate) const NOW: UnixTime = UnixTime(1_795_336_200);
pub(crate) const DAY: u64 = 86_400;

/// The key that grows from 32 equal bytes.
pub(crate) fn key(seed: u8) -> SecretKey {
    SecretKey::from_seed(&[seed; 32])
}

/// The key that signs all vectors without a key of their own.
pub(crate) fn signer() -> SecretKey {
    key(7)
}

/// A draft of the hub MY that lives for a day.
pub(crate) fn draft(kind: RecordKind, subject: &str, payload: impl Into<Bytes>) -> Draft {
    Draft {
        kind,
        issuer: "MY".parse().expect("a hub code"),
        subject: subject.parse().expect("a subject"),
        issued_at: NOW,
        expires_at: NOW.plus(DAY),
        not_before: None,
        payload: payload.into(),
    }
}

pub(crate) fn sign(draft: &Draft) -> Record {
    draft.sign(&signer()).expect("the envelope is sound")
}

/// The bytes of a signed record around a payload.
pub(crate) fn signed(kind: RecordKind, subject: &str, payload: impl Into<Bytes>) -> Bytes {
    sign(&draft(kind, subject, payload)).bytes().clone()
}

/// A signed envelope of any parts, sound or not: `middle` is the unprotected header.
pub(crate) fn envelope(protected: &[u8], middle: &[u8], payload: &[u8]) -> Vec<u8> {
    let signature = signer().sign(&signed_message(protected, payload));
    [
        &[0xd2, 0x84],
        &bstr(protected)[..],
        middle,
        &bstr(payload),
        &bstr(&signature),
    ]
    .concat()
}

/// A byte string as CBOR.
pub(crate) fn bstr(bytes: &[u8]) -> Vec<u8> {
    encode(&Value::Bytes(bytes.to_vec()))
}

/// Bytes written in hex, spaces between them as one likes.
pub(crate) fn hex(text: &str) -> Vec<u8> {
    hex::decode(text.replace(' ', "")).expect("written in hex")
}

pub(crate) fn read(bytes: &[u8]) -> Value {
    ciborium::from_reader(bytes).expect("sound CBOR")
}

pub(crate) fn write(value: &Value) -> Bytes {
    let mut bytes = Vec::new();
    ciborium::into_writer(value, &mut bytes).expect("memory takes it");
    bytes.into()
}

pub(crate) fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

pub(crate) fn number(number: i64) -> Value {
    Value::from(number)
}

pub(crate) fn list(entries: impl IntoIterator<Item = Value>) -> Value {
    Value::Array(entries.into_iter().collect())
}

/// The payload with the item at `path` replaced, or added: keys of maps, indices of arrays.
pub(crate) fn with(payload: &[u8], path: &[u64], item: Value) -> Bytes {
    let mut value = read(payload);
    put(&mut value, path, Some(item));
    write(&value)
}

/// The payload without the item at `path`.
pub(crate) fn without(payload: &[u8], path: &[u64]) -> Bytes {
    let mut value = read(payload);
    put(&mut value, path, None);
    write(&value)
}

fn put(value: &mut Value, path: &[u64], item: Option<Value>) {
    let (step, rest) = path.split_first().expect("a path has a step");
    match value {
        Value::Array(entries) => {
            let index = usize::try_from(*step).expect("an index");
            match (rest.is_empty(), item) {
                (true, Some(item)) => entries[index] = item,
                (true, None) => drop(entries.remove(index)),
                (false, item) => put(&mut entries[index], rest, item),
            }
        }
        Value::Map(entries) => {
            let found = entries.iter().position(|(key, _)| *key == Value::from(*step));
            match (found, rest.is_empty(), item) {
                (Some(index), true, Some(item)) => entries[index].1 = item,
                (Some(index), true, None) => drop(entries.remove(index)),
                (Some(index), false, item) => put(&mut entries[index].1, rest, item),
                (None, _, item) => {
                    let later = |(key, _): &(Value, Value)| key.as_integer() > Some((*step).into());
                    let place = entries.iter().position(later).unwrap_or(entries.len());
                    entries.insert(place, (Value::from(*step), item.expect("an item to add")));
                }
            }
        }
        _ => panic!("the path leads into a plain item"),
    }
}
