//! The Ed25519 key by which the network layer knows a node, and its text as a peer id.

use crate::{ValueError, cbor::hex_octets};

hex_octets! {
    /// Public key of a node's transport identity. It signs no records.
    // spec: manifest R2
    NodeKey, 32
}

/// What stands before an Ed25519 key in a libp2p peer id: identity multihash of 36 bytes, key type 1, 32 bytes of key.
const PEER_ID_PREFIX: [u8; 6] = [0x00, 0x24, 0x08, 0x01, 0x12, 0x20];

impl NodeKey {
    /// The key as libp2p prints it: `12D3KooW...`.
    #[must_use]
    pub fn to_peer_id(&self) -> String {
        bs58::encode([PEER_ID_PREFIX.as_slice(), &self.0].concat()).into_string()
    }

    /// Reads what [`to_peer_id`](Self::to_peer_id) wrote.
    ///
    /// # Errors
    /// When the text is not the peer id of an Ed25519 key.
    pub fn from_peer_id(text: &str) -> Result<Self, ValueError> {
        let mut bytes = [0; 38];
        let length = bs58::decode(text).onto(&mut bytes).unwrap_or(0);
        let key = bytes.strip_prefix(&PEER_ID_PREFIX).filter(|_| length == bytes.len());
        key.and_then(|key| key.try_into().ok()).map(Self).ok_or_else(|| {
            ValueError::new(
                "values R6",
                "peer-id",
                format!("{text:?} is not the peer id of an Ed25519 key"),
            )
        })
    }
}
