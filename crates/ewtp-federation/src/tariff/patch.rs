//! The answer to a request for a patch: its bytes, deflated in one stream and cut into frames.

use bytes::Bytes;
use ewtp_log::{Hash, leaf_hash};
use ewtp_record::edition::PatchSummary;

use super::deflate::{Inflating, deflated};
use super::{FRAME_BYTES_MAX, PATCH_FRAMES_SURPLUS, TariffFault, TariffRequest};

/// The frames that carry a patch.
// spec: tariff-sync R7
#[must_use]
pub fn patch_frames(patch: &[u8]) -> Vec<Bytes> {
    let stream = Bytes::from(deflated(patch));
    let cuts = (0..stream.len()).step_by(FRAME_BYTES_MAX);
    cuts.map(|from| stream.slice(from..stream.len().min(from + FRAME_BYTES_MAX)))
        .collect()
}

/// What was asked for, and how far the answer has come.
#[derive(Debug)]
pub struct PatchAnswer {
    patch: PatchSummary,
    inflating: Inflating,
    /// Bytes of frames that may still come.
    room: u64,
}

impl PatchAnswer {
    /// The answer to a request for this patch.
    #[must_use]
    pub fn new(patch: PatchSummary) -> Self {
        let bytes_max = usize::try_from(patch.bytes).expect("a patch has at most 64 MiB");
        Self {
            patch,
            inflating: Inflating::new(bytes_max),
            room: patch.bytes + PATCH_FRAMES_SURPLUS,
        }
    }

    /// What to ask for.
    #[must_use]
    pub fn request(&self) -> TariffRequest {
        TariffRequest::Patch(Hash(self.patch.id.0))
    }

    /// How many bytes of the patch are here.
    #[must_use]
    pub fn held(&self) -> usize {
        self.inflating.held()
    }

    /// Reads the next frame.
    ///
    /// # Errors
    /// [`TariffFault::Sender`] for more than the edition names, or what is no zlib stream.
    // spec: tariff-sync R7
    pub fn read(&mut self, frame: &[u8]) -> Result<(), TariffFault> {
        let room = self.room.checked_sub(frame.len() as u64);
        self.room = room.ok_or_else(|| TariffFault::sender("too-large", "more frames than the patch needs"))?;
        self.inflating.push(frame)
    }

    /// The patch, after its last frame.
    ///
    /// # Errors
    /// [`TariffFault::Sender`] for anything but the bytes of the id.
    // spec: tariff-sync R7
    pub fn finish(self) -> Result<Bytes, TariffFault> {
        let patch = self.inflating.finish()?;
        if patch.len() as u64 != self.patch.bytes {
            let why = format!(
                "a patch of {} bytes, the edition names {}",
                patch.len(),
                self.patch.bytes
            );
            return Err(TariffFault::sender("patch-length", why));
        }
        if leaf_hash(&patch).0 == self.patch.id.0 {
            Ok(patch.into())
        } else {
            Err(TariffFault::sender("patch-id", "these are the bytes of another patch"))
        }
    }
}
