//! Whether the duty that a certificate assesses follows from the receipts shown with it, and its goods fit the schedule.
//!
//! A certificate names a duty receipt for each of its lines, by hash. Who shows the receipts gets four checks more, numbered
//! as officers know them; who shows none is told that they were not made, but for the two that a table makes possible. A receipt that
//! the certificate names and that contradicts it makes the verdict `invalid`; one that is missing, or none of the certificate's, leaves
//! it `undecided`. So does a paper that the goods need and that no record shows on which the certificate rests.
// spec: bundle R21

mod finding;
mod line;
mod need;
mod papers;
mod table;

pub use table::ShownTable;

use ewtp_log::leaf_hash;
use ewtp_record::certificate::{Assessment, Certificate, Goods};
use ewtp_record::{Body, Record};
use ewtp_tariff::quote::consignment_total;
use std::collections::{BTreeMap, BTreeSet};

use crate::chains::Chains;
use crate::duty::judge_edition;
use crate::outcome::{CheckCode, Outcome};
use crate::report::Report;
use crate::verdict::{Asked, ShownFile};
use finding::{Finding, Findings};
use line::{HeldLine, Replayed};
use papers::Papers;
use table::Tabled;

/// Makes the checks of duty, if the record assesses any or something was shown that is held against it.
pub(crate) fn check(report: &mut Report, chains: &mut Chains, asked: &Asked<'_>, (record, body): (&Record, &Body)) {
    let certificate = match body {
        Body::Certificate(certificate) => Some(&**certificate),
        _ => None,
    };
    let assessed = certificate.and_then(|certificate| Some((certificate, certificate.assessment.as_ref()?)));
    match assessed {
        Some((certificate, assessment)) if !asked.beside.receipts.is_empty() => {
            let held = Held {
                record,
                certificate,
                assessment,
                asked,
            };
            let holds = |code| finding::holds(code, assessment);
            held.findings(chains).tell(report, &CheckCode::OF_DUTY, holds);
        }
        _ => {
            by_table(report, asked, (record, certificate), assessed.is_some());
            without_receipts(report, asked, assessed.is_some());
        }
    }
}

/// What a table says of a certificate, if one is shown.
// spec: bundle R28
fn by_table(
    report: &mut Report,
    asked: &Asked<'_>,
    (record, certificate): (&Record, Option<&Certificate>),
    is_assessed: bool,
) {
    match (asked.beside.table, certificate) {
        (Some(table), Some(certificate)) => {
            let tabled = Tabled {
                record,
                certificate,
                table,
            };
            let holds = |code| table.holds(code);
            tabled.findings().tell(report, &CheckCode::OF_TABLE, holds);
        }
        (Some(_), None) => {
            let detail = "the record has no goods, so no table can be held against it: leave it out";
            report.unknown(CheckCode::GoodsCode, Outcome::Undecided, detail);
        }
        (None, _) if is_assessed => {
            for code in CheckCode::OF_TABLE {
                report.skip(code, NO_RECEIPT);
            }
        }
        (None, _) => {}
    }
}

const NO_RECEIPT: &str = "not checked: no duty receipt was shown (--receipt FILE)";

/// What only receipts can say: papers that were shown are told to wait for one, and receipts of a record that assesses nothing to go.
fn without_receipts(report: &mut Report, asked: &Asked<'_>, is_assessed: bool) {
    if !asked.beside.papers.is_empty() {
        let detail = "which papers the goods need, a duty receipt says that the certificate names (--receipt FILE)";
        report.unknown(CheckCode::Papers, Outcome::Undecided, detail);
    } else if is_assessed {
        report.skip(CheckCode::Papers, NO_RECEIPT);
    }
    if is_assessed {
        report.skip(CheckCode::Duty, NO_RECEIPT);
    } else if !asked.beside.receipts.is_empty() {
        let detail = "the record assesses no duty, so no receipt can be held against it: leave them out";
        report.unknown(CheckCode::Duty, Outcome::Undecided, detail);
    }
}

/// A certificate with an assessment, and the receipts shown with it.
struct Held<'a> {
    record: &'a Record,
    certificate: &'a Certificate,
    assessment: &'a Assessment,
    asked: &'a Asked<'a>,
}

impl Held<'_> {
    fn findings(&self, chains: &mut Chains) -> Findings {
        let receipts = self.asked.beside.receipts.iter().copied();
        let shown: BTreeMap<_, _> = receipts.map(|shown| (leaf_hash(shown.file).0, shown)).collect();
        let mut findings = Findings::default();
        let mut replayed = Vec::new();
        let papers = Papers::judge(chains, self.asked, self.certificate);
        papers.tell(&mut findings);
        let lines = match &self.certificate.goods {
            Goods::Lines(lines) => lines.iter().zip(&self.assessment.lines),
            // spec: certificate R18: what assesses duty has lines.
            Goods::Batch(_) => return findings,
        };
        for (line, assessed) in lines {
            let place = format!("line {}", line.number);
            let Some(receipt) = shown.get(&assessed.receipt.0) else {
                findings.note_open(&CheckCode::OF_DUTY, &place, "its duty receipt was not shown");
                continue;
            };
            let held = HeldLine {
                certificate: self.certificate,
                issued_at: self.record.header().issued_at,
                assessment: self.assessment,
                line,
                assessed,
                papers: &papers,
            };
            let judge = |receipt: &_| judge_edition(chains, receipt, self.asked.policy, self.asked.now);
            replayed.extend(held.check(receipt.file, &place, &mut findings, judge));
        }
        self.total(&replayed, &mut findings);
        self.unnamed(&shown, &mut findings);
        findings
    }

    /// What all lines come to, once each has its amount.
    fn total(&self, replayed: &[Replayed], findings: &mut Findings) {
        let Some(first) = replayed
            .first()
            .filter(|_| replayed.len() == self.assessment.lines.len())
        else {
            return; // which line lacks its receipt was told
        };
        let quotes: Vec<_> = replayed.iter().map(|line| line.quote.clone()).collect();
        let said = self.assessment.total;
        let finding = match consignment_total(&first.edition, &quotes) {
            Err(error) => Finding::Against(Outcome::Invalid, error.to_string()),
            Ok(sum) => match sum.total {
                Some(total) if total != said => {
                    let detail = format!("the certificate says {said}, the lines come to {total}");
                    Finding::Against(Outcome::Invalid, detail)
                }
                // A line that only a person can compute was told.
                _ => Finding::Holds,
            },
        };
        findings.note(CheckCode::Duty, "total", finding);
    }

    /// What was shown and is none of the certificate's says nothing of it, and nobody may think that it did.
    fn unnamed(&self, shown: &BTreeMap<[u8; 32], ShownFile<'_>>, findings: &mut Findings) {
        let named: BTreeSet<_> = self.assessment.lines.iter().map(|line| line.receipt.0).collect();
        for (_, other) in shown.iter().filter(|(hash, _)| !named.contains(*hash)) {
            let detail =
                "is none of the receipts that the certificate names: ask for the one of its line, or leave it out";
            let finding = Finding::Open(Outcome::Undecided, detail.to_owned());
            findings.note(CheckCode::Duty, other.name, finding);
        }
    }
}
