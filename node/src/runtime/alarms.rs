//! What each alarm tells the operator: what happened, what still works, what to type.

use ewtp_api::Alarm;
use ewtp_federation as engine;
use ewtp_federation::gathering::{Refused, RefusedEdition};
use ewtp_federation::{AlarmCode, Halt, OwnLog};
use ewtp_record::{HubCode, UnixTime};

/// The schedule of an edition is none.
const TARIFF_REFUSED: &str = "tariff-refused";

/// The disk refused a write, or a thread that works on it ended.
const DISK_FAILED: &str = "disk-failed";

/// An alarm of the engine as the operator reads it.
pub(super) fn told(alarm: &engine::Alarm, own_log: &OwnLog) -> Alarm {
    let engine::Alarm { code, hub, since } = *alarm;
    let (happened, works, next) = match code {
        AlarmCode::LogSplit => (
            format!("{hub} signed two histories of its log, and this node holds a part that both cannot share"),
            format!("what was held of {hub} before stays and is served, the evidence is kept; all other logs go on"),
            format!("ask {hub} on another line which history is its own; ewtp log head {hub} shows what this node holds"),
        ),
        AlarmCode::OwnLogAhead => own_log_ahead(own_log),
        AlarmCode::StartHeld => start_held(own_log),
        AlarmCode::StartedAlone => (
            "since its start this node signs again, and no other hub was in reach to say what it holds of this log: were \
             this folder an old copy, this would make a second history"
                .to_owned(),
            "issuing, serving and verifying go on; the alarm ends when another hub confirms that it holds no more".to_owned(),
            "if another or newer folder of this hub exists, stop this node (Ctrl-C) and start ewtp run on that one; else \
             ewtp doctor looks at the way to the others"
                .to_owned(),
        ),
        AlarmCode::NotWitnessed => (
            "the newest checkpoint of this log lacks its quorum of cosignatures: too few hubs of its panel are in reach, \
             hold this log or sign"
                .to_owned(),
            "issuing, serving and all other logs go on; officers who ask for witnesses answer \"undecided\" for the \
             newest records until the panel signs"
                .to_owned(),
            "ewtp status shows which hubs of the panel are connected; reach the others with ewtp peer add \
             HUB=GENESIS@MULTIADDR, or call their operators"
                .to_owned(),
        ),
        AlarmCode::Clock => (
            "this node's clock cannot be believed: within the last minute it was set by more than 120 s, or it lies outside of \
             the time for which this hub's charter and witness key hold, or more than 120 s behind a time that this node \
             stated in a cosignature"
                .to_owned(),
            "issuing, serving and verifying go on; this node cosigns nothing, or not the log whose stated time lies ahead, so \
             that no false time is signed"
                .to_owned(),
            "compare date -u with another clock and set this one right (timedatectl set-ntp true); if it is right, look with \
             ewtp doctor whether the charter has ended; the alarm ends by itself"
                .to_owned(),
        ),
        AlarmCode::Undecided => (
            format!(
                "examination of the log of {hub} has not moved for 10 minutes: most likely it holds a charter that this node lacks, \
                 or one that never was valid"
            ),
            format!("what was examined of {hub} before stands and all other logs go on; newer records of {hub} are \"undecided\""),
            format!("ask {hub} on another line for its newest charter; ewtp log head {hub} shows how far its log is examined"),
        ),
        AlarmCode::NoPeers => (
            "no node of any other hub is connected".to_owned(),
            "issuing and verifying go on with what is held; others learn of new records when a connection stands again"
                .to_owned(),
            "ewtp doctor looks at addresses and ports; ewtp peer add HUB=GENESIS@MULTIADDR dials a node".to_owned(),
        ),
        AlarmCode::CharterConflict => (
            format!("{hub} showed charters that contradict those held here"),
            format!("the charters held before stay in force, and the log of {hub} is judged by them"),
            format!("ask {hub} on another line for its genesis id; ewtp peer ls shows the one that is pinned here"),
        ),
        AlarmCode::CarriedHubsFull => (
            "a further hub was to be carried, and as many are carried as limits.carried_hubs_max allows: it was refused"
                .to_owned(),
            "every hub that is carried stays so, and its log goes on".to_owned(),
            "raise limits.carried_hubs_max in ewtp.toml, or free a place with ewtp peer rm HUB; then start ewtp run again \
             and type ewtp peer add once more; the alarm ends 15 minutes after the last refusal"
                .to_owned(),
        ),
        AlarmCode::CarriedLogFull => (
            format!("the log of {hub} has grown to what limits.carried_gb_each allows: nothing more of it is taken here"),
            format!("what is held of {hub} stays, is served and verified; all other logs go on"),
            "see that the disk has room (df), raise limits.carried_gb_each in ewtp.toml, then start ewtp run again".to_owned(),
        ),
    };
    Alarm {
        code: code.as_str().to_owned(),
        hub,
        since,
        happened,
        works,
        next,
    }
}

const SERVES_ON: &str =
    "everything held is served and other logs go on; nothing new is issued, so that nothing is signed twice";

const OTHER_FOLDER: &str =
    "stop this node (Ctrl-C), find the newest folder of this hub, and start ewtp run on that one alone";

fn own_log_ahead(own_log: &OwnLog) -> (String, String, String) {
    let OwnLog::Halted(Some(Halt { shown, by, at, .. })) = own_log else {
        let happened = "this hub's key was about to sign more or other records than this folder holds: the folder is \
                        damaged, or put together from several";
        return (happened.to_owned(), SERVES_ON.to_owned(), OTHER_FOLDER.to_owned());
    };
    let happened = format!(
        "node {} showed a checkpoint by this hub's own key of {} records with root {}, which this folder does not bear \
         out (seen {}): another node signs for this hub, or this folder is an old copy",
        by.to_peer_id(),
        shown.size,
        shown.root,
        at.to_calendar()
    );
    let next = format!(
        "{OTHER_FOLDER}; only if that log is lost and you know what it held: ewtp log resume --past {}",
        shown.size
    );
    (happened, SERVES_ON.to_owned(), next)
}

fn start_held(own_log: &OwnLog) -> (String, String, String) {
    let size = match own_log {
        OwnLog::Waits(Some(size)) => *size,
        _ => 0,
    };
    let happened = format!(
        "other hubs say that they hold this hub's log up to {size} records, which this folder does not have, and have not \
         shown it: this folder may be an old copy"
    );
    let works = "everything held is served and other logs go on; what is to be issued waits until they show it or most of \
                 them say otherwise";
    let next = format!(
        "{OTHER_FOLDER}; only if there is none and you know what the others hold: ewtp log resume --past {size}"
    );
    (happened, works.to_owned(), next)
}

/// The disk, or a thread that works on it, failed for this reason.
pub(super) fn disk_failed(hub: HubCode, since: UnixTime, reason: &str) -> Alarm {
    Alarm {
        code: DISK_FAILED.to_owned(),
        hub,
        since,
        happened: format!("storing failed: {reason}"),
        works: "what was durable before is served; nothing new is taken, and nothing that was acknowledged is lost"
            .to_owned(),
        next:
            "look at the disk (df, dmesg), then start ewtp run again: it follows the ledger from the last whole commit"
                .to_owned(),
    }
}

/// A hub published an edition whose schedule breaks a rule.
pub(super) fn tariff_refused(refused: &RefusedEdition) -> Alarm {
    let RefusedEdition {
        record,
        hub,
        territory,
        number,
        refused: Refused { code, why },
        since,
    } = refused;
    Alarm {
        code: TARIFF_REFUSED.to_owned(),
        hub: *hub,
        since: *since,
        happened: format!(
            "the schedule of edition {number} of {territory} by {hub} (record {record}) is refused: {why} [{code}]"
        ),
        works: format!(
            "the edition's record stays, earlier schedules of {territory} are held and quoted from, and every other hub's are gathered"
        ),
        next: if code == RefusedEdition::FULL {
            "see that the disk has room (df), raise limits.schedules_gb_each in ewtp.toml, then start ewtp run again"
                .to_owned()
        } else {
            format!(
                "tell {hub} on another line; the alarm ends when its next edition of {territory} is gathered, which ewtp status shows"
            )
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_alarm_says_what_happened_what_works_and_what_to_type() {
        let hub: HubCode = "MY".parse().unwrap();
        let since = UnixTime(1_795_305_600);
        let codes = [
            AlarmCode::LogSplit,
            AlarmCode::OwnLogAhead,
            AlarmCode::StartHeld,
            AlarmCode::StartedAlone,
            AlarmCode::NotWitnessed,
            AlarmCode::Clock,
            AlarmCode::Undecided,
            AlarmCode::NoPeers,
            AlarmCode::CharterConflict,
            AlarmCode::CarriedHubsFull,
            AlarmCode::CarriedLogFull,
        ];
        let mut alarms: Vec<Alarm> = codes
            .map(|code| told(&engine::Alarm { code, hub, since }, &OwnLog::Signs))
            .into();
        alarms.push(disk_failed(hub, since, "no space left on device"));
        alarms.push(tariff_refused(&RefusedEdition {
            record: ewtp_record::RecordId([7; 32]),
            hub,
            territory: "MY".to_owned(),
            number: 2,
            refused: Refused::new("overlap", "two measures are for the same goods"),
            since,
        }));
        for alarm in &alarms {
            assert!(alarm.next.contains("ewtp "), "{}: {}", alarm.code, alarm.next);
            assert!(alarm.happened.len() > 20 && alarm.works.len() > 20, "{}", alarm.code);
        }
        assert!(alarms[11].happened.ends_with("no space left on device"));
    }
}
