//! What one node asks another for: a patch by its id, or pages of a tree by its root.
//!
//! Each says beside the hash how large the edition says the thing is. A hub can sign of a root that is known elsewhere what is
//! not true; who has it knows so by the number, and is silent where its answer would seem to be a fault.

use std::ops::Range;

use bytes::Bytes;
use ewtp_log::Hash;
use ewtp_record::{
    Edition, array_form,
    cbor::{self, Octets},
};

use crate::limits::REQUEST_BYTES_MAX;
use crate::run::Fault;
use crate::wire;

/// A request, on a stream of its own.
// spec: tariff-sync R2
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TariffRequest {
    /// A patch.
    Patch {
        /// Which.
        id: Hash,
        /// How many bytes it has, at most 64 MiB.
        bytes: u64,
    },
    /// Pages of the tree with this root.
    Pages {
        /// Which tree.
        root: Hash,
        /// How many pages it has, at most 16,384.
        tree_pages: u32,
        /// Which of them, at least one.
        pages: Range<u32>,
    },
}

const PATCH: u8 = 0;
const PAGES: u8 = 1;

struct PatchForm {
    kind: u8,
    id: Octets<32>,
    bytes: u64,
}
array_form!(PatchForm { kind, id, bytes });

struct PagesForm {
    kind: u8,
    root: Octets<32>,
    tree_pages: u64,
    from: u64,
    to: u64,
}
array_form!(PagesForm {
    kind,
    root,
    tree_pages,
    from,
    to
});

impl TariffRequest {
    /// Reads the one frame of a request.
    ///
    /// # Errors
    /// [`Fault::Cbor`] or [`Fault::Malformed`]: the sender's fault.
    pub fn decode(bytes: &[u8]) -> Result<Self, Fault> {
        // Each kind is an array of its own length, whose second byte is the kind.
        match bytes {
            [_, PATCH, ..] => wire::read(bytes, REQUEST_BYTES_MAX).and_then(|form| Self::patch(&form)),
            [_, PAGES, ..] => wire::read(bytes, REQUEST_BYTES_MAX).and_then(|form| Self::pages(&form)),
            _ => {
                cbor::scan(bytes, &cbor::Limits::message(REQUEST_BYTES_MAX)).map_err(Fault::Cbor)?;
                Err(Fault::malformed("kind", "a request for neither a patch nor pages"))
            }
        }
    }

    fn patch(form: &PatchForm) -> Result<Self, Fault> {
        let PatchForm { id, bytes, .. } = *form;
        if bytes > Edition::PATCH_BYTES_MAX {
            return Err(Fault::malformed("bounds", format!("no patch has {bytes} bytes")));
        }
        let id = Hash(id.0);
        Ok(Self::Patch { id, bytes })
    }

    fn pages(form: &PagesForm) -> Result<Self, Fault> {
        let PagesForm { root, from, to, .. } = *form;
        let tree_pages = form.tree_pages;
        if from >= to {
            return Err(Fault::malformed("empty-range", "a range ends before it begins"));
        }
        if to > tree_pages {
            let why = format!("pages up to {to} of a tree of {tree_pages}");
            return Err(Fault::malformed("beyond-size", why));
        }
        if tree_pages > Edition::PAGES_MAX.into() {
            return Err(Fault::malformed("bounds", format!("no tree has {tree_pages} pages")));
        }
        let small = |number: u64| u32::try_from(number).expect("it is at most the number of pages, checked above");
        Ok(Self::Pages {
            root: Hash(root.0),
            tree_pages: small(tree_pages),
            pages: small(from)..small(to),
        })
    }

    /// The request's one frame.
    #[must_use]
    pub fn encode(&self) -> Bytes {
        let bytes = match self {
            Self::Patch { id, bytes } => cbor::encode(&PatchForm {
                kind: PATCH,
                id: Octets(id.0),
                bytes: *bytes,
            }),
            Self::Pages {
                root,
                tree_pages,
                pages,
            } => cbor::encode(&PagesForm {
                kind: PAGES,
                root: Octets(root.0),
                tree_pages: (*tree_pages).into(),
                from: pages.start.into(),
                to: pages.end.into(),
            }),
        };
        bytes.into()
    }
}
