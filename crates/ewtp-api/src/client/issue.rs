//! Issuing many records: JSON lines go out while their answers come in, neither held in memory whole.

use super::answer::{ClientError, Lines};
use super::{Client, request, streaming};
use crate::issue::Issued;
use crate::problem::Problem;
use bytes::Bytes;
use futures::Stream;
use hyper::Method;
use hyper::header::CONTENT_TYPE;
use serde::Deserialize;
use std::io;

/// The answers to a bulk issue, in the order of the records.
#[derive(Debug)]
pub struct Issuing {
    lines: Lines,
}

/// One line of the answer: a success or a refusal, told apart by its schema.
#[derive(Deserialize)]
#[serde(untagged)]
enum Answer {
    Issued(Issued),
    Refused(Box<Problem>),
}

impl Client {
    /// Issues clearance certificates: `records` is JSON, one object a line, in chunks of any size.
    ///
    /// The node answers while it reads, so read the answers while `records` still yields: it stops taking records from
    /// a caller that leaves about 16,000 answers unread. Sending the same records again is safe and gives the same
    /// answers.
    ///
    /// # Errors
    /// [`ClientError`]; a refused record is an answer, not an error.
    pub async fn issue_certificates<S>(&self, records: S) -> Result<Issuing, ClientError>
    where
        S: Stream<Item = io::Result<Bytes>> + Send + 'static,
    {
        self.issue("/v1/certificates", records).await
    }

    /// Issues merchant credentials; else as [`Client::issue_certificates`].
    ///
    /// # Errors
    /// [`ClientError`]; a refused record is an answer, not an error.
    pub async fn enrol_merchants<S>(&self, records: S) -> Result<Issuing, ClientError>
    where
        S: Stream<Item = io::Result<Bytes>> + Send + 'static,
    {
        self.issue("/v1/merchants", records).await
    }

    async fn issue<S>(&self, path: &str, records: S) -> Result<Issuing, ClientError>
    where
        S: Stream<Item = io::Result<Bytes>> + Send + 'static,
    {
        let request = request(Method::POST, path).header(CONTENT_TYPE, "application/x-ndjson");
        let response = self.send(request.body(streaming(records))?).await?;
        Ok(Issuing {
            lines: Lines::new(response),
        })
    }
}

impl Issuing {
    /// The next answer, `None` after the last; safe to drop and call again.
    ///
    /// # Errors
    /// The connection broke: records without an answer may or may not be issued, and can be sent again.
    pub async fn next(&mut self) -> Result<Option<Result<Issued, Box<Problem>>>, ClientError> {
        let Some(line) = self.lines.next().await? else {
            return Ok(None);
        };
        Ok(Some(match serde_json::from_slice(&line)? {
            Answer::Issued(issued) => Ok(issued),
            Answer::Refused(problem) => Err(problem),
        }))
    }
}
