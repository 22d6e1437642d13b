//! `ciborium` is the measure: whatever sound bytes it reads or refuses, the reader in place reads as the same value or
//! refuses too.

use super::*;
use crate::cbor::{Limits, Octets, encode, map_form, read, scan, write_bytes, write_head, write_text};
use proptest::prelude::*;
use serde::de::DeserializeOwned;
use std::collections::BTreeMap;

type Line = (u64, String, i64, Option<(i64, String)>, Option<(i64, i64)>);

map_form! {
    /// Every type that a payload is made of.
    struct Form {
        0 => version: u64,
        1 => revision: u32,
        2 => name: String,
        3 => names: Vec<String>,
        4 => pair: (String, String),
        5 => octets: Octets<2>,
        6 => inner: Inner,
        7 => lines: Vec<Line>,
    }
}

map_form! {
    struct Inner {
        0 => number: u64,
        1 => octets: Vec<(String, Octets<2>)>,
    }
}

/// Any sound CBOR, small.
#[derive(Debug, Clone)]
enum Item {
    Number(u8, u64),
    Bytes(Vec<u8>),
    Text(String),
    Simple(u64),
    Array(Vec<Self>),
    Map(BTreeMap<(u8, u64), Self>),
}

impl Item {
    /// Reads what [`write`](Self::write) wrote.
    fn read(cursor: &mut Cursor<'_>) -> Option<Self> {
        Some(match cursor.peek()? {
            0 => Self::Number(0, cursor.uint()?),
            1 => Self::Number(1, cursor.int()?.unsigned_abs() - 1),
            2 => Self::Bytes(cursor.bytes()?.to_vec()),
            3 => Self::Text(cursor.text()?.to_owned()),
            4 => {
                let length = cursor.array()?;
                Self::Array((0..length).map(|_| Self::read(cursor)).collect::<Option<_>>()?)
            }
            5 => {
                let length = cursor.map()?;
                let mut entry = || Some(((0, cursor.uint()?), Self::read(cursor)?));
                Self::Map((0..length).map(|_| entry()).collect::<Option<_>>()?)
            }
            _ => cursor.null().map(|()| Self::Simple(22))?,
        })
    }

    /// Puts another item where the one numbered `place` is, or at the end of it if that is an array.
    fn change(&mut self, place: &mut i32, other: &Self) {
        let is_here = *place == 0;
        *place -= 1;
        match self {
            Self::Array(items) if is_here => items.push(other.clone()),
            item if is_here => *item = other.clone(),
            Self::Array(items) => items.iter_mut().for_each(|item| item.change(place, other)),
            Self::Map(entries) => entries.values_mut().for_each(|item| item.change(place, other)),
            _ => {}
        }
    }

    fn bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        self.write(&mut bytes);
        bytes
    }

    fn write(&self, out: &mut Vec<u8>) {
        match self {
            Self::Number(major, value) => write_head(out, *major, *value),
            Self::Bytes(bytes) => write_bytes(out, bytes),
            Self::Text(text) => write_text(out, text),
            Self::Simple(value) => write_head(out, 7, *value),
            Self::Array(items) => {
                write_head(out, 4, items.len() as u64);
                items.iter().for_each(|item| item.write(out));
            }
            Self::Map(entries) => {
                write_head(out, 5, entries.len() as u64);
                for ((major, value), item) in entries {
                    write_head(out, *major, *value);
                    item.write(out);
                }
            }
        }
    }
}

/// Numbers at and around the bounds of their types, and small ones.
fn number() -> impl Strategy<Value = u64> {
    prop_oneof![
        0..10_u64,
        Just(u32::MAX.into()),
        Just(u64::from(u32::MAX) + 1),
        Just(i64::MAX.unsigned_abs()),
        Just(i64::MAX.unsigned_abs() + 1),
        Just(u64::MAX),
    ]
}

fn leaf() -> impl Strategy<Value = Item> {
    prop_oneof![
        (0..2_u8, number()).prop_map(|(major, value)| Item::Number(major, value)),
        prop::collection::vec(any::<u8>(), 0..4).prop_map(Item::Bytes),
        // Longer than the buffer that `ciborium` is lent.
        Just(Item::Bytes(vec![7; 200])),
        prop::sample::select(vec!["", "a", "é", "0102"]).prop_map(|text| Item::Text(text.to_owned())),
        Just(Item::Text("long".repeat(50))),
        (20..23_u64).prop_map(Item::Simple),
    ]
}

fn item() -> impl Strategy<Value = Item> {
    leaf().prop_recursive(3, 24, 8, |inner| {
        let key = prop_oneof![9 => (Just(0), 0..10_u64), 1 => (Just(1), number())];
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Item::Array),
            prop::collection::btree_map(key, inner, 0..6).prop_map(Item::Map),
        ]
    })
}

fn form() -> impl Strategy<Value = Form> {
    let text = || prop::sample::select(vec!["", "MY", "é", "0102"]).prop_map(str::to_owned);
    let octets = || any::<[u8; 2]>().prop_map(Octets);
    let amount = prop::option::of((any::<i64>(), text()));
    let line = (
        number(),
        text(),
        any::<i64>(),
        amount,
        prop::option::of(any::<(i64, i64)>()),
    );
    let inner = (
        prop::option::of(number()),
        prop::option::of(prop::collection::vec((text(), octets()), 0..3)),
    );
    (
        prop::option::of(number()),
        prop::option::of(any::<u32>()),
        prop::option::of(text()),
        prop::option::of(prop::collection::vec(text(), 0..3)),
        prop::option::of((text(), text())),
        prop::option::of(octets()),
        prop::option::of(inner.prop_map(|(number, octets)| Inner {
            number,
            octets,
            unsupported: None,
        })),
        prop::option::of(prop::collection::vec(line, 0..3)),
    )
        .prop_map(|(version, revision, name, names, pair, octets, inner, lines)| Form {
            version,
            revision,
            name,
            names,
            pair,
            octets,
            inner,
            lines,
            unsupported: None,
        })
}

/// Both readers read `bytes` as the same `T`, or both say that they are none; whether they did.
fn agree<T: DeserializeOwned + PartialEq + fmt::Debug>(bytes: &[u8]) -> bool {
    let (here, there) = (read_in_place::<T>(bytes), read::<T>(bytes));
    let codes = [&here, &there].map(|read| read.as_ref().err().map(|error| error.fault.code()));
    assert_eq!(codes[0], codes[1], "{here:?} and {there:?} from {}", hex::encode(bytes));
    assert_eq!(here.as_ref().ok(), there.as_ref().ok(), "{}", hex::encode(bytes));
    here.is_ok()
}

fn agree_on_all_types(bytes: &[u8]) {
    agree::<u64>(bytes);
    agree::<u32>(bytes);
    agree::<i64>(bytes);
    agree::<String>(bytes);
    agree::<Octets<2>>(bytes);
    agree::<Option<u64>>(bytes);
    agree::<Option<String>>(bytes);
    agree::<Option<Vec<Option<i64>>>>(bytes);
    agree::<Vec<u64>>(bytes);
    agree::<Vec<String>>(bytes);
    agree::<(u64, String)>(bytes);
    agree::<((u64, u64), u64)>(bytes);
    agree::<Vec<(i64, Option<Octets<2>>)>>(bytes);
    agree::<Inner>(bytes);
    agree::<Form>(bytes);
}

proptest! {
    #[test]
    fn any_sound_bytes_are_read_as_ciborium_reads_them(item in item()) {
        prop_assert_eq!(scan(&item.bytes(), &Limits::RECORD), Ok(()));
        agree_on_all_types(&item.bytes());
    }

    #[test]
    fn a_short_array_is_read_as_ciborium_reads_it(items in prop::collection::vec(leaf(), 0..4)) {
        agree_on_all_types(&Item::Array(items).bytes());
    }

    #[test]
    fn a_form_with_one_item_changed_is_read_as_ciborium_reads_it(form in form(), place in 0..40_i32, other in leaf()) {
        let bytes = encode(&form);
        let mut item = Item::read(&mut Cursor::new(&bytes)).expect("a form holds these items only");
        prop_assert_eq!(&item.bytes(), &bytes);
        item.change(&mut { place }, &other);
        agree::<Form>(&item.bytes());
    }

    #[test]
    fn what_a_form_writes_is_read_as_ciborium_reads_it(form in form()) {
        let bytes = encode(&form);
        prop_assert!(agree::<Form>(&bytes));
        prop_assert_eq!(read_in_place::<Form>(&bytes), Ok(form));
    }

    #[test]
    fn a_form_with_one_byte_changed_is_read_as_ciborium_reads_it(form in form(), place: prop::sample::Index, byte: u8) {
        let mut bytes = encode(&form);
        let place = place.index(bytes.len());
        bytes[place] = byte;
        if scan(&bytes, &Limits::RECORD).is_ok() {
            agree::<Form>(&bytes);
        }
    }
}

#[test]
fn texts_stay_in_the_bytes_they_were_read_from() {
    let bytes = encode(&("MY", "PKG"));
    let (first, second): (&str, &str) = read_in_place(&bytes).unwrap();
    assert_eq!((first, second), ("MY", "PKG"));
    assert!(bytes.as_ptr_range().contains(&first.as_ptr()));
}

#[test]
fn a_type_that_would_take_anything_is_refused() {
    let error = read_in_place::<serde_json::Value>(&[0x01]).unwrap_err();
    assert_eq!(error.fault.code(), "shape");
}
