//! Bundles: how a stretch of a log is served to a peer that asked for it.
//!
//! The engine plans a serving from hashes it keeps in memory; whoever has the records (the store, the simulator) fills
//! the plan, bundle by bundle, and sends the frames. Each frame proves itself against the signed checkpoint, so frames
//! may come from any peer in any order. spec: sync R10–R13.

use bytes::Bytes;
use ewtp_log::{BUNDLE, CompactRange, Hash, Tree, leaf_hash};
use ewtp_record::{
    CharterName, HubCode, LogId, array_form,
    cbor::{self, Blob, Octets},
};

use crate::checkpoint::SignedCheckpoint;
use crate::limits::{BUNDLE_FRAME_BYTES_MAX, BUNDLE_RECORD_BYTES_MAX, REQUEST_BYTES_MAX, REQUEST_RECORDS_MAX};
use crate::replica::Covered;
use crate::run::{Fault, Placement, Run};
use crate::wire;

/// A request for the records `from..to` of one log, on a stream of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RangeRequest {
    /// Whose log.
    pub hub: HubCode,
    /// Which generation.
    pub epoch: u32,
    /// First index wanted.
    pub from: u64,
    /// Index after the last one wanted.
    pub to: u64,
}
array_form!(RangeRequest { hub, epoch, from, to });

impl RangeRequest {
    /// Reads the one frame of a request.
    ///
    /// # Errors
    /// [`Fault::Cbor`] or [`Fault::Malformed`]: the sender's fault.
    pub fn decode(bytes: &[u8]) -> Result<Self, Fault> {
        let request: Self = wire::read(bytes, REQUEST_BYTES_MAX)?;
        wire::check_sizes(&[request.from, request.to])?;
        if request.from < request.to {
            Ok(request)
        } else {
            Err(Fault::malformed("empty-range", "a range ends before it begins"))
        }
    }

    /// The request's one frame.
    #[must_use]
    pub fn encode(&self) -> Bytes {
        cbor::encode(self).into()
    }
}

/// How to serve a range: one plan a bundle, in order.
#[derive(Clone, Debug)]
pub struct Serving {
    /// Which log.
    pub log: LogId,
    /// What every frame is proven against.
    pub checkpoint: SignedCheckpoint,
    /// What to send, in order.
    pub bundles: Vec<BundlePlan>,
}

impl Serving {
    /// Every bundle of a request, proven against the newest checkpoint that is served; `None` when none of it is held.
    /// spec: sync R11, R12
    pub(crate) fn plan(log: LogId, tree: &Tree, covered: &Covered, request: RangeRequest) -> Option<Self> {
        if (log.hub, log.epoch) != (request.hub, request.epoch) {
            return None;
        }
        let Covered { checkpoint, range } = covered;
        let most = request.from.saturating_add(REQUEST_RECORDS_MAX);
        let end = request.to.min(checkpoint.size).min(most);
        let mut bundles = Vec::new();
        let mut from = request.from;
        while from < end {
            let bundle_start = from - from % BUNDLE;
            let to = (bundle_start + BUNDLE).min(checkpoint.size);
            let left = tree.left(bundle_start / BUNDLE).ok()?;
            let right = tree.right(to, range).ok()?;
            bundles.push(BundlePlan {
                bundle_start,
                from,
                to,
                left,
                right,
            });
            from = to;
        }
        let checkpoint = checkpoint.clone();
        (!bundles.is_empty()).then_some(Self {
            log,
            checkpoint,
            bundles,
        })
    }
}

/// One bundle of a serving: at most 256 records that share a bundle of the log.
#[derive(Clone, Debug)]
pub struct BundlePlan {
    /// First index to read: a multiple of 256. Records before `from` are read for their hashes only.
    pub bundle_start: u64,
    /// First index to send.
    pub from: u64,
    /// Index after the last one to send: the bundle's end, or the checkpoint's size.
    pub to: u64,
    /// Compact range at `bundle_start`.
    pub left: Vec<Hash>,
    /// Blocks that cover `to..size`.
    pub right: Vec<Hash>,
}

struct BundleForm {
    hub: HubCode,
    epoch: u32,
    charter: CharterName,
    size: u64,
    signature: Octets<64>,
    start: u64,
    left: Blob,
    records: Blob,
    right: Blob,
}
array_form!(BundleForm {
    hub,
    epoch,
    charter,
    size,
    signature,
    start,
    left,
    records,
    right
});

/// Reads a bundle frame and computes the root that its checkpoint must have.
///
/// # Errors
/// [`Fault::Cbor`], [`Fault::Malformed`] or [`Fault::Range`]; always the sender's fault.
pub fn decode(frame: &[u8]) -> Result<Run, Fault> {
    let form: BundleForm = wire::read(frame, BUNDLE_FRAME_BYTES_MAX)?;
    wire::check_signed_size(form.size)?;
    let records = wire::split_records(&form.records.0)?;
    if records.is_empty() {
        return Err(Fault::malformed("no-records", "a bundle without records"));
    }
    let placement = Placement {
        hub: form.hub,
        epoch: form.epoch,
        charter: form.charter,
        size: form.size,
        signature: form.signature.0,
        start: form.start,
        left: wire::split_hashes(&form.left)?,
        records,
        right: wire::split_hashes(&form.right)?,
    };
    Run::place(placement).map_err(Fault::Range)
}

/// Fills a plan with the records `bundle_start..to` and gives the frames to send: one, or several when the records are
/// large.
///
/// # Panics
/// If `records` is not exactly that stretch.
#[must_use]
pub fn frames(serving: &Serving, plan: &BundlePlan, records: &[Bytes]) -> Vec<Bytes> {
    frames_within(serving, plan, records, usize::MAX).0
}

/// The first of those [`frames`], until they have `bytes_max` bytes or more, and the index of the record that comes after
/// them: `plan.to` when they are all. The rest is had by the same plan from there.
///
/// # Panics
/// If `records` is not exactly `bundle_start..to`.
#[must_use]
pub fn frames_within(serving: &Serving, plan: &BundlePlan, records: &[Bytes], bytes_max: usize) -> (Vec<Bytes>, u64) {
    assert_eq!(
        records.len() as u64,
        plan.to - plan.bundle_start,
        "the plan names the records that fill it"
    );
    let skip = usize::try_from(plan.from - plan.bundle_start).expect("a bundle has 256 records");
    let mut range = CompactRange::from_parts(plan.bundle_start, plan.left.clone())
        .expect("the engine planned it from a tree of this log");
    records[..skip]
        .iter()
        .for_each(|record| range.append(leaf_hash(record)));
    let mut rest = &records[skip..];
    let (mut frames, mut bytes) = (Vec::with_capacity(1), 0);
    while !rest.is_empty() && bytes < bytes_max {
        let count = frame_records(rest);
        let (now, later) = rest.split_at(count);
        let right = right_of(range.size() + count as u64, later, &plan.right);
        let frame = frame(serving, &range, now, &right);
        bytes += frame.len();
        frames.push(frame);
        if !later.is_empty() {
            now.iter().for_each(|record| range.append(leaf_hash(record)));
        }
        rest = later;
    }
    (frames, plan.to - rest.len() as u64)
}

fn frame(serving: &Serving, range: &CompactRange, records: &[Bytes], right: &[Hash]) -> Bytes {
    let SignedCheckpoint {
        epoch,
        charter,
        size,
        signature,
        ..
    } = serving.checkpoint;
    let form = BundleForm {
        hub: serving.log.hub,
        epoch,
        charter,
        size,
        signature: Octets(signature),
        start: range.size(),
        left: wire::join_hashes(range.hashes()),
        records: wire::join_records(records),
        right: wire::join_hashes(right),
    };
    cbor::encode(&form).into()
}

/// How many of the records go in the next frame: as many as fit, at least one.
fn frame_records(records: &[Bytes]) -> usize {
    let mut room = BUNDLE_RECORD_BYTES_MAX;
    let fitting = records.iter().take_while(|record| {
        let fits = record.len() <= room;
        room = room.saturating_sub(record.len() + wire::RECORD_PREFIX_BYTES);
        fits
    });
    fitting.count().max(1)
}

/// Blocks that cover everything after `end`: first those of the records that go in later frames of this bundle, then
/// those of the rest of the log.
fn right_of(end: u64, later: &[Bytes], rest_of_log: &[Hash]) -> Vec<Hash> {
    let leaves: Vec<Hash> = later.iter().map(|record| leaf_hash(record)).collect();
    let mut blocks = Vec::new();
    let mut at = 0;
    while at < leaves.len() {
        // The largest block that starts here: aligned to its size, and no longer than what is left.
        let aligned = 1_usize << (end + at as u64).trailing_zeros().min(BUNDLE.trailing_zeros());
        let fitting = 1_usize << (leaves.len() - at).ilog2();
        let width = aligned.min(fitting);
        blocks.push(ewtp_log::bundle_root(&leaves[at..at + width]));
        at += width;
    }
    blocks.extend_from_slice(rest_of_log);
    blocks
}

#[cfg(test)]
mod tests;
