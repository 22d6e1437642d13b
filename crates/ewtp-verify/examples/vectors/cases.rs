//! Every case of this crate, and the records in them.

use ewtp_record::Record;
use ewtp_record::cbor::{self, Blob};
use ewtp_vectors::Case;

use super::{assessments, bundles, chains, corrections, examinations, introductions};

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

/// Every case of this crate.
pub(crate) fn all() -> Vec<Case> {
    let mut all = chains::cases();
    all.extend(examinations::cases());
    all.extend(introductions::cases());
    all.extend(bundles::cases());
    all.extend(assessments::cases());
    all.extend(corrections::cases());
    all
}
