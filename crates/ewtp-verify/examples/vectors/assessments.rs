//! Bundles of certificates that assess duty, with the receipts and papers shown beside them.

use super::bundles::case;
use super::trade::{Trade, phyto, tariff};
use ewtp_tariff::Receipt;
use ewtp_vectors::Case;
use serde_json::{Value, json};

/// Shirts of two lines after `change`, judged with the receipts that are then shown.
fn shown(name: &'static str, rule: &'static str, note: &'static str, change: impl FnOnce(&mut Trade)) -> Case {
    judged(Trade::of(&["61091000", "61099000"]), name, rule, note, change)
}

fn judged(
    mut trade: Trade,
    name: &'static str,
    rule: &'static str,
    note: &'static str,
    change: impl FnOnce(&mut Trade),
) -> Case {
    change(&mut trade);
    let bundle = trade.bundle();
    let (policy, now) = (trade.policy(), trade.lab.now());
    let receipts = trade.receipts.iter().map(Receipt::encode).collect();
    let papers = trade.papers.iter().map(|paper| paper.bundle().encode()).collect();
    let case = case(name, rule, note, &policy, now, bundle);
    beside(beside(case, "receipts", receipts), "papers", papers)
}

/// The case with these files, if there are any.
fn beside(case: Case, name: &'static str, files: Vec<Vec<u8>>) -> Case {
    let files: Vec<_> = files.into_iter().map(hex::encode).collect();
    match files.is_empty() {
        true => case,
        false => case.with(name, files.join(" ")),
    }
}

/// A certificate without receipts, beside the table of the edition.
fn tabled(name: &'static str, note: &'static str, mut trade: Trade) -> Case {
    trade.receipts.clear();
    let edition = hex::encode(trade.edition.bytes());
    let rows = tariff().trees.rows().map(|row| row.bytes().to_vec()).collect();
    let case = judged(trade, name, "bundle R28", note, |_| {});
    beside(case.with("edition", edition), "rows", rows)
}

/// One line of shirts after `change` of what the office writes.
fn shirts(change: impl FnOnce(&mut Value)) -> Trade {
    let mut trade = Trade::of(&["61091000"]);
    change(&mut trade.input);
    trade
}

/// Flowers, which need a paper.
fn flowers(name: &'static str, note: &'static str, change: impl FnOnce(&mut Trade)) -> Case {
    judged(Trade::of(&["06031100"]), name, "bundle R24", note, change)
}

pub(crate) fn cases() -> Vec<Case> {
    [holds(), contradicted(), open()].concat()
}

fn holds() -> Vec<Case> {
    vec![
        shown("assessed", "bundle R25", "two lines, both receipts", |_| {}),
        shown("assessed-unchecked", "bundle R21", "no receipt is shown", |trade| {
            trade.receipts.clear()
        }),
        flowers("assessed-paper-shown", "flowers with their PHYTO", |trade| {
            trade.rest_on(phyto(|_| {}));
        }),
        tabled("tabled", "the edition that the certificate names", shirts(|_| {})),
        tabled(
            "tabled-unassessed",
            "a certificate that assesses nothing",
            shirts(|_| {}).unassessed(),
        ),
    ]
}

fn contradicted() -> Vec<Case> {
    let cases = vec![
        shown(
            "assessed-other-amount",
            "bundle R25",
            "a cent more than the receipt",
            |trade| {
                trade.input["assessment"]["lines"][0]["amount"] = json!("165.01 MYR");
            },
        ),
        shown(
            "assessed-other-total",
            "bundle R25",
            "a cent more than the lines",
            |trade| {
                trade.input["assessment"]["total"] = json!("265.01 MYR");
            },
        ),
        shown(
            "assessed-other-edition",
            "bundle R25",
            "the receipts are of another edition",
            |trade| {
                trade.input["assessment"]["edition"]["id"] = json!("5a".repeat(32));
            },
        ),
        shown(
            "assessed-not-replayed",
            "bundle R25",
            "the receipt that is named says a tenth",
            |trade| {
                trade.forge(0, |receipt| receipt.answer.lines[0].amount = 1_650);
            },
        ),
        shown(
            "assessed-other-quantity",
            "bundle R25",
            "ten times the pieces",
            |trade| {
                trade.input["lines"][0]["quantity"] = json!("100 H87");
            },
        ),
        shown(
            "assessed-other-line",
            "bundle R22",
            "the receipts are exchanged",
            |trade| {
                let (first, second) = (trade.receipts[0].clone(), trade.receipts[1].clone());
                trade.name(0, &second);
                trade.name(1, &first);
            },
        ),
        shown("assessed-other-unit", "bundle R23", "pairs of shirts", |trade| {
            trade.input["lines"][1]["quantity"] = json!("5 PR");
        }),
        tabled(
            "tabled-other-code",
            "no line in the edition that is named",
            shirts(|input| input["lines"][0]["hs"] = json!("61102000")),
        ),
        tabled(
            "tabled-other-unit",
            "pairs of shirts",
            shirts(|input| input["lines"][0]["quantity"] = json!("5 PR")),
        ),
    ];
    cases.into_iter().map(|case| case.refused("invalid")).collect()
}

fn open() -> Vec<Case> {
    let cases = vec![
        shown(
            "assessed-receipt-missing",
            "bundle R21",
            "one of two is shown",
            |trade| {
                trade.receipts.truncate(1);
            },
        ),
        shown(
            "assessed-receipt-too-many",
            "bundle R21",
            "a third that is not named",
            |trade| {
                let other = Trade::of(&["06031100"]).receipts.remove(0);
                trade.receipts.push(other);
            },
        ),
        flowers("assessed-paper-missing", "flowers need PHYTO", |_| {}),
        flowers(
            "assessed-paper-claimed",
            "who asked for the quote said to have it",
            |trade| {
                trade.ask(0, |asked| {
                    asked.documents.insert("PHYTO".parse().expect("a code"));
                });
            },
        ),
        flowers(
            "assessed-paper-other-goods",
            "the PHYTO is of roses of another heading",
            |trade| {
                trade.rest_on(phyto(|input| input["lines"][0]["hs"] = json!("060490")));
            },
        ),
        flowers("assessed-paper-other-type", "a permit where PHYTO is needed", |trade| {
            trade.rest_on(phyto(|input| {
                input["type"] = json!("permit");
                input["decision"] = json!("granted");
            }));
        }),
        flowers(
            "assessed-paper-against",
            "the inspection says does-not-conform",
            |trade| {
                trade.rest_on(phyto(|input| input["decision"] = json!("does-not-conform")));
            },
        ),
        flowers(
            "assessed-paper-not-cited",
            "a PHYTO on which the certificate does not rest",
            |trade| {
                trade.papers.push(phyto(|_| {}));
            },
        ),
        shown(
            "assessed-without-evidence",
            "bundle R25",
            "whose edition it is, nothing shows",
            |trade| {
                trade.forge(0, |receipt| receipt.evidence = None);
            },
        ),
        tabled(
            "tabled-unassessed-other-code",
            "no line in an edition that the certificate does not name",
            shirts(|input| input["lines"][0]["hs"] = json!("61102000")).unassessed(),
        ),
        tabled(
            "tabled-other-edition",
            "another edition than the one that is named",
            shirts(|input| input["assessment"]["edition"]["id"] = json!("5a".repeat(32))),
        ),
    ];
    cases.into_iter().map(|case| case.refused("undecided")).collect()
}
