//! Introductions: the frame a node sends, judged on a connection that has proven the node's key.

use super::lab::{DAY, Hub, T0, code, net};
use ewtp_record::{Duty, Manifest, NodeKey, Record, UnixTime};
use ewtp_trust::Introduction;
use ewtp_trust::draft::manifest;
use ewtp_vectors::Case;

const NODE: NodeKey = NodeKey([7; 32]);

fn hub(text: &str) -> Hub {
    Hub::new(net(), text, &[Duty::Log, Duty::Operator], &[])
}

fn manifest_of(hub: &Hub, node: NodeKey, signer: Duty) -> Record {
    let body = Manifest {
        revision: 0,
        node,
        addresses: vec!["/ip4/192.0.2.7/tcp/4001".to_owned()],
        roles: 7,
    };
    let life = (T0, T0.plus(30 * DAY));
    manifest(
        &hub.key(signer),
        hub.code,
        "gate-1".parse().expect("a subject"),
        &body,
        life,
    )
    .expect("a manifest")
}

fn introduction() -> Introduction {
    let hub = hub("MY");
    Introduction {
        net: net(),
        hub: hub.code,
        charters: hub.chain.records().to_vec(),
        manifest: manifest_of(&hub, NODE, Duty::Operator),
    }
}

fn case(name: &'static str, rule: &'static str, note: &'static str, now: UnixTime, frame: Vec<u8>) -> Case {
    let hub = hub("MY");
    Case::good("introduction", name, rule, note)
        .with("net", net())
        .with("pins", format!("{}:{}", hub.code, hub.chain.genesis_id()))
        .with("node", hex::encode(NODE.0))
        .with("now", now.0)
        .body(frame)
}

/// The refusal of the introduction after `change`.
fn bad(
    name: &'static str,
    rule: &'static str,
    note: &'static str,
    reason: &'static str,
    change: impl FnOnce(&mut Introduction),
) -> Case {
    let mut introduction = introduction();
    change(&mut introduction);
    case(name, rule, note, T0.plus(DAY), introduction.encode().to_vec()).refused(reason)
}

pub(crate) fn cases() -> Vec<Case> {
    let sound = introduction().encode().to_vec();
    let mut version = sound.clone();
    version[1] = 2;
    let mut longer = sound.clone();
    longer.push(0);
    let stranger = Introduction {
        hub: code("SG"),
        charters: hub("SG").chain.records().to_vec(),
        manifest: manifest_of(&hub("SG"), NODE, Duty::Operator),
        ..introduction()
    };
    let at = |days: u64| T0.plus(days * DAY);
    vec![
        case("carried", "trust R27", "a node of a pinned hub", at(1), sound.clone()).with("acquaintance", "carried"),
        case(
            "stranger",
            "trust R29",
            "a node of a hub that is not pinned",
            at(1),
            stranger.encode().to_vec(),
        )
        .with("acquaintance", "stranger"),
        case("version", "trust R25", "version 2", at(1), version).refused("version"),
        case("trailing-byte", "trust R25", "a byte after the frame", at(1), longer).refused("malformed"),
        case(
            "manifest-expired",
            "trust R27",
            "31 days after a manifest of 30",
            at(31),
            sound.clone(),
        )
        .refused("expired"),
        case(
            "charter-expired",
            "trust R28",
            "a year after a charter of 300 days",
            at(365),
            sound,
        )
        .refused("charter-expired"),
        bad(
            "another-net",
            "trust R25",
            "the frame names another net",
            "wrong-net",
            |introduction| {
                introduction.net = "test:other".parse().expect("a net name");
            },
        ),
        bad(
            "another-hub",
            "trust R26",
            "the charters are of another hub",
            "wrong-hub",
            |introduction| {
                introduction.hub = code("SG");
            },
        ),
        bad("no-genesis", "trust R26", "no charter at all", "gap", |introduction| {
            introduction.charters.clear()
        }),
        bad(
            "another-genesis",
            "trust R26",
            "the same code with its own keys",
            "wrong-genesis",
            |introduction| {
                let impostor = Hub::new(net(), "MY", &[Duty::Log, Duty::Operator, Duty::Customs], &[]);
                introduction.charters = impostor.chain.records().to_vec();
            },
        ),
        bad(
            "another-node",
            "trust R27",
            "the manifest of another node",
            "wrong-node",
            |introduction| {
                introduction.manifest = manifest_of(&hub("MY"), NodeKey([8; 32]), Duty::Operator);
            },
        ),
        bad(
            "manifest-by-log-key",
            "trust R27",
            "signed by a key of another duty",
            "manifest",
            |introduction| {
                introduction.manifest = manifest_of(&hub("MY"), NODE, Duty::Log);
            },
        ),
    ]
}
