//! Every vector of the specification gets the verdict and the reason that it names.

#[path = "../examples/vectors/assessment.rs"]
mod assessment;
#[path = "../examples/vectors/case.rs"]
mod case;
#[path = "../examples/vectors/cases.rs"]
mod cases;
#[path = "../examples/vectors/certificate.rs"]
mod certificate;
#[path = "../examples/vectors/charter.rs"]
mod charter;
#[path = "../examples/vectors/credential.rs"]
mod credential;
#[path = "../examples/vectors/edition.rs"]
mod edition;
#[path = "../examples/vectors/node.rs"]
mod node;
#[path = "../examples/vectors/record.rs"]
mod record;

use ewtp_record::{KeyBytes, Record};
use ewtp_vectors::Vector;

/// The folders this crate owns.
const OBJECTS: [&str; 7] = [
    "record",
    "charter",
    "manifest",
    "certificate",
    "credential",
    "edition",
    "pulse",
];

/// Verdict, rule and reason of this implementation. A signature is checked where the vector names a key.
fn judge(vector: &Vector) -> (&'static str, &'static str, &'static str) {
    let record = match Record::decode(vector.bytes.clone().into()) {
        Ok(record) => record,
        Err(error) => return ("refused", error.rule(), error.code()),
    };
    if vector.find("key").is_some() {
        match vector.value::<KeyBytes>("key").admit().map(|key| record.verify(&key)) {
            Ok(Ok(())) => {}
            Ok(Err(_)) => return ("refused", "record R14", "signature"),
            Err(error) => return ("refused", "record R15", error.code()),
        }
    }
    match record.body() {
        Ok(_) => ("ok", "-", "-"),
        Err(error) if error.is_unsupported() => ("unsupported", error.rule(), error.code()),
        Err(error) => ("refused", error.rule(), error.code()),
    }
}

#[test]
fn every_vector_gets_its_verdict_and_reason() {
    let mut differences = Vec::new();
    for vector in ewtp_vectors::read(&OBJECTS) {
        let (expect, rule, reason) = judge(&vector);
        let rule_fits = expect == "ok" || vector.get("rule") == rule;
        if (vector.expect(), vector.reason()) != (expect, reason) || !rule_fits {
            let (says, by, because) = (vector.expect(), vector.get("rule"), vector.reason());
            differences.push(format!(
                "{vector}: says {says} {by} {because}, is {expect} {rule} {reason}"
            ));
        }
    }
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}

#[test]
fn the_committed_vectors_are_what_the_generator_writes() {
    ewtp_vectors::assert_committed("ewtp-record", &cases::all());
}
