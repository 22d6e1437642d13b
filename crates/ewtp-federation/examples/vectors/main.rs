//! Writes the vectors of `protocol-spec/vectors/{announcement,sync,tariff-sync}`, the same bytes each time:
//! `cargo run -p ewtp-federation --example vectors`. The test `vectors` fails when a committed file differs.

mod announcements;
mod cases;
mod log;
mod messages;
mod ranges;
mod tariffs;

fn main() -> std::io::Result<()> {
    ewtp_vectors::write(&cases::all())
}
