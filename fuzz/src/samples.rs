//! Honest bytes for every reader: what the lab says, and the vectors of the specification.

use std::collections::BTreeMap;

use bytes::Bytes;
use ewtp_federation::{
    Announcement, BundlePlan, CosignedCheckpoint, Frontier, FrontierEntry, Hello, Message, RangeRequest, Run, Serving,
    bundle, message,
};
use ewtp_log::{Cosignature, Hash, TlogProof, entry_bundle, tile_bytes};
use ewtp_record::LogId;
use ewtp_record::cbor::{self, Blob, Limits, Octets};
use ewtp_trust::Introduction;
use ewtp_vectors::Vector;
use ewtp_verify::{Bundle, Receipt, WitnessCosignature};

use super::lab::{Lab, RECORDS, hub, net};

impl Lab {
    /// Honest bytes, by the name of the reader that must accept them.
    pub fn honest(&self) -> Vec<(&'static str, Vec<u8>)> {
        let (head, all) = (self.tree.head(), &self.leaves);
        let size = RECORDS.to_be_bytes();
        let inclusion = self.tree.inclusion(1, head, &all[..256]).expect("leaf 1 is logged");
        let consistency = self.tree.consistency(200, head, &all[..256]).expect("200 is a prefix");
        let old_root = self.tree.range_within(200, all).expect("200 is a prefix").root();
        let left = self.tree.range_at(290).expect("290 lies in the open bundle");
        let root = self.tree.root().0.to_vec();
        let note = self.note();
        let proof = TlogProof {
            extra: b"lab".to_vec(),
            index: 1,
            proof: inclusion.clone(),
            note: note.clone(),
        };
        let start = 290u64.to_be_bytes();
        let counts = [left.hashes().len() as u8, 0];
        let mut honest = vec![
            ("record", self.records[0].to_vec()),
            ("record", self.records[2].to_vec()),
            ("record", self.records[9].to_vec()),
            ("charter_chain", self.chain()),
            ("note", note.to_string().into_bytes()),
            ("cosignature", note.to_string().into_bytes()),
            ("tlog_proof", proof.to_string().into_bytes()),
            ("tile", b"tile/1/x001/234.p/7".to_vec()),
            ("tile", entry_bundle(&self.records[..3]).expect("short records")),
            (
                "inclusion",
                [
                    &1u64.to_be_bytes()[..],
                    &size,
                    &all[1].0,
                    &root,
                    &tile_bytes(&inclusion.path),
                ]
                .concat(),
            ),
            (
                "consistency",
                [
                    &200u64.to_be_bytes()[..],
                    &size,
                    &old_root.0,
                    &root,
                    &tile_bytes(&consistency.path),
                ]
                .concat(),
            ),
            (
                "range",
                [
                    &start[..],
                    &size,
                    &root,
                    &counts,
                    &tile_bytes(left.hashes()),
                    &tile_bytes(&all[290..]),
                ]
                .concat(),
            ),
            ("announcement", self.announcement(Some(self.cosigned.clone())).to_vec()),
            ("announcement", self.announcement(None).to_vec()),
            ("introduction", self.introduction().to_vec()),
            (
                "range_request",
                RangeRequest {
                    hub: hub("MY"),
                    epoch: 0,
                    from: 0,
                    to: 256,
                }
                .encode()
                .to_vec(),
            ),
        ];
        let example = |text: &str| text.as_bytes().to_vec();
        honest.extend([
            ("verify_bundle", self.bundle()),
            ("policy", self.policy().to_json().into_bytes()),
            (
                "duty_expression",
                example("min(10.2% of cif+duties + 93.1 EUR/100 KGM on lead-content, 70% x (duty(6109, vat)))"),
            ),
            (
                "certificate_input",
                example(include_str!("../../protocol-spec/examples/clearance.json")),
            ),
            (
                "certificate_input",
                example(include_str!("../../protocol-spec/examples/assessment.json")),
            ),
            (
                "credential_input",
                example(include_str!("../../protocol-spec/examples/merchant.json")),
            ),
            ("tariff_csv", example(ewtp_tariff_import::plain::TEMPLATE)),
            ("us_hts", example(US_SHIRTS)),
        ]);
        honest.extend(tariffs());
        honest.extend(self.frames().into_iter().map(|frame| ("bundle_frame", frame.to_vec())));
        honest.extend(
            self.messages()
                .iter()
                .map(|said| ("sync_message", message::encode(said).to_vec())),
        );
        honest
    }

    fn note(&self) -> ewtp_log::Note {
        let checkpoint = self.checkpoint.note(&net(), hub("MY"));
        let signed = ewtp_log::NotedCheckpoint {
            checkpoint,
            signature: self.checkpoint.signature,
        };
        let witness = &self.cosigned.cosignatures[0];
        let cosignature = Cosignature {
            time: witness.time.0,
            signature: witness.signature,
        };
        let name = self.witness_name();
        signed.to_note(
            self.log_key().dalek(),
            &[(&name, self.witness_key().dalek(), cosignature)],
        )
    }

    fn announcement(&self, cosigned: Option<CosignedCheckpoint>) -> Bytes {
        let left = self.tree.range_at(290).expect("290 lies in the open bundle");
        let run = Run {
            hub: hub("MY"),
            checkpoint: self.checkpoint.clone(),
            start: 290,
            left: left.hashes().to_vec(),
            records: self.records[290..].to_vec(),
            leaves: self.leaves[290..].to_vec(),
        };
        Announcement {
            run,
            asks_cosigning: cosigned.is_none(),
            cosigned,
        }
        .encode()
    }

    fn chain(&self) -> Vec<u8> {
        let charters: Vec<Blob> = self.records[..2].iter().cloned().map(Blob).collect();
        cbor::encode(&charters)
    }

    fn bundle(&self) -> Vec<u8> {
        let path = self
            .tree
            .inclusion(2, self.tree.head(), &self.leaves[..256])
            .expect("leaf 2 is logged")
            .path;
        let witness = &self.cosigned.cosignatures[0];
        let receipt = Receipt {
            epoch: 0,
            charter: 1,
            size: RECORDS,
            index: 2,
            path,
            signature: Octets(self.checkpoint.signature),
            cosignatures: vec![WitnessCosignature {
                hub: witness.hub,
                time: witness.time,
                signature: Octets(witness.signature),
            }],
        };
        let charters = self.records[..2].to_vec();
        let chains = vec![(hub("MY"), charters), (hub("SG"), vec![self.witness.bytes().clone()])];
        Bundle {
            record: self.records[2].clone(),
            receipt: Some(receipt),
            chains,
        }
        .encode()
    }

    fn introduction(&self) -> Bytes {
        let (charters, manifest) = (self.charters.clone(), self.manifest.clone());
        Introduction {
            net: net(),
            hub: hub("MY"),
            charters,
            manifest,
        }
        .encode()
    }

    fn frames(&self) -> Vec<Bytes> {
        let right = self.tree.right(256, self.tree.head()).expect("256 is a border");
        let plan = BundlePlan {
            bundle_start: 0,
            from: 250,
            to: 256,
            left: Vec::new(),
            right,
        };
        let log = LogId {
            hub: hub("MY"),
            epoch: 0,
        };
        let serving = Serving {
            log,
            checkpoint: self.checkpoint.clone(),
            bundles: vec![plan.clone()],
        };
        bundle::frames(&serving, &plan, &self.records[..256])
    }

    fn messages(&self) -> Vec<Message> {
        let entry = FrontierEntry {
            charter: 1,
            epoch: 0,
            size: RECORDS,
            root: self.tree.root(),
            cosigned_size: RECORDS,
            cosignatures: 1,
        };
        let frontier = Frontier {
            entries: BTreeMap::from([(hub("MY"), entry), (hub("SG"), entry)]),
        };
        let hello = Hello {
            versions: vec![1],
            net: net(),
            hub: hub("MY"),
            instance: [3; 16],
        };
        let witness = self.cosigned.cosignatures[0].clone();
        let cosignature = message::Cosignature {
            hub: hub("MY"),
            epoch: 0,
            size: RECORDS,
            witness,
        };
        vec![
            Message::Hello(hello),
            Message::Digest(frontier.digest()),
            Message::Frontier(frontier),
            Message::GetCharters {
                hub: hub("MY"),
                from: 1,
            },
            Message::Charters {
                hub: hub("MY"),
                records: self.records[..2].to_vec(),
            },
            Message::GetCheckpoint { hub: hub("MY") },
            Message::Checkpoint {
                hub: hub("MY"),
                cosigned: self.cosigned.clone(),
            },
            Message::Cosignature(cosignature),
        ]
    }
}

/// Shirts in the words of the US schedule, with a programme, a surcharge, and a rate per unit of another line.
const US_SHIRTS: &str = r#"[
    {"htsno": "6109.10.00", "indent": "1", "description": "Of <i>cotton</i>", "units": ["doz.", "kg"], "general": "16.5%",
     "special": "Free (AU,SG) 10% (JP)", "other": "90%", "footnotes": [{"columns": ["general"], "value": "See 9903.88.15. "}]},
    {"htsno": "2204.21.50", "indent": "0", "description": "Other", "units": ["liters"], "general": "6.3¢/liter",
     "special": "Free (AU) 2.8¢/liter (JO)", "other": "33¢/liter + 5%", "footnotes": []},
    {"htsno": "9903.88.15", "indent": "0", "description": "articles the product of China", "units": [],
     "general": "The duty provided in the applicable subheading + 7.5%", "special": "", "other": "", "footnotes": []}
]"#;

/// The objects of schedules, and of what is computed from them.
const OF_TARIFFS: [&str; 6] = [
    "tariff-row",
    "tariff-page",
    "tariff-patch",
    "tariff-sync",
    "quote",
    "duty-receipt",
];

/// Rows of a schedule as they lie, travel and change, requests and receipts: the good ones of the specification.
fn tariffs() -> impl Iterator<Item = (&'static str, Vec<u8>)> {
    let vectors = ewtp_vectors::read(&OF_TARIFFS).into_iter();
    let good = vectors.filter(|vector| vector.verdict().is_ok());
    good.filter_map(|vector| Some((reader_of(&vector)?, input(&vector))))
}

/// The bytes of every vector whose object is also what a reader reads, good and bad, with the reader's name.
///
/// # Panics
/// When a vector cannot be read.
pub fn vectors() -> Vec<(&'static str, Vec<u8>)> {
    let vectors = ewtp_vectors::read(&ewtp_vectors::objects()).into_iter();
    vectors
        .filter_map(|vector| Some((reader_of(&vector)?, input(&vector))))
        .collect()
}

/// The bytes of a vector, behind what its reader needs to know beside them.
fn input(vector: &Vector) -> Vec<u8> {
    let hash = |name| vector.value::<Hash>(name).0.to_vec();
    let number = |name| vector.value::<u32>(name).to_be_bytes().to_vec();
    if vector.object == "quote" {
        return request(&vector.bytes);
    }
    let needed = match vector.find("object") {
        Some("page-frame") => [number("pages"), number("from"), number("to"), hash("root")].concat(),
        Some("patch-answer") => [vector.value::<u64>("bytes").to_be_bytes().to_vec(), hash("id")].concat(),
        _ => Vec::new(),
    };
    [needed, vector.bytes.clone()].concat()
}

/// The request at the end of what a quote is computed from.
fn request(quote: &[u8]) -> Vec<u8> {
    let limits = Limits::message(quote.len());
    let (_, _, _, request): (Blob, u64, Vec<Blob>, Blob) = cbor::decode(quote, &limits).expect("a vector of a quote");
    request.0.to_vec()
}

/// Which reader the bytes of a vector are for; `None` when they are only part of what the reader needs.
fn reader_of(vector: &Vector) -> Option<&'static str> {
    // A folder may hold several objects; the header then says which.
    match vector.find("object").unwrap_or(&vector.object) {
        "record" | "charter" | "manifest" | "certificate" | "credential" | "edition" | "pulse" | "examine" => {
            Some("record")
        }
        "checkpoint" => Some("note"),
        "cosignature" => Some("cosignature"),
        "announcement" => Some("announcement"),
        "bundle" => Some("verify_bundle"),
        "charter-chain" => Some("charter_chain"),
        "bundle-frame" => Some("bundle_frame"),
        "range-request" => Some("range_request"),
        "message" => Some("sync_message"),
        "introduction" => Some("introduction"),
        "duty-expression" => Some("duty_expression"),
        "tariff-row" => Some("tariff_row"),
        "tariff-page" => Some("tariff_page"),
        "tariff-patch" => Some("tariff_patch"),
        "tariff-request" => Some("tariff_request"),
        "page-frame" => Some("page_frame"),
        "patch-answer" => Some("patch_answer"),
        "quote" => Some("quote_request"),
        "duty-receipt" => Some("duty_receipt"),
        _ => None,
    }
}
