//! A frame: the unit of the ledger that carries its own length and checksum.
//!
//! | bytes | |
//! |---|---|
//! | 4 | length of the body |
//! | 4 | CRC-32C over the segment's salt, the length, and everything from byte 8 to the end of the body |
//! | 8 | number of the group commit, counted over the whole ledger |
//! | 4 | bytes from the start of that group to this frame |
//! | 1 | kind |
//! | 1 | 1 when this is the last frame of its commit, else 0 |
//! | 2 | zero |
//! | | body |
//!
//! A group is what one `fdatasync` made durable; it holds whole commits. Its number and start tell a torn end from
//! damage: a frame that begins a later group proves that everything before it had been durable.

use crate::wire::Input;

/// Bytes before the body.
pub(crate) const FRAME_HEADER_BYTES: usize = 24;

/// Largest body that is written or believed: a bundle frame and then some.
pub(crate) const FRAME_BODY_BYTES_MAX: usize = 1 << 20;

const CRC_START: usize = 8;
const GROUP_START: usize = 8;
const LAST_BYTE: usize = 21;

/// What a frame's body is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum FrameKind {
    Entries = 1,
    Checkpoint = 2,
    Cosigned = 3,
    Guard = 4,
    CosignGuard = 5,
    Charter = 6,
    Evidence = 7,
    Halt = 8,
}

impl FrameKind {
    pub(crate) const ALL: [Self; 8] = [
        Self::Entries,
        Self::Checkpoint,
        Self::Cosigned,
        Self::Guard,
        Self::CosignGuard,
        Self::Charter,
        Self::Evidence,
        Self::Halt,
    ];

    fn of(byte: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| *kind as u8 == byte)
    }
}

/// A frame's header, as read.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FrameHeader {
    pub(crate) body_bytes: usize,
    pub(crate) group: u64,
    /// Bytes from the start of the group to this frame.
    pub(crate) from_group_start: u32,
    pub(crate) kind: FrameKind,
    pub(crate) last_of_commit: bool,
    crc: u32,
}

impl FrameHeader {
    /// Reads a header that could be one of ours; `None` for anything else. The checksum is not yet looked at.
    pub(crate) fn decode(bytes: &[u8; FRAME_HEADER_BYTES]) -> Option<Self> {
        let mut input = Input(bytes);
        let body_bytes = usize::try_from(input.u32()?)
            .ok()
            .filter(|bytes| *bytes <= FRAME_BODY_BYTES_MAX)?;
        let (crc, group, from_group_start) = (input.u32()?, input.u64()?, input.u32()?);
        let kind = FrameKind::of(input.u8()?)?;
        let last_of_commit = match input.u8()? {
            0 => false,
            1 => true,
            _ => return None,
        };
        (input.u16()? == 0).then_some(Self {
            body_bytes,
            group,
            from_group_start,
            kind,
            last_of_commit,
            crc,
        })
    }

    /// Header and body together.
    pub(crate) fn frame_bytes(&self) -> usize {
        FRAME_HEADER_BYTES + self.body_bytes
    }

    /// The checksum fits the whole frame, header and body.
    pub(crate) fn fits(&self, frame: &[u8], seed: u32) -> bool {
        frame.len() == self.frame_bytes() && checksum(frame, seed) == self.crc
    }
}

/// The body of a frame of which header and checksum fit, `None` otherwise.
pub(crate) fn checked(frame: &[u8], seed: u32) -> Option<FrameHeader> {
    let header = FrameHeader::decode(frame.first_chunk()?)?;
    header.fits(frame, seed).then_some(header)
}

/// Where the checksums of a segment start from: its salt, so that no bytes from outside can look like a frame.
pub(crate) fn seed(salt: u64) -> u32 {
    crc32c::crc32c(&salt.to_be_bytes())
}

fn checksum(frame: &[u8], seed: u32) -> u32 {
    crc32c::crc32c_append(crc32c::crc32c_append(seed, &frame[..4]), &frame[CRC_START..])
}

/// Builds the frames of one group in one reused buffer, each byte copied once.
#[derive(Debug, Default)]
pub(crate) struct GroupBuffer {
    bytes: Vec<u8>,
    starts: Vec<usize>,
}

impl GroupBuffer {
    pub(crate) fn clear(&mut self) {
        self.bytes.clear();
        self.starts.clear();
    }

    /// Gives memory beyond that many bytes back.
    pub(crate) fn shrink(&mut self, bytes_kept: usize) {
        self.clear();
        self.bytes.shrink_to(bytes_kept);
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// Adds a frame whose body `write` appends; answers where the frame begins and how long it is.
    pub(crate) fn frame(&mut self, kind: FrameKind, write: impl FnOnce(&mut Vec<u8>)) -> (usize, usize) {
        let start = self.bytes.len();
        self.starts.push(start);
        self.bytes.extend_from_slice(&[0; FRAME_HEADER_BYTES]);
        self.bytes[start + 20] = kind as u8;
        write(&mut self.bytes);
        (start, self.bytes.len() - start)
    }

    /// The frame added last ends its commit.
    pub(crate) fn end_commit(&mut self) {
        if let Some(start) = self.starts.last() {
            self.bytes[start + LAST_BYTE] = 1;
        }
    }

    /// Writes lengths, group and checksums; after this the bytes can go to disk.
    pub(crate) fn seal(&mut self, group: u64, seed: u32) {
        let end = self.bytes.len();
        let ends = self.starts.iter().skip(1).copied().chain([end]);
        for (start, end) in self.starts.iter().copied().zip(ends) {
            seal_frame(&mut self.bytes[start..end], group, start, seed);
        }
    }
}

fn seal_frame(frame: &mut [u8], group: u64, start: usize, seed: u32) {
    let body_bytes = u32::try_from(frame.len() - FRAME_HEADER_BYTES).expect("a body is at most 1 MiB");
    let start = u32::try_from(start).expect("a group is at most 1 GiB");
    frame[..4].copy_from_slice(&body_bytes.to_be_bytes());
    frame[GROUP_START..GROUP_START + 8].copy_from_slice(&group.to_be_bytes());
    frame[GROUP_START + 8..GROUP_START + 12].copy_from_slice(&start.to_be_bytes());
    let crc = checksum(frame, seed);
    frame[4..CRC_START].copy_from_slice(&crc.to_be_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    fn two_frames() -> Vec<u8> {
        let mut buffer = GroupBuffer::default();
        buffer.frame(FrameKind::Guard, |body| body.extend_from_slice(b"first"));
        buffer.frame(FrameKind::Charter, |body| body.extend_from_slice(b"second one"));
        buffer.end_commit();
        buffer.seal(7, seed(42));
        buffer.bytes().to_vec()
    }

    #[test]
    fn sealed_frames_are_read_back() {
        let bytes = two_frames();
        let first = checked(&bytes[..FRAME_HEADER_BYTES + 5], seed(42)).unwrap();
        assert_eq!(
            (first.kind, first.group, first.last_of_commit),
            (FrameKind::Guard, 7, false)
        );
        let second = checked(&bytes[first.frame_bytes()..], seed(42)).unwrap();
        assert_eq!((second.kind, second.last_of_commit), (FrameKind::Charter, true));
        assert_eq!(second.from_group_start as usize, first.frame_bytes());
    }

    #[test]
    fn a_frame_under_another_salt_is_refused() {
        assert!(checked(&two_frames()[..FRAME_HEADER_BYTES + 5], seed(43)).is_none());
    }

    #[test]
    fn every_flipped_bit_of_a_frame_is_refused() {
        let bytes = two_frames();
        let frame = &bytes[..FRAME_HEADER_BYTES + 5];
        for bit in 0..frame.len() * 8 {
            let mut flipped = frame.to_vec();
            flipped[bit / 8] ^= 1 << (bit % 8);
            assert!(checked(&flipped, seed(42)).is_none(), "bit {bit}");
        }
    }
}
