//! Footnotes: those that point to chapter 99 or to an excise, and those that only explain.

use ewtp_tariff::LineCode;
use std::collections::BTreeSet;

/// What the footnotes of a line say of its duty.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Footnotes {
    /// Headings 9903 that the line simply points to, in their order.
    pub(super) headings: BTreeSet<LineCode>,
    /// Headings 9903 of footnotes that say more than "see".
    pub(super) in_words: BTreeSet<LineCode>,
    /// Whether a safeguard of subchapter IV (9904) may apply.
    pub(super) has_safeguard: bool,
    /// Whether a federal excise may apply.
    pub(super) has_excise: bool,
    /// The footnotes that say anything beside "see" and headings 9903.
    pub(super) texts: Vec<String>,
}

/// Reads the footnotes of a line, in canonical text.
pub(super) fn footnotes(texts: &[String]) -> Footnotes {
    let mut read = Footnotes::default();
    for text in texts {
        let codes = codes(text);
        let headings = codes.iter().filter(|code| code.as_str().starts_with("9903")).copied();
        if only_sees(text) {
            read.headings.extend(headings);
        } else {
            read.in_words.extend(headings);
        }
        read.has_safeguard |= codes.iter().any(|code| code.as_str().starts_with("9904"));
        read.has_excise |= text.contains("Federal Excise Tax");
        let is_told =
            only_sees(text) && codes.iter().all(|code| code.as_str().starts_with("9903")) && !codes.is_empty();
        if !is_told {
            read.texts.push(text.clone());
        }
    }
    read.in_words.retain(|code| !read.headings.contains(code));
    read
}

/// The eight-digit codes in a text: `9903.88.15`.
fn codes(text: &str) -> BTreeSet<LineCode> {
    let words = text.split(|character: char| !(character.is_ascii_digit() || character == '.'));
    words.filter_map(code).collect()
}

fn code(word: &str) -> Option<LineCode> {
    let parts: Vec<_> = word.trim_end_matches('.').split('.').collect();
    let lengths: Vec<_> = parts.iter().map(|part| part.len()).collect();
    parts.concat().parse().ok().filter(|_| lengths == [4, 2, 2])
}

/// Whether a footnote says no more than "See 9903.88.01, U.S. note 3 to subchapter III, chapter 99 and 9903.88.02."
fn only_sees(text: &str) -> bool {
    let Some(list) = text.strip_prefix("See ") else {
        return false;
    };
    // The one citation that stands in such lists has a comma of its own.
    let list = list.replace("subchapter III, chapter 99", "subchapter III");
    let list = list.trim_end_matches(['.', ' ']).replace(" and ", ",");
    let mut entries = list.split(',').map(str::trim).filter(|entry| !entry.is_empty());
    entries.all(|entry| code(entry).is_some() || is_citation(entry))
}

/// `U.S. note 3 to subchapter III`
fn is_citation(entry: &str) -> bool {
    let number = entry
        .strip_prefix("U.S. note ")
        .and_then(|rest| rest.strip_suffix(" to subchapter III"));
    number.is_some_and(|number| !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Footnotes {
        footnotes(&[text.to_owned()])
    }

    fn list(codes: &BTreeSet<LineCode>) -> Vec<&str> {
        codes.iter().map(LineCode::as_str).collect()
    }

    #[test]
    fn plain_pointers_are_told_from_words() {
        let plain = read("See 9903.88.03, 9903.88.21 and 9903.88.24.");
        assert_eq!(list(&plain.headings), ["99038803", "99038821", "99038824"]);
        assert!(plain.texts.is_empty());
        let cited = read("See U.S. note 3 to subchapter III, chapter 99, 9903.41.05 and 9903.88.03.");
        assert_eq!(list(&cited.headings), ["99034105", "99038803"]);
        let words = read("See 9903.88.04 and its associated definitional note (U.S. note 20(g) in subchapter III).");
        assert_eq!((words.headings.len(), list(&words.in_words)), (0, vec!["99038804"]));
        assert_eq!(words.texts.len(), 1);
    }

    #[test]
    fn other_headings_stay_in_the_text() {
        let both = read("See 9817.84.01 and 9903.88.01.");
        assert_eq!(list(&both.headings), ["99038801"]);
        assert_eq!(both.texts.len(), 1);
        assert!(read("See subheadings 9904.02.01-9904.02.37.").has_safeguard);
        assert!(
            read("Imports under this subheading may be subject to Federal Excise Tax (26 U.S.C. 5001).").has_excise
        );
        assert_eq!(read("See chapter 99 statistical note 1.").headings.len(), 0);
    }
}
