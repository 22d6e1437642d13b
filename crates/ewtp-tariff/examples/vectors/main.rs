//! Writes the vectors of duty expressions, tariff rows, pages, patches, schedules, quotes, duty receipts and chains of editions, the same bytes each time:
//! `cargo run -p ewtp-tariff --example vectors`. The test `vectors` fails when a committed file differs.

mod amounts;
mod cases;
mod chains;
mod pages;
mod patches;
mod quotas;
mod quotes;
mod receipts;
mod refusals;
mod reliefs;
mod rows;
#[path = "../../tests/schedule/mod.rs"]
mod schedule;
mod schedules;
mod silent;
mod unquoted;

fn main() -> std::io::Result<()> {
    ewtp_vectors::write(&cases::all())
}
