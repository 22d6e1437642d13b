use super::*;
use crate::testing::code;

const MEGABYTE: u64 = 1024 * 1024;

fn at(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}

fn node(number: u8) -> NodeKey {
    NodeKey([number; 32])
}

#[derive(Default)]
struct Lab {
    servings: Servings,
    asked: u64,
    hub_of: BTreeMap<ServingId, Account>,
    now: Duration,
}

impl Lab {
    fn ask(&mut self, hub: &str, from: NodeKey) -> bool {
        self.asked += 1;
        let serving = ServingId(self.asked);
        let request = RangeRequest {
            hub: code("MY"),
            epoch: 0,
            from: 0,
            to: 1,
        };
        let asked = Asked { serving, from, request };
        self.hub_of.insert(serving, Some(code(hub)));
        self.servings.ask(Some(code(hub)), asked, self.now)
    }

    fn begin_all(&mut self) -> Vec<ServingId> {
        std::iter::from_fn(|| self.servings.next(self.now).map(|asked| asked.serving)).collect()
    }
}

#[test]
fn while_places_are_free_everything_begins_at_once() {
    let mut lab = Lab::default();
    for _ in 0..SERVINGS_MAX {
        assert!(lab.ask("SG", node(1)));
        assert_eq!(lab.begin_all().len(), 1);
    }
    assert_eq!(lab.servings.next_deadline(lab.now), None);
    assert!(lab.ask("RW", node(2)));
    assert!(lab.begin_all().is_empty(), "every place is taken");
}

#[test]
fn under_contention_hubs_get_equal_bytes_however_many_requests_and_nodes_they_have() {
    let mut lab = Lab::default();
    let mut running = VecDeque::new();
    let mut bytes: BTreeMap<Account, u64> = BTreeMap::new();
    for turn in 0..2_000 {
        // SG asks from four nodes for large ranges, RW from one node for small ones; both always want more.
        for number in 0..4 {
            lab.ask("SG", node(number));
        }
        lab.ask("RW", node(9));
        running.extend(lab.begin_all());
        lab.now = at(turn * 10);
        let done = running.pop_front().unwrap();
        let hub = lab.hub_of[&done];
        let size = if hub == Some(code("SG")) {
            4 * MEGABYTE
        } else {
            2 * MEGABYTE
        };
        lab.servings.end(done, size, lab.now);
        *bytes.entry(hub).or_default() += size;
        lab.servings.take_overdue(lab.now);
    }
    let (sg, rw) = (bytes[&Some(code("SG"))], bytes[&Some(code("RW"))]);
    assert!(sg.abs_diff(rw) * 20 < sg + rw, "SG got {sg} bytes, RW {rw}");
}

#[test]
fn who_was_idle_saved_nothing_up() {
    let mut lab = Lab::default();
    for _ in 0..2 * SERVINGS_MAX {
        lab.ask("SG", node(1));
    }
    for done in lab.begin_all() {
        lab.servings.end(done, 100 * MEGABYTE, lab.now);
    }
    let running = lab.begin_all();
    for _ in 0..SERVINGS_MAX {
        lab.ask("SG", node(1));
        lab.ask("RW", node(2));
    }
    running
        .iter()
        .for_each(|done| lab.servings.end(*done, MEGABYTE, lab.now));
    let begun = lab.begin_all();
    let of_sg = begun
        .iter()
        .filter(|serving| lab.hub_of[*serving] == Some(code("SG")))
        .count();
    assert!(of_sg >= SERVINGS_MAX / 4, "SG got {of_sg} of {SERVINGS_MAX} places");
}

#[test]
fn readers_that_read_nothing_lose_their_places_after_a_while_and_pay_for_them() {
    let mut lab = Lab::default();
    for _ in 0..2 * SERVINGS_MAX {
        lab.ask("SG", node(1));
    }
    assert_eq!(lab.begin_all().len(), SERVINGS_MAX);
    lab.now = SERVING_PLACE_HELD_MAX - at(1_000);
    lab.servings.take_overdue(lab.now);
    lab.ask("RW", node(2));
    lab.ask("SG", node(1));
    assert!(lab.begin_all().is_empty());
    assert_eq!(lab.servings.next_deadline(lab.now), Some(SERVING_PLACE_HELD_MAX));
    lab.now = SERVING_PLACE_HELD_MAX;
    let first = lab.begin_all()[0];
    assert_eq!(lab.hub_of[&first], Some(code("RW")));
}

#[test]
fn what_waits_is_bounded_by_hub_and_by_time_and_goes_with_its_node() {
    let mut lab = Lab::default();
    for _ in 0..SERVINGS_MAX {
        lab.ask("SG", node(1));
    }
    lab.begin_all();
    let taken = (0..1_000).filter(|_| lab.ask("SG", node(1))).count();
    assert_eq!(taken, SERVINGS_WAITING_PER_HUB_MAX);
    assert!(lab.ask("RW", node(2)), "another hub's queue is its own");
    assert_eq!(lab.servings.take_of(node(2)).len(), 1);
    lab.now = SERVINGS_WAITING_TIME_MAX;
    assert_eq!(lab.servings.take_overdue(lab.now).len(), SERVINGS_WAITING_PER_HUB_MAX);
    assert!(lab.servings.waiting.is_empty());
}
