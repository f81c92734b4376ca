#![no_main]
//! Text to the compiler.

#[path = "../hostile.rs"]
mod hostile;

use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{LazyLock, Mutex};

/// A thread with the stack that the compiler asks for.
static COMPILER: LazyLock<Mutex<(SyncSender<Vec<u8>>, Receiver<()>)>> = LazyLock::new(|| {
    let (texts, wanted) = sync_channel::<Vec<u8>>(0);
    let (done, answers) = sync_channel(0);
    let compile = move || {
        for text in wanted {
            let _ = hostile::text(&text);
            if done.send(()).is_err() {
                break;
            }
        }
    };
    let thread = std::thread::Builder::new()
        .stack_size(hydrac::STACK_BYTES)
        .spawn(compile);
    drop(thread.expect("a thread"));
    Mutex::new((texts, answers))
});

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let compiler = COMPILER.lock().expect("nobody panicked with it");
    compiler.0.send(data.to_vec()).expect("it listens");
    compiler.1.recv().expect("it answers");
});
