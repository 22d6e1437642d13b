//! What each kind of row says in records and cells: the counterpart of `entries`.

use super::super::entries::{LANGUAGE, canonical_lines};
use crate::canonical;
use ewtp_tariff::row::{Entry, Group, Language, Measure, Member, Quota, Relief, Requirement, TariffLine, Validity};
use ewtp_tariff::{LineCode, PageTrees, Row, RowKey};
use std::collections::BTreeMap;
use std::fmt::Display;

/// The descriptions of a schedule, by their line.
pub(super) type Texts<'t> = BTreeMap<(LineCode, u32), Vec<(Language, &'t str)>>;

/// One record: its cells by column.
pub(super) struct Cells(BTreeMap<&'static str, String>);

impl Cells {
    fn of(record: &'static str) -> Self {
        Self(BTreeMap::from([("record", record.to_owned())]))
    }

    fn of_line(record: &'static str, code: LineCode, seq: u32) -> Self {
        let cells = Self::of(record).with("code", dotted(code));
        cells.some("seq", Some(seq).filter(|seq| *seq > 1)) // 1 if blank
    }

    /// The columns that have a cell.
    pub(super) fn columns(&self) -> impl Iterator<Item = &'static str> {
        self.0.keys().copied()
    }

    /// What stands in a column; nothing if it is blank.
    pub(super) fn cell(&self, column: &str) -> &str {
        self.0.get(column).map_or("", String::as_str)
    }

    fn with(mut self, column: &'static str, value: impl Display) -> Self {
        self.0.insert(column, value.to_string());
        self
    }

    fn some(self, column: &'static str, value: Option<impl Display>) -> Self {
        match value {
            Some(value) => self.with(column, value),
            None => self,
        }
    }

    fn yes(self, column: &'static str, holds: bool) -> Self {
        self.some(column, holds.then_some("yes"))
    }

    /// Values with `between` between them, which none of them holds.
    fn list<T: Display>(self, column: &'static str, between: &str, values: impl IntoIterator<Item = T>) -> Self {
        let values: Vec<_> = values.into_iter().map(|value| value.to_string()).collect();
        self.some(column, Some(values.join(between)).filter(|cell| !cell.is_empty()))
    }

    fn validity(self, Validity { from, to }: Validity) -> Self {
        self.some("from", from).some("to", to)
    }

    /// A text for people; `read` is what a reader makes of it unless it is told to leave it alone.
    fn text(self, text: &str, read: impl FnOnce(&str) -> String) -> Self {
        self.with("text", text).yes("verbatim", read(text) != text)
    }

    fn described(self, language: Language, text: &str) -> Self {
        let language = Some(language).filter(|language| language.as_str() != LANGUAGE);
        self.some("language", language).text(text, canonical)
    }
}

/// A code with dots: a spreadsheet takes bare digits for a number, and drops a zero in front. With one dot or none it would still be
/// a number, of which zeros at the end go too, so that 2204.00 becomes its heading; an apostrophe says that it is text.
// spec: tariff-csv R4
fn dotted(code: LineCode) -> String {
    let digits = code.as_str();
    let (heading, rest) = digits.split_at(digits.len().min(4));
    let is_text = digits.len() <= 7; // one of 7 digits has two dots, but looks as if it had lost a zero
    let mut text = if is_text { "'" } else { "" }.to_owned();
    text.push_str(heading);
    for (at, digit) in rest.chars().enumerate() {
        if at % 2 == 0 {
            text.push('.');
        }
        text.push(digit);
    }
    text
}

/// The descriptions of a schedule.
pub(super) fn texts(trees: &PageTrees) -> Texts<'_> {
    let mut texts = Texts::new();
    for row in trees.texts.rows() {
        if let (RowKey::Description(code, seq, language), Entry::Description(text)) = (row.key(), row.entry()) {
            texts.entry((*code, *seq)).or_default().push((*language, text));
        }
    }
    texts
}

/// The records of a row; a line's come with its descriptions.
pub(super) fn of_row(row: &Row, texts: &Texts<'_>) -> Vec<Cells> {
    match (row.key(), row.entry()) {
        (RowKey::Line(code, seq), Entry::Line(line)) => {
            let described = texts.get(&(*code, *seq)).map_or(&[][..], Vec::as_slice);
            of_line(*code, *seq, line, described)
        }
        (key, Entry::Group(group)) => of_group(key, group),
        (key, Entry::Relief(relief)) => vec![of_relief(key, relief)],
        (key, Entry::Quota(quota)) => vec![of_quota(key, quota)],
        (RowKey::Exchange(currency, from), Entry::Exchange(rate)) => {
            vec![
                Cells::of("exchange")
                    .with("id", currency)
                    .with("from", from)
                    .with("rate", rate),
            ]
        }
        (RowKey::Correlation(edition, old, new), _) => {
            let cells = Cells::of("correlation").with("edition", edition.year());
            vec![cells.with("old", dotted(*old)).with("code", dotted(*new))]
        }
        (key, Entry::Note(text)) => vec![named("note", key).text(text, canonical_lines)],
        _ => Vec::new(), // a description, which is told with its line
    }
}

/// The beginning of a record whose row has a name.
fn named(record: &'static str, key: &RowKey) -> Cells {
    let cells = Cells::of(record);
    match key {
        RowKey::Group(id) => cells.with("id", id),
        RowKey::Relief(id) | RowKey::Quota(id) | RowKey::Note(id) => cells.with("id", id),
        _ => cells,
    }
}

fn of_line(code: LineCode, seq: u32, line: &TariffLine, described: &[(Language, &str)]) -> Vec<Cells> {
    let is_own = |(language, _): &&(Language, &str)| language.as_str() == LANGUAGE;
    // The line itself says what it is, in the language that goes without saying or in the only one.
    let first = described.iter().find(is_own).or_else(|| described.first());
    let cells = Cells::of_line("line", code, seq)
        .some("indent", Some(line.indent).filter(|indent| *indent > 0))
        .list("units", " ", &line.units)
        .yes("declarable", line.is_declarable)
        .validity(line.validity);
    let mut records = vec![match first {
        Some((language, text)) => cells.described(*language, text),
        None => cells,
    }];
    let others = described.iter().filter(|other| Some(*other) != first);
    records.extend(others.map(|(language, text)| Cells::of_line("description", code, seq).described(*language, text)));
    records.extend(line.measures.iter().map(|measure| of_measure(code, seq, measure)));
    let requirements = line.requirements.iter();
    records.extend(requirements.map(|requirement| of_requirement(code, seq, requirement)));
    records
}

fn of_measure(code: LineCode, seq: u32, measure: &Measure) -> Cells {
    let conditions = measure.conditions.iter();
    let conditions = conditions.map(|condition| format!("{} => {}", condition.when, condition.duty));
    Cells::of_line("measure", code, seq)
        .with("kind", measure.kind)
        .list("areas", " ", &measure.areas)
        .list("except", " ", &measure.except)
        .some("duty", measure.duty.as_ref())
        .list("regimes", " ", &measure.regimes)
        .some("additional_code", measure.additional_code)
        .list("conditions", "; ", conditions)
        .some("quota", measure.quota)
        .validity(measure.validity)
        .some("stack", measure.stack)
        .some("note", measure.note)
        .some("agreement", measure.agreement)
        .list("documents", " ", &measure.documents)
        .list("members", " ", &measure.members)
}

fn of_requirement(code: LineCode, seq: u32, requirement: &Requirement) -> Cells {
    Cells::of_line("requirement", code, seq)
        .with("documents", requirement.document)
        .list("areas", " ", &requirement.areas)
        .some("note", requirement.note)
}

/// A group, then its members: one record for those that belong to it on the same days.
fn of_group(key: &RowKey, group: &Group) -> Vec<Cells> {
    let cells = named("group", key).some("agreement", group.agreement);
    let mut records = vec![cells.text(&group.title, canonical)];
    let mut by_days: BTreeMap<Validity, Vec<&Member>> = BTreeMap::new();
    for member in group.members.iter().flatten() {
        by_days.entry(member.validity).or_default().push(member);
    }
    records.extend(by_days.into_iter().map(|(validity, members)| {
        let countries = members.into_iter().map(|member| member.country);
        named("member", key).list("areas", " ", countries).validity(validity)
    }));
    records
}

fn of_relief(key: &RowKey, relief: &Relief) -> Cells {
    named("relief", key)
        .with("taxes", relief.taxes)
        .some("limit", relief.limit)
        .with("basis", relief.basis)
        .with("per", relief.per)
        .list("modes", " ", &relief.modes)
        .list("areas", " ", &relief.areas)
        .list("except", " ", &relief.except)
        .list("goods_except", " ", relief.goods_except.iter().copied().map(dotted))
        .with("duty", &relief.duty)
        .list("regimes", " ", &relief.regimes)
        .list("conditions", "; ", &relief.conditions)
        .validity(relief.validity)
}

fn of_quota(key: &RowKey, quota: &Quota) -> Cells {
    let balance = quota.balance.as_ref();
    named("quota", key)
        .with("limit", format_args!("{} {}", quota.volume, quota.unit))
        .with("per", quota.period)
        .with("method", quota.method)
        .yes("critical", quota.is_critical)
        .some("balance", balance.map(|(amount, day)| format!("{amount} {day}")))
        .validity(quota.validity)
}
