//! The ten worked examples of the project's data, each computed from a small schedule that says the law in rows.
//!
//! The file is not part of this repository. `EWTP_SHARED` names the folder that holds `data`; without it, the folder `shared`
//! beside the repository is tried. Where neither exists the tests say that they were skipped, but in CI they fail.
#![expect(clippy::print_stdout, reason = "a skipped test says so")]

mod schedule;

use ewtp_record::edition::{MeasureKind, RoundingScope, Valuation};
use ewtp_tariff::quote::OtherLine;
use ewtp_tariff::row::Taxes;
use ewtp_tariff::{Basis, Row};
use schedule::{Narrow, Schedule, group, line, measure, read, relief, request, with_quantity, with_value};
use serde_json::Value;
use std::path::{Path, PathBuf};

use MeasureKind::{Additional, Excise, Levy, Mfn, Preference, Supplementary, Vat};

/// The examples, or none where the data are not at hand; a machine that must have them fails.
fn examples() -> Option<Vec<Value>> {
    let shared = std::env::var_os("EWTP_SHARED").map(PathBuf::from);
    let shared = shared.unwrap_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared"));
    let path = shared.join("data/duty_vectors.json");
    match std::fs::read(&path) {
        Ok(bytes) => {
            let file: Value = serde_json::from_slice(&bytes).expect("the file is JSON");
            Some(file["vectors"].as_array().expect("a list").clone())
        }
        Err(error) if std::env::var_os("CI").is_some() => panic!("{}: {error}", path.display()),
        Err(_) => {
            println!("skipped: {} is not there; set EWTP_SHARED", path.display());
            None
        }
    }
}

/// Runs `check` with the example of this name.
fn example(id: &str, check: impl FnOnce(&Value)) {
    let Some(examples) = examples() else { return };
    check(
        examples
            .iter()
            .find(|example| example["id"] == id)
            .unwrap_or_else(|| panic!("no example {id}")),
    );
}

/// A text at a path of names.
fn text<'v>(example: &'v Value, part: &str, name: &str) -> &'v str {
    example[part][name]
        .as_str()
        .unwrap_or_else(|| panic!("{example} has no {part}.{name}"))
}

fn money(example: &Value, name: &str, currency: &str) -> String {
    format!("{} {currency}", text(example, "inputs", name))
}

fn expected<'v>(example: &'v Value, name: &str) -> &'v str {
    text(example, "expect", name)
}

/// The amounts by the names that the example gives them, and the total.
fn assert_due(schedule: &Schedule, asked: &ewtp_tariff::quote::Request, example: &Value, names: &[&str], total: &str) {
    let (lines, sum) = schedule.due(asked);
    let amounts: Vec<_> = lines.iter().map(|(_, amount)| amount.as_str()).collect();
    let wanted: Vec<_> = names.iter().map(|name| expected(example, name)).collect();
    assert_eq!(amounts, wanted, "{lines:?}");
    assert_eq!(sum, expected(example, total));
}

/// Retail imports: no duty up to 5,000 CNY, taxes at 70 %, a value that holds both taxes within.
fn china() -> Schedule {
    let excise = measure(Excise, "free")
        .under("CN:1210")
        .when("unit-price>10 CNY/GRM", "70% x (300/17%)");
    let vat = measure(Vat, "70% x (13%)")
        .under("CN:1210")
        .when("unit-price>10 CNY/GRM", "70% x (260/17%)");
    let skincare = line(
        "33049900",
        &["GRM"],
        vec![
            measure(Mfn, "1%"),
            excise,
            vat,
            measure(Vat, "13% of customs-value+duties"),
        ],
    );
    let plain = line(
        "33051000",
        &["GRM"],
        vec![measure(Mfn, "3%"), measure(Vat, "70% x (13%)").under("CN:1210")],
    );
    let retail = relief("cbec", Taxes::Duty, "5000.00 CNY", Basis::CustomsValue, |relief| {
        relief.regimes.push(read("CN:1210"));
    });
    schedule::schedule("CN", Valuation::Cif, "CNY", vec![skincare, plain, retail])
}

fn retail(example: &Value, code: &str) -> ewtp_tariff::quote::Request {
    let value = money(example, "value", "CNY");
    let mut asked = request("CN", code, "FR", "2026-07-01", &value);
    asked.values.stated.insert(Basis::CustomsValue, read(&value));
    asked.regime = Some(read("CN:1210"));
    with_quantity(asked, "20 GRM")
}

#[test]
fn chinese_skincare_above_ten_yuan_a_gram_pays_both_taxes() {
    example("cn-cbec-skincare-425", |example| {
        let asked = retail(example, "33049900");
        assert_due(&china(), &asked, example, &["duty", "consumption_tax", "vat"], "total");
    });
}

#[test]
fn chinese_retail_goods_pay_the_value_added_tax_alone() {
    example("cn-cbec-vat-only-300", |example| {
        assert_due(
            &china(),
            &retail(example, "33051000"),
            example,
            &["duty", "vat"],
            "total",
        );
    });
}

/// Small parcels: no duty until the middle of 2026, then 3 EUR for each subheading.
fn union() -> Schedule {
    let parcels = |id: &str, duty: &str, from: Option<&str>, to: Option<&str>| {
        relief(id, Taxes::Duty, "150.00 EUR", Basis::Intrinsic, |relief| {
            relief.duty = read(duty);
            relief.conditions = vec![read("attribute:ioss")];
            relief.validity.from = from.map(read);
            relief.validity.to = to.map(read);
        })
    };
    let blouse = |code: &str| {
        line(
            code,
            &["H87"],
            vec![measure(Mfn, "12%"), measure(Vat, "21% of customs-value+duties")],
        )
    };
    let battery = line(
        "85076000",
        &["H87"],
        vec![measure(Mfn, "2.7%"), measure(Vat, "21% of customs-value+duties")],
    );
    let rows = vec![
        blouse("62061000"),
        blouse("62062000"),
        battery,
        parcels("small-parcels", "free", Some("2021-07-01"), Some("2026-06-30")),
        parcels("three-euro", "subheadings(3 EUR)", Some("2026-07-01"), None),
    ];
    schedule::schedule("EU", Valuation::Cif, "EUR", rows)
}

fn parcel(code: &str, on: &str, value: &str) -> ewtp_tariff::quote::Request {
    let mut asked = with_value(request("BE", code, "CN", on, value), Basis::CustomsValue, value);
    asked.attributes.insert(read("ioss"));
    asked
}

#[test]
fn three_euro_for_each_subheading_from_july_2026() {
    example("eu-eur3-two-subheadings", |example| {
        // One silk blouse for 40 EUR and two of wool for 80: one consignment of 120 EUR.
        let other = |code: &str, value: &str| OtherLine {
            code: read(code),
            values: parcel(code, "2026-07-01", value).values,
        };
        let mut silk = parcel("62061000", "2026-07-01", "40.00 EUR");
        silk.consignment.push(other("62062000", "80.00 EUR"));
        let mut wool = parcel("62062000", "2026-07-01", "80.00 EUR");
        wool.consignment.push(other("62061000", "40.00 EUR"));
        let schedule = union();
        let quotes = [
            schedule.quote(&silk).expect("a quote"),
            schedule.quote(&wool).expect("a quote"),
        ];
        let duty = |quote: &ewtp_tariff::Quote| quote.lines[0].amount;
        let both = duty(&quotes[0]) + duty(&quotes[1]);
        assert_eq!(format!("{}.00", both / 100), expected(example, "duty"));
        let total = ewtp_tariff::quote::consignment_total(&schedule.edition, &quotes).expect("small amounts");
        // Each line bears its own subheading: 6.00 in all, and 21 % of 40, 80 and 6. What is shown adds up.
        assert_eq!((total.sum, quotes[0].sum + quotes[1].sum), (3_246, 3_246));
    });
}

#[test]
fn lines_of_one_subheading_bear_its_three_euro_together() {
    let other = OtherLine {
        code: read("62061000"),
        values: parcel("62061000", "2026-07-01", "10.00 EUR").values,
    };
    let mut blouse = parcel("62061000", "2026-07-01", "10.00 EUR");
    blouse.consignment = vec![other; 6];
    let schedule = union();
    let quote = schedule.quote(&blouse).expect("a quote");
    // A seventh of 3.00 each, and 21 % of 10.43; the parts are rounded once when they are added: 3.00 and not 3.01.
    assert_eq!((quote.lines[0].amount, quote.lines[1].amount), (43, 219));
    let quotes = vec![quote; 7];
    let total = ewtp_tariff::quote::consignment_total(&schedule.edition, &quotes).expect("small amounts");
    assert_eq!(total.sum, 300 + 7 * 219);
}

#[test]
fn small_parcels_paid_no_duty_before_july_2026() {
    example("eu-ioss-before", |example| {
        let value = money(example, "value", "EUR");
        assert_due(
            &union(),
            &parcel("62061000", "2026-06-30", &value),
            example,
            &["duty", "vat"],
            "vat",
        );
    });
}

#[test]
fn a_battery_above_the_limit_pays_duty_and_tax_on_both() {
    example("eu-battery-200-cn", |example| {
        let value = money(example, "value", "EUR");
        assert_due(
            &union(),
            &parcel("85076000", "2026-06-30", &value),
            example,
            &["duty", "vat"],
            "total",
        );
    });
}

/// Glass, wine and T-shirts, with the relief of 800 USD that ended.
fn united_states() -> Schedule {
    let glass = line("70052110", &["MTK"], vec![measure(Mfn, "0.145 USD/MTK + 0.4%")]);
    let mut jordan = measure(Preference, "0.028 USD/LTR").to(&["JO"]);
    jordan.agreement = Some(read("JO"));
    let australia = measure(Preference, "free").to(&["AU"]);
    let wine = vec![
        measure(Mfn, "0.063 USD/LTR").but(&["us-column-2"]),
        measure(Mfn, "0.33 USD/LTR").to(&["us-column-2"]),
        jordan,
        australia,
    ];
    let shirt = vec![
        measure(Mfn, "16.5%"),
        measure(Additional, "duty(99038815, additional)").to(&["CN"]),
    ];
    let rows: Vec<Row> = vec![
        glass,
        line("22042150", &["LTR"], wine),
        line("61091000", &["H87"], shirt),
        line("99038815", &[], vec![measure(Additional, "7.5%").to(&["CN"])]),
        group("us-column-2", &["BY", "CU", "KP", "RU"]),
        relief("section-321", Taxes::Both, "800.00 USD", Basis::Fob, |relief| {
            relief.per = ewtp_tariff::row::LimitPer::PersonDay;
            relief.except = vec![read("CN"), read("HK")];
            relief.validity.to = Some(read("2025-08-28"));
        }),
    ];
    schedule::schedule("US", Valuation::Fob, "USD", rows)
}

#[test]
fn american_glass_pays_by_area_and_value() {
    example("us-glass-70052110", |example| {
        let asked = request("US", "70052110", "DE", "2026-07-01", &money(example, "value", "USD"));
        let asked = with_quantity(asked, &format!("{} MTK", text(example, "inputs", "m2")));
        assert_due(&united_states(), &asked, example, &["duty"], "duty");
    });
}

#[test]
fn american_wine_pays_by_origin() {
    example("us-wine-22042150", |example| {
        let litres = format!("{} LTR", text(example, "inputs", "l"));
        let from = |origin: &str, claim: Option<&str>| {
            let mut asked = with_quantity(request("US", "22042150", origin, "2026-07-01", "5000.00 USD"), &litres);
            asked
                .agreements
                .extend(claim.map(read::<ewtp_tariff::row::NationalCode>));
            asked
        };
        let schedule = united_states();
        for (origin, claim, name) in [
            ("FR", None, "general"),
            ("JO", Some("JO"), "JO"),
            ("AU", Some("AU"), "AU"),
            ("CU", None, "column2"),
        ] {
            assert_eq!(
                schedule.total(&from(origin, claim)),
                expected(example, name),
                "{origin}"
            );
        }
    });
}

#[test]
fn american_shirts_from_china_pay_the_surcharge_of_another_line() {
    example("us-tshirt-cn", |example| {
        let asked = request(
            "US",
            "61091000",
            text(example, "inputs", "origin"),
            "2026-07-01",
            &money(example, "value", "USD"),
        );
        let schedule = united_states();
        assert_due(&schedule, &asked, example, &["base", "section301"], "total");
        // 700 USD from elsewhere were free until 28 August 2025, and are not from the next day on.
        assert_eq!(
            schedule.total(&request("US", "61091000", "VN", "2025-08-28", "700.00 USD")),
            "0.00"
        );
        assert_eq!(
            schedule.total(&request("US", "61091000", "VN", "2025-08-29", "700.00 USD")),
            "115.50"
        );
        assert_eq!(
            schedule.total(&request("US", "61091000", "VN", "2025-08-28", "800.01 USD")),
            "132.00"
        );
        assert_eq!(
            schedule.total(&request("US", "61091000", "CN", "2025-08-28", "700.00 USD")),
            "168.00"
        );
    });
}

#[test]
fn malaysian_low_value_goods_pay_on_the_price_without_shipping() {
    example("my-lvg-480", |example| {
        let lamp = line(
            "94052100",
            &["H87"],
            vec![measure(Mfn, "20%"), measure(Vat, "10% of cif+duties")],
        );
        let low = relief(
            "low-value-goods",
            Taxes::Vat,
            "500.00 MYR",
            Basis::ItemPrice,
            |relief| {
                relief.per = ewtp_tariff::row::LimitPer::Item;
                relief.duty = read("10% of item-price");
                relief.validity.from = Some(read("2024-01-01"));
            },
        );
        let courier = relief("courier", Taxes::Duty, "500.00 MYR", Basis::Cif, |relief| {
            relief.modes = vec![read("post"), read("courier")];
        });
        let schedule = schedule::schedule("MY", Valuation::Cif, "MYR", vec![lamp, low, courier]);
        let mut asked = request("MY", "94052100", "CN", "2026-07-01", &money(example, "price", "MYR"));
        asked.values.freight = Some(read(&money(example, "shipping", "MYR")));
        asked.values.insurance = Some(read("0.00 MYR"));
        asked.mode = Some(read("post"));
        let asked = with_quantity(asked, "1 H87");
        assert_due(&schedule, &asked, example, &["duty", "lvg_tax"], "lvg_tax");
        let buyer_pays = 48_000 + 2_000 + schedule.quote(&asked).expect("a quote").sum;
        assert_eq!(format!("{}.00", buyer_pays / 100), expected(example, "buyer_pays"));
    });
}

#[test]
fn a_car_to_bangladesh_pays_the_whole_cascade() {
    example("bd-car-2018", |example| {
        let car = line(
            "87032312",
            &["H87"],
            vec![
                measure(Mfn, "25%"),
                measure(Supplementary, "4%"),
                measure(Excise, "45% of customs-value+mfn+supplementary"),
                measure(Vat, "15% of customs-value+mfn+excise+supplementary"),
                measure(Levy, "5%").at(95),
                measure(Levy, "126.67% x (4% of customs-value+mfn+excise+supplementary)").at(96),
            ],
        );
        let mut schedule = schedule::schedule("BD", Valuation::Cif, "BDT", vec![car]);
        // The published example rounds its sum, and shows each tax rounded.
        schedule.edition.rounding[0].scope = RoundingScope::Consignment;
        let value = money(example, "assessable_value", "BDT");
        let asked = with_value(
            request("BD", "87032312", "JP", "2019-01-01", &value),
            Basis::CustomsValue,
            &value,
        );
        assert_due(
            &schedule,
            &asked,
            example,
            &["cd", "rd", "sd", "vat", "ait", "atv"],
            "total",
        );
    });
}

#[test]
fn there_are_ten_examples_and_a_test_for_each() {
    let Some(examples) = examples() else { return };
    assert_eq!(examples.len(), 10, "an example without a test");
}
