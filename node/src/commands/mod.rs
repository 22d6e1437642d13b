//! One file a command: read what is needed, ask once, say the answer. Commands that only ask a running node are thin
//! clients of its admin interface; `init`, `verify`, `inspect`, `doctor`, `tariff` and `log export` work without one.

pub(crate) mod init;
pub(crate) mod run;

pub(crate) mod status;
pub(crate) mod verify;

pub(crate) mod cert;
mod issue;
pub(crate) mod merchant;
mod show;

pub(crate) mod log;
pub(crate) mod peer;

pub(crate) mod tariff;

pub(crate) mod bench;
pub(crate) mod doctor;
pub(crate) mod inspect;
pub(crate) mod reindex;

mod input;
pub(crate) mod node;
mod witnesses;
