//! What a law says of a day, and what was known of it at a time: real rows of the published US schedule, with dated rows beside
//! them. The files are not part of this repository: see `files`.
#![expect(clippy::print_stdout, reason = "a skipped test says so")]

mod files;

use ewtp_record::edition::{Rounding, RoundingMode, RoundingScope, Valuation};
use ewtp_record::{Edition, HsEdition, Money, RecordId, UnixTime};
use ewtp_tariff::quote::{self, NeedsPerson, Published, Quote, Request, Values, choose_edition, correction};
use ewtp_tariff::row::{Entry, LimitPer, Relief, Taxes, Validity};
use ewtp_tariff::{Basis, LineCode, PageTrees, Row, RowKey};
use ewtp_tariff_import::us_hts::{self, History, SourceRow};
use files::file;
use std::str::FromStr;

fn read<T: FromStr>(text: &str) -> T {
    text.parse().unwrap_or_else(|_| panic!("{text:?} is not well formed"))
}

fn time(text: &str) -> UnixTime {
    read(text)
}

/// An edition of the US schedule: when it was published, and what it says.
struct Law {
    published: Published,
    edition: Edition,
    trees: PageTrees,
}

impl Law {
    fn new(number: u8, at: &str, in_force: &str, corrects: Option<u8>, trees: PageTrees) -> Self {
        let id = |number: u8| RecordId([number; 32]);
        let rounding = Rounding {
            kind: None,
            mode: RoundingMode::HalfUp,
            step: 1,
            scope: RoundingScope::Line,
        };
        let edition = Edition {
            territory: "US".into(),
            members: vec![],
            hs_edition: HsEdition::Hs2022,
            nomenclature: "HTS10".into(),
            digits: 10,
            number: number.into(),
            previous: None,
            in_force: read(in_force),
            legal: vec![],
            trees: trees.summary(),
            valuation: Valuation::Fob,
            currency: read("USD"),
            rounding: vec![rounding],
            collected_from: None,
            languages: vec!["en".into()],
            patch: None,
            corrects: None,
            is_test: true,
        };
        let published = Published {
            id: id(number),
            at: time(at),
            in_force: read(in_force),
            number: number.into(),
            corrects: corrects.map(id),
        };
        Self {
            published,
            edition,
            trees,
        }
    }
}

/// 1,000 USD of each: medical gloves of China, and chewing gum of Japan under its agreement.
const BASKET: [(&str, &str, Option<&str>); 2] = [("4015121010", "CN", None), ("1704100000", "JP", Some("JP"))];

fn priced(code: &str, origin: &str, on: &str, known: &str, price: &str) -> Request {
    let mut request = Request::new("US", read(code), read(origin), read(on), time(known));
    request.values = Values::of_price(read(price));
    request
}

/// What the basket costs by the law that counts on that day, as known at that time, with the number of its edition.
fn basket(laws: &[Law], on: &str, known: &str) -> (u32, String) {
    let all: Vec<_> = laws.iter().map(|law| law.published).collect();
    let chosen = choose_edition(&all, read(on), time(known)).expect("a law of that day");
    let law = laws
        .iter()
        .find(|law| law.published.id == chosen.id)
        .expect("one of them");
    let quoted = BASKET.map(|(code, origin, claim)| {
        let mut request = priced(code, origin, on, known, "1000.00 USD");
        request
            .agreements
            .extend(claim.map(read::<ewtp_tariff::row::NationalCode>));
        quote::quote(&law.edition, law.published.at, &law.trees, &request).unwrap_or_else(|error| panic!("{error}"))
    });
    quoted.iter().for_each(only_all_goods_are_open);
    let total = quote::consignment_total(&law.edition, &quoted).expect("small amounts");
    (chosen.number, dollars(total.sum))
}

fn dollars(minor: i64) -> String {
    let currency = read("USD");
    Money { minor, currency }.to_string()
}

/// What a person must still say is on all goods: headings of chapter 99 to which no footnote leads. The lines are computed.
fn only_all_goods_are_open(quote: &Quote) {
    let of_line = |open: &&NeedsPerson| !matches!(open.row, RowKey::Line(code, _) if code == LineCode::all_goods());
    assert_eq!(quote.needs_person.iter().find(of_line), None);
}

/// 2025 basic, its second revision and 2026 basic; and, second, what was known of 2026 when 2025 began: that the duty on gum of
/// Japan falls again, as its agreement says.
fn editions() -> Option<[PageTrees; 4]> {
    let first = file("us_hts_2025_basic_normalised.csv")?;
    let changes = file("us_hts_row_changes_to_2026_rev_5.csv")?;
    let mut history = History::read(&first, &changes, &[]).unwrap_or_else(|error| panic!("{error}"));
    let basic = history.rows();
    let second = rows_of("2025_rev_2", &mut history);
    let later = rows_of("2026_basic", &mut history);
    let announced = basic.iter().map(|row| announced(row, &later)).collect();
    Some([basic, announced, second, later].map(|rows| trees_of(&rows)))
}

/// The rows of the revision of this name, to which the history goes on.
fn rows_of(name: &str, history: &mut History) -> Vec<SourceRow> {
    while let Some(revision) = history.advance().unwrap_or_else(|error| panic!("{error}")) {
        if revision.name == name {
            return history.rows();
        }
    }
    panic!("no revision {name}");
}

/// A row as it stands, or as it will stand if it is that of gum.
fn announced(row: &SourceRow, later: &[SourceRow]) -> SourceRow {
    let is_it = |other: &&SourceRow| (other.code, other.seq) == (row.code, row.seq);
    let is_gum = row.code.as_str() == "1704100000";
    let later = later.iter().filter(|_| is_gum).find(is_it);
    later.unwrap_or(row).clone()
}

fn trees_of(rows: &[SourceRow]) -> PageTrees {
    us_hts::of_rows(rows).unwrap_or_else(|error| panic!("{error}")).trees
}

/// Law of 2025: 50 % on medical gloves of China from the first day of the year, which the schedule said from its second
/// revision on; law of 2026: 100 %. Gum of Japan: 1.6 %, and 1.2 % from 2026 on.
#[test]
fn a_day_and_what_was_known_of_it_give_four_answers_on_real_rows() {
    let Some([basic, announced, second, later]) = editions() else {
        return;
    };
    let laws = [
        Law::new(1, "2025-01-01", "2025-01-01", None, basic),
        Law::new(2, "2025-01-01T12:00:00Z", "2026-01-01", None, announced),
        Law::new(3, "2025-02-01", "2025-01-01", Some(1), second),
        Law::new(4, "2026-01-01", "2026-01-01", Some(2), later),
    ];
    let (before, after) = ("2025-01-31T23:59:59Z", "2026-01-01");
    for (on, known, number, total) in [
        ("2025-12-31", before, 1, "16.00 USD"),
        ("2026-01-01", before, 2, "12.00 USD"),
        ("2025-12-31", after, 3, "516.00 USD"),
        ("2026-01-01", after, 4, "1012.00 USD"),
        // Between the two publications each day has the law that was known then.
        ("2025-12-31", "2025-02-01", 3, "516.00 USD"),
        ("2026-01-01", "2025-12-31", 2, "12.00 USD"),
    ] {
        assert_eq!(
            basket(&laws, on, known),
            (number, total.to_owned()),
            "{on} as known at {known}"
        );
    }
    // A receipt of the first edition is to be looked at again, once the second revision is known.
    let all: Vec<_> = laws.iter().map(|law| law.published).collect();
    let corrected = |known| correction(&all, all[0].id, time(known)).map(|edition| edition.number);
    assert_eq!((corrected(before), corrected(after)), (None, Some(3)));
}

/// What a person receives in a day for at most 800 USD was free until 28 August 2025, but for goods of China.
fn section_321() -> Row {
    let relief = Relief {
        taxes: Taxes::Both,
        limit: Some(read("800.00 USD")),
        basis: Basis::Fob,
        per: LimitPer::PersonDay,
        modes: vec![],
        areas: vec![],
        except: vec![read("CN"), read("HK")],
        goods_except: vec![],
        duty: read("free"),
        regimes: vec![],
        conditions: vec![],
        validity: Validity {
            from: None,
            to: Some(read("2025-08-28")),
        },
    };
    Row::new(RowKey::Relief(read("section-321")), Entry::Relief(relief)).expect("a sound row")
}

#[test]
fn the_relief_of_800_dollars_ends_with_its_day_on_real_rows() {
    let Some([basic, ..]) = editions() else { return };
    let rows: Vec<Row> = basic.rows().cloned().chain([section_321()]).collect();
    let trees = PageTrees::of(rows).expect("one row more");
    ewtp_tariff::schedule::check(&trees).unwrap_or_else(|error| panic!("{error}"));
    let law = Law::new(1, "2025-01-01", "2025-01-01", None, trees);
    for (origin, on, price, total) in [
        ("VN", "2025-08-28", "800.00 USD", "0.00 USD"),
        ("VN", "2025-08-28", "800.01 USD", "132.00 USD"),
        ("VN", "2025-08-29", "800.00 USD", "132.00 USD"),
        ("CN", "2025-08-28", "800.00 USD", "192.00 USD"),
    ] {
        let request = priced("6109100004", origin, on, "2025-09-30", price);
        let quote = quote::quote(&law.edition, law.published.at, &law.trees, &request).expect("a quote");
        only_all_goods_are_open(&quote);
        assert_eq!(dollars(quote.sum), total, "{price} from {origin} on {on}");
    }
}
