//! `GET /v1/events`: every record of the carried logs, told once it is examined and again when a revocation has it
//! examined again, resumable without a gap.
//!
//! Nothing is queued for a follower. Each reads the logs from the store at its own pace, from where it stands to where
//! examination stands, and then sleeps until the runtime says that findings were applied. A slow caller is therefore
//! behind and never lossy, and costs one page of memory.

mod cursor;
mod news;

use super::{Api, held};
use crate::problem::Problem;
use crate::schema::{EventSchema, ReopenedSchema};
use crate::view::{RecordEvent, ReopenedEvent};
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::HeaderMap;
use axum::response::sse::{Event, KeepAlive, Sse};
use cursor::Cursor;
use ewtp_record::{HubCode, Position, RecordKind, ValueError};
use ewtp_store::Reader;
use ewtp_trust::Finding;
use futures::{Stream, stream};
use news::News;
use serde::Deserialize;
use std::collections::{BTreeSet, VecDeque};
use std::convert::Infallible;
use std::time::Duration;
use tokio::sync::watch;

/// Pause between two comments on a silent stream, so that both ends notice a dead connection.
const HEARTBEAT: Duration = Duration::from_secs(15);

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Asked {
    #[serde(default)]
    hub: String,
    #[serde(default)]
    kind: String,
    #[serde(default)]
    after: String,
    #[serde(default)]
    from: From,
}

/// Where a follower without a cursor begins.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum From {
    #[default]
    Now,
    Start,
}

pub(super) async fn events(
    State((api, stopped)): State<(Api, watch::Receiver<bool>)>,
    asked: Result<Query<Asked>, QueryRejection>,
    headers: HeaderMap,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, Problem> {
    let Query(asked) = asked.map_err(|fault| Problem::new("bad-request", fault.body_text()))?;
    let follower = Follower::new(api, stopped, &asked, &headers)?;
    let events = stream::unfold(follower, |mut follower| async {
        follower.next().await.map(|event| (Ok(event), follower))
    });
    Ok(Sse::new(events).keep_alive(KeepAlive::new().interval(HEARTBEAT).text("alive")))
}

/// One caller's place in the logs.
struct Follower {
    api: Api,
    stopped: watch::Receiver<bool>,
    grown: watch::Receiver<()>,
    /// Empty for every carried hub.
    hubs: BTreeSet<HubCode>,
    /// Empty for every kind.
    kinds: BTreeSet<RecordKind>,
    cursor: Cursor,
    page: VecDeque<News>,
}

impl Follower {
    fn new(api: Api, stopped: watch::Receiver<bool>, asked: &Asked, headers: &HeaderMap) -> Result<Self, Problem> {
        let resumed = headers.get("last-event-id").map(|value| value.to_str().unwrap_or("?"));
        // A browser that reconnects repeats the address it first opened, so the header is the newer of the two.
        let cursor = resumed.or(Some(asked.after.as_str())).filter(|text| !text.is_empty());
        let grown = api.grown.clone();
        let mut follower = Self {
            hubs: list(&asked.hub, |name| name.parse().map_err(|fault| bad_hub(&fault)))?,
            kinds: list(&asked.kind, super::records::kind_named)?,
            cursor: cursor.map(str::parse).transpose()?.unwrap_or_default(),
            page: VecDeque::new(),
            api,
            stopped,
            grown,
        };
        if cursor.is_none() && asked.from == From::Now {
            follower.start_now();
        }
        Ok(follower)
    }

    /// Begins where examination stands in each followed log.
    fn start_now(&mut self) {
        let directory = self.api.directory.borrow().clone();
        for log in self.api.reader.logs() {
            let Some(chain) = directory.chain(log.hub).filter(|_| self.follows(log.hub)) else {
                continue;
            };
            // Asked for first: a revocation between the two questions is told rather than skipped.
            let charter = news::counted_in(&self.api.reader, chain, &[log]);
            if let Some(last) = self.api.reader.examined_to(log).checked_sub(1) {
                self.cursor.tell(log.at(last), charter);
            }
        }
    }

    fn follows(&self, hub: HubCode) -> bool {
        self.hubs.is_empty() || self.hubs.contains(&hub)
    }

    /// The next event; `None` when the node stops, or can read no more.
    async fn next(&mut self) -> Option<Event> {
        loop {
            if let Some(event) = self.tell() {
                return Some(event);
            }
            // Marked as seen before reading: what is applied while we read wakes us again.
            self.grown.borrow_and_update();
            self.page = self.read_on().await?;
            if self.page.is_empty() {
                tokio::select! {
                    grown = self.grown.changed() => grown.ok()?,
                    () = super::listen::begun(&mut self.stopped) => return None,
                }
            }
        }
    }

    /// The next event of the page at hand. The cursor moves with what is told, and past kinds that nobody asked for.
    fn tell(&mut self) -> Option<Event> {
        while let Some(news) = self.page.pop_front() {
            match news {
                News::Reopened { from, charter } => {
                    self.cursor.go_back(from, charter);
                    return Some(reopened(from, charter));
                }
                News::Examined { finding, charter } => {
                    self.cursor.tell(finding.position, charter);
                    if self.kinds.is_empty() || self.kinds.contains(&finding.kind) {
                        return Some(self.examined(&finding));
                    }
                }
            }
        }
        None
    }

    fn examined(&self, finding: &Finding) -> Event {
        let id = self.cursor.text(finding.position.hub, |hub| self.follows(hub));
        let event = RecordEvent {
            schema: EventSchema,
            summary: held::examined(finding),
        };
        let data = serde_json::to_string(&event).expect("an event has only text keys");
        Event::default().event("record").id(id).data(data)
    }

    /// A page of each followed hub that has more than we told; empty when none has. `None` when reading failed.
    async fn read_on(&self) -> Option<VecDeque<News>> {
        let hubs: BTreeSet<_> = self.api.reader.logs().into_iter().map(|log| log.hub).collect();
        let places = hubs
            .into_iter()
            .filter(|hub| self.follows(*hub))
            .map(|hub| (hub, self.cursor.told(hub)));
        let places: Vec<_> = places.collect();
        let directory = self.api.directory.borrow().clone();
        let read = move |reader: &Reader| {
            let mut page = VecDeque::new();
            for (hub, told) in places {
                page.extend(news::of_hub(reader, &directory, hub, told)?);
            }
            Ok(page)
        };
        self.api.read(read).await.ok()
    }
}

/// It has no id: who resumes at the last record told hears of it once more.
fn reopened(from: Position, charter: u32) -> Event {
    let event = ReopenedEvent {
        schema: ReopenedSchema,
        hub: from.hub,
        epoch: from.epoch,
        index: from.index,
        charter,
    };
    let data = serde_json::to_string(&event).expect("an event has only text keys");
    Event::default().event("reopened").data(data)
}

/// A list of names separated by commas.
fn list<T: Ord>(text: &str, read: impl Fn(&str) -> Result<T, Problem>) -> Result<BTreeSet<T>, Problem> {
    text.split(',')
        .map(str::trim)
        .filter(|name| !name.is_empty())
        .map(read)
        .collect()
}

fn bad_hub(fault: &ValueError) -> Problem {
    Problem::new("bad-request", fault.to_string()).field("hub")
}
