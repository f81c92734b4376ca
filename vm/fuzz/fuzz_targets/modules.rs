#![no_main]
//! Modules made by changing good ones: verified, and run within limits.

#[path = "../../bytecode/tests/common/mod.rs"]
mod common;
#[path = "../hostile.rs"]
mod hostile;
#[path = "../../tests/support/numbers.rs"]
mod numbers;
#[path = "../sample.rs"]
mod sample;

static ENGINE: std::sync::LazyLock<hydra_vm::Engine> =
    std::sync::LazyLock::new(|| hydra_vm::Engine::new(1).expect("a thread"));

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let _ = hostile::modules(data, &ENGINE);
});
