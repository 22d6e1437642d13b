//! Currencies in which a schedule states amounts, and for which it has no exchange rate: nobody can compute those.

use ewtp_record::Currency;
use ewtp_tariff::row::{Entry, Measure, Relief, When};
use ewtp_tariff::{Expression, PageTrees, RowKey};
use std::collections::BTreeMap;

/// Each currency beside its own in which a schedule states a duty, a condition or a limit, and for which no row gives a rate, with the
/// first row that does so. A quote whose duty or condition meets one needs a person (quote R5); one whose goods are held against such a limit of a
/// relief is refused with `no-exchange-rate`.
#[must_use]
pub fn without_rate(trees: &PageTrees, own: Currency) -> BTreeMap<Currency, RowKey> {
    let mut named = BTreeMap::new();
    for row in trees.rates.rows() {
        visit(row.entry(), &mut |currency| {
            named.entry(currency).or_insert_with(|| *row.key());
        });
    }
    for row in trees.rates.rows() {
        if let RowKey::Exchange(currency, _) = row.key() {
            named.remove(currency);
        }
    }
    named.remove(&own);
    named
}

fn visit(entry: &Entry, see: &mut impl FnMut(Currency)) {
    match entry {
        Entry::Line(line) => {
            for measure in &line.measures {
                measure.expressions().for_each(|duty| of_duty(duty, see));
                of_conditions(measure, see);
            }
        }
        Entry::Relief(relief) => of_relief(relief, see),
        _ => {}
    }
}

fn of_conditions(measure: &Measure, see: &mut impl FnMut(Currency)) {
    measure
        .conditions
        .iter()
        .for_each(|condition| of_when(&condition.when, see));
}

fn of_relief(relief: &Relief, see: &mut impl FnMut(Currency)) {
    relief.limit.iter().for_each(|limit| see(limit.currency));
    of_duty(&relief.duty, see);
    relief.conditions.iter().for_each(|when| of_when(when, see));
}

fn of_when(when: &When, see: &mut impl FnMut(Currency)) {
    if let When::Value { currency, .. } | When::UnitPrice { currency, .. } = when {
        see(*currency);
    }
}

fn of_duty(duty: &Expression, see: &mut impl FnMut(Currency)) {
    duty.currencies().into_iter().for_each(see);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(rows: &str) -> Vec<String> {
        let file = format!(
            "record,code,id,units,declarable,kind,duty,conditions,taxes,limit,basis,per,from,rate\n\
             line,2204.21,,LTR,yes,,,,,,,,,\n{rows}"
        );
        let trees = crate::plain::read(file.as_bytes()).unwrap().trees;
        let own = "MYR".parse().unwrap();
        let told = without_rate(&trees, own).into_iter();
        told.map(|(currency, row)| format!("{currency} in {row}")).collect()
    }

    #[test]
    fn a_duty_a_condition_and_a_limit_in_a_currency_without_a_rate_are_found() {
        assert_eq!(
            told("measure,2204.21,,,,mfn,\"max(5%, 2 USD/LTR)\",,,,,,,\n"),
            ["USD in line 220421"]
        );
        assert_eq!(
            told("measure,2204.21,,,,mfn,5%,value<100 EUR => free,,,,,,\n"),
            ["EUR in line 220421"]
        );
        assert_eq!(
            told("relief,,small,,,,free,,both,22.00 EUR,cif,consignment,,\n"),
            ["EUR in relief small"]
        );
    }

    #[test]
    fn the_own_currency_and_one_with_a_rate_are_not_told() {
        let rows = "measure,2204.21,,,,mfn,2 USD/LTR + 1 MYR/LTR,,,,,,,\nexchange,,USD,,,,,,,,,,2026-01-01,4.45\n";
        assert!(told(rows).is_empty());
    }

    #[test]
    fn the_template_has_a_rate_for_every_currency() {
        let trees = crate::plain::read(crate::plain::TEMPLATE.as_bytes()).unwrap().trees;
        assert_eq!(without_rate(&trees, "MYR".parse().unwrap()), BTreeMap::new());
    }
}
