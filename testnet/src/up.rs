//! `up`: lay the hubs, start them, let them trade, and show or report how they agree.
//!
//! Three things go on at once: the loop here, which owns the processes and obeys the commands of other terminals; the
//! observer, which looks at every hub; and the story, which waits until all hubs are ready, issues the sample trade and
//! waits until they agree on it.

use crate::agreement::Agreement;
use crate::clock::Stopwatch;
use crate::control::{self, Continue, Control};
use crate::observer::{self, Statuses};
use crate::screen::Screen;
use crate::state::Testnet;
use crate::supervisor::{ProcessView, Supervisor};
use crate::{answer, memory, tariff, trader};
use anyhow::{Context, Result};
use ewtp_api::tariff::ScheduleForm;
use serde::Serialize;
use std::time::Duration;
use tokio::signal::unix::{SignalKind, signal};

/// How long hubs may take to find each other before `up` gives in. A few seconds are usual; the rest is for a machine
/// that builds something else meanwhile.
pub const READY_TIME_MAX: Duration = Duration::from_secs(60);

/// How long hubs may take to agree on the sample trade.
pub const CONVERGED_TIME_MAX: Duration = Duration::from_secs(120);

/// The screen is drawn this often.
const SCREEN_INTERVAL: Duration = Duration::from_millis(500);

/// What `up` should do besides running the hubs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// Whether the sample trade is issued.
    pub trade: Trade,
    /// When to stop.
    pub until: Until,
    /// What is told meanwhile.
    pub telling: Telling,
}

/// Whether the sample trade is issued.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trade {
    /// All of it, with the schedules.
    Sample {
        /// The published schedule of the United States that their hub publishes instead of a small one.
        us_hts: Option<Box<ScheduleForm>>,
    },
    /// The hubs stay idle.
    None,
}

/// When `up` stops.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Until {
    /// When somebody says so.
    Told,
    /// When every hub holds and has examined the same frontier.
    Converged,
}

/// What is told while the hubs run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Telling {
    /// A picture for a person.
    Screen,
    /// Nothing; the answer comes at the end.
    Silent,
}

/// How it went (`ewtp.testnet/1`). Times count from the start of the command.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Report {
    schema: &'static str,
    /// Hubs that took part.
    pub hubs: usize,
    /// Records that every hub holds and has examined.
    pub records: u64,
    /// Tariff editions whose schedules every hub holds.
    pub editions: u64,
    /// When every hub ran and was connected to every other one.
    pub ready_ms: u64,
    /// When all agreed on the sample trade.
    pub converged_ms: u64,
    /// The largest resident memory any hub process ever had, in units of 1,000,000 bytes.
    pub rss_mb_max: u64,
}

/// Runs the testnet until the plan's end or until somebody stops it. The report is there once the hubs agreed.
///
/// # Errors
/// When the hubs cannot be started or do not agree in time. They are stopped in any case.
pub async fn run(testnet: &Testnet, plan: Plan, watch: Stopwatch) -> Result<Option<Report>> {
    let mut supervisor = Supervisor::start(testnet)?;
    let control = Control::listen(testnet)?;
    let telling = plan.telling;
    let outcome = live(testnet, plan, watch, &mut supervisor, &control).await;
    if telling == Telling::Screen {
        answer::note("stopping the hubs …");
    }
    supervisor.stop().await;
    if telling == Telling::Screen {
        answer::note("all stopped; `up` goes on with this folder, `up --fresh` starts over");
    }
    outcome
}

async fn live(
    testnet: &Testnet,
    plan: Plan,
    watch: Stopwatch,
    supervisor: &mut Supervisor,
    control: &Control,
) -> Result<Option<Report>> {
    let statuses = observer::observe(testnet);
    let mut story = tokio::spawn(tell(testnet.clone(), plan.trade, watch, statuses.clone()));
    let mut report = None;
    let mut story_told = false;
    let mut screen = Screen::new();
    let mut redraw = tokio::time::interval(SCREEN_INTERVAL);
    let mut interrupt = signal(SignalKind::interrupt()).context("listening for Ctrl-C")?;
    let mut terminate = signal(SignalKind::terminate()).context("listening for the end")?;
    loop {
        tokio::select! {
            caller = control.next_caller() => {
                if control::serve(caller, supervisor).await == Continue::End {
                    return Ok(report);
                }
            }
            told = &mut story, if !story_told => {
                story_told = true;
                match told.context("the story broke off")? {
                    Ok(told) => report = Some(told.into_report(&supervisor.views())),
                    // A person who kills a hub while it trades wants to see what the others do, and not the end of all.
                    Err(error) if plan.until == Until::Told && plan.telling == Telling::Screen => {
                        let load = testnet.as_typed("load");
                        screen.note(&format!("{error:#}; the hubs go on: `{load}` issues more"));
                    }
                    Err(error) => return Err(error),
                }
                if plan.until == Until::Converged {
                    return Ok(report);
                }
            }
            _ = redraw.tick(), if plan.telling == Telling::Screen => {
                screen.show(testnet, &observer::views(supervisor.views(), &statuses.borrow()), watch.elapsed());
            }
            _ = interrupt.recv() => return Ok(report),
            _ = terminate.recv() => return Ok(report),
        }
    }
}

/// What happened, and when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Told {
    ready_ms: u64,
    converged_ms: u64,
    agreement: Agreement,
}

impl Told {
    /// The same with what the processes took.
    pub fn into_report(self, processes: &[ProcessView]) -> Report {
        Report {
            schema: "ewtp.testnet/1",
            hubs: self.agreement.hubs,
            records: self.agreement.records,
            editions: self.agreement.editions,
            ready_ms: self.ready_ms,
            converged_ms: self.converged_ms,
            rss_mb_max: memory::largest_mb(processes),
        }
    }
}

/// All hubs find each other, trade, and agree.
async fn tell(testnet: Testnet, trade: Trade, watch: Stopwatch, mut statuses: Statuses) -> Result<Told> {
    ready(&mut statuses).await?;
    let ready_ms = watch.elapsed_ms();
    let traded = match trade {
        Trade::Sample { us_hts } => Traded {
            records: trader::issue_sample(&testnet)
                .await
                .context("the sample trade was not issued")?,
            editions: tariff::publish(&testnet, us_hts.as_deref())
                .await
                .context("the tariffs were not published")?,
        },
        Trade::None => Traded::default(),
    };
    let agreement = converged(&mut statuses, traded).await?;
    Ok(Told {
        ready_ms,
        converged_ms: watch.elapsed_ms(),
        agreement,
    })
}

/// As `tell`, for hubs that somebody else starts and lets trade.
///
/// # Errors
/// When the hubs do not find each other or do not agree in time.
pub async fn watch_hubs(mut statuses: Statuses, traded: Traded, watch: Stopwatch) -> Result<Told> {
    ready(&mut statuses).await?;
    let ready_ms = watch.elapsed_ms();
    let agreement = converged(&mut statuses, traded).await?;
    Ok(Told {
        ready_ms,
        converged_ms: watch.elapsed_ms(),
        agreement,
    })
}

/// Waits until every hub runs and is connected to every other one.
///
/// # Errors
/// When that takes too long.
pub async fn ready(statuses: &mut Statuses) -> Result<Agreement> {
    let all = |now: &Agreement| now.ready == now.hubs;
    observer::wait_until(statuses, READY_TIME_MAX, all)
        .await
        .context("the hubs did not find each other")
}

/// What hubs are to agree on beside every hub's charter.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Traded {
    /// Certificates and credentials.
    pub records: u64,
    /// Tariff editions, with their schedules.
    pub editions: u64,
}

impl Traded {
    /// So many records, and no editions.
    pub const fn records(records: u64) -> Self {
        Self { records, editions: 0 }
    }

    /// Whether every hub has all of it.
    pub fn is_everywhere(self, now: &Agreement) -> bool {
        let records = self.records + self.editions + now.hubs as u64;
        now.agreed && now.records >= records && now.editions >= self.editions
    }
}

/// Waits until every hub holds and has examined the same frontier with all that was traded, and the schedules of all editions.
///
/// # Errors
/// When that takes too long.
pub async fn converged(statuses: &mut Statuses, traded: Traded) -> Result<Agreement> {
    let agreed = |now: &Agreement| traded.is_everywhere(now);
    observer::wait_until(statuses, CONVERGED_TIME_MAX, agreed)
        .await
        .context("the hubs did not agree")
}
