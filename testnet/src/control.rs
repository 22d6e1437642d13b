//! How a command in another terminal speaks to the supervisor: one line of JSON each way on a Unix socket.
//!
//! Only what needs the parent of the processes goes this way. Faults on the roads are files (`faults`), and whatever a
//! hub itself knows is asked of the hub (`door`).

use crate::state::Testnet;
use crate::supervisor::{ProcessView, Supervisor};
use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::path::{Path, PathBuf};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{UnixListener, UnixStream};

/// A longer path does not fit into a socket address everywhere.
const SOCKET_PATH_BYTES_MAX: usize = 100;

/// An order is a hub code and a word; more than this is nobody's order.
const ORDER_BYTES_MAX: u64 = 4096;

/// What a command wants of the supervisor.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "kebab-case")]
pub enum Order {
    /// Say how the processes are.
    Show,
    /// End a hub with SIGKILL.
    Kill {
        /// The hub.
        hub: String,
    },
    /// Stop a hub in its tracks.
    Pause {
        /// The hub.
        hub: String,
    },
    /// Let a paused hub go on.
    Resume {
        /// The hub.
        hub: String,
    },
    /// Stop a hub in order and start it again.
    Restart {
        /// The hub.
        hub: String,
    },
    /// Stop every hub and end the supervisor.
    Down,
}

/// What the supervisor answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Answer {
    /// Done; the processes as they are now.
    Processes(Vec<ProcessView>),
    /// Not done, and why.
    Refused(String),
}

/// The supervisor's ear. The socket file goes when this is dropped.
pub struct Control {
    listener: UnixListener,
    path: PathBuf,
}

impl Control {
    /// Listens for orders. The caller holds the testnet's lock, so an old socket file is a dead one.
    ///
    /// # Errors
    /// When the socket cannot be made.
    pub fn listen(testnet: &Testnet) -> Result<Self> {
        let path = socket(testnet.folder());
        let _ = std::fs::remove_file(&path);
        let listener = UnixListener::bind(&path).with_context(|| format!("listening on {}", path.display()))?;
        Ok(Self { listener, path })
    }

    /// The next caller. Safe to drop while it waits.
    pub async fn next_caller(&self) -> UnixStream {
        loop {
            match self.listener.accept().await {
                Ok((stream, _)) => return stream,
                Err(error) => tracing::warn!(%error, "a command could not be heard"),
            }
        }
    }
}

impl Drop for Control {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.path);
    }
}

/// Hears one caller out and does what it asks. Answers whether the supervisor goes on or ends.
pub async fn serve(caller: UnixStream, supervisor: &mut Supervisor) -> Continue {
    match converse(caller, supervisor).await {
        Ok(next) => next,
        Err(error) => {
            tracing::warn!(error = format!("{error:#}"), "a command broke off");
            Continue::On
        }
    }
}

/// Whether the supervisor goes on after an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Continue {
    /// It goes on.
    On,
    /// It was told to end.
    End,
}

async fn converse(caller: UnixStream, supervisor: &mut Supervisor) -> Result<Continue> {
    let (reader, mut writer) = caller.into_split();
    let mut line = String::new();
    BufReader::new(reader.take(ORDER_BYTES_MAX))
        .read_line(&mut line)
        .await
        .context("hearing the order")?;
    let order: Order = serde_json::from_str(&line).context("understanding the order")?;
    let next = if order == Order::Down {
        Continue::End
    } else {
        Continue::On
    };
    let answer = match obey(order, supervisor).await {
        Ok(()) => Answer::Processes(supervisor.views()),
        Err(error) => Answer::Refused(format!("{error:#}")),
    };
    let mut line = serde_json::to_string(&answer).context("the answer as JSON")?;
    line.push('\n');
    writer.write_all(line.as_bytes()).await.context("answering")?;
    Ok(next)
}

async fn obey(order: Order, supervisor: &mut Supervisor) -> Result<()> {
    match order {
        Order::Show | Order::Down => Ok(()),
        Order::Kill { hub } => supervisor.kill(&hub).await,
        Order::Pause { hub } => supervisor.pause(&hub),
        Order::Resume { hub } => supervisor.resume(&hub),
        Order::Restart { hub } => supervisor.restart(&hub).await,
    }
}

/// Gives an order to the supervisor of `testnet`, and waits for its answer.
///
/// # Errors
/// When no supervisor runs, or it refused; the message says which.
pub async fn order(testnet: &Testnet, order: &Order) -> Result<Vec<ProcessView>> {
    let path = socket(testnet.folder());
    let Ok(stream) = UnixStream::connect(&path).await else {
        bail!(
            "the testnet in {} is not up: start it with `{}`",
            testnet.folder().display(),
            testnet.as_typed("up")
        );
    };
    let (reader, mut writer) = stream.into_split();
    let mut line = serde_json::to_string(order).context("an order as JSON")?;
    line.push('\n');
    writer.write_all(line.as_bytes()).await.context("giving the order")?;
    let mut line = String::new();
    BufReader::new(reader)
        .read_line(&mut line)
        .await
        .context("waiting for the supervisor")?;
    match serde_json::from_str(&line).context("the supervisor broke off")? {
        Answer::Processes(views) => Ok(views),
        Answer::Refused(reason) => bail!(reason),
    }
}

/// `supervisor.sock` in the folder, or a short name in the temporary folder when that path is too long for a socket.
fn socket(folder: &Path) -> PathBuf {
    let here = folder.join("supervisor.sock");
    if here.as_os_str().len() <= SOCKET_PATH_BYTES_MAX {
        return here;
    }
    let digest = Sha256::digest(here.as_os_str().as_encoded_bytes());
    std::env::temp_dir().join(format!("ewtp-testnet-{}.sock", hex::encode(&digest[..8])))
}
