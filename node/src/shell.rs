//! The words of a line that is printed to be typed: a POSIX shell reads each back as it is, a path with a space as one word.

use std::path::Path;

/// A path, quoted where a shell would read it otherwise. What is no UTF-8 in it cannot be printed and is replaced.
#[must_use]
pub fn path(path: &Path) -> String {
    word(&path.to_string_lossy())
}

/// A word, quoted where a shell would read it otherwise.
#[must_use]
pub fn word(text: &str) -> String {
    let quoted = shlex::Quoter::new().allow_nul(true).quote(text);
    quoted.map_or_else(|_| text.to_owned(), std::borrow::Cow::into_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shell_reads_a_quoted_word_as_it_is() {
        for text in [
            "tonight.csv",
            "my hub/ewtp.toml",
            "it's",
            "a\"b",
            "$HOME `id`",
            "~",
            "*",
            "",
            "a\nb",
        ] {
            let line = format!("ewtp verify {} --json", word(text));
            assert_eq!(
                shlex::split(&line).unwrap(),
                ["ewtp", "verify", text, "--json"],
                "{line}"
            );
        }
    }

    #[test]
    fn a_plain_path_stays_as_it_is() {
        for text in ["./ewtp", "/srv/hub-1/policy.json", "2026_rev.5.csv", "-"] {
            assert_eq!(path(Path::new(text)), text);
        }
    }
}
