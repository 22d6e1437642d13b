//! Following what a node examines, as server-sent events.

use super::answer::{ClientError, Lines};
use super::{Client, empty, request};
use crate::view::RecordEvent;
use ewtp_record::HubCode;
use hyper::Method;
use hyper::header::ACCEPT;

/// Which events to follow, and from where.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EventFilter {
    /// Of these hubs; of every carried hub if empty.
    pub hubs: Vec<HubCode>,
    /// Of these kinds, by name; of every kind if empty.
    pub kinds: Vec<String>,
    /// Where an earlier stream ended: [`EventStream::cursor`]. Without it only what is examined from now on is told.
    pub cursor: Option<String>,
}

/// The events of one connection, in log order for each hub.
#[derive(Debug)]
pub struct EventStream {
    lines: Lines,
    cursor: Option<String>,
    /// The event being read, kept here so that a dropped call of `next` loses nothing.
    id: Option<String>,
    event: Option<RecordEvent>,
}

impl Client {
    /// Opens a stream of events.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn events(&self, filter: &EventFilter) -> Result<EventStream, ClientError> {
        let hubs: Vec<_> = filter.hubs.iter().map(ToString::to_string).collect();
        let path = format!("/v1/events?hub={}&kind={}", hubs.join(","), filter.kinds.join(","));
        let mut request = request(Method::GET, &path).header(ACCEPT, "text/event-stream");
        if let Some(cursor) = &filter.cursor {
            request = request.header("last-event-id", cursor);
        }
        let response = self.send(request.body(empty())?).await?;
        Ok(EventStream {
            lines: Lines::new(response),
            cursor: filter.cursor.clone(),
            id: None,
            event: None,
        })
    }
}

impl EventStream {
    /// The next event, `None` when the node ended the stream because it stops; safe to drop and call again.
    ///
    /// # Errors
    /// The connection broke: open another stream from [`EventStream::cursor`].
    pub async fn next(&mut self) -> Result<Option<RecordEvent>, ClientError> {
        while let Some(line) = self.lines.next().await? {
            // Comments, which begin with a colon, only show that the connection lives; an empty line ends an event.
            let text = str::from_utf8(&line).map_err(|_| ClientError::Garbled("an event that is not text".into()))?;
            if let Some(id) = text.strip_prefix("id: ") {
                self.id = Some(id.to_owned());
            } else if let Some(data) = text.strip_prefix("data: ") {
                self.event = Some(serde_json::from_str(data)?);
            } else if text.is_empty() && self.event.is_some() {
                self.cursor = self.id.take().or_else(|| self.cursor.take());
                return Ok(self.event.take());
            }
        }
        Ok(None)
    }

    /// Where to resume after the last event that [`EventStream::next`] gave.
    #[must_use]
    pub fn cursor(&self) -> Option<&str> {
        self.cursor.as_deref()
    }
}
