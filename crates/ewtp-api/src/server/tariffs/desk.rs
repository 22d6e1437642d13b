//! The desk where schedules are handed in: read first, in bounded memory and time, then published one at a time.
//!
//! An edition cites the one before it, so the next must see it. A client that sends slowly, or never ends, has a place at the
//! desk for a while and holds up nobody who has one.

use crate::problem::Problem;
use crate::tariff::{SCHEDULE_FORM_BYTES_MAX, too_large};
use axum::body::Body;
use axum::extract::Request;
use axum::http::header;
use bytes::Bytes;
use http_body_util::{BodyExt, Limited};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Mutex, OwnedMutexGuard, OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

/// Schedules that are in memory at a time.
const PLACES: usize = 4;

/// How long one may take to come: the largest takes less than a second on the operator's own machine.
const BODY_WITHIN: Duration = Duration::from_secs(10);

/// See the module.
#[derive(Debug)]
pub struct Desk {
    places: Arc<Semaphore>,
    publishing: Arc<Mutex<()>>,
}

/// The bytes of a schedule, with its place at the desk.
pub(super) struct Received {
    pub(super) bytes: Bytes,
    _place: Option<OwnedSemaphorePermit>,
}

impl Default for Desk {
    fn default() -> Self {
        Self {
            places: Arc::new(Semaphore::new(PLACES)),
            publishing: Arc::default(),
        }
    }
}

impl Desk {
    /// Reads what a request brings.
    // spec: admin R30
    pub(super) async fn receive(&self, request: Request) -> Result<Received, Problem> {
        refuse_declared(&request)?;
        // Nobody closes the desk, so a place is always given in the end.
        let place = Arc::clone(&self.places).acquire_owned().await.ok();
        let read = timeout(BODY_WITHIN, read(request.into_body())).await;
        let bytes = read.map_err(|_| {
            let message = format!("the schedule did not come within {} s", BODY_WITHIN.as_secs());
            Problem::new("too-slow", message).next("send it again, from this machine")
        })??;
        Ok(Received { bytes, _place: place })
    }

    /// The turn to publish: held while an edition is prepared, kept and signed.
    pub(super) async fn turn(&self) -> OwnedMutexGuard<()> {
        Arc::clone(&self.publishing).lock_owned().await
    }
}

/// One that says that it is too large is not read.
fn refuse_declared(request: &Request) -> Result<(), Problem> {
    let declared = request.headers().get(header::CONTENT_LENGTH);
    let declared = declared.and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    match declared {
        Some(bytes) if bytes > SCHEDULE_FORM_BYTES_MAX as u64 => {
            Err(too_large(&format!("the schedule has {bytes} bytes")))
        }
        _ => Ok(()),
    }
}

async fn read(body: Body) -> Result<Bytes, Problem> {
    let read = Limited::new(body, SCHEDULE_FORM_BYTES_MAX).collect().await;
    let whole = read.map_err(|fault| match fault.downcast::<http_body_util::LengthLimitError>() {
        Ok(_) => too_large(&format!("the schedule has more than {SCHEDULE_FORM_BYTES_MAX} bytes")),
        Err(fault) => Problem::new("bad-request", format!("the schedule was not read to its end: {fault}")),
    })?;
    Ok(whole.to_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::StreamExt;
    use futures::stream::{once, pending};
    use std::convert::Infallible;

    fn endless() -> Request {
        let begin = once(async { Ok::<_, Infallible>(Bytes::from_static(b"some")) });
        Request::new(Body::from_stream(begin.chain(pending())))
    }

    #[tokio::test(start_paused = true)]
    async fn a_schedule_that_never_ends_is_given_up_and_holds_up_nobody() {
        let desk = Arc::new(Desk::default());
        let slow = tokio::spawn({
            let desk = Arc::clone(&desk);
            async move { desk.receive(endless()).await.map(|_| ()) }
        });
        let quick = desk.receive(Request::new(Body::from("whole"))).await.unwrap();
        let _turn = desk.turn().await;
        assert_eq!(quick.bytes, "whole");
        assert_eq!(slow.await.unwrap().unwrap_err().code, "too-slow");
    }

    #[tokio::test(start_paused = true)]
    async fn as_many_slow_clients_as_there_are_places_are_waited_out() {
        let desk = Arc::new(Desk::default());
        let slow = |_| {
            let desk = Arc::clone(&desk);
            tokio::spawn(async move { desk.receive(endless()).await.map(|_| ()) })
        };
        let slow: Vec<_> = (0..PLACES).map(slow).collect();
        tokio::task::yield_now().await;
        assert!(desk.receive(Request::new(Body::from("whole"))).await.is_ok());
        for slow in slow {
            assert_eq!(slow.await.unwrap().unwrap_err().code, "too-slow");
        }
    }

    #[tokio::test]
    async fn more_bytes_than_a_node_gathers_are_not_read_whether_they_are_declared_or_not() {
        let desk = Desk::default();
        let mut declared = endless();
        let length = (SCHEDULE_FORM_BYTES_MAX + 1).into();
        declared.headers_mut().insert(header::CONTENT_LENGTH, length);
        let chunk = || Ok::<_, Infallible>(Bytes::from(vec![0; 1 << 20]));
        let undeclared = Request::new(Body::from_stream(futures::stream::iter(std::iter::repeat_with(chunk))));
        for request in [declared, undeclared] {
            let refused = desk.receive(request).await.map(|_| ()).unwrap_err();
            assert_eq!(refused.code, "too-large");
            assert!(
                refused.message.contains("a node gathers at most"),
                "{}",
                refused.message
            );
        }
    }
}
