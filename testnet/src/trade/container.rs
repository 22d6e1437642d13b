//! Container numbers of ISO 6346, with the check digit.

use rand::{Rng, RngExt};

/// A number of the owner `EWT`, who owns no container, for freight containers (`U`).
pub(super) fn number(random: &mut impl Rng) -> String {
    let body = format!("EWTU{:06}", random.random_range(0..1_000_000));
    let digit = check_digit(&body);
    format!("{body}{digit}")
}

/// Letters count 10 to 38 without the multiples of 11; the n-th character weighs 2^n; the sum modulo 11, 10 told as 0.
fn check_digit(body: &str) -> u32 {
    let value = |character: char| {
        let rank = character
            .to_digit(36)
            .expect("a letter or a digit: formatted in `number`");
        if rank < 10 {
            rank
        } else {
            rank + (rank - 10).div_ceil(10)
        }
    };
    body.chars()
        .enumerate()
        .map(|(place, character)| value(character) << place)
        .sum::<u32>()
        % 11
        % 10
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_published_example_has_its_digit() {
        assert_eq!(check_digit("CSQU305438"), 3);
    }
}
