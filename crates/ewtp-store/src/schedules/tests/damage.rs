use super::*;
use crate::Kept;
use crate::schedules::file::VERSION;

/// A folder with a whole schedule, the file that holds its rates, and the schedule.
fn kept() -> (tempfile::TempDir, PathBuf, PageTrees) {
    let folder = tempfile::tempdir().unwrap();
    let trees = schedule(300, 5, 0);
    open(folder.path()).keep(&trees).unwrap();
    let path = files(folder.path(), "trees", "tree")
        .into_iter()
        .max_by_key(|path| fs::metadata(path).unwrap().len());
    (folder, path.unwrap(), trees)
}

fn flip(path: &Path, bit: usize) {
    let mut bytes = fs::read(path).unwrap();
    bytes[bit / 8] ^= 1 << (bit % 8);
    fs::write(path, bytes).unwrap();
}

#[test]
fn every_flipped_bit_is_named_and_the_file_is_not_used() {
    let (folder, path, trees) = kept();
    let sound = fs::read(&path).unwrap();
    for bit in (0..sound.len() * 8).step_by(61).chain(0..80 * 8) {
        flip(&path, bit);
        match Schedules::open(folder.path(), AMPLE) {
            // A version that is not known yet is left where it is.
            Err(StoreError::NewerVersion { found, .. }) => assert!(found > VERSION, "bit {bit}"),
            Err(error) => panic!("bit {bit}: {error}"),
            Ok(schedules) if schedules.holds(&trees.summary()) => {
                let error = schedules.trees(&trees.summary()).unwrap_err();
                assert!(
                    is_damaged(&error) && error.to_string().contains(".tree is damaged"),
                    "bit {bit}: {error}"
                );
                assert!(!schedules.holds(&trees.summary()), "bit {bit}");
                assert_eq!(read(&schedules, &trees.summary()), None, "bit {bit}");
            }
            Ok(schedules) => assert_eq!(read(&schedules, &trees.summary()), None, "bit {bit}"),
        }
        fs::write(&path, &sound).unwrap();
    }
    assert_eq!(read(&open(folder.path()), &trees.summary()), Some(trees));
}

#[test]
fn a_file_cut_short_anywhere_is_set_aside_when_the_folder_is_opened() {
    let (folder, path, trees) = kept();
    let sound = fs::read(&path).unwrap();
    for length in (0..sound.len()).step_by(13) {
        fs::write(&path, &sound[..length]).unwrap();
        assert!(!open(folder.path()).holds(&trees.summary()), "{length}");
        assert!(
            !path.exists() && path.with_extension("tree.damaged").exists(),
            "{length}"
        );
    }
}

#[test]
fn what_a_damaged_file_held_is_gathered_again() {
    let (folder, path, trees) = kept();
    flip(&path, 4_000);
    let schedules = open(folder.path());
    assert!(is_damaged(&schedules.trees(&trees.summary()).unwrap_err()));
    let all = frame(&trees.rates, 0..trees.rates.pages().len());
    assert_eq!(schedules.keep_frame(&trees.rates.summary(), &all).unwrap(), Kept::Whole);
    assert_eq!(read(&schedules, &trees.summary()), Some(trees));
}

#[test]
fn a_damaged_patch_breaks_its_chain_and_not_what_lies_before() {
    let folder = tempfile::tempdir().unwrap();
    let editions: Vec<_> = (0..3).map(|raised| schedule(120, 5, raised)).collect();
    let schedules = open(folder.path());
    schedules.keep(&editions[0]).unwrap();
    keep_next(&schedules, &editions[0], &editions[1]);
    let first = files(folder.path(), "patches", "patch").remove(0);
    keep_next(&schedules, &editions[1], &editions[2]);
    flip(&first, fs::metadata(&first).unwrap().len() as usize * 8 - 9);
    let schedules = open(folder.path());
    let error = schedules.trees(&editions[2].summary()).unwrap_err();
    assert!(is_damaged(&error), "{error}");
    let held: Vec<_> = editions
        .iter()
        .map(|edition| schedules.holds(&edition.summary()))
        .collect();
    assert_eq!(held, [true, false, false]);
}

#[test]
fn a_file_under_the_name_of_another_is_set_aside() {
    let (folder, path, trees) = kept();
    let smaller = files(folder.path(), "trees", "tree")
        .into_iter()
        .find(|other| *other != path)
        .unwrap();
    fs::copy(&smaller, &path).unwrap();
    assert!(!open(folder.path()).holds(&trees.summary()));
    assert!(path.with_extension("tree.damaged").exists());
}

#[test]
fn a_file_of_the_format_before_is_set_aside_and_gathered_again() {
    let (folder, path, trees) = kept();
    let mut bytes = fs::read(&path).unwrap();
    bytes[8..10].copy_from_slice(&(VERSION - 1).to_be_bytes());
    fs::write(&path, bytes).unwrap();
    let schedules = open(folder.path());
    assert!(!schedules.holds(&trees.summary()));
    assert!(path.with_extension("tree.damaged").exists());
    let all = frame(&trees.rates, 0..trees.rates.pages().len());
    assert_eq!(schedules.keep_frame(&trees.rates.summary(), &all).unwrap(), Kept::Whole);
    assert_eq!(read(&schedules, &trees.summary()), Some(trees));
}

#[test]
fn what_was_never_finished_is_deleted() {
    let (folder, path, trees) = kept();
    let unfinished = path.with_extension("new");
    fs::write(&unfinished, b"half").unwrap();
    assert!(open(folder.path()).holds(&trees.summary()));
    assert!(!unfinished.exists());
}

#[test]
fn a_tree_that_is_gathered_and_damaged_is_gathered_from_the_start() {
    let folder = tempfile::tempdir().unwrap();
    let rates = schedule(900, 5, 0).rates;
    let run = |from, to| frame(&rates, from..to);
    let (summary, last) = (rates.summary(), rates.pages().len());
    open(folder.path()).keep_frame(&summary, &run(0, 5)).unwrap();
    let path = files(folder.path(), "parts", "part").remove(0);
    flip(&path, fs::metadata(&path).unwrap().len() as usize * 8 - 9);
    let schedules = open(folder.path());
    let error = schedules.keep_frame(&summary, &run(5, last)).unwrap_err();
    assert!(is_damaged(&error), "{error}");
    assert_eq!(schedules.keep_frame(&summary, &run(0, last)).unwrap(), Kept::Whole);
}
