//! A certificate beside the table of an edition: its codes and its units, where no receipt says them.
//!
//! A certificate that assesses duty names an edition by its record, and the record names the rows by their roots. Only what those very
//! rows do not have contradicts the certificate; by any other table it may well be right.
// spec: bundle R28

use ewtp_record::certificate::{Certificate, Document, Goods, Line};
use ewtp_record::{Body, Date, Edition, Record, UnitCode};
use ewtp_tariff::{LineCode, PageTrees, UndeclaredError, declared_units};
use std::collections::BTreeSet;

use super::finding::{Finding, Findings};
use crate::outcome::{CheckCode, Outcome};

/// The table of an edition as somebody has it.
#[derive(Debug, Clone, Copy)]
pub struct ShownTable<'a> {
    /// What people call it: the name of the edition.
    pub name: &'a str,
    /// The record of the edition; none if nothing shows that anybody signed one of these rows.
    pub record: Option<&'a Record>,
    /// What the edition says; with a record, what the record says.
    pub edition: &'a Edition,
    /// The rows, of which nothing is believed but what their roots say.
    pub trees: &'a PageTrees,
}

impl ShownTable<'_> {
    /// What is told when it speaks against nothing.
    pub(super) fn holds(&self, code: CheckCode) -> String {
        let by = format!("by {}, the tariff of {}", self.name, self.edition.territory);
        match code {
            CheckCode::GoodsCode => format!("goods can be declared under every code, {by}"),
            _ => format!("every quantity is in a unit of its line, {by}"),
        }
    }

    /// Whether it is the tariff of a country.
    fn is_of(&self, country: &str) -> bool {
        let edition = self.edition;
        edition.territory == country || edition.members.iter().any(|member| member.as_str() == country)
    }

    /// Why the rows are not those of the edition, or what is said of them not what was signed.
    fn fault(&self) -> Option<String> {
        let name = self.name;
        if self.edition.trees != self.trees.summary() {
            return Some(format!("its rows lead to other roots than {name} names"));
        }
        let is_said = |record: &Record| matches!(record.body(), Ok(Body::Edition(said)) if *said == *self.edition);
        let is_other = self.record.is_some_and(|record| !is_said(record));
        is_other.then(|| format!("the record that is shown with it says something else of {name}"))
    }
}

/// A certificate, and the table that was shown with it.
pub(super) struct Tabled<'a> {
    pub(super) record: &'a Record,
    pub(super) certificate: &'a Certificate,
    pub(super) table: ShownTable<'a>,
}

/// Digits that mean the same everywhere.
const COMMON_DIGITS: usize = 6;

impl Tabled<'_> {
    /// Holds each line against the table.
    pub(super) fn findings(&self) -> Findings {
        let mut findings = Findings::default();
        let Goods::Lines(lines) = &self.certificate.goods else {
            findings.note_open(&CheckCode::OF_TABLE, "goods", "a batch names no codes: its parcels do");
            return findings;
        };
        if let Some(detail) = self.is_no_table_for_it() {
            findings.note_open(&CheckCode::OF_TABLE, "table", &detail);
            return findings;
        }
        for line in lines {
            self.line(line, &format!("line {}", line.number), &mut findings);
        }
        findings
    }

    /// Why the table says nothing of this certificate.
    fn is_no_table_for_it(&self) -> Option<String> {
        let other = self.table.fault().or_else(|| self.is_other_edition());
        other.or_else(|| self.is_of_other_country()).or_else(|| {
            let (name, from, day) = (self.table.name, self.table.edition.in_force, self.day());
            let is_early = day < from;
            is_early.then(|| format!("{name} is in force from {from}, the certificate is of {day}"))
        })
    }

    /// That the rows are not shown to be those of the edition that the certificate names, if it names one.
    fn is_other_edition(&self) -> Option<String> {
        let (name, named) = (self.table.name, self.named()?);
        let Some(record) = self.table.record else {
            let detail = format!("nothing shows that {name} is the edition that the certificate names");
            return Some(format!("{detail}, {} of {}", named.id, named.hub));
        };
        let is_other = (record.header().issuer, record.id()) != (named.hub, named.id);
        is_other.then(|| {
            let (id, hub) = (named.id, named.hub);
            format!("{name} is not the edition that the certificate names, {id} of {hub}")
        })
    }

    fn is_of_other_country(&self) -> Option<String> {
        let (from, to) = (self.certificate.export_country, self.certificate.import_country);
        if self.table.is_of(from.as_str()) || self.table.is_of(to.as_str()) {
            return None;
        }
        let (name, territory) = (self.table.name, &self.table.edition.territory);
        Some(format!(
            "{name} is the tariff of {territory}, the goods go from {from} to {to}"
        ))
    }

    /// The edition that the certificate names.
    fn named(&self) -> Option<Document> {
        self.certificate
            .assessment
            .as_ref()
            .map(|assessment| assessment.edition)
    }

    /// The day on which the certificate was issued.
    fn day(&self) -> Date {
        Date::of(self.record.header().issued_at)
    }

    fn line(&self, line: &Line, place: &str, findings: &mut Findings) {
        let code = self.code(line);
        match self.units(line, code) {
            Ok(of_day) => {
                let unit = line.quantity.map(|quantity| quantity.unit);
                let finding = unit.map_or(Finding::Holds, |unit| self.unit(unit, code, &of_day));
                findings.note(CheckCode::GoodsUnit, place, finding);
            }
            Err(finding) => {
                findings.note(CheckCode::GoodsCode, place, finding);
                findings.note_open(&[CheckCode::GoodsUnit], place, "its line is not found in the table");
            }
        }
    }

    /// The units of the lines that hold on the day of the certificate.
    ///
    /// # Errors
    /// What is to be said of a code under which the table has no goods declared.
    fn units(&self, line: &Line, code: LineCode) -> Result<BTreeSet<UnitCode>, Finding> {
        let (own, table) = (line.hs_edition, self.table.edition.hs_edition);
        if own != table {
            let detail = format!("its code is of HS {}, the table of HS {}", own.year(), table.year());
            return Err(self.against(detail));
        }
        let day = self.day();
        declared_units(self.table.trees, code, Some(day)).map_err(|_| match self.ever(code) {
            Ok(_) => open(format!("goods are declared under {code} on other days than {day}")),
            Err(error @ UndeclaredError::TooMany(_)) => open(error.to_string()),
            Err(error) => self.against(format!("{}: {error}", self.table.name)),
        })
    }

    fn unit(&self, unit: UnitCode, code: LineCode, of_day: &BTreeSet<UnitCode>) -> Finding {
        if of_day.contains(&unit) {
            return Finding::Holds;
        }
        if self.ever(code).is_ok_and(|units| units.contains(&unit)) {
            return open(format!(
                "it is in {unit}, which the table asks for on other days than {}",
                self.day()
            ));
        }
        let table: Vec<_> = of_day.iter().map(UnitCode::as_str).collect();
        let table = match table.is_empty() {
            true => "no unit".to_owned(),
            false => table.join(", "),
        };
        self.against(format!("it is in {unit}, the table asks for {table}"))
    }

    /// The units of the lines whenever they hold: a certificate does not say of which day its duty is, so that only what the edition has
    /// on no day contradicts it.
    fn ever(&self, code: LineCode) -> Result<BTreeSet<UnitCode>, UndeclaredError> {
        declared_units(self.table.trees, code, None)
    }

    /// The line's code as far as it means the same in the table: beyond six digits each country has its own.
    fn code(&self, line: &Line) -> LineCode {
        let issuer = self.record.header().issuer.country();
        let text = line.hs.as_str();
        let digits = match self.named().is_some() || self.table.is_of(issuer.as_str()) {
            true => text.len(),
            false => text.len().min(COMMON_DIGITS),
        };
        text[..digits]
            .parse()
            .expect("a goods code of six digits or more is that of a line")
    }

    /// What the table does not have. The certificate may well be right by another edition, unless it names this one.
    fn against(&self, detail: String) -> Finding {
        match self.named() {
            Some(_) => Finding::Against(Outcome::Invalid, detail),
            None => open(detail),
        }
    }
}

const fn open(detail: String) -> Finding {
    Finding::Open(Outcome::Undecided, detail)
}
