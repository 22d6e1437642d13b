//! What is signed: strict CBOR, COSE_Sign1, ids, and the value types of every record kind.
//!
//! To take in foreign bytes, call [`Record::decode`], then [`Record::body`]. To make a record, fill a [`Draft`] with the
//! payload of its kind and call [`Draft::sign`]. Whether a key may sign a record is not known here: see `ewtp-trust`.
//!
//! ```
//! use ewtp_record::{Body, Draft, Pulse, Record, RecordKind, SecretKey, UnixTime};
//!
//! let key = SecretKey::from_seed(&[7; 32]);
//! let draft = Draft {
//!     kind: RecordKind::PULSE,
//!     issuer: "MY".parse()?,
//!     subject: Pulse::SUBJECT.parse()?,
//!     issued_at: UnixTime(1_795_336_205),
//!     expires_at: UnixTime(1_795_422_605),
//!     not_before: None,
//!     payload: Pulse { sequence: 0 }.encode(),
//! };
//! let record = draft.sign(&key)?;
//!
//! let received = Record::decode(record.bytes().clone())?;
//! assert_eq!(received.id(), record.id());
//! assert_eq!(received.verify(&key.public()), Ok(()));
//! assert_eq!(received.body()?, Body::Pulse(Pulse { sequence: 0 }));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod body;
mod by_hub;
pub mod cbor;
pub mod certificate;
pub mod charter;
mod codes;
mod cose;
pub mod credential;
mod document;
pub mod edition;
mod error;
pub mod fields;
mod json;
mod key;
mod kind;
mod manifest;
mod pulse;
mod values;

pub use body::Body;
pub use by_hub::{ByHub, PlainHash, PlainHasher};
pub use certificate::Certificate;
pub use charter::{CharterBody, CharterId, CharterName, Duty, SealedCharter};
pub use cose::{Draft, Header, Record, RecordId, Unsigned, signed_message};
pub use credential::Credential;
pub use document::{Asked, Document, Statement};
pub use edition::Edition;
pub use error::{DecodeError, FieldError, Unsupported, ValueError};
pub use json::{JsonError, Submission, Terms, parse_json};
pub use key::{BadSignature, KeyBytes, KeyError, KeyId, PublicKey, SecretKey};
pub use kind::RecordKind;
pub use manifest::Manifest;
pub use pulse::Pulse;
pub use values::{
    Chapter, ContainerNumber, CountryCode, Currency, Date, Decimal, HsCode, HsEdition, HubCode, Inline, Lei, Locode,
    LogId, Money, NetName, NodeKey, Position, Quantity, Regime, Subject, Ucr, UnitCode, UnixTime,
};

/// For [`array_form!`] and [`text_form!`], which are used in crates that name it through this one.
#[doc(hidden)]
pub use serde;
