//! What the hubs of a testnet publish as their tariffs, so that there is something to quote from.
//!
//! The first eight have schedules in `schedules/`, written by hand in the plain CSV of a customs office and flagged as no law:
//! three dozen lines each, the goods that the sample trade sells, with the rules that make each place what it is. China taxes
//! cross-border retail at 70 %, the Union takes 3 EUR a subheading of a small parcel, Rwanda spares the youngest firms. The
//! United States can publish their real schedule instead.

use crate::door;
use crate::state::Testnet;
use anyhow::{Context, Result, ensure};
use ewtp_api::tariff::{Publication, Publishing, ScheduleForm};
use ewtp_record::edition::About;
use ewtp_record::{HubCode, parse_json};
use ewtp_tariff_import::{plain, us_hts};
use futures::future::try_join_all;
use serde_json::{Value, json};
use std::path::Path;

/// Who publishes the real schedule of the United States.
pub const US: &str = "US";

/// The schedule of one hub, as its office wrote it.
struct Sample {
    hub: &'static str,
    rows: &'static str,
    about: &'static str,
}

macro_rules! samples {
    ($($hub:literal),*) => {
        [$(Sample {
            hub: $hub,
            rows: include_str!(concat!("../schedules/", $hub, ".csv")),
            about: include_str!(concat!("../schedules/", $hub, ".json")),
        }),*]
    };
}

static SAMPLES: [Sample; 8] = samples!("CN-HGH", "MY", "RW", "ET", "BE", "TH", "US", "SG");

/// How many hubs of this testnet have a schedule.
pub fn count(testnet: &Testnet) -> u64 {
    let has_sample = |hub: &String| SAMPLES.iter().any(|sample| sample.hub == hub);
    testnet.codes().iter().filter(|hub| has_sample(hub)).count() as u64
}

/// Publishes the schedule of every hub that has one, all at once; answers how many that are. Doing it again changes nothing,
/// because publishing the same is answered with the same edition.
///
/// # Errors
/// When a hub does not answer, or refuses.
pub async fn publish(testnet: &Testnet, us_hts: Option<&ScheduleForm>) -> Result<u64> {
    let mut schedules = Vec::new();
    for hub in testnet.codes() {
        let schedule = match us_hts {
            Some(schedule) if hub == US => Some(schedule.clone()),
            _ => sample(&hub)?,
        };
        schedules.extend(schedule.map(|schedule| (hub, schedule)));
    }
    let done = schedules
        .iter()
        .map(|(hub, schedule)| publish_at(testnet, hub, schedule));
    Ok(try_join_all(done).await?.len() as u64)
}

/// Publishes one schedule at one hub, however unusual it is: whoever lays a testnet speaks for all of its hubs, and means to publish
/// what they asked for, first editions above all.
///
/// # Errors
/// When the hub does not answer, or refuses.
pub async fn publish_at(testnet: &Testnet, hub: &str, schedule: &ScheduleForm) -> Result<Publication> {
    let publishing = Publishing {
        confirm: Some(hub.parse::<HubCode>()?),
        ..Publishing::default()
    };
    let publication = door::of(testnet, hub)?.publish(schedule, &publishing).await;
    publication.with_context(|| format!("publishing {} at hub {hub}", schedule.about.name))
}

/// Who asks for the real schedule needs the hub that publishes it.
///
/// # Errors
/// With what to type.
pub fn expect_us<'h>(mut hubs: impl Iterator<Item = &'h str>) -> Result<()> {
    ensure!(
        hubs.any(|hub| hub == US),
        "the schedule of the United States is published by their hub, the seventh: `up --fresh --hubs 8`"
    );
    Ok(())
}

fn sample(hub: &str) -> Result<Option<ScheduleForm>> {
    let Some(sample) = SAMPLES.iter().find(|sample| sample.hub == hub) else {
        return Ok(None);
    };
    let about = parse_json(sample.about).with_context(|| format!("{hub}.json"))?;
    let import = plain::read(sample.rows.as_bytes()).with_context(|| format!("{hub}.csv"))?;
    Ok(Some(ScheduleForm {
        about: About::from_json(&about).with_context(|| format!("{hub}.json"))?,
        trees: import.trees,
    }))
}

/// The published export in this file, under the file's name.
///
/// # Errors
/// When it cannot be read, or is no schedule.
pub fn published(file: &Path) -> Result<ScheduleForm> {
    let bytes = std::fs::read(file).with_context(|| format!("reading {}", file.display()))?;
    let import =
        us_hts::read(&bytes).with_context(|| format!("{}: no schedule of the United States", file.display()))?;
    let name = file.file_name().and_then(|name| name.to_str()).unwrap_or(US);
    Ok(ScheduleForm {
        about: about_us(name.split('.').next().unwrap_or(US), "2026-01-01")?,
        trees: import.trees,
    })
}

/// What an edition of the United States says beside its rows, on a test net.
///
/// # Errors
/// For a name that no edition can have.
pub fn about_us(name: &str, in_force: &str) -> Result<About> {
    let mut about = parse_json(us_hts::ABOUT).context("what every edition of that schedule says")?;
    let stated = [
        ("name", json!(name.replace('_', "-"))),
        ("in_force", json!(in_force)),
        ("test", json!(true)),
    ];
    if let Value::Object(about) = &mut about {
        about.extend(stated.map(|(name, value)| (name.to_owned(), value)));
    }
    Ok(About::from_json(&about)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::roster::ROSTER;

    #[test]
    fn the_first_eight_hubs_have_a_schedule_of_their_own_that_is_no_law() {
        for (facts, held) in ROSTER[..8].iter().zip(&SAMPLES) {
            assert_eq!(facts.code, held.hub);
            let schedule = sample(facts.code).unwrap().unwrap();
            let edition = schedule.about.edition(schedule.trees.summary());
            assert_eq!(edition.inspect(), Ok(()));
            assert!(edition.is_test, "{}", facts.code);
            assert_eq!(edition.currency.to_string(), facts.currency);
            assert!(
                edition.territory == facts.country()
                    || edition.members.iter().any(|member| member.as_str() == facts.country())
            );
        }
        assert!(sample("KE").unwrap().is_none());
    }

    #[test]
    fn the_name_of_the_real_schedule_is_that_of_its_file() {
        assert_eq!(
            about_us("hts_2026_rev_5", "2026-04-06").unwrap().name.to_string(),
            "hts-2026-rev-5"
        );
    }
}
