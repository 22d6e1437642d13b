//! What a person types and sees, word for word.

#[test]
fn transcripts_are_true() {
    trycmd::TestCases::new().case("tests/cli/*.md");
}
