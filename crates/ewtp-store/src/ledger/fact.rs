//! The bodies of the small frames, which are also the values of their index rows: checkpoints, guards, charters.

use bytes::Bytes;
use ewtp_federation::checkpoint::COSIGNATURES_MAX;
use ewtp_federation::{CosignedCheckpoint, SignedCheckpoint, WitnessSignature};
use ewtp_log::Hash;
use ewtp_record::{HubCode, LogId, UnixTime};

use crate::ledger::frame::FrameKind;
use crate::wire::{Input, put_hub, put_log};

/// A guard before a log key signs: size and root.
pub(crate) type Guard = (u64, Hash);

/// A guard before a witness key signs: size, root and the time to be stated.
pub(crate) type CosignGuard = (u64, Hash, UnixTime);

/// Something the store must remember that is not an entry; the newest of its kind and log counts, charters all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Fact {
    Checkpoint(HubCode, SignedCheckpoint),
    Cosigned(HubCode, CosignedCheckpoint),
    Guard(LogId, Guard),
    CosignGuard(LogId, CosignGuard),
    Charter(HubCode, Bytes),
}

impl Fact {
    pub(crate) fn kind(&self) -> FrameKind {
        match self {
            Self::Checkpoint(..) => FrameKind::Checkpoint,
            Self::Cosigned(..) => FrameKind::Cosigned,
            Self::Guard(..) => FrameKind::Guard,
            Self::CosignGuard(..) => FrameKind::CosignGuard,
            Self::Charter(..) => FrameKind::Charter,
        }
    }

    pub(crate) fn encode(&self, out: &mut Vec<u8>) {
        match self {
            Self::Checkpoint(hub, checkpoint) => {
                put_hub(out, *hub);
                put_checkpoint(out, checkpoint);
            }
            Self::Cosigned(hub, cosigned) => {
                put_hub(out, *hub);
                put_cosigned(out, cosigned);
            }
            Self::Guard(log, (size, root)) => {
                put_log(out, *log);
                out.extend_from_slice(&size.to_be_bytes());
                out.extend_from_slice(root.as_bytes());
            }
            Self::CosignGuard(log, (size, root, time)) => {
                put_log(out, *log);
                out.extend_from_slice(&size.to_be_bytes());
                out.extend_from_slice(root.as_bytes());
                out.extend_from_slice(&time.0.to_be_bytes());
            }
            Self::Charter(hub, record) => {
                put_hub(out, *hub);
                out.extend_from_slice(record);
            }
        }
    }

    /// Reads a body of that kind; `None` when it is none.
    pub(crate) fn decode(kind: FrameKind, body: &Bytes) -> Option<Self> {
        let mut input = Input(body);
        let fact = match kind {
            FrameKind::Entries => return None,
            FrameKind::Checkpoint => Self::Checkpoint(input.hub()?, checkpoint(&mut input)?),
            FrameKind::Cosigned => Self::Cosigned(input.hub()?, cosigned(&mut input)?),
            FrameKind::Guard => Self::Guard(input.log()?, (input.u64()?, input.hash()?)),
            FrameKind::CosignGuard => {
                Self::CosignGuard(input.log()?, (input.u64()?, input.hash()?, UnixTime(input.u64()?)))
            }
            FrameKind::Charter => {
                let hub = input.hub()?;
                return Some(Self::Charter(hub, body.slice_ref(input.0)));
            }
        };
        input.end()?;
        Some(fact)
    }
}

fn put_checkpoint(out: &mut Vec<u8>, checkpoint: &SignedCheckpoint) {
    out.extend_from_slice(&checkpoint.epoch.to_be_bytes());
    out.extend_from_slice(&checkpoint.charter.to_be_bytes());
    out.extend_from_slice(&checkpoint.size.to_be_bytes());
    out.extend_from_slice(checkpoint.root.as_bytes());
    out.extend_from_slice(&checkpoint.signature);
}

fn checkpoint(input: &mut Input<'_>) -> Option<SignedCheckpoint> {
    Some(SignedCheckpoint {
        epoch: input.u32()?,
        charter: input.u32()?,
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
    use super::*;

    fn facts() -> Vec<Fact> {
        let hub: HubCode = "CN-HGH".parse().unwrap();
        let log = LogId { hub, epoch: 3 };
        let checkpoint = SignedCheckpoint {
            epoch: 3,
            charter: 2,
            size: 99,
            root: Hash([5; 32]),
            signature: [6; 64],
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
            Fact::Guard(log, (4, Hash([1; 32]))),
            Fact::CosignGuard(log, (4, Hash([1; 32]), UnixTime(12))),
            Fact::Charter(hub, Bytes::from_static(b"charter")),
        ]
    }

    #[test]
    fn every_fact_is_read_back() {
        for fact in facts() {
            let mut body = Vec::new();
            fact.encode(&mut body);
            assert_eq!(Fact::decode(fact.kind(), &body.into()), Some(fact));
        }
    }

    #[test]
    fn a_shortened_fact_is_refused() {
        for fact in facts().into_iter().filter(|fact| fact.kind() != FrameKind::Charter) {
            let mut body = Vec::new();
            fact.encode(&mut body);
            body.pop();
            assert_eq!(Fact::decode(fact.kind(), &body.into()), None);
        }
    }
}
