use super::*;
use crate::ScheduleUsage;
use crate::schedules::cache::{Cache, charge};
use ewtp_log::{Hash, leaf_hash};

#[test]
fn a_schedule_that_was_kept_is_read_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let trees = schedule(900, 5, 0);
    assert!(!open(folder.path()).holds(&trees.summary()));
    open(folder.path()).keep(&trees).unwrap();
    let again = open(folder.path());
    assert!(again.holds(&trees.summary()));
    assert_eq!(read(&again, &trees.summary()), Some(trees));
}

#[test]
fn a_schedule_without_notes_has_no_file_for_them() {
    let folder = tempfile::tempdir().unwrap();
    let trees = PageTrees::of([line(1, 5)]).unwrap();
    open(folder.path()).keep(&trees).unwrap();
    assert_eq!(files(folder.path(), "trees", "tree").len(), 1);
    assert_eq!(read(&open(folder.path()), &trees.summary()), Some(trees));
}

#[test]
fn what_is_kept_twice_is_written_once() {
    let folder = tempfile::tempdir().unwrap();
    let schedules = open(folder.path());
    let (old, new) = (schedule(300, 5, 0), schedule(300, 5, 2));
    schedules.keep(&old).unwrap();
    keep_next(&schedules, &old, &new);
    let before = schedules.usage();
    schedules.keep(&old).unwrap();
    keep_next(&schedules, &old, &new);
    assert_eq!(schedules.usage(), before);
    assert_eq!((before.schedules, before.patches), (2, 1));
    let ScheduleUsage { bytes, .. } = open(folder.path()).usage();
    assert_eq!(bytes, before.bytes);
}

#[test]
fn a_patch_is_kept_only_behind_a_schedule_that_is_held() {
    let folder = tempfile::tempdir().unwrap();
    let (old, new) = (schedule(300, 5, 0), schedule(300, 5, 2));
    let refused = open(folder.path()).keep_patch(&old.summary(), &new, &patch(&old, &new));
    assert!(matches!(refused, Err(StoreError::Refused(_))), "{refused:?}");
}

#[test]
fn a_chain_of_33_editions_is_read_after_a_restart_at_any_point() {
    let folder = tempfile::tempdir().unwrap();
    let editions: Vec<_> = (0..34).map(|raised| schedule(120, 5, raised)).collect();
    open(folder.path()).keep(&editions[0]).unwrap();
    for (number, pair) in editions.windows(2).enumerate() {
        keep_next(&open(folder.path()), &pair[0], &pair[1]);
        let again = open(folder.path());
        assert_eq!(
            read(&again, &pair[1].summary()).as_ref(),
            Some(&pair[1]),
            "edition {number}"
        );
    }
    let again = open(folder.path());
    assert!(
        editions
            .iter()
            .rev()
            .all(|edition| read(&again, &edition.summary()).as_ref() == Some(edition))
    );
    // The first rates, the notes that never changed, and the rates at the end of the long chain.
    assert_eq!(files(folder.path(), "trees", "tree").len(), 3);
    assert_eq!(again.usage().schedules, 34);
}

#[test]
fn a_change_that_is_taken_back_leads_to_the_schedule_that_was_there_before() {
    let folder = tempfile::tempdir().unwrap();
    let schedules = open(folder.path());
    let (old, new) = (schedule(300, 5, 0), schedule(300, 5, 2));
    schedules.keep(&old).unwrap();
    keep_next(&schedules, &old, &new);
    keep_next(&schedules, &new, &old);
    let again = open(folder.path());
    assert_eq!(read(&again, &new.summary()), Some(new));
    assert_eq!(read(&again, &old.summary()), Some(old));
    assert_eq!((again.usage().schedules, again.usage().patches), (2, 2));
}

#[test]
fn a_patch_is_served_by_its_id_and_length() {
    let folder = tempfile::tempdir().unwrap();
    let schedules = open(folder.path());
    let (old, new) = (schedule(300, 5, 0), schedule(300, 5, 2));
    schedules.keep(&old).unwrap();
    keep_next(&schedules, &old, &new);
    let patch = patch(&old, &new);
    let again = open(folder.path());
    let (id, bytes) = (leaf_hash(patch.patch()), patch.patch().len() as u64);
    let served = again.patch(&id, bytes).unwrap();
    assert_eq!(served.as_ref(), Some(patch.stream()));
    assert_eq!(again.patch(&Hash([7; 32]), bytes).unwrap(), None);
    assert_eq!(again.patch(&id, bytes + 1).unwrap(), None);
}

#[test]
fn memory_holds_what_was_read_last_and_no_more_than_its_bound() {
    let trees: Vec<_> = (1..=5).map(|percent| schedule(300, percent, 0).rates).collect();
    let bound = trees.iter().take(3).map(charge).sum();
    let mut cache = Cache::new(bound);
    trees[..3].iter().for_each(|tree| cache.put(tree));
    cache.get(&trees[0].root()).unwrap();
    cache.put(&trees[3]);
    let held: Vec<_> = trees.iter().map(|tree| cache.get(&tree.root()).is_some()).collect();
    assert_eq!(held, [true, false, true, true, false]);
    assert!(cache.charged() <= bound);
    let mut small = Cache::new(charge(&trees[4]) - 1);
    small.put(&trees[4]);
    assert_eq!(small.charged(), 0);
}

#[test]
fn schedules_beyond_the_memory_are_read_from_disk() {
    let folder = tempfile::tempdir().unwrap();
    let schedules = Schedules::open(folder.path(), 0).unwrap();
    let editions: Vec<_> = (0..4).map(|raised| schedule(120, 5, raised)).collect();
    schedules.keep(&editions[0]).unwrap();
    for pair in editions.windows(2) {
        keep_next(&schedules, &pair[0], &pair[1]);
    }
    for edition in editions {
        assert_eq!(read(&schedules, &edition.summary()), Some(edition));
    }
}
