//! The readers of foreign bytes, one function each. What they are given may be refused; it must never panic, and what is
//! accepted and can be written again must give the same bytes, because one value has one encoding.

use std::sync::LazyLock;

use bytes::Bytes;
use ewtp_federation::tariff::{PageAnswer, PatchAnswer};
use ewtp_federation::{Announcement, RangeRequest, TariffRequest, bundle, message};
use ewtp_log::{
    Checkpoint, ConsistencyProof, Cosignature, Hash, InclusionProof, Note, NotedCheckpoint, TilePath, TlogProof,
    bundle_entries, range_root, tile_hashes,
};
use ewtp_record::cbor::{self, Blob, Limits, Octets};
use ewtp_record::edition::{PatchSummary, TreeSummary};
use ewtp_record::{Body, Certificate, Credential, Edition, FieldError, NodeKey, Record, Submission, Terms, parse_json};
use ewtp_tariff::quote::Request;
use ewtp_tariff::{Expression, Page, PageTrees, Patch, Receipt, Row, schedule};
use ewtp_tariff_import::{Import, ImportError, plain, us_hts as us_schedule};
use ewtp_trust::{CharterChain, Introduction};
use ewtp_verify::{Bundle, Outcome, Policy};
use serde_json::Value;

use super::lab::{Lab, NOW};

/// A reader: takes anything, returns whether it was accepted.
pub type Decoder = fn(&[u8]) -> bool;

/// Every reader under the name of its fuzz target.
pub const ALL: &[(&str, Decoder)] = &[
    ("record", record),
    ("charter_chain", charter_chain),
    ("note", note),
    ("cosignature", cosignature),
    ("tlog_proof", tlog_proof),
    ("tile", tile),
    ("inclusion", inclusion),
    ("consistency", consistency),
    ("range", range),
    ("announcement", announcement),
    ("bundle_frame", bundle_frame),
    ("sync_message", sync_message),
    ("range_request", range_request),
    ("introduction", introduction),
    ("verify_bundle", verify_bundle),
    ("policy", policy),
    ("duty_expression", duty_expression),
    ("tariff_row", tariff_row),
    ("tariff_page", tariff_page),
    ("tariff_patch", tariff_patch),
    ("tariff_request", tariff_request),
    ("page_frame", page_frame),
    ("patch_answer", patch_answer),
    ("quote_request", quote_request),
    ("duty_receipt", duty_receipt),
    ("tariff_csv", tariff_csv),
    ("us_hts", us_hts),
    ("certificate_input", certificate_input),
    ("credential_input", credential_input),
];

static LAB: LazyLock<Lab> = LazyLock::new(Lab::new);

/// A signed record, its payload by kind, and its signature.
pub fn record(bytes: &[u8]) -> bool {
    let Ok(record) = Record::decode(Bytes::copy_from_slice(bytes)) else {
        return false;
    };
    assert_eq!(
        record.bytes(),
        bytes,
        "the bytes that were read are the bytes that are kept"
    );
    assert_eq!(record.id().0, ewtp_log::leaf_hash(bytes).0, "a record's id is its leaf");
    let _ = record.verify(&LAB.log_key());
    let Ok(body) = record.body() else { return false };
    let encoded = encoded(&body);
    // Unknown odd keys are carried and not written again; all else has one encoding.
    assert!(
        encoded == record.payload() || encoded.len() < record.payload().len(),
        "a payload has one encoding"
    );
    true
}

fn encoded(body: &Body) -> Bytes {
    match body {
        Body::Charter(sealed, _) => sealed.encode(),
        Body::Manifest(manifest) => manifest.encode(),
        Body::Certificate(certificate) => certificate.encode(),
        Body::Credential(credential) => credential.encode(),
        Body::Edition(edition) => edition.encode(),
        Body::Pulse(pulse) => pulse.encode(),
    }
}

/// Records that claim to be a hub's charters: an array of them.
pub fn charter_chain(bytes: &[u8]) -> bool {
    let Ok(blobs) = cbor::decode::<Vec<Blob>>(bytes, &Limits::message(1024 * 1024)) else {
        return false;
    };
    let decoded = blobs.into_iter().map(|blob| Record::decode(blob.0));
    let Ok(records) = decoded.collect::<Result<Vec<_>, _>>() else {
        return false;
    };
    let Some(Ok(Body::Charter(_, body))) = records.first().map(Record::body) else {
        return false;
    };
    CharterChain::from_records(&records, &body.net).is_ok()
}

/// A signed note and the checkpoint in it.
pub fn note(bytes: &[u8]) -> bool {
    let Ok(note) = Note::parse(bytes) else { return false };
    assert_eq!(note.to_string().as_bytes(), bytes, "a note has one spelling");
    if let Ok(checkpoint) = Checkpoint::parse(note.text()) {
        assert_eq!(checkpoint.body(), note.text(), "a checkpoint has one spelling");
    }
    NotedCheckpoint::from_note(&note, LAB.log_key().dalek()).is_ok()
}

/// A witness's line in a note.
pub fn cosignature(bytes: &[u8]) -> bool {
    let Ok(note) = Note::parse(bytes) else { return false };
    for line in note.signatures() {
        let _ = Cosignature::from_line(line);
    }
    Cosignature::from_note(&note, &LAB.witness_name(), LAB.witness_key().dalek()).is_ok()
}

/// A receipt as text.
pub fn tlog_proof(bytes: &[u8]) -> bool {
    let Ok(proof) = TlogProof::parse(bytes) else {
        return false;
    };
    assert_eq!(proof.to_string().as_bytes(), bytes, "a proof has one spelling");
    proof.verify(&LAB.leaves[1], LAB.log_key().dalek()).is_ok()
}

/// A tile's path, its hashes, and an entry bundle.
pub fn tile(bytes: &[u8]) -> bool {
    let path = str::from_utf8(bytes)
        .ok()
        .and_then(|text| text.parse::<TilePath>().ok());
    if let Some(path) = path {
        assert_eq!(path.to_string().as_bytes(), bytes, "a path has one spelling");
    }
    if let Ok(hashes) = tile_hashes(bytes) {
        assert_eq!(ewtp_log::tile_bytes(&hashes), bytes);
    }
    let entries = bundle_entries(bytes).map(|entries| ewtp_log::entry_bundle(&entries));
    if let Ok(bundle) = &entries {
        assert_eq!(bundle.as_deref(), Ok(bytes), "a bundle has one spelling");
    }
    path.is_some() || entries.is_ok()
}

/// `index, size, leaf, root, path`.
pub fn inclusion(bytes: &[u8]) -> bool {
    let mut reader = Reader(bytes);
    let Some((index, size, leaf, root)) = reader.four(Reader::number, Reader::number) else {
        return false;
    };
    let Ok(proof) = InclusionProof::from_bytes(reader.0) else {
        return false;
    };
    proof.verify(index, size, &leaf, &root).is_ok()
}

/// `old size, new size, old root, new root, path`.
pub fn consistency(bytes: &[u8]) -> bool {
    let mut reader = Reader(bytes);
    let Some((old, new, old_root, new_root)) = reader.four(Reader::number, Reader::number) else {
        return false;
    };
    let Ok(proof) = ConsistencyProof::from_bytes(reader.0) else {
        return false;
    };
    proof.verify(old, &old_root, new, &new_root).is_ok()
}

/// `start, size, root, number of left hashes, number of right hashes, left, right, leaves`.
pub fn range(bytes: &[u8]) -> bool {
    let mut reader = Reader(bytes);
    let Some((start, size, root)) = reader.number().zip(reader.number()).zip(reader.hash()).map(flat) else {
        return false;
    };
    let Some((left, right)) = reader.byte().zip(reader.byte()) else {
        return false;
    };
    let Some((left, right)) = reader.hashes(left).zip(reader.hashes(right)) else {
        return false;
    };
    let leaves: Vec<Hash> = std::iter::from_fn(|| reader.hash()).collect();
    range_root(start, &left, &leaves, size, &right) == Ok(root)
}

/// What gossip carries, checked as far as a node without any log would.
pub fn announcement(bytes: &[u8]) -> bool {
    let Ok(announcement) = Announcement::decode(bytes) else {
        return false;
    };
    assert_eq!(announcement.encode(), bytes, "an announcement has one encoding");
    announcement.verify(&LAB.directory).is_ok()
}

/// A pulled stretch of a log.
pub fn bundle_frame(bytes: &[u8]) -> bool {
    bundle::decode(bytes).is_ok_and(|run| run.verify(&LAB.directory).is_ok())
}

/// Every control message of sync, and the cosignature on its gossip topic.
pub fn sync_message(bytes: &[u8]) -> bool {
    let Ok(decoded) = message::decode(bytes) else {
        return false;
    };
    // What only a later version understands is known by its kind alone.
    if decoded != message::Message::Later {
        assert_eq!(message::encode(&decoded), bytes, "a message has one encoding");
    }
    true
}

/// A request for a stretch of a log.
pub fn range_request(bytes: &[u8]) -> bool {
    let Ok(request) = RangeRequest::decode(bytes) else {
        return false;
    };
    assert_eq!(request.encode(), bytes, "a request has one encoding");
    true
}

/// What a stranger says first.
pub fn introduction(bytes: &[u8]) -> bool {
    let Ok(introduction) = Introduction::decode(bytes) else {
        return false;
    };
    assert_eq!(introduction.encode(), bytes, "an introduction has one encoding");
    introduction.verify(&LAB.directory, NodeKey(Lab::NODE), NOW).is_ok()
}

/// What an officer is handed: the whole way to a verdict.
pub fn verify_bundle(bytes: &[u8]) -> bool {
    if let Ok(bundle) = Bundle::decode(bytes)
        && (bundle.receipt.is_some() || !bundle.chains.is_empty())
    {
        assert_eq!(bundle.encode(), bytes, "a bundle has one encoding");
    }
    ewtp_verify::verify(bytes, &LAB.policy(), Lab::LATER).outcome == Outcome::Accepted
}

/// A verifier's policy file.
pub fn policy(bytes: &[u8]) -> bool {
    let Ok(policy) = Policy::from_json(bytes) else {
        return false;
    };
    assert_eq!(
        Policy::from_json(policy.to_json().as_bytes()),
        Ok(policy),
        "a policy survives being written"
    );
    true
}

/// A duty as a schedule says it, and as people write it.
pub fn duty_expression(bytes: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return false;
    };
    let Ok(read) = Expression::read(text) else {
        assert!(
            text.parse::<Expression>().is_err(),
            "what nobody writes is in no schedule"
        );
        return false;
    };
    let canonical = read.to_string();
    assert_eq!(canonical.parse(), Ok(read), "what is printed reads back");
    let accepted = text.parse::<Expression>().is_ok();
    assert_eq!(accepted, canonical == text, "one meaning has one spelling");
    accepted
}

/// One row of a schedule.
pub fn tariff_row(bytes: &[u8]) -> bool {
    let Ok(row) = Row::decode(Bytes::copy_from_slice(bytes)) else {
        return false;
    };
    let again = Row::new(*row.key(), row.entry().clone());
    assert_eq!(
        again.as_ref().map(Row::bytes),
        Ok(row.bytes()),
        "a row has one encoding"
    );
    true
}

/// A page of rows, as peers pass it on.
pub fn tariff_page(bytes: &[u8]) -> bool {
    let Ok(page) = Page::decode(Bytes::copy_from_slice(bytes)) else {
        return false;
    };
    let again = Page::new(page.rows().to_vec());
    assert_eq!(
        again.as_ref().map(Page::bytes),
        Ok(page.bytes()),
        "a page has one encoding"
    );
    true
}

/// What leads from one edition to the next, and what it makes of a schedule without rows.
pub fn tariff_patch(bytes: &[u8]) -> bool {
    let Ok(patch) = Patch::decode(bytes) else {
        return false;
    };
    assert_eq!(patch.encode(), bytes, "a patch has one encoding");
    let nothing = PageTrees::of([]).expect("a schedule may have no rows");
    let _refused_or_nothing = patch.apply(&nothing, &nothing.summary());
    true
}

/// A request for pages or a patch.
pub fn tariff_request(bytes: &[u8]) -> bool {
    let Ok(request) = TariffRequest::decode(bytes) else {
        return false;
    };
    assert_eq!(request.encode(), bytes, "a request has one encoding");
    true
}

/// Pages of a tree, packed: `root, pages, from, to`, then the frame.
pub fn page_frame(bytes: &[u8]) -> bool {
    let mut reader = Reader(bytes);
    let Some((pages, from, to, root)) = reader.tree() else {
        return false;
    };
    let tree = TreeSummary {
        root: Octets(root.0),
        pages,
        rows: 0,
        bytes: 0,
    };
    let mut answer = PageAnswer::new(tree, from..to);
    let Ok(frame) = answer.read(Bytes::copy_from_slice(reader.0)) else {
        return false;
    };
    assert_eq!(
        frame.run().check(pages.into(), &root),
        Ok(()),
        "what is taken proves itself"
    );
    true
}

/// A patch, packed: `bytes, id`, then the frames.
pub fn patch_answer(bytes: &[u8]) -> bool {
    let mut reader = Reader(bytes);
    let Some((bytes, id)) = reader.number().zip(reader.hash()) else {
        return false;
    };
    let named = PatchSummary {
        id: Octets(id.0),
        bytes: bytes.min(Edition::PATCH_BYTES_MAX), // an edition that names more is refused before
        rows: 0,
    };
    let mut answer = PatchAnswer::new(named);
    if answer.read(reader.0).is_err() {
        return false;
    }
    let Ok(patch) = answer.finish() else { return false };
    assert_eq!(
        ewtp_log::leaf_hash(patch.patch()),
        id,
        "what is taken is what was named"
    );
    true
}

/// What a quote is asked for, as a duty receipt keeps it.
pub fn quote_request(bytes: &[u8]) -> bool {
    let Ok(request) = Request::decode(bytes) else {
        return false;
    };
    assert_eq!(request.encode(), bytes, "a request has one encoding");
    true
}

/// A duty receipt, and all the way to the amounts computed again.
pub fn duty_receipt(bytes: &[u8]) -> bool {
    let verdict = ewtp_verify::verify_duty(bytes, &LAB.policy(), Lab::LATER);
    let Ok(receipt) = Receipt::decode(bytes) else {
        return false;
    };
    assert_eq!(receipt.encode(), bytes, "a receipt has one encoding");
    let replayed = receipt.replay();
    assert_eq!(
        replayed.as_ref().ok(),
        verdict.quote.as_ref(),
        "a verdict tells what is computed"
    );
    replayed.is_ok()
}

/// A schedule as a customs office writes it.
pub fn tariff_csv(bytes: &[u8]) -> bool {
    imported(plain::read(bytes))
}

/// A schedule as the United States publish it.
pub fn us_hts(bytes: &[u8]) -> bool {
    imported(us_schedule::read(bytes))
}

/// What an importer takes is a schedule that every reader takes, and each duty in words is in its report.
fn imported(read: Result<Import, ImportError>) -> bool {
    let Ok(Import { trees, report }) = read else {
        return false;
    };
    assert_eq!(schedule::check(&trees), Ok(()), "what is taken fits as a whole");
    for row in trees.rows() {
        assert_eq!(Row::decode(row.bytes().clone()).as_ref(), Ok(row), "a row reads back");
    }
    assert!(
        report.by_text.iter().all(|told| told.row > 0),
        "what is told has its row"
    );
    assert!(
        plain::write(&trees).is_ok(),
        "what is taken is given back to the same rows"
    );
    true
}

/// A certificate as a customs system submits it. What is taken becomes a record that every reader takes.
pub fn certificate_input(bytes: &[u8]) -> bool {
    input(bytes, Certificate::from_json)
}

/// A merchant credential as a registrar submits it.
pub fn credential_input(bytes: &[u8]) -> bool {
    input(bytes, Credential::from_json)
}

fn input(bytes: &[u8], read: fn(&Value, &Terms) -> Result<Submission, FieldError>) -> bool {
    let Some(Ok(value)) = str::from_utf8(bytes).ok().map(parse_json) else {
        return false;
    };
    let Ok(submission) = read(&value, &LAB.terms()) else {
        return false;
    };
    let Ok(record) = LAB.sign(&submission.draft) else {
        return false;
    };
    assert!(
        record.body().is_ok(),
        "what was taken from an input is a good record: {:?}",
        record.body()
    );
    let _shown = record.to_json();
    true
}

/// Takes numbers and hashes from the front of bytes.
struct Reader<'a>(&'a [u8]);

impl Reader<'_> {
    fn four<A, B>(
        &mut self,
        a: fn(&mut Self) -> Option<A>,
        b: fn(&mut Self) -> Option<B>,
    ) -> Option<(A, B, Hash, Hash)> {
        Some((a(self)?, b(self)?, self.hash()?, self.hash()?))
    }

    fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (first, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(*first)
    }

    fn tree(&mut self) -> Option<(u32, u32, u32, Hash)> {
        let small = |reader: &mut Self| reader.take().map(u32::from_be_bytes);
        Some((small(self)?, small(self)?, small(self)?, self.hash()?))
    }

    fn byte(&mut self) -> Option<u8> {
        self.take().map(|[byte]| byte)
    }

    fn number(&mut self) -> Option<u64> {
        self.take().map(u64::from_be_bytes)
    }

    fn hash(&mut self) -> Option<Hash> {
        self.take().map(Hash)
    }

    fn hashes(&mut self, count: u8) -> Option<Vec<Hash>> {
        (0..count).map(|_| self.hash()).collect()
    }
}

fn flat<A, B, C>(((a, b), c): ((A, B), C)) -> (A, B, C) {
    (a, b, c)
}
