//! `status`, `wait`, `logs`, `env`: what the hubs say.

use crate::agreement::Agreement;
use crate::cli::Wait;
use crate::control::{self, Order};
use crate::screen::{self, Colours};
use crate::state::Testnet;
use crate::supervisor::{ProcessState, ProcessView};
use crate::{answer, observer, supervisor};
use anyhow::{Context, Result};
use ewtp_api::Status;
use serde::Serialize;
use std::io::IsTerminal;
use std::path::Path;
use std::time::Duration;

/// `ewtp.testnet-status/1`.
#[derive(Serialize)]
struct TestnetStatus<'a> {
    schema: &'static str,
    net: &'a str,
    hubs: Vec<HubStatus<'a>>,
}

#[derive(Serialize)]
struct HubStatus<'a> {
    #[serde(flatten)]
    process: &'a ProcessView,
    status: &'a Option<Status>,
}

pub(super) async fn status(dir: &Path, json: bool) -> Result<()> {
    let testnet = Testnet::expect(dir)?;
    let processes = processes(&testnet).await?;
    let statuses = observer::look(&testnet).await;
    if json {
        let hubs = processes
            .iter()
            .zip(&statuses)
            .map(|(process, status)| HubStatus { process, status })
            .collect();
        return answer::object(&TestnetStatus {
            schema: "ewtp.testnet-status/1",
            net: &testnet.net,
            hubs,
        });
    }
    let colours = if std::io::stdout().is_terminal() {
        Colours::On
    } else {
        Colours::Off
    };
    let longest = statuses
        .iter()
        .flatten()
        .map(|status| status.uptime_ms)
        .max()
        .unwrap_or(0);
    let views = observer::views(processes, &statuses);
    answer::put(&screen::table(
        &testnet,
        &views,
        Duration::from_millis(longest),
        colours,
        None,
    ))
}

/// The processes as the supervisor tells them, or all ended when there is none.
async fn processes(testnet: &Testnet) -> Result<Vec<ProcessView>> {
    if supervisor::is_up(testnet)? {
        return control::order(testnet, &Order::Show).await;
    }
    let ended = |hub| ProcessView {
        hub,
        pid: None,
        state: ProcessState::Ended,
        starts: 0,
    };
    Ok(testnet.codes().into_iter().map(ended).collect())
}

/// `ewtp.testnet-wait/1`.
#[derive(Serialize)]
struct Waited {
    schema: &'static str,
    hubs: usize,
    records: u64,
}

pub(super) async fn wait(dir: &Path, what: Wait, timeout: u64, json: bool) -> Result<()> {
    let testnet = Testnet::expect(dir)?;
    let mut statuses = observer::observe(&testnet);
    let condition = |now: &Agreement| match what {
        Wait::Converged => now.agreed,
        Wait::Size { records } => now.answering == now.hubs && now.records >= records,
    };
    let agreement = observer::wait_until(&mut statuses, Duration::from_secs(timeout), condition).await?;
    if json {
        let (hubs, records) = (agreement.hubs, agreement.records);
        return answer::object(&Waited {
            schema: "ewtp.testnet-wait/1",
            hubs,
            records,
        });
    }
    answer::line(&format!(
        "{} hubs hold and have examined {} records each",
        agreement.hubs, agreement.records
    ))
}

/// `ewtp.testnet-log-line/1`.
#[derive(Serialize)]
struct LogLine<'a> {
    schema: &'static str,
    hub: &'a str,
    text: &'a str,
}

pub(super) fn logs(dir: &Path, hub: &str, lines: Option<usize>, json: bool) -> Result<()> {
    let testnet = Testnet::expect(dir)?;
    let path = testnet.hub_log(&testnet.hub(hub)?.hub);
    let text = std::fs::read_to_string(&path).with_context(|| format!("hub {hub} has told nothing yet"))?;
    let skip = lines.map_or(0, |lines| text.lines().count().saturating_sub(lines));
    let schema = "ewtp.testnet-log-line/1";
    text.lines().skip(skip).try_for_each(|text| match json {
        true => answer::object(&LogLine { schema, hub, text }),
        false => answer::line(text),
    })
}

/// `ewtp.testnet-env/1`.
#[derive(Serialize)]
struct Env<'a> {
    schema: &'static str,
    hub: &'a str,
    dir: String,
    http: String,
    curl: String,
}

pub(super) fn env(dir: &Path, hub: &str, json: bool) -> Result<()> {
    let testnet = Testnet::expect(dir)?;
    let hub = testnet.hub(hub)?;
    let folder = testnet.hub_folder(&hub.hub);
    if json {
        return answer::object(&Env {
            schema: "ewtp.testnet-env/1",
            hub: &hub.hub,
            dir: folder.display().to_string(),
            http: format!("http://{}", hub.http),
            curl: format!("curl -s http://{}/v1/status", hub.http),
        });
    }
    answer::put(&format!(
        "export EWTP_DIR='{}'\nexport EWTP_HUB='{}'\nexport EWTP_HTTP='http://{}'\n# curl -s http://{}/v1/status\n",
        folder.display(),
        hub.hub,
        hub.http,
        hub.http
    ))
}
