//! Where the files lie: each named by what it holds.

use std::fs;
use std::path::{Path, PathBuf};

use ewtp_log::{Hash, leaf_hash};
use ewtp_record::edition::{TreeSummary, Trees};

use super::file::{Facts, Link, put_tree, put_trees};
use crate::error::StoreError;
use crate::ledger::segment::sync_folder;

/// The folder `tariffs` of a store.
#[derive(Debug)]
pub(super) struct Folder(PathBuf);

impl Folder {
    /// What a file is called until it is whole.
    pub(super) const UNFINISHED: &str = "new";
    /// What a damaged file's name ends in.
    pub(super) const DAMAGED: &str = "damaged";

    /// The kinds of files: folder and ending.
    pub(super) const KINDS: [(&str, &str); 5] = [
        ("trees", "tree"),
        ("schedules", "schedule"),
        ("patches", "patch"),
        ("parts", "part"),
        ("refusals", "refusal"),
    ];

    pub(super) fn create(store: &Path) -> Result<Self, StoreError> {
        let folder = store.join("tariffs");
        for (kind, _) in Self::KINDS {
            let path = folder.join(kind);
            fs::create_dir_all(&path).map_err(StoreError::io("create", &path))?;
        }
        sync_folder(&folder)?;
        sync_folder(store)?;
        Ok(Self(folder))
    }

    /// The folder of a kind of files.
    pub(super) fn of_kind(&self, kind: &str) -> PathBuf {
        self.0.join(kind)
    }

    pub(super) fn path_of(&self, facts: &Facts) -> PathBuf {
        let ((folder, ending), name) = match facts {
            Facts::Tree(tree) => (Self::KINDS[0], Hash(tree.root.0)),
            Facts::Schedule(trees) => (Self::KINDS[1], schedule_id(trees)),
            Facts::Patch(link) => (Self::KINDS[2], link_id(link)),
            Facts::Part(tree) => (Self::KINDS[3], tree_id(tree)),
            Facts::Refusal(edition) => (Self::KINDS[4], *edition),
        };
        self.0.join(folder).join(format!("{name}.{ending}"))
    }
}

/// Names a tree by all that an edition says of it: two editions may say of one root what cannot both be true.
pub(super) fn tree_id(tree: &TreeSummary) -> Hash {
    let mut bytes = Vec::new();
    put_tree(&mut bytes, tree);
    leaf_hash(&bytes)
}

/// Names a schedule.
pub(super) fn schedule_id(trees: &Trees) -> Hash {
    let mut bytes = Vec::new();
    put_trees(&mut bytes, trees);
    leaf_hash(&bytes)
}

/// Names a patch with its two ends: the same change may be made to several schedules.
pub(super) fn link_id(link: &Link) -> Hash {
    let mut bytes = Vec::new();
    put_trees(&mut bytes, &link.from);
    put_trees(&mut bytes, &link.to);
    bytes.extend_from_slice(link.id.as_bytes());
    leaf_hash(&bytes)
}
