//! The canonical text of an expression: the only spelling that is accepted in a schedule.
// spec: duty-expression R6, R7

use super::{Base, Earlier, Expression, Per, Reference, Sign, Term};
use crate::Exact;
use ewtp_record::edition::MeasureKind;
use std::fmt;

impl fmt::Display for Expression {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, (sign, term)) in self.terms.iter().enumerate() {
            match (index, sign) {
                (0, _) => {}
                (_, Sign::Plus) => formatter.write_str(" + ")?,
                (_, Sign::Minus) => formatter.write_str(" - ")?,
            }
            term.fmt(formatter)?;
        }
        Ok(())
    }
}

impl fmt::Display for Term {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Free => formatter.write_str("free"),
            Self::Percent { rate, base } => write!(formatter, "{rate}%{base}"),
            Self::Amount {
                amount,
                currency,
                per: None,
            } => write!(formatter, "{amount} {currency}"),
            Self::Amount {
                amount,
                currency,
                per: Some(per),
            } => write!(formatter, "{amount} {currency}/{per}"),
            Self::Min(of) => write_all(formatter, "min", of),
            Self::Max(of) => write_all(formatter, "max", of),
            Self::Share { percent, of } => write!(formatter, "{percent}% x ({of})"),
            Self::Duty(reference) => reference.fmt(formatter),
            Self::Component { name, duty } => write!(formatter, "component({name}, {duty})"),
            Self::Subheadings { amount, currency } => write!(formatter, "subheadings({amount} {currency})"),
            Self::Text(note) => write!(formatter, "text({note})"),
        }
    }
}

fn write_all(formatter: &mut fmt::Formatter<'_>, name: &str, expressions: &[Expression]) -> fmt::Result {
    write!(formatter, "{name}(")?;
    for (index, expression) in expressions.iter().enumerate() {
        let separator = if index == 0 { "" } else { ", " };
        write!(formatter, "{separator}{expression}")?;
    }
    formatter.write_str(")")
}

impl fmt::Display for Per {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.count != Exact::from(1) {
            write!(formatter, "{} ", self.count)?;
        }
        write!(formatter, "{}", self.unit)?;
        self.on.iter().try_for_each(|on| write!(formatter, " on {on}"))
    }
}

/// With ` of ` before it, and empty for the customs value alone.
impl fmt::Display for Base {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if *self == Self::CUSTOMS_VALUE {
            return Ok(());
        }
        write!(formatter, " of {}", self.basis)?;
        match &self.plus {
            Earlier::None => Ok(()),
            Earlier::All => formatter.write_str("+duties"),
            Earlier::Kinds(kinds) => kinds.iter().try_for_each(|kind| write!(formatter, "+{kind}")),
        }
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OwnLine => formatter.write_str("duty()"),
            Self::Line {
                code,
                kind: MeasureKind::Mfn,
            } => write!(formatter, "duty({code})"),
            Self::Line { code, kind } => write!(formatter, "duty({code}, {kind})"),
        }
    }
}
