//! Every example in `tests/cli/*.md` is typed and its answer compared: the transcripts are the manual and the test.
//!
//! `TRYCMD=overwrite cargo test -p ewtp-node --test cli` writes what the commands answer now; read the difference.

#[test]
fn what_the_transcripts_show_is_what_is_answered() {
    trycmd::TestCases::new()
        // Nothing of the caller's environment may show in a transcript.
        .env("EWTP_DIR", "./ewtp")
        .env("NO_COLOR", "1")
        .case("tests/cli/*.md");
}
