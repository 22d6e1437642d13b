//! Brotli streams (RFC 7932), in which pages and patches travel and lie on disk. Their reader gives no more than it was told,
//! however little came in.

use std::fmt;

use brotli::enc::{BrotliEncoderParams, StandardAlloc};
use brotli::{BrotliDecompressStream, BrotliResult, BrotliState};
use bytes::Bytes;

use super::TariffFault;

/// How much time is spent on packing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effort {
    /// For what is packed once, kept, and served to everybody: about a second for 1.5 MB.
    Lasting,
    /// For one reader, or few: about a second for 10 MB, and an eighth larger.
    Passing,
}

impl Effort {
    /// Of brotli's 0 to 11.
    const fn quality(self) -> i32 {
        match self {
            Self::Lasting => 10,
            Self::Passing => 5, // 9 takes three times as long and saves a seventieth
        }
    }
}

/// How far back a stream of ours refers, as a power of two: over a whole frame. spec: tariff-sync R4
const WINDOW_BITS: i32 = 18;

/// The stream of these bytes.
pub(super) fn packed(bytes: &[u8], effort: Effort) -> Bytes {
    let params = BrotliEncoderParams {
        quality: effort.quality(),
        lgwin: WINDOW_BITS,
        size_hint: bytes.len(),
        ..BrotliEncoderParams::default()
    };
    let mut stream = Vec::new();
    brotli::BrotliCompress(&mut &*bytes, &mut stream, &params).expect("memory takes every byte");
    stream.into()
}

/// How much is unpacked ahead of asking for more room: four bytes from a peer never cost more.
const STEP: usize = 64 * 1024;

/// A stream as it comes in, piece by piece.
pub(super) struct Unpacking {
    state: Box<BrotliState<StandardAlloc, StandardAlloc, StandardAlloc>>,
    unpacked: Vec<u8>,
    bytes_max: usize,
    has_begun: bool,
    has_ended: bool,
}

impl fmt::Debug for Unpacking {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Unpacking({} of at most {} bytes)", self.held(), self.bytes_max)
    }
}

impl Unpacking {
    /// A stream that gives at most `bytes_max` bytes.
    pub(super) fn new(bytes_max: usize) -> Self {
        let alloc = StandardAlloc::default;
        Self {
            state: Box::new(BrotliState::new_strict(alloc(), alloc(), alloc())),
            unpacked: Vec::new(),
            bytes_max,
            has_begun: false,
            has_ended: false,
        }
    }

    /// Bytes unpacked so far.
    pub(super) fn held(&self) -> usize {
        self.unpacked.len()
    }

    /// Unpacks the next piece.
    pub(super) fn push(&mut self, piece: &[u8]) -> Result<(), TariffFault> {
        if let (Some(first), false) = (piece.first(), self.has_begun) {
            check_window(*first)?;
            self.has_begun = true;
        }
        let mut taken = 0;
        while !self.has_ended {
            match self.step(piece, &mut taken)? {
                BrotliResult::ResultSuccess => self.has_ended = true,
                BrotliResult::NeedsMoreInput => return Ok(()),
                BrotliResult::NeedsMoreOutput => {}
                BrotliResult::ResultFailure => return Err(broken("what it says is no brotli")),
            }
        }
        if taken == piece.len() {
            Ok(())
        } else {
            Err(TariffFault::sender("trailing", "bytes behind the end of the stream"))
        }
    }

    /// Unpacks some of the piece, of which so much was taken before.
    fn step(&mut self, piece: &[u8], taken: &mut usize) -> Result<BrotliResult, TariffFault> {
        // One byte more than allowed tells a stream that goes on from one that ends.
        let mut end = self.unpacked.len();
        let mut room = (self.bytes_max + 1 - end).min(STEP);
        self.unpacked.resize(end + room, 0);
        let mut left = piece.len() - *taken;
        let result = BrotliDecompressStream(
            &mut left,
            taken,
            piece,
            &mut room,
            &mut end,
            &mut self.unpacked,
            &mut 0,
            &mut self.state,
        );
        self.unpacked.truncate(end);
        if end > self.bytes_max {
            let why = format!("more than {} bytes unpacked", self.bytes_max);
            return Err(TariffFault::sender("too-large", why));
        }
        Ok(result)
    }

    /// All that was unpacked, if the stream ended.
    pub(super) fn finish(self) -> Result<Vec<u8>, TariffFault> {
        if self.has_ended {
            Ok(self.unpacked)
        } else {
            Err(broken("the stream was cut short"))
        }
    }
}

/// The first byte says how far back a stream refers, which is what its reader keeps of it in memory beside the bytes.
// spec: tariff-sync R4 (RFC 7932, 9.1)
fn check_window(first: u8) -> Result<(), TariffFault> {
    let is_within = match first & 0b1111 {
        low if low & 1 == 0 => true,                // 16
        0b0001 => first & 0b111_1111 != 0b001_0001, // 10 to 15, or 17; the one left out is of another format
        low => low == 0b0011,                       // 18; what is above is larger
    };
    if is_within {
        Ok(())
    } else {
        Err(TariffFault::sender("window", "a stream with a window above 256 KiB"))
    }
}

fn broken(why: impl Into<String>) -> TariffFault {
    TariffFault::sender("stream", why)
}
