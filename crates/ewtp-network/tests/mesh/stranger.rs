//! A peer that is none of ours: bare streams over libp2p, to say what an honest node never says.

use std::io;

use ewtp_network::NodeKey;
use futures::{AsyncReadExt, AsyncWriteExt, StreamExt};
use libp2p::{
    Multiaddr, PeerId, Stream, StreamProtocol, SwarmBuilder, identity::Keypair, noise, swarm::SwarmEvent, tcp, yamux,
};
use libp2p_stream::{Control, IncomingStreams};
use tokio::{sync::mpsc, time::timeout};

use crate::support::{Node, PATIENCE};

pub(crate) struct Stranger {
    pub(crate) key: NodeKey,
    streams: Control,
    target: PeerId,
    closed: mpsc::Receiver<()>,
}

impl Stranger {
    /// Dials a node; returns once connected. Its key is greater than the node's, so that the node opens the session. The
    /// same number is the same stranger.
    pub(crate) async fn dial(number: u8, node: &Node) -> Self {
        let mut pairs = (0..=255).map(|salt| {
            let mut seed = [number; 32];
            seed[0] = salt;
            Keypair::ed25519_from_bytes(seed).unwrap()
        });
        let pair = pairs.find(|pair| key_of(pair) > node.key).unwrap();
        let key = key_of(&pair);
        let mut swarm = SwarmBuilder::with_existing_identity(pair)
            .with_tokio()
            .with_tcp(tcp::Config::default(), noise::Config::new, yamux::Config::default)
            .unwrap()
            .with_behaviour(|_| libp2p_stream::Behaviour::new())
            .unwrap()
            .with_swarm_config(|config| config.with_idle_connection_timeout(PATIENCE))
            .build();
        let streams = swarm.behaviour().new_control();
        swarm.dial(node.address.parse::<Multiaddr>().unwrap()).unwrap();
        let (connections, mut connected) = mpsc::channel(1);
        let (closings, closed) = mpsc::channel(1);
        tokio::spawn(async move {
            loop {
                match swarm.select_next_some().await {
                    SwarmEvent::ConnectionEstablished { .. } => drop(connections.send(()).await),
                    SwarmEvent::ConnectionClosed { .. } => drop(closings.send(()).await),
                    _ => {}
                }
            }
        });
        timeout(PATIENCE, connected.recv())
            .await
            .expect("the node listens")
            .expect("the swarm runs");
        Self {
            key,
            streams,
            target: node.network.node().to_peer_id().parse().unwrap(),
            closed,
        }
    }

    /// Opens a stream, or tells that the node does not speak the protocol.
    pub(crate) async fn open(&mut self, protocol: &'static str) -> Option<Stream> {
        let opening = self.streams.open_stream(self.target, StreamProtocol::new(protocol));
        timeout(PATIENCE, opening).await.expect("negotiation ends").ok()
    }

    pub(crate) fn accept(&mut self, protocol: &'static str) -> IncomingStreams {
        self.streams.accept(StreamProtocol::new(protocol)).unwrap()
    }

    /// Introduces itself as an honest peer would, and returns the node's introduction.
    pub(crate) async fn introduce(&mut self) -> Vec<u8> {
        let mut stream = self
            .open("/ewtp/intro/1")
            .await
            .expect("everybody may introduce themselves");
        stream.write_all(&framed(b"stranger")).await.unwrap();
        stream.flush().await.unwrap();
        read_frame(&mut stream).await.unwrap()
    }

    /// Waits until the node has closed the connection.
    pub(crate) async fn sent_away(mut self) {
        timeout(PATIENCE, self.closed.recv())
            .await
            .expect("the node closes the connection")
            .expect("the swarm runs");
    }
}

fn key_of(pair: &Keypair) -> NodeKey {
    NodeKey(pair.public().try_into_ed25519().unwrap().to_bytes())
}

pub(crate) fn framed(payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap();
    [&length.to_be_bytes(), payload].concat()
}

pub(crate) async fn read_frame(stream: &mut Stream) -> io::Result<Vec<u8>> {
    let reading = async {
        let mut length = [0; 4];
        stream.read_exact(&mut length).await?;
        let mut payload = vec![0; u32::from_be_bytes(length) as usize];
        stream.read_exact(&mut payload).await?;
        Ok(payload)
    };
    timeout(PATIENCE, reading).await.expect("a frame or an end comes")
}

/// Writes bytes and says whether the node then ends the stream.
pub(crate) async fn is_refused(stream: &mut Stream, bytes: &[u8]) -> bool {
    // The node may have closed before everything was written.
    let _ = async {
        stream.write_all(bytes).await?;
        stream.flush().await
    }
    .await;
    timeout(PATIENCE, async {
        let mut rest = Vec::new();
        stream.read_to_end(&mut rest).await.map_or(true, |_| true)
    })
    .await
    .unwrap_or(false)
}
