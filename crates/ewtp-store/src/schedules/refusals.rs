//! Refusals: the editions whose schedules were found to be none. To find that out takes as long as a good schedule does, so it is
//! not done again at each start.
//!
//! A refusal counts for the rules by which it was found: other rules may find the schedule good, and a mended reader must not
//! keep it out for ever.

use std::fs;

use ewtp_federation::gathering::Refused;
use ewtp_federation::tariff::RULES;
use ewtp_log::Hash;

use super::file::{self, Damage, Facts, wrong};
use super::{Shared, lock};
use crate::error::StoreError;

/// Most bytes of the reason in words that are kept; it may quote a row.
const WHY_BYTES_MAX: usize = 1_024;

impl Shared {
    pub(super) fn refuse(&self, edition: &Hash, refused: &Refused) -> Result<(), StoreError> {
        let _writing = lock(&self.writing);
        let facts = Facts::Refusal(*edition);
        let Refused { code, why } = refused;
        let why = &why[..why.floor_char_boundary(WHY_BYTES_MAX)];
        let bytes = file::write(&self.folder, &facts, format!("{RULES}\n{code}\n{why}").as_bytes())?;
        self.catalog().add_refusal(*edition, bytes);
        Ok(())
    }

    /// Why the schedule of this edition is refused, if that was found by the rules of this program.
    pub(super) fn refusal(&self, edition: &Hash) -> Result<Option<Refused>, StoreError> {
        let facts = Facts::Refusal(*edition);
        if !self.catalog().has(&facts) {
            return Ok(None);
        }
        let path = self.folder.path_of(&facts);
        let read = file::content(&path, &facts).and_then(parsed);
        let refused = read.map_err(|damage| self.set_aside(&facts, damage))?;
        if refused.is_none() {
            self.catalog().forget(&facts);
            fs::remove_file(&path).map_err(StoreError::io("delete", &path))?;
        }
        Ok(refused)
    }
}

/// `None` when it was found by other rules.
fn parsed(content: Vec<u8>) -> Result<Option<Refused>, Damage> {
    let text = String::from_utf8(content).map_err(|_| wrong("it is no text"))?;
    let mut lines = text.splitn(3, '\n');
    let (Some(rules), Some(code), Some(why)) = (lines.next(), lines.next(), lines.next()) else {
        return Err(wrong("it does not say what is refused"));
    };
    Ok((rules == RULES).then(|| Refused::new(code, why)))
}
