//! What an import understood, and what it did not.

use ewtp_record::edition::MeasureKind;
use ewtp_tariff::row::Measure;
use ewtp_tariff::{Expression, LineCode};
use serde::{Serialize, Serializer};
use std::collections::BTreeMap;

/// What was understood of a file, with the rows where it was not. As JSON: `ewtp.tariff-report/1`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Report {
    schema: Schema,
    /// Rows of the file.
    pub rows: u64,
    /// Lines of the schedule with a duty in chapters 1 to 97, by what their general duty says.
    pub general: Share,
    /// Lines with a duty in chapters 1 to 97, by whether anything at all in them needs a person; the line of all goods is beside
    /// them.
    pub whole: Share,
    /// Measures of the line of all goods, by whether they are computed. While one is not, goods of the origins that it names have
    /// no total, whatever their own line says.
    pub of_all_goods: Share,
    /// Measures by kind: how many, and how many of them are computed.
    pub measures: BTreeMap<String, Share>,
    /// Duties that the file says in words, in the order of the rows.
    pub by_text: Vec<ByText>,
    /// What of the file is not in the schedule as a value, in the order of the rows; its text is in a note.
    pub left_out: Vec<LeftOut>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Schema;

impl Serialize for Schema {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str("ewtp.tariff-report/1")
    }
}

/// A part of a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Share {
    /// Of how many.
    pub of: u64,
    /// Those that are computed without a person.
    pub computed: u64,
}

impl Share {
    pub(crate) fn count(&mut self, is_computed: bool) {
        self.of += 1;
        self.computed += u64::from(is_computed);
    }

    /// Hundredths of a percent, rounded down: 9930 is 99.30 %. All of nothing is all.
    #[must_use]
    pub fn basis_points(&self) -> u64 {
        (self.computed * 10_000).checked_div(self.of).unwrap_or(10_000)
    }
}

/// A duty that only a person can tell.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ByText {
    /// The row of the file, from 1; in the plain format the line.
    pub row: u64,
    /// The code of its line.
    pub code: String,
    /// The column.
    pub column: &'static str,
    /// What it says.
    pub text: String,
    /// Why it is not computed.
    pub reason: String,
}

/// Something that is not in the schedule as a value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LeftOut {
    /// The row of the file, from 1; in the plain format the line.
    pub row: u64,
    /// The code of its line.
    pub code: String,
    /// The column.
    pub column: &'static str,
    /// What it says.
    pub text: String,
    /// Why it was left out.
    pub reason: String,
}

impl Report {
    /// Counts a line of the schedule.
    pub(crate) fn count(&mut self, code: LineCode, measures: &[Measure]) {
        let is_computed = |measure: &Measure| measure.expressions().all(Expression::is_computable);
        for measure in measures {
            let share = self.measures.entry(measure.kind.to_string()).or_default();
            share.count(is_computed(measure));
        }
        if code == LineCode::all_goods() {
            measures
                .iter()
                .for_each(|measure| self.of_all_goods.count(is_computed(measure)));
            return;
        }
        if code.as_str() >= "98" || measures.is_empty() {
            return;
        }
        self.whole.count(measures.iter().all(is_computed));
        // The duty for everyone whom no other names.
        let mut general = measures
            .iter()
            .filter(|measure| measure.kind == MeasureKind::Mfn && measure.areas.is_empty());
        if let Some(first) = general.next() {
            self.general.count(is_computed(first) && general.all(is_computed));
        }
    }

    pub(crate) fn of_rows(rows: u64) -> Self {
        Self {
            schema: Schema,
            rows,
            general: Share::default(),
            whole: Share::default(),
            of_all_goods: Share::default(),
            measures: BTreeMap::new(),
            by_text: Vec::new(),
            left_out: Vec::new(),
        }
    }
}
