//! The countries that headings of chapter 99 name, and how a text lists them.

use super::programme::COLUMN_2;
use ewtp_record::CountryCode;
use ewtp_tariff::row::Area;

/// The names of countries as the schedule spells them, behind `the` or not.
const COUNTRIES: &[(&str, &str)] = &[
    ("Afghanistan", "AF"),
    ("Algeria", "DZ"),
    ("Angola", "AO"),
    ("Argentina", "AR"),
    ("Australia", "AU"),
    ("Austria", "AT"),
    ("Bangladesh", "BD"),
    ("Belarus", "BY"),
    ("Belgium", "BE"),
    ("Bolivia", "BO"),
    ("Bosnia and Herzegovina", "BA"),
    ("Botswana", "BW"),
    ("Brazil", "BR"),
    ("Brunei", "BN"),
    ("Bulgaria", "BG"),
    ("Cambodia", "KH"),
    ("Cameroon", "CM"),
    ("Canada", "CA"),
    ("Chad", "TD"),
    ("China", "CN"),
    ("Costa Rica", "CR"),
    ("Croatia", "HR"),
    ("Cyprus", "CY"),
    ("Czech Republic", "CZ"),
    ("Côte D'Ivoire", "CI"),
    ("Côte d'Ivoire", "CI"),
    ("Côte d`Ivoire", "CI"),
    ("Democratic Republic of the Congo", "CD"),
    ("Denmark", "DK"),
    ("Dominican Republic", "DO"),
    ("Ecuador", "EC"),
    ("El Salvador", "SV"),
    ("Equatorial Guinea", "GQ"),
    ("Estonia", "EE"),
    ("Falkland Islands", "FK"),
    ("Federal Republic of Germany", "DE"),
    ("Fiji", "FJ"),
    ("Finland", "FI"),
    ("France", "FR"),
    ("Germany", "DE"),
    ("Ghana", "GH"),
    ("Greece", "GR"),
    ("Guatemala", "GT"),
    ("Guyana", "GY"),
    ("Honduras", "HN"),
    ("Hong Kong", "HK"),
    ("Hungary", "HU"),
    ("Iceland", "IS"),
    ("India", "IN"),
    ("Indonesia", "ID"),
    ("Iraq", "IQ"),
    ("Ireland", "IE"),
    ("Israel", "IL"),
    ("Italy", "IT"),
    ("Japan", "JP"),
    ("Jordan", "JO"),
    ("Kazakhstan", "KZ"),
    ("Laos", "LA"),
    ("Latvia", "LV"),
    ("Lesotho", "LS"),
    ("Libya", "LY"),
    ("Liechtenstein", "LI"),
    ("Lithuania", "LT"),
    ("Luxembourg", "LU"),
    ("Macau", "MO"),
    ("Madagascar", "MG"),
    ("Malawi", "MW"),
    ("Malaysia", "MY"),
    ("Malta", "MT"),
    ("Mauritius", "MU"),
    ("Mexico", "MX"),
    ("Moldova", "MD"),
    ("Mozambique", "MZ"),
    ("Myanmar (Burma)", "MM"),
    ("Namibia", "NA"),
    ("Nauru", "NR"),
    ("Netherlands", "NL"),
    ("New Zealand", "NZ"),
    ("Nicaragua", "NI"),
    ("Nigeria", "NG"),
    ("North Macedonia", "MK"),
    ("Norway", "NO"),
    ("Pakistan", "PK"),
    ("Papua New Guinea", "PG"),
    ("Philippines", "PH"),
    ("Poland", "PL"),
    ("Portugal", "PT"),
    ("Republic of Cyprus", "CY"),
    ("Romania", "RO"),
    ("Russia", "RU"),
    ("Russian Federation", "RU"),
    ("Serbia", "RS"),
    ("Slovakia", "SK"),
    ("Slovenia", "SI"),
    ("South Africa", "ZA"),
    ("South Korea", "KR"),
    ("Spain", "ES"),
    ("Sri Lanka", "LK"),
    ("Sweden", "SE"),
    ("Switzerland", "CH"),
    ("Syria", "SY"),
    ("Taiwan", "TW"),
    ("Thailand", "TH"),
    ("Trinidad and Tobago", "TT"),
    ("Tunisia", "TN"),
    ("Turkey", "TR"),
    ("Uganda", "UG"),
    ("Ukraine", "UA"),
    ("United Kingdom", "GB"),
    ("Vanuatu", "VU"),
    ("Venezuela", "VE"),
    ("Vietnam", "VN"),
    ("Zambia", "ZM"),
    ("Zimbabwe", "ZW"),
];

/// Names that stand for several countries.
const UNIONS: &[(&str, &[&str])] = &[
    ("European Union", EUROPEAN_UNION),
    ("member countries of the European Union", EUROPEAN_UNION),
    ("any country identified in general note 3(b)", &[COLUMN_2]),
];

const EUROPEAN_UNION: &[&str] = &[
    "AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE", "IT", "LT", "LU", "LV",
    "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK",
];

/// The country of this name.
pub(super) fn country(name: &str) -> Option<CountryCode> {
    let name = without_article(name.trim());
    let (_, code) = COUNTRIES.iter().find(|(known, _)| *known == name)?;
    code.parse().ok()
}

/// What stands between two names of a list, longer words before their beginnings.
const BETWEEN: &[&str] = &[", including ", ", or ", ", and ", " or ", " and ", ", "];

/// The countries of "France, of Germany or of the United Kingdom, as provided for in ...", ascending. `None` when the text
/// does not begin with a country, or when a list goes on with a name that is not known.
pub(super) fn origins(text: &str) -> Option<Vec<Area>> {
    let (mut areas, mut rest) = name(text)?;
    while let Some((between, after)) = BETWEEN
        .iter()
        .find_map(|between| Some((*between, rest.strip_prefix(between)?)))
    {
        match name(after) {
            Some((more, after)) => {
                areas.extend(more);
                rest = after;
            }
            // A comma also ends a list.
            None if between == ", " => break,
            None => return None,
        }
    }
    areas.sort();
    areas.dedup();
    Some(areas)
}

/// The areas of the longest name with which a text begins, and what follows.
fn name(text: &str) -> Option<(Vec<Area>, &str)> {
    let text = without_article(text.strip_prefix("of ").unwrap_or(text));
    let single = COUNTRIES.iter().map(|(name, code)| (*name, std::slice::from_ref(code)));
    let known = single.chain(UNIONS.iter().copied());
    let found = known.filter_map(|(name, codes)| Some((name.len(), codes, text.strip_prefix(name)?)));
    let whole = found.filter(|(_, _, rest)| !rest.starts_with(|next: char| next.is_alphanumeric() || next == '-'));
    let (_, codes, rest) = whole.max_by_key(|(length, ..)| *length)?;
    let areas: Option<Vec<Area>> = codes.iter().map(|code| code.parse().ok()).collect();
    Some((areas?, rest))
}

fn without_article(name: &str) -> &str {
    name.strip_prefix("the ").unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<String> {
        let names: Vec<_> = origins(text)?.iter().map(|area| area.as_str().to_owned()).collect();
        Some(names.join(" "))
    }

    #[test]
    fn a_list_of_countries_ends_where_the_citation_begins() {
        for (text, areas) in [
            ("China, as provided for in U.S. note 2(u)", "CN"),
            ("China and Hong Kong, as provided for in", "CN HK"),
            ("China, including Hong Kong and Macau, as provided for in", "CN HK MO"),
            ("France, of Germany, of Spain or of the United Kingdom:", "DE ES FR GB"),
            ("Cameroon or the Democratic Republic of the Congo, as provided", "CD CM"),
            ("Bosnia and Herzegovina, as provided", "BA"),
            ("Japan provided for in subdivision (k)", "JP"),
            ("Brazil that are entered for consumption", "BR"),
            (
                "any country identified in general note 3(b), as provided",
                "us-column-2",
            ),
        ] {
            assert_eq!(read(text).as_deref(), Some(areas), "{text}");
        }
        assert_eq!(
            origins("the European Union, with an ad valorem").map(|areas| areas.len()),
            Some(27)
        );
    }

    #[test]
    fn a_list_with_a_name_that_is_not_known_is_no_list() {
        for text in [
            "any country, as provided for in",
            "Russia, or where any amount of primary aluminum is smelted in Russia",
            "China and Ruritania, as provided",
            "Chinatown",
            "iron or steel",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
