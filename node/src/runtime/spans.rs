//! Spans: about which peer and which record an event inside one is.
//!
//! A span that the filter of events leaves out costs a comparison: its fields are not computed. An introduction is rare and has
//! its span at the usual level. What a peer says, asks for and is served, and what is issued, have theirs with `debug`; each
//! examined record has its own with `trace`, because a node examines tens of thousands a second.

use ewtp_network::NodeKey;
use ewtp_record::{Position, RecordId};
use ewtp_trust::Directory;
use tracing::Span;
use tracing::field::Empty;

/// Around an introduction. Whose the node is stands in `hub` once that is verified.
pub(super) fn introduction(node: NodeKey) -> Span {
    tracing::info_span!("peer", peer = %node.to_peer_id(), hub = Empty)
}

/// Around what a connected peer said or asked for, and what is asked of it.
pub(super) fn peer(node: NodeKey, directory: &Directory) -> Span {
    tracing::debug_span!("peer", peer = %node.to_peer_id(), hub = directory.node(node).map(display))
}

/// Around the answer for a record of ours that is durable under a signed checkpoint.
pub(super) fn issued(id: RecordId, position: Position) -> Span {
    tracing::debug_span!("record", %id, %position)
}

/// Around the examination of one logged record.
pub(super) fn examined(position: Position) -> Span {
    tracing::trace_span!("record", %position)
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use serde_json::Value;
    use std::io;
    use std::sync::{Arc, Mutex};
    use tracing::field::display;
    use tracing_subscriber::fmt::MakeWriter;

    /// What a node would write of events, one JSON object a line.
    #[derive(Clone, Default)]
    struct Written(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Written {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl MakeWriter<'_> for Written {
        type Writer = Self;

        fn make_writer(&self) -> Self {
            self.clone()
        }
    }

    /// The events of `work`, which stays on this thread, under a filter.
    pub(in crate::runtime) fn events(filter: &str, work: impl FnOnce()) -> Vec<Value> {
        let written = Written::default();
        let subscriber = tracing_subscriber::fmt()
            .with_env_filter(filter)
            .with_writer(written.clone())
            .json()
            .finish();
        tracing::subscriber::with_default(subscriber, work);
        let bytes = written.0.lock().unwrap();
        let lines = bytes.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
        lines.map(|line| serde_json::from_slice(line).unwrap()).collect()
    }

    const NODE: NodeKey = NodeKey([7; 32]);

    #[test]
    fn an_event_of_an_introduction_carries_the_peer_and_then_its_hub() {
        let told = events("info", || {
            let span = introduction(NODE);
            let _inside = span.enter();
            tracing::info!("first");
            span.record("hub", display("MY"));
            tracing::info!("then");
        });
        assert_eq!(told[0]["span"]["name"], "peer");
        assert_eq!(told[0]["span"]["peer"], NODE.to_peer_id());
        assert!(told[0]["span"]["hub"].is_null());
        assert_eq!(told[1]["span"]["hub"], "MY");
    }

    #[test]
    fn spans_of_the_hot_path_are_off_by_default() {
        let position: Position = "MY:0:5".parse().unwrap();
        let _ = events("info", || {
            assert!(examined(position).is_disabled());
            assert!(issued(RecordId([1; 32]), position).is_disabled());
        });
        let told = events("debug", || {
            issued(RecordId([1; 32]), position).in_scope(|| tracing::debug!("inside"));
            assert!(examined(position).is_disabled());
        });
        assert_eq!(told[0]["span"]["position"], "MY:0:5");
        assert_eq!(told[0]["span"]["id"], RecordId([1; 32]).to_string());
    }
}
