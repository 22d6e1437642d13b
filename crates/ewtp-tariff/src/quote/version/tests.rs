use super::*;

const UNION: [&str; 2] = ["BE", "DE"];

/// An edition with a number as its id, published and in force on these days of 2026.
struct Edition {
    hub: &'static str,
    territory: &'static str,
    members: Vec<CountryCode>,
    published: Published,
}

fn edition(hub: &'static str, territory: &'static str, number: u8, published: u64, in_force: &str) -> Edition {
    let members = if territory.len() > 2 || territory == "EU" {
        UNION.map(|member| member.parse().unwrap()).to_vec()
    } else {
        Vec::new()
    };
    Edition {
        hub,
        territory,
        members,
        published: Published {
            id: RecordId([number; 32]),
            at: UnixTime(published),
            in_force: in_force.parse().unwrap(),
            number: u32::from(number),
            corrects: None,
        },
    }
}

fn early(hub: &'static str, territory: &'static str, number: u8) -> Edition {
    edition(hub, territory, number, 0, "2026-01-01")
}

/// The number of the edition that counts for goods to that place on 1 July, as known at time 100.
fn counts(editions: &[Edition], to: &str, publishers: &[&str]) -> Result<u32, NoneCounts> {
    let offers: Vec<_> = editions
        .iter()
        .map(|edition| Offer {
            hub: edition.hub.parse().unwrap(),
            territory: edition.territory,
            members: &edition.members,
            published: edition.published,
        })
        .collect();
    let publishers = publishers.iter().map(|hub| hub.parse().unwrap()).collect();
    let destination = Destination {
        to,
        publishers: &publishers,
        on: "2026-07-01".parse().unwrap(),
        known: UnixTime(100),
    };
    choose_publisher(&offers, &destination).map(|offer| offer.published.number)
}

fn hubs(codes: &[&str]) -> Vec<HubCode> {
    codes.iter().map(|hub| hub.parse().unwrap()).collect()
}

#[test]
fn a_country_of_a_union_has_the_unions_edition_unless_it_has_one_of_its_own() {
    let union = [early("BE", "EU", 1)];
    assert_eq!(counts(&union, "EU", &["BE"]), Ok(1));
    assert_eq!(counts(&union, "DE", &["BE"]), Ok(1));
    let both = [early("BE", "EU", 1), early("BE", "DE", 2)];
    assert_eq!(counts(&both, "DE", &["BE"]), Ok(2));
}

#[test]
fn an_edition_of_a_hub_that_is_not_trusted_hides_none() {
    let all = [
        early("BE", "EU", 1),
        early("SG", "DE", 2),
        early("SG", "EU", 3),
        early("SG", "UNION", 4),
    ];
    assert_eq!(counts(&all, "DE", &["BE", "MY"]), Ok(1));
    assert_eq!(counts(&all, "EU", &["BE", "MY"]), Ok(1));
    assert_eq!(counts(&all, "DE", &["SG"]), Ok(2));
}

#[test]
fn nobody_who_may_say_so_is_told_by_name() {
    let all = [early("SG", "US", 1), early("TH", "US", 2)];
    let refused = counts(&all, "US", &["MY"]);
    assert_eq!(
        refused,
        Err(NoneCounts::NotTheirs {
            to: "US".into(),
            hubs: hubs(&["SG", "TH"])
        })
    );
}

#[test]
fn several_trusted_publishers_are_told_by_name() {
    let all = [early("SG", "US", 1), early("TH", "US", 2)];
    let refused = counts(&all, "US", &["SG", "TH"]);
    assert_eq!(
        refused,
        Err(NoneCounts::SeveralHubs {
            to: "US".into(),
            hubs: hubs(&["SG", "TH"])
        })
    );
}

#[test]
fn a_country_of_two_unions_of_one_hub_is_told_both() {
    let all = [early("BE", "EU", 1), early("BE", "UNION", 2)];
    let refused = counts(&all, "DE", &["BE"]);
    assert_eq!(
        refused,
        Err(NoneCounts::SeveralUnions {
            to: "DE".into(),
            hub: "BE".parse().unwrap(),
            unions: vec!["EU".into(), "UNION".into()]
        })
    );
}

#[test]
fn what_is_not_in_force_or_not_known_yet_hides_nothing() {
    let later = [
        early("BE", "EU", 1),
        edition("BE", "DE", 2, 0, "2026-12-01"),
        edition("BE", "DE", 3, 101, "2026-01-01"),
    ];
    assert_eq!(counts(&later, "DE", &["BE"]), Ok(1));
    assert!(matches!(
        counts(&later[1..], "DE", &["BE"]),
        Err(NoneCounts::NotInForce { .. })
    ));
}

#[test]
fn a_country_that_left_a_union_is_not_led_to_it_by_an_older_edition() {
    let mut all = [early("BE", "EU", 1), early("BE", "EU", 2)];
    all[1].members.retain(|member| member.as_str() != "DE");
    assert_eq!(counts(&all, "BE", &["BE"]), Ok(2));
    assert!(matches!(
        counts(&all, "DE", &["BE"]),
        Err(NoneCounts::NotInForce { .. })
    ));
}
