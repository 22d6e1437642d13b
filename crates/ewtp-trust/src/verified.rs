//! The stage after decoding: a value whose signature and authority this crate has verified.

use std::ops::Deref;

/// A value whose signature and authority were verified here; nothing outside this crate can make one.
///
/// It says who signed and that they were allowed to, by the charters known at that moment. It says nothing about a log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified<T>(T);

impl<T> Verified<T> {
    /// Marks a value as verified; only the functions of this crate that did verify it call this.
    pub(crate) fn new(value: T) -> Self {
        Self(value)
    }

    /// The value, without the mark.
    pub fn into_inner(self) -> T {
        self.0
    }
}

impl<T> Deref for Verified<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}
