//! How many witnesses are enough.

/// How many of `size` possible witnesses are needed: ⌊2·size/3⌋ + 1, all of one or two, and 0 of none.
// spec: bundle R12
#[must_use]
pub fn quorum_need(size: usize) -> usize {
    if size <= 2 { size } else { 2 * size / 3 + 1 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quorum_is_more_than_two_thirds_and_all_of_two() {
        let needs: Vec<usize> = (0..=8).map(quorum_need).collect();
        assert_eq!(needs, [0, 1, 2, 3, 3, 4, 5, 5, 6]);
    }
}
