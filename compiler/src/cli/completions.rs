//! `hydrac completions`: what a shell needs to complete command lines.

use super::{Cli, Status, print};
use clap::{Args, CommandFactory};
use clap_complete::{Shell, generate};

/// Print what a shell reads to complete hydrac's command lines, as in `hydrac completions bash >> ~/.bash_completion`
#[derive(Args)]
pub(super) struct Completions {
    /// The shell
    shell: Shell,
}

impl Completions {
    pub(super) fn run(&self) -> Status {
        let mut script = Vec::new();
        generate(self.shell, &mut Cli::command(), "hydrac", &mut script);
        print(&script)
    }
}
