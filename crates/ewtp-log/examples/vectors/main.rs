//! Writes the vectors of `protocol-spec/vectors/{checkpoint,cosignature,inclusion,consistency,range,tile,entries,tlog-proof}`, the
//! same bytes each time: `cargo run -p ewtp-log --example vectors`. The test `vectors` fails when a committed file differs.

mod cases;
mod checkpoints;
mod cosignatures;
mod files;
mod notes;
mod proofs;
mod ranges;

fn main() -> std::io::Result<()> {
    ewtp_vectors::write(&cases::all())
}
