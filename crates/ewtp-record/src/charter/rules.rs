//! What the fields of a charter demand of each other.

use super::body::NEXT_ROOTS_MAX;
use super::{CharterBody, Duty, Role, Transition};
use crate::FieldError;
use crate::fields::{ascending, count, demand};

const DAYS_MAX: u64 = 400; // spec: charter R8
const ROOTS_MAX: usize = 9; // spec: charter R9
const ROLES_MAX: usize = 32; // spec: charter R11
const REVOKED_MAX: usize = 64; // spec: charter R12
const DISPLAY_NAME_BYTES_MAX: usize = 64; // spec: charter R15

impl CharterBody {
    /// How many hubs a panel may have.
    pub const PANEL_MAX: usize = 15; // spec: charter R13

    /// Checks that the fields fit each other.
    ///
    /// # Errors
    /// The first field that does not, with its rule.
    pub fn inspect(&self) -> Result<(), FieldError> {
        self.inspect_place()?;
        self.inspect_roots()?;
        self.inspect_roles()?;
        count(self.revoked.len(), 0..=REVOKED_MAX, "revoked", "charter R12")?;
        ascending(
            self.revoked.iter().map(|revocation| revocation.kid),
            "revoked",
            "charter R12",
        )?;
        count(self.panel.len(), 0..=Self::PANEL_MAX, "panel", "charter R13")?;
        ascending(&self.panel, "panel", "charter R13")?;
        demand(
            !self.panel.contains(&self.hub),
            "panel",
            "charter R13",
            "own-panel",
            "must not name the hub itself",
        )?;
        let name = &self.display_name;
        let is_sound = (1..=DISPLAY_NAME_BYTES_MAX).contains(&name.len()) && !name.chars().any(char::is_control);
        demand(
            is_sound,
            "display_name",
            "charter R15",
            "display-name",
            "must be 1 to 64 bytes without control characters",
        )
    }

    // spec: charter R7, R8, R14
    fn inspect_place(&self) -> Result<(), FieldError> {
        let is_first = self.number == 0;
        let message = "must name the charter before, and only in charter 0 be absent";
        demand(
            is_first == self.previous.is_none(),
            "previous",
            "charter R7",
            "previous",
            message,
        )?;
        let fits = is_first == (self.transition == Transition::Genesis);
        demand(
            fits,
            "transition",
            "charter R14",
            "transition",
            "must be 0 in charter 0 and nowhere else",
        )?;
        let life = self.expires_at.since(self.issued_at);
        let fits = self.issued_at < self.expires_at && life <= DAYS_MAX * 86_400;
        demand(
            fits,
            "expires_at",
            "charter R8",
            "life",
            "must lie after issued_at by at most 400 days",
        )
    }

    // spec: charter R9, R10
    fn inspect_roots(&self) -> Result<(), FieldError> {
        count(self.roots.len(), 1..=ROOTS_MAX, "roots", "charter R9")?;
        ascending(&self.roots, "roots", "charter R9")?;
        let threshold = usize::from(self.threshold);
        let fits = threshold * 2 > self.roots.len() && threshold <= self.roots.len();
        demand(
            fits,
            "threshold",
            "charter R9",
            "threshold",
            "must be more than half of the roots, and no more than all",
        )?;
        let alone = "a single root is enough on a test network only";
        demand(
            self.roots.len() > 1 || self.net.is_test(),
            "roots",
            "charter R9",
            "single-root",
            alone,
        )?;
        count(self.next_roots.len(), 1..=NEXT_ROOTS_MAX, "next_roots", "charter R10")?;
        ascending(&self.next_roots, "next_roots", "charter R10")?;
        let fits = usize::from(self.next_threshold) <= self.next_roots.len();
        demand(
            fits,
            "next_threshold",
            "charter R10",
            "threshold",
            "must be no more than there are next roots",
        )
    }

    // spec: charter R11
    fn inspect_roles(&self) -> Result<(), FieldError> {
        const RULE: &str = "charter R11";
        count(self.roles.len(), 1..=ROLES_MAX, "roles", RULE)?;
        ascending(self.roles.iter().map(|role| (role.duty, role.key)), "roles", RULE)?;
        for (index, role) in self.roles.iter().enumerate() {
            let field = format!("roles[{index}]");
            let is_other = |other: &Role| other.key != role.key;
            demand(
                self.roles[index + 1..].iter().all(is_other),
                &field,
                RULE,
                "two-duties",
                "one key has one duty",
            )?;
            demand(
                !self.roots.contains(&role.key),
                &field,
                RULE,
                "root-with-duty",
                "a root key must have no duty",
            )?;
            let fits = role.not_before <= role.not_after;
            demand(fits, &field, RULE, "window", "the window must begin before it ends")?;
        }
        let keys_of = |duty| self.roles.iter().filter(|role| role.duty == duty).count();
        demand(
            keys_of(Duty::Log) == 1,
            "roles",
            RULE,
            "log-key",
            "must name exactly one log key",
        )?;
        demand(
            keys_of(Duty::Witness) <= 1,
            "roles",
            RULE,
            "witness-key",
            "must name at most one witness key",
        )
    }
}
