//! Tariffs: what a national schedule says, and the duty that follows from it, in exact numbers.
//!
//! To read what a schedule says of a line's duty, parse an [`Expression`]; to know the duty, [`Expression::compute`] it.
//! Numbers are [`Exact`] fractions from the page of a schedule to the last step of a quote; they are rounded once, where
//! the edition says so. Pure: no clock, no randomness, no I/O, and no float anywhere.
//!
//! ```
//! use ewtp_record::edition::RoundingMode;
//! use ewtp_tariff::{ComputeError, Expression, Inputs};
//!
//! // A third of the value, but at most 0.40 USD a kilogram: 100.00 USD of goods that weigh 60 kg.
//! let expression: Expression = "min(100/3%, 0.4 USD/KGM)".parse()?;
//! let nowhere = |reference, _| Err(ComputeError::Duty(reference));
//! let mut goods = Inputs::of_value("USD".parse()?, 100.into(), &nowhere);
//! goods.quantities.insert(("KGM".parse()?, None), 60.into());
//! assert_eq!(expression.compute(&goods)?.to_string(), "24");
//!
//! // With 120 kg the third is less. In cents, to the cent:
//! goods.quantities.insert(("KGM".parse()?, None), 120.into());
//! let duty = expression.compute(&goods)?;
//! assert_eq!(duty.to_string(), "100/3");
//! let cents = &duty * &100.into();
//! assert_eq!(cents.round(RoundingMode::HalfUp, 1.try_into()?).to_i64(), Some(3_333));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod assess;
pub mod chain;
mod code;
mod declared;
mod exact;
mod expression;
pub mod page;
pub mod patch;
pub mod publication;
pub mod quote;
pub mod receipt;
pub mod row;
pub mod schedule;
mod token;

pub use assess::{AssessError, assess};
pub use code::LineCode;
pub use declared::{UndeclaredError, declared_units};
pub use exact::Exact;
pub use expression::{
    Applied, Base, Basis, ComputeError, DutyOf, Earlier, Expression, ExpressionError, ExpressionFault, Inputs,
    Measured, Part, Per, Quantities, REFERENCES_MAX, Reference, Sign, Term,
};
pub use page::{Page, PageError, PageTree, PageTrees};
pub use patch::{Patch, PatchError};
pub use quote::{Quote, QuoteError};
pub use receipt::{Receipt, ReceiptError};
pub use row::{Row, RowError, RowKey, TreeKind};
pub use schedule::{ScheduleError, ScheduleFault};
pub use token::Token;
