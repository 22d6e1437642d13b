//! Strategies for expressions that keep all rules, for the laws.

use ewtp_record::edition::MeasureKind;
use ewtp_record::{Currency, UnitCode};
use ewtp_tariff::{Base, Basis, Earlier, Exact, Expression, LineCode, Per, Reference, Sign, Term, Token};
use proptest::collection::{btree_set, vec};
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

fn number() -> impl Strategy<Value = Exact> {
    let decimal =
        (0_i64..1_000_000_000_000_000, 0_u8..=14).prop_map(|(mantissa, places)| Exact::decimal(mantissa, places));
    let small = (0_i64..10_000, 0_u8..=3).prop_map(|(mantissa, places)| Exact::decimal(mantissa, places));
    let fraction = (0_i64..1_000_000, 1_i64..1_000)
        .prop_map(|(numerator, denominator)| Exact::fraction(numerator, denominator).unwrap());
    prop_oneof![decimal, small, fraction].prop_filter("it can be written", Exact::is_within_bounds)
}

fn currency() -> impl Strategy<Value = Currency> {
    select(vec!["USD", "EUR", "CNY", "JPY"]).prop_map(|text| text.parse().unwrap())
}

fn unit() -> impl Strategy<Value = UnitCode> {
    select(vec!["KGM", "LTR", "H87", "MTK", "10", "11", "2N", "C62"]).prop_map(|text| text.parse().unwrap())
}

fn token() -> impl Strategy<Value = Token> {
    prop_oneof![
        "[a-z0-9]([a-z0-9-]{0,4}[a-z0-9])?",
        select(vec!["on", "x", "of", "free", "usd"]).prop_map(str::to_owned)
    ]
    .prop_map(|text| text.parse().unwrap())
}

fn kind() -> impl Strategy<Value = MeasureKind> {
    select(MeasureKind::ALL.to_vec())
}

fn base() -> impl Strategy<Value = Base> {
    let kinds = btree_set(kind(), 1..4).prop_map(Earlier::Kinds);
    let plus = prop_oneof![Just(Earlier::None), Just(Earlier::All), kinds];
    (select(Basis::ALL.to_vec()), plus).prop_map(|(basis, plus)| Base { basis, plus })
}

fn per() -> impl Strategy<Value = Per> {
    let count = prop_oneof![
        Just(Exact::from(1)),
        number().prop_filter("above 0", |number| !number.is_zero())
    ];
    (count, unit(), option::of(token())).prop_map(|(count, unit, on)| Per { count, unit, on })
}

fn reference() -> impl Strategy<Value = Reference> {
    let line = ("[0-9]{2,12}", kind()).prop_map(|(code, kind)| Reference::Line {
        code: code.parse::<LineCode>().unwrap(),
        kind,
    });
    prop_oneof![Just(Reference::OwnLine), line]
}

/// A term that holds no expression; in a component no percentage has a base.
fn leaf(in_component: bool) -> impl Strategy<Value = Term> {
    let base = if in_component {
        Just(Base::CUSTOMS_VALUE).boxed()
    } else {
        base().boxed()
    };
    prop_oneof![
        (number(), base).prop_map(|(rate, base)| Term::Percent { rate, base }),
        (number(), currency(), option::of(per())).prop_map(|(amount, currency, per)| Term::Amount {
            amount,
            currency,
            per
        }),
        reference().prop_map(Term::Duty),
        (number(), currency()).prop_map(|(amount, currency)| Term::Subheadings { amount, currency }),
        token().prop_map(Term::Text),
    ]
}

/// A sum of a few of these terms, if it keeps the bounds.
fn sum(term: impl Strategy<Value = Term>) -> impl Strategy<Value = Expression> {
    let signed = (any::<bool>(), term).prop_map(|(plus, term)| (if plus { Sign::Plus } else { Sign::Minus }, term));
    vec(signed, 1..4).prop_filter_map("the bounds", |mut terms| {
        terms[0].0 = Sign::Plus;
        Expression::new(terms).ok()
    })
}

fn tree(in_component: bool) -> impl Strategy<Value = Expression> {
    let free = Just(Expression::of(Term::Free).unwrap());
    let smallest = prop_oneof![1 => free, 9 => sum(leaf(in_component))];
    smallest.prop_recursive(5, 24, 3, move |inner| {
        let choices = vec(inner.clone(), 2..4);
        let share = (number(), inner).prop_map(|(percent, of)| Term::Share {
            percent,
            of: Box::new(of),
        });
        sum(prop_oneof![
            leaf(in_component),
            choices.clone().prop_map(Term::Min),
            choices.prop_map(Term::Max),
            share
        ])
    })
}

/// Any expression within all bounds.
pub(crate) fn expression() -> impl Strategy<Value = Expression> {
    let component = (token(), tree(true)).prop_map(|(name, duty)| Term::Component {
        name,
        duty: Box::new(duty),
    });
    let component = component.prop_filter("the bounds", |term| Expression::of(term.clone()).is_ok());
    prop_oneof![4 => tree(false), 1 => sum(component)]
}
