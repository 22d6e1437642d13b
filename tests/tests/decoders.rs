//! The readers of the fuzz targets on every run: honest bytes are accepted, random and mutated ones never panic, and a
//! value is never accepted in two spellings. The long runs are in `fuzz/`.

#[expect(unreachable_pub, reason = "public where the fuzz targets use it")]
#[path = "../../fuzz/src/admin.rs"]
mod admin;
#[expect(unreachable_pub, reason = "public where the fuzz targets use it")]
#[path = "../../fuzz/src/config.rs"]
mod config;
#[expect(unreachable_pub, reason = "public where the fuzz targets use it")]
#[path = "../../fuzz/src/decoders.rs"]
mod decoders;
#[expect(unreachable_pub, reason = "public where the fuzz targets use it")]
#[path = "../../fuzz/src/lab.rs"]
mod lab;
#[expect(unreachable_pub, reason = "public where the fuzz targets use it")]
#[path = "../../fuzz/src/samples.rs"]
mod samples;

use std::sync::LazyLock;

use decoders::{ALL, Decoder};
use lab::Lab;
use proptest::prelude::*;

/// Every reader: those of the core, and those of the node itself.
fn readers() -> impl Iterator<Item = (&'static str, Decoder)> {
    let node: [(&str, Decoder); 2] = [("config", config::config), ("schedule_form", admin::schedule_form)];
    ALL.iter().copied().chain(node)
}

fn honest() -> Vec<(&'static str, Vec<u8>)> {
    let mut honest = Lab::new().honest();
    honest.push(("config", config::sample().into_bytes()));
    honest.push(("schedule_form", admin::sample().to_vec()));
    honest
}

static HONEST: LazyLock<Vec<(Decoder, Vec<u8>)>> = LazyLock::new(|| {
    honest()
        .into_iter()
        .map(|(name, bytes)| (reader(name), bytes))
        .collect()
});

fn reader(name: &str) -> Decoder {
    let known = readers().find(|(known, _)| *known == name);
    known.unwrap_or_else(|| panic!("no reader is called {name}")).1
}

#[test]
fn honest_bytes_of_every_reader_are_accepted() {
    let honest = honest();
    for (name, bytes) in &honest {
        assert!(reader(name)(bytes), "{name}: {}", hex::encode(bytes));
    }
    for (name, _) in readers() {
        assert!(
            honest.iter().any(|(known, _)| *known == name),
            "{name} has honest bytes"
        );
    }
}

#[test]
fn every_vector_is_read_without_a_panic() {
    let vectors = samples::vectors();
    assert!(!vectors.is_empty());
    for (name, bytes) in vectors {
        reader(name)(&bytes);
    }
}

#[test]
fn no_reader_accepts_nothing_or_all_ones() {
    for (name, read) in readers() {
        for bytes in [
            &[][..],
            &[0xff; 1],
            &[0xff; 100_000],
            &[0x9f; 100_000],
            &[0x81; 100_000],
        ] {
            assert!(!read(bytes), "{name}");
        }
    }
}

#[test]
fn what_a_fuzzer_found_stays_refused() {
    // `[2, h'']`: an empty byte string for the empty list of a frontier.
    assert!(!reader("sync_message")(&[0x82, 0x02, 0x40]));
}

#[test]
fn every_truncation_of_honest_bytes_is_read_without_a_panic() {
    for (read, bytes) in HONEST.iter() {
        for length in 0..bytes.len().min(2_048) {
            read(&bytes[..length]);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(2_000) })]

    #[test]
    fn random_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
        for (_, read) in readers() {
            read(&bytes);
        }
    }

    #[test]
    fn mutated_honest_bytes_never_panic(
        pick in any::<prop::sample::Index>(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0u8..3), 1..8),
    ) {
        let (read, honest) = pick.get(&HONEST);
        let mut bytes = honest.clone();
        for (place, value, change) in changes {
            let place = place.index(bytes.len().max(1));
            match change {
                0 if place < bytes.len() => bytes[place] = value,
                1 if place < bytes.len() => {
                    bytes.remove(place);
                }
                _ => bytes.insert(place, value),
            }
        }
        read(&bytes);
    }
}
