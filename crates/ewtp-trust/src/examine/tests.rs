use std::sync::Arc;

use ewtp_record::charter::Revocation;
use ewtp_record::{Draft, Duty, LogId, Position, Record, RecordKind, UnixTime};

use crate::testing::{DAY, Hub, T0, code, role_of, spare_key};
use crate::{Authority, Fault, NotLogged, Standing, draft::RefreshPlan, examine};

mod laws;

fn at(hub: &Hub, index: u64) -> Position {
    Position {
        hub: hub.code,
        epoch: 0,
        index,
    }
}

/// The hub's authority with these charters logged at these indices.
fn logged(hub: &Hub, charters: &[(u64, usize)]) -> Authority {
    let mut authority = hub.authority();
    for (index, number) in charters {
        authority.note_charter(*index, &hub.chain.records()[*number]).unwrap();
    }
    authority
}

fn standing(record: &Record, index: u64, hub: &Hub, authority: &Authority) -> Standing {
    examine(record, at(hub, index), authority).unwrap().standing
}

fn faulty(fault: Fault) -> Standing {
    Standing::Faulty(fault)
}

/// A pulse draft changed, signed by the key of `duty`, at index 1 under the genesis.
fn judged(duty: Duty, change: impl FnOnce(&mut Draft)) -> Standing {
    let hub = Hub::new("MY");
    let mut draft = hub.pulse_draft(T0.plus(DAY));
    change(&mut draft);
    let record = hub.signed(&draft, duty);
    standing(&record, 1, &hub, &logged(&hub, &[(0, 0)]))
}

/// Replaces the log key, and revokes the old one from this index on when one is given.
fn replace_log_key(hub: &mut Hub, first_bad_index: Option<u64>) {
    let kid = hub.key(Duty::Log).id();
    hub.refreshed(|plan| {
        plan.roles.retain(|role| role.duty != Duty::Log);
        plan.roles.push(role_of(&spare_key("MY", Duty::Log), Duty::Log));
        plan.revoked.extend(first_bad_index.map(|first_bad_index| Revocation {
            kid,
            reason: 2,
            first_bad_epoch: 0,
            first_bad_index,
        }));
    });
}

#[test]
fn what_an_allowed_key_signed_in_its_window_is_sound() {
    assert_eq!(judged(Duty::Log, |_| {}), Standing::Sound);
}

#[test]
fn a_finding_says_what_it_is_about() {
    let hub = Hub::new("MY");
    let record = hub.pulse(T0.plus(DAY));
    let finding = examine(&record, at(&hub, 1), &logged(&hub, &[(0, 0)])).unwrap();
    assert!(finding.is_sound());
    assert_eq!(
        (finding.id, finding.kind, finding.position),
        (record.id(), RecordKind::PULSE, at(&hub, 1))
    );
    assert_eq!((finding.subject.as_str(), finding.issued_at), ("pulse", T0.plus(DAY)));
}

#[test]
fn a_record_of_another_issuer_is_refused_in_this_log() {
    assert_eq!(
        judged(Duty::Log, |draft| draft.issuer = code("SG")),
        faulty(Fault::WrongIssuer)
    );
}

#[test]
fn nothing_is_allowed_before_the_genesis() {
    let hub = Hub::new("MY");
    let record = hub.pulse(T0.plus(DAY));
    assert_eq!(standing(&record, 0, &hub, &hub.authority()), faulty(Fault::NoCharter));
    assert_eq!(
        standing(&record, 1, &hub, &logged(&hub, &[(1, 0)])),
        faulty(Fault::NoCharter)
    );
}

#[test]
fn the_genesis_at_index_0_is_judged_by_itself() {
    let hub = Hub::new("MY");
    assert_eq!(
        standing(&hub.chain.records()[0], 0, &hub, &hub.authority()),
        Standing::Sound
    );
}

#[test]
fn a_key_of_another_duty_is_refused() {
    for duty in [Duty::Customs, Duty::Witness, Duty::Operator, Duty::Registrar] {
        assert_eq!(judged(duty, |_| {}), faulty(Fault::WrongDuty));
    }
}

#[test]
fn a_key_that_no_charter_names_is_refused() {
    assert_eq!(judged(Duty::Tariff, |_| {}), faulty(Fault::UnknownKey));
}

#[test]
fn a_root_key_signs_charters_and_nothing_else() {
    let hub = Hub::new("MY");
    let record = hub.pulse_draft(T0.plus(DAY)).sign(&hub.roots[0]).unwrap();
    assert_eq!(
        standing(&record, 1, &hub, &logged(&hub, &[(0, 0)])),
        faulty(Fault::UnknownKey)
    );
}

#[test]
fn a_record_dated_outside_its_keys_window_is_refused() {
    let issued = |time: UnixTime| {
        judged(Duty::Log, |draft| {
            draft.issued_at = time;
            draft.expires_at = time.plus(DAY);
        })
    };
    assert_eq!(issued(UnixTime(T0.0 - 1)), faulty(Fault::OutsideWindow));
    assert_eq!(issued(T0), Standing::Sound);
    assert_eq!(issued(T0.plus(200 * DAY)), Standing::Sound);
    assert_eq!(issued(T0.plus(200 * DAY + 1)), faulty(Fault::OutsideWindow));
}

#[test]
fn a_record_issued_after_the_charter_expired_is_refused() {
    let mut hub = Hub::new("MY");
    hub.refreshed(|plan: &mut RefreshPlan| plan.expires_at = plan.issued_at.plus(DAY));
    let authority = logged(&hub, &[(0, 0), (1, 1)]);
    let ends = hub.chain.newest().body().expires_at;
    assert_eq!(standing(&hub.pulse(ends), 2, &hub, &authority), Standing::Sound);
    assert_eq!(
        standing(&hub.pulse(ends.plus(1)), 2, &hub, &authority),
        faulty(Fault::CharterExpired)
    );
}

#[test]
fn a_life_longer_than_the_key_may_grant_is_refused() {
    let lives = |seconds| judged(Duty::Log, |draft| draft.expires_at = draft.issued_at.plus(seconds));
    assert_eq!(lives(90 * DAY), Standing::Sound);
    assert_eq!(lives(90 * DAY + 1), faulty(Fault::LifeTooLong));
}

#[test]
fn a_signature_that_does_not_verify_is_refused() {
    let hub = Hub::new("MY");
    let mut bytes = hub.pulse(T0.plus(DAY)).bytes().to_vec();
    *bytes.last_mut().unwrap() ^= 1;
    let record = Record::decode(bytes.into()).unwrap();
    assert_eq!(
        standing(&record, 1, &hub, &logged(&hub, &[(0, 0)])),
        faulty(Fault::Signature)
    );
}

#[test]
fn a_payload_that_is_not_of_its_kind_is_refused() {
    let pulse_as_manifest = judged(Duty::Operator, |draft| draft.kind = RecordKind::MANIFEST);
    assert_eq!(pulse_as_manifest, faulty(Fault::Body));
}

#[test]
fn a_kind_that_this_version_does_not_know_is_unsupported_whoever_signed() {
    for duty in [Duty::Tariff, Duty::Log] {
        assert_eq!(
            judged(duty, |draft| draft.kind = RecordKind::STATUS),
            Standing::Unsupported
        );
    }
}

#[test]
fn each_record_is_judged_by_the_charter_logged_before_it() {
    let mut hub = Hub::new("MY");
    let old = hub.pulse(T0.plus(DAY));
    replace_log_key(&mut hub, None);
    let new = hub.pulse_draft(T0.plus(DAY)).sign(&spare_key("MY", Duty::Log)).unwrap();
    let authority = logged(&hub, &[(0, 0), (5, 1)]);
    assert_eq!(standing(&old, 4, &hub, &authority), Standing::Sound);
    assert_eq!(standing(&old, 6, &hub, &authority), faulty(Fault::UnknownKey));
    assert_eq!(standing(&new, 4, &hub, &authority), faulty(Fault::UnknownKey));
    assert_eq!(standing(&new, 6, &hub, &authority), Standing::Sound);
    assert_eq!(standing(&hub.chain.records()[1], 5, &hub, &authority), Standing::Sound);
}

#[test]
fn a_stolen_keys_records_stand_below_the_first_bad_position_and_fall_from_it_on() {
    let mut hub = Hub::new("MY");
    // Back-dated by the thief: the time says it was made before the theft, the position says it was not.
    let record = hub.pulse(T0.plus(DAY));
    replace_log_key(&mut hub, Some(3));
    let authority = logged(&hub, &[(0, 0), (8, 1)]);
    assert_eq!(standing(&record, 2, &hub, &authority), Standing::Sound);
    assert_eq!(standing(&record, 3, &hub, &authority), faulty(Fault::RevokedKey));
    assert_eq!(standing(&record, 4, &hub, &authority), faulty(Fault::RevokedKey));
    let later_epoch = Position {
        epoch: 1,
        ..at(&hub, 1)
    };
    assert_eq!(
        examine(&record, later_epoch, &authority).unwrap().standing,
        faulty(Fault::RevokedKey)
    );
}

#[test]
fn the_newest_charter_revokes_even_before_it_is_logged() {
    let mut hub = Hub::new("MY");
    let record = hub.pulse(T0.plus(DAY));
    let mut authority = logged(&hub, &[(0, 0)]);
    assert_eq!(standing(&record, 3, &hub, &authority), Standing::Sound);
    replace_log_key(&mut hub, Some(3));
    authority.set_chain(Arc::new(hub.chain.clone()));
    assert_eq!(standing(&record, 3, &hub, &authority), faulty(Fault::RevokedKey));
    let log = |epoch| LogId { hub: hub.code, epoch };
    assert_eq!(hub.chain.reopens_from(log(0), 0), Some(3));
    assert_eq!(
        hub.chain.reopens_from(log(1), 0),
        Some(0),
        "a later epoch is bad as a whole"
    );
    assert_eq!(
        hub.chain.reopens_from(log(0), 1),
        None,
        "this revocation was counted in"
    );
}

#[test]
fn charters_are_logged_one_by_one_and_must_be_the_chains() {
    let mut hub = Hub::new("MY");
    let other = hub.refresh(|plan| plan.display_name = "two-faced".to_owned());
    hub.refreshed(|_| {});
    hub.refreshed(|_| {});
    let records = hub.chain.records().to_vec();
    let mut authority = logged(&hub, &[(0, 0)]);
    assert_eq!(standing(&records[2], 4, &hub, &authority), faulty(Fault::CharterOrder));
    assert_eq!(
        authority.note_charter(4, &records[2]),
        Err(NotLogged::Order { got: 2, expected: 1 })
    );
    assert_eq!(standing(&records[0], 4, &hub, &authority), faulty(Fault::CharterOrder));
    assert_eq!(standing(&other, 4, &hub, &authority), faulty(Fault::CharterUnknown));
    assert_eq!(authority.note_charter(4, &other), Err(NotLogged::Unknown { number: 1 }));
    assert_eq!(authority.note_charter(4, &hub.pulse(T0)), Err(NotLogged::Kind));
    authority.note_charter(4, &records[1]).unwrap();
    assert_eq!(authority.note_charter(3, &records[1]), Err(NotLogged::Index));
    assert_eq!(
        authority.note_charter(4, &records[1]),
        Ok(()),
        "noting again changes nothing"
    );
    assert_eq!(authority.logged(), [(0, 0), (4, 1)]);
}

#[test]
fn a_known_charter_logged_under_a_broken_signature_is_faulty() {
    let mut hub = Hub::new("MY");
    let record = hub.refreshed(|_| {});
    let mut bytes = record.bytes().to_vec();
    *bytes.last_mut().unwrap() ^= 1;
    let broken = Record::decode(bytes.into()).unwrap();
    let authority = logged(&hub, &[(0, 0)]);
    assert_eq!(standing(&broken, 4, &hub, &authority), faulty(Fault::Signature));
    assert_eq!(standing(&record, 4, &hub, &authority), Standing::Sound);
}

#[test]
fn a_charter_beyond_the_chain_is_undecided_with_all_that_follows_it() {
    let mut hub = Hub::new("MY");
    let (below, above) = (hub.pulse(T0.plus(DAY)), hub.pulse(T0.plus(2 * DAY)));
    let mut authority = logged(&hub, &[(0, 0)]);
    hub.refreshed(|_| {});
    hub.refreshed(|_| {});
    let [_, next, third] = hub.chain.records() else {
        panic!("three charters")
    };
    assert_eq!(examine(next, at(&hub, 4), &authority), None);
    assert_eq!(authority.note_charter(4, next), Err(NotLogged::Beyond { number: 1 }));
    assert_eq!(authority.note_charter(6, third), Err(NotLogged::Beyond { number: 1 }));
    assert_eq!(authority.awaits(), Some(4));
    assert_eq!(standing(&below, 3, &hub, &authority), Standing::Sound);
    for record in [&above, third, next] {
        assert_eq!(examine(record, at(&hub, 5), &authority), None);
    }
    authority.set_chain(Arc::new(hub.chain.clone()));
    assert_eq!(authority.awaits(), None);
    authority.note_charter(4, next).unwrap();
    assert_eq!(standing(&above, 5, &hub, &authority), Standing::Sound);
}

#[test]
fn a_charter_that_names_another_hub_gives_no_authority_and_stops_nothing() {
    let (hub, mut other) = (Hub::new("MY"), Hub::new("SG"));
    let foreign = other.refreshed(|_| {});
    let mut authority = logged(&hub, &[(0, 0)]);
    assert_eq!(authority.note_charter(4, &foreign), Err(NotLogged::Issuer));
    assert_eq!(standing(&foreign, 4, &hub, &authority), faulty(Fault::WrongIssuer));
    assert_eq!(authority.awaits(), None);
}

#[test]
fn a_restored_authority_awaits_the_charters_that_its_chain_lost() {
    let mut hub = Hub::new("MY");
    let (short, pulse) = (Arc::new(hub.chain.clone()), hub.pulse(T0.plus(DAY)));
    hub.refreshed(|_| {});
    let kept = logged(&hub, &[(0, 0), (5, 1)]);
    let mut restored = Authority::restored(kept.log(), short, kept.logged().to_vec());
    assert_eq!((restored.awaits(), restored.logged()), (Some(5), &[(0, 0)][..]));
    assert_eq!(standing(&pulse, 4, &hub, &restored), Standing::Sound);
    assert_eq!(examine(&pulse, at(&hub, 6), &restored), None);
    restored.set_chain(Arc::new(hub.chain.clone()));
    restored.note_charter(5, &hub.chain.records()[1]).unwrap();
    assert_eq!(restored.logged(), kept.logged());
}
