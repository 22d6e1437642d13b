//! A verdict as people read it. The first line gives the answer and tells the officer what to compare.

use std::fmt;

use crate::outcome::{Check, CheckResult, Outcome};
use crate::verdict::Verdict;

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write_first_line(f)?;
        if let Some(record) = &self.record {
            writeln!(f, "  issuer   {}", record.issuer)?;
            writeln!(f, "  record   {}", record.id)?;
        }
        self.write_age(f)?;
        for check in &self.checks {
            write_check(f, check)?;
        }
        Ok(())
    }
}

impl Verdict {
    /// `ACCEPTED  clearance-certificate MY-1 of MY: export-release, released — compare: container MSKU…`, or the first
    /// reason against.
    fn write_first_line(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.outcome.code().to_uppercase().replace('_', " "))?;
        if let Some(record) = &self.record {
            write!(f, "  {} {} of {}", record.kind, record.subject, record.issuer)?;
        }
        if let Some(statement) = &self.statement {
            write!(f, ": {statement}")?;
        }
        if self.outcome == Outcome::Accepted {
            return self.write_comparison(f);
        }
        match self.decisive() {
            Some(check) => writeln!(f, " — {}", check.detail),
            None => writeln!(f),
        }
    }

    fn write_comparison(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.compare.is_empty() {
            return writeln!(f);
        }
        writeln!(f, " — compare: {}", self.compare.join(", "))
    }

    /// The check that speaks most against acceptance: the first that fails, else the first that could not be made.
    fn decisive(&self) -> Option<&Check> {
        let first = |result| self.checks.iter().find(move |check| check.result == result);
        match self.outcome {
            Outcome::Unsupported | Outcome::Undecided => first(CheckResult::Unknown),
            _ => first(CheckResult::Fail),
        }
    }

    fn write_age(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (Some(as_of), Some(age)) = (self.as_of, self.age_seconds) else {
            return Ok(());
        };
        writeln!(f, "  as of    {} ({} ago)", as_of.to_calendar(), duration(age))
    }
}

fn write_check(f: &mut fmt::Formatter<'_>, check: &Check) -> fmt::Result {
    writeln!(
        f,
        "  {:<8} {:<13} {}",
        check.result.code(),
        check.code.code(),
        check.detail
    )
}

/// Seconds in the largest unit that keeps two figures.
fn duration(seconds: u64) -> String {
    match seconds {
        0..120 => format!("{seconds} s"),
        120..7_200 => format!("{} min", seconds / 60),
        7_200..172_800 => format!("{} h", seconds / 3_600),
        _ => format!("{} d", seconds / 86_400),
    }
}
