//! Whether our panel keeps up with our log: since when a checkpoint of ours lacks its quorum of cosignatures.

use std::time::Duration;

use crate::limits::WITNESSED_WITHIN;

/// See the module.
#[derive(Debug, Default)]
pub(crate) struct PanelWatch {
    /// Largest size of our log that a quorum of our panel cosigned.
    witnessed: u64,
    lacks_since: Option<Duration>,
    overdue: bool,
}

impl PanelWatch {
    /// Takes what we signed and what a quorum cosigned, by size. Each step of the panel begins the wait anew: under load
    /// the newest checkpoint is always too young to be witnessed, and nothing is wrong.
    pub(crate) fn note(&mut self, signed: u64, witnessed: u64, ticks: Duration) {
        if witnessed > self.witnessed {
            (self.witnessed, self.lacks_since) = (witnessed, None);
        }
        if self.witnessed >= signed {
            self.lacks_since = None;
        } else {
            self.lacks_since.get_or_insert(ticks);
        }
        self.overdue = self.lacks_since.is_some_and(|since| ticks >= since + WITNESSED_WITHIN);
    }

    /// Largest size of our log that a quorum of our panel is known to have cosigned.
    pub(crate) const fn witnessed(&self) -> u64 {
        self.witnessed
    }

    /// Whether the panel is silent for longer than an honest one can be.
    pub(crate) fn is_overdue(&self) -> bool {
        self.overdue
    }

    /// When to look again.
    pub(crate) fn next_deadline(&self) -> Option<Duration> {
        let since = self.lacks_since.filter(|_| !self.overdue)?;
        Some(since + WITNESSED_WITHIN)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Duration = Duration::from_secs(100);

    fn after(seconds: u64) -> Duration {
        START + Duration::from_secs(seconds)
    }

    #[test]
    fn a_checkpoint_without_its_quorum_is_overdue_after_the_stated_time_and_not_before() {
        let mut watch = PanelWatch::default();
        watch.note(5, 0, START);
        assert_eq!(watch.next_deadline(), Some(START + WITNESSED_WITHIN));
        watch.note(5, 0, START + WITNESSED_WITHIN - Duration::from_millis(1));
        assert!(!watch.is_overdue());
        watch.note(5, 0, START + WITNESSED_WITHIN);
        assert!(watch.is_overdue());
        assert_eq!(watch.next_deadline(), None, "nothing more comes by waiting");
        watch.note(5, 5, START + WITNESSED_WITHIN);
        assert!(!watch.is_overdue());
    }

    #[test]
    fn a_log_that_always_grows_is_well_witnessed_while_its_panel_follows() {
        let mut watch = PanelWatch::default();
        for second in 0..600 {
            watch.note(second + 10, second, after(second));
            assert!(!watch.is_overdue(), "after {second} s");
        }
        watch.note(700, 599, after(599) + WITNESSED_WITHIN);
        assert!(watch.is_overdue(), "the panel stopped");
    }
}
