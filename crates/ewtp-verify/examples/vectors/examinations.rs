//! Logged records: the bytes of one record, judged at a position of a log whose charters are given.

use ewtp_record::charter::Revocation;
use ewtp_record::{Draft, Duty, Record, RecordKind, UnixTime};
use ewtp_vectors::Case;

use super::cases::{array, broken};
use super::lab::{DAY, Hub, T0, certificate_draft, code, net};

/// Malaysia, whose second charter, logged at index 5, revokes the customs key from index 3 on.
fn hub() -> Hub {
    let mut hub = Hub::new(net(), "MY", &[Duty::Log, Duty::Customs], &[]);
    let kid = hub.key(Duty::Customs).id();
    hub.refresh(T0.plus(10 * DAY), |plan| {
        plan.roles.retain(|role| role.duty != Duty::Customs);
        plan.revoked.push(Revocation {
            kid,
            reason: 2,
            first_bad_epoch: 0,
            first_bad_index: 3,
        });
    });
    hub
}

fn case(name: &'static str, rule: &'static str, note: &'static str, index: u64, record: &Record) -> Case {
    let case = Case::good("examine", name, rule, note);
    under(hub().chain.records(), "0:0 5:1", case, index, record)
}

/// A record at an index of a log that holds these charters, for a reader with this chain.
fn under(chain: &[Record], logged: &str, case: Case, index: u64, record: &Record) -> Case {
    case.with("net", net())
        .with("hub", code("MY"))
        .with("epoch", 0)
        .with("index", index)
        .with("charters", hex::encode(array(chain)))
        .with("logged", logged)
        .body(record.bytes().to_vec())
}

/// The clearance of the examples, changed, signed by the key of `duty`.
fn signed(duty: Duty, change: impl FnOnce(&mut Draft)) -> Record {
    let mut draft = certificate_draft(&hub());
    change(&mut draft);
    draft.sign(&hub().key(duty)).expect("the draft is well formed")
}

pub(crate) fn cases() -> Vec<Case> {
    [sound(), keys(), times()].into_iter().flatten().collect()
}

fn sound() -> Vec<Case> {
    let certificate = signed(Duty::Customs, |_| {});
    let hub = hub();
    let records = hub.chain.records();
    vec![
        case(
            "below-first-bad",
            "trust R22",
            "the last position before the theft",
            2,
            &certificate,
        ),
        case(
            "at-first-bad",
            "trust R22",
            "back-dated, but logged where the key is revoked",
            3,
            &certificate,
        )
        .refused("revoked-key"),
        case("above-first-bad", "trust R22", "one later", 4, &certificate).refused("revoked-key"),
        case(
            "genesis",
            "trust R22",
            "the genesis is judged by itself",
            0,
            &records[0],
        ),
        case("second-charter", "trust R24", "the chain's charter 1", 5, &records[1]),
        case(
            "charter-order",
            "trust R22",
            "charter 1 logged a second time",
            7,
            &records[1],
        )
        .refused("charter-order"),
        under(
            &records[..1],
            "0:0",
            Case::good(
                "examine",
                "charter-beyond",
                "trust R22",
                "charter 1, for a reader whose chain ends at 0",
            ),
            5,
            &records[1],
        )
        .refused("undecided"),
        case(
            "charter-broken",
            "trust R24",
            "a known body under a broken signature",
            5,
            &broken(&records[1]),
        )
        .refused("signature"),
        case("before-genesis", "trust R22", "index 0 is no charter", 0, &certificate).refused("no-charter"),
        case(
            "unknown-kind",
            "trust R22",
            "a kind of a later version",
            2,
            &signed(Duty::Customs, |draft| {
                draft.kind = RecordKind::STATUS;
            }),
        )
        .unsupported("unsupported"),
    ]
}

fn keys() -> Vec<Case> {
    let certificate = signed(Duty::Customs, |_| {});
    let by_root = certificate_draft(&hub())
        .sign(&super::lab::key("MY/root"))
        .expect("the draft is well formed");
    let as_manifest = signed(Duty::Customs, |draft| draft.kind = RecordKind::MANIFEST);
    vec![
        case(
            "broken-signature",
            "trust R22",
            "one bit of the signature",
            2,
            &broken(&certificate),
        )
        .refused("signature"),
        case(
            "wrong-duty",
            "trust R22",
            "signed by the log key",
            2,
            &signed(Duty::Log, |_| {}),
        )
        .refused("wrong-duty"),
        case("root-signs", "trust R22", "signed by a root key", 2, &by_root).refused("unknown-key"),
        case(
            "dropped-key",
            "trust R22",
            "logged after charter 1 dropped the key",
            6,
            &certificate,
        )
        .refused("unknown-key"),
        case(
            "wrong-issuer",
            "trust R22",
            "it names another hub",
            2,
            &signed(Duty::Customs, |draft| {
                draft.issuer = code("TH");
            }),
        )
        .refused("wrong-issuer"),
        case(
            "wrong-payload",
            "trust R22",
            "a certificate's payload in a manifest",
            2,
            &as_manifest,
        )
        .refused("body"),
    ]
}

fn times() -> Vec<Case> {
    let dated = |issued_at: UnixTime, life: u64| {
        signed(Duty::Customs, |draft| {
            draft.issued_at = issued_at;
            draft.expires_at = issued_at.plus(life);
        })
    };
    let (early, late) = (UnixTime(T0.0 - 1), T0.plus(200 * DAY + 1));
    vec![
        case(
            "before-window",
            "trust R22",
            "a second before the key's window",
            2,
            &dated(early, DAY),
        )
        .refused("outside-window"),
        case("after-window", "trust R22", "a second after it", 2, &dated(late, DAY)).refused("outside-window"),
        case(
            "window-edge",
            "trust R22",
            "its last second",
            2,
            &dated(T0.plus(200 * DAY), DAY),
        ),
        case(
            "life-too-long",
            "trust R22",
            "a second longer than the key may grant",
            2,
            &dated(T0, 90 * DAY + 1),
        )
        .refused("life-too-long"),
    ]
}
