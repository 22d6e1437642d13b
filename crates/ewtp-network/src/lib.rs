//! The only crate that knows libp2p: connections, admission, gossip and sync streams
