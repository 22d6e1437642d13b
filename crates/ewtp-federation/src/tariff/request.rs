//! What one node asks another for: a patch by its id, or pages of a tree by its root.

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
    /// The patch of this id.
    Patch(Hash),
    /// Pages of the tree with this root.
    Pages {
        /// Which tree.
        root: Hash,
        /// Which pages, at least one, none above 16,384.
        pages: Range<u32>,
    },
}

const PATCH: u8 = 0;
const PAGES: u8 = 1;

struct PatchForm {
    kind: u8,
    id: Octets<32>,
}
array_form!(PatchForm { kind, id });

struct PagesForm {
    kind: u8,
    root: Octets<32>,
    from: u64,
    to: u64,
}
array_form!(PagesForm { kind, root, from, to });

impl TariffRequest {
    /// Reads the one frame of a request.
    ///
    /// # Errors
    /// [`Fault::Cbor`] or [`Fault::Malformed`]: the sender's fault.
    pub fn decode(bytes: &[u8]) -> Result<Self, Fault> {
        // Each kind is an array of its own length, whose second byte is the kind.
        match bytes {
            [_, PATCH, ..] => wire::read(bytes, REQUEST_BYTES_MAX).map(|form: PatchForm| Self::Patch(Hash(form.id.0))),
            [_, PAGES, ..] => wire::read(bytes, REQUEST_BYTES_MAX).and_then(|form| Self::pages(&form)),
            _ => {
                cbor::scan(bytes, &cbor::Limits::message(REQUEST_BYTES_MAX)).map_err(Fault::Cbor)?;
                Err(Fault::malformed("kind", "a request for neither a patch nor pages"))
            }
        }
    }

    fn pages(form: &PagesForm) -> Result<Self, Fault> {
        let PagesForm { root, from, to, .. } = *form;
        if from >= to {
            return Err(Fault::malformed("empty-range", "a range ends before it begins"));
        }
        let index = |number: u64| u32::try_from(number).ok().filter(|index| *index <= Edition::PAGES_MAX);
        let (from, to) = index(from)
            .zip(index(to))
            .ok_or_else(|| Fault::malformed("bounds", format!("no tree has {to} pages")))?;
        Ok(Self::Pages {
            root: Hash(root.0),
            pages: from..to,
        })
    }

    /// The request's one frame.
    #[must_use]
    pub fn encode(&self) -> Bytes {
        let bytes = match self {
            Self::Patch(id) => cbor::encode(&PatchForm {
                kind: PATCH,
                id: Octets(id.0),
            }),
            Self::Pages { root, pages } => cbor::encode(&PagesForm {
                kind: PAGES,
                root: Octets(root.0),
                from: pages.start.into(),
                to: pages.end.into(),
            }),
        };
        bytes.into()
    }
}
