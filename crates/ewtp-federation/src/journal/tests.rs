use ewtp_record::CharterId;

use super::*;
use crate::commit::Facts;
use crate::testing::{Hub, found};

const CHARTER: CharterName = CharterName {
    number: 0,
    id: CharterId([3; 32]),
};

fn journal() -> (Hub, Journal) {
    let [my, _] = found(["MY", "SG"]);
    let mut journal = Journal::new(my.code);
    let charters = my.chain.records().to_vec();
    assert!(matches!(journal.issue(Ticket(0), charters, u64::MAX), Intake::Taken));
    sign(&mut journal, 0);
    (my, journal)
}

/// Commits and signs all that waits; gives the answers.
fn sign(journal: &mut Journal, commit: u64) -> Vec<Answered> {
    let items = journal.next_commit().expect("something waits");
    assert!(matches!(items[1], Item::Fact(Fact::Guard(..))));
    journal.committing(CommitId(commit));
    journal.committed(CommitId(commit)).expect("it came back");
    journal
        .signed_by(CHARTER, [7; 64])
        .expect("a signature was asked for")
        .1
}

fn issue(journal: &mut Journal, ticket: u64, records: &[Record]) -> Intake {
    let looked_up_to = journal.next_index();
    journal.issue(Ticket(ticket), records.to_vec(), looked_up_to)
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
fn answers_come_when_a_signed_checkpoint_covers_them() {
    let (my, mut journal) = journal();
    let (one, two) = (my.record(1), my.record(2));
    issue(&mut journal, 1, &[one.clone(), two.clone()]);
    assert_eq!(journal.due_answers(1), []);
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
    assert_eq!(journal.due_answers(2), [(Ticket(3), vec![logged(1, &record)])]);
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
fn the_same_content_signed_at_another_time_is_the_same() {
    let [my, _] = found(["MY", "SG"]);
    assert!(same_content(&my.record(1), &my.record(1)));
    assert!(!same_content(&my.record(1), &my.record(2)));
    assert!(!same_content(&my.record_about("a", 1), &my.record_about("a", 2)));
}

#[test]
fn a_look_up_older_than_our_memory_is_stale() {
    let (my, journal) = journal();
    let restored = RestoredLog {
        log: journal.log(),
        tree: journal.tree().clone(),
        facts: Facts {
            checkpoint: journal.signed().map(|signed| signed.checkpoint.clone()),
            ..guarded(1, journal.tree().root())
        },
        checkpoint_range: journal.signed().map(|signed| signed.range.clone()),
        examined_to: 1,
        charter: Some(0),
    };
    let mut journal = Journal::restore(restored);
    assert!(!journal.contradicts_its_guard());
    assert!(matches!(journal.issue(Ticket(1), vec![my.record(1)], 0), Intake::Stale));
    assert!(matches!(journal.issue(Ticket(1), vec![my.record(1)], 1), Intake::Taken));
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
        facts: guarded(size, root),
        checkpoint_range: None,
        examined_to: 0,
        charter: Some(0),
    };
    let root = journal.tree().root();
    assert!(!Journal::restore(restored(1, root)).contradicts_its_guard());
    assert!(Journal::restore(restored(2, root)).contradicts_its_guard());
    assert!(Journal::restore(restored(1, Hash([7; 32]))).contradicts_its_guard());
}

#[test]
fn what_a_crash_left_unsigned_is_signed_after_it() {
    let (_, journal) = journal();
    let mut restored = Journal::restore(RestoredLog {
        log: journal.log(),
        tree: journal.tree().clone(),
        facts: guarded(1, journal.tree().root()),
        checkpoint_range: None,
        examined_to: 0,
        charter: Some(0),
    });
    assert_eq!(restored.unsigned(), Some((1, journal.tree().root())));
    assert_eq!(restored.unsigned(), None, "once");
    assert_eq!(restored.charters_logged(), 1);
}
