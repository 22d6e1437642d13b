//! The policy of somebody who has none: nobody is pinned, so nothing is accepted; a forgery is found out all the same, and a duty
//! receipt is computed again.
// spec: bundle R26

use std::collections::BTreeMap;

use bytes::Bytes;
use ewtp_record::{Body, HubCode, NetName, Record};
use ewtp_tariff::Receipt as DutyReceipt;
use ewtp_trust::CharterChain;

use crate::bundle::Bundle;
use crate::policy::Policy;

/// The net of which a file is taken to be when it names none.
const NET: &str = "ewtp";

impl Policy {
    /// The policy of somebody who pins nobody, to judge this bundle or duty receipt by: its net is the one that the file names.
    #[must_use]
    pub fn of_nobody(file: &[u8]) -> Self {
        let bundle = bundle_in(file);
        let issuer = bundle.as_ref().and_then(issuer);
        let charters = bundle.as_ref().zip(issuer).and_then(|(bundle, hub)| bundle.chain(&hub));
        Self {
            net: charters.and_then(net).unwrap_or_else(default_net),
            // An issuer is no witness of its own log, so nobody's word counts.
            own: issuer.unwrap_or_else(nobody),
            pins: BTreeMap::new(),
            unlogged: [].into(),
            charter_min: BTreeMap::new(),
            max_age_seconds: None,
        }
    }

    /// The policy that pins every hub whose charters this bundle or duty receipt shows; none if it shows no sound ones. Each
    /// pin is only what the file says, and is to be compared with what the hub's operator says.
    #[must_use]
    pub fn proposed_by(file: &[u8]) -> Option<Self> {
        let bundle = bundle_in(file)?;
        let nobody = Self::of_nobody(file);
        let genesis = |(hub, charters): &(HubCode, Vec<Bytes>)| {
            let records: Result<Vec<_>, _> = charters.iter().cloned().map(Record::decode).collect();
            let chain = CharterChain::from_records(&records.ok()?, &nobody.net).ok()?;
            Some((*hub, chain.genesis_id()))
        };
        let pins: BTreeMap<_, _> = bundle.chains.iter().filter_map(genesis).collect();
        let another = pins.keys().find(|hub| **hub != nobody.own);
        let own = *another.or_else(|| pins.keys().next())?;
        Some(Self { own, pins, ..nobody })
    }
}

/// The bundle that a file is, or that it carries as a duty receipt.
fn bundle_in(file: &[u8]) -> Option<Bundle> {
    match DutyReceipt::decode(file) {
        Ok(receipt) => Bundle::decode(receipt.evidence.as_ref().unwrap_or_else(|| receipt.record.bytes())).ok(),
        Err(_) => Bundle::decode(file).ok(),
    }
}

/// A country that has no hub: a file that names no issuer is judged by nobody's policy all the same.
fn nobody() -> HubCode {
    "AQ".parse().expect("Antarctica has a code")
}

fn issuer(bundle: &Bundle) -> Option<HubCode> {
    let record = Record::decode(bundle.record.clone()).ok()?;
    Some(record.header().issuer)
}

/// The net that the first of these charters names.
fn net(charters: &[Bytes]) -> Option<NetName> {
    match Record::decode(charters.first()?.clone()).ok()?.body() {
        Ok(Body::Charter(_, charter)) => Some(charter.net),
        _ => None,
    }
}

fn default_net() -> NetName {
    NET.parse().expect("the name of the mesh is one of a net")
}
