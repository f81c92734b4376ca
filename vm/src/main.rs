//! `hydra-vm`: runs compiled programs.

mod cli;

fn main() -> std::process::ExitCode {
    cli::main()
}
