//! Laws of the readers: what was written reads back, and no bytes do harm.

#![allow(clippy::unwrap_used, reason = "what fails here is a broken test")]

mod lab;

use ewtp_verify::{Bundle, Outcome, Policy, verify};
use lab::{DAY, Lab};
use proptest::prelude::*;

#[test]
fn a_bundle_reads_back_as_written() {
    for panel in [&["SG"][..], &["SG", "TH", "RW"]] {
        let lab = Lab::of(panel);
        let mut bundle = lab.bundle();
        assert_eq!(Bundle::decode(&bundle.encode()), Ok(bundle.clone()));
        bundle.receipt = None;
        bundle.chains.clear();
        assert_eq!(Bundle::decode(&bundle.encode()), Ok(bundle));
    }
}

#[test]
fn a_file_cut_short_anywhere_is_no_bundle() {
    let file = Lab::of(&["SG"]).bundle().encode();
    for length in 0..file.len() {
        assert!(Bundle::decode(&file[..length]).is_err(), "{length} bytes");
    }
}

#[test]
fn lists_out_of_order_or_bounds_are_no_bundle() {
    let bundle = Lab::of(&["SG", "TH"]).bundle();
    let refused = |change: &dyn Fn(&mut Bundle)| {
        let mut bundle = bundle.clone();
        change(&mut bundle);
        Bundle::decode(&bundle.encode()).is_err()
    };
    assert!(refused(&|bundle| bundle.chains.swap(0, 1)));
    assert!(refused(&|bundle| bundle.chains[1] = bundle.chains[0].clone()));
    assert!(refused(&|bundle| bundle.chains[0].1.clear()));
    assert!(refused(&|bundle| bundle
        .receipt
        .as_mut()
        .unwrap()
        .cosignatures
        .swap(0, 1)));
    assert!(refused(
        &|bundle| bundle.receipt.as_mut().unwrap().path = vec![ewtp_log::Hash([0; 32]); 64]
    ));
}

#[test]
fn a_file_larger_than_any_bundle_is_refused_unread() {
    let lab = Lab::of(&["SG"]);
    let verdict = verify(&vec![0x84; ewtp_verify::BUNDLE_BYTES_MAX + 1], &lab.policy(), lab.now());
    assert_eq!(verdict.outcome, Outcome::Invalid);
    assert!(verdict.to_string().starts_with("INVALID"));
}

proptest! {
    #[test]
    fn no_bytes_make_a_verdict_or_a_policy_fail(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
        let lab = Lab::of(&["SG"]);
        let verdict = verify(&bytes, &lab.policy(), lab.now());
        prop_assert_eq!(verdict.outcome, Outcome::Invalid);
        let _ = Policy::from_json(&bytes);
    }

    #[test]
    fn no_time_makes_a_verdict_fail(now in any::<u64>()) {
        let lab = Lab::of(&["SG"]);
        let verdict = ewtp_verify::verdict(&lab.bundle(), &lab.policy(), ewtp_record::UnixTime(now));
        let header = lab.record.header();
        let in_force = now.saturating_add(120) >= header.issued_at.0 && now < header.expires_at.0;
        prop_assert!(in_force || verdict.outcome != Outcome::Accepted);
        prop_assert!(!verdict.to_string().is_empty());
    }
}

#[test]
fn times_at_the_end_of_all_numbers_are_answered() {
    let lab = Lab::of(&["SG"]);
    for now in [0, 1, lab::T0.0 + DAY, u64::MAX - 120, u64::MAX] {
        let verdict = ewtp_verify::verdict(&lab.bundle(), &lab.policy(), ewtp_record::UnixTime(now));
        assert!(!serde_json::to_string(&verdict).unwrap().is_empty());
    }
}
