mod mesh;

use std::sync::Arc;
use std::time::Duration;

use ewtp_record::edition::Trees;
use ewtp_record::{Edition, NodeKey, UnixTime};
use ewtp_tariff::row::Entry;
use ewtp_tariff::{PageTree, Row, RowKey, chain};
use proptest::prelude::*;

use super::*;
use crate::tariff::{Effort, PageFrame};
use crate::{Fault, Refusal};
use mesh::{Mesh, edition, hub, node};

fn at(milliseconds: u64) -> Now {
    Now {
        unix: UnixTime(1_800_000_000),
        ticks: Duration::from_millis(milliseconds),
    }
}

/// A room that knows an edition, holds nothing of it, and has these peers of the publisher.
struct Room {
    gatherer: Gatherer,
    now: u64,
}

impl Room {
    fn wanting(edition: &Arc<Wanted>, peers: &[NodeKey]) -> Self {
        let mut room = Self {
            gatherer: Gatherer::new(hub("MY"), SCHEDULE_BYTES_EACH),
            now: 0,
        };
        for node in peers {
            let hub = Some(edition.hub);
            room.give(GatheringInput::Connected { node: *node, hub });
        }
        room.give(GatheringInput::Edition(Arc::clone(edition)));
        room
    }

    fn give(&mut self, input: GatheringInput) {
        self.gatherer.handle(input, at(self.now));
    }

    fn outputs(&mut self) -> Vec<GatheringOutput> {
        std::iter::from_fn(|| self.gatherer.poll_output()).collect()
    }

    /// What is asked of whom.
    fn asks(&mut self) -> Vec<(AskId, NodeKey, Wish)> {
        let asks = self.outputs().into_iter().filter_map(|output| match output {
            GatheringOutput::Ask { ask, to, wish, .. } => Some((ask, to, wish)),
            _ => None,
        });
        asks.collect()
    }

    /// Answers that nothing of it is here, but that the edition before may be.
    fn looked(&mut self, edition: &Arc<Wanted>, before: bool) {
        let missing = edition.each_tree().into_iter().filter(|tree| tree.pages > 0);
        let missing = missing.map(Missing::all).collect();
        self.give(GatheringInput::Looked {
            edition: Arc::clone(edition),
            held: Held::Part { before, missing },
        });
    }

    /// Lets time pass until something may be to be done.
    fn wait(&mut self) {
        self.now = u64::try_from(self.gatherer.next_deadline().unwrap().as_millis()).unwrap();
        self.give(GatheringInput::Tick);
    }

    fn busy(&mut self, ask: AskId) {
        let end = AskEnd::Busy;
        self.give(GatheringInput::Ended { ask, end });
    }
}

#[test]
fn what_is_held_is_not_asked_for() {
    let edition = edition("US", 1);
    let mut room = Room::wanting(&edition, &[node(1)]);
    let looks = vec![GatheringOutput::Look {
        edition: Arc::clone(&edition),
    }];
    assert_eq!(room.outputs(), looks);
    room.give(GatheringInput::Looked {
        edition: Arc::clone(&edition),
        held: Held::Whole,
    });
    room.give(GatheringInput::Edition(Arc::clone(&edition)));
    assert_eq!(room.outputs(), []);
    assert_eq!((room.gatherer.counts().held, room.gatherer.counts().wanted), (1, 0));
}

#[test]
fn a_patch_is_asked_for_when_the_edition_before_is_held() {
    let edition = edition("US", 2);
    let mut room = Room::wanting(&edition, &[node(1)]);
    room.looked(&edition, true);
    let asks = room.asks();
    assert!(matches!(asks[..], [(_, _, Wish::Patch)]), "{asks:?}");
}

#[test]
fn a_patch_larger_than_the_schedule_is_not_asked_for() {
    let mut large = Wanted::clone(&edition("US", 2));
    large.patch.as_mut().unwrap().bytes = 10_000_000;
    let edition = Arc::new(large);
    let mut room = Room::wanting(&edition, &[node(1)]);
    room.looked(&edition, true);
    assert!(room.asks().iter().all(|(_, _, wish)| *wish != Wish::Patch));
}

#[test]
fn a_patch_that_nobody_has_is_replaced_by_pages() {
    let edition = edition("US", 2);
    let mut room = Room::wanting(&edition, &[node(1), node(2)]);
    room.looked(&edition, true);
    let mut tries = 0;
    loop {
        let asks = room.asks();
        match asks[..] {
            [(ask, _, Wish::Patch)] => {
                tries += 1;
                room.busy(ask);
            }
            [] => room.wait(),
            _ => break,
        }
    }
    assert_eq!(tries, 2 * PATCH_TRIES);
}

#[test]
fn at_most_two_requests_are_open_for_one_hub() {
    let edition = edition("US", 1);
    let mut room = Room::wanting(&edition, &[node(1), node(2), node(3)]);
    room.looked(&edition, false);
    let asks = room.asks();
    assert_eq!(asks.len(), ASKS_PER_HUB_MAX);
    assert_ne!(asks[0].1, asks[1].1, "each peer has its part");
}

#[test]
fn a_busy_peer_rests_twice_as_long_each_time_up_to_a_minute() {
    let edition = edition("US", 1);
    let mut room = Room::wanting(&edition, &[node(1)]);
    room.looked(&edition, false);
    let mut pauses = Vec::new();
    for _ in 0..10 {
        for (ask, ..) in room.asks() {
            room.busy(ask);
        }
        // It is asked as soon as it may be.
        let asked_at = room.now;
        while room.gatherer.asks.is_empty() {
            room.wait();
        }
        pauses.push(room.now - asked_at);
    }
    assert!(pauses.is_sorted(), "{pauses:?}");
    assert!(pauses[0] <= 1_000 && pauses[9] == 60_000, "{pauses:?}");
}

#[test]
fn pages_that_were_kept_are_not_asked_for_again() {
    let edition = edition("US", 1);
    let mut room = Room::wanting(&edition, &[node(1), node(2)]);
    room.looked(&edition, false);
    let (ask, to, Wish::Pages(asked)) = room.asks()[0].clone() else {
        panic!("pages are asked for");
    };
    let kept = asked.pages.start + 7;
    let bytes = 1_000;
    room.give(GatheringInput::Kept { ask, to: kept, bytes });
    room.give(GatheringInput::Disconnected { node: to });
    let again = room.asks();
    let rest = Missing {
        pages: kept..asked.pages.end,
        ..asked
    };
    assert!(
        again.iter().any(|(_, _, wish)| *wish == Wish::Pages(rest.clone())),
        "{again:?}"
    );
    let counts = room.gatherer.counts();
    assert_eq!((counts.pages_moved, counts.bytes_moved), (7, 1_000));
}

#[test]
fn a_request_that_brings_nothing_goes_to_another_peer() {
    let edition = edition("US", 1);
    let mut room = Room::wanting(&edition, &[node(1), node(2)]);
    room.looked(&edition, false);
    let first = room.asks();
    room.give(GatheringInput::Disconnected { node: node(9) });
    room.now = 120_000;
    room.give(GatheringInput::Tick);
    let outputs = room.outputs();
    let given_up = |ask: AskId| outputs.contains(&GatheringOutput::GiveUp { ask });
    assert!(first.iter().all(|(ask, ..)| given_up(*ask)));
}

#[test]
fn a_liar_is_blamed_and_another_peer_asked() {
    let edition = edition("US", 2);
    let mut room = Room::wanting(&edition, &[node(1), node(2)]);
    room.looked(&edition, true);
    let (ask, liar, _) = room.asks()[0].clone();
    let fault = Fault::Unasked("another patch");
    let end = AskEnd::Fault(fault.clone());
    room.give(GatheringInput::Ended { ask, end });
    let outputs = room.outputs();
    assert_eq!(outputs[0], GatheringOutput::Blame { node: liar, fault });
    assert!(matches!(&outputs[1], GatheringOutput::Ask { to, .. } if *to != liar));
}

#[test]
fn a_schedule_that_is_none_is_told_until_a_later_edition_is_held() {
    let (first, second) = (edition("US", 1), edition("US", 2));
    let mut room = Room::wanting(&first, &[node(1)]);
    room.looked(&first, false);
    let (ask, ..) = room.asks()[0].clone();
    let end = AskEnd::Refused(Refusal::Summary);
    room.give(GatheringInput::Ended { ask, end });
    let refused: Vec<_> = room
        .gatherer
        .refused()
        .map(|told| (told.number, told.refused.code.as_str()))
        .collect();
    assert_eq!(refused, [(1, "summary")]);
    // The second is gathered all the same, by its pages.
    room.give(GatheringInput::Edition(Arc::clone(&second)));
    room.looked(&second, false);
    assert!(room.asks().iter().any(|(_, _, wish)| matches!(wish, Wish::Pages(_))));
    room.give(GatheringInput::Settled {
        edition: second,
        settled: Settled::Held,
    });
    assert_eq!(room.gatherer.refused().count(), 0);
}

#[test]
fn an_edition_out_of_its_chain_is_refused_and_told() {
    let edition = edition("US", 2);
    let mut room = Room::wanting(&edition, &[node(1)]);
    let before = Wanted {
        record: edition.previous.unwrap(),
        number: 7,
        ..Wanted::clone(&edition)
    };
    let misplaced = chain::place(&edition.link(), Some(&before.link())).unwrap_err();
    room.give(GatheringInput::Looked {
        edition: Arc::clone(&edition),
        held: Held::Refused(Refused::from(&Refusal::from(misplaced))),
    });
    assert_eq!(room.asks(), []);
    let refused: Vec<_> = room.gatherer.refused().map(|told| told.refused.code.as_str()).collect();
    assert_eq!((refused, room.gatherer.counts().wanted), (vec!["previous"], 0));
}

#[test]
fn a_schedule_larger_than_a_node_can_check_is_refused_and_told_before_anything_is_asked() {
    let long: fn(&mut Wanted) = |edition| edition.trees.texts.bytes = Edition::SCHEDULE_BYTES_MAX;
    // A quarter of the bytes that a schedule may have, all of them rates.
    let dense: fn(&mut Wanted) = |edition| edition.trees.rates.bytes = Edition::SCHEDULE_BYTES_MAX / 4;
    for (grow, said) in [(long, "bytes, and a node"), (dense, "bytes of memory")] {
        let mut large = Wanted::clone(&edition("US", 1));
        grow(&mut large);
        let edition = Arc::new(large);
        let mut room = Room::wanting(&edition, &[node(1)]);
        room.outputs();
        room.looked(&edition, false);
        let outputs = room.outputs();
        let [GatheringOutput::Refused(RefusedEdition { refused, .. })] = &outputs[..] else {
            panic!("{outputs:?}");
        };
        let Refused { code, why } = refused;
        assert_eq!((code.as_str(), why.contains(said)), ("too-large", true), "{why}");
        assert_eq!(room.gatherer.counts().wanted, 0);
    }
}

#[test]
fn pages_belong_to_the_tree_whose_kind_their_rows_are_of() {
    let key = RowKey::Note("n-1".parse().unwrap());
    let note = Row::new(key, Entry::Note("as the law says".to_owned())).unwrap();
    let notes = PageTree::of([note]).unwrap();
    let frame = PageFrame::of(notes.run(0..1).unwrap(), Effort::Passing);
    let tree = notes.summary();
    let named = |trees: Trees| Wanted {
        trees,
        ..edition("US", 1).as_ref().clone()
    };
    let as_notes = Trees {
        notes: tree,
        ..Trees::EMPTY
    };
    assert_eq!(named(as_notes).check_kind(&tree, &frame), Ok(()));
    for trees in [
        Trees {
            rates: tree,
            ..Trees::EMPTY
        },
        Trees {
            texts: tree,
            ..Trees::EMPTY
        },
    ] {
        let refused = named(trees).check_kind(&tree, &frame).unwrap_err();
        assert_eq!(refused.code(), "tree");
    }
}

#[test]
fn what_was_refused_before_is_told_again_and_not_asked_for() {
    let edition = edition("US", 1);
    let mut room = Room::wanting(&edition, &[node(1)]);
    room.outputs();
    let refused = Refused::new("overlap", "two measures are for the same goods");
    room.give(GatheringInput::Looked {
        edition: Arc::clone(&edition),
        held: Held::Refused(refused.clone()),
    });
    let outputs = room.outputs();
    assert!(
        matches!(&outputs[..], [GatheringOutput::Refused(told)] if told.refused == refused),
        "{outputs:?}"
    );
    assert_eq!((room.gatherer.counts().wanted, room.gatherer.refused().count()), (0, 1));
}

#[test]
fn an_edition_that_cannot_be_had_holds_up_the_next_for_a_while_and_no_longer() {
    let (first, second) = (edition("US", 1), edition("US", 2));
    let mut room = Room::wanting(&first, &[]);
    room.give(GatheringInput::Edition(Arc::clone(&second)));
    room.looked(&first, false);
    let looks = |outputs: &[GatheringOutput]| {
        let second = Arc::clone(&second);
        outputs.contains(&GatheringOutput::Look { edition: second })
    };
    assert!(!looks(&room.outputs()));
    assert_eq!(room.gatherer.next_deadline(), Some(STALLED_AFTER));
    room.now = u64::try_from(STALLED_AFTER.as_millis()).unwrap();
    room.give(GatheringInput::Tick);
    assert!(looks(&room.outputs()));
}

/// Editions of as many territories, which nobody has.
fn invented(count: usize) -> Vec<Arc<Wanted>> {
    let letter = |place: usize| char::from(b'A' + u8::try_from(place % 26).unwrap());
    let territory = |n: usize| format!("{}{}{}", letter(n / 676), letter(n / 26), letter(n));
    let named = |n: usize| {
        let mut edition = Wanted::clone(&edition("ZZ", 1));
        edition.territory = territory(n);
        edition.record.0[..8].copy_from_slice(&n.to_be_bytes());
        Arc::new(edition)
    };
    (0..count).map(named).collect()
}

#[test]
fn editions_beyond_the_budget_of_their_hub_are_refused_with_one_alarm() {
    let fitting = 16;
    let mut room = Room::wanting(&edition("US", 1), &[]);
    room.gatherer = Gatherer::new(hub("MY"), fitting * EDITION_BYTES_MIN);
    for number in 1..1_000 {
        let mut patched = Wanted::clone(&edition("US", 2));
        (patched.number, patched.record.0[31]) = (number, u8::try_from(number % 256).unwrap());
        room.give(GatheringInput::Edition(Arc::new(patched)));
    }
    assert_eq!(room.gatherer.counts().wanted, fitting);
    let codes: Vec<_> = room.gatherer.refused().map(|told| told.refused.code.as_str()).collect();
    assert_eq!(codes, [RefusedEdition::FULL]);
}

#[test]
fn our_own_editions_know_no_budget() {
    let mut room = Room::wanting(&edition("US", 1), &[]);
    room.gatherer = Gatherer::new(hub("US"), 0);
    room.give(GatheringInput::Edition(edition("US", 1)));
    assert_eq!((room.gatherer.counts().wanted, room.gatherer.refused().count()), (1, 0));
}

#[test]
fn a_hub_that_invents_editions_has_few_of_them_gathered_at_a_time() {
    let invented = invented(1_000);
    let mut room = Room::wanting(&invented[0], &[node(1)]);
    for edition in &invented {
        room.give(GatheringInput::Edition(Arc::clone(edition)));
    }
    let looks = room.outputs().len();
    assert_eq!((looks, room.gatherer.active.len()), (PLACES_PER_HUB, PLACES_PER_HUB));
}

#[test]
fn what_nobody_has_leaves_its_place_to_what_waits() {
    let invented = invented(3 * PLACES_PER_HUB);
    let mut room = Room::wanting(&invented[0], &[]);
    for edition in &invented {
        room.give(GatheringInput::Edition(Arc::clone(edition)));
    }
    let mut looked = Vec::new();
    for _ in 0..4 {
        let looks: Vec<_> = room
            .outputs()
            .into_iter()
            .filter_map(|output| match output {
                GatheringOutput::Look { edition } => Some(edition),
                _ => None,
            })
            .collect();
        assert_eq!(looks.len(), PLACES_PER_HUB);
        looks.iter().for_each(|edition| room.looked(edition, false));
        looked.extend(looks);
        room.now += u64::try_from(STALLED_AFTER.as_millis()).unwrap();
        room.give(GatheringInput::Tick);
    }
    // All had their turn, and then the first ones again.
    assert_eq!(looked[..invented.len()], invented);
    assert_eq!(looked[invented.len()..], invented[..PLACES_PER_HUB]);
}

#[test]
fn what_nobody_has_keeps_its_place_while_nothing_waits() {
    let edition = edition("US", 1);
    let mut room = Room::wanting(&edition, &[node(1)]);
    room.looked(&edition, false);
    let (ask, ..) = room.asks()[0].clone();
    room.now += u64::try_from(STALLED_AFTER.as_millis()).unwrap() - 1;
    room.busy(ask);
    room.now += 3_000;
    room.give(GatheringInput::Tick);
    assert!(!room.asks().is_empty(), "it is asked for again");
}

#[test]
fn few_refusals_of_one_hub_are_told_of_at_a_time() {
    let invented = invented(3 * REFUSED_PER_HUB_MAX);
    let mut room = Room::wanting(&invented[0], &[]);
    for edition in &invented {
        room.give(GatheringInput::Edition(Arc::clone(edition)));
        room.give(GatheringInput::Settled {
            edition: Arc::clone(edition),
            settled: Settled::Refused(Refusal::Summary),
        });
    }
    assert_eq!(room.gatherer.refused().count(), REFUSED_PER_HUB_MAX);
}

#[test]
fn two_hubs_get_their_turns() {
    let large: Vec<_> = (0..20)
        .map(|letter| edition(&format!("U{}", char::from(b'A' + letter)), 1))
        .collect();
    let mut small = Wanted::clone(&edition("KE", 1));
    small.hub = hub("KE");
    let small = Arc::new(small);
    let peers: Vec<NodeKey> = (1..9).map(node).collect();
    let mut room = Room::wanting(&large[0], &peers);
    for edition in &large {
        room.give(GatheringInput::Edition(Arc::clone(edition)));
        room.looked(edition, false);
    }
    room.give(GatheringInput::Edition(Arc::clone(&small)));
    room.outputs();
    room.looked(&small, false);
    assert_eq!(
        room.asks().len(),
        ASKS_PER_HUB_MAX,
        "the other hub's editions take no place of this one"
    );
}

#[test]
fn a_killed_publisher_loses_nothing_when_one_other_hub_has_it() {
    let mut mesh = Mesh::new(1, 3);
    mesh.publish(0, 1);
    mesh.connect(0, 1);
    mesh.run(Duration::from_secs(20));
    assert!(mesh.holds(1, 1));
    mesh.kill(0);
    mesh.connect(1, 2);
    mesh.run(Duration::from_secs(20));
    assert!(mesh.holds(2, 1));
}

#[test]
fn a_restart_in_the_middle_asks_for_nothing_twice() {
    let mut mesh = Mesh::new(2, 2);
    mesh.publish(0, 1);
    mesh.connect(0, 1);
    mesh.run_until_half(1);
    mesh.restart(1);
    mesh.connect(0, 1);
    mesh.run(Duration::from_secs(60));
    assert!(mesh.holds(1, 1));
    assert_eq!(mesh.sent_twice, 0);
}

#[test]
fn a_second_edition_moves_its_patch_alone() {
    let mut mesh = Mesh::new(3, 2);
    mesh.connect(0, 1);
    mesh.publish(0, 1);
    mesh.run(Duration::from_secs(20));
    let moved = mesh.counts(1);
    mesh.publish(0, 2);
    mesh.run(Duration::from_secs(20));
    let after = mesh.counts(1);
    assert!(mesh.holds(1, 2));
    assert_eq!(after.pages_moved, moved.pages_moved);
    assert_eq!(after.bytes_moved - moved.bytes_moved, mesh::PATCH_BYTES);
    assert!(after.pages_saved > moved.pages_saved);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn whatever_is_lost_every_node_holds_every_edition_in_the_end(
        seed in any::<u64>(),
        nodes in 2_usize..9,
        editions in 1_u32..6,
        loss in prop_oneof![Just(0_u32), 0_u32..60],
        restarts in prop::collection::vec((1_usize..9, 0_u64..20_000), 0..4),
    ) {
        let mut mesh = Mesh::new(seed, nodes);
        mesh.loss_percent = loss;
        mesh.connect_all();
        for number in 1..=editions {
            mesh.publish(0, number);
        }
        for (who, after) in restarts {
            mesh.run(Duration::from_millis(after));
            mesh.restart(who % nodes);
            mesh.connect_all();
        }
        mesh.run(Duration::from_secs(3_600));
        for who in 0..nodes {
            for number in 1..=editions {
                prop_assert!(mesh.holds(who, number), "node {who} lacks edition {number}");
            }
            prop_assert_eq!(mesh.counts(who).wanted, 0);
        }
        // Who lost too much let a later edition go ahead, which may have a tree in common with the earlier one.
        prop_assert!(loss > 0 || mesh.sent_twice == 0, "pages that were kept were asked for again");
    }

    #[test]
    fn a_peer_that_lies_keeps_nothing_from_anybody(seed in any::<u64>(), nodes in 3_usize..8) {
        let mut mesh = Mesh::new(seed, nodes);
        mesh.liar = Some(nodes - 1);
        mesh.connect_all();
        mesh.publish(0, 1);
        mesh.publish(0, 2);
        mesh.run(Duration::from_secs(600));
        for who in 0..nodes - 1 {
            prop_assert!(mesh.holds(who, 1) && mesh.holds(who, 2));
        }
        prop_assert!(mesh.blamed.iter().all(|blamed| *blamed == nodes - 1));
    }
}
