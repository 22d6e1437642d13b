//! What a person reads of a heading.

use super::super::source::SourceRow;
use ewtp_tariff::LineCode;

/// The words for the duty of the goods' own line, to which a heading adds.
const OWN_DUTY: &str = "The duty provided in the applicable subheading";

/// What a person reads: the number of the heading, its words from the top, and its columns.
pub(super) fn said(row: &SourceRow, superior: &[&SourceRow]) -> String {
    let mut text = format!("{}: ", number(row.code));
    let all = superior.iter().copied().chain([row]);
    let all: Vec<_> = all.map(|row| row.description.trim_end_matches([':', '.'])).collect();
    text.push_str(&all.join(": "));
    for (names, column) in columns(row) {
        text.push_str(&format!(". {}: {column}", names.join(", ")));
    }
    text.push('.');
    text
}

/// What the columns say, each rate once with the names of its columns: most headings add the same in two or three.
fn columns(row: &SourceRow) -> Vec<(Vec<&'static str>, String)> {
    let mut said: Vec<(Vec<&'static str>, String)> = Vec::new();
    for (name, column) in [
        ("General", &row.general),
        ("Special", &row.special),
        ("Column 2", &row.other),
    ] {
        // Publishers set spaces around the sign as they like.
        let terms: Vec<_> = column.trim_end_matches('.').split('+').map(str::trim).collect();
        let column = terms.join(" + ");
        // What is added is what a person looks for.
        let added = column
            .strip_prefix(OWN_DUTY)
            .map(str::trim)
            .filter(|added| !added.is_empty());
        let column = added.map_or_else(|| column.clone(), str::to_owned);
        match said.iter_mut().find(|(_, known)| *known == column) {
            Some((names, _)) => names.push(name),
            None => said.push((vec![name], column)),
        }
    }
    said.retain(|(_, column)| !column.is_empty());
    said
}

/// `9903.03.01`
pub(super) fn number(heading: LineCode) -> String {
    let digits = heading.as_str();
    format!("{}.{}.{}", &digits[..4], &digits[4..6], &digits[6..])
}
