//! Claimed lengths take no memory. A test binary of its own, since it measures the whole process.
#![cfg(target_os = "linux")]

mod common;

use common::{sample, seal};
use hydra_bytecode::{decode, encode};

/// The most address space that this process has had, in bytes.
fn peak() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmPeak:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<usize>().unwrap() * 1024
}

#[test]
fn claimed_lengths_take_no_memory() {
    let good = encode(&sample());
    assert!(decode(&good).is_ok());
    let before = peak();
    for at in 18..good.len() {
        for length in [
            &[0xff, 0xff, 0x03][..],
            &[0xff, 0xff, 0xff, 0x7f],
            &[0xff; 9],
            &[0xff; 10],
        ] {
            let mut bytes = good.clone();
            bytes.splice(at..=at, length.iter().copied());
            seal(&mut bytes);
            let _ = decode(&bytes);
        }
    }
    assert!(
        peak() - before < 32 << 20,
        "decoding {} bytes took {} bytes",
        good.len(),
        peak() - before
    );
}
