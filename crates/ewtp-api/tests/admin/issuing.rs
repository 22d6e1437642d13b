//! Issuing one record and many.

use crate::hub::Running;
use crate::refusals::send;
use bytes::Bytes;
use ewtp_api::{Client, Issued, Problem};
use futures::{StreamExt, stream};
use serde_json::json;
use std::io;
use std::time::Duration;

/// The JSON of a certificate.
pub(crate) fn certificate(number: u32) -> serde_json::Value {
    json!({
        "number": format!("MY-{number:07}"), "type": "export-release", "decision": "released", "office": "CNHGH",
        "export_country": "CN", "import_country": "MY", "regime": "CN:9610",
        "lines": [{ "hs": "8471.30", "origin": "CN", "quantity": "12 H87", "net_kg": "21.6" }]
    })
}

fn chunks(texts: Vec<String>) -> impl futures::Stream<Item = io::Result<Bytes>> + Send + 'static {
    stream::iter(texts.into_iter().map(|text| Ok(Bytes::from(text))))
}

/// All answers to these chunks of JSON lines.
async fn issue_all(client: &Client, texts: Vec<String>) -> Vec<Result<Issued, Box<Problem>>> {
    let mut issuing = client.issue_certificates(chunks(texts)).await.unwrap();
    let mut answers = Vec::new();
    while let Some(answer) = issuing.next().await.unwrap() {
        answers.push(answer);
    }
    answers
}

/// One certificate through the streaming client.
pub(crate) async fn issue_one(running: &Running, input: &serde_json::Value) -> Result<Issued, Box<Problem>> {
    issue_all(&running.client, vec![input.to_string()]).await.remove(0)
}

#[tokio::test]
async fn one_object_gets_one_object_and_a_refusal_its_status() {
    let running = Running::start().await;
    let (status, body) = send(
        &running,
        "POST",
        "/v1/certificates",
        "application/json",
        &certificate(1).to_string(),
    )
    .await;
    let issued: Issued = serde_json::from_str(&body).unwrap();
    assert_eq!((status, issued.index), (200, 1));
    assert!(body.starts_with("{\"schema\":\"ewtp.issued/1\",\"id\":"), "{body}");
    let mut bad = certificate(2);
    bad["import_country"] = "QQ".into();
    let pretty = serde_json::to_string_pretty(&bad).unwrap();
    let (status, body) = send(&running, "POST", "/v1/certificates", "application/json", &pretty).await;
    let problem: Problem = serde_json::from_str(&body).unwrap();
    assert_eq!(
        (status, problem.field.as_deref()),
        (422, Some("import_country")),
        "{body}"
    );
}

#[tokio::test]
async fn a_merchant_is_enrolled() {
    let running = Running::start().await;
    let merchant = json!({
        "merchant_id": "MY-201901000005", "key": "fd1724385aa0c75b64fb78cd602fa1d991fdebf76b13c58ed702eac835e9f618",
        "form": "company", "size": "10-29", "tier": "document-verified", "sectors": ["61"],
        "corridors": [{ "from": "MY", "to": "RW" }]
    });
    let mut issuing = running
        .client
        .enrol_merchants(chunks(vec![merchant.to_string()]))
        .await
        .unwrap();
    let issued = issuing.next().await.unwrap().unwrap().unwrap();
    assert_eq!(issuing.next().await.unwrap(), None);
    running.settle().await;
    let view = running.client.record(&issued.id).await.unwrap();
    assert_eq!(
        (view.summary.kind.as_str(), view.summary.subject.as_str()),
        ("merchant-credential", "MY-201901000005")
    );
}

#[tokio::test]
async fn many_lines_are_answered_in_order_with_faults_at_their_lines() {
    let running = Running::start().await;
    let line = |number: u32| match number % 10 {
        3 => "{\"number\":".to_owned(),
        7 => json!({ "number": "X", "colour": 1 }).to_string(),
        _ => certificate(number).to_string(),
    };
    let text: String = (0..3_500).map(|number| line(number) + "\n").collect();
    let pieces = text
        .as_bytes()
        .chunks(1_777)
        .map(|piece| String::from_utf8(piece.to_vec()).unwrap())
        .collect();
    let answers = issue_all(&running.client, pieces).await;
    assert_eq!(answers.len(), 3_500);
    let mut index = 0;
    for (number, answer) in answers.iter().enumerate() {
        match (number % 10, answer) {
            (3, Err(problem)) => assert_eq!(
                (problem.code.as_str(), problem.line),
                ("bad-json", Some(number as u64 + 1))
            ),
            (7, Err(problem)) => assert_eq!(
                (problem.code.as_str(), problem.line),
                ("invalid-field", Some(number as u64 + 1))
            ),
            (_, Ok(issued)) => {
                index += 1;
                assert_eq!(issued.index, index);
            }
            other => panic!("{other:?}"),
        }
    }
    let issues = running.hub.lock().await.issues.clone();
    assert!(issues.iter().all(|batch| *batch <= 1_000), "{issues:?}");
}

#[tokio::test]
async fn an_array_is_answered_line_by_line() {
    let running = Running::start().await;
    let text = json!([certificate(1), certificate(2)]).to_string();
    let (status, body) = send(
        &running,
        "POST",
        "/v1/certificates",
        "application/json; charset=utf-8",
        &text,
    )
    .await;
    assert_eq!((status, body.lines().count()), (200, 2), "{body}");
    let (_, one) = send(
        &running,
        "POST",
        "/v1/certificates",
        "application/json",
        &json!([certificate(1)]).to_string(),
    )
    .await;
    assert_eq!(one.lines().next(), body.lines().next());
}

#[tokio::test]
async fn the_same_input_again_gets_the_first_answer_and_other_content_the_record_that_stands() {
    let running = Running::start().await;
    let first = issue_one(&running, &certificate(1)).await.unwrap();
    assert_eq!(issue_one(&running, &certificate(1)).await.unwrap(), first);
    let mut other = certificate(1);
    other["import_country"] = "RW".into();
    let problem = issue_one(&running, &other).await.unwrap_err();
    assert_eq!(
        (problem.code.as_str(), problem.existing.as_deref()),
        ("already-issued-differently", Some(&first.id))
    );
    assert_eq!(running.client.status().await.unwrap().frontier.len(), 1);
}

#[tokio::test]
async fn answers_come_while_the_input_is_still_open() {
    let running = Running::start().await;
    let open = chunks(vec![certificate(1).to_string() + "\n"]).chain(stream::pending());
    let mut issuing = running.client.issue_certificates(open).await.unwrap();
    let answer = tokio::time::timeout(Duration::from_secs(10), issuing.next())
        .await
        .unwrap();
    assert_eq!(answer.unwrap().unwrap().unwrap().index, 1);
}

#[tokio::test]
async fn a_caller_that_reads_no_answers_is_read_no_further() {
    let running = Running::start().await;
    let (sent, mut taken) = (std::sync::Arc::new(std::sync::atomic::AtomicU64::new(0)), 0);
    let counter = sent.clone();
    let endless = stream::iter(0_u32..).map(move |number| {
        counter.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        Ok(Bytes::from(format!("{{\"number\":\"{number}\"}}\n").repeat(100)))
    });
    let mut issuing = running.client.issue_certificates(endless).await.unwrap();
    // Wait until the sending comes to rest: everything between the two ends is then full.
    loop {
        tokio::time::sleep(Duration::from_millis(400)).await;
        let now = sent.load(std::sync::atomic::Ordering::Relaxed);
        if now == taken {
            break;
        }
        taken = now;
        assert!(taken < 3_000, "300,000 records were taken and no answer read");
    }
    for _ in 0..1_000 {
        assert!(issuing.next().await.unwrap().unwrap().is_err());
    }
}

#[tokio::test]
async fn a_stopping_runtime_is_told_to_each_record() {
    let running = Running::start().await;
    let stuck = running.hub.clone().lock_owned().await;
    let mut issuing = running
        .client
        .issue_certificates(chunks(vec![certificate(1).to_string()]))
        .await
        .unwrap();
    let waiting = tokio::time::timeout(Duration::from_millis(200), issuing.next()).await;
    assert!(waiting.is_err(), "an answer came before the checkpoint");
    drop(stuck);
    assert!(issuing.next().await.unwrap().unwrap().is_ok());
}
