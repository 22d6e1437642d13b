//! One consignment that a hub clears for export.

use super::container;
use super::goods::{GOODS, Goods};
use crate::roster::{HubFacts, ROSTER};
use crate::seed::Seed;
use rand::seq::IndexedRandom;
use rand::{Rng, RngExt};
use serde_json::{Value, json};

/// How long the goods may be under way: the certificate ends a quarter after the sample was laid.
const LIFE_S: u64 = 90 * 86_400;

/// The certificate `number` of `hub`, whose country's code is put before it.
pub fn certificate(seed: Seed, hub: &HubFacts, number: &str, laid_at: u64) -> Value {
    let subject = format!("{}-{number}", hub.country());
    let random = &mut seed.stream(&format!("{}/certificate/{subject}", hub.code));
    let abroad: Vec<&HubFacts> = ROSTER[..8]
        .iter()
        .filter(|other| other.country() != hub.country())
        .collect();
    let to = *abroad
        .choose(random)
        .expect("seven or eight of the first hubs lie abroad");
    let by_sea = random.random_bool(0.5);
    let (loading, discharge) = if by_sea {
        (hub.port, to.port)
    } else {
        (hub.airport, to.airport)
    };
    json!({
        "number": subject,
        "issued_at": laid_at,
        "expires_at": laid_at + LIFE_S,
        "type": "export-release",
        "decision": "released",
        "office": hub.airport,
        "export_country": hub.country(),
        "import_country": to.country(),
        "regime": if hub.country() == "CN" { "CN:9710" } else { "WCO:1000" },
        "transport": transport(by_sea, &subject, random),
        "places": {"loading": loading, "discharge": discharge, "destination": to.airport},
        "lines": lines(hub, random),
    })
}

fn transport(by_sea: bool, subject: &str, random: &mut impl Rng) -> Value {
    if by_sea {
        json!({"mode": "sea", "document": "705", "number": format!("BL{subject}"), "containers": [container::number(random)]})
    } else {
        json!({"mode": "air", "document": "740", "number": format!("{:03}-{:08}", random.random_range(1..1000), random.random_range(0..100_000_000))})
    }
}

/// One to three lines of goods the country sells.
fn lines(hub: &HubFacts, random: &mut impl Rng) -> Vec<Value> {
    let sold: Vec<&Goods> = GOODS.iter().filter(|goods| goods.is_sold_by(hub.country())).collect();
    let n = *[1, 1, 1, 2, 3].choose(random).expect("the list is not empty");
    let chosen: Vec<&Goods> = sold.sample(random, n).copied().collect();
    chosen
        .into_iter()
        .zip(1..)
        .map(|(goods, n)| line(hub, goods, n, random))
        .collect()
}

fn line(hub: &HubFacts, goods: &Goods, n: u64, random: &mut impl Rng) -> Value {
    let units = random.random_range(goods.units.0..goods.units.1);
    let grams = units * goods.grams;
    json!({
        "number": n,
        "hs": goods.hs,
        "origin": hub.country(),
        "quantity": format!("{units} {}", goods.unit),
        "net_kg": grams.div_ceil(1000).to_string(),
    })
}
