//! Turns: one schedule at a time is in memory to be checked, and hubs take turns at it. A hub that published a hundred schedules
//! that take long waits a hundred times behind each other hub, and no other hub behind its hundred.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use ewtp_record::HubCode;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// See the module. A clone is another handle to the same.
#[derive(Clone)]
pub(super) struct Turns {
    /// One of each hub waits here, in the order of their coming.
    all: Arc<Semaphore>,
    /// The others wait behind it. One a hub that was ever carried: a few bytes each.
    of_hub: Arc<Mutex<BTreeMap<HubCode, Arc<Semaphore>>>>,
}

/// Held while it is one's turn.
#[derive(Debug)]
pub(super) struct Turn {
    _first: OwnedSemaphorePermit,
    _of_hub: OwnedSemaphorePermit,
}

impl Turns {
    pub(super) fn new() -> Self {
        Self {
            all: Arc::new(Semaphore::new(1)),
            of_hub: Arc::default(),
        }
    }

    /// Waits for the turn of a hub's schedule.
    pub(super) async fn take(&self, hub: HubCode) -> Turn {
        const OPEN: &str = "nobody closes it";
        let of_hub = self.of_hub(hub).acquire_owned().await.expect(OPEN);
        let first = Arc::clone(&self.all).acquire_owned().await.expect(OPEN);
        Turn {
            _first: first,
            _of_hub: of_hub,
        }
    }

    fn of_hub(&self, hub: HubCode) -> Arc<Semaphore> {
        let mut of_hub = self.of_hub.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(of_hub.entry(hub).or_insert_with(|| Arc::new(Semaphore::new(1))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::sync::mpsc;

    #[tokio::test]
    async fn a_hub_with_much_to_check_lets_each_other_hub_go_between() {
        let turns = Turns::new();
        let [much, little]: [HubCode; 2] = ["US", "KE"].map(|hub| hub.parse().unwrap());
        let held = turns.take(much).await;
        let (told, mut done) = mpsc::unbounded_channel();
        for hub in [much, much, much, much, little, little] {
            let (turns, told) = (turns.clone(), told.clone());
            tokio::spawn(async move {
                let _turn = turns.take(hub).await;
                told.send(hub).unwrap();
            });
            // One thread: each stands in line before the next comes.
            tokio::task::yield_now().await;
        }
        drop((held, told));
        let mut order = Vec::new();
        while let Some(hub) = done.recv().await {
            order.push(hub);
        }
        assert_eq!(order, [little, much, little, much, much, much]);
    }
}
