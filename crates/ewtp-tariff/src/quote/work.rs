//! The steps of a quote, one after the other.

use super::consignment::{is_waived, sum};
use super::{
    Alternative, Area, Belongs, Candidate, Charge, Choice, Computed, Duty, Exact, Expression, Found, Gap, Goods, Line,
    Need, NeedsPerson, Paper, Possible, Quote, QuoteError, QuoteLine, Reason, Reliefs, RowKey, Sign, Step, Term, Trail,
    Winner, Work, as_earlier, choose, compute, duty, gap, is_customs_duty, outcomes, rounded, winner,
};
use crate::{Inputs, REFERENCES_MAX};
use ewtp_record::edition::MeasureKind;
use std::borrow::Cow;

impl<'w, 'a> Work<'w, 'a> {
    pub(super) fn new(goods: &'w Goods<'a>, trail: &'w Trail<'a>, reliefs: Reliefs<'a>) -> Self {
        let open = reliefs.open.iter().map(|unsettled| NeedsPerson {
            kind: None,
            reason: unsettled.reason.clone(),
            row: unsettled.row,
        });
        let quote = Quote {
            lines: Vec::new(),
            alternatives: Vec::new(),
            requirements: Vec::new(),
            units: Vec::new(),
            needs_person: open.collect(),
            currency: goods.edition.currency,
            sum: 0,
            is_waived: false,
        };
        Self {
            goods,
            trail,
            reliefs,
            quote,
        }
    }

    pub(super) fn take(
        &mut self,
        step: Step<'_, 'a>,
        line: &RowKey,
        inputs: &mut Inputs<'_>,
    ) -> Result<(), QuoteError> {
        match step {
            Step::Relief(granted, kind) => {
                let area = match self.goods.belongs(&granted.relief.areas, &granted.relief.except)? {
                    Belongs::Area(area) => Some(area),
                    _ => None,
                };
                let due = Due {
                    charge: Charge::Relief(granted.id, kind),
                    area,
                    expression: &granted.relief.duty,
                    row: granted.key,
                };
                let computed = compute(self.goods, self.trail, inputs, due.expression)?;
                self.charge(due, computed, inputs)
            }
            Step::Customs(duties) => self.customs(&duties, line, inputs),
            Step::Measures(kind, measures) => self.measures(kind, &measures, inputs),
            Step::Elsewhere(open) => {
                let to = self.goods.request.to.clone();
                self.open(Some(open.kind), Reason::Member(to), open.row, inputs);
                Ok(())
            }
        }
    }

    // spec: quote R11
    fn customs(&mut self, duties: &[Found<'a>], line: &RowKey, inputs: &mut Inputs<'_>) -> Result<(), QuoteError> {
        let Choice { chosen, others } = choose(self.goods, self.trail, inputs, duties)?;
        let mut least = None;
        match chosen {
            Ok(None) => self.open(None, Reason::NoDuty, *line, inputs),
            Err((kind, reason, row)) => self.open(Some(kind), reason, row, inputs),
            Ok(Some(candidate)) => {
                least = candidate.duty.amount.clone().ok();
                self.due(&candidate.found, candidate.duty, inputs)?;
            }
        }
        others
            .into_iter()
            .try_for_each(|other| self.alternative(other, least.as_ref()))
    }

    /// Keeps another duty in mind that is less, or may be.
    fn alternative(&mut self, other: Candidate<'_>, least: Option<&Exact>) -> Result<(), QuoteError> {
        let Candidate {
            found,
            duty,
            mut lacking,
        } = other;
        let Duty {
            expression,
            amount,
            others,
            ..
        } = duty;
        let Some(expression) = expression else { return Ok(()) };
        let kind = found.measure.kind;
        if let Belongs::Unknown(group) = found.belongs {
            lacking.push(Need::Person(Reason::Membership(group)));
        }
        if let Ok(amount) = &amount {
            // Of a duty that is dearer itself another may be possible that is not.
            let least = least.map_or(amount, |least| least.min(amount));
            for mut other in others {
                other.needs.splice(0..0, lacking.iter().cloned());
                self.otherwise(&found, other, least)?;
            }
        }
        let is_dearer = least.is_some_and(|least| amount.as_ref().is_ok_and(|amount| amount >= least));
        if is_dearer {
            return Ok(());
        }
        if let Err(Gap::Person(reason)) = &amount {
            lacking.push(Need::Person(reason.clone()));
        }
        let amount = amount
            .ok()
            .map(|amount| rounded(self.goods, kind, &amount))
            .transpose()?;
        self.quote.alternatives.push(Alternative {
            charge: Charge::Measure(kind),
            area: found.area(),
            expression: expression.clone(),
            amount,
            needs: lacking,
            row: found.key,
        });
        Ok(())
    }

    /// A measure that counts: what else it could be, and its amount.
    fn due(&mut self, found: &Found<'a>, duty: Duty<'a>, inputs: &mut Inputs<'_>) -> Result<(), QuoteError> {
        let Duty {
            expression,
            amount,
            rows,
            others,
        } = duty;
        let kind = found.measure.kind;
        let (Some(expression), Ok(least)) = (expression, &amount) else {
            return amount.map_or_else(|gap| self.gap(kind, gap, found.key, inputs), |_| Ok(()));
        };
        for other in others {
            self.otherwise(found, other, least)?;
        }
        let due = Due {
            charge: Charge::Measure(kind),
            area: found.area(),
            expression,
            row: found.key,
        };
        self.charge(due, (amount, rows), inputs)
    }

    /// What a measure would say if something were stated or given, where that is less.
    fn otherwise(&mut self, found: &Found<'_>, other: Possible<'_>, least: &Exact) -> Result<(), QuoteError> {
        let Possible {
            expression,
            amount,
            needs,
            ..
        } = other;
        let Some(amount) = amount.ok().filter(|amount| amount < least) else {
            return Ok(());
        };
        let kind = found.measure.kind;
        self.quote.alternatives.push(Alternative {
            charge: Charge::Measure(kind),
            area: found.area(),
            expression: expression.clone(),
            amount: Some(rounded(self.goods, kind, &amount)?),
            needs,
            row: found.key,
        });
        Ok(())
    }

    fn measures(
        &mut self,
        kind: MeasureKind,
        measures: &[&Found<'a>],
        inputs: &mut Inputs<'_>,
    ) -> Result<(), QuoteError> {
        let found = match winner(self.goods, measures)? {
            Winner::None => return Ok(()),
            Winner::Person(reason, row) => {
                self.open(Some(kind), reason, row, inputs);
                return Ok(());
            }
            Winner::One(found) => found.clone(),
        };
        if is_barrier(kind) {
            return self.barrier(kind, &found, inputs);
        }
        self.papers_of(&found);
        let duty = duty(self.goods, self.trail, inputs, found.measure)?;
        self.due(&found, duty, inputs)
    }

    /// Something that may not come in, or not without a licence, unless a condition lifts that.
    // spec: quote R16
    fn barrier(&mut self, kind: MeasureKind, found: &Found<'_>, inputs: &mut Inputs<'_>) -> Result<(), QuoteError> {
        let outcomes = match outcomes(self.goods, found.measure)? {
            Ok(outcomes) => outcomes,
            Err(error) => return self.gap(kind, gap(self.trail, error), found.key, inputs),
        };
        let mut possible = outcomes.iter().filter(|outcome| !outcome.lacks_document);
        if possible.all(|outcome| outcome.expression.is_some()) {
            return Ok(());
        }
        if kind == MeasureKind::Prohibition {
            self.open(Some(kind), Reason::Prohibited, found.key, inputs);
            return Ok(());
        }
        self.papers_of(found);
        if found.measure.documents.is_empty() {
            self.paper(None, false, found);
        }
        Ok(())
    }

    fn papers_of(&mut self, found: &Found<'_>) {
        for code in &found.measure.documents {
            let is_given = self.goods.request.documents.contains(code);
            self.paper(Some(*code), is_given, found);
        }
    }

    fn paper(&mut self, document: Option<crate::row::NationalCode>, is_given: bool, found: &Found<'_>) {
        let note = found.measure.note;
        self.quote.requirements.push(Paper {
            document,
            is_given,
            is_unsure: false,
            note,
            row: found.key,
        });
    }

    /// The papers that the lines of the goods ask for.
    // spec: quote R16
    pub(super) fn papers(&mut self, lines: &[Line<'_>]) -> Result<(), QuoteError> {
        for line in lines {
            for requirement in &line.line.requirements {
                let belongs = self.goods.belongs(&requirement.areas, &[])?;
                if belongs == Belongs::No {
                    continue;
                }
                self.quote.requirements.push(Paper {
                    document: Some(requirement.document),
                    is_given: self.goods.request.documents.contains(&requirement.document),
                    is_unsure: matches!(belongs, Belongs::Unknown(_)),
                    note: requirement.note,
                    row: line.key,
                });
            }
        }
        Ok(())
    }

    /// Leaves an amount to a person, and each that counts it.
    // spec: quote R15
    fn open(&mut self, kind: Option<MeasureKind>, reason: Reason, row: RowKey, inputs: &mut Inputs<'_>) {
        self.quote.needs_person.push(NeedsPerson { kind, reason, row });
        match kind {
            Some(kind) if is_barrier(kind) => {}
            Some(kind) if !is_customs_duty(kind) => inputs.earlier.open(kind),
            // Which of the duties of customs it would be is open with the amount; so it is of a line without one.
            _ => {
                let duties = MeasureKind::ALL.iter().filter(|kind| is_customs_duty(**kind));
                duties.for_each(|kind| inputs.earlier.open(*kind));
            }
        }
    }

    fn gap(&mut self, kind: MeasureKind, gap: Gap, row: RowKey, inputs: &mut Inputs<'_>) -> Result<(), QuoteError> {
        match gap {
            Gap::Person(reason) => self.open(Some(kind), reason, row, inputs),
            Gap::Missing(missing) => {
                return Err(QuoteError::Missing {
                    needing: Some(kind),
                    missing,
                });
            }
        }
        Ok(())
    }

    /// Rounds one amount, and keeps it for those that come later.
    // spec: quote R14
    fn charge(&mut self, due: Due<'_>, computed: Computed, inputs: &mut Inputs<'_>) -> Result<(), QuoteError> {
        let Due {
            charge,
            area,
            expression,
            row,
        } = due;
        let kind = charge.kind();
        let (amount, mut rows) = computed;
        let exact = match amount {
            Ok(exact) => exact,
            Err(missing) => return self.gap(kind, missing, row, inputs),
        };
        let amount = rounded(self.goods, kind, &exact)?;
        rows.push(row);
        if let Some(Area::Group(group)) = area {
            rows.push(RowKey::Group(group));
        }
        rows.sort_unstable();
        rows.dedup();
        let (base, rate) = percentage(expression, inputs).map_or((None, None), |(base, rate)| (Some(base), Some(rate)));
        let earlier = as_earlier(self.goods, kind, &exact, amount);
        self.quote.lines.push(QuoteLine {
            charge,
            area,
            base,
            rate,
            exact,
            amount,
            is_per_consignment: expression.is_per_consignment(),
            expression: expression.clone(),
            rows,
        });
        inputs.earlier.add(kind, &earlier);
        Ok(())
    }

    // spec: quote R15
    pub(super) fn finished(mut self) -> Result<Quote, QuoteError> {
        for (granted, needs) in std::mem::take(&mut self.reliefs.possible) {
            self.quote.alternatives.push(Alternative {
                charge: Charge::Relief(granted.id, MeasureKind::Mfn),
                area: None,
                expression: granted.relief.duty.clone(),
                amount: None,
                needs,
                row: granted.key,
            });
        }
        self.quote.sum = sum(self.goods.edition, &self.quote.lines)?;
        self.quote.is_waived = is_waived(self.goods.edition, self.quote.sum);
        Ok(self.quote)
    }
}

/// Something that is due, before it is rounded.
#[derive(Clone, Copy)]
struct Due<'e> {
    charge: Charge,
    area: Option<Area>,
    expression: &'e Expression,
    row: RowKey,
}

/// Whether measures of this kind are no amounts, so that no base counts them.
// spec: quote R15
const fn is_barrier(kind: MeasureKind) -> bool {
    matches!(kind, MeasureKind::Prohibition | MeasureKind::Licence)
}

/// Base and rate of a duty that is one percentage, or leads to one by references alone.
// spec: quote R14
fn percentage(expression: &Expression, inputs: &Inputs<'_>) -> Option<(Exact, Exact)> {
    let mut expression = Cow::Borrowed(expression);
    for _ in 0..=REFERENCES_MAX {
        let meant = match expression.terms() {
            [(Sign::Plus, Term::Percent { rate, base })] => return Some((inputs.base(base).ok()?, rate.clone())),
            [(Sign::Plus, Term::Duty(reference))] => (inputs.duty)(*reference, Sign::Plus).ok()?,
            _ => return None,
        };
        expression = meant;
    }
    None
}
