use super::*;
use crate::cbor::Octets;
use crate::{DecodeError, KeyBytes, Record, SecretKey, UnixTime};

fn key(seed: u8) -> SecretKey {
    SecretKey::from_seed(&[seed; 32])
}

fn role(seed: u8, duty: Duty) -> Role {
    Role {
        key: key(seed).public().to_bytes(),
        duty,
        not_before: UnixTime(1_000),
        not_after: UnixTime(2_000_000),
        life_max_seconds: 86_400,
    }
}

fn genesis() -> CharterBody {
    let mut roots: Vec<KeyBytes> = [1, 2, 3].map(|seed| key(seed).public().to_bytes()).into();
    roots.sort();
    CharterBody {
        net: "test:unit".parse().unwrap(),
        hub: "MY".parse().unwrap(),
        number: 0,
        previous: None,
        issued_at: UnixTime(1_000),
        expires_at: UnixTime(2_000_000),
        roots,
        threshold: 2,
        next_roots: vec![Octets([1; 32]), Octets([2; 32])],
        next_threshold: 2,
        roles: vec![role(4, Duty::Log), role(5, Duty::Customs)],
        revoked: vec![],
        panel: vec!["RW".parse().unwrap(), "TH".parse().unwrap()],
        transition: Transition::Genesis,
        display_name: "Digital Free Trade Zone".to_owned(),
    }
}

fn sign(body: &CharterBody) -> Result<Record, DecodeError> {
    body.sign(&[&key(1), &key(2)], &[&key(4), &key(5)])
}

fn code(change: impl FnOnce(&mut CharterBody)) -> &'static str {
    let mut body = genesis();
    change(&mut body);
    let by_inspect = body.inspect().map_err(DecodeError::from).unwrap_err();
    let by_decode = CharterBody::decode(&body.encode()).unwrap_err();
    assert_eq!(by_inspect.code(), by_decode.code());
    by_decode.code()
}

#[test]
fn a_charter_reads_back_as_written() {
    let body = genesis();
    let record = sign(&body).unwrap();
    let sealed = SealedCharter::decode(record.payload()).unwrap();
    assert_eq!(sealed.encode(), record.payload_bytes());
    assert_eq!(sealed.read_body(record.header()), Ok(body.clone()));
    assert_eq!(sealed.id(), body.id());
    let message = SealedCharter::message(&sealed.body);
    for entry in &sealed.signatures {
        let signer = [2, 4, 5]
            .map(key)
            .into_iter()
            .find(|key| key.id() == entry.kid)
            .unwrap();
        assert_eq!(signer.public().verify(&message, &entry.signature), Ok(()));
    }
    assert_eq!(record.verify(&key(1).public()), Ok(()));
}

#[test]
fn a_charter_that_contradicts_itself_is_refused() {
    assert_eq!(code(|body| body.number = 1), "previous");
    assert_eq!(code(|body| body.transition = Transition::Refresh), "transition");
    assert_eq!(
        code(|body| body.expires_at = UnixTime(1_000 + 400 * 86_400 + 1)),
        "life"
    );
    assert_eq!(code(|body| body.expires_at = body.issued_at), "life");
    assert_eq!(code(|body| body.roots.reverse()), "order");
    assert_eq!(code(|body| body.threshold = 1), "threshold");
    assert_eq!(code(|body| body.threshold = 4), "threshold");
    assert_eq!(code(|body| body.next_threshold = 3), "threshold");
    assert_eq!(code(|body| body.next_roots.clear()), "count");
    assert_eq!(code(|body| body.roles.reverse()), "order");
    assert_eq!(code(|body| body.roles[1].key = body.roots[0]), "root-with-duty");
    assert_eq!(code(|body| body.roles[1].key = body.roles[0].key), "two-duties");
    assert_eq!(code(|body| body.roles[0].duty = Duty::Witness), "log-key");
    assert_eq!(code(|body| body.panel.insert(0, body.hub)), "own-panel");
    assert_eq!(code(|body| body.display_name = "a\nb".to_owned()), "display-name");
}

#[test]
fn a_single_root_is_for_tests_only() {
    let mut body = genesis();
    body.roots.truncate(1);
    body.threshold = 1;
    assert_eq!(body.inspect(), Ok(()));
    body.net = "ewtp".parse().unwrap();
    assert_eq!(body.inspect().unwrap_err().code, "single-root");
}

#[test]
fn an_envelope_that_differs_from_the_body_is_refused() {
    let body = genesis();
    let sealed = SealedCharter::decode(sign(&body).unwrap().payload()).unwrap();
    let mut draft = body.draft(&sealed);
    draft.issuer = "RW".parse().unwrap();
    let record = draft.sign(&key(1)).unwrap();
    assert_eq!(
        sealed.read_body(record.header()).unwrap_err().code(),
        "envelope-differs"
    );
}
