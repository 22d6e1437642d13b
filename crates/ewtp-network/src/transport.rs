//! The transports: QUIC, and TCP with noise and yamux, names resolved by DNS.
//!
//! Both always: QUIC has no head-of-line blocking between gossip and bulk sync, TCP passes networks that block UDP.

use std::{sync::Arc, time::Duration};

use libp2p::{
    PeerId, Transport as _,
    core::{
        muxing::StreamMuxerBox,
        transport::{Boxed, dummy::DummyTransport, timeout::TransportTimeout},
        upgrade::Version,
    },
    dns, identity, noise, quic, tcp,
};

use tracing::warn;

use crate::{LinkFaults, NetworkError, faults, multiplexer};

/// From the dial to a connection on which streams can be opened.
const CONNECT_TIME: Duration = Duration::from_secs(10);
/// The same for whoever dialled us: three round trips over the slowest link are done, and who says nothing holds a place
/// of the lobby no longer than this.
const HANDSHAKE_TIME: Duration = Duration::from_secs(5);
/// What one peer may make us hold unread on one QUIC stream. The default of 10 MB, and 15 MB a connection, times 160
/// connections would be 2.4 GB.
const QUIC_STREAM_WINDOW: u32 = 2 * 1024 * 1024;
/// The same for a whole QUIC connection; fills 160 Mbit/s at 200 ms.
const QUIC_CONNECTION_WINDOW: u32 = 4 * 1024 * 1024;
/// Streams a peer may have open: gossip 2, control 1, ping and identify 3, ranges 8, and room.
pub(crate) const STREAMS_MAX: u32 = 64;
/// QUIC's own idle limit. The default of 10 s closes a link that stalls for a moment; ping decides after 35 s.
const QUIC_IDLE: Duration = Duration::from_secs(30);
/// QUIC's keep-alive packets: also keeps the mapping of a NAT alive.
const QUIC_KEEP_ALIVE: Duration = Duration::from_secs(5);

/// Builds both transports under one, with the faults of a testnet in front if there are any.
pub(crate) fn build(
    key: &identity::Keypair,
    link_faults: Option<Arc<dyn LinkFaults>>,
) -> Result<Boxed<(PeerId, StreamMuxerBox)>, NetworkError> {
    let settings = |error: &dyn std::fmt::Display| NetworkError::Settings(error.to_string());
    let tcp = tcp::tokio::Transport::new(tcp::Config::new().nodelay(true))
        .upgrade(Version::V1Lazy)
        .authenticate(noise::Config::new(key).map_err(|error| settings(&error))?)
        .multiplex(multiplexer::Yamux)
        .map(|(peer, muxer), _| (peer, StreamMuxerBox::new(muxer)));
    let quic = quic::tokio::Transport::new(quic_config(key)).map(|(peer, muxer), _| (peer, StreamMuxerBox::new(muxer)));
    let either = quic.or_transport(tcp).map(|either, _| either.into_inner());
    let named = resolve(either);
    Ok(match link_faults {
        None => timed(named).boxed(),
        Some(link_faults) => {
            let faulty = named.and_then(move |(peer, muxer), _| faults::admit(link_faults, peer, muxer));
            timed(faulty).boxed()
        }
    })
}

/// No connection takes for ever to come about, and those of others take less.
fn timed<T: libp2p::Transport>(transport: T) -> TransportTimeout<TransportTimeout<T>> {
    let inbound = TransportTimeout::with_ingoing_timeout(transport, HANDSHAKE_TIME);
    TransportTimeout::with_outgoing_timeout(inbound, CONNECT_TIME)
}

/// DNS in front. A machine without a resolver configuration still runs, on plain addresses.
fn resolve<T>(transport: T) -> dns::tokio::Transport<T> {
    // `system` consumes the transport even when it fails, so a trial with a dummy asks first.
    match dns::tokio::Transport::system(DummyTransport::<()>::new()) {
        Ok(_) => dns::tokio::Transport::system(transport).expect("the same file was read a moment ago"),
        Err(error) => {
            warn!(%error, "no resolver configuration: only plain addresses can be dialled");
            dns::tokio::Transport::custom(transport, dns::ResolverConfig::default(), dns::ResolverOpts::default())
        }
    }
}

fn quic_config(key: &identity::Keypair) -> quic::Config {
    let mut config = quic::Config::new(key);
    config.max_stream_data = QUIC_STREAM_WINDOW;
    config.max_connection_data = QUIC_CONNECTION_WINDOW;
    config.max_concurrent_stream_limit = STREAMS_MAX;
    config.max_idle_timeout = QUIC_IDLE.as_millis().try_into().expect("30 s fit");
    config.keep_alive_interval = QUIC_KEEP_ALIVE;
    config
}
