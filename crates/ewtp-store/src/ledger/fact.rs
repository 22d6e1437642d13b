//! The forms of facts at rest: bodies of the small frames, which are also the values of their index rows.

use bytes::Bytes;
use ewtp_federation::{
    COSIGNATURES_MAX, CosignGuard, CosignedCheckpoint, Fact, Guard, Halt, SignedCheckpoint, Split, WitnessSignature,
};
use ewtp_record::{CharterId, CharterName, NodeKey, UnixTime};

use crate::ledger::frame::FrameKind;
use crate::wire::{Input, put_hub, put_log};

/// The kind of frame that holds a fact.
pub(crate) fn kind(fact: &Fact) -> FrameKind {
    match fact {
        Fact::Checkpoint(..) => FrameKind::Checkpoint,
        Fact::Cosigned(..) => FrameKind::Cosigned,
        Fact::Guard(..) => FrameKind::Guard,
        Fact::CosignGuard(..) => FrameKind::CosignGuard,
        Fact::Charter(..) => FrameKind::Charter,
        Fact::Evidence(..) => FrameKind::Evidence,
        Fact::Halt(..) => FrameKind::Halt,
    }
}

/// Appends the body of a fact's frame.
pub(crate) fn encode(fact: &Fact, out: &mut Vec<u8>) {
    match fact {
        Fact::Checkpoint(hub, checkpoint) => {
            put_hub(out, *hub);
            put_checkpoint(out, checkpoint);
        }
        Fact::Cosigned(hub, cosigned) => {
            put_hub(out, *hub);
            put_cosigned(out, cosigned);
        }
        Fact::Guard(log, Guard { size, root }) => {
            put_log(out, *log);
            out.extend_from_slice(&size.to_be_bytes());
            out.extend_from_slice(root.as_bytes());
        }
        Fact::CosignGuard(log, CosignGuard { size, root, time }) => {
            put_log(out, *log);
            out.extend_from_slice(&size.to_be_bytes());
            out.extend_from_slice(root.as_bytes());
            out.extend_from_slice(&time.0.to_be_bytes());
        }
        Fact::Charter(hub, record) => {
            put_hub(out, *hub);
            out.extend_from_slice(record);
        }
        Fact::Evidence(hub, split) => {
            let Split { held, offered } = &**split;
            put_hub(out, *hub);
            put_checkpoint(out, offered);
            put_optional(out, held.as_ref(), put_checkpoint);
        }
        Fact::Halt(log, Halt { shown, by, at, lifted }) => {
            put_log(out, *log);
            put_checkpoint(out, shown);
            out.extend_from_slice(by.as_bytes());
            out.extend_from_slice(&at.0.to_be_bytes());
            out.push(u8::from(*lifted));
        }
    }
}

/// Reads a body of that kind; `None` when it is none.
pub(crate) fn decode(kind: FrameKind, body: &Bytes) -> Option<Fact> {
    let mut input = Input(body);
    let fact = match kind {
        FrameKind::Entries => return None,
        FrameKind::Checkpoint => Fact::Checkpoint(input.hub()?, checkpoint(&mut input)?),
        FrameKind::Cosigned => Fact::Cosigned(input.hub()?, cosigned(&mut input)?),
        FrameKind::Guard => Fact::Guard(input.log()?, guard(&mut input)?),
        FrameKind::CosignGuard => Fact::CosignGuard(input.log()?, cosign_guard(&mut input)?),
        FrameKind::Charter => {
            let hub = input.hub()?;
            return Some(Fact::Charter(hub, body.slice_ref(input.0)));
        }
        FrameKind::Evidence => Fact::Evidence(input.hub()?, Box::new(split(&mut input)?)),
        FrameKind::Halt => Fact::Halt(input.log()?, halt(&mut input)?),
    };
    input.end()?;
    Some(fact)
}

fn guard(input: &mut Input<'_>) -> Option<Guard> {
    Some(Guard {
        size: input.u64()?,
        root: input.hash()?,
    })
}

fn cosign_guard(input: &mut Input<'_>) -> Option<CosignGuard> {
    Some(CosignGuard {
        size: input.u64()?,
        root: input.hash()?,
        time: UnixTime(input.u64()?),
    })
}

fn split(input: &mut Input<'_>) -> Option<Split> {
    Some(Split {
        offered: checkpoint(input)?,
        held: optional(input, checkpoint)?,
    })
}

fn halt(input: &mut Input<'_>) -> Option<Halt> {
    Some(Halt {
        shown: checkpoint(input)?,
        by: NodeKey(input.array()?),
        at: UnixTime(input.u64()?),
        lifted: match input.u8()? {
            0 => false,
            1 => true,
            _ => return None,
        },
    })
}

/// One byte says whether a value follows.
fn put_optional<T>(out: &mut Vec<u8>, value: Option<&T>, put: impl Fn(&mut Vec<u8>, &T)) {
    out.push(u8::from(value.is_some()));
    if let Some(value) = value {
        put(out, value);
    }
}

fn optional<T>(input: &mut Input<'_>, read: impl Fn(&mut Input<'_>) -> Option<T>) -> Option<Option<T>> {
    match input.u8()? {
        0 => Some(None),
        1 => read(input).map(Some),
        _ => None,
    }
}

fn put_checkpoint(out: &mut Vec<u8>, checkpoint: &SignedCheckpoint) {
    out.extend_from_slice(&checkpoint.epoch.to_be_bytes());
    out.extend_from_slice(&checkpoint.charter.number.to_be_bytes());
    out.extend_from_slice(checkpoint.charter.id.as_bytes());
    out.extend_from_slice(&checkpoint.size.to_be_bytes());
    out.extend_from_slice(checkpoint.root.as_bytes());
    out.extend_from_slice(&checkpoint.signature);
}

fn checkpoint(input: &mut Input<'_>) -> Option<SignedCheckpoint> {
    Some(SignedCheckpoint {
        epoch: input.u32()?,
        charter: CharterName {
            number: input.u32()?,
            id: CharterId(input.array()?),
        },
        size: input.u64()?,
        root: input.hash()?,
        signature: input.array()?,
    })
}

fn put_cosigned(out: &mut Vec<u8>, cosigned: &CosignedCheckpoint) {
    put_checkpoint(out, &cosigned.checkpoint);
    out.push(u8::try_from(cosigned.cosignatures.len()).expect("a panel has at most 15 hubs: checked at commit"));
    for witness in &cosigned.cosignatures {
        put_hub(out, witness.hub);
        out.extend_from_slice(&witness.time.0.to_be_bytes());
        out.extend_from_slice(&witness.signature);
    }
}

fn cosigned(input: &mut Input<'_>) -> Option<CosignedCheckpoint> {
    let checkpoint = checkpoint(input)?;
    let count = usize::from(input.u8()?);
    if count > COSIGNATURES_MAX {
        return None;
    }
    let witness = |_| {
        let (hub, time, signature) = (input.hub()?, UnixTime(input.u64()?), input.array()?);
        Some(WitnessSignature { hub, time, signature })
    };
    let cosignatures = (0..count).map(witness).collect::<Option<Vec<_>>>()?;
    Some(CosignedCheckpoint {
        checkpoint,
        cosignatures,
    })
}

#[cfg(test)]
mod tests {
    use ewtp_log::Hash;
    use ewtp_record::{HubCode, LogId};

    use super::*;

    fn facts() -> Vec<Fact> {
        let hub: HubCode = "CN-HGH".parse().unwrap();
        let log = LogId { hub, epoch: 3 };
        let checkpoint = SignedCheckpoint {
            epoch: 3,
            charter: CharterName {
                number: 2,
                id: CharterId([4; 32]),
            },
            size: 99,
            root: Hash([5; 32]),
            signature: [6; 64],
        };
        let other = SignedCheckpoint {
            root: Hash([9; 32]),
            ..checkpoint
        };
        let offered = checkpoint.clone();
        let split = |held| Split {
            held,
            offered: offered.clone(),
        };
        let halt = Halt {
            shown: offered.clone(),
            by: NodeKey([4; 32]),
            at: UnixTime(5),
            lifted: true,
        };
        let witness = WitnessSignature {
            hub: "MY".parse().unwrap(),
            time: UnixTime(77),
            signature: [8; 64],
        };
        let cosigned = CosignedCheckpoint {
            checkpoint: checkpoint.clone(),
            cosignatures: vec![witness; 15],
        };
        vec![
            Fact::Checkpoint(hub, checkpoint),
            Fact::Cosigned(hub, cosigned),
            Fact::Guard(
                log,
                Guard {
                    size: 4,
                    root: Hash([1; 32]),
                },
            ),
            Fact::CosignGuard(
                log,
                CosignGuard {
                    size: 4,
                    root: Hash([1; 32]),
                    time: UnixTime(12),
                },
            ),
            Fact::Charter(hub, Bytes::from_static(b"charter")),
            Fact::Evidence(hub, Box::new(split(None))),
            Fact::Evidence(hub, Box::new(split(Some(other)))),
            Fact::Halt(log, halt),
        ]
    }

    #[test]
    fn every_fact_is_read_back() {
        for fact in facts() {
            let mut body = Vec::new();
            encode(&fact, &mut body);
            assert_eq!(decode(kind(&fact), &body.into()), Some(fact));
        }
    }

    #[test]
    fn a_shortened_fact_is_refused() {
        for fact in facts().into_iter().filter(|fact| kind(fact) != FrameKind::Charter) {
            let mut body = Vec::new();
            encode(&fact, &mut body);
            body.pop();
            assert_eq!(decode(kind(&fact), &body.into()), None);
        }
    }
}
