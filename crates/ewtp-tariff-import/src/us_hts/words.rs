//! A cursor over a cell: words and numbers, with spaces where the publisher felt like it.

use ewtp_tariff::Exact;

/// What is left of a cell. Publishers set spaces unevenly (`6¢ /kg`, `on thebattery`), so words are compared without them;
/// within a number every space counts, for `33 1/3` is not `331/3`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Words<'t>(&'t str);

impl<'t> Words<'t> {
    pub(super) fn of(text: &'t str) -> Self {
        Self(text.trim_start())
    }

    pub(super) const fn is_at_end(&self) -> bool {
        self.0.is_empty()
    }

    /// Takes this phrase, whatever its spaces and capitals, when the cell goes on with it.
    pub(super) fn take(&mut self, phrase: &str) -> bool {
        let mut rest = self.0;
        for wanted in phrase.chars().filter(|wanted| *wanted != ' ') {
            rest = rest.trim_start();
            match rest.chars().next() {
                Some(found) if found.eq_ignore_ascii_case(&wanted) => rest = &rest[found.len_utf8()..],
                _ => return false,
            }
        }
        self.0 = rest.trim_start();
        true
    }

    /// Takes the first of these phrases with which the cell goes on; longer ones must stand before their beginnings.
    pub(super) fn take_one<'p, T: Copy>(&mut self, phrases: &'p [(&'p str, T)]) -> Option<T> {
        phrases
            .iter()
            .find(|(phrase, _)| self.take(phrase))
            .map(|(_, value)| *value)
    }

    /// Takes a number: `16.5`, `1,000`, `33 1/3`.
    pub(super) fn number(&mut self) -> Option<Exact> {
        let (whole, rest) = self.digits(|byte| byte.is_ascii_digit() || byte == b'.' || byte == b',')?;
        let plain = whole.strip_suffix(['.', ',']).unwrap_or(whole);
        let rest = if plain.len() < whole.len() {
            &self.0[plain.len()..]
        } else {
            rest
        };
        let number = Exact::read(&ungrouped(plain)?).ok()?;
        if let Some((fraction, rest)) = fraction(rest) {
            if plain.contains(['.', ',']) {
                return None;
            }
            self.0 = rest.trim_start();
            return Some(&number + &fraction);
        }
        self.0 = rest.trim_start();
        Some(number)
    }

    fn digits(&self, holds: impl Fn(u8) -> bool) -> Option<(&'t str, &'t str)> {
        let length = self.0.bytes().take_while(|byte| holds(*byte)).count();
        (length > 0).then(|| self.0.split_at(length))
    }
}

/// A number without the commas between its thousands; `None` when they stand elsewhere.
fn ungrouped(number: &str) -> Option<String> {
    let (whole, decimals) = number
        .split_once('.')
        .map_or((number, None), |(whole, part)| (whole, Some(part)));
    let mut groups = whole.split(',');
    let first = groups.next()?;
    let are_thousands = groups.clone().all(|group| group.len() == 3);
    if decimals.is_some_and(|part| part.contains([',', '.']))
        || !are_thousands
        || (groups.next().is_some() && first.len() > 3)
    {
        return None;
    }
    Some(number.replace(',', ""))
}

/// ` 1/3` at the beginning of a text: a space, then a fraction below 1.
fn fraction(text: &str) -> Option<(Exact, &str)> {
    let inner = text.strip_prefix(' ')?;
    let numerator = inner.bytes().take_while(u8::is_ascii_digit).count();
    let after = inner.get(numerator..)?.strip_prefix('/')?;
    let denominator = after.bytes().take_while(u8::is_ascii_digit).count();
    let top: i64 = inner[..numerator].parse().ok()?;
    let bottom: i64 = after[..denominator].parse().ok()?;
    let below_one = Exact::fraction(top, bottom).filter(|_| top < bottom)?;
    Some((below_one, &after[denominator..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<String> {
        let mut words = Words::of(text);
        let number = words.number()?;
        words.is_at_end().then(|| number.to_string())
    }

    #[test]
    fn numbers_are_read_as_they_are_printed() {
        for (text, number) in [
            ("16.5", "16.5"),
            ("1,000", "1000"),
            ("33 1/3", "100/3"),
            ("12 1/2", "12.5"),
            ("0.020668", "0.020668"),
            ("5.", "5"),
        ] {
            let mut words = Words::of(text);
            assert_eq!(
                words.number().map(|number| number.to_string()).as_deref(),
                Some(number),
                "{text}"
            );
        }
        for text in ["331/3", "1,00", "1.5 1/2", "", "x", "33 3/1"] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    #[test]
    fn phrases_are_found_whatever_their_spaces() {
        let mut words = Words::of("on thebattery");
        assert!(words.take("on the battery") && words.is_at_end());
        let mut words = Words::of("on the case");
        assert!(!words.take("on the battery") && words.take("on the case"));
    }
}
