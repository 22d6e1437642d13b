//! One secret key in one file: PKCS#8 PEM, encrypted with scrypt and AES-256-CBC, as `openssl pkey` reads it.
//!
//! Two traps are met here. A version-2 structure that carries the public key is refused by OpenSSL 3.0, so it is left
//! out. And OpenSSL gives scrypt at most 32 MiB, which rules out N = 2^15 and more; where a key needs more work (roots),
//! the parallel factor is raised instead, which costs a guesser the same.

use crate::shell;
use pkcs8::der::asn1::OctetStringRef;
use pkcs8::der::{Decode, SecretDocument};
use pkcs8::pkcs5::{pbes2, scrypt};
use pkcs8::{AlgorithmIdentifierRef, EncryptedPrivateKeyInfoRef, LineEnding, ObjectIdentifier, PrivateKeyInfoRef};
use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// The 32 bytes that an Ed25519 key is made from, wiped when dropped.
pub type Seed = Zeroizing<[u8; 32]>;

const ED25519: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.101.112"); // RFC 8410
const ENCRYPTED: &str = "ENCRYPTED PRIVATE KEY";
const PLAIN: &str = "PRIVATE KEY";
const FILE_BYTES_MAX: u64 = 4096; // an encrypted Ed25519 key takes 400
const SCRYPT_LOG_N: u8 = 14; // 16 MiB a try; OpenSSL refuses 2^15
const SCRYPT_BLOCK: u32 = 8;

/// How a key file is protected when it is written.
#[derive(Clone)]
pub enum Protection {
    /// Encrypted with this passphrase.
    Passphrase(Zeroizing<String>),
    /// Not encrypted: for `test:` nets only.
    None,
}

/// How much work one guess at a passphrase costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Strength {
    /// For keys a node opens at each start: about 60 ms.
    Daily,
    /// For root keys, opened at ceremonies: about half a second.
    Ceremony,
}

/// Why a key file is not used.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The file system said no.
    #[error("{path}: {error}")]
    Io {
        /// The file.
        path: PathBuf,
        /// What it said.
        error: io::Error,
    },
    /// Others on this machine may read the file.
    #[error("{path} has mode {mode:04o}: others on this machine may read it")]
    ModeTooOpen {
        /// The file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// The file is not a PKCS#8 Ed25519 key.
    #[error("{path} is not a PKCS#8 PEM file of an Ed25519 key: {reason}")]
    Malformed {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// An unencrypted key on a net that is not a `test:` net.
    #[error("{path} is not encrypted, and only a test: net takes unencrypted keys")]
    Unencrypted {
        /// The file.
        path: PathBuf,
    },
    /// The passphrase does not open the file.
    #[error("the passphrase does not open {path}")]
    WrongPassphrase {
        /// The file.
        path: PathBuf,
    },
    /// There is no passphrase and nobody to ask.
    #[error("{path} is encrypted and no passphrase was given")]
    NoPassphrase {
        /// The file.
        path: PathBuf,
    },
}

impl KeyError {
    /// A stable name for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Io { .. } => "key-file",
            Self::ModeTooOpen { .. } => "key-mode",
            Self::Malformed { .. } => "key-malformed",
            Self::Unencrypted { .. } => "key-unencrypted",
            Self::WrongPassphrase { .. } => "wrong-passphrase",
            Self::NoPassphrase { .. } => "no-passphrase",
        }
    }

    /// What to type next.
    pub fn remedy(&self) -> String {
        match self {
            Self::Io { path, .. } => format!("ls -l {}", shell::path(path)),
            Self::ModeTooOpen { path, .. } => format!("chmod 600 {}", shell::path(path)),
            Self::Malformed { path, .. } => format!("openssl pkey -noout -in {}", shell::path(path)),
            Self::Unencrypted { path } => {
                format!(
                    "openssl pkcs8 -topk8 -scrypt -in {0} -out {1} && mv {1} {0}",
                    shell::path(path),
                    shell::word(&format!("{}.new", path.display()))
                )
            }
            Self::WrongPassphrase { .. } | Self::NoPassphrase { .. } => {
                "--passphrase-file FILE, --passphrase-fd N or EWTP_PASSPHRASE_FILE=FILE".to_owned()
            }
        }
    }

    fn malformed(path: &Path, reason: impl std::fmt::Display) -> Self {
        Self::Malformed {
            path: path.to_path_buf(),
            reason: reason.to_string(),
        }
    }

    fn io(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_path_buf();
        |error| Self::Io { path, error }
    }
}

/// Writes a new key file with mode 0600; a file that exists is never overwritten.
///
/// # Errors
/// When the file exists or cannot be written.
pub fn write(path: &Path, seed: &Seed, protection: &Protection, strength: Strength) -> Result<(), KeyError> {
    let pem = encode(seed, protection, strength).map_err(|error| KeyError::malformed(path, error))?;
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
        .map_err(KeyError::io(path))?;
    file.write_all(pem.as_bytes())
        .and_then(|()| file.sync_all())
        .map_err(KeyError::io(path))
}

fn encode(seed: &Seed, protection: &Protection, strength: Strength) -> Result<Zeroizing<String>, pkcs8::Error> {
    let mut nested = Zeroizing::new([0u8; 34]); // RFC 8410 §7: an OCTET STRING within the OCTET STRING
    nested[..2].copy_from_slice(&[0x04, 0x20]);
    nested[2..].copy_from_slice(seed.as_slice());
    let algorithm = AlgorithmIdentifierRef {
        oid: ED25519,
        parameters: None,
    };
    let info = PrivateKeyInfoRef::new(algorithm, OctetStringRef::new(nested.as_slice())?);
    let (label, document) = match protection {
        Protection::Passphrase(passphrase) => (
            ENCRYPTED,
            info.encrypt_with_params(parameters(strength)?, passphrase.as_bytes())?,
        ),
        Protection::None => (PLAIN, SecretDocument::encode_msg(&info)?),
    };
    Ok(document.to_pem(label, LineEnding::LF)?)
}

fn parameters(strength: Strength) -> Result<pbes2::Parameters, pkcs8::Error> {
    let mut random = [0u8; 32];
    getrandom::fill(&mut random).map_err(|_| pkcs8::Error::ParametersMalformed)?;
    let (salt, iv) = random.split_at(16);
    let parallel = match strength {
        Strength::Daily => 1,
        Strength::Ceremony => 8,
    };
    let scrypt = scrypt::Params::new(SCRYPT_LOG_N, SCRYPT_BLOCK, parallel).expect("these are scrypt parameters");
    let iv = iv.try_into().expect("32 bytes split at 16");
    Ok(pbes2::Parameters::generate_scrypt_aes256cbc(scrypt, salt, iv)?)
}

/// What a key file holds before any passphrase is asked for.
pub enum Opened {
    /// The seed itself.
    Plain(Seed),
    /// A seed under a passphrase.
    Encrypted(Locked),
}

/// An encrypted key file, read and not yet unlocked.
pub struct Locked {
    path: PathBuf,
    document: SecretDocument,
}

/// Reads a key file, refusing one that others may read.
///
/// # Errors
/// When it cannot be read, has an open mode, or is not a PKCS#8 Ed25519 key.
pub fn open(path: &Path) -> Result<Opened, KeyError> {
    let file = File::open(path).map_err(KeyError::io(path))?;
    let metadata = file.metadata().map_err(KeyError::io(path))?;
    let mode = metadata.permissions().mode() & 0o7777;
    if mode & 0o077 != 0 {
        return Err(KeyError::ModeTooOpen {
            path: path.to_path_buf(),
            mode,
        });
    }
    let mut pem = Zeroizing::new(String::new());
    file.take(FILE_BYTES_MAX)
        .read_to_string(&mut pem)
        .map_err(KeyError::io(path))?;
    let (label, document) = SecretDocument::from_pem(&pem).map_err(|error| KeyError::malformed(path, error))?;
    match label {
        PLAIN => Ok(Opened::Plain(seed_of(path, document.as_bytes())?)),
        ENCRYPTED => Ok(Opened::Encrypted(Locked {
            path: path.to_path_buf(),
            document,
        })),
        other => Err(KeyError::malformed(path, format!("it is labelled {other}"))),
    }
}

impl Locked {
    /// Opens the file with a passphrase.
    ///
    /// # Errors
    /// When the passphrase is wrong or what it hides is not an Ed25519 key.
    pub fn unlock(&self, passphrase: &str) -> Result<Seed, KeyError> {
        let encrypted = EncryptedPrivateKeyInfoRef::from_der(self.document.as_bytes())
            .map_err(|error| KeyError::malformed(&self.path, error))?;
        let wrong = |_| KeyError::WrongPassphrase {
            path: self.path.clone(),
        };
        let document = encrypted.decrypt(passphrase.as_bytes()).map_err(wrong)?;
        seed_of(&self.path, document.as_bytes())
    }
}

fn seed_of(path: &Path, der: &[u8]) -> Result<Seed, KeyError> {
    let info = PrivateKeyInfoRef::from_der(der).map_err(|error| KeyError::malformed(path, error))?;
    if info.algorithm.oid != ED25519 {
        return Err(KeyError::malformed(
            path,
            format!("its algorithm is {}", info.algorithm.oid),
        ));
    }
    match info.private_key.as_bytes() {
        [0x04, 0x20, seed @ ..] if seed.len() == 32 => {
            Ok(Zeroizing::new(seed.try_into().expect("its length is checked here")))
        }
        _ => Err(KeyError::malformed(path, "the key is not 32 bytes")),
    }
}
