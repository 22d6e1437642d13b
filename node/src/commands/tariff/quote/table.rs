//! A quote for a person: what is due and why, what would be cheaper, which papers the goods need.

use crate::output::{BAD, FAINT, GOOD, Output, TITLE, WARN, shown};
use ewtp_api::quote::{QuoteAlternative, QuoteAnswer, QuoteDuty, QuoteNeed, QuotePaper};

/// Letters of an expression; the JSON has all of it.
const EXPRESSION_MAX: usize = 44;
/// Letters of a note; `ewtp tariff` keeps the whole.
const NOTE_MAX: usize = 400;
/// How many cheaper duties are told.
const ALTERNATIVES_MAX: usize = 8;

pub(super) fn tell(answer: &QuoteAnswer, output: &Output) -> anyhow::Result<()> {
    head(answer, output)?;
    duties(answer, output)?;
    alternatives(answer, output)?;
    papers(&answer.requirements, output)?;
    open(answer, output)
}

fn head(answer: &QuoteAnswer, output: &Output) -> anyhow::Result<()> {
    let goods = shown(&answer.goods.join(" > "));
    output.line(format!("{}  {goods}", output.paint(TITLE, answer.hs)))?;
    let edition = &answer.edition;
    let by = edition.hub.map_or_else(String::new, |hub| format!(" by hub {hub}"));
    let record = match &edition.record {
        Some(record) => format!("record {record}"),
        None => "not signed".to_owned(),
    };
    output.line(output.paint(
        FAINT,
        format!(
            "from {} into {} on {}, by edition {} of {}{by} in force from {} ({record})",
            answer.origin, answer.to, answer.on, edition.name, edition.territory, edition.in_force
        ),
    ))?;
    match edition.test {
        true => output.line(output.paint(WARN, "this schedule is a sample and no law")),
        false => Ok(()),
    }
}

fn duties(answer: &QuoteAnswer, output: &Output) -> anyhow::Result<()> {
    let rows: Vec<[String; 4]> = answer.lines.iter().map(cells).collect();
    let total = match &answer.total {
        Some(total) => total.clone(),
        None => "open".to_owned(),
    };
    let heads = ["duty", "rule", "of", answer.currency.as_str()].map(str::to_owned);
    let last = ["total", "", "", &total].map(str::to_owned);
    let all = || std::iter::once(&heads).chain(&rows).chain([&last]);
    let width = |column: usize| all().map(|cells| cells[column].chars().count()).max().unwrap_or(0);
    let widths = [0, 1, 2, 3].map(width);
    let line = |order: &str, [duty, rule, of, amount]: &[String; 4]| {
        let [first, second, third, fourth] = widths;
        format!("{order:>2}  {duty:<first$}  {rule:<second$}  {of:>third$}  {amount:>fourth$}")
    };
    output.line(output.paint(FAINT, line("", &heads)))?;
    for (order, (cells, duty)) in rows.iter().zip(&answer.lines).enumerate() {
        let why = format!("{}: {}", duty.why, duty.rows.join(", "));
        let why = output.paint(FAINT, shown(&why));
        output.line(format!("{}  {why}", line(&(order + 1).to_string(), cells)))?;
    }
    let style = if answer.total.is_some() { GOOD } else { BAD };
    output.line(output.paint(style, line("", &last)))?;
    match answer.waived {
        true => output.line("so little is not collected"),
        false => Ok(()),
    }
}

fn cells(duty: &QuoteDuty) -> [String; 4] {
    let name = match &duty.relief {
        Some(relief) => format!("relief {relief}"),
        None => named(&duty.measure, duty.area.as_deref()),
    };
    [
        name,
        cut(&rule(duty), EXPRESSION_MAX),
        duty.base.clone().unwrap_or_default(),
        duty.amount.clone(),
    ]
}

/// What is computed; behind a reference the rate that it leads to.
fn rule(duty: &QuoteDuty) -> String {
    match &duty.rate {
        Some(rate) if duty.expression.starts_with("duty(") => format!("{} = {rate}%", duty.expression),
        _ => duty.expression.clone(),
    }
}

/// `additional CN`
fn named(measure: &str, area: Option<&str>) -> String {
    match area {
        Some(area) => format!("{measure} {area}"),
        None => measure.to_owned(),
    }
}

fn alternatives(answer: &QuoteAnswer, output: &Output) -> anyhow::Result<()> {
    if answer.alternatives.is_empty() {
        return Ok(());
    }
    output.line(output.paint(TITLE, "less could be due:"))?;
    for other in answer.alternatives.iter().take(ALTERNATIVES_MAX) {
        output.line(format!("  {}", alternative(other, answer.currency.as_str())))?;
    }
    match answer.alternatives.len().checked_sub(ALTERNATIVES_MAX) {
        Some(rest @ 1..) => output.line(output.paint(FAINT, format!("  and {rest} more; --json has all"))),
        _ => Ok(()),
    }
}

/// `total 75.00 USD by preference XAA-ASEAN (free): --agreement ATIGA --document FORM-D`
fn alternative(other: &QuoteAlternative, currency: &str) -> String {
    let what = match &other.relief {
        Some(relief) => format!("the relief {relief}"),
        None => named(&other.measure, other.area.as_deref()),
    };
    let rule = cut(&other.expression, EXPRESSION_MAX);
    let total = match &other.total {
        Some(total) => format!("total {total} {currency} by"),
        None => "perhaps by".to_owned(),
    };
    let needs: Vec<_> = other.needs.iter().map(need).collect();
    format!("{total} {what} ({rule}): {}", needs.join(" and "))
}

/// What to type for it, if it can be typed; else what must hold.
fn need(need: &QuoteNeed) -> String {
    let QuoteNeed { kind, name } = need;
    match kind.as_str() {
        "attribute" if name.contains(' ') => format!("--{kind} \"{name}\""),
        "agreement" | "document" | "quota" | "attribute" | "mode" | "regime" => format!("--{kind} {name}"),
        "additional_code" => format!("--additional-code {name}"),
        "people" => format!("--people {name}, if your firm has so many"),
        "condition" => format!("if {name}"),
        _ => format!("a person must say: {}", shown(name)),
    }
}

fn papers(papers: &[QuotePaper], output: &Output) -> anyhow::Result<()> {
    if papers.is_empty() {
        return Ok(());
    }
    output.line(output.paint(TITLE, "papers that the goods need:"))?;
    for paper in papers {
        let name = paper.document.as_deref().unwrap_or("a licence");
        let given = match paper.given {
            true => output.paint(GOOD, "given"),
            false => output.paint(WARN, "not given"),
        };
        let unsure = if paper.unsure {
            ", if the origin is in the group"
        } else {
            ""
        };
        let lifted: Vec<_> = paper
            .lifted_by
            .iter()
            .map(|when| format!("; {} instead of it", lifting(when)))
            .collect();
        let note = paper
            .note
            .as_ref()
            .map(|note| format!(": {}", cut(&shown(note), NOTE_MAX)));
        let note = note.unwrap_or_default();
        output.line(format!("  {name}  {given}{unsure}{}{note}", lifted.concat()))?;
    }
    Ok(())
}

/// What lifts the need for a licence: what to type, or what must hold.
fn lifting(when: &str) -> String {
    if let Some(name) = when.strip_prefix("not attribute:") {
        return format!("--attribute \"not {name}\"");
    }
    let typed = when
        .split_once(':')
        .filter(|(kind, _)| matches!(*kind, "document" | "attribute"));
    typed.map_or_else(|| format!("if {when}"), |(kind, name)| format!("--{kind} {name}"))
}

fn open(answer: &QuoteAnswer, output: &Output) -> anyhow::Result<()> {
    if answer.needs_person.is_empty() {
        return Ok(());
    }
    let known = format!("{} {} without it", answer.computed, answer.currency);
    let title = format!("a person must decide, so there is no total ({known}):");
    output.line(output.paint(TITLE, title))?;
    for open in &answer.needs_person {
        let measure = open.measure.as_deref().unwrap_or("the line");
        output.line(format!("  {measure}: {} ({})", shown(&open.message), open.row))?;
        if let Some(note) = &open.note {
            output.line(format!("    {}", cut(&shown(&note.replace('\n', " ")), NOTE_MAX)))?;
        }
    }
    Ok(())
}

/// As many letters, and a sign that there are more.
fn cut(text: &str, letters_max: usize) -> String {
    if text.chars().count() <= letters_max {
        return text.to_owned();
    }
    text.chars().take(letters_max).chain(['…']).collect()
}
