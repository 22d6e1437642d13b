//! Headings of chapter 99 that state a duty and to which no footnote leads: "articles the product of any country" + 10 %.
//!
//! For which goods they are is told by their words, and by notes that the export does not hold. So each is left to a person,
//! at the lines that it names, or else at the line of all goods; only the origins and days are read.

use super::countries::origins;
use super::footnote::footnotes;
use super::programme::COLUMN_2;
use super::provision::{day, strip};
use super::rate::{Rate, rate};
use super::source::SourceRow;
use crate::{ByText, ImportError, LeftOut, Place};
use ewtp_record::Date;
use ewtp_record::edition::MeasureKind;
use ewtp_tariff::row::{Area, Entry, Measure, TariffLine, Validity};
use ewtp_tariff::{Expression, LineCode, Row, RowKey, Term, Token};
use std::collections::{BTreeMap, BTreeSet};

/// Such headings, as measures.
#[derive(Default)]
pub(super) struct Unpointed {
    /// The notes.
    notes: Vec<(u64, Row)>,
    /// Measures of all goods, by the seq of their line.
    of_all: BTreeMap<u32, Vec<Measure>>,
    /// Measures of the lines that headings name.
    of_lines: BTreeMap<LineCode, Vec<Measure>>,
    /// One for each measure.
    pub(super) by_text: Vec<ByText>,
    /// Headings that do not hold any more.
    pub(super) left_out: Vec<LeftOut>,
}

/// Headings that are told together: a person reads one note.
struct Told {
    /// The first of them, and its row.
    code: LineCode,
    row: u64,
    /// The numbers of all, as a person writes them.
    numbers: Vec<String>,
    text: String,
    areas: Vec<Area>,
    except: Vec<Area>,
    validity: Validity,
    /// The lines that they name; none means all goods.
    lines: BTreeSet<LineCode>,
    is_under_another: bool,
}

/// How long the note of several headings gets; the words of one are shorter than the rest of what a note may have.
const NOTE_BYTES: usize = 20_000;

/// The words for the duty of the goods' own line, to which a heading adds.
const OWN_DUTY: &str = "The duty provided in the applicable subheading";

const REASON: &str = "a heading of chapter 99 to which no footnote leads states a duty";

/// Reads the headings 9901 and 9903 to which no row of chapters 1 to 97 points.
pub(super) fn unpointed(rows: &[SourceRow]) -> Result<Unpointed, ImportError> {
    let pointed = pointed(rows);
    let known: BTreeSet<LineCode> = rows.iter().map(|row| row.code).collect();
    let mut read = Unpointed::default();
    let mut all: Vec<Told> = Vec::new();
    let mut superior: Vec<&SourceRow> = Vec::new();
    for row in rows.iter().filter(|row| is_of_duties(row.code)) {
        while superior.last().is_some_and(|above| above.indent >= row.indent) {
            superior.pop();
        }
        if row.seq == 1 && row.code.as_str().len() == 8 && !pointed.contains(&row.code) && states_duty(row) {
            match ended(row, &superior) {
                Some(Ended::Before) => read.left_out.push(not_in_force(row)),
                end => add(&mut all, told(row, &superior, &known, end)),
            }
        }
        superior.push(row);
    }
    all.into_iter().try_for_each(|told| read.take(told))?;
    Ok(read)
}

/// Subchapters I and III; the others have lower duties, or are pointed to as a whole.
fn is_of_duties(code: LineCode) -> bool {
    code.as_str().starts_with("9901") || code.as_str().starts_with("9903")
}

/// The headings to which a footnote of goods leads.
fn pointed(rows: &[SourceRow]) -> BTreeSet<LineCode> {
    let goods = rows.iter().filter(|row| !row.code.as_str().starts_with("99"));
    let read = goods.filter(|row| !row.footnotes.is_empty());
    read.map(|row| footnotes(&row.footnotes))
        .flat_map(|read| read.headings.into_iter().chain(read.in_words))
        .collect()
}

/// Whether a column says any duty beside that of the goods' own line.
fn states_duty(row: &SourceRow) -> bool {
    let is_stated = |rate: &Rate| match rate {
        Rate::Duty(duty) => !matches!(duty.terms(), [(_, Term::Free)]),
        Rate::Added(Some(_)) | Rate::Words(_) => true,
        Rate::Blank | Rate::NoChange | Rate::Added(None) => false,
    };
    is_stated(&rate(&row.general)) || is_stated(&rate(&row.other)) || matches!(rate(&row.special), Rate::Added(Some(_)))
}

/// When a heading came to its end.
#[derive(Clone, Copy)]
enum Ended {
    /// Before this edition.
    Before,
    /// On this day.
    On(Date),
}

/// What the publisher notes in brackets, or in a footnote: "provision terminated as of February 7, 2026". What goes on for
/// some goods goes on.
fn ended(row: &SourceRow, superior: &[&SourceRow]) -> Option<Ended> {
    let texts = superior.iter().copied().chain([row]);
    let bracketed = texts
        .clone()
        .filter_map(|row| row.description.split_once("[Compiler").map(|(_, note)| note));
    let noted = texts
        .flat_map(|row| &row.footnotes)
        .map(String::as_str)
        .filter(|note| !note.starts_with("See"));
    for note in bracketed.chain(noted) {
        let Some(word) = ["terminated", "suspended", "expired"]
            .iter()
            .find(|word| note.contains(*word))
        else {
            continue;
        };
        let after = note.split_once(word).map_or("", |(_, after)| after);
        if after.starts_with(" except") {
            continue;
        }
        let from = strip(after, " as of ").or_else(|| strip(after, " on "));
        return Some(match from.and_then(day) {
            Some((day, _)) => Ended::On(day),
            None => Ended::Before,
        });
    }
    None
}

fn not_in_force(row: &SourceRow) -> LeftOut {
    LeftOut {
        row: row.row,
        code: row.code.to_string(),
        column: "description",
        text: row.description.clone(),
        reason: "the publisher notes that the heading has ended or is suspended".to_owned(),
    }
}

fn told(row: &SourceRow, superior: &[&SourceRow], known: &BTreeSet<LineCode>, end: Option<Ended>) -> Told {
    let from_above = || superior.iter().rev().find_map(|above| areas(&above.description));
    let mut validity = days(&row.description);
    if let Some(Ended::On(day)) = end {
        validity.to = Some(validity.to.map_or(day, |to| to.min(day)));
    }
    Told {
        code: row.code,
        row: row.row,
        numbers: vec![number(row.code)],
        text: words(row, superior),
        areas: areas(&row.description).or_else(from_above).unwrap_or_default(),
        except: except(row),
        validity,
        lines: lines(&row.description, known),
        is_under_another: !superior.is_empty(),
    }
}

/// The origins of "articles the product of ...".
fn areas(description: &str) -> Option<Vec<Area>> {
    let starts = ["product of ", "products of "];
    let named = starts.iter().find_map(|start| Some(description.split_once(start)?.1));
    origins(named?)
}

/// Goods for which column 2 counts have nothing added where that column adds nothing.
fn except(row: &SourceRow) -> Vec<Area> {
    let adds_nothing = matches!(rate(&row.other), Rate::Blank | Rate::NoChange | Rate::Added(None));
    let column_2 = COLUMN_2.parse().ok();
    column_2.into_iter().filter(|_| adds_nothing).collect()
}

/// The days of "effective with respect to entries, on or after June 15, 2024", and of "on or after May 10, 2019, and before
/// June 15, 2019".
fn days(description: &str) -> Validity {
    let mut validity = Validity::ALWAYS;
    let Some((before, after)) = description.split_once("on or after ") else {
        return validity;
    };
    let Some((from, after)) = day(after) else {
        return validity;
    };
    if strip(before, "effective with respect to entries").is_some_and(|rest| rest.len() <= ", ".len()) {
        validity.from = Some(from);
    }
    let end = after.trim_start_matches(',').trim_start();
    if let Some((end, _)) = strip(end, "and before ").and_then(day)
        && end > from
    {
        validity.to = Date::from_days(u64::from(end.days()) - 1).ok();
    }
    validity
}

/// The lines that a heading names: "(provided for in subheadings 8716.90.30 or 8716.90.50)". None when it names none that the
/// schedule has, or when they are named as an exception.
fn lines(description: &str, known: &BTreeSet<LineCode>) -> BTreeSet<LineCode> {
    let mut lines = BTreeSet::new();
    let mut rest = description;
    while let Some((before, after)) = ["provided for in ", "classified in "]
        .iter()
        .filter_map(|words| rest.split_once(words))
        .min_by_key(|(before, _)| before.len())
    {
        let clause = after.split([')', ';', '[']).next().unwrap_or_default();
        // A bare number is a heading only where one is spoken of, and a year elsewhere.
        let words = clause
            .split_whitespace()
            .filter(|word| word.contains('.') || clause.contains("heading"));
        let named: Vec<_> = words.filter_map(goods_code).collect();
        let is_excepted = ["except as ", "except ", "other than those "]
            .iter()
            .any(|word| before.ends_with(word));
        if is_excepted && !named.is_empty() {
            return BTreeSet::new();
        }
        for code in named {
            let said = said_of(code, known);
            if said.is_empty() {
                return BTreeSet::new();
            }
            lines.extend(said);
        }
        rest = after;
    }
    lines
}

/// The row of a code; without one the rows below it, or else the nearest above.
fn said_of(code: LineCode, known: &BTreeSet<LineCode>) -> Vec<LineCode> {
    let below = known.range(code..).take_while(|line| line.is_within(&code));
    let below: Vec<_> = below.copied().collect();
    if below.first() == Some(&code) {
        return vec![code];
    }
    let above = || std::iter::successors(Some(code), LineCode::above).find(|line| known.contains(line));
    if below.is_empty() {
        above().into_iter().collect()
    } else {
        below
    }
}

/// The code of goods in a word: `8716.90.30`, `8716.39.0090`, `8702`.
fn goods_code(word: &str) -> Option<LineCode> {
    let word = word.trim_matches(|letter: char| !letter.is_ascii_digit());
    let digits = word.replace('.', "");
    let is_grouped = word.split('.').enumerate().all(|(index, part)| match index {
        0 => part.len() == 4,
        _ => part.len() == 2 || part.len() == 4,
    });
    let is_goods = is_grouped && !digits.starts_with("98") && !digits.starts_with("99");
    digits.parse().ok().filter(|_| is_goods)
}

/// What a person reads: the number of the heading, its words from the top, and its columns.
fn words(row: &SourceRow, superior: &[&SourceRow]) -> String {
    let mut text = format!("{}: ", number(row.code));
    let all = superior.iter().copied().chain([row]);
    let all: Vec<_> = all.map(|row| row.description.trim_end_matches([':', '.'])).collect();
    text.push_str(&all.join(": "));
    for (names, column) in columns(row) {
        text.push_str(&format!(". {}: {column}", names.join(", ")));
    }
    text.push('.');
    text
}

/// What the columns say, each rate once with the names of its columns: most headings add the same in two or three.
fn columns(row: &SourceRow) -> Vec<(Vec<&'static str>, String)> {
    let mut said: Vec<(Vec<&'static str>, String)> = Vec::new();
    for (name, column) in [
        ("General", &row.general),
        ("Special", &row.special),
        ("Column 2", &row.other),
    ] {
        // Publishers set spaces around the sign as they like.
        let terms: Vec<_> = column.trim_end_matches('.').split('+').map(str::trim).collect();
        let column = terms.join(" + ");
        // What is added is what a person looks for.
        let added = column
            .strip_prefix(OWN_DUTY)
            .map(str::trim)
            .filter(|added| !added.is_empty());
        let column = added.map_or_else(|| column.clone(), str::to_owned);
        match said.iter_mut().find(|(_, known)| *known == column) {
            Some((names, _)) => names.push(name),
            None => said.push((vec![name], column)),
        }
    }
    said.retain(|(_, column)| !column.is_empty());
    said
}

/// `9903.03.01`
fn number(heading: LineCode) -> String {
    let digits = heading.as_str();
    format!("{}.{}.{}", &digits[..4], &digits[4..6], &digits[6..])
}

/// Adds a heading to one that is for the same goods, or for itself.
fn add(all: &mut Vec<Told>, told: Told) {
    let is_same = |other: &&mut Told| {
        other.code.as_str()[..6] == told.code.as_str()[..6]
            && other.lines.is_empty()
            && told.lines.is_empty()
            && (&other.except, other.validity) == (&told.except, told.validity)
            && other.text.len() + told.text.len() < NOTE_BYTES
            && other.is_under_another == told.is_under_another
            // Those below another row are parts of one law, each for some of its countries.
            && (other.areas == told.areas || (told.is_under_another && !other.areas.is_empty() && !told.areas.is_empty()))
    };
    match all.iter_mut().find(is_same) {
        Some(other) => {
            other.text.push('\n');
            other.text.push_str(&told.text);
            other.numbers.extend(told.numbers);
            other.areas.extend(told.areas);
            other.areas.sort();
            other.areas.dedup();
        }
        None => all.push(told),
    }
}

impl Unpointed {
    /// The measures of a line that headings name.
    pub(super) fn of_line(&self, code: LineCode) -> &[Measure] {
        self.of_lines.get(&code).map_or(&[], Vec::as_slice)
    }

    /// The notes, and the lines of all goods: one for each group of headings, so that a change moves little.
    pub(super) fn rows(self) -> Result<Vec<(u64, Row)>, ImportError> {
        let mut rows = self.notes;
        for (seq, measures) in self.of_all {
            let mut line = TariffLine {
                measures,
                ..TariffLine::default()
            };
            line.arrange();
            let row = Row::new(RowKey::Line(LineCode::all_goods(), seq), Entry::Line(line));
            rows.push((
                0,
                row.map_err(|error| ImportError::refused(Place::Nowhere, "description", &error))?,
            ));
        }
        Ok(rows)
    }

    fn take(&mut self, mut told: Told) -> Result<(), ImportError> {
        if told.numbers.len() > 1 {
            told.text
                .insert_str(0, &format!("Headings {}.\n", told.numbers.join(", ")));
        }
        let refused = |message: String| ImportError::row(told.row, "description", message);
        let note = format!("us-{}", told.code).parse::<Token>();
        let note = note.map_err(|error| refused(error.to_string()))?;
        let duty = Expression::of(Term::Text(note)).map_err(|fault| refused(fault.to_string()))?;
        let measure = Measure {
            areas: told.areas,
            except: told.except,
            validity: told.validity,
            stack: Some(place(told.code)),
            ..Measure::of(MeasureKind::Additional, Some(duty))
        };
        let by_text = |line: LineCode| ByText {
            row: told.row,
            code: line.to_string(),
            column: "description",
            text: told.text.clone(),
            reason: REASON.to_owned(),
        };
        for line in &told.lines {
            self.by_text.push(by_text(*line));
            self.of_lines.entry(*line).or_default().push(measure.clone());
        }
        if told.lines.is_empty() {
            self.by_text.push(by_text(LineCode::all_goods()));
            self.of_all.entry(seq(told.code)).or_default().push(measure);
        }
        let row = Row::new(RowKey::Note(note), Entry::Note(told.text));
        let row = row.map_err(|error| ImportError::refused(Place::Row(told.row), "description", &error))?;
        self.notes.push((told.row, row));
        Ok(())
    }
}

/// Behind everything that a line or a footnote adds, and at no other's place: 30301 for 9903.03.01.
fn place(heading: LineCode) -> u16 {
    heading.as_str()[3..]
        .parse()
        .expect("five digits, the first of them 1 or 3")
}

/// Which of the lines of all goods has the measure of a heading: 3 for 9903.03.01.
fn seq(heading: LineCode) -> u32 {
    let group: u32 = heading.as_str()[4..6].parse().expect("two digits");
    group.max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(code: &str, indent: u8, description: &str, rates: [&str; 3]) -> SourceRow {
        let [general, special, other] = rates.map(str::to_owned);
        SourceRow {
            row: 1,
            code: code.parse().expect("a code"),
            seq: 1,
            indent,
            description: description.to_owned(),
            units: Vec::new(),
            general,
            special,
            other,
            quota: String::new(),
            additional: String::new(),
            footnotes: Vec::new(),
        }
    }

    const ADDED: &str = "The duty provided in the applicable subheading + 10%";
    const SAME: &str = "The duty provided in the applicable subheading";

    /// `30301 [] except [us-column-2] ..: text(us-99030301)`
    fn of_all(rows: &[SourceRow]) -> Vec<String> {
        let read = unpointed(rows).expect("rows");
        let names = |areas: &[Area]| areas.iter().map(Area::as_str).collect::<Vec<_>>().join(" ");
        let day = |day: Option<Date>| day.map(|day| day.to_string()).unwrap_or_default();
        let told = read.of_all.values().flatten().map(|measure| {
            let Validity { from, to } = measure.validity;
            format!(
                "{} [{}] except [{}] {}..{}",
                measure.stack.unwrap_or_default(),
                names(&measure.areas),
                names(&measure.except),
                day(from),
                day(to)
            )
        });
        told.collect()
    }

    #[test]
    fn a_duty_on_all_articles_or_on_those_of_a_country_is_for_all_goods() {
        let any =
            "Except for products described in headings 9903.03.02-9903.03.11, articles the product of any country";
        let china = "Articles the product of China and Hong Kong, as provided for in U.S. note 2(u)";
        let past = "Articles the product of China, if entered on or after May 10, 2019, and before June 15, 2019";
        let rows = [
            row("99030124", 0, china, [ADDED, ADDED, "No change"]),
            row("99030301", 0, any, [ADDED, ADDED, ADDED]),
            row("99038809", 0, past, [ADDED, "", ""]),
        ];
        assert_eq!(
            of_all(&rows),
            [
                "30124 [CN HK] except [us-column-2] ..",
                "30301 [] except [] ..",
                "38809 [CN] except [us-column-2] ..2019-06-14",
            ]
        );
    }

    #[test]
    fn what_adds_nothing_or_has_ended_is_for_nobody() {
        let ended = "Articles the product of India [Compiler's note: provision terminated. See 90 Fed. Reg. 37963.]";
        let dated = "Articles the product of India [Compiler's note: provision terminated as of February 7, 2026.]";
        let rows = [
            row(
                "99030102",
                0,
                "Articles the product of Mexico that are donations",
                [SAME, SAME, "No change"],
            ),
            row("99030155", 0, ended, [ADDED, ADDED, SAME]),
            row("99030184", 0, dated, [ADDED, ADDED, ADDED]),
        ];
        assert_eq!(of_all(&rows), ["30184 [IN] except [] ..2026-02-07"]);
        assert_eq!(unpointed(&rows).expect("rows").left_out.len(), 1);
    }

    #[test]
    fn a_heading_to_which_goods_point_is_told_at_their_lines() {
        let china = "Articles the product of China";
        let mut shirts = row("61091000", 1, "Of cotton", ["16.5%", "", "90%"]);
        shirts.footnotes = vec!["See 9903.88.15.".to_owned()];
        assert!(of_all(&[shirts, row("99038815", 0, china, [ADDED, "", ""])]).is_empty());
    }

    #[test]
    fn a_heading_that_names_lines_is_for_these_alone() {
        let rows = [
            row("87169030", 2, "Parts", ["Free", "", "10%"]),
            row(
                "99039112",
                0,
                "Chassis (provided for in subheading 8716.90.30)",
                [ADDED, "", ""],
            ),
            row(
                "99038202",
                0,
                "Articles of steel, as provided for in U.S. note 16",
                [ADDED, ADDED, ADDED],
            ),
            row(
                "99030101",
                0,
                "Articles, except as provided for in subheading 8716.90.30",
                [ADDED, ADDED, ADDED],
            ),
        ];
        let read = unpointed(&rows).expect("rows");
        assert_eq!(read.of_line(rows[0].code).len(), 1);
        assert_eq!(of_all(&rows), ["30101 [] except [] ..", "38202 [] except [] .."]);
    }

    #[test]
    fn headings_below_one_row_are_told_together() {
        let rows = [
            row("990389", 0, "Articles the product of France or Germany:", ["", "", ""]),
            row("99038910", 1, "Provided for in note 21(c)", [ADDED, "", ADDED]),
            row("99038913", 1, "Provided for in note 21(d)", [ADDED, "", ADDED]),
        ];
        let read = unpointed(&rows).expect("rows");
        assert_eq!((read.by_text.len(), read.notes.len()), (1, 1));
        assert_eq!(of_all(&rows), ["38910 [DE FR] except [] .."]);
    }
}
