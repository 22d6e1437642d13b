//! The secret keys a node holds, one PKCS#8 file each.
//!
//! [`Keys::load`] opens what a running node needs: its PeerId key, the log key, and every role key that lies in the
//! folder. Roots and next roots are for ceremonies and are never opened by `run`.

pub mod file;
pub mod passphrase;

pub use file::{KeyError, Protection, Seed, Strength};
pub use passphrase::{Passphrase, PassphraseSource};

use crate::folder::Folder;
use anyhow::Context;
use ewtp_record::{Duty, NetName, SecretKey};
use std::collections::BTreeMap;
use std::fmt;

/// Which key: names its file and its place in the charter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum KeyName {
    /// A root of the charter, counted from 1.
    Root(u8),
    /// A root promised for the next rotation, counted from 1. Only its hash is in the charter.
    NextRoot(u8),
    /// The key of a duty.
    Role(Duty),
    /// The libp2p identity of this node; not in the charter but in the node manifest.
    Node,
}

impl fmt::Display for KeyName {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Root(number) => write!(out, "root-{number}"),
            Self::NextRoot(number) => write!(out, "next-root-{number}"),
            Self::Role(duty) => write!(out, "{}", duty.name()),
            Self::Node => out.write_str("node"),
        }
    }
}

impl KeyName {
    /// How hard its file's passphrase is to guess.
    pub fn strength(self) -> Strength {
        match self {
            Self::Root(_) | Self::NextRoot(_) => Strength::Ceremony,
            Self::Role(_) | Self::Node => Strength::Daily,
        }
    }
}

/// The keys a running node signs with.
pub struct Keys {
    /// The seed of the PeerId.
    pub node: Seed,
    /// The role keys found in the folder; a duty without one is signed elsewhere.
    pub roles: BTreeMap<Duty, SecretKey>,
}

impl Keys {
    /// Opens the node key, the log key and every other role key present in `folder`.
    ///
    /// # Errors
    /// [`KeyError`] when a file that is there cannot be used, or when the node or log key is not there.
    pub fn load(folder: &Folder, net: &NetName, passphrase: &mut Passphrase) -> anyhow::Result<Self> {
        let node = read(folder, KeyName::Node, net, passphrase)?;
        let mut roles = BTreeMap::new();
        for duty in Duty::ALL {
            let name = KeyName::Role(duty);
            if duty == Duty::Log || folder.key(name).exists() {
                let seed = read(folder, name, net, passphrase)?;
                roles.insert(duty, SecretKey::from_seed(&seed));
            }
        }
        Ok(Self { node, roles })
    }

    /// The key of a duty, if this node holds it.
    pub fn role(&self, duty: Duty) -> Option<&SecretKey> {
        self.roles.get(&duty)
    }
}

/// Reads one key of a folder.
///
/// # Errors
/// [`KeyError`]; an unencrypted key outside `test:` nets is one.
pub fn read(folder: &Folder, name: KeyName, net: &NetName, passphrase: &mut Passphrase) -> anyhow::Result<Seed> {
    let path = folder.key(name);
    match file::open(&path)? {
        file::Opened::Plain(seed) if net.is_test() => Ok(seed),
        file::Opened::Plain(_) => Err(KeyError::Unencrypted { path }.into()),
        file::Opened::Encrypted(locked) => Ok(locked.unlock(passphrase.get(&path)?)?),
    }
}

/// A new seed from the operating system.
///
/// # Errors
/// When the system has no randomness to give.
pub fn fresh_seed() -> anyhow::Result<Seed> {
    let mut seed = Seed::default();
    getrandom::fill(seed.as_mut_slice()).context("the operating system gave no randomness")?;
    Ok(seed)
}

#[cfg(test)]
mod tests;
