//! A quota: so much at once, and so much a second after that.

use std::time::Duration;

/// How much a bucket gives. The unit is the user's: bytes, or messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quota {
    /// What comes back each second, at least 1.
    pub a_second: u64,
    /// What a full bucket holds.
    pub at_once: u64,
}

impl Quota {
    /// How long it takes until so much has come back.
    fn time(&self, amount: u64) -> Duration {
        Duration::from_nanos(amount.saturating_mul(1_000_000_000) / self.a_second.max(1))
    }
}

/// A bucket that is full at first. It remembers one moment: when it will be full again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Bucket {
    full_at: Duration,
}

impl Bucket {
    /// Takes so much out; false, and nothing is taken, when less is there.
    pub fn take(&mut self, amount: u64, quota: &Quota, ticks: Duration) -> bool {
        let full_at = self.full_at.max(ticks) + quota.time(amount);
        let enough = full_at <= ticks + quota.time(quota.at_once);
        if enough {
            self.full_at = full_at;
        }
        enough
    }

    /// Takes so much out even if less is there, and answers how long to wait before it counts as had.
    pub fn draw(&mut self, amount: u64, quota: &Quota, ticks: Duration) -> Duration {
        self.full_at = self.full_at.max(ticks) + quota.time(amount);
        self.full_at.saturating_sub(ticks + quota.time(quota.at_once))
    }

    /// Whether forgetting it would make no difference.
    pub(crate) fn is_full(&self, ticks: Duration) -> bool {
        self.full_at <= ticks
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const QUOTA: Quota = Quota {
        a_second: 10,
        at_once: 30,
    };
    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn a_full_bucket_gives_what_it_holds_at_once_and_then_its_rate() {
        let mut bucket = Bucket::default();
        assert!(bucket.take(30, &QUOTA, SECOND));
        assert!(!bucket.take(1, &QUOTA, SECOND));
        assert!(!bucket.take(11, &QUOTA, 2 * SECOND));
        assert!(bucket.take(10, &QUOTA, 2 * SECOND));
        assert!(!bucket.take(1, &QUOTA, 2 * SECOND));
    }

    #[test]
    fn what_is_drawn_beyond_what_is_there_is_waited_for() {
        let mut bucket = Bucket::default();
        assert_eq!(bucket.draw(30, &QUOTA, SECOND), Duration::ZERO);
        assert_eq!(bucket.draw(5, &QUOTA, SECOND), SECOND / 2);
        assert_eq!(bucket.draw(5, &QUOTA, SECOND), SECOND);
        assert!(!bucket.take(1, &QUOTA, 2 * SECOND));
        assert_eq!(bucket.draw(30, &QUOTA, 1_000 * SECOND), Duration::ZERO);
    }

    #[test]
    fn nothing_is_saved_up_beyond_a_full_bucket() {
        let mut bucket = Bucket::default();
        assert!(bucket.take(30, &QUOTA, SECOND));
        assert!(!bucket.is_full(2 * SECOND));
        assert!(bucket.is_full(4 * SECOND));
        assert!(!bucket.take(31, &QUOTA, 1_000 * SECOND));
        assert!(bucket.take(30, &QUOTA, 1_000 * SECOND));
    }
}
