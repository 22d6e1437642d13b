//! Writes the vectors of `protocol-spec/vectors/duty-expression`, the same bytes each time:
//! `cargo run -p ewtp-tariff --example vectors`. The test `vectors` fails when a committed file differs.

mod amounts;
mod cases;
mod refusals;

fn main() -> std::io::Result<()> {
    ewtp_vectors::write(&cases::all())
}
