use super::*;
use crate::chain::{Link, Place, place};
use crate::row::{Entry, Measure, TariffLine};
use crate::{Row, RowKey};
use ewtp_record::edition::MeasureKind;
use proptest::prelude::*;
use serde_json::json;
use std::collections::BTreeMap;

fn about(name: &str, territory: &str) -> About {
    let about = json!({
        "name": name, "territory": territory, "hs_edition": 2022, "nomenclature": "AHTN", "digits": 8, "in_force": "2026-01-01",
        "valuation": "cif", "currency": "MYR", "rounding": [{ "mode": "half-up", "step": 1, "per": "line" }], "languages": ["en"],
    });
    About::from_json(&about).unwrap()
}

/// Lines by their number, with a rate in percent.
fn rows(rates: &BTreeMap<u32, u32>) -> PageTrees {
    let line = |(code, rate): (&u32, &u32)| {
        let line = TariffLine {
            measures: vec![Measure::of(MeasureKind::Mfn, format!("{rate}%").parse().ok())],
            ..TariffLine::default()
        };
        let key = RowKey::Line(format!("{:06}", 100_000 + code).parse().unwrap(), 1);
        Row::new(key, Entry::Line(line)).unwrap()
    };
    PageTrees::of(rates.iter().map(line)).unwrap()
}

/// `count` lines, of which the first `raised` have 15 % and the others 10 %.
fn schedule(count: u32, raised: u32) -> PageTrees {
    rows(
        &(0..count)
            .map(|code| (code, if code < raised { 15 } else { 10 }))
            .collect(),
    )
}

/// What the hub published: name, edition, rows, and whether it is sound. Its records are called by their place.
#[derive(Default)]
struct Office {
    published: Vec<(Subject, Edition, PageTrees, bool)>,
}

fn id(at: usize) -> RecordId {
    RecordId([u8::try_from(at).unwrap() + 1; 32])
}

impl Office {
    fn plan(&self, name: &str, trees: &PageTrees) -> Result<Plan, PublicationError> {
        self.plan_of(&about(name, "MY"), trees, None)
    }

    fn plan_of(&self, about: &About, trees: &PageTrees, corrects: Option<RecordId>) -> Result<Plan, PublicationError> {
        let former = |(at, (name, edition, _, is_sound)): (usize, &'_ (Subject, Edition, PageTrees, bool))| {
            (at, *name, edition.clone(), *is_sound)
        };
        let editions: Vec<_> = self.published.iter().enumerate().map(former).collect();
        let formers: Vec<_> = editions
            .iter()
            .map(|(at, name, edition, is_sound)| Former {
                id: id(*at),
                name: *name,
                edition,
                is_sound: *is_sound,
            })
            .collect();
        let proposal = Proposal { about, trees, corrects };
        let opening = Opening::find(proposal, &formers)?;
        let before = opening.before().map(|before| before.id);
        let rows = before.map(|before| {
            let at = (0..).position(|at| id(at) == before).unwrap();
            &self.published[at].2
        });
        opening.plan(rows)
    }

    fn publish(&mut self, name: &str, trees: PageTrees) -> Plan {
        let plan = self.plan(name, &trees).unwrap();
        self.published
            .push((name.parse().unwrap(), plan.edition.clone(), trees, true));
        plan
    }
}

#[test]
fn the_first_of_a_territory_has_number_one_and_no_patch() {
    let plan = Office::default().plan("2026-1", &schedule(4, 0)).unwrap();
    assert_eq!(
        (plan.edition.number, plan.edition.previous, plan.edition.patch),
        (1, None, None)
    );
    assert!(plan.change.is_none());
}

/// What must be confirmed of a plan, by its codes.
fn unusual(plan: &Plan, hub: &str) -> Vec<&'static str> {
    plan.unusual(hub.parse().unwrap()).iter().map(Unusual::code).collect()
}

#[test]
fn the_first_of_a_territory_asks_for_the_hubs_code_and_the_next_does_not() {
    let mut office = Office::default();
    let first = office.publish("2026-1", schedule(400, 0));
    assert_eq!(unusual(&first, "MY"), ["first-edition"]);
    let hub: HubCode = "MY".parse().unwrap();
    assert_eq!(first.check_confirmed(hub, Some(hub)), Ok(()));
    let refused = first.check_confirmed(hub, None).unwrap_err().to_string();
    assert_eq!(
        refused,
        "it is the first edition of MY by this hub; nothing was published"
    );
    let next = office.plan("2026-2", &schedule(400, 1)).unwrap();
    assert_eq!(next.check_confirmed(hub, None), Ok(()));
}

#[test]
fn an_edition_for_another_country_asks_for_the_hubs_code_each_time() {
    let mut office = Office::default();
    office.publish("2026-1", schedule(400, 0));
    let next = office.plan("2026-2", &schedule(400, 1)).unwrap();
    assert_eq!(unusual(&next, "SG"), ["foreign-territory"]);
    let refused = next
        .check_confirmed("SG".parse().unwrap(), None)
        .unwrap_err()
        .to_string();
    let words = "MY is not the country of hub SG, nor has it that country as a member; nothing was published";
    assert_eq!(refused, words);
    // Any hub of the country publishes its tariff.
    assert!(unusual(&next, "MY-KUL").is_empty());
}

#[test]
fn a_hub_of_a_member_publishes_for_its_union() {
    let mut office = Office::default();
    let mut plan = office.publish("2026-1", schedule(400, 0));
    plan.edition.territory = "EU".to_owned();
    plan.edition.members = ["BE", "DE"].map(|country| country.parse().unwrap()).into();
    assert_eq!(unusual(&plan, "BE"), ["first-edition"]);
    assert_eq!(unusual(&plan, "MY"), ["first-edition", "foreign-territory"]);
}

#[test]
fn the_next_stands_behind_the_newest_of_its_territory_that_is_sound() {
    let mut office = Office::default();
    office.publish("2026-1", schedule(4, 0));
    office.publish("2026-2", schedule(4, 1));
    office.published[1].3 = false;
    let elsewhere = office.plan_of(&about("eu-1", "SG"), &schedule(4, 0), None).unwrap();
    assert_eq!((elsewhere.edition.number, elsewhere.edition.previous), (1, None));
    let plan = office.plan("2026-3", &schedule(4, 2)).unwrap();
    assert_eq!((plan.edition.number, plan.edition.previous), (2, Some(id(0))));
}

#[test]
fn more_than_one_row_in_a_hundred_asks_for_the_hubs_code() {
    let mut office = Office::default();
    office.publish("2026-1", schedule(400, 0));
    let (few, many) = (schedule(400, 4), schedule(400, 5));
    assert!(
        office
            .plan("2026-2", &few)
            .unwrap()
            .unusual("MY".parse().unwrap())
            .is_empty()
    );
    let plan = office.plan("2026-2", &many).unwrap();
    let hub = |code: &str| code.parse().unwrap();
    assert_eq!(plan.check_confirmed(hub("MY"), Some(hub("MY"))), Ok(()));
    for typed in [None, Some(hub("SG"))] {
        assert_eq!(
            plan.check_confirmed(hub("MY"), typed),
            Err(PublicationError::Unconfirmed {
                unusual: vec![Unusual::ManyRows {
                    changed: 5,
                    before: 400
                }],
                hub: hub("MY")
            })
        );
    }
}

#[test]
fn what_is_new_gone_and_other_is_counted_apart() {
    let mut office = Office::default();
    office.publish("2026-1", rows(&BTreeMap::from([(1, 10), (2, 10), (3, 10)])));
    let plan = office.plan("2026-2", &rows(&BTreeMap::from([(2, 10), (3, 12), (4, 10), (5, 10)])));
    let change = plan.unwrap().change.unwrap();
    assert_eq!((change.added, change.removed, change.set), (2, 1, 1));
    assert_eq!((change.rows(), change.rows_before, change.rates.len()), (4, 3, 4));
}

#[test]
fn the_same_again_is_the_same_edition_and_asks_for_nothing() {
    let mut office = Office::default();
    office.publish("2026-1", schedule(4, 0));
    let second = office.publish("2026-2", schedule(4, 4));
    office.publish("2026-3", schedule(4, 1));
    assert_eq!(unusual(&second, "MY"), ["many-rows"]);
    // Also when the one before it was found faulty since: it keeps the place that it has.
    for is_sound in [true, false] {
        office.published[0].3 = is_sound;
        let again = office.plan("2026-2", &schedule(4, 4)).unwrap();
        assert_eq!((&again.edition, &again.change), (&second.edition, &second.change));
        assert!(unusual(&again, "MY").is_empty());
    }
}

#[test]
fn other_content_under_a_name_that_is_taken_is_refused() {
    let mut office = Office::default();
    office.publish("2026-1", schedule(4, 0));
    office.publish("2026-2", schedule(4, 1));
    let taken = |at: usize| {
        let name = office.published[at].0;
        Err(PublicationError::Taken { name, existing: id(at) })
    };
    assert_eq!(office.plan("2026-2", &schedule(4, 2)), taken(1));
    assert_eq!(office.plan_of(&about("2026-1", "SG"), &schedule(4, 0), None), taken(0));
    let correcting = office.plan_of(&about("2026-2", "MY"), &schedule(4, 1), Some(id(0)));
    assert_eq!(correcting, taken(1));
}

#[test]
fn a_correction_names_a_sound_edition_of_the_territory() {
    let mut office = Office::default();
    office.publish("2026-1", schedule(4, 0));
    let correct = |office: &Office, territory, corrects| {
        office.plan_of(&about("2026-2", territory), &schedule(4, 1), Some(corrects))
    };
    assert_eq!(correct(&office, "MY", id(0)).unwrap().edition.corrects, Some(id(0)));
    assert_eq!(correct(&office, "MY", id(9)), Err(PublicationError::Corrects(id(9))));
    assert_eq!(correct(&office, "SG", id(0)), Err(PublicationError::Corrects(id(0))));
    office.published[0].3 = false;
    assert_eq!(correct(&office, "MY", id(0)), Err(PublicationError::Corrects(id(0))));
}

#[test]
fn nothing_follows_the_last_number() {
    let mut office = Office::default();
    office.publish("2026-1", schedule(4, 0));
    office.published[0].1.number = u32::MAX;
    assert_eq!(
        office.plan("2026-2", &schedule(4, 1)),
        Err(PublicationError::LastNumber)
    );
}

#[test]
fn an_edition_published_again_whose_edition_before_is_gone_is_not_planned() {
    let mut office = Office::default();
    office.publish("2026-1", schedule(4, 0));
    office.publish("2026-2", schedule(4, 1));
    office.published[1].1.previous = Some(id(7));
    assert_eq!(
        office.plan("2026-2", &schedule(4, 1)),
        Err(PublicationError::Lacking(id(7)))
    );
}

#[test]
fn other_rows_than_those_of_the_edition_before_are_refused() {
    let (about, first) = (about("2026-2", "MY"), schedule(4, 0));
    let edition = about.edition(first.summary());
    let former = Former {
        id: id(0),
        name: "2026-1".parse().unwrap(),
        edition: &edition,
        is_sound: true,
    };
    let (trees, other) = (schedule(4, 1), schedule(4, 3));
    let proposal = Proposal {
        about: &about,
        trees: &trees,
        corrects: None,
    };
    for rows in [None, Some(&other)] {
        let opening = Opening::find(proposal, &[former]).unwrap();
        assert_eq!(opening.plan(rows), Err(PublicationError::OtherRows));
    }
    assert!(Opening::find(proposal, &[former]).unwrap().plan(Some(&first)).is_ok());
}

#[test]
fn rows_that_do_not_fit_each_other_are_refused_first() {
    let astray = PageTrees {
        notes: schedule(1, 0).rates,
        ..PageTrees::default()
    };
    let refused = Office::default().plan("2026-1", &astray).unwrap_err();
    assert!(matches!(refused, PublicationError::Schedule { .. }), "{refused}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn every_edition_stands_behind_the_one_before_and_its_patch_leads_there(
        schedules in prop::collection::vec(prop::collection::btree_map(0_u32..150, 1_u32..4, 1..120), 1..6),
    ) {
        let mut office = Office::default();
        for (at, rates) in schedules.iter().enumerate() {
            let trees = rows(rates);
            let plan = office.publish(&format!("2026-{at}"), trees.clone());
            prop_assert_eq!(plan.edition.number as usize, at + 1);
            let Some(before) = at.checked_sub(1) else { continue };
            let link = |at: usize| {
                let edition = &office.published[at].1;
                Link { id: id(at), hub: "MY".parse().unwrap(), territory: &edition.territory, number: edition.number, previous: edition.previous }
            };
            prop_assert_eq!(place(&link(at), Some(&link(before))), Ok(Place::Linked));
            let old = &office.published[before].2;
            let change = plan.change.clone().unwrap();
            let patch = Patch::decode_as(&change.patch, &plan.edition.patch.unwrap(), &plan.edition.trees).unwrap();
            let new = patch.apply(old, &plan.edition.trees);
            prop_assert_eq!(new.as_ref(), Ok(&trees));
            let rows = old.rows().count() as u64;
            prop_assert_eq!(!unusual(&plan, "MY").is_empty(), patch.rows() as u64 * 100 > rows);
            prop_assert_eq!(change.rows_before + change.added - change.removed, trees.rows().count() as u64);
        }
    }
}
