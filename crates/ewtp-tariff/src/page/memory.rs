//! What a schedule takes in memory, known from its edition before a row of it is here.
//!
//! To decide whether to gather or to publish a schedule, call [`check_size`]: length in bytes alone says little, since a measure
//! of seven bytes becomes a value of three hundred.

use crate::Row;
use ewtp_record::Edition;
use ewtp_record::edition::{TreeSummary, Trees};
use thiserror::Error;

/// What a schedule may take in memory, in bytes as [`memory`] counts them.
///
/// The published schedule of the United States, with 75,000 rows, counts for a fifth of it, a national one of 12,000 lines for a
/// sixteenth. That of a union counts for three quarters: 20,000 lines with thirty measures each, in 8 MB, described in eight
/// languages.
pub const MEMORY_MAX: u64 = 1 << 30;

/// Why no node gathers a schedule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum TooLarge {
    /// Its pages have so many bytes.
    #[error("its rows have {0} bytes, and a node gathers at most {max}", max = Edition::SCHEDULE_BYTES_MAX)]
    Bytes(u64),
    /// It takes so many bytes of memory.
    #[error("its rows take {0} bytes of memory, and a node gathers what takes at most {MEMORY_MAX}")]
    Memory(u64),
}

/// Whether a node gathers a schedule of these trees, by what its edition says of them.
///
/// # Errors
/// [`TooLarge`], by what it is.
// spec: tariff-sync R10
pub fn check_size(trees: &Trees) -> Result<(), TooLarge> {
    let (bytes, memory) = (trees.bytes(), memory(trees));
    if bytes > Edition::SCHEDULE_BYTES_MAX {
        return Err(TooLarge::Bytes(bytes));
    }
    if memory > MEMORY_MAX {
        return Err(TooLarge::Memory(memory));
    }
    Ok(())
}

/// Bytes of memory for each row, beside what it says.
const ROW: u64 = 320;
/// For each byte of rates: a rate of four bytes, `, 1%`, becomes a term with a fraction of two numbers.
const RATES_BYTE: u64 = 80;
/// For each byte of texts and notes: as it came, as a text, and what lies unused beside it.
const TEXTS_BYTE: u64 = 3;

const _: () = assert!(
    size_of::<Row>() as u64 <= ROW,
    "a row is charged with less than it takes"
);

/// The most that a schedule of these trees takes in memory, in bytes, once its rows are read.
#[must_use]
pub const fn memory(trees: &Trees) -> u64 {
    let Trees { rates, texts, notes } = trees;
    of_tree(rates, RATES_BYTE) + of_tree(texts, TEXTS_BYTE) + of_tree(notes, TEXTS_BYTE)
}

/// A tree has at most 2^20 rows and 2^28 bytes (edition R7): far from the end of a `u64`; a summary that states more is
/// charged with the most there is.
const fn of_tree(tree: &TreeSummary, byte: u64) -> u64 {
    (tree.rows as u64 * ROW).saturating_add(tree.bytes.saturating_mul(byte))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::row::{Entry, Measure, TariffLine};
    use crate::{Expression, PageTrees, RowKey, Term};
    use ewtp_record::edition::MeasureKind;

    /// What the allocator keeps beside each piece of memory.
    const PIECE: usize = 16;

    /// What an expression takes beside itself; its numbers lie in place, short as they are.
    fn of_expression(expression: &Expression) -> usize {
        let of_term = |term: &Term| match term {
            Term::Min(of) | Term::Max(of) => {
                PIECE + of.capacity() * size_of::<Expression>() + of.iter().map(of_expression).sum::<usize>()
            }
            Term::Share { of, .. } | Term::Component { duty: of, .. } => {
                PIECE + size_of::<Expression>() + of_expression(of)
            }
            _ => 0,
        };
        let terms = expression.terms();
        PIECE + size_of_val(terms) + terms.iter().map(|(_, term)| of_term(term)).sum::<usize>()
    }

    fn of_measure(measure: &Measure) -> usize {
        let conditions = measure.conditions.capacity() * size_of_val(measure.conditions.as_slice()).max(1)
            / measure.conditions.len().max(1);
        let areas = (measure.areas.capacity() + measure.except.capacity()) * size_of::<crate::row::Area>();
        let documents = measure.documents.capacity() * size_of::<crate::row::NationalCode>();
        conditions + areas + documents + 4 * PIECE + measure.expressions().map(of_expression).sum::<usize>()
    }

    /// What a row takes, counted piece by piece.
    fn weight(row: &Row) -> u64 {
        let said = match row.entry() {
            Entry::Line(line) => {
                let own = line.measures.capacity() * size_of::<Measure>() + PIECE + line.units.capacity() * 4 + PIECE;
                own + line.measures.iter().map(of_measure).sum::<usize>()
            }
            Entry::Description(text) | Entry::Note(text) => text.capacity() + PIECE,
            _ => 0,
        };
        (size_of::<Row>() + said + row.bytes().len()) as u64
    }

    /// The charge and the weight of a schedule of these rows, read as they come from a peer.
    fn charge_and_weight(rows: Vec<Row>) -> (u64, u64) {
        let rows = rows.into_iter().map(|row| Row::decode(row.bytes().clone()).unwrap());
        let trees = PageTrees::of(rows).unwrap();
        (memory(&trees.summary()), trees.rows().map(weight).sum())
    }

    fn line(at: u32, measures: impl Iterator<Item = Measure>) -> Row {
        let mut line = TariffLine {
            measures: measures.collect(),
            ..TariffLine::default()
        };
        line.arrange();
        Row::new(
            RowKey::Line(format!("{:02}", at + 1).parse().unwrap(), 1),
            Entry::Line(line),
        )
        .unwrap()
    }

    fn stacked(kind: MeasureKind, duty: Option<&str>) -> impl Iterator<Item = Measure> {
        let duty: Option<Expression> = duty.map(|duty| duty.parse().unwrap());
        (24..255).map(move |stack| Measure {
            stack: Some(stack),
            ..Measure::of(kind, duty.clone())
        })
    }

    #[test]
    fn no_schedule_takes_more_than_it_is_charged_with() {
        let least = vec!["1%"; 31].join(", ");
        let least = format!("min({least})");
        let dense = [
            (MeasureKind::Prohibition, None),
            (MeasureKind::Mfn, Some("5%")),
            (MeasureKind::Mfn, Some("free")),
            (MeasureKind::Mfn, Some("1 USD")),
            (MeasureKind::Mfn, Some(least.as_str())),
            (MeasureKind::Mfn, Some("1% x (1% x (1% x (1%)))")),
        ];
        for (kind, duty) in dense {
            let lines = (0..32).map(|at| line(at, stacked(kind, duty)));
            let (charge, weight) = charge_and_weight(lines.collect());
            assert!(weight <= charge, "{kind} {duty:?}: {weight} of {charge}");
        }
        let note =
            |at: u32| Row::new(RowKey::Note(format!("n{at}").parse().unwrap()), Entry::Note("x".into())).unwrap();
        let (charge, weight) = charge_and_weight((0..256).map(note).collect());
        assert!(weight <= charge, "notes: {weight} of {charge}");
    }

    #[test]
    fn schedules_of_states_and_unions_fit_and_what_is_dense_or_long_does_not() {
        let tree = |rows, bytes| TreeSummary {
            pages: rows / 32 + 1,
            rows,
            bytes,
            ..TreeSummary::EMPTY
        };
        let trees = Trees {
            rates: tree(37_500, 2_000_000),
            texts: tree(37_500, 3_400_000),
            notes: tree(100, 100_000),
        };
        assert!(4 * memory(&trees) < MEMORY_MAX, "{}", memory(&trees));
        let of_union = Trees {
            rates: tree(20_000, 8_000_000),
            texts: tree(8 * 20_000, 15_000_000),
            notes: tree(1_000, 1_000_000),
        };
        assert_eq!(check_size(&of_union), Ok(()));
        let dense = Trees {
            rates: tree(1 << 20, 60 << 20),
            ..Trees::EMPTY
        };
        assert_eq!(check_size(&dense), Err(TooLarge::Memory(memory(&dense))));
        let long = Trees {
            notes: tree(1 << 11, Edition::SCHEDULE_BYTES_MAX),
            ..Trees::EMPTY
        };
        assert_eq!(check_size(&long), Ok(()));
        let longer = Trees {
            texts: tree(1, 1),
            ..long
        };
        assert_eq!(
            check_size(&longer),
            Err(TooLarge::Bytes(Edition::SCHEDULE_BYTES_MAX + 1))
        );
    }
}
