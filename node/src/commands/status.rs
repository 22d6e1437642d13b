//! `ewtp status`: one screen of the running node.

use super::node;
use crate::cli::StatusArgs;
use crate::output::{BAD, FAINT, GOOD, Output, TITLE, WARN};
use ewtp_api::{LogHead, NodeState, ScheduleCounts, Status, Waiting};
use ewtp_node::clock;
use ewtp_node::config::Config;
use ewtp_node::folder::Folder;
use ewtp_node::init::read_charters;
use ewtp_record::{HubCode, UnixTime};
use std::fmt::Write;
use std::process::ExitCode;
use std::time::Duration;

/// How often `--watch` asks again.
const WATCH_EVERY: Duration = Duration::from_secs(1);
/// The end of the charter is shown when it is nearer than this: this version cannot renew one.
const CHARTER_SHOWN_BEFORE: u64 = 90 * 86_400;
/// Clears the screen and goes to its top, on a terminal only.
const CLEAR: &str = "\x1b[2J\x1b[H";

/// Shows the status once, or again and again.
pub(crate) fn answer(folder: &Folder, arguments: &StatusArgs, output: &Output) -> anyhow::Result<ExitCode> {
    let ours = Ours::read(folder, clock::now());
    node::ask(folder, async |client| {
        loop {
            let status = client.status().await.map_err(node::told)?;
            tell(&status, &ours, arguments.watch, output)?;
            if !arguments.watch {
                return Ok(ExitCode::SUCCESS);
            }
            tokio::time::sleep(WATCH_EVERY).await;
        }
    })
}

/// What the folder says beside the node. What cannot be read is for `ewtp doctor` to tell.
#[derive(Default)]
struct Ours {
    /// When the hub's charter ends, if that is near.
    ending: Option<String>,
    /// The hubs that are carried.
    carried: Vec<HubCode>,
}

impl Ours {
    fn read(folder: &Folder, now: UnixTime) -> Self {
        let Ok(config) = Config::load(folder) else {
            return Self::default();
        };
        let chain = read_charters(folder, &config.net).ok();
        Self {
            ending: chain.and_then(|chain| ending(chain.newest().body().expires_at, now)),
            carried: config.carry.iter().map(|carried| carried.hub).collect(),
        }
    }
}

fn ending(expires_at: UnixTime, now: UnixTime) -> Option<String> {
    let date = clock::date(expires_at);
    match expires_at.since(now) {
        0 => Some(format!(
            "ended {date}: this version cannot renew it; install one that can"
        )),
        left if left < CHARTER_SHOWN_BEFORE => Some(format!(
            "ends {date}, in {} days; renewal comes with a later version",
            left / 86_400
        )),
        _ => None,
    }
}

fn tell(status: &Status, ours: &Ours, watch: bool, output: &Output) -> anyhow::Result<()> {
    if output.is_json() {
        return output.object(status);
    }
    let clear = if watch && output.is_terminal() { CLEAR } else { "" };
    output.raw(format!("{clear}{}", screen(status, ours, output)).as_bytes())
}

fn screen(status: &Status, ours: &Ours, output: &Output) -> String {
    let state = match status.state {
        NodeState::Running => output.paint(GOOD, "running"),
        NodeState::Starting => output.paint(WARN, "starting"),
        NodeState::ReadOnly => output.paint(BAD, "read-only"),
        NodeState::Stopping => output.paint(WARN, "stopping"),
    };
    let log = &status.log;
    let hub = output.paint(TITLE, status.hub);
    let up = clock::span(status.uptime_ms / 1000);
    let mut screen = format!("{hub} on {}   {state}   up {up}   v{}\n", status.net, status.version);
    let root = &log.root.to_string()[..12];
    line(
        &mut screen,
        &format!(
            "  log    epoch {} · size {} · root {root}… · {}",
            log.epoch,
            log.size,
            cosigned(log)
        ),
    );
    if let Some(ending) = &ours.ending {
        line(&mut screen, &output.paint(WARN, format!("  charter {ending}")));
    }
    line(
        &mut screen,
        &output.paint(
            FAINT,
            format!(
                "  {:<11} {:>6} {:>10} {:>8} {:>10}  peers",
                "carried", "epoch", "size", "behind", "unexamined"
            ),
        ),
    );
    for (hub, entry) in &status.frontier {
        let peers = status.peers.iter().filter(|peer| peer.hub == *hub).count();
        let peers = if *hub == status.hub {
            "-".to_owned()
        } else {
            peers.to_string()
        };
        let waiting = entry.size.saturating_sub(entry.examined_to);
        let row = format!(
            "  {hub:<11} {:>6} {:>10} {:>8} {waiting:>10}  {peers}",
            entry.epoch, entry.size, entry.behind
        );
        let style = if entry.behind > 0 { WARN } else { anstyle::Style::new() };
        line(&mut screen, &output.paint(style, row));
    }
    for hub in ours.carried.iter().filter(|hub| !status.frontier.contains_key(hub)) {
        line(
            &mut screen,
            &output.paint(
                WARN,
                format!("  {hub:<11} nothing is known of it yet: none of its nodes was let in"),
            ),
        );
    }
    line(&mut screen, &format!("  peers  {} connected", status.peers.len()));
    schedules(&mut screen, &status.schedules);
    for waiting in &status.waiting {
        line(&mut screen, &format!("  {}", output.paint(WARN, waits(waiting))));
        line(&mut screen, &format!("        do: {}", output.remedy(&waiting.next)));
    }
    for alarm in &status.alarms {
        let since = alarm.since.to_calendar();
        line(
            &mut screen,
            &format!(
                "  {} {} about {} since {since}",
                output.paint(BAD, "ALARM"),
                alarm.code,
                alarm.hub
            ),
        );
        line(&mut screen, &format!("        {}", alarm.happened));
        line(&mut screen, &format!("        still works: {}", alarm.works));
        line(&mut screen, &format!("        do: {}", output.remedy(&alarm.next)));
    }
    screen
}

/// How many witnesses cosigned, and up to which record when that is not the newest.
fn cosigned(log: &LogHead) -> String {
    let LogHead {
        size,
        cosignatures,
        cosigned_size,
        ..
    } = log;
    match *cosigned_size {
        0 => "no cosignatures".to_owned(),
        cosigned if cosigned < *size => format!("{cosignatures} cosignatures, of size {cosigned}"),
        _ => format!("{cosignatures} cosignatures"),
    }
}

/// Nothing while no hub publishes any.
fn schedules(screen: &mut String, counts: &ScheduleCounts) {
    let ScheduleCounts {
        held,
        wanted,
        pages_moved,
        pages_saved,
        bytes_moved,
    } = counts;
    if held + wanted > 0 {
        let kilobytes = bytes_moved.div_ceil(1_000);
        let text = format!(
            "  tariffs  {held} schedules held · {wanted} wanted · {pages_moved} pages moved, {pages_saved} saved · {kilobytes} KB"
        );
        line(screen, &text);
    }
}

/// A hub that waits, with what to check before it is carried.
pub(crate) fn waits(waiting: &Waiting) -> String {
    let Waiting {
        hub, peer_id, since, ..
    } = waiting;
    let since = since.to_calendar();
    format!(
        "WAITS  {hub} ({peer_id}) since {since}, to be carried once its operator has told you this genesis id elsewhere"
    )
}

fn line(screen: &mut String, text: &str) {
    writeln!(screen, "{text}").expect("writing to a String cannot fail");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cosignatures_of_an_older_size_are_told_with_it() {
        let told = |cosignatures, cosigned_size| {
            cosigned(&LogHead {
                epoch: 0,
                size: 9,
                root: ewtp_log::EMPTY_ROOT,
                cosignatures,
                cosigned_size,
            })
        };
        assert_eq!(told(0, 0), "no cosignatures");
        assert_eq!(told(2, 7), "2 cosignatures, of size 7");
        assert_eq!(told(2, 9), "2 cosignatures");
    }

    #[test]
    fn the_end_of_a_charter_is_shown_in_its_last_ninety_days() {
        let end: UnixTime = "2027-11-22".parse().expect("a date");
        let before = |days: u64| UnixTime(end.0 - days * 86_400);
        assert_eq!(ending(end, before(90)), None);
        let soon = ending(end, before(89)).expect("it is near");
        assert!(soon.starts_with("ends 2027-11-22, in 89 days"), "{soon}");
        let over = ending(end, end).expect("it is over");
        assert!(over.starts_with("ended 2027-11-22"), "{over}");
    }
}
