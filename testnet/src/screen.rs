//! What a person sees while a testnet runs: one line a hub, redrawn in place on a terminal; elsewhere one line every few
//! seconds, so that a log of it stays readable.

use crate::agreement::{self, Agreement};
use crate::observer::HubView;
use crate::state::Testnet;
use crate::supervisor::ProcessState;
use anstyle::{AnsiColor, Style};
use std::fmt::Write as _;
use std::io::{self, IsTerminal, Write};
use std::time::Duration;

const TITLE: Style = Style::new().bold();
const GOOD: Style = AnsiColor::Green.on_default();
const BAD: Style = AnsiColor::Red.on_default().bold();
const FAINT: Style = Style::new().dimmed();

/// On a pipe, a line this often.
const LINE_INTERVAL: Duration = Duration::from_secs(5);

/// Where the state of the testnet is shown.
pub struct Screen {
    terminal: bool,
    lines_drawn: usize,
    last_line: Option<Duration>,
}

impl Screen {
    /// The screen on standard error, so that standard output stays for answers.
    pub fn new() -> Self {
        Self {
            terminal: io::stderr().is_terminal(),
            lines_drawn: 0,
            last_line: None,
        }
    }

    /// Shows the state `since_start` after the testnet was started.
    pub fn show(&mut self, testnet: &Testnet, views: &[HubView], since_start: Duration) {
        if self.terminal {
            self.redraw(&table(testnet, views, since_start, Colours::On));
        } else if self.last_line.is_none_or(|last| since_start >= last + LINE_INTERVAL) {
            self.last_line = Some(since_start);
            self.put(&format!("{}\n", headline(testnet, &agreement_of(views), since_start)));
        }
    }

    fn redraw(&mut self, table: &str) {
        let mut text = String::new();
        if self.lines_drawn > 0 {
            // Up to the first line of the last picture, then clear to the end of the screen.
            let _ = write!(text, "\x1b[{}A\x1b[J", self.lines_drawn);
        }
        text.push_str(table);
        self.lines_drawn = table.lines().count();
        self.put(&text);
    }

    fn put(&self, text: &str) {
        // A closed terminal is no reason to stop the hubs.
        let _ = io::stderr().lock().write_all(text.as_bytes());
    }
}

impl Default for Screen {
    fn default() -> Self {
        Self::new()
    }
}

/// Whether a table carries colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Colours {
    /// For a terminal.
    On,
    /// For a file or a pipe.
    Off,
}

/// The whole picture: a headline, the heads of the columns, one line a hub.
pub fn table(testnet: &Testnet, views: &[HubView], since_start: Duration, colours: Colours) -> String {
    let agreement = agreement_of(views);
    let paint = |style: Style, text: &str| match colours {
        Colours::On => format!("{style}{text}{style:#}"),
        Colours::Off => text.to_owned(),
    };
    let mut out = format!("{}\n", paint(TITLE, &headline(testnet, &agreement, since_start)));
    let heads = "hub      state         log  root           behind  examined  cosigned  peers  alarms";
    let _ = writeln!(out, "{}", paint(FAINT, heads));
    for view in views {
        let style = if view.process.state == ProcessState::Running && view.status.is_some() {
            GOOD
        } else {
            BAD
        };
        let state = paint(style, &format!("{:<9}", view.process.state));
        let _ = writeln!(
            out,
            "{:<8} {state} {}",
            view.process.hub,
            columns(view, testnet.hubs.len())
        );
    }
    out
}

fn headline(testnet: &Testnet, agreement: &Agreement, since_start: Duration) -> String {
    let seconds = since_start.as_secs();
    let agree = if agreement.agreed {
        format!("{} of {} hubs agree", agreement.hubs, agreement.hubs)
    } else {
        format!(
            "{} of {} hubs answer, not yet agreed",
            agreement.answering, agreement.hubs
        )
    };
    format!(
        "eWTP testnet  {}  {agree}  {} records on each  up {:02}:{:02}:{:02}",
        testnet.net,
        agreement.records,
        seconds / 3600,
        seconds / 60 % 60,
        seconds % 60
    )
}

fn columns(view: &HubView, hubs: usize) -> String {
    let Some(status) = &view.status else {
        return "     -  no answer".to_owned();
    };
    let root = status.log.root.to_string();
    let alarms: Vec<_> = status
        .alarms
        .iter()
        .map(|alarm| format!("{} {}", alarm.code, alarm.hub))
        .collect();
    format!(
        "{:>6}  {:<12}  {:>7}  {:>8}  {:>8}  {:>5}  {}",
        status.log.size,
        &root[..root.len().min(12)],
        agreement::behind(status),
        agreement::examined(status),
        format!("{}/{}", status.log.cosignatures, panel(hubs)),
        status.peers.len(),
        if alarms.is_empty() {
            "-".to_owned()
        } else {
            alarms.join(", ")
        },
    )
}

/// Every other hub is on the panel, up to the 15 that a charter may name.
pub fn panel(hubs: usize) -> usize {
    (hubs - 1).min(15)
}

fn agreement_of(views: &[HubView]) -> Agreement {
    agreement::of(&views.iter().map(|view| view.status.clone()).collect::<Vec<_>>())
}
