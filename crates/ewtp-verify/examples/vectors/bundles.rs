//! Bundles: a bundle file, judged under a policy at a time; what is not accepted is refused by its outcome.

use super::lab::{DAY, Lab, T0, code};
use ewtp_record::{Duty, RecordKind, UnixTime};
use ewtp_vectors::Case;
use ewtp_verify::{Bundle, Policy};

pub(crate) fn case(
    name: &'static str,
    rule: &'static str,
    note: &'static str,
    policy: &Policy,
    now: UnixTime,
    file: Vec<u8>,
) -> Case {
    Case::good("bundle", name, rule, note)
        .with("policy", one_line(&policy.to_json()))
        .with("now", now.0)
        .body(file)
}

pub(crate) fn one_line(json: &str) -> String {
    json.lines().map(str::trim).collect()
}

/// The bundle of a mesh of three after `change`.
fn changed(name: &'static str, rule: &'static str, note: &'static str, change: impl FnOnce(&mut Bundle)) -> Case {
    let lab = Lab::of(&["SG", "TH"]);
    let mut bundle = lab.bundle();
    change(&mut bundle);
    case(name, rule, note, &lab.policy(), lab.now(), bundle.encode())
}

/// The sound bundle under a policy after `change`.
fn under(name: &'static str, rule: &'static str, note: &'static str, change: impl FnOnce(&mut Policy)) -> Case {
    let lab = Lab::of(&["SG", "TH"]);
    let mut policy = lab.policy();
    change(&mut policy);
    case(name, rule, note, &policy, lab.now(), lab.bundle().encode())
}

/// The sound bundle at another time.
fn at(name: &'static str, note: &'static str, now: UnixTime) -> Case {
    let lab = Lab::of(&["SG", "TH"]);
    case(name, "bundle R13", note, &lab.policy(), now, lab.bundle().encode())
}

pub(crate) fn cases() -> Vec<Case> {
    [accepted(), invalid(), open(), aged()].into_iter().flatten().collect()
}

fn accepted() -> Vec<Case> {
    let four = Lab::of(&["SG", "TH", "RW", "ET"]);
    let mut surplus = four.bundle();
    surplus.receipt.as_mut().expect("it has one").cosignatures[0]
        .signature
        .0[0] ^= 1;
    vec![
        changed("accepted", "bundle R14", "two witnesses, both needed", |_| {}),
        case(
            "surplus-witness",
            "bundle R11",
            "one of four cosignatures does not hold",
            &four.policy(),
            four.now(),
            surplus.encode(),
        ),
        under(
            "fewer-recognised",
            "bundle R12",
            "a panel hub is not pinned, the other is enough",
            |policy| {
                policy.pins.remove(&code("TH"));
            },
        ),
    ]
}

fn invalid() -> Vec<Case> {
    let receipt = |bundle: &mut Bundle, change: &dyn Fn(&mut ewtp_verify::Receipt)| {
        change(bundle.receipt.as_mut().expect("it has one"));
    };
    let mut by_log = Lab::of(&["SG", "TH"]);
    by_log.record = super::lab::certificate_draft(&by_log.issuer)
        .sign(&by_log.issuer.key(Duty::Log))
        .expect("a record");
    by_log.log();
    let mut trailing = Lab::of(&["SG", "TH"]).bundle().encode();
    trailing.push(0);
    let lab = Lab::of(&["SG", "TH"]);
    let cases = vec![
        changed("another-index", "bundle R10", "the leaf beside", |bundle| {
            receipt(bundle, &|receipt| receipt.index = 2)
        }),
        changed("another-size", "bundle R10", "a size that was not signed", |bundle| {
            receipt(bundle, &|receipt| receipt.size = 8)
        }),
        changed(
            "another-epoch",
            "bundle R10",
            "an epoch that was not signed",
            |bundle| receipt(bundle, &|receipt| receipt.epoch = 1),
        ),
        changed("changed-path", "bundle R10", "one bit of the path", |bundle| {
            receipt(bundle, &|receipt| receipt.path[1].0[0] ^= 1)
        }),
        changed(
            "short-path",
            "bundle R10",
            "the last hash of the path is missing",
            |bundle| {
                receipt(bundle, &|receipt| receipt.path.truncate(2));
            },
        ),
        changed(
            "broken-record",
            "bundle R8",
            "one bit of the record's signature",
            |bundle| {
                let mut record = bundle.record.to_vec();
                *record.last_mut().expect("it is not empty") ^= 1;
                bundle.record = record.into();
            },
        ),
        case(
            "wrong-duty",
            "bundle R8",
            "logged and witnessed, but signed by the log key",
            &by_log.policy(),
            by_log.now(),
            by_log.bundle().encode(),
        ),
        under("another-net", "bundle R6", "a test bundle on the live net", |policy| {
            policy.net = "ewtp".parse().expect("a net")
        }),
        case(
            "trailing-byte",
            "bundle R1",
            "a byte after the file",
            &lab.policy(),
            lab.now(),
            trailing,
        ),
    ];
    cases.into_iter().map(|case| case.refused("invalid")).collect()
}

/// How new charters and evidence must be.
fn aged() -> Vec<Case> {
    let mut newer = Lab::of(&["SG", "TH"]);
    newer.issuer.refresh(T0.plus(DAY / 2), |_| {});
    newer.charter = 1;
    let mut policy = newer.policy();
    policy.charter_min.insert(code("MY"), 1);
    vec![
        case(
            "charter-min",
            "bundle R19",
            "the chain reaches the charter that the policy asks for",
            &policy,
            newer.now(),
            newer.bundle().encode(),
        ),
        under(
            "older-charters",
            "bundle R19",
            "the issuer's chain ends one charter below what the policy asks for",
            |policy| {
                policy.charter_min.insert(code("MY"), 1);
            },
        )
        .refused("undecided"),
        under(
            "older-witness",
            "bundle R19",
            "a witness's chain ends one charter below what the policy asks for",
            |policy| {
                policy.charter_min.insert(code("TH"), 1);
            },
        )
        .refused("undecided"),
        under("young-enough", "bundle R20", "as old as the policy allows", |policy| {
            policy.max_age_seconds = Some(600);
        }),
        under(
            "too-old",
            "bundle R20",
            "a second older than the policy allows",
            |policy| {
                policy.max_age_seconds = Some(599);
            },
        )
        .refused("undecided"),
    ]
}

fn open() -> Vec<Case> {
    let mut later_kind = Lab::of(&["SG", "TH"]);
    later_kind.certify(|draft| draft.kind = RecordKind::STATUS);
    let mut dropped = Lab::of(&["SG", "TH"]);
    dropped.issuer.refresh(T0.plus(DAY / 2), |plan| {
        plan.roles.retain(|role| role.duty != Duty::Customs)
    });
    dropped.charter = 1;
    let certificate = Lab::of(&["SG", "TH"]).record;
    vec![
        changed("no-receipt", "bundle R15", "not shown to be logged", |bundle| {
            bundle.receipt = None
        })
        .refused("undecided"),
        changed(
            "no-charters",
            "bundle R6",
            "the issuer's charters are missing",
            |bundle| {
                bundle.chains.retain(|(hub, _)| *hub != code("MY"));
            },
        )
        .refused("undecided"),
        changed("missing-witness", "bundle R12", "one of two cosignatures", |bundle| {
            bundle.receipt.as_mut().expect("it has one").cosignatures.truncate(1);
        })
        .refused("undecided"),
        case(
            "dropped-key",
            "bundle R9",
            "the key may have been dropped before",
            &dropped.policy(),
            dropped.now(),
            dropped.bundle().encode(),
        )
        .refused("undecided"),
        under(
            "not-pinned",
            "bundle R7",
            "the policy does not pin the issuer",
            |policy| {
                policy.pins.remove(&code("MY"));
            },
        )
        .refused("unrecognised"),
        under(
            "another-pin",
            "bundle R7",
            "the policy pins another genesis",
            |policy| {
                let other = policy.pins[&code("TH")];
                policy.pins.insert(code("MY"), other);
            },
        )
        .refused("unrecognised"),
        at(
            "expired",
            "the first second after its life",
            certificate.header().expires_at,
        )
        .refused("expired"),
        at(
            "not-yet",
            "121 s before it begins",
            UnixTime(certificate.header().issued_at.0 - 121),
        )
        .refused("not_yet_valid"),
        case(
            "later-kind",
            "bundle R8",
            "a kind of a later version",
            &later_kind.policy(),
            later_kind.now(),
            later_kind.bundle().encode(),
        )
        .unsupported("unsupported"),
    ]
}
