//! What each kind of record says.

use super::table::Record;
use crate::{ImportError, canonical};
use ewtp_record::edition::MeasureKind;
use ewtp_record::{Date, HsEdition, UnitCode};
use ewtp_tariff::row::{
    Condition, Entry, Group, Language, Measure, Member, Quota, Relief, Requirement, TariffLine, Validity, When,
};
use ewtp_tariff::{Exact, Expression, LineCode, RowKey};

/// The language of descriptions that name none.
pub(super) const LANGUAGE: &str = "en";

/// The key of the line that a record belongs to.
pub(super) fn line_key(record: &mut Record) -> Result<(LineCode, u32), ImportError> {
    let code = code(record, "code")?;
    let seq = record.some("seq")?.unwrap_or(1);
    Ok((code, seq))
}

/// The code in a column.
fn code(record: &mut Record, column: &'static str) -> Result<LineCode, ImportError> {
    let cell = record.text(column).ok_or_else(|| record.missing(column))?;
    read_code(record, column, &cell)
}

/// The codes in a column, parted by spaces.
fn codes(record: &mut Record, column: &'static str) -> Result<Vec<LineCode>, ImportError> {
    let cell = record.text(column).unwrap_or_default();
    let codes = cell.split_whitespace().map(|word| read_code(record, column, word));
    let mut codes = codes.collect::<Result<Vec<_>, _>>()?;
    codes.sort();
    codes.dedup();
    Ok(codes)
}

/// A code, with or without dots.
// spec: tariff-csv R4
fn read_code(record: &Record, column: &str, written: &str) -> Result<LineCode, ImportError> {
    let (is_text, code) = written.strip_prefix('\'').map_or((false, written), |code| (true, code));
    let digits = code.replace('.', "");
    // A spreadsheet that takes codes for numbers drops the zero in front, unless an apostrophe says that they are text.
    let is_odd = [3, 5, 7].contains(&digits.len());
    if !is_text && (is_odd || is_odd_before_dot(code)) {
        let place = if is_odd { "" } else { " before its dot" };
        let message =
            format!("{code:?} has an odd number of digits{place}; was a leading zero lost? If none was, write '{code}");
        return Err(record.fault(column, message));
    }
    record.parsed(column, &digits)
}

/// Whether a code is a number with a fraction that begins in the middle of a pair of digits, as `0101.20` is after a spreadsheet: 101.2.
fn is_odd_before_dot(code: &str) -> bool {
    let parts = code.split_once('.');
    parts.is_some_and(|(whole, fraction)| !fraction.contains('.') && whole.len() % 2 == 1)
}

/// A line without its measures, and its description with its language.
pub(super) fn line(record: &mut Record) -> Result<(TariffLine, Option<(Language, String)>), ImportError> {
    let line = TariffLine {
        indent: record.some("indent")?.unwrap_or(0),
        units: record.list("units")?,
        is_declarable: record.flag("declarable")?,
        validity: validity(record)?,
        ..TariffLine::default()
    };
    let has_text = description(record)?;
    Ok((line, has_text))
}

/// A text in its language.
pub(super) fn description(record: &mut Record) -> Result<Option<(Language, String)>, ImportError> {
    let language: Option<Language> = record.some("language")?;
    let text = prose(record, canonical)?;
    match (language, text) {
        (Some(_), None) => Err(record.missing("text")),
        (None, None) => Ok(None),
        (Some(language), Some(text)) => Ok(Some((language, text))),
        (None, Some(text)) => Ok(Some((record.parsed("language", LANGUAGE)?, text))),
    }
}

pub(super) fn measure(record: &mut Record) -> Result<Measure, ImportError> {
    let kind: MeasureKind = record.value("kind")?;
    let duty = duty(record, "duty")?;
    Ok(Measure {
        areas: record.list("areas")?,
        except: record.list("except")?,
        regimes: record.list("regimes")?,
        additional_code: record.some("additional_code")?,
        conditions: conditions(record)?,
        quota: record.some("quota")?,
        validity: validity(record)?,
        stack: record.some("stack")?,
        note: record.some("note")?,
        agreement: record.some("agreement")?,
        documents: record.list("documents")?,
        members: record.list("members")?,
        ..Measure::of(kind, duty)
    })
}

pub(super) fn requirement(record: &mut Record) -> Result<Requirement, ImportError> {
    Ok(Requirement {
        document: record.value("documents")?,
        areas: record.list("areas")?,
        note: record.some("note")?,
    })
}

/// A group without its members.
pub(super) fn group(record: &mut Record) -> Result<Group, ImportError> {
    Ok(Group {
        title: text(record)?,
        members: None,
        agreement: record.some("agreement")?,
    })
}

pub(super) fn members(record: &mut Record) -> Result<Vec<Member>, ImportError> {
    let countries: Vec<ewtp_record::CountryCode> = record.list("areas")?;
    if countries.is_empty() {
        return Err(record.missing("areas"));
    }
    let validity = validity(record)?;
    Ok(countries
        .into_iter()
        .map(|country| Member { country, validity })
        .collect())
}

/// A row that stands alone: a relief, quota, exchange rate, correlation, description or note. `None` for any other kind.
pub(super) fn alone(record: &mut Record) -> Result<Option<(RowKey, Entry)>, ImportError> {
    let row = match record.kind.as_str() {
        "relief" => (RowKey::Relief(record.value("id")?), Entry::Relief(relief(record)?)),
        "quota" => (RowKey::Quota(record.value("id")?), Entry::Quota(quota(record)?)),
        "exchange" => {
            let key = RowKey::Exchange(record.value("id")?, record.value("from")?);
            (key, Entry::Exchange(exact(record, "rate")?))
        }
        "correlation" => {
            let edition: u64 = record.value("edition")?;
            let edition = HsEdition::try_from(edition).map_err(|error| record.fault("edition", error.message))?;
            let key = RowKey::Correlation(edition, code(record, "old")?, code(record, "code")?);
            (key, Entry::Correlation)
        }
        "description" => {
            let (code, seq) = line_key(record)?;
            let (language, text) = description(record)?.ok_or_else(|| record.missing("text"))?;
            (RowKey::Description(code, seq, language), Entry::Description(text))
        }
        "note" => {
            let key = RowKey::Note(record.value("id")?);
            let text = prose(record, canonical_lines)?.ok_or_else(|| record.missing("text"))?;
            (key, Entry::Note(text))
        }
        _ => return Ok(None),
    };
    Ok(Some(row))
}

fn relief(record: &mut Record) -> Result<Relief, ImportError> {
    let whens = record.text("conditions").unwrap_or_default();
    let whens = whens.split(';').map(str::trim).filter(|when| !when.is_empty());
    let conditions = whens
        .map(|when| record.parsed("conditions", when))
        .collect::<Result<Vec<When>, _>>()?;
    Ok(Relief {
        taxes: record.value("taxes")?,
        limit: record.some("limit")?,
        basis: record.value("basis")?,
        per: record.value("per")?,
        modes: record.list("modes")?,
        areas: record.list("areas")?,
        except: record.list("except")?,
        goods_except: codes(record, "goods_except")?,
        duty: duty(record, "duty")?.ok_or_else(|| record.missing("duty"))?,
        regimes: record.list("regimes")?,
        conditions: sorted_by_text(conditions),
        validity: validity(record)?,
    })
}

fn quota(record: &mut Record) -> Result<Quota, ImportError> {
    let (volume, unit): (Exact, UnitCode) = record.pair("limit")?.ok_or_else(|| record.missing("limit"))?;
    let balance: Option<(Exact, Date)> = record.pair("balance")?;
    Ok(Quota {
        volume,
        unit,
        period: record.value("per")?,
        method: record.value("method")?,
        is_critical: record.flag("critical")?,
        balance,
        validity: validity(record)?,
    })
}

fn text(record: &mut Record) -> Result<String, ImportError> {
    prose(record, canonical)?.ok_or_else(|| record.missing("text"))
}

/// A text for people, in the form that `canonical` gives it; or as it stands, where the record says so.
// spec: tariff-csv R6
fn prose(record: &mut Record, canonical: fn(&str) -> String) -> Result<Option<String>, ImportError> {
    let is_verbatim = record.flag("verbatim")?;
    match record.text("text") {
        Some(text) if is_verbatim => Ok(Some(text)),
        Some(text) => Ok(Some(canonical(&text))),
        None if is_verbatim => Err(record.missing("text")),
        None => Ok(None),
    }
}

/// Canonical text line by line: that of a note.
pub(super) fn canonical_lines(text: &str) -> String {
    text.lines().map(canonical).collect::<Vec<_>>().join("\n")
}

fn validity(record: &mut Record) -> Result<Validity, ImportError> {
    let validity = Validity {
        from: record.some("from")?,
        to: record.some("to")?,
    };
    match (validity.from, validity.to) {
        (Some(from), Some(to)) if to < from => Err(record.fault("to", "must not be before the first day")),
        _ => Ok(validity),
    }
}

/// A number as people write it, `1.50`.
fn exact(record: &mut Record, column: &'static str) -> Result<Exact, ImportError> {
    let cell = record.text(column).ok_or_else(|| record.missing(column))?;
    Exact::read(&cell).map_err(|error| record.fault(column, error.message))
}

/// A duty as people write it, `14.50 % + 0.40 usd per ltr`.
fn duty(record: &mut Record, column: &'static str) -> Result<Option<Expression>, ImportError> {
    let cell = record.text(column);
    cell.map(|cell| read_duty(record, column, &cell)).transpose()
}

fn read_duty(record: &Record, column: &str, text: &str) -> Result<Expression, ImportError> {
    Expression::read(text).map_err(|error| record.fault(column, error))
}

/// `people<30 => free; value<=150 EUR => 5%`
fn conditions(record: &mut Record) -> Result<Vec<Condition>, ImportError> {
    let cell = record.text("conditions").unwrap_or_default();
    let conditions = cell.split(';').map(str::trim).filter(|condition| !condition.is_empty());
    let conditions = conditions.map(|condition| {
        let parts = condition.split_once("=>");
        let (when, duty) = parts.ok_or_else(|| {
            record.fault(
                "conditions",
                format!("{condition:?} is no condition such as people<30 => free"),
            )
        })?;
        Ok(Condition {
            when: record.parsed("conditions", when.trim())?,
            duty: read_duty(record, "conditions", duty.trim())?,
        })
    });
    conditions.collect()
}

/// As a relief has them: texts by their bytes.
// spec: tariff-row R4
fn sorted_by_text(mut conditions: Vec<When>) -> Vec<When> {
    conditions.sort_by_cached_key(ToString::to_string);
    conditions.dedup();
    conditions
}
