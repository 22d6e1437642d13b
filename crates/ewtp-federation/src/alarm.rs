//! Alarms: states that an operator must know of. Each is raised once and cleared when it ends.

use std::collections::BTreeMap;

use ewtp_record::{HubCode, UnixTime};

/// What is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AlarmCode {
    /// A hub signed two histories of its log. Its replica stands still; what was held before stays.
    LogSplit,
    /// A checkpoint by our own log key states records that this node does not have: another instance signed, or this
    /// folder is an old copy. Our log stands still.
    OwnLogAhead,
    /// Our log signed before, and since its start peers say that they hold more of it than this folder. They have not shown it.
    StartHeld,
    /// Our log began to sign although no peer could say what it holds of it. Ends when one does.
    StartedAlone,
    /// Our newest checkpoint lacks its quorum of panel cosignatures for [`crate::limits::WITNESSED_WITHIN`]. Whoever asks for
    /// witnesses does not accept the records above the last one that has it.
    NotWitnessed,
    /// Our wall clock is not to be believed: it jumped, lies outside of our own charter and witness key, or behind a time that
    /// we stated. We cosign nothing, or not that log, until it is right.
    Clock,
    /// A log is not examined further for [`crate::limits::EXAMINED_WITHIN`], as when it holds a charter that nobody has.
    Undecided,
    /// No node of any other hub is connected.
    NoPeers,
    /// A hub showed charters that contradict those we hold.
    CharterConflict,
    /// A hub was to be carried and all places for carried hubs are taken. Ends [`crate::limits::CARRY_REFUSED_TOLD_FOR`] after
    /// the last refusal.
    CarriedHubsFull,
    /// The log of a hub has as many bytes as may be kept of it: it is not extended here. Ends when nothing is missing of it that
    /// its hub is known to have signed, or when there is another reason that it stands still.
    CarriedLogFull,
}

impl AlarmCode {
    /// The stable name in answers and logs.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::LogSplit => "log-split",
            Self::OwnLogAhead => "own-log-ahead",
            Self::StartHeld => "start-held",
            Self::StartedAlone => "started-alone",
            Self::NotWitnessed => "not-witnessed",
            Self::Clock => "clock",
            Self::Undecided => "undecided",
            Self::NoPeers => "no-peers",
            Self::CharterConflict => "charter-conflict",
            Self::CarriedHubsFull => "carried-hubs-full",
            Self::CarriedLogFull => "carried-log-full",
        }
    }
}

/// One raised alarm.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Alarm {
    /// What.
    pub code: AlarmCode,
    /// About which hub; our own for alarms about this node.
    pub hub: HubCode,
    /// Since when.
    pub since: UnixTime,
}

/// All raised alarms.
#[derive(Debug, Default)]
pub(crate) struct Alarms {
    raised: BTreeMap<(AlarmCode, HubCode), UnixTime>,
}

impl Alarms {
    pub(crate) fn raise(&mut self, code: AlarmCode, hub: HubCode, since: UnixTime) {
        self.raised.entry((code, hub)).or_insert(since);
    }

    pub(crate) fn clear(&mut self, code: AlarmCode, hub: HubCode) {
        self.raised.remove(&(code, hub));
    }

    /// Raises or clears it.
    pub(crate) fn set(&mut self, code: AlarmCode, hub: HubCode, is_so: bool, since: UnixTime) {
        if is_so {
            self.raise(code, hub, since);
        } else {
            self.clear(code, hub);
        }
    }

    pub(crate) fn is_raised(&self, code: AlarmCode, hub: HubCode) -> bool {
        self.raised.contains_key(&(code, hub))
    }

    pub(crate) fn list(&self) -> Vec<Alarm> {
        self.raised
            .iter()
            .map(|((code, hub), since)| Alarm {
                code: *code,
                hub: *hub,
                since: *since,
            })
            .collect()
    }
}
