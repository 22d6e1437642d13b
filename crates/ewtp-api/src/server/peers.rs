//! `/v1/peers`: whom the node talks to, and the order to talk to somebody more.

use super::Api;
use crate::command::{Command, NewPeer};
use crate::problem::Problem;
use crate::schema::PeersSchema;
use crate::view::PeerList;
use axum::Json;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::http::StatusCode;
use bytes::Bytes;
use ewtp_record::Manifest;

pub(super) async fn list(State(api): State<Api>) -> Json<PeerList> {
    let status = api.status.borrow();
    Json(PeerList {
        schema: PeersSchema,
        peers: status.peers.clone(),
        waiting: status.waiting.clone(),
    })
}

pub(super) async fn add(State(api): State<Api>, body: Result<Bytes, BytesRejection>) -> Result<StatusCode, Problem> {
    let peer = read_peer(body)?;
    if peer.hub.is_none() && peer.addresses.is_empty() {
        let next = "give addresses to dial, or hub and genesis to carry a log that others bring";
        return Err(Problem::new("invalid-field", "neither a hub nor an address is named")
            .field("addresses")
            .next(next));
    }
    if peer.hub.is_some() != peer.genesis.is_some() {
        let next = "give hub and genesis to carry its log, or neither to dial only";
        return Err(Problem::new("invalid-field", "hub and genesis belong together")
            .field("genesis")
            .next(next));
    }
    api.order(|answer| Command::AddPeer { peer, answer }).await
}

pub(super) async fn remove(State(api): State<Api>, body: Result<Bytes, BytesRejection>) -> Result<StatusCode, Problem> {
    let NewPeer { mut addresses, .. } = read_peer(body)?;
    let Some(address) = addresses.pop().filter(|_| addresses.is_empty()) else {
        return Err(Problem::new("invalid-field", "name one address to remove").field("addresses"));
    };
    api.order(|answer| Command::RemovePeer { address, answer }).await
}

fn read_peer(body: Result<Bytes, BytesRejection>) -> Result<NewPeer, Problem> {
    let body = body.map_err(|fault| match fault.status() {
        StatusCode::PAYLOAD_TOO_LARGE => Problem::new("too-large", fault.body_text()),
        _ => Problem::new("bad-request", fault.body_text()),
    })?;
    let peer: NewPeer = serde_json::from_slice(&body).map_err(|fault| {
        let next = r#"send {"addresses":["/ip4/192.0.2.7/tcp/7780"]}, with "hub" and "genesis" to carry its log"#;
        Problem::new("bad-json", fault.to_string())
            .line(fault.line() as u64)
            .next(next)
    })?;
    let fits = |address: &String| address.starts_with('/') && address.len() <= Manifest::ADDRESS_BYTES_MAX;
    if peer.addresses.len() > Manifest::ADDRESSES_MAX || !peer.addresses.iter().all(fits) {
        let message = format!(
            "addresses are at most {} multiaddresses of at most {} bytes",
            Manifest::ADDRESSES_MAX,
            Manifest::ADDRESS_BYTES_MAX
        );
        return Err(Problem::new("invalid-field", message).field("addresses"));
    }
    Ok(peer)
}
