//! What a plan leaves out that its operator will miss: said when the hub is made, because a charter cannot be changed
//! by this version.

use super::Plan;
use serde::Serialize;

/// One thing that works less well than it could, and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Warning {
    /// A stable name for programs.
    pub code: &'static str,
    /// What will not work.
    pub message: String,
    /// What to do.
    pub next: String,
}

/// What a charter without a panel means, for `init` and `doctor` alike.
pub const NO_PANEL: &str =
    "no panel: nobody witnesses this log, so its certificates stay `undecided` for every verifier";

/// What to do about a charter without a panel.
pub const NO_PANEL_NEXT: &str = "before it issues anything, make the hub anew in another folder with --panel RW,ET; this version cannot change a charter";

/// Everything worth a warning about a plan that keeps all rules.
pub fn warnings(plan: &Plan) -> Vec<Warning> {
    let mut warnings = Vec::new();
    if plan.panel.is_empty() {
        warnings.push(Warning {
            code: "no-panel",
            message: NO_PANEL.to_owned(),
            next: NO_PANEL_NEXT.to_owned(),
        });
    }
    if plan.addresses.is_empty() {
        warnings.push(Warning {
            code: "no-address",
            message: "no published address: nobody can dial 0.0.0.0 or ::, so this node must dial the others".to_owned(),
            next: "set [network] addresses in ewtp.toml to where others reach it; a running node publishes them within the hour"
                .to_owned(),
        });
    }
    warnings
}
