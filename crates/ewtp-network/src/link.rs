//! What we know of one peer while at least one connection to it stands.
//!
//! ```text
//! Introducing ──both frames──▶ Judged ──node admits──▶ Admitted ──gate open, session up──▶ connected
//! ```
//! Each step has a deadline; a peer that misses one is disconnected. Two connections to one peer are told apart here: one
//! is the main one and carries gossip, the other is closed or waits as a spare.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use libp2p::{PeerId, Stream, swarm::ConnectionId};
use tokio::{sync::Semaphore, task::AbortHandle, time::Instant};

use crate::{
    Bulk, Limits, NodeKey,
    allowance::{ControlAllowance, RequestAllowance},
    identity,
    limits::{
        ADMISSION_TIME, INTRODUCTION_TIME, OPEN_TIME, SESSION_PAUSE, SESSION_PAUSE_MAX, SIMULTANEOUS_TIME, SPARE_TIME,
        TURN_TIME,
    },
};

/// A peer in reach.
pub(crate) struct Link {
    pub(crate) node: NodeKey,
    pub(crate) peer: PeerId,
    /// Names this life: what was begun in an earlier one is ignored.
    pub(crate) life: u64,
    pub(crate) stage: Stage,
    /// When the present stage, or the lack of a session in it, began.
    pub(crate) since: Instant,
    began: Instant,
    /// We asked for an introduction that it was the peer's turn to begin.
    asked: bool,
    /// The main connection first.
    connections: Vec<Connection>,
    pub(crate) session: Session,
    pause: Duration,
    /// A control stream that came before our node had decided.
    pub(crate) arrived: Option<Stream>,
    /// When gossip was last heard.
    pub(crate) heard: Instant,
    /// Places for introductions: one, and one more after a simultaneous dial. A stranger holds 128 KiB at most.
    pub(crate) introductions: Arc<Semaphore>,
    /// Whether the peer has told us a notice: one is enough, and a flood of them costs nothing.
    pub(crate) noticed: bool,
    /// Its requests for stretches of logs.
    logs: RequestAllowance,
    /// Its requests for pages and patches of schedules.
    schedules: RequestAllowance,
    /// How much it may say on its control streams.
    pub(crate) control: Arc<Mutex<ControlAllowance>>,
}

/// How far a peer has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stage {
    /// Introductions are under way.
    Introducing,
    /// The node has its introduction and has not answered.
    Judged,
    /// The node lets it in.
    Admitted,
}

/// One connection.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Connection {
    pub(crate) id: ConnectionId,
    /// We dialled it.
    pub(crate) ours: bool,
    pub(crate) since: Instant,
}

/// The control stream.
#[derive(Debug)]
pub(crate) enum Session {
    /// None, until a stream arrives or it is time to open one.
    Down { retry: Instant },
    /// Greetings are under way.
    Greeting { number: u64, task: AbortHandle },
    /// Connected.
    Up {
        number: u64,
        task: AbortHandle,
        since: Instant,
    },
}

/// What becomes of a second connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Second {
    /// It is the one to close.
    CloseNew,
    /// It takes the place of the first, which is closed.
    CloseOld(ConnectionId),
    /// It waits: if the other side needs it, it will still stand in two seconds.
    Spare,
}

impl Link {
    pub(crate) fn new(node: NodeKey, life: u64, first: Connection, limits: &Limits) -> Self {
        let now = first.since;
        Self {
            node,
            peer: identity::peer_id(node),
            life,
            stage: Stage::Introducing,
            since: now,
            began: now,
            asked: false,
            connections: vec![first],
            session: Session::Down { retry: now },
            pause: SESSION_PAUSE,
            arrived: None,
            heard: now,
            introductions: Arc::new(Semaphore::new(2)),
            noticed: false,
            logs: RequestAllowance::for_logs(limits, now),
            schedules: RequestAllowance::for_schedules(limits, now),
            control: Arc::new(Mutex::new(ControlAllowance::new(now))),
        }
    }

    /// What it may still ask for.
    pub(crate) fn requests(&mut self, bulk: Bulk) -> &mut RequestAllowance {
        match bulk {
            Bulk::Logs => &mut self.logs,
            Bulk::Schedules => &mut self.schedules,
        }
    }

    /// The connection that carries gossip.
    pub(crate) fn main(&self) -> Connection {
        self.connections[0]
    }

    pub(crate) fn connections(&self) -> impl Iterator<Item = Connection> + '_ {
        self.connections.iter().copied()
    }

    /// Decides on a further connection. Both sides come to the same result: of a simultaneous dial the one stays that the
    /// lesser key dialled; a later one that we dialled was not needed; a later one that the peer dialled means that it
    /// lost the first, unless it closes it at once.
    pub(crate) fn second(&mut self, own: NodeKey, new: Connection) -> Second {
        let old = self.main();
        let by_lesser = |connection: Connection| connection.ours == (own < self.node);
        let simultaneous = new.since.duration_since(old.since) < SIMULTANEOUS_TIME && old.ours != new.ours;
        if simultaneous && by_lesser(new) {
            self.connections.insert(0, new);
            return Second::CloseOld(old.id);
        }
        self.connections.push(new);
        if simultaneous || new.ours {
            Second::CloseNew
        } else {
            Second::Spare
        }
    }

    /// Whether a second connection that the peer dialled stands long enough to be meant.
    pub(crate) fn has_proved_spare(&self, now: Instant) -> bool {
        let proved = |spare: &Connection| !spare.ours && now.duration_since(spare.since) >= SPARE_TIME;
        self.connections.iter().skip(1).any(proved)
    }

    /// Takes the newest connection as main one, because the peer began anew on it; the others are to be closed.
    pub(crate) fn take_newest(&mut self) -> Vec<ConnectionId> {
        self.connections
            .sort_by_key(|connection| std::cmp::Reverse(connection.since));
        self.connections
            .iter()
            .skip(1)
            .map(|connection| connection.id)
            .collect()
    }

    /// A connection is gone; false when it was the last.
    pub(crate) fn lost(&mut self, id: ConnectionId) -> bool {
        self.connections.retain(|connection| connection.id != id);
        !self.connections.is_empty()
    }

    /// Whether the peer may begin anew without it being the echo of a simultaneous dial.
    pub(crate) fn is_settled(&self, now: Instant) -> bool {
        now.duration_since(self.began) >= SIMULTANEOUS_TIME
    }

    /// Forgets everything but the connections.
    pub(crate) fn restart(&mut self, life: u64, now: Instant) {
        self.life = life;
        self.began = now;
        self.asked = false;
        self.arrived = None;
        self.enter(Stage::Introducing, now);
    }

    /// Whether to begin the introduction ourselves, once, although the peer dialled and it is the peer's turn. It may
    /// have introduced itself on an earlier connection, which it took for the same link, and which ended before we saw
    /// this one: then it waits for nothing, and both would wait until the deadline.
    pub(crate) fn waits_in_vain(&mut self, now: Instant) -> bool {
        let waits = self.stage == Stage::Introducing && !self.main().ours && !self.asked;
        let in_vain = waits && now.duration_since(self.since) >= TURN_TIME;
        self.asked |= in_vain;
        in_vain
    }

    pub(crate) fn enter(&mut self, stage: Stage, now: Instant) {
        self.stage = stage;
        self.since = now;
    }

    pub(crate) fn is_up(&self) -> bool {
        matches!(self.session, Session::Up { .. })
    }

    /// Whether this is the session of that number.
    pub(crate) fn has_session(&self, of: u64) -> bool {
        match self.session {
            Session::Down { .. } => false,
            Session::Greeting { number, .. } | Session::Up { number, .. } => number == of,
        }
    }

    /// The greeting was answered.
    pub(crate) fn session_up(&mut self, now: Instant) {
        let before = std::mem::replace(&mut self.session, Session::Down { retry: now });
        if let Session::Greeting { number, task } = before {
            self.session = Session::Up {
                number,
                task,
                since: now,
            };
            self.heard = now;
        }
    }

    /// Ends the session, if there is one; true when it was up. The next may begin after a pause.
    pub(crate) fn session_down(&mut self, now: Instant) -> bool {
        let before = std::mem::replace(
            &mut self.session,
            Session::Down {
                retry: now + self.pause,
            },
        );
        match before {
            Session::Down { retry } => {
                self.session = Session::Down { retry };
                false
            }
            Session::Greeting { task, .. } => {
                task.abort();
                self.pause = (self.pause * 2).min(SESSION_PAUSE_MAX);
                false
            }
            Session::Up { task, since, .. } => {
                task.abort();
                self.since = now;
                let lasted = now.duration_since(since) > SESSION_PAUSE_MAX;
                self.pause = if lasted {
                    SESSION_PAUSE
                } else {
                    (self.pause * 2).min(SESSION_PAUSE_MAX)
                };
                true
            }
        }
    }

    /// Why the peer is to be disconnected now, if it is.
    pub(crate) fn overdue(&self, silence: Duration, now: Instant) -> Option<&'static str> {
        let waited = now.duration_since(self.since);
        match self.stage {
            Stage::Introducing if waited > INTRODUCTION_TIME => Some("it did not introduce itself in time"),
            Stage::Judged if waited > ADMISSION_TIME => Some("it was not admitted"),
            Stage::Admitted if !self.is_up() && waited > ADMISSION_TIME + OPEN_TIME => {
                Some("it did not admit us in time")
            }
            Stage::Admitted if self.is_up() && now.duration_since(self.heard) > silence => {
                Some("its gossip fell silent")
            }
            _ => None,
        }
    }
}
