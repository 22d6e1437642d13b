//! What is wrong with a configuration file, told all at once.

use std::fmt;
use std::path::PathBuf;

/// One fault: where, what, and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigFault {
    /// The line in the file, counted from 1; `None` when something is missing altogether.
    pub line: Option<usize>,
    /// The setting as `section.key`; empty for a fault of the file as a whole.
    pub field: String,
    /// What is wrong, a lower-case fact with the value.
    pub message: String,
    /// What to write instead.
    pub remedy: String,
}

impl fmt::Display for ConfigFault {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(line) = self.line {
            write!(out, "line {line}: ")?;
        }
        if !self.field.is_empty() {
            write!(out, "{}: ", self.field)?;
        }
        write!(out, "{}\n    {}", self.message, self.remedy)
    }
}

/// All faults of one file, in the order of their lines. Never empty.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct ConfigFaults {
    /// The file.
    pub path: PathBuf,
    /// What is wrong with it.
    pub faults: Vec<ConfigFault>,
}

impl fmt::Display for ConfigFaults {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plural = if self.faults.len() == 1 { "fault" } else { "faults" };
        write!(out, "{} has {} {plural}", self.path.display(), self.faults.len())?;
        for fault in &self.faults {
            write!(out, "\n  {fault}")?;
        }
        Ok(())
    }
}
