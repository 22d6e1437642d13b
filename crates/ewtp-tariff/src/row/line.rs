//! A line of a schedule with all its measures.

use super::fields::{Validity, days, entries, fitted, flag, parse_some, set, some, texts, written};
use super::measure::{Measure, MeasureForm};
use super::names::{Area, NationalCode};
use super::{RowError, understood};
use crate::Token;
use ewtp_record::fields::{count, demand, parse, required, within};
use ewtp_record::{FieldError, UnitCode, map_form};

/// A line: where it stands, what it is measured in, what is due and what papers are asked for.
// spec: tariff-row R6
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TariffLine {
    /// How far it is indented below its heading.
    pub indent: u8,
    /// The units that a declaration states, ascending.
    pub units: Vec<UnitCode>,
    /// Whether goods can be declared under it.
    pub is_declarable: bool,
    /// On which days it exists.
    pub validity: Validity,
    /// Its measures, ascending by kind and then by their bytes.
    pub measures: Vec<Measure>,
    /// The papers that its goods need.
    pub requirements: Vec<Requirement>,
}

/// A paper that the goods of a line need.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Requirement {
    /// Which.
    pub document: NationalCode,
    /// The origins for which it is needed, ascending; none means all.
    pub areas: Vec<Area>,
    /// The note that explains it.
    pub note: Option<Token>,
}

map_form! {
    struct LineForm {
        0 => indent: u64,
        1 => units: Vec<String>,
        2 => is_declarable: bool,
        3 => from: u64,
        4 => to: u64,
        5 => measures: Vec<MeasureForm>,
        6 => requirements: Vec<RequirementForm>,
    }
}

map_form! {
    struct RequirementForm {
        0 => document: String,
        1 => areas: Vec<String>,
        2 => note: String,
    }
}

impl TariffLine {
    /// How many measures a line has.
    pub const MEASURES_MAX: usize = 256;
    /// How many units, and how many requirements.
    pub const UNITS_MAX: usize = 16;
    /// How many papers.
    pub const REQUIREMENTS_MAX: usize = 64;

    /// Puts everything without an order of its own into the one order that rows have.
    pub fn arrange(&mut self) {
        for measure in &mut self.measures {
            let names = [&mut measure.areas, &mut measure.except];
            names.into_iter().for_each(sort);
            sort(&mut measure.regimes);
            sort(&mut measure.documents);
            sort(&mut measure.members);
        }
        self.requirements
            .iter_mut()
            .for_each(|requirement| sort(&mut requirement.areas));
        sort(&mut self.units);
        sort(&mut self.requirements);
        self.measures.sort_by_cached_key(Measure::place);
        self.measures.dedup();
    }

    pub(super) fn inspect(&self) -> Result<(), FieldError> {
        set(&self.units, Self::UNITS_MAX, "units")?;
        self.validity.inspect()?;
        count(self.measures.len(), 0..=Self::MEASURES_MAX, "measures", "tariff-row R4")?;
        for (index, measure) in self.measures.iter().enumerate() {
            let inspected = measure.inspect();
            inspected.map_err(|error| error.inside(format_args!("measures[{index}]")))?;
        }
        // spec: tariff-row R6
        if self.measures.len() > 1 {
            let places: Vec<_> = self.measures.iter().map(Measure::place).collect();
            let is_sorted = places.is_sorted_by(|left, right| left < right);
            let message = "must be ascending by kind and bytes, none twice";
            demand(is_sorted, "measures", "tariff-row R6", "order", message)?;
        }
        for (index, requirement) in self.requirements.iter().enumerate() {
            set(
                &requirement.areas,
                Measure::NAMES_MAX,
                &format!("requirements[{index}].areas"),
            )?;
        }
        set(&self.requirements, Self::REQUIREMENTS_MAX, "requirements")
    }

    pub(super) fn form(&self) -> LineForm {
        LineForm {
            indent: Some(self.indent.into()).filter(|indent| *indent > 0),
            units: written(&self.units),
            is_declarable: self.is_declarable.then_some(true),
            from: days(self.validity.from),
            to: days(self.validity.to),
            measures: some(self.measures.iter().map(Measure::form).collect()),
            requirements: some(self.requirements.iter().map(Requirement::form).collect()),
            unsupported: None,
        }
    }

    pub(super) fn from_form(form: LineForm) -> Result<Self, RowError> {
        understood(form.unsupported)?;
        let message = "must be absent when it is 0";
        demand(form.indent != Some(0), "indent", "tariff-row R4", "empty", message)?;
        let measures = entries(form.measures, "measures")?.into_iter().enumerate();
        let measures = measures.map(|(index, form)| {
            let measure = Measure::from_form(form);
            measure.map_err(|error| error.inside(format_args!("measures[{index}]")))
        });
        let requirements = entries(form.requirements, "requirements")?.into_iter().enumerate();
        let requirements = requirements.map(|(index, form)| {
            let requirement = Requirement::from_form(form);
            requirement.map_err(|error| error.inside(format_args!("requirements[{index}]")))
        });
        Ok(Self {
            indent: within(form.indent.unwrap_or(0), 0..=255, "indent", "tariff-row R6")?,
            units: texts(form.units, "units")?,
            is_declarable: flag(form.is_declarable, "declarable")?,
            validity: Validity::read(form.from, form.to)?,
            measures: fitted(measures)?,
            requirements: requirements.collect::<Result<_, _>>()?,
        })
    }
}

impl Requirement {
    fn form(&self) -> RequirementForm {
        RequirementForm {
            document: Some(self.document.to_string()),
            areas: written(&self.areas),
            note: self.note.map(|note| note.to_string()),
            unsupported: None,
        }
    }

    fn from_form(form: RequirementForm) -> Result<Self, RowError> {
        understood(form.unsupported)?;
        Ok(Self {
            document: parse(&required(form.document, "document", "tariff-row R6")?, "document")?,
            areas: texts(form.areas, "areas")?,
            note: parse_some(form.note.as_ref(), "note")?,
        })
    }
}

fn sort<T: Ord>(list: &mut Vec<T>) {
    list.sort();
    list.dedup();
}
