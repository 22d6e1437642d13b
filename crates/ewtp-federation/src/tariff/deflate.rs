//! Zlib streams (RFC 1950), whose reader gives no more than it was told, however little came in.

use flate2::{Compression, Decompress, FlushDecompress, Status};

use super::TariffFault;

/// The zlib stream of these bytes.
pub(super) fn deflated(bytes: &[u8]) -> Vec<u8> {
    use std::io::Write as _;
    let mut stream = flate2::write::ZlibEncoder::new(Vec::new(), Compression::default());
    let written = stream.write_all(bytes).and_then(|()| stream.finish());
    written.expect("memory takes every byte")
}

/// How much is inflated ahead of asking for more room: four bytes from a peer never cost more.
const STEP: usize = 64 * 1024;

/// A stream as it comes in, piece by piece.
#[derive(Debug)]
pub(super) struct Inflating {
    stream: Decompress,
    inflated: Vec<u8>,
    bytes_max: usize,
    has_ended: bool,
}

impl Inflating {
    /// A stream that gives at most `bytes_max` bytes.
    pub(super) fn new(bytes_max: usize) -> Self {
        Self {
            stream: Decompress::new(true),
            inflated: Vec::new(),
            bytes_max,
            has_ended: false,
        }
    }

    /// Bytes inflated so far.
    pub(super) fn held(&self) -> usize {
        self.inflated.len()
    }

    /// Inflates the next piece.
    pub(super) fn push(&mut self, mut piece: &[u8]) -> Result<(), TariffFault> {
        while !self.has_ended {
            let given = self.inflated.len();
            let taken = self.step(piece)?;
            piece = &piece[taken..];
            if taken == 0 && self.inflated.len() == given && !self.has_ended {
                // Without a piece it waits for the next one; with one it would wait for ever.
                return piece
                    .is_empty()
                    .then_some(())
                    .ok_or_else(|| broken("a stream that goes nowhere"));
            }
        }
        if piece.is_empty() {
            Ok(())
        } else {
            Err(TariffFault::sender(
                "trailing",
                "bytes behind the end of the deflated ones",
            ))
        }
    }

    /// Inflates some of the piece, and answers how much of it was taken.
    fn step(&mut self, piece: &[u8]) -> Result<usize, TariffFault> {
        // One byte more than allowed tells a stream that goes on from one that ends.
        let room = self.bytes_max + 1 - self.inflated.len();
        self.inflated.reserve(room.min(STEP));
        let before = self.stream.total_in();
        let step = self
            .stream
            .decompress_vec(piece, &mut self.inflated, FlushDecompress::None);
        let status = step.map_err(|error| broken(error.to_string()))?;
        if self.inflated.len() > self.bytes_max {
            let why = format!("more than {} bytes inflated", self.bytes_max);
            return Err(TariffFault::sender("too-large", why));
        }
        self.has_ended = status == Status::StreamEnd;
        Ok(usize::try_from(self.stream.total_in() - before).expect("it takes no more than the piece"))
    }

    /// All that was inflated, if the stream ended.
    pub(super) fn finish(self) -> Result<Vec<u8>, TariffFault> {
        if self.has_ended {
            Ok(self.inflated)
        } else {
            Err(broken("the stream was cut short"))
        }
    }
}

fn broken(why: impl Into<String>) -> TariffFault {
    TariffFault::sender("deflate", why)
}
