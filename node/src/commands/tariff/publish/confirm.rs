//! What is unusual about a publication is shown before, and the hub's code has to be typed.

use anyhow::Context;
use ewtp_api::tariff::UnusualView;
use ewtp_node::failure::Failure;
use ewtp_record::HubCode;
use std::io::{BufRead, Write};

/// Longest answer that is read: a hub code has at most 16 characters, and a line has an end.
const ANSWER_BYTES_MAX: u64 = 256;

/// What is unusual, in one sentence.
pub(super) fn told(unusual: &[UnusualView]) -> String {
    let all: Vec<_> = unusual.iter().map(|unusual| unusual.detail.as_str()).collect();
    all.join(", and ")
}

/// Says on `screen` what is unusual and asks, and reads from `typed` the code of the hub that publishes.
///
/// # Errors
/// A failure with code `not-confirmed` when something else is typed, or nothing.
pub(super) fn typed_code(
    own: HubCode,
    unusual: &[UnusualView],
    typed: impl BufRead,
    screen: &mut impl Write,
) -> anyhow::Result<HubCode> {
    let question = format!("{}; type the hub's code ({own}) to publish: ", told(unusual));
    let asked = screen.write_all(question.as_bytes()).and_then(|()| screen.flush());
    asked.context("cannot ask")?;
    let mut answer = String::new();
    let mut typed = typed.take(ANSWER_BYTES_MAX);
    typed.read_line(&mut answer).context("cannot read the answer")?;
    if answer.trim() == own.as_str() {
        return Ok(own);
    }
    Err(Failure::new("not-confirmed", "nothing was published")
        .next("look again, and type the hub's code when it is right")
        .into())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What comes of these lines, and what the screen shows meanwhile.
    fn answered(lines: &[u8]) -> (anyhow::Result<HubCode>, String) {
        let mut screen = Vec::new();
        let unusual = [
            ("many-rows", "12 of 600 rows change"),
            ("foreign-territory", "MY is far away"),
        ];
        let unusual = unusual.map(|(code, detail)| UnusualView {
            code: code.to_owned(),
            detail: detail.to_owned(),
        });
        let code = typed_code("MY".parse().unwrap(), &unusual, lines, &mut screen);
        (code, String::from_utf8(screen).unwrap())
    }

    #[test]
    fn the_hubs_code_confirms_and_the_screen_says_which_it_is() {
        for lines in [&b"MY\n"[..], b" MY \r\nnothing else is read", b"MY"] {
            let (code, screen) = answered(lines);
            assert_eq!(code.unwrap().as_str(), "MY");
            let question = "12 of 600 rows change, and MY is far away; type the hub's code (MY) to publish: ";
            assert_eq!(screen, question);
        }
    }

    #[test]
    fn anything_else_publishes_nothing() {
        let long = [b'M'; 1_000];
        for lines in [&b""[..], b"\n", b"yes\n", b"my\n", b"RW\n", b"\nMY\n", &long] {
            let error = answered(lines).0.unwrap_err();
            let failure = error.downcast_ref::<Failure>().unwrap();
            assert_eq!(failure.code, "not-confirmed");
            assert!(failure.next.as_ref().unwrap().contains("type the hub's code"));
        }
    }
}
