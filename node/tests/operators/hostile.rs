//! Bytes that no honest node sends, said to a whole node by a member that it carries and let in: on every protocol a fault with
//! its code, points against the sender, and nothing kept.

use crate::hub::{Hub, NET, made};
use bytes::Bytes;
use ewtp_network::{Admission, Bulk, Limits, Network, NetworkConfig, NetworkEvent, NodeKey, Topic};
use ewtp_node::folder::Folder;
use ewtp_node::init::read_charters;
use ewtp_node::keys::{self, KeyName, Passphrase};
use ewtp_record::{NetName, Record};
use ewtp_trust::Introduction;
use std::time::Duration;
use tokio::runtime::Runtime;
use tokio::sync::mpsc;

/// What a node may grow by while it is told nonsense: far below what the nonsense would unpack to, and above what an
/// allocator keeps of two connections.
const GROWTH_KIB_MAX: u64 = 48 * 1024;

/// The rule that every decoder broken here tells by.
const RULE_BROKEN: &str = "peer broke a rule that every honest node keeps";
const NOT_INTRODUCED: &str = "introduction refused";
const NOT_OF_A_SCHEDULE: &str = "peer asked for what is no part of a schedule";

/// A way into a node, with the most bytes that its frames may have.
#[derive(Clone, Copy, Debug)]
enum Way {
    Introduction,
    Control,
    Gossip(Topic),
    Request(Bulk),
}

/// Every way; the raw frames that are too large for it are refused by `ewtp-network` before the node sees them, see its tests.
const WAYS: [(Way, usize, &str); 6] = [
    (Way::Introduction, 64 * 1024, NOT_INTRODUCED),
    (Way::Control, 64 * 1024, RULE_BROKEN),
    (Way::Gossip(Topic::Checkpoint), 32 * 1024, RULE_BROKEN),
    (Way::Gossip(Topic::Witness), 32 * 1024, RULE_BROKEN),
    (Way::Request(Bulk::Logs), 64, RULE_BROKEN),
    (Way::Request(Bulk::Schedules), 64, NOT_OF_A_SCHEDULE),
];

/// Makes so many bytes of nonsense, or fewer.
type Nonsense = fn(usize) -> Vec<u8>;

/// What is said: how it is made, the code of the fault and its words.
const NONSENSE: [(Nonsense, &str, &str); 3] = [
    (depth_bomb, "cbor-depth", "items lie deeper than the limit"),
    (
        not_canonical,
        "cbor-not-shortest",
        "a head is longer than its value needs",
    ),
    (noise, "cbor-trailing", "bytes follow the outermost item"),
];

fn depth_bomb(bytes: usize) -> Vec<u8> {
    [vec![0x81; bytes - 1], vec![0]].concat()
}

fn not_canonical(_: usize) -> Vec<u8> {
    vec![0x82, 0x18, 0x01, 0x40]
}

fn noise(bytes: usize) -> Vec<u8> {
    (0..bytes)
        .map(|at| ((at * 131 + 7) % 256).try_into().unwrap())
        .collect()
}

/// A hub that was let in by its charters, and whose node says what it likes.
struct Member {
    runtime: Runtime,
    config: NetworkConfig,
}

/// Its connection to a node.
struct Connection {
    network: Network,
    events: mpsc::Receiver<NetworkEvent>,
    node: NodeKey,
}

impl Member {
    /// Of a folder as `ewtp init` makes it.
    fn of(folder: &Folder) -> Self {
        let net: NetName = NET.parse().unwrap();
        let charters = read_charters(folder, &net).unwrap();
        let manifest = Record::decode(std::fs::read(folder.manifest()).unwrap().into()).unwrap();
        let introduction = Introduction {
            net,
            hub: charters.hub(),
            charters: charters.records().to_vec(),
            manifest,
        };
        let seed = keys::read(folder, KeyName::Node, &net, &mut Passphrase::default()).unwrap();
        let config = NetworkConfig {
            key_seed: *seed,
            net,
            listen: Vec::new(),
            introduction: introduction.encode(),
            admission: Admission::Members,
            limits: Limits::default(),
            faults: None,
        };
        let runtime = Runtime::new().unwrap();
        Self { runtime, config }
    }

    /// Dials, and says this for an introduction.
    fn dials(&self, hub: &Hub, introduction: Bytes) -> Connection {
        let status = hub.comes_to("an address", |status| status["addresses"][0].is_string());
        let config = NetworkConfig {
            introduction,
            ..self.config.clone()
        };
        let (network, mut events) = self.runtime.block_on(async { ewtp_network::start(config) }).unwrap();
        network.dial(status["addresses"][0].as_str().unwrap()).unwrap();
        let node = self.runtime.block_on(async {
            loop {
                if let NetworkEvent::Introduced { node, .. } = events.recv().await.unwrap() {
                    network.admit(node);
                    return node;
                }
            }
        });
        Connection { network, events, node }
    }

    /// Says these bytes on a way to a node that it reaches anew.
    fn says(&self, hub: &Hub, way: Way, bytes: Vec<u8>) -> Connection {
        let bytes = Bytes::from(bytes);
        if let Way::Introduction = way {
            return self.dials(hub, bytes);
        }
        let mut connection = self.dials(hub, self.config.introduction.clone());
        self.runtime.block_on(async {
            connection
                .comes_to(|event| matches!(event, NetworkEvent::Connected { .. }))
                .await;
            let (network, node) = (&connection.network, connection.node);
            match way {
                Way::Introduction => unreachable!("said above"),
                Way::Control => network.send(node, bytes),
                Way::Gossip(topic) => network.publish(topic, bytes),
                Way::Request(bulk) => {
                    let answer = network.request(node, bulk, bytes).recv().await;
                    assert!(!matches!(answer, Some(Ok(_))), "an answer to nonsense: {answer:?}");
                }
            }
        });
        connection
    }
}

impl Connection {
    async fn comes_to(&mut self, is_it: impl Fn(&NetworkEvent) -> bool) {
        let found = async { while !is_it(&self.events.recv().await.unwrap()) {} };
        tokio::time::timeout(Duration::from_secs(60), found).await.unwrap();
    }
}

/// A node that carries the other hub and never reaches it by itself.
fn carrying(member: &Member, folder: &Folder) -> Hub {
    let hub = Hub::of("MY", &[]);
    let charters = read_charters(folder, &member.config.net).unwrap();
    let genesis = charters.genesis_id();
    hub.types(&format!(
        "ewtp peer add {}={genesis}@/ip4/127.0.0.1/tcp/1",
        charters.hub()
    ));
    hub
}

#[test]
fn nonsense_on_every_protocol_is_a_fault_with_its_code_and_leaves_nothing() {
    let laid = made("RW", &[]);
    let folder = Folder::new(&laid.path().join("hub"));
    let member = Member::of(&folder);
    let mut hub = carrying(&member, &folder);
    for (way, bytes, message) in WAYS {
        // A new start forgets the points of the way before.
        hub.kill();
        hub.starts();
        let before_kib = hub.resident_kib();
        for (nonsense, code, words) in NONSENSE {
            let told = hub.events(message).len();
            let connection = member.says(&hub, way, nonsense(bytes));
            let event = hub.comes_to_tell(message, told);
            // An introduction is a page of its own in the specification, with one code for what cannot be read.
            let code = if matches!(way, Way::Introduction) {
                "malformed"
            } else {
                code
            };
            assert_eq!(event["fields"]["code"], code, "{way:?}: {event}");
            let fault = event["fields"]["fault"].as_str().unwrap();
            assert!(fault.contains(words), "{way:?}: {event}");
            connection.network.stop();
        }
        let status = hub.json(&["status"]);
        assert_eq!(status["state"], "running", "{way:?}: {status}");
        // It is alone but for the stranger, and says so; nothing else troubles it.
        let mut alarms = status["alarms"].as_array().unwrap().iter();
        assert!(
            alarms.all(|alarm| ["started-alone", "no-peers"].contains(&alarm["code"].as_str().unwrap())),
            "{way:?}: {status}"
        );
        assert_eq!(
            status["frontier"]["RW"]["size"].as_u64().unwrap_or(0),
            0,
            "{way:?}: {status}"
        );
        let grown_kib = hub.resident_kib().saturating_sub(before_kib);
        assert!(grown_kib < GROWTH_KIB_MAX, "{way:?}: {grown_kib} KiB");
    }
}

#[test]
fn a_member_that_goes_on_with_nonsense_is_sent_away() {
    let laid = made("RW", &[]);
    let folder = Folder::new(&laid.path().join("hub"));
    let member = Member::of(&folder);
    let hub = carrying(&member, &folder);
    let mut connection = member.says(&hub, Way::Control, vec![0xff; 100]);
    // Careless faults are tolerated about five times, and fade from the first moment on.
    for _ in 0..5 {
        connection
            .network
            .send(connection.node, Bytes::from_static(&[0xff; 100]));
    }
    let event = hub.comes_to_tell("peer misbehaved and is disconnected", 0);
    assert_eq!(event["fields"]["misbehaviour"], "Careless", "{event}");
    member
        .runtime
        .block_on(connection.comes_to(|event| matches!(event, NetworkEvent::Disconnected { .. })));
}
