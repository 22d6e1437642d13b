//! Files that another process reads while we write them.

use anyhow::{Context, Result};
use std::path::Path;

/// Writes a file so that a reader finds the old bytes or the new ones and never a part.
///
/// # Errors
/// When the folder cannot be made or written.
pub(crate) fn replace(path: &Path, bytes: &[u8]) -> Result<()> {
    let folder = path.parent().context("a file lies in a folder")?;
    std::fs::create_dir_all(folder).with_context(|| format!("making {}", folder.display()))?;
    let beside = path.with_extension("new");
    std::fs::write(&beside, bytes).with_context(|| format!("writing {}", beside.display()))?;
    std::fs::rename(&beside, path).with_context(|| format!("renaming to {}", path.display()))
}
