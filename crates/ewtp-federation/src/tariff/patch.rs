//! The answer to a request for a patch: its bytes, packed in one stream and cut into frames.

use bytes::Bytes;
use ewtp_log::{Hash, leaf_hash};
use ewtp_record::edition::PatchSummary;

use super::packing::{Effort, Unpacking, packed};
use super::{FRAME_BYTES_MAX, PATCH_FRAMES_SURPLUS, TariffFault, TariffRequest};

/// A patch, and the stream in which it travels and lies on disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PackedPatch {
    patch: Bytes,
    stream: Bytes,
}

impl PackedPatch {
    /// Packs a patch of ours.
    #[must_use]
    pub fn of(patch: Bytes) -> Self {
        let stream = packed(&patch, Effort::Lasting);
        Self { patch, stream }
    }

    /// Unpacks the stream of the patch with this id and so many bytes.
    ///
    /// # Errors
    /// [`TariffFault::Sender`] for what is no brotli stream, or the stream of anything else.
    pub fn decode(stream: Bytes, id: &Hash, bytes: u64) -> Result<Self, TariffFault> {
        let mut unpacking = Unpacking::new(size(bytes));
        unpacking.push(&stream)?;
        Self::checked(unpacking.finish()?, stream, id, bytes)
    }

    // spec: tariff-sync R7
    fn checked(patch: Vec<u8>, stream: Bytes, id: &Hash, bytes: u64) -> Result<Self, TariffFault> {
        if patch.len() as u64 != bytes {
            let why = format!("a patch of {} bytes, the edition names {bytes}", patch.len());
            return Err(TariffFault::sender("patch-length", why));
        }
        if leaf_hash(&patch) == *id {
            let patch = patch.into();
            Ok(Self { patch, stream })
        } else {
            Err(TariffFault::sender("patch-id", "these are the bytes of another patch"))
        }
    }

    /// The patch itself.
    #[must_use]
    pub const fn patch(&self) -> &Bytes {
        &self.patch
    }

    /// As it travels and lies on disk.
    #[must_use]
    pub const fn stream(&self) -> &Bytes {
        &self.stream
    }
}

/// The frames that carry the stream of a patch.
// spec: tariff-sync R7
pub fn patch_frames(stream: &Bytes) -> impl Iterator<Item = Bytes> + '_ {
    let cuts = (0..stream.len()).step_by(FRAME_BYTES_MAX);
    cuts.map(|from| stream.slice(from..stream.len().min(from + FRAME_BYTES_MAX)))
}

/// What was asked for, and how far the answer has come.
#[derive(Debug)]
pub struct PatchAnswer {
    patch: PatchSummary,
    unpacking: Unpacking,
    stream: Vec<u8>,
    /// Bytes of frames that may still come.
    room: u64,
}

impl PatchAnswer {
    /// The answer to a request for this patch.
    #[must_use]
    pub fn new(patch: PatchSummary) -> Self {
        Self {
            patch,
            unpacking: Unpacking::new(size(patch.bytes)),
            stream: Vec::new(),
            room: patch.bytes + PATCH_FRAMES_SURPLUS,
        }
    }

    /// What to ask for.
    #[must_use]
    pub fn request(&self) -> TariffRequest {
        let PatchSummary { id, bytes, .. } = self.patch;
        TariffRequest::Patch { id: Hash(id.0), bytes }
    }

    /// How many bytes of the patch are here.
    #[must_use]
    pub fn held(&self) -> usize {
        self.unpacking.held()
    }

    /// Reads the next frame.
    ///
    /// # Errors
    /// [`TariffFault::Sender`] for more than the edition names, or what is no brotli stream.
    // spec: tariff-sync R7
    pub fn read(&mut self, frame: &[u8]) -> Result<(), TariffFault> {
        let room = self.room.checked_sub(frame.len() as u64);
        self.room = room.ok_or_else(|| TariffFault::sender("too-large", "more frames than the patch needs"))?;
        self.unpacking.push(frame)?;
        self.stream.extend_from_slice(frame);
        Ok(())
    }

    /// The patch, after its last frame.
    ///
    /// # Errors
    /// [`TariffFault::Sender`] for anything but the bytes of the id.
    // spec: tariff-sync R7
    pub fn finish(self) -> Result<PackedPatch, TariffFault> {
        let id = Hash(self.patch.id.0);
        PackedPatch::checked(self.unpacking.finish()?, self.stream.into(), &id, self.patch.bytes)
    }
}

fn size(bytes: u64) -> usize {
    usize::try_from(bytes).expect("a patch has at most 64 MiB")
}
