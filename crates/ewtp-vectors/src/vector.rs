//! One vector as a test reads it.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

/// A committed case: what a reader must say of some bytes, and the bytes. Displayed as `object/name`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Vector {
    /// The folder it lies in.
    pub object: String,
    /// The file's name without its ending.
    pub name: String,
    /// The bytes under test; there may be none.
    pub bytes: Vec<u8>,
    header: BTreeMap<String, String>,
}

impl Vector {
    /// Reads the file of this path, `object/name.txt`.
    ///
    /// # Panics
    /// When the text is not of the form: no empty line, a header line without a colon or said twice, no hex, another
    /// verdict than `ok`, `refused` and `unsupported`, a rule that is not a page and a number, a reason for `ok`, none
    /// for the others.
    pub fn parse(path: &str, text: &str) -> Self {
        let name = path.strip_suffix(".txt").and_then(|path| path.split_once('/'));
        let (object, name) = name.unwrap_or_else(|| panic!("{path}: a vector is a file object/name.txt"));
        let parts = text.split_once("\n\n");
        let (lines, hex) = parts.unwrap_or_else(|| panic!("{path}: no empty line ends the header"));
        let mut header = BTreeMap::new();
        for line in lines.lines() {
            let parts = line.split_once(':');
            let (field, value) = parts.unwrap_or_else(|| panic!("{path}: `{line}` is not `name: value`"));
            let before = header.insert(field.to_owned(), value.trim().to_owned());
            assert_eq!(before, None, "{path}: `{field}` is said twice");
        }
        let hex: String = hex.split_whitespace().collect();
        let vector = Self {
            object: object.to_owned(),
            name: name.to_owned(),
            bytes: hex::decode(hex)
                .unwrap_or_else(|error| panic!("{path}: what follows the header is not hex: {error}")),
            header,
        };
        vector.inspect();
        vector
    }

    /// The verdict: `ok`, `refused` or `unsupported`.
    pub fn expect(&self) -> &str {
        self.get("expect")
    }

    /// The rule that decides: the page and the rule on it, as in `("record", "R7")`.
    ///
    /// # Panics
    /// Never: the form was inspected when the vector was read.
    pub fn rule(&self) -> (&str, &str) {
        self.get("rule").split_once(' ').expect("inspected when it was read")
    }

    /// The stable code of the refusal, `-` for `ok`.
    pub fn reason(&self) -> &str {
        self.get("reason")
    }

    /// What a reader must answer: `Ok`, or the reason for which it refuses the bytes or cannot judge them.
    ///
    /// # Errors
    /// The stable code of the reason.
    pub fn verdict(&self) -> Result<(), &str> {
        match self.expect() {
            "ok" => Ok(()),
            _ => Err(self.reason()),
        }
    }

    /// The header line of this name, where it may be absent.
    pub fn find(&self, name: &str) -> Option<&str> {
        self.header.get(name).map(String::as_str)
    }

    /// The header line of this name.
    ///
    /// # Panics
    /// When there is none.
    pub fn get(&self, name: &str) -> &str {
        self.find(name).unwrap_or_else(|| panic!("{self} has no line `{name}`"))
    }

    /// The header line of this name as a value that is read from text.
    ///
    /// # Panics
    /// When there is none, or it is not of the value's form.
    pub fn value<T: FromStr>(&self, name: &str) -> T {
        let value = self.get(name).parse();
        value.unwrap_or_else(|_| panic!("{self}: `{name}` is not well formed"))
    }

    /// The header line of this name as bytes that are written in hex.
    ///
    /// # Panics
    /// When there is none, or it is not hex.
    pub fn hex(&self, name: &str) -> Vec<u8> {
        hex::decode(self.get(name)).unwrap_or_else(|error| panic!("{self}: `{name}` is not hex: {error}"))
    }

    fn inspect(&self) {
        let (expect, rule, reason) = (self.expect(), self.get("rule"), self.reason());
        assert!(
            ["ok", "refused", "unsupported"].contains(&expect),
            "{self}: `{expect}` is no verdict"
        );
        let number = rule.split_once(' ').and_then(|(_, rule)| rule.strip_prefix('R'));
        assert!(
            number.is_some_and(|number| number.parse::<u32>().is_ok()),
            "{self}: `{rule}` is not a page and a rule"
        );
        assert_eq!(
            expect == "ok",
            reason == "-",
            "{self}: {expect} for the reason `{reason}`"
        );
        assert_ne!(reason, "", "{self}: no reason");
    }
}

impl fmt::Display for Vector {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}/{}", self.object, self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::Vector;

    const GOOD: &str = "expect: refused\nrule: log R6\nreason: too-short\nlogged: 0:0 5:1\nleft:\n\n00ff\n 1 0\n";

    /// Whether the good text with one part replaced is refused.
    fn refuses(part: &str, by: &str) -> bool {
        assert!(GOOD.contains(part));
        std::panic::catch_unwind(|| Vector::parse("log/case.txt", &GOOD.replacen(part, by, 1))).is_err()
    }

    #[test]
    fn header_and_bytes_are_read() {
        let vector = Vector::parse("log/case.txt", GOOD);
        assert_eq!(vector.to_string(), "log/case");
        assert_eq!((vector.rule(), vector.verdict()), (("log", "R6"), Err("too-short")));
        assert_eq!((vector.get("logged"), vector.find("right")), ("0:0 5:1", None));
        assert_eq!(vector.hex("left"), []);
        assert_eq!(vector.bytes, [0, 0xff, 0x10]);
    }

    #[test]
    fn what_is_not_of_the_form_is_not_read() {
        assert!(!refuses("log R6", "log R7"));
        for (part, by) in [
            ("\n\n", "\n"),
            ("left:", "left"),
            ("left:", "logged:"),
            ("00ff", "00f"),
            ("00ff", "00fg"),
            ("refused", "rejected"),
            ("expect: refused\n", ""),
            ("log R6", "log"),
            ("log R6", "log R"),
            ("too-short", "-"),
            ("too-short", ""),
            ("refused", "ok"),
        ] {
            assert!(refuses(part, by), "`{part}` replaced by `{by}`");
        }
    }
}
