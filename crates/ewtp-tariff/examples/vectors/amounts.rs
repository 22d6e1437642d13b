//! Duty expressions that give an amount.

use ewtp_vectors::Case;

pub(crate) const OBJECT: &str = "duty-expression";

fn computed(name: &'static str, rule: &'static str, note: &'static str, text: &str) -> Case {
    Case::good(OBJECT, name, rule, note).with("currency", "USD").body(text)
}

/// Goods of 1,000 USD, 250 kg.
pub(crate) fn goods(name: &'static str, rule: &'static str, note: &'static str, text: &str) -> Case {
    computed(name, rule, note, text)
        .with("customs-value", 1_000)
        .with("quantities", "250 KGM, 7.5 KGM on lead-content")
}

/// Real rates among them: those of glass, wine, T-shirts and watches are of the schedule of the United States.
pub(crate) fn amounts() -> Vec<Case> {
    let good = |name, rule, note, text, amount: &str| goods(name, rule, note, text).with("amount", amount);
    let wine = |name, text, amount: &str| {
        computed(name, "duty-expression R10", "900 litres of wine", text)
            .with("quantities", "900 LTR")
            .with("amount", amount)
    };
    vec![
        good("free", "duty-expression R8", "nothing is due", "free", "0"),
        good("zero-percent", "duty-expression R8", "a rate of nothing", "0%", "0"),
        good("percent", "duty-expression R9", "T-shirts", "16.5%", "165"),
        good(
            "percent-third",
            "duty-expression R1",
            "33 1/3 percent stays a fraction",
            "100/3%",
            "1000/3",
        ),
        good(
            "percent-of-value",
            "duty-expression R9",
            "a value that is not the customs value",
            "2.5% of cif",
            "27.5",
        )
        .with("cif", 1_100),
        good(
            "percent-of-duties",
            "duty-expression R9",
            "on all that came before",
            "20% of cif+duties",
            "268.1",
        )
        .with("cif", 1_100)
        .with("earlier", "165 mfn, 75 additional, 0.5 excise"),
        good(
            "percent-of-kinds",
            "duty-expression R9",
            "on some that came before",
            "10% of customs-value+mfn+excise",
            "116.55",
        )
        .with("earlier", "165 mfn, 75 additional, 0.5 excise"),
        good(
            "percent-of-absent-kind",
            "duty-expression R9",
            "no excise was due",
            "10% of customs-value+excise",
            "100",
        )
        .with("earlier", "165 mfn"),
        good(
            "percent-of-known-kind",
            "duty-expression R9",
            "the safeguard is open, and not counted",
            "10% of customs-value+mfn",
            "116.5",
        )
        .with("earlier", "165 mfn")
        .with("open", "safeguard"),
        good(
            "percent-of-two-of-a-kind",
            "duty-expression R9",
            "two surcharges",
            "10% of customs-value+additional",
            "117.5",
        )
        .with("earlier", "75 additional, 100 additional"),
        wine("specific", "0.063 USD/LTR", "56.7"),
        wine("specific-preference", "0.028 USD/LTR", "25.2"),
        wine("specific-column-two", "0.33 USD/LTR", "297"),
        good(
            "specific-per-hundred",
            "duty-expression R10",
            "in proportion, not for each begun 100 kg",
            "93.1 USD/100 KGM",
            "232.75",
        ),
        good(
            "specific-on-content",
            "duty-expression R10",
            "on the lead alone",
            "0.02 USD/KGM on lead-content",
            "0.15",
        ),
        computed(
            "specific-unit-of-digits",
            "duty-expression R7",
            "the unit is 10, a group",
            "5 USD/10",
        )
        .with("quantities", "3 10")
        .with("amount", 15),
        computed(
            "specific-count-and-unit-of-digits",
            "duty-expression R7",
            "per 10 outfits, unit 11",
            "5 USD/10 11",
        )
        .with("quantities", "3 11")
        .with("amount", "1.5"),
        good("flat", "duty-expression R10", "once for the line", "2 USD", "2"),
        computed("compound", "duty-expression R20", "drawn glass", "0.145 USD/MTK + 0.4%")
            .with("customs-value", 8_000)
            .with("quantities", "1000 MTK")
            .with("amount", 177),
        good(
            "less",
            "duty-expression R20",
            "a part is taken off",
            "10% - 5 USD",
            "95",
        ),
        good(
            "less-than-nothing",
            "duty-expression R20",
            "no schedule pays the importer",
            "1% - 50 USD",
            "0",
        ),
        good(
            "less-than-nothing-inside",
            "duty-expression R20",
            "a sum in parentheses ends at 0 too",
            "5 USD + 50% x (1% - 50 USD)",
            "5",
        ),
        good(
            "min",
            "duty-expression R11",
            "the less of two",
            "min(5%, 0.1 USD/KGM)",
            "25",
        ),
        good(
            "max",
            "duty-expression R11",
            "the greater of two",
            "max(5%, 0.1 USD/KGM)",
            "50",
        ),
        good(
            "between",
            "duty-expression R11",
            "at least and at most",
            "min(max(1%, 0.1 USD/KGM), 20 USD)",
            "20",
        ),
        computed(
            "share",
            "duty-expression R12",
            "70 percent of a tax, by order 1210",
            "70% x (300/17%)",
        )
        .with("customs-value", 425)
        .with("amount", "52.5"),
        good(
            "duty-of-own-line",
            "duty-expression R13",
            "the applicable subheading, and more",
            "duty() + 7.5%",
            "240",
        )
        .with("lines", "duty() = 16.5%"),
        good(
            "duty-of-line",
            "duty-expression R13",
            "two lines behind each other",
            "duty(99038815, additional)",
            "85",
        )
        .with(
            "lines",
            "duty(99038815, additional) = duty(9903) + 7.5%; duty(9903) = 1%",
        ),
        computed(
            "components",
            "duty-expression R14",
            "a watch: each, case, strap",
            "0.4 USD/H87 + component(case, 8.5%) + component(strap, 14%)",
        )
        .with("quantities", "12 H87")
        .with("components", "case 360, strap 120")
        .with("amount", "52.2"),
        computed(
            "component-quantity",
            "duty-expression R14",
            "the quantity is the part's",
            "component(strap, 0.5 USD/H87)",
        )
        .with("quantities", "12 H87")
        .with("components", "strap 120 24 H87")
        .with("amount", 12),
        good(
            "subheadings",
            "duty-expression R15",
            "a silk blouse and two of wool, in EUR",
            "subheadings(3 EUR)",
            "6.6",
        )
        .with("subheadings", 2)
        .with("exchange", "1.1 EUR"),
        good(
            "foreign-currency",
            "duty-expression R19",
            "at the rate of the day",
            "10.2% + 93.1 EUR/100 KGM",
            "358.025",
        )
        .with("exchange", "1.1 EUR"),
        good("deepest", "duty-expression R17", "eight deep", &shares(7), "7.8125"),
        good(
            "most-terms",
            "duty-expression R17",
            "32 terms",
            &vec!["1%"; 32].join(" + "),
            "320",
        ),
    ]
}

/// A share of a share, `depth` times, of 100 percent.
pub(crate) fn shares(depth: usize) -> String {
    format!("{}100%{}", "50% x (".repeat(depth), ")".repeat(depth))
}
