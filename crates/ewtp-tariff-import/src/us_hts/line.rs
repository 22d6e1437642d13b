//! A row of the source as a line with its measures.

use super::footnote::{Footnotes, footnotes};
use super::programme::{self, COLUMN_2};
use super::provision::Effect;
use super::rate::{Rate, rate};
use super::source::SourceRow;
use super::special::{Special, respaced, special};
use crate::unit::{UnitName, unit};
use crate::{ByText, ImportError, LeftOut, Place};
use ewtp_record::edition::MeasureKind;
use ewtp_record::{CountryCode, UnitCode};
use ewtp_tariff::row::{Area, Entry, Measure, TariffLine, Validity};
use ewtp_tariff::{Expression, LineCode, Reference, Row, RowKey, Term, Token};
use std::collections::{BTreeMap, BTreeSet};

/// The rows that one row of the source becomes, and what was not understood of it.
pub(super) struct Translated {
    /// The line, its description, its notes.
    pub(super) rows: Vec<Row>,
    pub(super) by_text: Vec<ByText>,
    pub(super) left_out: Vec<LeftOut>,
}

/// Measures that are added to the duty of a line come one behind the other.
const STACK: u16 = 50; // where the kind stands by itself (quote R9)

/// A line in the making.
struct Making<'s> {
    source: &'s SourceRow,
    line: TariffLine,
    notes: BTreeMap<Token, String>,
    by_text: Vec<ByText>,
    left_out: Vec<LeftOut>,
}

/// Translates a row of the source, whose footnotes mean these effects and which headings of chapter 99 name with these
/// measures; whether goods are declared under it only its neighbours tell.
pub(super) fn translate(
    source: &SourceRow,
    effects: &BTreeMap<LineCode, Effect>,
    named: &[Measure],
    is_declarable: bool,
) -> Result<Translated, ImportError> {
    let mut making = Making {
        source,
        line: TariffLine {
            indent: source.indent,
            is_declarable,
            ..TariffLine::default()
        },
        notes: BTreeMap::new(),
        by_text: Vec::new(),
        left_out: Vec::new(),
    };
    let pointed = footnotes(&source.footnotes);
    making.units();
    making.general(effects.get(&source.code))?;
    making.special()?;
    making.other(effects.get(&source.code), &column_2_of(&pointed, effects))?;
    making.footnotes(&pointed, effects)?;
    making.line.measures.extend_from_slice(named);
    making.explanations(&pointed)?;
    making.finish()
}

/// The countries for which footnotes lead to another rate of column 2, each with the heading.
fn column_2_of(
    pointed: &Footnotes,
    effects: &BTreeMap<LineCode, Effect>,
) -> BTreeMap<CountryCode, (LineCode, Validity)> {
    let headings = pointed.headings.iter().filter_map(|code| match effects.get(code) {
        Some(Effect::Column2(countries, validity)) => Some((code, countries, validity)),
        _ => None,
    });
    headings
        .flat_map(|(code, countries, validity)| countries.iter().map(|country| (*country, (*code, *validity))))
        .collect()
}

impl Making<'_> {
    /// The units of the goods as a whole; those that are not known stay in a note.
    fn units(&mut self) {
        for name in &self.source.units {
            match unit(name) {
                Some(UnitName::Whole(codes)) => self.line.units.extend(codes),
                Some(UnitName::Content) => {}
                None => self.left_out("units", name.clone(), "the unit is not known"),
            }
        }
    }

    fn general(&mut self, own: Option<&Effect>) -> Result<(), ImportError> {
        let text = &self.source.general;
        let (areas, validity) = match own {
            Some(Effect::Added(countries, validity)) => (countries.as_slice(), *validity),
            Some(Effect::Words(countries)) => (countries.as_slice(), Validity::ALWAYS),
            _ => (&[][..], Validity::ALWAYS),
        };
        match rate(text) {
            Rate::Blank | Rate::NoChange | Rate::Added(None) => {}
            Rate::Duty(duty) => self.mfn(duty)?,
            Rate::Added(Some(duty)) => self.line.measures.push(Measure {
                areas: countries(areas),
                validity,
                ..Measure::of(MeasureKind::Additional, Some(duty))
            }),
            Rate::Words(reason) => {
                let duty = self.in_words("general", text, reason)?;
                self.mfn(duty)?;
            }
        }
        Ok(())
    }

    /// The duty for everyone whom column 2 is not for.
    fn mfn(&mut self, duty: Expression) -> Result<(), ImportError> {
        let except = vec![self.area(COLUMN_2)?];
        self.line.measures.push(Measure {
            except,
            ..Measure::of(MeasureKind::Mfn, Some(duty))
        });
        Ok(())
    }

    fn special(&mut self) -> Result<(), ImportError> {
        let text = &respaced(&self.source.special);
        let rates = match special(text) {
            Special::Rates(rates) => rates,
            Special::Words(reason) => {
                let duty = self.in_words("special", text, reason)?;
                self.line
                    .measures
                    .push(Measure::of(MeasureKind::Preference, Some(duty)));
                return Ok(());
            }
        };
        for (rate, groups) in rates {
            let mut by_kind: BTreeMap<MeasureKind, Vec<Area>> = BTreeMap::new();
            for group in groups {
                by_kind
                    .entry(programme::kind(&group))
                    .or_default()
                    .push(Area::Group(group));
            }
            for (kind, areas) in by_kind {
                let Some(duty) = self.under_programmes(&rate, text)? else {
                    continue;
                };
                self.line.measures.push(Measure {
                    areas,
                    ..Measure::of(kind, Some(duty))
                });
            }
        }
        Ok(())
    }

    /// What a rate with programmes behind it comes to.
    fn under_programmes(&mut self, rate: &Rate, text: &str) -> Result<Option<Expression>, ImportError> {
        Ok(match rate {
            Rate::Duty(duty) => Some(duty.clone()),
            Rate::Words(reason) => Some(self.in_words("special", text, reason)?),
            // What is added to the general duty stands in the general column.
            Rate::Added(_) => Some(self.in_words("special", text, "a duty is added under a programme only")?),
            Rate::Blank | Rate::NoChange => None,
        })
    }

    /// Column 2, but for countries that a footnote leads elsewhere.
    fn other(
        &mut self,
        own: Option<&Effect>,
        elsewhere: &BTreeMap<CountryCode, (LineCode, Validity)>,
    ) -> Result<(), ImportError> {
        let text = &self.source.other;
        let duty = match rate(text) {
            Rate::Blank | Rate::NoChange | Rate::Added(_) => return Ok(()),
            Rate::Duty(duty) => duty,
            Rate::Words(reason) => self.in_words("other", text, reason)?,
        };
        // A heading that sets another rate for some countries is for these.
        let (areas, validity) = match own {
            Some(Effect::Column2(own, validity)) => (countries(own), *validity),
            _ => (vec![self.area(COLUMN_2)?], Validity::ALWAYS),
        };
        self.line.measures.push(Measure {
            areas,
            except: elsewhere.keys().copied().map(Area::Country).collect(),
            validity,
            ..Measure::of(MeasureKind::Mfn, Some(duty))
        });
        for (country, (code, validity)) in elsewhere {
            let duty = self.duty_of(*code, MeasureKind::Mfn)?;
            self.line.measures.push(Measure {
                areas: vec![Area::Country(*country)],
                validity: *validity,
                ..Measure::of(MeasureKind::Mfn, Some(duty))
            });
        }
        Ok(())
    }

    /// What chapter 99 and other laws add.
    fn footnotes(&mut self, pointed: &Footnotes, effects: &BTreeMap<LineCode, Effect>) -> Result<(), ImportError> {
        let text = self.source.footnotes.join(" ");
        let mut stack = STACK;
        let mut told: BTreeSet<Area> = BTreeSet::new();
        let mut of_all = false;
        for code in &pointed.headings {
            match effects.get(code) {
                Some(Effect::Added(named, validity)) => {
                    stack += 1;
                    let duty = self.duty_of(*code, MeasureKind::Additional)?;
                    self.line.measures.push(Measure {
                        areas: countries(named),
                        validity: *validity,
                        stack: Some(stack),
                        ..Measure::of(MeasureKind::Additional, Some(duty))
                    });
                }
                Some(Effect::Column2(..) | Effect::Excluded) => {}
                Some(Effect::Words(named)) if !named.is_empty() => told.extend(countries(named)),
                Some(Effect::Words(_)) | None => of_all = true,
            }
        }
        for code in &pointed.in_words {
            match effects.get(code) {
                Some(Effect::Excluded) => {}
                Some(Effect::Added(named, _) | Effect::Column2(named, _) | Effect::Words(named))
                    if !named.is_empty() =>
                {
                    told.extend(countries(named));
                }
                _ => of_all = true,
            }
        }
        if of_all || !told.is_empty() {
            let reason = "a heading of chapter 99 applies by words";
            let areas = if of_all { Vec::new() } else { told.into_iter().collect() };
            self.by_words(MeasureKind::Additional, areas, &text, reason)?;
        }
        if pointed.has_safeguard {
            self.by_words(
                MeasureKind::Safeguard,
                Vec::new(),
                &text,
                "a safeguard of chapter 99 may apply",
            )?;
        }
        if pointed.has_excise {
            self.by_words(MeasureKind::Excise, Vec::new(), &text, "a federal excise may apply")?;
        }
        Ok(())
    }

    fn by_words(
        &mut self,
        kind: MeasureKind,
        areas: Vec<Area>,
        text: &str,
        reason: &'static str,
    ) -> Result<(), ImportError> {
        let duty = self.in_words("footnotes", text, reason)?;
        self.line.measures.push(Measure {
            areas,
            // Beside what the line itself adds.
            stack: (kind == MeasureKind::Additional).then_some(STACK),
            ..Measure::of(kind, Some(duty))
        });
        Ok(())
    }

    /// Footnotes that only explain, and columns that have no place of their own.
    fn explanations(&mut self, pointed: &Footnotes) -> Result<(), ImportError> {
        let mut told = pointed.texts.clone();
        for (column, name, text) in [
            ("quotaQuantity", "Quota quantity", &self.source.quota),
            ("additionalDuties", "Additional duties", &self.source.additional),
        ] {
            if !text.is_empty() {
                told.push(format!("{name}: {text}"));
                let left = self.left(column, text.clone(), "the column is kept as a note");
                self.left_out.push(left);
            }
        }
        let left = self.left_out.iter().filter(|left| left.column == "units");
        let units: Vec<_> = left.map(|left| format!("Unit: {}", left.text)).collect();
        told.extend(units);
        if !told.is_empty() {
            self.note("notes", told.join("\n"))?;
        }
        Ok(())
    }

    fn left_out(&mut self, column: &'static str, text: String, reason: &'static str) {
        let left = self.left(column, text, reason);
        self.left_out.push(left);
    }

    fn left(&self, column: &'static str, text: String, reason: &'static str) -> LeftOut {
        LeftOut {
            row: self.source.row,
            code: self.source.code.to_string(),
            column,
            text,
            reason: reason.to_owned(),
        }
    }

    /// A duty that only a person can tell, with the note that holds these words.
    fn in_words(&mut self, column: &'static str, text: &str, reason: &'static str) -> Result<Expression, ImportError> {
        let note = self.note(column, text.to_owned())?;
        self.by_text.push(ByText {
            row: self.source.row,
            code: self.source.code.to_string(),
            column,
            text: text.to_owned(),
            reason: reason.to_owned(),
        });
        self.expression(Term::Text(note))
    }

    /// The note of this line about this, `us-6109100012-general`.
    fn note(&mut self, about: &str, text: String) -> Result<Token, ImportError> {
        let SourceRow { row, code, seq, .. } = self.source;
        let id = match seq {
            1 => format!("us-{code}-{about}"),
            seq => format!("us-{code}-{seq}-{about}"),
        };
        let id: Token = id
            .parse()
            .map_err(|error| ImportError::row(*row, about, format!("{error}")))?;
        self.notes.insert(id, text);
        Ok(id)
    }

    fn duty_of(&self, code: LineCode, kind: MeasureKind) -> Result<Expression, ImportError> {
        self.expression(Term::Duty(Reference::Line { code, kind }))
    }

    fn expression(&self, term: Term) -> Result<Expression, ImportError> {
        let refused = |fault| ImportError::row(self.source.row, "duty", format!("{fault}"));
        Expression::of(term).map_err(refused)
    }

    fn area(&self, name: &str) -> Result<Area, ImportError> {
        name.parse()
            .map_err(|error| ImportError::row(self.source.row, "areas", format!("{error}")))
    }

    fn finish(mut self) -> Result<Translated, ImportError> {
        let SourceRow { row, code, seq, .. } = *self.source;
        // A line states the quantities on which its duties are, also where the publisher's statistics ask for others.
        let needed: BTreeSet<UnitCode> = needed(&self.line);
        self.line.units.extend(needed);
        self.line.units.sort();
        self.line.units.dedup();
        self.line.arrange();
        let mut entries = vec![(RowKey::Line(code, seq), "line", Entry::Line(self.line))];
        if !self.source.description.is_empty() {
            let language = "en"
                .parse()
                .map_err(|error| ImportError::row(row, "language", format!("{error}")))?;
            let description = Entry::Description(self.source.description.clone());
            entries.push((RowKey::Description(code, seq, language), "description", description));
        }
        let notes = self.notes.into_iter();
        entries.extend(notes.map(|(id, text)| (RowKey::Note(id), "footnotes", Entry::Note(text))));
        let rows = entries.into_iter().map(|(key, column, entry)| {
            Row::new(key, entry).map_err(|error| ImportError::refused(Place::Row(row), column, &error))
        });
        Ok(Translated {
            rows: rows.collect::<Result<_, _>>()?,
            by_text: self.by_text,
            left_out: self.left_out,
        })
    }
}

/// The units of the goods as a whole that the duties of a line need.
fn needed(line: &TariffLine) -> BTreeSet<UnitCode> {
    let duties = line.measures.iter().flat_map(Measure::expressions);
    let needed = duties.flat_map(Expression::quantities);
    needed
        .filter(|needed| needed.component.is_none() && needed.on.is_none())
        .map(|needed| needed.unit)
        .collect()
}

fn countries(codes: &[CountryCode]) -> Vec<Area> {
    codes.iter().copied().map(Area::Country).collect()
}

/// The groups that rows name.
pub(super) fn groups_of<'r>(rows: impl IntoIterator<Item = &'r Row>) -> BTreeSet<ewtp_tariff::row::GroupId> {
    let lines = rows.into_iter().filter_map(|row| match row.entry() {
        Entry::Line(line) => Some(line),
        _ => None,
    });
    let areas = lines
        .flat_map(|line| &line.measures)
        .flat_map(|measure| measure.areas.iter().chain(&measure.except));
    let groups = areas.filter_map(|area| match area {
        Area::Group(group) => Some(*group),
        Area::Country(_) => None,
    });
    groups.collect()
}

/// The rows of the groups that these rows name.
pub(super) fn group_rows(rows: &[Row]) -> Result<Vec<Row>, ImportError> {
    programme::rows(&groups_of(rows)).map_err(|error| ImportError::refused(Place::Nowhere, "special", &error))
}
