//! Writes the vectors of `protocol-spec/vectors/{announcement,sync}`, the same bytes each time:
//! `cargo run -p ewtp-federation --example vectors`. The test `vectors` fails when a committed file differs.

mod announcements;
mod cases;
mod log;
mod messages;
mod ranges;

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
