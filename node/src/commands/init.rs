//! `ewtp init`: asks what was not given, lays the folder, says what to type next.

use super::node;
use crate::cli::InitArgs;
use crate::output::{GOOD, Output, TITLE, WARN, note};
use anyhow::Context;
use ewtp_node::clock;
use ewtp_node::config::{Admission, Config, GUESTS_DEFAULT};
use ewtp_node::failure::{Failure, USAGE};
use ewtp_node::folder::Folder;
use ewtp_node::init::{Laid, Plan, Seeds, lay_folder, parse_carried, warnings};
use ewtp_node::keys::{Protection, passphrase};
use ewtp_node::shell;
use ewtp_record::NetName;
use serde_json::json;
use std::io::{IsTerminal, Write};
use std::process::ExitCode;

/// Makes the hub.
pub(crate) fn answer(folder: &Folder, arguments: &InitArgs, output: &Output) -> anyhow::Result<ExitCode> {
    // Before any question: nobody should answer eight of them to learn that the folder is taken.
    ewtp_node::init::refuse_to_overwrite(folder)?;
    let plan = plan(folder, arguments)?;
    let protection = protection(arguments, &plan)?;
    let laid = lay_folder(&plan, &Seeds::fresh(&plan)?, &protection)?;
    if output.is_json() {
        output.object(&json!({
            "schema": "ewtp.init/1", "hub": plan.config.hub.to_string(), "net": plan.config.net.to_string(),
            "genesis": laid.genesis.to_string(), "peer_id": laid.node.to_peer_id(),
            "dir": folder.root().display().to_string(), "listen": plan.config.network.listen,
            "addresses": plan.addresses, "warnings": warnings(&plan),
        }))?;
    } else {
        tell(&plan, &laid, output)?;
    }
    Ok(ExitCode::SUCCESS)
}

fn plan(folder: &Folder, arguments: &InitArgs) -> anyhow::Result<Plan> {
    let ask = Asking::new(arguments.no_input);
    let hub = ask.for_missing(
        "--hub",
        arguments.hub.as_ref(),
        "Hub code (a country, or country and place: MY, CN-HGH)",
    )?;
    let hub = node::hub(&hub)?;
    let net = ask.for_missing(
        "--net",
        arguments.net.as_ref(),
        "Net (ewtp, or test:NAME to try things out)",
    )?;
    let net: NetName = net
        .parse()
        .map_err(|error| Failure::new(USAGE, format!("`{net}`: {error}")).next("--net test:demo"))?;
    let name = arguments.name.clone().unwrap_or_else(|| hub.to_string());
    let mut config = Config::new(folder.clone(), net, hub, &name);
    if !arguments.listen.is_empty() {
        config.network.listen.clone_from(&arguments.listen);
    }
    config.network.addresses.clone_from(&arguments.address);
    if arguments.open {
        config.network.admission = Admission::Open {
            guests_max: GUESTS_DEFAULT,
        };
    }
    config.carry = arguments
        .carry
        .iter()
        .map(|text| parse_carried(text))
        .collect::<anyhow::Result<_>>()?;
    config.carry.sort_by_key(|carried| carried.hub);
    if let Some(address) = &arguments.admin_http {
        let wrong = || Failure::new(USAGE, format!("`{address}` is not an address with a port")).next("127.0.0.1:7700");
        config.admin_http = Some(address.parse().with_context(wrong)?);
    }
    // What is written is read again at once, so that a bad answer is told now and not at the first start.
    let config = Config::parse(folder, &config.render()).map_err(|faults| of_answers(&faults))?;
    let mut plan = Plan::new(config, clock::now());
    plan.panel = arguments
        .panel
        .iter()
        .map(|text| node::hub(text))
        .collect::<anyhow::Result<_>>()?;
    plan.root_keys = arguments.root_keys;
    plan.threshold = arguments
        .threshold
        .unwrap_or_else(|| Plan::smallest_majority(arguments.root_keys));
    plan.charter_days = arguments.days;
    recognise(arguments, &mut plan)?;
    Ok(plan)
}

fn recognise(arguments: &InitArgs, plan: &mut Plan) -> anyhow::Result<()> {
    for text in &arguments.recognise {
        let hub = node::hub(text)?;
        let carried = plan.config.carry.iter().find(|carried| carried.hub == hub);
        let missing = || Failure::new(USAGE, format!("{hub} is to be recognised and is not carried"));
        let carried = carried.with_context(|| missing().next(format!("--carry {hub}=GENESIS@MULTIADDR")))?;
        plan.recognised.insert(hub, carried.genesis);
    }
    Ok(())
}

/// The faults of a configuration that nobody has written to disk yet, as faults of the answers.
fn of_answers(faults: &ewtp_node::config::ConfigFaults) -> Failure {
    let fault = faults.faults.first().expect("faults are never empty");
    Failure::new(USAGE, fault.message.clone())
        .field(fault.field.clone())
        .next(fault.remedy.clone())
}

fn protection(arguments: &InitArgs, plan: &Plan) -> anyhow::Result<Protection> {
    if arguments.no_encryption {
        return Ok(Protection::None); // lay_folder refuses it outside test: nets
    }
    let source = arguments.passphrase.source();
    passphrase::for_new_keys(&source).map_err(|error| {
        let next = match plan.config.net.is_test() {
            true => "--passphrase-file FILE, or --no-encryption on this test: net",
            false => "--passphrase-file FILE",
        };
        Failure::new("no-passphrase", error.to_string()).next(next).into()
    })
}

/// Questions on a terminal, and refusals elsewhere.
struct Asking {
    may_ask: bool,
}

impl Asking {
    fn new(no_input: bool) -> Self {
        Self {
            may_ask: !no_input && std::io::stdin().is_terminal(),
        }
    }

    fn for_missing(&self, flag: &str, given: Option<&String>, question: &str) -> anyhow::Result<String> {
        if let Some(given) = given {
            return Ok(given.clone());
        }
        if !self.may_ask {
            return Err(Failure::new(USAGE, format!("{flag} is missing"))
                .next("ewtp help init")
                .into());
        }
        let mut stderr = std::io::stderr();
        write!(stderr, "{question}: ")
            .and_then(|()| stderr.flush())
            .context("cannot ask")?;
        let mut answer = String::new();
        std::io::stdin()
            .read_line(&mut answer)
            .context("cannot read the answer")?;
        Ok(answer.trim().to_owned())
    }
}

fn tell(plan: &Plan, laid: &Laid, output: &Output) -> anyhow::Result<()> {
    let (config, tick) = (&plan.config, output.paint(GOOD, "✓"));
    let root = config.folder.root().display();
    let panel = plan
        .panel
        .iter()
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join(", ");
    let panel = if panel.is_empty() { "none".to_owned() } else { panel };
    output.line(format!("{} on {}", output.paint(TITLE, config.hub), config.net))?;
    output.line(format!(
        "  {tick} root keys   {}, {} of them sign; as many promised for the next rotation",
        plan.root_keys, plan.threshold
    ))?;
    output.line(format!(
        "  {tick} charter     number 0, {} days, panel: {panel}",
        plan.charter_days
    ))?;
    output.line(format!("  {tick} node        {}", laid.node.to_peer_id()))?;
    output.line(format!(
        "  {tick} genesis     {}   (short: {})",
        laid.genesis,
        short(&laid.genesis.to_string())
    ))?;
    output.line(format!("  {tick} listens on  {}", config.network.listen.join(", ")))?;
    let published = match plan.addresses.is_empty() {
        true => "nothing".to_owned(),
        false => plan.addresses.join(", "),
    };
    output.line(format!("  {tick} publishes   {published}"))?;
    for warning in warnings(plan) {
        output.line(format!("  {} {}", output.paint(WARN, "!"), warning.message))?;
        output.line(format!("    next: {}", warning.next))?;
    }
    note(
        output,
        format!("\nMove {root}/keys/root-*.pem and next-root-*.pem to other places: a running node never opens them."),
    );
    let dir = shell::path(config.folder.root());
    note(output, "Next:");
    note(output, format!("  ewtp run --dir {dir}"));
    note(
        output,
        format!(
            "  ewtp peer add --dir {dir} HUB=GENESIS@MULTIADDR     (others add you: {})",
            invitation(plan, laid)
        ),
    );
    note(output, format!("  ewtp doctor --dir {dir}"));
    Ok(())
}

/// What another operator types to carry this hub.
fn invitation(plan: &Plan, laid: &Laid) -> String {
    let (hub, genesis) = (plan.config.hub, laid.genesis);
    match plan.addresses.is_empty() {
        true => format!("{hub}={genesis}"),
        false => format!("{hub}={genesis}@{}", plan.addresses.join(",")),
    }
}

/// The first and last digits of an id, for comparing by eye.
fn short(id: &str) -> String {
    format!("{}…{}", &id[..8], &id[id.len() - 8..])
}
