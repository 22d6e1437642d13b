use super::file::{Opened, open, write};
use super::*;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;
use zeroize::Zeroizing;

const SEED: [u8; 32] = [7; 32];

fn seed() -> Seed {
    Zeroizing::new(SEED)
}

fn passphrase() -> Protection {
    Protection::Passphrase(Zeroizing::new("correct horse".to_owned()))
}

fn unlock(path: &Path, passphrase: &str) -> Result<Seed, KeyError> {
    match open(path)? {
        Opened::Plain(_) => panic!("{} is not encrypted", path.display()),
        Opened::Encrypted(locked) => locked.unlock(passphrase),
    }
}

/// `openssl pkey -pubout` in DER, whose last 32 bytes are the public key; `None` when there is no openssl here.
fn public_key_by_openssl(path: &Path) -> Option<[u8; 32]> {
    let output = Command::new("openssl")
        .args([
            "pkey",
            "-pubout",
            "-outform",
            "DER",
            "-passin",
            "pass:correct horse",
            "-in",
        ])
        .arg(path)
        .output()
        .ok()?;
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Some(output.stdout[output.stdout.len() - 32..].try_into().unwrap())
}

#[test]
fn an_encrypted_key_is_read_back_and_read_by_openssl() {
    let folder = tempfile::tempdir().unwrap();
    for (name, strength) in [("daily.pem", Strength::Daily), ("ceremony.pem", Strength::Ceremony)] {
        let path = folder.path().join(name);
        write(&path, &seed(), &passphrase(), strength).unwrap();
        assert_eq!(*unlock(&path, "correct horse").unwrap(), SEED);
        if let Some(public) = public_key_by_openssl(&path) {
            assert_eq!(&public, SecretKey::from_seed(&SEED).public().as_bytes());
        }
    }
}

#[test]
fn an_unencrypted_key_is_read_back_and_read_by_openssl() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("plain.pem");
    write(&path, &seed(), &Protection::None, Strength::Daily).unwrap();
    assert!(matches!(open(&path).unwrap(), Opened::Plain(read) if *read == SEED));
    if let Some(public) = public_key_by_openssl(&path) {
        assert_eq!(&public, SecretKey::from_seed(&SEED).public().as_bytes());
    }
}

#[test]
fn a_key_that_openssl_encrypted_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let (plain, encrypted) = (folder.path().join("plain.pem"), folder.path().join("encrypted.pem"));
    write(&plain, &seed(), &Protection::None, Strength::Daily).unwrap();
    let command =
        format!("openssl pkcs8 -topk8 -scrypt -passout 'pass:correct horse' -in {plain:?} -out {encrypted:?}");
    match Command::new("sh").args(["-c", &command]).status() {
        Ok(status) if status.success() => {}
        _ => return, // no openssl here
    }
    std::fs::set_permissions(&encrypted, PermissionsExt::from_mode(0o600)).unwrap();
    assert_eq!(*unlock(&encrypted, "correct horse").unwrap(), SEED);
}

#[test]
fn a_wrong_passphrase_is_told_as_such() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("key.pem");
    write(&path, &seed(), &passphrase(), Strength::Daily).unwrap();
    assert!(matches!(
        unlock(&path, "battery staple"),
        Err(KeyError::WrongPassphrase { .. })
    ));
}

#[test]
fn a_key_file_that_others_may_read_is_refused_with_the_command_that_helps() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("key.pem");
    write(&path, &seed(), &passphrase(), Strength::Daily).unwrap();
    std::fs::set_permissions(&path, PermissionsExt::from_mode(0o640)).unwrap();
    let Err(error) = open(&path) else { panic!("opened") };
    assert_eq!(error.remedy(), format!("chmod 600 {}", path.display()));
}

#[test]
fn a_new_key_file_has_mode_0600_and_never_replaces_one() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("key.pem");
    write(&path, &seed(), &passphrase(), Strength::Daily).unwrap();
    assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    assert!(matches!(
        write(&path, &seed(), &passphrase(), Strength::Daily),
        Err(KeyError::Io { .. })
    ));
}

#[test]
fn an_unencrypted_key_is_for_test_nets_alone() {
    let temporary = tempfile::tempdir().unwrap();
    let folder = Folder::new(temporary.path());
    std::fs::create_dir(folder.keys()).unwrap();
    write(&folder.key(KeyName::Node), &seed(), &Protection::None, Strength::Daily).unwrap();
    let mut nobody = Passphrase::default();
    let test: NetName = "test:demo".parse().unwrap();
    assert_eq!(*read(&folder, KeyName::Node, &test, &mut nobody).unwrap(), SEED);
    let public: NetName = "ewtp".parse().unwrap();
    let error = read(&folder, KeyName::Node, &public, &mut nobody).unwrap_err();
    assert!(matches!(error.downcast_ref(), Some(KeyError::Unencrypted { .. })));
}

#[test]
fn a_passphrase_is_the_first_line_of_its_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("passphrase");
    std::fs::write(&path, "correct horse\nnot this\n").unwrap();
    let mut passphrase = Passphrase::from(PassphraseSource::File(path));
    assert_eq!(passphrase.get(Path::new("keys/log.pem")).unwrap(), "correct horse");
}

#[test]
fn garbage_is_not_a_key() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("key.pem");
    std::fs::write(&path, "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n").unwrap();
    std::fs::set_permissions(&path, PermissionsExt::from_mode(0o600)).unwrap();
    assert!(matches!(open(&path), Err(KeyError::Malformed { .. })));
}
