//! Frames: a length of 4 bytes, big-endian, then that many bytes. spec: sync
//!
//! A length above the cap is refused before anything is allocated, and below it memory grows only as bytes arrive: four
//! bytes from a peer never cost more than [`STEP`].

use bytes::Bytes;
use futures::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

use crate::StreamFault;

/// How much is allocated ahead of what arrived.
const STEP: usize = 64 * 1024;

/// Reads one frame of at most `max` bytes. `None` is an orderly end before a frame.
pub(crate) async fn read(stream: &mut (impl AsyncRead + Unpin), max: usize) -> Result<Option<Bytes>, StreamFault> {
    let mut length = [0; 4];
    let first = stream.read(&mut length).await?;
    if first == 0 {
        return Ok(None);
    }
    stream.read_exact(&mut length[first..]).await?;
    let length = usize::try_from(u32::from_be_bytes(length)).unwrap_or(usize::MAX);
    if length > max {
        return Err(StreamFault::TooLarge { bytes: length, max });
    }
    let mut frame = Vec::new();
    while frame.len() < length {
        let have = frame.len();
        frame.resize(length.min(have + STEP), 0);
        stream.read_exact(&mut frame[have..]).await?;
    }
    Ok(Some(Bytes::from(frame)))
}

/// Writes one frame and flushes it. `scratch` is reused between frames: length and payload leave in one piece, because
/// a multiplexer makes a packet of each write.
pub(crate) async fn write(
    stream: &mut (impl AsyncWrite + Unpin),
    frame: &[u8],
    scratch: &mut Vec<u8>,
) -> Result<(), StreamFault> {
    let length = u32::try_from(frame.len()).expect("callers cap frames far below 4 GiB");
    scratch.clear();
    scratch.extend_from_slice(&length.to_be_bytes());
    scratch.extend_from_slice(frame);
    stream.write_all(scratch).await?;
    stream.flush().await?;
    Ok(())
}

/// Runs a step of a stream for at most `limit`.
pub(crate) async fn within<T>(
    limit: std::time::Duration,
    step: impl Future<Output = Result<T, StreamFault>>,
) -> Result<T, StreamFault> {
    tokio::time::timeout(limit, step)
        .await
        .unwrap_or(Err(StreamFault::Slow(limit.as_secs())))
}

#[cfg(test)]
mod tests {
    use futures::io::Cursor;

    use super::*;

    async fn read_all(bytes: &[u8]) -> Result<Option<Bytes>, StreamFault> {
        read(&mut Cursor::new(bytes), 100).await
    }

    #[tokio::test]
    async fn what_is_written_is_read() {
        let mut wire = Vec::new();
        write(&mut wire, b"checkpoint", &mut Vec::new()).await.unwrap();
        assert_eq!(wire, [&[0, 0, 0, 10][..], b"checkpoint"].concat());
        assert_eq!(read_all(&wire).await.unwrap().unwrap(), "checkpoint");
    }

    #[tokio::test]
    async fn nothing_is_an_orderly_end() {
        assert_eq!(read_all(b"").await, Ok(None));
    }

    #[tokio::test]
    async fn a_length_above_the_cap_is_refused_before_the_payload() {
        assert_eq!(
            read_all(&[0, 0, 0, 101]).await,
            Err(StreamFault::TooLarge { bytes: 101, max: 100 })
        );
        assert_eq!(
            read_all(&[255; 4]).await,
            Err(StreamFault::TooLarge {
                bytes: u32::MAX as usize,
                max: 100
            })
        );
    }

    #[tokio::test]
    async fn an_end_inside_a_frame_is_cut_short() {
        for wire in [&[0][..], &[0, 0, 0], &[0, 0, 0, 5], &[0, 0, 0, 5, 1, 2, 3, 4]] {
            assert_eq!(read_all(wire).await, Err(StreamFault::CutShort), "{wire:?}");
        }
    }
}
