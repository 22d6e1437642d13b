//! Writes the vectors of `protocol-spec/vectors/{record,charter,manifest,certificate,credential,edition,pulse}`:
//! `cargo run -p ewtp-record --example vectors`.
//!
//! Keys grow from fixed seeds and every time is fixed, so that a second run changes no file. What a file means is written
//! in `protocol-spec/README.md`; `tests/vectors.rs` reads them all back.

mod assessment;
mod case;
mod cases;
mod certificate;
mod charter;
mod credential;
mod edition;
mod node;
mod record;

fn main() -> std::io::Result<()> {
    ewtp_vectors::write(&cases::all())
}
