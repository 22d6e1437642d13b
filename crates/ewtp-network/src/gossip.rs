//! Gossip: settings of gossipsub, each with what breaks without it, and the two things it does not do itself.
//!
//! Gossip accelerates and sync guarantees (D10): everything here may lose a message. It must not lose a *link* without
//! anybody noticing, and gossipsub can: a decoding error half-closes a stream and no event tells. So every node flips a
//! subscription to a topic of no content four times as often, which makes gossipsub send a few bytes on each link, and
//! the watchdog (`Link::overdue`) closes a link on which nothing was heard for [`crate::Limits::gossip_silence`].
//! The flipped topic never forms a mesh: [`Filter`] lets us subscribe and lets nobody know that others did.
//!
//! A message that nobody was subscribed to receive is kept, the newest of each topic, and sent to the first who is.

use std::{
    collections::{BTreeMap, BTreeSet, HashSet},
    net::{Ipv4Addr, Ipv6Addr},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;
use libp2p::gossipsub::{
    self, Behaviour, ConfigBuilder, IdentTopic, Message, MessageAcceptance, MessageAuthenticity, MessageId,
    PeerScoreParams, PeerScoreThresholds, PublishError, TopicHash, TopicScoreParams, TopicSubscriptionFilter,
    ValidationMode, score_parameter_decay,
};
use sha2::{Digest, Sha256};
use tracing::debug;

use crate::{Acceptance, NetName, NetworkError, Topic, limits::GOSSIP_BYTES_MAX};

/// Gossipsub as we use it.
pub(crate) type Gossipsub = Behaviour<gossipsub::IdentityTransform, gossipsub::MaxCountSubscriptionFilter<Filter>>;

/// Gossipsub, subscribed to every topic of the net, and what the loop keeps about it.
pub(crate) fn behaviour(net: &NetName) -> Result<(Gossipsub, Topics), NetworkError> {
    let refused = |error: &dyn std::fmt::Display| NetworkError::Settings(error.to_string());
    let topics = Topics {
        names: Topic::ALL.map(|topic| (topic, IdentTopic::new(topic.name(net)))).into(),
        heartbeat: IdentTopic::new(format!("/ewtp/{}/heartbeat/1", net.as_str())),
        flipping: Arc::default(),
        unsent: BTreeMap::new(),
        sent: BTreeMap::new(),
    };
    let config = config().map_err(|error| refused(&error))?;
    // Our records carry signatures of hubs; a signature by the node that relays would cost as much again, prove nothing
    // and make the id of a message depend on its sender.
    let mut gossip = Gossipsub::new_with_subscription_filter(MessageAuthenticity::Anonymous, config, topics.filter())
        .map_err(|error| refused(&error))?;
    gossip
        .with_peer_score(topics.score(), thresholds())
        .map_err(|error| refused(&error))?;
    for name in topics.names.values() {
        gossip.subscribe(name).map_err(|error| refused(&error))?;
    }
    Ok((gossip, topics))
}

fn config() -> Result<gossipsub::Config, gossipsub::ConfigBuilderError> {
    ConfigBuilder::default()
        .validation_mode(ValidationMode::Anonymous)
        .message_id_fn(message_id)
        // Nothing is forwarded before the node has checked a signature.
        .validate_messages()
        // Shorter beats repair a mesh sooner and cost more duplicates by IWANT; a lost message is sync's to bring either way.
        .heartbeat_interval(Duration::from_secs(1))
        // The default lets the first mesh form after six seconds.
        .heartbeat_initial_delay(Duration::from_millis(500))
        // A verdict that comes later than this many heartbeats finds the message gone and forwards nothing.
        .history_length(12)
        // What the last four beats brought is named to those outside the mesh: one lost round is made up for by the next.
        .history_gossip(4)
        // Eight neighbours, where the default is six: with up to two hundred hubs every announcement arrives by three hops, and
        // by several ways when a few of them are silent. Nothing is grafted or pruned between 5 and 12, so that links that
        // come and go do not make the mesh restless.
        .mesh_n_low(5)
        .mesh_n(8)
        .mesh_n_high(12)
        // Three that we dialled ourselves: whoever only dials us cannot surround us. It must be below the low mark, and at most
        // half of the mesh.
        .mesh_outbound_min(3)
        // Beside the mesh, six others or a quarter of them, whichever is more, hear each beat what we have: the default, which is
        // what makes up for a mesh that lost a message.
        .gossip_lazy(6)
        .gossip_factor(0.25)
        // A gateway with 100 subscribers would send each announcement 100 times.
        .flood_publish(false)
        // Below one packet an IDONTWANT costs more than it saves.
        .idontwant_message_size_threshold(1500)
        // What we publish nobody else has yet, so no copy of it is on its way to us.
        .idontwant_on_publish(false)
        // The decoder compares its whole read buffer, up to 8 KiB past the frame, with this limit, and a message above it
        // silences the link for good. Payloads therefore stay below GOSSIP_BYTES_MAX, half of it.
        .max_transmit_size(WIRE_BYTES_MAX)
        // One IHAVE may name 2,000 messages of 16 bytes. The default of 16 KiB is reached at 910, our normal load.
        .max_control_message_size(256 * 1024)
        // Ids in one IHAVE: more than twice what four beats of two hundred busy hubs bring.
        .max_control_messages_sent(2_000)
        // Messages taken of one frame: 256 announcements without records about fill its 64 KiB. The default is 5,000.
        .max_publish_messages(256)
        // IHAVEs heard of one peer in a beat, the default: an honest one sends one for each topic.
        .max_ihave_messages_heartbeat(10)
        // 400 ids a second for ten minutes are 24 MB; without, a message may come round again after a minute.
        .duplicate_cache_time(Duration::from_secs(600))
        // Each entry holds its own copy of the payload: 5,000 × 32 KiB, the default, would be 160 MB for a slow peer.
        .connection_handler_queue_len(256)
        // Our own message may wait for a slow peer longer than others': nobody else has it yet. After that sync is sooner.
        .publish_queue_duration(Duration::from_secs(5))
        // Twice the default: a link of 10 Mbit/s takes that long for a queue of mid-sized announcements.
        .forward_queue_duration(Duration::from_secs(2))
        // Beats between two looks at explicit peers that are gone: half a minute, where the default is five.
        .check_explicit_peers_ticks(30)
        .build()
}

/// The limit of one gossipsub frame on the wire.
const WIRE_BYTES_MAX: usize = 64 * 1024;
const _: () = assert!(
    GOSSIP_BYTES_MAX + 16 * 1024 <= WIRE_BYTES_MAX,
    "a frame may be read with 8 KiB of the next"
);

/// The first 16 bytes of SHA-256(topic ‖ 0 ‖ payload): the same message is the same wherever it comes from, and an IHAVE
/// of a whole window stays small. spec: announcement
fn message_id(message: &Message) -> MessageId {
    let hash = Sha256::new()
        .chain_update(message.topic.as_str())
        .chain_update([0])
        .chain_update(&message.data)
        .finalize();
    MessageId::new(&hash[..16])
}

/// What a peer loses with its score, mildest first. One invalid message costs 20 and a petty fault 1.
fn thresholds() -> PeerScoreThresholds {
    PeerScoreThresholds {
        // Between one invalid message and two: no IHAVE goes to it or is heard of it any more; what it sends is still read.
        gossip_threshold: -40.0,
        // Two invalid messages and anything besides: our own publications go round it.
        publish_threshold: -80.0,
        // Three invalid messages within the hour, or one report of the node that is fatal.
        graylist_threshold: -160.0,
        // Out of reach: peers are known from charters and manifests, and never from what others say of them.
        accept_px_threshold: 1000.0,
        // The median of a mesh whose peers stay and deliver nothing first: below it, better ones are grafted in.
        opportunistic_graft_threshold: 2.0,
    }
}

fn topic_score() -> TopicScoreParams {
    let hour = score_parameter_decay(Duration::from_secs(3600));
    TopicScoreParams {
        // All topics count alike: an invalid message is as bad on each.
        topic_weight: 1.0,
        // At most +2, after 17 minutes: to stay is worth something, and never so much that it hides one invalid message.
        time_in_mesh_weight: 0.02,
        time_in_mesh_quantum: Duration::from_secs(10),
        time_in_mesh_cap: 100.0,
        // At most +10, and fading: who brings news first is kept in the mesh, and one invalid message costs twice that.
        first_message_deliveries_weight: 0.5,
        first_message_deliveries_decay: hour,
        first_message_deliveries_cap: 20.0,
        // No duty to deliver: a quiet peer is not a bad one.
        mesh_message_deliveries_weight: 0.0,
        mesh_failure_penalty_weight: 0.0,
        // One invalid message −20, two −80, three −180: graylisted.
        invalid_message_deliveries_weight: -20.0,
        invalid_message_deliveries_decay: hour,
        ..TopicScoreParams::default()
    }
}

/// Which subscriptions exist for us: our own topics. The heartbeat topic exists only while we flip it ourselves; that
/// others do is not even remembered.
#[derive(Clone, Debug)]
pub(crate) struct Filter {
    topics: BTreeSet<TopicHash>,
    heartbeat: TopicHash,
    /// Gossipsub asks the same question about us and about others; only [`Topics::beat`] asks about us.
    flipping: Arc<AtomicBool>,
}

impl TopicSubscriptionFilter for Filter {
    fn can_subscribe(&mut self, topic: &TopicHash) -> bool {
        self.topics.contains(topic) || *topic == self.heartbeat && self.flipping.load(Ordering::Relaxed)
    }
}

/// What the loop keeps about gossip.
pub(crate) struct Topics {
    names: BTreeMap<Topic, IdentTopic>,
    heartbeat: IdentTopic,
    flipping: Arc<AtomicBool>,
    /// The newest message of each topic that nobody was subscribed to.
    unsent: BTreeMap<Topic, Bytes>,
    /// The newest message of each topic that went out. Gossipsub would refuse it a second time, and warn.
    sent: BTreeMap<Topic, Bytes>,
}

impl Topics {
    fn filter(&self) -> gossipsub::MaxCountSubscriptionFilter<Filter> {
        gossipsub::MaxCountSubscriptionFilter {
            filter: Filter {
                topics: self.names.values().map(IdentTopic::hash).collect(),
                heartbeat: self.heartbeat.hash(),
                flipping: Arc::clone(&self.flipping),
            },
            // Ours are three; the default of 100 lets a peer make us remember 100 topics that nobody uses.
            max_subscribed_topics: 8,
            // One frame names all of them at once, and never more than there may be.
            max_subscriptions_per_request: 8,
        }
    }

    /// With the defaults a mesh peer earns 1,800 in four seconds and then pays 200 for a quiet topic: they reward presence
    /// and punish silence, and our topics are bursty and quiet.
    fn score(&self) -> PeerScoreParams {
        PeerScoreParams {
            topics: self.names.values().map(|name| (name.hash(), topic_score())).collect(),
            // All that good conduct on three topics can earn (36) and a little: more would hide faults.
            topic_score_cap: 40.0,
            // The points of `conduct`, as they are: 0 for who broke nothing, −100 for one fatal fault. (Strangers need no score of
            // their own, as they would without the gate: gossip does not exist for them.)
            app_specific_weight: 1.0,
            // The nodes of one address beyond the threshold, squared: four too many cost each of them 80.
            ip_colocation_factor_weight: -5.0,
            // A hub's nodes may stand behind one address.
            ip_colocation_factor_threshold: 16.0,
            // A mesh on one machine.
            ip_colocation_factor_whitelist: HashSet::from([Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()]),
            // Grafts against a back-off, promised messages that never came: six in ten minutes happen to honest peers on bad lines,
            // the ninth costs 90, squared as all above the threshold.
            behaviour_penalty_weight: -10.0,
            behaviour_penalty_threshold: 6.0,
            behaviour_penalty_decay: score_parameter_decay(Duration::from_secs(600)),
            // Ten messages that did not fit its queue are a burst, not a fault; and a slow line is no crime, so it fades in a few
            // seconds.
            slow_peer_weight: -0.2,
            slow_peer_threshold: 10.0,
            slow_peer_decay: 0.2,
            // Scores fade once a second, with the beat: finer steps would show nowhere.
            decay_interval: Duration::from_secs(1),
            // As long as an invalid message takes to fade: to reconnect washes nothing away.
            retain_score: Duration::from_secs(3600),
            ..PeerScoreParams::default()
        }
    }

    /// The topic of a message, if it is one of ours.
    pub(crate) fn of(&self, hash: &TopicHash) -> Option<Topic> {
        self.names
            .iter()
            .find(|(_, name)| name.hash() == *hash)
            .map(|(topic, _)| *topic)
    }

    /// Publishes, or keeps the message for the first subscriber. Nothing waits for this to succeed.
    pub(crate) fn publish(&mut self, gossip: &mut Gossipsub, topic: Topic, payload: Bytes) {
        if self.sent.get(&topic) == Some(&payload) {
            return;
        }
        match gossip.publish(self.names[&topic].hash(), payload.to_vec()) {
            Ok(_) | Err(PublishError::Duplicate) => {
                self.unsent.remove(&topic);
                self.sent.insert(topic, payload);
            }
            Err(PublishError::NoPeersSubscribedToTopic) => {
                self.unsent.insert(topic, payload);
            }
            // Full queues: the message counts as seen, publishing again would do nothing. Sync repairs it.
            Err(error) => debug!(?topic, %error, "not published"),
        }
    }

    /// Somebody subscribed: sends what waited for that.
    pub(crate) fn subscribed(&mut self, gossip: &mut Gossipsub, hash: &TopicHash) {
        if let Some(topic) = self.of(hash)
            && let Some(payload) = self.unsent.remove(&topic)
        {
            self.publish(gossip, topic, payload);
        }
    }

    /// Makes gossipsub send something on every link.
    pub(crate) fn beat(&self, gossip: &mut Gossipsub) {
        if !gossip.unsubscribe(&self.heartbeat) {
            self.flipping.store(true, Ordering::Relaxed);
            gossip
                .subscribe(&self.heartbeat)
                .expect("the filter lets the heartbeat pass while it is flipped");
            self.flipping.store(false, Ordering::Relaxed);
        }
    }
}

/// The node's verdict in gossipsub's words.
pub(crate) const fn acceptance(verdict: Acceptance) -> MessageAcceptance {
    match verdict {
        Acceptance::Forward => MessageAcceptance::Accept,
        Acceptance::Ignore => MessageAcceptance::Ignore,
        Acceptance::Reject => MessageAcceptance::Reject,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_has_the_id_that_every_relay_gives_it() {
        let vectors = ewtp_vectors::read(&["announcement"]);
        let named = vectors
            .iter()
            .find_map(|vector| Some((vector, vector.find("message_id")?)));
        let (vector, id) = named.expect("one vector has its name in gossip");
        let message = Message {
            source: None,
            data: vector.bytes.clone(),
            sequence_number: None,
            topic: TopicHash::from_raw(vector.find("topic").expect("its topic")),
        };
        assert_eq!(message_id(&message).to_string(), id);
    }
}
