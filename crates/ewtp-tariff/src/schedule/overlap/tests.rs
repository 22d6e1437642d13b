use super::*;
use crate::Row;
use crate::row::{Area, Entry, Validity};
use proptest::collection::{btree_set, vec};
use proptest::prelude::*;
use proptest::sample::select;

/// What the rule says, word for word: each against each.
fn plain(lines: &[Line<'_>]) -> Result<(), ScheduleError> {
    for (index, (key, _, line)) in lines.iter().enumerate() {
        for (at, measure) in line.measures.iter().enumerate() {
            refuse_collision(measure, &line.measures[at + 1..]).map_err(|fault| fault.of(**key))?;
        }
        for (key, _, later) in &lines[index + 1..] {
            check_lines(line, later).map_err(|fault| fault.of(**key))?;
        }
    }
    Ok(())
}

fn check_lines(line: &TariffLine, later: &TariffLine) -> Result<(), ScheduleFault> {
    if !line.validity.overlaps(&later.validity) {
        return Ok(());
    }
    if line.is_declarable && later.is_declarable {
        return Err(ScheduleFault::Twice);
    }
    let mut measures = line.measures.iter();
    measures.try_for_each(|measure| refuse_collision(measure, &later.measures))
}

fn refuse_collision(measure: &Measure, others: &[Measure]) -> Result<(), ScheduleFault> {
    match others.iter().find(|other| collides(measure, other)) {
        Some(other) => Err(ScheduleFault::Overlap(other.kind)),
        None => Ok(()),
    }
}

/// Whether two measures are for the same goods on the same day.
fn collides(left: &Measure, right: &Measure) -> bool {
    left.kind == right.kind
        && left.stack == right.stack
        && left.validity.overlaps(&right.validity)
        && share(&left.areas, &right.areas)
        && share(&left.regimes, &right.regimes)
        && left.additional_code == right.additional_code
        && left.quota == right.quota
        && left.agreement == right.agreement
        && left.documents == right.documents
}

/// Whether two ascending lists have an entry in common, or both none.
fn share<T: Ord>(left: &[T], right: &[T]) -> bool {
    let is_shared = left.iter().any(|entry| right.binary_search(entry).is_ok());
    is_shared || (left.is_empty() && right.is_empty())
}

fn day(day: u32) -> Date {
    Date::from_days(20_000 + u64::from(day)).unwrap()
}

fn validity() -> impl Strategy<Value = Validity> {
    let ends = (prop::option::of(0_u32..9), prop::option::of(0_u32..4));
    ends.prop_map(|(from, length)| Validity {
        from: from.map(day),
        to: length.map(|length| day(from.unwrap_or(0) + length)),
    })
}

/// Few kinds, areas and regimes, so that many measures nearly collide.
fn measure() -> impl Strategy<Value = Measure> {
    let kind = select(vec![MeasureKind::Mfn, MeasureKind::Levy]);
    let areas = btree_set(select(vec!["CN", "AU", "KE", "us-S", "us-SG"]), 0..3);
    let regimes = btree_set(select(vec!["CN:1", "CN:2", "EU:4000"]), 0..3);
    let stack = prop::option::weighted(0.5, 1_u16..4);
    let documents = btree_set(select(vec!["N1", "N2"]), 0..2);
    (kind, areas, regimes, stack, documents, validity()).prop_map(
        |(kind, areas, regimes, stack, documents, validity)| Measure {
            areas: areas.iter().map(|area| area.parse().unwrap()).collect(),
            regimes: regimes.iter().map(|regime| regime.parse().unwrap()).collect(),
            documents: documents.iter().map(|code| code.parse().unwrap()).collect(),
            stack,
            validity,
            ..Measure::of(kind, "5%".parse().ok())
        },
    )
}

fn tariff_line() -> impl Strategy<Value = TariffLine> {
    (vec(measure(), 0..5), prop::bool::weighted(0.2), validity()).prop_map(|(measures, is_declarable, validity)| {
        let mut line = TariffLine {
            is_declarable,
            validity,
            measures,
            ..TariffLine::default()
        };
        line.arrange();
        line
    })
}

fn keyed(lines: Vec<TariffLine>) -> PageTrees {
    let code: LineCode = "6109".parse().unwrap();
    let rows = (1..).zip(lines).map(|(seq, mut line)| {
        line.arrange();
        Row::new(RowKey::Line(code, seq), Entry::Line(line)).unwrap()
    });
    PageTrees::of(rows).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn sorting_finds_what_comparing_each_with_each_finds(lines_said in vec(tariff_line(), 1..6)) {
        let trees = keyed(lines_said);
        let all: Vec<_> = lines(&trees).collect();
        let saying: Vec<_> = all.iter().filter(|line| line.2.is_declarable || !line.2.measures.is_empty()).copied().collect();
        prop_assert_eq!(check(&trees), plain(&saying));
    }
}

/// Lines of one code, each with 16 levies for groups of its own.
fn crowd(lines: usize) -> Vec<TariffLine> {
    let areas = |first: usize| (first..first + 40).map(|area| format!("g{area:05}").parse::<Area>().unwrap());
    let line = |line: usize| TariffLine {
        measures: (0..16)
            .map(|at| Measure {
                areas: areas((line * 16 + at) * 40).collect(),
                ..Measure::of(MeasureKind::Levy, "5%".parse().ok())
            })
            .collect(),
        ..TariffLine::default()
    };
    (0..lines).map(line).collect()
}

/// Each against each, 64 lines would take 512 times 512 times 1600 comparisons.
#[test]
fn a_crowd_of_measures_is_looked_at_area_by_area() {
    for (count, areas) in [(8, 8 * 16 * 40), (64, 64 * 16 * 40)] {
        let trees = keyed(crowd(count));
        let all: Vec<_> = lines(&trees).collect();
        let code = Code::of(&all);
        let mut sweep = Sweep::of(|left, right| code.meet(left, right));
        assert_eq!((sweep.collision(&code.said), sweep.steps), (None, areas));
        assert_eq!(check(&trees), Ok(()));
    }
}

#[test]
fn more_measures_of_one_code_than_a_quote_looks_at_are_refused() {
    let mut lines = crowd(64);
    assert_eq!(check(&keyed(lines.clone())), Ok(()));
    lines[40]
        .measures
        .push(Measure::of(MeasureKind::Vat, "5%".parse().ok()));
    let error = check(&keyed(lines)).unwrap_err();
    assert_eq!(
        (error.row.to_string(), error.code()),
        ("line 6109 (64)".to_owned(), "too-many-measures")
    );
}
