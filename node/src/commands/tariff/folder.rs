//! The folder of an imported schedule: `schedule.json`, which names the three roots, and the pages behind them.
//!
//! `rates.pages`, `texts.pages` and `notes.pages` hold the pages of a tree in their order, each behind its length in four
//! bytes (big-endian); `report.json` says what the import understood, `about.json` or `edition.record` of what edition the
//! pages are. The folder appears whole or not at all: it is written beside its place and renamed.

mod stated;

pub(super) use stated::{ABOUT, Published, Stated, about, find_stated, stated};

use anyhow::Context;
use bytes::Bytes;
use ewtp_log::Hash;
use ewtp_node::failure::Failure;
use ewtp_record::Edition;
use ewtp_record::edition::TreeSummary;
use ewtp_tariff::{Page, PageTree, PageTrees};
use ewtp_tariff_import::Report;
use serde::{Deserialize, Serialize};
use std::fs::File;
use std::io::{Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

const SCHEMA: &str = "ewtp.tariff-folder/1";
const MANIFEST: &str = "schedule.json";

/// What `schedule.json` says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Manifest {
    schema: String,
    /// The format that was imported.
    pub(super) from: String,
    pub(super) trees: Trees,
}

/// The three trees, as an edition names them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Trees {
    pub(super) rates: Tree,
    pub(super) texts: Tree,
    pub(super) notes: Tree,
}

/// One tree.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Tree {
    pub(super) root: String,
    pub(super) pages: u32,
    pub(super) rows: u32,
    pub(super) bytes: u64,
}

impl Tree {
    fn of(summary: &TreeSummary) -> Self {
        Self {
            root: Hash(summary.root.0).to_string(),
            pages: summary.pages,
            rows: summary.rows,
            bytes: summary.bytes,
        }
    }
}

impl Trees {
    pub(super) fn of(trees: &PageTrees) -> Self {
        let summary = trees.summary();
        Self {
            rates: Tree::of(&summary.rates),
            texts: Tree::of(&summary.texts),
            notes: Tree::of(&summary.notes),
        }
    }

    /// The trees with their names.
    pub(super) const fn named(&self) -> [(&'static str, &Tree); 3] {
        [("rates", &self.rates), ("texts", &self.texts), ("notes", &self.notes)]
    }
}

/// What is written into a folder.
pub(super) struct Contents<'a> {
    /// The format that was imported.
    pub(super) from: &'a str,
    /// The pages.
    pub(super) trees: &'a PageTrees,
    /// What the import understood, if there was one.
    pub(super) report: Option<&'a Report>,
    /// Of what edition they are, if that is known.
    pub(super) stated: Option<&'a Stated>,
}

/// Writes a folder that must not be there yet.
pub(super) fn write(to: &Path, contents: &Contents<'_>) -> anyhow::Result<Manifest> {
    let manifest = Manifest {
        schema: SCHEMA.to_owned(),
        from: contents.from.to_owned(),
        trees: Trees::of(contents.trees),
    };
    write_whole(to, |part| {
        let PageTrees { rates, texts, notes } = contents.trees;
        for (name, tree) in [("rates", rates), ("texts", texts), ("notes", notes)] {
            write_pages(&part.join(format!("{name}.pages")), tree)?;
        }
        if let Some(report) = contents.report {
            write_json(&part.join("report.json"), report)?;
        }
        if let Some(stated) = contents.stated {
            stated.write(part)?;
        }
        write_json(&part.join(MANIFEST), &manifest)
    })?;
    Ok(manifest)
}

/// Makes a folder that must not be there yet, with what `fill` writes into it: whole or not at all.
pub(super) fn write_whole(to: &Path, fill: impl FnOnce(&Path) -> anyhow::Result<()>) -> anyhow::Result<()> {
    refuse_existing(to)?;
    // Beside its place, so that the rename stays on one disk; readable like any folder, for a schedule is public.
    let readable = std::fs::Permissions::from_mode(0o755);
    let writing = || format!("cannot write {}", to.display());
    std::fs::create_dir_all(beside(to)).with_context(writing)?;
    let part = tempfile::Builder::new()
        .prefix(".schedule-")
        .permissions(readable)
        .tempdir_in(beside(to))
        .with_context(writing)?;
    fill(part.path()).with_context(writing)?;
    std::fs::rename(part.path(), to).with_context(writing)
}

/// Reads a folder and checks every page against the roots.
pub(super) fn read(folder: &Path) -> anyhow::Result<(Manifest, PageTrees)> {
    let manifest: Manifest = read_manifest(folder)?;
    let trees = PageTrees {
        rates: read_tree(folder, "rates")?,
        texts: read_tree(folder, "texts")?,
        notes: read_tree(folder, "notes")?,
    };
    if Trees::of(&trees) != manifest.trees {
        return Err(damaged(folder, "its pages lead to other roots than schedule.json names").into());
    }
    Ok((manifest, trees))
}

fn damaged(folder: &Path, why: &str) -> Failure {
    let message = format!("{} is no imported schedule: {why}", folder.display());
    Failure::new("tariff-folder", message).next("ewtp tariff import --from csv FILE --out DIR")
}

fn read_manifest(folder: &Path) -> anyhow::Result<Manifest> {
    let bytes = std::fs::read(folder.join(MANIFEST));
    let bytes = bytes.map_err(|error| damaged(folder, &format!("{MANIFEST}: {error}")))?;
    let manifest: Manifest = serde_json::from_slice(&bytes).map_err(|error| damaged(folder, &error.to_string()))?;
    if manifest.schema == SCHEMA {
        Ok(manifest)
    } else {
        Err(damaged(folder, &format!("{} is not {SCHEMA}", manifest.schema)).into())
    }
}

fn refuse_existing(to: &Path) -> anyhow::Result<()> {
    if to.exists() {
        let message = format!("{} exists: a schedule is written whole", to.display());
        return Err(Failure::new("folder-exists", message).next("name a new folder").into());
    }
    Ok(())
}

pub(super) fn write_json(path: &Path, value: &impl Serialize) -> anyhow::Result<()> {
    let mut text = serde_json::to_vec_pretty(value)?;
    text.push(b'\n');
    Ok(std::fs::write(path, text)?)
}

fn write_pages(path: &Path, tree: &PageTree) -> anyhow::Result<()> {
    let mut file = std::io::BufWriter::new(File::create(path)?);
    for page in tree.pages() {
        let length = u32::try_from(page.bytes().len()).context("a page is longer than a page")?;
        file.write_all(&length.to_be_bytes())?;
        file.write_all(page.bytes())?;
    }
    Ok(file.flush()?)
}

fn read_tree(folder: &Path, name: &str) -> anyhow::Result<PageTree> {
    let file = format!("{name}.pages");
    let at_fault = |why: String| damaged(folder, &format!("{file}: {why}"));
    // As many bytes as a tree may have, and a length before each page.
    let bytes_max = Edition::TREE_BYTES_MAX + 4 * u64::from(Edition::PAGES_MAX);
    let mut bytes = Vec::new();
    let opened = File::open(folder.join(&file)).map_err(|error| at_fault(error.to_string()))?;
    opened.take(bytes_max + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > bytes_max {
        return Err(at_fault("is longer than a tree".to_owned()).into());
    }
    let mut rest = Bytes::from(bytes);
    let mut pages = Vec::new();
    while !rest.is_empty() {
        let page = next_page(&mut rest).ok_or_else(|| at_fault("ends within a page".to_owned()))?;
        pages.push(Page::decode(page).map_err(|error| at_fault(error.to_string()))?);
    }
    Ok(PageTree::of_pages(pages).map_err(|error| at_fault(error.to_string()))?)
}

fn next_page(rest: &mut Bytes) -> Option<Bytes> {
    let length: [u8; 4] = rest.get(..4)?.try_into().ok()?;
    let end = usize::try_from(u32::from_be_bytes(length)).ok()?.checked_add(4)?;
    rest.get(..end)?;
    Some(rest.split_to(end).slice(4..))
}

/// The folder in which this one lies.
fn beside(folder: &Path) -> &Path {
    let parent = folder.parent().filter(|parent| !parent.as_os_str().is_empty());
    parent.unwrap_or_else(|| Path::new("."))
}
