//! Every case of this crate, and how one message is made from another.

use ciborium::Value;
use ewtp_vectors::Case;

use super::{announcements, log, messages, ranges, tariffs};

/// What the cases of one object share.
#[derive(Clone, Copy)]
pub(crate) struct Object {
    pub(crate) folder: &'static str,
    /// The line `object` of the header, where a folder holds several.
    pub(crate) name: Option<&'static str>,
    /// Whether a log's signature is checked.
    pub(crate) signed: bool,
}

impl Object {
    /// A case that must be accepted.
    pub(crate) fn good(
        self,
        name: &'static str,
        rule: &'static str,
        note: &'static str,
        body: impl Into<Vec<u8>>,
    ) -> Case {
        let mut case = Case::good(self.folder, name, rule, note);
        if let Some(object) = self.name {
            case = case.with("object", object);
        }
        if self.signed {
            case = case.with("net", log::NET).with("log_key", hex::encode(log::public()));
        }
        case.body(body)
    }

    /// A case that must be refused for this reason.
    pub(crate) fn bad(
        self,
        name: &'static str,
        (rule, reason): (&'static str, &'static str),
        note: &'static str,
        body: impl Into<Vec<u8>>,
    ) -> Case {
        self.good(name, rule, note, body).refused(reason)
    }
}

/// Every case of this crate.
pub(crate) fn all() -> Vec<Case> {
    [announcements::all(), messages::all(), ranges::all(), tariffs::all()]
        .into_iter()
        .flatten()
        .collect()
}

/// The same message with one element of its array changed.
pub(crate) fn with(bytes: &[u8], element: usize, value: impl Into<Value>) -> Vec<u8> {
    edited(bytes, |elements| elements[element] = value.into())
}

/// The same message after its elements were changed.
pub(crate) fn edited(bytes: &[u8], edit: impl FnOnce(&mut Vec<Value>)) -> Vec<u8> {
    let mut value: Value = ciborium::from_reader(bytes).expect("a good case is CBOR");
    edit(value.as_array_mut().expect("every message is an array"));
    let mut written = Vec::new();
    ciborium::into_writer(&value, &mut written).expect("memory takes every byte");
    written
}

/// The same message with one bit of a byte string flipped.
pub(crate) fn bit_flipped(bytes: &[u8], element: usize, at: usize) -> Vec<u8> {
    edited(bytes, |elements| {
        elements[element].as_bytes_mut().expect("a byte string")[at] ^= 1;
    })
}

/// The cases that every object has: what is not its one encoding is refused before it is read.
pub(crate) fn not_the_encoding(object: Object, names: [&'static str; 4], rule: &'static str, good: &[u8]) -> Vec<Case> {
    let [truncated, trailing, indefinite, surplus] = names;
    let head = good[0];
    vec![
        object.bad(
            truncated,
            (rule, "cbor-truncated"),
            "the last byte is missing",
            &good[..good.len() - 1],
        ),
        object.bad(
            trailing,
            (rule, "cbor-trailing"),
            "a byte follows the array",
            [good, &[0]].concat(),
        ),
        object.bad(
            indefinite,
            (rule, "cbor-indefinite"),
            "an array without a stated length",
            [&[0x9f], &good[1..], &[0xff]].concat(),
        ),
        object.bad(
            surplus,
            (rule, "shape"),
            "one element too many",
            [&[head + 1], &good[1..], &[0]].concat(),
        ),
    ]
}
