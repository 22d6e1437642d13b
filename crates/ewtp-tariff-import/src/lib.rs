//! National schedules from the files that customs offices publish: bytes in, rows and a report out.
//!
//! To take the published US schedule as it is, call [`us_hts::read`]; to take what a customs office wrote in the plain
//! format of this crate, call [`plain::read`]. Both answer with all rows of a schedule that keeps every rule, or with the row
//! and the reason why there is none: nothing is published by halves. What a source says only in words becomes a duty
//! `text(note)`, and the [`Report`] lists it: nothing is guessed. Pure: no clock, no randomness, no I/O.
//!
//! ```
//! let shirts = br#"[{"htsno": "6109.10.00", "indent": "1", "description": "Of cotton", "units": ["doz.", "kg"],
//!     "general": "16.5%", "special": "Free (AU,SG) 10% (JP)", "other": "90%", "footnotes": []}]"#;
//! let import = ewtp_tariff_import::us_hts::read(shirts)?;
//! assert_eq!(import.report.general.computed, 1);
//! assert_eq!(import.trees.rates.rows().count(), 5); // the line, three programmes, column 2
//! # Ok::<(), ewtp_tariff_import::ImportError>(())
//! ```

pub mod currencies;
mod error;
pub mod lines;
pub mod plain;
mod report;
mod source;
mod text;
mod unit;
pub mod us_hts;

pub use error::{ImportError, Place};
pub use report::{ByText, LeftOut, Report, Share};
pub use text::canonical;

use ewtp_tariff::PageTrees;

/// A schedule as it was understood.
#[derive(Debug, Clone)]
pub struct Import {
    /// All its rows; they keep every rule of rows and of schedules.
    pub trees: PageTrees,
    /// What was understood and what was not.
    pub report: Report,
}
