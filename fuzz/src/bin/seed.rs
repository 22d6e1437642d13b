//! Writes the corpora that the fuzz targets begin from: honest bytes of the lab, and the vectors of the specification.

use std::path::Path;

use ewtp_fuzz::{lab::Lab, samples::vectors};

fn main() -> std::io::Result<()> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut seeds = Lab::new().honest();
    seeds.extend(vectors());
    #[cfg(feature = "node")]
    seeds.extend([
        ("config", ewtp_fuzz::config::sample().into_bytes()),
        ("schedule_form", ewtp_fuzz::admin::sample().to_vec()),
    ]);
    for (number, (reader, bytes)) in seeds.iter().enumerate() {
        let corpus = here.join("corpus").join(reader);
        std::fs::create_dir_all(&corpus)?;
        std::fs::write(corpus.join(format!("seed-{number:04}")), bytes)?;
    }
    println!("{} seeds", seeds.len());
    Ok(())
}
