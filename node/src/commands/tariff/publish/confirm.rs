//! A change of many rows is shown before it is published, and the hub's code has to be typed.

use anyhow::Context;
use ewtp_node::failure::Failure;
use ewtp_record::HubCode;
use std::io::{BufRead, Write};

/// Longest answer that is read: a hub code has at most 16 characters, and a line has an end.
const ANSWER_BYTES_MAX: u64 = 256;

/// Asks on `screen`, and reads from `typed` the code of the hub that publishes.
///
/// # Errors
/// A failure with code `not-confirmed` when something else is typed, or nothing.
pub(super) fn typed_code(own: HubCode, typed: impl BufRead, screen: &mut impl Write) -> anyhow::Result<HubCode> {
    let question = format!("more than one row in a hundred changes; type the hub's code ({own}) to publish: ");
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
        let code = typed_code("MY".parse().unwrap(), lines, &mut screen);
        (code, String::from_utf8(screen).unwrap())
    }

    #[test]
    fn the_hubs_code_confirms_and_the_screen_says_which_it_is() {
        for lines in [&b"MY\n"[..], b" MY \r\nnothing else is read", b"MY"] {
            let (code, screen) = answered(lines);
            assert_eq!(code.unwrap().as_str(), "MY");
            assert!(screen.ends_with("type the hub's code (MY) to publish: "), "{screen}");
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
