//! On which line of a basket a row begins: the basket is read as it comes, and kept only from the row before on.

use ewtp_tariff_import::lines;
use std::io::{self, Read};
use std::sync::{Arc, Mutex, PoisonError};

/// The bytes of a basket that were read, from the last place that was asked for on.
#[derive(Clone, Default)]
pub(super) struct Kept(Arc<Mutex<Bytes>>);

#[derive(Default)]
struct Bytes {
    /// Where in the file they begin.
    from: u64,
    bytes: Vec<u8>,
}

impl Kept {
    /// A source whose bytes are kept as they are read.
    pub(super) fn reading(&self, source: impl Read + Send + 'static) -> Box<dyn Read + Send> {
        Box::new(Keeping {
            source,
            kept: self.clone(),
        })
    }

    /// The line on which the row of this place begins, counted from 1. Places are asked for in the order of the file.
    pub(super) fn line(&self, place: &csv::Position) -> u64 {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let gone = usize::try_from(place.byte().saturating_sub(kept.from)).unwrap_or(usize::MAX);
        let gone = gone.min(kept.bytes.len());
        kept.bytes.drain(..gone);
        kept.from += gone as u64;
        lines::begins(&kept.bytes, place.line())
    }
}

struct Keeping<R> {
    source: R,
    kept: Kept,
}

impl<R: Read> Read for Keeping<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.source.read(buffer)?;
        let mut kept = self.kept.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.bytes.extend_from_slice(&buffer[..count]);
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_counted_alike_whatever_ends_their_lines() {
        for end in ["\n", "\r\n"] {
            let rows: String = (2..5_000)
                .map(|line| format!("{line},\"a{end}b\"{end}# for people{end}"))
                .collect();
            let kept = Kept::default();
            let source = kept.reading(io::Cursor::new(format!("at,words{end}{rows}")));
            let mut reader = csv::ReaderBuilder::new()
                .comment(Some(lines::COMMENT))
                .from_reader(source);
            let mut line = 2;
            for row in reader.records() {
                let row = row.expect("a sound basket");
                assert_eq!(kept.line(row.position().expect("a row that was read")), line);
                line += 3;
            }
            assert_eq!(line, 2 + 3 * 4_998);
            let bytes = kept.0.lock().unwrap_or_else(PoisonError::into_inner).bytes.len();
            assert!(bytes < 64 * 1024, "{bytes} bytes are kept");
        }
    }
}
