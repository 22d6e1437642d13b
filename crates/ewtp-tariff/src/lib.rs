//! Tariffs: what a national schedule says, and the duty that follows from it, in exact numbers.
//!
//! Numbers are [`Exact`] fractions from the page of a schedule to the last step of a quote; they are rounded once, where
//! the edition says so. Pure: no clock, no randomness, no I/O, and no float anywhere.
//!
//! ```
//! use ewtp_tariff::{Exact, Rounding};
//!
//! // 33 1/3 % of 100.00 USD, in cents, to the cent.
//! let rate: Exact = "100/3".parse()?;
//! let duty = rate.percent_of(&Exact::from(10_000));
//! assert_eq!(duty.to_string(), "10000/3");
//! assert_eq!(duty.round(Rounding::HalfUp, 1.try_into()?).to_i64(), Some(3_333));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod code;
mod exact;
mod kind;
mod token;

pub use code::LineCode;
pub use exact::{Exact, Rounding};
pub use kind::MeasureKind;
pub use token::Token;
