//! Cuts a request body into JSON values while it streams, so that a request may hold any number of records and the node
//! never holds more than a batch of them.
//!
//! Two cuts exist. **Lines**: one value a line; a bad or oversize line costs that line only. **Nested**: an array, or
//! values that spread over lines; braces decide where a value ends, so an unclosed one ends the request.
//! A body declared `application/x-ndjson` is lines; any other is lines if its first line is a whole object by itself.

use crate::problem::Problem;
use bytes::{Buf, Bytes, BytesMut};
use futures::stream::BoxStream;
use futures::{FutureExt, StreamExt};
use std::time::Duration;
use tokio::time::{Instant, timeout_at};

/// Longest text of one record: four times what the largest certificate needs as JSON.
pub(crate) const VALUE_BYTES_MAX: usize = 64 * 1024;
/// Most values in a batch: what one group commit takes.
pub(crate) const BATCH_VALUES_MAX: usize = 1_000;
/// Most bytes in a batch, so that batches of large records hold no more memory than batches of small ones.
pub(crate) const BATCH_BYTES_MAX: usize = 1024 * 1024;
/// Time a batch of a bulk caller waits to be filled: less than the disk takes to make it durable.
const BATCH_LINGER: Duration = Duration::from_millis(2);
/// A caller whose last batch had this many values sends in bulk.
const BULK_VALUES_MIN: usize = 16;
/// Deepest nesting: the record formats need five.
const DEPTH_MAX: u32 = 16;

/// One value of the body, or the fault in its place, with the line on which it begins (from 1).
#[derive(Debug)]
pub(crate) struct Value {
    pub(crate) line: u64,
    pub(crate) text: Result<Bytes, Problem>,
}

/// What the caller declared about its body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Declared {
    /// `application/x-ndjson`, `application/jsonl`.
    Lines,
    /// `application/json`.
    Json,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Cut {
    Lines,
    Nested { in_array: bool },
}

/// The values of one request body.
pub(crate) struct Values {
    body: BoxStream<'static, Result<Bytes, String>>,
    buffer: BytesMut,
    /// Bytes of `buffer` already searched for the end of the present value.
    searched: usize,
    scan: Scan,
    line: u64,
    cut: Option<Cut>,
    /// The rest of an oversize line is thrown away up to its end.
    skipping: bool,
    body_ended: bool,
    ended: bool,
    was_array: bool,
    is_bulk: bool,
}

/// State of the search for the end of a nested value.
#[derive(Debug, Clone, Copy, Default)]
struct Scan {
    depth: u32,
    in_string: bool,
    escaped: bool,
}

impl Values {
    pub(crate) fn new(declared: Declared, body: BoxStream<'static, Result<Bytes, String>>) -> Self {
        Self {
            body,
            buffer: BytesMut::new(),
            searched: 0,
            scan: Scan::default(),
            line: 1,
            cut: (declared == Declared::Lines).then_some(Cut::Lines),
            skipping: false,
            body_ended: false,
            ended: false,
            was_array: false,
            is_bulk: false,
        }
    }

    /// Whether the body opened an array; known after the first batch.
    pub(crate) fn was_array(&self) -> bool {
        self.was_array
    }

    /// The next batch: waits for one value, then takes what has arrived. `None` after the last.
    ///
    /// A caller that sends many is given a moment to fill the batch; one that sends now and then is not kept waiting.
    pub(crate) async fn batch(&mut self) -> Option<Vec<Value>> {
        let first = self.next().await?;
        let until = Instant::now() + BATCH_LINGER;
        let mut bytes = first.text.as_ref().map_or(0, Bytes::len);
        let mut batch = vec![first];
        while batch.len() < BATCH_VALUES_MAX && bytes < BATCH_BYTES_MAX {
            let next = match self.next().now_or_never() {
                None if self.is_bulk => timeout_at(until, self.next()).await.ok().flatten(),
                arrived => arrived.flatten(),
            };
            let Some(value) = next else { break };
            bytes += value.text.as_ref().map_or(0, Bytes::len);
            batch.push(value);
        }
        self.is_bulk = batch.len() >= BULK_VALUES_MIN;
        Some(batch)
    }

    /// The next value; safe to drop and call again, since all progress lives in `self`.
    pub(crate) async fn next(&mut self) -> Option<Value> {
        loop {
            if let Some(value) = self.take() {
                return Some(value);
            }
            if self.ended {
                return None;
            }
            match self.body.next().await {
                Some(Ok(chunk)) => self.buffer.extend_from_slice(&chunk),
                Some(Err(cause)) => return Some(self.broken(&cause)),
                None => self.body_ended = true,
            }
        }
    }

    /// What the buffer yields without more input.
    fn take(&mut self) -> Option<Value> {
        if self.ended {
            return None;
        }
        if self.cut.is_none() {
            self.cut = self.choose_cut();
        }
        let value = match self.cut? {
            Cut::Lines => self.take_line(),
            Cut::Nested { in_array } => self.take_nested(in_array),
        };
        self.ended |= value.is_none() && self.body_ended;
        value
    }

    /// Decides the cut once the first line, or more than one value may hold, has arrived.
    fn choose_cut(&mut self) -> Option<Cut> {
        self.skip_space(false);
        if self.buffer.first() == Some(&b'[') {
            self.buffer.advance(1);
            self.was_array = true;
            return Some(Cut::Nested { in_array: true });
        }
        let line_end = self.buffer.iter().position(|byte| *byte == b'\n');
        let enough = line_end.is_some() || self.body_ended || self.buffer.len() > VALUE_BYTES_MAX;
        let first_line = &self.buffer[..line_end.unwrap_or(self.buffer.len())];
        let whole =
            first_line.first() == Some(&b'{') && serde_json::from_slice::<serde::de::IgnoredAny>(first_line).is_ok();
        enough.then_some(if whole {
            Cut::Lines
        } else {
            Cut::Nested { in_array: false }
        })
    }

    fn take_line(&mut self) -> Option<Value> {
        loop {
            let found = self.buffer[self.searched..].iter().position(|byte| *byte == b'\n');
            let end = match found {
                Some(offset) => self.searched + offset,
                None if self.body_ended && !self.buffer.is_empty() => self.buffer.len(),
                None => return self.unfinished_line(),
            };
            let text = self.buffer.split_to(end).freeze();
            self.buffer.advance(usize::from(found.is_some()));
            self.searched = 0;
            let line = self.line;
            self.line += 1;
            if std::mem::take(&mut self.skipping) || text.trim_ascii().is_empty() {
                continue;
            }
            let text = if text.len() > VALUE_BYTES_MAX {
                Err(too_large(line))
            } else {
                Ok(text)
            };
            return Some(Value { line, text });
        }
    }

    /// No line end yet: an oversize line is answered now and thrown away as it comes.
    fn unfinished_line(&mut self) -> Option<Value> {
        self.searched = self.buffer.len();
        if self.buffer.len() <= VALUE_BYTES_MAX {
            return None;
        }
        self.buffer.clear();
        self.searched = 0;
        let told = std::mem::replace(&mut self.skipping, true);
        (!told).then(|| Value {
            line: self.line,
            text: Err(too_large(self.line)),
        })
    }

    fn take_nested(&mut self, in_array: bool) -> Option<Value> {
        if self.searched == 0 {
            self.skip_space(in_array);
            match self.buffer.first().copied() {
                None => {
                    return self
                        .body_ended
                        .then(|| in_array.then(|| self.end_early("the array is not closed")))?;
                }
                Some(b']') if in_array => return self.close_array(),
                Some(b'{') => {}
                Some(_) => return Some(self.end_early("expected a JSON object")),
            }
        }
        match self.find_end() {
            Ok(Some(end)) => Some(self.cut_nested(end)),
            Ok(None) if self.body_ended => Some(self.end_early("the input ends inside an object")),
            Ok(None) => None,
            Err(problem) => Some(self.end_with(problem)),
        }
    }

    fn close_array(&mut self) -> Option<Value> {
        self.buffer.advance(1);
        self.skip_space(false);
        if !self.buffer.is_empty() {
            return Some(self.end_early("nothing may follow the array"));
        }
        self.ended = true;
        None
    }

    fn cut_nested(&mut self, end: usize) -> Value {
        let text = self.buffer.split_to(end).freeze();
        (self.searched, self.scan) = (0, Scan::default());
        let line = self.line;
        self.line += text.iter().filter(|byte| **byte == b'\n').count() as u64;
        Value { line, text: Ok(text) }
    }

    /// Offset just past the object at the start of the buffer, or `None` when it has not all arrived.
    fn find_end(&mut self) -> Result<Option<usize>, Problem> {
        for (offset, byte) in self.buffer.iter().enumerate().skip(self.searched) {
            if offset >= VALUE_BYTES_MAX {
                return Err(too_large(self.line));
            }
            if self.scan.step(*byte) {
                return Ok(Some(offset + 1));
            }
            if self.scan.depth > DEPTH_MAX {
                let message = format!("nested deeper than {DEPTH_MAX} levels");
                return Err(Problem::new("bad-json", message).line(self.line));
            }
        }
        self.searched = self.buffer.len();
        Ok(None)
    }

    /// Drops white space (and the commas of an array) at the start of the buffer and counts its lines.
    fn skip_space(&mut self, commas: bool) {
        let is_space = |byte: &u8| byte.is_ascii_whitespace() || (commas && *byte == b',');
        let space = self.buffer.iter().take_while(|byte| is_space(byte)).count();
        self.line += self.buffer[..space].iter().filter(|byte| **byte == b'\n').count() as u64;
        self.buffer.advance(space);
    }

    fn broken(&mut self, cause: &str) -> Value {
        self.end_with(Problem::new(
            "bad-request",
            format!("the request body broke off: {cause}"),
        ))
    }

    fn end_early(&mut self, reason: &str) -> Value {
        let next = "send one JSON object, an array of them, or one object a line as application/x-ndjson";
        self.end_with(Problem::new("bad-json", reason).next(next))
    }

    fn end_with(&mut self, problem: Problem) -> Value {
        self.ended = true;
        self.buffer.clear();
        Value {
            line: self.line,
            text: Err(problem.line(self.line)),
        }
    }
}

impl Scan {
    /// Takes one byte; true when it closes the outermost object.
    fn step(&mut self, byte: u8) -> bool {
        if self.in_string {
            let was_escaped = std::mem::take(&mut self.escaped);
            match byte {
                b'\\' if !was_escaped => self.escaped = true,
                b'"' if !was_escaped => self.in_string = false,
                _ => {}
            }
            return false;
        }
        match byte {
            b'"' => self.in_string = true,
            b'{' | b'[' => self.depth += 1,
            b'}' | b']' => {
                self.depth = self.depth.saturating_sub(1);
                return self.depth == 0;
            }
            _ => {}
        }
        false
    }
}

fn too_large(line: u64) -> Problem {
    Problem::new("too-large", format!("a record is longer than {VALUE_BYTES_MAX} bytes")).line(line)
}

#[cfg(test)]
mod tests;
