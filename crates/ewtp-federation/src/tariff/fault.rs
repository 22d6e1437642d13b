//! Who is to blame for a schedule that cannot be taken: the peer that sent it, or the hub that signed it.

use ewtp_tariff::chain::Misplaced;
use ewtp_tariff::{PageError, PatchError, ScheduleError};

use crate::run::Fault;

/// Why bytes of a schedule were not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TariffFault {
    /// No honest node sends this: another is asked.
    #[error(transparent)]
    Sender(#[from] Fault),
    /// It is what the edition signed, whoever sent it: nobody has anything better.
    #[error(transparent)]
    Publisher(#[from] Refusal),
}

impl TariffFault {
    pub(super) fn sender(code: &'static str, why: impl Into<String>) -> Self {
        Self::Sender(Fault::malformed(code, why))
    }

    /// The stable code, as the spec's pages and vectors name it.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Sender(fault) => fault.code(),
            Self::Publisher(refusal) => refusal.code(),
        }
    }
}

/// Why the schedule of a good record is refused: the fault of its publisher.
// spec: tariff-sync R6, R8
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// A page that leads to the signed root and is none, or does not fit its neighbour.
    #[error(transparent)]
    Page(#[from] PageError),
    /// A patch of the signed id that is none, or leads elsewhere.
    #[error(transparent)]
    Patch(#[from] PatchError),
    /// Rows that do not fit each other.
    #[error(transparent)]
    Schedule(#[from] ScheduleError),
    /// An edition that stands behind another than the edition before.
    #[error(transparent)]
    Misplaced(#[from] Misplaced),
    /// Sound pages, of another number of rows or bytes than the edition says.
    #[error("the pages have other numbers of rows and bytes than the edition says")]
    Summary,
}

impl Refusal {
    /// The stable code, as the spec's pages and vectors name it.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Page(error) => error.code(),
            Self::Patch(error) => error.code(),
            Self::Schedule(error) => error.code(),
            Self::Misplaced(error) => error.code(),
            Self::Summary => "summary",
        }
    }

    /// The rule of the specification that is broken.
    #[must_use]
    pub fn rule(&self) -> &'static str {
        match self {
            Self::Page(error) => error.rule(),
            Self::Patch(error) => error.rule(),
            Self::Schedule(error) => error.rule(),
            Self::Misplaced(error) => error.rule(),
            Self::Summary => "tariff-sync R8",
        }
    }
}
