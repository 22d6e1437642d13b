//! What a testnet folder is: `testnet.json`, written once when the folder is laid and read by every command.
//!
//! It names the hubs, where each listens and who they are. What changes while hubs run (process ids, states) is the
//! supervisor's and is asked of it, so this file cannot be out of date.

use crate::files;
use crate::seed::Seed;
use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

/// The folder when no `--dir` says otherwise.
pub const DEFAULT_FOLDER: &str = ".ewtp-testnet";

/// The form of `testnet.json`; another one is refused.
const SCHEMA: &str = "ewtp.testnet-folder/1";

/// One hub of the testnet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hub {
    /// Its code.
    pub hub: String,
    /// Its node's PeerId.
    pub peer_id: String,
    /// The id of its charter 0, lower-case hex.
    pub genesis: String,
    /// Where its node listens for neighbours, a multiaddr.
    pub address: String,
    /// Where its admin interface listens besides the socket in its folder.
    pub http: SocketAddr,
}

/// A laid testnet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Testnet {
    schema: String,
    /// The seed of its keys and of its sample trade.
    pub seed: u64,
    /// The name of its net.
    pub net: String,
    /// When it was laid, Unix seconds: the moment the charters and the sample trade count from.
    pub laid_at: u64,
    /// Its hubs, in roster order.
    pub hubs: Vec<Hub>,
    /// Where it lies; absolute.
    #[serde(skip)]
    folder: PathBuf,
}

impl Testnet {
    /// A testnet in an absolute folder; nothing is written yet.
    pub fn new(folder: &Path, seed: Seed, laid_at: u64, hubs: Vec<Hub>) -> Self {
        Self {
            schema: SCHEMA.to_owned(),
            seed: seed.0,
            net: seed.net(),
            laid_at,
            hubs,
            folder: folder.to_path_buf(),
        }
    }

    /// The testnet that was laid in `folder`, or `None` when nothing was.
    ///
    /// # Errors
    /// When `testnet.json` is damaged or of another version.
    pub fn open(folder: &Path) -> Result<Option<Self>> {
        let path = folder.join("testnet.json");
        let bytes = match std::fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error).with_context(|| format!("reading {}", path.display())),
        };
        let testnet: Self = serde_json::from_slice(&bytes)
            .with_context(|| format!("{} is damaged: remove the folder", path.display()))?;
        anyhow::ensure!(
            testnet.schema == SCHEMA,
            "{} is of form `{}`, this program reads `{SCHEMA}`: remove the folder",
            path.display(),
            testnet.schema
        );
        let folder = std::path::absolute(folder).with_context(|| format!("finding {}", folder.display()))?;
        Ok(Some(Self { folder, ..testnet }))
    }

    /// The testnet in `folder`.
    ///
    /// # Errors
    /// As [`Testnet::open`], and when nothing was laid there.
    pub fn expect(folder: &Path) -> Result<Self> {
        Self::open(folder)?.with_context(|| {
            let up = as_typed(folder, "up");
            format!("no testnet in {}: start one with `{up}`", folder.display())
        })
    }

    /// What one types to have this program do something with this testnet.
    pub fn as_typed(&self, words: &str) -> String {
        as_typed(&self.folder, words)
    }

    /// Writes `testnet.json`; the last step of laying, so that a folder with it is whole.
    ///
    /// # Errors
    /// When the folder cannot be written.
    pub fn save(&self) -> Result<()> {
        let mut bytes = serde_json::to_vec_pretty(self).context("a testnet as JSON")?;
        bytes.push(b'\n');
        files::replace(&self.folder.join("testnet.json"), &bytes)
    }

    /// The folder of the whole testnet; absolute.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The folder of one hub, as `ewtp --dir` takes it.
    pub fn hub_folder(&self, hub: &str) -> PathBuf {
        self.folder.join(hub)
    }

    /// The file a hub process writes its events to.
    pub fn hub_log(&self, hub: &str) -> PathBuf {
        self.folder.join(hub).join("events.log")
    }

    /// One hub by its code.
    ///
    /// # Errors
    /// When it is not in this testnet; the message names those that are.
    pub fn hub(&self, code: &str) -> Result<&Hub> {
        self.hubs
            .iter()
            .find(|hub| hub.hub == code)
            .with_context(|| format!("`{code}` is not a hub of this testnet: {}", self.codes().join(", ")))
    }

    /// The codes of all hubs, in roster order.
    pub fn codes(&self) -> Vec<String> {
        self.hubs.iter().map(|hub| hub.hub.clone()).collect()
    }
}

/// What one types to have this program do something with the testnet of `folder`: the folder is left out where it is the default.
pub fn as_typed(folder: &Path, words: &str) -> String {
    let is_default = std::path::absolute(DEFAULT_FOLDER)
        .is_ok_and(|default| std::path::absolute(folder).is_ok_and(|folder| folder == default));
    match is_default {
        true => format!("ewtp-testnet {words}"),
        false => format!("ewtp-testnet --dir {} {words}", folder.display()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hub() -> Hub {
        Hub {
            hub: "MY".to_owned(),
            peer_id: "12D3KooW".to_owned(),
            genesis: "00".repeat(32),
            address: "/ip4/127.0.0.1/tcp/20001".to_owned(),
            http: "127.0.0.1:20002".parse().unwrap(),
        }
    }

    #[test]
    fn what_was_saved_is_opened_again() {
        let folder = tempfile::tempdir().unwrap();
        let laid = Testnet::new(folder.path(), Seed(3), 1_790_000_000, vec![hub()]);
        laid.save().unwrap();
        assert_eq!(Testnet::expect(folder.path()).unwrap(), laid);
    }

    #[test]
    fn an_empty_folder_is_no_testnet_and_says_what_to_type() {
        let folder = tempfile::tempdir().unwrap();
        assert!(Testnet::open(folder.path()).unwrap().is_none());
        assert!(
            Testnet::expect(folder.path())
                .unwrap_err()
                .to_string()
                .contains(&format!("ewtp-testnet --dir {} up", folder.path().display()))
        );
    }

    #[test]
    fn what_to_type_names_the_folder_unless_it_is_the_default() {
        assert_eq!(as_typed(Path::new(DEFAULT_FOLDER), "up"), "ewtp-testnet up");
        assert_eq!(
            as_typed(Path::new("other"), "kill MY"),
            "ewtp-testnet --dir other kill MY"
        );
    }

    #[test]
    fn a_folder_of_another_form_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let text = serde_json::to_string(&Testnet::new(folder.path(), Seed(3), 0, vec![])).unwrap();
        std::fs::write(folder.path().join("testnet.json"), text.replace("folder/1", "folder/9")).unwrap();
        assert!(
            Testnet::open(folder.path())
                .unwrap_err()
                .to_string()
                .contains("folder/9")
        );
    }
}
