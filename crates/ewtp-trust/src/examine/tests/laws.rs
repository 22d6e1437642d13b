//! What holds for every log: findings depend on its content and on the chain, and not on when they were made.

use std::sync::Arc;

use ewtp_record::{Duty, Record};
use proptest::prelude::*;

use super::{at, logged, replace_log_key};
use crate::testing::{DAY, Hub, T0, code, net, spare_key};
use crate::{Authority, CharterChain, Finding, examine};

/// What a log may hold at an index, honest or not.
#[derive(Clone, Copy, Debug)]
enum Entry {
    Pulse,
    NewKeysPulse,
    Charter(usize),
    BrokenCharter(usize),
    OtherCharter,
    ForeignCharter,
}

fn entry() -> impl Strategy<Value = Entry> {
    prop_oneof![
        2 => Just(Entry::Pulse),
        2 => Just(Entry::NewKeysPulse),
        4 => (0_usize..4).prop_map(Entry::Charter),
        1 => (1_usize..4).prop_map(Entry::BrokenCharter),
        1 => Just(Entry::OtherCharter),
        1 => Just(Entry::ForeignCharter),
    ]
}

/// A hub with four charters, the second of which replaces the log key, and every entry of a log as a record.
fn log_of(entries: &[Entry]) -> (Hub, Vec<Record>) {
    let mut hub = Hub::new("MY");
    let other = hub.refresh(|plan| plan.display_name = "two-faced".to_owned());
    hub.refreshed(|_| {});
    replace_log_key(&mut hub, None);
    hub.refreshed(|_| {});
    let mut foreign = Hub::new("SG");
    let foreign = foreign.refreshed(|_| {});
    let record = |entry: &Entry| match *entry {
        Entry::Pulse => hub.pulse(T0.plus(DAY)),
        Entry::NewKeysPulse => hub.pulse_draft(T0.plus(DAY)).sign(&spare_key("MY", Duty::Log)).unwrap(),
        Entry::Charter(number) => hub.chain.records()[number].clone(),
        Entry::BrokenCharter(number) => {
            let mut bytes = hub.chain.records()[number].bytes().to_vec();
            *bytes.last_mut().unwrap() ^= 1;
            Record::decode(bytes.into()).unwrap()
        }
        Entry::OtherCharter => other.clone(),
        Entry::ForeignCharter => foreign.clone(),
    };
    let records = entries.iter().map(record).collect();
    (hub, records)
}

/// Judges the records from `from` on, as far as the chain reaches.
fn judge(hub: &Hub, records: &[Record], from: usize, authority: &mut Authority) -> Vec<Finding> {
    let judge_one = |(index, record): (usize, &Record)| {
        let _ = authority.note_charter(index as u64, record); // the finding says why when it gives no authority
        examine(record, at(hub, index as u64), authority)
    };
    records.iter().enumerate().skip(from).map_while(judge_one).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    /// Whoever starts again at any index, and learns the last charters at any time, finds what everyone finds.
    #[test]
    fn findings_are_equal_with_and_without_a_restart(
        entries in prop::collection::vec(entry(), 0..9), known in 1_usize..4,
    ) {
        let (hub, mut records) = log_of(&entries);
        records.insert(0, hub.chain.records()[0].clone());
        let whole = Arc::new(hub.chain.clone());
        let short = Arc::new(CharterChain::from_records(&hub.chain.records()[..known], &net()).unwrap());
        let log = hub.authority().log();
        let expected = judge(&hub, &records, 0, &mut Authority::new(log, Arc::clone(&whole)));
        prop_assert_eq!(expected.len(), records.len());
        let mut early = Authority::new(log, short);
        let mut found = judge(&hub, &records, 0, &mut early);
        prop_assert_eq!(&found[..], &expected[..found.len()], "a shorter chain says less, never something else");
        for stop in 0..=found.len() {
            let kept: Vec<_> = early.logged().iter().copied().filter(|(at, _)| *at < stop as u64).collect();
            let mut restored = Authority::restored(log, Arc::clone(&whole), kept);
            let rest = judge(&hub, &records, stop, &mut restored);
            prop_assert_eq!(&rest[..], &expected[stop..], "restarted at {}", stop);
        }
        early.set_chain(whole);
        found.extend(judge(&hub, &records, found.len(), &mut early));
        prop_assert_eq!(found, expected);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    /// Whether charters above the record were noted already changes nothing.
    #[test]
    fn a_finding_depends_on_what_lies_below_it_only(index in 1_u64..12, days in 0_u64..220) {
        let mut hub = Hub::new("MY");
        let record = hub.pulse(T0.plus(days * DAY));
        hub.refreshed(|_| {});
        hub.refreshed(|plan| plan.panel = vec![code("SG")]);
        let charters = [(0, 0), (4, 1), (8, 2)];
        let below: Vec<_> = charters.into_iter().filter(|(at, _)| *at < index).collect();
        let early = examine(&record, at(&hub, index), &logged(&hub, &below)).unwrap();
        let late = examine(&record, at(&hub, index), &logged(&hub, &charters)).unwrap();
        prop_assert_eq!(&early, &late);
        prop_assert_eq!(early.is_sound(), days <= 200);
    }
}
