//! The parts of a trace, to be changed.

/// Bytes before the first block: the magic and the version.
pub(crate) const HEAD: usize = 10;

/// The blocks of a trace: where each begins, its length, and its records.
pub(crate) fn blocks(trace: &[u8]) -> Vec<(usize, usize)> {
    let (mut at, mut found) = (HEAD, Vec::new());
    while at + 12 <= trace.len() {
        let length = u32::from_le_bytes(trace[at..at + 4].try_into().expect("four bytes")) as usize;
        found.push((at, length));
        at += 12 + length;
    }
    found
}

/// The checksum of records, as `trace/file.rs` has it.
fn checksum(records: &[u8]) -> u64 {
    let words = records.chunks(8).map(|chunk| {
        let mut word = [0; 8];
        word[..chunk.len()].copy_from_slice(chunk);
        u64::from_le_bytes(word)
    });
    words.fold(0xcbf2_9ce4_8422_2325, |sum: u64, word| {
        (sum ^ word).wrapping_mul(0x100_0000_01b3).rotate_left(23)
    })
}

/// Gives a block that was changed the right checksum.
#[allow(dead_code, reason = "not all change blocks where they are")]
pub(crate) fn seal(trace: &mut [u8], (at, length): (usize, usize)) {
    let sum = checksum(&trace[at + 12..at + 12 + length]);
    trace[at + 4..at + 12].copy_from_slice(&sum.to_le_bytes());
}

/// Appends a block with these records.
#[allow(dead_code, reason = "not all make blocks")]
pub(crate) fn add(trace: &mut Vec<u8>, records: &[u8]) {
    trace.extend_from_slice(&(records.len() as u32).to_le_bytes());
    trace.extend_from_slice(&checksum(records).to_le_bytes());
    trace.extend_from_slice(records);
}
