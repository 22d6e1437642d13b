use ewtp_record::{CharterId, Position};

use super::*;
use crate::commit::Facts;
use crate::limits::JOURNAL_WAITING_MAX;
use crate::testing::{Hub, found};

const CHARTER: CharterName = CharterName {
    number: 0,
    id: CharterId([3; 32]),
};

fn journal() -> (Hub, Journal) {
    let [my, _] = found(["MY", "SG"]);
    let mut journal = Journal::new(my.code);
    let charters = my.chain.records().iter().cloned().map(ToIssue::at_any_time);
    assert!(matches!(
        journal.issue(None, charters.collect(), u64::MAX, 0),
        Intake::Taken
    ));
    sign(&mut journal, 0);
    (my, journal)
}

/// Commits and signs all that waits; gives the answers.
fn sign(journal: &mut Journal, commit: u64) -> Vec<Answered> {
    let items = journal.next_commit().expect("something waits");
    assert!(matches!(items[1], Item::Fact(Fact::Guard(..))));
    journal.committing(CommitId(commit));
    journal.committed(CommitId(commit)).expect("it came back");
    let signed = journal.signed_by(CHARTER, [7; 64]).expect("a signature was asked for");
    assert_eq!(journal.due_answers(), [], "the signed checkpoint is not durable yet");
    journal.cover(signed.size)
}

fn issue(journal: &mut Journal, ticket: u64, records: &[Record]) -> Intake {
    let looked_up_to = journal.next_index();
    issue_at(journal, ticket, records, looked_up_to)
}

fn issue_at(journal: &mut Journal, ticket: u64, records: &[Record], looked_up_to: u64) -> Intake {
    let records = records.iter().cloned().map(ToIssue::at_any_time);
    journal.issue(Some(Ticket(ticket)), records.collect(), looked_up_to, 0)
}

fn guarded(size: u64, root: Hash) -> Facts {
    Facts {
        guard: Some(Guard { size, root }),
        ..Facts::default()
    }
}

fn logged(index: u64, record: &Record) -> Issued {
    let position = Position {
        hub: record.header().issuer,
        epoch: 0,
        index,
    };
    Issued::Logged {
        id: record.id(),
        position,
    }
}

#[test]
fn the_guard_is_in_the_commit_of_its_entries() {
    let (my, mut journal) = journal();
    issue(&mut journal, 1, &[my.record(1), my.record(2)]);
    let items = journal.next_commit().unwrap();
    let [
        Item::Entries { start, records, .. },
        Item::Fact(Fact::Guard(_, Guard { size, root })),
    ] = items.as_slice()
    else {
        panic!("entries, then their guard");
    };
    assert_eq!((*start, records.len(), *size), (1, 2, 3));
    assert_eq!(*root, journal.tree().root());
}

#[test]
fn nothing_is_signed_before_its_commit_came_back() {
    let (my, mut journal) = journal();
    issue(&mut journal, 1, &[my.record(1)]);
    journal.next_commit().unwrap();
    journal.committing(CommitId(5));
    assert!(journal.signed_by(CHARTER, [7; 64]).is_none());
    assert!(journal.committed(CommitId(4)).is_none());
    assert_eq!(journal.signed().unwrap().checkpoint.size, 1);
    assert_eq!(journal.committed(CommitId(5)).unwrap().0, 2);
    assert!(journal.committed(CommitId(5)).is_none());
}

#[test]
fn the_next_batch_waits_for_the_signature_of_the_one_before() {
    let (my, mut journal) = journal();
    issue(&mut journal, 1, &[my.record(1)]);
    journal.next_commit().unwrap();
    journal.committing(CommitId(1));
    issue(&mut journal, 2, &[my.record(2)]);
    assert!(journal.next_commit().is_none());
    journal.committed(CommitId(1));
    assert!(journal.next_commit().is_none());
    journal.signed_by(CHARTER, [7; 64]);
    assert!(journal.next_commit().is_some());
}

#[test]
fn answers_come_when_a_durable_signed_checkpoint_covers_them() {
    let (my, mut journal) = journal();
    let (one, two) = (my.record(1), my.record(2));
    issue(&mut journal, 1, &[one.clone(), two.clone()]);
    assert_eq!(journal.due_answers(), []);
    assert_eq!(
        sign(&mut journal, 1),
        [(Ticket(1), vec![logged(1, &one), logged(2, &two)])]
    );
}

#[test]
fn the_same_content_gets_the_first_answer() {
    let (my, mut journal) = journal();
    let record = my.record(1);
    issue(&mut journal, 1, std::slice::from_ref(&record));
    // Equal in the same moment, before anything is durable.
    issue(&mut journal, 2, &[record.clone(), record.clone()]);
    let answers = sign(&mut journal, 1);
    assert_eq!(answers[1], (Ticket(2), vec![logged(1, &record), logged(1, &record)]));
    assert_eq!(journal.tree().size(), 2);
    issue(&mut journal, 3, std::slice::from_ref(&record));
    assert_eq!(journal.due_answers(), [(Ticket(3), vec![logged(1, &record)])]);
}

#[test]
fn other_content_under_the_same_name_is_a_conflict() {
    let (my, mut journal) = journal();
    let (first, second) = (my.record_about("permit-7", 1), my.record_about("permit-7", 2));
    issue(&mut journal, 1, &[first.clone(), second]);
    let conflict = Issued::Conflict { existing: first.id() };
    assert_eq!(sign(&mut journal, 1), [(Ticket(1), vec![logged(1, &first), conflict])]);
}

#[test]
fn an_input_that_names_another_time_is_another_input() {
    let (my, mut journal) = journal();
    let record = my.record(1);
    issue(&mut journal, 1, std::slice::from_ref(&record));
    let mut other = ToIssue::at_any_time(record.clone());
    other.asked.expires_at = Some(ewtp_record::UnixTime(record.header().expires_at.0 + 1));
    let looked_up_to = journal.next_index();
    journal.issue(Some(Ticket(2)), vec![other], looked_up_to, 0);
    let conflict = Issued::Conflict { existing: record.id() };
    assert_eq!(sign(&mut journal, 1)[1], (Ticket(2), vec![conflict]));
}

#[test]
fn a_look_up_older_than_our_memory_is_stale() {
    let (my, journal) = journal();
    let restored = RestoredLog {
        log: journal.log(),
        tree: journal.tree().clone(),
        bytes: 0,
        facts: Facts {
            checkpoint: journal.signed().map(|signed| signed.checkpoint.clone()),
            ..guarded(1, journal.tree().root())
        },
        checkpoint_range: journal.signed().map(|signed| signed.range.clone()),
        examined_to: 1,
        charter: Some(0),
    };
    let mut journal = Journal::restore(restored);
    let issue = |journal: &mut Journal, looked_up_to| issue_at(journal, 1, &[my.record(1)], looked_up_to);
    assert!(matches!(issue(&mut journal, 0), Intake::Stale));
    assert!(matches!(issue(&mut journal, 1), Intake::Taken));
}

#[test]
fn more_than_may_wait_is_busy() {
    let (my, mut journal) = journal();
    let many: Vec<Record> = vec![my.record(1); JOURNAL_WAITING_MAX + 1];
    assert!(matches!(issue(&mut journal, 1, &many), Intake::Busy));
    assert_eq!(journal.next_index(), 1);
}

#[test]
fn a_folder_that_contradicts_its_guard_does_not_sign() {
    let (_, journal) = journal();
    let restored = |size, root| RestoredLog {
        log: journal.log(),
        tree: journal.tree().clone(),
        bytes: 0,
        facts: guarded(size, root),
        checkpoint_range: None,
        examined_to: 0,
        charter: Some(0),
    };
    let root = journal.tree().root();
    assert_eq!(Journal::restore(restored(1, root)).own_log(), OwnLog::Waits(None));
    for (size, root) in [(2, root), (1, Hash([7; 32]))] {
        let mut journal = Journal::restore(restored(size, root));
        assert_eq!(journal.own_log(), OwnLog::Halted(None));
        assert_eq!(journal.unsigned(), None);
        assert_eq!(journal.lift(), None, "no word of an operator mends a folder");
    }
}

#[test]
fn what_a_crash_left_unsigned_is_signed_after_the_wait() {
    let (_, journal) = journal();
    let mut restored = Journal::restore(RestoredLog {
        log: journal.log(),
        tree: journal.tree().clone(),
        bytes: 0,
        facts: guarded(1, journal.tree().root()),
        checkpoint_range: None,
        examined_to: 0,
        charter: Some(0),
    });
    assert_eq!(restored.unsigned(), None);
    restored.end_wait();
    assert_eq!(restored.unsigned(), Some((1, journal.tree().root())));
    assert_eq!(restored.unsigned(), None, "once");
    assert_eq!(restored.charters_logged(), 1);
}

#[test]
fn a_request_that_names_what_was_logged_before_waits_for_the_signature_over_it() {
    let (my, mut journal) = journal();
    issue(&mut journal, 1, &[my.record(1)]);
    journal.next_commit().unwrap();
    journal.committing(CommitId(1));
    assert!(matches!(
        journal.issue(Some(Ticket(2)), Vec::new(), 2, 2),
        Intake::Taken
    ));
    assert_eq!(journal.due_answers(), []);
    journal.committed(CommitId(1));
    let signed = journal.signed_by(CHARTER, [7; 64]).unwrap();
    let tickets: Vec<Ticket> = journal.cover(signed.size).iter().map(|due| due.0).collect();
    assert_eq!(tickets, [Ticket(1), Ticket(2)]);
}

#[test]
fn a_halt_forgets_what_was_not_on_its_way_and_keeps_what_was() {
    let (my, mut journal) = journal();
    issue(&mut journal, 1, &[my.record(1)]);
    journal.next_commit().unwrap();
    journal.committing(CommitId(1));
    issue(&mut journal, 2, &[my.record(2)]);
    let (fact, tickets) = journal.halt(shown(&my, 9));
    assert_eq!(tickets, [Ticket(1), Ticket(2)]);
    assert_eq!(journal.committed(CommitId(1)), None, "nothing is signed");
    assert_eq!((journal.durable(), journal.next_index()), (2, 2));
    assert!(journal.next_commit().is_none() && journal.unsigned().is_none());

    let mut facts = Facts::default();
    facts.take(&fact);
    assert_eq!(OwnLog::Halted(facts.halt.clone()), journal.own_log());
    facts.take(&journal.lift().unwrap());
    assert!(facts.halt.is_some_and(|halt| halt.lifted));
    assert!(!journal.is_refuted_by(&my.sign(9, Hash([9; 32]))));
    assert!(journal.is_refuted_by(&my.sign(10, Hash([9; 32]))));
    assert_eq!(journal.unsigned(), Some((2, journal.tree().root())));
}

#[test]
fn a_halt_lifted_while_a_batch_is_on_its_way_waits_for_it() {
    let (my, mut journal) = journal();
    issue(&mut journal, 1, &[my.record(1)]);
    journal.next_commit().unwrap();
    journal.committing(CommitId(1));
    journal.halt(shown(&my, 9));
    journal.lift().unwrap();
    assert_eq!(journal.unsigned(), None);
    assert!(journal.committed(CommitId(1)).is_some());
}

fn shown(my: &Hub, size: u64) -> Halt {
    Halt {
        shown: my.sign(size, Hash([9; 32])),
        by: my.node,
        at: crate::testing::T0,
        lifted: false,
    }
}
