//! From the JSON of an office to a checked record that the runtime can sign.

use crate::issue::IssueInput;
use crate::problem::Problem;
use ewtp_record::{Certificate, Credential, FieldError, HubCode, Submission, Terms, UnixTime, parse_json};
use serde_json::Value;

/// A life that no record exceeds, for checking times that the input leaves to the hub: 24 months.
const LIFE_SECONDS_MAX: u64 = 731 * 86_400;

/// Reads one record from its JSON text, for the hub that issues it.
pub(super) type Parse = fn(&[u8], HubCode) -> Result<IssueInput, Problem>;

pub(super) fn certificate(text: &[u8], issuer: HubCode) -> Result<IssueInput, Problem> {
    read(text, issuer, Certificate::from_json)
}

pub(super) fn merchant(text: &[u8], issuer: HubCode) -> Result<IssueInput, Problem> {
    read(text, issuer, Credential::from_json)
}

fn read(
    text: &[u8],
    issuer: HubCode,
    submit: fn(&Value, &Terms) -> Result<Submission, FieldError>,
) -> Result<IssueInput, Problem> {
    let text = str::from_utf8(text).map_err(|_| Problem::new("bad-json", "the text is not UTF-8"))?;
    let value = parse_json(text).map_err(|fault| {
        let message = format!("{} (column {})", fault.message, fault.column);
        Problem::new("bad-json", message)
            .line(fault.line as u64)
            .next("give one JSON object, an array of objects, or one object a line")
    })?;
    let terms = Terms {
        issuer,
        now: now(),
        life_seconds: LIFE_SECONDS_MAX,
    };
    let submission = submit(&value, &terms)?;
    let Submission {
        draft,
        revision,
        gives_issued_at,
        gives_expires_at,
    } = submission;
    Ok(IssueInput {
        kind: draft.kind,
        subject: draft.subject,
        revision,
        payload: draft.payload,
        issued_at: gives_issued_at.then_some(draft.issued_at),
        expires_at: gives_expires_at.then_some(draft.expires_at),
        not_before: draft.not_before,
    })
}

impl From<FieldError> for Problem {
    fn from(fault: FieldError) -> Self {
        let message = format!("{} ({})", fault.message, fault.rule);
        let page = fault.rule.split(' ').next().unwrap_or_default();
        Self::new("invalid-field", message).field(fault.field).next(format!(
            "correct it and send it again; protocol-spec/{page}.md says what may stand there"
        ))
    }
}

/// To check times that an input gives against those it leaves out, which the runtime stamps; and for a question that says no
/// day.
pub(super) fn now() -> UnixTime {
    #[expect(
        clippy::disallowed_methods,
        reason = "the admin interface is an outermost room, and this is its one clock"
    )]
    let since_1970 = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    UnixTime(since_1970.map_or(0, |elapsed| elapsed.as_secs()))
}
