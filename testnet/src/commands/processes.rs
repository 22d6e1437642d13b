//! `kill`, `pause`, `resume`, `restart`, `down`: the processes of the hubs.

use super::{background, up};
use crate::control::{self, Order};
use crate::state::Testnet;
use crate::supervisor::ProcessView;
use crate::{answer, supervisor};
use anyhow::{Context, Result};
use serde::Serialize;
use std::path::Path;

/// `ewtp.testnet-process/1`.
#[derive(Serialize)]
struct Told<'a> {
    schema: &'static str,
    #[serde(flatten)]
    process: &'a ProcessView,
}

/// Gives an order about one hub, and tells how its process is afterwards.
pub(super) async fn order(dir: &Path, hub: &str, order: Order, json: bool) -> Result<()> {
    let testnet = Testnet::expect(dir)?;
    let processes = control::order(&testnet, &order).await?;
    let process = processes.iter().find(|process| process.hub == hub);
    let process = process.context("the supervisor does not name this hub")?;
    if json {
        let schema = "ewtp.testnet-process/1";
        return answer::object(&Told { schema, process });
    }
    answer::line(&match process.pid {
        Some(pid) => format!("{hub} {}, pid {pid}, start {}", process.state, process.starts),
        None => {
            let restart = testnet.as_typed(&format!("restart {hub}"));
            format!("{hub} {}; `{restart}` starts it", process.state)
        }
    })
}

/// `ewtp.testnet-down/1`.
#[derive(Serialize)]
struct Down {
    schema: &'static str,
    /// Hubs that were stopped now.
    stopped: usize,
    /// Whether the folder was removed.
    removed: bool,
}

pub(super) async fn down(dir: &Path, remove: bool, json: bool) -> Result<()> {
    let testnet = Testnet::expect(dir)?;
    let mut stopped = 0;
    if supervisor::is_up(&testnet)? {
        let processes = control::order(&testnet, &Order::Down).await?;
        stopped = processes.iter().filter(|process| process.pid.is_some()).count();
        background::wait_for_the_end(&testnet).await?;
    }
    if remove {
        up::remove(&testnet)?;
    }
    if json {
        return answer::object(&Down {
            schema: "ewtp.testnet-down/1",
            stopped,
            removed: remove,
        });
    }
    let folder = testnet.folder().display();
    answer::line(&match remove {
        true => format!("{stopped} hubs stopped, {folder} removed"),
        false => format!(
            "{stopped} hubs stopped; `{}` goes on with {folder}",
            testnet.as_typed("up")
        ),
    })
}
