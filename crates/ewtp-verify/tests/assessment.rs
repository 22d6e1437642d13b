//! A certificate's duty beside the receipts that it names: each link, and what the verdict says when it is cut.
#![allow(clippy::unwrap_used, reason = "what fails here is a broken test")]

mod lab;
#[path = "../../ewtp-tariff/tests/schedule/mod.rs"]
mod schedule;
mod trade;

use ewtp_record::RecordId;
use ewtp_tariff::Receipt;
use ewtp_verify::{Beside, CheckCode, CheckResult, Outcome, ShownFile, Verdict, verify, verify_beside};
use lab::Lab;
use schedule::read;
use serde_json::json;
use trade::{Trade, edition, phyto};

const OF_DUTY: [CheckCode; 4] = [
    CheckCode::GoodsCode,
    CheckCode::GoodsUnit,
    CheckCode::Papers,
    CheckCode::Duty,
];

fn results(verdict: &Verdict) -> Vec<CheckResult> {
    let all = verdict.checks.iter().filter(|check| OF_DUTY.contains(&check.code));
    all.map(|check| check.result).collect()
}

/// The verdict has this outcome, by this check alone of those of duty, whose detail has these words.
#[track_caller]
fn assert_told(verdict: &Verdict, outcome: Outcome, code: CheckCode, words: &str) {
    assert_eq!(verdict.outcome, outcome, "{verdict}");
    let check = verdict
        .checks
        .iter()
        .find(|check| check.code == code)
        .expect("it was made");
    assert!(check.detail.contains(words), "{verdict}");
    let speaks = |result| matches!(result, CheckResult::Fail | CheckResult::Unknown);
    assert!(speaks(check.result), "{verdict}");
    let first = verdict.to_string().lines().next().unwrap().to_owned();
    assert!(!first.starts_with("ACCEPTED"), "{first}");
}

/// Receipts alone.
fn receipts<'a>(receipts: &'a [ShownFile<'a>]) -> Beside<'a> {
    Beside {
        receipts,
        ..Beside::default()
    }
}

fn shirts() -> Trade {
    Trade::of(&["61091000"])
}

fn invalid(trade: &mut Trade, words: &str) {
    assert_told(&trade.verdict(), Outcome::Invalid, CheckCode::Duty, words);
}

#[test]
fn the_duty_of_a_certificate_is_computed_again_from_its_receipts() {
    let verdict = Trade::of(&["61091000", "61099000"]).verdict();
    assert_eq!(verdict.outcome, Outcome::Accepted, "{verdict}");
    assert_eq!(results(&verdict), [CheckResult::Pass; 4]);
    assert!(
        verdict.to_string().contains("computed again to 265.00 MYR"),
        "{verdict}"
    );
}

#[test]
fn what_an_office_is_told_to_write_is_what_is_accepted() {
    let mut trade = Trade::of(&["61091000", "61099000"]);
    let files: Vec<_> = trade.receipts.iter().map(Receipt::encode).collect();
    trade.input["assessment"] = ewtp_tariff::assess(&files).unwrap().to_json();
    assert_eq!(trade.verdict().outcome, Outcome::Accepted);
    assert_eq!(trade.input["assessment"]["total"], "265.00 MYR");
}

#[test]
fn nothing_is_assessed_by_receipts_that_do_not_give_it() {
    let line = |files: &[Vec<u8>]| ewtp_tariff::assess(files).unwrap_err().line();
    let mut trade = shirts();
    let good = trade.receipts[0].encode();
    let other = edition(&trade.lab, "2026-rev-2");
    trade.receipts[0].record = other;
    assert_eq!(
        line(&[good.clone(), trade.receipts[0].encode()]),
        Some(2),
        "another edition"
    );
    trade.receipts[0].answer.sum += 1;
    assert_eq!(line(&[trade.receipts[0].encode()]), Some(1), "it does not replay");
    let open = Trade::of(&["97030000"]).receipts[0].encode();
    assert_eq!(line(&[good, open]), Some(2), "a person must decide");
    assert_eq!(line(&[]), None, "no receipt, no line");
}

#[test]
fn without_receipts_a_certificate_is_what_it_was_and_its_duty_not_checked() {
    let mut trade = shirts();
    let verdict = verify(&trade.bundle(), &trade.lab.policy(), trade.lab.now());
    assert_eq!(verdict.outcome, Outcome::Accepted, "{verdict}");
    assert_eq!(results(&verdict), [CheckResult::Skip; 4]);
}

#[test]
fn a_certificate_that_assesses_nothing_has_no_checks_of_duty() {
    let lab = Lab::of(&["SG", "TH"]);
    assert_eq!(results(&lab.verdict()), []);
    let shown = ShownFile {
        name: "1.receipt",
        file: &shirts().receipts[0].encode(),
    };
    let verdict = verify_beside(&lab.bundle().encode(), &receipts(&[shown]), &lab.policy(), lab.now());
    assert_told(&verdict, Outcome::Undecided, CheckCode::Duty, "assesses no duty");
}

#[test]
fn a_receipt_of_another_edition_contradicts_the_certificate() {
    let mut trade = shirts();
    let other = edition(&trade.lab, "2026-rev-2");
    trade.forge(0, |receipt| receipt.record = other);
    invalid(&mut trade, "its receipt is of edition");

    let mut trade = shirts();
    trade.input["assessment"]["edition"]["id"] = json!(RecordId([7; 32]));
    invalid(&mut trade, "its receipt is of edition");

    let mut trade = shirts();
    trade.input["assessment"]["edition"]["hub"] = json!("SG");
    invalid(&mut trade, "of SG");
}

#[test]
fn a_receipt_of_another_line_contradicts_the_certificate() {
    let mut trade = Trade::of(&["61091000", "61099000"]);
    let (first, second) = (trade.receipts[0].clone(), trade.receipts[1].clone());
    trade.name(0, &second);
    trade.name(1, &first);
    let told = "it is of 61091000, its receipt of 61099000 (and 1 more)";
    assert_told(&trade.verdict(), Outcome::Invalid, CheckCode::GoodsCode, told);
}

#[test]
fn a_line_may_say_less_of_its_code_than_the_table() {
    let mut trade = shirts();
    trade.input["lines"][0]["hs"] = json!("610910");
    assert_eq!(trade.verdict().outcome, Outcome::Accepted);
    trade.input["lines"][0]["hs"] = json!("6109100099");
    assert_told(
        &trade.verdict(),
        Outcome::Invalid,
        CheckCode::GoodsCode,
        "it is of 6109100099",
    );
}

#[test]
fn a_code_of_another_edition_of_the_harmonized_system_is_invalid() {
    let mut trade = shirts();
    trade.input["hs_edition"] = json!(2017);
    assert_told(&trade.verdict(), Outcome::Invalid, CheckCode::GoodsCode, "HS 2017");
}

#[test]
fn a_code_under_which_nothing_is_declared_is_invalid() {
    let mut trade = shirts();
    trade.forge(0, |receipt| receipt.request.code = read("6109"));
    let words = "goods are not declared under 6109 itself";
    assert_told(&trade.verdict(), Outcome::Invalid, CheckCode::GoodsCode, words);
}

#[test]
fn an_assessed_amount_that_the_schedule_does_not_give_is_invalid() {
    let mut trade = shirts();
    trade.input["assessment"]["lines"][0]["amount"] = json!("165.01 MYR");
    trade.input["assessment"]["total"] = json!("165.01 MYR");
    let words = "the certificate says 165.01 MYR, its receipt gives 165.00 MYR";
    invalid(&mut trade, words);

    let mut trade = shirts();
    trade.input["assessment"]["total"] = json!("16.50 MYR");
    invalid(
        &mut trade,
        "total: the certificate says 16.50 MYR, the lines come to 165.00 MYR",
    );
}

#[test]
fn a_receipt_that_does_not_replay_is_invalid() {
    let mut trade = shirts();
    trade.forge(0, |receipt| receipt.answer.lines[0].amount = 1_650);
    invalid(&mut trade, "the receipt says 1650, the schedule gives 16500");
    assert_eq!(
        results(&trade.verdict())[..3],
        [CheckResult::Unknown; 3],
        "what does not replay shows nothing of code, unit and papers"
    );
}

#[test]
fn a_receipt_with_a_changed_amount_is_none_of_the_certificate() {
    let mut trade = shirts();
    trade.receipts[0].answer.sum = 1_650;
    let verdict = trade.verdict();
    assert_told(
        &verdict,
        Outcome::Undecided,
        CheckCode::Duty,
        "its duty receipt was not shown",
    );
    assert!(
        verdict.to_string().contains("(and 1 more)"),
        "that one is a stranger: {verdict}"
    );
}

#[test]
fn a_quantity_in_another_unit_than_the_table_is_invalid() {
    let mut trade = shirts();
    trade.input["lines"][0]["quantity"] = json!("5 PR");
    let words = "it is in PR, the table asks for H87, KGM";
    assert_told(&trade.verdict(), Outcome::Invalid, CheckCode::GoodsUnit, words);
    trade.input["lines"][0]["quantity"] = json!("5 KGM");
    assert_eq!(
        trade.verdict().outcome,
        Outcome::Accepted,
        "a unit of the line above is one of its line"
    );
}

#[test]
fn a_receipt_of_other_goods_is_invalid() {
    let mut trade = shirts();
    trade.input["lines"][0]["quantity"] = json!("100 H87");
    invalid(&mut trade, "it is of 100 H87, its receipt of 10 H87");

    let mut trade = shirts();
    trade.ask(0, |asked| {
        asked.quantities.insert((read("KGM"), None), read("2.5"));
    });
    trade.input["lines"][0]["net_kg"] = json!("2.50");
    assert_eq!(
        trade.verdict().outcome,
        Outcome::Accepted,
        "two spellings of one number"
    );
    trade.input["lines"][0]["net_kg"] = json!("2.6");
    invalid(&mut trade, "it is of 2.6 KGM, its receipt of 2.5 KGM");

    let mut trade = shirts();
    trade.input["lines"][0]["origin"] = json!("VN");
    invalid(&mut trade, "it is of goods from VN, its receipt of goods from CN");
}

#[test]
fn an_edition_of_a_country_where_the_goods_do_not_go_is_invalid() {
    let mut trade = shirts();
    trade.input["import_country"] = json!("SG");
    invalid(&mut trade, "the edition is of MY, the goods go to SG");
}

#[test]
fn a_receipt_that_knows_more_than_its_certificate_could_is_invalid() {
    let mut trade = shirts();
    trade.ask(0, |asked| asked.known.0 += 3_600);
    invalid(&mut trade, "speaks of what is known at");
}

fn flowers() -> Trade {
    Trade::of(&["06031100"])
}

/// Flowers with this paper are undecided, and these are the words.
#[track_caller]
fn not_with(paper: Lab, words: &str) {
    let mut trade = flowers();
    trade.rest_on(paper);
    assert_told(&trade.verdict(), Outcome::Undecided, CheckCode::Papers, words);
}

#[test]
fn a_paper_that_nothing_shows_leaves_the_verdict_open() {
    let mut trade = flowers();
    let words = "its goods need PHYTO; the certificate rests on no phytosanitary certificate";
    assert_told(&trade.verdict(), Outcome::Undecided, CheckCode::Papers, words);
    trade.input["documents"] = json!([{"hub": "CN", "id": RecordId([1; 32])}]);
    let words = "no phytosanitary certificate is shown of the 1 records";
    assert_told(&trade.verdict(), Outcome::Undecided, CheckCode::Papers, words);
}

#[test]
fn a_paper_that_is_shown_and_cited_is_there() {
    let mut trade = flowers();
    trade.rest_on(phyto(|_| {}));
    let verdict = trade.verdict();
    assert_eq!(verdict.outcome, Outcome::Accepted, "{verdict}");
    assert_eq!(results(&verdict), [CheckResult::Pass; 4]);
}

#[test]
fn a_paper_that_was_claimed_for_the_quote_and_not_shown_is_not_there() {
    let mut trade = flowers();
    trade.ask(0, |asked| {
        asked.documents.insert(read("PHYTO"));
    });
    let papers = CheckCode::Papers;
    assert_told(&trade.verdict(), Outcome::Undecided, papers, "its goods need PHYTO");

    let mut trade = shirts();
    trade.ask(0, |asked| {
        asked.documents.insert(read("FORM-E"));
    });
    let words = "its quote was asked for with FORM-E; the certificate rests on no preferential-origin certificate";
    assert_told(&trade.verdict(), Outcome::Undecided, papers, words);
    trade.ask(0, |asked| asked.documents = [read("C644")].into());
    let words = "with C644; no type of certificate is known by that code, so a person must see it";
    assert_told(&trade.verdict(), Outcome::Undecided, papers, words);
}

#[test]
fn a_paper_of_other_goods_is_not_there() {
    not_with(
        phyto(|input| input["lines"][0]["hs"] = json!("060312")),
        "is of other goods",
    );
    not_with(
        phyto(|input| input["lines"][0]["origin"] = json!("VN")),
        "is of other goods",
    );
    not_with(
        phyto(|input| input["import_country"] = json!("SG")),
        "is of other goods",
    );
}

#[test]
fn a_paper_of_another_type_is_not_there() {
    let permit = phyto(|input| {
        input["type"] = json!("permit");
        input["decision"] = json!("granted");
    });
    not_with(permit, "no phytosanitary certificate is shown of the 1 records");
}

#[test]
fn a_paper_that_speaks_against_the_goods_is_not_there() {
    let refused = phyto(|input| input["decision"] = json!("does-not-conform"));
    not_with(refused, "says phytosanitary, does-not-conform");
}

#[test]
fn a_paper_that_is_not_good_itself_is_not_there() {
    let mut cut = phyto(|_| {});
    cut.witnesses.clear();
    not_with(cut, "1.paper: is undecided itself: verify it alone (and 1 more)");
}

#[test]
fn a_paper_on_which_the_certificate_does_not_rest_leaves_the_verdict_open() {
    let mut trade = flowers();
    trade.papers.push(phyto(|_| {}));
    let words = "1.paper: is none of the records that the certificate rests on";
    assert_told(&trade.verdict(), Outcome::Undecided, CheckCode::Papers, words);
    let mut trade = shirts();
    trade.rest_on(phyto(|_| {}));
    trade.receipts.clear();
    let words = "which papers the goods need, a duty receipt says";
    assert_told(&trade.verdict(), Outcome::Undecided, CheckCode::Papers, words);
}

#[test]
fn a_missing_receipt_leaves_the_verdict_open() {
    let mut trade = Trade::of(&["61091000", "61099000"]);
    trade.receipts.pop();
    let verdict = trade.verdict();
    assert_told(
        &verdict,
        Outcome::Undecided,
        CheckCode::Duty,
        "line 2: its duty receipt was not shown",
    );
    assert_eq!(results(&verdict), [CheckResult::Unknown; 4]);
}

#[test]
fn a_receipt_too_many_leaves_the_verdict_open() {
    let mut trade = shirts();
    let other = Trade::of(&["61099000"]).receipts.remove(0);
    trade.receipts.push(other);
    assert_told(
        &trade.verdict(),
        Outcome::Undecided,
        CheckCode::Duty,
        "2.receipt: is none of the receipts that the certificate names",
    );
}

#[test]
fn a_receipt_shown_twice_is_one_receipt() {
    let mut trade = shirts();
    trade.receipts.push(trade.receipts[0].clone());
    assert_eq!(trade.verdict().outcome, Outcome::Accepted);
}

#[test]
fn a_contradiction_weighs_more_than_what_is_open() {
    let mut trade = Trade::of(&["61091000", "61099000"]);
    trade.input["assessment"]["lines"][0]["amount"] = json!("1.00 MYR");
    trade.receipts.pop();
    invalid(&mut trade, "line 1: the certificate says 1.00 MYR");
}

#[test]
fn an_amount_that_only_a_person_can_compute_leaves_the_verdict_open() {
    let mut trade = Trade::of(&["97030000"]);
    assert_told(
        &trade.verdict(),
        Outcome::Undecided,
        CheckCode::Duty,
        "only a person can compute it: read the note art",
    );
}

#[test]
fn an_edition_that_nothing_vouches_for_leaves_the_verdict_open() {
    let mut trade = shirts();
    trade.forge(0, |receipt| receipt.evidence = None);
    assert_told(
        &trade.verdict(),
        Outcome::Undecided,
        CheckCode::Duty,
        "whose edition it is",
    );
    let mut trade = shirts();
    let other: Receipt = Trade::of(&["61099000"]).receipts.remove(0);
    trade.forge(0, |receipt| {
        receipt.evidence = other.evidence.map(|_| vec![0x80].into())
    });
    invalid(&mut trade, "the evidence");
}

#[test]
fn a_receipt_of_a_later_version_is_unsupported_and_never_invalid() {
    let mut trade = shirts();
    let mut later = trade.receipts[0].encode();
    later[20] = b'2';
    let hash = ewtp_log::leaf_hash(&later);
    trade.input["assessment"]["lines"][0]["receipt"] = json!(hex::encode(hash.0));
    let shown = ShownFile {
        name: "later.receipt",
        file: &later,
    };
    let verdict = verify_beside(
        &trade.bundle(),
        &receipts(&[shown]),
        &trade.lab.policy(),
        trade.lab.now(),
    );
    assert_told(&verdict, Outcome::Unsupported, CheckCode::Duty, "ewtp/duty-receipt/2");
}

#[test]
fn the_example_of_the_specification_names_the_receipt_of_a_vector() {
    let example = include_str!("../../../protocol-spec/examples/assessment.json");
    let example: serde_json::Value = serde_json::from_str(example).unwrap();
    let vectors = ewtp_vectors::read(&["duty-receipt"]);
    let vector = vectors
        .iter()
        .find(|vector| vector.to_string() == "duty-receipt/surcharge")
        .unwrap();
    let receipt = Receipt::decode(&vector.bytes).unwrap();
    let hash = hex::encode(ewtp_log::leaf_hash(&vector.bytes).0);
    assert_eq!(example["assessment"]["lines"][0]["receipt"], hash);
    assert_eq!(example["assessment"]["edition"]["id"], json!(receipt.record.id()));
    assert_eq!(example["assessment"]["total"], vector.get("total"));
}

#[test]
fn no_flipped_bit_of_a_receipt_is_accepted() {
    let mut trade = shirts();
    let bundle = trade.bundle();
    let whole = trade.receipts[0].encode();
    for at in (0..whole.len()).step_by(7) {
        let mut file = whole.clone();
        file[at] ^= 1;
        let shown = ShownFile {
            name: "1.receipt",
            file: &file,
        };
        let verdict = verify_beside(&bundle, &receipts(&[shown]), &trade.lab.policy(), trade.lab.now());
        assert_eq!(verdict.outcome, Outcome::Undecided, "byte {at}: {verdict}");
    }
}
