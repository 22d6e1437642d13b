#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    ewtp_fuzz::admin::schedule_form(bytes);
});
