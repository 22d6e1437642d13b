//! Changing the `[[carry]]` blocks of a file that a person wrote: everything else stays as it is, comments included.

use super::{Carried, Config, ConfigFaults};
use crate::folder::Folder;
use ewtp_record::HubCode;

/// The text with `carried` in it: a block of the same hub is replaced, else one is added at the end.
///
/// # Errors
/// The faults of the text, when it was wrong before.
pub fn with_carried(folder: &Folder, text: &str, carried: &Carried) -> Result<String, ConfigFaults> {
    let mut edited = without_carried(folder, text, carried.hub)?.unwrap_or_else(|| text.to_owned());
    if !edited.ends_with('\n') {
        edited.push('\n');
    }
    edited.push_str(&carried.render());
    // What is written must be readable again: an address that is none is told now, not at the next start.
    Config::parse(folder, &edited)?;
    Ok(edited)
}

/// The text without the block of `hub`; `None` when it has none.
///
/// # Errors
/// The faults of the text, when it was wrong before.
pub fn without_carried(folder: &Folder, text: &str, hub: HubCode) -> Result<Option<String>, ConfigFaults> {
    if !Config::parse(folder, text)?
        .carry
        .iter()
        .any(|carried| carried.hub == hub)
    {
        return Ok(None);
    }
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let mut kept = String::with_capacity(text.len());
    let mut next = 0;
    while next < lines.len() {
        let end = block_end(&lines, next);
        if !(is_carry_header(lines[next]) && lines[next..end].iter().any(|line| names_hub(line, hub))) {
            kept.extend(lines[next..end].iter().copied());
        }
        next = end;
    }
    Ok(Some(kept))
}

/// The line after the block that begins at `start`: the next header, or the end.
fn block_end(lines: &[&str], start: usize) -> usize {
    let following = lines[start + 1..]
        .iter()
        .position(|line| line.trim_start().starts_with('[') && !is_list_item(line));
    following.map_or(lines.len(), |offset| start + 1 + offset)
}

/// A line of an array written over several lines may begin with a bracket too, but then no name follows it.
fn is_list_item(line: &str) -> bool {
    let inner = line.trim().trim_start_matches('[');
    !inner.starts_with(|first: char| first.is_ascii_alphabetic())
}

fn is_carry_header(line: &str) -> bool {
    line.split('#').next().unwrap_or_default().replace(' ', "").trim() == "[[carry]]"
}

fn names_hub(line: &str, hub: HubCode) -> bool {
    let Some((key, value)) = line.split_once('=') else {
        return false;
    };
    let value = value.split('#').next().unwrap_or_default();
    key.trim() == "hub" && value.trim().trim_matches(['"', '\'']) == hub.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use ewtp_record::CharterId;
    use std::path::Path;
    use std::str::FromStr;

    const OWN: &str = "# mine\nnet = \"test:demo\"\nhub = \"MY\"\n\n[store]   # mine too\ncache_mb = 64\n";

    fn folder() -> Folder {
        Folder::new(Path::new("/srv/ewtp"))
    }

    fn carried(hub: &str, address: &str) -> Carried {
        Carried {
            hub: HubCode::from_str(hub).unwrap(),
            genesis: CharterId::from_str(&"ab".repeat(32)).unwrap(),
            addresses: vec![address.to_owned()],
        }
    }

    fn with(text: &str, carried: &Carried) -> String {
        with_carried(&folder(), text, carried).unwrap()
    }

    #[test]
    fn a_hub_added_and_removed_leaves_the_rest_untouched() {
        let both = with(
            &with(OWN, &carried("RW", "/ip4/127.0.0.1/tcp/1")),
            &carried("ET", "/ip4/127.0.0.1/tcp/2"),
        );
        let without = without_carried(&folder(), &both, HubCode::from_str("RW").unwrap())
            .unwrap()
            .unwrap();
        assert!(without.starts_with(OWN));
        let carry = Config::parse(&folder(), &without).unwrap().carry;
        assert_eq!(carry, [carried("ET", "/ip4/127.0.0.1/tcp/2")]);
    }

    #[test]
    fn a_hub_added_again_gets_its_new_address() {
        let text = with(
            &with(OWN, &carried("RW", "/ip4/127.0.0.1/tcp/1")),
            &carried("RW", "/ip4/127.0.0.1/tcp/9"),
        );
        assert_eq!(
            Config::parse(&folder(), &text).unwrap().carry,
            [carried("RW", "/ip4/127.0.0.1/tcp/9")]
        );
    }

    #[test]
    fn a_section_after_the_block_stays() {
        let text = format!(
            "{}\n[limits]\npulse_s = 60\n",
            with(OWN, &carried("RW", "/ip4/127.0.0.1/tcp/1"))
        );
        let without = without_carried(&folder(), &text, HubCode::from_str("RW").unwrap())
            .unwrap()
            .unwrap();
        assert!(without.contains("[limits]\npulse_s = 60\n"));
    }

    #[test]
    fn a_hub_that_is_not_carried_is_not_removed() {
        assert_eq!(
            without_carried(&folder(), OWN, HubCode::from_str("RW").unwrap()).unwrap(),
            None
        );
    }

    #[test]
    fn a_bad_address_is_refused_before_anything_is_written() {
        assert!(with_carried(&folder(), OWN, &carried("RW", "nowhere")).is_err());
    }
}
