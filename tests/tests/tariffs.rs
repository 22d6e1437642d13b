//! A tariff through the whole system: published by one hub, gathered by the others, quoted, proved to an officer without a node,
//! and corrected. The real binaries as real processes on loopback.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use ewtp_tests::binaries::{command, workspace};
use ewtp_tests::testnet::Testnet;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::process::Output;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// A pair of trousers from China, worth 1,000 MYR of customs value: 20 % duty, and 10 % tax of value and duty.
const ASKED: [&str; 10] = [
    "--to",
    "MY",
    "--from",
    "CN",
    "--hs",
    "6203.42.00",
    "--value",
    "cif=1000MYR",
    "--mode",
    "cargo",
];
const WITHOUT_SURCHARGE: &str = "320.00";
/// With 52 % more, which nobody meant.
const WITH_MISTAKE: &str = "892.00";
/// With 25 % more.
const WITH_SURCHARGE: &str = "595.00";

/// The day before the surcharge, and one on which it holds.
const BEFORE: &str = "2026-11-30";
const AFTER: &str = "2026-12-02";

/// The testnet's hubs: Malaysia publishes, Rwanda asks.
struct Trade {
    testnet: Testnet,
}

impl Trade {
    fn begin() -> Self {
        Self {
            testnet: Testnet::up(4, &["--idle"]),
        }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.testnet.path().join(name)
    }

    /// Malaysia's schedule of the testnet, flagged as no law, with a surcharge on trousers from China if one is said.
    fn write_schedule(&self, name: &str, surcharge: Option<&str>) -> PathBuf {
        let mut text = std::fs::read_to_string(workspace().join("testnet/schedules/MY.csv")).unwrap();
        if let Some(rate) = surcharge {
            text.push_str(&format!("measure,62034200,,,,additional,CN,{rate},,,,,,,,,,,,\n"));
        }
        let path = self.path(name);
        std::fs::write(&path, text).unwrap();
        path
    }

    /// What `ewtp` of a hub answers with `--json`, as it was said: on success or as a refusal.
    fn told(&self, hub: &str, arguments: &[&str]) -> Value {
        let told = ewtp(&self.testnet.hub(hub), &[arguments, &["--json"]].concat());
        let text = if told.status.success() {
            &told.stdout
        } else {
            &told.stderr
        };
        serde_json::from_slice(text)
            .unwrap_or_else(|_| panic!("{arguments:?}: {}", String::from_utf8_lossy(&told.stderr)))
    }

    /// Publishes at Malaysia's hub, and waits until every hub holds the schedule; answers record and time of publication.
    fn publish(&self, words: &[&str]) -> (String, u64) {
        let told = self.told("MY", &[&["tariff"], words].concat());
        let id = told["issued"]["id"]
            .as_str()
            .unwrap_or_else(|| panic!("{told}"))
            .to_owned();
        self.testnet.run(&["wait", "converged"]);
        let seen = self.told("RW", &["tariff", "show", &id]);
        assert_eq!(seen["schedule"]["state"], "held", "{seen}");
        (id, seen["published_at"].as_u64().unwrap_or_else(|| panic!("{seen}")))
    }

    /// What Rwanda's hub says is due, and by which edition: `320.00 by 2026-1`.
    fn due(&self, words: &[&str]) -> String {
        let told = self.told("RW", &[&["tariff", "quote"], &ASKED[..], words].concat());
        assert!(told["lines"].is_array(), "{told}");
        format!("{} by {}", text(&told["total"]), text(&told["edition"]["name"]))
    }

    /// The receipt of a quote, written again until the witnesses have signed: the command waits for them, and on a busy machine
    /// they may need longer than it does.
    fn receipt(&self, name: &str, on: &str) -> PathBuf {
        let (file, policy) = (self.path(name), self.testnet.hub("RW").join("policy.json"));
        for _ in 0..5 {
            self.told(
                "RW",
                &[
                    &["tariff", "quote"],
                    &ASKED[..],
                    &["--on", on, "--receipt", shown(&file)],
                ]
                .concat(),
            );
            let (exit, verdict) = verify(&self.desk(&policy), &file, &[]);
            if exit == 0 {
                return file;
            }
            assert_eq!(exit, 14, "{verdict}");
        }
        panic!("no quorum in 25 s");
    }

    /// A machine of an officer, without a node: a folder with a policy and nothing else.
    fn desk(&self, policy: &Path) -> PathBuf {
        let desk = self.path("desk");
        std::fs::create_dir_all(&desk).unwrap();
        std::fs::copy(policy, desk.join("policy.json")).unwrap();
        desk
    }
}

fn shown(path: &Path) -> &str {
    path.to_str().unwrap()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or("-")
}

fn ewtp(folder: &Path, arguments: &[&str]) -> Output {
    let mut ewtp = command("ewtp");
    ewtp.env_remove("EWTP_DIR").arg("--dir").arg(folder).args(arguments);
    ewtp.output().unwrap()
}

/// `ewtp verify` at that folder; exit status and verdict.
fn verify(desk: &Path, file: &Path, words: &[&str]) -> (i32, Value) {
    let told = ewtp(desk, &[&["verify", shown(file), "--json"], words].concat());
    let verdict = serde_json::from_slice(&told.stdout).unwrap_or(Value::Null);
    (told.status.code().unwrap(), verdict)
}

/// Lets the clock pass this second, so that what is published next is later.
#[expect(
    clippy::disallowed_methods,
    reason = "real processes read the real clock, and so does who waits for them"
)]
fn let_pass(second: u64) {
    while SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs() <= second {
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn a_surcharge_is_published_quoted_proved_offline_and_corrected() {
    let trade = Trade::begin();
    let about = workspace().join("testnet/schedules/MY.json");
    let first = trade.write_schedule("first.csv", None);
    let (_, first_known) = trade.publish(&["publish", shown(&first), "--about", shown(&about), "--confirm", "MY"]);
    assert_eq!(trade.due(&["--on", AFTER]), format!("{WITHOUT_SURCHARGE} by 2026-1"));

    // More than one row in a hundred changes, so the office types the hub's code; and mistypes the rate.
    let_pass(first_known);
    let tonight = trade.write_schedule("tonight.csv", Some("52 %"));
    let words = [
        "publish",
        shown(&tonight),
        "--name",
        "2026-2",
        "--in-force",
        "2026-12-01",
    ];
    let refused = trade.told("MY", &[&["tariff"], &words[..]].concat());
    assert_eq!(refused["code"], "not-confirmed", "{refused}");
    let (wrong, wrong_known) = trade.publish(&[&words[..], &["--confirm", "MY"]].concat());
    let first_known = first_known.to_string();
    for (words, due) in [
        (&["--on", BEFORE][..], format!("{WITHOUT_SURCHARGE} by 2026-1")),
        (&["--on", AFTER], format!("{WITH_MISTAKE} by 2026-2")),
        (
            &["--on", AFTER, "--known", &first_known],
            format!("{WITHOUT_SURCHARGE} by 2026-1"),
        ),
    ] {
        assert_eq!(trade.due(words), due, "{words:?}");
    }

    // An officer computes it again without a node, by what the own hub pins; who does not pin the publisher is told so.
    let receipt = trade.receipt("trousers.receipt", AFTER);
    let pinning = trade.testnet.hub("RW").join("policy.json");
    let desk = trade.desk(&pinning);
    let (exit, verdict) = verify(&desk, &receipt, &[]);
    assert_eq!(
        (exit, &verdict["total"], &verdict["currency"]),
        (0, &json!(WITH_MISTAKE), &json!("MYR")),
        "{verdict}"
    );
    assert_eq!(
        (&verdict["replays"], &verdict["goods"]["edition"]),
        (&json!(true), &json!(wrong)),
        "{verdict}"
    );
    let mut policy: Value = serde_json::from_slice(&std::fs::read(&pinning).unwrap()).unwrap();
    assert!(
        policy["pins"].as_object_mut().unwrap().remove("MY").is_some(),
        "{policy}"
    );
    let strange = trade.path("strange.json");
    std::fs::write(&strange, policy.to_string()).unwrap();
    let (_, verdict) = verify(&desk, &receipt, &["--policy", shown(&strange)]);
    assert_eq!(verdict["outcome"], "unrecognised", "{verdict}");

    // It was to be 25 %. What was relied on stays accepted, and says what corrected it.
    let_pass(wrong_known.max(known_of(&verdict)));
    let right = trade.write_schedule("right.csv", Some("25 %"));
    let (right, _) = trade.publish(&[
        "correct",
        "2026-2",
        shown(&right),
        "--name",
        "2026-2a",
        "--confirm",
        "MY",
    ]);
    assert_eq!(trade.due(&["--on", AFTER]), format!("{WITH_SURCHARGE} by 2026-2a"));
    let wrong_known = wrong_known.to_string();
    assert_eq!(
        trade.due(&["--on", AFTER, "--known", &wrong_known]),
        format!("{WITH_MISTAKE} by 2026-2")
    );
    let told = corrected(&trade, &desk, &receipt, &right);
    assert_eq!(told["corrections"][0]["name"], "2026-2a", "{told}");
    assert_eq!(
        (&told["corrections"][0]["effect"], &told["outcome"]),
        (&json!("counts-since"), &json!("accepted"))
    );
    assert!(
        text(&told["reason"]).ends_with("corrected by edition 2026-2a"),
        "{told}"
    );
}

/// The time of which a receipt speaks.
fn known_of(verdict: &Value) -> u64 {
    verdict["goods"]["known"]
        .as_u64()
        .unwrap_or_else(|| panic!("{verdict}"))
}

/// The verdict on the receipt with the bundle of the correction as evidence, as soon as the witnesses have signed that.
fn corrected(trade: &Trade, desk: &Path, receipt: &Path, correction: &str) -> Value {
    let evidence = trade.path("correction.ewtp");
    for _ in 0..5 {
        trade
            .testnet
            .ask("RW", &["cert", "bundle", correction, "--out", shown(&evidence)]);
        let (exit, verdict) = verify(desk, receipt, &["--evidence", shown(&evidence)]);
        assert_eq!(exit, 0, "{verdict}");
        if verdict["corrections"][0]["outcome"] == "accepted" {
            return verdict;
        }
        std::fs::remove_file(&evidence).unwrap();
    }
    panic!("no quorum in 25 s");
}
