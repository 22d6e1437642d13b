//! On one day a line says one thing of the same goods.
//!
//! What could collide is brought together by sorting: by what it is for, then by area, regime and first day. So a thousand
//! measures cost a few thousand steps, where each against each would cost a million.
// spec: tariff-row R15

use super::{ScheduleError, ScheduleFault, Spot, lines};
use crate::page::PageTrees;
use crate::row::{Measure, Purpose, TariffLine};
use crate::{LineCode, RowKey};
use ewtp_record::Date;
use ewtp_record::edition::MeasureKind;
use std::collections::BTreeMap;

/// How many lines of one code say something, at different times.
const LINES_MAX: usize = 64; // each is held against each other
/// How many measures the lines of one code have together: as many as a quote looks at.
const MEASURES_MAX: usize = 1_024; // four full lines; the most of a published schedule are below a hundred

/// A line with its key, and the code both have.
type Line<'row> = (&'row RowKey, LineCode, &'row TariffLine);

/// Refuses two lines of one code that could be declared on one day, and two measures of which nobody could say which is
/// due.
// spec: tariff-row R15
pub(super) fn check(trees: &PageTrees) -> Result<(), ScheduleError> {
    let lines: Vec<_> = lines(trees).collect();
    lines.chunk_by(|left, right| left.1 == right.1).try_for_each(check_code)
}

/// The two measures that collide, or the two lines under both of which goods are declared.
pub(super) fn spots(trees: &PageTrees, error: &ScheduleError) -> Vec<Spot> {
    let RowKey::Line(code, _) = error.row else {
        return Vec::new();
    };
    let of_code = lines(trees).filter(|(_, other, line)| *other == code && says(line));
    let lines: Vec<_> = of_code.collect();
    let code = Code::of(&lines);
    let at_row = lines.iter().position(|(key, ..)| **key == error.row);
    let mut pairs = at_row
        .into_iter()
        .flat_map(|later| (0..=later).map(move |line| (line, later)));
    let row = |line: usize| Spot::Row(*lines[line].0);
    let found = match error.fault {
        ScheduleFault::Twice => {
            let twice = pairs.find(|(line, later)| line != later && code.is_twice(*line, *later));
            twice.map(|(line, later)| [row(line), row(later)])
        }
        _ => pairs.find_map(|(line, later)| code.colliding(line, later)),
    };
    found.map_or_else(Vec::new, Vec::from)
}

/// Whether a line says something of its goods, so that a long run of bare texts below a heading costs nothing.
const fn says(line: &TariffLine) -> bool {
    line.is_declarable || !line.measures.is_empty()
}

/// The lines with one code: most often one line.
fn check_code(lines: &[Line<'_>]) -> Result<(), ScheduleError> {
    let saying: Vec<_> = lines.iter().filter(|(_, _, line)| says(line)).copied().collect();
    if let Some((key, ..)) = saying.get(LINES_MAX) {
        return Err(ScheduleFault::Count.of(**key));
    }
    let mut measures = 0;
    for (key, _, line) in &saying {
        measures += line.measures.len();
        if measures > MEASURES_MAX {
            return Err(ScheduleFault::Measures.of(**key));
        }
    }
    let code = Code::of(&saying);
    // Which lines it is takes longer to say, and is asked once for a schedule.
    if code.is_sound() { Ok(()) } else { code.first_fault() }
}

/// The lines with one code, and what they say, by what it is for.
struct Code<'row> {
    lines: &'row [Line<'row>],
    said: Vec<Said<'row>>,
}

/// A measure, and which of the lines says it.
#[derive(Clone, Copy)]
struct Said<'row> {
    line: usize,
    measure: &'row Measure,
    purpose: Purpose<'row>,
}

impl<'row> Code<'row> {
    fn of(lines: &'row [Line<'row>]) -> Self {
        let said = lines.iter().enumerate().flat_map(|(index, (_, _, line))| {
            line.measures.iter().map(move |measure| Said {
                line: index,
                measure,
                purpose: measure.purpose(),
            })
        });
        let mut said: Vec<_> = said.collect();
        said.sort_by_key(|said| said.purpose);
        Self { lines, said }
    }

    /// Whether the two lines, which may be one, hold on a common day.
    fn meet(&self, left: usize, right: usize) -> bool {
        let validity = |line: usize| self.lines[line].2.validity;
        left == right || validity(left).overlaps(&validity(right))
    }

    fn is_sound(&self) -> bool {
        let mut sweep = Sweep::of(|left, right| self.meet(left, right));
        let mut pairs = (0..self.lines.len()).flat_map(|later| (0..later).map(move |line| (line, later)));
        !pairs.any(|(line, later)| self.is_twice(line, later)) && sweep.collision(&self.said).is_none()
    }

    /// Whether goods could be declared under both lines on one day.
    fn is_twice(&self, line: usize, later: usize) -> bool {
        self.lines[line].2.is_declarable && self.lines[later].2.is_declarable && self.meet(line, later)
    }

    /// The first line that says two things, by itself or with a line before it.
    fn first_fault(&self) -> Result<(), ScheduleError> {
        for line in 0..self.lines.len() {
            self.check_pair(line, line)?;
            (line + 1..self.lines.len()).try_for_each(|later| self.check_pair(line, later))?;
        }
        Ok(())
    }

    /// The first two measures of these lines, one of each, of which nobody could say which is due.
    fn colliding(&self, line: usize, later: usize) -> Option<[Spot; 2]> {
        let of = |line: usize| self.said.iter().filter(move |said| said.line == line);
        let is_same = |left: &Said<'_>, right: &Said<'_>| std::ptr::eq(left.measure, right.measure);
        let spot = |said: &Said<'_>| {
            let (key, _, line) = self.lines[said.line];
            let index = line
                .measures
                .iter()
                .position(|measure| std::ptr::eq(measure, said.measure));
            index.map_or(Spot::Row(*key), |index| Spot::Measure(*key, index))
        };
        let collide = |left: &Said<'_>, right: &Said<'_>| {
            let mut sweep = Sweep::of(|left, right| self.meet(left, right));
            !is_same(left, right) && sweep.collision(&[*left, *right]).is_some()
        };
        of(line).find_map(|left| {
            let right = of(later).find(|right| collide(left, right))?;
            Some([spot(left), spot(right)])
        })
    }

    fn check_pair(&self, line: usize, later: usize) -> Result<(), ScheduleError> {
        let key = self.lines[later].0;
        if line != later && self.is_twice(line, later) {
            return Err(ScheduleFault::Twice.of(*key));
        }
        let of_both = self.said.iter().filter(|said| said.line == line || said.line == later);
        let of_both: Vec<_> = of_both.copied().collect();
        let mut sweep = Sweep::of(|left, right| (left == right) == (line == later) && self.meet(left, right));
        match sweep.collision(&of_both) {
            Some(kind) => Err(ScheduleFault::Overlap(kind).of(*key)),
            None => Ok(()),
        }
    }
}

/// A search for two measures of which nobody could say which is due.
struct Sweep<Meet> {
    /// Whether measures of these two lines can collide.
    meet: Meet,
    /// How many measures, areas and regimes were looked at: what the search costs.
    steps: usize,
}

impl<Meet: Fn(usize, usize) -> bool> Sweep<Meet> {
    fn of(meet: Meet) -> Self {
        Self { meet, steps: 0 }
    }

    /// The kind of the first collision, of measures that are sorted by what they are for.
    fn collision(&mut self, said: &[Said<'_>]) -> Option<MeasureKind> {
        let mut alike = said.chunk_by(|left, right| left.purpose == right.purpose);
        alike.find_map(|alike| self.on_one_day(alike).then(|| alike[0].purpose.kind))
    }

    /// Whether two of these are for one area and one regime on one day.
    fn on_one_day(&mut self, alike: &[Said<'_>]) -> bool {
        self.among(
            alike,
            |measure| &measure.areas,
            |sweep, area| sweep.among(area, |measure| &measure.regimes, Self::days),
        )
    }

    /// Whether it is found among those that name one entry of their lists, or among those that name none.
    fn among<'row, T: Ord + 'row>(
        &mut self,
        said: &[Said<'row>],
        list: impl Fn(&'row Measure) -> &'row Vec<T>,
        is_found: impl Fn(&mut Self, &[Said<'row>]) -> bool,
    ) -> bool {
        if said.len() < 2 {
            return false;
        }
        let mut named: Vec<(Option<&T>, Said<'row>)> = Vec::new();
        for one in said {
            let entries = list(one.measure);
            named.extend(entries.is_empty().then_some((None, *one)));
            named.extend(entries.iter().map(|entry| (Some(entry), *one)));
        }
        self.steps += named.len();
        named.sort_by_key(|(entry, _)| *entry);
        let mut cells = named.chunk_by(|left, right| left.0 == right.0);
        cells.any(|cell| {
            let cell: Vec<_> = cell.iter().map(|(_, said)| *said).collect();
            is_found(self, &cell)
        })
    }

    /// Whether two of these hold on one day: each begins after what came before has ended, line by line.
    fn days(&mut self, said: &[Said<'_>]) -> bool {
        let mut by_day = said.to_vec();
        by_day.sort_by_key(|said| said.measure.validity.from);
        let mut ends: BTreeMap<usize, LastDay> = BTreeMap::new();
        for said in by_day {
            let validity = said.measure.validity;
            self.steps += ends.len();
            let is_running = |end: &LastDay| validity.from.is_none_or(|from| LastDay::On(from) <= *end);
            if ends
                .iter()
                .any(|(line, end)| is_running(end) && (self.meet)(*line, said.line))
            {
                return true;
            }
            let end = validity.to.map_or(LastDay::Never, LastDay::On);
            let last = ends.entry(said.line).or_insert(end);
            *last = end.max(*last);
        }
        false
    }
}

/// When something ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum LastDay {
    On(Date),
    Never,
}

#[cfg(test)]
mod tests;
