//! Editions as their publisher has them: a record that was signed, and the rows that it names.

use bytes::Bytes;
use ewtp_federation::gathering::Wanted;
use ewtp_log::leaf_hash;
use ewtp_record::cbor::Octets;
use ewtp_record::edition::PatchSummary;
use ewtp_record::{Edition, Record, SecretKey, Terms, UnixTime, parse_json};
use ewtp_tariff::row::Entry;
use ewtp_tariff::{PageTrees, Patch, Row, RowKey};

use super::super::wanted;

const T0: UnixTime = UnixTime(1_795_000_000);

/// A row of a schedule that says this.
pub(super) fn note(id: u32, text: &str) -> Row {
    let key = RowKey::Note(format!("n-{id:05}").parse().unwrap());
    Row::new(key, Entry::Note(text.to_owned())).unwrap()
}

/// A schedule with so many rows, of which the first few say something of their own.
pub(super) fn schedule(rows: u32, changed: u32, text: &str) -> PageTrees {
    let said = |id: u32| if id < changed { text } else { "as the law says" };
    PageTrees::of((0..rows).map(|id| note(id, said(id)))).unwrap()
}

/// An edition with its schedule, as its publisher has it.
#[derive(Clone)]
pub(super) struct Published {
    pub(super) record: Record,
    pub(super) trees: PageTrees,
    pub(super) before: Option<(PageTrees, Bytes)>,
}

impl Published {
    pub(super) fn first(trees: PageTrees) -> Self {
        Self::of(1, trees, None)
    }

    /// The edition that follows this one.
    pub(super) fn followed_by(&self, trees: PageTrees) -> Self {
        let Some(ewtp_record::Body::Edition(edition)) = self.record.body().ok() else {
            panic!("it is an edition");
        };
        Self::of(edition.number + 1, trees, Some(self))
    }

    /// One that names this one as the edition before, whatever its number.
    pub(super) fn with_number(&self, number: u32, trees: PageTrees) -> Self {
        Self::of(number, trees, Some(self))
    }

    /// What its record names.
    pub(super) fn wanted(&self) -> Wanted {
        wanted(&self.record).expect("it is an edition")
    }

    fn of(number: u32, trees: PageTrees, before: Option<&Self>) -> Self {
        let example = include_str!("../../../../../protocol-spec/examples/edition.json");
        let terms = Terms {
            issuer: "US".parse().unwrap(),
            now: T0,
            life_seconds: 86_400,
        };
        let mut draft = Edition::from_json(&parse_json(example).unwrap(), &terms).unwrap().draft;
        let mut edition = Edition::decode(&draft.payload).unwrap();
        let patch = before.map(|before| Patch::between(&before.trees, &trees));
        edition.number = number;
        edition.trees = trees.summary();
        edition.previous = before.map(|before| before.record.id());
        let (rows, patch) = patch.map(|patch| (patch.rows(), Bytes::from(patch.encode()))).unzip();
        edition.patch = patch.as_ref().zip(rows).map(|(patch, rows)| PatchSummary {
            id: Octets(leaf_hash(patch).0),
            bytes: patch.len() as u64,
            rows: u32::try_from(rows).unwrap(),
        });
        draft.payload = edition.encode();
        draft.subject = format!("edition-{number}").parse().unwrap();
        Self {
            record: draft.sign(&SecretKey::from_seed(&[7; 32])).unwrap(),
            before: before.map(|before| before.trees.clone()).zip(patch),
            trees,
        }
    }
}
