//! `hydrac man`: the manual page.

use super::{Cli, Status, complain, print};
use clap::{Args, CommandFactory};
use clap_mangen::Man as Page;

/// Print the manual page, as in `hydrac man | man -l -`
#[derive(Args)]
pub(super) struct Man {
    /// The page of a command
    command: Option<String>,
}

impl Man {
    pub(super) fn run(&self) -> Status {
        let mut all = Cli::command();
        all.build();
        let command = match &self.command {
            None => &all,
            Some(name) => match all.find_subcommand(name) {
                Some(command) => command,
                None => {
                    complain(&format!("there is no command {name}"));
                    return Status::Usage;
                }
            },
        };
        let mut page = Vec::new();
        let man = Page::new(command.clone()).source(concat!("hydrac ", env!("CARGO_PKG_VERSION")));
        match man.render(&mut page) {
            Ok(()) => print(&page),
            Err(problem) => {
                complain(&problem.to_string());
                Status::Usage
            }
        }
    }
}
