//! A failure as the command line tells it: what is wrong, where, and what to type next.
//!
//! Commands return `anyhow::Error`. Those that know more put a [`Failure`] (or another error this module knows) into
//! the chain; [`of`] finds it, so that everything ends as `ewtp.error/1` or as a few lines for a person, printed once.

use crate::config::ConfigFaults;
use crate::keys::KeyError;
use ewtp_store::StoreError;
use serde::Serialize;

/// The code of a failure that lies in what was typed: exit status 2.
pub const USAGE: &str = "usage";

/// One failure (`ewtp.error/1`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, thiserror::Error)]
#[error("{message}")]
pub struct Failure {
    /// `ewtp.error/1`.
    pub schema: &'static str,
    /// A stable name for programs.
    pub code: String,
    /// What is wrong, with the values.
    pub message: String,
    /// The input field or setting at fault.
    pub field: Option<String>,
    /// The input line at fault, from 1.
    pub line: Option<u64>,
    /// What to type next.
    pub next: Option<String>,
}

impl Failure {
    /// A failure with its code and message.
    pub fn new(code: &str, message: impl Into<String>) -> Self {
        Self {
            schema: "ewtp.error/1",
            code: code.to_owned(),
            message: message.into(),
            field: None,
            line: None,
            next: None,
        }
    }

    /// The same failure, saying what to type next.
    #[must_use]
    pub fn next(self, next: impl Into<String>) -> Self {
        Self {
            next: Some(next.into()),
            ..self
        }
    }

    /// The same failure, naming the field at fault.
    #[must_use]
    pub fn field(self, field: impl Into<String>) -> Self {
        Self {
            field: Some(field.into()),
            ..self
        }
    }

    /// The same failure, naming the input line at fault.
    #[must_use]
    pub fn line(self, line: u64) -> Self {
        Self {
            line: Some(line),
            ..self
        }
    }
}

/// What an error has to say: one failure, or one for each fault of a configuration.
pub fn of(error: &anyhow::Error) -> Vec<Failure> {
    // anyhow finds a type below any context, and a failure that was itself given as context.
    if let Some(faults) = error.downcast_ref::<ConfigFaults>() {
        return faults.faults.iter().map(|fault| of_setting(faults, fault)).collect();
    }
    if let Some(key) = error.downcast_ref::<KeyError>() {
        return vec![Failure::new(key.code(), format!("{error:#}")).next(key.remedy())];
    }
    if let Some(failure) = error.downcast_ref::<Failure>() {
        return vec![Failure {
            message: format!("{error:#}"),
            ..failure.clone()
        }];
    }
    if let Some(store) = error.downcast_ref::<StoreError>() {
        let (code, next) = match store {
            StoreError::Locked { .. } => ("already-running", "ewtp status"),
            StoreError::IndexDamaged { .. } => ("index-damaged", "ewtp reindex"),
            _ => ("store", "ewtp doctor"),
        };
        return vec![Failure::new(code, format!("{error:#}")).next(next)];
    }
    vec![Failure::new("failed", format!("{error:#}")).next("ewtp doctor")]
}

fn of_setting(faults: &ConfigFaults, fault: &crate::config::ConfigFault) -> Failure {
    Failure {
        field: Some(fault.field.clone()),
        line: fault.line.map(|line| line as u64),
        ..Failure::new("config", format!("{}: {}", faults.path.display(), fault.message)).next(fault.remedy.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;
    use crate::folder::Folder;
    use anyhow::Context;
    use std::path::Path;

    #[test]
    fn context_added_on_the_way_up_keeps_code_and_next_command() {
        let error = anyhow::Error::from(Failure::new("no-folder", "there is no ./ewtp").next("ewtp init"))
            .context("cannot start the node");
        let told = of(&error);
        assert_eq!(told[0].message, "cannot start the node: there is no ./ewtp");
        assert_eq!(
            (told[0].code.as_str(), told[0].next.as_deref()),
            ("no-folder", Some("ewtp init"))
        );
    }

    #[test]
    fn each_fault_of_a_configuration_is_a_failure_with_its_line() {
        let faults = Config::parse(&Folder::new(Path::new("x")), "net = 1\nhub = 2\n").unwrap_err();
        let error = Err::<(), _>(faults).context("cannot start").unwrap_err();
        let lines: Vec<_> = of(&error).iter().map(|failure| failure.line).collect();
        assert_eq!(lines, [Some(1), Some(2)]);
    }

    #[test]
    fn an_unforeseen_error_still_says_what_to_type() {
        assert_eq!(of(&anyhow::anyhow!("odd"))[0].next.as_deref(), Some("ewtp doctor"));
    }
}
