//! What people call the units of UN/ECE Recommendation 20, and how they write them.

use ewtp_record::UnitCode;

/// Units as people write them, and their codes: only to propose them.
const WRITTEN: [(&str, &str); 22] = [
    ("kg", "KGM"),
    ("kilo", "KGM"),
    ("g", "GRM"),
    ("gram", "GRM"),
    ("t", "TNE"),
    ("ton", "TNE"),
    ("l", "LTR"),
    ("liter", "LTR"),
    ("litre", "LTR"),
    ("litres", "LTR"),
    ("pcs", "H87"),
    ("pc", "H87"),
    ("piece", "H87"),
    ("pieces", "H87"),
    ("no", "H87"),
    ("doz", "DZN"),
    ("dozen", "DZN"),
    ("pairs", "PR"),
    ("prs", "PR"),
    ("m", "MTR"),
    ("m2", "MTK"),
    ("m3", "MTQ"),
];

/// What the common units are called.
const CALLED: [(&str, &str); 23] = [
    ("BLL", "barrels"),
    ("CEN", "hundreds"),
    ("CTM", "carats"),
    ("DPR", "dozens of pairs"),
    ("DZN", "dozens"),
    ("GRM", "grams"),
    ("GRO", "grosses"),
    ("H87", "pieces"),
    ("HLT", "hectolitres"),
    ("KGM", "kilograms"),
    ("KWH", "kilowatt hours"),
    ("LPA", "litres of pure alcohol"),
    ("LTR", "litres"),
    ("MIL", "thousands"),
    ("MTK", "square metres"),
    ("MTQ", "cubic metres"),
    ("MTR", "metres"),
    ("MWH", "megawatt hours"),
    ("NMP", "packs"),
    ("PFL", "proof litres"),
    ("PR", "pairs"),
    ("TNE", "tonnes"),
    ("WTT", "watts"),
];

/// The code that is meant by a unit as people write it: `kg`.
pub(super) fn meant(written: &str) -> Option<&'static str> {
    let small = written.to_ascii_lowercase();
    let known = WRITTEN.iter().find(|(word, _)| *word == small);
    known.map(|(_, code)| *code)
}

/// `pieces (H87)`; the code alone where it has no common name.
pub(super) fn called(unit: UnitCode) -> String {
    match CALLED.iter().find(|(code, _)| *code == unit.as_str()) {
        Some((_, name)) => format!("{name} ({unit})"),
        None => unit.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_unit_that_is_named_or_meant_is_a_code() {
        for (_, code) in WRITTEN.iter() {
            assert!(code.parse::<UnitCode>().is_ok(), "{code}");
        }
        for (code, name) in CALLED {
            assert_eq!(called(code.parse().unwrap()), format!("{name} ({code})"));
        }
        assert_eq!(called("GBQ".parse().unwrap()), "GBQ");
    }
}
