//! `ewtp status`: one screen of the running node.

use super::node;
use crate::cli::StatusArgs;
use crate::output::{BAD, FAINT, GOOD, Output, TITLE, WARN};
use ewtp_api::{NodeState, Status};
use ewtp_node::clock;
use ewtp_node::folder::Folder;
use std::fmt::Write;
use std::process::ExitCode;
use std::time::Duration;

/// How often `--watch` asks again.
const WATCH_EVERY: Duration = Duration::from_secs(1);
/// Clears the screen and goes to its top, on a terminal only.
const CLEAR: &str = "\x1b[2J\x1b[H";

/// Shows the status once, or again and again.
pub(crate) fn answer(folder: &Folder, arguments: &StatusArgs, output: &Output) -> anyhow::Result<ExitCode> {
    node::ask(folder, async |client| {
        loop {
            let status = client.status().await.map_err(node::told)?;
            tell(&status, arguments.watch, output)?;
            if !arguments.watch {
                return Ok(ExitCode::SUCCESS);
            }
            tokio::time::sleep(WATCH_EVERY).await;
        }
    })
}

fn tell(status: &Status, watch: bool, output: &Output) -> anyhow::Result<()> {
    if output.is_json() {
        return output.object(status);
    }
    let clear = if watch && output.is_terminal() { CLEAR } else { "" };
    output.raw(format!("{clear}{}", screen(status, output)).as_bytes())
}

fn screen(status: &Status, output: &Output) -> String {
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
            "  log    epoch {} · size {} · root {root}… · {} cosignatures",
            log.epoch, log.size, log.cosignatures
        ),
    );
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
    line(&mut screen, &format!("  peers  {} connected", status.peers.len()));
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

fn line(screen: &mut String, text: &str) {
    writeln!(screen, "{text}").expect("writing to a String cannot fail");
}
