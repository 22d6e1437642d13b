//! Where a record stands: hub, epoch of its log, index in it.

use super::{HubCode, text::text_form};
use crate::ValueError;
use std::{fmt, str::FromStr};

/// One log: a hub's, in one epoch.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LogId {
    /// Whose log.
    pub hub: HubCode,
    /// Which generation of it; 0 first.
    pub epoch: u32,
}

/// The place of one record in one log. Written `CN-HGH:0:4711`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position {
    /// Whose log.
    pub hub: HubCode,
    /// Which generation of it; 0 first.
    pub epoch: u32,
    /// Index of the record; 0 is the genesis charter in epoch 0.
    pub index: u64,
}

impl LogId {
    /// The place of the record at `index` of this log.
    #[must_use]
    pub const fn at(self, index: u64) -> Position {
        Position {
            hub: self.hub,
            epoch: self.epoch,
            index,
        }
    }
}

impl Position {
    /// The log this place lies in.
    #[must_use]
    pub const fn log(&self) -> LogId {
        LogId {
            hub: self.hub,
            epoch: self.epoch,
        }
    }
}

impl fmt::Display for LogId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}:{}", self.hub, self.epoch)
    }
}

impl fmt::Display for Position {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}:{}", self.log(), self.index)
    }
}

impl FromStr for LogId {
    type Err = ValueError;

    fn from_str(text: &str) -> Result<Self, ValueError> {
        let (hub, epoch) = text.split_once(':').ok_or_else(|| fault(text))?;
        Ok(Self {
            hub: hub.parse()?,
            epoch: number(epoch).ok_or_else(|| fault(text))?,
        })
    }
}

impl FromStr for Position {
    type Err = ValueError;

    fn from_str(text: &str) -> Result<Self, ValueError> {
        let (log, index) = text.rsplit_once(':').ok_or_else(|| fault(text))?;
        let log: LogId = log.parse()?;
        Ok(log.at(number(index).ok_or_else(|| fault(text))?))
    }
}

/// Decimal digits without sign or leading zeros, so that a position has one text.
fn number<T: FromStr>(text: &str) -> Option<T> {
    let is_plain = text.bytes().all(|byte| byte.is_ascii_digit()) && (text.len() == 1 || !text.starts_with('0'));
    is_plain.then(|| text.parse().ok()).flatten()
}

fn fault(text: &str) -> ValueError {
    ValueError::new(
        "values R5",
        "position",
        format!("{text:?} is not hub:epoch:index, such as MY:0:57"),
    )
}

text_form!(LogId, Position);
