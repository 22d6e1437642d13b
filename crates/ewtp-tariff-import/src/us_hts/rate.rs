//! What a cell of a rate column says.

use super::words::Words;
use ewtp_tariff::{Base, Exact, Expression, Per, Sign, Term};

/// What a rate cell says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Rate {
    /// Nothing.
    Blank,
    /// `No change`: what applies without this line applies.
    NoChange,
    /// A duty.
    Duty(Expression),
    /// `The duty provided in the applicable subheading`, and this beside it, if anything.
    Added(Option<Expression>),
    /// What this reader does not compute, and why.
    Words(&'static str),
}

/// The currency of the schedule.
const CURRENCY: &str = "USD";

const IN_WORDS: &str = "the rate is stated in words";
const UNKNOWN: &str = "the rate has a form that is not known";

/// Reads a cell in canonical text.
pub(super) fn rate(cell: &str) -> Rate {
    let mut words = Words::of(cell);
    if words.is_at_end() {
        return Rate::Blank;
    }
    if words.take("No change") {
        words.take(".");
        return ended(words, Rate::NoChange);
    }
    if words.take("The duty provided in the applicable subheading") {
        words.take(".");
        if words.is_at_end() {
            return Rate::Added(None);
        }
        return match words.take("+") || words.take("plus") {
            true => sum(words).map_or(Rate::Words(IN_WORDS), |added| Rate::Added(Some(added))),
            false => Rate::Words(IN_WORDS),
        };
    }
    if words.take("Free") {
        let free = Expression::of(Term::Free).map(Rate::Duty);
        return ended(words, free.unwrap_or(Rate::Words(UNKNOWN)));
    }
    let starts_with_number = cell.starts_with(|first: char| first == '$' || first.is_ascii_digit());
    let otherwise = Rate::Words(if starts_with_number { UNKNOWN } else { IN_WORDS });
    sum(words).map_or(otherwise, Rate::Duty)
}

/// The rate, if the cell says nothing more.
fn ended(words: Words<'_>, rate: Rate) -> Rate {
    if words.is_at_end() {
        rate
    } else {
        Rate::Words("the rate has a condition in words")
    }
}

/// `14.5¢/m2 + 0.4%`, to the end of the cell.
fn sum(mut words: Words<'_>) -> Option<Expression> {
    let mut terms = vec![(Sign::Plus, term(&mut words)?)];
    while !words.is_at_end() {
        if !words.take("+") {
            return None;
        }
        terms.push((Sign::Plus, term(&mut words)?));
    }
    Expression::new(terms).ok()
}

fn term(words: &mut Words<'_>) -> Option<Term> {
    let is_dollars = words.take("$");
    let number = words.number()?;
    if is_dollars {
        return amount(words, number);
    }
    if words.take("¢") {
        return amount(words, number.checked_div(&Exact::from(100))?);
    }
    if words.take("%") { percent(words, number) } else { None }
}

/// Parts of goods that have a duty of their own, longer names before their beginnings.
const PARTS: &[(&str, &str)] = &[
    ("the movement and case", "movement-and-case"),
    ("the movement", "movement"),
    (
        "the case and strap, band or bracelet",
        "case-and-strap-band-or-bracelet",
    ),
    ("case and strap, band or bracelet", "case-and-strap-band-or-bracelet"),
    ("the case", "case"),
    ("the strap, band or bracelet", "strap-band-or-bracelet"),
    ("the battery", "battery"),
    ("the apparatus", "apparatus"),
    ("the value of the lead content", "lead-content"),
    ("the value of the rifle", "rifle"),
    ("the value of the telescopic sight, if any", "telescopic-sight"),
];

/// `8.5% on the case`; without a part, of the customs value.
fn percent(words: &mut Words<'_>, rate: Exact) -> Option<Term> {
    let percent = Term::Percent {
        rate,
        base: Base::CUSTOMS_VALUE,
    };
    // The set is the goods.
    if words.take("on the entire set") || !words.take("on") {
        return Some(percent);
    }
    let name = words.take_one(PARTS)?.parse().ok()?;
    let duty = Box::new(Expression::of(percent).ok()?);
    Some(Term::Component { name, duty })
}

/// Units behind a stroke, with what is measured of the goods when the name says so; longer names before their beginnings.
const UNITS: &[(&str, (&str, Option<&str>))] = &[
    ("article", ("H87", None)),
    ("bbl", ("BLL", None)),
    ("clean kg", ("KGM", Some("clean-yield"))),
    ("doz.", ("DZN", None)),
    ("gross of immediate containers", ("GRO", Some("immediate-containers"))),
    ("gross", ("GRO", None)),
    ("head", ("H87", None)), // an animal is a piece: the units column has No.
    ("jewel over 7", ("JWL", Some("over-7"))),
    ("jewel", ("JWL", None)),
    ("kg", ("KGM", None)),
    ("lin. m", ("LM", None)),
    ("line/gross", ("GRO", Some("lines"))),
    ("liter", ("LTR", None)),
    ("m2", ("MTK", None)),
    ("m3", ("MTQ", None)),
    ("m", ("MTR", None)),
    ("pack", ("NMP", None)),
    ("pf. liter", ("PFL", None)),
    ("pf.liter", ("PFL", None)),
    ("pr.", ("PR", None)),
    ("thousand", ("MIL", None)),
    ("thou-sand", ("MIL", None)),
    ("t", ("TNE", None)),
    ("g", ("GRM", None)),
];

/// What is measured of the goods when it is not the whole.
const CONTENTS: &[(&str, &str)] = &[
    ("of anhydrous morphine content", "anhydrous-morphine-content"),
    ("of recording surface", "recording-surface"),
    ("of total sugars", "total-sugars"),
    ("on contents and container", "contents-and-container"),
    ("on copper content", "copper-content"),
    ("on drained weight", "drained-weight"),
    ("on entire contents of container", "entire-contents"),
    ("on ethyl alcohol content", "ethyl-alcohol-content"),
    ("on lead content", "lead-content"),
    ("on magnesium content", "magnesium-content"),
    ("on manganese content", "manganese-content"),
    ("on molybdenum content", "molybdenum-content"),
    ("on silicon content", "silicon-content"),
    ("on tungsten content", "tungsten-content"),
    ("on zinc content", "zinc-content"),
    (", including weight of container", "including-container"),
];

/// `each`, `/kg on drained weight`, `/1,000 pins`.
fn amount(words: &mut Words<'_>, amount: Exact) -> Option<Term> {
    let per = if words.take("each") {
        of_whole(1.into(), "H87")?
    } else if words.take("/") {
        match words.number() {
            // A number alone counts pieces.
            Some(count) => {
                words.take("pins");
                of_whole(count, "H87")?
            }
            None => per_unit(words)?,
        }
    } else {
        return None;
    };
    let currency = CURRENCY.parse().ok()?;
    Some(Term::Amount {
        amount,
        currency,
        per: Some(per),
    })
}

fn of_whole(count: Exact, unit: &str) -> Option<Per> {
    let unit = unit.parse().ok()?;
    Some(Per { count, unit, on: None })
}

fn per_unit(words: &mut Words<'_>) -> Option<Per> {
    let (unit, named) = words.take_one(UNITS)?;
    let content = words.take_one(CONTENTS);
    if named.is_some() && content.is_some() {
        return None;
    }
    let on = named.or(content).map(str::parse).transpose().ok()?;
    Some(Per {
        count: 1.into(),
        unit: unit.parse().ok()?,
        on,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn printed(cell: &str) -> String {
        match rate(cell) {
            Rate::Blank => "blank".to_owned(),
            Rate::NoChange => "no change".to_owned(),
            Rate::Duty(duty) => duty.to_string(),
            Rate::Added(added) => added.map_or_else(|| "+".to_owned(), |added| format!("+ {added}")),
            Rate::Words(reason) => reason.to_owned(),
        }
    }

    #[test]
    fn rates_are_read_as_they_are_printed() {
        for (cell, meaning) in [
            ("", "blank"),
            ("Free", "free"),
            ("16.5%", "16.5%"),
            ("33 1/3%", "100/3%"),
            ("6.3¢/liter", "0.063 USD/LTR"),
            ("14.5¢/m2 + 0.4%", "0.145 USD/MTK + 0.4%"),
            ("22¢/kg on drained weight+45%", "0.22 USD/KGM on drained-weight + 45%"),
            ("$1.44/1000", "1.44 USD/1000 H87"),
            ("10¢/1,000 pins + 3.5%", "0.1 USD/1000 H87 + 3.5%"),
            ("$2.50/thou- sand + 40%", "2.5 USD/MIL + 40%"),
            (
                "40¢ each + 8.5% on the case + 14% on the strap, band or bracelet + 5.3% on thebattery",
                "0.4 USD/H87 + component(case, 8.5%) + component(strap-band-or-bracelet, 14%) + component(battery, 5.3%)",
            ),
            ("0.3¢/line/ gross + 4.6%", "0.003 USD/GRO on lines + 4.6%"),
            (
                "43¢ each + 2.8¢/jewel over 7 + 3.7% on the case",
                "0.43 USD/H87 + 0.028 USD/JWL on over-7 + component(case, 3.7%)",
            ),
            (
                "$5.50/t, including weight of container",
                "5.5 USD/TNE on including-container",
            ),
            ("1.9¢/liter + 13.9¢/pf. liter", "0.019 USD/LTR + 0.139 USD/PFL"),
            ("86.1¢/m2of recording surface", "0.861 USD/MTK on recording-surface"),
            ("No change.", "no change"),
            ("The duty provided in the applicable subheading", "+"),
            ("The duty provided inthe applicable subheading+ 25%", "+ 25%"),
            ("Thedutyprovidedintheapplicablesubheading plus 7.5%", "+ 7.5%"),
        ] {
            assert_eq!(printed(cell), meaning, "{cell}");
        }
    }

    #[test]
    fn what_is_not_wholly_understood_is_left_to_a_person() {
        for cell in [
            "See additional U.S. note 1",
            "Free, under bond",
            "The duty provided in the applicable subheading + a duty of 25% upon the value of the non-U.S. content",
            "331/3%",
            "5% on the gearbox",
            "5¢/kilo",
            "5¢",
            "5% +",
            "0.2¢ for each other piece or part",
            "6.58170¢/kg less 0.0622005¢/kg for each degree under 100 degrees but not less than 5.031562¢/kg",
        ] {
            assert!(matches!(rate(cell), Rate::Words(_)), "{cell}: {}", printed(cell));
        }
    }
}
