//! Strangers who open sockets and say nothing, from addresses of their own: 127.0.0.0/8 has enough of them.

use std::{net::Ipv4Addr, time::Duration};

use ewtp_network::Member;
use tokio::{
    io::AsyncReadExt,
    net::{TcpSocket, TcpStream},
    task::JoinSet,
    time::{Instant, timeout},
};

use crate::support::{Node, PATIENCE, config, connect, hub, meet};

/// What one address of loopback may hold.
const SHARE: usize = 16;

/// Sockets that say nothing; each task ends when the node closes its socket.
struct Flood(JoinSet<()>);

impl Flood {
    /// Opens sockets from 127.0.0.`last` until the node closes those that are too many.
    async fn from(last: u8, node: &Node) -> Self {
        let port: u16 = node.address.rsplit('/').next().unwrap().parse().unwrap();
        let mut sockets = JoinSet::new();
        for _ in 0..3 * SHARE {
            let socket = TcpSocket::new_v4().unwrap();
            socket.bind((Ipv4Addr::new(127, 0, 0, last), 0).into()).unwrap();
            let stream = socket.connect((Ipv4Addr::LOCALHOST, port).into()).await.unwrap();
            sockets.spawn(closed(stream));
        }
        let mut flood = Self(sockets);
        flood.shrinks_to(SHARE).await;
        flood
    }

    /// Waits until the node has left no more than `n` open.
    async fn shrinks_to(&mut self, n: usize) {
        while self.0.len() > n {
            timeout(PATIENCE, self.0.join_next())
                .await
                .expect("the node closes a socket");
        }
    }

    /// How many are open now.
    fn open(&mut self) -> usize {
        while self.0.try_join_next().is_some() {}
        self.0.len()
    }
}

async fn closed(mut stream: TcpStream) {
    // An end and a reset are the same to us.
    let _ = stream.read(&mut [0]).await;
}

#[tokio::test]
async fn a_silent_flooder_from_one_address_does_not_stop_others() {
    let (mut a, mut b) = (Node::start(config(1)).await, Node::start(config(2)).await);
    let began = Instant::now();
    let mut flood = Flood::from(66, &a).await;
    connect(&mut a, &mut b).await;
    assert_eq!(flood.open(), SHARE, "the flood was over before the other came");
    flood.shrinks_to(0).await;
    assert!(began.elapsed() < Duration::from_secs(9), "{:?}", began.elapsed());
}

#[tokio::test]
async fn floods_from_many_addresses_do_not_stop_a_member() {
    let (mut a, mut b) = (Node::start(config(1)).await, Node::start(config(2)).await);
    // Where nobody listens, so that it is the member who dials.
    let addresses = vec!["/ip4/127.0.0.1/tcp/1".to_owned()];
    let member = Member {
        node: b.key,
        hub: hub(),
        addresses,
    };
    a.network.members(vec![member]);
    let mut floods = [Flood::from(67, &a).await, Flood::from(68, &a).await];
    // All the places of strangers are taken: another one gets none at all.
    let mut late = Flood::from(69, &a).await;
    late.shrinks_to(0).await;
    b.network.dial(&a.address).unwrap();
    meet(&mut a, &mut b).await;
    let open: usize = floods.iter_mut().map(Flood::open).sum();
    assert_eq!(open, 2 * SHARE, "the floods were over before the member came");
}
