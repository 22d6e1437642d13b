//! Contents of files: pages and patches, deflated.

use std::io::{Read, Write};

use bytes::Bytes;
use ewtp_record::edition::TreeSummary;
use ewtp_tariff::{Page, PageTree};
use flate2::Compression;
use flate2::read::ZlibDecoder;
use flate2::write::ZlibEncoder;

use super::file::{Damage, wrong};

/// Deflates bytes.
pub(super) fn deflated(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).expect("memory takes all bytes");
    encoder.finish().expect("memory takes all bytes")
}

/// Inflates to exactly that many bytes.
pub(super) fn inflated(bytes: &[u8], length: u64) -> Result<Bytes, Damage> {
    let mut out = Vec::with_capacity(usize::try_from(length).unwrap_or(0));
    let mut reader = ZlibDecoder::new(bytes).take(length + 1);
    reader
        .read_to_end(&mut out)
        .map_err(|error| wrong(format!("it does not inflate: {error}")))?;
    if out.len() as u64 == length {
        Ok(out.into())
    } else {
        Err(wrong("it inflates to another length than it states"))
    }
}

/// Pages, each behind its length in four bytes, deflated together.
pub(super) fn of_pages(pages: &[Page]) -> Vec<u8> {
    let mut out = Vec::with_capacity(usize::try_from(length(pages)).unwrap_or(0));
    for page in pages {
        let length = u32::try_from(page.bytes().len()).expect("a page has at most 48 KiB");
        out.extend_from_slice(&length.to_be_bytes());
        out.extend_from_slice(page.bytes());
    }
    deflated(&out)
}

/// How many bytes pages have before they are deflated.
pub(super) fn length(pages: &[Page]) -> u64 {
    pages.iter().map(|page| 4 + page.bytes().len() as u64).sum()
}

/// Reads pages that have that many bytes together. Each gets memory of its own, so that one that stays does not keep the others.
pub(super) fn pages(content: &[u8], length: u64) -> Result<Vec<Page>, Damage> {
    let bytes = inflated(content, length)?;
    let mut rest = &bytes[..];
    let mut pages = Vec::new();
    while let Some((length, behind)) = rest.split_first_chunk::<4>() {
        let length = u32::from_be_bytes(*length) as usize;
        let (page, behind) = behind
            .split_at_checked(length)
            .ok_or_else(|| wrong("it ends within a page"))?;
        let page = Page::decode(Bytes::copy_from_slice(page));
        pages.push(page.map_err(|error| wrong(format!("a page of it cannot be read: {error}")))?);
        rest = behind;
    }
    Ok(pages)
}

/// Reads a whole tree and checks that it is this one.
pub(super) fn tree(content: &[u8], summary: &TreeSummary) -> Result<PageTree, Damage> {
    let pages = pages(content, summary.bytes + 4 * u64::from(summary.pages))?;
    let tree = PageTree::of_pages(pages).map_err(|error| wrong(format!("its pages are no tree: {error}")))?;
    if tree.summary() == *summary {
        Ok(tree)
    } else {
        Err(wrong("its pages lead to another root than it states"))
    }
}
