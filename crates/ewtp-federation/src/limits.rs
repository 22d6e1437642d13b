//! Every bound of the engine in one place, with what it protects and what happens when it is reached.

use std::time::Duration;

use crate::bucket::Quota;

/// Most bytes of one announcement on the wire: half of gossipsub's frame, so that a frame and its neighbours in the
/// read buffer never pass the transport's limit (which would silence the link). spec: announcement R2.
pub const ANNOUNCEMENT_BYTES_MAX: usize = 32 * 1024;

/// Most bytes of records inside an announcement; what does not fit is pulled. spec: announcement R3.
pub const ANNOUNCEMENT_RECORD_BYTES_MAX: usize = 16 * 1024;

/// Most bytes of one control message of the sync protocol. spec: sync R2.
pub const MESSAGE_BYTES_MAX: usize = 64 * 1024;

/// Most bytes of one range request: hub, epoch and two indexes. spec: sync R10.
pub const REQUEST_BYTES_MAX: usize = 64;

/// Most bytes of one bundle frame; a bundle of large records is split in several frames. spec: sync R13.
pub const BUNDLE_FRAME_BYTES_MAX: usize = 256 * 1024;

/// Most record bytes put in one bundle frame: leaves room for the largest record and the proof around it.
/// spec: sync R12.
pub const BUNDLE_RECORD_BYTES_MAX: usize = 160 * 1024;

/// Most records one range request asks for: sixteen bundles, about 1.6 MB, a quarter second on a 50 Mbit/s line.
pub const REQUEST_RECORDS_MAX: u64 = 16 * ewtp_log::BUNDLE;

/// Range requests in flight for one log. Four keep a long line busy while one is being committed.
pub const REQUESTS_PER_LOG_MAX: usize = 4;

/// Range requests in flight to one peer, over all logs, so that no peer is asked for everything at once.
pub const REQUESTS_PER_PEER_MAX: usize = 8;

/// Range requests of one peer that we serve at a time; a further one is answered "busy" (an empty answer).
pub const SERVINGS_PER_PEER_MAX: usize = 16;

/// Range requests served at a time before further ones wait by hub: two peers that ask for all they may. More at a time would
/// not fill a line better, only thinner.
pub const SERVINGS_MAX: usize = 16;

/// Range requests of one hub that wait for a place; a further one is answered "busy".
pub const SERVINGS_WAITING_PER_HUB_MAX: usize = 64;

/// A request that waited this long for a place is answered "busy": its asker gives up a second later and asks elsewhere.
pub const SERVINGS_WAITING_TIME_MAX: Duration = Duration::from_secs(4);

/// A serving that lasts longer than this waits for its reader and not for our line, and gives its place to another.
pub const SERVING_PLACE_HELD_MAX: Duration = Duration::from_secs(10);

/// What a place costs a hub for each second that it is held, in bytes, when less was read.
pub const PLACE_BYTES_A_SECOND: u64 = 1024 * 1024;

/// Bytes of verified bundles that wait for an earlier one, per log, with what it costs to keep them. A bundle that does
/// not fit is dropped and asked for again.
pub const WINDOW_BYTES_MAX: usize = 16 * 1024 * 1024;

/// Bytes handed to the store and not yet durable. Above it no further range request is sent, so that a slow disk
/// slows the network and not the other way round. Above four times as many, records that still come in are dropped, and pulled
/// again when the disk has caught up: requests on their way and gossip must not fill the memory of a node whose disk stands
/// still. Less with [`crate::Caps::uncommitted_bytes`].
pub const UNCOMMITTED_BYTES_MAX: usize = 64 * 1024 * 1024;

/// Announcements of one hub that are passed on, in bytes: its share of every relay's line, which no other hub takes. Twice what
/// announcement R8 lets it send, since others may pass on a checkpoint of it in two forms. spec: announcement R16
pub const FORWARDED_OF_HUB: Quota = Quota {
    a_second: 128 * 1024,
    at_once: 512 * 1024,
};

/// What hubs beyond their share are given in all, in bytes.
pub const FORWARDED_SPARE: Quota = Quota {
    a_second: 256 * 1024,
    at_once: 1024 * 1024,
};

/// What passing on an announcement costs besides its records, in bytes.
pub const FORWARDED_BYTES_MIN: u64 = 1024;

/// Checkpoints of one hub that are remembered as passed on; those below the ones remembered are not passed on.
pub const FORWARDED_MAX: usize = 64;

/// Gossip of one peer that is verified while more comes than can be, in messages: its part of 200 hubs that announce as fast
/// as they may, when eight peers pass that on.
pub const GATE_OF_SENDER: Quota = Quota {
    a_second: 64,
    at_once: 128,
};

/// The same for what one peer says of one hub: four times what announcement R8 lets that hub send.
pub const GATE_OF_SENDER_FOR_HUB: Quota = Quota {
    a_second: 8,
    at_once: 16,
};

/// Quotas remembered by the gate before those that are full again are forgotten.
pub const GATE_BUCKETS_MAX: usize = 16_384;

/// Verified checkpoints kept per log while the records below them are missing; the smallest goes first.
pub const HEADS_MAX: usize = 64;

/// Records of our own log that wait for their commit. Above it issuing is refused as busy.
pub const JOURNAL_WAITING_MAX: usize = 32_768;

/// Records in one commit of our own log.
pub const JOURNAL_BATCH_MAX: usize = 4_096;

/// Keys of recently issued records kept in memory, so that two equal requests at the same moment are one record.
pub const JOURNAL_RECENT_MAX: usize = 65_536;

/// Entries of one frontier: hubs carried.
pub const FRONTIER_HUBS_MAX: usize = 512;

/// Nodes whose session ended and of which we remember whose they are, in case it begins again without an introduction:
/// several times what a node is connected to.
pub const LEFT_MAX: usize = 512;

/// Protocol versions in one hello.
pub const VERSIONS_MAX: usize = 16;

/// Charters in one `charters` message.
pub const CHARTERS_PER_MESSAGE_MAX: usize = 7;

/// Own checkpoints that still collect cosignatures.
pub const COLLECTING_MAX: usize = 16;

/// Announcements of one hub follow each other at least this far apart; one after a quiet time leaves at once.
pub const ANNOUNCE_EVERY: Duration = Duration::from_millis(500);

/// A set with a quorum of our panel waits so long for the rest before it is announced: as long as a cosignature is on its way.
pub const QUORUM_SET_WAITS: Duration = Duration::from_secs(1);

/// A set without a quorum waits so long, which is less than [`DIGEST_EVERY_BUSY`]: then peers would ask for it.
pub const PARTIAL_SET_WAITS: Duration = Duration::from_secs(4);

/// A hub asks its panel to cosign at most this often, and a witness answers one log at most this often.
// spec: cosignature R5
// spec: announcement R9
pub const COSIGN_EVERY: Duration = Duration::from_secs(2);

/// A witness that saw no request for the newest checkpoint it covers cosigns it after this time all the same: the
/// announcement that asked may have been lost.
pub const COSIGN_UNASKED_AFTER: Duration = Duration::from_secs(5);

/// A cosignature that has not come back in its hub's set after this time is made again when the hub shows that it lacks
/// it.
pub const COSIGN_AGAIN_AFTER: Duration = Duration::from_secs(10);

/// How far the wall clock may move against the monotonic one between two turns, or lie behind a time that we stated, and still
/// be believed. More than a clock is ever corrected by in small steps. spec: cosignature R8
pub const CLOCK_JUMP_MAX_SECONDS: u64 = 120;

/// A wall clock that jumped is believed again after it kept pace for so long.
pub const CLOCK_STEADY_AFTER: Duration = Duration::from_secs(60);

/// Records and charters that were pulled are told to peers after this time, together.
pub const PUSH_AFTER: Duration = Duration::from_millis(100);

/// The same for cosignatures: they are seldom missing for long, and gossip that is on its way saves most of the asking.
pub const PUSH_COSIGNED_AFTER: Duration = Duration::from_millis(500);

/// How often digests are compared while something changed lately, and while nothing does.
pub const DIGEST_EVERY_BUSY: Duration = Duration::from_secs(5);
/// See [`DIGEST_EVERY_BUSY`].
pub const DIGEST_EVERY_IDLE: Duration = Duration::from_secs(60);

/// A question by control message that was not answered is asked again, elsewhere if possible, after this time.
pub const ASK_AGAIN_AFTER: Duration = Duration::from_secs(3);

/// How often one question goes to one peer within [`ASK_AGAIN_AFTER`]. A peer that keeps promising better answers
/// costs no more signature checks than this.
pub const ASKED_OF_ONE_PEER_MAX: u8 = 4;

/// Questions for charters that wait for the answer of one peer; further ones wait their turn. Each answer may have 64 KiB, and
/// they must not fill half of what a peer queues for us, or it ends the session.
pub const CHARTERS_ASKED_AT_ONCE_MAX: usize = 8;

/// Questions for checkpoints that wait for the answer of one peer. Each answer may have two messages of a few KiB.
pub const CHECKPOINTS_ASKED_AT_ONCE_MAX: usize = 64;

/// Messages of kinds that this version does not know that one peer may send within [`ASK_AGAIN_AFTER`]. More than a later
/// version would send to one that cannot answer; beyond that they are a flood. spec: sync R2
pub const LATER_KINDS_MAX: u8 = 64;

/// How many peers are asked for the charters of one hub at a time; each is waited for at most [`ASK_AGAIN_AFTER`].
pub const ASKED_FOR_CHARTERS_MAX: usize = 2;

/// The longest that a peer is left in peace which brings nothing that we can use: pauses double up to this.
pub const PAUSE_MAX: Duration = Duration::from_secs(60);

/// Cosignatures of one witness on one hub's log that a node passes on within [`COSIGN_EVERY`]: the first unchecked, as an
/// honest one comes alone, and others that were checked and hold. spec: announcement R13
pub const RELAYED_COSIGNATURES_MAX: u8 = 4;

/// Cosignatures in the name of one witness on one log that one node brings within [`COSIGN_EVERY`] and that do not hold, or
/// cannot be checked, before further ones from it are ignored. An honest relay passes on one forgery, or as many as this of
/// a log whose root it does not know. spec: announcement R14
pub const COSIGNATURE_TRIES_MAX: u8 = 4;

/// A checkpoint of ours that has no quorum of cosignatures after this time raises an alarm. When gossip loses what asked for
/// them, the next digest repairs it within [`DIGEST_EVERY_IDLE`], and [`COSIGN_UNASKED_AFTER`] later the witness signs; half
/// as much again is no slow panel but a silent one.
pub const WITNESSED_WITHIN: Duration = Duration::from_secs(90);

/// A log of which more is held than examined, and whose examination moved no further for this time, raises an alarm: an honest
/// node gets through millions of records meanwhile, so only a charter that it lacks can hold it up so long.
pub const EXAMINED_WITHIN: Duration = Duration::from_secs(600);

/// It is told so long that a hub was refused because as many are carried as may be: as long as hubs that wait are listed.
pub const CARRY_REFUSED_TOLD_FOR: Duration = Duration::from_secs(900);

/// A folder that signed before and is intact signs again this long after its start when no peer is in reach.
// spec: checkpoint R10
pub const START_ALONE_AFTER: Duration = Duration::from_secs(10);

/// An idle hub logs a pulse this often, so that a checkpoint's freshness proves life. // spec: pulse R3
pub const PULSE_EVERY: Duration = Duration::from_secs(600);

/// The stretch that a log waits for goes to another peer when the one that was asked brings nothing for this long: as long as
/// the network waits for a first frame.
pub const PULL_PATIENCE: Duration = Duration::from_secs(5);

/// Bytes of records a second that a pull must bring on average to be left alone; each bundle buys the time of its bytes. One
/// record now and then must not hold the head of a log. A frame of full size takes as long at the network's limit for it.
pub const PULL_RATE_MIN: u64 = 16 * 1024;

/// The most time that a pull can buy in advance.
pub const PULL_CREDIT_MAX: Duration = Duration::from_secs(10);

/// A peer that was too slow is not asked again for that log before this time, while another one has it.
pub const SLOW_REST: Duration = Duration::from_secs(30);

/// Manifests that ended are forgotten this often. Who dials by them dials in vain, which an hour of does no harm.
pub const MANIFESTS_CHECKED_EVERY: Duration = Duration::from_secs(3_600);

/// A peer that failed a range request is not asked again for that log before this time. When it served what we cannot check,
/// under a charter that we lack or that was replaced, the time doubles with each further failure, up to [`PAUSE_MAX`].
pub const PEER_REST: Duration = Duration::from_millis(500);
