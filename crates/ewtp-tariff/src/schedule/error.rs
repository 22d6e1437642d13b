//! Why a schedule is refused.

use crate::row::GroupId;
use crate::{LineCode, RowKey, Token, TreeKind};
use ewtp_record::UnitCode;
use ewtp_record::edition::MeasureKind;
use thiserror::Error;

/// A row that does not fit the others.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{row}: {fault}")]
pub struct ScheduleError {
    /// Which.
    pub row: RowKey,
    /// Why.
    pub fault: ScheduleFault,
}

/// Why a row does not fit the others.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ScheduleFault {
    /// A row of another tree than the one in which it stands.
    #[error("it stands among the {}, where it does not belong", .0.name())]
    Tree(TreeKind),
    /// Two measures of one kind for the same goods on the same day.
    #[error("two measures of kind {0} are for the same goods on the same day")]
    Overlap(MeasureKind),
    /// Two lines with one code, under both of which goods can be declared on the same day.
    #[error("goods can be declared under two lines of this code on the same day")]
    Twice,
    /// More lines with one code, that say more than a description, than a reader compares.
    #[error("more than 64 lines of this code have measures or declare goods")]
    Count,
    /// More measures on the lines of one code than a quote looks at.
    #[error("the lines of this code have more than 1024 measures together")]
    Measures,
    /// A group that no row defines.
    #[error("the group {0} is not in the schedule")]
    Group(GroupId),
    /// A quota that no row defines.
    #[error("the quota {0} is not in the schedule")]
    Quota(Token),
    /// A note that no row has.
    #[error("the note {0} is not in the schedule")]
    Note(Token),
    /// A line that no row has.
    #[error("the line {0} is not in the schedule")]
    Line(LineCode),
    /// A unit in which the line's goods are not declared.
    #[error("a duty needs the quantity in {0}, in which the line is not declared")]
    Unit(UnitCode),
    /// References that come back.
    #[error("the duty refers to itself, round in a circle")]
    Cycle,
}

impl ScheduleError {
    /// The stable code, as vectors and programs name it.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self.fault {
            ScheduleFault::Tree(_) => "tree",
            ScheduleFault::Overlap(_) | ScheduleFault::Twice => "overlap",
            ScheduleFault::Count => "too-many-lines",
            ScheduleFault::Measures => "too-many-measures",
            ScheduleFault::Group(_) => "unknown-group",
            ScheduleFault::Quota(_) => "unknown-quota",
            ScheduleFault::Note(_) => "unknown-note",
            ScheduleFault::Line(_) => "unknown-line",
            ScheduleFault::Unit(_) => "unknown-unit",
            ScheduleFault::Cycle => "cycle",
        }
    }

    /// The rule of the specification that is broken.
    #[must_use]
    pub const fn rule(&self) -> &'static str {
        match self.fault {
            ScheduleFault::Tree(_) => "tariff-row R1",
            ScheduleFault::Overlap(_) | ScheduleFault::Twice | ScheduleFault::Count | ScheduleFault::Measures => {
                "tariff-row R15"
            }
            ScheduleFault::Group(_) | ScheduleFault::Quota(_) | ScheduleFault::Note(_) | ScheduleFault::Line(_) => {
                "tariff-row R16"
            }
            ScheduleFault::Unit(_) => "tariff-row R17",
            ScheduleFault::Cycle => "tariff-row R18",
        }
    }
}

impl ScheduleFault {
    pub(super) const fn of(self, row: RowKey) -> ScheduleError {
        ScheduleError { row, fault: self }
    }
}
