//! The lines of goods that a heading names in its words.

use ewtp_tariff::LineCode;
use std::collections::BTreeSet;

/// The lines that a heading names: "(provided for in subheadings 8716.90.30 or 8716.90.50)". None when it names none that the
/// schedule has, or when they are named as an exception.
pub(super) fn named(description: &str, known: &BTreeSet<LineCode>) -> BTreeSet<LineCode> {
    let mut lines = BTreeSet::new();
    let mut rest = description;
    while let Some((before, after)) = ["provided for in ", "classified in "]
        .iter()
        .filter_map(|words| rest.split_once(words))
        .min_by_key(|(before, _)| before.len())
    {
        let clause = after.split([')', ';', '[']).next().unwrap_or_default();
        // A bare number is a heading only where one is spoken of, and a year elsewhere.
        let words = clause
            .split_whitespace()
            .filter(|word| word.contains('.') || clause.contains("heading"));
        let named: Vec<_> = words.filter_map(goods_code).collect();
        let is_excepted = ["except as ", "except ", "other than those "]
            .iter()
            .any(|word| before.ends_with(word));
        if is_excepted && !named.is_empty() {
            return BTreeSet::new();
        }
        for code in named {
            let said = said_of(code, known);
            if said.is_empty() {
                return BTreeSet::new();
            }
            lines.extend(said);
        }
        rest = after;
    }
    lines
}

/// The row of a code; without one the rows below it, or else the nearest above.
fn said_of(code: LineCode, known: &BTreeSet<LineCode>) -> Vec<LineCode> {
    let below = known.range(code..).take_while(|line| line.is_within(&code));
    let below: Vec<_> = below.copied().collect();
    if below.first() == Some(&code) {
        return vec![code];
    }
    let above = || std::iter::successors(Some(code), LineCode::above).find(|line| known.contains(line));
    if below.is_empty() {
        above().into_iter().collect()
    } else {
        below
    }
}

/// The code of goods in a word: `8716.90.30`, `8716.39.0090`, `8702`.
fn goods_code(word: &str) -> Option<LineCode> {
    let word = word.trim_matches(|letter: char| !letter.is_ascii_digit());
    let digits = word.replace('.', "");
    let is_grouped = word.split('.').enumerate().all(|(index, part)| match index {
        0 => part.len() == 4,
        _ => part.len() == 2 || part.len() == 4,
    });
    let is_goods = is_grouped && !digits.starts_with("98") && !digits.starts_with("99");
    digits.parse().ok().filter(|_| is_goods)
}
