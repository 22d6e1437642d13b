//! Writes the test vectors of `protocol-spec/vectors`: `cargo run -p ewtp-record --example vectors`.
//!
//! Keys grow from fixed seeds and every time is fixed, so that a second run changes no file. What a file means is written
//! in `protocol-spec/README.md`; `tests/vectors.rs` reads them all back.

mod case;
mod certificate;
mod charter;
mod credential;
mod node;
mod record;

use case::Case;
use std::path::Path;

fn main() -> std::io::Result<()> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../protocol-spec/vectors");
    let objects: [(&str, Vec<Case>); 6] = [
        (
            "record",
            [record::cases(), record::spellings(), record::signatures()].concat(),
        ),
        ("charter", charter::cases()),
        ("manifest", node::manifests()),
        ("certificate", certificate::cases()),
        ("credential", credential::cases()),
        ("pulse", node::pulses()),
    ];
    for (object, cases) in objects {
        let folder = folder.join(object);
        std::fs::create_dir_all(&folder)?;
        for case in cases {
            std::fs::write(folder.join(format!("{}.txt", case.name)), case.to_string())?;
        }
    }
    Ok(())
}
