//! What was found line by line, brought together into one check of each code.

use ewtp_record::certificate::Assessment;
use std::collections::BTreeMap;

use crate::outcome::{CheckCode, Outcome};
use crate::report::Report;

/// What was found in one place.
#[derive(Debug)]
pub(super) enum Finding {
    /// It holds.
    Holds,
    /// It could not be checked, which calls for this outcome.
    Open(Outcome, String),
    /// It does not hold, which calls for this outcome.
    Against(Outcome, String),
}

impl Finding {
    /// A fault, unless the outcome is one of those that say "could not check".
    pub(super) fn of(outcome: Outcome, detail: impl Into<String>) -> Self {
        match outcome {
            Outcome::Accepted => Self::Holds,
            Outcome::Undecided | Outcome::Unsupported => Self::Open(outcome, detail.into()),
            _ => Self::Against(outcome, detail.into()),
        }
    }
}

/// Everything that speaks against a certificate's duty, or leaves it open, with its place.
#[derive(Debug, Default)]
pub(super) struct Findings {
    against: BTreeMap<CheckCode, Vec<(Outcome, String)>>,
    open: BTreeMap<CheckCode, Vec<(Outcome, String)>>,
}

impl Findings {
    pub(super) fn note(&mut self, code: CheckCode, place: &str, finding: Finding) {
        let (list, outcome, detail) = match finding {
            Finding::Holds => return,
            Finding::Open(outcome, detail) => (&mut self.open, outcome, detail),
            Finding::Against(outcome, detail) => (&mut self.against, outcome, detail),
        };
        let told = (outcome, format!("{place}: {detail}"));
        list.entry(code).or_default().push(told);
    }

    /// None of these checks could be made here, for one reason.
    pub(super) fn note_open(&mut self, codes: &[CheckCode], place: &str, detail: &str) {
        for code in codes {
            self.note(*code, place, Finding::Open(Outcome::Undecided, detail.to_owned()));
        }
    }

    /// One check of each of these codes: the first thing against it, else the first that is open, else that it holds.
    pub(super) fn tell(&self, report: &mut Report, codes: &[CheckCode], holds: impl Fn(CheckCode) -> String) {
        for code in codes.iter().copied() {
            if let Some((outcome, detail)) = self.against.get(&code).map(|all| joined(all)) {
                report.fail(code, outcome, detail);
            } else if let Some((outcome, detail)) = self.open.get(&code).map(|all| joined(all)) {
                report.unknown(code, outcome, detail);
            } else {
                report.pass(code, holds(code));
            }
        }
    }
}

/// The most severe outcome, and the first detail with how many there are beside it.
fn joined(all: &[(Outcome, String)]) -> (Outcome, String) {
    let outcome = all
        .iter()
        .fold(Outcome::Accepted, |worst, (outcome, _)| worst.or_worse(*outcome));
    let first = all.iter().find(|(of, _)| *of == outcome);
    let detail = first.map(|(_, detail)| detail.clone()).unwrap_or_default();
    match all.len() {
        0 | 1 => (outcome, detail),
        count => (outcome, format!("{detail} (and {} more)", count - 1)),
    }
}

/// What is told of a check against which no receipt speaks.
pub(super) fn holds(code: CheckCode, assessment: &Assessment) -> String {
    match code {
        CheckCode::GoodsCode => "goods can be declared under every code in the edition that is named".to_owned(),
        CheckCode::GoodsUnit => "every quantity is in a unit of its line in the table".to_owned(),
        CheckCode::Papers => {
            "every paper that the lines need is among the records that the certificate rests on".to_owned()
        }
        _ => format!("computed again to {}", assessment.total),
    }
}
