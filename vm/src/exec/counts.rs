//! Which instructions follow which, counted (feature `counts`): what is worth an instruction of its own is chosen by this.

use hydra_bytecode::{Instr, Op};
use std::cell::Cell;
use std::sync::atomic::{AtomicU64, Ordering};

/// By the number of an instruction, and that of the one before it in the same process, both one more than the opcode; 0: none,
/// for it went on after a wait.
static PAIRS: [AtomicU64; 1 << 16] = [const { AtomicU64::new(0) }; 1 << 16];

thread_local! {
    static BEFORE: Cell<u8> = const { Cell::new(0) };
}

/// An instruction is executed.
pub(super) fn see(instr: &Instr) {
    let op = instr.op as u8 + 1;
    let before = BEFORE.replace(op);
    PAIRS[usize::from(before) << 8 | usize::from(op)].fetch_add(1, Ordering::Relaxed);
}

/// Another process goes on.
pub(super) fn other() {
    BEFORE.set(0);
}

/// A line for each pair: how often, the first, and the one that followed; `-` where a process went on after a wait. Then one for
/// each of the cache lines that more than one thread wrote: how often for each of so many communications; the ten that
/// were written most.
pub fn lines(communications: u64) -> String {
    let name = |op: usize| match op.checked_sub(1).and_then(|op| Op::from_u8(op as u8)) {
        Some(op) => format!("{op:?}"),
        None => "-".to_owned(),
    };
    let pairs = PAIRS
        .iter()
        .enumerate()
        .map(|(at, count)| (count.load(Ordering::Relaxed), at));
    let mut pairs: Vec<_> = pairs.filter(|&(count, _)| count > 0).collect();
    pairs.sort_unstable_by(|a, b| b.cmp(a));
    let line = |(count, at): (u64, usize)| format!("{count} {} {}\n", name(at >> 8), name(at & 255));
    let shared = crate::sync::counted::shared_lines();
    let often = |&(writes, threads): &(u64, usize)| {
        let each = writes as f64 / communications.max(1) as f64;
        format!("a cache line is written {each:.6} times a communication, by {threads} threads\n")
    };
    let lines = pairs.into_iter().map(line);
    lines.chain(shared.iter().take(10).map(often)).collect()
}
