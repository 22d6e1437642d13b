//! The duty receipt: a quote that anyone can compute again, offline, from the signed schedule alone.
//!
//! To give one, call [`Receipt::issue`]; to check one, [`Receipt::decode`] and [`Receipt::replay`]. A receipt holds the record
//! of the edition, the request, every row that the quote asked for with its path to the edition's root, and for each row
//! that was asked for and is not there, the two neighbours between which it would stand. Replaying computes the quote again from
//! nothing else, and answers with it or with the first difference.
//!
//! What it proves: that this edition gives this answer for these inputs. What it does not: that the inputs are true,
//! that the edition is the one that counted on the day, and that its rows stand in order, which every node checks that
//! takes an edition in. Whose edition it is, is for `ewtp-verify` to say.
// spec: duty-receipt

mod answer;
mod error;
mod form;
mod proven;
mod recorder;

pub use answer::{Answer, AnswerLine, OpenAnswer};
pub use error::ReceiptError;
pub use proven::ProvenPage;

use crate::quote::{Quote, Request, quote};
use crate::row::{Entry, GroupId};
use crate::{PageTrees, RowKey};
use bytes::Bytes;
use ewtp_record::{Body, Edition, Record};
use proven::ProvenRows;
use recorder::Recorder;

/// A quote with all that it rests on.
#[derive(Debug, Clone)]
pub struct Receipt {
    /// The record of the edition; its signature is not verified here.
    pub record: Record,
    /// What was asked.
    pub request: Request,
    /// The pages of the rates tree that were looked at, ascending.
    pub pages: Vec<ProvenPage>,
    /// What was answered.
    pub answer: Answer,
    /// A bundle of the edition's record, with which its signature is verified offline.
    pub evidence: Option<Bytes>,
}

impl Receipt {
    /// How many bytes a receipt has.
    pub const BYTES_MAX: usize = 4 * 1024 * 1024; // a consignment of 998 lines, a bundle of 1 MiB, and hundreds of pages

    /// The quote of these goods, with its receipt.
    ///
    /// # Errors
    /// As [`quote`]; a record that is no edition, or one of other trees; more bytes than a receipt may have.
    // spec: duty-receipt R1
    pub fn issue(record: &Record, trees: &PageTrees, request: &Request) -> Result<(Quote, Self), ReceiptError> {
        let edition = edition(record)?;
        if edition.trees != trees.summary() {
            return Err(ReceiptError::Trees);
        }
        Self::issue_checked(record, &edition, trees, request)
    }

    /// The same when it is known that the trees are those of the edition: they need not be counted for each quote.
    ///
    /// # Errors
    /// As [`Receipt::issue`]. A receipt of other trees than the edition's does not replay.
    pub fn issue_checked(
        record: &Record,
        edition: &Edition,
        trees: &PageTrees,
        request: &Request,
    ) -> Result<(Quote, Self), ReceiptError> {
        let recorder = Recorder::new(trees);
        let quote = quote(edition, record.header().issued_at, &recorder, request)?;
        let receipt = Self {
            record: record.clone(),
            request: request.clone(),
            pages: recorder.into_pages()?,
            answer: Answer::of(&quote),
            evidence: None,
        };
        Ok((quote, receipt))
    }

    /// Computes the quote again from what the receipt holds, and from nothing else.
    ///
    /// # Errors
    /// Rows that do not lead to the edition's root, a quote that cannot be computed from them, or the first difference
    /// from what the receipt says.
    // spec: duty-receipt R5, R6
    pub fn replay(&self) -> Result<Quote, ReceiptError> {
        let edition = edition(&self.record)?;
        let rows = ProvenRows::check(&self.pages, &edition.trees.rates)?;
        let quote = quote(&edition, self.record.header().issued_at, &rows, &self.request)?;
        let replayed = Answer::of(&quote);
        match self.answer.difference(&replayed) {
            None => Ok(quote),
            Some(difference) => Err(difference),
        }
    }

    /// What the schedule calls a group that the quote asked for. The row is proved by a replay, not here.
    #[must_use]
    pub fn group_title(&self, id: GroupId) -> Option<&str> {
        let mut told = self.pages.iter().flat_map(|page| &page.rows);
        let (_, row) = told.find(|(_, row)| *row.key() == RowKey::Group(id))?;
        match row.entry() {
            Entry::Group(group) => Some(&group.title),
            _ => None,
        }
    }

    /// The edition that it is of.
    ///
    /// # Errors
    /// When the record is of another kind, or broken.
    pub fn edition(&self) -> Result<Edition, ReceiptError> {
        edition(&self.record)
    }
}

fn edition(record: &Record) -> Result<Edition, ReceiptError> {
    match record.body()? {
        Body::Edition(edition) => Ok(*edition),
        _ => Err(ReceiptError::Kind),
    }
}
