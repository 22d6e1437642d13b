//! Unit names of the US schedule as codes of UN/ECE Recommendation 20.

use ewtp_record::UnitCode;

/// What the name of a unit in the units column stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum UnitName {
    /// Units of the goods as a whole.
    Whole(Vec<UnitCode>),
    /// A content of the goods, measured for statistics or for the duties that name it; no unit of the goods as a whole.
    Content,
}

/// Names in the units column, in lower case, and the codes they stand for.
const WHOLE: &[(&str, &[&str])] = &[
    ("bbl", &["BLL"]),
    ("carat", &["CTM"]),
    ("cm2", &["CMK"]),
    ("doses", &["E27"]),
    ("doz", &["DZN"]),
    ("doz prs", &["DPR"]),
    ("dz pcs", &["DPC"]),
    ("g", &["GRM"]),
    ("gbq", &["GBQ"]),
    ("gross", &["GRO"]),
    ("hundreds", &["CEN"]),
    ("jwls", &["JWL"]),
    ("kg", &["KGM"]),
    ("lin m", &["LM"]),
    ("liters", &["LTR"]),
    ("m", &["MTR"]),
    ("m2", &["MTK"]),
    ("m3", &["MTQ"]),
    ("mwh", &["MWH"]),
    ("no", &["H87"]),
    ("no and kg", &["H87", "KGM"]),
    ("pack", &["NMP"]),
    ("pcs", &["H87"]),
    ("pfliters", &["PFL"]),
    ("prs", &["PR"]),
    ("t", &["TNE"]),
    ("thousand m", &["KMT"]),
    ("thousand m3", &["R9"]),
    ("thousands", &["MIL"]),
    ("w", &["WTT"]),
];

/// Names for a content: what, and the unit it is measured in.
const CONTENTS: &[&str] = &[
    "cr2o3 t",
    "cy kg",
    "fiber m",
    "grlines",
    "kg amc",
    "kg cmsc",
    "kg msc",
    "kg ttl sug",
    "naoh kg",
    "nh3 t",
    "t adw",
    "t dwb",
    "v2o5 kg",
];

/// Metals of which the content is measured, in lower case, before `kg`, `g` or `t`.
const METALS: &[&str] = &[
    "ag", "au", "co", "cr", "cu", "ir", "mg", "mn", "mo", "ni", "os", "pb", "pd", "pt", "rh", "ru", "sb", "si", "sn",
    "v", "w", "zn",
];

/// What a name stands for; `None` when it is not known.
pub(crate) fn unit(name: &str) -> Option<UnitName> {
    let plain = crate::canonical(name).replace('.', "").to_lowercase();
    if CONTENTS.contains(&plain.as_str()) || is_metal(&plain) {
        return Some(UnitName::Content);
    }
    let (_, codes) = WHOLE.iter().find(|(known, _)| *known == plain)?;
    let codes: Result<_, _> = codes.iter().map(|code| code.parse()).collect();
    codes.ok().map(UnitName::Whole)
}

fn is_metal(name: &str) -> bool {
    let parts = name.split_once(' ');
    parts.is_some_and(|(metal, unit)| METALS.contains(&metal) && ["kg", "g", "t"].contains(&unit))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_has_a_code_that_exists() {
        for (name, codes) in WHOLE {
            let Some(UnitName::Whole(found)) = unit(name) else {
                panic!("{name} is not read");
            };
            assert_eq!(found.len(), codes.len());
        }
    }

    #[test]
    fn names_are_read_in_every_spelling_seen_and_others_are_not() {
        let square_metre = Some(UnitName::Whole(vec!["MTK".parse().unwrap()]));
        for name in ["m2", "m²", "m<sup>2</sup>"] {
            assert_eq!(unit(name), square_metre);
        }
        assert_eq!(unit("Cu kg"), Some(UnitName::Content));
        assert_eq!(unit("pf.liters"), unit("pf. liters".replace(' ', "").as_str()));
        assert_eq!(unit("square"), None);
    }
}
