//! The client of the admin interface, which the command line and the testnet use.
//!
//! One connection a request, over the hub folder's socket or a loopback address. Nothing is held in memory whole but
//! answers that are small by nature; records to issue, their answers and events stream.

mod answer;
mod events;
mod issue;
mod quotes;
mod tariffs;

pub use answer::ClientError;
pub use events::{EventFilter, EventStream, LogEvent};
pub use issue::Issuing;

use crate::command::{NewPeer, Resume};
use crate::status::Status;
use crate::view::{PeerList, Proof, RecordPage, RecordView};
use crate::witnesses::WITNESS_WAIT_MAX;
use answer::{read_bytes, read_json, refusal};
use bytes::Bytes;
use ewtp_record::{HubCode, Position, RecordId, Subject};
use futures::Stream;
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Empty, Full, StreamBody};
use hyper::body::{Frame, Incoming};
use hyper::header::{ACCEPT, CONTENT_TYPE, HOST};
use hyper::{Method, Request, Response};
use hyper_util::rt::TokioIo;
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpStream, UnixStream};

/// A living node begins its answer within milliseconds, on a busy machine within a second; records are issued without this
/// limit, because their answer begins when the first of them is durable.
const ANSWER_TIME: Duration = Duration::from_secs(10);

/// A body on its way to the node.
type Body = UnsyncBoxBody<Bytes, io::Error>;

/// Where a node answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// The admin socket of a hub folder; see [`crate::socket::socket_path`].
    Socket(PathBuf),
    /// A loopback address.
    Address(SocketAddr),
}

/// Which records to list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Listing {
    /// Of this hub only; of the node's own hub if absent.
    pub hub: Option<HubCode>,
    /// Of this kind only, by name: `clearance-certificate`.
    pub kind: Option<String>,
    /// About this subject only: every revision of one document, in their order. Needs `kind`, and not `after`.
    pub subject: Option<Subject>,
    /// After this position.
    pub after: Option<Position>,
    /// At most so many, 1 to 1,000.
    pub limit: Option<u32>,
}

/// A client of one node. Cheap to clone; holds no connection.
#[derive(Debug, Clone)]
pub struct Client {
    target: Target,
}

impl Client {
    /// A client of the node at `target`; nothing is opened yet.
    #[must_use]
    pub fn new(target: Target) -> Self {
        Self { target }
    }

    /// What the node says about itself.
    ///
    /// # Errors
    /// As every request here: [`ClientError`].
    pub async fn status(&self) -> Result<Status, ClientError> {
        self.get_json("/v1/status").await
    }

    /// One record as JSON.
    ///
    /// # Errors
    /// [`ClientError`]; code `not-found` if the node does not hold it.
    pub async fn record(&self, id: &RecordId) -> Result<RecordView, ClientError> {
        self.get_json(&format!("/v1/records/{id}")).await
    }

    /// The exact signed bytes of a record.
    ///
    /// # Errors
    /// [`ClientError`]; code `not-found` if the node does not hold it.
    pub async fn record_bytes(&self, id: &RecordId) -> Result<Bytes, ClientError> {
        read_bytes(self.get(&format!("/v1/records/{id}"), "application/cose").await?).await
    }

    /// The bundle file of a record as it is now: what an officer needs to judge it without a node.
    ///
    /// # Errors
    /// [`ClientError`]; code `not-yet-covered` if no signed checkpoint covers the record.
    pub async fn bundle(&self, id: &RecordId) -> Result<Bytes, ClientError> {
        read_bytes(self.get(&format!("/v1/records/{id}/bundle"), "*/*").await?).await
    }

    /// The same, once enough of the panel has cosigned, or after [`WITNESS_WAIT_MAX`] as it is then.
    ///
    /// # Errors
    /// As [`Client::bundle`].
    pub async fn witnessed_bundle(&self, id: &RecordId) -> Result<Bytes, ClientError> {
        let seconds = WITNESS_WAIT_MAX.as_secs();
        let path = format!("/v1/records/{id}/bundle?wait={seconds}");
        read_bytes(self.get(&path, "*/*").await?).await
    }

    /// One page of records.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn records(&self, listing: &Listing) -> Result<RecordPage, ClientError> {
        let parts = [
            listing.hub.map(|hub| format!("hub={hub}")),
            listing.kind.as_ref().map(|kind| format!("kind={kind}")),
            listing
                .subject
                .map(|subject| format!("subject={}", escaped(subject.as_str()))),
            listing.after.map(|after| format!("after={after}")),
            listing.limit.map(|limit| format!("limit={limit}")),
        ];
        let query: Vec<_> = parts.into_iter().flatten().collect();
        self.get_json(&format!("/v1/records?{}", query.join("&"))).await
    }

    /// The newest checkpoint of a hub's log as a signed note.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn checkpoint(&self, hub: HubCode) -> Result<String, ClientError> {
        let note = read_bytes(self.get(&format!("/v1/logs/{hub}/checkpoint"), "*/*").await?).await?;
        String::from_utf8(note.into()).map_err(|_| ClientError::Garbled("a checkpoint that is not text".into()))
    }

    /// Proof that the record at `index` is in a hub's log.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn proof(&self, hub: HubCode, index: u64) -> Result<Proof, ClientError> {
        self.get_json(&format!("/v1/logs/{hub}/proof?index={index}")).await
    }

    /// A C2SP tile of a hub's log: `path` as the specification writes it, after `tile/`.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn tile(&self, hub: HubCode, path: &str) -> Result<Bytes, ClientError> {
        read_bytes(self.get(&format!("/v1/logs/{hub}/tile/{path}"), "*/*").await?).await
    }

    /// The members connected now.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn peers(&self) -> Result<PeerList, ClientError> {
        self.get_json("/v1/peers").await
    }

    /// Dials a peer, and carries its hub's log if it names one.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn add_peer(&self, peer: &NewPeer) -> Result<(), ClientError> {
        self.change(Method::POST, "/v1/peers", serde_json::to_vec(peer)?).await
    }

    /// Stops dialling an address.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn remove_peer(&self, address: &str) -> Result<(), ClientError> {
        let peer = NewPeer {
            hub: None,
            genesis: None,
            addresses: vec![address.to_owned()],
        };
        self.change(Method::DELETE, "/v1/peers", serde_json::to_vec(&peer)?)
            .await
    }

    /// Lets the node's own log go on although something holds it; `past` is the size that the alarm names.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn resume_log(&self, past: u64) -> Result<(), ClientError> {
        let body = serde_json::to_vec(&Resume { past })?;
        self.change(Method::POST, "/v1/log/resume", body).await
    }

    /// Asks the node to end; answered when it has begun to.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn stop(&self) -> Result<(), ClientError> {
        self.change(Method::POST, "/v1/stop", Vec::new()).await
    }

    async fn get_json<T: serde::de::DeserializeOwned>(&self, path: &str) -> Result<T, ClientError> {
        read_json(self.get(path, "application/json").await?).await
    }

    async fn get(&self, path: &str, accept: &str) -> Result<Response<Incoming>, ClientError> {
        let request = request(Method::GET, path).header(ACCEPT, accept).body(empty())?;
        self.send_soon(request).await
    }

    async fn change(&self, method: Method, path: &str, body: Vec<u8>) -> Result<(), ClientError> {
        let body = Full::from(body).map_err(|never| match never {}).boxed_unsync();
        let request = request(method, path)
            .header(CONTENT_TYPE, "application/json")
            .body(body)?;
        self.send_soon(request).await.map(drop)
    }

    /// As [`Client::send`], for a question that a living node answers at once.
    async fn send_soon(&self, request: Request<Body>) -> Result<Response<Incoming>, ClientError> {
        let answer = tokio::time::timeout(ANSWER_TIME, self.send(request)).await;
        answer.unwrap_or_else(|_| {
            Err(ClientError::Silent {
                at: self.at(),
                seconds: ANSWER_TIME.as_secs(),
            })
        })
    }

    /// Sends a request on a connection of its own; an answer of refusal becomes the error.
    async fn send(&self, request: Request<Body>) -> Result<Response<Incoming>, ClientError> {
        let response = match &self.target {
            Target::Socket(path) => {
                let stream = UnixStream::connect(path).await;
                exchange(stream.map_err(|cause| self.not_running(cause))?, request).await?
            }
            Target::Address(address) => {
                let stream = TcpStream::connect(address).await;
                exchange(stream.map_err(|cause| self.not_running(cause))?, request).await?
            }
        };
        if response.status().is_success() {
            Ok(response)
        } else {
            Err(refusal(response).await)
        }
    }

    fn not_running(&self, cause: io::Error) -> ClientError {
        ClientError::NotRunning { at: self.at(), cause }
    }

    fn at(&self) -> String {
        match &self.target {
            Target::Socket(path) => path.display().to_string(),
            Target::Address(address) => address.to_string(),
        }
    }
}

fn request(method: Method, path: &str) -> hyper::http::request::Builder {
    Request::builder().method(method).uri(path).header(HOST, "localhost")
}

/// A value as a query carries it: a subject may have any printable character.
fn escaped(value: &str) -> String {
    let escape = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    };
    value.bytes().map(escape).collect()
}

fn empty() -> Body {
    Empty::new().map_err(|never| match never {}).boxed_unsync()
}

fn streaming(chunks: impl Stream<Item = io::Result<Bytes>> + Send + 'static) -> Body {
    use futures::TryStreamExt;
    BodyExt::boxed_unsync(StreamBody::new(chunks.map_ok(Frame::data)))
}

/// One request and the head of its answer. The connection lives in a task until the answer's body ends or is dropped.
async fn exchange<S>(stream: S, request: Request<Body>) -> Result<Response<Incoming>, ClientError>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
    tokio::spawn(async move {
        if let Err(cause) = connection.await {
            // Whoever waits for the answer sees the fault there; this line is for a trace.
            tracing::debug!(%cause, "a connection to the node ended early");
        }
    });
    Ok(sender.send_request(request).await?)
}
