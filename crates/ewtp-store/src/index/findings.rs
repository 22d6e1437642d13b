//! Findings at rest: one row holds those of a whole 256-record bundle, so examining a bundle costs one row.

use ewtp_record::{LogId, RecordId, RecordKind, UnixTime};
use ewtp_trust::{Finding, Standing};

use crate::wire::{Input, put_hub};

/// Whether the records of a kind are listed often and logged seldom, so that a row for each spares reading whole logs. A row
/// costs a page of the engine: a kind of which hubs log thousands a day is none of these.
pub(crate) fn is_rare(kind: RecordKind) -> bool {
    kind == RecordKind::TARIFF_EDITION
}

/// The value of a finding row.
pub(crate) fn encode(findings: &[Finding]) -> Vec<u8> {
    let mut value = Vec::with_capacity(findings.len() * 128);
    for finding in findings {
        let start = value.len();
        value.extend_from_slice(&[0; 2]);
        put(&mut value, finding);
        let bytes = u16::try_from(value.len() - start - 2).expect("a finding has fixed fields and two short texts");
        value[start..start + 2].copy_from_slice(&bytes.to_be_bytes());
    }
    value
}

fn put(out: &mut Vec<u8>, finding: &Finding) {
    out.extend_from_slice(&finding.id.0);
    out.extend_from_slice(&finding.kind.number().to_be_bytes());
    put_hub(out, finding.issuer);
    out.extend_from_slice(&finding.revision.to_be_bytes());
    out.extend_from_slice(&finding.issued_at.0.to_be_bytes());
    out.extend_from_slice(&finding.expires_at.0.to_be_bytes());
    // The flag behind it tells "absent" from a not-before of zero.
    out.extend_from_slice(&finding.not_before.map_or(0, |time| time.0).to_be_bytes());
    out.push(u8::from(finding.not_before.is_some()));
    put_text(out, finding.standing.code());
    put_text(out, finding.subject.as_str());
}

fn put_text(out: &mut Vec<u8>, text: &str) {
    out.push(u8::try_from(text.len()).expect("codes and subjects have at most 64 bytes"));
    out.extend_from_slice(text.as_bytes());
}

/// How many findings a row holds; `None` when it is none of ours.
pub(crate) fn count(value: &[u8]) -> Option<u64> {
    let (mut rest, mut count) = (Input(value), 0);
    while rest.end().is_none() {
        let bytes = usize::from(rest.u16()?);
        rest.take(bytes)?;
        count += 1;
    }
    Some(count)
}

/// All findings of a row, the first of which is of index `start`; `None` when the row is none of ours.
pub(crate) fn decode(log: LogId, start: u64, value: &[u8]) -> Option<Vec<Finding>> {
    let mut rest = Input(value);
    let mut findings = Vec::new();
    while rest.end().is_none() {
        findings.push(finding(log, start + findings.len() as u64, &mut rest)?);
    }
    Some(findings)
}

/// The finding of one index in a row, without reading those before it; outer `None` as in [`decode`].
pub(crate) fn nth(log: LogId, start: u64, index: u64, value: &[u8]) -> Option<Option<Finding>> {
    let mut rest = Input(value);
    for _ in start..index {
        if rest.end().is_some() {
            return Some(None);
        }
        let bytes = usize::from(rest.u16()?);
        rest.take(bytes)?;
    }
    if rest.end().is_some() {
        Some(None)
    } else {
        finding(log, index, &mut rest).map(Some)
    }
}

fn finding(log: LogId, index: u64, rest: &mut Input<'_>) -> Option<Finding> {
    let bytes = usize::from(rest.u16()?);
    let mut input = Input(rest.take(bytes)?);
    let (id, kind, issuer) = (RecordId(input.array()?), RecordKind::new(input.u16()?)?, input.hub()?);
    let revision = input.u32()?;
    let (issued_at, expires_at) = (UnixTime(input.u64()?), UnixTime(input.u64()?));
    let (not_before, has_not_before) = (UnixTime(input.u64()?), input.u8()? == 1);
    let standing = Standing::from_code(text(&mut input)?)?;
    let subject = text(&mut input)?.parse().ok()?;
    let not_before = has_not_before.then_some(not_before);
    input.end()?;
    Some(Finding {
        position: log.at(index),
        id,
        kind,
        issuer,
        subject,
        revision,
        issued_at,
        expires_at,
        not_before,
        standing,
    })
}

fn text<'a>(input: &mut Input<'a>) -> Option<&'a str> {
    let bytes = usize::from(input.u8()?);
    std::str::from_utf8(input.take(bytes)?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture;

    #[test]
    fn findings_are_read_back_whole_and_one_by_one() {
        let log = fixture::log("MY");
        let findings: Vec<Finding> = (512..600).map(|index| fixture::finding(log, index)).collect();
        let value = encode(&findings);
        assert_eq!(decode(log, 512, &value).unwrap(), findings);
        for finding in &findings {
            assert_eq!(
                nth(log, 512, finding.position.index, &value).unwrap().as_ref(),
                Some(finding)
            );
        }
        assert_eq!(nth(log, 512, 600, &value).unwrap(), None);
    }

    #[test]
    fn a_shortened_row_is_refused() {
        let log = fixture::log("MY");
        let mut value = encode(&[fixture::finding(log, 0)]);
        value.pop();
        assert!(decode(log, 0, &value).is_none());
        assert!(nth(log, 0, 0, &value).is_none());
    }
}
