//! Strategies for values that keep all rules, for the laws.

use ewtp_record::cbor::Octets;
use ewtp_record::certificate::{
    AssessedLine, Assessment, Batch, Document, Goods, Line, Places, Subtype, Transport, TransportMode,
};
use ewtp_record::charter::{Revocation, Role, Transition};
use ewtp_record::credential::{Corridor, Form, SizeBand, Tier};
use ewtp_record::edition::{
    MeasureKind, PatchSummary, Rounding, RoundingMode, RoundingScope, TreeSummary, Trees, Valuation,
};
use ewtp_record::{
    Certificate, Chapter, CharterBody, CharterId, CountryCode, Credential, Date, Decimal, Duty, Edition, HsCode,
    HsEdition, HubCode, KeyBytes, KeyId, Locode, Manifest, Money, NodeKey, Quantity, RecordId, Regime, UnixTime,
};
use proptest::collection::{btree_map, btree_set, vec};
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

fn country() -> impl Strategy<Value = CountryCode> {
    select(vec!["CN", "MY", "RW", "ET", "BE", "TH", "US", "SG"]).prop_map(|text| text.parse().unwrap())
}

fn hub() -> impl Strategy<Value = HubCode> {
    (country(), option::of("[A-Z0-9]{1,8}")).prop_map(|(country, part)| match part {
        Some(part) => format!("{country}-{part}").parse().unwrap(),
        None => country.as_str().parse().unwrap(),
    })
}

fn place() -> impl Strategy<Value = Locode> {
    (country(), "[A-Z2-9]{3}").prop_map(|(country, place)| format!("{country}{place}").parse().unwrap())
}

fn chapter() -> impl Strategy<Value = Chapter> {
    (1_u64..=97).prop_filter_map("no chapter 77", Chapter::new)
}

fn hs() -> impl Strategy<Value = HsCode> {
    (chapter(), "[0-9]{4,10}").prop_map(|(chapter, rest)| format!("{chapter}{rest}").parse().unwrap())
}

fn edition() -> impl Strategy<Value = HsEdition> {
    select(vec![HsEdition::Hs2017, HsEdition::Hs2022, HsEdition::Hs2028])
}

fn decimal() -> impl Strategy<Value = Decimal> {
    (1_i64..1_000_000_000_000_000, -9_i64..=0)
        .prop_map(|(mantissa, exponent)| Decimal::new(mantissa, exponent).unwrap())
}

fn quantity() -> impl Strategy<Value = Quantity> {
    (decimal(), select(vec!["KGM", "H87", "PR", "LTR"])).prop_map(|(amount, unit)| Quantity {
        amount,
        unit: unit.parse().unwrap(),
    })
}

fn regime() -> impl Strategy<Value = Regime> {
    ("[A-Z]{2,8}", "[A-Z0-9]{1,12}").prop_map(|(scheme, code)| Regime::new(&scheme, &code).unwrap())
}

fn record_id() -> impl Strategy<Value = RecordId> {
    any::<[u8; 32]>().prop_map(RecordId)
}

fn root() -> impl Strategy<Value = Octets<32>> {
    any::<[u8; 32]>().prop_map(Octets)
}

fn lines() -> impl Strategy<Value = Goods> {
    let line = (hs(), edition(), country(), quantity(), option::of(decimal()));
    btree_map(1_u16..=999, line, 1..6).prop_map(|lines| {
        let line = |(number, (hs, hs_edition, origin, quantity, net_kg))| Line {
            number,
            hs,
            hs_edition,
            origin,
            quantity: Some(quantity),
            net_kg,
        };
        Goods::Lines(lines.into_iter().map(line).collect())
    })
}

fn batch() -> impl Strategy<Value = Goods> {
    let value = btree_map(select(vec!["USD", "EUR", "JPY"]), 0..i64::MAX, 0..3);
    let parts = (
        1_u32..=10_000_000,
        root(),
        option::of(decimal()),
        btree_set(chapter(), 1..9),
        value,
    );
    parts.prop_map(|(parcels, root, gross_kg, chapters, value)| {
        let money = |(currency, minor): (&str, i64)| Money {
            minor,
            currency: currency.parse().unwrap(),
        };
        let value = value.into_iter().map(money).collect();
        Goods::Batch(Batch {
            parcels,
            root,
            gross_kg,
            chapters: chapters.into_iter().collect(),
            value,
        })
    })
}

fn transport() -> impl Strategy<Value = Transport> {
    let containers = btree_set(select(vec!["CSQU3054383", "MSKU0000006"]), 0..=2);
    let document = option::of((1_u16..=999, "[A-Z0-9]([A-Z0-9 -]{0,33}[A-Z0-9])?"));
    (select(TransportMode::ALL), document, containers).prop_map(|(mode, document, containers)| Transport {
        mode,
        document,
        containers: containers.into_iter().map(|text| text.parse().unwrap()).collect(),
    })
}

fn places() -> impl Strategy<Value = Places> {
    (option::of(place()), option::of(place()), option::of(place())).prop_map(|(loading, discharge, destination)| {
        Places {
            loading,
            discharge,
            destination,
        }
    })
}

/// An assessment of these goods, if duty can be assessed on them.
fn assessment(subtype: Subtype, goods: &Goods, seed: (Document, [u8; 32], i64)) -> Option<Assessment> {
    let (edition, receipt, amount) = seed;
    let Goods::Lines(lines) = goods else { return None };
    let line = |line: &Line| AssessedLine {
        number: line.number,
        amount,
        receipt: Octets(receipt),
    };
    let assessment = Assessment {
        edition,
        lines: lines.iter().map(line).collect(),
        total: Money {
            minor: amount / 2,
            currency: "USD".parse().unwrap(),
        },
    };
    matches!(subtype, Subtype::ImportRelease | Subtype::DutyAssessment).then_some(assessment)
}

pub(crate) fn certificate() -> impl Strategy<Value = Certificate> {
    let decided = select(Subtype::ALL).prop_flat_map(|subtype| {
        let goods = if subtype.may_cover_batch() {
            prop_oneof![lines(), batch()].boxed()
        } else {
            lines().boxed()
        };
        (Just(subtype), select(subtype.decisions()), goods)
    });
    let journey = (
        place(),
        country(),
        country(),
        btree_set(country(), 0..4),
        transport(),
        places(),
    );
    let amended = option::of((1_u32.., record_id()));
    let documents = btree_set((hub(), record_id()).prop_map(|(hub, id)| Document { hub, id }), 0..4);
    let edition = (hub(), record_id()).prop_map(|(hub, id)| Document { hub, id });
    let assessed = option::of((edition, any::<[u8; 32]>(), 0..i64::MAX));
    let extras = (
        regime(),
        option::of("[0-9](CN|MY)[A-Z0-9()-]{1,32}"),
        documents,
        option::of(root()),
        option::of("[A-Z0-9]{1,16}"),
        assessed,
    );
    (decided, journey, option::of(Just(())), amended, extras).prop_map(
        |(decided, journey, on_the_way, amended, extras)| {
            let (subtype, decision, goods) = decided;
            let (office, export_country, import_country, transit, transport, places) = journey;
            let (regime, ucr, documents, disclosure, zone, assessed) = extras;
            let assessment = assessed.and_then(|seed| assessment(subtype, &goods, seed));
            Certificate {
                revision: amended.map_or(0, |(revision, _)| revision),
                subtype,
                decision,
                office,
                export_country,
                import_country,
                transit: transit.into_iter().rev().collect(),
                regime: Some(regime),
                ucr: ucr.map(|text| text.parse().unwrap()),
                transport: on_the_way.map(|()| transport),
                places,
                goods,
                documents: documents.into_iter().collect(),
                disclosure,
                previous: amended.map(|(_, id)| id),
                zone,
                assessment,
            }
        },
    )
}

fn tree() -> impl Strategy<Value = TreeSummary> {
    (root(), 0..=Edition::PAGES_MAX, 1_u32..=64, 9_u64..=256).prop_map(
        |(root, pages, rows_of_a_page, bytes_of_a_row)| TreeSummary {
            root,
            pages,
            rows: pages * rows_of_a_page,
            bytes: u64::from(pages * rows_of_a_page) * bytes_of_a_row,
        },
    )
}

fn rounding() -> impl Strategy<Value = Vec<Rounding>> {
    let rule = (select(RoundingMode::ALL), 1_u32..=1_000_000, select(RoundingScope::ALL));
    (rule.clone(), btree_map(select(MeasureKind::ALL), rule, 0..4)).prop_map(|(all, exceptions)| {
        let exceptions = exceptions.into_iter().map(|(kind, rule)| (Some(kind), rule));
        let rules = std::iter::once((None, all)).chain(exceptions);
        rules
            .map(|(kind, (mode, step, scope))| Rounding {
                kind,
                mode,
                step,
                scope,
            })
            .collect()
    })
}

pub(crate) fn tariff_edition() -> impl Strategy<Value = Edition> {
    let whose = (btree_set(country(), 1..4), edition(), "[A-Z]{2,6}[0-9]{1,2}", 6_u8..=12);
    let bytes = |rows: u32| (3 + 5 * u64::from(rows)..=Edition::PATCH_BYTES_MAX, Just(rows));
    let patch = (root(), (0..=Edition::PATCH_ROWS_MAX).prop_flat_map(bytes));
    let follows = option::of((2_u32.., record_id(), patch, option::of(record_id())));
    let law = (0..=Date::MAX.days(), btree_set("[A-Z0-9]{1,20}", 0..4), any::<bool>());
    let money = (
        select(Valuation::ALL),
        select(vec!["USD", "EUR", "JPY"]),
        option::of(1_i64..),
    );
    let languages = btree_set("[a-z]{2,3}", 1..4);
    let trees = (tree(), tree(), tree());
    (whose, follows, law, money, rounding(), languages, trees).prop_map(
        |(whose, follows, law, money, rounding, languages, trees)| {
            let (members, hs_edition, nomenclature, digits) = whose;
            let (in_force, legal, is_test) = law;
            let (valuation, currency, minimum) = money;
            let currency = currency.parse().unwrap();
            let (rates, texts, notes) = trees;
            Edition {
                territory: "EAC".to_owned(),
                members: members.into_iter().collect(),
                hs_edition,
                nomenclature,
                digits,
                number: follows.map_or(1, |(number, ..)| number),
                previous: follows.map(|(_, previous, ..)| previous),
                in_force: Date::from_days(in_force.into()).unwrap(),
                legal: legal.into_iter().collect(),
                trees: Trees { rates, texts, notes },
                valuation,
                currency,
                rounding,
                collected_from: minimum.map(|minor| Money { minor, currency }),
                languages: languages.into_iter().collect(),
                patch: follows.map(|(_, _, (id, (bytes, rows)), _)| PatchSummary { id, bytes, rows }),
                corrects: follows.and_then(|(.., corrects)| corrects),
                is_test,
            }
        },
    )
}

fn corridors() -> impl Strategy<Value = Vec<Corridor>> {
    btree_map((country(), country()), btree_set(regime(), 0..4), 0..5).prop_map(|corridors| {
        let apart = corridors.into_iter().filter(|((from, to), _)| from != to);
        apart
            .map(|((from, to), regimes)| Corridor {
                from,
                to,
                regimes: regimes.into_iter().collect(),
            })
            .collect()
    })
}

pub(crate) fn credential() -> impl Strategy<Value = Credential> {
    let codes = (select(Form::ALL), select(SizeBand::ALL), select(Tier::ALL));
    let lei = option::of(select(vec!["5493001KJTIIGC8Y1R12", "HWUPKR0MPOU8FGXBT394"]));
    let amended = option::of((1_u32.., record_id()));
    (
        any::<[u8; 32]>(),
        codes,
        btree_set(chapter(), 0..9),
        corridors(),
        lei,
        option::of(root()),
        amended,
    )
        .prop_map(
            |(key, (form, size, tier), sectors, corridors, lei, disclosure, amended)| Credential {
                revision: amended.map_or(0, |(revision, _)| revision),
                key: KeyBytes(key),
                form,
                size,
                tier,
                sectors: sectors.into_iter().collect(),
                corridors,
                lei: lei.map(|text| text.parse().unwrap()),
                disclosure,
                previous: amended.map(|(_, id)| id),
            },
        )
}

pub(crate) fn manifest() -> impl Strategy<Value = Manifest> {
    let addresses = vec("/[a-z0-9/.]{1,127}", 0..=8);
    (any::<u32>(), any::<[u8; 32]>(), addresses, any::<u64>()).prop_map(|(revision, node, addresses, roles)| Manifest {
        revision,
        node: NodeKey(node),
        addresses,
        roles,
    })
}

fn role(duty: Duty) -> impl Strategy<Value = Role> {
    (any::<[u8; 32]>(), 0_u64..1_000, 1_000_u64..9_000, 1_u64..1_000_000).prop_map(
        move |(key, not_before, not_after, life_max_seconds)| Role {
            key: KeyBytes(key),
            duty,
            not_before: UnixTime(not_before),
            not_after: UnixTime(not_after),
            life_max_seconds,
        },
    )
}

pub(crate) fn charter() -> impl Strategy<Value = CharterBody> {
    let duties = select(Duty::ALL[2..].to_vec()).prop_flat_map(role);
    let roles = (role(Duty::Log), vec(duties, 0..6)).prop_map(|(log, mut roles)| {
        roles.push(log);
        roles.sort_by_key(|role| (role.duty, role.key));
        roles
    });
    let roots = btree_set(any::<[u8; 32]>().prop_map(KeyBytes), 2..=9);
    let next = btree_set(root(), 1..=16);
    let revoked = btree_map(any::<[u8; 8]>(), (any::<u64>(), any::<u32>(), any::<u64>()), 0..4);
    let place = option::of((1_u32..=1_023, any::<[u8; 32]>()));
    let names = ("[A-Za-zéü ]{1,32}", btree_set(hub(), 0..=15));
    (roles, roots, next, revoked, place, names, 1_u64..400 * 86_400).prop_map(
        |(roles, roots, next_roots, revoked, place, (display_name, panel), life)| CharterBody {
            net: "test:law".parse().unwrap(),
            hub: "TZ".parse().unwrap(),
            number: place.map_or(0, |(number, _)| number),
            previous: place.map(|(_, id)| CharterId(id)),
            issued_at: UnixTime(1_000),
            expires_at: UnixTime(1_000 + life),
            threshold: u8::try_from(roots.len() / 2 + 1).unwrap(),
            next_threshold: u8::try_from(next_roots.len()).unwrap(),
            roots: roots.into_iter().collect(),
            next_roots: next_roots.into_iter().collect(),
            roles,
            revoked: revoked
                .into_iter()
                .map(|(kid, (reason, first_bad_epoch, first_bad_index))| Revocation {
                    kid: KeyId(kid),
                    reason,
                    first_bad_epoch,
                    first_bad_index,
                })
                .collect(),
            panel: panel.into_iter().collect(),
            transition: if place.is_none() {
                Transition::Genesis
            } else {
                Transition::Refresh
            },
            display_name,
        },
    )
}
