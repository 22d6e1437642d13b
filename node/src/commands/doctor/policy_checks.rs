//! Whether officers who verify by the folder's policy can accept anything: its pins, held against the panel and what is carried.

use super::Check;
use super::folder_checks::{hubs, names};
use ewtp_node::config::{Carried, Config};
use ewtp_record::HubCode;
use ewtp_trust::CharterChain;
use ewtp_verify::Policy;

/// The policy, and whether it fits the hub. `chain` is the hub's own, if it could be read.
pub(super) fn policy(config: &Config, chain: Option<&CharterChain>) -> Check {
    let path = config.folder.policy();
    let bytes = match std::fs::read(&path) {
        Ok(bytes) => bytes,
        Err(error) => {
            let detail = format!("{}: {error}; officers cannot verify here", path.display());
            return Check::warn("policy", detail, "write policy.json: `ewtp help verify` shows one");
        }
    };
    match Policy::from_json(&bytes) {
        Err(error) => Check::fail("policy", error.to_string(), format!("edit {}", path.display())),
        Ok(policy) if policy.net != config.net => Check::fail(
            "policy",
            format!("is for net {}, this hub is on {}", policy.net, config.net),
            "set \"net\" in policy.json",
        ),
        Ok(policy) if chain.is_some_and(|chain| policy.pins.get(&chain.hub()) != Some(&chain.genesis_id())) => {
            Check::fail(
                "policy",
                "pins another genesis for this hub than its own charter has",
                "correct the pin in policy.json",
            )
        }
        Ok(policy) => pins(config, chain, &policy),
    }
}

fn pins(config: &Config, chain: Option<&CharterChain>, policy: &Policy) -> Check {
    let pinned = hubs(policy.pins.len());
    let otherwise = |carried: &&Carried| {
        let pin = policy.pins.get(&carried.hub);
        pin.is_some_and(|genesis| *genesis != carried.genesis)
    };
    if let Some(Carried { hub, genesis, .. }) = config.carry.iter().find(otherwise) {
        let detail = format!("pins {hub} at another genesis than it is carried with, {genesis}");
        let next =
            format!("ask the operator of {hub} for its genesis, and correct policy.json or type ewtp peer rm {hub}");
        return Check::fail("policy", detail, next);
    }
    let panel: &[HubCode] = chain.map_or(&[], |chain| &chain.newest().body().panel);
    if !panel.is_empty() && !panel.iter().any(|hub| policy.pins.contains_key(hub)) {
        return nobody_of_the_panel(config, panel, &pinned);
    }
    let unpinned = config.carry.iter().map(|carried| carried.hub);
    let unpinned: Vec<HubCode> = unpinned.filter(|hub| !policy.pins.contains_key(hub)).collect();
    let Some(first) = unpinned.first() else {
        return Check::pass("policy", format!("pins {pinned}"));
    };
    let detail = format!(
        "pins {pinned}; records of {} are `unrecognised` by it",
        names(&unpinned)
    );
    Check {
        next: Some(format!("if officers are to accept them: ewtp peer pin {first}")),
        ..Check::pass("policy", detail)
    }
}

/// The quorum is counted among the hubs of the panel that the policy pins: with none, nothing that this hub signs is accepted.
fn nobody_of_the_panel(config: &Config, panel: &[HubCode], pinned: &str) -> Check {
    let detail = format!(
        "pins {pinned} and none of the panel, {}: by it every record of {} stays `undecided`",
        names(panel),
        config.hub
    );
    let is_carried = |hub: &&HubCode| config.carry.iter().any(|carried| carried.hub == **hub);
    let next = match panel.iter().find(is_carried) {
        Some(hub) => format!("compare the genesis with the operator of {hub}, then: ewtp peer pin {hub}"),
        None => format!("carry one of them, then pin it: ewtp peer pin {}", panel[0]),
    };
    Check::warn("policy", detail, next)
}
