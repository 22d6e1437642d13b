//! Issuing records: JSON goes out while answers come in, each told in its place.

use super::{input, node};
use crate::cli::IssueArgs;
use crate::output::Output;
use bytes::Bytes;
use ewtp_api::{Client, ClientError, Issued, Issuing, Problem};
use ewtp_node::folder::Folder;
use futures::channel::mpsc;
use futures::{SinkExt, Stream};
use serde::de::IgnoredAny;
use serde_json::value::RawValue;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;
use std::process::ExitCode;

/// Read from the input at a time.
const CHUNK_BYTES: usize = 64 * 1024;
/// Chunks read ahead of the connection.
const CHUNKS_AHEAD: usize = 8;
/// A JSON document that spreads over several lines is read whole, up to this.
const DOCUMENT_BYTES_MAX: u64 = 16 * 1024 * 1024;

/// What is issued.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum What {
    /// Clearance certificates.
    Certificates,
    /// Merchant credentials.
    Merchants,
}

/// Issues everything in the input; exit status 1 when any of it was refused.
pub(crate) fn answer(folder: &Folder, what: What, arguments: &IssueArgs, output: &Output) -> anyhow::Result<ExitCode> {
    let records = records(&arguments.file)?;
    node::ask(folder, async |client| {
        let mut answers = start(&client, what, records).await.map_err(node::told)?;
        let mut refused = 0;
        while let Some(answer) = answers.next().await.map_err(node::told)? {
            match answer {
                Ok(issued) => tell_issued(&issued, output)?,
                Err(problem) => {
                    refused += 1;
                    tell_refused(*problem, output)?;
                }
            }
        }
        Ok(if refused == 0 {
            ExitCode::SUCCESS
        } else {
            ExitCode::FAILURE
        })
    })
}

async fn start(
    client: &Client,
    what: What,
    records: impl Stream<Item = io::Result<Bytes>> + Send + Sync + 'static,
) -> Result<Issuing, ClientError> {
    match what {
        What::Certificates => client.issue_certificates(records).await,
        What::Merchants => client.enrol_merchants(records).await,
    }
}

fn tell_issued(issued: &Issued, output: &Output) -> anyhow::Result<()> {
    if output.is_json() {
        return output.object(issued);
    }
    let position = format!("{}:{}:{}", issued.hub, issued.epoch, issued.index);
    output.line(format!(
        "{}  {position}  {}",
        output.paint(crate::output::GOOD, "issued"),
        issued.id
    ))
}

fn tell_refused(problem: Problem, output: &Output) -> anyhow::Result<()> {
    if output.is_json() {
        return output.object(&problem);
    }
    let line = problem.line.map_or_else(String::new, |line| format!("line {line}: "));
    let field = problem
        .field
        .as_ref()
        .map_or_else(String::new, |field| format!("{field}: "));
    let refused = output.paint(crate::output::BAD, "refused");
    output.line(format!("{refused} {line}{field}{}", problem.message))?;
    match problem.next {
        Some(next) => output.line(format!("         next: {next}")),
        None => Ok(()),
    }
}

/// The input as JSON lines, read by a thread of its own: standard input cannot be read without blocking.
fn records(path: &Path) -> anyhow::Result<impl Stream<Item = io::Result<Bytes>> + Send + Sync + 'static> {
    let reader = input::open(path)?;
    let (mut sender, receiver) = mpsc::channel(CHUNKS_AHEAD);
    std::thread::spawn(move || {
        // Sending fails when the command has ended: then nobody needs the rest.
        let mut send = |chunk| futures::executor::block_on(sender.send(chunk)).map_err(|_| Gone);
        let _: Result<(), Gone> = feed(BufReader::with_capacity(CHUNK_BYTES, reader), &mut send);
    });
    Ok(receiver)
}

/// The command ended before its input did.
struct Gone;

fn feed(mut reader: impl BufRead, send: &mut impl FnMut(io::Result<Bytes>) -> Result<(), Gone>) -> Result<(), Gone> {
    let mut first = Vec::new();
    if let Err(error) = (&mut reader).take(DOCUMENT_BYTES_MAX).read_until(b'\n', &mut first) {
        return send(Err(error));
    }
    if let Some(lines) = document_as_lines(&first, &mut reader) {
        return send(lines);
    }
    send(Ok(first.into()))?;
    loop {
        let chunk = match reader.fill_buf() {
            Ok([]) => return Ok(()),
            Ok(chunk) => Bytes::copy_from_slice(chunk),
            Err(error) => return send(Err(error)),
        };
        reader.consume(chunk.len());
        send(Ok(chunk))?;
    }
}

/// A document that is not JSON lines, as JSON lines: one object over several lines, or an array of objects.
fn document_as_lines(first: &[u8], reader: &mut impl BufRead) -> Option<io::Result<Bytes>> {
    let opening = first.iter().find(|byte| !byte.is_ascii_whitespace());
    let spread = serde_json::from_slice::<IgnoredAny>(first)
        .is_err_and(|error| error.is_eof() && matches!(opening, Some(b'{' | b'[')));
    if !spread && opening != Some(&b'[') {
        return None;
    }
    let mut text = first.to_vec();
    if let Err(error) = reader.take(DOCUMENT_BYTES_MAX).read_to_end(&mut text) {
        return Some(Err(error));
    }
    // What cannot be read as a whole goes on as it is, and the node says what is wrong with it.
    let lines = str::from_utf8(&text).ok().and_then(objects_as_lines);
    Some(Ok(lines.unwrap_or_else(|| text.into())))
}

/// Each object of the document on the line on which it begins, so that a refusal names that line.
///
/// The objects stay as they were written: reading and printing them would drop a name that is given twice, and the node
/// must see it to refuse it.
fn objects_as_lines(text: &str) -> Option<Bytes> {
    let objects: Vec<&RawValue> = match serde_json::from_str(text) {
        Ok(objects) => objects,
        Err(_) => vec![serde_json::from_str(text).ok()?],
    };
    let mut lines = String::with_capacity(text.len() + objects.len());
    let mut lines_written = 0;
    for object in objects.iter().map(|object| object.get()) {
        let before = &text[..object.as_ptr().addr() - text.as_ptr().addr()];
        let line = before.bytes().filter(|byte| *byte == b'\n').count();
        lines.extend(std::iter::repeat_n('\n', line.saturating_sub(lines_written)));
        // Between the parts of an object a line end is a space; inside a text there can be none.
        lines.extend(
            object
                .chars()
                .map(|letter| if matches!(letter, '\n' | '\r') { ' ' } else { letter }),
        );
        lines.push('\n');
        lines_written = line.max(lines_written) + 1;
    }
    Some(lines.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fed(text: &str) -> String {
        let mut lines = Vec::new();
        let mut send = |chunk: io::Result<Bytes>| {
            lines.extend_from_slice(&chunk.expect("a slice is read without fault"));
            Ok(())
        };
        assert!(feed(text.as_bytes(), &mut send).is_ok());
        String::from_utf8(lines).unwrap()
    }

    #[test]
    fn json_lines_go_out_as_they_are_so_that_line_numbers_hold() {
        let text = "{\"a\":1}\n\nnot json\n{\"b\":2}";
        assert_eq!(fed(text), text);
    }

    #[test]
    fn an_object_over_several_lines_becomes_one_line() {
        assert_eq!(
            fed("{\n  \"b\": 1,\n  \"a\": [2]\n}\n"),
            "{   \"b\": 1,   \"a\": [2] }\n"
        );
    }

    #[test]
    fn an_array_becomes_one_line_an_object() {
        assert_eq!(fed("[{\"a\":1},\n {\"a\":2}]"), "{\"a\":1}\n{\"a\":2}\n");
    }

    #[test]
    fn each_object_of_an_array_stands_on_the_line_on_which_it_begins() {
        let text = "[\n{\"a\":\n1},\n\n{\"a\":2}]";
        assert_eq!(fed(text), "\n{\"a\": 1}\n\n\n{\"a\":2}\n");
    }

    #[test]
    fn a_name_given_twice_reaches_the_node_which_refuses_it() {
        assert_eq!(fed("{\n\"a\": 1,\n\"a\": 2}"), "{ \"a\": 1, \"a\": 2}\n");
    }

    #[test]
    fn what_breaks_off_goes_out_as_it_is_so_that_the_node_can_say_so() {
        assert_eq!(fed("{\n  \"b\": "), "{\n  \"b\": ");
    }
}
