//! The testnet's way into a hub: the client, routes and answers that `ewtp` uses.

use crate::state::Testnet;
use anyhow::{Context, Result, ensure};
use bytes::Bytes;
use ewtp_api::{Client, ClientError, Issued, Issuing, Problem, Target};
use futures::{Stream, stream};
use serde_json::Value;
use std::io;

/// Records sent on one connection; the answers come back while they go out.
const BATCH_MAX: usize = 1000;

/// What a hub is asked to issue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Document {
    /// Clearance certificates, signed by customs.
    Certificates,
    /// Merchant credentials, signed by the registrar.
    Merchants,
}

/// A client of one hub's node.
///
/// # Errors
/// When the hub is not of this testnet.
pub fn of(testnet: &Testnet, hub: &str) -> Result<Client> {
    Ok(Client::new(Target::Address(testnet.hub(hub)?.http)))
}

/// Issues documents in their order, and waits until each is durable under a signed checkpoint.
///
/// # Errors
/// When the hub does not answer, or refuses one of them: the first refusal is told.
pub async fn issue(client: &Client, what: Document, documents: &[Value]) -> Result<Vec<Issued>> {
    let mut issued = Vec::with_capacity(documents.len());
    for batch in documents.chunks(BATCH_MAX) {
        let answers = try_issue(client, what, batch).await.context("issuing")?;
        ensure!(
            answers.len() == batch.len(),
            "{} answers to {} documents",
            answers.len(),
            batch.len()
        );
        for (answer, document) in answers.into_iter().zip(batch) {
            issued.push(answer.map_err(|problem| anyhow::anyhow!("{}: {problem}", reference(document)))?);
        }
    }
    Ok(issued)
}

/// Issues one batch; a refusal is an answer. The error means that it is not known what was issued: send it again.
///
/// # Errors
/// When the hub does not answer to the end.
pub async fn try_issue(
    client: &Client,
    what: Document,
    batch: &[Value],
) -> Result<Vec<Result<Issued, Box<Problem>>>, ClientError> {
    let mut issuing = begin(client, what, batch).await?;
    let mut answers = Vec::with_capacity(batch.len());
    while let Some(answer) = issuing.next().await? {
        answers.push(answer);
    }
    Ok(answers)
}

/// As [`try_issue`]; when the hub breaks off, the answers that came before stand alone: what it acknowledged, it acknowledged.
/// `answered` is told of each as it comes.
pub async fn issue_until_broken(
    client: &Client,
    what: Document,
    batch: &[Value],
    mut answered: impl FnMut(&Result<Issued, Box<Problem>>),
) -> Vec<Result<Issued, Box<Problem>>> {
    let mut answers = Vec::with_capacity(batch.len());
    let Ok(mut issuing) = begin(client, what, batch).await else {
        return answers;
    };
    while let Ok(Some(answer)) = issuing.next().await {
        answered(&answer);
        answers.push(answer);
    }
    answers
}

async fn begin(client: &Client, what: Document, batch: &[Value]) -> Result<Issuing, ClientError> {
    match what {
        Document::Certificates => client.issue_certificates(lines(batch)).await,
        Document::Merchants => client.enrol_merchants(lines(batch)).await,
    }
}

/// Documents as they are sent: one JSON object a line.
pub fn lines(documents: &[Value]) -> impl Stream<Item = io::Result<Bytes>> + Send + 'static {
    let lines: Vec<_> = documents
        .iter()
        .map(|document| Ok(Bytes::from(format!("{document}\n"))))
        .collect();
    stream::iter(lines)
}

/// The document's own number, to tell which one was refused.
fn reference(document: &Value) -> &str {
    ["number", "merchant_id"]
        .iter()
        .find_map(|name| document[name].as_str())
        .unwrap_or("a document")
}
