//! What the node left on the desk, and what the clock asks for.

use std::{collections::BTreeMap, ops::ControlFlow};

use libp2p::{Multiaddr, gossipsub};
use tokio::time::Instant;
use tracing::{debug, info, warn};

use super::Mesh;
use crate::{
    Member, Misbehaviour, NodeKey,
    conduct::Standing,
    desk::{Calling, Decision, Gossip, Papers},
    gossip, identity,
    link::Stage,
};

impl Mesh {
    pub(super) fn on_papers(&mut self, papers: Papers) -> ControlFlow<()> {
        let now = Instant::now();
        if papers.stop {
            return ControlFlow::Break(());
        }
        if let Some(introduction) = papers.introduction {
            self.introduction = introduction;
        }
        if let Some(members) = papers.members {
            self.set_members(members, now);
        }
        for (address, calling) in papers.addresses {
            match calling {
                Calling::Dial => self.dialer.add_address(address, now),
                Calling::Forget => self.dialer.forget_address(address),
            }
        }
        for (node, decision) in papers.decisions {
            self.decide(node, decision, now);
        }
        for (node, misbehaviour) in papers.reports {
            self.report(node, misbehaviour);
        }
        for gossip in papers.gossip {
            self.gossip(gossip);
        }
        ControlFlow::Continue(())
    }

    fn set_members(&mut self, members: Vec<Member>, now: Instant) {
        let book: BTreeMap<NodeKey, Vec<Multiaddr>> = members
            .into_iter()
            .map(|member| (member.node, addresses(&member)))
            .collect();
        self.swarm.behaviour_mut().door.set_members(&book);
        self.dialer.set_members(&book, now);
    }

    fn decide(&mut self, node: NodeKey, decision: Decision, now: Instant) {
        match decision {
            Decision::Admit => self.admit(node, now),
            Decision::Disconnect => self.disconnect(node),
            Decision::Refuse(reason) => {
                info!(peer = %identity::peer_id(node), reason, "peer refused");
                self.dialer.refused(node, now);
                self.disconnect(node);
            }
            Decision::TurnAway { reason, notice } => {
                info!(peer = %identity::peer_id(node), reason, "peer turned away");
                self.dialer.refused(node, now);
                self.turn_away(node, notice);
            }
        }
    }

    fn admit(&mut self, node: NodeKey, now: Instant) {
        let Some(link) = self.links.get_mut(&node).filter(|link| link.stage == Stage::Judged) else {
            return;
        };
        link.enter(Stage::Admitted, now);
        let (peer, main) = (link.peer, link.main().id);
        let behaviour = self.swarm.behaviour_mut();
        behaviour.door.admitted(node);
        behaviour.gossip.open(peer, main);
    }

    /// Closes every connection; what follows from it follows when they are closed.
    pub(super) fn disconnect(&mut self, node: NodeKey) {
        let Some(link) = self.links.get(&node) else { return };
        for connection in link.connections() {
            self.swarm.close_connection(connection.id);
        }
    }

    pub(super) fn report(&mut self, node: NodeKey, misbehaviour: Misbehaviour) {
        let now = Instant::now();
        let peer = identity::peer_id(node);
        let behaviour = self.swarm.behaviour_mut();
        let standing = behaviour.door.conduct.report(node, misbehaviour, now);
        // Gossipsub weighs it too: a peer with points is grafted last and pruned first.
        let points = behaviour.door.conduct.points(node, now);
        behaviour.gossip.inner().set_application_score(&peer, -points);
        match standing {
            Standing::Tolerated => debug!(%peer, ?misbehaviour, "misbehaviour counted"),
            Standing::Disconnect | Standing::Banned => {
                warn!(%peer, ?misbehaviour, ?standing, "peer misbehaved and is disconnected");
                self.dialer.refused(node, now);
                self.disconnect(node);
            }
        }
    }

    fn gossip(&mut self, gossip: Gossip) {
        let gossipsub = self.swarm.behaviour_mut().gossip.inner();
        match gossip {
            Gossip::Publish(topic, payload) => self.topics.publish(gossipsub, topic, payload),
            Gossip::Verdict(message, verdict) => {
                let id = gossipsub::MessageId::new(&message.id);
                let from = identity::peer_id(message.from);
                gossipsub.report_message_validation_result(&id, &from, gossip::acceptance(verdict));
            }
        }
    }

    pub(super) fn on_tick(&mut self, now: Instant) {
        self.dial_due(now);
        self.look_after_links(now);
        if now >= self.next_heartbeat {
            // Four in the time after which silence is death.
            self.next_heartbeat = now + self.limits.gossip_silence / 4;
            self.topics.beat(self.swarm.behaviour_mut().gossip.inner());
        }
    }

    fn dial_due(&mut self, now: Instant) {
        let dialled = self
            .links
            .values()
            .flat_map(|link| link.connections())
            .filter(|connection| connection.ours);
        let room = (self.limits.outbound_max as usize).saturating_sub(dialled.count());
        for options in self.dialer.due(room, now) {
            let connection = options.connection_id();
            if let Err(error) = self.swarm.dial(options) {
                debug!(%error, "not dialled");
                self.dialer.failed(connection, now);
            }
        }
    }
}

fn addresses(member: &Member) -> Vec<Multiaddr> {
    let parsed = member.addresses.iter().filter_map(|address| match address.parse() {
        Ok(address) => Some(address),
        Err(error) => {
            debug!(peer = %identity::peer_id(member.node), address, %error, "address of a member left out");
            None
        }
    });
    parsed.collect()
}
