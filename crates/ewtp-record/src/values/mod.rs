//! Values that can only be built valid: once a `HsCode` or a `Locode` exists, nobody checks its letters again.
//!
//! Each parses from the text a person writes, prints the same text, and goes through JSON as that text.
// spec: values

mod code_lists;
mod container;
mod country;
mod date;
mod decimal;
mod hs;
mod lei;
mod locode;
mod money;
mod names;
mod node_key;
mod position;
mod regime;
mod text;
mod time;
mod ucr;

pub use container::ContainerNumber;
pub use country::CountryCode;
pub use date::Date;
pub use decimal::{Decimal, Quantity, UnitCode};
pub use hs::{Chapter, HsCode, HsEdition};
pub use lei::Lei;
pub use locode::Locode;
pub use money::{Currency, Money};
pub use names::{HubCode, NetName, Subject};
pub use node_key::NodeKey;
pub use position::{LogId, Position};
pub use regime::Regime;
pub use text::Inline;
pub use time::UnixTime;
pub use ucr::Ucr;

#[cfg(test)]
mod tests;
