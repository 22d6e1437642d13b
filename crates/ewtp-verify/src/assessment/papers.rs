//! The records that a certificate rests on, as far as they were shown: where the papers of its lines are looked for.
//!
//! A schedule names a paper by a code, a quote is asked for with codes that anybody can type, and a certificate cites records by
//! id. What counts is the record: cited, shown, good by the same policy, of the type that the code stands for, and of these goods.
// spec: bundle R24

use ewtp_record::certificate::{Certificate, Decision, Document, Goods, Line, Subtype};
use ewtp_record::{Body, Record};

use super::finding::{Finding, Findings};
use super::need::Need;
use crate::bundle::Bundle;
use crate::chains::Chains;
use crate::outcome::{CheckCode, Outcome};
use crate::verdict::{Asked, ShownFile, verdict_with};

/// What was shown of the records that a certificate rests on.
pub(super) struct Papers<'a> {
    certificate: &'a Certificate,
    shown: Vec<Shown<'a>>,
}

/// A record that was shown.
struct Shown<'a> {
    name: &'a str,
    /// What it certifies; why it counts for nothing.
    paper: Result<Certificate, String>,
}

impl<'a> Papers<'a> {
    /// Judges each by the policy of the certificate.
    pub(super) fn judge(chains: &mut Chains, asked: &Asked<'a>, certificate: &'a Certificate) -> Self {
        let shown = asked.beside.papers.iter().map(|file| Shown {
            name: file.name,
            paper: paper(chains, asked, certificate, file),
        });
        Self {
            certificate,
            shown: shown.collect(),
        }
    }

    /// What was shown and counts for nothing is told, or somebody might think that it did.
    pub(super) fn tell(&self, findings: &mut Findings) {
        for shown in &self.shown {
            if let Err(reason) = &shown.paper {
                let finding = Finding::Open(Outcome::Undecided, reason.clone());
                findings.note(CheckCode::Papers, shown.name, finding);
            }
        }
    }

    /// Looks for the papers of a line; the first that is not there.
    pub(super) fn look_for(&self, needs: &[Need], line: &Line) -> Finding {
        let open = |detail: Option<String>| detail.map(|detail| Finding::Open(Outcome::Undecided, detail));
        let mut missing = needs.iter().map(|need| open(self.missing(need, line)));
        missing.find_map(|finding| finding).unwrap_or(Finding::Holds)
    }

    /// What is to be said of a paper that is not there.
    fn missing(&self, need: &Need, line: &Line) -> Option<String> {
        let types = need.types();
        if types.is_empty() {
            let detail = "no type of certificate is known by that code, so a person must see it";
            return Some(format!("{need}; {detail}"));
        }
        let good = self.shown.iter().filter_map(|shown| shown.paper.as_ref().ok());
        let of_type: Vec<_> = good.filter(|paper| types.contains(&paper.subtype)).collect();
        if of_type.iter().any(|paper| self.covers(paper, line)) {
            return None;
        }
        let name = types[0].name();
        Some(match (of_type.len(), self.certificate.documents.len()) {
            (0, 0) => format!("{need}; the certificate rests on no {name} certificate"),
            (0, cited) => {
                format!("{need}; no {name} certificate is shown of the {cited} records that the certificate rests on")
            }
            _ => format!("{need}; the {name} certificate that is shown is of other goods"),
        })
    }

    /// Whether a paper is of the goods of a line: on the same way, of the same origin, under a code that begins the other.
    fn covers(&self, paper: &Certificate, line: &Line) -> bool {
        let Goods::Lines(lines) = &paper.goods else {
            return false;
        };
        let is_of = |of: &Line| {
            let (own, other) = (line.hs.as_str(), of.hs.as_str());
            of.origin == line.origin
                && of.hs_edition == line.hs_edition
                && (own.starts_with(other) || other.starts_with(own))
        };
        paper.import_country == self.certificate.import_country && lines.iter().any(is_of)
    }
}

/// What a file certifies for the certificate that rests on it.
fn paper(
    chains: &mut Chains,
    asked: &Asked<'_>,
    certificate: &Certificate,
    shown: &ShownFile<'_>,
) -> Result<Certificate, String> {
    let bundle = Bundle::decode(shown.file).map_err(|error| error.to_string())?;
    let record = Record::decode(bundle.record.clone()).map_err(|error| error.to_string())?;
    let document = Document {
        hub: record.header().issuer,
        id: record.id(),
    };
    if !certificate.documents.contains(&document) {
        let detail = "is none of the records that the certificate rests on: leave it out";
        return Err(detail.to_owned());
    }
    let verdict = verdict_with(chains, &Asked::of(&bundle, asked.policy, asked.now));
    if verdict.outcome != Outcome::Accepted {
        return Err(format!("is {} itself: verify it alone", verdict.outcome));
    }
    match record.body() {
        Ok(Body::Certificate(paper)) if is_favourable(paper.decision) => Ok(*paper),
        Ok(Body::Certificate(paper)) => Err(says(paper.subtype, paper.decision)),
        _ => Err("certifies nothing of goods".to_owned()),
    }
}

/// Whether goods may rest on a certificate that says so.
const fn is_favourable(decision: Decision) -> bool {
    use Decision as D;
    matches!(
        decision,
        D::Granted | D::Conforms | D::ConformsAfterTreatment | D::Certified
    )
}

fn says(subtype: Subtype, decision: Decision) -> String {
    format!("is a certificate that says {}, {}", subtype.name(), decision.name())
}
