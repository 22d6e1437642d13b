//! Bad roads without root: each hub process asks this room how its link to a neighbour is.
//!
//! The commands write one small file a hub, `faults/<HUB>.json`; the hub process reads it again every
//! [`POLL_INTERVAL`]. A file keeps the faults over a restart, needs no channel between processes and can be looked at.
//! Only this binary links the faults in; `ewtp` has no way to be told of one.

use crate::files;
use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How long a hub may take to notice a changed file. Short against the seconds in which people cut and heal.
pub const POLL_INTERVAL: Duration = Duration::from_millis(100);

/// One direction of a road, as a hub sees it towards one neighbour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Road {
    /// Nothing passes and nobody is told, as when a cable is cut.
    pub cut: bool,
    /// Added to everything that passes, in milliseconds.
    pub delay_ms: u32,
    /// Up to this much more, evenly spread, in milliseconds.
    pub jitter_ms: u32,
    /// Bytes a second at most; 0 is no limit.
    pub bytes_per_second: u64,
    /// How often in a thousand writes the road stalls for a second, as a lost packet on a long road does.
    pub loss_per_mille: u16,
}

impl Road {
    /// Nothing is wrong with this road.
    pub fn is_open(&self) -> bool {
        *self == Self::default()
    }
}

/// The roads out of one hub, by the code of the neighbour; a neighbour not named has an open road.
pub type Roads = BTreeMap<String, Road>;

/// The file that holds the roads out of `hub`.
pub fn file(testnet: &Path, hub: &str) -> PathBuf {
    testnet.join("faults").join(format!("{hub}.json"))
}

/// The roads out of `hub`; all open when nothing was ever written.
///
/// # Errors
/// When the file is there and cannot be read as roads.
pub fn read(testnet: &Path, hub: &str) -> Result<Roads> {
    let path = file(testnet, hub);
    match std::fs::read(&path) {
        Ok(bytes) => serde_json::from_slice(&bytes).with_context(|| format!("{} is not a fault file", path.display())),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Roads::new()),
        Err(error) => Err(error).with_context(|| format!("reading {}", path.display())),
    }
}

/// Replaces the roads out of `hub`; the hub follows within [`POLL_INTERVAL`].
///
/// # Errors
/// When the folder cannot be written.
pub fn write(testnet: &Path, hub: &str, roads: &Roads) -> Result<()> {
    let bytes = serde_json::to_vec(roads).context("roads as JSON")?;
    files::replace(&file(testnet, hub), &bytes)
}

/// Cuts every road between hubs of different groups, and opens every other one. Hubs that no group names form a group
/// of their own, so that nothing slips through them.
///
/// # Errors
/// When the folder cannot be written.
pub fn partition(testnet: &Path, hubs: &[String], groups: &[Vec<String>]) -> Result<()> {
    let group = |hub: &String| groups.iter().position(|group| group.contains(hub));
    for from in hubs {
        let mut roads = read(testnet, from)?;
        for to in hubs.iter().filter(|to| *to != from) {
            roads.entry(to.clone()).or_default().cut = group(from) != group(to);
        }
        roads.retain(|_, road| !road.is_open());
        write(testnet, from, &roads)?;
    }
    Ok(())
}

/// The groups and, where they do not name every hub, the group of the others.
pub fn whole(mut groups: Vec<Vec<String>>, hubs: &[String]) -> Vec<Vec<String>> {
    let named: Vec<&String> = groups.iter().flatten().collect();
    let others: Vec<String> = hubs.iter().filter(|hub| !named.contains(hub)).cloned().collect();
    if !others.is_empty() {
        groups.push(others);
    }
    groups
}

/// How many roads are as `is_bad` says in one direction or both, each counted once.
///
/// # Errors
/// When a fault file cannot be read.
pub fn bad_roads(testnet: &Path, hubs: &[String], is_bad: impl Fn(&Road) -> bool) -> Result<usize> {
    let mut bad = BTreeSet::new();
    for from in hubs {
        for (to, road) in read(testnet, from)? {
            if is_bad(&road) {
                bad.insert((from.min(&to).clone(), from.max(&to).clone()));
            }
        }
    }
    Ok(bad.len())
}

/// Opens every road.
///
/// # Errors
/// When the folder cannot be written.
pub fn heal(testnet: &Path, hubs: &[String]) -> Result<()> {
    hubs.iter().try_for_each(|hub| write(testnet, hub, &Roads::new()))
}

/// Sets the road between two hubs, both directions.
///
/// # Errors
/// When the folder cannot be written.
pub fn link(testnet: &Path, one: &str, other: &str, road: Road) -> Result<()> {
    for (from, to) in [(one, other), (other, one)] {
        let mut roads = read(testnet, from)?;
        roads.insert(to.to_owned(), road);
        roads.retain(|_, road| !road.is_open());
        write(testnet, from, &roads)?;
    }
    Ok(())
}

/// Reads `"A,B | C,D"`: groups of known hubs, each named once.
///
/// # Errors
/// Names the hub that is unknown or stands twice, or says that one group is no partition.
pub fn groups(text: &str, hubs: &[String]) -> Result<Vec<Vec<String>>> {
    let mut seen = Vec::new();
    let groups: Vec<Vec<String>> = text
        .split('|')
        .map(|group| group.split(',').map(|hub| hub.trim().to_owned()).collect())
        .collect();
    for hub in groups.iter().flatten() {
        anyhow::ensure!(
            hubs.contains(hub),
            "`{hub}` is not a hub of this testnet: {}",
            hubs.join(", ")
        );
        anyhow::ensure!(!seen.contains(&hub), "`{hub}` stands in two groups");
        seen.push(hub);
    }
    anyhow::ensure!(
        groups.len() > 1 || seen.len() < hubs.len(),
        "one group of all hubs cuts nothing: separate groups with `|`"
    );
    Ok(groups)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hubs() -> Vec<String> {
        ["CN-HGH", "MY", "RW", "ET"].map(str::to_owned).to_vec()
    }

    fn cuts(testnet: &Path, hub: &str) -> Vec<String> {
        read(testnet, hub)
            .unwrap()
            .into_iter()
            .filter(|(_, road)| road.cut)
            .map(|(to, _)| to)
            .collect()
    }

    #[test]
    fn a_partition_cuts_both_directions_and_heal_opens_them() {
        let folder = tempfile::tempdir().unwrap();
        partition(folder.path(), &hubs(), &groups("CN-HGH, MY | RW, ET", &hubs()).unwrap()).unwrap();
        assert_eq!(bad_roads(folder.path(), &hubs(), |road| road.cut).unwrap(), 4);
        assert_eq!(cuts(folder.path(), "CN-HGH"), ["ET", "RW"]);
        assert_eq!(cuts(folder.path(), "ET"), ["CN-HGH", "MY"]);
        heal(folder.path(), &hubs()).unwrap();
        assert!(hubs().iter().all(|hub| read(folder.path(), hub).unwrap().is_empty()));
    }

    #[test]
    fn hubs_that_no_group_names_stand_alone_together() {
        let folder = tempfile::tempdir().unwrap();
        let groups_told = whole(groups("MY", &hubs()).unwrap(), &hubs());
        assert_eq!(groups_told, [vec!["MY"], vec!["CN-HGH", "RW", "ET"]]);
        partition(folder.path(), &hubs(), &groups("MY", &hubs()).unwrap()).unwrap();
        assert_eq!(cuts(folder.path(), "MY"), ["CN-HGH", "ET", "RW"]);
        assert_eq!(cuts(folder.path(), "RW"), ["MY"]);
    }

    #[test]
    fn a_partition_leaves_a_slow_road_slow() {
        let folder = tempfile::tempdir().unwrap();
        link(
            folder.path(),
            "MY",
            "RW",
            Road {
                delay_ms: 80,
                ..Road::default()
            },
        )
        .unwrap();
        partition(folder.path(), &hubs(), &groups("MY | RW", &hubs()).unwrap()).unwrap();
        let road = read(folder.path(), "RW").unwrap()["MY"];
        assert_eq!((road.cut, road.delay_ms), (true, 80));
    }

    #[test]
    fn an_unknown_a_repeated_and_an_all_embracing_group_are_refused() {
        for (text, word) in [
            ("MY | XX", "XX"),
            ("MY | MY", "two groups"),
            ("CN-HGH,MY,RW,ET", "cuts nothing"),
        ] {
            let refusal = groups(text, &hubs()).unwrap_err().to_string();
            assert!(refusal.contains(word), "{refusal}");
        }
    }
}
