//! Asking for quotes and their receipts.

use super::answer::{ClientError, read_bytes, read_json};
use super::{Body, Client, request};
use crate::quote::{QuoteAnswer, QuoteInput};
use bytes::Bytes;
use ewtp_record::HubCode;
use http_body_util::{BodyExt, Full};
use hyper::header::CONTENT_TYPE;
use hyper::{Method, Request};

impl Client {
    /// What is due on goods, by the edition that counts; of this hub, when several publish one for the territory.
    ///
    /// # Errors
    /// [`ClientError`]; `no-quote` for what is missing or wrong in the question.
    pub async fn quote(&self, input: &QuoteInput, hub: Option<HubCode>) -> Result<QuoteAnswer, ClientError> {
        read_json(self.send_soon(question("/v1/quotes", input, hub)?).await?).await
    }

    /// The duty receipt of the same question, with the bundle of the edition when a checkpoint covers it: once enough of the
    /// panel has cosigned, or after [`WITNESS_WAIT_MAX`](crate::WITNESS_WAIT_MAX) as it is then.
    ///
    /// # Errors
    /// As [`Client::quote`].
    pub async fn duty_receipt(&self, input: &QuoteInput, hub: Option<HubCode>) -> Result<Bytes, ClientError> {
        read_bytes(self.send_soon(question("/v1/quotes/receipt", input, hub)?).await?).await
    }
}

fn question(path: &str, input: &QuoteInput, hub: Option<HubCode>) -> Result<Request<Body>, ClientError> {
    let query = hub.map(|hub| format!("?hub={hub}")).unwrap_or_default();
    let body = Full::from(serde_json::to_vec(input)?)
        .map_err(|never| match never {})
        .boxed_unsync();
    let request = request(Method::POST, &format!("{path}{query}")).header(CONTENT_TYPE, "application/json");
    Ok(request.body(body)?)
}
