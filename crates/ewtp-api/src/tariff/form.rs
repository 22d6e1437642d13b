//! A schedule on its way between the command line and a node: what an office states of it, and its pages.
//!
//! Four bytes of length and that many of `about.json`; then for rates, texts and notes four bytes that count the pages, and the
//! pages, each behind its length in four bytes. All numbers big-endian.

use crate::problem::Problem;
use bytes::{Buf, BufMut, Bytes};
use ewtp_record::edition::{About, Trees};
use ewtp_record::{Edition, FieldError, RecordKind, parse_json};
use ewtp_tariff::page::{self, MEMORY_MAX, TooLarge};
use ewtp_tariff::{Page, PageError, PageTree, PageTrees};

/// The media type of a schedule on its way.
pub const SCHEDULE_TYPE: &str = "application/vnd.ewtp.schedule";

/// The most bytes of one: trees of which a node gathers as much, their lengths, and what is stated of them.
pub const SCHEDULE_FORM_BYTES_MAX: usize =
    Edition::SCHEDULE_BYTES_MAX as usize + 3 * (4 + 4 * Edition::PAGES_MAX as usize) + 4 + RecordKind::BYTES_MAX;

/// A schedule with what an office states of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScheduleForm {
    /// Name, territory, currency and the like.
    pub about: About,
    /// Its pages.
    pub trees: PageTrees,
}

/// Why bytes are no schedule.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ScheduleFormError {
    /// They end too early, or go on behind the last page.
    #[error("a schedule is what is stated of it and three lists of pages, each behind its length; these bytes are not")]
    Form,
    /// What is stated is no JSON.
    #[error("what is stated of the schedule is no JSON: {0}")]
    Json(String),
    /// A field of what is stated.
    #[error(transparent)]
    About(#[from] FieldError),
    /// A page, or the pages together.
    #[error("{tree}: {error}")]
    Page {
        /// Of which tree.
        tree: &'static str,
        /// What is wrong.
        error: PageError,
    },
}

impl ScheduleForm {
    const TREES: [&str; 3] = ["rates", "texts", "notes"];

    /// The bytes on the way.
    #[must_use]
    pub fn encode(&self) -> Bytes {
        let about = serde_json::Value::Object(self.about.to_json()).to_string();
        let mut out = Vec::new();
        put(&mut out, about.as_bytes());
        for tree in [&self.trees.rates, &self.trees.texts, &self.trees.notes] {
            out.put_u32(u32::try_from(tree.pages().len()).expect("a tree has at most 16,384 pages"));
            tree.pages().iter().for_each(|page| put(&mut out, page.bytes()));
        }
        out.into()
    }

    /// Whether other nodes will gather it.
    ///
    /// # Errors
    /// `too-large`: it would be signed for nobody.
    // spec: tariff-sync R10
    pub fn check_size(&self) -> Result<(), Problem> {
        check_size(&self.trees.summary())
    }

    /// Reads them back; the caller bounded them by [`SCHEDULE_FORM_BYTES_MAX`]. What the rows say against each other
    /// is for [`ewtp_tariff::schedule::check`].
    ///
    /// # Errors
    /// Another form, a field that breaks a rule, pages that are no tree.
    pub fn decode(mut bytes: Bytes) -> Result<Self, ScheduleFormError> {
        let about = take(&mut bytes, RecordKind::BYTES_MAX)?;
        let text = str::from_utf8(&about).map_err(|error| ScheduleFormError::Json(error.to_string()))?;
        let value = parse_json(text).map_err(|fault| {
            ScheduleFormError::Json(format!(
                "line {}, column {}: {}",
                fault.line, fault.column, fault.message
            ))
        })?;
        let about = About::from_json(&value)?;
        let [rates, texts, notes] = Self::TREES.map(|tree| take_tree(&mut bytes, tree));
        let trees = PageTrees {
            rates: rates?,
            texts: texts?,
            notes: notes?,
        };
        if bytes.is_empty() {
            Ok(Self { about, trees })
        } else {
            Err(ScheduleFormError::Form)
        }
    }
}

fn check_size(trees: &Trees) -> Result<(), Problem> {
    page::check_size(trees).map_err(|why| match why {
        TooLarge::Bytes(bytes) => too_large(&format!("the schedule's rows have {bytes} bytes")),
        TooLarge::Memory(bytes) => {
            let message = format!(
                "the schedule's rows take {bytes} bytes of memory, and a node gathers what takes at most {MEMORY_MAX}; no other hub \
                 would hold it"
            );
            Problem::new("too-large", message)
                .next("leave out measures that hold no more, and give countries with one rate as a group, then publish again")
        }
    })
}

/// More than any node gathers.
pub(crate) fn too_large(what: &str) -> Problem {
    let message = format!(
        "{what}, and a node gathers at most {}; no other hub would hold it",
        Edition::SCHEDULE_BYTES_MAX
    );
    Problem::new("too-large", message).next("shorten the descriptions and notes, or publish them in fewer languages")
}

fn put(out: &mut Vec<u8>, bytes: &[u8]) {
    out.put_u32(u32::try_from(bytes.len()).expect("an about has at most 64 KiB, a page 48 KiB"));
    out.put_slice(bytes);
}

fn count(bytes: &mut Bytes) -> Result<usize, ScheduleFormError> {
    let count = bytes.try_get_u32().map_err(|_| ScheduleFormError::Form)?;
    usize::try_from(count).map_err(|_| ScheduleFormError::Form)
}

fn take(bytes: &mut Bytes, length_max: usize) -> Result<Bytes, ScheduleFormError> {
    let length = count(bytes)?;
    let is_there = length <= length_max && length <= bytes.len();
    is_there.then(|| bytes.split_to(length)).ok_or(ScheduleFormError::Form)
}

fn take_tree(bytes: &mut Bytes, tree: &'static str) -> Result<PageTree, ScheduleFormError> {
    let at_fault = |error| ScheduleFormError::Page { tree, error };
    let pages = count(bytes)?;
    // Each page gets memory of its own, so that one that is kept does not keep the whole request.
    let page = |_| {
        let page = take(bytes, Page::BYTES_MAX)?;
        Page::decode(Bytes::copy_from_slice(&page)).map_err(at_fault)
    };
    let pages = (0..pages).map(page).collect::<Result<_, _>>()?;
    PageTree::of_pages(pages).map_err(at_fault)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ewtp_tariff::row::Entry;
    use ewtp_tariff::{Row, RowKey};

    /// A schedule of three notes as it is sent.
    fn sent() -> Vec<u8> {
        let note = |id: &str| {
            let key = RowKey::Note(id.parse().unwrap());
            Row::new(key, Entry::Note("as the law says".to_owned())).unwrap()
        };
        let trees = PageTrees::of(["n-1", "n-2", "n-3"].map(note)).unwrap();
        let about = serde_json::json!({
            "name": "2026", "territory": "MY", "hs_edition": 2022, "nomenclature": "PDK", "digits": 10,
            "in_force": "2026-01-01", "valuation": "cif", "currency": "MYR", "languages": ["en"],
            "rounding": [{"mode": "half-up", "step": 1, "per": "line"}],
        });
        let about = About::from_json(&about).unwrap();
        ScheduleForm { about, trees }.encode().into()
    }

    #[test]
    fn what_is_sent_is_read_back() {
        let read = ScheduleForm::decode(sent().into()).unwrap();
        assert_eq!(read.encode(), sent());
    }

    #[test]
    fn a_schedule_is_as_large_as_a_node_gathers_and_no_larger() {
        let mut trees = Trees::EMPTY;
        trees.texts.bytes = Edition::SCHEDULE_BYTES_MAX;
        assert!(check_size(&trees).is_ok());
        trees.texts.bytes += 1;
        let refused = check_size(&trees).unwrap_err();
        assert_eq!((refused.code.as_str(), refused.http_status()), ("too-large", 413));
        assert!(refused.message.contains("67108865 bytes"), "{}", refused.message);
    }

    #[test]
    fn a_schedule_of_more_measures_than_a_node_has_memory_for_is_refused_with_what_to_leave_out() {
        let mut trees = Trees::EMPTY;
        trees.rates.bytes = Edition::SCHEDULE_BYTES_MAX / 4;
        let refused = check_size(&trees).unwrap_err();
        assert_eq!((refused.code.as_str(), refused.http_status()), ("too-large", 413));
        assert!(
            refused.message.contains("1342177280 bytes of memory"),
            "{}",
            refused.message
        );
        assert!(refused.next.is_some_and(|next| next.contains("measures")));
    }
}
