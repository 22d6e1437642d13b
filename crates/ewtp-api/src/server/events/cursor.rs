//! Where a follower of events stands: one position a log, written as the id of each event.
//!
//! The text is a list `HUB:epoch:index,...` of the newest record told from each log, the present event's own first. With
//! one followed hub it is one position. A hub that a cursor leaves out is told from its first record: repeated rather
//! than lost. Of a hub that revoked a key a position has the number of that charter behind it, `HUB:epoch:index@number`:
//! what was told up to there counts that revocation in.

use crate::problem::Problem;
use ewtp_record::{HubCode, Position};
use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

/// Longest list: four times the hubs of the largest mesh we plan for.
const POSITIONS_MAX: usize = 1_000;

/// The newest record told of a hub.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Told {
    pub(super) position: Position,
    /// The newest charter that revokes, of those under which everything up to there was told; 0 when none does.
    pub(super) charter: u32,
}

/// The newest record told, for each hub.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Cursor {
    told: BTreeMap<HubCode, Told>,
}

impl Cursor {
    /// The record was told, and with it all before it in its log, under that charter.
    pub(super) fn tell(&mut self, position: Position, charter: u32) {
        self.told.insert(position.hub, Told { position, charter });
    }

    /// Goes back to before this record: it and those above it are to be told again, under that charter.
    pub(super) fn go_back(&mut self, to: Position, charter: u32) {
        match to.index.checked_sub(1) {
            Some(before) => self.tell(to.log().at(before), charter),
            None => drop(self.told.remove(&to.hub)),
        }
    }

    /// The newest record told of a hub; `None` before its first.
    pub(super) fn told(&self, hub: HubCode) -> Option<Told> {
        self.told.get(&hub).copied()
    }

    /// The id of an event of `own`, which was told, in a stream of the hubs that `wanted` names.
    pub(super) fn text(&self, own: HubCode, wanted: impl Fn(HubCode) -> bool) -> String {
        let others = self.told.iter().filter(|(hub, _)| **hub != own && wanted(**hub));
        let others = others.map(|(_, told)| told);
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

impl fmt::Display for Told {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}", self.position)?;
        if self.charter > 0 {
            write!(formatter, "@{}", self.charter)?;
        }
        Ok(())
    }
}

impl FromStr for Told {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (position, charter) = text.split_once('@').map_or((text, None), |(at, n)| (at, Some(n)));
        let position = position.parse::<Position>().map_err(|fault| fault.to_string())?;
        let charter = charter.map_or(Ok(0), |number| {
            number
                .parse()
                .map_err(|_| format!("{number:?} is no number of a charter"))
        })?;
        Ok(Self { position, charter })
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
            let told: Told = part.trim().parse().map_err(refused)?;
            let hub = told.position.hub;
            if cursor.told.insert(hub, told).is_some() {
                return Err(refused(format!("hub {hub} is named twice")));
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
        cursor.tell("RW:0:4".parse().unwrap(), 0);
        assert_eq!(cursor.text(hub("RW"), |_| true), "RW:0:4,MY:0:12");
        assert_eq!(cursor.text(hub("RW"), |other| other == hub("RW")), "RW:0:4");
    }

    #[test]
    fn a_hub_left_out_is_told_from_its_first_record() {
        let cursor: Cursor = "MY:0:12".parse().unwrap();
        assert_eq!(cursor.told(hub("MY")).unwrap().position, "MY:0:12".parse().unwrap());
        assert_eq!(cursor.told(hub("RW")), None);
    }

    #[test]
    fn a_position_names_the_charter_whose_revocations_are_counted_in() {
        let mut cursor: Cursor = "MY:0:12@2,RW:0:3".parse().unwrap();
        let charters = ["MY", "RW"].map(|code| cursor.told(hub(code)).unwrap().charter);
        assert_eq!(charters, [2, 0]);
        assert_eq!(cursor.text(hub("RW"), |_| true), "RW:0:3,MY:0:12@2");
        cursor.go_back("RW:0:2".parse().unwrap(), 1);
        assert_eq!(cursor.text(hub("RW"), |_| true), "RW:0:1@1,MY:0:12@2");
        cursor.go_back("MY:0:0".parse().unwrap(), 3);
        assert_eq!(cursor.text(hub("RW"), |_| true), "RW:0:1@1");
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_a_cursor_or_refused(text in "([A-Z0-9:@, -]{0,12}|MY:[0-9]{1,11}:[0-9]{1,21}(@[0-9]{1,11})?,?){0,8}") {
            if let Ok(cursor) = text.parse::<Cursor>() {
                let own = *cursor.told.keys().next().expect("a cursor names a hub");
                proptest::prop_assert_eq!(cursor.text(own, |_| true).parse::<Cursor>().ok(), Some(cursor));
            }
        }
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
            "MY:0:1@",
            "MY:0:1@x",
            "MY:0:1@1@1",
            "MY:0:1@4294967296",
        ] {
            assert_eq!(text.parse::<Cursor>().unwrap_err().code, "bad-cursor", "{text}");
        }
    }
}
