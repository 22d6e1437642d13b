//! The receipt as a file.

use super::{Answer, ProvenPage, Receipt, ReceiptError};
use crate::quote::Request;
use crate::{PageError, Row};
use bytes::Bytes;
use ewtp_log::Hash;
use ewtp_record::cbor::{self, Blob, Limits};
use ewtp_record::{Record, array_form};

/// First text of the file; another format gets another number.
const FORMAT: &str = "ewtp/duty-receipt/1";

/// A hash in the file.
const HASH_BYTES: usize = 32;

struct ReceiptForm {
    format: String,
    record: Blob,
    request: Blob,
    pages: Vec<PageForm>,
    answer: Answer,
    evidence: Option<Blob>,
}
array_form!(ReceiptForm {
    format,
    record,
    request,
    pages,
    answer,
    evidence
});

struct PageForm {
    index: u32,
    path: Blob,
    rows: Vec<(u8, Blob)>,
    others: Blob,
}
array_form!(PageForm {
    index,
    path,
    rows,
    others
});

impl Receipt {
    /// Whether bytes say of themselves that they are a duty receipt, of whatever version.
    // spec: duty-receipt R1
    #[must_use]
    pub fn is_meant(bytes: &[u8]) -> bool {
        // An array of six or so, then a text of 19 bytes.
        matches!(bytes, [0x80..=0x97, 0x60..=0x77, rest @ ..] if rest.starts_with(b"ewtp/duty-receipt/"))
    }

    /// Reads a receipt. What it says is checked by [`Receipt::replay`].
    ///
    /// # Errors
    /// Too many bytes, another form, a record, request or row that is none.
    // spec: duty-receipt R1, R2
    pub fn decode(bytes: &[u8]) -> Result<Self, ReceiptError> {
        if bytes.len() > Self::BYTES_MAX {
            return Err(ReceiptError::TooLarge);
        }
        let file: ReceiptForm = cbor::decode(bytes, &Limits::message(Self::BYTES_MAX))?;
        if file.format != FORMAT {
            return Err(ReceiptError::Format(file.format));
        }
        Ok(Self {
            record: Record::decode(file.record.0)?,
            request: Request::decode(&file.request.0)?,
            pages: file.pages.into_iter().map(PageForm::read).collect::<Result<_, _>>()?,
            answer: file.answer,
            evidence: file.evidence.map(|evidence| evidence.0),
        })
    }

    /// The file.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        cbor::encode(&ReceiptForm {
            format: FORMAT.to_owned(),
            record: Blob(self.record.bytes().clone()),
            request: Blob::from(self.request.encode()),
            pages: self.pages.iter().map(PageForm::of).collect(),
            answer: self.answer.clone(),
            evidence: self.evidence.clone().map(Blob),
        })
    }
}

impl PageForm {
    fn of(page: &ProvenPage) -> Self {
        Self {
            index: page.index,
            path: joined(&page.path),
            rows: page
                .rows
                .iter()
                .map(|(at, row)| (*at, Blob(row.bytes().clone())))
                .collect(),
            others: joined(&page.others),
        }
    }

    fn read(self) -> Result<ProvenPage, ReceiptError> {
        let index = self.index;
        let fault = |error| ReceiptError::Page { index, error };
        let row = |(at, bytes): (u8, Blob)| {
            // A row owns its bytes, so that it does not keep the file.
            let row = Row::decode(Bytes::copy_from_slice(&bytes.0));
            row.map(|row| (at, row)).map_err(|error| {
                fault(PageError::Row {
                    index: at.into(),
                    error,
                })
            })
        };
        Ok(ProvenPage {
            index,
            path: hashes(&self.path).ok_or_else(|| fault(PageError::Form))?,
            rows: self.rows.into_iter().map(row).collect::<Result<_, _>>()?,
            others: hashes(&self.others).ok_or_else(|| fault(PageError::Form))?,
        })
    }
}

fn joined(hashes: &[Hash]) -> Blob {
    Blob::from(hashes.iter().flat_map(|hash| hash.0).collect::<Vec<u8>>())
}

/// Hashes one behind the other.
fn hashes(bytes: &Blob) -> Option<Vec<Hash>> {
    let chunks = bytes.0.chunks_exact(HASH_BYTES);
    let is_whole = chunks.remainder().is_empty();
    let hashes = chunks.map(|chunk| chunk.try_into().map(Hash).ok()).collect();
    is_whole.then_some(hashes).flatten()
}
