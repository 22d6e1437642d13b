//! Writes the vectors of `protocol-spec/vectors/{charter-chain,examine,introduction,bundle}`, the same bytes each time:
//! `cargo run -p ewtp-verify --example vectors`. The test `vectors` fails when a committed file differs.

mod bundles;
mod cases;
mod chains;
mod examinations;
mod introductions;
#[path = "../../tests/lab/mod.rs"]
mod lab;

use std::path::Path;

fn main() -> std::io::Result<()> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../protocol-spec/vectors");
    for case in cases::all() {
        let file = folder.join(case.path());
        std::fs::create_dir_all(file.parent().expect("a case lies in the folder of its object"))?;
        std::fs::write(file, case.text())?;
    }
    Ok(())
}
