use super::*;
use crate::testing::code;

fn node(number: u8) -> NodeKey {
    NodeKey([number; 32])
}

/// Asks whoever is due of a hub at this second, as the engine does.
fn ask(questions: &mut CharterQuestions, second: u64) -> Vec<NodeKey> {
    let ticks = Duration::from_secs(second);
    let mut asked = Vec::new();
    for (hub, node, _) in questions.due(ticks).unwrap_or_default() {
        if questions.may_ask(hub, ticks) {
            questions.asked(hub, node, ticks);
            asked.push(node);
        }
    }
    questions.plan(ticks);
    asked
}

#[test]
fn two_peers_are_asked_at_a_time_and_all_in_turn() {
    let (my, mut questions) = (code("MY"), CharterQuestions::default());
    for number in 1..=5 {
        questions.named(my, node(number), Wanted::Missing(1), Duration::ZERO);
    }
    assert_eq!(ask(&mut questions, 0), [node(1), node(2)]);
    assert_eq!(questions.next_deadline(), Some(ASK_AGAIN_AFTER));
    assert_eq!(ask(&mut questions, 3), [node(3), node(4)]);
    assert_eq!(ask(&mut questions, 6), [node(5), node(1)]);
    questions.answered(my, node(5), false, Duration::from_secs(7));
    assert_eq!(ask(&mut questions, 7), [node(2)], "an answer makes room");
}

#[test]
fn who_brings_nothing_is_asked_ever_less_often_up_to_once_a_minute() {
    let (my, mut questions) = (code("MY"), CharterQuestions::default());
    let mut asked = Vec::new();
    for second in 0..300 {
        let ticks = Duration::from_secs(second);
        questions.named(my, node(1), Wanted::Missing(1_000_000), ticks);
        if !ask(&mut questions, second).is_empty() {
            asked.push(second);
            questions.answered(my, node(1), false, ticks);
        }
    }
    assert_eq!(asked, [0, 3, 9, 21, 45, 93, 153, 213, 273]);
}

#[test]
fn who_brings_something_is_asked_for_more_at_once() {
    let (my, mut questions) = (code("MY"), CharterQuestions::default());
    questions.named(my, node(1), Wanted::Missing(20), Duration::ZERO);
    for _ in 0..3 {
        assert_eq!(ask(&mut questions, 0), [node(1)]);
        questions.answered(my, node(1), true, Duration::ZERO);
    }
    questions.settled(my, node(1));
    assert_eq!(ask(&mut questions, 0), []);
    assert_eq!(questions.next_deadline(), None);
}

#[test]
fn another_charter_of_a_known_number_is_asked_for_before_the_next_one() {
    let (my, mut questions) = (code("MY"), CharterQuestions::default());
    let wanted = |questions: &CharterQuestions, second| questions.due(Duration::from_secs(second)).unwrap()[0].2;
    questions.named(my, node(1), Wanted::Other(1), Duration::ZERO);
    questions.named(my, node(1), Wanted::Missing(2), Duration::ZERO);
    assert_eq!(wanted(&questions, 0), Wanted::Other(1));
    ask(&mut questions, 0);
    questions.answered(my, node(1), false, Duration::ZERO);
    questions.named(my, node(1), Wanted::Missing(2), Duration::ZERO);
    assert_eq!(wanted(&questions, 3), Wanted::Missing(2), "but only once");
}

#[test]
fn who_is_gone_is_not_asked() {
    let (my, mut questions) = (code("MY"), CharterQuestions::default());
    for number in 1..=3 {
        questions.named(my, node(number), Wanted::Other(1), Duration::ZERO);
    }
    ask(&mut questions, 0);
    questions.forget(node(1), Duration::ZERO);
    assert_eq!(ask(&mut questions, 0), [node(3)], "and leaves its place to another");
}
