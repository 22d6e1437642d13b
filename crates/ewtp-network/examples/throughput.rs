//! How fast range answers travel over loopback, sender and receiver in one process: `cargo run --release -p ewtp-network
//! --example throughput`. Prints one line for each transport.
#![expect(
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a measurement reads the clock and prints"
)]

use std::time::{Duration, Instant};

use bytes::Bytes;
use ewtp_network::{Admission, Bulk, Limits, Network, NetworkConfig, NetworkEvent};
use tokio::sync::mpsc::Receiver;

/// A bundle of 256 records of 400 bytes.
const FRAME: usize = 100 * 1024;
const FRAMES: usize = 10_000;

#[tokio::main]
async fn main() {
    for listen in ["/ip4/127.0.0.1/tcp/0", "/ip4/127.0.0.1/udp/0/quic-v1"] {
        let seconds = transfer(listen).await.as_secs_f64();
        let megabytes = (FRAME * FRAMES) as f64 / 1e6;
        let rate = megabytes / seconds;
        println!(
            "{listen}: {megabytes:.0} MB in {seconds:.2} s, {rate:.0} MB/s, {:.0} records of 400 B/s",
            rate * 2_500.0
        );
    }
}

async fn transfer(listen: &str) -> Duration {
    let (server, mut served) = node(1, listen);
    let (client, mut told) = node(2, listen);
    let address = wait(&mut served, |event| match event {
        NetworkEvent::Listening { address } => Some(address),
        _ => None,
    });
    client.dial(&address.await).expect("an address that was just told");
    for (network, events) in [(&server, &mut served), (&client, &mut told)] {
        let introduced = wait(events, |event| match event {
            NetworkEvent::Introduced { node, .. } => Some(node),
            _ => None,
        });
        network.admit(introduced.await);
    }
    wait(&mut told, |event| {
        matches!(event, NetworkEvent::Connected { .. }).then_some(())
    })
    .await;
    let begun = Instant::now();
    let mut answer = client.request(server.node(), Bulk::Logs, Bytes::from_static(b"everything"));
    let request = wait(&mut served, |event| match event {
        NetworkEvent::Request { responder, .. } => Some(responder),
        _ => None,
    });
    let responder = request.await;
    tokio::spawn(async move {
        let frame = Bytes::from(vec![7; FRAME]);
        for _ in 0..FRAMES {
            responder.send(frame.clone()).await.expect("the client reads on");
        }
    });
    let mut bytes = 0;
    while let Some(frame) = answer.recv().await {
        bytes += frame.expect("no fault on loopback").len();
    }
    assert_eq!(bytes, FRAME * FRAMES);
    begun.elapsed()
}

fn node(seed: u8, listen: &str) -> (Network, Receiver<NetworkEvent>) {
    ewtp_network::start(NetworkConfig {
        key_seed: [seed; 32],
        net: "test:throughput".parse().expect("a net's name"),
        listen: vec![listen.to_owned()],
        introduction: Bytes::from_static(b"a node"),
        admission: Admission::Members,
        limits: Limits::default(),
        faults: None,
    })
    .expect("loopback can be listened on")
}

async fn wait<T>(events: &mut Receiver<NetworkEvent>, pick: impl Fn(NetworkEvent) -> Option<T>) -> T {
    loop {
        if let Some(found) = pick(events.recv().await.expect("the network runs")) {
            return found;
        }
    }
}
