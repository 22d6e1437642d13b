//! What can be typed. `ewtp help COMMAND` shows the long texts written here; they are the manual.

mod publish;
mod quote;
mod tariff;

pub(crate) use publish::{TariffCorrectArgs, TariffExportArgs, TariffHistoryArgs, TariffPublishArgs, TariffShowArgs};
pub(crate) use quote::TariffQuoteArgs;
pub(crate) use tariff::{
    AboutArgs, TariffCommand, TariffDiffArgs, TariffFormat, TariffImportArgs, TariffTemplateArgs, TariffTreeArgs,
};

use clap::builder::styling::{AnsiColor, Styles};
use clap::{Args, Parser, Subcommand, ValueEnum};
use ewtp_node::folder::DEFAULT_FOLDER;
use ewtp_node::keys::PassphraseSource;
use std::path::{Path, PathBuf};

const STYLES: Styles = Styles::styled()
    .header(AnsiColor::Green.on_default().bold())
    .usage(AnsiColor::Green.on_default().bold())
    .literal(AnsiColor::Cyan.on_default().bold())
    .placeholder(AnsiColor::Cyan.on_default());

const OVERVIEW: &str = "\
Start a hub:        ewtp init --hub MY --net test:demo --panel RW,ET --no-encryption && ewtp run
Look at it:         ewtp status, ewtp doctor
Issue:              ewtp cert issue trade.json
Check at a border:  ewtp verify certificate.ewtp    (no node, no network)
What is due:        ewtp tariff quote --to SG --from CN --hs 6109.10.00.12 --value 1000SGD

Exit status: 0 done, 1 failed, 2 usage; `ewtp verify` has more, see `ewtp help verify`.
With --json the answer is one object on stdout with `schema` first, lists one object a line,
and a failure is one `ewtp.error/1` on stderr. Colours and progress show only on a terminal.";

/// One node of a hub in the eWTP mesh, and every command an operator, officer or developer types.
#[derive(Debug, Parser)]
#[command(name = "ewtp", version, styles = STYLES, after_help = OVERVIEW, max_term_width = 110)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) common: Common,
    #[command(subcommand)]
    pub(crate) command: Command,
}

impl Cli {
    /// The hub's folder if it was typed, and is not what a command without `--dir` would take.
    pub(crate) fn typed_folder(&self) -> Option<&Path> {
        let implied = std::env::var_os("EWTP_DIR").map_or_else(|| PathBuf::from(DEFAULT_FOLDER), PathBuf::from);
        Some(self.common.dir.as_path()).filter(|folder| *folder != implied)
    }
}

/// What every command takes.
#[derive(Debug, Args)]
pub(crate) struct Common {
    /// The hub's folder.
    #[arg(long, global = true, env = "EWTP_DIR", default_value = DEFAULT_FOLDER, value_name = "DIR", hide_env_values = true)]
    pub(crate) dir: PathBuf,
    /// Answer in JSON: one object with `schema` first, lists one object a line.
    #[arg(long, global = true)]
    pub(crate) json: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Make a hub: keys, charter, node manifest, configuration and policy
    ///
    /// Writes root keys, the keys promised for the next rotation, one key for each duty, the signed genesis charter, the
    /// manifest that binds this node to the hub, ewtp.toml and policy.json. Nothing that exists is overwritten. On a
    /// terminal it asks what was not given. Afterwards move the root keys and next root keys to other places: a running
    /// node never opens them.
    Init(InitArgs),
    /// Run the node in the foreground until Ctrl-C or SIGTERM
    ///
    /// A stop takes at most 10 s: new work is refused, what was taken is committed, signed and announced. Events go to
    /// stderr, filtered by $EWTP_LOG or `[events] filter` in ewtp.toml: lines on a terminal, one JSON object each elsewhere
    /// and with --json.
    Run(RunArgs),
    /// One screen: log, frontier, peers, alarms of the running node
    Status(StatusArgs),
    /// Check a certificate, credential or duty receipt from its file, offline
    ///
    /// Needs no node, no network and no configuration: only the policy, which pins the genesis ids of the hubs it
    /// recognises: {"net":"ewtp","own":"MY","pins":{"MY":"<64 hex digits>","RW":"<64 hex digits>"}}.
    ///
    /// Exit status: 0 accepted, 1 failed to run, 2 usage, 10 invalid, 11 unrecognised, 13 expired or not yet valid,
    /// 14 undecided, 16 unsupported. A file that is no bundle at all (empty, a picture, JSON) is 1 and no verdict; a damaged
    /// bundle is 10.
    ///
    /// The duty that a certificate assesses is checked when its receipts are shown (--receipt, once for each): what
    /// contradicts the certificate is 10, a receipt that is missing or none of the certificate's is 14.
    Verify(VerifyArgs),
    /// Look for what is wrong here, in order, with remedies
    ///
    /// Folder, configuration, charter, keys and their modes, manifest, policy, clock, disk left; then the ledger and the
    /// ports, or through the running node its peers and alarms. Encrypted keys are opened only when a passphrase is given.
    /// Exit status 0 when nothing is wrong, 1 otherwise.
    Doctor(DoctorArgs),
    /// Clearance certificates: issue, assess, show, bundle
    #[command(subcommand)]
    Cert(CertCommand),
    /// Merchant credentials: enrol, show
    #[command(subcommand)]
    Merchant(MerchantCommand),
    /// A log: head, get, prove, export, resume
    #[command(subcommand)]
    Log(LogCommand),
    /// Other hubs and their nodes: ls, add, pin, rm
    #[command(subcommand)]
    Peer(PeerCommand),
    /// Decode anything and trust nothing
    ///
    /// A record, bundle, checkpoint note, tlog-proof, charter chain, introduction, announcement, sync message or policy,
    /// as hex, base64 or raw bytes. Checks the form and nothing else: no signature, no authority, no time.
    Inspect(InspectArgs),
    /// National tariff schedules: quote what is due on goods; import, export, diff, tree (no node); publish, correct, history, show
    #[command(subcommand)]
    Tariff(TariffCommand),
    /// Delete the index and build it again from the ledger (the node must not run)
    Reindex,
    /// Measure this machine: examination, issuing, announcements, syncs, quotes, each beside its limit
    ///
    /// Ends within 45 s: a slow machine measures less of each. Every limit is measured in the same run, in turns with what it limits; the ratio is what to
    /// compare between machines.
    Bench(BenchArgs),
}

/// Where the passphrase of encrypted keys comes from; a terminal is asked when none is given.
#[derive(Debug, Args)]
pub(crate) struct PassphraseArgs {
    /// Read the passphrase of the keys from the first line of a file.
    #[arg(long, value_name = "FILE", env = "EWTP_PASSPHRASE_FILE", hide_env_values = true)]
    pub(crate) passphrase_file: Option<PathBuf>,
    /// Read the passphrase of the keys from the first line of an open descriptor.
    #[arg(long, value_name = "N", conflicts_with = "passphrase_file")]
    pub(crate) passphrase_fd: Option<u32>,
}

impl PassphraseArgs {
    pub(crate) fn source(&self) -> PassphraseSource {
        match (&self.passphrase_fd, &self.passphrase_file) {
            (Some(number), _) => PassphraseSource::Descriptor(*number),
            (None, Some(path)) => PassphraseSource::File(path.clone()),
            (None, None) => PassphraseSource::Terminal,
        }
    }
}

/// What a new hub is to be.
#[derive(Debug, Args)]
pub(crate) struct InitArgs {
    /// The hub's code: a country, or a country and a place (MY, CN-HGH).
    #[arg(long, value_name = "CODE")]
    pub(crate) hub: Option<String>,
    /// The hub's name as people read it [default: its code].
    #[arg(long, value_name = "TEXT")]
    pub(crate) name: Option<String>,
    /// The net: ewtp, or test:NAME to try things out.
    #[arg(long, value_name = "NET")]
    pub(crate) net: Option<String>,
    /// A multiaddr to listen on; repeat for more [default: port 7600 of every interface, UDP (QUIC) and TCP].
    #[arg(long, value_name = "MULTIADDR", value_delimiter = ',')]
    pub(crate) listen: Vec<String>,
    /// A multiaddr to publish, at which others reach this node; repeat for more [default: those it listens on, except
    /// 0.0.0.0 and ::, which nobody can dial].
    #[arg(long, value_name = "MULTIADDR", value_delimiter = ',')]
    pub(crate) address: Vec<String>,
    /// The hubs asked to witness this log, at most 15 (RW,ET). Without any, no verifier reaches a quorum; this version
    /// cannot add them later.
    #[arg(long, value_name = "HUBS", value_delimiter = ',')]
    pub(crate) panel: Vec<String>,
    /// How many root keys the charter has, 1 to 9.
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(u8).range(1..=9))]
    pub(crate) root_keys: u8,
    /// How many root keys must sign a charter [default: the smallest majority].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u8).range(1..=9))]
    pub(crate) threshold: Option<u8>,
    /// How many days the charter lasts, at most 400.
    #[arg(long, value_name = "DAYS", default_value_t = 365, value_parser = clap::value_parser!(u16).range(1..=400))]
    pub(crate) days: u16,
    /// A hub to hold, relay and serve; repeat for more. Carrying is not trusting.
    #[arg(long, value_name = "HUB=GENESIS[@MULTIADDR,…]")]
    pub(crate) carry: Vec<String>,
    /// A carried hub whose records this hub's officers accept: pinned in policy.json; repeat or list with commas.
    #[arg(long, value_name = "HUB", value_delimiter = ',')]
    pub(crate) recognise: Vec<String>,
    /// Let guests read: admission = "open".
    #[arg(long)]
    pub(crate) open: bool,
    /// A loopback address that serves the admin interface beside the socket.
    #[arg(long, value_name = "ADDRESS:PORT")]
    pub(crate) admin_http: Option<String>,
    /// Write the keys without a passphrase (test: nets only).
    #[arg(long, conflicts_with_all = ["passphrase_file", "passphrase_fd"])]
    pub(crate) no_encryption: bool,
    /// Never ask; fail when something is missing.
    #[arg(long)]
    pub(crate) no_input: bool,
    #[command(flatten)]
    pub(crate) passphrase: PassphraseArgs,
}

#[derive(Debug, Args)]
pub(crate) struct RunArgs {
    #[command(flatten)]
    pub(crate) passphrase: PassphraseArgs,
}

#[derive(Debug, Args)]
pub(crate) struct StatusArgs {
    /// Show it again every second until Ctrl-C.
    #[arg(long)]
    pub(crate) watch: bool,
}

/// What to judge, by which policy, as of when.
#[derive(Debug, Args)]
pub(crate) struct VerifyArgs {
    /// The bundle, from `ewtp cert bundle`, or a duty receipt; - for stdin.
    #[arg(value_name = "FILE|-")]
    pub(crate) file: PathBuf,
    /// A duty receipt that the certificate names: its duty, code, unit and papers are checked too. Once for each.
    #[arg(long = "receipt", value_name = "RECEIPT")]
    pub(crate) receipts: Vec<PathBuf>,
    /// The bundle of a record that the certificate rests on (a permit, a phytosanitary certificate), from `ewtp cert bundle`:
    /// the papers that its goods need are looked for there. Once for each.
    #[arg(long = "paper", value_name = "BUNDLE")]
    pub(crate) papers: Vec<PathBuf>,
    /// The table by which the certificate's codes and units are checked where no receipt is shown: the folder of a schedule, from
    /// `ewtp tariff import` or `ewtp tariff show --out`, or an edition of the node here.
    #[arg(long, value_name = "DIR|ID", conflicts_with = "receipts")]
    pub(crate) edition: Option<PathBuf>,
    /// The bundle of an edition, from `ewtp cert bundle`: of one that may correct that of a duty receipt, or of the one that the
    /// certificate names, for a folder that was only imported. Once for each; a node that runs in the folder is asked for those that it
    /// knows.
    #[arg(long, value_name = "BUNDLE")]
    pub(crate) evidence: Vec<PathBuf>,
    /// The policy [default: policy.json in the folder; without one nobody is trusted].
    #[arg(long, value_name = "FILE")]
    pub(crate) policy: Option<PathBuf>,
    /// Judge as of this time: Unix seconds, 2026-11-22 or 2026-11-22T10:30:00Z [default: now].
    #[arg(long, value_name = "TIME")]
    pub(crate) at: Option<String>,
}

/// What opens the keys, if they shall be opened.
#[derive(Debug, Args)]
pub(crate) struct DoctorArgs {
    #[command(flatten)]
    pub(crate) passphrase: PassphraseArgs,
}

#[derive(Debug, Subcommand)]
pub(crate) enum CertCommand {
    /// Issue certificates: a JSON object, JSON lines, or - for stdin
    ///
    /// Each is answered in its place, when a durable signed checkpoint covers it:
    /// {"schema":"ewtp.issued/1","id","hub","epoch","index"}. A bad one is answered by its error with its line, and the
    /// rest goes on; the exit status is then 1. Sending the same input again gives the first answer again.
    Issue(IssueArgs),
    /// Write what a certificate says of its duty, from the duty receipts of its lines (no node)
    ///
    /// Computes each receipt again and prints {"assessment": {...}}: the edition, each line's amount and receipt, the total. Put
    /// it into the input of `ewtp cert issue`.
    Assess(AssessArgs),
    /// Show a certificate by id or number
    Show(ShowArgs),
    /// Write the bundle that an officer verifies offline
    ///
    /// A record that was issued a moment ago is not witnessed yet: this waits up to 5 s until enough of the panel of its
    /// hub cosigned, and says who is missing when they did not.
    Bundle(BundleArgs),
}

#[derive(Debug, Subcommand)]
pub(crate) enum MerchantCommand {
    /// Enrol merchants: a JSON object, JSON lines, or - for stdin
    ///
    /// Answered as `ewtp cert issue` answers.
    Enrol(IssueArgs),
    /// Show a credential by record id or merchant id
    Show(ShowArgs),
}

#[derive(Debug, Args)]
pub(crate) struct IssueArgs {
    /// The input, or - for stdin.
    #[arg(value_name = "FILE|-")]
    pub(crate) file: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct ShowArgs {
    /// A record id (64 hex digits), or the number or merchant id it carries.
    #[arg(value_name = "ID|NUMBER")]
    pub(crate) reference: String,
    /// The hub that issued it, when a number is given [default: this hub].
    #[arg(long, value_name = "HUB")]
    pub(crate) hub: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct AssessArgs {
    /// The duty receipt of each line, in the order of the lines.
    #[arg(value_name = "RECEIPT", required = true)]
    pub(crate) receipts: Vec<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct BundleArgs {
    /// The record's id, 64 hex digits.
    #[arg(value_name = "ID")]
    pub(crate) id: String,
    /// Where to write it, or - for stdout.
    #[arg(long, value_name = "FILE")]
    pub(crate) out: PathBuf,
    /// Do not wait for the witnesses.
    #[arg(long)]
    pub(crate) no_wait: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum LogCommand {
    /// The newest signed checkpoint of a log
    Head(HubArgs),
    /// One record of a log by its index
    Get(LogIndexArgs),
    /// The inclusion proof of a record: a C2SP tlog-proof that other tools verify
    Prove(LogIndexArgs),
    /// Write a log as a static C2SP tile tree: checkpoint, tile/, entries
    ///
    /// Asks the running node, or reads the folder when no node runs.
    Export(ExportArgs),
    /// Let this hub's own log go on although an alarm holds it
    ///
    /// A log stands still when someone shows a checkpoint by this hub's own key that this folder does not bear out
    /// (`own-log-ahead`), and waits when peers only say so (`start-held`). Going on can make two histories of one log, and
    /// every hub that sees both stops trusting this one for good. First look for another node or a newer folder of this hub,
    /// and run that one instead. Go on only when the longer log is lost and you know what it held.
    Resume(ResumeArgs),
}

#[derive(Debug, Args)]
pub(crate) struct HubArgs {
    /// Whose log [default: this hub's].
    #[arg(value_name = "HUB")]
    pub(crate) hub: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct LogIndexArgs {
    /// The record's index in the log.
    #[arg(value_name = "INDEX")]
    pub(crate) index: u64,
    /// Whose log [default: this hub's].
    #[arg(long, value_name = "HUB")]
    pub(crate) hub: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct ExportArgs {
    /// The folder to write; it must not exist or be empty.
    #[arg(value_name = "DIR")]
    pub(crate) to: PathBuf,
    /// Whose log [default: this hub's].
    #[arg(long, value_name = "HUB")]
    pub(crate) hub: Option<String>,
}

/// What the operator knows of.
#[derive(Debug, Args)]
pub(crate) struct ResumeArgs {
    /// The size that the alarm names, to show that you read it.
    #[arg(long, value_name = "SIZE")]
    pub(crate) past: u64,
}

#[derive(Debug, Subcommand)]
pub(crate) enum PeerCommand {
    /// The nodes connected now
    Ls,
    /// Carry a hub from now on: written to ewtp.toml, and told to the running node
    ///
    /// Carrying is not trusting. Recognising a hub by a signed statement is not built yet; to accept its records, pin it: ewtp
    /// peer pin HUB. A mistyped genesis is corrected by adding the hub again, until a node of it connected.
    Add(PeerAddArgs),
    /// Have officers here accept what a carried hub signs: pins its genesis in policy.json
    ///
    /// Compare the genesis with the hub's operator first, on a line that nobody in between can change: whoever the genesis
    /// belongs to is trusted from then on.
    Pin(PeerPinArgs),
    /// Carry a hub no longer: taken out of ewtp.toml; the records held stay
    Rm(PeerRmArgs),
}

#[derive(Debug, Args)]
pub(crate) struct PeerAddArgs {
    /// The hub, the id of its genesis charter as its operator gave it, and where its nodes are.
    #[arg(value_name = "HUB=GENESIS[@MULTIADDR,…]")]
    pub(crate) peer: String,
    /// Not built yet: answered with what to do instead.
    #[arg(long, hide = true)]
    pub(crate) recognise: bool,
}

#[derive(Debug, Args)]
pub(crate) struct PeerPinArgs {
    /// The hub; it is carried already.
    #[arg(value_name = "HUB")]
    pub(crate) hub: String,
}

#[derive(Debug, Args)]
pub(crate) struct PeerRmArgs {
    /// The hub.
    #[arg(value_name = "HUB")]
    pub(crate) hub: String,
}

/// What to decode.
#[derive(Debug, Args)]
pub(crate) struct InspectArgs {
    /// The object, or - for stdin.
    #[arg(value_name = "FILE|-")]
    pub(crate) file: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct BenchArgs {
    /// Measure only these.
    #[arg(value_enum, value_name = "NAME")]
    pub(crate) only: Vec<BenchName>,
}

/// What can be measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "snake_case")]
pub(crate) enum BenchName {
    /// Records judged, from the bytes in the ledger to the finding
    Examine,
    /// Announcements of 16 certificates verified
    AnnounceVerify,
    /// Certificates issued, from JSON to durable and covered by a signed checkpoint
    Issue,
    /// Records moved between two nodes over loopback TCP, proven and durable
    BulkSync,
    /// Pages of a schedule moved between two nodes over loopback TCP, proven and durable
    PageSync,
    /// Quotes from a schedule of 12,000 lines in memory
    Quote,
    /// Quotes with their duty receipts as bytes
    QuoteReceipt,
    /// Lines of a published schedule, from its JSON to checked pages
    TariffImport,
}

impl BenchName {
    /// All of them, in the order in which they are measured.
    pub(crate) const ALL: [Self; 8] = [
        Self::Examine,
        Self::AnnounceVerify,
        Self::Issue,
        Self::BulkSync,
        Self::PageSync,
        Self::Quote,
        Self::QuoteReceipt,
        Self::TariffImport,
    ];
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_grammar_holds_together() {
        Cli::command().debug_assert();
    }
}
