//! Every bound of the network in one place: what it limits, and what would go wrong without it.
//!
//! [`Limits`] holds those an operator or a test may change; the constants are part of the protocol or follow from it.

use std::time::Duration;

use ewtp_federation::{Quota, limits as protocol, tariff};

/// Largest introduction frame, in bytes: a charter chain of a dozen charters and a manifest. A stranger may make us
/// hold this much and no more.
pub const INTRODUCTION_BYTES_MAX: usize = ewtp_trust::INTRODUCTION_BYTES_MAX;
/// Largest notice, in bytes: a reason, with room for what later versions add. spec: sync R17
pub const NOTICE_BYTES_MAX: usize = 64;
/// Largest control frame, in bytes. A full frontier of 200 hubs is about 20 KiB. spec: sync
pub const CONTROL_BYTES_MAX: usize = protocol::MESSAGE_BYTES_MAX;
/// Largest request for bulk, in bytes: hub, epoch and two indexes. spec: sync R10, tariff-sync R2
pub const REQUEST_BYTES_MAX: usize = protocol::REQUEST_BYTES_MAX;
/// Largest frame of an answer, in bytes: 256 records of 600 B fit; larger records travel in several frames. spec: sync
pub const BULK_BYTES_MAX: usize = protocol::BUNDLE_FRAME_BYTES_MAX;
/// Largest gossip payload, in bytes. Half of the wire limit on purpose, see `gossip`. spec: announcement
pub const GOSSIP_BYTES_MAX: usize = protocol::ANNOUNCEMENT_BYTES_MAX;

/// Handshakes of strangers under way at once by TCP, and as many by QUIC, since whoever fakes the addresses of QUIC's packets must
/// not take the places by TCP of those whose addresses they are (see `door::lobby`). So it is with all shares below. Each costs a
/// signature and some 20 KiB for at most 5 s.
pub(crate) const STRANGERS_HANDSHAKES_MAX: usize = 32;
/// Handshakes under way at once from addresses that members named or were seen at. They are counted apart, so that
/// strangers from however many networks leave the members' places free, and the other way round.
pub(crate) const FAMILIAR_HANDSHAKES_MAX: usize = 32;
/// Of the first, from one /24 or /48: one host that opens sockets and says nothing takes these and no more.
pub(crate) const STRANGERS_HANDSHAKES_PER_BLOCK_MAX: usize = 4;
/// Of the second, from one address: a state's hubs may share one, and all return at once after a power cut.
pub(crate) const FAMILIAR_HANDSHAKES_PER_ADDRESS_MAX: usize = 8;
/// Of either, from one address of loopback, where a whole mesh may live: each of eight hubs dials by TCP and QUIC.
pub(crate) const LOOPBACK_HANDSHAKES_MAX: usize = 16;
/// Addresses remembered at which members were seen. Full: the one not seen for longest is forgotten.
pub(crate) const FAMILIAR_SEEN_MAX: usize = 1024;

/// Both introductions must have passed within this time, or the connection is closed: a stranger that says nothing
/// must not keep a guest's place.
pub(crate) const INTRODUCTION_TIME: Duration = Duration::from_secs(10);
/// The node's answer and the other side's admission must follow within this time after that.
pub(crate) const ADMISSION_TIME: Duration = Duration::from_secs(30);
/// Opening a stream takes two round trips; a peer that needs longer is as good as gone.
pub(crate) const OPEN_TIME: Duration = Duration::from_secs(5);
/// From the request to the first frame of its answer. There is no limit on the whole: slow links must be able to finish.
pub(crate) const FIRST_FRAME_TIME: Duration = Duration::from_secs(5);
/// From one frame of an answer to the next, while we are reading.
pub(crate) const NEXT_FRAME_TIME: Duration = Duration::from_secs(10);
/// How long a session waits for a reader that takes nothing. Longer than any pause of a store that is writing.
pub(crate) const UNREAD_TIME: Duration = Duration::from_secs(60);
/// How long a responder waits for a reader that takes nothing, beside the time that the frame's bytes take at
/// [`PULL_RATE_MIN`](protocol::PULL_RATE_MIN): an asker that reads waits 10 s for a whole frame. One whose store has more to write
/// than that loses nothing but the rest of an answer; one that never reads would keep one of a few places from others.
pub(crate) const BULK_UNREAD_TIME: Duration = Duration::from_secs(10);

/// How long a responder waits until a frame of so many bytes is taken: 26 s for the largest.
pub(crate) fn unread_time(bytes: usize) -> Duration {
    BULK_UNREAD_TIME + Duration::from_millis(bytes as u64 * 1_000 / protocol::PULL_RATE_MIN)
}

/// The side that dialled begins the introduction; after this time the other one does. Long against the way of a first
/// frame, short against [`INTRODUCTION_TIME`].
pub(crate) const TURN_TIME: Duration = Duration::from_secs(1);

/// Two connections that began within this time of each other come from a simultaneous dial; a later one means that the
/// other side lost the first.
pub(crate) const SIMULTANEOUS_TIME: Duration = Duration::from_secs(3);
/// How long a second connection of the same direction stays a spare before it takes over.
pub(crate) const SPARE_TIME: Duration = Duration::from_secs(2);
/// The pause before a control stream is opened again; doubled up to [`SESSION_PAUSE_MAX`] while it keeps failing.
pub(crate) const SESSION_PAUSE: Duration = Duration::from_millis(100);
/// The longest such pause.
pub(crate) const SESSION_PAUSE_MAX: Duration = Duration::from_secs(5);

/// Control frames of one connection. At once all that an honest peer has to say when a session begins: hello, a frontier of 512
/// hubs, 72 questions and the answers to ours; further ones wait in the peer's own stream. After that as many as leave the loop
/// half its time when a hundred peers say so much, for it needs some 20 µs for one; an honest node of a mesh of 200 says a tenth.
pub(crate) const CONTROL_FRAMES: Quota = Quota {
    at_once: 1024,
    a_second: 256,
};
/// The same in bytes: the charters of 200 hubs, which come when a node is new, need a few seconds.
pub(crate) const CONTROL_BYTES: Quota = Quota {
    at_once: 8 * 1024 * 1024,
    a_second: 2 * 1024 * 1024,
};
/// Range requests of one connection, each for up to 4,096 records, so that this is a million records a second. One too many is
/// answered busy.
pub(crate) const RANGE_REQUESTS: Quota = Quota {
    at_once: 512,
    a_second: 256,
};
/// Requests for pages and patches of one connection, each for up to 640 KB of pages, which are read from the disk as they lie: a
/// node that was away catches up over as many editions at once. One too many is answered busy. spec: tariff-sync R13
pub(crate) const SCHEDULE_REQUESTS: Quota = Quota {
    at_once: 128,
    a_second: 32,
};

/// Frames waiting to be sent to one peer. With [`SESSION_QUEUE_BYTES`] it bounds what a peer that does not read costs;
/// when it is full the session is closed and opened again, and the frontier exchange starts afresh.
pub(crate) const SESSION_QUEUE_FRAMES: usize = 256;
/// Bytes waiting to be sent to one peer: 1 MiB × 160 connections at worst.
pub(crate) const SESSION_QUEUE_BYTES: usize = 1024 * 1024;
/// Frames of an answer between the network and its reader on our side; more would only hide a slow reader.
pub(crate) const ANSWER_QUEUE_FRAMES: usize = 4;
/// Frames of an answer between the store and the network; one in work, one ready.
pub(crate) const RESPONSE_QUEUE_FRAMES: usize = 2;
/// Streams handed over by an accept loop and not yet looked at. Full: the stream is dropped, the opener reads an early
/// end and tries again.
pub(crate) const ARRIVALS_QUEUE: usize = 64;
/// Notes from the tasks of streams to the loop. Full: the task waits, and so does the peer behind it.
pub(crate) const NOTES_QUEUE: usize = 256;
/// Events between the loop and the node. Full: the loop keeps what must be told and stops reading the swarm.
pub(crate) const EVENTS_QUEUE: usize = 1024;
/// Events the loop holds back while the node is busy, before it stops reading the swarm and its peers.
pub(crate) const OUTBOX_MAX: usize = 256;
/// Gossip waiting to be published or judged. Full: the oldest is dropped, as gossip may be lost anywhere.
pub(crate) const GOSSIP_QUEUE: usize = 4096;
/// Reports of misbehaviour waiting to be counted. Full: further ones are not counted.
pub(crate) const REPORTS_QUEUE: usize = 1024;
/// Addresses we may be told to dial.
pub(crate) const ADDRESSES_MAX: usize = 4096;

/// What an operator may change. The defaults suit a hub of a mesh of 200.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Established connections in: a gateway serves the mesh, not the world.
    pub inbound_max: u32,
    /// Established connections out: enough to stay connected when most of the others are gone.
    pub outbound_max: u32,
    /// Inbound strangers at a time in members mode. Each costs at most 64 KiB and 40 s.
    pub guests_max: usize,
    /// Inbound strangers at a time from one /24 or /48. Loopback is exempt: a mesh on one machine shares one address.
    pub guests_per_block_max: usize,
    /// Range requests that one peer may have open with us. spec: sync, limits
    pub ranges_per_peer_max: usize,
    /// Requests for pages and patches of schedules that one peer may have open with us. spec: tariff-sync R13
    pub schedules_per_peer_max: usize,
    /// Resident memory of the process, in bytes, above which no new connection is made, in or out.
    pub memory_bytes_max: usize,
    /// A gossip link that carried nothing for this long is dead, whatever the connection says.
    pub gossip_silence: Duration,
    /// The longest pause between two dials of a peer that was connected within the last hour.
    pub redial_recent_max: Duration,
    /// The longest pause between two dials of any other peer.
    pub redial_max: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            inbound_max: 128,
            outbound_max: 32,
            guests_max: 16,
            guests_per_block_max: 2,
            ranges_per_peer_max: protocol::SERVINGS_PER_PEER_MAX,
            schedules_per_peer_max: tariff::SERVINGS_PER_PEER_MAX,
            memory_bytes_max: 1 << 30,
            gossip_silence: Duration::from_secs(60),
            redial_recent_max: Duration::from_secs(2),
            redial_max: Duration::from_secs(60),
        }
    }
}
