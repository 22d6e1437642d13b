use super::*;
use crate::limits::PEER_REST;
use crate::testing::{code, found};

fn entry(size: u64) -> FrontierEntry {
    FrontierEntry {
        charter: 0,
        epoch: 0,
        size,
        root: ewtp_log::EMPTY_ROOT,
        cosigned_size: 0,
        cosignatures: 0,
    }
}

fn log(hub: HubCode) -> LogId {
    LogId { hub, epoch: 0 }
}

fn connected() -> (Peers, NodeKey, HubCode) {
    let [my, _] = found(["MY", "SG"]);
    let mut peers = Peers::default();
    peers.connect(my.node, Some(my.code));
    (peers, my.node, my.code)
}

#[test]
fn the_nodes_of_a_hub_are_those_connected_now() {
    let [my, sg] = ["MY", "SG"].map(code);
    let node = |number| NodeKey([number; 32]);
    let of = |peers: &Peers, hub| peers.nodes_of(hub).collect::<Vec<_>>();
    let mut peers = Peers::default();
    for (number, hub) in [(9, Some(my)), (255, Some(my)), (0, Some(sg)), (3, None), (2, Some(my))] {
        peers.connect(node(number), hub);
    }
    assert_eq!(of(&peers, my), [node(2), node(9), node(255)]);
    assert_eq!(of(&peers, sg), [node(0)]);

    peers.disconnect(node(2));
    peers.connect(node(9), Some(sg)); // it is another's by now
    assert_eq!(peers.of_hub(my), Some(node(255)));
    assert_eq!(of(&peers, sg), [node(0), node(9)]);

    peers.announced(sg, entry(7));
    let told = peers.iter().filter(|(_, peer)| peer.holds.contains_key(&sg));
    assert_eq!(told.map(|(node, _)| node).collect::<Vec<_>>(), [node(0), node(9)]);
}

#[test]
fn a_serving_that_ends_after_its_connection_leaves_the_count_right() {
    let (mut peers, node, hub) = connected();
    assert!(peers.begin_serving(node));
    peers.disconnect(node);
    peers.connect(node, Some(hub));
    let more = (1..SERVINGS_PER_PEER_MAX).filter(|_| peers.begin_serving(node));
    assert_eq!(more.count(), SERVINGS_PER_PEER_MAX - 1);
    assert!(
        !peers.begin_serving(node),
        "the one of the earlier connection still runs"
    );
    peers.end_serving(node);
    assert!(peers.begin_serving(node));
}

#[test]
fn a_serving_that_ends_twice_is_borne() {
    let (mut peers, node, _) = connected();
    peers.end_serving(node);
    assert!(peers.begin_serving(node));
}

#[test]
fn who_is_not_connected_is_not_served() {
    let (mut peers, node, _) = connected();
    peers.disconnect(node);
    assert!(!peers.begin_serving(node));
}

#[test]
fn entries_of_hubs_that_are_not_carried_are_kept_up_to_a_bound() {
    let (mut peers, node, _) = connected();
    let peer = peers.get_mut(node).unwrap();
    for number in 0..2_000 {
        peer.hold(code(&format!("CN-{number}")), entry(1), false);
    }
    assert_eq!(peer.holds.len(), FRONTIER_HUBS_MAX);
    peer.hold(code("RW"), entry(7), true);
    assert_eq!(peer.holds[&code("RW")], entry(7));
}

#[test]
fn one_question_is_put_to_one_peer_a_few_times_and_then_later() {
    let (mut peers, node, hub) = connected();
    let peer = peers.get_mut(node).unwrap();
    let question = Question::Checkpoint(hub);
    let asked = (0..100).filter(|_| peer.may_ask(question, Duration::ZERO)).count();
    assert_eq!(asked, usize::from(ASKED_OF_ONE_PEER_MAX));
    assert!(peer.may_ask(question, ASK_AGAIN_AFTER));
}

#[test]
fn only_what_was_asked_is_an_answer() {
    let (mut peers, node, hub) = connected();
    let peer = peers.get_mut(node).unwrap();
    assert!(!peer.answers(Question::Charters(hub)));
    peer.may_ask(Question::Charters(hub), Duration::ZERO);
    assert!(!peer.answers(Question::Checkpoint(hub)));
    assert!(peer.answers(Question::Charters(hub)));
    assert!(!peer.answers(Question::Charters(hub)));
}

#[test]
fn the_least_busy_peer_that_holds_more_is_the_source() {
    let [my, sg, rw] = found(["MY", "SG", "RW"]);
    let mut peers = Peers::default();
    for (hub, size) in [(&my, 10), (&sg, 20), (&rw, 5)] {
        peers.connect(hub.node, Some(hub.code));
        peers.get_mut(hub.node).unwrap().hold(my.code, entry(size), true);
    }
    assert_eq!(peers.source(log(my.code), 0, 7, None), Some((sg.node, 20)));
    peers.get_mut(sg.node).unwrap().fetching = 1;
    assert_eq!(peers.source(log(my.code), 0, 7, None), Some((my.node, 10)));
    peers.rest(my.node, my.code, PEER_REST);
    assert_eq!(peers.source(log(my.code), 0, 7, None), Some((sg.node, 20)));
    assert_eq!(peers.source(log(my.code), 0, 20, None), None);
    assert_eq!(peers.goal(log(my.code), 0), 20);
    let next = LogId { hub: my.code, epoch: 1 };
    assert_eq!(peers.goal(next, 0), 0);
}

#[test]
fn a_peer_that_failed_rests_and_is_asked_again() {
    let (mut peers, node, hub) = connected();
    peers.get_mut(node).unwrap().hold(hub, entry(9), true);
    peers.rest(node, hub, PEER_REST);
    assert_eq!(peers.goal(log(hub), 0), 0);
    assert_eq!(peers.next_deadline(), Some(PEER_REST));
    assert_eq!(peers.take_rested(PEER_REST), [hub]);
    assert_eq!(peers.goal(log(hub), 0), 9);
}

#[test]
fn a_hubs_own_node_holds_what_the_hub_announced() {
    let (mut peers, node, hub) = connected();
    peers.announced(hub, entry(9));
    peers.announced(hub, entry(4));
    assert_eq!(peers.get(node).unwrap().holds[&hub].size, 9);
}

#[test]
fn what_lies_under_a_charter_that_we_lack_is_not_pulled_yet() {
    let (mut peers, node, hub) = connected();
    let held = FrontierEntry { charter: 3, ..entry(9) };
    peers.get_mut(node).unwrap().hold(hub, held, true);
    assert_eq!((peers.goal(log(hub), 2), peers.goal(log(hub), 3)), (0, 9));
}

#[test]
fn questions_beyond_what_a_peer_answers_at_once_wait_their_turn() {
    let (mut peers, node, _) = connected();
    let question = |number: usize| Question::Charters(code(&format!("CN-{number:03}")));
    let mut asked = 0;
    for number in 0..300 {
        if peers.has_room(node, question(number), Duration::ZERO) {
            let peer = peers.get_mut(node).unwrap();
            asked += usize::from(peer.may_ask(question(number), Duration::ZERO));
        }
    }
    assert_eq!(asked, CHARTERS_ASKED_AT_ONCE_MAX);
    assert!(
        peers.has_room(node, Question::Checkpoint(code("CN-001")), Duration::ZERO),
        "another kind"
    );
    assert!(peers.take_waiting(Duration::ZERO).is_empty());
    assert_eq!(peers.next_deadline(), Some(ASK_AGAIN_AFTER));

    assert!(peers.get_mut(node).unwrap().answers(question(0)));
    let next = question(CHARTERS_ASKED_AT_ONCE_MAX).hub();
    assert_eq!(peers.take_waiting(Duration::ZERO), [(node, next)], "one was answered");
    let given_up = peers.take_waiting(ASK_AGAIN_AFTER);
    assert_eq!(
        given_up.len(),
        CHARTERS_ASKED_AT_ONCE_MAX,
        "no answer came to the others"
    );
}

#[test]
fn who_serves_what_cannot_be_checked_rests_ever_longer_until_it_delivers_or_charters_come() {
    let (mut peers, node, hub) = connected();
    let rests = |peers: &mut Peers| {
        peers.failed(node, hub, Duration::ZERO);
        peers.next_deadline().unwrap()
    };
    peers.get_mut(node).unwrap().hold(hub, entry(9), true);
    for _ in 0..20 {
        assert_eq!(rests(&mut peers), PEER_REST, "busy, and no more than that");
    }
    peers.cannot_be_checked(node, hub);
    let pauses: Vec<u64> = (0..10).map(|_| rests(&mut peers).as_millis() as u64).collect();
    assert_eq!(pauses[..4], [500, 1_000, 2_000, 4_000]);
    assert_eq!(pauses[7..], [60_000; 3]);
    peers.trust_again(hub);
    assert_eq!(peers.take_rested(Duration::ZERO), [hub]);
    assert_eq!(rests(&mut peers), PEER_REST);

    peers.cannot_be_checked(node, hub);
    rests(&mut peers);
    peers.delivered(node, hub);
    assert_eq!(rests(&mut peers), PEER_REST);
}
