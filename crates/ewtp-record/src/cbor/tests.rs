use super::*;

fn fault(hex: &str) -> Option<&'static str> {
    let bytes = hex::decode(hex).expect("tests are written in hex");
    scan(&bytes, &Limits::RECORD).err().map(|error| error.fault.code())
}

#[test]
fn the_one_encoding_is_accepted() {
    for hex in [
        "00",
        "17",
        "1818",
        "190100",
        "1a00010000",
        "1b0000000100000000",
        "20",
        "40",
        "60",
        "80",
        "a0",
        "f4",
        "f5",
        "f6",
    ] {
        assert_eq!(fault(hex), None, "{hex}");
    }
    assert_eq!(fault("a3012202412018640a"), None);
    assert_eq!(
        fault("a2182001200a"),
        None,
        "keys are ordered by their bytes: 32 before -1"
    );
}

#[test]
fn every_second_spelling_is_refused() {
    let cases = [
        ("", "cbor-truncated"),
        ("1817", "cbor-not-shortest"),
        ("1900ff", "cbor-not-shortest"),
        ("1a0000ffff", "cbor-not-shortest"),
        ("1b00000000ffffffff", "cbor-not-shortest"),
        ("5800", "cbor-not-shortest"),
        ("9f00ff", "cbor-indefinite"),
        ("bfff", "cbor-indefinite"),
        ("5f4100ff", "cbor-indefinite"),
        ("7f6100ff", "cbor-indefinite"),
        ("ff", "cbor-indefinite"),
        ("1c", "cbor-reserved"),
        ("1f", "cbor-reserved"),
        ("f93c00", "cbor-float"),
        ("fb3ff0000000000000", "cbor-float"),
        ("c24101", "cbor-tag"),
        ("f7", "cbor-simple"),
        ("f0", "cbor-simple"),
        ("f8ff", "cbor-simple"),
        ("a201000100", "cbor-duplicate-key"),
        ("a202000100", "cbor-unsorted-keys"),
        ("a1616100", "cbor-key-type"),
        ("61ff", "cbor-utf8"),
        ("0000", "cbor-trailing"),
        ("8201", "cbor-truncated"),
        ("9bffffffffffffffff", "cbor-truncated"),
        ("5bffffffffffffffff", "cbor-truncated"),
        ("818181818181818180", "cbor-depth"),
    ];
    for (hex, code) in cases {
        assert_eq!(fault(hex), Some(code), "{hex}");
    }
    assert_eq!(fault("8181818181818180"), None, "eight containers are allowed");
}

#[test]
fn more_items_than_the_limit_are_refused() {
    let mut bytes = vec![0x99, 0x10, 0x00];
    bytes.extend([0; 4096]);
    assert_eq!(
        scan(&bytes, &Limits::RECORD).unwrap_err().fault,
        CborFault::TooManyItems
    );
    let limits = Limits {
        items: 4097,
        ..Limits::RECORD
    };
    assert_eq!(scan(&bytes, &limits), Ok(()));
    assert_eq!(
        scan(&bytes, &Limits { bytes: 4098, ..limits })
            .unwrap_err()
            .fault
            .code(),
        "too-large"
    );
}

#[test]
fn byte_strings_go_as_byte_strings() {
    let value = (Octets([1, 2]), Blob::from(vec![3]), vec![Octets([4])], None::<Blob>);
    let bytes = encode(&value);
    assert_eq!(hex::encode(&bytes), "8442010241038141 04f6".replace(' ', ""));
    assert_eq!(
        decode::<(Octets<2>, Blob, Vec<Octets<1>>, Option<Blob>)>(&bytes, &Limits::message(99)),
        Ok(value)
    );
    assert!(
        decode::<Blob>(&[0x81, 0x01], &Limits::message(99)).is_err(),
        "an array of numbers is no byte string"
    );
    assert!(decode::<Octets<2>>(&[0x41, 0x01], &Limits::message(99)).is_err());
}

#[test]
fn arrays_of_another_length_are_refused() {
    let limits = Limits::message(99);
    assert_eq!(decode::<(u8, u8)>(&[0x82, 1, 2], &limits), Ok((1, 2)));
    assert_eq!(
        decode::<(u8, u8)>(&[0x83, 1, 2, 3], &limits).unwrap_err().fault.code(),
        "shape"
    );
    assert_eq!(
        decode::<(u8, u8)>(&[0x81, 1], &limits).unwrap_err().fault.code(),
        "shape"
    );
    // The surplus of the inner array must not stand in for an element of the outer one.
    assert!(decode::<((u8, u8), u8)>(&[0x81, 0x83, 1, 2, 3], &limits).is_err());
    assert!(decode::<((u8, u8), u8)>(&[0x82, 0x83, 1, 2, 3, 4], &limits).is_err());
    assert!(decode::<u8>(&[0x19, 1, 0], &limits).is_err(), "256 is no u8");
}

#[test]
fn a_byte_string_is_never_a_list() {
    let limits = Limits::message(64);
    assert_eq!(decode::<Vec<u8>>(&[0x82, 1, 2], &limits), Ok(vec![1, 2]));
    assert!(decode::<Vec<u8>>(&[0x42, 1, 2], &limits).is_err());
    assert!(decode::<Vec<u64>>(&[0x40], &limits).is_err());
    assert!(decode::<Vec<Blob>>(&[0x40], &limits).is_err());
    assert!(decode::<(u64, Vec<u64>)>(&[0x82, 1, 0x41, 2], &limits).is_err());
    assert!(decode::<(u64, u64)>(&[0x42, 1, 2], &limits).is_err());
    assert!(decode::<Option<Vec<u64>>>(&[0x41, 1], &limits).is_err());
    assert!(decode::<Vec<Option<Vec<u64>>>>(&[0x81, 0x41, 1], &limits).is_err());
    assert_eq!(
        decode::<Vec<Option<Vec<u64>>>>(&[0x82, 0x81, 1, 0xf6], &limits),
        Ok(vec![Some(vec![1]), None])
    );
    let long = [&[0x58, 200][..], &[1; 200]].concat();
    assert!(decode::<Vec<u8>>(&long, &Limits::message(256)).is_err());
}
