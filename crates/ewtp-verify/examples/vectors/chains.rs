//! Charter chains: an array of charter records, judged for a hub that the reader has pinned.

use ewtp_record::cbor::Octets;
use ewtp_record::charter::{CharterSignature, Revocation, SealedCharter};
use ewtp_record::{CharterBody, CharterId, Duty, KeyBytes, Record, SecretKey};
use ewtp_trust::draft::{CharterDraft, GenesisPlan, role};
use ewtp_vectors::Case;

use super::cases::{array, broken};
use super::lab::{DAY, T0, code, key, net};

fn root(number: u8) -> SecretKey {
    key(&format!("MY/root-{number}"))
}

fn duty_key(duty: Duty) -> SecretKey {
    key(&format!("MY/{duty}"))
}

/// A genesis of two of three roots, with a log and a customs key.
fn genesis_draft() -> CharterDraft {
    let window = (T0, T0.plus(200 * DAY));
    let entry = |duty| role(duty_key(duty).public().to_bytes(), duty, window, 90 * DAY);
    CharterDraft::genesis(GenesisPlan {
        net: net(),
        hub: code("MY"),
        display_name: "Malaysia".to_owned(),
        issued_at: T0,
        expires_at: T0.plus(300 * DAY),
        roots: (0..3).map(|number| root(number).public().to_bytes()).collect(),
        threshold: 2,
        next_roots: (0..3)
            .map(|number| key(&format!("MY/next-{number}")).public().to_bytes())
            .collect(),
        next_threshold: 2,
        roles: vec![entry(Duty::Log), entry(Duty::Customs)],
        panel: vec![code("SG"), code("TH")],
    })
    .expect("the plan keeps the rules")
}

fn genesis() -> Record {
    sign(genesis_draft().body())
}

/// Signed by two roots and by every role key of the body.
fn sign(body: &CharterBody) -> Record {
    let all = [Duty::Log, Duty::Customs].map(duty_key);
    let named = |key: &&SecretKey| body.roles.iter().any(|role| role.key == key.public().to_bytes());
    let keys: Vec<&SecretKey> = all.iter().filter(named).collect();
    body.sign(&[&root(0), &root(1)], &keys)
        .expect("the body keeps the rules of one charter")
}

/// The genesis under exactly these inner signatures; root 0 signs the envelope.
fn sealed_by(keys: &[SecretKey]) -> Record {
    let draft = genesis_draft();
    let message = draft.message();
    let mut signatures: Vec<_> = keys
        .iter()
        .map(|key| CharterSignature {
            kid: key.id(),
            signature: key.sign(&message),
        })
        .collect();
    signatures.sort_by_key(|entry| entry.kid);
    let sealed = SealedCharter {
        number: 0,
        body: draft.body().encode(),
        signatures,
    };
    draft
        .body()
        .draft(&sealed)
        .sign(&root(0))
        .expect("the draft is well formed")
}

/// The refresh that follows `before`, a day later, changed.
fn refresh(before: &CharterBody, change: impl FnOnce(&mut CharterBody)) -> CharterBody {
    let mut body = CharterBody {
        number: before.number + 1,
        previous: Some(before.id()),
        issued_at: before.issued_at.plus(DAY),
        expires_at: before.expires_at.plus(DAY),
        transition: ewtp_record::charter::Transition::Refresh,
        ..before.clone()
    };
    change(&mut body);
    body
}

fn revoke(body: &mut CharterBody, index: u64) {
    let kid = duty_key(Duty::Customs).id();
    body.roles.retain(|role| role.duty != Duty::Customs);
    body.revoked = vec![Revocation {
        kid,
        reason: 2,
        first_bad_epoch: 0,
        first_bad_index: index,
    }];
}

fn case(name: &'static str, rule: &'static str, note: &'static str, records: &[Record]) -> Case {
    let pinned = genesis_draft().id();
    Case::good("charter-chain", name, rule, note)
        .with("net", net())
        .with("hub", code("MY"))
        .with("genesis", pinned)
        .body(array(records))
}

pub(crate) fn cases() -> Vec<Case> {
    [singles(), refreshes(), revocations()].into_iter().flatten().collect()
}

fn singles() -> Vec<Case> {
    let (log, customs) = (duty_key(Duty::Log), duty_key(Duty::Customs));
    let mut weak = genesis_draft().body().clone();
    let mut identity = [0; 32];
    identity[0] = 1;
    weak.next_threshold = 1;
    weak.roles[1].key = KeyBytes(identity);
    let weak_id = weak.id();
    vec![
        case(
            "genesis",
            "trust R9",
            "two of three roots, each role key signed",
            &[genesis()],
        ),
        case(
            "one-root",
            "trust R7",
            "only the root of the envelope signed",
            &[sealed_by(&[log.clone(), customs.clone()])],
        )
        .refused("below-threshold"),
        case(
            "padded-threshold",
            "trust R6",
            "the root of the envelope signs the body as well",
            &[sealed_by(&[root(0), log.clone(), customs.clone()])],
        )
        .refused("unknown-signer"),
        case(
            "stranger-signs",
            "trust R6",
            "a key that the body does not have signs too",
            &[sealed_by(&[root(1), log.clone(), customs, key("stranger")])],
        )
        .refused("unknown-signer"),
        case(
            "no-possession",
            "trust R8",
            "the customs key did not sign",
            &[sealed_by(&[root(1), log])],
        )
        .refused("no-possession"),
        case(
            "broken-envelope",
            "trust R6",
            "one bit of the envelope's signature",
            &[broken(&genesis())],
        )
        .refused("signature"),
        Case::good(
            "charter-chain",
            "small-order-key",
            "trust R3",
            "the customs key is the identity point",
        )
        .refused("bad-key")
        .with("net", net())
        .with("hub", code("MY"))
        .with("genesis", weak_id)
        .body(array(&[sign(&weak)])),
        Case::good(
            "charter-chain",
            "another-net",
            "trust R2",
            "a charter of a test net on the live net",
        )
        .refused("wrong-net")
        .with("net", "ewtp")
        .with("hub", code("MY"))
        .with("genesis", genesis_draft().id())
        .body(array(&[genesis()])),
        Case::good(
            "charter-chain",
            "another-genesis",
            "trust R9",
            "the pin names another genesis",
        )
        .refused("wrong-genesis")
        .with("net", net())
        .with("hub", code("MY"))
        .with("genesis", CharterId([7; 32]))
        .body(array(&[genesis()])),
    ]
}

fn refreshes() -> Vec<Case> {
    let first = genesis_draft().body().clone();
    let with = |change: &dyn Fn(&mut CharterBody)| sign(&refresh(&first, change));
    let second = refresh(&first, |body| body.display_name = "Malaysia e-Hub".to_owned());
    let third = sign(&refresh(&second, |_| {}));
    let sound = sign(&second);
    let two_faced = with(&|body| body.display_name = "Two-faced".to_owned());
    let bad = |name, rule, note, record: Record, reason| case(name, rule, note, &[genesis(), record]).refused(reason);
    vec![
        case(
            "refresh",
            "trust R11",
            "a second charter follows",
            &[genesis(), sound.clone()],
        ),
        case(
            "any-order",
            "trust R15",
            "three charters, the last first",
            &[third.clone(), genesis(), sound.clone()],
        ),
        case("gap", "trust R15", "charter 1 is missing", &[genesis(), third]).refused("gap"),
        case(
            "conflict",
            "trust R14",
            "two charters of number 1",
            &[genesis(), sound, two_faced],
        )
        .refused("conflict"),
        bad(
            "changed-next",
            "trust R11",
            "a refresh changes what the roots committed to",
            with(&|body| body.next_roots[2] = Octets([0xff; 32])),
            "refresh-changes-roots",
        ),
        bad(
            "changed-next-threshold",
            "trust R11",
            "a refresh lowers the next threshold",
            with(&|body| body.next_threshold = 1),
            "refresh-changes-roots",
        ),
        bad(
            "stray-previous",
            "trust R10",
            "it names another charter as the one before",
            with(&|body| body.previous = Some(CharterId([7; 32]))),
            "previous",
        ),
        bad(
            "another-hub",
            "trust R10",
            "the second charter is of another hub",
            with(&|body| body.hub = code("BE")),
            "wrong-hub",
        ),
        bad(
            "time-runs-back",
            "trust R12",
            "issued before the charter it follows",
            with(&|body| body.issued_at.0 -= 2 * DAY),
            "time-runs-back",
        ),
    ]
}

fn revocations() -> Vec<Case> {
    let first = genesis_draft().body().clone();
    let second = refresh(&first, |body| revoke(body, 100));
    let chain = |change: &dyn Fn(&mut CharterBody)| [genesis(), sign(&second), sign(&refresh(&second, change))];
    let mut kept = refresh(&first, |body| revoke(body, 100));
    kept.roles = first.roles;
    vec![
        case(
            "revocation-lowered",
            "trust R13",
            "the first bad position goes down",
            &chain(&|body| revoke(body, 99)),
        ),
        case(
            "revocation-raised",
            "trust R13",
            "the first bad position goes up",
            &chain(&|body| revoke(body, 101)),
        )
        .refused("revocation-weakened"),
        case(
            "revocation-dropped",
            "trust R13",
            "the revocation is gone",
            &chain(&|body| body.revoked.clear()),
        )
        .refused("revocation-weakened"),
        case(
            "revoked-role",
            "trust R5",
            "the revoked key still has its duty",
            &[genesis(), sign(&kept)],
        )
        .refused("revoked-role"),
    ]
}
