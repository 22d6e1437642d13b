//! A paper that a line of goods needs, and which types of certificate it can be.
// spec: bundle R24

use ewtp_record::certificate::Subtype;
use ewtp_tariff::quote::{Paper, Quote, Request};
use ewtp_tariff::row::NationalCode;
use std::fmt;

/// A paper that must be among the records that the certificate rests on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Need {
    /// The code that the schedule gives it; none for a licence that it does not name.
    document: Option<NationalCode>,
    why: Why,
}

/// What asks for a paper.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Why {
    /// The schedule.
    Needed,
    /// The schedule, if the goods come from a group of which it names no countries.
    PerhapsNeeded,
    /// Whoever asked for the quote said to have it: anybody can type that.
    Claimed,
}

impl Need {
    /// What the schedule asks for, then what else was claimed when the quote was asked for.
    pub(super) fn all(quote: &Quote, request: &Request) -> Vec<Self> {
        let asked = quote.requirements.iter().map(Self::of_schedule);
        let is_asked = |code: &NationalCode| quote.requirements.iter().any(|paper| paper.document == Some(*code));
        let claimed = request.documents.iter().copied().filter(|code| !is_asked(code));
        let claimed = claimed.map(|code| Self {
            document: Some(code),
            why: Why::Claimed,
        });
        asked.chain(claimed).collect()
    }

    fn of_schedule(paper: &Paper) -> Self {
        let why = match paper.is_unsure {
            true => Why::PerhapsNeeded,
            false => Why::Needed,
        };
        Self {
            document: paper.document,
            why,
        }
    }

    /// The types of certificate that it can be; none is known of a code that only its country knows.
    pub(super) fn types(&self) -> &'static [Subtype] {
        self.document.map_or(&[Subtype::Permit], |code| types_of(code.as_str()))
    }
}

impl fmt::Display for Need {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let code = self.document.as_ref().map_or("a licence", NationalCode::as_str);
        match self.why {
            Why::Needed => write!(f, "its goods need {code}"),
            Why::PerhapsNeeded => write!(f, "its goods perhaps need {code}"),
            Why::Claimed => write!(f, "its quote was asked for with {code}"),
        }
    }
}

/// The types that a code stands for, by the names and the UN/EDIFACT 1001 codes that schedules use in common.
fn types_of(code: &str) -> &'static [Subtype] {
    match code {
        "PHYTO" | "PHYTOSANITARY" | "851" => &[Subtype::Phytosanitary],
        "SANIT" | "SANITARY" | "HEALTH" | "VETERINARY" | "852" | "853" => &[Subtype::Sanitary],
        "PERMIT" | "LICENCE" | "811" | "911" => &[Subtype::Permit],
        "INSP" | "INSPECTION" => &[Subtype::Inspection],
        "CONF" | "CONFORMITY" => &[Subtype::Conformity],
        "SCAN" => &[Subtype::Scan],
        "ORIGIN" | "861" => &[Subtype::Origin, Subtype::PreferentialOrigin],
        "PREF-ORIGIN" | "EUR.1" | "864" | "865" | "954" => &[Subtype::PreferentialOrigin],
        _ if code.starts_with("FORM-") => &[Subtype::PreferentialOrigin],
        _ => &[],
    }
}
