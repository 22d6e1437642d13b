//! A file of the store: a header that says what it holds, and the content behind it.
//!
//! | bytes | |
//! |---|---|
//! | 8 | `ewtptrff` |
//! | 2 | format version |
//! | 1 | kind: 1 a tree, 2 a schedule, 3 a patch, 4 a tree that is being gathered, 5 a refusal |
//! | 1 | zero |
//! | 2 | length of the facts |
//! | 8 | length of the content; zero for kind 4, which grows |
//! | 4 | CRC-32C of the content; zero for kinds 1 and 4, whose frames have their own |
//! | | the facts: of a tree its root, pages, rows and bytes (32, 4, 4, 8); of a schedule its three trees; of a patch the schedule it leads from, that it leads to, its id and length (32, 8); of a refusal the edition's record |
//! | 4 | CRC-32C of all before |
//! | | the content |

use std::fs::{self, File};
use std::io::{self, ErrorKind, Read, Write};
use std::path::{Path, PathBuf};

use ewtp_log::Hash;
use ewtp_record::cbor::Octets;
use ewtp_record::edition::{TreeSummary, Trees};

use super::path::Folder;
use crate::error::StoreError;
use crate::ledger::segment::sync_folder;
use crate::wire::Input;

/// Format of the files written here.
pub(super) const VERSION: u16 = 2;

const MAGIC: &[u8; 8] = b"ewtptrff";
/// Bytes before the facts.
const FRONT_BYTES: usize = 26;
/// Bytes of the longest facts, those of a patch.
const FACTS_BYTES_MAX: usize = 2 * TREES_BYTES + 40;
const TREES_BYTES: usize = 3 * 48;

/// What a file holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Facts {
    Tree(TreeSummary),
    Schedule(Trees),
    Patch(Link),
    Part(TreeSummary),
    /// Of the edition with this record.
    Refusal(Hash),
}

/// A patch between two schedules.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Link {
    pub(super) from: Trees,
    pub(super) to: Trees,
    /// Leaf hash of its bytes.
    pub(super) id: Hash,
    /// How many bytes.
    pub(super) bytes: u64,
}

/// What does not fit in a file, or what the system said.
#[derive(Debug)]
pub(super) enum Damage {
    Wrong(String),
    Newer(u16),
    Io(io::Error),
}

impl From<io::Error> for Damage {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            ErrorKind::UnexpectedEof => wrong("it ends too early"),
            ErrorKind::NotFound => wrong("it is gone"),
            _ => Self::Io(error),
        }
    }
}

pub(super) fn wrong(what: impl Into<String>) -> Damage {
    Damage::Wrong(what.into())
}

/// A header as it was read.
#[derive(Debug)]
pub(super) struct Header {
    pub(super) facts: Facts,
    /// Bytes before the content.
    pub(super) bytes: u64,
    content_bytes: u64,
    content_crc: u32,
}

impl Facts {
    const fn kind(&self) -> u8 {
        match self {
            Self::Tree(_) => 1,
            Self::Schedule(_) => 2,
            Self::Patch(_) => 3,
            Self::Part(_) => 4,
            Self::Refusal(_) => 5,
        }
    }

    fn encode(&self) -> Vec<u8> {
        let mut out = Vec::new();
        match self {
            Self::Tree(tree) | Self::Part(tree) => put_tree(&mut out, tree),
            Self::Schedule(trees) => put_trees(&mut out, trees),
            Self::Patch(link) => {
                put_trees(&mut out, &link.from);
                put_trees(&mut out, &link.to);
                out.extend_from_slice(link.id.as_bytes());
                out.extend_from_slice(&link.bytes.to_be_bytes());
            }
            Self::Refusal(edition) => out.extend_from_slice(edition.as_bytes()),
        }
        out
    }

    fn decode(kind: u8, bytes: &[u8]) -> Option<Self> {
        let mut input = Input(bytes);
        let facts = match kind {
            1 => Self::Tree(tree(&mut input)?),
            2 => Self::Schedule(trees(&mut input)?),
            3 => Self::Patch(Link {
                from: trees(&mut input)?,
                to: trees(&mut input)?,
                id: input.hash()?,
                bytes: input.u64()?,
            }),
            4 => Self::Part(tree(&mut input)?),
            5 => Self::Refusal(input.hash()?),
            _ => return None,
        };
        input.end().map(|()| facts)
    }

    /// Whether the content is page frames.
    const fn is_framed(&self) -> bool {
        matches!(self, Self::Tree(_) | Self::Part(_))
    }

    /// How long the header is, whatever the content.
    pub(super) fn header_bytes(&self) -> u64 {
        (FRONT_BYTES + self.encode().len() + 4) as u64
    }

    /// Header for this content.
    pub(super) fn header(&self, content: &[u8]) -> Vec<u8> {
        let facts = self.encode();
        let mut out = Vec::with_capacity(FRONT_BYTES + facts.len() + 4);
        out.extend_from_slice(MAGIC);
        out.extend_from_slice(&VERSION.to_be_bytes());
        out.extend_from_slice(&[self.kind(), 0]);
        let length = u16::try_from(facts.len()).expect("the longest facts are those of a patch");
        out.extend_from_slice(&length.to_be_bytes());
        out.extend_from_slice(&(content.len() as u64).to_be_bytes());
        let crc = if self.is_framed() { 0 } else { crc32c::crc32c(content) };
        out.extend_from_slice(&crc.to_be_bytes());
        out.extend_from_slice(&facts);
        out.extend_from_slice(&crc32c::crc32c(&out).to_be_bytes());
        out
    }
}

impl Header {
    /// Reads the header at the front of a file.
    pub(super) fn read(file: &mut impl Read) -> Result<Self, Damage> {
        let mut bytes = vec![0; FRONT_BYTES];
        file.read_exact(&mut bytes)?;
        let mut front = Input(&bytes);
        if front.take(8) != Some(MAGIC) {
            return Err(wrong("it is no file of schedules"));
        }
        let short = || wrong("its header is short");
        // The version comes before the checksum: a newer format may place the checksum elsewhere.
        let version = front.u16().ok_or_else(short)?;
        if version > VERSION {
            return Err(Damage::Newer(version));
        }
        if version < VERSION {
            return Err(wrong(format!(
                "it has format version {version}, which is not read any more"
            )));
        }
        let kind = front.u8().ok_or_else(short)?;
        front.u8();
        let length = usize::from(front.u16().ok_or_else(short)?);
        let content_bytes = front.u64().ok_or_else(short)?;
        let content_crc = front.u32().ok_or_else(short)?;
        if length > FACTS_BYTES_MAX {
            return Err(wrong("its header is longer than any"));
        }
        bytes.resize(FRONT_BYTES + length + 4, 0);
        file.read_exact(&mut bytes[FRONT_BYTES..])?;
        let (told, crc) = bytes.split_last_chunk::<4>().expect("the checksum was read last");
        if crc32c::crc32c(told) != u32::from_be_bytes(*crc) {
            return Err(wrong("the checksum of its header does not fit"));
        }
        let facts = Facts::decode(kind, &told[FRONT_BYTES..]);
        Ok(Self {
            facts: facts.ok_or_else(|| wrong("its header says what this version does not know"))?,
            bytes: bytes.len() as u64,
            content_bytes,
            content_crc,
        })
    }

    /// Bytes of the whole file, if it does not grow.
    pub(super) const fn file_bytes(&self) -> u64 {
        self.bytes + self.content_bytes
    }
}

/// Writes a file so that it is there whole or not at all, also after a power cut; answers its length.
pub(super) fn write(folder: &Folder, facts: &Facts, content: &[u8]) -> Result<u64, StoreError> {
    let path = folder.path_of(facts);
    let unfinished = path.with_extension(Folder::UNFINISHED);
    let header = facts.header(content);
    let mut file = File::create(&unfinished).map_err(StoreError::io("create", &unfinished))?;
    let written = file.write_all(&header).and_then(|()| file.write_all(content));
    written.map_err(StoreError::io("write", &unfinished))?;
    file.sync_all().map_err(StoreError::io("sync", &unfinished))?;
    fs::rename(&unfinished, &path).map_err(StoreError::io("rename", &unfinished))?;
    sync_folder(path.parent().expect("a file lies in the folder of its kind"))?;
    Ok((header.len() + content.len()) as u64)
}

/// Reads the content of a file that should hold this, and has a checksum of it all.
pub(super) fn content(path: &Path, facts: &Facts) -> Result<Vec<u8>, Damage> {
    let mut file = File::open(path)?;
    let header = Header::read(&mut file)?;
    if header.facts != *facts {
        return Err(wrong("it holds something else than its name says"));
    }
    if file.metadata()?.len() != header.file_bytes() {
        return Err(wrong("its length is not the one its header states"));
    }
    let mut content = Vec::new();
    file.read_to_end(&mut content)?;
    if crc32c::crc32c(&content) == header.content_crc {
        Ok(content)
    } else {
        Err(wrong("the checksum of its content does not fit"))
    }
}

/// Renames a damaged file, so that it is never used and can be looked at; answers the error that names it.
pub(super) fn set_aside(path: &Path, damage: Damage) -> StoreError {
    let what = match damage {
        Damage::Wrong(what) => what,
        Damage::Newer(found) => {
            return StoreError::NewerVersion {
                path: path.to_owned(),
                found,
                known: VERSION,
            };
        }
        Damage::Io(error) => return StoreError::io("read", path)(error),
    };
    let mut aside = path.as_os_str().to_owned();
    aside.push(".");
    aside.push(Folder::DAMAGED);
    // A file that cannot be renamed is not used by this process either, and is found again by the next.
    let _ = fs::rename(path, PathBuf::from(aside));
    StoreError::ScheduleDamaged {
        path: path.to_owned(),
        what,
    }
}

/// Appends a tree as an edition names it, in its fixed width.
pub(super) fn put_tree(out: &mut Vec<u8>, tree: &TreeSummary) {
    out.extend_from_slice(&tree.root.0);
    out.extend_from_slice(&tree.pages.to_be_bytes());
    out.extend_from_slice(&tree.rows.to_be_bytes());
    out.extend_from_slice(&tree.bytes.to_be_bytes());
}

/// Appends the three trees of a schedule.
pub(super) fn put_trees(out: &mut Vec<u8>, trees: &Trees) {
    for tree in [&trees.rates, &trees.texts, &trees.notes] {
        put_tree(out, tree);
    }
}

fn tree(input: &mut Input<'_>) -> Option<TreeSummary> {
    Some(TreeSummary {
        root: Octets(input.array()?),
        pages: input.u32()?,
        rows: input.u32()?,
        bytes: input.u64()?,
    })
}

fn trees(input: &mut Input<'_>) -> Option<Trees> {
    Some(Trees {
        rates: tree(input)?,
        texts: tree(input)?,
        notes: tree(input)?,
    })
}
