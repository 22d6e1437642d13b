//! Places: how many requests for schedules are served at a time, and of whose nodes.
//!
//! A hub can run as many nodes as it likes that ask and do not read. Its nodes together, and those of no known hub together, are
//! given one more place only while more are free than they have: the first has half of all, and there is always one left for a
//! hub that has none, until five share them.
// spec: tariff-sync R13

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use ewtp_federation::tariff::SERVINGS_MAX;
use ewtp_record::HubCode;

/// Whose nodes: a hub's, or those of no known hub.
type Whose = Option<HubCode>;

/// See the module. A clone is another handle to the same.
#[derive(Clone, Debug, Default)]
pub(super) struct Places {
    taken: Arc<Mutex<BTreeMap<Whose, usize>>>,
}

/// Free again when it is dropped.
#[derive(Debug)]
pub(super) struct Place {
    places: Places,
    whose: Whose,
}

impl Places {
    /// A place for a request of a node of this hub, if there is one for it.
    pub(super) fn take(&self, whose: Whose) -> Option<Place> {
        let mut taken = self.taken();
        let free = SERVINGS_MAX.saturating_sub(taken.values().sum());
        let own = taken.get(&whose).copied().unwrap_or_default();
        if own >= free {
            return None;
        }
        taken.insert(whose, own + 1);
        let places = self.clone();
        Some(Place { places, whose })
    }

    fn taken(&self) -> MutexGuard<'_, BTreeMap<Whose, usize>> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = self.places.taken();
        if let Some(own) = taken.get_mut(&self.whose) {
            *own -= 1;
            if *own == 0 {
                taken.remove(&self.whose);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As many places as these nodes are given.
    fn all(places: &Places, whose: Whose) -> Vec<Place> {
        std::iter::from_fn(|| places.take(whose)).collect()
    }

    fn hub(code: &str) -> Whose {
        Some(code.parse().unwrap())
    }

    #[test]
    fn one_hub_has_half_of_the_places_and_others_find_room() {
        let places = Places::default();
        let held: Vec<_> = ["US", "KE", "SG", "MY", "CN"]
            .map(|code| all(&places, hub(code)))
            .into_iter()
            .collect();
        let counts: Vec<_> = held.iter().map(Vec::len).collect();
        assert_eq!(counts, [8, 4, 2, 1, 1]);
        assert!(places.take(hub("FR")).is_none());
        drop(held);
        assert_eq!(all(&places, hub("FR")).len(), SERVINGS_MAX / 2);
    }

    #[test]
    fn nodes_of_no_known_hub_count_as_one() {
        let places = Places::default();
        let guests = all(&places, None);
        assert_eq!(guests.len(), SERVINGS_MAX / 2);
        assert!(places.take(None).is_none());
        assert!(places.take(hub("KE")).is_some());
    }

    #[test]
    fn a_place_that_is_given_back_is_free_for_anybody() {
        let places = Places::default();
        let mut held = all(&places, hub("US"));
        held.truncate(2);
        assert_eq!(all(&places, hub("KE")).len(), 7);
        assert_eq!(places.taken().len(), 1);
    }
}
