//! Where things lie in a hub's folder.
//!
//! One place names every file, so that `init`, `run`, `doctor` and the testnet cannot disagree:
//!
//! ```text
//! ewtp.toml      what the operator decides           policy.json   which hubs this verifier pins
//! keys/*.pem     one PKCS#8 file a key, mode 0600    charter.cbor  the hub's charter chain
//! manifest.cbor  binds this node's PeerId to the hub ledger/       what the node must not forget; locked while open
//! index/         derived from the ledger             admin.sock    the admin interface while it runs
//! admin.addr     where the socket is, if not here
//! ```

use crate::keys::KeyName;
use std::io;
use std::path::{Path, PathBuf};

/// The folder used when neither `--dir` nor `$EWTP_DIR` says otherwise.
pub const DEFAULT_FOLDER: &str = "./ewtp";

/// A hub's folder: names only; nothing is opened here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Folder {
    root: PathBuf,
}

impl Folder {
    /// The folder at `root`, which need not exist yet.
    pub fn new(root: &Path) -> Self {
        Self {
            root: root.to_path_buf(),
        }
    }

    /// The folder itself.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The configuration file.
    pub fn config(&self) -> PathBuf {
        self.root.join("ewtp.toml")
    }

    /// The folder of key files.
    pub fn keys(&self) -> PathBuf {
        self.root.join("keys")
    }

    /// The file of one key.
    pub fn key(&self, name: KeyName) -> PathBuf {
        self.keys().join(format!("{name}.pem"))
    }

    /// The hub's charter chain: a CBOR array of charter records, oldest first.
    pub fn charters(&self) -> PathBuf {
        self.root.join("charter.cbor")
    }

    /// The node manifest record.
    pub fn manifest(&self) -> PathBuf {
        self.root.join("manifest.cbor")
    }

    /// The verifier's policy: pinned genesis ids.
    pub fn policy(&self) -> PathBuf {
        self.root.join("policy.json")
    }

    /// The folder of ledger segments.
    pub fn ledger(&self) -> PathBuf {
        self.root.join("ledger")
    }

    /// The folder of the index, which `ewtp reindex` rebuilds.
    pub fn index(&self) -> PathBuf {
        self.root.join("index")
    }

    /// The file that says where the admin socket is when it could not lie in the folder.
    pub fn socket_note(&self) -> PathBuf {
        self.root.join("admin.addr")
    }

    /// The path of the admin socket: `admin.sock` in the folder, or a short path in the temporary folder when that one
    /// is too long for a socket.
    ///
    /// # Errors
    /// When the folder cannot be resolved to an absolute path.
    pub fn socket(&self) -> io::Result<PathBuf> {
        ewtp_api::socket::socket_path(&self.root)
    }

    /// Makes the private folder of an admin socket that has no room in this one. A node needs it before it runs.
    ///
    /// # Errors
    /// When it cannot be made, or belongs to somebody else.
    pub fn prepare_socket(&self) -> io::Result<SocketPlace> {
        let socket = self.socket()?;
        ewtp_api::socket::prepare_socket_folder(&self.root, &socket)?;
        ewtp_api::socket::check_socket_folder(&self.root, &socket)?;
        let here = std::path::absolute(&self.root)?;
        let elsewhere = socket.parent().filter(|place| *place != here);
        Ok(SocketPlace(elsewhere.map(Path::to_path_buf)))
    }

    /// Where the CLI finds the admin socket: what `admin.addr` says, else [`Folder::socket`]. The note matters when
    /// the node was started with another temporary folder than the caller's.
    ///
    /// # Errors
    /// When the folder cannot be resolved to an absolute path.
    pub fn socket_of_running_node(&self) -> io::Result<PathBuf> {
        match std::fs::read_to_string(self.socket_note()) {
            Ok(text) => Ok(PathBuf::from(text.trim_end())),
            Err(_) => self.socket(),
        }
    }
}

/// Where an admin socket lies apart from its hub's folder; nothing of it stays when this is dropped.
#[derive(Debug)]
pub struct SocketPlace(Option<PathBuf>);

impl Drop for SocketPlace {
    fn drop(&mut self) {
        if let Some(place) = &self.0 {
            // Another node that took the place meanwhile has its socket there, and then the folder stays.
            let _ = std::fs::remove_dir(place);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deep_folder_has_a_place_for_its_socket_only_while_a_node_runs() {
        let temporary = tempfile::tempdir().unwrap();
        let deep = temporary.path().join("d".repeat(120));
        std::fs::create_dir(&deep).unwrap();
        let folder = Folder::new(&deep);
        let place = folder.socket().unwrap().parent().unwrap().to_path_buf();
        let held = folder.prepare_socket().unwrap();
        assert!(place.is_dir());
        drop(held);
        assert!(!place.exists());
        drop(Folder::new(temporary.path()).prepare_socket().unwrap());
        assert!(temporary.path().is_dir());
    }

    #[test]
    fn the_note_says_where_the_socket_of_a_running_node_is() {
        let temporary = tempfile::tempdir().unwrap();
        let folder = Folder::new(temporary.path());
        assert_eq!(folder.socket_of_running_node().unwrap(), folder.socket().unwrap());
        std::fs::write(folder.socket_note(), "/run/elsewhere/admin.sock\n").unwrap();
        assert_eq!(
            folder.socket_of_running_node().unwrap(),
            Path::new("/run/elsewhere/admin.sock")
        );
    }
}
