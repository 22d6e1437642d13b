//! A range of a log proves its own root: what lies left of it as a compact range, its leaves, what lies right of it as blocks.
//!
//! One check serves an announcement (nothing to its right) and a pulled bundle, without any local state. See
//! `protocol-spec/log.md`.

use crate::compact::{CompactRange, CompactRangeError, SIZE_MAX, check_parts};
use crate::hash::Hash;

/// A range does not have the shape that its numbers demand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RangeError {
    /// The log would exceed [`SIZE_MAX`] leaves.
    #[error("a log has at most 2^63 - 1 leaves")]
    TooLarge,
    /// The leaves end beyond the log's size.
    #[error("{leaves} leaves from {start} end beyond the size {size}")]
    BeyondSize {
        /// Index of the first leaf.
        start: u64,
        /// Number of leaves given.
        leaves: usize,
        /// Size of the log.
        size: u64,
    },
    /// The left side is not a compact range of `start` leaves.
    #[error("the left side of a range from {start} has {} hashes, not {found}", start.count_ones())]
    LeftCount {
        /// Index of the first leaf.
        start: u64,
        /// Hashes given.
        found: usize,
    },
    /// The right side is not the list of maximal aligned blocks up to the size.
    #[error("the right side of a range that ends at {end} in a log of {size} has {expected} hashes, not {found}")]
    RightCount {
        /// Index behind the last leaf.
        end: u64,
        /// Size of the log.
        size: u64,
        /// Hashes needed.
        expected: usize,
        /// Hashes given.
        found: usize,
    },
}

impl RangeError {
    /// The stable code of this reason, as the vectors name it.
    pub fn code(&self) -> &'static str {
        match self {
            Self::TooLarge => "size-too-large",
            Self::BeyondSize { .. } => "beyond-size",
            Self::LeftCount { .. } => "left-count",
            Self::RightCount { .. } => "right-count",
        }
    }
}

/// The root of a log of `size` leaves, from the compact range `left` at `start`, the leaf hashes that follow and the
/// block hashes `right` that cover the rest.
///
/// Compare the result with a signed root; until then nothing here is believed.
///
/// # Errors
/// The counts do not fit `start`, `leaves.len()` and `size`. // spec: log R7
pub fn range_root(start: u64, left: &[Hash], leaves: &[Hash], size: u64, right: &[Hash]) -> Result<Hash, RangeError> {
    if size > SIZE_MAX || start > SIZE_MAX {
        return Err(RangeError::TooLarge);
    }
    let end = start.checked_add(leaves.len() as u64).filter(|end| *end <= size);
    let end = end.ok_or(RangeError::BeyondSize {
        start,
        leaves: leaves.len(),
        size,
    })?;
    if check_parts(start, left).is_err() {
        return Err(RangeError::LeftCount {
            start,
            found: left.len(),
        });
    }
    let expected = right_levels(end, size).count();
    if right.len() != expected {
        return Err(RangeError::RightCount {
            end,
            size,
            expected,
            found: right.len(),
        });
    }
    let mut range = CompactRange::from_parts(start, left.to_vec()).expect("the parts were checked above");
    leaves.iter().for_each(|leaf| range.append(*leaf));
    for (level, block) in right_levels(end, size).zip(right) {
        range.append_reporting(level, *block, |_, _| {});
    }
    Ok(range.root())
}

/// The levels of the maximal aligned blocks that cover `[end, size)`, from left to right. // spec: log R7
pub fn right_levels(end: u64, size: u64) -> impl Iterator<Item = u32> {
    let mut next = end;
    std::iter::from_fn(move || {
        let rest = size.checked_sub(next).filter(|rest| *rest > 0)?;
        let level = rest.ilog2().min(next.trailing_zeros());
        next += 1 << level;
        Some(level)
    })
}

impl From<CompactRangeError> for RangeError {
    fn from(error: CompactRangeError) -> Self {
        match error {
            CompactRangeError::HashCount { size, found } => Self::LeftCount { start: size, found },
            CompactRangeError::Unaligned { .. } | CompactRangeError::TooLarge => Self::TooLarge,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hash::{EMPTY_ROOT, leaf_hash};

    #[test]
    fn the_blocks_right_of_three_in_a_log_of_twenty_one_grow_and_shrink() {
        assert_eq!(right_levels(3, 21).collect::<Vec<_>>(), [0, 2, 3, 2, 0]);
    }

    #[test]
    fn nothing_lies_right_of_the_end() {
        assert_eq!(right_levels(21, 21).count(), 0);
        assert_eq!(right_levels(22, 21).count(), 0);
    }

    #[test]
    fn a_range_of_the_whole_log_needs_no_sides() {
        let leaves: Vec<_> = (0u64..5).map(|index| leaf_hash(&index.to_be_bytes())).collect();
        let mut range = CompactRange::new();
        leaves.iter().for_each(|leaf| range.append(*leaf));
        assert_eq!(range_root(0, &[], &leaves, 5, &[]), Ok(range.root()));
        assert_eq!(range_root(5, range.hashes(), &[], 5, &[]), Ok(range.root()));
    }

    #[test]
    fn sides_that_do_not_fit_the_numbers_are_refused() {
        let leaf = [EMPTY_ROOT];
        assert_eq!(range_root(u64::MAX, &[], &leaf, 5, &[]), Err(RangeError::TooLarge));
        assert!(matches!(
            range_root(5, &[], &leaf, 5, &[]),
            Err(RangeError::BeyondSize { .. })
        ));
        assert!(matches!(
            range_root(1, &[], &leaf, 2, &[]),
            Err(RangeError::LeftCount { .. })
        ));
        assert!(matches!(
            range_root(0, &[], &leaf, 2, &[]),
            Err(RangeError::RightCount { expected: 1, .. })
        ));
    }
}
