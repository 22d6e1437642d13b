//! The verdict: one function of a bundle, a policy and the time.

use ewtp_record::{Body, HubCode, Record, RecordId, RecordKind, Subject, UnixTime};
use ewtp_trust::CLOCK_SKEW;
use serde::{Serialize, Serializer, ser::SerializeStruct};

use crate::assessment::{self, ShownTable};
use crate::bundle::Bundle;
use crate::chains::Chains;
use crate::logged::Logged;
use crate::outcome::{Check, CheckCode, Outcome};
use crate::policy::Policy;
use crate::quorum::{Quorum, Witnessed};
use crate::report::Report;
use crate::{authority, compare, issuer};

const SCHEMA: &str = "ewtp.verdict/1";

/// The answer about one record, with its reasons and the age of its evidence.
///
/// Its JSON is `ewtp.verdict/1`; its text ([`Display`](std::fmt::Display)) begins with what to compare with the goods.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// The answer.
    pub outcome: Outcome,
    /// What the answer is about; absent when not even that could be read.
    pub record: Option<RecordView>,
    /// What was checked, in the order of the checks' codes.
    pub checks: Vec<Check>,
    /// The time of the evidence: the median of the quorum's cosignature times. Absent without a quorum.
    pub as_of: Option<UnixTime>,
    /// Seconds from `as_of` to now.
    pub age_seconds: Option<u64>,
    /// Who has witnessed, and how many are needed.
    pub quorum: Quorum,
    /// What the record states, in a few words: a genuine certificate may say "refused".
    pub statement: Option<String>,
    /// What to compare with the goods, the vehicle or the papers, from the record itself.
    pub compare: Vec<String>,
}

/// What a verdict is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RecordView {
    /// The record's id.
    pub id: RecordId,
    /// Its kind.
    pub kind: RecordKind,
    /// The hub it says it is of.
    pub issuer: HubCode,
    /// The document reference.
    pub subject: Subject,
}

/// Judges a bundle file as it lies there: what cannot be read is a verdict too.
///
/// ```
/// use ewtp_record::UnixTime;
/// use ewtp_verify::{Outcome, Policy, verify};
///
/// let genesis = "11".repeat(32);
/// let policy = format!(r#"{{"net":"test:lab","own":"MY","pins":{{"MY":"{genesis}"}}}}"#);
/// let policy = Policy::from_json(policy.as_bytes())?;
/// let verdict = verify(b"not a bundle", &policy, UnixTime(1_795_000_000));
/// assert_eq!(verdict.outcome, Outcome::Invalid);
/// # Ok::<(), ewtp_verify::PolicyError>(())
/// ```
pub fn verify(file: &[u8], policy: &Policy, now: UnixTime) -> Verdict {
    verify_beside(file, &Beside::default(), policy, now)
}

/// What was shown beside a bundle, to hold a certificate against.
#[derive(Debug, Clone, Copy, Default)]
pub struct Beside<'a> {
    /// Duty receipts that the certificate names; of more than [`DutyReceipt::BYTES_MAX`](crate::DutyReceipt::BYTES_MAX) bytes a
    /// file is none.
    pub receipts: &'a [ShownFile<'a>],
    /// Bundles of the records on which the certificate rests: permits, phytosanitary certificates, proofs of origin.
    pub papers: &'a [ShownFile<'a>],
    /// The table of an edition, by which codes and units are checked where no receipt is shown that says them.
    pub table: Option<ShownTable<'a>>,
}

/// A file as it was handed in.
#[derive(Debug, Clone, Copy)]
pub struct ShownFile<'a> {
    /// What people call it: the name of the file.
    pub name: &'a str,
    /// Its bytes.
    pub file: &'a [u8],
}

/// The same, with what was shown beside a certificate: its assessment is held against the receipts, and the papers that its
/// goods need are looked for among the records.
///
/// Without receipts the checks of duty say that they were not made. // spec: bundle R21
pub fn verify_beside(file: &[u8], beside: &Beside<'_>, policy: &Policy, now: UnixTime) -> Verdict {
    match Bundle::decode(file) {
        Ok(bundle) => {
            let asked = Asked {
                beside: *beside,
                ..Asked::of(&bundle, policy, now)
            };
            verdict_with(&mut Chains::default(), &asked)
        }
        Err(error) => {
            let mut report = Report::new();
            report.fail(CheckCode::BundleShape, Outcome::Invalid, error.to_string());
            Verdict::unread(report)
        }
    }
}

/// Judges a decoded bundle. To judge many, keep a [`Verifier`](crate::Verifier). // spec: bundle R8
pub fn verdict(bundle: &Bundle, policy: &Policy, now: UnixTime) -> Verdict {
    verdict_with(&mut Chains::default(), &Asked::of(bundle, policy, now))
}

/// What a verdict is asked of.
pub(crate) struct Asked<'a> {
    pub(crate) bundle: &'a Bundle,
    pub(crate) beside: Beside<'a>,
    pub(crate) policy: &'a Policy,
    pub(crate) now: UnixTime,
}

impl<'a> Asked<'a> {
    /// A bundle alone.
    pub(crate) const fn of(bundle: &'a Bundle, policy: &'a Policy, now: UnixTime) -> Self {
        Self {
            bundle,
            beside: Beside {
                receipts: &[],
                papers: &[],
                table: None,
            },
            policy,
            now,
        }
    }
}

/// Judges a bundle with the chains that were verified before.
pub(crate) fn verdict_with(chains: &mut Chains, asked: &Asked<'_>) -> Verdict {
    let Asked {
        bundle, policy, now, ..
    } = *asked;
    let mut report = Report::new();
    report.pass(CheckCode::BundleShape, "a bundle");
    let record = match Record::decode(bundle.record.clone()) {
        Ok(record) => record,
        Err(error) => {
            report.fail(CheckCode::RecordShape, Outcome::Invalid, error.to_string());
            return Verdict::unread(report);
        }
    };
    let issuer = record.header().issuer;
    let body = shape(&mut report, &record);
    let chain = issuer::chain(&mut report, bundle, policy, issuer, chains);
    if let Some(body) = &body {
        authority::check(&mut report, (&record, body), chain.as_deref(), bundle.receipt.as_ref());
    }
    validity(&mut report, &record, now);
    let evidence = Logged {
        bundle,
        policy,
        record: &record,
        chain: chain.as_ref(),
        now,
    }
    .check(&mut report, chains);
    age(&mut report, policy, evidence.as_of, now);
    if let Some(body) = &body {
        assessment::check(&mut report, chains, asked, (&record, body));
    }
    finish(report, (&record, body.as_ref()), evidence, now)
}

/// The body, if its kind and what must be understood of it are known here. // spec: bundle R8
fn shape(report: &mut Report, record: &Record) -> Option<Body> {
    let kind = record.header().kind;
    match record.body() {
        Ok(body) => {
            report.pass(CheckCode::RecordShape, format!("a well-formed {kind}"));
            return Some(body);
        }
        Err(error) if error.is_unsupported() => {
            report.unknown(CheckCode::RecordShape, Outcome::Unsupported, error.to_string());
        }
        Err(error) => report.fail(CheckCode::RecordShape, Outcome::Invalid, error.to_string()),
    }
    None
}

// spec: bundle R13
fn validity(report: &mut Report, record: &Record, now: UnixTime) {
    let header = record.header();
    let begins = header.not_before.unwrap_or(header.issued_at).max(header.issued_at);
    let (from, to) = (begins.to_calendar(), header.expires_at.to_calendar());
    if now >= header.expires_at {
        report.fail(CheckCode::Validity, Outcome::Expired, format!("ended at {to}"));
    } else if begins > now.plus(CLOCK_SKEW) {
        report.fail(CheckCode::Validity, Outcome::NotYetValid, format!("begins at {from}"));
    } else {
        report.pass(CheckCode::Validity, format!("in force from {from} to {to}"));
    }
}

/// How old the evidence may be, if the policy says. // spec: bundle R20
fn age(report: &mut Report, policy: &Policy, as_of: Option<UnixTime>, now: UnixTime) {
    let Some(most) = policy.max_age_seconds else { return };
    let again = "ask for a newer bundle (ewtp cert bundle, on a node that carries the issuer)";
    match as_of.map(|time| now.since(time)) {
        Some(age) if age <= most => report.pass(CheckCode::Age, format!("{age} s, {most} s allowed")),
        Some(age) => {
            let detail = format!("the evidence is {age} s old and the policy allows {most} s: {again}");
            report.unknown(CheckCode::Age, Outcome::Undecided, detail);
        }
        None => {
            let detail = format!("no quorum says how old the evidence is, and the policy allows {most} s: {again}");
            report.unknown(CheckCode::Age, Outcome::Undecided, detail);
        }
    }
}

fn finish(report: Report, (record, body): (&Record, Option<&Body>), evidence: Witnessed, now: UnixTime) -> Verdict {
    let header = record.header();
    let mut checks = report.checks;
    checks.sort_by_key(|check| check.code);
    Verdict {
        outcome: report.outcome,
        record: Some(RecordView {
            id: record.id(),
            kind: header.kind,
            issuer: header.issuer,
            subject: header.subject,
        }),
        checks,
        as_of: evidence.as_of,
        age_seconds: evidence.as_of.map(|time| now.since(time)),
        quorum: evidence.quorum,
        statement: body.and_then(compare::statement),
        compare: body.map(compare::compare).unwrap_or_default(),
    }
}

impl Verdict {
    /// The verdict on something that could not even be read.
    fn unread(report: Report) -> Self {
        Self {
            outcome: report.outcome,
            record: None,
            checks: report.checks,
            as_of: None,
            age_seconds: None,
            quorum: Quorum {
                have: 0,
                need: 0,
                witnesses: Vec::new(),
            },
            statement: None,
            compare: Vec::new(),
        }
    }
}

impl Serialize for Verdict {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = serializer.serialize_struct("Verdict", 9)?;
        object.serialize_field("schema", SCHEMA)?;
        object.serialize_field("outcome", &self.outcome)?;
        object.serialize_field("record", &self.record)?;
        object.serialize_field("checks", &self.checks)?;
        object.serialize_field("as_of", &self.as_of)?;
        object.serialize_field("age_seconds", &self.age_seconds)?;
        object.serialize_field("quorum", &self.quorum)?;
        object.serialize_field("statement", &self.statement)?;
        object.serialize_field("compare", &self.compare)?;
        object.end()
    }
}

impl Serialize for RecordView {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = serializer.serialize_struct("RecordView", 4)?;
        object.serialize_field("id", &self.id)?;
        object.serialize_field("kind", &self.kind.to_string())?;
        object.serialize_field("issuer", &self.issuer)?;
        object.serialize_field("subject", self.subject.as_str())?;
        object.end()
    }
}
