//! Publishing editions and reading what is published.

use super::answer::{ClientError, read_json, read_within};
use super::{Client, escaped, request};
use crate::tariff::{
    EditionList, EditionListing, EditionView, Publication, Publishing, SCHEDULE_FORM_BYTES_MAX, SCHEDULE_TYPE,
    ScheduleForm,
};
use bytes::Bytes;
use ewtp_record::RecordId;
use http_body_util::{BodyExt, Full};
use hyper::Method;
use hyper::header::CONTENT_TYPE;

impl Client {
    /// Publishes a schedule as the next edition of its territory. Sent again, it gives the first answer again.
    ///
    /// # Errors
    /// [`ClientError`]; `not-confirmed` when something is unusual, `schedule-refused` for a row that breaks a rule,
    /// `already-issued-differently` when the name is taken, `too-large` for one that no node would gather.
    pub async fn publish(&self, schedule: &ScheduleForm, publishing: &Publishing) -> Result<Publication, ClientError> {
        // Refused here as there: a node that reads no further may be gone before it could say so.
        let size = schedule.check_size();
        size.map_err(|problem| ClientError::Refused(Box::new(problem)))?;
        let parts = [
            publishing.corrects.map(|id| format!("corrects={id}")),
            publishing.confirm.map(|hub| format!("confirm={hub}")),
            publishing.dry_run.then(|| "dry_run=true".to_owned()),
        ];
        let query: Vec<_> = parts.into_iter().flatten().collect();
        let body = Full::from(schedule.encode())
            .map_err(|never| match never {})
            .boxed_unsync();
        let request =
            request(Method::POST, &format!("/v1/tariffs?{}", query.join("&"))).header(CONTENT_TYPE, SCHEDULE_TYPE);
        read_json(self.send(request.body(body)?).await?).await
    }

    /// The editions that the node knows.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn editions(&self, listing: &EditionListing) -> Result<EditionList, ClientError> {
        let parts = [
            listing.hub.map(|hub| format!("hub={hub}")),
            listing
                .territory
                .as_ref()
                .map(|territory| format!("territory={}", escaped(territory))),
            listing.on.map(|on| format!("on={on}")),
            listing.known.map(|known| format!("known={}", known.0)),
            listing.newest.then(|| "newest=true".to_owned()),
        ];
        let query: Vec<_> = parts.into_iter().flatten().collect();
        let answer = self
            .get(&format!("/v1/tariffs?{}", query.join("&")), "application/json")
            .await?;
        Ok(serde_json::from_slice(&read_within(answer, LIST_BYTES_MAX).await?)?)
    }

    /// One edition, with all that it says.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn edition(&self, id: &RecordId) -> Result<EditionView, ClientError> {
        self.get_json(&format!("/v1/tariffs/{id}")).await
    }

    /// The schedule of an edition.
    ///
    /// # Errors
    /// [`ClientError`]; [`ClientError::Garbled`] for pages that are no tree.
    pub async fn schedule(&self, id: &RecordId) -> Result<ScheduleForm, ClientError> {
        let answer = self.get(&format!("/v1/tariffs/{id}/schedule"), "*/*").await?;
        let bytes: Bytes = read_within(answer, SCHEDULE_FORM_BYTES_MAX).await?;
        ScheduleForm::decode(bytes).map_err(|error| ClientError::Garbled(error.to_string()))
    }
}

/// The longest list of editions: 10,000 of about 1 KB.
const LIST_BYTES_MAX: usize = 16 * 1024 * 1024;
