//! A basket: every row of a CSV file is a line of goods, and rows that stand together are one consignment.
//!
//! Rows are read as they are answered, one consignment at a time, so that a file of any length takes little memory. Each row
//! is answered in its place, a bad one by its error with its line; then the other rows of its consignment are not quoted,
//! for a relief or an amount that is due once may hang on what the bad row says.

mod columns;
mod lines;

use super::held::Schedules;
use super::told;
use crate::output::{FAINT, GOOD, Output, TITLE, WARN};
use columns::Rows;
use ewtp_api::quote::{QuoteAnswer, QuoteFault, QuoteInput, Schedule};
use ewtp_node::clock;
use ewtp_node::failure::Failure;
use ewtp_record::{Currency, UnixTime};
use ewtp_tariff::Exact;
use ewtp_tariff::quote::{OtherLine, Quote, Request, consignment_total, decimal_text};
use serde::Serialize;
use std::io::{self, IsTerminal, Write};
use std::path::Path;
use std::process::ExitCode;

/// Between two signs of progress.
const PROGRESS_ROWS: u64 = 1000;

/// One row of the file.
struct Row {
    line: u64,
    input: QuoteInput,
}

/// Rows that stand together.
struct Consignment {
    name: String,
    rows: Vec<Row>,
}

/// A row that was quoted: `ewtp.quote/1` with its place.
#[derive(Serialize)]
struct Answered<'a> {
    #[serde(flatten)]
    answer: &'a QuoteAnswer,
    /// The line of the file.
    line: u64,
    consignment: Total<'a>,
}

/// What is due on the whole consignment: amounts due once count once, and the edition rounds the sum.
#[derive(Clone, Copy, Serialize)]
struct Total<'a> {
    name: &'a str,
    lines: usize,
    /// Absent when a row was refused, or a person must decide something first.
    total: Option<&'a str>,
}

/// Answers every row; the exit status is 1 when one was refused.
pub(super) fn answer(
    schedules: &mut Schedules,
    defaults: &QuoteInput,
    file: &Path,
    output: &Output,
) -> anyhow::Result<ExitCode> {
    let mut rows = Rows::open(file, defaults)?;
    let mut done = Done::default();
    while let Some(consignment) = rows.next_consignment()? {
        tell(schedules, &consignment, &mut done, output)?;
    }
    if done.rows == 0 {
        let message = format!(
            "{}: there is no row of goods below the names of the columns",
            file.display()
        );
        return Err(Failure::new("basket", message).next(columns::EXAMPLE).into());
    }
    done.end(output)
}

fn tell(schedules: &mut Schedules, consignment: &Consignment, done: &mut Done, output: &Output) -> anyhow::Result<()> {
    let Some(first) = consignment.rows.first() else {
        return Ok(());
    };
    // A consignment goes to one place: its first row says which.
    let (quoted, total, currency) = match schedules.of(&first.input)? {
        Ok(held) => {
            let schedule = held.schedule();
            let quoted = quoted(&schedule, &consignment.rows, clock::now());
            let total = total(&schedule, &quoted);
            (quoted, total, Some(schedule.edition.currency))
        }
        Err(fault) => (unquoted(&consignment.rows, &fault), None, None),
    };
    let told_total = Total {
        name: &consignment.name,
        lines: quoted.len(),
        total: total.as_deref(),
    };
    for (row, quoted) in consignment.rows.iter().zip(&quoted) {
        match quoted {
            Ok((_, answer)) => tell_answer(answer, row.line, told_total, output)?,
            Err(fault) => tell_fault(&told(fault.clone()).line(row.line), output)?,
        }
        done.count(quoted.is_ok());
    }
    tell_total(told_total, currency, output)
}

/// Rows of a consignment of which nobody can say where it goes.
fn unquoted(rows: &[Row], fault: &QuoteFault) -> Vec<Result<(Quote, QuoteAnswer), QuoteFault>> {
    let first = rows.first().map_or(0, |row| row.line);
    let others = rows.iter().skip(1).map(|_| Err(QuoteFault::of_consignment(first)));
    std::iter::once(Err(fault.clone())).chain(others).collect()
}

/// The quote of each row, each with the others beside it.
fn quoted(schedule: &Schedule<'_>, rows: &[Row], now: UnixTime) -> Vec<Result<(Quote, QuoteAnswer), QuoteFault>> {
    let read: Vec<_> = rows.iter().map(|row| schedule.request(&row.input, now)).collect();
    let bad = rows
        .iter()
        .zip(&read)
        .find(|(_, read)| read.is_err())
        .map(|(row, _)| row.line);
    let lines: Vec<OtherLine> = read.iter().flatten().map(as_line).collect();
    let quote = |(at, read): (usize, Result<Request, QuoteFault>)| {
        let mut request = read?;
        if let Some(line) = bad {
            return Err(QuoteFault::of_consignment(line));
        }
        let (before, after) = lines.split_at(at);
        request.consignment = before.iter().chain(after.iter().skip(1)).cloned().collect();
        schedule.answer(&request)
    };
    read.into_iter().enumerate().map(quote).collect()
}

fn as_line(request: &Request) -> OtherLine {
    OtherLine {
        code: request.code,
        values: request.values.clone(),
    }
}

fn total(schedule: &Schedule<'_>, quoted: &[Result<(Quote, QuoteAnswer), QuoteFault>]) -> Option<String> {
    let quotes: Option<Vec<Quote>> = quoted
        .iter()
        .map(|quoted| quoted.as_ref().ok().map(|(quote, _)| quote.clone()))
        .collect();
    let total = consignment_total(schedule.edition, &quotes?).ok()?.total?;
    let currency = total.currency;
    Some(decimal_text(&Exact::of_money(&total), currency))
}

fn tell_answer(answer: &QuoteAnswer, line: u64, consignment: Total<'_>, output: &Output) -> anyhow::Result<()> {
    if output.is_json() {
        return output.object(&Answered {
            answer,
            line,
            consignment,
        });
    }
    let amounts: Vec<_> = answer
        .lines
        .iter()
        .map(|duty| format!("{} {}", duty.measure, duty.amount))
        .collect();
    let (total, style) = match &answer.total {
        Some(total) => (total.as_str(), GOOD),
        None => ("open", WARN),
    };
    let total = output.paint(style, format!("{total:>12}"));
    let amounts = output.paint(FAINT, amounts.join(", "));
    output.line(format!(
        "line {line:<5} {:<12} {} {total} {}  {amounts}",
        answer.hs, answer.origin, answer.currency
    ))
}

fn tell_fault(failure: &Failure, output: &Output) -> anyhow::Result<()> {
    if output.is_json() {
        return output.object(failure);
    }
    let line = failure.line.unwrap_or_default();
    let next = failure
        .next
        .as_ref()
        .map(|next| format!("; {next}"))
        .unwrap_or_default();
    let refused = output.paint(WARN, "refused");
    output.line(format!("line {line:<5} {refused}: {}{next}", failure.message))
}

fn tell_total(consignment: Total<'_>, currency: Option<Currency>, output: &Output) -> anyhow::Result<()> {
    if output.is_json() {
        return Ok(());
    }
    let Total { name, lines, total } = consignment;
    let name = if name.is_empty() {
        "all".to_owned()
    } else {
        format!("consignment {name}")
    };
    let total = match (total, currency) {
        (Some(total), Some(currency)) => format!("{total} {currency}"),
        _ => "open".to_owned(),
    };
    output.line(output.paint(TITLE, format!("{name}: {lines} lines, total {total}")))
}

/// How far it is.
#[derive(Default)]
struct Done {
    rows: u64,
    refused: u64,
}

impl Done {
    fn count(&mut self, is_quoted: bool) {
        self.rows += 1;
        self.refused += u64::from(!is_quoted);
        if self.rows.is_multiple_of(PROGRESS_ROWS) && io::stderr().is_terminal() {
            // A closed stderr is no reason to stop.
            let _ = write!(io::stderr(), "\r{} rows, {} refused ", self.rows, self.refused);
        }
    }

    fn end(self, output: &Output) -> anyhow::Result<ExitCode> {
        let Self { rows, refused } = self;
        if !output.is_json() && rows >= PROGRESS_ROWS {
            output.line(format!("{rows} rows, {refused} refused"))?;
        }
        Ok(match refused {
            0 => ExitCode::SUCCESS,
            _ => ExitCode::FAILURE,
        })
    }
}
