//! The verdict on a duty receipt: computed again to the cent, and whose edition it is.
//!
//! Two questions, and both answers are told: does the schedule give this duty (the replay, which needs nothing but the receipt),
//! and is the schedule the hub's (the verdict on the edition's record, by the bundle that the receipt carries).
// spec: duty-receipt R2

mod correction;
mod text;

use correction::ShownEditions;
pub use correction::{Correction, Effect};

use ewtp_log::leaf_hash;
use ewtp_record::cbor::Octets;
use ewtp_record::{Date, Money, RecordId, UnixTime};
use ewtp_tariff::quote::{QuoteDuty, QuoteOpen, minor_text};
use ewtp_tariff::{LineCode, Quote, Receipt as DutyReceipt, ReceiptError};
use ewtp_trust::CLOCK_SKEW;
use serde::{Serialize, Serializer, ser::SerializeStruct};

use crate::bundle::Bundle;
use crate::chains::Chains;
use crate::outcome::{Check, CheckCode, CheckResult, Outcome};
use crate::policy::Policy;
use crate::report::in_one_line;
use crate::verdict::{Asked, Verdict, verdict_with};

const SCHEMA: &str = "ewtp.duty-verdict/1";

/// The answer about one duty receipt.
///
/// Its JSON is `ewtp.duty-verdict/1`; its text ([`Display`](std::fmt::Display)) begins with the outcome and the total.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DutyVerdict {
    /// The answer: accepted when the duty is computed again to the same cent and the edition is the pinned hub's.
    pub outcome: Outcome,
    /// Why, in one sentence.
    pub reason: String,
    /// What the receipt is about; absent when not even that could be read.
    pub goods: Option<DutyView>,
    /// The quote as it follows from the receipt; absent when it does not replay.
    pub quote: Option<Quote>,
    /// Its amounts, as they are told; none when it does not replay.
    pub lines: Vec<QuoteDuty>,
    /// The verdict on the record of the edition.
    pub edition: Option<Verdict>,
    /// The editions shown beside it that correct that edition, by number. They change no outcome; and there may be others,
    /// which were not shown.
    pub corrections: Vec<Correction>,
}

/// What a receipt is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DutyView {
    /// Leaf hash of the receipt's file, by which a certificate names it.
    pub receipt: Octets<32>,
    /// The record of the edition.
    pub edition: RecordId,
    /// Its name.
    pub name: String,
    /// Where the goods go.
    pub to: String,
    /// Their code.
    pub code: LineCode,
    /// Where they come from.
    pub origin: String,
    /// The day of the law.
    pub on: Date,
    /// As known when.
    pub known: UnixTime,
}

/// Judges a duty receipt as it lies there: what cannot be read is a verdict too.
// spec: duty-receipt R7
#[must_use]
pub fn verify_duty(file: &[u8], policy: &Policy, now: UnixTime) -> DutyVerdict {
    verify_duty_with_editions(file, &[], policy, now)
}

/// The same, with bundles of editions that may correct the one of the receipt, or stand before it. What has nothing to do with
/// it is passed over.
// spec: duty-receipt R8, edition R4
#[must_use]
pub fn verify_duty_with_editions(file: &[u8], editions: &[Bundle], policy: &Policy, now: UnixTime) -> DutyVerdict {
    let receipt = match DutyReceipt::decode(file) {
        Ok(receipt) => receipt,
        Err(error) => return DutyVerdict::refused(outcome_of(&error), &error.to_string()),
    };
    let header = receipt.record.header();
    let request = &receipt.request;
    let goods = DutyView {
        receipt: Octets(leaf_hash(file).0),
        edition: receipt.record.id(),
        name: header.subject.to_string(),
        to: request.to.clone(),
        code: request.code,
        origin: request.origin.to_string(),
        on: request.on,
        known: request.known,
    };
    let mut chains = Chains::default();
    let edition = judge_edition(&mut chains, &receipt, policy, now);
    let shown = ShownEditions::read(editions);
    let (misplaced, corrections) = match receipt.edition() {
        Ok(cited) => {
            let judge = |bundle: &Bundle, published| judge_later(&mut chains, bundle, policy, (published, now)).0;
            let corrections = shown.corrections((&receipt, &cited), judge);
            (shown.misplaced(&receipt.record, &cited), corrections)
        }
        Err(_) => (None, Vec::new()), // decoding refused it
    };
    let replayed = receipt.replay();
    let (outcome, reason) = match (&replayed, &edition) {
        (Err(error), _) => (outcome_of(error), error.to_string()),
        (Ok(_), Err(reason)) => (Outcome::Invalid, reason.clone()),
        (Ok(_), Ok((outcome, verdict))) => match misplaced {
            Some(misplaced) => {
                let reason = format!("its edition is out of its chain: {misplaced} ({})", misplaced.rule());
                (Outcome::Invalid, reason)
            }
            None if request.known > now.plus(CLOCK_SKEW) => {
                let reason = format!("it speaks of what is known at {}", request.known.to_calendar());
                (Outcome::NotYetValid, reason)
            }
            None => (*outcome, why(*outcome, verdict)),
        },
    };
    let proven = corrections.iter().rfind(|one| one.outcome == Outcome::Accepted);
    let corrected = proven.map(|one| format!("; corrected by edition {}", one.name));
    DutyVerdict {
        outcome,
        reason: in_one_line(&(reason + &corrected.unwrap_or_default())),
        goods: Some(goods),
        lines: replayed
            .as_ref()
            .map_or_else(|_| Vec::new(), |quote| told(&receipt, quote)),
        quote: replayed.ok(),
        edition: edition.ok().map(|(_, verdict)| verdict),
        corrections,
    }
}

/// The amounts of a quote that was computed again from this receipt.
fn told(receipt: &DutyReceipt, quote: &Quote) -> Vec<QuoteDuty> {
    let lines = quote.lines.iter();
    let told = lines.map(|line| QuoteDuty::of(line, quote.currency, |id| receipt.group_title(id)));
    told.collect()
}

/// Whether a receipt is broken, or of a later version.
pub(crate) fn outcome_of(error: &ReceiptError) -> Outcome {
    let is_later = match error {
        ReceiptError::Format(_) => true,
        ReceiptError::Record(error) => error.is_unsupported(),
        _ => false,
    };
    if is_later {
        Outcome::Unsupported
    } else {
        Outcome::Invalid
    }
}

/// Whose edition it is: the verdict on its record, and what that comes to for a receipt.
// spec: duty-receipt R2, R7
pub(crate) fn judge_edition(
    chains: &mut Chains,
    receipt: &DutyReceipt,
    policy: &Policy,
    now: UnixTime,
) -> Result<(Outcome, Verdict), String> {
    let bundle = match &receipt.evidence {
        Some(evidence) => Bundle::decode(evidence).map_err(|error| format!("the evidence: {error}"))?,
        None => Bundle {
            record: receipt.record.bytes().clone(),
            receipt: None,
            chains: Vec::new(),
        },
    };
    if bundle.record != *receipt.record.bytes() {
        return Err("the evidence is of another record than the edition".to_owned());
    }
    Ok(judge_later(chains, &bundle, policy, (receipt.request.known, now)))
}

/// The verdict on a record for who comes back to it later, and what that comes to as of the time `then`.
fn judge_later(
    chains: &mut Chains,
    bundle: &Bundle,
    policy: &Policy,
    (then, now): (UnixTime, UnixTime),
) -> (Outcome, Verdict) {
    let today = verdict_with(chains, &Asked::of(bundle, policy, now));
    if today.outcome != Outcome::Expired {
        return (today.outcome, today);
    }
    // A receipt is kept for years. That the record has ended by now says nothing of the day on which it was used; all else
    // that the verdict of today could not check counts.
    let then = verdict_with(chains, &Asked::of(bundle, policy, then.min(now)));
    let is_open = |check: &Check| check.code == CheckCode::Age && check.result == CheckResult::Unknown;
    let is_stale = today.checks.iter().any(is_open);
    let outcome = if is_stale {
        then.outcome.or_worse(Outcome::Undecided)
    } else {
        then.outcome
    };
    (outcome, today)
}

/// What the verdict on the record of an edition comes to for its receipt, in one sentence.
pub(crate) fn why(outcome: Outcome, verdict: &Verdict) -> String {
    if outcome == Outcome::Accepted {
        return "computed again to the same amounts, from the edition of a pinned hub".to_owned();
    }
    let speaks = |check: &&Check| matches!(check.result, CheckResult::Fail | CheckResult::Unknown);
    let decisive = verdict
        .checks
        .iter()
        .filter(|check| check.code != CheckCode::Validity)
        .find(speaks);
    let detail = decisive.map_or("its record is not in force", |check| check.detail.as_str());
    format!("the amounts follow from the edition, but whose edition it is: {detail}")
}

impl DutyVerdict {
    fn refused(outcome: Outcome, reason: &str) -> Self {
        Self {
            outcome,
            reason: in_one_line(reason),
            goods: None,
            quote: None,
            lines: Vec::new(),
            edition: None,
            corrections: Vec::new(),
        }
    }

    /// What is to be paid; none when the receipt does not replay, or a person must decide something.
    #[must_use]
    pub fn total(&self) -> Option<Money> {
        self.quote.as_ref().and_then(Quote::total)
    }
}

impl Serialize for DutyVerdict {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let total = self.total().map(|total| minor_text(total.minor, total.currency));
        let quote = self.quote.as_ref();
        // The text of a note is not in a receipt: it lies in another tree of the edition.
        let open = quote.iter().flat_map(|quote| &quote.needs_person);
        let open: Vec<_> = open.map(|open| QuoteOpen::of(open, |_| None)).collect();
        let mut object = serializer.serialize_struct("DutyVerdict", 12)?;
        object.serialize_field("schema", SCHEMA)?;
        object.serialize_field("outcome", &self.outcome)?;
        object.serialize_field("reason", &self.reason)?;
        object.serialize_field("goods", &self.goods)?;
        object.serialize_field("replays", &self.quote.is_some())?;
        object.serialize_field("lines", &self.lines)?;
        object.serialize_field("needs_person", &open)?;
        object.serialize_field("total", &total)?;
        object.serialize_field("currency", &quote.map(|quote| quote.currency))?;
        object.serialize_field("waived", &quote.map(|quote| quote.is_waived))?;
        object.serialize_field("edition", &self.edition)?;
        object.serialize_field("corrections", &self.corrections)?;
        object.end()
    }
}

impl Serialize for DutyView {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = serializer.serialize_struct("DutyView", 8)?;
        object.serialize_field("edition", &self.edition)?;
        object.serialize_field("name", &self.name)?;
        object.serialize_field("to", &self.to)?;
        object.serialize_field("hs", &self.code)?;
        object.serialize_field("origin", &self.origin)?;
        object.serialize_field("on", &self.on)?;
        object.serialize_field("known", &self.known)?;
        object.serialize_field("receipt", &self.receipt)?;
        object.end()
    }
}
