//! The gate in front of verification: whose gossip is still looked at when more comes than can be.
//!
//! Verifying an announcement costs up to sixteen signature checks, and which hub it names is anybody's word until then. So
//! each sender has a quota, and within it one for each hub that it names: who sends much in the name of another uses up its
//! own. While there is room the gate is open for all.
// spec: announcement R16

use std::collections::BTreeMap;
use std::time::Duration;

use ewtp_record::{HubCode, NodeKey};

use crate::bucket::Bucket;
use crate::limits::{GATE_BUCKETS_MAX, GATE_OF_SENDER, GATE_OF_SENDER_FOR_HUB};

/// See the module.
#[derive(Debug, Default)]
pub struct Gate {
    senders: BTreeMap<NodeKey, Bucket>,
    /// By sender and the hub named; what names none has a bucket too.
    named: BTreeMap<(NodeKey, Option<HubCode>), Bucket>,
}

impl Gate {
    /// Whether a message is let in. `named` is the carried hub that it names by [`named_hub`]; all others share one quota.
    /// While the verifier is not busy everything is, and counts all the same, so that a flood finds its quota used up.
    pub fn lets_in(&mut self, from: NodeKey, named: Option<HubCode>, is_busy: bool, ticks: Duration) -> bool {
        self.forget_full(ticks);
        let of_hub = self.named.entry((from, named)).or_default();
        let within = of_hub.take(1, &GATE_OF_SENDER_FOR_HUB, ticks);
        // What its hub's quota refuses must not use up the sender's.
        let of_sender = self.senders.entry(from).or_default();
        let within = within && of_sender.take(1, &GATE_OF_SENDER, ticks);
        within || !is_busy
    }

    /// Who sent nothing for a while needs no memory.
    fn forget_full(&mut self, ticks: Duration) {
        if self.named.len() >= GATE_BUCKETS_MAX {
            self.named.retain(|_, bucket| !bucket.is_full(ticks));
            self.senders.retain(|_, bucket| !bucket.is_full(ticks));
        }
    }
}

/// The hub whose log a gossiped announcement or cosignature says it is about, read without decoding the rest.
#[must_use]
pub fn named_hub(bytes: &[u8]) -> Option<HubCode> {
    const TEXT: std::ops::RangeInclusive<u8> = 0x60..=0x77;
    let [_array, _number, text, rest @ ..] = bytes else {
        return None;
    };
    let length = TEXT.contains(text).then(|| usize::from(text - TEXT.start()))?;
    std::str::from_utf8(rest.get(..length)?).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::announcement::Announcement;
    use crate::message::{self, Cosignature, Message};
    use crate::testing::{Book, T0, code, found};

    const NOW: Duration = Duration::from_secs(9);

    fn node(number: u8) -> NodeKey {
        NodeKey([number; 32])
    }

    fn let_in(gate: &mut Gate, from: NodeKey, named: &str, count: u64) -> u64 {
        let tries = (0..count).filter(|_| gate.lets_in(from, Some(code(named)), true, NOW));
        tries.count() as u64
    }

    #[test]
    fn while_there_is_room_everyone_is_let_in() {
        let mut gate = Gate::default();
        assert!((0..10_000).all(|_| gate.lets_in(node(1), Some(code("MY")), false, NOW)));
    }

    #[test]
    fn who_floods_in_the_name_of_another_uses_up_its_own_quota() {
        let mut gate = Gate::default();
        assert_eq!(let_in(&mut gate, node(1), "MY", 9_999), GATE_OF_SENDER_FOR_HUB.at_once);
        assert_eq!(
            let_in(&mut gate, node(1), "SG", 1),
            1,
            "of another hub it may still tell"
        );
        assert_eq!(let_in(&mut gate, node(2), "MY", 1), 1, "and others of this one");
    }

    #[test]
    fn naming_many_hubs_brings_a_sender_no_more_than_its_quota() {
        let mut gate = Gate::default();
        let names = (0..500).map(|number| format!("CN-{number:03}"));
        let total: u64 = names.map(|name| let_in(&mut gate, node(1), &name, 1)).sum();
        assert_eq!(total, GATE_OF_SENDER.at_once);
        assert_eq!(let_in(&mut gate, node(2), "MY", 1), 1);
    }

    #[test]
    fn what_is_remembered_of_senders_is_bounded() {
        let mut gate = Gate::default();
        for number in 0..3 * GATE_BUCKETS_MAX {
            let mut key = [0; 32];
            key[..8].copy_from_slice(&number.to_be_bytes());
            let ticks = NOW + Duration::from_millis(number as u64);
            gate.lets_in(NodeKey(key), None, true, ticks);
        }
        assert!(gate.named.len() <= GATE_BUCKETS_MAX && gate.senders.len() <= GATE_BUCKETS_MAX);
    }

    #[test]
    fn the_hub_is_read_from_both_kinds_of_gossip_and_from_nothing_else() {
        let [my, sg] = found(["MY", "SG"]);
        let book = Book::of(&my, 3);
        let announcement = Announcement {
            run: book.run(0, 3, 3),
            asks_cosigning: false,
            cosigned: None,
        };
        let cosignature = Message::Cosignature(Cosignature {
            hub: my.code,
            epoch: 0,
            size: 3,
            witness: sg.cosign(my.code, &book.checkpoint(3), T0),
        });
        assert_eq!(named_hub(&announcement.encode()), Some(my.code));
        assert_eq!(named_hub(&message::encode(&cosignature)), Some(my.code));
        for bytes in [
            &[][..],
            &[0x8b, 1, 0x62, b'M'],
            &[0x8b, 1, 0x18, 0x2f],
            &[0x8b, 1, 0x62, 0xff, 0xff],
        ] {
            assert_eq!(named_hub(bytes), None, "{bytes:x?}");
        }
    }
}
