//! Laying a testnet: a folder a hub, each with keys grown from the seed, and every hub carrying all the others.
//!
//! What `ewtp init` asks an operator is answered here by the roster. Keys lie unencrypted, which the node allows on
//! `test:` nets only.

use crate::ports;
use crate::roster::{HubFacts, ROSTER};
use crate::seed::Seed;
use crate::state::{Hub, Testnet};
use anyhow::{Context, Result, ensure};
use ewtp_node::config::{Carried, Config};
use ewtp_node::folder::Folder;
use ewtp_node::init::{self, Plan, Seeds};
use ewtp_node::keys::{KeyName, Protection};
use ewtp_record::{CharterBody, CharterId, HubCode, NetName, NodeKey, UnixTime};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;

/// There while a folder is being laid, so that what a crash left half done is known as such.
const MARK: &str = "laying";

/// One hub before it is written.
struct Draft {
    facts: &'static HubFacts,
    code: HubCode,
    plan: Plan,
    seeds: Seeds,
    genesis: CharterId,
    http: SocketAddr,
}

/// Lays `n` hubs (1 to [`crate::roster::HUBS_MAX`]) in `folder`, their charters dated `laid_at` (Unix seconds).
///
/// # Errors
/// When the folder cannot be written, holds something else, or no ports are free.
pub fn lay(folder: &Path, seed: Seed, n: usize, laid_at: u64) -> Result<Testnet> {
    ensure!(
        (1..=ROSTER.len()).contains(&n),
        "a testnet has 1 to {} hubs, not {n}",
        ROSTER.len()
    );
    let folder = std::path::absolute(folder).with_context(|| format!("finding {}", folder.display()))?;
    begin(&folder)?;
    let ports = ports::free(
        u64::from_be_bytes(seed.secret("ports")[..8].try_into().expect("8 of 32 bytes")),
        2 * n,
    )?;
    let mut drafts = ROSTER[..n]
        .iter()
        .zip(ports.chunks_exact(2))
        .map(|(facts, ports)| Draft::new(&folder, seed, facts, laid_at, ports[0], ports[1], n))
        .collect::<Result<Vec<_>>>()?;
    acquaint(&mut drafts);
    let hubs = drafts.iter().map(Draft::write).collect::<Result<_>>()?;
    let testnet = Testnet::new(&folder, seed, laid_at, hubs);
    testnet.save()?;
    std::fs::remove_file(folder.join(MARK)).context("ending the laying")?;
    Ok(testnet)
}

/// Takes the folder, and clears what an earlier laying left half done.
fn begin(folder: &Path) -> Result<()> {
    let mark = folder.join(MARK);
    if mark.exists() {
        for hub in &ROSTER {
            let left = folder.join(hub.code);
            if left.exists() {
                std::fs::remove_dir_all(&left).with_context(|| format!("clearing {}", left.display()))?;
            }
        }
    }
    std::fs::create_dir_all(folder).with_context(|| format!("making {}", folder.display()))?;
    std::fs::write(&mark, b"").with_context(|| format!("writing {}", mark.display()))
}

/// Lets every hub carry, dial and recognise all the others.
fn acquaint(drafts: &mut [Draft]) {
    let mut all: Vec<Carried> = drafts.iter().map(Draft::as_carried).collect();
    all.sort_by_key(|carried| carried.hub);
    for draft in drafts {
        let others = all.iter().filter(|carried| carried.hub != draft.code);
        draft.plan.config.carry = others.clone().cloned().collect();
        draft.plan.recognised = others.map(|carried| (carried.hub, carried.genesis)).collect();
    }
}

impl Draft {
    fn new(
        folder: &Path,
        seed: Seed,
        facts: &'static HubFacts,
        laid_at: u64,
        port: u16,
        http_port: u16,
        hubs: usize,
    ) -> Result<Self> {
        let net: NetName = seed.net().parse().context("the net's name")?;
        let code: HubCode = facts.code.parse().context("a hub of the roster")?;
        let http = SocketAddr::from((Ipv4Addr::LOCALHOST, http_port));
        let mut config = Config::new(Folder::new(&folder.join(facts.code)), net, code, facts.name);
        config.network.listen = vec![format!("/ip4/127.0.0.1/tcp/{port}")];
        config.admin_http = Some(http);
        let mut plan = Plan::new(config, UnixTime(laid_at));
        plan.panel = panel(facts, hubs)?;
        let seeds = Seeds::derived(&plan, |key| seed.secret(&format!("{}/key/{key}", facts.code)));
        let genesis = init::genesis(&plan, &seeds)
            .with_context(|| format!("the charter of {code}"))?
            .id;
        Ok(Self {
            facts,
            code,
            plan,
            seeds,
            genesis,
            http,
        })
    }

    fn as_carried(&self) -> Carried {
        // With the PeerId, so that nobody else who listens there is taken for this hub.
        let address = format!("{}/p2p/{}", self.plan.addresses[0], self.peer_id());
        Carried {
            hub: self.code,
            genesis: self.genesis,
            addresses: vec![address],
        }
    }

    fn peer_id(&self) -> String {
        NodeKey(*self.seeds.public(KeyName::Node).as_bytes()).to_peer_id()
    }

    fn write(&self) -> Result<Hub> {
        init::lay_folder(&self.plan, &self.seeds, &Protection::None)
            .with_context(|| format!("laying {}", self.code))?;
        Ok(Hub {
            hub: self.facts.code.to_owned(),
            peer_id: self.peer_id(),
            genesis: self.genesis.to_string(),
            address: self.plan.addresses[0].clone(),
            http: self.http,
        })
    }
}

/// The next 15 hubs after this one in the roster, round the end; all others when there are fewer.
fn panel(facts: &HubFacts, hubs: usize) -> Result<Vec<HubCode>> {
    let here = ROSTER
        .iter()
        .position(|other| other.code == facts.code)
        .expect("the hub is of the roster");
    let others = (1..hubs)
        .map(|step| &ROSTER[(here + step) % hubs])
        .take(CharterBody::PANEL_MAX);
    let mut panel = others
        .map(|other| other.code.parse().context("a hub of the roster"))
        .collect::<Result<Vec<_>>>()?;
    panel.sort_unstable();
    Ok(panel)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panel_is_everybody_else_up_to_fifteen() {
        let names = |at: usize, n| {
            panel(&ROSTER[at], n)
                .unwrap()
                .iter()
                .map(ToString::to_string)
                .collect::<Vec<_>>()
        };
        assert!(names(0, 1).is_empty());
        assert_eq!(names(0, 3), ["MY", "RW"]);
        assert_eq!(names(31, 32).len(), 15);
        assert!(!names(31, 32).contains(&"DE".to_owned()));
    }

    #[test]
    fn the_same_seed_and_time_lay_the_same_hubs() {
        let lay = |seed| {
            let folder = tempfile::tempdir().unwrap();
            let testnet = lay(folder.path(), Seed(seed), 2, 1_790_000_000).unwrap();
            testnet
                .hubs
                .into_iter()
                .map(|hub| (hub.hub, hub.peer_id, hub.genesis))
                .collect::<Vec<_>>()
        };
        assert_eq!(lay(1), lay(1));
        assert_ne!(lay(1), lay(2));
    }

    #[test]
    fn a_laying_that_broke_off_is_done_again() {
        let folder = tempfile::tempdir().unwrap();
        lay(folder.path(), Seed(1), 2, 1_790_000_000).unwrap();
        std::fs::remove_file(folder.path().join("testnet.json")).unwrap();
        std::fs::write(folder.path().join(MARK), b"").unwrap();
        assert_eq!(lay(folder.path(), Seed(1), 2, 1_790_000_000).unwrap().hubs.len(), 2);
    }
}
