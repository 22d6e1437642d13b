//! Duty expressions that are refused: sound texts that give no amount, and texts that are none.

use ewtp_vectors::Case;

use super::amounts::{OBJECT, goods, shares};

/// Sound texts without an amount.
pub(crate) fn unanswered() -> Vec<Case> {
    let none = |name, rule, reason, note, text| goods(name, rule, note, text).refused(reason);
    vec![
        none(
            "needs-person",
            "duty-expression R16",
            "needs-person",
            "only in words",
            "text(us-note-20)",
        ),
        none(
            "needs-person-in-choice",
            "duty-expression R16",
            "needs-person",
            "free would be the least, and is not the answer",
            "min(free, text(us-note-20))",
        ),
        none(
            "needs-person-by-reference",
            "duty-expression R16",
            "needs-person",
            "another line is in words",
            "5% + duty(61)",
        )
        .with("lines", "duty(61) = text(us-note-20)"),
        none(
            "no-value",
            "duty-expression R9",
            "no-value",
            "the cif value is not known",
            "5% of cif",
        ),
        none(
            "depends-on-open-kind",
            "duty-expression R9",
            "depends",
            "a person must give the safeguard first",
            "10% of customs-value+mfn+safeguard",
        )
        .with("earlier", "165 mfn")
        .with("open", "safeguard"),
        none(
            "depends-on-all",
            "duty-expression R9",
            "depends",
            "all that came before has the safeguard in it",
            "10% of customs-value+duties",
        )
        .with("earlier", "165 mfn")
        .with("open", "safeguard"),
        none(
            "no-quantity",
            "duty-expression R10",
            "no-quantity",
            "litres are not known",
            "0.063 USD/LTR",
        ),
        none(
            "no-quantity-at-zero",
            "duty-expression R10",
            "no-quantity",
            "not even for nothing",
            "0 USD/LTR",
        ),
        none(
            "no-quantity-converted",
            "duty-expression R10",
            "no-quantity",
            "kilograms are known, tonnes are not",
            "5 USD/TNE",
        ),
        none(
            "no-quantity-of-content",
            "duty-expression R10",
            "no-quantity",
            "the whole is not the content",
            "5 USD/KGM on zinc-content",
        ),
        none(
            "no-quantity-of-part",
            "duty-expression R10",
            "no-quantity",
            "the whole is not the part",
            "component(strap, 5 USD/KGM)",
        )
        .with("components", "strap 120"),
        none(
            "no-component",
            "duty-expression R14",
            "no-component",
            "the case is not known",
            "component(case, 8.5%)",
        )
        .with("components", "strap 120"),
        none(
            "whole-goods",
            "duty-expression R14",
            "whole-goods",
            "a base within a component, by reference",
            "component(strap, duty(61))",
        )
        .with("components", "strap 120")
        .with("cif", 1_100)
        .with("lines", "duty(61) = 5% of cif"),
        none(
            "no-subheadings",
            "duty-expression R15",
            "no-subheadings",
            "they were not counted",
            "subheadings(3 USD)",
        ),
        none(
            "no-exchange-rate",
            "duty-expression R19",
            "no-exchange-rate",
            "no rate for the euro",
            "2 EUR",
        )
        .with("exchange", "0.14 CNY"),
        none(
            "no-duty",
            "duty-expression R13",
            "no-duty",
            "the line has another kind only",
            "duty(61)",
        )
        .with("lines", "duty(61, vat) = 20%"),
        none(
            "circle",
            "duty-expression R21",
            "references",
            "two lines refer to each other",
            "duty(61)",
        )
        .with("lines", "duty(61) = duty(62); duty(62) = duty(61)"),
        none(
            "too-many-references",
            "duty-expression R21",
            "references",
            "8 x 8 x 8 terms",
            &eight("61"),
        )
        .with(
            "lines",
            format!("duty(61) = {}; duty(62) = {}", eight("62"), ["1%"; 8].join(" + ")),
        ),
        none(
            "too-many-bits",
            "duty-expression R23",
            "too-many-bits",
            "49 fractions of a fraction",
            "duty(61)",
        )
        .with("lines", fractions()),
        none(
            "first-in-order",
            "duty-expression R10",
            "no-quantity",
            "two things are missing: R22",
            "5 USD/LTR + 5% of cif",
        ),
    ]
}

/// Seven lines, each a share of a share, seven times, of the next.
fn fractions() -> String {
    let share = |inner: String| format!("999999999999989/999999999999999% x ({inner})");
    let line = |code: u32| {
        let next = if code == 67 {
            "1%".to_owned()
        } else {
            format!("duty({})", code + 1)
        };
        format!("duty({code}) = {}", (0..7).fold(next, |inner, _| share(inner)))
    };
    (61..=67).map(line).collect::<Vec<_>>().join("; ")
}

fn eight(code: &str) -> String {
    vec![format!("duty({code})"); 8].join(" + ")
}

/// Texts that are no expressions.
pub(crate) fn refused() -> Vec<Case> {
    let bad = |name, rule, reason, note, text: &str| Case::good(OBJECT, name, rule, note).refused(reason).body(text);
    let spelling = |name, note, text: &str| bad(name, "duty-expression R6", "spelling", note, text);
    let syntax = |name, note, text: &str| bad(name, "duty-expression R7", "syntax", note, text);
    let number = |name, note, text: &str| bad(name, "duty-expression R1", "number", note, text);
    let mut cases = vec![
        spelling("needless-zero", "16.5%", "16.50%"),
        spelling("needless-fraction", "12.5%", "25/2%"),
        spelling("unreduced-fraction", "100/3%", "200/6%"),
        spelling("mixed-number", "100/3%", "33 1/3%"),
        spelling("needless-space", "16.5%", "16.5 %"),
        spelling("missing-space", "5% + 2 USD", "5%+2 USD"),
        spelling("space-at-the-end", "16.5%", "16.5% "),
        spelling("capitals", "free", "Free"),
        spelling("small-currency", "2 USD", "2 usd"),
        spelling("per-in-words", "0.063 USD/LTR", "0.063 USD per LTR"),
        spelling("per-one", "0.063 USD/LTR", "0.063 USD/1 LTR"),
        spelling("understood-base", "5%", "5% of customs-value"),
        spelling("understood-kind", "duty(61)", "duty(61, mfn)"),
        spelling("kinds-out-of-order", "5% of cif+mfn+vat", "5% of cif+vat+mfn"),
        spelling("dotted-code", "duty(61091000)", "duty(6109.10.00)"),
        syntax("empty", "no bytes", ""),
        syntax("negative", "no term begins with a sign", "-5%"),
        syntax("open-sum", "nothing after the sign", "5% + "),
        syntax("two-terms-without-sign", "a term behind a term", "5% 2%"),
        syntax("open-parenthesis", "no end", "min(5%, 2%"),
        syntax("bare-parentheses", "sums have no brackets", "(5% + 2 USD)"),
        syntax("unknown-word", "no term of this name", "avg(5%, 2%)"),
        syntax("content-without-unit", "on needs a unit", "5 USD on lead-content"),
        number("open-decimal", "a point and nothing", "16.%"),
        number("zero-denominator", "a fraction of nothing", "5/0%"),
        number("sixteen-digits", "one too many", "1234567890.123456%"),
        number("per-zero", "for each none", "5 USD/0 KGM"),
    ];
    cases.extend([
        bad(
            "other-minus",
            "duty-expression R6",
            "character",
            "U+2212",
            "10% \u{2212} 5 USD",
        ),
        bad(
            "no-break-space",
            "duty-expression R6",
            "character",
            "U+00A0",
            "2\u{a0}USD",
        ),
        bad(
            "line-end",
            "duty-expression R6",
            "character",
            "a line feed at the end",
            "16.5%\n",
        ),
        bad("unknown-unit", "values R12", "unit", "a word, no code", "2 USD/KILO"),
        bad("unknown-currency", "values R13", "currency", "no currency", "2 ABC/KGM"),
        bad(
            "bad-name",
            "duty-expression R3",
            "name",
            "a hyphen at its beginning",
            "text(-note)",
        ),
        bad(
            "long-name",
            "duty-expression R3",
            "name",
            "33 characters",
            &format!("text({})", "a".repeat(33)),
        ),
        bad(
            "unknown-kind",
            "duty-expression R4",
            "measure",
            "no kind of measure",
            "duty(61, tax)",
        ),
        bad("short-code", "duty-expression R5", "line-code", "one digit", "duty(6)"),
        bad(
            "long-code",
            "duty-expression R5",
            "line-code",
            "13 digits",
            "duty(6109100012345)",
        ),
        bad(
            "free-and-more",
            "duty-expression R8",
            "free",
            "free stands alone",
            "free + 2 USD",
        ),
        bad(
            "unknown-base",
            "duty-expression R9",
            "base",
            "no such value",
            "5% of value",
        ),
        bad(
            "kind-twice",
            "duty-expression R9",
            "base",
            "one kind said twice",
            "5% of cif+mfn+mfn",
        ),
        bad(
            "all-and-one",
            "duty-expression R9",
            "base",
            "all hold the one",
            "5% of cif+duties+mfn",
        ),
        bad(
            "min-of-one",
            "duty-expression R11",
            "arguments",
            "nothing to choose",
            "min(5%)",
        ),
        bad(
            "component-in-component",
            "duty-expression R14",
            "nested-component",
            "a part of a part",
            "component(a, component(b, 5%))",
        ),
        bad(
            "base-in-component",
            "duty-expression R14",
            "component-base",
            "cif is of the whole",
            "component(strap, 5% of cif)",
        ),
        bad("too-deep", "duty-expression R17", "too-deep", "nine deep", &shares(8)),
        bad(
            "too-many-terms",
            "duty-expression R17",
            "too-many-terms",
            "33 terms",
            &vec!["1%"; 33].join(" + "),
        ),
        bad(
            "too-long",
            "duty-expression R17",
            "too-long",
            "537 bytes",
            &vec!["1.000000000001%"; 30].join(" + "),
        ),
    ]);
    cases
}
