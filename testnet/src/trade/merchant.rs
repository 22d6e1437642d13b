//! One small firm that wants to sell abroad.

use super::goods::{GOODS, Goods};
use crate::roster::{HubFacts, ROSTER};
use crate::seed::Seed;
use ewtp_record::SecretKey;
use rand::seq::IndexedRandom;
use rand::{Rng, RngExt};
use serde_json::{Value, json};

/// A credential is good for at most 24 months; the sample takes one year.
const LIFE_S: u64 = 365 * 86_400;

/// The `n`-th merchant of the sample, registered at `hub`.
pub fn merchant(seed: Seed, hub: &HubFacts, n: usize, laid_at: u64) -> Value {
    let subject = format!("{}-SME-{n:05}", hub.country());
    let random = &mut seed.stream(&format!("{}/merchant/{subject}", hub.code));
    let key = SecretKey::from_seed(&seed.secret(&format!("{}/merchant-key/{subject}", hub.code)));
    let sold: Vec<&Goods> = GOODS.iter().filter(|goods| goods.is_sold_by(hub.country())).collect();
    json!({
        "merchant_id": subject,
        "issued_at": laid_at,
        "expires_at": laid_at + LIFE_S,
        "key": hex::encode(key.public().as_bytes()),
        "form": pick(&["sole-trader", "company", "company", "company", "cooperative"], random),
        "size": pick(&["1", "2-9", "2-9", "10-29", "10-29", "30-49"], random),
        "tier": pick(&["registered", "document-verified", "document-verified", "site-verified"], random),
        "sectors": sectors(&sold, random),
        "corridors": corridors(hub, random),
    })
}

fn pick(from: &[&'static str], random: &mut impl Rng) -> &'static str {
    from.choose(random).expect("written with something to pick")
}

/// One to three HS chapters, ascending.
fn sectors(sold: &[&Goods], random: &mut impl Rng) -> Vec<&'static str> {
    let n = random.random_range(1..=3);
    let mut chapters: Vec<_> = sold.sample(random, n).map(|goods| goods.chapter()).collect();
    chapters.sort_unstable();
    chapters.dedup();
    chapters
}

/// One to three destinations among the first eight hubs.
fn corridors(hub: &HubFacts, random: &mut impl Rng) -> Vec<Value> {
    let abroad: Vec<&str> = ROSTER[..8]
        .iter()
        .map(HubFacts::country)
        .filter(|country| *country != hub.country())
        .collect();
    let n = random.random_range(1..=3);
    let mut destinations: Vec<&str> = abroad.sample(random, n).copied().collect();
    destinations.sort_unstable();
    destinations
        .into_iter()
        .map(|to| json!({"from": hub.country(), "to": to, "regimes": if to == "CN" { vec!["CN:9610", "CN:9710"] } else { vec!["WCO:1000"] }}))
        .collect()
}
