//! Writes the vectors of duty expressions, tariff rows, pages, patches and schedules, the same bytes each time:
//! `cargo run -p ewtp-tariff --example vectors`. The test `vectors` fails when a committed file differs.

mod amounts;
mod cases;
mod pages;
mod patches;
mod refusals;
mod rows;
mod schedules;

fn main() -> std::io::Result<()> {
    ewtp_vectors::write(&cases::all())
}
