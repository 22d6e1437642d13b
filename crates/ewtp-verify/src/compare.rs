//! What a record states in a few words, and what in it can be compared with what stands in front of the officer.
//!
//! A genuine certificate may well say "refused", or belong to another truck: both stand in the verdict's first line.

use ewtp_record::certificate::{Goods, Line, Transport};
use ewtp_record::{Body, Certificate, Credential};

/// Containers or HS codes named in the first line; more are counted.
const NAMED_MAX: usize = 4;

/// What the record states: type and decision of a certificate, tier of a merchant.
pub(crate) fn statement(body: &Body) -> Option<String> {
    match body {
        Body::Certificate(certificate) => Some(format!(
            "{}, {}",
            certificate.subtype.name(),
            certificate.decision.name()
        )),
        Body::Credential(credential) => Some(format!("{} merchant", credential.tier.name())),
        Body::Edition(edition) => Some(format!(
            "tariff of {}, in force from {}",
            edition.territory, edition.in_force
        )),
        Body::Manifest(_) | Body::Charter(..) | Body::Pulse(_) => None,
    }
}

/// What to compare, the most telling first.
pub(crate) fn compare(body: &Body) -> Vec<String> {
    match body {
        Body::Certificate(certificate) => of_certificate(certificate),
        Body::Credential(credential) => of_credential(credential),
        Body::Manifest(manifest) => vec![format!("node {}", manifest.node.to_peer_id())],
        Body::Charter(sealed, _) => vec![format!("charter id {}", sealed.id())],
        Body::Edition(edition) => vec![format!("rates root {}", edition.trees.rates.root)],
        Body::Pulse(_) => Vec::new(),
    }
}

fn of_certificate(certificate: &Certificate) -> Vec<String> {
    let mut all: Vec<String> = certificate.transport.iter().flat_map(of_transport).collect();
    all.extend(certificate.ucr.map(|ucr| format!("UCR {ucr}")));
    all.push(of_goods(&certificate.goods));
    all.push(format!(
        "{} to {}",
        certificate.export_country, certificate.import_country
    ));
    all
}

fn of_transport(transport: &Transport) -> Vec<String> {
    let mut all = Vec::new();
    if !transport.containers.is_empty() {
        all.push(named("container", &transport.containers));
    }
    all.extend(
        transport
            .document
            .iter()
            .map(|(_, number)| format!("{} document {number}", transport.mode.name())),
    );
    all
}

fn of_goods(goods: &Goods) -> String {
    match goods {
        Goods::Lines(lines) => named("HS", &lines.iter().map(|line: &Line| line.hs).collect::<Vec<_>>()),
        Goods::Batch(batch) => format!("batch of {} parcels", batch.parcels),
    }
}

fn of_credential(credential: &Credential) -> Vec<String> {
    let lei = credential.lei.map(|lei| format!("LEI {lei}"));
    lei.into_iter()
        .chain([format!("merchant key {}", credential.key)])
        .collect()
}

/// `HS 090121, 847130 and 3 more`.
fn named<T: std::fmt::Display>(what: &str, items: &[T]) -> String {
    let shown: Vec<String> = items.iter().take(NAMED_MAX).map(ToString::to_string).collect();
    let more = items.len().saturating_sub(NAMED_MAX);
    let rest = if more > 0 {
        format!(" and {more} more")
    } else {
        String::new()
    };
    format!("{what} {}{rest}", shown.join(", "))
}
