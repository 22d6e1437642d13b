//! The static tree (C2SP tlog-tiles): which files a log of some size has, how they are named, and what bytes they hold.
//!
//! A tile is up to 256 hashes of one level, an entry bundle the up to 256 records below a tile of level 0. Full ones
//! never change. See `protocol-spec/log.md`.

use std::fmt;
use std::str::FromStr;

use crate::compact::SIZE_MAX;
use crate::hash::{HASH_BYTES, Hash};
use crate::tree::{BUNDLE, Tree};

/// Hashes in a full tile, and entries in a full bundle.
pub const TILE_WIDTH: u16 = 256;

/// The highest level that a tree of [`SIZE_MAX`] leaves reaches.
const LEVEL_MAX: u8 = 7;

/// What a file of the static tree holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum TileKind {
    /// Hashes of tile level 0 to 7: each stands for `256^level` leaves.
    Hashes(u8),
    /// Records with their lengths.
    Entries,
}

/// One file of the static tree: `tile/<level>/<index>[.p/<width>]` or `tile/entries/<index>[.p/<width>]`. // spec: log R10
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct TilePath {
    /// Hashes of a level, or entries.
    pub kind: TileKind,
    /// Number of the tile in its level.
    pub index: u64,
    /// Hashes or entries in it, 1 to 256; below 256 the tile is partial.
    pub width: u16,
}

/// A path or the bytes of a tile or bundle are malformed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TileError {
    /// The text is not a tile's path in its one spelling.
    #[error("a tile's path reads tile/<level>/<index>[.p/<width>]")]
    Path,
    /// A bundle ends inside an entry or a length.
    #[error("entry {entry} of the bundle is cut short")]
    EntryCut {
        /// Number of the entry in its bundle.
        entry: usize,
    },
    /// A bundle has no entry, or more than 256.
    #[error("a bundle has 1 to 256 entries")]
    EntryCount,
    /// A record is longer than a 16-bit length can say.
    #[error("an entry has at most 65535 bytes, not {bytes}")]
    EntryTooLong {
        /// Bytes of the record.
        bytes: usize,
    },
    /// Tile bytes are not 1 to 256 whole hashes.
    #[error("a tile is 1 to 256 hashes of 32 bytes, not {bytes} bytes")]
    TileBytes {
        /// Bytes given.
        bytes: usize,
    },
}

impl TileError {
    /// The stable code of the reason, as `protocol-spec/log.md` names it.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Path => "tile-path",
            Self::EntryCut { .. } => "entry-cut",
            Self::EntryCount => "entry-count",
            Self::EntryTooLong { .. } => "entry-too-long",
            Self::TileBytes { .. } => "tile-bytes",
        }
    }
}

impl TilePath {
    /// All files that a log of `size` leaves has, level by level, the entry bundles last.
    pub fn all(size: u64) -> impl Iterator<Item = Self> {
        Self::since(0, size)
    }

    /// The files of a log of `size` leaves that a log of `old` leaves did not have.
    pub fn since(old: u64, size: u64) -> impl Iterator<Item = Self> {
        let size = size.min(SIZE_MAX);
        let kinds = (0..=LEVEL_MAX).map(TileKind::Hashes).chain([TileKind::Entries]);
        kinds.flat_map(move |kind| {
            let (had, has) = (kind.count(old), kind.count(size));
            // The tile that was partial before is another file now: its width is in its name.
            let first = if had == has { has.div_ceil(BUNDLE) } else { had / BUNDLE };
            (first..has.div_ceil(BUNDLE)).map(move |index| Self {
                kind,
                index,
                width: (has - index * BUNDLE).min(BUNDLE) as u16,
            })
        })
    }

    /// The range of positions in its level that the tile covers: first, and one behind the last.
    pub fn span(&self) -> (u64, u64) {
        (self.index * BUNDLE, self.index * BUNDLE + u64::from(self.width))
    }
}

impl TileKind {
    /// How many hashes or entries of this kind a log of `size` leaves has.
    fn count(self, size: u64) -> u64 {
        match self {
            Self::Hashes(level) => size >> (8 * u32::from(level)),
            Self::Entries => size,
        }
    }
}

impl fmt::Display for TilePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            TileKind::Hashes(level) => write!(f, "tile/{level}")?,
            TileKind::Entries => f.write_str("tile/entries")?,
        }
        // Groups of three digits from the left, all but the last marked, so that no file is also a folder.
        let mut groups = vec![self.index % 1_000];
        let mut rest = self.index / 1_000;
        while rest > 0 {
            groups.push(rest % 1_000);
            rest /= 1_000;
        }
        for group in groups[1..].iter().rev() {
            write!(f, "/x{group:03}")?;
        }
        write!(f, "/{:03}", groups[0])?;
        if self.width < TILE_WIDTH {
            write!(f, ".p/{}", self.width)
        } else {
            Ok(())
        }
    }
}

impl FromStr for TilePath {
    type Err = TileError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let parsed = parse_path(text).ok_or(TileError::Path)?;
        // Whatever is not spelt as we would spell it names no file.
        if parsed.to_string() == text {
            Ok(parsed)
        } else {
            Err(TileError::Path)
        }
    }
}

fn parse_path(text: &str) -> Option<TilePath> {
    let (kind, rest) = text.strip_prefix("tile/")?.split_once('/')?;
    let kind = match kind {
        "entries" => TileKind::Entries,
        level => TileKind::Hashes(level.parse().ok().filter(|level| *level <= LEVEL_MAX)?),
    };
    let (number, width) = match rest.split_once(".p/") {
        Some((number, width)) => (
            number,
            width.parse().ok().filter(|width| (1..TILE_WIDTH).contains(width))?,
        ),
        None => (rest, TILE_WIDTH),
    };
    let index = number.split('/').try_fold(0u64, |index, group| {
        let digits = group.strip_prefix('x').unwrap_or(group);
        index
            .checked_mul(1_000)?
            .checked_add(digits.parse().ok().filter(|group: &u64| *group < 1_000)?)
    })?;
    (index <= SIZE_MAX / BUNDLE).then_some(TilePath { kind, index, width })
}

impl Tree {
    /// The hashes of a tile of level 1 or above; `None` for level 0, whose leaf hashes come from the records, and for
    /// tiles that this tree does not have.
    pub fn tile(&self, path: &TilePath) -> Option<&[Hash]> {
        let TileKind::Hashes(level @ 1..=LEVEL_MAX) = path.kind else {
            return None;
        };
        let (first, end) = path.span();
        self.complete_row(8 * u32::from(level))?
            .get(usize::try_from(first).ok()?..usize::try_from(end).ok()?)
    }
}

/// The bytes of a tile: its hashes one behind the other.
pub fn tile_bytes(hashes: &[Hash]) -> Vec<u8> {
    hashes.iter().flat_map(|hash| hash.0).collect()
}

/// Reads the hashes of a tile.
///
/// # Errors
/// [`TileError::TileBytes`].
pub fn tile_hashes(bytes: &[u8]) -> Result<Vec<Hash>, TileError> {
    let (hashes, rest) = bytes.as_chunks::<HASH_BYTES>();
    if !rest.is_empty() || !(1..=usize::from(TILE_WIDTH)).contains(&hashes.len()) {
        return Err(TileError::TileBytes { bytes: bytes.len() });
    }
    Ok(hashes.iter().map(|hash| Hash(*hash)).collect())
}

/// The bytes of an entry bundle: each record behind its length, 16 bits big-endian. // spec: log R11
///
/// # Errors
/// [`TileError::EntryTooLong`].
pub fn entry_bundle<R: AsRef<[u8]>>(records: &[R]) -> Result<Vec<u8>, TileError> {
    let mut bundle = Vec::with_capacity(records.iter().map(|record| record.as_ref().len() + 2).sum());
    for record in records.iter().map(AsRef::as_ref) {
        let length = u16::try_from(record.len()).map_err(|_| TileError::EntryTooLong { bytes: record.len() })?;
        bundle.extend(length.to_be_bytes());
        bundle.extend(record);
    }
    Ok(bundle)
}

/// The records of an entry bundle.
///
/// # Errors
/// [`TileError::EntryCut`] and [`TileError::EntryCount`].
pub fn bundle_entries(bundle: &[u8]) -> Result<Vec<&[u8]>, TileError> {
    let (mut entries, mut rest) = (Vec::new(), bundle);
    while !rest.is_empty() {
        if entries.len() == usize::from(TILE_WIDTH) {
            return Err(TileError::EntryCount);
        }
        let cut = TileError::EntryCut { entry: entries.len() };
        let (length, behind) = rest.split_first_chunk().ok_or(cut)?;
        let (entry, behind) = behind
            .split_at_checked(usize::from(u16::from_be_bytes(*length)))
            .ok_or(cut)?;
        entries.push(entry);
        rest = behind;
    }
    if entries.is_empty() {
        Err(TileError::EntryCount)
    } else {
        Ok(entries)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_of_seventy_thousand_has_the_files_that_the_specification_counts() {
        let of = |kind| {
            TilePath::all(70_000)
                .filter(move |tile| tile.kind == kind)
                .collect::<Vec<_>>()
        };
        let level_0 = of(TileKind::Hashes(0));
        assert_eq!((level_0.len(), level_0[273].width), (274, 112));
        let level_1: Vec<_> = of(TileKind::Hashes(1)).iter().map(ToString::to_string).collect();
        assert_eq!(level_1, ["tile/1/000", "tile/1/001.p/17"]);
        assert_eq!(of(TileKind::Hashes(2))[0].to_string(), "tile/2/000.p/1");
        assert_eq!(of(TileKind::Entries).len(), 274);
    }

    #[test]
    fn paths_are_split_in_groups_of_three_digits() {
        let tile = TilePath {
            kind: TileKind::Hashes(1),
            index: 1_234_067,
            width: 256,
        };
        assert_eq!(tile.to_string(), "tile/1/x001/x234/067");
        assert_eq!(tile.to_string().parse(), Ok(tile));
        let bundle = TilePath {
            kind: TileKind::Entries,
            index: 5,
            width: 255,
        };
        assert_eq!(bundle.to_string(), "tile/entries/005.p/255");
        assert_eq!(bundle.to_string().parse(), Ok(bundle));
    }

    #[test]
    fn other_spellings_of_a_path_are_refused() {
        let texts = [
            "tile/00/000",
            "tile/8/000",
            "tile/0/0",
            "tile/0/x000/001",
            "tile/0/1000",
            "tile/0/001.p/0",
            "tile/0/001.p/256",
            "tile/0/001.p/01",
            "tile/0/x001",
            "tile/-1/000",
            "tile/0/+01",
            "tile/0/999/999/999/999/999/999/999/999",
            "/tile/0/000",
            "tile/0/000/",
        ];
        for text in texts {
            assert_eq!(text.parse::<TilePath>(), Err(TileError::Path), "{text}");
        }
    }

    #[test]
    fn growth_within_a_tile_is_a_new_partial_file() {
        let new: Vec<_> = TilePath::since(300, 301).map(|tile| tile.to_string()).collect();
        assert_eq!(new, ["tile/0/001.p/45", "tile/entries/001.p/45"]);
        assert_eq!(TilePath::since(301, 301).count(), 0);
        let full: Vec<_> = TilePath::since(511, 512).map(|tile| tile.to_string()).collect();
        assert_eq!(full, ["tile/0/001", "tile/1/000.p/2", "tile/entries/001"]);
    }

    #[test]
    fn an_entry_bundle_gives_its_records_back() {
        let records: [&[u8]; 3] = [b"charter", b"", b"certificate"];
        let bundle = entry_bundle(&records).unwrap();
        assert_eq!(bundle_entries(&bundle), Ok(records.to_vec()));
        assert_eq!(
            bundle_entries(&bundle[..bundle.len() - 1]),
            Err(TileError::EntryCut { entry: 2 })
        );
        assert_eq!(bundle_entries(&bundle[..8]), Err(TileError::EntryCut { entry: 0 }));
        assert_eq!(bundle_entries(&[]), Err(TileError::EntryCount));
        assert_eq!(bundle_entries(&[0; 2 * 257]), Err(TileError::EntryCount));
        assert!(entry_bundle(&[vec![0; 65_536]]).is_err());
    }

    #[test]
    fn tiles_above_level_zero_come_from_the_tree() {
        let mut tree = Tree::new();
        (0u64..1_000).for_each(|index| tree.append(crate::leaf_hash(&index.to_be_bytes())));
        let path = TilePath {
            kind: TileKind::Hashes(1),
            index: 0,
            width: 3,
        };
        let hashes = tree.tile(&path).unwrap();
        assert_eq!(hashes[2], tree.bundle_root(2).unwrap());
        assert_eq!(tile_hashes(&tile_bytes(hashes)), Ok(hashes.to_vec()));
        assert!(tree.tile(&TilePath { width: 4, ..path }).is_none());
        assert!(tile_hashes(&[0; 33]).is_err());
    }
}
