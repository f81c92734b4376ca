//! `hydra-vm`: runs compiled programs.

mod cli;

#[global_allocator]
static MEMORY: cli::Counting = cli::Counting;

fn main() -> std::process::ExitCode {
    hydra_stdlib::engine::settle_names();
    hydra_stdlib::engine::keep_quiet();
    cli::main()
}
