//! The special column: rates with the programmes that give them.

use super::programme;
use super::rate::{Rate, rate};
use ewtp_tariff::row::GroupId;
use std::collections::BTreeMap;

/// What the special column says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Special {
    /// Rates, each with its programmes; no programme with two.
    Rates(Vec<(Rate, Vec<GroupId>)>),
    /// What this reader does not take apart, and why.
    Words(&'static str),
}

/// Reads a cell in canonical text: `Free (AU,BH,CL) 3.5% (JP)`.
pub(super) fn special(cell: &str) -> Special {
    match rate(cell) {
        // A rate for nobody in particular.
        Rate::Duty(_) => return Special::Words("a special rate names no programme"),
        nothing @ (Rate::Blank | Rate::NoChange | Rate::Added(_)) => {
            return Special::Rates(vec![(nothing, Vec::new())]);
        }
        Rate::Words(_) => {}
    }
    let mut rates: Vec<(Rate, Vec<GroupId>)> = Vec::new();
    let mut seen: BTreeMap<GroupId, Rate> = BTreeMap::new();
    let mut rest = cell;
    while !rest.trim().is_empty() {
        let Some((before, groups, after)) = next(rest) else {
            return Special::Words("the special rate does not end with its programmes");
        };
        let Some(groups) = groups else {
            return Special::Words("a programme is not known");
        };
        let rate = rate(before);
        let mut is_told_otherwise =
            |group: &GroupId| seen.insert(*group, rate.clone()).is_some_and(|told| told != rate);
        if groups.iter().copied().any(|group| is_told_otherwise(&group)) {
            return Special::Words("a programme has two rates");
        }
        match rates.iter_mut().find(|(known, _)| *known == rate) {
            Some((_, known)) => known.extend(groups),
            None => rates.push((rate, groups)),
        }
        for (_, groups) in &mut rates {
            groups.sort();
            groups.dedup();
        }
        rest = after;
    }
    Special::Rates(rates)
}

/// The words of a cell with one space around parentheses and behind commas: publishers set and drop these from edition to
/// edition.
pub(super) fn respaced(cell: &str) -> String {
    let mut text = String::with_capacity(cell.len());
    let mut rest = cell.trim();
    while let Some(at) = rest.find(['(', ')', ',']) {
        let (before, after) = rest.split_at(at);
        text.push_str(before.trim());
        text.push_str(match after.as_bytes()[0] {
            b'(' => " (",
            b')' => ") ",
            _ => ", ",
        });
        rest = after[1..].trim_start();
    }
    text.push_str(rest);
    // Parentheses and commas behind each other would leave two spaces, or one before a comma.
    crate::canonical(&text).replace(" ,", ",").replace(" )", ")")
}

/// A rate, the programmes in parentheses behind it (none if one is not known), and what follows.
fn next(text: &str) -> Option<(&str, Option<Vec<GroupId>>, &str)> {
    let mut from = 0;
    // Parentheses within a rate hold words; those of programmes hold symbols only.
    loop {
        let open = from + text[from..].find('(')?;
        let close = open + text[open..].find(')')?;
        let inner = &text[open + 1..close];
        if looks_like_symbols(inner) {
            let groups = inner.split(',').map(|symbol| programme::group(symbol.trim()));
            return Some((text[..open].trim(), groups.collect(), &text[close + 1..]));
        }
        from = close + 1;
    }
}

fn looks_like_symbols(text: &str) -> bool {
    text.split(',').all(|symbol| {
        let symbol = symbol.trim();
        (1..=3).contains(&symbol.len())
            && symbol
                .bytes()
                .all(|byte| byte.is_ascii_uppercase() || b"*+".contains(&byte))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn printed(cell: &str) -> Vec<String> {
        match special(cell) {
            Special::Rates(rates) => rates
                .iter()
                .map(|(rate, groups)| {
                    let groups: Vec<_> = groups.iter().map(GroupId::as_str).collect();
                    match rate {
                        Rate::Duty(duty) => format!("{duty}: {}", groups.join(" ")),
                        other => format!("{other:?}: {}", groups.join(" ")),
                    }
                })
                .collect(),
            Special::Words(reason) => vec![reason.to_owned()],
        }
    }

    #[test]
    fn rates_are_told_apart_by_their_programmes() {
        assert_eq!(printed("Free (A+, AU,SG)"), ["free: us-A+ us-AU us-SG"]);
        assert_eq!(printed("Free(AU,SG)2.65%(JP)"), ["free: us-AU us-SG", "2.65%: us-JP"]);
        assert_eq!(
            printed("Free (AU) 1.3¢/liter + 9.8¢/pf. liter on ethyl alcohol content (JO)"),
            [
                "free: us-AU",
                "0.013 USD/LTR + 0.098 USD/PFL on ethyl-alcohol-content: us-JO"
            ]
        );
        assert_eq!(printed("Free (AU) Free (SG,SG)"), ["free: us-AU us-SG"]);
    }

    #[test]
    fn words_keep_their_programmes() {
        let Special::Rates(rates) = special("Free (BH) See 9822.04.25 (AU) See 9918.04.60, 9918.04.68 (CO)") else {
            panic!("not read");
        };
        assert!(matches!(&rates[1], (Rate::Words(_), groups) if groups.len() == 2));
    }

    #[test]
    fn words_have_one_spacing() {
        for cell in [
            "Free(A+,AU, SG) See 9822.03.01(MA)",
            "Free (A+,AU,SG)See 9822.03.01 (MA) ",
        ] {
            assert_eq!(respaced(cell), "Free (A+, AU, SG) See 9822.03.01 (MA)");
        }
        assert_eq!(
            respaced("Free (see U.S. note 2(b) (i))"),
            "Free (see U.S. note 2 (b) (i))"
        );
    }

    #[test]
    fn what_does_not_fit_is_left_to_a_person() {
        for cell in [
            "Free",
            "Free (AU",
            "Free (XX)",
            "Free (AU) 5% (AU)",
            "Free (PA (PA)",
            "5% (AU) and more",
        ] {
            assert!(
                matches!(special(cell), Special::Words(_)),
                "{cell}: {:?}",
                printed(cell)
            );
        }
    }
}
