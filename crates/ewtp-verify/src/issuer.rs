//! Checks on the issuer: its charters, and the policy's pin.

use std::sync::Arc;

use ewtp_record::HubCode;
use ewtp_trust::{CharterChain, CharterError};

use crate::bundle::Bundle;
use crate::chains::Chains;
use crate::outcome::{CheckCode, Outcome};
use crate::policy::Policy;
use crate::report::Report;

/// The issuer's chain, judged by itself and against the pin. `None` when there is nothing to judge the record by.
pub(crate) fn chain(
    report: &mut Report,
    bundle: &Bundle,
    policy: &Policy,
    issuer: HubCode,
    chains: &mut Chains,
) -> Option<Arc<CharterChain>> {
    let charters = bundle.chain(&issuer);
    let chain = read_chain(
        report,
        policy,
        issuer,
        charters.map(|charters| chains.read(policy, issuer, charters)),
    );
    recognise(report, policy, issuer, chain.as_deref());
    chain
}

// spec: bundle R6
fn read_chain(
    report: &mut Report,
    policy: &Policy,
    issuer: HubCode,
    read: Option<Result<Arc<CharterChain>, CharterError>>,
) -> Option<Arc<CharterChain>> {
    let Some(chain) = read else {
        report.unknown(
            CheckCode::Net,
            Outcome::Undecided,
            "not known without the issuer's charters",
        );
        let detail = format!("the bundle has no charters of {issuer}");
        report.unknown(CheckCode::Charters, Outcome::Undecided, detail);
        return None;
    };
    match chain {
        Ok(chain) if chain.hub() == issuer => {
            report.pass(CheckCode::Net, format!("the charters are of net {}", policy.net));
            reach(report, policy, &chain);
            Some(chain)
        }
        Ok(chain) => {
            let detail = format!("the charters under {issuer} are of {}", chain.hub());
            report.fail(CheckCode::Charters, Outcome::Invalid, detail);
            None
        }
        Err(error @ CharterError::WrongNet { .. }) => {
            // A charter of a test net is refused everywhere else, whatever the pins say.
            report.fail(CheckCode::Net, Outcome::Invalid, error.to_string());
            None
        }
        Err(CharterError::Decode(error)) if error.is_unsupported() => {
            report.unknown(CheckCode::Charters, Outcome::Unsupported, error.to_string());
            None
        }
        Err(error) => {
            report.fail(CheckCode::Charters, Outcome::Invalid, error.to_string());
            None
        }
    }
}

/// Whoever made the bundle may have left out the charters that revoke a key. // spec: bundle R19
fn reach(report: &mut Report, policy: &Policy, chain: &CharterChain) {
    let (hub, last) = (chain.hub(), chain.number());
    match policy.charter_min.get(&hub) {
        Some(least) if last < *least => {
            let detail = format!(
                "the charters of {hub} end at {last}, and the policy asks for {least} or later: a key may be revoked since; \
                 ask for a newer bundle (ewtp cert bundle, on a node that carries {hub})"
            );
            report.unknown(CheckCode::Charters, Outcome::Undecided, detail);
        }
        _ => report.pass(CheckCode::Charters, format!("charters 0 to {last} hold together")),
    }
}

// spec: bundle R7
fn recognise(report: &mut Report, policy: &Policy, issuer: HubCode, chain: Option<&CharterChain>) {
    let Some(pinned) = policy.pins.get(&issuer) else {
        let detail = format!("{issuer} is not among the policy's pins");
        return report.fail(CheckCode::Recognised, Outcome::Unrecognised, detail);
    };
    match chain {
        Some(chain) if chain.genesis_id() == *pinned => {
            report.pass(CheckCode::Recognised, format!("{issuer} is pinned with this genesis"));
        }
        Some(chain) => {
            let detail = format!(
                "{issuer} is pinned with genesis {pinned}, the charters begin at {}",
                chain.genesis_id()
            );
            report.fail(CheckCode::Recognised, Outcome::Unrecognised, detail);
        }
        None => report.unknown(
            CheckCode::Recognised,
            Outcome::Undecided,
            format!("{issuer} is pinned, its charters were not readable"),
        ),
    }
}
