//! Signing what was asked for, and nothing that others would call faulty.
//!
//! Which key signs follows from what the payload says, and whether it may from [`examine_under`]: the function by which
//! every other node will judge the record. So no second list of duties, windows and lives can drift from the first.

use std::collections::BTreeMap;

use ewtp_api::{IssueFault, IssueInput};
use ewtp_record::{Credential, Draft, Duty, HubCode, KeyId, Manifest, Record, RecordKind, SecretKey, UnixTime};
use ewtp_trust::{CharterChain, Standing, duty_for, examine_under};

const DAY: u64 = 24 * 3600;

/// Signs with the key whose duty it is, within what the hub's newest charter lets that key sign. An input without an end
/// gets the latest that key and kind allow.
pub(super) fn sign(
    input: &IssueInput,
    hub: HubCode,
    keys: &BTreeMap<Duty, SecretKey>,
    chain: &CharterChain,
    now: UnixTime,
) -> Result<Record, IssueFault> {
    let no_key = || IssueFault::NoRoleKey { kind: input.kind };
    let issued_at = input.issued_at.unwrap_or(now);
    let mut draft = Draft {
        kind: input.kind,
        issuer: hub,
        subject: input.subject,
        issued_at,
        expires_at: input.expires_at.unwrap_or_else(|| issued_at.plus(1)),
        not_before: input.not_before,
        payload: input.payload.clone(),
    };
    let key = keys.get(&duty_of(&draft)?.ok_or_else(no_key)?).ok_or_else(no_key)?;
    let charter = chain.newest();
    let role = charter.role(&key.id()).ok_or_else(no_key)?;
    if input.expires_at.is_none() {
        draft.expires_at = UnixTime(
            issued_at
                .0
                .saturating_add(role.life_max_seconds.min(life_max(input.kind))),
        );
    }
    let record = draft.sign(key).map_err(|error| outside(error.to_string()))?;
    match examine_under(&record, None, charter, chain) {
        Standing::Sound => Ok(record),
        Standing::Unsupported => Err(outside("this version does not know what may sign it".to_owned())),
        Standing::Faulty(fault) => {
            let (from, to, life) = (role.not_before, role.not_after, role.life_max_seconds);
            let key = format!(
                "the {} key signs from {from} to {to}, for at most {} days",
                role.duty,
                life / DAY
            );
            Err(outside(format!(
                "{fault}: {key}, and this is issued at {issued_at} until {}",
                draft.expires_at
            )))
        }
    }
}

/// Whose duty it is to sign this; `None` for what only roots sign. A payload that breaks its kind's page has none.
fn duty_of(draft: &Draft) -> Result<Option<Duty>, IssueFault> {
    // What a record says can be read before it is signed; nobody gets to see this one.
    let unsigned = draft.to_be_signed(KeyId([0; 8])).assemble(&[0; 64]);
    let body = unsigned
        .and_then(|record| record.body())
        .map_err(|error| outside(error.to_string()))?;
    Ok(duty_for(&body))
}

/// The longest life that a kind allows, in seconds, where its page has one. // spec: credential R10, manifest R5
fn life_max(kind: RecordKind) -> u64 {
    match kind {
        RecordKind::CREDENTIAL => Credential::DAYS_MAX * DAY,
        RecordKind::MANIFEST => Manifest::DAYS_MAX * DAY,
        _ => u64::MAX,
    }
}

fn outside(reason: String) -> IssueFault {
    IssueFault::OutsideAuthority { reason }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "what fails here is a broken test")]

    use ewtp_record::{Certificate, Edition, NetName, Terms, parse_json};
    use ewtp_trust::draft::{self, CharterDraft, GenesisPlan};

    use super::*;

    const T0: UnixTime = UnixTime(1_795_336_200);
    const LIFE: u64 = 90 * DAY;

    fn key(number: u8) -> SecretKey {
        SecretKey::from_seed(&[number; 32])
    }

    fn keys() -> BTreeMap<Duty, SecretKey> {
        [(Duty::Log, key(1)), (Duty::Customs, key(2)), (Duty::Tariff, key(3))].into()
    }

    fn chain() -> CharterChain {
        let net: NetName = "test:lab".parse().unwrap();
        let window = (T0, T0.plus(200 * DAY));
        let plan = GenesisPlan {
            net,
            hub: "MY".parse().unwrap(),
            display_name: "MY".to_owned(),
            issued_at: T0,
            expires_at: T0.plus(300 * DAY),
            roots: vec![key(9).public().to_bytes()],
            threshold: 1,
            next_roots: vec![key(8).public().to_bytes()],
            next_threshold: 1,
            roles: keys()
                .iter()
                .map(|(duty, key)| draft::role(key.public().to_bytes(), *duty, window, LIFE))
                .collect(),
            panel: Vec::new(),
        };
        let keys = keys();
        let signers: Vec<&SecretKey> = keys.values().collect();
        let record = CharterDraft::genesis(plan)
            .and_then(|draft| draft.sign_all(&[&key(9)], &signers))
            .unwrap();
        CharterChain::genesis(&record, &net).unwrap()
    }

    fn terms() -> Terms {
        Terms {
            issuer: "MY".parse().unwrap(),
            now: T0.plus(DAY),
            life_seconds: DAY,
        }
    }

    fn input(draft: Draft) -> IssueInput {
        IssueInput {
            kind: draft.kind,
            subject: draft.subject,
            revision: 0,
            issued_at: None,
            expires_at: None,
            not_before: None,
            payload: draft.payload,
        }
    }

    fn clearance() -> IssueInput {
        let text = include_str!("../../../protocol-spec/examples/clearance.json");
        let mut json = parse_json(text).unwrap();
        let object = json.as_object_mut().unwrap();
        for name in ["issued_at", "expires_at", "not_before"] {
            object.remove(name);
        }
        input(Certificate::from_json(&json, &terms()).unwrap().draft)
    }

    fn edition() -> IssueInput {
        let text = include_str!("../../../protocol-spec/examples/edition.json");
        input(Edition::from_json(&parse_json(text).unwrap(), &terms()).unwrap().draft)
    }

    fn signed(input: &IssueInput, now: UnixTime) -> Result<Record, IssueFault> {
        sign(input, "MY".parse().unwrap(), &keys(), &chain(), now)
    }

    #[test]
    fn the_key_whose_duty_it_is_signs_until_the_end_of_what_it_may() {
        for (input, duty) in [(clearance(), Duty::Customs), (edition(), Duty::Tariff)] {
            let record = signed(&input, T0.plus(DAY)).unwrap();
            assert_eq!(record.header().kid, keys()[&duty].id());
            assert_eq!(record.header().expires_at, T0.plus(DAY + LIFE));
        }
    }

    #[test]
    fn what_others_would_call_faulty_is_not_signed() {
        let reason = |input: &IssueInput, now| match signed(input, now) {
            Err(IssueFault::OutsideAuthority { reason }) => reason,
            other => panic!("{other:?}"),
        };
        let late = reason(&clearance(), T0.plus(201 * DAY));
        assert!(late.contains("outside the signing key's window"), "{late}");
        let long = IssueInput {
            expires_at: Some(T0.plus(DAY + LIFE + 1)),
            ..clearance()
        };
        let long = reason(&long, T0.plus(DAY));
        assert!(long.contains("longer than the signing key may grant"), "{long}");
    }

    #[test]
    fn without_the_key_of_the_duty_nothing_is_signed() {
        let mut fewer = keys();
        fewer.remove(&Duty::Tariff);
        let refused = sign(&edition(), "MY".parse().unwrap(), &fewer, &chain(), T0.plus(DAY));
        assert!(matches!(refused, Err(IssueFault::NoRoleKey { .. })));
    }
}
