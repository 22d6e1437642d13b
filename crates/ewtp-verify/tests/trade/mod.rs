//! A trade with its duty: Malaysia's edition in its log, a certificate that assesses duty by it, the receipts, and the papers that
//! China gave for the goods.
#![allow(dead_code, reason = "each test uses some")]
#![allow(clippy::unwrap_used, reason = "what fails here is a broken test")]

use ewtp_log::leaf_hash;
use ewtp_record::cbor::Octets;
use ewtp_record::edition::{MeasureKind, PatchSummary, Valuation};
use ewtp_record::{Certificate, Draft, Duty, Edition, Record, RecordKind, Terms, UnixTime};
use ewtp_tariff::quote::Request;
use ewtp_tariff::row::{Entry, Requirement, TariffLine};
use ewtp_tariff::{Receipt, Row, RowKey};
use ewtp_verify::{Beside, Bundle, Policy, ShownFile, ShownTable, Verdict, verify_beside};
use serde_json::{Value, json};

use super::lab::{DAY, Hub, Lab, T0, net};
use super::schedule::{self, Schedule, line, measure, read, row, with_quantity};

/// Shirts below a heading in kilograms, flowers that need a paper, and something whose duty stands in a note.
pub(crate) fn tariff() -> Schedule {
    let heading = TariffLine {
        units: vec![read("KGM")],
        ..TariffLine::default()
    };
    let flowers = TariffLine {
        units: vec![read("H87")],
        is_declarable: true,
        measures: vec![measure(MeasureKind::Mfn, "5%")],
        requirements: vec![Requirement {
            document: read("PHYTO"),
            areas: Vec::new(),
            note: None,
        }],
        ..TariffLine::default()
    };
    let rows = vec![
        row(RowKey::Line(read("06031100"), 1), Entry::Line(flowers)),
        row(RowKey::Line(read("6109"), 1), Entry::Line(heading)),
        line("61091000", &["H87"], vec![measure(MeasureKind::Mfn, "16.5%")]),
        line("61099000", &["H87"], vec![measure(MeasureKind::Mfn, "10%")]),
        note(),
    ];
    let mut rows: Vec<Row> = rows;
    rows.push(line("97030000", &["H87"], vec![measure(MeasureKind::Mfn, "text(art)")]));
    schedule::schedule("MY", Valuation::Fob, "MYR", rows)
}

fn note() -> Row {
    let text = "as the committee finds".to_owned();
    row(RowKey::Note(read("art")), Entry::Note(text))
}

/// What a trade consists of, open to change before it is judged.
pub(crate) struct Trade {
    pub(crate) lab: Lab,
    pub(crate) edition: Record,
    /// The edition's bundle.
    pub(crate) evidence: Vec<u8>,
    pub(crate) receipts: Vec<Receipt>,
    /// The papers that are shown, each with the hub that gave it.
    pub(crate) papers: Vec<Lab>,
    /// The certificate as an office writes it.
    pub(crate) input: Value,
}

impl Trade {
    /// Goods from China, 10 pieces of each of these codes, for 1,000 MYR each.
    pub(crate) fn of(codes: &[&str]) -> Self {
        let mut lab = Lab::of(&["SG", "TH"]);
        lab.issuer = Hub::new(net(), "MY", &[Duty::Log, Duty::Customs, Duty::Tariff], &["SG", "TH"]);
        let edition = edition(&lab, "2026-rev-1");
        lab.record = edition.clone();
        lab.log();
        let evidence = lab.bundle().encode();
        lab.leaves.push(leaf_hash(b"the certificate will stand here"));
        lab.index = 7;
        let mut trade = Self {
            lab,
            edition,
            evidence,
            receipts: Vec::new(),
            papers: Vec::new(),
            input: input(codes),
        };
        for (at, code) in codes.iter().enumerate() {
            let receipt = trade.receipt(&asked(code));
            trade.receipts.push(receipt.clone());
            trade.name(at, &receipt);
        }
        trade.total();
        trade
    }

    /// The receipt of a quote, with the evidence of its edition.
    pub(crate) fn receipt(&self, asked: &Request) -> Receipt {
        receipt(&self.edition, asked, self.evidence.clone())
    }

    /// The same of another edition with the same rows.
    pub(crate) fn receipt_of(&self, edition: &Record, asked: &Request, evidence: &Bundle) -> Receipt {
        receipt(edition, asked, evidence.encode())
    }

    /// Makes this the receipt that the certificate names at a line, with its amount, and that is shown.
    pub(crate) fn name(&mut self, at: usize, receipt: &Receipt) {
        self.receipts[at] = receipt.clone();
        let line = json!({
            "number": at + 1,
            "amount": money(receipt.answer.sum),
            "receipt": hex::encode(leaf_hash(&receipt.encode()).0),
        });
        self.input["assessment"]["edition"] = json!({"hub": "MY", "id": self.edition.id()});
        self.input["assessment"]["lines"][at] = line;
    }

    /// The certificate rests on this paper, which is shown.
    pub(crate) fn rest_on(&mut self, paper: Lab) {
        let cited = json!([{"hub": paper.issuer.code, "id": paper.record.id()}]);
        self.input["documents"] = cited;
        self.papers.push(paper);
    }

    /// The policy of the trade's officer: it pins the hubs of the papers too.
    pub(crate) fn policy(&self) -> Policy {
        let mut policy = self.lab.policy();
        let givers = self.papers.iter().map(|paper| &paper.issuer);
        policy.pins.extend(givers.map(|hub| (hub.code, hub.chain.genesis_id())));
        policy
    }

    /// The certificate says what its lines come to.
    fn total(&mut self) {
        let sum = self.receipts.iter().map(|receipt| receipt.answer.sum).sum();
        self.input["assessment"]["total"] = money(sum).into();
    }

    /// Changes what was asked at a line, and names the receipt that follows.
    pub(crate) fn ask(&mut self, at: usize, change: impl FnOnce(&mut Request)) {
        let mut asked = self.receipts[at].request.clone();
        change(&mut asked);
        let receipt = self.receipt(&asked);
        self.name(at, &receipt);
        self.total();
    }

    /// Changes the receipt of a line whatever its edition gives, and names it all the same.
    pub(crate) fn forge(&mut self, at: usize, change: impl FnOnce(&mut Receipt)) {
        let mut receipt = self.receipts[at].clone();
        change(&mut receipt);
        let amount = self.input["assessment"]["lines"][at]["amount"].clone();
        self.name(at, &receipt);
        self.input["assessment"]["lines"][at]["amount"] = amount;
    }

    /// The certificate in its log, and witnessed: the bundle that an officer is shown.
    pub(crate) fn bundle(&mut self) -> Vec<u8> {
        let terms = Terms {
            issuer: self.lab.issuer.code,
            now: T0.plus(DAY + 30),
            life_seconds: 30 * DAY,
        };
        let submission = Certificate::from_json(&self.input, &terms).unwrap();
        self.lab.record = submission.draft.sign(&self.lab.issuer.key(Duty::Customs)).unwrap();
        self.lab.log();
        self.lab.bundle().encode()
    }

    /// The second edition, which corrects `corrects`, after `change`.
    pub(crate) fn correction(
        &self,
        name: &str,
        corrects: &Record,
        published: UnixTime,
        change: impl FnOnce(&mut Edition),
    ) -> Record {
        let mut edition = Edition {
            number: 2,
            previous: Some(corrects.id()),
            corrects: Some(corrects.id()),
            patch: Some(PatchSummary {
                id: Octets([7; 32]),
                bytes: 40,
                rows: 1,
            }),
            ..tariff().edition
        };
        change(&mut edition);
        signed(&self.lab, name, published, &edition)
    }

    /// The bundle of a record of the hub, at the certificate's place in the log.
    pub(crate) fn bundle_of(&mut self, record: &Record) -> Bundle {
        self.lab.record = record.clone();
        self.lab.log();
        self.lab.bundle()
    }

    pub(crate) fn verdict(&mut self) -> Verdict {
        let bundle = self.bundle();
        let receipts = named("receipt", self.receipts.iter().map(Receipt::encode));
        let papers = named("paper", self.papers.iter().map(|paper| paper.bundle().encode()));
        let (receipts, papers) = (files(&receipts), files(&papers));
        let beside = Beside {
            receipts: &receipts,
            papers: &papers,
            table: None,
        };
        verify_beside(&bundle, &beside, &self.policy(), self.lab.now())
    }
}

impl Trade {
    /// The certificate assesses nothing, and no receipt is shown.
    pub(crate) fn unassessed(mut self) -> Self {
        self.input.as_object_mut().unwrap().remove("assessment");
        self.receipts.clear();
        self
    }

    /// The certificate names an edition of these rows, of which it shows no receipt.
    pub(crate) fn name_edition(&mut self, schedule: &Schedule) {
        self.edition = signed(&self.lab, "2026-rev-1", T0.plus(DAY), &schedule.edition);
        self.input["assessment"]["edition"] = json!({"hub": "MY", "id": self.edition.id()});
    }

    /// The verdict by a table, without receipts.
    pub(crate) fn verdict_by(&mut self, record: Option<&Record>, schedule: &Schedule) -> Verdict {
        let bundle = self.bundle();
        let table = ShownTable {
            name: "2026-rev-1",
            record,
            edition: &schedule.edition,
            trees: &schedule.trees,
        };
        let beside = Beside {
            table: Some(table),
            ..Beside::default()
        };
        verify_beside(&bundle, &beside, &self.policy(), self.lab.now())
    }

    /// The verdict by the table of the edition.
    pub(crate) fn verdict_by_table(&mut self) -> Verdict {
        let edition = self.edition.clone();
        self.verdict_by(Some(&edition), &tariff())
    }
}

fn receipt(edition: &Record, asked: &Request, evidence: Vec<u8>) -> Receipt {
    let (_, receipt) = Receipt::issue(edition, &tariff().trees, asked).unwrap();
    Receipt {
        evidence: Some(evidence.into()),
        ..receipt
    }
}

/// Files with the names `1.receipt`, `2.receipt`.
fn named(ending: &str, files: impl Iterator<Item = Vec<u8>>) -> Vec<(String, Vec<u8>)> {
    let named = |(at, file)| (format!("{}.{ending}", at + 1), file);
    files.enumerate().map(named).collect()
}

fn files(named: &[(String, Vec<u8>)]) -> Vec<ShownFile<'_>> {
    named.iter().map(|(name, file)| ShownFile { name, file }).collect()
}

/// What an inspection in China certifies of flowers for Malaysia, in its log and witnessed, after `change` of its input.
pub(crate) fn phyto(change: impl FnOnce(&mut Value)) -> Lab {
    let mut lab = Lab::of(&["SG", "TH"]);
    lab.issuer = Hub::new(net(), "CN", &[Duty::Log, Duty::Inspection, Duty::Permit], &["SG", "TH"]);
    let mut input = json!({
        "number": "CN-PHY-26-001",
        "type": "phytosanitary",
        "decision": "conforms",
        "office": "CNKMG",
        "export_country": "CN",
        "import_country": "MY",
        "lines": [{"hs": "060311", "origin": "CN", "quantity": "10 H87"}],
    });
    change(&mut input);
    let terms = Terms {
        issuer: lab.issuer.code,
        now: T0.plus(DAY),
        life_seconds: 30 * DAY,
    };
    let duty = match input["type"].as_str() {
        Some("permit") => Duty::Permit,
        _ => Duty::Inspection,
    };
    let draft = Certificate::from_json(&input, &terms).unwrap().draft;
    lab.record = draft.sign(&lab.issuer.key(duty)).unwrap();
    lab.log();
    lab
}

/// An edition of Malaysia of this name.
pub(crate) fn edition(lab: &Lab, name: &str) -> Record {
    signed(lab, name, T0.plus(DAY), &tariff().edition)
}

fn signed(lab: &Lab, name: &str, published: UnixTime, edition: &Edition) -> Record {
    let draft = Draft {
        kind: RecordKind::TARIFF_EDITION,
        issuer: lab.issuer.code,
        subject: read(name),
        issued_at: published,
        expires_at: T0.plus(31 * DAY),
        not_before: None,
        payload: edition.encode(),
    };
    draft.sign(&lab.issuer.key(Duty::Tariff)).unwrap()
}

/// 10 pieces from China, asked a moment after the edition was published.
pub(crate) fn asked(code: &str) -> Request {
    let request = schedule::request("MY", code, "CN", "2026-11-25", "1000.00 MYR");
    Request {
        known: UnixTime(T0.0 + DAY + 10),
        ..with_quantity(request, "10 H87")
    }
}

fn input(codes: &[&str]) -> Value {
    let line = |code: &&str| json!({"hs": code, "origin": "CN", "quantity": "10 H87"});
    json!({
        "number": "MY-2026-7780145",
        "type": "import-release",
        "decision": "released",
        "office": "MYPKG",
        "export_country": "CN",
        "import_country": "MY",
        "regime": "MY:K1",
        "lines": codes.iter().map(line).collect::<Vec<_>>(),
        "assessment": {"lines": vec![Value::Null; codes.len()]},
    })
}

fn money(minor: i64) -> String {
    format!("{}.{:02} MYR", minor / 100, minor % 100)
}
