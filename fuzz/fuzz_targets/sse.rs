//! `cargo +nightly fuzz run sse`. What it does is in `tests/support/fuzz.rs`, which
//! `tests/fuzz.rs` runs on a stable compiler too.
#![no_main]

#[path = "../../tests/support/fuzz.rs"]
#[allow(dead_code)] // the other targets
mod targets;

libfuzzer_sys::fuzz_target!(|input: &[u8]| targets::sse(input));
