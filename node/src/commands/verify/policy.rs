//! By which policy is judged: the one that is named, that of the folder, or that of somebody who has none.

use crate::cli::VerifyArgs;
use crate::commands::input;
use ewtp_node::failure::Failure;
use ewtp_node::folder::Folder;
use ewtp_node::shell;
use ewtp_verify::{Outcome, POLICY_BYTES_MAX, Policy};
use std::path::Path;

/// A policy, and whether it is there.
pub(super) struct Judge {
    pub(super) policy: Policy,
    /// Whether nobody wrote one: it pins nobody.
    pub(super) is_missing: bool,
}

impl Judge {
    /// The policy for this file.
    // spec: bundle R26
    pub(super) fn of(folder: &Folder, arguments: &VerifyArgs, file: &[u8]) -> anyhow::Result<Self> {
        let own = folder.policy();
        if arguments.policy.is_none() && !own.exists() {
            return Ok(Self {
                policy: Policy::of_nobody(file),
                is_missing: true,
            });
        }
        Ok(Self {
            policy: read(arguments.policy.as_deref().unwrap_or(&own))?,
            is_missing: false,
        })
    }

    /// How somebody without a policy comes to one; nothing for an answer that no policy changes.
    pub(super) fn next(&self, outcome: Outcome, file: &[u8], path: &Path) -> Option<String> {
        if !self.is_missing || outcome != Outcome::Unrecognised {
            return None;
        }
        let path = shell::path(path);
        let Some(proposed) = Policy::proposed_by(file) else {
            return Some(format!("say whom you trust: ewtp verify {path} --policy POLICY.json"));
        };
        let written: serde_json::Value = serde_json::from_str(&proposed.to_json()).ok()?;
        Some(format!(
            "there is no policy here, so nobody is trusted: ask the operator of each hub, on a line that both trust, whether its \
             genesis is the one in {written}; write the hubs that you trust into policy.json, then: ewtp verify {path} --policy \
             policy.json"
        ))
    }
}

fn read(path: &Path) -> anyhow::Result<Policy> {
    if !path.exists() {
        let message = format!("there is no policy at {}", path.display());
        return Err(Failure::new("no-policy", message)
            .next("ewtp verify FILE --policy FILE")
            .into());
    }
    let bytes = input::read(path, POLICY_BYTES_MAX)?;
    Policy::from_json(&bytes).map_err(|error| {
        let failure = Failure::new("policy", format!("{}: {error}", path.display()));
        let failure = Failure {
            line: error.line().map(|line| line as u64),
            ..failure
        };
        failure
            .next("{\"net\":\"ewtp\",\"own\":\"MY\",\"pins\":{\"MY\":\"<64 hex digits>\"}}")
            .into()
    })
}
