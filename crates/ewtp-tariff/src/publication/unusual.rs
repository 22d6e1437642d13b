//! What is so unusual about an edition that a person has to say that it is meant.

use super::Plan;
use ewtp_record::{Edition, HubCode};
use thiserror::Error;

/// Something that a mistake looks like: another office's file, a name in the wrong field, half of a schedule.
// spec: admin R30
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Unusual {
    /// Nothing before says what it changes, so nobody sees it by the changes.
    #[error("it is the first edition of {territory} by this hub")]
    First {
        /// Whose schedule it is.
        territory: String,
    },
    /// The tariff of somebody else's territory.
    #[error("{territory} is not the country of hub {hub}, nor has it that country as a member")]
    Foreign {
        /// Whose schedule it is.
        territory: String,
        /// Who publishes it.
        hub: HubCode,
    },
    /// More than one row in a hundred changes.
    #[error("{changed} of {before} rows change, more than one in a hundred")]
    ManyRows {
        /// Rows that change.
        changed: u64,
        /// Rows of the edition before.
        before: u64,
    },
}

impl Unusual {
    /// The stable code, as programs name it.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::First { .. } => "first-edition",
            Self::Foreign { .. } => "foreign-territory",
            Self::ManyRows { .. } => "many-rows",
        }
    }

    /// All that is unusual about an edition that this hub is to publish.
    pub(super) fn of(plan: &Plan, hub: HubCode) -> Vec<Self> {
        let territory = || plan.edition.territory.clone();
        let first = plan.change.is_none().then(|| Self::First { territory: territory() });
        let foreign = (!is_of(&plan.edition, hub)).then(|| Self::Foreign {
            territory: territory(),
            hub,
        });
        let many = plan.change.as_ref().and_then(|change| {
            let (changed, before) = (change.rows(), change.rows_before);
            let is_much = u128::from(changed) * 100 > u128::from(before);
            is_much.then_some(Self::ManyRows { changed, before })
        });
        first.into_iter().chain(foreign).chain(many).collect()
    }
}

/// Whether it is the tariff of the hub's own country, or of a union to which that belongs.
fn is_of(edition: &Edition, hub: HubCode) -> bool {
    let country = hub.country();
    edition.territory == country.as_str() || edition.members.contains(&country)
}

/// As one sentence tells it.
pub(super) fn all_of(unusual: &[Unusual]) -> String {
    let told: Vec<_> = unusual.iter().map(ToString::to_string).collect();
    told.join(", and ")
}
