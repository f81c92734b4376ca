//! Counts the memory of the process, so that a program that needs too much ends with a report instead of being killed.
//!
//! Each thread counts for itself and adds to the common count when it has 64 KB together. The run looks at the count now
//! and then and ends with a report; an allocation that goes beyond the limit before that ends the process at once.
//! The system's allocator stays: mimalloc made programs that start processes or make strings not more than a tenth faster, took
//! 10 MB more at the start, and went beyond the limit by 40 MB.
//! An island of `unsafe`: a global allocator cannot be had without.

#![allow(unsafe_code)]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

/// The system's allocator with a count.
pub(crate) struct Counting;

static USED: AtomicI64 = AtomicI64::new(0);
/// Bytes at which the process ends at once.
static MOST: AtomicU64 = AtomicU64::new(u64::MAX);
/// What is done before that: writes out what was printed.
static LAST_WORDS: std::sync::OnceLock<Box<dyn Fn() + Send + Sync>> = std::sync::OnceLock::new();

/// What a thread collects before it adds to the common count.
const BATCH_BYTES: i64 = 64 << 10;
/// How far beyond the limit an allocation may go before the process ends.
const SLACK_BYTES: u64 = 16 << 20;

thread_local! {
    static OWN: Cell<i64> = const { Cell::new(0) };
}

/// Bytes in use.
pub(super) fn used() -> u64 {
    u64::try_from(USED.load(Ordering::Relaxed)).unwrap_or(0)
}

/// Sets the limit, and what is done if it has to be enforced by ending the process.
pub(super) fn limit(most: u64, last_words: impl Fn() + Send + Sync + 'static) {
    let _ = LAST_WORDS.set(Box::new(last_words));
    MOST.store(most.saturating_add(SLACK_BYTES), Ordering::Relaxed);
}

/// What an allocation takes: the system's allocator keeps a word for itself and rounds up.
#[inline]
const fn taken(size: usize) -> i64 {
    const LEAST: usize = 24;
    let size = if size < LEAST { LEAST } else { size };
    (size.saturating_add(8 + 15) & !15) as i64
}

#[inline]
fn count(bytes: i64) {
    // a thread that ends has no count of its own any more
    let own = OWN.try_with(|own| {
        let sum = own.get() + bytes;
        let batch = if sum.abs() >= BATCH_BYTES { sum } else { 0 };
        own.set(sum - batch);
        batch
    });
    let batch = own.unwrap_or(bytes);
    if batch != 0 {
        let used = USED.fetch_add(batch, Ordering::Relaxed) + batch;
        if batch > 0 && u64::try_from(used).unwrap_or(0) > MOST.load(Ordering::Relaxed) {
            end(batch);
        }
    }
}

#[cold]
fn end(bytes: i64) {
    // what follows may allocate itself, and only the first who comes here does it
    if MOST.swap(u64::MAX, Ordering::Relaxed) == u64::MAX {
        return;
    }
    if let Some(last_words) = LAST_WORDS.get() {
        last_words();
    }
    let asked = if bytes >= 1 << 20 {
        format!(": {} MB were asked for at once", bytes >> 20)
    } else {
        String::new()
    };
    eprintln!("limit reached: the program needs more memory than it may use (--max-memory){asked}");
    std::process::exit(4);
}

// SAFETY: all work is done by the system's allocator, with the arguments that its contract is for; counting does not
// touch the memory.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(taken(layout.size()));
        // SAFETY: as the caller promises.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        count(taken(layout.size()));
        // SAFETY: as the caller promises.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        count(-taken(layout.size()));
        // SAFETY: as the caller promises.
        unsafe { System.dealloc(memory, layout) }
    }

    unsafe fn realloc(&self, memory: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count(taken(size) - taken(layout.size()));
        // SAFETY: as the caller promises.
        unsafe { System.realloc(memory, layout, size) }
    }
}
