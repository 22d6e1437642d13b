//! The parent of all hub processes: starts them, ends them, and leaves none behind.
//!
//! A hub asks the kernel to kill it when its parent dies (see `hub_process`), so even `kill -9` of the supervisor ends
//! everything. For that to hold, hubs are started from the main thread, which lives as long as the process: the whole
//! supervisor runs on a single-threaded runtime.

use crate::state::Testnet;
use anyhow::{Context, Result, bail};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde::{Deserialize, Serialize};
use std::fs::{File, OpenOptions, TryLockError};
use std::path::PathBuf;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;
use tokio::process::{Child, Command};

/// How long a hub may take to stop in order (D18) before it is killed.
pub const STOP_TIME_MAX: Duration = Duration::from_secs(10);

/// What a process is doing, as `status` prints it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ProcessState {
    /// It runs.
    Running,
    /// It was stopped in its tracks by `pause`.
    Paused,
    /// It was ended by `kill` or `down`.
    Ended,
    /// It ended by itself; its log says why.
    Failed,
}

impl std::fmt::Display for ProcessState {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.pad(match self {
            Self::Running => "running",
            Self::Paused => "paused",
            Self::Ended => "ended",
            Self::Failed => "failed",
        })
    }
}

/// One hub process as others see it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProcessView {
    /// The hub it runs.
    pub hub: String,
    /// Its process id while it exists.
    pub pid: Option<u32>,
    /// What it is doing.
    pub state: ProcessState,
    /// How often it was started.
    pub starts: u32,
}

struct Process {
    view: ProcessView,
    child: Option<Child>,
}

/// All hub processes of one testnet. Dropping it kills them.
pub struct Supervisor {
    testnet: Testnet,
    processes: Vec<Process>,
    _lock: File,
}

impl Supervisor {
    /// Takes the folder and starts every hub.
    ///
    /// # Errors
    /// When another supervisor has the folder, or a process cannot be started.
    pub fn start(testnet: &Testnet) -> Result<Self> {
        let lock = lock(testnet)?;
        let processes = testnet.codes().into_iter().map(Process::of).collect();
        let mut supervisor = Self {
            testnet: testnet.clone(),
            processes,
            _lock: lock,
        };
        for hub in testnet.codes() {
            supervisor.spawn(&hub)?;
        }
        Ok(supervisor)
    }

    /// Every process as it is now.
    pub fn views(&mut self) -> Vec<ProcessView> {
        self.processes.iter_mut().for_each(Process::reap);
        self.processes.iter().map(|process| process.view.clone()).collect()
    }

    /// Ends a hub as a power cut would, with SIGKILL.
    ///
    /// # Errors
    /// When the hub is unknown or does not run.
    pub async fn kill(&mut self, hub: &str) -> Result<()> {
        let process = self.process(hub)?;
        process.signal(Signal::SIGKILL)?;
        process.wait().await;
        Ok(())
    }

    /// Stops a hub in its tracks: it answers nobody and does not know it.
    ///
    /// # Errors
    /// When the hub is unknown or does not run.
    pub fn pause(&mut self, hub: &str) -> Result<()> {
        let process = self.process(hub)?;
        process.signal(Signal::SIGSTOP)?;
        process.view.state = ProcessState::Paused;
        Ok(())
    }

    /// Lets a paused hub go on.
    ///
    /// # Errors
    /// When the hub is unknown or does not exist as a process.
    pub fn resume(&mut self, hub: &str) -> Result<()> {
        let process = self.process(hub)?;
        process.signal(Signal::SIGCONT)?;
        process.view.state = ProcessState::Running;
        Ok(())
    }

    /// Starts a hub again; one that runs is first stopped in order.
    ///
    /// # Errors
    /// When the hub is unknown or cannot be started.
    pub async fn restart(&mut self, hub: &str) -> Result<()> {
        self.process(hub)?.stop().await;
        self.spawn(hub)
    }

    /// Stops every hub in order; one that does not end within [`STOP_TIME_MAX`] is killed.
    pub async fn stop(mut self) {
        self.processes.iter_mut().for_each(Process::ask_to_stop);
        for process in &mut self.processes {
            process.stop().await;
        }
    }

    fn process(&mut self, hub: &str) -> Result<&mut Process> {
        self.testnet.hub(hub)?;
        let process = self.processes.iter_mut().find(|process| process.view.hub == hub);
        let process = process.expect("every hub of the testnet has a process: made together in start");
        process.reap();
        Ok(process)
    }

    fn spawn(&mut self, hub: &str) -> Result<()> {
        let events = self.testnet.hub_log(hub);
        let log = OpenOptions::new().create(true).append(true).open(&events);
        let log = log.with_context(|| format!("opening {}", events.display()))?;
        let mut command = Command::new(std::env::current_exe().context("finding this program")?);
        command.arg("hub").arg("--dir").arg(self.testnet.folder()).arg(hub);
        command.arg("--parent").arg(std::process::id().to_string());
        command
            .stdin(Stdio::null())
            .stdout(log.try_clone().context("sharing the log")?)
            .stderr(log);
        // A Ctrl-C at the terminal reaches the whole foreground group; hubs in a group of their own are stopped by us,
        // in order, and not by the terminal in the middle of a commit.
        command.process_group(0).kill_on_drop(true);
        let child = command
            .spawn()
            .with_context(|| format!("starting the process of hub {hub}"))?;
        self.process(hub)?.started(child);
        Ok(())
    }
}

impl Process {
    fn of(hub: String) -> Self {
        Self {
            view: ProcessView {
                hub,
                pid: None,
                state: ProcessState::Ended,
                starts: 0,
            },
            child: None,
        }
    }

    fn started(&mut self, child: Child) {
        self.view.pid = child.id();
        self.view.state = ProcessState::Running;
        self.view.starts += 1;
        self.child = Some(child);
    }

    fn signal(&self, signal: Signal) -> Result<()> {
        let Some(pid) = self.view.pid else {
            bail!("hub {} has no process: `restart` it", self.view.hub)
        };
        let pid = i32::try_from(pid).context("a process id")?;
        kill(Pid::from_raw(pid), signal).with_context(|| format!("sending {signal} to hub {}", self.view.hub))
    }

    /// Notices that the process ended by itself.
    fn reap(&mut self) {
        let Some(child) = &mut self.child else { return };
        if let Ok(Some(status)) = child.try_wait() {
            self.gone(status, ProcessState::Failed);
        }
    }

    /// Waits until the process is gone and counts that as ended by us.
    async fn wait(&mut self) {
        let Some(child) = &mut self.child else { return };
        if let Ok(status) = child.wait().await {
            self.gone(status, ProcessState::Ended);
        }
    }

    fn gone(&mut self, status: ExitStatus, state: ProcessState) {
        tracing::debug!(hub = %self.view.hub, %status, "hub process is gone");
        self.child = None;
        self.view.pid = None;
        self.view.state = state;
    }

    fn ask_to_stop(&mut self) {
        self.reap();
        if self.child.is_some() {
            // A paused process would not see the request; one that just ended needs none.
            let _ = self.signal(Signal::SIGCONT);
            let _ = self.signal(Signal::SIGTERM);
        }
    }

    async fn stop(&mut self) {
        self.ask_to_stop();
        if tokio::time::timeout(STOP_TIME_MAX, self.wait()).await.is_err() {
            tracing::warn!(hub = %self.view.hub, "hub did not stop in time and is killed");
            let _ = self.signal(Signal::SIGKILL);
            self.wait().await;
        }
    }
}

/// One supervisor a folder: the lock goes with the process, however it ends. Commands that only look take it for an
/// instant ([`is_up`]), so one refusal is not yet an answer.
fn lock(testnet: &Testnet) -> Result<File> {
    let path = lock_path(testnet);
    let file = OpenOptions::new().create(true).truncate(false).write(true).open(&path);
    let file = file.with_context(|| format!("opening {}", path.display()))?;
    for _ in 0..20 {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(TryLockError::WouldBlock) => std::thread::sleep(Duration::from_millis(10)),
            Err(TryLockError::Error(error)) => {
                return Err(error).with_context(|| format!("locking {}", path.display()));
            }
        }
    }
    let (status, down) = (testnet.as_typed("status"), testnet.as_typed("down"));
    bail!("this testnet is already up: `{status}`, or `{down}` to stop it")
}

/// Whether somebody looks after the hubs of this testnet.
///
/// # Errors
/// When the folder cannot be read.
pub fn is_up(testnet: &Testnet) -> Result<bool> {
    let path = lock_path(testnet);
    let file = match File::open(&path) {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(false),
        Err(error) => return Err(error).with_context(|| format!("opening {}", path.display())),
    };
    match file.try_lock_shared() {
        Ok(()) => Ok(false),
        Err(TryLockError::WouldBlock) => Ok(true),
        Err(TryLockError::Error(error)) => Err(error).with_context(|| format!("locking {}", path.display())),
    }
}

fn lock_path(testnet: &Testnet) -> PathBuf {
    testnet.folder().join("supervisor.lock")
}
