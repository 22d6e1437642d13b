//! Headings of chapter 99 that change the duty of lines elsewhere: for which goods, from when, and how.

use super::countries::country;
use super::footnote::footnotes;
use super::rate::{Rate, rate};
use super::source::SourceRow;
use ewtp_record::{CountryCode, Date};
use ewtp_tariff::LineCode;
use ewtp_tariff::row::Validity;
use std::collections::BTreeMap;

/// What a heading of chapter 99 does to the lines that point to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Effect {
    /// A duty beside that of the line, on goods of these countries, on these days.
    Added(Vec<CountryCode>, Validity),
    /// Another rate of column 2 for these countries.
    Column2(Vec<CountryCode>, Validity),
    /// The duty of the line alone: for goods that another heading would burden, and only if claimed.
    Excluded,
    /// Something else; on goods of these countries, or of any when there are none.
    Words(Vec<CountryCode>),
}

/// The effects of all headings of subchapter III of chapter 99, by code.
pub(super) fn effects(rows: &[SourceRow]) -> BTreeMap<LineCode, Effect> {
    let mut superior: Vec<&SourceRow> = Vec::new();
    let mut effects = BTreeMap::new();
    for row in rows.iter().filter(|row| row.code.as_str().starts_with("9903")) {
        while superior.last().is_some_and(|above| above.indent >= row.indent) {
            superior.pop();
        }
        if row.seq == 1 && row.code.as_str().len() == 8 {
            effects.insert(row.code, effect(row, &superior));
        }
        superior.push(row);
    }
    effects
}

fn effect(row: &SourceRow, superior: &[&SourceRow]) -> Effect {
    let Some((countries, validity)) = goods(&row.description) else {
        // What a heading says of its goods holds for all below it.
        let above = superior
            .iter()
            .rev()
            .find_map(|row| goods(row.description.trim_end_matches(':')));
        return Effect::Words(above.map(|(countries, _)| countries).unwrap_or_default());
    };
    // A footnote of the heading about itself, such as "heading 9903.88.16 is suspended".
    if footnotes(&row.footnotes).in_words.contains(&row.code) {
        return Effect::Words(countries);
    }
    match (rate(&row.general), rate(&row.special), rate(&row.other)) {
        (Rate::Added(Some(added)), special, other) if agrees(&special, &added) && agrees(&other, &added) => {
            Effect::Added(countries, validity)
        }
        (Rate::Added(None), ..) => Effect::Excluded,
        (Rate::Blank, Rate::Blank, Rate::Duty(_)) => Effect::Column2(countries, validity),
        _ => Effect::Words(countries),
    }
}

/// Whether another column says nothing against a duty that is added to the general one.
fn agrees(column: &Rate, added: &ewtp_tariff::Expression) -> bool {
    match column {
        Rate::Blank => true,
        Rate::Added(Some(other)) => other == added,
        _ => false,
    }
}

/// The countries and days of "Except as provided in headings ..., effective with respect to entries on or after June 15,
/// 2024 and through November 9, 2026, articles the product of China, as provided for in ...". None when it says anything
/// else of its goods before the countries, or names a country that is not known.
fn goods(description: &str) -> Option<(Vec<CountryCode>, Validity)> {
    let mut rest = description;
    if let Some(after) = strip(rest, "Except as provided in heading") {
        rest = behind_headings(after.trim_start_matches('s'));
    }
    let mut validity = Validity::ALWAYS;
    if let Some(after) = strip(rest, "effective with respect to entries on or after ") {
        let (from, after) = day(after)?;
        validity.from = Some(from);
        rest = after.trim_start_matches([',', ' ']);
        if let Some(after) = strip(rest, "and through ") {
            let (to, after) = day(after)?;
            validity.to = Some(to);
            rest = after;
        }
        rest = rest.trim_start_matches([',', ' ']);
    }
    let named = strip(rest, "articles the product of ")?;
    // What follows is the citation; a further condition on the goods would be no citation.
    let (countries, after) = named.split_once(',').unwrap_or((named, ""));
    let after = after.trim();
    if !(after.is_empty() || after.starts_with("as provided ")) {
        return None;
    }
    let countries: Option<Vec<_>> = countries.split(" and ").map(country).collect();
    let mut countries = countries?;
    countries.sort();
    Some((countries, validity))
}

/// What follows a list of headings: ` 9903.88.39, 9903.88.42, or 9903.88.69, `.
fn behind_headings(text: &str) -> &str {
    let mut rest = text.trim_start();
    loop {
        let end = rest.find(' ').map_or(rest.len(), |end| end + 1);
        let word = rest[..end].trim_end_matches([' ', ',']);
        let is_code = word.starts_with("99") && word.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
        if !(is_code || word == "or" || word == "and") {
            return rest;
        }
        rest = &rest[end..];
    }
}

/// What follows these words, whatever the case of the first letter.
pub(super) fn strip<'t>(text: &'t str, words: &str) -> Option<&'t str> {
    let (head, tail) = text.split_at_checked(words.len())?;
    head.eq_ignore_ascii_case(words).then_some(tail)
}

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// `November 9, 2026` at the beginning of a text, and what follows.
pub(super) fn day(text: &str) -> Option<(Date, &str)> {
    let (month, rest) = text.split_once(' ')?;
    let (day, rest) = rest.split_once(", ")?;
    let (year, rest) = rest.split_at_checked(4)?;
    let month = MONTHS.iter().position(|name| *name == month)? + 1;
    let date = format!("{year}-{month:02}-{day:0>2}").parse().ok()?;
    Some((date, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(description: &str) -> Option<String> {
        let (countries, Validity { from, to }) = goods(description)?;
        let countries: Vec<_> = countries.iter().map(CountryCode::as_str).collect();
        let day = |day: Option<Date>| day.map(|day| day.to_string()).unwrap_or_default();
        Some(format!("{} {}..{}", countries.join(" "), day(from), day(to)))
    }

    #[test]
    fn goods_are_told_by_country_and_day() {
        for (description, meaning) in [
            (
                "Articles the product of China, as provided for in U.S. note 20(dd) to this subchapter",
                "CN ..",
            ),
            ("Articles the product of Japan", "JP .."),
            (
                "Except as provided in headings 9903.88.39, 9903.88.42, or 9903.88.69, articles the product of China, as \
                 provided for in U.S. note 20(r) to this subchapter",
                "CN ..",
            ),
            (
                "Except as provided in heading 9903.91.10, effective with respect to entries on or after September 27, \
                 2024, articles the product of China, as provided for in subdivision (d) of U.S. note 31",
                "CN 2024-09-27..",
            ),
            (
                "Effective with respect to entries on or after June 15, 2024 and through November 9, 2026, articles the \
                 product of China, as provided for in U.S. note 20(vvv)",
                "CN 2024-06-15..2026-11-09",
            ),
            (
                "Articles the product of China and Hong Kong, as provided for in U.S. note 2(s)",
                "CN HK ..",
            ),
        ] {
            assert_eq!(read(description).as_deref(), Some(meaning), "{description}");
        }
    }

    #[test]
    fn goods_with_a_condition_of_their_own_are_left_to_a_person() {
        for description in [
            "Articles the product of any country, as provided for in U.S. note 2(v)",
            "Articles the product of China, the foregoing valued over $5",
            "Steel articles the product of China",
            "Articles other than the product of China",
            "Effective with respect to entries before March 1, 2025, articles the product of China",
            "Except for products described in headings 9903.01.21, articles the product of China",
        ] {
            assert_eq!(read(description), None, "{description}");
        }
    }
}
