use super::*;
use futures::stream;

fn values(declared: Declared, chunks: &[&str]) -> Values {
    let chunks: Vec<_> = chunks
        .iter()
        .map(|chunk| Ok(Bytes::copy_from_slice(chunk.as_bytes())))
        .collect();
    Values::new(declared, stream::iter(chunks).boxed())
}

/// All values as `line:text` or `line!code`.
async fn cut(declared: Declared, chunks: &[&str]) -> Vec<String> {
    let mut values = values(declared, chunks);
    let mut told = Vec::new();
    while let Some(Value { line, text }) = values.next().await {
        told.push(match text {
            Ok(text) => format!("{line}:{}", String::from_utf8_lossy(&text)),
            Err(problem) => format!("{line}!{}", problem.code),
        });
    }
    told
}

#[tokio::test]
async fn lines_are_cut_at_line_ends_however_they_arrive() {
    let expected = ["1:{\"a\":1}", "3:{\"b\":2}"];
    assert_eq!(cut(Declared::Lines, &["{\"a\":1}\n\n{\"b\":2}\n"]).await, expected);
    assert_eq!(
        cut(Declared::Lines, &["{\"a\"", ":1}\n", "\n{\"b\"", ":2}"]).await,
        expected
    );
    assert_eq!(cut(Declared::Json, &["{\"a\":1}\n\n", "{\"b\":2}\n"]).await, expected);
}

#[tokio::test]
async fn a_bad_line_costs_that_line_only() {
    assert_eq!(
        cut(Declared::Lines, &["{\"a\":\nnonsense\n{}\n"]).await,
        ["1:{\"a\":", "2:nonsense", "3:{}"]
    );
}

#[tokio::test]
async fn an_oversize_line_is_refused_and_dropped_while_it_streams() {
    let piece = "x".repeat(VALUE_BYTES_MAX / 2 + 1);
    let chunks = ["{}\n", &piece, &piece, &piece, &piece, "\n{\"b\":2}"];
    assert_eq!(
        cut(Declared::Lines, &chunks).await,
        ["1:{}", "2!too-large", "3:{\"b\":2}"]
    );
    let whole = format!("{piece}{piece}\n{{}}");
    assert_eq!(cut(Declared::Lines, &[&whole]).await, ["1!too-large", "2:{}"]);
}

#[tokio::test]
async fn an_array_is_cut_at_its_objects() {
    let text = "[\n {\"a\":[1,{\"t\":\"}]\\\"\"}]},\n\n {\"b\":2} ]\n";
    let expected = ["2:{\"a\":[1,{\"t\":\"}]\\\"\"}]}", "4:{\"b\":2}"];
    assert_eq!(cut(Declared::Json, &[text]).await, expected);
    let bytes: Vec<_> = (0..text.len()).map(|at| &text[at..=at]).collect();
    assert_eq!(cut(Declared::Json, &bytes).await, expected);
    assert!(cut(Declared::Json, &["[]"]).await.is_empty());
}

#[tokio::test]
async fn an_object_may_spread_over_lines() {
    assert_eq!(
        cut(Declared::Json, &["\n{\n\"a\":1\n}\n{\"b\":2}"]).await,
        ["2:{\n\"a\":1\n}", "5:{\"b\":2}"]
    );
}

#[tokio::test]
async fn what_is_no_object_ends_a_nested_body_with_its_line() {
    assert_eq!(cut(Declared::Json, &["[{},\n7,{}]"]).await, ["1:{}", "2!bad-json"]);
    assert_eq!(cut(Declared::Json, &["[{}"]).await, ["1:{}", "1!bad-json"]);
    assert_eq!(cut(Declared::Json, &["[{}] {}"]).await, ["1:{}", "1!bad-json"]);
    assert_eq!(cut(Declared::Json, &["garbage"]).await, ["1!bad-json"]);
    assert_eq!(cut(Declared::Json, &["{\"a\":\n{"]).await, ["1!bad-json"]);
    assert_eq!(cut(Declared::Json, &[&"{\"a\":".repeat(40)]).await, ["1!bad-json"]);
}

#[tokio::test]
async fn an_oversize_object_ends_a_nested_body() {
    let long = format!("[{{\"a\":\"{}\"}}]", "x".repeat(VALUE_BYTES_MAX));
    assert_eq!(cut(Declared::Json, &[&long]).await, ["1!too-large"]);
}

#[tokio::test]
async fn an_empty_body_has_no_values() {
    assert!(cut(Declared::Json, &[]).await.is_empty());
    assert!(cut(Declared::Lines, &["\n \n"]).await.is_empty());
    assert!(cut(Declared::Json, &[" \n"]).await.is_empty());
}

#[tokio::test]
async fn a_body_that_breaks_off_says_so_after_what_arrived() {
    let chunks = vec![Ok(Bytes::from_static(b"{}\n{")), Err("reset".to_owned())];
    let mut values = Values::new(Declared::Lines, stream::iter(chunks).boxed());
    assert!(values.next().await.unwrap().text.is_ok());
    assert_eq!(values.next().await.unwrap().text.unwrap_err().code, "bad-request");
    assert!(values.next().await.is_none());
}

#[tokio::test]
async fn a_batch_takes_what_has_arrived_and_no_more_than_a_thousand() {
    let text = "{}\n".repeat(BATCH_VALUES_MAX + 500);
    let mut values = values(Declared::Lines, &[&text]);
    assert_eq!(values.batch().await.unwrap().len(), BATCH_VALUES_MAX);
    assert_eq!(values.batch().await.unwrap().len(), 500);
    assert!(values.batch().await.is_none());
}

#[tokio::test]
async fn a_pause_sends_what_has_arrived() {
    let pausing = stream::iter([Ok(Bytes::from_static(b"{}\n{}\n"))]).chain(stream::pending());
    let mut values = Values::new(Declared::Lines, pausing.boxed());
    assert_eq!(values.batch().await.unwrap().len(), 2);
}
