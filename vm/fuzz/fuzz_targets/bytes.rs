#![no_main]
//! Bytes as a compiled program: decoded and verified.

#[path = "../../bytecode/tests/common/mod.rs"]
mod common;
#[path = "../hostile.rs"]
mod hostile;
#[path = "../../tests/support/numbers.rs"]
mod numbers;
#[path = "../sample.rs"]
mod sample;

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let _ = hostile::bytes(data);
});
