//! Whose editions count at this node when nobody says whose are meant: those of its own hub and of the hubs that its policy
//! pins. To carry a hub is no trust: it may publish an edition of any territory.
// spec: admin R39

use crate::problem::Problem;
use crate::server::Api;
use ewtp_record::HubCode;
use ewtp_tariff::quote::NoneCounts;
use ewtp_trust::Directory;
use ewtp_verify::{POLICY_BYTES_MAX, Policy, PolicyError};
use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The policy of the node's folder, read when it is asked: what `ewtp verify` obeys from now on, quotes obey too.
pub(in crate::server) struct Trusted {
    own: HubCode,
    policy: PathBuf,
    directory: Arc<Directory>,
}

impl Trusted {
    pub(in crate::server) fn of(api: &Api) -> Self {
        Self {
            own: api.status.borrow().hub,
            policy: api.policy.clone(),
            directory: api.directory.borrow().clone(),
        }
    }

    /// The own hub, and those that are carried under the genesis id that the policy pins.
    pub(super) fn hubs(&self) -> Result<BTreeSet<HubCode>, Problem> {
        let pins = read(&self.policy)?.map_or_else(Default::default, |policy| policy.pins);
        let is_carried = |(hub, genesis)| (self.directory.genesis(hub) == Some(genesis)).then_some(hub);
        Ok(pins.into_iter().filter_map(is_carried).chain([self.own]).collect())
    }

    /// Why nothing counts, with what to say or to type for it.
    pub(super) fn refused(&self, none: &NoneCounts) -> Problem {
        let message = none.to_string();
        match none {
            NoneCounts::NotInForce { .. } => Problem::not_found(message)
                .next("ewtp tariff history lists the editions, their hubs and their first days"),
            NoneCounts::NotTheirs { hubs, .. } => {
                let policy = self.policy.display();
                let next = format!("{}; or pin whom you trust in {policy}", say(hubs));
                Problem::new("not-pinned", message).field("hub").next(next)
            }
            NoneCounts::SeveralHubs { hubs, .. } => Problem::new("bad-request", message).field("hub").next(say(hubs)),
            NoneCounts::SeveralUnions { unions, .. } => Problem::new("bad-request", message)
                .field("to")
                .next(format!("say which union: --to {}", unions.join(" or --to "))),
        }
    }
}

fn say(hubs: &[HubCode]) -> String {
    let options: Vec<_> = hubs.iter().map(|hub| format!("--hub {hub}")).collect();
    format!("say whose is meant: {}", options.join(" or "))
}

/// Without a file nobody is pinned.
fn read(path: &Path) -> Result<Option<Policy>, Problem> {
    let bytes = match File::open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        file => file.and_then(|file| {
            let mut bytes = Vec::new();
            file.take(POLICY_BYTES_MAX as u64 + 1).read_to_end(&mut bytes)?;
            Ok(bytes)
        }),
    };
    let refused = |why: String, line: Option<usize>| Problem {
        line: line.map(|line| line as u64),
        ..Problem::new(
            "unavailable",
            format!("the policy {} cannot be read: {why}", path.display()),
        )
        .next("mend it (ewtp doctor), or say whose edition is meant: --hub HUB")
    };
    let bytes = bytes.map_err(|error| refused(error.to_string(), None))?;
    let policy = Policy::from_json(&bytes).map_err(|error: PolicyError| refused(error.to_string(), error.line()))?;
    Ok(Some(policy))
}
