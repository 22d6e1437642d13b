//! Two whole nodes of this process that know each other over loopback TCP.

use super::sample::Sample;
use anyhow::{Context, bail};
use ewtp_node::clock;
use ewtp_node::config::Carried;
use ewtp_node::init::lay_folder;
use ewtp_node::keys::{Keys, Passphrase, Protection};
use ewtp_node::runtime::{GatheringObserver, GrowthObserver, RunOptions, run, run_unexamined};
use ewtp_record::UnixTime;
use std::net::TcpListener;
use std::path::Path;
use std::thread::JoinHandle;
use std::time::Duration;
use tokio::sync::oneshot;

/// Kept back for the end of both nodes.
pub(super) const FOR_THE_END: Duration = Duration::from_secs(2);

/// Two hubs that carry each other; the second knows where the first is.
pub(super) fn found(folder: &Path) -> anyhow::Result<(Sample, Sample)> {
    // A minute ago, so that nothing is from the future for anyone.
    let issued_at = UnixTime(clock::now().0.saturating_sub(60));
    let hub = |code: &str| -> anyhow::Result<(Sample, String)> {
        let listen = format!("/ip4/127.0.0.1/tcp/{}", free_port()?);
        Ok((
            Sample::found(code, &folder.join(code), vec![listen.clone()], issued_at)?,
            listen,
        ))
    };
    let ((mut source, address), (mut sink, _)) = (hub("CN-HGH")?, hub("MY")?);
    source.plan.config.carry.push(Carried {
        hub: sink.hub,
        genesis: sink.chain.genesis_id(),
        addresses: Vec::new(),
    });
    sink.plan.config.carry.push(Carried {
        hub: source.hub,
        genesis: source.chain.genesis_id(),
        addresses: vec![address],
    });
    for hub in [&source, &sink] {
        lay_folder(&hub.plan, &hub.seeds, &Protection::None)?;
    }
    Ok((source, sink))
}

/// A port that was free a moment ago.
fn free_port() -> anyhow::Result<u16> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).context("no free port on loopback")?;
    Ok(listener.local_addr()?.port())
}

/// What a node does with the records that it holds.
enum Task {
    /// Judges them.
    Judge(RunOptions),
    /// Leaves them.
    Leave(GrowthObserver),
}

/// A node on a thread of its own, with its own runtime: as apart as two nodes in one process can be.
pub(super) struct Running {
    thread: JoinHandle<anyhow::Result<()>>,
    stop: oneshot::Sender<()>,
}

impl Running {
    /// One that judges what it holds, as every node does, and tells how its gathering stands.
    pub(super) fn judging(hub: &Sample, gathering: Option<GatheringObserver>) -> Self {
        let options = RunOptions {
            gathering,
            ..RunOptions::default()
        };
        Self::start(hub, Task::Judge(options))
    }

    /// One that judges nothing and tells how its logs grow.
    pub(super) fn unexamined(hub: &Sample, observer: GrowthObserver) -> Self {
        Self::start(hub, Task::Leave(observer))
    }

    fn start(hub: &Sample, task: Task) -> Self {
        let config = hub.plan.config.clone();
        let (stop, stopped) = oneshot::channel();
        let thread = std::thread::spawn(move || {
            let keys = Keys::load(&config.folder, &config.net, &mut Passphrase::default())?;
            let runtime = tokio::runtime::Runtime::new()?;
            let stop = async {
                let _ = stopped.await; // a dropped sender is a stop too
            };
            match task {
                Task::Judge(options) => runtime.block_on(run(config, keys, options, stop)),
                Task::Leave(observer) => runtime.block_on(run_unexamined(config, keys, observer, stop)),
            }
        });
        Self { thread, stop }
    }

    /// Stops it; an error is why it ended before.
    pub(super) fn end(self) -> anyhow::Result<()> {
        let _ = self.stop.send(()); // a node that ended by itself says why below
        match self.thread.join() {
            Ok(ended) => ended,
            Err(_) => bail!("the node panicked"),
        }
    }
}
