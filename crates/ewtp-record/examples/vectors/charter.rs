//! Vectors of charters.

use super::case::{Case, DAY, NOW, key, list, number, read, text, with, without};
use bytes::Bytes;
use ciborium::Value;
use ewtp_record::cbor::Octets;
use ewtp_record::charter::{CharterSignature, Revocation, Role, Transition};
use ewtp_record::{CharterBody, CharterId, Draft, Duty, KeyBytes, SealedCharter, UnixTime};

fn role(seed: u8, duty: Duty) -> Role {
    Role {
        key: key(seed).public().to_bytes(),
        duty,
        not_before: NOW,
        not_after: NOW.plus(400 * DAY),
        life_max_seconds: 731 * DAY,
    }
}

fn genesis() -> CharterBody {
    let mut roots: Vec<KeyBytes> = [1, 2, 3].map(|seed| key(seed).public().to_bytes()).into();
    roots.sort();
    CharterBody {
        net: "test:vectors".parse().expect("a network"),
        hub: "MY".parse().expect("a hub"),
        number: 0,
        previous: None,
        issued_at: NOW,
        expires_at: NOW.plus(180 * DAY),
        roots,
        threshold: 2,
        next_roots: vec![Octets([0x11; 32]), Octets([0x22; 32]), Octets([0x33; 32])],
        next_threshold: 2,
        roles: vec![
            role(4, Duty::Log),
            role(5, Duty::Witness),
            role(6, Duty::Customs),
            role(7, Duty::Registrar),
        ],
        revoked: vec![],
        panel: vec!["RW".parse().expect("a hub"), "TH".parse().expect("a hub")],
        transition: Transition::Genesis,
        display_name: "Digital Free Trade Zone".to_owned(),
    }
}

/// All inner signatures over `body`: of the second root and of the role keys.
fn signatures(body: &[u8]) -> Vec<CharterSignature> {
    let message = SealedCharter::message(body);
    let sign = |seed| CharterSignature {
        kid: key(seed).id(),
        signature: key(seed).sign(&message),
    };
    let mut signatures: Vec<_> = [2, 4, 5, 6, 7].map(sign).into();
    signatures.sort_by_key(|entry| entry.kid);
    signatures
}

/// A record around any body, sound or not, with the envelope of `like`.
fn sealed(body: Bytes, like: &CharterBody) -> Draft {
    let signatures = signatures(&body);
    like.draft(&SealedCharter {
        number: like.number,
        body,
        signatures,
    })
}

fn sign(draft: &Draft) -> Bytes {
    draft.sign(&key(1)).expect("the envelope is sound").bytes().clone()
}

/// A record of the genesis charter after a change that its types allow.
fn changed(change: impl FnOnce(&mut CharterBody)) -> Bytes {
    let mut body = genesis();
    change(&mut body);
    sign(&sealed(body.encode(), &body))
}

/// A record of the genesis charter with one item of its body replaced.
fn edited(path: &[u64], item: Value) -> Bytes {
    sign(&sealed(with(&genesis().encode(), path, item), &genesis()))
}

fn refresh(body: &mut CharterBody) {
    body.number = 1;
    body.previous = Some(genesis().id());
    body.transition = Transition::Refresh;
}

pub(crate) fn cases() -> Vec<Case> {
    [sound(), later(), bodies(), roles(), seals()].concat()
}

fn sound() -> Vec<Case> {
    let outer = key(1).public().to_bytes();
    let alone = |body: &mut CharterBody| {
        body.roots = vec![key(1).public().to_bytes()];
        body.threshold = 1;
    };
    let revoking = |body: &mut CharterBody| {
        refresh(body);
        body.revoked = vec![Revocation {
            kid: key(9).id(),
            reason: 2,
            first_bad_epoch: 0,
            first_bad_index: 4_711,
        }];
    };
    vec![
        Case::ok("genesis", "charter R18", changed(|_| {})).key(outer),
        Case::ok("single-root-of-a-test", "charter R9", changed(alone)).key(outer),
        Case::ok("refresh", "charter R17", changed(refresh))
            .key(outer)
            .note("follows the genesis vector"),
        Case::ok("refresh-that-revokes", "charter R12", changed(revoking)).key(outer),
        Case::ok("no-panel", "charter R13", changed(|body| body.panel.clear())),
        Case::ok(
            "400-days",
            "charter R8",
            changed(|body| body.expires_at = NOW.plus(400 * DAY)),
        ),
        Case::ok("unknown-odd-key", "record R19", edited(&[17], text("later"))),
    ]
}

fn later() -> Vec<Case> {
    vec![
        Case::unsupported(
            "rotation",
            "charter R14",
            "unsupported-transition",
            edited(&[14], number(2)),
        ),
        Case::unsupported(
            "close",
            "charter R14",
            "unsupported-transition",
            edited(&[14], number(3)),
        ),
        Case::unsupported(
            "unknown-duty",
            "record R20",
            "unsupported-code",
            edited(&[11, 0, 1], number(10)),
        ),
        Case::unsupported(
            "unknown-even-key",
            "record R19",
            "unsupported-key",
            edited(&[16], number(0)),
        ),
        Case::unsupported(
            "unknown-even-key-of-a-role",
            "record R19",
            "unsupported-key",
            edited(&[11, 0, 6], number(0)),
        ),
        Case::unsupported(
            "body-version-2",
            "record R18",
            "unsupported-version",
            edited(&[0], number(2)),
        ),
    ]
}

fn bodies() -> Vec<Case> {
    let case = |name, rule, reason, bytes: Bytes| Case::refused(name, rule, reason, bytes);
    let missing = |key| sign(&sealed(without(&genesis().encode(), &[key]), &genesis()));
    let hubs = |codes: &[&str]| list(codes.iter().map(|code| text(code)));
    let sixteen: Vec<String> = ('A'..='P').map(|letter| format!("TH-{letter}")).collect();
    let sixteen: Vec<&str> = sixteen.iter().map(String::as_str).collect();
    let revoked = |kid: u8| list([Value::Bytes(vec![kid; 8]), number(1), number(0), number(5)]);
    let main = |body: &mut CharterBody| {
        body.net = "ewtp".parse().expect("a network");
        body.roots.truncate(1);
        body.threshold = 1;
    };
    vec![
        case("no-net", "charter R6", "missing", missing(1)),
        case(
            "net-of-another-form",
            "values R3",
            "net-name",
            edited(&[1], text("test:Vectors")),
        ),
        case("hub-of-no-country", "values R2", "hub-code", edited(&[2], text("ZZ"))),
        case("number-above-1023", "charter R7", "bounds", edited(&[3], number(1_024))),
        case(
            "genesis-with-previous",
            "charter R7",
            "previous",
            changed(|body| body.previous = Some(CharterId([1; 32]))),
        ),
        case(
            "refresh-without-previous",
            "charter R7",
            "previous",
            changed(|body| {
                refresh(body);
                body.previous = None;
            }),
        ),
        case(
            "genesis-as-refresh",
            "charter R14",
            "transition",
            changed(|body| body.transition = Transition::Refresh),
        ),
        case(
            "second-genesis",
            "charter R14",
            "transition",
            changed(|body| {
                refresh(body);
                body.transition = Transition::Genesis;
            }),
        ),
        case(
            "401-days",
            "charter R8",
            "life",
            changed(|body| body.expires_at = NOW.plus(401 * DAY)),
        ),
        case("no-roots", "charter R9", "count", edited(&[7], list([]))),
        case(
            "unsorted-roots",
            "charter R9",
            "order",
            changed(|body| body.roots.reverse()),
        ),
        case(
            "same-root-twice",
            "charter R9",
            "order",
            changed(|body| body.roots[1] = body.roots[0]),
        ),
        case(
            "threshold-of-half",
            "charter R9",
            "threshold",
            changed(|body| body.threshold = 1),
        ),
        case(
            "threshold-above-all",
            "charter R9",
            "threshold",
            changed(|body| body.threshold = 4),
        ),
        case("single-root", "charter R9", "single-root", changed(main)),
        case(
            "no-next-roots",
            "charter R10",
            "count",
            changed(|body| body.next_roots.clear()),
        ),
        case(
            "unsorted-next-roots",
            "charter R10",
            "order",
            changed(|body| body.next_roots.reverse()),
        ),
        case(
            "next-threshold-above-all",
            "charter R10",
            "threshold",
            changed(|body| body.next_threshold = 4),
        ),
        case(
            "next-threshold-of-none",
            "charter R10",
            "bounds",
            edited(&[10], number(0)),
        ),
        case(
            "unsorted-revocations",
            "charter R12",
            "order",
            edited(&[12], list([revoked(2), revoked(1)])),
        ),
        case(
            "key-revoked-twice",
            "charter R12",
            "order",
            edited(&[12], list([revoked(1), revoked(1)])),
        ),
        case(
            "revocation-of-three",
            "record R21",
            "shape",
            edited(&[12], list([list([Value::Bytes(vec![1; 8]), number(1), number(0)])])),
        ),
        case(
            "unsorted-panel",
            "charter R13",
            "order",
            edited(&[13], hubs(&["TH", "RW"])),
        ),
        case("panel-of-16", "charter R13", "count", edited(&[13], hubs(&sixteen))),
        case(
            "panel-with-itself",
            "charter R13",
            "own-panel",
            edited(&[13], hubs(&["MY"])),
        ),
        case(
            "display-name-empty",
            "charter R15",
            "display-name",
            edited(&[15], text("")),
        ),
        case(
            "display-name-of-65",
            "charter R15",
            "display-name",
            edited(&[15], text(&"n".repeat(65))),
        ),
        case(
            "display-name-of-two-lines",
            "charter R15",
            "display-name",
            edited(&[15], text("a\nb")),
        ),
    ]
}

fn roles() -> Vec<Case> {
    let case =
        |name, reason, change: &dyn Fn(&mut CharterBody)| Case::refused(name, "charter R11", reason, changed(change));
    vec![
        case("no-roles", "count", &|body| body.roles.clear()),
        case("unsorted-roles", "order", &|body| body.roles.swap(2, 3)),
        case("key-with-two-duties", "two-duties", &|body| {
            body.roles[3].key = body.roles[2].key
        }),
        case("root-with-duty", "root-with-duty", &|body| {
            body.roles[2].key = body.roots[0]
        }),
        case("no-log-key", "log-key", &|body| {
            body.roles.retain(|role| role.duty != Duty::Log)
        }),
        case("two-log-keys", "log-key", &|body| {
            body.roles.push(role(10, Duty::Log));
            body.roles.sort_by_key(|role| (role.duty, role.key));
        }),
        case("two-witness-keys", "witness-key", &|body| {
            body.roles.push(role(10, Duty::Witness));
            body.roles.sort_by_key(|role| (role.duty, role.key));
        }),
        case("window-backwards", "window", &|body| {
            body.roles[0].not_after = UnixTime(NOW.0 - 1)
        }),
        Case::refused(
            "role-without-life",
            "charter R11",
            "bounds",
            edited(&[11, 0, 4], number(0)),
        ),
        Case::refused(
            "role-key-of-31",
            "record R21",
            "shape",
            edited(&[11, 0, 0], Value::Bytes(vec![1; 31])),
        ),
    ]
}

/// Faults around the body: its signatures, and an envelope that says something else.
fn seals() -> Vec<Case> {
    let case = |name, rule, reason, bytes: Bytes| Case::refused(name, rule, reason, bytes);
    let draft = || sealed(genesis().encode(), &genesis());
    let payload = |path: &[u64], item| {
        sign(&Draft {
            payload: with(&draft().payload, path, item),
            ..draft()
        })
    };
    let reversed = {
        let mut entries = read(&draft().payload)
            .into_map()
            .expect("a map")
            .remove(3)
            .1
            .into_array()
            .expect("a list");
        entries.reverse();
        payload(&[3], Value::Array(entries))
    };
    let unsorted = {
        let body = genesis().encode();
        let swapped = [&body[..1], &body[3..17], &body[1..3], &body[17..]].concat();
        payload(&[2], Value::Bytes(swapped))
    };
    vec![
        case(
            "no-body",
            "charter R1",
            "missing",
            sign(&Draft {
                payload: without(&draft().payload, &[2]),
                ..draft()
            }),
        ),
        case("body-unsorted", "record R2", "cbor-unsorted-keys", unsorted),
        case("unsorted-signatures", "charter R3", "order", reversed),
        case(
            "signature-of-63",
            "record R21",
            "shape",
            payload(&[3, 0, 1], Value::Bytes(vec![0; 63])),
        ),
        case(
            "another-issuer",
            "charter R2",
            "envelope-differs",
            sign(&Draft {
                issuer: "TH".parse().expect("a hub"),
                ..draft()
            }),
        ),
        case(
            "another-subject",
            "charter R2",
            "envelope-differs",
            sign(&Draft {
                subject: "MY".parse().expect("a text"),
                ..draft()
            }),
        ),
        case(
            "another-expiry",
            "charter R2",
            "envelope-differs",
            sign(&Draft {
                expires_at: NOW.plus(DAY),
                ..draft()
            }),
        ),
        case(
            "envelope-with-not-before",
            "charter R2",
            "envelope-differs",
            sign(&Draft {
                not_before: Some(NOW),
                ..draft()
            }),
        ),
        case(
            "another-number",
            "charter R2",
            "envelope-differs",
            payload(&[1], number(1)),
        ),
    ]
}
