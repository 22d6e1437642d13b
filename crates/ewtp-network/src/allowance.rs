//! What one connection may ask of the node: so much at once, and so much a second after that.
//!
//! It lies ahead of every queue to the loop, so that a peer that says more than its share waits in its own stream and
//! takes nobody else's turn. It belongs to the link, not to the session: to begin a session anew does not fill it again.

use std::{sync::Arc, time::Duration};

use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::Instant,
};

use ewtp_federation::{Bucket, Quota};

use crate::limits::{CONTROL_BYTES, CONTROL_FRAMES, Limits, RANGE_REQUESTS, SCHEDULE_REQUESTS};

/// The buckets of a link's control frames.
#[derive(Debug)]
pub(crate) struct ControlAllowance {
    since: Instant,
    frames: Bucket,
    bytes: Bucket,
}

impl ControlAllowance {
    pub(crate) fn new(now: Instant) -> Self {
        Self {
            since: now,
            frames: Bucket::default(),
            bytes: Bucket::default(),
        }
    }

    /// How long a frame of so many bytes waits before the loop hears of it.
    pub(crate) fn draw(&mut self, bytes: usize, now: Instant) -> Duration {
        let ticks = now.saturating_duration_since(self.since);
        let frames = self.frames.draw(1, &CONTROL_FRAMES, ticks);
        frames.max(self.bytes.draw(bytes as u64, &CONTROL_BYTES, ticks))
    }
}

/// A link's requests for bulk of one kind: so many open at a time, and so many a second.
#[derive(Debug)]
pub(crate) struct RequestAllowance {
    since: Instant,
    places: Arc<Semaphore>,
    quota: Quota,
    requests: Bucket,
}

impl RequestAllowance {
    pub(crate) fn for_logs(limits: &Limits, now: Instant) -> Self {
        Self::new(limits.ranges_per_peer_max, RANGE_REQUESTS, now)
    }

    pub(crate) fn for_schedules(limits: &Limits, now: Instant) -> Self {
        Self::new(limits.schedules_per_peer_max, SCHEDULE_REQUESTS, now)
    }

    fn new(places: usize, quota: Quota, now: Instant) -> Self {
        Self {
            since: now,
            places: Arc::new(Semaphore::new(places)),
            quota,
            requests: Bucket::default(),
        }
    }

    /// A place for a request, if the link may make one more now. It is free again when it is dropped.
    pub(crate) fn take_place(&mut self, now: Instant) -> Option<OwnedSemaphorePermit> {
        let ticks = now.saturating_duration_since(self.since);
        let is_there = self.requests.take(1, &self.quota, ticks);
        is_there.then(|| Arc::clone(&self.places).try_acquire_owned().ok())?
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn so_much_passes_at_once_and_then_so_much_a_second() {
        let now = Instant::now();
        let mut allowance = ControlAllowance::new(now);
        for _ in 0..CONTROL_FRAMES.at_once {
            assert_eq!(allowance.draw(100, now), Duration::ZERO);
        }
        let waits: Vec<Duration> = (0..CONTROL_FRAMES.a_second).map(|_| allowance.draw(100, now)).collect();
        assert!(waits.is_sorted() && waits[0] > Duration::ZERO);
        let last = *waits.last().unwrap();
        assert!(
            last.abs_diff(Duration::from_secs(1)) < Duration::from_millis(1),
            "{last:?}"
        );
        assert_eq!(allowance.draw(100, now + Duration::from_secs(2)), Duration::ZERO);
    }

    #[tokio::test(start_paused = true)]
    async fn large_frames_wait_by_their_bytes() {
        let now = Instant::now();
        let mut allowance = ControlAllowance::new(now);
        let frames = CONTROL_BYTES.at_once / 65_536;
        assert!((0..frames).all(|_| allowance.draw(65_536, now).is_zero()));
        assert!(!allowance.draw(65_536, now).is_zero());
    }

    #[tokio::test(start_paused = true)]
    async fn a_request_too_many_gets_no_place() {
        let now = Instant::now();
        let mut allowance = RequestAllowance::for_schedules(&Limits::default(), now);
        let later = now + Duration::from_secs(3_600);
        let had = (0..1_000).filter(|_| allowance.take_place(later).is_some()).count();
        assert_eq!(had as u64, SCHEDULE_REQUESTS.at_once);
        assert!(allowance.take_place(later + Duration::from_secs(1)).is_some());
    }
}
