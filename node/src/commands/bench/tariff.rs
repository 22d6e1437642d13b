//! Tariffs: quotes and their receipts from a schedule of national size, and how long such a schedule takes to import.
//!
//! Quotes stand beside the time that one may take, since a checkout waits for it; the import beside parsing its JSON alone.

use super::measure::{Deadline, Measured, cores, in_turns, rate};
use anyhow::{Context, ensure};
use ewtp_api::tariff::ScheduleForm;
use ewtp_record::edition::About;
use ewtp_record::{Draft, Duty, Edition, Record, RecordKind, UnixTime};
use ewtp_tariff::quote::{Request, Values, quote};
use ewtp_tariff::{PageTrees, Receipt};
use ewtp_tariff_import::{plain, us_hts};
use std::fmt::Write as _;
use std::hint::black_box;

/// Lines of a national schedule under which goods are declared.
const LINES: usize = 12_000;
/// Quotes a thread gives at once.
const RUN: u64 = 16;

/// When the sample is published, and when it is asked for.
const PUBLISHED: UnixTime = UnixTime(1_767_225_600);
const KNOWN: UnixTime = UnixTime(1_783_000_000);

/// Quotes a second on all cores, beside one in 50 µs on each.
pub(super) fn quotes(deadline: Deadline) -> anyhow::Result<Measured> {
    let national = National::new()?;
    let asked = national.request()?;
    let given = quote(&national.edition, PUBLISHED, &national.trees, &asked)?;
    ensure!(
        given.lines.len() == 3 && given.total().is_some(),
        "the sample is not sound: {given:?}"
    );
    let quoted = || rate(|_| repeat(|| quote(&national.edition, PUBLISHED, &national.trees, black_box(&asked))));
    Ok(beside(deadline, quoted, 50, "one in 50 us"))
}

/// Quotes with their receipts as bytes, a second on all cores, beside one in 500 µs on each.
pub(super) fn receipts(deadline: Deadline) -> anyhow::Result<Measured> {
    let national = National::new()?;
    let asked = national.request()?;
    let record = national.record()?;
    let issue = || Receipt::issue_checked(&record, &national.edition, &national.trees, black_box(&asked));
    let (_, receipt) = issue()?;
    Receipt::decode(&receipt.encode())?.replay()?;
    let issued = || rate(|_| repeat(|| issue().expect("the sample is sound").1.encode()));
    Ok(beside(deadline, issued, 500, "one in 500 us"))
}

/// Lines of a published export a second, from its bytes to pages on one core, beside parsing its JSON on one core.
pub(super) fn import(deadline: Deadline) -> anyhow::Result<Measured> {
    let file = export();
    let import = us_hts::read(&file).context("the sample export")?;
    ensure!(
        import.report.general.computed as usize == LINES,
        "the sample is not sound: {:?}",
        import.report
    );
    let each_second = |work: &dyn Fn()| {
        let start = super::measure::stopwatch();
        work();
        LINES as f64 / start.elapsed().as_secs_f64()
    };
    let imported = || each_second(&|| drop(black_box(us_hts::read(&file).expect("it was read above"))));
    let parsed = || {
        each_second(&|| {
            drop(black_box(
                serde_json::from_slice::<serde_json::Value>(&file).expect("it is JSON"),
            ))
        })
    };
    let (value, limit) = in_turns(deadline, imported, parsed);
    Ok(Measured {
        value,
        limit,
        limit_name: "json_raw",
    })
}

fn repeat<T>(work: impl Fn() -> T) -> u64 {
    (0..RUN).for_each(|_| drop(black_box(work())));
    RUN
}

fn beside(deadline: Deadline, value: impl FnMut() -> f64, micros: u32, limit_name: &'static str) -> Measured {
    let limit = cores() as f64 * 1e6 / f64::from(micros);
    let (value, limit) = in_turns(deadline, value, || limit);
    Measured {
        value,
        limit,
        limit_name,
    }
}

/// A schedule of national size: lines with five measures each, groups, reliefs and a year of exchange rates.
struct National {
    edition: Edition,
    trees: PageTrees,
}

impl National {
    fn new() -> anyhow::Result<Self> {
        let ScheduleForm { about, trees } = form()?;
        Ok(Self {
            edition: about.edition(trees.summary()),
            trees,
        })
    }

    fn request(&self) -> anyhow::Result<Request> {
        let mut asked = Request::new(
            "MY",
            code(LINES / 2).parse()?,
            "CN".parse()?,
            "2026-07-01".parse()?,
            KNOWN,
        );
        asked.values = Values {
            freight: Some("90.00 MYR".parse()?),
            insurance: Some("10.00 MYR".parse()?),
            ..Values::of_price("1000.00 MYR".parse()?)
        };
        asked.quantities.insert(("KGM".parse()?, None), 40.into());
        Ok(asked)
    }

    fn record(&self) -> anyhow::Result<Record> {
        let sample = super::sample::Sample::hub("MY")?;
        let draft = Draft {
            kind: RecordKind::TARIFF_EDITION,
            issuer: "MY".parse()?,
            subject: "2026-1".parse()?,
            issued_at: PUBLISHED,
            expires_at: PUBLISHED.plus(365 * 86_400),
            not_before: None,
            payload: self.edition.encode(),
        };
        Ok(draft.sign(&sample.key(Duty::Tariff))?)
    }
}

/// The code of a line: headings of a hundred lines each.
fn code(at: usize) -> String {
    format!("{:04}{:04}", 101 + at / 100 * 7, at % 100 * 100)
}

/// A schedule of national size as an office publishes it.
pub(super) fn form() -> anyhow::Result<ScheduleForm> {
    Ok(ScheduleForm {
        about: About::from_json(&serde_json::from_str(plain::ABOUT)?)?,
        trees: plain::read(schedule().as_bytes()).context("the sample schedule")?.trees,
    })
}

fn schedule() -> String {
    let mut csv =
        "record,code,id,units,declarable,text,kind,areas,except,duty,from,to,taxes,limit,basis,per,rate\n".to_owned();
    for at in 0..LINES {
        let (code, near, far) = (code(at), at % 20, (at + 7) % 20);
        // Writing to a text cannot fail.
        let _ = write!(
            csv,
            "line,{code},,H87 KGM,yes,Article {at},,,,,,,,,,,\n\
             measure,{code},,,,,mfn,,,16.5 % + 0.4 EUR/KGM,,,,,,,\n\
             measure,{code},,,,,preference,group-{near:02},,free,,,,,,,\n\
             measure,{code},,,,,preference,group-{far:02},,5 %,,,,,,,\n\
             measure,{code},,,,,additional,CN,,\"duty(99038815, additional)\",,,,,,,\n\
             measure,{code},,,,,vat,,,10 % of customs-value+duties,,,,,,,\n"
        );
    }
    csv.push_str("line,99038815,,,,Surcharge,,,,,,,,,,,\nmeasure,99038815,,,,,additional,CN,,7.5 %,,,,,,,\n");
    for at in 0..20 {
        let _ = write!(
            csv,
            "group,,group-{at:02},,,Group {at},,,,,,,,,,,\nmember,,group-{at:02},,,,,AU CA CL JP KR MX NZ PE SG VN,,,,,,,,,\n"
        );
    }
    for at in 0..6 {
        let _ = writeln!(
            csv,
            "relief,,relief-{at},,,,,,CN,free,,2025-08-28,both,800.00 MYR,fob,consignment,"
        );
    }
    for month in 1..=12 {
        for day in 1..=28 {
            let _ = writeln!(csv, "exchange,,EUR,,,,,,,,2026-{month:02}-{day:02},,,,,,4.8");
        }
    }
    csv
}

/// An export in the form of the United States.
fn export() -> Vec<u8> {
    let row = |at: usize| {
        let code = code(at);
        serde_json::json!({
            "htsno": format!("{}.{}.{}", &code[..4], &code[4..6], &code[6..]), "indent": "1",
            "description": format!("Articles of kind {at}, whether or not <i>packed</i> for sale"), "superior": null,
            "units": ["No.", "kg"], "general": "16.5% + 4.4¢/kg", "special": "Free (AU,BH,CL,SG) 5% (JP)", "other": "90%",
            "footnotes": [],
        })
    };
    let rows: Vec<_> = (0..LINES).map(row).collect();
    serde_json::to_vec(&rows).expect("rows are JSON")
}
