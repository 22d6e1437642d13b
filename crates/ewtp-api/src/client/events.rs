//! Following what a node examines, as server-sent events.

use super::answer::{ClientError, Lines};
use super::{Client, empty, request};
use crate::view::{RecordEvent, ReopenedEvent};
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

/// One event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LogEvent {
    /// A record was examined.
    Record(RecordEvent),
    /// Records that were told are to be examined again.
    Reopened(ReopenedEvent),
}

/// The events of one connection, in log order for each hub, as long as none is re-opened.
#[derive(Debug)]
pub struct EventStream {
    lines: Lines,
    cursor: Option<String>,
    /// The event being read, kept here so that a dropped call of `next` loses nothing.
    read: Read,
}

/// What was read of an event.
#[derive(Debug, Default)]
struct Read {
    name: String,
    id: Option<String>,
    data: Option<String>,
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
            read: Read::default(),
        })
    }
}

impl EventStream {
    /// The next event, `None` when the node ended the stream because it stops; safe to drop and call again.
    ///
    /// # Errors
    /// The connection broke: open another stream from [`EventStream::cursor`].
    pub async fn next(&mut self) -> Result<Option<LogEvent>, ClientError> {
        while let Some(line) = self.lines.next().await? {
            let text = str::from_utf8(&line).map_err(|_| ClientError::Garbled("an event that is not text".into()))?;
            // An empty line ends an event.
            if !text.is_empty() {
                self.read.line(text);
                continue;
            }
            let read = std::mem::take(&mut self.read);
            let event = read.event()?;
            self.cursor = read.id.or_else(|| self.cursor.take());
            if event.is_some() {
                return Ok(event);
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

impl Read {
    /// Takes one line in. A comment, which begins with a colon, only shows that the connection lives.
    fn line(&mut self, line: &str) {
        match line.split_once(": ") {
            Some(("event", name)) => name.clone_into(&mut self.name),
            Some(("id", id)) => self.id = Some(id.to_owned()),
            Some(("data", data)) => self.data = Some(data.to_owned()),
            _ => {}
        }
    }

    /// The event, `None` when it is one that this version does not know.
    fn event(&self) -> Result<Option<LogEvent>, ClientError> {
        let Some(data) = &self.data else { return Ok(None) };
        Ok(match self.name.as_str() {
            "record" => Some(LogEvent::Record(serde_json::from_str(data)?)),
            "reopened" => Some(LogEvent::Reopened(serde_json::from_str(data)?)),
            _ => None,
        })
    }
}
