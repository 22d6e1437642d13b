//! The files of the published US schedule.
//!
//! They are not part of this repository. `EWTP_SHARED` names the folder that holds `data/us_hts`; without it, the folder
//! `shared` beside the repository is tried. Where neither exists the tests say that they were skipped, but in CI they fail.

use std::path::PathBuf;

/// The bytes of a file, or `None` where it may be absent.
pub(crate) fn file(name: &str) -> Option<Vec<u8>> {
    let shared = std::env::var_os("EWTP_SHARED").map(PathBuf::from);
    let shared = shared.unwrap_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared"));
    let path = shared.join("data/us_hts").join(name);
    match std::fs::read(&path) {
        Ok(bytes) => Some(bytes),
        Err(error) if std::env::var_os("CI").is_some() => panic!("{}: {error}", path.display()),
        Err(_) => {
            println!("skipped: {} is not there; set EWTP_SHARED", path.display());
            None
        }
    }
}
