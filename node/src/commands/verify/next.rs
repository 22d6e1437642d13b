//! What an officer can do about a record that is not accepted and not bad: one of a hub that the policy does not pin, or one
//! of which too little is shown.

use crate::commands::tariff::table::named_edition;
use crate::commands::witnesses::{self, names};
use ewtp_node::folder::Folder;
use ewtp_node::shell;
use ewtp_record::{CharterId, HubCode, Record};
use ewtp_trust::CharterChain;
use ewtp_verify::{Bundle, CheckCode, CheckResult, Outcome, Policy, Verdict};
use std::path::Path;

/// Where bundle and policy were read.
pub(super) struct Place<'a> {
    pub(super) file: &'a Path,
    /// The policy that was named; the folder's if none was.
    pub(super) policy_file: Option<&'a Path>,
    /// Whether a table was shown with it.
    pub(super) is_tabled: bool,
    pub(super) folder: &'a Folder,
}

/// The next step; nothing for an answer that stands.
pub(super) fn of(verdict: &Verdict, file: &[u8], policy: &Policy, place: &Place<'_>) -> Option<String> {
    let bundle = Bundle::decode(file).ok()?;
    let issuer = verdict.record?.issuer;
    match verdict.outcome {
        Outcome::Unrecognised => Some(pin(issuer, &bundle, policy, place)),
        Outcome::Undecided => {
            let is_open = |result| result == CheckResult::Unknown;
            let check = verdict.checks.iter().find(|check| is_open(check.result))?;
            match check.code {
                CheckCode::Quorum => Some(witnessed(verdict, file, &bundle, policy, place)),
                CheckCode::GoodsCode | CheckCode::GoodsUnit if place.is_tabled => Some(tabled(file, place)),
                CheckCode::GoodsCode | CheckCode::GoodsUnit | CheckCode::Duty => {
                    let (file, policy) = (shell::path(place.file), by_policy(place));
                    let line = format!("ewtp verify {file}{policy} --receipt RECEIPT");
                    Some(format!("{line}, with the duty receipt of each line"))
                }
                CheckCode::Papers => {
                    let next = "show the records that the certificate rests on, each with --paper BUNDLE";
                    Some(format!(
                        "{next}; a hub that carries one writes it: ewtp cert bundle ID --out BUNDLE"
                    ))
                }
                _ => Some(newer(verdict, place)),
            }
        }
        _ => None,
    }
}

/// The policy that was typed, to be typed again.
fn by_policy(place: &Place<'_>) -> String {
    let policy = place.policy_file;
    policy.map_or_else(String::new, |policy| format!(" --policy {}", shell::path(policy)))
}

/// How the edition comes here that a certificate names, or one that held when it was issued.
fn tabled(file: &[u8], place: &Place<'_>) -> String {
    let again = format!(
        "ewtp verify {}{} --edition DIR",
        shell::path(place.file),
        by_policy(place)
    );
    match named_edition(file) {
        Some(named) => format!(
            "at a node that carries {}: ewtp tariff show {} --out DIR; then: {again}",
            named.hub, named.id
        ),
        None => format!(
            "take an edition that held on the day of the certificate: ewtp tariff history, ewtp tariff show ID --out DIR; then: {again}"
        ),
    }
}

/// How a hub comes among the pins: its genesis is compared where nobody in between can change it.
fn pin(hub: HubCode, bundle: &Bundle, policy: &Policy, place: &Place<'_>) -> String {
    let shown = genesis(hub, bundle, policy).map_or_else(|| "GENESIS".to_owned(), |genesis| genesis.to_string());
    let ask =
        format!("ask the operator of {hub}, on a line that both trust, whether its genesis is {shown}; if it is:");
    match place.policy_file {
        None if !policy.pins.contains_key(&hub) => format!("{ask} ewtp peer pin {hub}"),
        named => {
            let file = named.map_or_else(|| place.folder.policy(), Path::to_path_buf);
            format!("{ask} write \"{hub}\":\"{shown}\" into \"pins\" of {}", file.display())
        }
    }
}

/// The genesis of a hub as the bundle has it.
fn genesis(hub: HubCode, bundle: &Bundle, policy: &Policy) -> Option<CharterId> {
    let charters = bundle.chain(&hub)?.iter().cloned().map(Record::decode);
    let charters = charters.collect::<Result<Vec<_>, _>>().ok()?;
    Some(CharterChain::from_records(&charters, &policy.net).ok()?.genesis_id())
}

fn witnessed(verdict: &Verdict, file: &[u8], bundle: &Bundle, policy: &Policy, place: &Place<'_>) -> String {
    let Ok(witnesses) = witnesses::of_bundle(file, &policy.net) else {
        return newer(verdict, place);
    };
    let panel = || witnesses.have.iter().chain(&witnesses.missing);
    if witnesses.need == 0 {
        return "nothing here helps: only its operator can make a hub anew that has a panel".to_owned();
    }
    if panel().any(|hub| policy.pins.contains_key(hub)) {
        return newer(verdict, place);
    }
    // The one that has signed decides at once.
    match panel().next() {
        Some(first) if witnesses.need == 1 => pin(*first, bundle, policy, place),
        Some(first) => {
            let panel: Vec<HubCode> = panel().copied().collect();
            format!(
                "pin those of {} that you trust: {}",
                names(&panel),
                pin(*first, bundle, policy, place)
            )
        }
        None => newer(verdict, place),
    }
}

fn newer(verdict: &Verdict, place: &Place<'_>) -> String {
    let file = shell::path(place.file);
    let Some(record) = verdict.record else {
        return "ask the holder for the bundle".to_owned();
    };
    format!(
        "ask the holder for a newer bundle; a hub that carries {} writes it: ewtp cert bundle {} --out {file}",
        record.issuer, record.id
    )
}
