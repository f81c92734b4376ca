//! `hydra-vm completions`: what a shell needs to complete command lines.

use super::{Cli, Say, say::print};
use clap::CommandFactory;
use clap_complete::{Shell, generate};
use std::process::ExitCode;

/// Prints the script for a shell.
pub(super) fn completions(shell: Shell, how: Say) -> ExitCode {
    let mut script = Vec::new();
    generate(shell, &mut Cli::command(), "hydra-vm", &mut script);
    print(how, &script)
}
