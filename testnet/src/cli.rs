//! What one types: every command with its arguments and its help.

use crate::roster::HUBS_MAX;
use crate::state::DEFAULT_FOLDER;
use clap::{Args, Parser, Subcommand, ValueEnum};
use std::path::PathBuf;

/// The whole federation on one machine: hubs as real processes on loopback, sample trade, faults.
#[derive(Debug, Parser)]
#[command(name = "ewtp-testnet", version, arg_required_else_help = true)]
pub struct Cli {
    /// The testnet's folder; everything it writes lies there
    #[arg(long, global = true, value_name = "DIR", default_value = DEFAULT_FOLDER, env = "EWTP_TESTNET_DIR")]
    pub dir: PathBuf,
    /// Answer with one JSON object instead of lines for a person
    #[arg(long, global = true)]
    pub json: bool,
    /// What to do
    #[command(subcommand)]
    pub command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Lay and start the hubs, issue the sample trade, and show them until Ctrl-C
    Up(Up),
    /// Stop every hub in order
    Down {
        /// Remove the folder as well
        #[arg(long)]
        remove: bool,
    },
    /// Show every hub: process, log, root, lag, cosignatures, neighbours, alarms
    Status,
    /// End a hub with SIGKILL, as a power cut would
    Kill {
        /// The hub
        hub: String,
    },
    /// Stop a hub in its tracks (SIGSTOP)
    Pause {
        /// The hub
        hub: String,
    },
    /// Let a paused hub go on (SIGCONT)
    Resume {
        /// The hub
        hub: String,
    },
    /// Start a hub again; one that runs is first stopped in order
    Restart {
        /// The hub
        hub: String,
    },
    /// Cut every road between groups of hubs: "CN-HGH,MY | RW,ET"; hubs not named form a group of their own
    Partition {
        /// The groups, separated by `|`, their hubs by `,`
        groups: String,
    },
    /// Open every road
    Heal,
    /// Set the road between two hubs; without options it is open again
    Link(Link),
    /// Issue one clearance certificate
    Issue {
        /// The hub that clears the goods
        hub: String,
    },
    /// Issue certificates at all hubs at a steady rate
    Load {
        /// Certificates a second, all hubs together
        #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=100_000))]
        rate: u32,
        /// Seconds
        #[arg(long = "for", value_name = "SECONDS", default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..=86_400))]
        seconds: u64,
    },
    /// Wait for something all hubs say together
    Wait {
        /// For what
        #[command(subcommand)]
        what: Wait,
        /// Give up after so many seconds
        #[arg(long, global = true, value_name = "SECONDS", default_value_t = 60)]
        timeout: u64,
    },
    /// Print what a hub's node tells
    Logs {
        /// The hub
        hub: String,
        /// Only the last so many lines
        #[arg(long, short = 'n', value_name = "LINES")]
        lines: Option<usize>,
    },
    /// Print exports for a shell that talks to a hub, and one curl that works
    Env {
        /// The hub
        hub: String,
    },
    /// Show that a claim of the README holds, on a testnet of its own
    Prove(Prove),
    /// One hub process, started by the supervisor
    #[command(hide = true)]
    Hub {
        /// The hub
        hub: String,
        /// The process id of the supervisor, with which this process ends
        #[arg(long)]
        parent: u32,
    },
}

/// How the testnet is laid and when `up` returns.
#[derive(Debug, Args)]
pub struct Up {
    /// How many hubs: CN-HGH, MY, RW, ET, BE, TH, US, SG, then further countries [default: 8, or what the folder holds]
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..=HUBS_MAX as i64))]
    pub hubs: Option<u16>,
    /// The number that keys and sample trade grow from [default: 1, or what the folder holds]
    #[arg(long)]
    pub seed: Option<u64>,
    /// Start over: remove what the folder holds of an earlier testnet
    #[arg(long)]
    pub fresh: bool,
    /// Leave the hubs idle: no sample trade, no tariffs
    #[arg(long)]
    pub idle: bool,
    /// Publish the tariff schedule of the United States as it is exported (.json or .json.gz) instead of a small one
    #[arg(long, value_name = "FILE", conflicts_with = "idle")]
    pub us_hts: Option<PathBuf>,
    /// End here, with all hubs stopped (or running on, with --detach)
    #[arg(long)]
    pub until: Option<Moment>,
    /// Return when the hubs agree and leave them running in the background, until `down`
    #[arg(long)]
    pub detach: bool,
    /// The background half of `--detach`
    #[arg(long, hide = true)]
    pub supervise: bool,
}

/// A moment in a testnet's life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Moment {
    /// Every hub holds and has examined the same frontier
    Converged,
}

/// The road between two hubs, both directions.
#[derive(Debug, Args)]
pub struct Link {
    /// One hub
    pub one: String,
    /// The other hub
    pub other: String,
    /// Added to everything that passes, in milliseconds
    #[arg(long, default_value_t = 0, value_parser = clap::value_parser!(u32).range(0..=60_000))]
    pub delay: u32,
    /// Up to this much more, in milliseconds
    #[arg(long, default_value_t = 0, value_parser = clap::value_parser!(u32).range(0..=60_000))]
    pub jitter: u32,
    /// Bytes a second at most; 0 is no limit
    #[arg(long, default_value_t = 0)]
    pub rate: u64,
    /// How many of a thousand writes stall for a second
    #[arg(long, default_value_t = 0, value_parser = clap::value_parser!(u16).range(0..=1000))]
    pub loss: u16,
    /// Nothing passes
    #[arg(long)]
    pub cut: bool,
}

/// For what to wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Subcommand)]
pub enum Wait {
    /// Every hub holds and has examined the same frontier
    Converged,
    /// Every hub holds and has examined at least so many records
    Size {
        /// Records in all logs together
        records: u64,
    },
}

/// Which claim to show, and how hard to try.
#[derive(Debug, Args)]
pub struct Prove {
    /// The claim
    #[command(subcommand)]
    pub claim: Claim,
    /// The number that keys, trade and faults grow from
    #[arg(long, global = true, default_value_t = 1)]
    pub seed: u64,
}

/// A claim of the README.
#[derive(Clone, Debug, PartialEq, Eq, Subcommand)]
pub enum Claim {
    /// `kill -9` of any hub at any moment under load loses nothing acknowledged and signs no second history
    Kill {
        /// How many kills
        #[arg(long, default_value_t = 50)]
        rounds: u32,
        /// Certificates a second, all hubs together
        #[arg(long, default_value_t = 400)]
        rate: u32,
    },
    /// The same records resent after a kill grow the log by none
    Resend {
        /// How many records
        #[arg(long, default_value_t = 40_000)]
        records: u64,
    },
    /// A mesh cut in two halves under load agrees again soon after it is whole
    Partition {
        /// How long it is cut, in seconds
        #[arg(long, default_value_t = 30)]
        seconds: u64,
        /// Certificates a second, all hubs together
        #[arg(long, default_value_t = 200)]
        rate: u32,
    },
    /// Meshes of 2, 3, 4 and 8 hubs reach their quorum
    Quorum,
    /// Every revision of a real schedule is everywhere within seconds, only what changed moves, and a killed publisher takes
    /// nothing along
    Tariff {
        /// The folder with `hts_2026_rev_5.json.gz` as published, a table of the edition of 2025, and the rows that changed
        /// between them
        #[arg(long, value_name = "DIR")]
        us_hts: PathBuf,
    },
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_contradicts_itself_nowhere() {
        Cli::command().debug_assert();
    }

    #[test]
    fn a_testnet_of_none_or_of_more_than_the_roster_is_refused() {
        assert!(Cli::try_parse_from(["ewtp-testnet", "up", "--hubs", "0"]).is_err());
        assert!(Cli::try_parse_from(["ewtp-testnet", "up", "--hubs", "33"]).is_err());
        assert!(Cli::try_parse_from(["ewtp-testnet", "up", "--hubs", "32", "--dir", "x", "--json"]).is_ok());
    }
}
