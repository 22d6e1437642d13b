//! What a person sees while a testnet runs: one line a hub, redrawn in place on a terminal; elsewhere one line every few
//! seconds, so that a log of it stays readable.
//!
//! Redrawing goes up as many lines as were drawn. A line that wraps or a picture higher than the terminal would make that
//! count wrong, so both are cut to what fits.

use crate::agreement::{self, Agreement};
use crate::observer::HubView;
use crate::state::Testnet;
use crate::supervisor::ProcessState;
use anstyle::{AnsiColor, Style};
use ewtp_api::{LogHead, ScheduleCounts};
use ewtp_record::CharterBody;
use std::borrow::Cow;
use std::fmt::Write as _;
use std::io::{self, IsTerminal, Write};
use std::time::Duration;

const TITLE: Style = Style::new().bold();
const GOOD: Style = AnsiColor::Green.on_default();
const BAD: Style = AnsiColor::Red.on_default().bold();
const FAINT: Style = Style::new().dimmed();

/// The terminal when it does not say how large it is.
const SIZE_DEFAULT: Size = Size { columns: 80, rows: 24 };

/// Where the state of a process stands in its line.
const STATE_COLUMN: usize = 9;
const STATE_WIDTH: usize = 9;

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
            let size = terminal_size::terminal_size_of(io::stderr());
            let size = size.map_or(SIZE_DEFAULT, |(width, height)| Size {
                columns: width.0.into(),
                rows: height.0.into(),
            });
            self.redraw(&table(testnet, views, since_start, Colours::On, Some(size)));
        } else if self.last_line.is_none_or(|last| since_start >= last + LINE_INTERVAL) {
            self.last_line = Some(since_start);
            self.put(&format!("{}\n", headline(testnet, &agreement_of(views), since_start)));
        }
    }

    /// Says something that stays: it takes the place of the picture, and the next one is drawn below.
    pub fn note(&mut self, text: &str) {
        self.redraw(&format!("{text}\n"));
        self.lines_drawn = 0;
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

/// How large a terminal is, in characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size {
    /// Characters in a line.
    pub columns: usize,
    /// Lines.
    pub rows: usize,
}

impl Size {
    /// A line cut so that it does not wrap; the last column stays free, because some terminals wrap when it is filled.
    fn cut<'t>(&self, line: &'t str) -> Cow<'t, str> {
        let most = self.columns.saturating_sub(1).max(1);
        if line.chars().count() <= most {
            return Cow::Borrowed(line);
        }
        let kept: String = line.chars().take(most - 1).collect();
        Cow::Owned(format!("{}…", kept.trim_end()))
    }

    /// How many of `hubs` lines fit below the three heads, with room for the cursor and a line that says how many do not.
    fn hubs_shown(&self, hubs: usize) -> usize {
        match self.rows.saturating_sub(4) {
            room if hubs <= room => hubs,
            room => room.saturating_sub(1),
        }
    }
}

/// The whole picture: a headline, what the tariffs cost, the heads of the columns, one line a hub; with a size, what fits of it.
pub fn table(
    testnet: &Testnet,
    views: &[HubView],
    since_start: Duration,
    colours: Colours,
    size: Option<Size>,
) -> String {
    let agreement = agreement_of(views);
    let cut = |line: &str| size.map_or_else(|| line.to_owned(), |size| size.cut(line).into_owned());
    let paint = |style: Style, text: &str| match colours {
        Colours::On => format!("{style}{text}{style:#}"),
        Colours::Off => text.to_owned(),
    };
    let headline = headline(testnet, &agreement, since_start);
    let mut out = format!("{}\n", paint(TITLE, &cut(&headline)));
    let _ = writeln!(out, "{}", paint(FAINT, &cut(&tariffs(views, &agreement))));
    let heads = "hub      state        log  root      behind  examined  cosigned      peers  alarms";
    let _ = writeln!(out, "{}", paint(FAINT, &cut(heads)));
    let shown = size.map_or(views.len(), |size| size.hubs_shown(views.len()));
    for view in &views[..shown] {
        let is_well = view.process.state == ProcessState::Running && view.status.is_some();
        let style = if is_well { GOOD } else { BAD };
        let line = format!(
            "{:<8} {:<STATE_WIDTH$} {}",
            view.process.hub,
            view.process.state,
            columns(view, testnet.hubs.len())
        );
        // Painted after cutting: escapes take no room on the screen. All but the mark of a cut is ASCII.
        let line = cut(&line);
        let state = line.ceil_char_boundary(STATE_COLUMN)..line.ceil_char_boundary(STATE_COLUMN + STATE_WIDTH);
        let (before, after) = (&line[..state.start], &line[state.end..]);
        let _ = writeln!(out, "{before}{}{after}", paint(style, &line[state.clone()]));
    }
    if shown < views.len() {
        let more = format!("… and {} more: `{}`", views.len() - shown, testnet.as_typed("status"));
        let _ = writeln!(out, "{}", paint(FAINT, &cut(&more)));
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
        "{}  {agree}  {} records on each  up {:02}:{:02}:{:02}",
        testnet.net,
        agreement.records,
        seconds / 3600,
        seconds / 60 % 60,
        seconds % 60
    )
}

/// What came to the hubs for their tariffs, and what did not need to come, all hubs together.
fn tariffs(views: &[HubView], agreement: &Agreement) -> String {
    let counts = || views.iter().filter_map(|view| Some(view.status.as_ref()?.schedules));
    let sum = |of: fn(&ScheduleCounts) -> u64| counts().map(|counts| of(&counts)).sum::<u64>();
    format!(
        "{} tariffs on each  {} pages moved, {} saved, {} KB",
        agreement.editions,
        sum(|counts| counts.pages_moved),
        sum(|counts| counts.pages_saved),
        sum(|counts| counts.bytes_moved).div_ceil(1000)
    )
}

fn columns(view: &HubView, hubs: usize) -> String {
    let Some(status) = &view.status else {
        return "    -  no answer".to_owned();
    };
    let root = status.log.root.to_string();
    let alarms: Vec<_> = status
        .alarms
        .iter()
        .map(|alarm| format!("{} {}", alarm.code, alarm.hub))
        .collect();
    format!(
        "{:>5}  {:<8}  {:>6}  {:>8}  {:<12}  {:>5}  {}",
        status.log.size,
        &root[..root.len().min(8)],
        agreement::behind(status),
        agreement::examined(status),
        cosigned(&status.log, hubs),
        status.peers.len(),
        if alarms.is_empty() {
            "-".to_owned()
        } else {
            alarms.join(", ")
        },
    )
}

/// How many of the panel cosigned the newest checkpoint that any did, and how many records that covers: the newest of a log
/// that grows wait for their witnesses.
fn cosigned(log: &LogHead, hubs: usize) -> String {
    format!("{}/{} at {}", log.cosignatures, panel(hubs), log.cosigned_size)
}

/// Every other hub is on the panel, up to as many as a charter may name.
pub fn panel(hubs: usize) -> usize {
    (hubs - 1).min(CharterBody::PANEL_MAX)
}

fn agreement_of(views: &[HubView]) -> Agreement {
    agreement::of(&views.iter().map(|view| view.status.clone()).collect::<Vec<_>>())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seed::Seed;
    use crate::state::Hub;
    use crate::supervisor::ProcessView;
    use std::path::Path;

    fn picture(hubs: usize, colours: Colours, size: Size) -> String {
        let codes: Vec<&str> = crate::roster::ROSTER[..hubs].iter().map(|facts| facts.code).collect();
        let hub = |code: &&str| Hub {
            hub: (*code).to_owned(),
            peer_id: "12D3KooW".to_owned(),
            genesis: "00".repeat(32),
            address: "/ip4/127.0.0.1/tcp/1".to_owned(),
            http: "127.0.0.1:1".parse().unwrap(),
        };
        let testnet = Testnet::new(Path::new("/t"), Seed(1), 0, codes.iter().map(hub).collect());
        let view = |code: &&str| HubView {
            process: ProcessView {
                hub: (*code).to_owned(),
                pid: Some(1),
                state: ProcessState::Running,
                starts: 1,
            },
            status: None,
        };
        let views: Vec<HubView> = codes.iter().map(view).collect();
        table(&testnet, &views, Duration::from_secs(59), colours, Some(size))
    }

    #[test]
    fn the_picture_fits_every_terminal_in_width_and_height() {
        for (columns, rows) in (1..100).map(|columns| (columns, columns / 3)) {
            for hubs in [1, 8, 32] {
                let picture = picture(hubs, Colours::Off, Size { columns, rows });
                let widest = picture.lines().map(|line| line.chars().count()).max().unwrap();
                assert!(
                    widest < columns.max(2),
                    "{widest} characters in {columns} columns:\n{picture}"
                );
                let lines = picture.lines().count();
                assert!(lines < rows.max(5), "{lines} lines in {rows} rows:\n{picture}");
            }
        }
    }

    #[test]
    fn cosignatures_are_told_with_the_records_that_they_cover() {
        let log = LogHead {
            epoch: 0,
            size: 2_072,
            root: ewtp_log::EMPTY_ROOT,
            cosignatures: 7,
            cosigned_size: 2_071,
        };
        assert_eq!(cosigned(&log, 8), "7/7 at 2071");
    }

    #[test]
    fn hubs_that_do_not_fit_are_counted() {
        let picture = picture(32, Colours::Off, SIZE_DEFAULT);
        assert!(picture.contains("\n… and 13 more: `ewtp-testnet --dir "), "{picture}");
    }

    #[test]
    fn colours_change_nothing_but_colours() {
        let size = Size { columns: 30, rows: 24 };
        let painted = picture(8, Colours::On, size);
        let mut plain = String::new();
        for part in painted.split('\u{1b}') {
            plain.push_str(part.split_once('m').map_or(part, |(_, text)| text));
        }
        assert_eq!(plain, picture(8, Colours::Off, size));
    }
}
