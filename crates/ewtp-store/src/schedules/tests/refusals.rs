use super::*;
use ewtp_federation::gathering::Refused;
use ewtp_log::Hash;

const EDITION: Hash = Hash([7; 32]);

fn refused() -> Refused {
    Refused::new("overlap", "100000: two measures of kind mfn\nare for the same goods")
}

#[test]
fn a_refusal_outlives_a_restart_and_is_of_one_edition() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(open(folder.path()).refusal(&EDITION).unwrap(), None);
    open(folder.path()).refuse(&EDITION, &refused()).unwrap();
    let again = open(folder.path());
    assert_eq!(again.refusal(&EDITION).unwrap(), Some(refused()));
    assert_eq!(again.refusal(&Hash([8; 32])).unwrap(), None);
}

#[test]
fn a_refusal_by_other_rules_is_forgotten() {
    let folder = tempfile::tempdir().unwrap();
    open(folder.path()).refuse(&EDITION, &refused()).unwrap();
    let path = files(folder.path(), "refusals", "refusal").remove(0);
    let facts = crate::schedules::file::Facts::Refusal(EDITION);
    let content = b"0.0.0 rules of old\noverlap\nwhy";
    fs::write(&path, [&facts.header(content)[..], content].concat()).unwrap();
    let again = open(folder.path());
    assert_eq!(again.refusal(&EDITION).unwrap(), None);
    assert!(files(folder.path(), "refusals", "refusal").is_empty());
    again.refuse(&EDITION, &refused()).unwrap();
    assert_eq!(open(folder.path()).refusal(&EDITION).unwrap(), Some(refused()));
}

#[test]
fn a_damaged_refusal_is_set_aside_and_the_schedule_looked_at_again() {
    let folder = tempfile::tempdir().unwrap();
    let schedules = open(folder.path());
    schedules.refuse(&EDITION, &refused()).unwrap();
    let path = files(folder.path(), "refusals", "refusal").remove(0);
    let mut bytes = fs::read(&path).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    fs::write(&path, bytes).unwrap();
    assert!(is_damaged(&schedules.refusal(&EDITION).unwrap_err()));
    assert_eq!(schedules.refusal(&EDITION).unwrap(), None);
    assert_eq!(open(folder.path()).refusal(&EDITION).unwrap(), None);
}

#[test]
fn a_long_reason_is_cut_between_two_letters() {
    let folder = tempfile::tempdir().unwrap();
    let long = Refused::new("note", "é".repeat(1_000) + "!");
    open(folder.path()).refuse(&EDITION, &long).unwrap();
    let kept = open(folder.path()).refusal(&EDITION).unwrap().unwrap();
    assert_eq!((kept.code.as_str(), kept.why), ("note", "é".repeat(512)));
}
