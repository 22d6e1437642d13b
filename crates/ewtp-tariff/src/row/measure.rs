//! A measure: what a line says about one duty, tax or prohibition.

use super::fields::{Validity, days, entries, expression, fitted, parse_some, set, some, texts, written};
use super::names::{Area, NationalCode};
use super::when::When;
use super::{RowError, understood};
use crate::{Expression, Token};
use ewtp_record::edition::MeasureKind;
use ewtp_record::fields::{count, demand, parse, required, within};
use ewtp_record::{CountryCode, FieldError, Regime, cbor, map_form};

/// One duty, tax or prohibition on goods from some areas.
// spec: tariff-row R7
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Measure {
    /// What it is.
    pub kind: MeasureKind,
    /// The origins it is for, ascending; none means all.
    pub areas: Vec<Area>,
    /// Origins within these that it is not for, ascending.
    pub except: Vec<Area>,
    /// What is due; none exactly for a prohibition and a licence.
    pub duty: Option<Expression>,
    /// The customs regimes it is for, ascending; none means all.
    pub regimes: Vec<Regime>,
    /// The additional code under which it must be claimed.
    pub additional_code: Option<NationalCode>,
    /// What is due instead when something holds; the first that holds counts.
    pub conditions: Vec<Condition>,
    /// The quota that it draws on.
    pub quota: Option<Token>,
    /// On which days.
    pub validity: Validity,
    /// Its place in the order of computing; none means that of its kind.
    pub stack: Option<u16>,
    /// The note that explains it.
    pub note: Option<Token>,
    /// The agreement under which it must be claimed.
    pub agreement: Option<NationalCode>,
    /// The documents that it asks for, ascending.
    pub documents: Vec<NationalCode>,
    /// The members of the territory into which the goods go for it to be due, ascending; none means all.
    pub members: Vec<CountryCode>,
}

/// What is due instead of the duty of a measure.
// spec: tariff-row R8
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Condition {
    /// When.
    pub when: When,
    /// What is due then; `free` lifts a prohibition or a licence.
    pub duty: Expression,
}

map_form! {
    struct MeasureForm {
        0 => kind: u64,
        1 => areas: Vec<String>,
        2 => except: Vec<String>,
        3 => duty: String,
        4 => regimes: Vec<String>,
        5 => additional_code: String,
        6 => conditions: Vec<(String, String)>,
        7 => quota: String,
        8 => from: u64,
        9 => to: u64,
        10 => stack: u64,
        11 => note: String,
        12 => agreement: String,
        13 => documents: Vec<String>,
        14 => members: Vec<String>,
    }
}

/// What a measure is for, whatever the goods: two with one purpose stand in for each other, or are too many.
// spec: tariff-row R15, quote R7
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Purpose<'m> {
    pub(crate) kind: MeasureKind,
    stack: Option<u16>,
    additional_code: Option<NationalCode>,
    quota: Option<Token>,
    agreement: Option<NationalCode>,
    documents: &'m [NationalCode],
    members: &'m [CountryCode],
}

impl Measure {
    /// How many areas, exceptions, regimes or documents a measure names.
    pub const NAMES_MAX: usize = 256;
    /// How many regimes it names: few, since it is held against others by each area with each regime.
    pub const REGIMES_MAX: usize = 16;
    /// How many conditions it has.
    pub const CONDITIONS_MAX: usize = 32;

    /// A measure of this kind and duty for all goods of a line, always.
    #[must_use]
    pub const fn of(kind: MeasureKind, duty: Option<Expression>) -> Self {
        Self {
            kind,
            areas: Vec::new(),
            except: Vec::new(),
            duty,
            regimes: Vec::new(),
            additional_code: None,
            conditions: Vec::new(),
            quota: None,
            validity: Validity::ALWAYS,
            stack: None,
            note: None,
            agreement: None,
            documents: Vec::new(),
            members: Vec::new(),
        }
    }

    /// Every expression of it: its duty, then those of its conditions.
    pub fn expressions(&self) -> impl Iterator<Item = &Expression> {
        self.duty
            .iter()
            .chain(self.conditions.iter().map(|condition| &condition.duty))
    }

    /// What it is for; kinds ascend first.
    pub(crate) fn purpose(&self) -> Purpose<'_> {
        Purpose {
            kind: self.kind,
            stack: self.stack,
            additional_code: self.additional_code,
            quota: self.quota,
            agreement: self.agreement,
            documents: &self.documents,
            members: &self.members,
        }
    }

    /// Where it stands among the measures of its line.
    // spec: tariff-row R6
    pub(super) fn place(&self) -> (u64, Vec<u8>) {
        (self.kind.number(), cbor::encode(&self.form()))
    }

    pub(super) fn inspect(&self) -> Result<(), FieldError> {
        set(&self.areas, Self::NAMES_MAX, "areas")?;
        set(&self.except, Self::NAMES_MAX, "except")?;
        set(&self.regimes, Self::REGIMES_MAX, "regimes")?;
        set(&self.documents, Self::NAMES_MAX, "documents")?;
        set(&self.members, Self::NAMES_MAX, "members")?;
        count(
            self.conditions.len(),
            0..=Self::CONDITIONS_MAX,
            "conditions",
            "tariff-row R4",
        )?;
        self.validity.inspect()?;
        // Without a regime it would replace the duties on all goods.
        let is_sound = self.kind != MeasureKind::ECommerce || !self.regimes.is_empty();
        let message = "must be there for the charge of a simplified regime";
        demand(is_sound, "regimes", "tariff-row R7", "regimes", message)?;
        // spec: tariff-row R7
        let is_barrier = matches!(self.kind, MeasureKind::Prohibition | MeasureKind::Licence);
        let message = "must be there, but for a prohibition or a licence";
        demand(
            self.duty.is_none() == is_barrier,
            "duty",
            "tariff-row R7",
            "duty",
            message,
        )?;
        let is_lifted = |condition: &Condition| condition.duty.is_free();
        let message = "a prohibition or a licence is lifted by free";
        let is_sound = !is_barrier || self.conditions.iter().all(is_lifted);
        demand(is_sound, "conditions", "tariff-row R8", "duty", message)
    }

    pub(super) fn form(&self) -> MeasureForm {
        let text = |condition: &Condition| (condition.when.to_string(), condition.duty.to_string());
        MeasureForm {
            kind: Some(self.kind.number()),
            areas: written(&self.areas),
            except: written(&self.except),
            duty: self.duty.as_ref().map(ToString::to_string),
            regimes: written(&self.regimes),
            additional_code: self.additional_code.map(|code| code.to_string()),
            conditions: some(self.conditions.iter().map(text).collect()),
            quota: self.quota.map(|quota| quota.to_string()),
            from: days(self.validity.from),
            to: days(self.validity.to),
            stack: self.stack.map(u64::from),
            note: self.note.map(|note| note.to_string()),
            agreement: self.agreement.map(|agreement| agreement.to_string()),
            documents: written(&self.documents),
            members: written(&self.members),
            unsupported: None,
        }
    }

    pub(super) fn from_form(form: MeasureForm) -> Result<Self, RowError> {
        understood(form.unsupported)?;
        let conditions = entries(form.conditions, "conditions")?.into_iter().enumerate();
        let conditions = conditions.map(|(index, (when, duty))| {
            Ok(Condition {
                when: parse(&when, &format!("conditions[{index}].when"))?,
                duty: expression(&duty, &format!("conditions[{index}].duty"))?,
            })
        });
        let stack = form
            .stack
            .map(|stack| within(stack, 0..=65_535, "stack", "tariff-row R7"));
        let duty = form.duty.map(|duty| expression(&duty, "duty"));
        Ok(Self {
            kind: MeasureKind::from_number(required(form.kind, "kind", "tariff-row R7")?)?,
            areas: texts(form.areas, "areas")?,
            except: texts(form.except, "except")?,
            duty: duty.transpose()?,
            regimes: texts(form.regimes, "regimes")?,
            additional_code: parse_some(form.additional_code.as_ref(), "additional_code")?,
            conditions: fitted::<_, FieldError>(conditions)?,
            quota: parse_some(form.quota.as_ref(), "quota")?,
            validity: Validity::read(form.from, form.to)?,
            stack: stack.transpose()?,
            note: parse_some(form.note.as_ref(), "note")?,
            agreement: parse_some(form.agreement.as_ref(), "agreement")?,
            documents: texts(form.documents, "documents")?,
            members: texts(form.members, "members")?,
        })
    }
}
