//! A refusal as it is told: one JSON object for the HTTP answer, for a line of a bulk answer and for the command line.
//!
//! The table of codes below is the only place that knows which HTTP status a code has.

use crate::schema::ErrorSchema;
use ewtp_record::RecordId;
use serde::{Deserialize, Serialize};

/// Why a request, or one line of it, was refused (`ewtp.error/1`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{message}")]
pub struct Problem {
    /// `ewtp.error/1`.
    pub schema: ErrorSchema,
    /// Stable name of the reason: one of [`CODES`], or one that a newer node knows.
    pub code: String,
    /// What is wrong, with the values, for a person.
    pub message: String,
    /// The input field at fault, as a dotted path.
    pub field: Option<String>,
    /// The input line at fault, from 1: for a bulk request the line on which the record begins.
    pub line: Option<u64>,
    /// What to do or type next.
    pub next: Option<String>,
    /// The record that already stands where another was to be issued.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub existing: Option<Box<RecordId>>,
}

/// Every code of this node with its HTTP status.
pub const CODES: &[(&str, u16)] = &[
    ("bad-request", 400),
    ("bad-json", 400),
    ("bad-cursor", 400),
    ("foreign-origin", 403),
    ("not-found", 404),
    ("unknown-route", 404),
    ("method-not-allowed", 405),
    ("not-acceptable", 406),
    ("too-slow", 408),
    ("already-issued-differently", 409),
    ("not-confirmed", 409),
    ("not-pinned", 409),
    ("not-yet-covered", 409),
    ("not-resumed", 409),
    ("carry-full", 409),
    ("too-large", 413),
    ("unsupported-media-type", 415),
    ("foreign-host", 421),
    ("invalid-field", 422),
    ("no-quote", 422),
    ("no-role-key", 422),
    ("outside-authority", 422),
    ("schedule-refused", 422),
    ("internal", 500),
    ("unavailable", 503),
    ("stopping", 503),
    ("no-answer", 504),
];

impl Problem {
    /// A problem with a code of [`CODES`] and a message.
    #[must_use]
    pub fn new(code: &'static str, message: impl Into<String>) -> Self {
        debug_assert!(
            CODES.iter().any(|(known, _)| *known == code),
            "{code} is missing in the table of codes"
        );
        Self {
            schema: ErrorSchema,
            code: code.to_owned(),
            message: message.into(),
            field: None,
            line: None,
            next: None,
            existing: None,
        }
    }

    /// The same problem, naming what to do next.
    #[must_use]
    pub fn next(mut self, next: impl Into<String>) -> Self {
        self.next = Some(next.into());
        self
    }

    /// The same problem, naming the field at fault.
    #[must_use]
    pub fn field(mut self, field: impl Into<String>) -> Self {
        self.field = Some(field.into());
        self
    }

    /// The same problem, naming the input line at fault.
    #[must_use]
    pub fn line(mut self, line: u64) -> Self {
        self.line = Some(line);
        self
    }

    /// The HTTP status of this problem's code: 500 for a code this build does not know.
    #[must_use]
    pub fn http_status(&self) -> u16 {
        CODES
            .iter()
            .find(|(code, _)| *code == self.code)
            .map_or(500, |(_, status)| *status)
    }

    pub(crate) fn stopping() -> Self {
        Self::new("stopping", "the node is stopping and takes no new work").next("start it again: ewtp run")
    }

    pub(crate) fn not_found(what: impl Into<String>) -> Self {
        Self::new("not-found", what)
    }

    /// A fault of the node itself. The cause is logged here, once; the caller learns that it is not at fault.
    pub(crate) fn internal(cause: &dyn std::fmt::Display) -> Self {
        tracing::error!(%cause, "a request failed inside the node");
        Self::new("internal", format!("the node could not answer: {cause}")).next("ewtp doctor")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_five_members_are_always_there() {
        let problem = Problem::new("bad-json", "expected a value").line(3);
        assert_eq!(
            serde_json::to_string(&problem).unwrap(),
            r#"{"schema":"ewtp.error/1","code":"bad-json","message":"expected a value","field":null,"line":3,"next":null}"#
        );
    }

    #[test]
    fn a_code_of_a_newer_node_is_still_a_problem() {
        let text = r#"{"schema":"ewtp.error/1","code":"quota","message":"x","field":null,"line":null,"next":null}"#;
        let problem: Problem = serde_json::from_str(text).unwrap();
        assert_eq!(problem.http_status(), 500);
    }

    #[test]
    fn codes_are_sorted_by_status_and_distinct() {
        assert!(CODES.is_sorted_by_key(|(_, status)| *status));
        let mut names: Vec<_> = CODES.iter().map(|(code, _)| *code).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), CODES.len());
    }
}
