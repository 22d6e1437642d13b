use proptest::prelude::*;

use super::*;

fn blob(bytes: &[u8]) -> Blob {
    Blob(Bytes::copy_from_slice(bytes))
}

#[test]
fn records_are_split_without_copying_them() {
    let joined = join_records(&[Bytes::from_static(b"one"), Bytes::from_static(b"two")]).0;
    let split = split_records(&joined).unwrap();
    assert_eq!(split[1].as_ptr(), joined[7..].as_ptr());
}

#[test]
fn a_list_with_a_stray_byte_an_empty_record_or_a_cut_one_is_refused() {
    for bytes in [&[0][..], &[0, 0], &[0, 2, 7], &[0, 1, 7, 0]] {
        let refused = split_records(&Bytes::copy_from_slice(bytes)).unwrap_err();
        assert_eq!(refused.code(), "record-list", "{bytes:?}");
    }
}

#[test]
fn a_list_holds_one_bundle_and_no_more() {
    assert_eq!(split_records(&Bytes::from([0, 1, 7].repeat(256))).unwrap().len(), 256);
    assert!(split_records(&Bytes::from([0, 1, 7].repeat(257))).is_err());
}

#[test]
fn hashes_that_are_no_multiple_of_thirty_two_bytes_or_too_many_are_refused() {
    assert_eq!(split_hashes(&blob(&[0; 31])).unwrap_err().code(), "hash-list");
    assert_eq!(split_hashes(&blob(&[0; 65 * 32])).unwrap_err().code(), "hash-list");
    assert_eq!(split_hashes(&blob(&[])).unwrap(), []);
}

proptest! {
    #[test]
    fn joined_records_come_apart_again(records in prop::collection::vec(prop::collection::vec(any::<u8>(), 1..400), 0..256)) {
        let records: Vec<Bytes> = records.into_iter().map(Bytes::from).collect();
        prop_assert_eq!(split_records(&join_records(&records).0).unwrap(), records);
    }

    #[test]
    fn joined_hashes_come_apart_again(hashes in prop::collection::vec(any::<[u8; 32]>(), 0..64)) {
        let hashes: Vec<Hash> = hashes.into_iter().map(Hash).collect();
        prop_assert_eq!(split_hashes(&join_hashes(&hashes)).unwrap(), hashes);
    }

    #[test]
    fn any_bytes_are_split_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..2_000)) {
        let _ = split_hashes(&blob(&bytes));
        if let Ok(records) = split_records(&Bytes::from(bytes.clone())) {
            prop_assert_eq!(join_records(&records).0, bytes);
        }
    }
}
