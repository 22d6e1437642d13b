//! Where a follower of events stands: one position a log, written as the id of each event.
//!
//! The text is a list `HUB:epoch:index,...` of the newest record told from each log, the present event's own first. With
//! one followed hub it is one position. A hub that a cursor leaves out is told from its first record: repeated rather
//! than lost.

use crate::problem::Problem;
use ewtp_record::{HubCode, Position};
use std::collections::BTreeMap;
use std::str::FromStr;

/// Longest list: four times the hubs of the largest mesh we plan for.
const POSITIONS_MAX: usize = 1_000;

/// The newest record told, for each hub.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Cursor {
    told: BTreeMap<HubCode, Position>,
}

impl Cursor {
    /// The record was told, and with it all before it in its log.
    pub(super) fn tell(&mut self, position: Position) {
        self.told.insert(position.hub, position);
    }

    /// The newest record told of a hub; `None` before its first.
    pub(super) fn after(&self, hub: HubCode) -> Option<Position> {
        self.told.get(&hub).copied()
    }

    /// The id of an event of `own`, which was told, in a stream of the hubs that `wanted` names.
    pub(super) fn text(&self, own: HubCode, wanted: impl Fn(HubCode) -> bool) -> String {
        let others = self
            .told
            .values()
            .filter(|position| position.hub != own && wanted(position.hub));
        let all: Vec<_> = self
            .told
            .get(&own)
            .into_iter()
            .chain(others)
            .map(ToString::to_string)
            .collect();
        all.join(",")
    }
}

impl FromStr for Cursor {
    type Err = Problem;

    fn from_str(text: &str) -> Result<Self, Problem> {
        let refused = |reason: String| {
            let next = "pass the id of the last event as it came, or leave it out to begin now";
            Problem::new("bad-cursor", reason).field("Last-Event-ID").next(next)
        };
        let mut cursor = Self::default();
        for part in text.split(',') {
            let position: Position = part.trim().parse().map_err(|fault| refused(format!("{fault}")))?;
            if cursor.told.insert(position.hub, position).is_some() {
                return Err(refused(format!("hub {} is named twice", position.hub)));
            }
            if cursor.told.len() > POSITIONS_MAX {
                return Err(refused(format!("more than {POSITIONS_MAX} positions")));
            }
        }
        Ok(cursor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hub(code: &str) -> HubCode {
        code.parse().unwrap()
    }

    #[test]
    fn an_event_id_names_its_own_position_first() {
        let mut cursor: Cursor = "MY:0:12,RW:0:3".parse().unwrap();
        cursor.tell("RW:0:4".parse().unwrap());
        assert_eq!(cursor.text(hub("RW"), |_| true), "RW:0:4,MY:0:12");
        assert_eq!(cursor.text(hub("RW"), |other| other == hub("RW")), "RW:0:4");
    }

    #[test]
    fn a_hub_left_out_is_told_from_its_first_record() {
        let cursor: Cursor = "MY:0:12".parse().unwrap();
        assert_eq!(cursor.after(hub("MY")), Some("MY:0:12".parse().unwrap()));
        assert_eq!(cursor.after(hub("RW")), None);
    }

    #[test]
    fn garbage_is_refused_with_a_reason() {
        for text in [
            "MY",
            "MY:0",
            "MY:0:x",
            "my:0:1",
            "MY:0:1,MY:0:2",
            ",",
            "MY:0:-1",
            "MY:0:01",
        ] {
            assert_eq!(text.parse::<Cursor>().unwrap_err().code, "bad-cursor", "{text}");
        }
    }
}
