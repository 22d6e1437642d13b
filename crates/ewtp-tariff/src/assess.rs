//! The assessment that a certificate carries, from the duty receipts of its lines.

use crate::quote::{Quote, QuoteError, Reason, consignment_total};
use crate::{Receipt, ReceiptError};
use ewtp_log::leaf_hash;
use ewtp_record::cbor::Octets;
use ewtp_record::certificate::{AssessedLine, Assessment, Document};
use ewtp_record::{Edition, RecordId};
use thiserror::Error;

/// Why nothing can be assessed by these receipts. Lines are counted from 1.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum AssessError {
    /// Fewer than one line, or more than 999.
    #[error("{0} receipts, and a certificate has 1 to 999 lines")]
    Count(usize),
    /// A receipt that does not replay.
    #[error("the receipt of line {line}: {error}")]
    Receipt {
        /// Which.
        line: u16,
        /// What is wrong with it.
        error: ReceiptError,
    },
    /// A duty that only a person can compute.
    #[error("the duty of line {line} is for a person to decide: {reason}")]
    Open {
        /// Which.
        line: u16,
        /// Why.
        reason: Reason,
    },
    /// A receipt of another edition than the first.
    #[error("line {line} is by edition {id}, line 1 by another: all lines have one edition")]
    Edition {
        /// Which.
        line: u16,
        /// Its edition.
        id: RecordId,
    },
    /// A total beyond what money can say.
    #[error(transparent)]
    Total(#[from] QuoteError),
}

impl AssessError {
    /// Which of the receipts is to blame, from 1.
    #[must_use]
    pub const fn line(&self) -> Option<u16> {
        match self {
            Self::Receipt { line, .. } | Self::Open { line, .. } | Self::Edition { line, .. } => Some(*line),
            Self::Count(_) | Self::Total(_) => None,
        }
    }
}

/// What a certificate says of duty whose lines, numbered from 1, have these receipts, as files.
///
/// Each receipt is computed again; whose edition it is, and whether the goods are those of the lines, is for `ewtp-verify`.
///
/// # Errors
/// The first receipt that does not replay, is of another edition than the first, or leaves something to a person.
// spec: certificate R18
pub fn assess<File: AsRef<[u8]>>(files: &[File]) -> Result<Assessment, AssessError> {
    if !(1..=999).contains(&files.len()) {
        return Err(AssessError::Count(files.len()));
    }
    let mut all: Vec<(Document, Edition, Quote)> = Vec::new();
    let mut lines = Vec::new();
    for (number, file) in (1..).zip(files) {
        let file = file.as_ref();
        let (document, edition, quote) =
            replayed(file).map_err(|error| AssessError::Receipt { line: number, error })?;
        if let Some(open) = quote.needs_person.first() {
            let reason = open.reason.clone();
            return Err(AssessError::Open { line: number, reason });
        }
        if all.first().is_some_and(|(first, ..)| *first != document) {
            let id = document.id;
            return Err(AssessError::Edition { line: number, id });
        }
        lines.push(AssessedLine {
            number,
            amount: quote.sum,
            receipt: Octets(leaf_hash(file).0),
        });
        all.push((document, edition, quote));
    }
    let quotes: Vec<Quote> = all.iter().map(|(.., quote)| quote.clone()).collect();
    let (document, edition, _) = all.swap_remove(0);
    let total = consignment_total(&edition, &quotes)?;
    Ok(Assessment {
        edition: document,
        lines,
        total: total.total.expect("no line leaves anything to a person"),
    })
}

fn replayed(file: &[u8]) -> Result<(Document, Edition, Quote), ReceiptError> {
    let receipt = Receipt::decode(file)?;
    let document = Document {
        hub: receipt.record.header().issuer,
        id: receipt.record.id(),
    };
    Ok((document, receipt.edition()?, receipt.replay()?))
}
