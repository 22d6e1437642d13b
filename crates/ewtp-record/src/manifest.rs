//! The node manifest: an operator's statement that a node belongs to the hub, and where it listens.
// spec: manifest

use crate::cbor::{Limits, encode, map_form, read, scan};
use crate::fields::{VERSION, count, demand, required, understood};
use crate::{DecodeError, FieldError, NodeKey};
use bytes::Bytes;

/// What a node manifest says. Its subject is the name of the node, its revision how often it was renewed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Manifest {
    /// How often the manifest of this node was renewed; 0 first.
    pub revision: u32,
    /// The key of the node's transport identity.
    pub node: NodeKey,
    /// Where it listens: at most 8 multiaddresses, each at most 128 bytes, in order of preference.
    pub addresses: Vec<String>,
    /// What it does for the mesh: the sum of the `SERVES_*` bits. Unknown bits say nothing.
    pub roles: u64,
}

map_form! {
    struct ManifestForm {
        0 => version: u64,
        1 => revision: u32,
        2 => node: NodeKey,
        3 => addresses: Vec<String>,
        4 => roles: u64,
    }
}

impl Manifest {
    /// The longest life of a manifest, in days: a node that was lost fades by itself.
    // spec: manifest R5
    pub const DAYS_MAX: u64 = 90;
    /// The node signs the checkpoints of its hub.
    pub const SERVES_LOG: u64 = 1;
    /// The node cosigns checkpoints of other hubs.
    pub const SERVES_WITNESS: u64 = 2;
    /// The node serves ranges of the logs it carries.
    pub const SERVES_RANGES: u64 = 4;

    /// How many addresses a node may have.
    pub const ADDRESSES_MAX: usize = 8;
    /// How long an address may be.
    pub const ADDRESS_BYTES_MAX: usize = 128;

    /// Reads the payload of a node manifest.
    ///
    /// # Errors
    /// The rule that is broken, or what this version does not understand.
    pub fn decode(payload: &[u8]) -> Result<Self, DecodeError> {
        scan(payload, &Limits::RECORD)?;
        let form: ManifestForm = read(payload)?;
        understood(form.version, form.unsupported)?;
        let manifest = Self {
            revision: required(form.revision, "revision", "record R12")?,
            node: required(form.node, "node", "manifest R2")?,
            addresses: required(form.addresses, "addresses", "manifest R3")?,
            roles: required(form.roles, "roles", "manifest R4")?,
        };
        manifest.inspect()?;
        Ok(manifest)
    }

    /// The payload.
    #[must_use]
    pub fn encode(&self) -> Bytes {
        encode(&ManifestForm {
            version: Some(VERSION),
            revision: Some(self.revision),
            node: Some(self.node),
            addresses: Some(self.addresses.clone()),
            roles: Some(self.roles),
            unsupported: None,
        })
        .into()
    }

    /// Checks the addresses.
    ///
    /// # Errors
    /// The first address that is too long or no multiaddress by its looks.
    // spec: manifest R3
    pub fn inspect(&self) -> Result<(), FieldError> {
        count(
            self.addresses.len(),
            0..=Self::ADDRESSES_MAX,
            "addresses",
            "manifest R3",
        )?;
        for (index, address) in self.addresses.iter().enumerate() {
            let is_sound = (2..=Self::ADDRESS_BYTES_MAX).contains(&address.len())
                && address.starts_with('/')
                && address.bytes().all(|byte| byte.is_ascii_graphic());
            let message = "must begin with '/' and be at most 128 printable characters";
            demand(
                is_sound,
                &format!("addresses[{index}]"),
                "manifest R3",
                "multiaddr",
                message,
            )?;
        }
        Ok(())
    }
}
