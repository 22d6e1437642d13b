//! What `ewtp tariff quote` takes: the goods, and where the schedule is.

use crate::commands::node;
use clap::Args;
use ewtp_api::quote::QuoteInput;
use ewtp_record::HubCode;
use std::path::PathBuf;

/// The goods, the schedule, and what is wanted beside the answer.
#[derive(Debug, Args)]
pub(crate) struct TariffQuoteArgs {
    #[command(flatten)]
    goods: QuoteArgs,
    /// The folder of a schedule, from `ewtp tariff import` or saved from a node; then no node is asked [default: the edition that
    /// counts, by the node].
    #[arg(long, value_name = "DIR")]
    pub(crate) edition: Option<PathBuf>,
    /// Whose edition, when several hubs publish one for the territory.
    #[arg(long, value_name = "HUB", conflicts_with = "edition")]
    hub: Option<String>,
    /// Write the duty receipt: the signed edition, the rows used with their proofs, and each step. `ewtp verify FILE` computes
    /// it again offline. For an edition published a moment ago this waits up to 5 s for the witnesses. A folder from `ewtp tariff
    /// import` is signed by nobody and gives none: publish it, then quote by the node or from `ewtp tariff show EDITION --out DIR`.
    #[arg(long, value_name = "FILE", conflicts_with = "basket")]
    pub(crate) receipt: Option<PathBuf>,
    /// Quote every row of a CSV file; its columns are named like the options here, and `consignment` parts the rows.
    #[arg(long, value_name = "FILE|-")]
    pub(crate) basket: Option<PathBuf>,
}

/// The goods in words.
#[derive(Debug, Args)]
struct QuoteArgs {
    /// Where the goods go: a country, or the code of a union.
    #[arg(long, value_name = "TERRITORY")]
    to: Option<String>,
    /// Where they come from.
    #[arg(long, value_name = "COUNTRY")]
    from: Option<String>,
    /// The code under which they are declared; dots do not matter.
    #[arg(long, value_name = "CODE")]
    hs: Option<String>,
    /// The price without freight and taxes, 1000USD; or a value stated as such: cif=1100USD, retail=1500USD.
    #[arg(long, value_name = "MONEY")]
    value: Vec<String>,
    /// Freight to the border of the destination.
    #[arg(long, value_name = "MONEY")]
    freight: Option<String>,
    /// Insurance to the border of the destination.
    #[arg(long, value_name = "MONEY")]
    insurance: Option<String>,
    /// How much there is, by the unit's code (UN/ECE Rec 20): 200:H87; of a content, 12:GRM@lead-content; repeat for more.
    #[arg(long, value_name = "NUMBER:UNIT")]
    qty: Vec<String>,
    /// The net weight: 40:KGM, or 40 for kilograms.
    #[arg(long, value_name = "NUMBER:UNIT")]
    net: Option<String>,
    /// A part of composite goods, case=30USD, or with its quantity case=30USD,1:H87; repeat for more.
    #[arg(long, value_name = "NAME=MONEY")]
    component: Vec<String>,
    /// The day whose law counts [default: today].
    #[arg(long, value_name = "DATE")]
    on: Option<String>,
    /// The time whose knowledge counts; a date is its first second [default: now].
    #[arg(long, value_name = "TIME")]
    known: Option<String>,
    /// The customs regime.
    #[arg(long, value_name = "REGIME")]
    regime: Option<String>,
    /// An agreement or programme under which a lower duty is claimed; repeat for more.
    #[arg(long, value_name = "CODE")]
    agreement: Vec<String>,
    /// A document that goes with the goods; repeat for more.
    #[arg(long, value_name = "CODE")]
    document: Vec<String>,
    /// The additional code, such as that of a producer.
    #[arg(long, value_name = "CODE")]
    additional_code: Option<String>,
    /// The quota on which the goods are to draw.
    #[arg(long, value_name = "ID")]
    quota: Option<String>,
    /// How they travel: post, courier or cargo.
    #[arg(long, value_name = "MODE")]
    mode: Option<String>,
    /// What you disclose of yourself, such as ioss; "not ioss" if you are not; repeat for more.
    #[arg(long, value_name = "NAME")]
    attribute: Vec<String>,
    /// How many people your firm has, 12, or a band, 10-29: some rules are made for small ones. Who does not say pays the most that
    /// is possible.
    #[arg(long, value_name = "N|BAND")]
    people: Option<String>,
    /// What the same person received before in the day, month or year that a relief counts.
    #[arg(long, value_name = "MONEY")]
    received: Option<String>,
}

impl TariffQuoteArgs {
    /// Whose edition is asked for.
    pub(crate) fn hub(&self) -> anyhow::Result<Option<HubCode>> {
        self.hub.as_deref().map(node::hub).transpose()
    }

    /// What is asked.
    pub(crate) fn input(&self) -> QuoteInput {
        let goods = &self.goods;
        QuoteInput {
            to: goods.to.clone(),
            from: goods.from.clone(),
            hs: goods.hs.clone(),
            value: goods.value.clone(),
            freight: goods.freight.clone(),
            insurance: goods.insurance.clone(),
            qty: goods.qty.clone(),
            net: goods.net.clone(),
            component: goods.component.clone(),
            on: goods.on.clone(),
            known: goods.known.clone(),
            regime: goods.regime.clone(),
            agreement: goods.agreement.clone(),
            document: goods.document.clone(),
            additional_code: goods.additional_code.clone(),
            quota: goods.quota.clone(),
            mode: goods.mode.clone(),
            attribute: goods.attribute.clone(),
            people: goods.people.clone(),
            received: goods.received.clone(),
        }
    }
}
