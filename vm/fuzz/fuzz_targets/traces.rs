#![no_main]
//! Traces: as they are, and made by changing good ones; what can be read is replayed within limits.

#[path = "../again.rs"]
mod again;
#[path = "../../tests/support/numbers.rs"]
mod numbers;
#[path = "../../tests/support/traces.rs"]
mod traces;

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let _ = again::traces(data);
});
