//! Node keys and libp2p peer ids: two spellings of one Ed25519 key.
//!
//! A peer id of an Ed25519 key is the identity multihash of the key in protobuf form, so both directions are a copy.

use libp2p::PeerId;

use crate::NodeKey;

/// Identity multihash of 36 bytes; a protobuf of key type 1 (Ed25519) and 32 bytes of key.
const PREFIX: [u8; 6] = [0x00, 0x24, 0x08, 0x01, 0x12, 0x20];

/// The peer id of a node key.
pub(crate) fn peer_id(node: NodeKey) -> PeerId {
    let mut bytes = PREFIX.to_vec();
    bytes.extend_from_slice(&node.0);
    PeerId::from_bytes(&bytes).expect("an identity multihash of 36 bytes is a peer id")
}

/// The node key of a peer id, or `None` if it is not of an Ed25519 key: such a peer can have no manifest.
pub(crate) fn node_key(peer: &PeerId) -> Option<NodeKey> {
    let bytes = peer.to_bytes();
    let key = bytes.strip_prefix(PREFIX.as_slice())?;
    Some(NodeKey(key.try_into().ok()?))
}

#[cfg(test)]
mod tests {
    use libp2p::identity::Keypair;

    use super::*;

    #[test]
    fn a_node_key_is_the_key_of_its_peer_id() {
        let pair = Keypair::ed25519_from_bytes([7; 32]).unwrap();
        let key = NodeKey(pair.public().try_into_ed25519().unwrap().to_bytes());
        assert_eq!(peer_id(key), pair.public().to_peer_id());
        assert_eq!(node_key(&pair.public().to_peer_id()), Some(key));
    }
}
