//! Canonical text: what a publisher says, without how the page showed it.
//!
//! Publishers add and drop mark-up between editions of one law. A hash over the raw text would call thousands of rows
//! changed; over the canonical text it calls those that changed.

/// The text without mark-up, with entities resolved, one space between words and none at the ends, raised digits as
/// digits, and quotes and hyphens as a keyboard has them.
///
/// ```
/// let text = ewtp_tariff_import::canonical("  Weighing &le; 40&nbsp;g/m<sup>2</sup>\n of <i>Agaricus</i> ");
/// assert_eq!(text, "Weighing ≤ 40 g/m2 of Agaricus");
/// assert_eq!(ewtp_tariff_import::canonical("40 g/m²"), "40 g/m2");
/// ```
#[must_use]
pub fn canonical(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        if let Some((tag, after)) = tag(rest) {
            // A line break parts words; the mark of a raised digit or of a Latin name does not.
            if is_break(tag) {
                put(&mut kept, ' ');
            }
            rest = after;
        } else if let Some((character, after)) = entity(rest) {
            put(&mut kept, character);
            rest = after;
        } else {
            put(&mut kept, first);
            rest = &rest[first.len_utf8()..];
        }
    }
    kept.truncate(kept.trim_end().len());
    kept
}

/// Adds a character in its canonical form; a space only behind a word.
fn put(kept: &mut String, character: char) {
    let plain = match character {
        '\u{200b}'..='\u{200d}' | '\u{2060}' | '\u{feff}' | '\u{ad}' => return,
        '’' | '‘' | 'ʼ' | 'ʻ' | '´' => '\'',
        '“' | '”' | 'ˮ' => '"',
        '\u{2010}' | '\u{2011}' => '-',
        '⁰' => '0',
        '¹' => '1',
        '²' => '2',
        '³' => '3',
        '⁴'..='⁹' => char::from(b'4' + u8::try_from(u32::from(character) - u32::from('⁴')).unwrap_or(0)),
        '₀'..='₉' => char::from(b'0' + u8::try_from(u32::from(character) - u32::from('₀')).unwrap_or(0)),
        other if other.is_whitespace() || other.is_control() => ' ',
        other => other,
    };
    if plain != ' ' || !(kept.is_empty() || kept.ends_with(' ')) {
        kept.push(plain);
    }
}

/// Names of tags that are mark-up. Anything else behind a `<` is text: `<5 kg`, or a substance in angle brackets.
const TAGS: &[&str] = &[
    "b", "br", "div", "em", "font", "i", "il", "li", "ol", "p", "small", "span", "strong", "sub", "sup", "u", "ul",
];

/// The name of the tag that a text begins with, and what follows the tag.
fn tag(text: &str) -> Option<(&str, &str)> {
    let inner = text.strip_prefix('<')?;
    let (inner, after) = inner.split_at(inner.find('>')?);
    let name = inner.trim_start_matches('/').split([' ', '\t', '\n', '/']).next()?;
    let is_tag = TAGS.iter().any(|tag| name.eq_ignore_ascii_case(tag));
    is_tag.then(|| (name, &after[1..]))
}

fn is_break(tag: &str) -> bool {
    ["br", "div", "li", "ol", "p", "ul"]
        .iter()
        .any(|name| tag.eq_ignore_ascii_case(name))
}

/// Entities with a name. Greek letters and the like come as characters in every file seen.
const ENTITIES: &[(&str, char)] = &[
    ("amp", '&'),
    ("apos", '\''),
    ("cent", '¢'),
    ("deg", '°'),
    ("ge", '≥'),
    ("gt", '>'),
    ("ldquo", '"'),
    ("le", '≤'),
    ("lsquo", '\''),
    ("lt", '<'),
    ("mdash", '—'),
    ("micro", 'µ'),
    ("nbsp", ' '),
    ("ndash", '–'),
    ("plusmn", '±'),
    ("quot", '"'),
    ("rdquo", '"'),
    ("rsquo", '\''),
    ("sect", '§'),
    ("sup2", '²'),
    ("sup3", '³'),
];

/// The character of the entity that a text begins with, and what follows it.
fn entity(text: &str) -> Option<(char, &str)> {
    let inner = text.strip_prefix('&')?;
    let (name, after) = inner.split_at(inner.find(';').filter(|end| *end <= 8)?);
    let character = match name.strip_prefix('#') {
        Some(number) => char::from_u32(code_point(number)?)?,
        None => ENTITIES.iter().find(|(entity, _)| *entity == name)?.1,
    };
    Some((character, &after[1..]))
}

fn code_point(number: &str) -> Option<u32> {
    match number.strip_prefix(['x', 'X']) {
        Some(hex) => u32::from_str_radix(hex, 16).ok(),
        None => number.parse().ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::canonical;

    #[test]
    fn mark_up_and_its_absence_are_one_text() {
        let shown = [
            "Mushrooms of the genus <i>Agaricus</i>",
            "Mushrooms of the genus <I class=\"x\">Agaricus</I>",
        ];
        for shown in shown {
            assert_eq!(canonical(shown), "Mushrooms of the genus Agaricus");
        }
        for volume in ["m<sup>3</sup>", "m³", "m&sup3;", "m&#179;", "m&#xB3;", "m3"] {
            assert_eq!(canonical(volume), "m3");
        }
        assert_eq!(canonical("one<br/>two<br>three"), "one two three");
        assert_eq!(canonical("CO₂ and x⁹"), "CO2 and x9");
    }

    #[test]
    fn what_only_looks_like_mark_up_stays() {
        for text in [
            "less than <5 kg> each",
            "R&D; A&C",
            "<benzene>",
            "a < b",
            "&unknown;",
            "&#xZZ;",
        ] {
            assert_eq!(canonical(text), text);
        }
    }

    #[test]
    fn spaces_are_one_between_words_and_none_at_the_ends() {
        assert_eq!(canonical("\u{a0} a\u{200b}b \n\t c&nbsp;&nbsp;"), "ab c");
        assert_eq!(canonical(" \n"), "");
    }

    #[test]
    fn the_canonical_text_is_its_own() {
        for text in ["5¢/kg + 33 1/3%", "“Café’s” – 10 ˚C", "&amp;lt;"] {
            let once = canonical(text);
            if !once.contains('&') {
                assert_eq!(canonical(&once), once);
            }
        }
    }
}
