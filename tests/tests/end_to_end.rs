//! The real binaries as real processes on loopback: what a person sees who follows the README.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use ewtp_tests::binaries::{command, stdout};
use ewtp_tests::testnet::{Ground, Testnet};
use serde_json::Value;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

/// Trade records in the sample.
const SAMPLE: u64 = 2272;

/// `ewtp verify` of a bundle with a policy, in a folder that holds nothing else.
fn verify(bundle: &Path, policy: &Path) -> (i32, Value) {
    let elsewhere = tempfile::tempdir().unwrap();
    let mut ewtp = command("ewtp");
    ewtp.current_dir(elsewhere.path())
        .env_remove("EWTP_DIR")
        .arg("verify")
        .arg(bundle);
    let told: Output = ewtp.arg("--policy").arg(policy).arg("--json").output().unwrap();
    let verdict = serde_json::from_slice(&told.stdout).unwrap_or(Value::Null);
    (told.status.code().unwrap(), verdict)
}

fn http_of(testnet: &Testnet, hub: &str) -> String {
    let env = testnet.run(&["env", hub]);
    let line = env
        .lines()
        .find_map(|line| line.strip_prefix("export EWTP_HTTP='http://"))
        .unwrap();
    line.trim_end_matches('\'').to_owned()
}

fn p2p_of(testnet: &Testnet, hub: &str) -> String {
    let told: Value = serde_json::from_slice(&std::fs::read(testnet.path().join("testnet.json")).unwrap()).unwrap();
    let hub = told["hubs"]
        .as_array()
        .unwrap()
        .iter()
        .find(|entry| entry["hub"] == hub)
        .unwrap()
        .clone();
    format!(
        "127.0.0.1:{}",
        hub["address"].as_str().unwrap().rsplit('/').next().unwrap()
    )
}

/// Process ids of every process that works in this folder.
fn processes_in(folder: &Path) -> Vec<String> {
    let processes = std::fs::read_dir("/proc").unwrap().map(|entry| entry.unwrap().path());
    let works_here = |process: &PathBuf| {
        let line = std::fs::read(process.join("cmdline")).unwrap_or_default();
        String::from_utf8_lossy(&line).contains(&*folder.to_string_lossy())
    };
    processes
        .filter(works_here)
        .map(|process| process.display().to_string())
        .collect()
}

fn proof(arguments: &[&str]) -> Value {
    let ground = Ground::take();
    let told = ground.run(&[&["prove", "--json"][..], arguments].concat());
    let proof: Value = serde_json::from_str(&told).unwrap();
    assert_eq!(proof["schema"], "ewtp.testnet-proof/1");
    assert_eq!(proof["holds"], true);
    proof
}

#[test]
fn eight_hubs_agree_and_a_certificate_of_one_is_accepted_offline_by_another() {
    let testnet = Testnet::up(8, &[]);
    let told = testnet.json(&["wait", "converged"]);
    assert!(told["records"].as_u64().unwrap() >= SAMPLE, "{told}");

    let issued: Value = serde_json::from_str(&testnet.run(&["issue", "MY", "--json"])).unwrap();
    assert_eq!(issued["schema"], "ewtp.issued/1");
    testnet.run(&["wait", "size", &(told["records"].as_u64().unwrap() + 1).to_string()]);

    let bundle = testnet.path().join("lorry.ewtp");
    let id = issued["id"].as_str().unwrap();
    let policy = testnet.hub("RW").join("policy.json");
    let out = bundle.to_str().unwrap();
    let mut code = 14;
    // The command waits for the witnesses itself; on a busy machine they may need longer than it waits, and until then the
    // honest answer is "undecided".
    for _ in 0..5 {
        testnet.ask("MY", &["cert", "bundle", id, "--out", out]);
        let (told, verdict) = verify(&bundle, &policy);
        code = told;
        if code == 0 {
            assert_eq!(verdict["schema"], "ewtp.verdict/1");
            assert_eq!(verdict["outcome"], "accepted");
            assert_eq!(verdict["record"]["issuer"], "MY");
            break;
        }
        assert_eq!(code, 14, "{verdict}");
        std::fs::remove_file(&bundle).unwrap();
    }
    assert_eq!(code, 0, "no quorum in 25 s");

    let mut bytes = std::fs::read(&bundle).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&bundle, bytes).unwrap();
    assert_ne!(verify(&bundle, &policy).0, 0, "a changed bundle is accepted");
}

#[test]
fn up_until_converged_answers_on_one_line_and_leaves_nothing_running() {
    let ground = Ground::take();
    let told = ground.run(&["up", "--until", "converged", "--json", "--hubs", "3", "--seed", "5"]);
    assert_eq!(told.lines().count(), 1, "{told}");
    assert!(
        told.starts_with(r#"{"schema":"ewtp.testnet/1","hubs":3,"records":"#),
        "{told}"
    );
    let told: Value = serde_json::from_str(&told).unwrap();
    assert!(told["records"].as_u64().unwrap() >= SAMPLE);
    assert!(told["ready_ms"].as_u64().unwrap() <= told["converged_ms"].as_u64().unwrap());
    assert!(told["rss_mb_max"].as_u64().unwrap() > 0);
    assert_eq!(processes_in(ground.path()), Vec::<String>::new());
}

#[test]
fn a_folder_goes_on_where_it_stopped() {
    let testnet = Testnet::up(2, &[]);
    let before = testnet.json(&["wait", "converged"])["records"].as_u64().unwrap();
    testnet.run(&["down"]);
    testnet.run(&["up", "--detach"]);
    let after = testnet.json(&["wait", "converged"])["records"].as_u64().unwrap();
    assert!(
        after < before + 10,
        "{before} records became {after}: the sample was logged twice"
    );
}

#[test]
fn ctrl_c_leaves_no_process_and_nothing_outside_the_folder() {
    let ground = Ground::take();
    let mut up = foreground(&ground);
    interrupt(&up);
    assert!(up.wait().unwrap().success());
    assert_eq!(processes_in(ground.path()), Vec::<String>::new());
    let outside: Vec<_> = std::fs::read_dir(temporary(&ground)).unwrap().collect();
    assert!(outside.is_empty(), "{outside:?}");
}

#[test]
fn a_killed_supervisor_takes_its_hubs_along() {
    let ground = Ground::take();
    let mut up = foreground(&ground);
    up.kill().unwrap();
    up.wait().unwrap();
    let mut left = processes_in(ground.path());
    for _ in 0..50 {
        if left.is_empty() {
            return;
        }
        std::thread::sleep(Duration::from_millis(100));
        left = processes_in(ground.path());
    }
    panic!("still running: {left:?}");
}

/// What `up` in the foreground takes for the system's temporary folder.
fn temporary(ground: &Ground) -> PathBuf {
    ground.path().join("tmp")
}

/// `up` in the foreground, with both hubs in agreement. Its folder is so deep that no socket fits into it: the sockets lie
/// in the temporary folder.
fn foreground(ground: &Ground) -> Child {
    let (deep, temporary) = (ground.path().join("deep".repeat(25)), temporary(ground));
    std::fs::create_dir(&temporary).unwrap();
    let mut up = command("ewtp-testnet");
    up.env("TMPDIR", &temporary)
        .arg("--dir")
        .arg(&deep)
        .args(["up", "--hubs", "2", "--idle", "--seed", "9"]);
    let mut up = up.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    for _ in 0..100 {
        std::thread::sleep(Duration::from_millis(200));
        let mut wait = command("ewtp-testnet");
        wait.arg("--dir")
            .arg(&deep)
            .args(["wait", "converged", "--timeout", "30"]);
        if wait.output().unwrap().status.success() {
            return up;
        }
    }
    up.kill().unwrap();
    up.wait().unwrap();
    panic!("the hubs did not agree");
}

fn interrupt(child: &Child) {
    let pid = nix::unistd::Pid::from_raw(i32::try_from(child.id()).unwrap());
    nix::sys::signal::kill(pid, nix::sys::signal::Signal::SIGINT).unwrap();
}

#[test]
fn a_killed_a_paused_and_a_cut_off_hub_catch_up() {
    let testnet = Testnet::up(4, &["--idle"]);
    testnet.run(&["kill", "ET"]);
    testnet.run(&["issue", "MY"]);
    testnet.run(&["restart", "ET"]);
    testnet.run(&["pause", "RW"]);
    testnet.run(&["issue", "MY"]);
    testnet.run(&["resume", "RW"]);
    testnet.run(&["partition", "CN-HGH | MY"]);
    testnet.run(&["load", "--rate", "40", "--for", "2"]);
    testnet.run(&["heal"]);
    testnet.run(&["link", "MY", "RW", "--delay", "50"]);
    let told = testnet.json(&["wait", "converged"]);
    assert!(told["records"].as_u64().unwrap() >= 4 + 2 + 60, "{told}");
    let status = testnet.json(&["status"]);
    assert!(
        status["hubs"]
            .as_array()
            .unwrap()
            .iter()
            .all(|hub| hub["state"] == "running"),
        "{status}"
    );
}

#[test]
fn every_command_answers_with_one_object_when_a_program_asks() {
    let testnet = Testnet::up(3, &["--idle"]);
    let asked: [(&[&str], &str, &str, Value); 9] = [
        (&["kill", "RW"], "ewtp.testnet-process/1", "state", "ended".into()),
        (&["restart", "RW"], "ewtp.testnet-process/1", "starts", 2.into()),
        (&["pause", "MY"], "ewtp.testnet-process/1", "state", "paused".into()),
        (&["resume", "MY"], "ewtp.testnet-process/1", "state", "running".into()),
        (
            &["partition", "MY | RW"],
            "ewtp.testnet-partition/1",
            "roads_cut",
            3.into(),
        ),
        (&["heal"], "ewtp.testnet-heal/1", "roads_opened", 3.into()),
        (
            &["link", "MY", "RW", "--delay", "5"],
            "ewtp.testnet-link/1",
            "delay_ms",
            5.into(),
        ),
        (
            &["logs", "MY", "-n", "1"],
            "ewtp.testnet-log-line/1",
            "hub",
            "MY".into(),
        ),
        (&["env", "MY"], "ewtp.testnet-env/1", "hub", "MY".into()),
    ];
    for (command, schema, field, value) in asked {
        let told = testnet.run(&[command, &["--json"]].concat());
        assert_eq!(told.lines().count(), 1, "{command:?}: {told}");
        assert!(
            told.starts_with(&format!("{{\"schema\":\"{schema}\"")),
            "{command:?}: {told}"
        );
        let told: Value = serde_json::from_str(&told).unwrap();
        assert_eq!(told[field], value, "{command:?}: {told}");
    }
}

#[test]
fn a_curl_as_env_prints_it_works() {
    let testnet = Testnet::up(2, &["--idle"]);
    let env = testnet.run(&["env", "MY"]);
    let line = env.lines().find_map(|line| line.strip_prefix("# ")).unwrap();
    let mut shell = Command::new("sh");
    let told = stdout(&shell.args(["-c", line]).output().unwrap());
    assert_eq!(serde_json::from_str::<Value>(&told).unwrap()["schema"], "ewtp.status/1");
}

#[test]
fn garbage_at_every_door_leaves_the_hub_alive() {
    let testnet = Testnet::up(2, &["--idle"]);
    let deep = [b"POST /v1/certificates HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 200000\r\n\r\n".as_slice(), &b"[".repeat(200_000)].concat();
    let long = [
        b"GET /".as_slice(),
        &b"a".repeat(1 << 20),
        b" HTTP/1.1\r\n\r\n".as_slice(),
    ]
    .concat();
    let noise: Vec<u8> = (0..1_u32 << 20)
        .map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8)
        .collect();
    for round in 0..20 {
        for bytes in [&deep, &long, &noise] {
            throw(&http_of(&testnet, "MY"), bytes);
            throw(&p2p_of(&testnet, "MY"), &bytes[round..]);
        }
    }
    testnet.run(&["issue", "MY"]);
    testnet.run(&["wait", "converged"]);
    let status = testnet.json(&["status"]);
    for hub in status["hubs"].as_array().unwrap() {
        assert_eq!(
            (&hub["state"], &hub["starts"]),
            (&Value::from("running"), &Value::from(1)),
            "{status}"
        );
        let told = std::fs::read_to_string(format!("/proc/{}/status", hub["pid"])).unwrap();
        let resident = told.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
        let kilobytes: u64 = resident.trim().trim_end_matches(" kB").parse().unwrap();
        assert!(kilobytes < 300_000, "hub {} took {kilobytes} kB", hub["hub"]);
    }
}

/// Sends bytes and reads what comes back, if anything does.
fn throw(address: &str, bytes: &[u8]) {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(Duration::from_millis(100))).unwrap();
    stream.set_write_timeout(Some(Duration::from_millis(200))).unwrap();
    let _ = stream.write_all(bytes);
    let _ = stream.read(&mut [0; 4096]);
}

#[test]
fn two_three_four_and_eight_hubs_reach_their_quorum() {
    let proof = proof(&["quorum"]);
    for (mesh, need) in [("of_2", 1), ("of_3", 2), ("of_4", 3), ("of_8", 5)] {
        assert_eq!(proof[mesh]["need"], need, "{proof}");
    }
}

#[test]
fn kills_under_load_lose_nothing_that_was_acknowledged() {
    let proof = proof(&["kill", "--rounds", "6", "--rate", "80"]);
    assert_eq!(proof["kills"], 6);
    assert!(proof["acknowledged"].as_u64().unwrap() > 50, "{proof}");
    assert!(proof["heads_compared"].as_u64().unwrap() > 50, "{proof}");
    assert!(proof["found_after_kills"].as_u64().unwrap() > 10, "{proof}");
    for none in ["lost", "second_histories", "grown_by_resending"] {
        assert_eq!(proof[none], 0, "{proof}");
    }
}

#[test]
fn records_resent_after_a_kill_grow_the_log_by_none() {
    let proof = proof(&["resend", "--records", "3000"]);
    assert!(
        proof["acknowledged_before_the_kill"].as_u64().unwrap() >= 1000,
        "{proof}"
    );
    assert_eq!(
        (&proof["held"], &proof["grown_by_resending"]),
        (&3000.into(), &0.into()),
        "{proof}"
    );
}

#[test]
fn two_halves_agree_soon_after_they_are_joined() {
    let proof = proof(&["partition", "--seconds", "4", "--rate", "80"]);
    assert!(proof["acknowledged"].as_u64().unwrap() > 100, "{proof}");
    assert!(proof["agreed_ms_after_heal"].as_u64().unwrap() <= 5000, "{proof}");
}
