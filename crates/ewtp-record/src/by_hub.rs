//! Something for each hub, found in one step: a node looks up a handful of such things for every message of every hub.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, DefaultHasher};
use std::ops::Index;

use crate::HubCode;

/// A hasher without a secret: which hubs a node carries its operator decides, so nobody can choose codes that collide.
pub type PlainHash = BuildHasherDefault<DefaultHasher>;

/// A value for each of some hubs, in the order of their codes. Finding one takes a step, whatever their number; a new hub
/// between others takes as many as there are, and none ever goes.
///
/// ```
/// use ewtp_record::{ByHub, HubCode};
///
/// let [my, sg]: [HubCode; 2] = ["MY".parse()?, "SG".parse()?];
/// let mut sizes: ByHub<u64> = [(sg, 7), (my, 5)].into_iter().collect();
/// *sizes.get_mut(&sg).expect("it was put in") += 1;
/// assert_eq!(sizes[&sg], 8);
/// assert_eq!(sizes.keys().collect::<Vec<_>>(), [&my, &sg]);
/// # Ok::<(), ewtp_record::ValueError>(())
/// ```
#[derive(Clone, Debug)]
pub struct ByHub<V> {
    /// Small, since whoever finds nothing else in the processor's cache has to fetch these.
    places: HashMap<HubCode, u32, PlainHash>,
    /// Sorted by code.
    values: Vec<(HubCode, V)>,
}

impl<V> ByHub<V> {
    /// The value of a hub.
    #[must_use]
    pub fn get(&self, hub: &HubCode) -> Option<&V> {
        let (_, value) = &self.values[self.place(hub)?];
        Some(value)
    }

    /// The value of a hub, to change it.
    #[must_use]
    pub fn get_mut(&mut self, hub: &HubCode) -> Option<&mut V> {
        let place = self.place(hub)?;
        let (_, value) = &mut self.values[place];
        Some(value)
    }

    /// Whether a hub has a value.
    #[must_use]
    pub fn contains_key(&self, hub: &HubCode) -> bool {
        self.places.contains_key(hub)
    }

    /// The value of a hub, made if it has none.
    pub fn get_or_insert_with(&mut self, hub: HubCode, make: impl FnOnce() -> V) -> &mut V {
        let place = self.place(&hub).unwrap_or_else(|| self.make_place(hub, make()));
        &mut self.values[place].1
    }

    /// Gives a hub a value. Returns the one that it had.
    pub fn insert(&mut self, hub: HubCode, value: V) -> Option<V> {
        if let Some(known) = self.get_mut(&hub) {
            return Some(std::mem::replace(known, value));
        }
        self.make_place(hub, value);
        None
    }

    fn place(&self, hub: &HubCode) -> Option<usize> {
        self.places.get(hub).map(|place| *place as usize)
    }

    fn make_place(&mut self, hub: HubCode, value: V) -> usize {
        let place = self.values.partition_point(|(known, _)| *known < hub);
        self.values.insert(place, (hub, value));
        for (moved, (hub, _)) in (0..).zip(&self.values).skip(place) {
            self.places.insert(*hub, moved);
        }
        place
    }

    /// How many hubs have a value.
    #[must_use]
    pub fn len(&self) -> usize {
        self.values.len()
    }

    /// Whether none has.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// The hubs, sorted by code.
    pub fn keys(&self) -> impl Iterator<Item = &HubCode> {
        self.values.iter().map(|(hub, _)| hub)
    }

    /// The hubs with their values, sorted by code.
    pub fn iter(&self) -> impl Iterator<Item = (&HubCode, &V)> {
        self.values.iter().map(|(hub, value)| (hub, value))
    }

    /// The same, to change the values.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = (&HubCode, &mut V)> {
        self.values.iter_mut().map(|(hub, value)| (&*hub, value))
    }

    /// The values, in the order of their hubs' codes.
    pub fn values(&self) -> impl Iterator<Item = &V> {
        self.values.iter().map(|(_, value)| value)
    }

    /// The same, to change them.
    pub fn values_mut(&mut self) -> impl Iterator<Item = &mut V> {
        self.values.iter_mut().map(|(_, value)| value)
    }
}

impl<V> Default for ByHub<V> {
    fn default() -> Self {
        Self {
            places: HashMap::default(),
            values: Vec::new(),
        }
    }
}

impl<V> Index<&HubCode> for ByHub<V> {
    type Output = V;

    fn index(&self, hub: &HubCode) -> &V {
        self.get(hub).expect("whoever indexes knows that the hub has a value")
    }
}

impl<V> FromIterator<(HubCode, V)> for ByHub<V> {
    fn from_iter<I: IntoIterator<Item = (HubCode, V)>>(values: I) -> Self {
        let mut by_hub = Self::default();
        for (hub, value) in values {
            by_hub.insert(hub, value);
        }
        by_hub
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_hub_is_found_in_whatever_order_they_came() {
        let code = |number: u32| format!("CN-{number:03}").parse::<HubCode>().unwrap();
        let mut by_hub = ByHub::default();
        for number in [7, 3, 900, 5, 0, 901, 4] {
            assert_eq!(by_hub.insert(code(number), number), None);
        }
        assert_eq!(by_hub.values().copied().collect::<Vec<_>>(), [0, 3, 4, 5, 7, 900, 901]);
        for number in [7, 3, 900, 5, 0, 901, 4] {
            assert_eq!(by_hub.get(&code(number)), Some(&number));
        }
        assert_eq!(by_hub.get(&code(6)), None);
        assert_eq!(by_hub.insert(code(5), 50), Some(5));
        assert_eq!(*by_hub.get_or_insert_with(code(5), || 0), 50);
        assert_eq!(by_hub.len(), 7);
    }
}
