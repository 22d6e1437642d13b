use super::*;

fn accepts<T: std::str::FromStr + ToString>(texts: &[&str]) {
    for text in texts {
        let value = text.parse::<T>().ok().unwrap_or_else(|| panic!("{text} is refused"));
        assert_eq!(value.to_string(), *text);
    }
}

fn refuses<T: std::str::FromStr>(texts: &[&str]) {
    for text in texts {
        assert!(text.parse::<T>().is_err(), "{text:?} is accepted");
    }
}

#[test]
fn hub_codes_begin_with_a_country() {
    accepts::<HubCode>(&["MY", "CN-HGH", "BE-LIEGE1", "XK", "US-12345678"]);
    refuses::<HubCode>(&[
        "",
        "M",
        "my",
        "ZZ",
        "MY-",
        "MY-abc",
        "MY-123456789",
        "MYS",
        "MY-A-B",
        "MY ",
    ]);
    assert!("CN-HGH".parse::<HubCode>().unwrap() < "MY".parse().unwrap());
}

#[test]
fn networks_are_the_one_or_a_test() {
    accepts::<NetName>(&["ewtp", "test:a", "test:eight-hubs"]);
    refuses::<NetName>(&["", "test:", "test", "EWTP", "test:A", "test:12345678901234567"]);
}

#[test]
fn subjects_are_printable_without_spaces() {
    accepts::<Subject>(&["x", "CN-HGH/2026/4711", &"9".repeat(64)]);
    refuses::<Subject>(&["", "a b", "é", "a\0", &"9".repeat(65)]);
}

#[test]
fn hs_codes_have_six_to_twelve_digits() {
    accepts::<HsCode>(&["847130", "8471300000", "010121", "990000000000"]);
    refuses::<HsCode>(&["", "8471", "84713O", "770000", "000000", "8471300000001"]);
    assert_eq!("8471.30.00".parse::<HsCode>().unwrap().as_str(), "84713000");
}

#[test]
fn decimals_keep_their_digits() {
    accepts::<Decimal>(&["1", "12.50", "0.000000001", "999999999999999"]);
    refuses::<Decimal>(&[
        "",
        "0",
        "0.0",
        "-1",
        "01",
        "1.",
        ".5",
        "1e3",
        "1.0000000001",
        "1000000000000000",
    ]);
    accepts::<Quantity>(&["12 H87", "21.600 KGM", "3 PR"]);
    refuses::<Quantity>(&["12", "12 QQQ", "12  KGM", "KGM 12", "12 kgm"]);
}

#[test]
fn money_has_the_decimals_of_its_currency() {
    accepts::<Money>(&["1299.00 USD", "-0.05 EUR", "500 JPY", "1.250 BHD"]);
    refuses::<Money>(&[
        "",
        "1 ABC",
        "0.5 JPY",
        "1.001 USD",
        "1",
        ". USD",
        "92233720368547758.08 USD",
        "+1 USD",
    ]);
}

#[test]
fn check_digits_are_checked() {
    accepts::<ContainerNumber>(&["CSQU3054383", "MSKU0000006"]);
    refuses::<ContainerNumber>(&["CSQU3054384", "CSQX3054383", "csqu3054383", "CSQU305438"]);
    accepts::<Lei>(&["5493001KJTIIGC8Y1R12", "HWUPKR0MPOU8FGXBT394"]);
    refuses::<Lei>(&["5493001KJTIIGC8Y1R13", "5493001KJTIIGC8Y1R1", "5493001kjtiigc8y1r12"]);
}

#[test]
fn places_references_and_regimes_have_their_form() {
    accepts::<Locode>(&["MYPKG", "CNHGH", "SGSIN", "US2AB"]);
    refuses::<Locode>(&["MY PKG", "ZZABC", "MYPK1", "MYPK", "mypkg"]);
    accepts::<Ucr>(&["6CN91330100-4711", "6MYX"]);
    refuses::<Ucr>(&["6CN", "XCN1", "6ZZ1", "6CNa", "6é1234"]);
    accepts::<Regime>(&["CN:9610", "EU:4000C07"]);
    refuses::<Regime>(&["9610", "cn:9610", "CN:", "C:1", "CN:96-10"]);
}

#[test]
fn positions_have_one_text() {
    accepts::<Position>(&["MY:0:57", "CN-HGH:4294967295:18446744073709551615"]);
    refuses::<Position>(&["MY:0", "MY:0:057", "MY:+1:2", "MY::1", ":0:1", "MY:0:1:2"]);
    accepts::<LogId>(&["MY:0"]);
}

#[test]
fn times_read_from_calendars_and_seconds() {
    let time: UnixTime = "2026-11-22T08:30:05Z".parse().unwrap();
    assert_eq!(time.0, 1_795_336_205);
    assert_eq!(time.to_calendar(), "2026-11-22T08:30:05Z");
    assert_eq!("1795336205".parse::<UnixTime>().unwrap(), time);
    assert_eq!(
        "2024-02-29".parse::<UnixTime>().unwrap().to_calendar(),
        "2024-02-29T00:00:00Z"
    );
    assert_eq!(UnixTime::MAX.to_calendar(), "9999-12-31T23:59:59Z");
    refuses::<UnixTime>(&[
        "",
        "2026-02-30",
        "2025-02-29",
        "1969-12-31",
        "2026-11-22T24:00:00Z",
        "253402300800",
        "+1",
    ]);
}

#[test]
fn peer_ids_read_back() {
    let key = NodeKey([7; 32]);
    assert!(key.to_peer_id().starts_with("12D3Koo"));
    assert_eq!(NodeKey::from_peer_id(&key.to_peer_id()), Ok(key));
    for text in ["", "12D3Koo", "QmYyQSo1c1Ym7orWxLYvCrM2EmxFTANf8wXmmE7DWjhx5N", "0"] {
        assert!(NodeKey::from_peer_id(text).is_err());
    }
}

#[test]
fn days_are_those_of_the_calendar() {
    accepts::<Date>(&["1970-01-01", "2000-02-29", "2026-07-01", "9999-12-31"]);
    refuses::<Date>(&[
        "",
        "1969-12-31",
        "1900-02-29",
        "2026-02-29",
        "2026-13-01",
        "2026-00-10",
        "2026-06-31",
        "2026-7-1",
        "+026-07-01",
        "2026-07-01T00:00:00Z",
        "10000-01-01",
    ]);
    assert_eq!("1970-01-02".parse::<Date>().unwrap().days(), 1);
    assert_eq!("9999-12-31".parse::<Date>().unwrap(), Date::MAX);
    assert!(Date::from_days(u64::from(Date::MAX.days()) + 1).is_err());
}

#[test]
fn a_day_holds_its_seconds_and_no_other() {
    let day: Date = "2026-07-01".parse().unwrap();
    let midnight = day.midnight();
    assert_eq!(midnight.to_calendar(), "2026-07-01T00:00:00Z");
    assert_eq!((Date::of(midnight), Date::of(midnight.plus(86_399))), (day, day));
    assert_eq!(Date::of(midnight.plus(86_400)).days(), day.days() + 1);
    assert_eq!(Date::of(UnixTime::MAX), Date::MAX);
    assert_eq!(Date::of(UnixTime(u64::MAX)), Date::MAX);
}

#[test]
fn a_day_is_a_number_on_the_wire_and_a_text_in_json() {
    let day: Date = "2026-07-01".parse().unwrap();
    let bytes = crate::cbor::encode(&day);
    assert_eq!(bytes, crate::cbor::encode(&20_635_u64));
    assert_eq!(crate::cbor::decode(&bytes, &crate::cbor::Limits::message(8)), Ok(day));
    assert!(
        crate::cbor::decode::<Date>(&crate::cbor::encode(&2_932_897_u64), &crate::cbor::Limits::message(8)).is_err()
    );
    assert_eq!(serde_json::to_string(&day).unwrap(), "\"2026-07-01\"");
    assert_eq!(serde_json::from_str::<Date>("\"2026-07-01\"").unwrap(), day);
}
