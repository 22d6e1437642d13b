//! What is refused, and that no bytes from a caller harm the server.

use crate::hub::Running;
use ewtp_api::{CODES, Client, ClientError, ListenError, Problem, Server, Target};
use std::os::unix::fs::PermissionsExt;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpStream, UnixStream};

/// Status and body of an answer to raw bytes, after which the caller reads until the server closes.
async fn exchange<S: AsyncReadExt + AsyncWriteExt + Unpin>(mut stream: S, request: &[u8]) -> (u16, String) {
    // The server may answer and close before it has read everything; what it said still counts.
    let _ = stream.write_all(request).await;
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    let answer = String::from_utf8_lossy(&answer).into_owned();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
    let status = head
        .split(' ')
        .nth(1)
        .and_then(|status| status.parse().ok())
        .unwrap_or(0);
    (
        status,
        if head.contains("chunked") {
            unchunked(body)
        } else {
            body.to_owned()
        },
    )
}

fn unchunked(mut body: &str) -> String {
    let mut whole = String::new();
    while let Some((size, rest)) = body.split_once("\r\n") {
        let size = usize::from_str_radix(size, 16).unwrap();
        whole.push_str(&rest[..size]);
        body = &rest[size + 2..];
    }
    whole
}

async fn raw(running: &Running, request: &[u8]) -> (u16, String) {
    exchange(UnixStream::connect(&running.socket).await.unwrap(), request).await
}

pub(crate) async fn get(running: &Running, path: &str) -> (u16, String) {
    raw(
        running,
        format!("GET {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n").as_bytes(),
    )
    .await
}

pub(crate) async fn send(running: &Running, method: &str, path: &str, kind: &str, body: &str) -> (u16, String) {
    let length = body.len();
    let head = format!(
        "{method} {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncontent-type: {kind}\r\ncontent-length: {length}\r\n\r\n"
    );
    raw(running, format!("{head}{body}").as_bytes()).await
}

fn code(body: &str) -> String {
    serde_json::from_str::<Problem>(body)
        .unwrap_or_else(|fault| panic!("{fault}: {body:?}"))
        .code
}

#[tokio::test]
async fn unknown_routes_and_methods_are_told_as_problems() {
    let running = Running::start().await;
    let (status, body) = get(&running, "/v2/status").await;
    assert_eq!((status, code(&body)), (404, "unknown-route".into()));
    let (status, body) = send(&running, "PUT", "/v1/status", "application/json", "{}").await;
    assert_eq!((status, code(&body)), (405, "method-not-allowed".into()));
    let (status, body) = get(&running, "/v1/records/xyz").await;
    assert_eq!((status, code(&body)), (400, "bad-request".into()));
    let (status, body) = get(&running, "/v1/logs/my/checkpoint").await;
    assert_eq!((status, code(&body)), (400, "bad-request".into()));
    let (status, body) = get(&running, "/v1/logs/SG/checkpoint").await;
    assert_eq!((status, code(&body)), (404, "not-found".into()));
    let (status, body) = get(&running, "/v1/records?colour=red").await;
    assert_eq!((status, code(&body)), (400, "bad-request".into()));
    let long = format!("/v1/records/{}/bundle?wait=6", "00".repeat(32));
    let (status, body) = get(&running, &long).await;
    assert_eq!((status, code(&body)), (400, "bad-request".into()));
    assert!(body.contains("wait is 6 seconds, and must be 0 to 5"), "{body}");
}

#[tokio::test]
async fn bodies_of_the_wrong_type_or_shape_are_refused() {
    let running = Running::start().await;
    for (kind, body, expected) in [
        ("text/plain", "{}", (415, "unsupported-media-type")),
        (
            "application/x-www-form-urlencoded",
            "a=b",
            (415, "unsupported-media-type"),
        ),
        ("application/json", "", (400, "bad-json")),
        ("application/json", "7", (400, "bad-json")),
        ("application/json", "{\"number\":", (400, "bad-json")),
        ("application/json", "{\"number\":1,\"number\":2}", (400, "bad-json")),
        ("application/json", "{\"number\":\"\u{fffd}", (400, "bad-json")),
        ("application/json", "{}", (422, "invalid-field")),
    ] {
        let (status, answer) = send(&running, "POST", "/v1/certificates", kind, body).await;
        assert_eq!((status, code(&answer).as_str()), expected, "{kind} {body}");
    }
    for body in [
        "",
        "[]",
        "{\"addresses\":[]}",
        "{\"addresses\":[\"x\"]}",
        "{\"addresses\":[\"/ip4/1\"],\"x\":1}",
    ] {
        let (status, answer) = send(&running, "POST", "/v1/peers", "application/json", body).await;
        assert!(matches!(status, 400 | 422), "{body}: {status} {answer}");
    }
}

#[tokio::test]
async fn a_log_goes_on_only_by_the_word_of_who_names_the_size() {
    let running = Running::start().await;
    for (body, expected) in [
        ("", "bad-json"),
        ("{}", "bad-json"),
        ("{\"past\":57,\"x\":1}", "bad-json"),
        ("{\"past\":56}", "not-resumed"),
    ] {
        let (status, answer) = send(&running, "POST", "/v1/log/resume", "application/json", body).await;
        assert_eq!(code(&answer), expected, "{body}: {status} {answer}");
    }
    running.client.resume_log(57).await.unwrap();
}

#[tokio::test]
async fn an_oversize_record_is_refused_and_the_ones_around_it_are_answered() {
    let running = Running::start().await;
    let good = crate::issuing::certificate(1).to_string();
    let long = format!("{{\"number\":\"{}\"}}", "x".repeat(70_000));
    let (status, body) = send(&running, "POST", "/v1/certificates", "application/json", &long).await;
    assert_eq!((status, code(&body)), (413, "too-large".into()));
    let lines = format!("{good}\n{long}\n{good}\n");
    let (status, body) = send(&running, "POST", "/v1/certificates", "application/x-ndjson", &lines).await;
    let answers: Vec<_> = body.lines().collect();
    assert_eq!((status, answers.len()), (200, 3));
    assert_eq!(code(answers[1]), "too-large");
    assert_eq!(answers[0], answers[2]);
}

#[tokio::test]
async fn an_oversize_peer_body_is_refused() {
    let running = Running::start().await;
    let long = format!("{{\"addresses\":[\"/{}\"]}}", "x".repeat(100_000));
    let (status, body) = send(&running, "POST", "/v1/peers", "application/json", &long).await;
    assert_eq!((status, code(&body)), (413, "too-large".into()));
}

#[tokio::test]
async fn garbage_and_floods_of_headers_end_the_connection_and_nothing_else() {
    let running = Running::start().await;
    let many: String = (0..200).map(|number| format!("x-{number}: 1\r\n")).collect();
    let long = "y".repeat(100_000);
    let floods = [
        format!("GET /livez HTTP/1.1\r\nhost: localhost\r\n{many}\r\n"),
        format!("GET /livez HTTP/1.1\r\nhost: localhost\r\nx: {long}\r\n\r\n"),
        format!("GET /{long} HTTP/1.1\r\nhost: localhost\r\n\r\n"),
    ];
    for flood in floods {
        let (status, _) = raw(&running, flood.as_bytes()).await;
        assert!((400..500).contains(&status), "{status}");
    }
    for garbage in [
        &b"\0\xff\xfe garbage\r\n\r\n"[..],
        b"\x16\x03\x01\x02\x00\x01\x00\r\n\r\n",
        b"GET\r\n\r\n",
        &[0xd2; 5_000],
    ] {
        let _ = tokio::time::timeout(Duration::from_secs(2), raw(&running, garbage)).await;
    }
    assert_eq!(get(&running, "/livez").await.0, 200);
}

#[tokio::test]
async fn a_chunked_body_of_garbage_is_refused() {
    let running = Running::start().await;
    let head = "POST /v1/certificates HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/x-ndjson\r\n\
                transfer-encoding: chunked\r\n\r\n";
    let (_, answer) = raw(&running, format!("{head}zz\r\nnonsense").as_bytes()).await;
    assert!(
        answer.is_empty() || code(answer.lines().next().unwrap()) == "bad-request",
        "{answer}"
    );
    assert_eq!(get(&running, "/livez").await.0, 200);
}

#[tokio::test]
async fn the_loopback_listener_refuses_other_hosts_and_origins() {
    let running = Running::start().await;
    let ask = async |headers: &str| {
        let request = format!("GET /v1/status HTTP/1.1\r\n{headers}connection: close\r\n\r\n");
        exchange(TcpStream::connect(running.address).await.unwrap(), request.as_bytes()).await
    };
    let own = format!("host: {}\r\n", running.address);
    assert_eq!(ask(&own).await.0, 200);
    let (status, body) = ask("host: evil.example\r\n").await;
    assert_eq!((status, code(&body)), (421, "foreign-host".into()));
    let (status, body) = ask(&format!("{own}origin: http://evil.example\r\n")).await;
    assert_eq!((status, code(&body)), (403, "foreign-origin".into()));
    // The socket cannot be reached from a page, so its callers may write what they like.
    let (status, _) = raw(
        &running,
        b"GET /livez HTTP/1.1\r\nhost: hub.example\r\nconnection: close\r\n\r\n",
    )
    .await;
    assert_eq!(status, 200);
    assert!(Client::new(Target::Address(running.address)).status().await.is_ok());
}

#[tokio::test]
async fn only_loopback_addresses_are_bound() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::bind(&folder.path().join("admin.sock")).await.unwrap();
    for address in ["0.0.0.0:0", "[::]:0", "192.0.2.1:0"] {
        let again = Server::bind(&folder.path().join("other.sock")).await.unwrap();
        let refused = again.also_at(address.parse().unwrap()).await;
        assert!(matches!(refused, Err(ListenError::NotLoopback { .. })), "{address}");
    }
    drop(server);
}

#[tokio::test]
async fn the_socket_is_private_and_has_one_server() {
    let running = Running::start().await;
    let mode = std::fs::metadata(&running.socket).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    assert!(matches!(
        Server::bind(&running.socket).await,
        Err(ListenError::AlreadyServed { .. })
    ));
}

#[tokio::test]
async fn a_socket_left_by_a_crash_is_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("admin.sock");
    drop(std::os::unix::net::UnixListener::bind(&socket).unwrap());
    assert!(socket.exists());
    assert!(Server::bind(&socket).await.is_ok());
}

#[tokio::test]
async fn a_node_that_does_not_run_is_told_with_what_to_type() {
    let folder = tempfile::tempdir().unwrap();
    let client = Client::new(Target::Socket(folder.path().join("admin.sock")));
    let fault = client.status().await.unwrap_err();
    assert!(matches!(fault, ClientError::NotRunning { .. }));
    assert_eq!(Problem::from(fault).next.as_deref(), Some("start the node: ewtp run"));
}

#[test]
fn the_page_lists_every_code_with_its_status() {
    let page = include_str!("../../../../protocol-spec/admin.md");
    for (code, status) in CODES {
        assert!(page.contains(&format!("| `{code}` | {status} |")), "{code}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_node_that_holds_its_socket_and_says_nothing_is_told_within_seconds() {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("admin.sock");
    let _mute = tokio::net::UnixListener::bind(&socket).unwrap();
    let answer = Client::new(Target::Socket(socket)).status().await;
    let Err(fault @ ClientError::Silent { seconds: 10, .. }) = answer else {
        panic!("{answer:?}")
    };
    let problem = Problem::from(fault);
    assert_eq!(
        (problem.code.as_str(), problem.next.as_deref()),
        ("no-answer", Some("ewtp doctor"))
    );
}
