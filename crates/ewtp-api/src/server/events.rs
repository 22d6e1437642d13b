//! `GET /v1/events`: every record of the carried logs, told once it is examined, resumable without a gap.
//!
//! Nothing is queued for a follower. Each reads the logs from the store at its own pace, from where it stands to where
//! examination stands, and then sleeps until the runtime says that findings were applied. A slow caller is therefore
//! behind and never lossy, and costs one page of memory.

mod cursor;

use super::{Api, held};
use crate::problem::Problem;
use crate::schema::EventSchema;
use crate::view::RecordEvent;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::HeaderMap;
use axum::response::sse::{Event, KeepAlive, Sse};
use cursor::Cursor;
use ewtp_record::{HubCode, RecordKind, ValueError};
use ewtp_store::Reader;
use ewtp_trust::Finding;
use futures::{Stream, stream};
use serde::Deserialize;
use std::collections::{BTreeSet, VecDeque};
use std::convert::Infallible;
use std::time::Duration;
use tokio::sync::watch;

/// Findings of one log read at once for a follower: about 15 KB.
const PAGE_RECORDS: usize = 64;
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
    page: VecDeque<Finding>,
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
        for log in self.api.reader.logs() {
            let examined = self.api.reader.examined_to(log);
            if let Some(last) = examined.checked_sub(1).filter(|_| self.follows(log.hub)) {
                self.cursor.tell(log.at(last));
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
        while let Some(finding) = self.page.pop_front() {
            self.cursor.tell(finding.position);
            if self.kinds.is_empty() || self.kinds.contains(&finding.kind) {
                let id = self.cursor.text(finding.position.hub, |hub| self.follows(hub));
                let event = RecordEvent {
                    schema: EventSchema,
                    summary: held::examined(&finding),
                };
                let data = serde_json::to_string(&event).expect("an event has only text keys");
                return Some(Event::default().event("record").id(id).data(data));
            }
        }
        None
    }

    /// A page of each followed hub that has more than we told; empty when none has. `None` when reading failed.
    async fn read_on(&self) -> Option<VecDeque<Finding>> {
        let hubs: BTreeSet<_> = self.api.reader.logs().into_iter().map(|log| log.hub).collect();
        let places = hubs
            .into_iter()
            .filter(|hub| self.follows(*hub))
            .map(|hub| (hub, self.cursor.after(hub)));
        let places: Vec<_> = places.collect();
        let read = move |reader: &Reader| {
            let mut page = VecDeque::new();
            for (hub, after) in places {
                page.extend(reader.list(Some(hub), None, after, PAGE_RECORDS)?);
            }
            Ok(page)
        };
        self.api.read(read).await.ok()
    }
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
