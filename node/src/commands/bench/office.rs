//! One hub's own log in this process: the real engine and the real store, and no network.

use super::sample::{ISSUED_AT, Sample};
use anyhow::{Context, bail};
use bytes::Bytes;
use ewtp_federation::{
    Caps, Commit, Engine, EngineConfig, Input, Now, Output, SigningKey, Ticket, ToIssue, Topic, limits,
};
use ewtp_node::keys::KeyName;
use ewtp_record::{Duty, NodeKey, Record, SecretKey};
use ewtp_store::{IndexWriter, Ledger, Reader, Store, StoreOptions};
use ewtp_trust::Directory;
use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

/// See the module.
pub(super) struct Office {
    engine: Engine,
    ledger: Ledger,
    index: IndexWriter,
    pub(super) reader: Reader,
    log_key: SecretKey,
    now: Now,
    waiting: Vec<Commit>,
    /// Requests answered so far.
    pub(super) answered: u64,
    /// Announcements the engine wanted out.
    pub(super) announcements: Vec<Bytes>,
}

impl Office {
    /// Opens the hub's log in `folder`; when this returns, its genesis charter is logged and signed for.
    pub(super) fn open(sample: &Sample, folder: &Path) -> anyhow::Result<Self> {
        let options = StoreOptions {
            own: Some(sample.hub),
            ..StoreOptions::default()
        };
        let (Store { ledger, index, reader }, restored) = Store::open(folder, &options)?;
        let pins = BTreeMap::from([(sample.hub, sample.chain.genesis_id())]);
        let mut directory = Directory::new(sample.plan.config.net, pins);
        directory.adopt_chain(sample.hub, std::slice::from_ref(&sample.genesis))?;
        let config = EngineConfig {
            hub: sample.hub,
            node: NodeKey(*sample.seeds.public(KeyName::Node).as_bytes()),
            directory,
            charters: vec![sample.genesis.clone()],
            instance: [7; 16],
            caps: Caps::default(),
            pulse_every: limits::PULSE_EVERY,
        };
        let now = Now {
            unix: ISSUED_AT,
            ticks: Duration::ZERO,
        };
        let mut office = Self {
            engine: Engine::new(config, restored, now),
            ledger,
            index,
            reader,
            log_key: sample.key(Duty::Log),
            now,
            waiting: Vec::new(),
            answered: 0,
            announcements: Vec::new(),
        };
        office.drain()?;
        Ok(office)
    }

    /// Logs records that the register did not know when our log had `looked_up_to` indexed records.
    pub(super) fn issue(&mut self, ticket: u64, records: Vec<Record>, looked_up_to: u64) -> anyhow::Result<()> {
        self.handle(Input::Issue {
            ticket: Some(Ticket(ticket)),
            records: records.into_iter().map(ToIssue::at_any_time).collect(),
            looked_up_to,
            covering: 0,
        })
    }

    /// Lets a second pass, so that what waits for its time is due.
    pub(super) fn second(&mut self) -> anyhow::Result<()> {
        self.now.ticks += Duration::from_secs(1);
        self.handle(Input::Tick)
    }

    fn handle(&mut self, input: Input) -> anyhow::Result<()> {
        self.engine.handle(input, self.now);
        self.drain()
    }

    fn drain(&mut self) -> anyhow::Result<()> {
        loop {
            while let Some(output) = self.engine.poll_output() {
                self.obey(output)?;
            }
            if self.waiting.is_empty() {
                return Ok(());
            }
            self.commit()?;
        }
    }

    fn obey(&mut self, output: Output) -> anyhow::Result<()> {
        match output {
            Output::Commit(commit) => self.waiting.push(commit),
            Output::Sign { signing, key, message } => {
                if key != SigningKey::Log {
                    bail!("a hub alone was asked to witness");
                }
                let signature = self.log_key.sign(&message);
                self.engine.handle(Input::Signed { signing, signature }, self.now);
            }
            Output::Issued { .. } => {
                // The checkpoint that covers the answer must be as durable as the records.
                self.commit()?;
                self.answered += 1;
            }
            Output::NotIssued { why, .. } => bail!("the engine took no records: {why:?}"),
            Output::Publish {
                topic: Topic::Checkpoint,
                bytes,
            } => self.announcements.push(bytes),
            _ => {}
        }
        Ok(())
    }

    /// One group commit of all that waits, then its consequences.
    fn commit(&mut self) -> anyhow::Result<()> {
        let commits = std::mem::take(&mut self.waiting);
        self.ledger.commit(&commits).context("the ledger of the sample")?;
        self.index.follow().context("the index of the sample")?;
        for commit in commits {
            self.engine.handle(Input::Committed { commit: commit.id }, self.now);
        }
        Ok(())
    }
}
