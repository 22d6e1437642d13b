//! How many hubs must have seen a log before its records are accepted, and how many have.

use std::collections::BTreeSet;

use ewtp_log::Checkpoint;
use ewtp_record::{HubCode, UnixTime};
use ewtp_trust::{CLOCK_SKEW, CosignatureFault, Directory, VerifiedCosignature, quorum_need};
use serde::Serialize;

use crate::bundle::WitnessCosignature;
use crate::outcome::{CheckCode, Outcome};
use crate::policy::Policy;
use crate::report::Report;

/// Who has witnessed, and how many of them are needed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Quorum {
    /// How many recognised hubs' cosignatures hold, one for each distinct key.
    pub have: usize,
    /// How many are needed; 0 when nobody could witness for this verifier, which decides nothing.
    pub need: usize,
    /// The hubs that count, sorted by code.
    pub witnesses: Vec<HubCode>,
}

/// What the cosignatures prove.
pub(crate) struct Witnessed {
    pub(crate) quorum: Quorum,
    /// The lower median of the counted cosignatures' times, once the quorum is reached.
    pub(crate) as_of: Option<UnixTime>,
}

/// The hubs whose word counts, and whether the issuer asked anybody for it.
pub(crate) struct Possible {
    pub(crate) hubs: BTreeSet<HubCode>,
    issuer: HubCode,
    /// The hubs that the issuer asked to witness; without any nobody cosigns, however long one waits.
    panel: Vec<HubCode>,
}

impl Possible {
    /// Why a quorum cannot be reached by waiting, as a continued sentence; empty when waiting may help.
    fn obstacle(&self) -> String {
        let Self { hubs, issuer, panel } = self;
        if panel.is_empty() {
            return format!(": the charter of {issuer} names no panel, so nobody witnesses its log");
        }
        match hubs.is_empty() {
            true => format!(": its panel is {}, and the policy pins none of them", names(panel)),
            false => String::new(),
        }
    }
}

fn names<'h>(hubs: impl IntoIterator<Item = &'h HubCode>) -> String {
    let names: Vec<&str> = hubs.into_iter().map(HubCode::as_str).collect();
    names.join(", ")
}

/// The hubs whose word counts: panel members that the policy pins, and its own hub, but never the issuer.
// spec: bundle R12
pub(crate) fn possible_witnesses(policy: &Policy, issuer: HubCode, panel: &[HubCode]) -> Possible {
    let recognised = panel.iter().copied().filter(|hub| policy.pins.contains_key(hub));
    Possible {
        hubs: recognised.chain([policy.own]).filter(|hub| *hub != issuer).collect(),
        issuer,
        panel: panel.to_vec(),
    }
}

/// Counts the cosignatures on `checkpoint` of `possible` witnesses, and reports on both.
pub(crate) fn count(
    report: &mut Report,
    directory: &Directory,
    checkpoint: &Checkpoint,
    cosignatures: &[WitnessCosignature],
    possible: &Possible,
    now: UnixTime,
) -> Witnessed {
    let mut counted: Vec<VerifiedCosignature> = Vec::new();
    let mut remarks = Vec::new();
    for cosignature in cosignatures
        .iter()
        .filter(|cosignature| possible.hubs.contains(&cosignature.hub))
    {
        match verify_one(directory, checkpoint, cosignature, &counted, now) {
            Ok(verified) => counted.push(verified),
            Err(remark) => remarks.push(remark),
        }
    }
    report_cosignatures(report, counted.len(), cosignatures.len(), &remarks);
    let witnesses: Vec<HubCode> = counted.iter().map(VerifiedCosignature::hub).collect();
    let quorum = Quorum {
        have: witnesses.len(),
        need: quorum_need(possible.hubs.len()),
        witnesses,
    };
    let reached = report_quorum(report, &quorum, possible);
    Witnessed {
        as_of: reached.then(|| median(&counted)).flatten(),
        quorum,
    }
}

/// A cosignature that counts, or why it does not. // spec: bundle R11
fn verify_one(
    directory: &Directory,
    checkpoint: &Checkpoint,
    cosignature: &WitnessCosignature,
    counted: &[VerifiedCosignature],
    now: UnixTime,
) -> Result<VerifiedCosignature, String> {
    let WitnessCosignature { hub, time, signature } = cosignature;
    if time.0 > now.0.saturating_add(CLOCK_SKEW) {
        return Err(format!("{hub} signed in the future, at {time}"));
    }
    let verified = directory.verify_cosignature(*hub, checkpoint, *time, &signature.0);
    let verified = verified.map_err(|fault| match fault {
        CosignatureFault::UnknownHub { hub } => {
            format!("the charters of {hub} are not in the bundle, or are older than the policy asks for")
        }
        fault => fault.to_string(),
    })?;
    let same_key = |other: &&VerifiedCosignature| other.key() == verified.key();
    match counted.iter().find(same_key) {
        Some(other) => Err(format!("{hub} signed with the key of {}", other.hub())),
        None => Ok(verified),
    }
}

fn report_cosignatures(report: &mut Report, counted: usize, all: usize, remarks: &[String]) {
    let detail = format!("{counted} of {all} count");
    if remarks.is_empty() {
        report.pass(CheckCode::Cosignatures, detail);
    } else {
        // A cosignature that does not hold takes nothing from those that do; the quorum says whether enough remain.
        report.warn(CheckCode::Cosignatures, format!("{detail}; {}", remarks.join("; ")));
    }
}

fn report_quorum(report: &mut Report, quorum: &Quorum, possible: &Possible) -> bool {
    let Quorum { have, need, .. } = quorum;
    let why = possible.obstacle();
    if *need == 0 {
        let detail = format!("no hub that the policy recognises could witness this log{why}");
        report.unknown(CheckCode::Quorum, Outcome::Undecided, detail);
        return false;
    }
    let detail = format!("{have} of the {need} needed of {}", names(&possible.hubs));
    if have < need {
        report.unknown(CheckCode::Quorum, Outcome::Undecided, format!("{detail}{why}"));
        return false;
    }
    report.pass(CheckCode::Quorum, detail);
    true
}

/// The lower median: with a quorum of more than two thirds, no liar alone moves it past what an honest hub said.
fn median(counted: &[VerifiedCosignature]) -> Option<UnixTime> {
    let mut times: Vec<UnixTime> = counted.iter().map(VerifiedCosignature::time).collect();
    times.sort_unstable();
    times.get(times.len().saturating_sub(1) / 2).copied()
}
