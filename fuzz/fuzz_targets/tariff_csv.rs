#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    ewtp_fuzz::decoders::tariff_csv(bytes);
});
