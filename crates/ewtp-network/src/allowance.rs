//! What one connection may ask of the node: so much at once, and so much a second after that.
//!
//! It lies ahead of every queue to the loop, so that a peer that says more than its share waits in its own stream and
//! takes nobody else's turn. It belongs to the link, not to the session: to begin a session anew does not fill it again.

use std::{sync::Arc, time::Duration};

use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::Instant,
};

use crate::limits::{
    CONTROL_BYTES_A_SECOND, CONTROL_BYTES_AT_ONCE, CONTROL_FRAMES_A_SECOND, CONTROL_FRAMES_AT_ONCE, Limits,
    RANGE_REQUESTS_A_SECOND, RANGE_REQUESTS_AT_ONCE, SCHEDULE_REQUESTS_A_SECOND, SCHEDULE_REQUESTS_AT_ONCE,
};

/// A token bucket. It may be overdrawn by one draw, which is then waited for.
#[derive(Debug)]
pub(crate) struct Bucket {
    most: f64,
    a_second: f64,
    holds: f64,
    at: Instant,
}

impl Bucket {
    pub(crate) fn new(most: u32, a_second: u32, now: Instant) -> Self {
        let (most, a_second) = (f64::from(most), f64::from(a_second));
        Self {
            most,
            a_second,
            holds: most,
            at: now,
        }
    }

    fn fill(&mut self, now: Instant) {
        let elapsed = now.saturating_duration_since(self.at).as_secs_f64();
        self.holds = (self.holds + elapsed * self.a_second).min(self.most);
        self.at = now;
    }

    /// Takes so much, and answers how long to wait before it counts as had.
    pub(crate) fn draw(&mut self, amount: f64, now: Instant) -> Duration {
        self.fill(now);
        self.holds -= amount;
        Duration::from_secs_f64((-self.holds / self.a_second).max(0.0))
    }

    /// Takes one, if it is there.
    pub(crate) fn take_one(&mut self, now: Instant) -> bool {
        self.fill(now);
        let there = self.holds >= 1.0;
        if there {
            self.holds -= 1.0;
        }
        there
    }
}

/// The buckets of a link's control frames.
#[derive(Debug)]
pub(crate) struct ControlAllowance {
    frames: Bucket,
    bytes: Bucket,
}

impl ControlAllowance {
    pub(crate) fn new(now: Instant) -> Self {
        Self {
            frames: Bucket::new(CONTROL_FRAMES_AT_ONCE, CONTROL_FRAMES_A_SECOND, now),
            bytes: Bucket::new(CONTROL_BYTES_AT_ONCE, CONTROL_BYTES_A_SECOND, now),
        }
    }

    /// How long a frame of so many bytes waits before the loop hears of it.
    pub(crate) fn draw(&mut self, bytes: usize, now: Instant) -> Duration {
        let bytes = u32::try_from(bytes).map_or(f64::MAX, f64::from);
        self.frames.draw(1.0, now).max(self.bytes.draw(bytes, now))
    }
}

/// A link's requests for bulk of one kind: so many open at a time, and so many a second.
#[derive(Debug)]
pub(crate) struct RequestAllowance {
    places: Arc<Semaphore>,
    requests: Bucket,
}

impl RequestAllowance {
    pub(crate) fn for_logs(limits: &Limits, now: Instant) -> Self {
        Self {
            places: Arc::new(Semaphore::new(limits.ranges_per_peer_max)),
            requests: Bucket::new(RANGE_REQUESTS_AT_ONCE, RANGE_REQUESTS_A_SECOND, now),
        }
    }

    pub(crate) fn for_schedules(limits: &Limits, now: Instant) -> Self {
        Self {
            places: Arc::new(Semaphore::new(limits.schedules_per_peer_max)),
            requests: Bucket::new(SCHEDULE_REQUESTS_AT_ONCE, SCHEDULE_REQUESTS_A_SECOND, now),
        }
    }

    /// A place for a request, if the link may make one more now. It is free again when it is dropped.
    pub(crate) fn take_place(&mut self, now: Instant) -> Option<OwnedSemaphorePermit> {
        if !self.requests.take_one(now) {
            return None;
        }
        Arc::clone(&self.places).try_acquire_owned().ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn so_much_passes_at_once_and_then_so_much_a_second() {
        let now = Instant::now();
        let mut allowance = ControlAllowance::new(now);
        for _ in 0..CONTROL_FRAMES_AT_ONCE {
            assert_eq!(allowance.draw(100, now), Duration::ZERO);
        }
        let waits: Vec<Duration> = (0..CONTROL_FRAMES_A_SECOND).map(|_| allowance.draw(100, now)).collect();
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
        let frames = CONTROL_BYTES_AT_ONCE / 65_536;
        assert!((0..frames).all(|_| allowance.draw(65_536, now).is_zero()));
        assert!(!allowance.draw(65_536, now).is_zero());
    }

    #[tokio::test(start_paused = true)]
    async fn a_rest_fills_no_more_than_the_most() {
        let now = Instant::now();
        let mut bucket = Bucket::new(3, 1, now);
        let later = now + Duration::from_secs(3_600);
        let had = (0..9).filter(|_| bucket.take_one(later)).count();
        assert_eq!(had, 3);
        assert!(!bucket.take_one(later + Duration::from_millis(900)));
        assert!(bucket.take_one(later + Duration::from_millis(1_100)));
    }
}
