//! Trees in memory: those read last, within a bound.
//!
//! A tree is charged what its rows take once they are read, which is several times their bytes. Editions that follow each
//! other share the trees that did not change, and each is charged once.

use std::collections::BTreeMap;

use ewtp_log::Hash;
use ewtp_tariff::page::PageTree;
use ewtp_tariff::row::Entry;
use ewtp_tariff::{Page, Row};

/// See the module.
#[derive(Debug)]
pub(super) struct Cache {
    trees: BTreeMap<Hash, Cached>,
    charged: usize,
    charged_max: usize,
    uses: u64,
}

#[derive(Debug)]
struct Cached {
    tree: PageTree,
    charge: usize,
    last_use: u64,
}

impl Cache {
    pub(super) fn new(charged_max: usize) -> Self {
        Self {
            trees: BTreeMap::new(),
            charged: 0,
            charged_max,
            uses: 0,
        }
    }

    pub(super) fn get(&mut self, root: &Hash) -> Option<PageTree> {
        self.uses += 1;
        let cached = self.trees.get_mut(root)?;
        cached.last_use = self.uses;
        Some(cached.tree.clone())
    }

    /// Takes a tree in and lets go of those used longest ago. One larger than the bound is not taken.
    pub(super) fn put(&mut self, tree: &PageTree) {
        let (root, charge) = (tree.root(), charge(tree));
        if charge > self.charged_max || self.get(&root).is_some() {
            return;
        }
        while self.charged + charge > self.charged_max {
            let oldest = self.trees.iter().min_by_key(|(_, cached)| cached.last_use);
            let Some(oldest) = oldest.map(|(root, _)| *root) else {
                return;
            };
            self.forget(&oldest);
        }
        self.charged += charge;
        let tree = tree.clone();
        let last_use = self.uses;
        self.trees.insert(root, Cached { tree, charge, last_use });
    }

    pub(super) fn forget(&mut self, root: &Hash) {
        if let Some(gone) = self.trees.remove(root) {
            self.charged -= gone.charge;
        }
    }

    #[cfg(test)]
    pub(super) fn charged(&self) -> usize {
        self.charged
    }
}

/// About how much memory a tree takes: its bytes, its rows and their measures, and what these point to, which is about as long
/// as the bytes again.
pub(super) fn charge(tree: &PageTree) -> usize {
    let measures = |row: &Row| match row.entry() {
        Entry::Line(line) => size_of_val(line.measures.as_slice()),
        _ => 0,
    };
    let page = |page: &Page| {
        let measures: usize = page.rows().iter().map(measures).sum();
        size_of::<Page>() + size_of_val(page.rows()) + measures + 2 * page.bytes().len()
    };
    tree.pages().iter().map(page).sum()
}
