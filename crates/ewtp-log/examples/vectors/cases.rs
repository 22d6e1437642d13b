//! What a vector is, and how it is written down.

use std::fmt::Write as _;

use ewtp_log::{CompactRange, Hash, Tree, leaf_hash};

use super::{checkpoints, cosignatures, proofs, ranges};

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
    #[expect(
        clippy::needless_pass_by_value,
        reason = "numbers, hashes and texts alike, written without borrowing"
    )]
    pub(crate) fn with(mut self, name: &'static str, value: impl ToString) -> Self {
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
        let expect = if self.reason.is_some() { "refused" } else { "ok" };
        let reason = self.reason.unwrap_or("-");
        let (rule, note) = (self.rule, self.note);
        let mut text = format!("expect: {expect}\nrule: {rule}\nreason: {reason}\nnote: {note}\n");
        for (name, value) in &self.fields {
            writeln!(text, "{}", format!("{name}: {value}").trim_end()).expect("a string takes every text");
        }
        text.push('\n');
        for line in hex::encode(&self.body).as_bytes().chunks(64) {
            writeln!(text, "{}", str::from_utf8(line).expect("hex is ASCII")).expect("a string takes every text");
        }
        text
    }
}

/// Every case of this crate.
pub(crate) fn all() -> Vec<Case> {
    [
        checkpoints::all(),
        cosignatures::all(),
        proofs::inclusion(),
        proofs::consistency(),
        ranges::ranges(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// The leaf hashes of the log in all vectors: entry `n` is the ASCII text `entry n`.
pub(crate) fn leaves(size: u64) -> Vec<Hash> {
    (0..size)
        .map(|index| leaf_hash(format!("entry {index}").as_bytes()))
        .collect()
}

pub(crate) fn tree(size: u64) -> Tree {
    let mut tree = Tree::new();
    leaves(size).iter().for_each(|leaf| tree.append(*leaf));
    tree
}

pub(crate) fn range(size: u64) -> CompactRange {
    tree(size).head().clone()
}

/// The hashes one behind the other.
pub(crate) fn concat(hashes: &[Hash]) -> Vec<u8> {
    hashes.iter().flat_map(|hash| hash.0).collect()
}

/// A copy with one bit flipped in the middle.
pub(crate) fn flipped(bytes: &[u8]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 0x10;
    bytes
}
