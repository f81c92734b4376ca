//! `hydra-vm man`: the manual page.

use super::say::{print, wrong};
use super::{Cli, Say};
use clap::CommandFactory;
use clap_mangen::Man;
use std::process::ExitCode;

/// Prints the page of a command, or of all.
pub(super) fn man(command: Option<&str>, how: Say) -> ExitCode {
    let mut all = Cli::command();
    all.build();
    let found = match command {
        None => Some(&all),
        Some(name) => all.find_subcommand(name),
    };
    let Some(found) = found else {
        return wrong(how, format!("there is no command {}", command.unwrap_or_default()));
    };
    let mut page = Vec::new();
    let man = Man::new(found.clone()).source(concat!("hydra-vm ", env!("CARGO_PKG_VERSION")));
    match man.render(&mut page) {
        Ok(()) => print(how, &page),
        Err(problem) => wrong(how, problem.to_string()),
    }
}
