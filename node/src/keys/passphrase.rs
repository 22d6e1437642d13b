//! Where a passphrase comes from: a file, a descriptor, the environment's file, or a person at a terminal. Never a flag.

use super::file::{KeyError, Protection};
use anyhow::{Context, bail};
use std::io::{IsTerminal, Read};
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// Where to look when an encrypted key file is met.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum PassphraseSource {
    /// The first line of a file.
    File(PathBuf),
    /// The first line of an open descriptor.
    Descriptor(u32),
    /// Ask, if there is a terminal.
    #[default]
    Terminal,
}

const PASSPHRASE_BYTES_MAX: u64 = 4096; // a line of text; more is not a passphrase file

/// A passphrase that is fetched when the first encrypted file needs it and then kept.
#[derive(Default)]
pub struct Passphrase {
    source: PassphraseSource,
    known: Option<Zeroizing<String>>,
}

impl Passphrase {
    /// A passphrase not yet fetched.
    pub fn from(source: PassphraseSource) -> Self {
        Self { source, known: None }
    }

    /// The passphrase, fetched now if it was not before; `path` is the file that needs it.
    ///
    /// # Errors
    /// When the source cannot be read, or there is nobody to ask.
    pub fn get(&mut self, path: &Path) -> anyhow::Result<&str> {
        if self.known.is_none() {
            let prompt = format!(
                "Passphrase of the keys in {}: ",
                path.parent().unwrap_or(path).display()
            );
            let Some(passphrase) = fetch(&self.source, &prompt)? else {
                return Err(KeyError::NoPassphrase {
                    path: path.to_path_buf(),
                }
                .into());
            };
            self.known = Some(passphrase);
        }
        Ok(self.known.as_ref().expect("set in the lines above"))
    }
}

/// The passphrase for keys about to be written: from the source, or typed twice.
///
/// # Errors
/// When there is none, or the two do not match.
pub fn for_new_keys(source: &PassphraseSource) -> anyhow::Result<Protection> {
    let Some(passphrase) = fetch(source, "New passphrase for this hub's keys: ")? else {
        bail!("no passphrase: this is not a terminal, and neither --passphrase-file nor --passphrase-fd was given");
    };
    if passphrase.is_empty() {
        bail!("the passphrase is empty");
    }
    if *source == PassphraseSource::Terminal {
        let again = Zeroizing::new(rpassword::prompt_password("The same again: ")?);
        if *again != *passphrase {
            bail!("the two passphrases differ");
        }
    }
    Ok(Protection::Passphrase(passphrase))
}

fn fetch(source: &PassphraseSource, prompt: &str) -> anyhow::Result<Option<Zeroizing<String>>> {
    match source {
        PassphraseSource::File(path) => first_line(path).map(Some),
        PassphraseSource::Descriptor(number) => first_line(Path::new(&format!("/dev/fd/{number}"))).map(Some),
        PassphraseSource::Terminal if std::io::stdin().is_terminal() => {
            Ok(Some(Zeroizing::new(rpassword::prompt_password(prompt)?)))
        }
        PassphraseSource::Terminal => Ok(None),
    }
}

fn first_line(path: &Path) -> anyhow::Result<Zeroizing<String>> {
    let reading = || format!("cannot read the passphrase from {}", path.display());
    let file = std::fs::File::open(path).with_context(reading)?;
    let mut text = Zeroizing::new(String::new());
    file.take(PASSPHRASE_BYTES_MAX)
        .read_to_string(&mut text)
        .with_context(reading)?;
    Ok(Zeroizing::new(text.lines().next().unwrap_or_default().to_owned()))
}
