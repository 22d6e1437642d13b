//! Who stands outside: hubs that introduced themselves here and are not carried, hubs that said so of us, and hubs that begin
//! at another genesis than the one that was typed.
//!
//! Carrying is an operator's decision, so none of it is a fault, and none may be silent: one operator reads whom to add, the
//! other that it is not its own node that is broken, the third that the genesis was mistyped.

use std::collections::BTreeMap;

use bytes::Bytes;
use ewtp_api::{Alarm, Waiting};
use ewtp_network::NodeKey;
use ewtp_record::{CharterId, HubCode, UnixTime};
use ewtp_trust::{Directory, Introduced};

/// Hubs that wait, at most. Anybody can make up a hub, so a full list forgets the one not seen for longest: one that
/// really waits comes again within a minute.
const WAITING_MAX: usize = 32;

/// Nodes that said that they do not carry us, at most. Only those of hubs that we carry are told of.
const TURNED_AWAY_MAX: usize = 64;

/// Whoever was not seen for this long waits no more. Nodes dial again after a minute at most.
const FORGOTTEN_AFTER: u64 = 15 * 60;

/// The first byte of a notice: the sender does not carry the reader's hub. // spec: sync R17
const NOT_CARRIED: u8 = 1;

/// What an operator is told of them.
#[derive(Debug, Default)]
pub(super) struct Outside {
    pub(super) waiting: Vec<Waiting>,
    pub(super) alarms: Vec<Alarm>,
}

#[derive(Debug)]
struct Newcomer {
    node: NodeKey,
    address: String,
    since: UnixTime,
    seen: UnixTime,
}

#[derive(Clone, Copy, Debug)]
struct TurnedAway {
    since: UnixTime,
    seen: UnixTime,
}

/// A node that says it is of a hub that is carried, and begins elsewhere.
#[derive(Clone, Copy, Debug)]
struct Elsewhere {
    genesis: CharterId,
    since: UnixTime,
    seen: UnixTime,
}

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Doorstep {
    newcomers: BTreeMap<(HubCode, CharterId), Newcomer>,
    turned_away: BTreeMap<NodeKey, TurnedAway>,
    /// One for each carried hub at most.
    elsewhere: BTreeMap<HubCode, Elsewhere>,
}

/// What a node that is not carried here is told.
pub(super) fn notice() -> Bytes {
    Bytes::from_static(&[NOT_CARRIED])
}

impl Doorstep {
    /// A node of a hub that is not carried proved whose it is.
    pub(super) fn introduced(&mut self, node: NodeKey, introduced: &Introduced, now: UnixTime) {
        let key = (introduced.hub(), introduced.chain().genesis_id());
        let since = self.newcomers.get(&key).map_or(now, |known| known.since);
        let newcomer = Newcomer {
            node,
            address: introduced.manifest().addresses.first().cloned().unwrap_or_default(),
            since,
            seen: now,
        };
        self.newcomers.insert(key, newcomer);
        forget_oldest(&mut self.newcomers, WAITING_MAX, |newcomer| newcomer.seen);
    }

    /// A node told us something instead of letting us in. What a later version says is not understood and harms nobody.
    pub(super) fn told(&mut self, node: NodeKey, notice: &Bytes, now: UnixTime) {
        if notice.first() != Some(&NOT_CARRIED) {
            return;
        }
        let since = self.turned_away.get(&node).map_or(now, |known| known.since);
        self.turned_away.insert(node, TurnedAway { since, seen: now });
        forget_oldest(&mut self.turned_away, TURNED_AWAY_MAX, |told| told.seen);
    }

    /// A node was refused because the charters that it shows for `hub`, which is carried, begin at `genesis`. Once a charter
    /// is known under the pinned one, this is somebody else's doing and says nothing.
    pub(super) fn begins_elsewhere(&mut self, hub: HubCode, genesis: CharterId, directory: &Directory, now: UnixTime) {
        if directory.carries(hub) && directory.chain(hub).is_none() {
            let known = self.elsewhere.get(&hub).filter(|known| known.genesis == genesis);
            let since = known.map_or(now, |known| known.since);
            let seen = now;
            self.elsewhere.insert(hub, Elsewhere { genesis, since, seen });
        }
    }

    /// A node let us in.
    pub(super) fn connected(&mut self, node: NodeKey) {
        self.turned_away.remove(&node);
    }

    /// What to tell now. `own` is what others type to add us, after `ewtp peer add `.
    pub(super) fn outside(&self, directory: &Directory, own_hub: HubCode, own: &str, now: UnixTime) -> Outside {
        let newcomers = self.newcomers.iter();
        let waiting = newcomers.filter(|((hub, _), newcomer)| !directory.carries(*hub) && is_here(newcomer.seen, now));
        let mut hubs = BTreeMap::new();
        for (node, told) in self.turned_away.iter().filter(|(_, told)| is_here(told.seen, now)) {
            // A node that nobody we carry vouches for says nothing about a hub.
            if let Some(hub) = directory.node(*node) {
                let since = hubs.entry(hub).or_insert(told.since);
                *since = told.since.min(*since);
            }
        }
        let not_carried = hubs
            .into_iter()
            .map(|(hub, since)| not_carried(hub, own_hub, own, since));
        Outside {
            waiting: waiting
                .map(|((hub, genesis), newcomer)| newcomer.waits(*hub, *genesis))
                .collect(),
            alarms: not_carried.chain(self.wrong_genesis(directory, now)).collect(),
        }
    }

    fn wrong_genesis(&self, directory: &Directory, now: UnixTime) -> impl Iterator<Item = Alarm> {
        let seen = self.elsewhere.iter().filter(move |(_, said)| is_here(said.seen, now));
        seen.filter_map(|(hub, said)| {
            let typed = directory.genesis(*hub)?;
            let is_open = directory.chain(*hub).is_none() && typed != said.genesis;
            is_open.then(|| wrong_genesis(*hub, typed, *said))
        })
    }
}

impl Newcomer {
    fn waits(&self, hub: HubCode, genesis: CharterId) -> Waiting {
        Waiting {
            hub,
            genesis,
            peer_id: self.node.to_peer_id(),
            address: self.address.clone(),
            since: self.since,
            next: format!("ewtp peer add {}", as_typed(hub, genesis, &self.address)),
        }
    }
}

/// A hub as `ewtp peer add` takes it.
pub(super) fn as_typed(hub: HubCode, genesis: CharterId, address: &str) -> String {
    let at = if address.is_empty() { "" } else { "@" };
    format!("{hub}={genesis}{at}{address}")
}

fn not_carried(hub: HubCode, own_hub: HubCode, own: &str, since: UnixTime) -> Alarm {
    Alarm {
        code: "not-carried".to_owned(),
        hub,
        since,
        happened: format!(
            "{hub} does not carry {own_hub} yet: its operator must add us, and until then this node waits"
        ),
        works: format!("issuing and every other connection go on; nothing is exchanged with {hub}"),
        next: format!("tell the operator of {hub}, on a line that both trust, to type: ewtp peer add {own}"),
    }
}

fn wrong_genesis(hub: HubCode, typed: CharterId, said: Elsewhere) -> Alarm {
    let Elsewhere { genesis, since, .. } = said;
    Alarm {
        code: "wrong-genesis".to_owned(),
        hub,
        since,
        happened: format!(
            "{hub} is carried with genesis {typed}, of which nobody has shown a charter; a node that calls itself {hub} \
             begins at genesis {genesis}, and was turned away"
        ),
        works: format!("issuing and every other connection go on; nothing is taken of {hub}, under either genesis"),
        next: format!(
            "ask the operator of {hub}, on a line that both trust, for its genesis; if it is {genesis}: \
             ewtp peer add {hub}={genesis}; if not, somebody else uses its name"
        ),
    }
}

fn is_here(seen: UnixTime, now: UnixTime) -> bool {
    now.since(seen) <= FORGOTTEN_AFTER
}

fn forget_oldest<K: Ord + Copy, V>(map: &mut BTreeMap<K, V>, max: usize, seen: impl Fn(&V) -> UnixTime) {
    if map.len() > max {
        let oldest = map.iter().min_by_key(|(_, value)| seen(value)).map(|(key, _)| *key);
        oldest.map(|key| map.remove(&key));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: UnixTime = UnixTime(1_795_305_600);

    fn node(number: u32) -> NodeKey {
        let mut key = [7; 32];
        key[..4].copy_from_slice(&number.to_be_bytes());
        NodeKey(key)
    }

    #[test]
    fn nodes_that_turn_us_away_are_bounded_and_the_one_not_seen_for_longest_goes() {
        let mut doorstep = Doorstep::default();
        for number in 0..=TURNED_AWAY_MAX as u32 {
            doorstep.told(node(number), &notice(), NOW.plus(number.into()));
        }
        assert_eq!(doorstep.turned_away.len(), TURNED_AWAY_MAX);
        assert!(!doorstep.turned_away.contains_key(&node(0)));
        doorstep.connected(node(1));
        assert_eq!(doorstep.turned_away.len(), TURNED_AWAY_MAX - 1);
    }

    #[test]
    fn a_notice_of_a_later_version_says_nothing() {
        let mut doorstep = Doorstep::default();
        for bytes in [&[][..], &[0], &[2], &[9, NOT_CARRIED]] {
            doorstep.told(node(1), &Bytes::copy_from_slice(bytes), NOW);
        }
        assert!(doorstep.turned_away.is_empty());
        doorstep.told(node(1), &Bytes::from_static(&[NOT_CARRIED, 9]), NOW);
        assert_eq!(
            doorstep.turned_away.len(),
            1,
            "what follows the reason is a later version's"
        );
    }

    #[test]
    fn a_genesis_that_differs_from_the_one_typed_is_told_with_both_and_ends_when_it_is_typed_anew() {
        let (hub, typed, begins) = ("RW".parse().unwrap(), CharterId([1; 32]), CharterId([2; 32]));
        let net = "test:doorstep".parse().unwrap();
        let mut directory = Directory::new(net, BTreeMap::from([(hub, typed)]));
        let (mut doorstep, own) = (Doorstep::default(), "MY".parse().unwrap());
        doorstep.begins_elsewhere("SG".parse().unwrap(), begins, &directory, NOW);
        doorstep.begins_elsewhere(hub, begins, &directory, NOW);
        doorstep.begins_elsewhere(hub, begins, &directory, NOW.plus(60));

        let alarms = doorstep.outside(&directory, own, "", NOW.plus(60)).alarms;
        assert_eq!(alarms.len(), 1);
        assert_eq!(
            (alarms[0].code.as_str(), alarms[0].hub, alarms[0].since),
            ("wrong-genesis", hub, NOW)
        );
        for genesis in [typed, begins] {
            assert!(
                alarms[0].happened.contains(&genesis.to_string()),
                "{}",
                alarms[0].happened
            );
        }
        assert!(
            alarms[0].next.contains(&format!("ewtp peer add RW={begins};")),
            "{}",
            alarms[0].next
        );

        let later = NOW.plus(61 + FORGOTTEN_AFTER);
        assert!(doorstep.outside(&directory, own, "", later).alarms.is_empty());
        directory.pin(hub, begins).unwrap();
        assert!(doorstep.outside(&directory, own, "", NOW.plus(60)).alarms.is_empty());
    }
}
