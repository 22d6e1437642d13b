use super::*;
use proptest::prelude::*;

fn id(byte: u8) -> RecordId {
    RecordId([byte; 32])
}

/// Edition `number` of Malaysia, whose record is called by its number.
fn link(number: u32) -> Link<'static> {
    let byte = u8::try_from(number).unwrap();
    Link {
        id: id(byte),
        hub: "MY".parse().unwrap(),
        territory: "MY",
        number,
        previous: (number > 1).then(|| id(byte - 1)),
    }
}

#[test]
fn the_first_edition_and_one_behind_the_edition_before_are_linked() {
    assert_eq!(place(&link(1), None), Ok(Place::Linked));
    assert_eq!(place(&link(2), Some(&link(1))), Ok(Place::Linked));
}

#[test]
fn without_the_edition_before_it_is_undecided() {
    assert_eq!(place(&link(3), None), Ok(Place::Undecided));
    assert_eq!(place(&link(3), Some(&link(1))), Ok(Place::Undecided));
}

#[test]
fn behind_another_hub_territory_or_number_an_edition_is_misplaced() {
    let before = link(1);
    let others = [
        Link {
            hub: "SG".parse().unwrap(),
            ..before
        },
        Link {
            territory: "SG",
            ..before
        },
        Link { number: 2, ..before },
        Link {
            number: u32::MAX,
            ..before
        },
    ];
    for other in others {
        let misplaced = place(&link(2), Some(&other)).unwrap_err();
        assert_eq!((misplaced.code(), misplaced.rule()), ("previous", "edition R4"));
    }
}

#[test]
fn a_misplaced_edition_says_what_it_names() {
    let other = Link {
        territory: "SG",
        number: 7,
        ..link(1)
    };
    assert_eq!(
        place(&link(2), Some(&other)).unwrap_err().to_string(),
        "it is edition 2 of MY by MY, and names as the one before it edition 7 of SG by MY"
    );
}

proptest! {
    #[test]
    fn in_a_whole_chain_all_are_linked_and_without_one_of_them_the_next_alone_is_undecided(
        length in 2_u32..60,
        gone in any::<prop::sample::Index>(),
    ) {
        let chain: Vec<_> = (1..=length).map(link).collect();
        let whole: Links<'_> = chain.iter().copied().collect();
        let gone = 1 + u32::try_from(gone.index(length as usize - 1)).unwrap();
        let lacking: Links<'_> = chain.iter().copied().filter(|link| link.number != gone).collect();
        for link in &chain {
            prop_assert_eq!(whole.place(link), Ok(Place::Linked));
            let expected = if link.number == gone + 1 { Place::Undecided } else { Place::Linked };
            prop_assert_eq!(lacking.place(link), Ok(expected));
        }
    }
}
