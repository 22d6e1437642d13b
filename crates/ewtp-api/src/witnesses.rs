//! Who of a hub's panel has cosigned a checkpoint, and whether a verifier needs more.

use ewtp_record::HubCode;
use ewtp_trust::quorum_need;
use ewtp_verify::WitnessCosignature;
use std::time::Duration;

/// How long a server waits for the witnesses at most, unless it is told a shorter time: they cosign at most every 2 s, and
/// their answer travels twice.
pub const WITNESS_WAIT_MAX: Duration = Duration::from_secs(5);

/// The witnesses of a checkpoint, by the panel of the charter under which it was signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Witnesses {
    /// Panel hubs whose cosignature is there.
    pub have: Vec<HubCode>,
    /// How many of the panel make its quorum; 0 when the charter names no panel.
    pub need: usize,
    /// Panel hubs whose cosignature is not there.
    pub missing: Vec<HubCode>,
}

impl Witnesses {
    /// Those of `panel` who made one of these cosignatures.
    #[must_use]
    pub fn among(panel: &[HubCode], cosignatures: &[WitnessCosignature]) -> Self {
        let signed = |hub: &&HubCode| cosignatures.iter().any(|by| by.hub == **hub);
        let (have, missing): (Vec<_>, Vec<_>) = panel.iter().partition(signed);
        Self {
            need: quorum_need(panel.len()),
            have,
            missing,
        }
    }

    /// Whether waiting longer brings nothing that a verifier needs. // spec: bundle R12, of the whole panel
    #[must_use]
    pub fn is_enough(&self) -> bool {
        self.have.len() >= self.need
    }
}
