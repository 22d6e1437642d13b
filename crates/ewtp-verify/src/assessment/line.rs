//! One line of a certificate beside the duty receipt that it names.

use ewtp_record::certificate::{AssessedLine, Assessment, Certificate, Line};
use ewtp_record::{Decimal, Edition, Quantity, UnitCode, UnixTime};
use ewtp_tariff::quote::{Quote, QuoteError};
use ewtp_tariff::{Exact, Receipt as DutyReceipt, ReceiptError};
use ewtp_trust::CLOCK_SKEW;

use super::finding::{Finding, Findings};
use super::need::Need;
use super::papers::Papers;
use crate::duty::{outcome_of, why};
use crate::outcome::{CheckCode, Outcome};
use crate::verdict::Verdict;

/// A line, and what its certificate says of it.
pub(super) struct HeldLine<'a> {
    pub(super) certificate: &'a Certificate,
    pub(super) issued_at: UnixTime,
    pub(super) assessment: &'a Assessment,
    pub(super) line: &'a Line,
    pub(super) assessed: &'a AssessedLine,
    pub(super) papers: &'a Papers<'a>,
}

/// A receipt whose quote follows from its edition.
pub(super) struct Replayed {
    pub(super) edition: Edition,
    pub(super) quote: Quote,
}

impl HeldLine<'_> {
    /// Holds the line against its receipt; answers what the receipt gives, if it replays.
    pub(super) fn check(
        &self,
        file: &[u8],
        place: &str,
        findings: &mut Findings,
        judge: impl FnOnce(&DutyReceipt) -> Result<(Outcome, Verdict), String>,
    ) -> Option<Replayed> {
        let replayed = DutyReceipt::decode(file).and_then(|receipt| {
            let (edition, quote) = (receipt.edition()?, receipt.replay()?);
            Ok((receipt, Replayed { edition, quote }))
        });
        let (receipt, replayed) = match replayed {
            Ok(replayed) => replayed,
            Err(error) => {
                refused(&error, place, findings);
                return None;
            }
        };
        let duty = self.duty(&receipt, &replayed, judge);
        findings.note(CheckCode::GoodsCode, place, self.code(&receipt, &replayed.edition));
        findings.note(CheckCode::GoodsUnit, place, self.unit(&replayed.quote.units));
        let needs = Need::all(&replayed.quote, &receipt.request);
        findings.note(CheckCode::Papers, place, self.papers.look_for(&needs, self.line));
        findings.note(CheckCode::Duty, place, duty);
        Some(replayed)
    }

    /// The receipt replays, so goods can be declared under its code; this line must be of that code.
    // spec: bundle R22
    fn code(&self, receipt: &DutyReceipt, edition: &Edition) -> Finding {
        let (own, table) = (self.line.hs_edition, edition.hs_edition);
        if own != table {
            let detail = format!("its code is of HS {}, the table of HS {}", own.year(), table.year());
            return Finding::Against(Outcome::Invalid, detail);
        }
        let (hs, code) = (self.line.hs, receipt.request.code);
        if code.as_str().starts_with(hs.as_str()) {
            return Finding::Holds;
        }
        Finding::Against(Outcome::Invalid, format!("it is of {hs}, its receipt of {code}"))
    }

    // spec: bundle R23
    fn unit(&self, units: &[UnitCode]) -> Finding {
        let Some(Quantity { unit, .. }) = self.line.quantity else {
            return Finding::Holds; // it states no quantity that could be in another unit
        };
        if units.contains(&unit) {
            return Finding::Holds;
        }
        let table: Vec<_> = units.iter().map(UnitCode::as_str).collect();
        let table = if table.is_empty() {
            "no unit".to_owned()
        } else {
            table.join(", ")
        };
        Finding::Against(Outcome::Invalid, format!("it is in {unit}, the table asks for {table}"))
    }

    // spec: bundle R25
    fn duty(
        &self,
        receipt: &DutyReceipt,
        Replayed { edition, quote }: &Replayed,
        judge: impl FnOnce(&DutyReceipt) -> Result<(Outcome, Verdict), String>,
    ) -> Finding {
        let contradiction = self
            .other_edition(receipt, edition)
            .or_else(|| self.other_goods(receipt));
        if let Some(detail) = contradiction {
            return Finding::Against(Outcome::Invalid, detail);
        }
        if let Some(open) = quote.needs_person.first() {
            let detail = format!("only a person can compute it: {}", open.reason);
            return Finding::Open(Outcome::Undecided, detail);
        }
        let (said, given) = (self.assessed.amount, quote.sum);
        if said != given {
            let (said, given) = (self.assessment.money(said), self.assessment.money(given));
            let detail = format!("the certificate says {said}, its receipt gives {given}");
            return Finding::Against(Outcome::Invalid, detail);
        }
        match judge(receipt) {
            Ok((outcome, verdict)) => Finding::of(outcome, why(outcome, &verdict)),
            Err(detail) => Finding::Against(Outcome::Invalid, detail),
        }
    }

    /// In what the receipt is of another edition, country or time than the certificate.
    fn other_edition(&self, receipt: &DutyReceipt, edition: &Edition) -> Option<String> {
        let (named, record) = (self.assessment.edition, &receipt.record);
        let (hub, id) = (record.header().issuer, record.id());
        if (named.hub, named.id) != (hub, id) {
            let (given, said) = (format!("{id} of {hub}"), format!("{} of {}", named.id, named.hub));
            return Some(format!("its receipt is of edition {given}, the certificate of {said}"));
        }
        let to = self.certificate.import_country;
        if edition.territory != to.as_str() && !edition.members.contains(&to) {
            return Some(format!("the edition is of {}, the goods go to {to}", edition.territory));
        }
        if edition.currency != self.assessment.total.currency {
            let said = self.assessment.total.currency;
            return Some(format!("the edition is in {}, the amounts in {said}", edition.currency));
        }
        let known = receipt.request.known;
        let is_later = known > self.issued_at.plus(CLOCK_SKEW);
        is_later.then(|| {
            let (known, issued) = (known.to_calendar(), self.issued_at.to_calendar());
            format!("its receipt speaks of what is known at {known}, the certificate is of {issued}")
        })
    }

    /// In what the receipt is of other goods than the line.
    fn other_goods(&self, receipt: &DutyReceipt) -> Option<String> {
        let (own, given) = (self.line.origin, receipt.request.origin);
        if own != given {
            return Some(format!("it is of goods from {own}, its receipt of goods from {given}"));
        }
        let net = self.line.net_kg.map(|net| (net, kilogram()));
        let quantity = self.line.quantity.map(|quantity| (quantity.amount, quantity.unit));
        net.into_iter().chain(quantity).find_map(|(amount, unit)| {
            let given = receipt.request.quantities.get(&(unit, None))?;
            let differs = *given != exact(amount);
            differs.then(|| format!("it is of {amount} {unit}, its receipt of {given} {unit}"))
        })
    }
}

/// A receipt that cannot be read, or from which its amounts do not follow.
fn refused(error: &ReceiptError, place: &str, findings: &mut Findings) {
    let outcome = outcome_of(error);
    let detail = format!("its receipt: {error}");
    let is_of_code = matches!(
        error,
        ReceiptError::Quote(QuoteError::UnknownLine(_) | QuoteError::NotDeclarable(_))
    );
    for code in CheckCode::OF_DUTY {
        let finding = match code {
            CheckCode::Duty => Finding::of(outcome, detail.clone()),
            CheckCode::GoodsCode if is_of_code => Finding::of(outcome, detail.clone()),
            _ => Finding::Open(Outcome::Undecided, "its receipt does not replay".to_owned()),
        };
        findings.note(code, place, finding);
    }
}

fn kilogram() -> UnitCode {
    "KGM".parse().expect("a unit of Recommendation 20")
}

fn exact(amount: Decimal) -> Exact {
    Exact::decimal(amount.mantissa(), amount.exponent().unsigned_abs())
}
