//! Schedules over real sockets and on real disks.

mod post;
mod published;

use std::sync::Arc;

use bytes::Bytes;
use ewtp_federation::gathering::{AskEnd, Missing, Wish};
use ewtp_federation::tariff::{Effort, PageFrame, page_frames};
use ewtp_network::{Bulk, NetworkEvent};
use ewtp_record::edition::{MeasureKind, PatchSummary, TreeSummary};
use ewtp_store::Kept;
use ewtp_tariff::row::{Entry, Measure, TariffLine};
use ewtp_tariff::{PageTrees, Row, RowKey};
use post::{Post, network};
use published::{Published, schedule};

fn pages(trees: &PageTrees) -> u64 {
    trees.notes.pages().len() as u64
}

#[tokio::test(flavor = "multi_thread")]
async fn an_edition_reaches_a_hub_that_its_publisher_is_not_connected_to() {
    let (mut us, mut ke, mut sg) = (Post::start(1), Post::start(3), Post::start(4));
    let first = Published::first(schedule(4_000, 0, ""));
    us.keep(&first);
    for post in [&mut us, &mut ke, &mut sg] {
        post.log(&first).await;
    }
    us.meet(&ke).await;
    ke.meet(&sg).await;
    for post in [&us, &ke, &sg] {
        post.holds(1).await;
        let held = post.schedules.trees(&first.trees.summary()).unwrap();
        assert_eq!(held.as_deref(), Some(&first.trees));
    }
    assert_eq!(us.told().counts.pages_moved, 0);
    let counts = sg.told().counts;
    assert_eq!((counts.pages_moved, counts.pages_saved), (pages(&first.trees), 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_publisher_is_not_needed_when_one_other_hub_has_it() {
    let (mut us, mut ke, mut sg) = (Post::start(1), Post::start(3), Post::start(4));
    let first = Published::first(schedule(4_000, 0, ""));
    let second = first.followed_by(schedule(4_000, 9, "as the new law says"));
    for published in [&first, &second] {
        us.keep(published);
        for post in [&mut us, &mut ke, &mut sg] {
            post.log(published).await;
        }
    }
    us.meet(&ke).await;
    ke.holds(2).await;
    us.kill();
    ke.meet(&sg).await;
    let counts = sg.holds(2).await;
    assert_eq!(counts.pages_moved, pages(&first.trees), "the second came as its patch");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_edition_moves_its_patch_and_no_page() {
    let (mut us, mut ke) = (Post::start(1), Post::start(3));
    let first = Published::first(schedule(4_000, 0, ""));
    us.keep(&first);
    us.meet(&ke).await;
    us.log(&first).await;
    ke.log(&first).await;
    let before = ke.holds(1).await;
    let second = first.followed_by(schedule(4_000, 3, "as the new law says"));
    us.keep(&second);
    us.log(&second).await;
    ke.log(&second).await;
    let after = ke.holds(2).await;
    assert_eq!(after.pages_moved, before.pages_moved);
    assert_eq!(after.pages_saved, before.pages_saved + pages(&second.trees));
    let moved = after.bytes_moved - before.bytes_moved;
    assert!((1..200).contains(&moved), "{moved} bytes");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_edition_out_of_its_chain_is_refused_and_one_without_the_edition_before_comes_by_pages() {
    let (mut us, mut ke) = (Post::start(1), Post::start(3));
    let first = Published::first(schedule(400, 0, ""));
    let changed = |rows| schedule(400, rows, "as the new law says");
    let second = first.followed_by(changed(3));
    let undecided = second.followed_by(changed(9));
    let misplaced = first.with_number(5, changed(12));
    us.meet(&ke).await;
    us.keep(&first);
    us.keep(&second);
    for published in [&first, &undecided, &misplaced] {
        us.keep(published);
        us.log(published).await;
        ke.log(published).await;
    }
    let told = ke.comes_to("tell of it", |told| {
        !told.alarms.is_empty() && (told.counts.held, told.counts.wanted) == (2, 0)
    });
    let why = &told.await.alarms[0].happened;
    assert!(why.contains("edition 5 of US by US"), "{why}");
    let holds = |published: &Published| ke.schedules.holds(&published.trees.summary());
    assert_eq!((holds(&misplaced), holds(&undecided)), (false, true));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_was_away_catches_up_over_several_editions() {
    let (mut us, mut ke) = (Post::start(1), Post::start(3));
    let mut editions = vec![Published::first(schedule(4_000, 0, ""))];
    for number in 1..6 {
        let next = schedule(4_000, number * 10, &format!("as law {number} says"));
        editions.push(editions[editions.len() - 1].followed_by(next));
    }
    for published in &editions {
        us.keep(published);
        us.log(published).await;
        ke.log(published).await;
    }
    us.meet(&ke).await;
    let counts = ke.holds(6).await;
    assert_eq!(
        counts.pages_moved,
        pages(&editions[0].trees),
        "all but the first came as patches"
    );
    for published in &editions {
        assert!(ke.schedules.holds(&published.trees.summary()));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_that_an_interrupted_gathering_kept_are_not_moved_again() {
    let (mut us, mut ke) = (Post::start(1), Post::start(3));
    let first = Published::first(schedule(4_000, 0, ""));
    us.keep(&first);
    let run = first.trees.notes.run(20..50).unwrap();
    let frame = PageFrame::of(run, Effort::Passing);
    let kept = ke.schedules.keep_frame(&first.trees.notes.summary(), &frame).unwrap();
    assert_eq!(kept, Kept::Part);
    us.log(&first).await;
    ke.log(&first).await;
    us.meet(&ke).await;
    let counts = ke.holds(1).await;
    assert_eq!((counts.pages_moved, counts.pages_saved), (pages(&first.trees) - 30, 30));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_patch_that_nobody_has_is_replaced_by_the_pages_that_changed_trees_need() {
    let (mut us, mut ke) = (Post::start(1), Post::start(3));
    let first = Published::first(schedule(400, 0, ""));
    let second = first.followed_by(schedule(400, 3, "as the new law says"));
    // The publisher lost the patch, as when it gathered its own edition from others.
    us.keep(&first);
    us.schedules.keep(&second.trees).unwrap();
    for published in [&first, &second] {
        us.log(published).await;
        ke.log(published).await;
    }
    us.meet(&ke).await;
    let counts = ke.holds(2).await;
    assert_eq!(counts.pages_moved, pages(&first.trees) + pages(&second.trees));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_peer_that_sends_other_pages_is_not_believed() {
    let (mut us, mut ke) = (Post::start(1), Post::start(3));
    let first = Published::first(schedule(400, 0, ""));
    us.keep(&first);
    us.log(&first).await;
    // A node that says it is the publisher's, and answers everything with pages of another schedule.
    let (liar, mut heard) = network(2);
    let other = schedule(400, 400, "as nobody says").notes;
    let lie = PageFrame::of(other.run(0..other.pages().len().min(40)).unwrap(), Effort::Passing);
    let lie = lie.bytes().clone();
    let (listens, listening) = tokio::sync::oneshot::channel();
    let lies = tokio::spawn(async move {
        let mut listens = Some(listens);
        while let Some(event) = heard.recv().await {
            match event {
                NetworkEvent::Listening { address } => {
                    if let Some(told) = listens.take() {
                        told.send(address).unwrap();
                    }
                }
                NetworkEvent::Introduced { node, .. } => liar.admit(node),
                NetworkEvent::Request {
                    bulk: Bulk::Schedules,
                    responder,
                    ..
                } => {
                    responder.send(lie.clone()).await.unwrap();
                    return;
                }
                _ => {}
            }
        }
    });
    ke.dial(&listening.await.unwrap()).await;
    ke.log(&first).await;
    lies.await.unwrap(); // it was asked
    us.meet(&ke).await;
    let counts = ke.holds(1).await;
    assert_eq!(counts.pages_moved, pages(&first.trees), "nothing of the lie was kept");
    let held = ke.schedules.trees(&first.trees.summary()).unwrap();
    assert_eq!(held.as_deref(), Some(&first.trees));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_schedule_that_breaks_a_rule_is_refused_and_told_until_the_next_edition() {
    let (mut us, mut ke) = (Post::start(1), Post::start(3));
    let line = TariffLine {
        measures: vec![Measure::of(MeasureKind::Mfn, Some("6.3 USD/LTR".parse().unwrap()))],
        ..TariffLine::default()
    };
    let wine = Row::new(RowKey::Line("22042150".parse().unwrap(), 1), Entry::Line(line)).unwrap();
    let good = schedule(100, 0, "");
    let bad = Published::first(PageTrees::of(good.rows().cloned().chain([wine])).unwrap());
    us.keep(&bad);
    us.meet(&ke).await;
    us.log(&bad).await;
    ke.log(&bad).await;
    let told = ke.comes_to("tell", |told| !told.alarms.is_empty()).await;
    assert_eq!(
        (told.alarms[0].code.as_str(), told.alarms[0].hub.as_str()),
        ("tariff-refused", "US")
    );
    assert!(
        told.alarms[0].happened.contains("[unknown-unit]"),
        "{}",
        told.alarms[0].happened
    );
    assert!(!ke.schedules.holds(&bad.trees.summary()));
    // The next start tells it again, with nobody there to ask.
    ke.restart(3);
    let again = ke.comes_to("tell again", |told| !told.alarms.is_empty()).await;
    assert_eq!(again.alarms[0].happened, told.alarms[0].happened);
    us.meet(&ke).await;
    let next = bad.followed_by(good);
    us.keep(&next);
    us.log(&next).await;
    ke.log(&next).await;
    ke.comes_to("hold the next", |told| told.counts.held == 1 && told.alarms.is_empty())
        .await;
    assert!(ke.schedules.holds(&next.trees.summary()));
    // Nor does a start after that one tell of it.
    ke.restart(3);
    ke.comes_to("hold the next", |told| told.counts.held == 1).await;
    assert_eq!(ke.told().alarms.len(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn rates_that_are_held_as_the_notes_of_another_edition_are_its_publishers_fault() {
    let mut ke = Post::start(3);
    let good = Published::first(schedule(100, 0, ""));
    ke.keep(&good);
    ke.log(&good).await;
    ke.holds(1).await;
    let unseen = good.followed_by(schedule(100, 3, "as the new law says"));
    let bad = unseen.followed_by(PageTrees {
        rates: good.trees.notes.clone(),
        ..PageTrees::default()
    });
    ke.log(&bad).await;
    let told = ke.comes_to("tell", |told| !told.alarms.is_empty()).await;
    assert!(
        told.alarms[0].happened.contains("[tree]"),
        "{}",
        told.alarms[0].happened
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_schedule_whose_rates_are_the_notes_of_another_is_its_publishers_fault() {
    let (mut us, mut ke) = (Post::start(1), Post::start(3));
    let notes = schedule(100, 0, "");
    let bad = Published::first(PageTrees {
        rates: notes.notes,
        ..PageTrees::default()
    });
    us.keep(&bad);
    us.meet(&ke).await;
    us.log(&bad).await;
    ke.log(&bad).await;
    let told = ke.comes_to("tell", |told| !told.alarms.is_empty()).await;
    let alarm = &told.alarms[0];
    assert_eq!((alarm.code.as_str(), alarm.hub.as_str()), ("tariff-refused", "US"));
    assert!(alarm.happened.contains("[tree]"), "{}", alarm.happened);
    assert!(!ke.schedules.holds(&bad.trees.summary()));
}

#[tokio::test(flavor = "multi_thread")]
async fn frames_travel_on_as_their_publisher_packed_them() {
    let (mut us, mut ke, mut sg) = (Post::start(1), Post::start(3), Post::start(4));
    let first = Published::first(schedule(4_000, 0, ""));
    us.keep(&first);
    for post in [&mut us, &mut ke, &mut sg] {
        post.log(&first).await;
    }
    us.meet(&ke).await;
    ke.holds(1).await;
    ke.meet(&sg).await;
    sg.holds(1).await;
    let tree = &first.trees.notes;
    let packed = page_frames(tree, Effort::Lasting);
    assert!(packed.len() > 1);
    for frame in packed {
        let pages = frame.pages();
        let lies = sg
            .schedules
            .frame(&tree.root(), tree.pages().len() as u64, pages.clone())
            .unwrap();
        assert_eq!(lies, Some((frame.bytes().clone(), pages.end)));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_here_is_answered_busy_and_no_fault() {
    let (us, ke) = (Post::start(1), Post::start(3));
    us.meet(&ke).await;
    let tree = schedule(100, 0, "").notes.summary();
    let asked = ewtp_federation::tariff::PageAnswer::new(tree, 0..tree.pages)
        .request()
        .encode();
    for request in [asked, Bytes::from_static(&[0x82, 0x00, 0x58, 0x20])] {
        let mut answer = ke.ask(&us, request);
        assert_eq!(answer.recv().await, Some(Err(ewtp_network::StreamFault::Busy)));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_edition_that_names_a_known_schedule_with_a_false_size_makes_no_honest_peer_look_at_fault() {
    let (us, ke) = (Post::start(1), Post::start(3));
    let first = Published::first(schedule(400, 0, ""));
    let second = first.followed_by(schedule(400, 3, "as the new law says"));
    us.keep(&first);
    us.keep(&second);
    us.meet(&ke).await;
    let honest = second.wanted();
    let tree = first.trees.notes.summary();
    for pages in [tree.pages - 1, tree.pages + 1, 16_384] {
        let lie = TreeSummary { pages, ..tree };
        let wish = Wish::Pages(Missing { tree: lie, pages: 0..2 });
        let end = ke.asks(&us, &Arc::new(honest.clone()), wish).await;
        assert_eq!(end, AskEnd::Busy, "{pages} pages");
    }
    let patch = honest.patch.unwrap();
    for bytes in [patch.bytes - 1, patch.bytes + 1] {
        let mut lie = honest.clone();
        lie.patch = Some(PatchSummary { bytes, ..patch });
        assert_eq!(
            ke.asks(&us, &Arc::new(lie), Wish::Patch).await,
            AskEnd::Busy,
            "{bytes} bytes"
        );
    }
    let wish = Wish::Pages(Missing { tree, pages: 0..2 });
    assert_eq!(ke.asks(&us, &Arc::new(honest), wish).await, AskEnd::Done);
}
