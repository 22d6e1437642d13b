//! The manifest of a node that stays up: looked after every hour, and soon after the node listens elsewhere.
//!
//! A manifest ends after at most 90 days, and what an operator writes into `[network] addresses` should hold without a new
//! start. Whatever the folder's manifest is after a look is logged if it is not in our log yet, and shown in introductions.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use ewtp_record::{Document, Record, UnixTime};
use ewtp_store::Reader;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::Instant;

use super::Event;
use crate::config::Config;
use crate::keys::Keys;
use crate::manifest::{self, Renewal};

/// How often the manifest is looked at: often against the weeks that a renewal is early, seldom against a file to read.
const LOOK_EVERY: Duration = Duration::from_secs(3_600);

/// After a change of the addresses listened on: they come one by one, and one manifest should name all of them.
const LOOK_SOON: Duration = Duration::from_millis(500);

/// See the module.
pub(super) struct Renewals {
    desk: Desk,
    events: mpsc::Sender<Event>,
    listened: BTreeSet<String>,
    look_at: Instant,
    look: Option<JoinHandle<()>>,
}

/// What a look needs; shared with the task that makes it.
#[derive(Clone)]
struct Desk {
    config: Config,
    /// The addresses to publish that the file named at the start. The file may say others later.
    addresses_at_start: Option<Vec<String>>,
    keys: Arc<Keys>,
    reader: Reader,
}

impl Renewals {
    /// The first look is due at once.
    pub(super) fn new(
        config: Config,
        keys: Arc<Keys>,
        reader: Reader,
        events: mpsc::Sender<Event>,
        now: Instant,
    ) -> Self {
        let addresses_at_start = addresses_in_file(&config);
        Self {
            desk: Desk {
                config,
                addresses_at_start,
                keys,
                reader,
            },
            events,
            listened: BTreeSet::new(),
            look_at: now,
            look: None,
        }
    }

    /// The node listens on one more address.
    pub(super) fn listening(&mut self, address: &str, now: Instant) {
        if self.listened.insert(address.to_owned()) {
            self.look_at = self.look_at.min(now + LOOK_SOON);
        }
    }

    /// When to look next.
    pub(super) fn wake_at(&self) -> Instant {
        self.look_at
    }

    /// Looks, beside the loop, when it is time.
    pub(super) fn look_if_due(&mut self, now: Instant, unix: UnixTime) {
        if now < self.look_at {
            return;
        }
        if self.look.as_ref().is_some_and(|look| !look.is_finished()) {
            self.look_at = now + LOOK_SOON; // two looks at a time would write one file
            return;
        }
        self.look_at = now + LOOK_EVERY;
        let (desk, listened, events) = (self.desk.clone(), self.listened.clone(), self.events.clone());
        self.look = Some(tokio::task::spawn_blocking(move || match desk.look(&listened, unix) {
            Ok(None) => {}
            Ok(Some(manifest)) => {
                let _ = events.blocking_send(Event::Manifest(manifest)); // closed: the node is stopping
            }
            Err(error) => tracing::error!(%error, "the node manifest could not be looked after"),
        }));
    }
}

impl Desk {
    /// Renews the manifest if that is due. Answers it when our log does not have it yet.
    fn look(mut self, listened: &BTreeSet<String>, now: UnixTime) -> anyhow::Result<Option<Record>> {
        let written = addresses_in_file(&self.config);
        if written != self.addresses_at_start
            && let Some(addresses) = written
        {
            self.config.network.addresses = addresses;
        }
        match manifest::renew_if_due(&self.config, &self.keys, listened, now)? {
            Renewal::NotDue => {}
            Renewal::Renewed => tracing::info!("the node manifest was renewed"),
            Renewal::NoOperatorKey => {
                tracing::warn!("the node manifest should be renewed, and keys/operator.pem is not here");
            }
        }
        let manifest = manifest::read(&self.config)?;
        let logged = self.reader.by_document(&Document::of(manifest.header()))?;
        Ok(logged.is_none().then_some(manifest))
    }
}

/// What the configuration file says now; none when it cannot be read, and then what held before goes on.
fn addresses_in_file(config: &Config) -> Option<Vec<String>> {
    Config::load(&config.folder)
        .inspect_err(
            |error| tracing::warn!(%error, "the configuration cannot be read: its addresses stay as they were"),
        )
        .map(|config| config.network.addresses)
        .ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manifest::tests::{DAY, LAID_AT, held, laid};
    use ewtp_store::{Store, StoreOptions};

    struct Lab {
        renewals: Renewals,
        events: mpsc::Receiver<Event>,
        start: Instant,
        config: Config,
        _store: Store,
        _folder: tempfile::TempDir,
    }

    impl Lab {
        fn new() -> Self {
            let folder = tempfile::tempdir().unwrap();
            let (config, keys) = laid(folder.path());
            let options = StoreOptions {
                own: Some(config.hub),
                ..StoreOptions::default()
            };
            let (store, _) = Store::open(config.folder.root(), &options).unwrap();
            let (events_in, events) = mpsc::channel(4);
            let start = Instant::now();
            let reader = store.reader.clone();
            Self {
                renewals: Renewals::new(config.clone(), Arc::new(keys), reader, events_in, start),
                events,
                start,
                config,
                _store: store,
                _folder: folder,
            }
        }

        /// A look some hours after the start, on a clock that shows some days after the founding.
        async fn revision_after(&mut self, hours: u32, days: u64) -> u32 {
            self.renewals
                .look_if_due(self.start + LOOK_EVERY * hours, LAID_AT.plus(days * DAY));
            let look = self.renewals.look.take().expect("a look was due");
            look.await.unwrap();
            match self.events.try_recv() {
                Ok(Event::Manifest(manifest)) => manifest.header().revision,
                _ => panic!("the manifest is not in the log, so it must be told"),
            }
        }
    }

    #[tokio::test]
    async fn a_node_that_stays_up_renews_its_manifest_before_it_ends() {
        let mut lab = Lab::new();
        assert_eq!(lab.revision_after(0, 1).await, 0);
        assert_eq!(lab.renewals.wake_at(), lab.start + LOOK_EVERY);
        assert_eq!(lab.revision_after(1, 60).await, 1);
        assert_eq!(lab.revision_after(2, 120).await, 2);
        assert_eq!(held(&lab.config).revision, 2);
    }

    #[tokio::test]
    async fn before_its_time_nothing_is_looked_at() {
        let mut lab = Lab::new();
        lab.revision_after(0, 1).await;
        lab.renewals
            .look_if_due(lab.start + LOOK_EVERY / 2, LAID_AT.plus(60 * DAY));
        assert_eq!(held(&lab.config).revision, 0);
        lab.renewals.listening("/ip4/127.0.0.1/tcp/1", lab.start);
        assert_eq!(lab.renewals.wake_at(), lab.start + LOOK_SOON);
    }

    #[tokio::test]
    async fn addresses_that_the_operator_writes_are_published_without_a_new_start() {
        let mut lab = Lab::new();
        lab.revision_after(0, 1).await;
        let file = lab.config.folder.config();
        let text = std::fs::read_to_string(&file).unwrap();
        let (before, after) = text
            .split_once("[network]\n")
            .expect("the configuration has this table");
        let lines: Vec<&str> = after.lines().filter(|line| !line.starts_with("addresses")).collect();
        let own = "addresses = [\"/dns4/hub.example/tcp/7600\"]";
        std::fs::write(&file, format!("{before}[network]\n{own}\n{}\n", lines.join("\n"))).unwrap();
        assert_eq!(lab.revision_after(1, 1).await, 1);
        assert_eq!(held(&lab.config).addresses, ["/dns4/hub.example/tcp/7600"]);
    }
}
