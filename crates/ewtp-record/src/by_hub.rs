//! Something for each hub, found in one step: a node looks up a handful of such things for every message of every hub.

use std::hash::{BuildHasher as _, BuildHasherDefault, Hasher};
use std::ops::Index;

use crate::HubCode;

/// A hasher without a secret, made for codes of a few bytes: which hubs a node carries its operator decides, so nobody
/// gains by choosing codes that collide.
pub type PlainHash = BuildHasherDefault<PlainHasher>;

/// See [`PlainHash`].
#[derive(Clone, Debug, Default)]
pub struct PlainHasher(u64);

/// Odd, and half of its bits are ones: each bit of a word moves many bits above it.
const SPREAD: u64 = 0x9e37_79b9_7f4a_7c15;

impl Hasher for PlainHasher {
    fn write(&mut self, bytes: &[u8]) {
        for part in bytes.chunks(8) {
            let mut word = [0; 8];
            word[..part.len()].copy_from_slice(part);
            self.0 = (self.0.rotate_left(23) ^ u64::from_le_bytes(word)).wrapping_mul(SPREAD);
        }
    }

    fn finish(&self) -> u64 {
        self.0 ^ (self.0 >> 32) // the upper bits are mixed best, and tables look at the lower ones
    }
}

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
    /// The place of a hub's value, counted from 1, stands in the slot that its code hashes to, or in the next one after it that
    /// was free; 0 in a free slot. At least half of them are. Small, since whoever finds nothing else in the processor's cache
    /// has to fetch these.
    slots: Vec<u32>,
    /// Sorted by code.
    values: Vec<OfHub<V>>,
}

/// In this order in memory: a look-up compares the code, and then mostly finds a small value beside it.
#[derive(Clone, Debug)]
#[repr(C)]
struct OfHub<V> {
    hub: HubCode,
    value: V,
}

impl<V> ByHub<V> {
    /// The value of a hub.
    #[must_use]
    pub fn get(&self, hub: &HubCode) -> Option<&V> {
        Some(&self.values[self.place(hub)?].value)
    }

    /// The value of a hub, to change it.
    #[must_use]
    pub fn get_mut(&mut self, hub: &HubCode) -> Option<&mut V> {
        let place = self.place(hub)?;
        Some(&mut self.values[place].value)
    }

    /// Whether a hub has a value.
    #[must_use]
    pub fn contains_key(&self, hub: &HubCode) -> bool {
        self.place(hub).is_some()
    }

    /// The value of a hub, made if it has none.
    pub fn get_or_insert_with(&mut self, hub: HubCode, make: impl FnOnce() -> V) -> &mut V {
        let place = self.place(&hub).unwrap_or_else(|| self.make_place(hub, make()));
        &mut self.values[place].value
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
        self.slots_for(hub)
            .map_while(|slot| (self.slots[slot] as usize).checked_sub(1))
            .find(|place| self.values[*place].hub == *hub)
    }

    /// The slots to look at for a hub, one after the other.
    fn slots_for(&self, hub: &HubCode) -> impl Iterator<Item = usize> + use<V> {
        let n_slots = self.slots.len();
        let first = PlainHash::default().hash_one(hub) as usize;
        // Their number is a power of two, so its last bits are where a slot lies.
        (0..n_slots).map(move |step| first.wrapping_add(step) & (n_slots - 1))
    }

    fn make_place(&mut self, hub: HubCode, value: V) -> usize {
        let place = self.values.partition_point(|known| known.hub < hub);
        self.values.insert(place, OfHub { hub, value });
        if self.slots.len() < 2 * self.values.len() {
            self.slots = vec![0; (2 * self.values.len()).next_power_of_two()];
            (0..self.values.len()).for_each(|place| self.take_slot(place));
        } else {
            for slot in &mut self.slots {
                *slot += u32::from(*slot as usize > place); // what lies behind it has moved
            }
            self.take_slot(place);
        }
        place
    }

    fn take_slot(&mut self, place: usize) {
        let mut slots = self.slots_for(&self.values[place].hub);
        let free = slots.find(|slot| self.slots[*slot] == 0);
        self.slots[free.expect("half of the slots are free")] = place as u32 + 1;
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
        self.values.iter().map(|of_hub| &of_hub.hub)
    }

    /// The hubs with their values, sorted by code.
    pub fn iter(&self) -> impl Iterator<Item = (&HubCode, &V)> {
        self.values.iter().map(|OfHub { hub, value }| (hub, value))
    }

    /// The same, to change the values.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = (&HubCode, &mut V)> {
        self.values.iter_mut().map(|OfHub { hub, value }| (&*hub, value))
    }

    /// The values, in the order of their hubs' codes.
    pub fn values(&self) -> impl Iterator<Item = &V> {
        self.values.iter().map(|of_hub| &of_hub.value)
    }

    /// The same, to change them.
    pub fn values_mut(&mut self) -> impl Iterator<Item = &mut V> {
        self.values.iter_mut().map(|of_hub| &mut of_hub.value)
    }
}

impl<V> Default for ByHub<V> {
    fn default() -> Self {
        Self {
            slots: Vec::new(),
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
    #[test]
    fn hundreds_of_hubs_that_come_in_no_order_are_found_at_every_number_of_them() {
        let codes: Vec<HubCode> = (0..601)
            .map(|number| format!("CN-{number:03}").parse().unwrap())
            .collect();
        let mut by_hub = ByHub::default();
        for number in 0..601 {
            let shuffled = number * 37 % 601; // 601 is a prime, so each comes once
            assert_eq!(by_hub.get(&codes[shuffled]), None);
            by_hub.insert(codes[shuffled], shuffled);
            if number % 50 == 0 {
                let known = by_hub.iter().filter(|(hub, value)| by_hub.get(hub) == Some(*value));
                assert_eq!(known.count(), number + 1);
            }
        }
        assert!(by_hub.values().copied().eq(0..601));
        assert!(codes.iter().enumerate().all(|(number, hub)| by_hub[hub] == number));
    }

    #[test]
    fn codes_spread_over_the_slots() {
        let codes = (0..512).map(|number| format!("CN-{number:03}").parse::<HubCode>().unwrap());
        let mut taken = [0; 64];
        codes.for_each(|code| taken[PlainHash::default().hash_one(code) as usize % 64] += 1);
        assert!(
            taken.iter().all(|count| (1..=24).contains(count)),
            "8 on average: {taken:?}"
        );
    }
}
