//! `cargo simulate`: runs the mesh from a seed and says what came of it.

use std::io::Write as _;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use clap::Parser;
use ewtp_simulator::{Report, Scenario};

/// Simulate a mesh of hubs in virtual time. Equal seeds give equal runs.
#[derive(Debug, Parser)]
#[command(name = "ewtp-simulator", version)]
struct Arguments {
    /// Number of hubs.
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u16).range(2..=1000))]
    hubs: u16,
    /// Simulated minutes of load and faults.
    #[arg(long, default_value_t = 2.0)]
    minutes: f64,
    /// First seed.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// How many seeds, one after the other.
    #[arg(long, default_value_t = 1)]
    seeds: u64,
    /// Lose a fifth of all gossip, cut the mesh twice, crash hubs and skew clocks.
    #[arg(long, conflicts_with = "idle")]
    rough: bool,
    /// Issue nothing: the hubs log their pulses only.
    #[arg(long)]
    idle: bool,
    /// Seconds after the last fault within which the hubs must agree.
    #[arg(long, default_value_t = 120.0)]
    agree_within: f64,
    /// One JSON object a seed.
    #[arg(long)]
    json: bool,
}

fn main() -> anyhow::Result<std::process::ExitCode> {
    let arguments = Arguments::parse();
    let duration = Duration::try_from_secs_f64(arguments.minutes * 60.0).context("--minutes must be positive")?;
    let agree_within =
        Duration::try_from_secs_f64(arguments.agree_within).context("--agree-within must not be negative")?;
    let scenario = match (arguments.rough, arguments.idle) {
        (true, _) => Scenario::rough,
        (_, true) => Scenario::idle,
        _ => Scenario::calm,
    };
    let mut broken = 0;
    for seed in arguments.seed..arguments.seed + arguments.seeds {
        let scenario = scenario(usize::from(arguments.hubs), duration, seed);
        let report = timed(Scenario {
            agree_within,
            ..scenario
        });
        broken += u64::from(!report.violations.is_empty());
        tell(&arguments, &report)?;
    }
    Ok(if broken == 0 {
        std::process::ExitCode::SUCCESS
    } else {
        std::process::ExitCode::FAILURE
    })
}

impl Arguments {
    /// The command that runs one seed again.
    fn replay(&self, seed: u64) -> String {
        let Self {
            hubs,
            minutes,
            agree_within,
            ..
        } = self;
        let weather = match (self.rough, self.idle) {
            (true, _) => " --rough",
            (_, true) => " --idle",
            _ => "",
        };
        format!("cargo simulate --hubs {hubs} --minutes {minutes} --seed {seed} --agree-within {agree_within}{weather}")
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the run itself reads no clock; how long it took is asked here"
)]
fn timed(scenario: Scenario) -> Report {
    let start = Instant::now();
    let mut report = ewtp_simulator::run(scenario);
    report.wall_ms = u64::try_from(start.elapsed().as_millis()).unwrap_or(u64::MAX);
    report
}

fn tell(arguments: &Arguments, report: &Report) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    if arguments.json {
        writeln!(out, "{}", serde_json::to_string(report)?)?;
    } else {
        let Report {
            seed,
            hubs,
            announcements,
            deliveries,
            missed,
            wall_ms,
            acknowledged,
            ..
        } = report;
        writeln!(
            out,
            "seed {seed}: {hubs} hubs, {acknowledged} records, {announcements} announcements, {deliveries} deliveries \
             (p50 {:.0} ms, p99 {:.0} ms, {missed} missed), agreed after {} ms, trace {}, {wall_ms} ms",
            report.announcement_p50_ms,
            report.announcement_p99_ms,
            report
                .agreed_after_ms
                .map_or_else(|| "no".to_owned(), |after| after.to_string()),
            &report.trace[..16],
        )?;
    }
    for violation in &report.violations {
        writeln!(std::io::stderr(), "seed {}: {violation}", report.seed)?;
    }
    if !report.violations.is_empty() {
        writeln!(std::io::stderr(), "replay: {}", arguments.replay(report.seed))?;
    }
    Ok(())
}
