//! What a vector is, and how it is written down.

use std::fmt::Write as _;

use ewtp_record::Record;
use ewtp_record::cbor::{self, Blob};

use super::{bundles, chains, examinations, introductions};

/// One case: a small text file with a header and hex.
pub(crate) struct Case {
    object: &'static str,
    name: &'static str,
    rule: &'static str,
    /// `None` when it must be accepted, else the stable code of the refusal.
    reason: Option<&'static str>,
    note: &'static str,
    fields: Vec<(&'static str, String)>,
    body: Vec<u8>,
}

impl Case {
    /// A case that must be accepted.
    pub(crate) fn good(object: &'static str, name: &'static str, rule: &'static str, note: &'static str) -> Self {
        Self {
            object,
            name,
            rule,
            reason: None,
            note,
            fields: Vec::new(),
            body: Vec::new(),
        }
    }

    /// The same case, to be refused for this reason.
    pub(crate) fn refused(mut self, reason: &'static str) -> Self {
        self.reason = Some(reason);
        self
    }

    /// Adds a header line with what the check needs beside the bytes.
    pub(crate) fn with(mut self, name: &'static str, value: &(impl ToString + ?Sized)) -> Self {
        self.fields.push((name, value.to_string()));
        self
    }

    /// Sets the bytes under test.
    pub(crate) fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self
    }

    /// `<object>/<case>` below the vectors' folder.
    pub(crate) fn path(&self) -> String {
        format!("{}/{}.txt", self.object, self.name)
    }

    /// The whole file.
    pub(crate) fn text(&self) -> String {
        let expect = match self.reason {
            None => "ok",
            Some("unsupported") => "unsupported",
            Some(_) => "refused",
        };
        let mut text = format!("expect: {expect}\nrule: {}\n", self.rule);
        let reason = self.reason.map(|reason| ("reason", reason.to_owned()));
        for (name, value) in reason
            .into_iter()
            .chain([("note", self.note.to_owned())])
            .chain(self.fields.clone())
        {
            writeln!(text, "{name}: {value}").expect("writing to a text does not fail");
        }
        text.push('\n');
        for line in hex::encode(&self.body).as_bytes().chunks(64) {
            text.push_str(std::str::from_utf8(line).expect("hex is ASCII"));
            text.push('\n');
        }
        text
    }
}

/// Records as a CBOR array of byte strings.
pub(crate) fn array(records: &[Record]) -> Vec<u8> {
    cbor::encode(
        &records
            .iter()
            .map(|record| Blob(record.bytes().clone()))
            .collect::<Vec<_>>(),
    )
}

/// A record with the last bit of its signature flipped.
pub(crate) fn broken(record: &Record) -> Record {
    let mut bytes = record.bytes().to_vec();
    *bytes.last_mut().expect("a record is not empty") ^= 1;
    Record::decode(bytes.into()).expect("a signature may be any 64 bytes")
}

/// Every case, sorted by path.
pub(crate) fn all() -> Vec<Case> {
    let mut all = chains::cases();
    all.extend(examinations::cases());
    all.extend(introductions::cases());
    all.extend(bundles::cases());
    all.sort_by_key(Case::path);
    all
}
