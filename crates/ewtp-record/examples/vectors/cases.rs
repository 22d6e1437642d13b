//! Every case of this crate.

use super::{assessment, certificate, charter, credential, edition, node, record};

/// The cases of every object.
pub(crate) fn all() -> Vec<ewtp_vectors::Case> {
    [
        ("record", record::cases()),
        ("record", record::spellings()),
        ("record", record::signatures()),
        ("charter", charter::cases()),
        ("manifest", node::manifests()),
        ("certificate", certificate::cases()),
        ("certificate", assessment::cases()),
        ("credential", credential::cases()),
        ("edition", edition::cases()),
        ("pulse", node::pulses()),
    ]
    .into_iter()
    .flat_map(|(object, cases)| cases.into_iter().map(move |case| case.of(object)))
    .collect()
}
