//! The log of all vectors: record `n` is the ASCII text `entry n`, as in the vectors of the log itself.

use bytes::Bytes;
use ewtp_federation::{Announcement, CosignedCheckpoint, Run, SignedCheckpoint, WitnessSignature};
use ewtp_log::{CompactRange, Cosignature, Hash, Tree, leaf_hash};
use ewtp_record::{CharterId, CharterName, HubCode, LogId, NetName, SecretKey, UnixTime};

/// The net of all vectors.
pub(crate) const NET: &str = "test:vectors";
/// When the witness signed: 1 January 2026.
pub(crate) const TIME: UnixTime = UnixTime(1_767_225_600);

pub(crate) fn net() -> NetName {
    NET.parse().expect("a name of a test net")
}

pub(crate) fn hub(code: &str) -> HubCode {
    code.parse().expect("a hub code")
}

pub(crate) fn log() -> LogId {
    LogId {
        hub: hub("MY"),
        epoch: 0,
    }
}

fn log_key() -> SecretKey {
    SecretKey::from_seed(&[0x4c; 32])
}

pub(crate) fn public() -> [u8; 32] {
    *log_key().public().as_bytes()
}

pub(crate) fn records(range: std::ops::Range<u64>) -> Vec<Bytes> {
    range.map(|index| Bytes::from(format!("entry {index}"))).collect()
}

pub(crate) fn tree(size: u64) -> Tree {
    let mut tree = Tree::new();
    records(0..size)
        .iter()
        .for_each(|record| tree.append(leaf_hash(record)));
    tree
}

pub(crate) fn range(size: u64) -> CompactRange {
    tree(size).head().clone()
}

/// What the log key signed at a size.
pub(crate) fn checkpoint(size: u64) -> SignedCheckpoint {
    let root = if size == 0 || size > 10_000 {
        Hash([7; 32])
    } else {
        tree(size).root()
    };
    signed(size, root)
}

/// What the log key signs for a size and root.
pub(crate) fn signed(size: u64, root: Hash) -> SignedCheckpoint {
    let mut checkpoint = SignedCheckpoint {
        epoch: 0,
        charter: CharterName {
            number: 0,
            id: CharterId([0xc0; 32]),
        },
        size,
        root,
        signature: [0; 64],
    };
    let body = checkpoint.note(&net(), hub("MY")).body();
    checkpoint.signature = log_key().sign(body.as_bytes());
    checkpoint
}

/// What the witness keys of these hubs signed on a checkpoint.
pub(crate) fn cosigned(size: u64, witnesses: &[&str]) -> CosignedCheckpoint {
    let checkpoint = checkpoint(size);
    let cosignatures = witnesses.iter().map(|code| witness(&checkpoint, code)).collect();
    CosignedCheckpoint {
        checkpoint,
        cosignatures,
    }
}

pub(crate) fn witness(checkpoint: &SignedCheckpoint, code: &str) -> WitnessSignature {
    let message = Cosignature::message(&checkpoint.note(&net(), hub("MY")), TIME.0);
    WitnessSignature {
        hub: hub(code),
        time: TIME,
        signature: SecretKey::from_seed(&[0x57; 32]).sign(message.as_bytes()),
    }
}

/// The announcement of the records from `start` on.
pub(crate) fn announcement(start: u64, size: u64, cosigned: Option<CosignedCheckpoint>) -> Announcement {
    let records = records(start..size);
    let leaves = records.iter().map(|record| leaf_hash(record)).collect();
    Announcement {
        run: Run {
            hub: hub("MY"),
            checkpoint: checkpoint(size),
            start,
            left: range(start).hashes().to_vec(),
            records,
            leaves,
        },
        asks_cosigning: false,
        cosigned,
    }
}
