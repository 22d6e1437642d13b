//! Each rule by an example and by what breaks it; the laws are in `tests/`.

use super::*;
use std::borrow::Cow;
use std::collections::BTreeMap;

fn expression(text: &str) -> Expression {
    text.parse().unwrap_or_else(|error| panic!("{text:?}: {error}"))
}

fn number(text: &str) -> Exact {
    text.parse().unwrap()
}

fn refusal(text: &str) -> ExpressionError {
    match text.parse::<Expression>() {
        Ok(expression) => panic!("{text:?} is accepted as {expression:?}"),
        Err(error) => error,
    }
}

fn nowhere(reference: Reference, _: Sign) -> Result<Cow<'static, Expression>, ComputeError> {
    Err(ComputeError::Duty(reference))
}

fn goods() -> Inputs<'static> {
    let quantity = |unit: &str, on: Option<&str>, amount: &str| {
        let on = on.map(|on| on.parse().unwrap());
        ((unit.parse().unwrap(), on), number(amount))
    };
    let mut goods = Inputs::of_value("USD".parse().unwrap(), 1_000.into(), &nowhere);
    goods.values.insert(Basis::Cif, 1_100.into());
    goods.quantities = BTreeMap::from([
        quantity("KGM", None, "250"),
        quantity("H87", None, "12"),
        quantity("KGM", Some("lead-content"), "7.5"),
    ]);
    let strap = Part {
        value: 40.into(),
        quantities: BTreeMap::from([quantity("H87", None, "24")]),
    };
    goods.components = BTreeMap::from([("strap".parse().unwrap(), strap)]);
    let earlier = [
        (MeasureKind::Mfn, 165.into()),
        (MeasureKind::Additional, 75.into()),
        (MeasureKind::Excise, number("0.5")),
    ];
    goods.earlier = earlier.into_iter().collect();
    goods.subheadings = Some(2.into());
    goods.exchange = BTreeMap::from([("EUR".parse().unwrap(), number("1.1"))]);
    goods
}

fn amount(text: &str) -> Result<String, &'static str> {
    let amount = expression(text).compute(&goods());
    amount.map(|amount| amount.to_string()).map_err(|error| error.code())
}

/// Other lines: one that says a rate, one that sends on to the next, one that sends to itself, one that only sends back
/// and forth many times, one in words.
fn schedule(reference: Reference, _: Sign) -> Result<Cow<'static, Expression>, ComputeError> {
    let Reference::Line { code, kind } = reference else {
        return Ok(Cow::Owned(expression("16.5%")));
    };
    let text = match (code.as_str(), kind) {
        ("61", MeasureKind::Mfn) => "10% of cif",
        ("61", MeasureKind::Vat) => "20% of customs-value+duties",
        ("62", _) => "duty(61) + 1%",
        ("63", _) => "duty(63)",
        ("64", _) => "duty(65) + duty(65) + duty(65) + duty(65) + duty(65)",
        ("65", _) => "duty(66) + duty(66)",
        ("66", _) => "duty(67) + duty(67) + duty(67) + duty(67) + duty(67)",
        ("67", _) => "14%",
        ("68", _) => "component(strap, 1%)",
        ("69", _) => "text(us-note-2)",
        _ => return Err(ComputeError::Duty(reference)),
    };
    Ok(Cow::Owned(expression(text)))
}

fn amount_by_reference(text: &str) -> Result<String, &'static str> {
    let goods = Inputs {
        duty: &schedule,
        ..goods()
    };
    let amount = expression(text).compute(&goods);
    amount.map(|amount| amount.to_string()).map_err(|error| error.code())
}

#[test]
fn canonical_texts_are_accepted_as_they_are() {
    for text in [
        "free",
        "0%",
        "16.5%",
        "100/3%",
        "20% of cif",
        "15% of customs-value+duties",
        "3% of item-price+mfn+excise",
        "2 EUR",
        "0.063 USD/LTR",
        "93.1 EUR/100 KGM",
        "5 USD/10",
        "5 USD/10 11",
        "0.01 USD/KGM on lead-content",
        "1 USD/100/3 KGM on a",
        "10.2% + 93.1 EUR/100 KGM",
        "20% - 5 USD",
        "min(5%, 2 EUR/KGM)",
        "max(min(5%, 1 USD), free, 2 EUR/KGM)",
        "70% x (13% + 2 CNY)",
        "duty()",
        "duty(6109)",
        "duty(99038815, additional)",
        "0.4 USD/H87 + component(case, 8.5%) + component(strap, 14%) + component(battery, 5.3%)",
        "subheadings(3 EUR)",
        "text(us-note-20)",
    ] {
        assert_eq!(expression(text).to_string(), text);
    }
}

#[test]
fn what_people_write_becomes_canonical() {
    for (written, canonical) in [
        ("  16.50 %  ", "16.5%"),
        ("FREE", "free"),
        ("33 1/3 percent", "100/3%"),
        ("5% of Customs-Value", "5%"),
        ("5% of customs-value + mfn", "5% of customs-value+mfn"),
        ("5% of customs-value + 2%", "5% + 2%"),
        ("5% OF cif +vat+ mfn", "5% of cif+mfn+vat"),
        (".40 usd per ltr", "0.4 USD/LTR"),
        ("1.00USD/1 kgm", "1 USD/KGM"),
        (
            "93.1 eur / 100  kgm on Drained-Weight",
            "93.1 EUR/100 KGM on drained-weight",
        ),
        ("1 USD/33 1/3 KGM", "1 USD/100/3 KGM"),
        ("5%+1usd-2usd", "5% + 1 USD - 2 USD"),
        ("MIN( 5% ,2 EUR/KGM )", "min(5%, 2 EUR/KGM)"),
        ("70 % X(1%)", "70% x (1%)"),
        ("Duty( 6109.10.00 , MFN )", "duty(61091000)"),
        ("duty (61, vat)", "duty(61, vat)"),
        ("component(Strap,14 %)", "component(strap, 14%)"),
        ("text( US-Note-20 )", "text(us-note-20)"),
        ("subheadings(3.00 EUR)", "subheadings(3 EUR)"),
    ] {
        let read = Expression::read(written).unwrap_or_else(|error| panic!("{written:?}: {error}"));
        assert_eq!(read.to_string(), canonical);
        assert_eq!(canonical.parse(), Ok(read));
        let refused = refusal(written);
        assert_eq!(
            (refused.code(), refused.rule()),
            ("spelling", "duty-expression R6"),
            "{written:?}"
        );
    }
}

#[test]
fn a_refused_spelling_names_the_place_and_the_one_that_is_meant() {
    let refused = refusal("5% +  2 EUR");
    assert_eq!(refused.at, 5);
    assert_eq!(
        refused.to_string(),
        "at character 5: is spelt \"5% + 2 EUR\" (duty-expression R6)"
    );
    assert_eq!(refusal("5% ").at, 2);
}

#[test]
fn what_is_no_expression_is_refused_with_place_and_rule() {
    let deep = |depth: usize| format!("{}1%{}", "min(2%, ".repeat(depth), ")".repeat(depth));
    let sum = |terms: usize| vec!["1%"; terms].join(" + ");
    for (text, at, code, rule) in [
        ("", 0, "syntax", "duty-expression R7"),
        ("5", 1, "currency", "values R13"),
        ("5% 2%", 3, "syntax", "duty-expression R7"),
        ("5% + ", 5, "syntax", "duty-expression R7"),
        ("-5%", 0, "syntax", "duty-expression R7"),
        ("fifty", 0, "syntax", "duty-expression R7"),
        ("(5%)", 0, "syntax", "duty-expression R7"),
        ("min(5%, 2%", 10, "syntax", "duty-expression R7"),
        ("min 5%", 4, "syntax", "duty-expression R7"),
        ("component(strap)", 15, "syntax", "duty-expression R7"),
        ("5% x 2%", 5, "syntax", "duty-expression R7"),
        ("5 USD on lead", 6, "syntax", "duty-expression R7"),
        ("5\u{a0}%", 1, "character", "duty-expression R6"),
        ("5%\n", 2, "character", "duty-expression R6"),
        ("1.%", 0, "number", "duty-expression R1"),
        ("5/0%", 0, "number", "duty-expression R1"),
        ("2 + 1234567890123456%", 2, "currency", "values R13"),
        ("1234567890123456%", 0, "number", "duty-expression R1"),
        ("1 USD/0 KGM", 6, "number", "duty-expression R1"),
        ("1 USD/x KGM", 6, "number", "duty-expression R1"),
        ("1 USD/kilo", 6, "unit", "values R12"),
        ("1 USD/", 6, "unit", "values R12"),
        ("1 ABC/KGM", 2, "currency", "values R13"),
        ("1 USD/KGM on", 12, "name", "duty-expression R3"),
        ("text(-a)", 5, "name", "duty-expression R3"),
        ("text()", 5, "name", "duty-expression R3"),
        ("duty(6109, tax)", 11, "measure", "duty-expression R4"),
        ("duty(6)", 5, "line-code", "duty-expression R5"),
        ("duty(, vat)", 5, "line-code", "duty-expression R5"),
        ("5% of value", 6, "base", "duty-expression R9"),
        ("5% of cif+mfn+mfn", 13, "base", "duty-expression R9"),
        ("5% of cif+duties+mfn", 16, "base", "duty-expression R9"),
        ("5% of cif+mfn+duties", 13, "base", "duty-expression R9"),
        ("free + 5%", 0, "free", "duty-expression R8"),
        ("max(1%, 5% - free)", 8, "free", "duty-expression R8"),
        ("min(5%)", 3, "arguments", "duty-expression R11"),
        (
            "component(a, component(b, 5%))",
            13,
            "nested-component",
            "duty-expression R14",
        ),
        ("component(a, 5% of cif)", 16, "component-base", "duty-expression R14"),
        (&deep(8), 60, "too-deep", "duty-expression R17"),
        (&deep(50), 60, "too-deep", "duty-expression R17"),
        (&sum(33), 0, "too-many-terms", "duty-expression R17"),
        (&" ".repeat(513), 512, "too-long", "duty-expression R17"),
    ] {
        let refused = refusal(text);
        assert_eq!(
            (refused.at, refused.code(), refused.rule()),
            (at, code, rule),
            "{text:?}: {refused}"
        );
    }
    expression(&deep(7));
    expression(&sum(32));
}

#[test]
fn a_text_that_only_its_canonical_spelling_makes_too_long_is_refused() {
    // 31 × `.1 USD/KGM on aaaa…+`: each gains a zero and two spaces.
    let long = vec![".1usd/kgm on a"; 31].join("+") + &" ".repeat(40);
    assert!(long.len() <= Expression::BYTES_MAX);
    assert_eq!(Expression::read(&long).unwrap_err().code(), "too-long");
}

#[test]
fn a_tree_that_breaks_a_rule_is_not_built() {
    let percent = |rate: &str, base: Base| Term::Percent {
        rate: number(rate),
        base,
    };
    let plain = |rate: &str| Expression::of(percent(rate, Base::CUSTOMS_VALUE)).unwrap();
    let per_none = Term::Amount {
        amount: 1.into(),
        currency: "USD".parse().unwrap(),
        per: Some(Per {
            count: 0.into(),
            unit: "KGM".parse().unwrap(),
            on: None,
        }),
    };
    let no_kinds = Base {
        basis: Basis::Cif,
        plus: Earlier::Kinds(std::collections::BTreeSet::new()),
    };
    let of_cif = Base {
        basis: Basis::Cif,
        plus: Earlier::None,
    };
    let on_strap = |duty: Expression| Term::Component {
        name: "strap".parse().unwrap(),
        duty: Box::new(duty),
    };
    let minus_first = vec![(Sign::Minus, percent("5", Base::CUSTOMS_VALUE))];
    let third = Exact::fraction(1, 9_999_999_999_999_999);
    for (terms, code) in [
        (vec![], "syntax"),
        (minus_first, "syntax"),
        (vec![(Sign::Plus, Term::Free), (Sign::Plus, Term::Free)], "free"),
        (vec![(Sign::Plus, percent("-5", Base::CUSTOMS_VALUE))], "number"),
        (
            vec![(
                Sign::Plus,
                Term::Percent {
                    rate: third.unwrap(),
                    base: Base::CUSTOMS_VALUE,
                },
            )],
            "number",
        ),
        (vec![(Sign::Plus, per_none)], "number"),
        (vec![(Sign::Plus, percent("5", no_kinds))], "syntax"),
        (vec![(Sign::Plus, Term::Min(vec![plain("5")]))], "arguments"),
        (
            vec![(Sign::Plus, on_strap(Expression::of(percent("5", of_cif)).unwrap()))],
            "component-base",
        ),
        (
            vec![(Sign::Plus, on_strap(Expression::of(on_strap(plain("5"))).unwrap()))],
            "nested-component",
        ),
        (
            vec![(Sign::Plus, percent("5", Base::CUSTOMS_VALUE)); 33],
            "too-many-terms",
        ),
        (
            vec![(Sign::Plus, percent("123456789.123456", Base::CUSTOMS_VALUE)); 32],
            "too-long",
        ),
    ] {
        assert_eq!(
            Expression::new(terms.clone()).map_err(|fault| fault.code()),
            Err(code),
            "{terms:?}"
        );
    }
    let mut deep = plain("5");
    for _ in 1..Expression::DEPTH_MAX {
        let share = Term::Share {
            percent: 50.into(),
            of: Box::new(deep),
        };
        deep = Expression::of(share).unwrap();
    }
    assert_eq!(
        Expression::of(Term::Min(vec![plain("1"), deep])).map_err(|fault| fault.code()),
        Err("too-deep")
    );
}

#[test]
fn each_term_gives_its_amount() {
    for (text, expected) in [
        ("free", "0"),
        ("16.5%", "165"),
        ("100/3%", "1000/3"),
        ("10% of cif", "110"),
        ("10% of cif+duties", "134.05"),
        ("10% of customs-value+mfn+excise", "116.55"),
        ("10% of customs-value+vat", "100"),
        ("2 USD", "2"),
        ("2 EUR", "2.2"),
        ("0.2 USD/KGM", "50"),
        ("93.1 EUR/100 KGM", "256.025"),
        ("2 USD/KGM on lead-content", "15"),
        ("10% + 0.2 USD/KGM", "150"),
        ("10% - 5 USD", "95"),
        ("1% - 50 USD", "0"),
        ("min(5%, 0.1 USD/KGM)", "25"),
        ("max(5%, 0.1 USD/KGM)", "50"),
        ("max(1% - 50 USD, free)", "0"),
        ("70% x (10% + 0.2 USD/KGM)", "105"),
        ("component(strap, 14% + 0.5 USD/H87)", "17.6"),
        ("subheadings(3 EUR)", "6.6"),
    ] {
        assert_eq!(amount(text), Ok(expected.to_owned()), "{text}");
    }
}

#[test]
fn what_cannot_be_computed_says_why_and_never_guesses() {
    for (text, code, rule) in [
        ("text(us-note-20)", "needs-person", "R16"),
        ("5% + text(us-note-20)", "needs-person", "R16"),
        ("min(free, text(us-note-20))", "needs-person", "R16"),
        ("0% x (text(us-note-20))", "needs-person", "R16"),
        ("5% of fob", "no-value", "R9"),
        ("2 USD/LTR", "no-quantity", "R10"),
        ("0 USD/LTR", "no-quantity", "R10"),
        ("2 USD/H87 on lead-content", "no-quantity", "R10"),
        ("component(strap, 2 USD/KGM)", "no-quantity", "R10"),
        ("component(case, 5%)", "no-component", "R14"),
        ("5 CNY", "no-exchange-rate", "R19"),
        ("duty(61)", "no-duty", "R13"),
        ("duty()", "no-duty", "R13"),
        ("2 USD/LTR + text(us-note-20)", "no-quantity", "R10"),
    ] {
        let error = expression(text).compute(&goods()).unwrap_err();
        assert_eq!(
            (error.code(), error.rule()),
            (code, format!("duty-expression {rule}").as_str()),
            "{text}"
        );
    }
    let uncounted = Inputs {
        subheadings: None,
        ..goods()
    };
    let error = expression("subheadings(3 EUR)").compute(&uncounted).unwrap_err();
    assert_eq!((error.code(), error.rule()), ("no-subheadings", "duty-expression R15"));
}

#[test]
fn a_reference_is_computed_on_the_same_goods() {
    for (text, expected) in [
        ("duty()", Ok("165")),
        ("duty() + 7.5%", Ok("240")),
        ("duty(61)", Ok("110")),
        ("duty(61, vat)", Ok("248.1")),
        ("duty(62)", Ok("120")),
        ("component(strap, duty(67))", Ok("5.6")),
        ("component(strap, duty(61))", Err("whole-goods")),
        ("component(strap, duty(68))", Err("whole-goods")),
        ("duty(69)", Err("needs-person")),
        ("duty(60)", Err("no-duty")),
        ("duty(63)", Err("references")),
        ("duty(64) + duty(64)", Ok("14000")),
        ("duty(64) + duty(64) + duty(64)", Err("references")),
    ] {
        assert_eq!(amount_by_reference(text), expected.map(str::to_owned), "{text}");
    }
}

#[test]
fn an_expression_tells_what_it_needs_before_it_is_computed() {
    let all =
        expression("0.4 USD/H87 + component(strap, 1 USD/KGM) + 2 USD/KGM on lead + duty(61) + min(duty(), 2 USD/H87)");
    let needed: Vec<_> = all.quantities().iter().map(ToString::to_string).collect();
    assert_eq!(needed, ["H87", "KGM on lead", "KGM of strap"]);
    let references: Vec<_> = all.references().iter().map(ToString::to_string).collect();
    assert_eq!(references, ["duty()", "duty(61)"]);
    assert!(all.is_computable());

    let in_words = expression("5% + 50% x (text(us-note-1))");
    assert!(!in_words.is_computable());
    assert_eq!(
        in_words.notes().iter().map(Token::as_str).collect::<Vec<_>>(),
        ["us-note-1"]
    );
}
