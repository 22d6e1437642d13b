//! Nodes on loopback, and waiting for what they tell.

use std::{collections::VecDeque, fmt::Debug, sync::Arc, time::Duration};

use bytes::Bytes;
use ewtp_network::{
    Admission, Limits, LinkFaults, Member, NetName, Network, NetworkConfig, NetworkEvent, NodeKey, Topic,
};
use tokio::{sync::mpsc, time::timeout};

/// Long enough for a busy machine: nothing waits for it to pass, only for events.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// One node and what it has told and nobody has asked for yet.
pub(crate) struct Node {
    pub(crate) network: Network,
    pub(crate) address: String,
    pub(crate) key: NodeKey,
    events: mpsc::Receiver<NetworkEvent>,
    unread: VecDeque<NetworkEvent>,
}

pub(crate) fn config(seed: u8) -> NetworkConfig {
    NetworkConfig {
        key_seed: [seed; 32],
        net: net(),
        listen: vec!["/ip4/127.0.0.1/tcp/0".to_owned()],
        introduction: Bytes::from(format!("introduction of {seed}")),
        admission: Admission::Members,
        limits: Limits::default(),
        faults: None,
    }
}

pub(crate) fn quic(seed: u8) -> NetworkConfig {
    NetworkConfig {
        listen: vec!["/ip4/127.0.0.1/udp/0/quic-v1".to_owned()],
        ..config(seed)
    }
}

pub(crate) fn faulty(seed: u8, faults: Arc<dyn LinkFaults>) -> NetworkConfig {
    NetworkConfig {
        faults: Some(faults),
        ..config(seed)
    }
}

impl Node {
    pub(crate) async fn start(config: NetworkConfig) -> Self {
        let (network, events) = ewtp_network::start(config).unwrap();
        let key = network.node();
        let mut node = Self {
            network,
            address: String::new(),
            key,
            events,
            unread: VecDeque::new(),
        };
        node.address = node
            .event("an address", |event| match event {
                NetworkEvent::Listening { address } => Some(address.clone()),
                _ => None,
            })
            .await;
        node
    }

    /// The first event that `pick` takes, past or to come; the others stay for later.
    pub(crate) async fn event<T>(&mut self, what: &str, pick: impl Fn(&NetworkEvent) -> Option<T>) -> T {
        self.take(what, |event| pick(event).is_some(), |event| pick(&event).unwrap())
            .await
    }

    pub(crate) async fn take<T>(
        &mut self,
        what: &str,
        wanted: impl Fn(&NetworkEvent) -> bool,
        into: impl FnOnce(NetworkEvent) -> T,
    ) -> T {
        if let Some(index) = self.unread.iter().position(&wanted) {
            return into(self.unread.remove(index).unwrap());
        }
        let found = timeout(PATIENCE, async {
            loop {
                let event = self.events.recv().await.expect("the network runs");
                if wanted(&event) {
                    return event;
                }
                self.unread.push_back(event);
            }
        });
        match found.await {
            Ok(event) => into(event),
            Err(_) => panic!("{what} did not come; there were {:?}", self.unread),
        }
    }

    /// Waits until the events end.
    pub(crate) async fn ended(mut self) {
        timeout(PATIENCE, async { while self.events.recv().await.is_some() {} })
            .await
            .expect("the network ends");
    }

    /// Everything told within `time` and before.
    pub(crate) async fn all_within(&mut self, time: Duration) -> Vec<NetworkEvent> {
        let mut all: Vec<_> = self.unread.drain(..).collect();
        let _ = timeout(time, async {
            while let Some(event) = self.events.recv().await {
                all.push(event);
            }
        })
        .await;
        all
    }

    pub(crate) async fn introduced(&mut self) -> (NodeKey, Bytes) {
        self.event("an introduction", |event| match event {
            NetworkEvent::Introduced { node, introduction } => Some((*node, introduction.clone())),
            _ => None,
        })
        .await
    }

    pub(crate) async fn admit_next(&mut self) -> NodeKey {
        let (node, _) = self.introduced().await;
        self.network.admit(node);
        node
    }

    pub(crate) async fn connected(&mut self, to: &Self) {
        let key = to.key;
        self.event("a connection", |event| {
            matches!(event, NetworkEvent::Connected { node } if *node == key).then_some(())
        })
        .await;
    }

    /// Waits for the connection. Of two that were dialled at once one makes way, and whoever had introduced itself on that
    /// one does so again: it is admitted again, as a node does.
    async fn connected_or_introduced_again(&mut self, to: NodeKey) {
        let ends = |event: &NetworkEvent| match event {
            NetworkEvent::Connected { node } => *node == to,
            NetworkEvent::Introduced { .. } => true,
            _ => false,
        };
        loop {
            match self.take("a connection", ends, |event| event).await {
                NetworkEvent::Introduced { node, .. } => self.network.admit(node),
                _ => return,
            }
        }
    }

    pub(crate) async fn disconnected(&mut self, from: &Self) {
        let key = from.key;
        self.event("a disconnection", |event| {
            matches!(event, NetworkEvent::Disconnected { node } if *node == key).then_some(())
        })
        .await;
    }

    pub(crate) async fn message(&mut self) -> Bytes {
        self.event("a control frame", |event| match event {
            NetworkEvent::Message { bytes, .. } => Some(bytes.clone()),
            _ => None,
        })
        .await
    }

    pub(crate) async fn gossip(&mut self) -> (ewtp_network::MessageId, Topic, Bytes) {
        self.event("gossip", |event| match event {
            NetworkEvent::Gossip {
                message, topic, bytes, ..
            } => Some((*message, *topic, bytes.clone())),
            _ => None,
        })
        .await
    }

    /// What the next request is for, and where its answer goes.
    pub(crate) async fn request_for(&mut self) -> (ewtp_network::Bulk, ewtp_network::Responder) {
        self.take(
            "a request",
            |event| matches!(event, NetworkEvent::Request { .. }),
            |event| match event {
                NetworkEvent::Request { bulk, responder, .. } => (bulk, responder),
                other => unreachable_event(&other),
            },
        )
        .await
    }

    pub(crate) async fn request(&mut self) -> (Bytes, ewtp_network::Responder) {
        self.take(
            "a request",
            |event| matches!(event, NetworkEvent::Request { .. }),
            |event| match event {
                NetworkEvent::Request { bytes, responder, .. } => (bytes, responder),
                other => unreachable_event(&other),
            },
        )
        .await
    }

    pub(crate) async fn fault(&mut self) -> ewtp_network::StreamFault {
        self.event("a fault", |event| match event {
            NetworkEvent::Fault { fault, .. } => Some(fault.clone()),
            _ => None,
        })
        .await
    }

    pub(crate) fn knows(&self, other: &Self) -> Member {
        Member {
            node: other.key,
            hub: hub(),
            addresses: vec![other.address.clone()],
        }
    }
}

fn unreachable_event(event: &impl Debug) -> ! {
    panic!("filtered before: {event:?}")
}

/// `b` dials `a`, both admit, both are connected.
pub(crate) async fn connect(a: &mut Node, b: &mut Node) {
    b.network.dial(&a.address).unwrap();
    meet(a, b).await;
}

/// Both admit and are connected.
pub(crate) async fn meet(a: &mut Node, b: &mut Node) {
    assert_eq!(a.admit_next().await, b.key);
    assert_eq!(b.admit_next().await, a.key);
    let (a_key, b_key) = (a.key, b.key);
    tokio::join!(
        a.connected_or_introduced_again(b_key),
        b.connected_or_introduced_again(a_key)
    );
}

pub(crate) async fn pair(first: NetworkConfig, second: NetworkConfig) -> (Node, Node) {
    let (mut a, mut b) = (Node::start(first).await, Node::start(second).await);
    connect(&mut a, &mut b).await;
    (a, b)
}

pub(crate) fn net() -> NetName {
    "test:mesh".parse().unwrap()
}

pub(crate) fn hub() -> ewtp_network::HubCode {
    "MY".parse().unwrap()
}
