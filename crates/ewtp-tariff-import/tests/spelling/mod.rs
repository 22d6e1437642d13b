//! Duties in the publisher's own spelling: written from the expression, by tables of this page and none of the reader's, so that
//! what the reader misread does not come back as the cell says it.
//!
//! The publisher spells one thing in several ways; [`plain`] brings a cell to one of them by its letters alone: no spaces, no
//! capitals, no articles, amounts in dollars, one name for each unit.

use ewtp_tariff::{Base, Exact, Expression, Per, Sign, Term};

/// What is written where `plain` leaves a cell that says it adds to the duty of another line.
pub(crate) const ADDED: &str = "dutyprovidedinapplicablesubheading+";

/// A duty as the publisher would print it, after [`plain`]; `None` for what is not computed.
pub(crate) fn spelt(duty: &Expression) -> Option<String> {
    let terms = duty.terms().iter().map(|(sign, term)| match sign {
        Sign::Plus => of_term(term),
        Sign::Minus => None,
    });
    Some(terms.collect::<Option<Vec<_>>>()?.join("+"))
}

fn of_term(term: &Term) -> Option<String> {
    match term {
        Term::Free => Some("free".to_owned()),
        Term::Percent { rate, base } if *base == Base::CUSTOMS_VALUE => Some(format!("{rate}%")),
        Term::Amount {
            amount,
            currency,
            per: Some(per),
        } if currency.as_str() == "USD" => Some(format!("${amount}/{}", of_unit(per)?)),
        Term::Component { name, duty } => Some(format!("{}on{}", spelt(duty)?, of_part(name.as_str())?)),
        _ => None,
    }
}

fn of_part(name: &str) -> Option<&'static str> {
    Some(match name {
        "movement" => "movement",
        "movement-and-case" => "movementandcase",
        "case" => "case",
        "case-and-strap-band-or-bracelet" => "caseandstrapbandorbracelet",
        "strap-band-or-bracelet" => "strapbandorbracelet",
        "battery" => "battery",
        "apparatus" => "apparatus",
        "lead-content" => "valueofleadcontent",
        "rifle" => "valueofrifle",
        "telescopic-sight" => "valueoftelescopicsightifany",
        _ => return None,
    })
}

fn of_unit(per: &Per) -> Option<String> {
    let on = per.on.as_ref().map(|on| on.as_str());
    let unit = match (per.unit.as_str(), on) {
        ("H87", None) if per.count != Exact::from(1) => return Some(per.count.to_string()),
        _ if per.count != Exact::from(1) => return None,
        ("KGM", Some("clean-yield")) => return Some("cleankg".to_owned()),
        ("GRO", Some("immediate-containers")) => return Some("grossofimmediatecontainers".to_owned()),
        ("GRO", Some("lines")) => return Some("line/gross".to_owned()),
        ("JWL", Some("over-7")) => return Some("jewelover7".to_owned()),
        ("BLL", _) => "bbl",
        ("DZN", _) => "doz",
        ("GRM", _) => "g",
        ("GRO", _) => "gross",
        ("H87", _) => "article",
        ("JWL", _) => "jewel",
        ("KGM", _) => "kg",
        ("LM", _) => "linm",
        ("LTR", _) => "liter",
        ("MIL", _) => "thousand",
        ("MTK", _) => "m2",
        ("MTQ", _) => "m3",
        ("MTR", _) => "m",
        ("NMP", _) => "pack",
        ("PFL", _) => "pfliter",
        ("PR", _) => "pr",
        ("TNE", _) => "t",
        _ => return None,
    };
    let content = match on {
        None => "",
        Some("anhydrous-morphine-content") => "ofanhydrousmorphinecontent",
        Some("recording-surface") => "ofrecordingsurface",
        Some("total-sugars") => "oftotalsugars",
        Some("contents-and-container") => "oncontentsandcontainer",
        Some("copper-content") => "oncoppercontent",
        Some("drained-weight") => "ondrainedweight",
        Some("entire-contents") => "onentirecontentsofcontainer",
        Some("ethyl-alcohol-content") => "onethylalcoholcontent",
        Some("including-container") => "includingweightofcontainer",
        Some("lead-content") => "onleadcontent",
        Some("magnesium-content") => "onmagnesiumcontent",
        Some("manganese-content") => "onmanganesecontent",
        Some("molybdenum-content") => "onmolybdenumcontent",
        Some("silicon-content") => "onsiliconcontent",
        Some("tungsten-content") => "ontungstencontent",
        Some("zinc-content") => "onzinccontent",
        Some(_) => return None,
    };
    Some(format!("{unit}{content}"))
}

/// Other spellings of one thing, without spaces and articles. An animal is an article, and so is each one that is counted.
const SAME: [(&str, &str); 7] = [
    ("each", "/article"),
    ("/head", "/article"),
    ("pins", ""),
    ("thou-sand", "thousand"),
    ("subheadingplus", "subheading+"),
    ("onentireset", ""),
    ("subheading.", "subheading"),
];

/// A cell in the one spelling that [`spelt`] writes.
pub(crate) fn plain(cell: &str) -> String {
    let mut text = String::new();
    let mut rest = cell;
    while let Some(first) = rest.chars().next() {
        let is_in_word = text.ends_with(|last: char| last.is_ascii_alphabetic());
        if first.is_ascii_digit() && !is_in_word {
            let (number, after) = number(rest);
            rest = match after.strip_prefix('¢') {
                Some(after) => {
                    text.push('$');
                    text.push_str(&hundredth(&number));
                    after
                }
                None => {
                    text.push_str(&number);
                    after
                }
            };
            continue;
        }
        if !first.is_whitespace() && first != ',' {
            text.extend(first.to_lowercase());
        }
        rest = &rest[first.len_utf8()..];
    }
    // A full stop parts no words where it ends a short one.
    for short in ["doz.", "lin.", "pf.", "pr."] {
        text = text.replace(short, short.trim_end_matches('.'));
    }
    text = text.replace("the", "");
    for (one, other) in SAME {
        text = text.replace(one, other);
    }
    text
}

/// The number at the beginning of a text without commas and needless zeros, a broken one as a fraction or a decimal.
fn number(text: &str) -> (String, &str) {
    let is_of_number = |byte: u8| byte.is_ascii_digit() || byte == b'.' || byte == b',';
    let length = text.bytes().take_while(|byte| is_of_number(*byte)).count();
    let (whole, after) = text.split_at(length);
    let whole = decimal(&whole.replace(',', ""));
    match broken(after) {
        Some((top, bottom, after)) => (fraction(&whole, top, bottom), after),
        None => (whole, after),
    }
}

/// ` 1/3` and what follows.
fn broken(text: &str) -> Option<(u64, u64, &str)> {
    let (top, after) = text.strip_prefix(' ')?.split_once('/')?;
    let length = after.bytes().take_while(u8::is_ascii_digit).count();
    let (bottom, after) = after.split_at(length);
    Some((top.parse().ok()?, bottom.parse().ok()?, after))
}

/// `33 1/3` is `100/3`, and `12 1/2` is `12.5`.
fn fraction(whole: &str, top: u64, bottom: u64) -> String {
    let whole: u64 = whole.parse().expect("a whole number before a fraction");
    let thousandths = top * 1_000;
    if thousandths.is_multiple_of(bottom) {
        return decimal(&format!("{whole}.{:03}", thousandths / bottom));
    }
    format!("{}/{bottom}", whole * bottom + top)
}

/// A number without needless zeros.
fn decimal(number: &str) -> String {
    let number = match number.contains('.') {
        true => number.trim_end_matches('0').trim_end_matches('.'),
        false => number,
    };
    let whole = number.trim_start_matches('0');
    match whole.starts_with('.') || whole.is_empty() {
        true => format!("0{whole}"),
        false => whole.to_owned(),
    }
}

/// A number two places further right: cents as dollars.
fn hundredth(number: &str) -> String {
    let (whole, part) = number.split_once('.').unwrap_or((number, ""));
    let digits = format!("{whole:0>3}");
    let (dollars, cents) = digits.split_at(digits.len() - 2);
    decimal(&format!("{dollars}.{cents}{part}"))
}
