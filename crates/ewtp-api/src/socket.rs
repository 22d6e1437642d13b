//! Where a hub's admin socket lies.
//!
//! Normally `DIR/admin.sock`. The kernel takes at most 108 bytes for such a path, so a hub in a deep folder gets a folder
//! of its own under the system's temporary folder, named by a hash of the hub folder's path: the node and the command
//! line find the same place without asking each other.

use sha2::{Digest, Sha256};
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::{Path, PathBuf};

/// Longest path used as it is, in bytes; the kernel's limit is 108 with the closing zero and a suffix while binding.
pub const SOCKET_PATH_BYTES_MAX: usize = 100;

/// The path of the admin socket of the hub folder `directory`: `directory/admin.sock` if that is short enough.
///
/// # Errors
/// The folder cannot be resolved to an absolute path.
pub fn socket_path(directory: &Path) -> io::Result<PathBuf> {
    let absolute = std::path::absolute(directory)?;
    let near = absolute.join("admin.sock");
    if near.as_os_str().len() <= SOCKET_PATH_BYTES_MAX {
        return Ok(near);
    }
    let name = Sha256::digest(absolute.as_os_str().as_encoded_bytes());
    Ok(std::env::temp_dir()
        .join(format!("ewtp-{}", hex::encode(&name[..8])))
        .join("admin.sock"))
}

/// Makes the folder of a socket that lies apart from its hub folder, closed to other users, and refuses one that another
/// user made first: whoever owns the folder can answer in the node's name.
///
/// # Errors
/// The folder cannot be made, or belongs to somebody else than `directory` does, or is open to others.
pub fn prepare_socket_folder(directory: &Path, socket: &Path) -> io::Result<()> {
    let Some(folder) = socket.parent().filter(|folder| *folder != directory) else {
        return Ok(());
    };
    if std::path::absolute(directory)? == folder {
        return Ok(());
    }
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    check_socket_folder(directory, socket)
}

/// Checks what [`prepare_socket_folder`] made; the client does so before it trusts an answer.
///
/// # Errors
/// The folder is missing, belongs to somebody else than `directory` does, or is open to others.
pub fn check_socket_folder(directory: &Path, socket: &Path) -> io::Result<()> {
    let absolute = std::path::absolute(directory)?;
    let Some(folder) = socket.parent().filter(|folder| *folder != absolute) else {
        return Ok(());
    };
    let (ours, found) = (std::fs::metadata(&absolute)?, std::fs::symlink_metadata(folder)?);
    if found.is_dir() && found.uid() == ours.uid() && found.mode() & 0o077 == 0 {
        return Ok(());
    }
    let message = format!(
        "{} is not a private folder of the owner of {}",
        folder.display(),
        absolute.display()
    );
    Err(io::Error::new(io::ErrorKind::PermissionDenied, message))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_folder_holds_its_socket() {
        assert_eq!(
            socket_path(Path::new("/srv/my")).unwrap(),
            Path::new("/srv/my/admin.sock")
        );
    }

    #[test]
    fn a_deep_folder_gets_a_private_place_elsewhere() {
        let root = tempfile::tempdir().unwrap();
        let deep = root.path().join("d".repeat(SOCKET_PATH_BYTES_MAX));
        std::fs::create_dir(&deep).unwrap();
        let socket = socket_path(&deep).unwrap();
        assert!(socket.as_os_str().len() <= SOCKET_PATH_BYTES_MAX);
        assert_eq!(socket, socket_path(&deep).unwrap());
        prepare_socket_folder(&deep, &socket).unwrap();
        check_socket_folder(&deep, &socket).unwrap();
        std::fs::remove_dir(socket.parent().unwrap()).unwrap();
    }

    #[test]
    fn a_folder_open_to_others_is_refused() {
        let root = tempfile::tempdir().unwrap();
        let open = root.path().join("open");
        std::fs::DirBuilder::new().mode(0o755).create(&open).unwrap();
        let fault = check_socket_folder(&root.path().join("."), &open.join("admin.sock")).unwrap_err();
        assert_eq!(fault.kind(), io::ErrorKind::PermissionDenied);
    }
}
