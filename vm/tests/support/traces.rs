//! The parts of a trace, to be changed.

/// The blocks of a trace: where each begins, its length, and its records.
pub(crate) fn blocks(trace: &[u8]) -> Vec<(usize, usize)> {
    let (mut at, mut found) = (10, Vec::new());
    while at + 12 <= trace.len() {
        let length = u32::from_le_bytes(trace[at..at + 4].try_into().expect("four bytes")) as usize;
        found.push((at, length));
        at += 12 + length;
    }
    found
}

/// The checksum of a block, as `trace/file.rs` has it.
pub(crate) fn seal(trace: &mut [u8], (at, length): (usize, usize)) {
    let words = trace[at + 12..at + 12 + length].chunks(8).map(|chunk| {
        let mut word = [0; 8];
        word[..chunk.len()].copy_from_slice(chunk);
        u64::from_le_bytes(word)
    });
    let sum = words.fold(0xcbf2_9ce4_8422_2325, |sum: u64, word| {
        (sum ^ word).wrapping_mul(0x100_0000_01b3).rotate_left(23)
    });
    trace[at + 4..at + 12].copy_from_slice(&sum.to_le_bytes());
}
