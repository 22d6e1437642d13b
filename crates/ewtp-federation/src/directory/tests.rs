use super::*;
use crate::testing::{Hub, found, pins};

fn known() -> (Hub, Directory) {
    let [mut my, _] = found(["MY", "SG"]);
    my.refresh();
    let directory = Directory::new(pins(std::slice::from_ref(&my)));
    (my, directory)
}

#[test]
fn fresh_charters_are_given_once_and_make_a_snapshot() {
    let (my, mut directory) = known();
    assert!(directory.take_change().is_some(), "the first view");
    let fresh = directory.adopt_chain(my.code, my.chain.records()).unwrap();
    assert_eq!(fresh.len(), 2);
    assert!(directory.take_change().is_some());
    assert!(directory.adopt_chain(my.code, my.chain.records()).unwrap().is_empty());
    assert!(directory.take_change().is_none());
}

#[test]
fn only_charters_beyond_the_known_ones_are_missing() {
    let (my, mut directory) = known();
    assert_eq!(directory.missing(my.code, 0), Some(0));
    directory.adopt_chain(my.code, &my.chain.records()[..1]).unwrap();
    assert_eq!(directory.missing(my.code, 0), None);
    assert_eq!(directory.missing(my.code, 1), Some(1));
}

#[test]
fn charters_of_a_hub_that_is_not_carried_are_never_missing() {
    let (_, directory) = known();
    assert_eq!(directory.missing("RW".parse().unwrap(), 5), None);
}

#[test]
fn a_manifest_tells_whose_a_node_is() {
    let (my, mut directory) = known();
    directory.adopt_chain(my.code, my.chain.records()).unwrap();
    assert_eq!(directory.hub_of(my.node), None);
    directory.adopt_manifest(&my.manifest);
    assert_eq!(directory.hub_of(my.node), Some(my.code));
}

#[test]
fn a_second_genesis_under_one_code_is_refused() {
    let (my, mut directory) = known();
    directory.adopt_chain(my.code, my.chain.records()).unwrap();
    assert!(directory.pin(my.code, my.genesis()).is_ok());
    assert!(directory.pin(my.code, CharterId([7; 32])).is_err());
}
