//! `hydrac`, the compiler of Hydra, on the command line.
#![forbid(unsafe_code)]

mod cli;

use std::process::ExitCode;

/// Trees are many small pieces, and a long program touches much fresh memory: with glibc's allocator 100,000 lines take half as
/// much time again, a third of it page faults.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    // a program becomes the same bytecode each time
    hydra_stdlib::engine::settle_names();
    // deep programs are walked by recursion
    let compiler = std::thread::Builder::new()
        .name("hydrac".into())
        .stack_size(hydrac::STACK_BYTES)
        .spawn(cli::run);
    match compiler.map(std::thread::JoinHandle::join) {
        Ok(Ok(code)) => code,
        // a panic has been printed
        Ok(Err(_)) => ExitCode::from(101),
        Err(problem) => {
            cli::complain(&format!("cannot start a thread: {problem}"));
            ExitCode::from(2)
        }
    }
}
