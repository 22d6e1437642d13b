//! Which edition counts on a day, as known at a time: of one hub's editions of a territory, and among all that hubs publish.

use ewtp_record::{CountryCode, Date, HubCode, RecordId, UnixTime};
use std::collections::{BTreeMap, BTreeSet};

/// An edition of a territory as its record names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Published {
    /// Its record.
    pub id: RecordId,
    /// When it was published: the time at which its record was issued.
    pub at: UnixTime,
    /// From when it holds.
    pub in_force: Date,
    /// Its number.
    pub number: u32,
    /// The edition that it corrects.
    pub corrects: Option<RecordId>,
}

/// The edition that counts on the day `on`, as known at `known`.
///
/// Of those that were published by then and are in force, the one with the latest first day, then the highest number.
// spec: edition R15
#[must_use]
pub fn choose_edition(editions: &[Published], on: Date, known: UnixTime) -> Option<&Published> {
    let known = editions
        .iter()
        .filter(|edition| edition.at <= known && edition.in_force <= on);
    known.max_by_key(|edition| (edition.in_force, edition.number))
}

/// The latest edition that corrects this one, as known at `known`: a receipt of this one is to be looked at again.
// spec: edition R12
#[must_use]
pub fn correction(editions: &[Published], id: RecordId, known: UnixTime) -> Option<&Published> {
    let correcting = editions
        .iter()
        .filter(|edition| edition.at <= known && edition.corrects == Some(id));
    correcting.max_by_key(|edition| edition.number)
}

/// A sound edition in the log of a hub.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Offer<'a> {
    /// Who published it.
    pub hub: HubCode,
    /// Whose schedule it says it is.
    pub territory: &'a str,
    /// The countries of a union.
    pub members: &'a [CountryCode],
    /// The edition.
    pub published: Published,
}

/// Where goods go, and whose word counts there.
#[derive(Debug, Clone, Copy)]
pub struct Destination<'a> {
    /// A territory, or a country of a union.
    pub to: &'a str,
    /// The hubs whose editions may count. Anybody can publish an edition of any territory, so it is never all that are carried.
    pub publishers: &'a BTreeSet<HubCode>,
    /// The day whose law counts.
    pub on: Date,
    /// The time whose knowledge counts.
    pub known: UnixTime,
}

/// Why no edition counts.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoneCounts {
    /// Nobody published one that is in force on the day and was known at the time.
    #[error("no edition of {to} that was published by {} is in force on {on}", known.to_calendar())]
    NotInForce {
        /// The destination.
        to: String,
        /// The day.
        on: Date,
        /// The time.
        known: UnixTime,
    },
    /// Hubs published some, and none of them is among those whose word counts.
    #[error(
        "{} published an edition of {to}, and is no hub whose editions count here",
        list(hubs)
    )]
    NotTheirs {
        /// The destination.
        to: String,
        /// Who published one, ascending.
        hubs: Vec<HubCode>,
    },
    /// Several hubs whose word counts published one.
    #[error("several hubs publish editions of {to}: {}", list(hubs))]
    SeveralHubs {
        /// The destination.
        to: String,
        /// Who published one, ascending.
        hubs: Vec<HubCode>,
    },
    /// One hub published the editions of several unions, and each has the country among its members.
    #[error("{to} is a member of several unions of which hub {hub} publishes editions: {}", unions.join(", "))]
    SeveralUnions {
        /// The destination.
        to: String,
        /// The publisher.
        hub: HubCode,
        /// The unions, ascending.
        unions: Vec<String>,
    },
}

/// The edition that counts where goods go: of the territory, or else of the union of which it is a member.
///
/// The offers are sound. Of each hub and territory the one that [`choose_edition`] names is looked at and no other, so that
/// neither an edition that is not in force nor the members that a union had before lead anywhere.
///
/// # Errors
/// [`NoneCounts`], which names the hubs or the unions between which the caller may choose.
// spec: edition R17
pub fn choose_publisher<'o, 'a>(
    offers: &'o [Offer<'a>],
    destination: &Destination<'_>,
) -> Result<&'o Offer<'a>, NoneCounts> {
    let to = destination.to;
    let for_it: Vec<_> = in_force(offers, destination)
        .into_iter()
        .filter(|offer| offer.territory == to || is_member(offer, to))
        .collect();
    let (theirs, others): (Vec<&'o Offer<'a>>, Vec<&'o Offer<'a>>) = for_it
        .into_iter()
        .partition(|offer| destination.publishers.contains(&offer.hub));
    let has_own = theirs.iter().any(|offer| offer.territory == to);
    let chosen: Vec<_> = theirs
        .into_iter()
        .filter(|offer| !has_own || offer.territory == to)
        .collect();
    let hubs = |offers: &[&Offer<'_>]| -> Vec<HubCode> {
        let hubs: BTreeSet<_> = offers.iter().map(|offer| offer.hub).collect();
        hubs.into_iter().collect()
    };
    let to = to.to_owned();
    match (chosen.as_slice(), hubs(&chosen).as_slice()) {
        ([one], _) => Ok(*one),
        ([], _) if others.is_empty() => Err(NoneCounts::NotInForce {
            to,
            on: destination.on,
            known: destination.known,
        }),
        ([], _) => Err(NoneCounts::NotTheirs {
            to,
            hubs: hubs(&others),
        }),
        (unions, [hub]) => Err(NoneCounts::SeveralUnions {
            to,
            hub: *hub,
            unions: unions.iter().map(|offer| offer.territory.to_owned()).collect(),
        }),
        (_, hubs) => Err(NoneCounts::SeveralHubs {
            to,
            hubs: hubs.to_vec(),
        }),
    }
}

/// Of each hub and territory the edition that counts, by hub and territory.
fn in_force<'o, 'a>(offers: &'o [Offer<'a>], destination: &Destination<'_>) -> Vec<&'o Offer<'a>> {
    let mut chains: BTreeMap<_, (Vec<Published>, Vec<&Offer<'_>>)> = BTreeMap::new();
    for offer in offers {
        let chain = chains.entry((offer.hub, offer.territory)).or_default();
        chain.0.push(offer.published);
        chain.1.push(offer);
    }
    let chosen = |(published, offers): (Vec<Published>, Vec<&'o Offer<'a>>)| {
        let id = choose_edition(&published, destination.on, destination.known)?.id;
        offers.into_iter().find(|offer| offer.published.id == id)
    };
    chains.into_values().filter_map(chosen).collect()
}

fn is_member(offer: &Offer<'_>, to: &str) -> bool {
    offer.members.iter().any(|member| member.as_str() == to)
}

fn list(hubs: &[HubCode]) -> String {
    let hubs: Vec<_> = hubs.iter().map(ToString::to_string).collect();
    hubs.join(", ")
}

#[cfg(test)]
mod tests;
