//! What goods cost by the published US schedule, worked out by hand from its text. The file is not part of this repository:
//! see `files`.
#![expect(clippy::print_stdout, reason = "a skipped test says so")]

mod files;

use ewtp_record::edition::{MeasureKind, Rounding, RoundingMode, RoundingScope, Valuation};
use ewtp_record::{Edition, HsEdition, Money, UnixTime};
use ewtp_tariff::quote::{self, Charge, Need, NeedsPerson, Quote, Request, Values};
use ewtp_tariff::row::Entry;
use ewtp_tariff::{LineCode, RowKey};
use ewtp_tariff_import::{Import, us_hts};
use std::sync::OnceLock;

/// The schedule of 2026 revision 5, or `None` where the file may be absent.
fn schedule() -> Option<&'static Import> {
    static IMPORT: OnceLock<Option<Import>> = OnceLock::new();
    let import = IMPORT.get_or_init(|| {
        let bytes = files::file("hts_2026_rev_5.json.gz")?;
        Some(us_hts::read(&bytes).unwrap_or_else(|error| panic!("{error}")))
    });
    import.as_ref()
}

fn edition(import: &Import) -> Edition {
    let rounding = Rounding {
        kind: None,
        mode: RoundingMode::HalfUp,
        step: 1,
        scope: RoundingScope::Line,
    };
    Edition {
        territory: "US".into(),
        members: vec![],
        hs_edition: HsEdition::try_from(2022).expect("an edition"),
        nomenclature: "HTS10".into(),
        digits: 10,
        number: 1,
        previous: None,
        in_force: "2026-01-01".parse().expect("a day"),
        legal: vec![],
        trees: import.trees.summary(),
        valuation: Valuation::Fob,
        currency: "USD".parse().expect("a currency"),
        rounding: vec![rounding],
        collected_from: None,
        languages: vec!["en".into()],
        patch: None,
        corrects: None,
        is_test: true,
    }
}

/// Goods of this code and origin, worth this many dollars, with these quantities and claims.
struct Goods<'g>(&'g str, &'g str, &'g str, &'g [(&'g str, &'g str)], &'g [&'g str]);

fn quoted(import: &Import, goods: &Goods<'_>) -> Quote {
    let Goods(code, origin, value, quantities, claims) = goods;
    let code = code.parse().expect("a code");
    let day = "2026-07-01".parse().expect("a day");
    let mut request = Request::new(
        "US",
        code,
        origin.parse().expect("a country"),
        day,
        UnixTime(1_790_000_000),
    );
    request.values = Values::of_price(format!("{value} USD").parse().expect("money"));
    for (amount, unit) in *quantities {
        let unit = unit.parse().expect("a unit");
        request
            .quantities
            .insert((unit, None), amount.parse().expect("a number"));
    }
    request.agreements = claims.iter().map(|claim| claim.parse().expect("a code")).collect();
    let quote = quote::quote(&edition(import), UnixTime(0), &import.trees, &request);
    quote.unwrap_or_else(|error| panic!("{code}: {error}"))
}

/// The notes that a person must read of the goods' own lines, and those on all goods.
fn notes(quote: &Quote) -> (Vec<String>, Vec<String>) {
    let is_of_all = |open: &&NeedsPerson| matches!(open.row, RowKey::Line(code, _) if code == LineCode::all_goods());
    let (of_all, own): (Vec<_>, Vec<_>) = quote.needs_person.iter().partition(is_of_all);
    let told = |open: Vec<&NeedsPerson>| open.into_iter().map(|open| open.reason.to_string()).collect();
    (told(own), told(of_all))
}

/// Compares what the lines of the goods say, unless the file is absent. The total is open in this edition, whatever the goods.
fn costs(goods: &Goods<'_>, amount: &str) {
    let Some(import) = schedule() else { return };
    let quote = quoted(import, goods);
    let (own, of_all) = notes(&quote);
    let sum = Money {
        minor: quote.sum,
        currency: quote.currency,
    };
    assert_eq!(
        (own, sum.to_string().as_str()),
        (vec![], amount),
        "{} from {}",
        goods.0,
        goods.1
    );
    assert_eq!((quote.total(), of_all.is_empty()), (None, false));
}

#[test]
fn a_duty_on_articles_of_any_country_leaves_no_total() {
    let Some(import) = schedule() else { return };
    let of_all = |origin: &str| notes(&quoted(import, &Goods("6109100012", origin, "1000.00", &[], &[]))).1;
    let says = |notes: &[String], heading: &str| notes.contains(&format!("read the note us-{heading}"));
    let (ethiopian, chinese) = (of_all("ET"), of_all("CN"));
    println!("open of ET: {ethiopian:?}, of CN: {chinese:?}");
    // Any country: 9903.03.01 and 9903.01.25. China and Hong Kong: 9903.01.20, with 9903.01.24. Suspended: 9903.01.63.
    for (heading, et, cn) in [
        ("99030301", true, true),
        ("99030125", true, true),
        ("99030120", false, true),
        ("99030110", false, false),
        ("99030163", false, false),
    ] {
        assert_eq!(
            (says(&ethiopian, heading), says(&chinese, heading)),
            (et, cn),
            "{heading}"
        );
    }
    // A person reads the number of the heading, its words and its rates.
    let note = RowKey::Note("us-99030301".parse().expect("a name"));
    let Some(Entry::Note(text)) = import.trees.get(&note).map(|row| row.entry()) else {
        panic!("{note}");
    };
    assert!(
        text.starts_with("9903.03.01: ") && text.contains("any country") && text.contains("+ 10%"),
        "{text}"
    );
}

#[test]
fn a_heading_that_names_lines_is_open_at_these_alone() {
    // 9903.92.10: ship-to-shore gantry cranes (provided for in subheading 8426.19.00).
    let Some(import) = schedule() else { return };
    let own = |code| notes(&quoted(import, &Goods(code, "CN", "1000.00", &[("1", "H87")], &[]))).0;
    assert!(
        own("8426190000").iter().any(|note| note.contains("us-99039210")),
        "{:?}",
        own("8426190000")
    );
    assert_eq!(own("6109100012"), Vec::<String>::new());
}

#[test]
fn shirts_cost_their_rate_and_from_china_what_chapter_99_adds() {
    // 16.5 % of 1,000 USD, and 7.5 % by heading 9903.88.15.
    costs(&Goods("6109100004", "VN", "1000.00", &[], &[]), "165.00 USD");
    costs(&Goods("6109100004", "CN", "1000.00", &[], &[]), "240.00 USD");
}

#[test]
fn a_programme_counts_when_it_is_claimed() {
    costs(&Goods("6109100004", "SG", "1000.00", &[], &[]), "165.00 USD");
    costs(&Goods("6109100004", "SG", "1000.00", &[], &["SG"]), "0.00 USD");
}

#[test]
fn the_generalized_system_of_preferences_is_claimed_by_its_symbol_and_its_countries_are_for_a_person() {
    let Some(import) = schedule() else { return };
    let measured = [("1000", "MTK")];
    let glass = |claims| quoted(import, &Goods("7005211010", "NP", "8000.00", &measured, claims));
    let unclaimed = glass(&[]);
    assert_eq!(unclaimed.sum, 17_700);
    let gsp = Charge::Measure(MeasureKind::Gsp);
    let other = unclaimed.alternatives.iter().find(|other| other.charge == gsp);
    let needs = &other.expect("the lower duty is named").needs;
    assert!(needs.contains(&Need::Agreement("A+".parse().unwrap())), "{needs:?}");
    // The file does not say who is a least-developed beneficiary.
    let claimed = glass(&["A+"]);
    let open = claimed
        .needs_person
        .iter()
        .find(|open| open.kind == Some(MeasureKind::Gsp));
    let reason = open.map(|open| open.reason.code());
    assert_eq!((claimed.total(), reason), (None, Some("unknown-membership")));
}

#[test]
fn column_2_is_for_its_countries_only() {
    costs(&Goods("6109100004", "CU", "1000.00", &[], &[]), "900.00 USD");
}

#[test]
fn glass_costs_by_the_square_metre_and_by_its_value() {
    let measured = [("1000", "MTK")];
    let glass = "7005211010";
    costs(&Goods(glass, "VN", "8000.00", &measured, &[]), "177.00 USD");
}

#[test]
fn wine_costs_by_the_litre_and_by_its_origin() {
    let litres = [("900", "LTR")];
    for (origin, claims, cents) in [
        ("FR", &[][..], 5_670),
        ("JO", &["JO"], 2_520),
        ("AU", &["AU"], 0),
        ("CU", &[], 29_700),
    ] {
        let Some(import) = schedule() else { return };
        let quote = quoted(import, &Goods("2204215035", origin, "5000.00", &litres, claims));
        // Whether an excise is due stands in the law of another text; 9903.04.45 names subheadings that are no more.
        assert_eq!(
            (quote.sum, notes(&quote).0.len()),
            (cents, 2),
            "{origin}: {:?}",
            quote.needs_person
        );
    }
}

#[test]
fn salt_from_russia_has_the_rate_of_a_heading_instead_of_column_2() {
    let tonnes = [("10", "TNE")];
    costs(&Goods("2501000000", "BY", "1000.00", &tonnes, &[]), "260.00 USD");
    costs(&Goods("2501000000", "RU", "1000.00", &tonnes, &[]), "350.00 USD");
}

#[test]
fn what_only_a_person_can_tell_has_no_total() {
    // An ensemble: the rate applicable to each garment.
    let Some(import) = schedule() else { return };
    let pieces = [("12", "DZN"), ("100", "KGM")];
    let quote = quoted(import, &Goods("6103220010", "VN", "1000.00", &pieces, &[]));
    assert_eq!((quote.total(), notes(&quote).0.is_empty()), (None, false));
}
