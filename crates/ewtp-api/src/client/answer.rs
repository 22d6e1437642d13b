//! Reading what a node answers, and the ways in which asking fails.

use crate::problem::Problem;
use bytes::{Bytes, BytesMut};
use http_body_util::{BodyExt, Limited};
use hyper::Response;
use hyper::body::Incoming;
use serde::de::DeserializeOwned;
use std::io;

/// Longest answer read whole: a page of 1,000 records takes about 400 KB, a bundle at most 1 MiB.
const ANSWER_BYTES_MAX: usize = 8 * 1024 * 1024;
/// Longest line of a streamed answer.
const LINE_BYTES_MAX: usize = 64 * 1024;

/// Why asking a node failed.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// Nobody answers there.
    #[error("no node answers at {at}: {cause}")]
    NotRunning {
        /// The socket or address.
        at: String,
        /// What the system said.
        cause: io::Error,
    },
    /// Somebody holds the socket or address and says nothing.
    #[error("{at} was opened and gave no answer in {seconds} s: the process is stopped, or its disk is")]
    Silent {
        /// The socket or address.
        at: String,
        /// How long it was waited for.
        seconds: u64,
    },
    /// The node refused, and says why.
    #[error(transparent)]
    Refused(#[from] Box<Problem>),
    /// The connection failed on the way.
    #[error("the connection to the node failed: {0}")]
    Connection(#[from] hyper::Error),
    /// What came back cannot be read: a node of another version, or no node at all.
    #[error("the node answered with {0}")]
    Garbled(String),
    /// The question could not be written.
    #[error("the request cannot be written: {0}")]
    Request(#[from] hyper::http::Error),
}

impl From<serde_json::Error> for ClientError {
    fn from(fault: serde_json::Error) -> Self {
        Self::Garbled(format!("unexpected JSON: {fault}"))
    }
}

impl From<ClientError> for Problem {
    /// The same failure as the command line prints it.
    fn from(fault: ClientError) -> Self {
        let message = fault.to_string();
        match fault {
            ClientError::Refused(problem) => *problem,
            ClientError::NotRunning { .. } => Self::new("unavailable", message).next("start the node: ewtp run"),
            ClientError::Silent { .. } => Self::new("no-answer", message).next("ewtp doctor"),
            _ => Self::new("internal", message).next("ewtp doctor"),
        }
    }
}

/// The whole body, within [`ANSWER_BYTES_MAX`].
pub(super) async fn read_bytes(response: Response<Incoming>) -> Result<Bytes, ClientError> {
    read_within(response, ANSWER_BYTES_MAX).await
}

/// The whole body, within a bound of its own.
pub(super) async fn read_within(response: Response<Incoming>, bytes_max: usize) -> Result<Bytes, ClientError> {
    let body = Limited::new(response.into_body(), bytes_max).collect().await;
    body.map(|body| body.to_bytes())
        .map_err(|cause| ClientError::Garbled(format!("a body that breaks off: {cause}")))
}

pub(super) async fn read_json<T: DeserializeOwned>(response: Response<Incoming>) -> Result<T, ClientError> {
    Ok(serde_json::from_slice(&read_bytes(response).await?)?)
}

/// The error that an unsuccessful answer stands for.
pub(super) async fn refusal(response: Response<Incoming>) -> ClientError {
    let status = response.status();
    match read_bytes(response).await {
        Ok(body) => match serde_json::from_slice::<Problem>(&body) {
            Ok(problem) => Box::new(problem).into(),
            Err(_) => ClientError::Garbled(format!("HTTP status {status} and no reason")),
        },
        Err(fault) => fault,
    }
}

/// The lines of a streamed answer, read as they come.
#[derive(Debug)]
pub(super) struct Lines {
    body: Incoming,
    buffer: BytesMut,
    searched: usize,
}

impl Lines {
    pub(super) fn new(response: Response<Incoming>) -> Self {
        Self {
            body: response.into_body(),
            buffer: BytesMut::new(),
            searched: 0,
        }
    }

    /// The next line without its end, `None` after the last; safe to drop and call again.
    pub(super) async fn next(&mut self) -> Result<Option<Bytes>, ClientError> {
        loop {
            if let Some(offset) = self.buffer[self.searched..].iter().position(|byte| *byte == b'\n') {
                let line = self.buffer.split_to(self.searched + offset + 1).freeze();
                self.searched = 0;
                return Ok(Some(line.slice(..line.len() - 1)));
            }
            self.searched = self.buffer.len();
            if self.buffer.len() > LINE_BYTES_MAX {
                return Err(ClientError::Garbled(format!(
                    "a line longer than {LINE_BYTES_MAX} bytes"
                )));
            }
            match self.body.frame().await {
                Some(frame) => self.buffer.extend_from_slice(&frame?.into_data().unwrap_or_default()),
                None if self.buffer.is_empty() => return Ok(None),
                None => return Err(ClientError::Garbled("an answer that breaks off inside a line".into())),
            }
        }
    }
}
