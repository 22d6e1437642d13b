//! Writes the vectors of `protocol-spec/vectors/{charter-chain,examine,introduction,bundle,duty-verdict}`, the same bytes each time:
//! `cargo run -p ewtp-verify --example vectors`. The test `vectors` fails when a committed file differs.

mod assessments;
mod bundles;
mod cases;
mod chains;
mod corrections;
mod examinations;
mod introductions;
#[path = "../../tests/lab/mod.rs"]
mod lab;
#[path = "../../../ewtp-tariff/tests/schedule/mod.rs"]
mod schedule;
#[path = "../../tests/trade/mod.rs"]
mod trade;

fn main() -> std::io::Result<()> {
    ewtp_vectors::write(&cases::all())
}
