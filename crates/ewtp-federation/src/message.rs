//! The control messages of the sync protocol, one CBOR array a frame with its kind first. spec: sync R2.

mod convert;

use bytes::Bytes;
use ewtp_log::Hash;
use ewtp_record::{
    HubCode, NetName, array_form,
    cbor::{self, Blob, Limits, Octets},
};

use crate::checkpoint::{CosignedCheckpoint, WitnessSignature};
use crate::frontier::{Frontier, FrontierEntry};
use crate::limits::{CHARTERS_PER_MESSAGE_MAX, MESSAGE_BYTES_MAX};
use crate::run::Fault;
use crate::wire::{self, CosignedForm};

/// The protocol version spoken here; each side lists what it speaks and uses the highest common one.
pub const VERSION: u64 = 1;

/// Every version spoken here.
pub(crate) const VERSIONS: [u64; 1] = [VERSION];

/// The first kind that this version does not know.
const LATER_KIND: u8 = 8;

/// What two nodes say to each other outside of bulk transfer.
#[derive(Clone, Debug, PartialEq)]
pub enum Message {
    /// First on every connection.
    Hello(Hello),
    /// "This is the digest of my frontier." Answered by [`Message::Frontier`] when it differs.
    Digest(Hash),
    /// Entries of the sender's frontier that changed since it last told this peer.
    Frontier(Frontier),
    /// Asks for the charters of a hub from a number on.
    GetCharters {
        /// Whose.
        hub: HubCode,
        /// First number wanted.
        from: u32,
    },
    /// Charter records of a hub in the order of their numbers.
    Charters {
        /// Whose.
        hub: HubCode,
        /// Exact record bytes.
        records: Vec<Bytes>,
    },
    /// Asks for the newest cosigned checkpoint of a hub.
    GetCheckpoint {
        /// Whose.
        hub: HubCode,
    },
    /// A checkpoint of a hub with its cosignatures.
    Checkpoint {
        /// Whose.
        hub: HubCode,
        /// The set.
        cosigned: CosignedCheckpoint,
    },
    /// A witness's signature on its way to the hub that asked for it; also gossiped on the witness topic.
    Cosignature(Cosignature),
    /// Of a kind that this version does not know. A later version may have added it, so it is no fault to send one.
    Later,
}

/// The first message on a connection.
#[derive(Clone, Debug, PartialEq)]
pub struct Hello {
    /// Protocol versions spoken.
    pub versions: Vec<u64>,
    /// The network; another one ends the connection.
    pub net: NetName,
    /// The hub the node belongs to.
    pub hub: HubCode,
    /// This start of the node: 16 random bytes.
    pub instance: [u8; 16],
}

/// One witness's signature on one checkpoint of one log.
#[derive(Clone, Debug, PartialEq)]
pub struct Cosignature {
    /// Whose log was witnessed.
    pub hub: HubCode,
    /// Which generation of it.
    pub epoch: u32,
    /// The checkpoint's size; its hub knows the root.
    pub size: u64,
    /// Who witnessed, when, and the signature.
    pub witness: WitnessSignature,
}

struct HelloForm {
    kind: u8,
    versions: Vec<u64>,
    net: NetName,
    hub: HubCode,
    instance: Octets<16>,
}
array_form!(HelloForm {
    kind,
    versions,
    net,
    hub,
    instance
});

struct DigestForm {
    kind: u8,
    digest: Octets<32>,
}
array_form!(DigestForm { kind, digest });

struct FrontierForm {
    kind: u8,
    entries: Vec<EntryForm>,
}
array_form!(FrontierForm { kind, entries });

struct EntryForm {
    hub: HubCode,
    charter: u32,
    epoch: u32,
    size: u64,
    root: Octets<32>,
    cosigned_size: u64,
    cosignatures: u32,
}
array_form!(EntryForm {
    hub,
    charter,
    epoch,
    size,
    root,
    cosigned_size,
    cosignatures
});

struct GetChartersForm {
    kind: u8,
    hub: HubCode,
    from: u32,
}
array_form!(GetChartersForm { kind, hub, from });

struct ChartersForm {
    kind: u8,
    hub: HubCode,
    records: Vec<Blob>,
}
array_form!(ChartersForm { kind, hub, records });

struct GetCheckpointForm {
    kind: u8,
    hub: HubCode,
}
array_form!(GetCheckpointForm { kind, hub });

struct CheckpointMessageForm {
    kind: u8,
    hub: HubCode,
    cosigned: CosignedForm,
}
array_form!(CheckpointMessageForm { kind, hub, cosigned });

struct CosignatureForm {
    kind: u8,
    hub: HubCode,
    epoch: u32,
    size: u64,
    witness: HubCode,
    time: u64,
    signature: Octets<64>,
}
array_form!(CosignatureForm {
    kind,
    hub,
    epoch,
    size,
    witness,
    time,
    signature
});

/// Reads one frame.
///
/// # Errors
/// [`Fault::Cbor`] or [`Fault::Malformed`]: the sender's fault.
pub fn decode(frame: &[u8]) -> Result<Message, Fault> {
    let limits = Limits::message(MESSAGE_BYTES_MAX);
    cbor::scan(frame, &limits).map_err(Fault::Cbor)?;
    // After the scan a kind below 24 is the one byte behind the array's head.
    match frame.get(1) {
        Some(0) => decode_form(frame).and_then(|form: HelloForm| form.try_into().map(Message::Hello)),
        Some(1) => decode_form(frame).map(|form: DigestForm| Message::Digest(Hash(form.digest.0))),
        Some(2) => decode_form(frame).and_then(|form: FrontierForm| form.try_into().map(Message::Frontier)),
        Some(3) => decode_form(frame).map(|form: GetChartersForm| Message::GetCharters {
            hub: form.hub,
            from: form.from,
        }),
        Some(4) => decode_form(frame).and_then(charters),
        Some(5) => decode_form(frame).map(|form: GetCheckpointForm| Message::GetCheckpoint { hub: form.hub }),
        Some(6) => decode_form(frame).and_then(|form: CheckpointMessageForm| {
            Ok(Message::Checkpoint {
                hub: form.hub,
                cosigned: form.cosigned.try_into()?,
            })
        }),
        Some(7) => decode_form(frame).and_then(|form: CosignatureForm| form.try_into().map(Message::Cosignature)),
        Some(kind) if is_later_kind(frame[0], *kind) => Ok(Message::Later),
        _ => Err(Fault::malformed("kind", "a message without a kind")),
    }
}

/// One frame.
#[must_use]
pub fn encode(message: &Message) -> Bytes {
    let bytes = match message {
        Message::Hello(hello) => cbor::encode(&HelloForm::from(hello)),
        Message::Digest(digest) => cbor::encode(&DigestForm {
            kind: 1,
            digest: Octets(digest.0),
        }),
        Message::Frontier(frontier) => return encode_frontier(frontier),
        Message::GetCharters { hub, from } => cbor::encode(&GetChartersForm {
            kind: 3,
            hub: *hub,
            from: *from,
        }),
        Message::Charters { hub, records } => {
            let records = records.iter().cloned().map(Blob).collect();
            cbor::encode(&ChartersForm {
                kind: 4,
                hub: *hub,
                records,
            })
        }
        Message::GetCheckpoint { hub } => cbor::encode(&GetCheckpointForm { kind: 5, hub: *hub }),
        Message::Checkpoint { hub, cosigned } => cbor::encode(&CheckpointMessageForm {
            kind: 6,
            hub: *hub,
            cosigned: cosigned.into(),
        }),
        Message::Cosignature(cosignature) => cbor::encode(&CosignatureForm::from(cosignature)),
        // Nobody sends what it does not know; this is the shortest that reads as it.
        Message::Later => vec![0x81, LATER_KIND],
    };
    bytes.into()
}

/// The frame of [`Message::Frontier`]; digests are computed over it: [`frontier_head`], and [`encode_entry`] of each entry.
fn encode_frontier(frontier: &Frontier) -> Bytes {
    let mut frame = frontier_head(frontier.entries.len());
    for (hub, entry) in &frontier.entries {
        frame.extend(encode_entry(hub, entry));
    }
    frame.into()
}

/// What stands before the entries in the frame of a frontier of so many.
pub(crate) fn frontier_head(entries: usize) -> Vec<u8> {
    let mut head = cbor::array_head(2);
    head.extend(cbor::encode(&2));
    head.extend(cbor::array_head(entries));
    head
}

/// One entry of a frontier, as its frame has it.
pub(crate) fn encode_entry(hub: &HubCode, entry: &FrontierEntry) -> Vec<u8> {
    cbor::encode(&EntryForm::from((hub, entry)))
}

/// Whether a scanned frame begins as an array of at most 23 elements whose first is a number. spec: sync R2
fn is_later_kind(head: u8, first: u8) -> bool {
    const ARRAYS: std::ops::RangeInclusive<u8> = 0x81..=0x97;
    const NUMBERS: std::ops::RangeInclusive<u8> = 0x00..=0x1b;
    ARRAYS.contains(&head) && NUMBERS.contains(&first)
}

fn decode_form<T: serde::de::DeserializeOwned>(frame: &[u8]) -> Result<T, Fault> {
    wire::read(frame, MESSAGE_BYTES_MAX)
}

fn charters(form: ChartersForm) -> Result<Message, Fault> {
    if !(1..=CHARTERS_PER_MESSAGE_MAX).contains(&form.records.len()) {
        let why = format!("{} charters in one message", form.records.len());
        return Err(Fault::malformed("charters", why));
    }
    Ok(Message::Charters {
        hub: form.hub,
        records: form.records.into_iter().map(|blob| blob.0).collect(),
    })
}

#[cfg(test)]
mod tests;
