//! Gathers checks while a verdict is formed. The outcome is the most severe that any check calls for.

use crate::outcome::{Check, CheckCode, CheckResult, Outcome};

/// Checks so far, and what they come to.
#[derive(Debug)]
pub(crate) struct Report {
    pub(crate) checks: Vec<Check>,
    pub(crate) outcome: Outcome,
}

impl Report {
    /// Nothing checked yet, nothing against acceptance.
    pub(crate) fn new() -> Self {
        Self {
            checks: Vec::new(),
            outcome: Outcome::Accepted,
        }
    }

    pub(crate) fn pass(&mut self, code: CheckCode, detail: impl Into<String>) {
        self.note(code, CheckResult::Pass, detail);
    }

    /// Holds, but somebody should look at what `detail` says.
    pub(crate) fn warn(&mut self, code: CheckCode, detail: impl Into<String>) {
        self.note(code, CheckResult::Warn, detail);
    }

    pub(crate) fn skip(&mut self, code: CheckCode, detail: impl Into<String>) {
        self.note(code, CheckResult::Skip, detail);
    }

    /// Does not hold, and the record is therefore `outcome` or worse.
    pub(crate) fn fail(&mut self, code: CheckCode, outcome: Outcome, detail: impl Into<String>) {
        self.outcome = self.outcome.or_worse(outcome);
        self.note(code, CheckResult::Fail, detail);
    }

    /// Could not be checked with what was given.
    pub(crate) fn unknown(&mut self, code: CheckCode, outcome: Outcome, detail: impl Into<String>) {
        self.outcome = self.outcome.or_worse(outcome);
        self.note(code, CheckResult::Unknown, detail);
    }

    fn note(&mut self, code: CheckCode, result: CheckResult, detail: impl Into<String>) {
        self.checks.push(Check {
            code,
            result,
            detail: in_one_line(&detail.into()),
        });
    }
}

/// A sentence that may quote the file: what in it would begin another line, or a terminal would obey, is replaced.
///
/// Without this a forged file could write its own verdict on the officer's screen.
pub(crate) fn in_one_line(sentence: &str) -> String {
    let is_obeyed = |letter: char| {
        letter.is_control()
            || matches!(letter, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    sentence.replace(is_obeyed, "\u{fffd}")
}
