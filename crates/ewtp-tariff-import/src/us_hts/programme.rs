//! The programmes of the special column, and the countries of column 2.

use ewtp_record::edition::MeasureKind;
use ewtp_tariff::row::{Entry, Group, GroupId, Member, Validity};
use ewtp_tariff::{Row, RowError, RowKey};

/// A preference programme: its symbol, its name, and the countries of a treaty with few parties.
struct Programme {
    symbol: &'static str,
    title: &'static str,
    /// None when membership is the law of another text, which a person must look up.
    members: &'static [&'static str],
}

const fn programme(symbol: &'static str, title: &'static str, members: &'static [&'static str]) -> Programme {
    Programme { symbol, title, members }
}

/// The symbols of general note 3(c)(i) of the schedule. Whether a programme has lapsed is the law of another text, too: the file
/// prints rates under `A` as it prints the others.
const PROGRAMMES: &[Programme] = &[
    programme("A", "Generalized System of Preferences", &[]),
    programme("A*", "Generalized System of Preferences, with countries excluded", &[]),
    programme(
        "A+",
        "Generalized System of Preferences, least-developed countries only",
        &[],
    ),
    programme("AU", "United States-Australia Free Trade Agreement", &["AU"]),
    programme("B", "Automotive Products Trade Act", &[]),
    programme("BH", "United States-Bahrain Free Trade Agreement", &["BH"]),
    programme("C", "Agreement on Trade in Civil Aircraft", &[]),
    programme("CL", "United States-Chile Free Trade Agreement", &["CL"]),
    programme("CO", "United States-Colombia Trade Promotion Agreement", &["CO"]),
    programme("D", "African Growth and Opportunity Act", &[]),
    programme("E", "Caribbean Basin Economic Recovery Act", &[]),
    programme(
        "E*",
        "Caribbean Basin Economic Recovery Act, with countries or articles excluded",
        &[],
    ),
    programme("IL", "United States-Israel Free Trade Area", &["IL"]),
    programme("J", "Andean Trade Preference Act", &[]),
    programme("J*", "Andean Trade Preference Act, with articles excluded", &[]),
    programme("JO", "United States-Jordan Free Trade Area", &["JO"]),
    programme("JP", "United States-Japan Trade Agreement", &["JP"]),
    programme("K", "Agreement on Trade in Pharmaceutical Products", &[]),
    programme("KR", "United States-Korea Free Trade Agreement", &["KR"]),
    programme("L", "Uruguay Round Concessions on Intermediate Chemicals for Dyes", &[]),
    programme("MA", "United States-Morocco Free Trade Agreement", &["MA"]),
    programme("NP", "Nepal Preference Program", &["NP"]),
    programme("OM", "United States-Oman Free Trade Agreement", &["OM"]),
    programme(
        "P",
        "Dominican Republic-Central America Free Trade Agreement",
        P_MEMBERS,
    ),
    programme(
        "P+",
        "Dominican Republic-Central America Free Trade Agreement, originating goods of several parties",
        P_MEMBERS,
    ),
    programme("PA", "United States-Panama Trade Promotion Agreement", &["PA"]),
    programme("PE", "United States-Peru Trade Promotion Agreement", &["PE"]),
    programme("R", "United States-Caribbean Basin Trade Partnership Act", &[]),
    programme("S", "United States-Mexico-Canada Agreement", &["CA", "MX"]),
    programme(
        "S+",
        "United States-Mexico-Canada Agreement, goods of one or both other parties",
        &["CA", "MX"],
    ),
    programme("SG", "United States-Singapore Free Trade Agreement", &["SG"]),
];

const P_MEMBERS: &[&str] = &["CR", "DO", "GT", "HN", "NI", "SV"];

/// The group to which the rates of column 2 apply, by general note 3(b).
pub(super) const COLUMN_2: &str = "us-column-2";
const COLUMN_2_MEMBERS: &[&str] = &["BY", "CU", "KP", "RU"];

/// The group of a symbol in the special column; `None` when it is no symbol.
pub(super) fn group(symbol: &str) -> Option<GroupId> {
    let is_known = PROGRAMMES.iter().any(|programme| programme.symbol == symbol);
    format!("us-{symbol}").parse().ok().filter(|_| is_known)
}

/// What a rate for this group is: the Generalized System of Preferences has a kind of its own, whoever its countries are.
pub(super) fn kind(group: &GroupId) -> MeasureKind {
    match group.as_str() {
        "us-A" | "us-A*" | "us-A+" => MeasureKind::Gsp,
        _ => MeasureKind::Preference,
    }
}

/// The rows of these groups.
pub(super) fn rows<'g>(used: impl IntoIterator<Item = &'g GroupId>) -> Result<Vec<Row>, RowError> {
    used.into_iter().map(row).collect()
}

fn row(id: &GroupId) -> Result<Row, RowError> {
    let symbol = id.as_str().strip_prefix("us-").unwrap_or_default();
    let programme = PROGRAMMES.iter().find(|programme| programme.symbol == symbol);
    let (title, countries) = programme.map_or(("Column 2", COLUMN_2_MEMBERS), |programme| {
        (programme.title, programme.members)
    });
    let members: Result<Vec<_>, _> = countries.iter().map(|country| country.parse()).collect();
    let members = members.unwrap_or_default().into_iter().map(|country| Member {
        country,
        validity: Validity::ALWAYS,
    });
    let members: Vec<_> = members.collect();
    let group = Group {
        title: title.to_owned(),
        members: Some(members).filter(|members| !members.is_empty()),
        agreement: programme.and_then(|programme| programme.symbol.parse().ok()),
    };
    Row::new(RowKey::Group(*id), Entry::Group(group))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_generalized_system_of_preferences_is_of_its_kind() {
        for programme in PROGRAMMES {
            let is_gsp = programme.title.starts_with("Generalized System of Preferences");
            let group = group(programme.symbol).expect("its group");
            assert_eq!(kind(&group) == MeasureKind::Gsp, is_gsp, "{group}");
        }
    }
}
