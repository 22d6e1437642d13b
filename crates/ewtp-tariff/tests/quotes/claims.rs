//! What is claimed, disclosed or denied: preferences, the size of a firm, and what else was possible.

use crate::schedule::{self, Narrow, line, measure, read, row};
use crate::{asked, reasons, shirts, with_rows};
use ewtp_record::edition::MeasureKind;
use ewtp_tariff::quote::{Charge, Need, Quote, Request};
use ewtp_tariff::row::{Entry, Measure, Taxes};
use ewtp_tariff::{Basis, Row, RowKey};

use MeasureKind::{Additional, Mfn, Preference, Prohibition, Suspension};

#[test]
fn a_preference_is_applied_only_when_it_is_claimed() {
    let mut agreed = measure(Preference, "3%").to(&["CN"]);
    agreed.agreement = Some(read("RCEP"));
    let papered = measure(Preference, "2%").to(&["CN"]).papers(&["N954"]);
    let schedule = shirts(vec![measure(Mfn, "16.5%"), agreed, papered]);
    let quote = schedule.quote(&asked()).unwrap();
    assert_eq!(quote.total().unwrap().to_string(), "165.00 USD");
    let alternatives: Vec<_> = quote
        .alternatives
        .iter()
        .map(|other| (other.amount, other.needs.clone()))
        .collect();
    assert_eq!(
        alternatives,
        [
            (Some(2_000), vec![Need::Document(read("N954"))]),
            (Some(3_000), vec![Need::Agreement(read("RCEP"))]),
        ]
    );
    let mut claimed = asked();
    claimed.agreements.insert(read("RCEP"));
    assert_eq!(schedule.total(&claimed), "30.00");
    claimed.documents.insert(read("N954"));
    assert_eq!(schedule.total(&claimed), "20.00");
}

#[test]
fn the_least_duty_counts_even_if_a_dearer_one_is_claimed() {
    let dear = measure(Preference, "5%").to(&["CN"]);
    let schedule = shirts(vec![measure(Mfn, "6%"), measure(Suspension, "4%"), dear]);
    let mut claimed = asked();
    claimed.agreements.insert(read("CN"));
    let quote = schedule.quote(&claimed).unwrap();
    assert_eq!(quote.lines[0].charge, Charge::Measure(Suspension));
    assert_eq!(quote.total().unwrap().to_string(), "40.00 USD");
    assert_eq!(quote.alternatives, []);
}

#[test]
fn a_claimed_duty_of_nothing_asks_for_no_litres() {
    let free = measure(Preference, "free").to(&["CN"]);
    let schedule = shirts(vec![measure(Mfn, "0.5 USD/KGM"), free]);
    let mut claimed = asked();
    claimed.agreements.insert(read("CN"));
    assert_eq!(schedule.total(&claimed), "0.00");
}

#[test]
fn a_rule_for_small_firms_counts_when_their_size_is_disclosed() {
    let surcharge = measure(Additional, "10%").when("people<30", "2%");
    let schedule = shirts(vec![measure(Mfn, "5%"), surcharge]);
    let quote = schedule.quote(&asked()).unwrap();
    assert_eq!(quote.sum, 15_000);
    assert_eq!(quote.alternatives[0].needs, [Need::People(read("0-29"))]);
    assert_eq!(quote.alternatives[0].amount, Some(2_000));
    let totals = ["29", "30", "10-29", "10-30", "250+"].map(|size| schedule.total(&of_size(size)));
    assert_eq!(totals, ["70.00", "150.00", "70.00", "150.00", "150.00"]);
}

fn of_size(people: &str) -> Request {
    Request {
        people: Some(read(people)),
        ..asked()
    }
}

#[test]
fn silence_earns_no_better_rate() {
    let dear = measure(Suspension, "free").when("people>=30", "10%");
    let schedule = shirts(vec![measure(Mfn, "50%"), dear]);
    let quote = schedule.quote(&asked()).unwrap();
    assert_eq!(quote.total().unwrap().to_string(), "100.00 USD");
    let other = &quote.alternatives[0];
    assert_eq!(
        (other.amount, &*other.needs),
        (Some(0), &[Need::People(read("0-29"))][..])
    );
    assert_eq!(schedule.total(&of_size("10-29")), "0.00");
    assert_eq!(schedule.total(&of_size("30-49")), "100.00");
    let quote = schedule.quote(&of_size("10-49")).unwrap();
    assert_eq!(quote.total().unwrap().to_string(), "100.00 USD");
    assert_eq!(quote.alternatives[0].needs, [Need::People(read("10-29"))]);
}

#[test]
fn what_a_merchant_is_not_must_be_said_too() {
    let schedule = shirts(vec![measure(Mfn, "10%").when("not attribute:marketplace", "2%")]);
    let not = |asked: Request| Request {
        without: [read("marketplace")].into(),
        ..asked
    };
    assert_eq!(schedule.total(&not(asked())), "20.00");
    let quote = schedule.quote(&asked()).unwrap();
    assert_eq!(quote.total().unwrap().to_string(), "100.00 USD");
    assert_eq!(
        quote.alternatives[0].needs,
        [Need::Condition(read("not attribute:marketplace"))]
    );
    let mut both = not(asked());
    both.attributes.insert(read("marketplace"));
    assert_eq!(schedule.quote(&both).unwrap_err().code(), "contradiction");
    both.without.clear();
    assert_eq!(schedule.total(&both), "100.00");
    let lifted = Measure::of(Prohibition, None).when("not attribute:marketplace", "free");
    let schedule = shirts(vec![measure(Mfn, "5%"), lifted]);
    assert_eq!(reasons(&schedule, &asked()), ["prohibited"]);
    assert_eq!(schedule.total(&not(asked())), "50.00");
}

#[test]
fn only_what_is_possible_together_is_possible() {
    let by_size = measure(Mfn, "90%")
        .when("people<10", "1%")
        .when("people<30", "2%")
        .when("people>=30", "5%");
    let schedule = shirts(vec![by_size]);
    // Every firm has fewer than 30 or not: 90 % is nobody's.
    assert_eq!(schedule.total(&asked()), "50.00");
    let quote = schedule.quote(&of_size("10-49")).unwrap();
    assert_eq!(quote.sum, 5_000);
    let others: Vec<_> = quote
        .alternatives
        .iter()
        .map(|other| (other.amount, other.needs.clone()))
        .collect();
    assert_eq!(others, [(Some(2_000), vec![Need::People(read("10-29"))])]);
}

#[test]
fn a_possible_duty_in_words_leaves_the_greatest_to_a_person() {
    let note = row(RowKey::Note(read("us-note-20")), Entry::Note("Read it.".to_owned()));
    let schedule = with_rows(
        vec![measure(Mfn, "10%").when("people<30", "text(us-note-20)")],
        vec![note],
    );
    assert_eq!(reasons(&schedule, &asked()), ["needs-person"]);
    assert_eq!(schedule.total(&of_size("30+")), "100.00");
}

#[test]
fn a_duty_of_another_line_tells_its_base_and_rate() {
    let rows = |text: &str| {
        vec![
            line("99038815", &[], vec![measure(Additional, "duty(9904, additional)")]),
            line("9904", &[], vec![measure(Additional, text)]),
        ]
    };
    let told = |text: &str| {
        let measures = vec![measure(Mfn, "5%"), measure(Additional, "duty(99038815, additional)")];
        let quote = with_rows(measures, rows(text)).quote(&asked()).unwrap();
        let line = quote.lines[1].clone();
        line.base.zip(line.rate).map(|(base, rate)| format!("{base} {rate}"))
    };
    assert_eq!(told("7.5%").as_deref(), Some("1000 7.5"));
    assert_eq!(told("7.5% of customs-value+mfn").as_deref(), Some("1050 7.5"));
    assert_eq!(told("7.5% + 1 USD"), None);
}

#[test]
fn a_line_that_is_referred_to_is_as_silent() {
    let by_size = measure(Additional, "free").when("people>=30", "7.5%");
    let rows = vec![line("99038815", &[], vec![by_size])];
    let schedule = with_rows(
        vec![measure(Mfn, "5%"), measure(Additional, "duty(99038815, additional)")],
        rows,
    );
    assert_eq!(schedule.total(&asked()), "125.00");
    assert_eq!(schedule.total(&of_size("10-29")), "50.00");
}

#[test]
fn what_cannot_become_true_is_no_alternative() {
    let measures = vec![
        measure(Mfn, "10%")
            .when("value<=150 USD", "free")
            .when("document:D1", "3%"),
        measure(Additional, "5%").when("people<30", "free"),
    ];
    let parcels = schedule::relief("parcels", Taxes::Duty, "2000.00 USD", Basis::Fob, |relief| {
        relief.conditions = vec![read("value<=150 USD")];
    });
    let papered = schedule::relief("papered", Taxes::Duty, "2000.00 USD", Basis::Fob, |relief| {
        relief.conditions = vec![read("document:D2"), read("not attribute:marketplace")];
    });
    let schedule = with_rows(measures, vec![parcels, papered]);
    let quote = schedule.quote(&of_size("50-249")).unwrap();
    let needs: Vec<_> = quote.alternatives.iter().map(|other| other.needs.clone()).collect();
    let document = |code: &str| Need::Condition(read(&format!("document:{code}")));
    let papered = vec![document("D2"), Need::Condition(read("not attribute:marketplace"))];
    assert_eq!(needs, [vec![document("D1")], papered]);
}

/// What else is possible: the amounts and what each needs.
fn others(quote: &Quote) -> Vec<(Option<i64>, Vec<Need>)> {
    let others = quote.alternatives.iter();
    others.map(|other| (other.amount, other.needs.clone())).collect()
}

#[test]
fn a_duty_that_was_not_chosen_says_what_it_could_be() {
    let small = || Need::People(read("0-29"));
    let suspended = measure(Suspension, "5%").when("people<30", "free");
    let schedule = shirts(vec![measure(Mfn, "3%"), suspended]);
    let quote = schedule.quote(&asked()).unwrap();
    assert_eq!(quote.sum, 3_000);
    assert_eq!(others(&quote), [(Some(0), vec![small()])]);
    assert_eq!(schedule.total(&of_size("10-29")), "0.00");

    // A preference that is not claimed lacks the claim as well; another duty of it that is no less is not named.
    let preferred = measure(Preference, "2%")
        .to(&["CN"])
        .when("people<30", "1%")
        .when("document:D1", "4%");
    let schedule = shirts(vec![measure(Mfn, "3%"), preferred]);
    let claim = || Need::Agreement(read("CN"));
    let quote = schedule.quote(&asked()).unwrap();
    assert_eq!(
        others(&quote),
        [(Some(1_000), vec![claim(), small()]), (Some(2_000), vec![claim()])]
    );
}

#[test]
fn another_duty_of_customs_is_of_what_came_before_that_duty() {
    let suspended = measure(Suspension, "5%").when("document:D1", "2% of customs-value+mfn");
    let schedule = shirts(vec![measure(Mfn, "3%"), suspended]);
    let quote = schedule.quote(&asked()).unwrap();
    assert_eq!(
        others(&quote),
        [(Some(2_000), vec![Need::Condition(read("document:D1"))])]
    );
}

#[test]
fn silence_takes_off_no_more_than_any_answer() {
    let surcharge = |text: &str| {
        let by_size = measure(Additional, "5%").when("people<30", "20%");
        let measures = vec![measure(Mfn, "5%"), measure(Additional, text)];
        with_rows(measures, vec![line("9904", &[], vec![by_size]), between()])
    };
    let totals = |text: &str| {
        let schedule = surcharge(text);
        [&asked(), &of_size("10-29"), &of_size("250+")].map(|asked| schedule.total(asked))
    };
    assert_eq!(totals("30% - duty(9904, additional)"), ["300.00", "150.00", "300.00"]);
    // Taken off from what is taken off, it is added; so it is by way of another line.
    assert_eq!(
        totals("30% - max(1%, 25% - duty(9904, additional))"),
        ["300.00", "300.00", "150.00"]
    );
    assert_eq!(totals("30% - duty(9905, additional)"), ["300.00", "300.00", "150.00"]);
    // One duty that is added and taken off is supposed to be either.
    assert_eq!(
        totals("10% + duty(9904, additional) - 50% x (duty(9904, additional))"),
        ["325.00", "250.00", "175.00"]
    );
}

/// A line that takes a surcharge off.
fn between() -> Row {
    line("9905", &[], vec![measure(Additional, "25% - duty(9904, additional)")])
}
