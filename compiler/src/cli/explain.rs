//! `hydrac explain`: what the code of an error or warning means.

use super::{Status, complain, print};
use clap::Args;
use hydrac::explain::{entries, explain};

const EXAMPLES: &str = "\
Examples:
  hydrac explain H0501                    with a wrong program, and how to mend it
  hydrac explain                          all codes";

/// Explain the code of an error or warning, or list all codes
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Explain {
    /// The code, as in error[H0501]
    code: Option<String>,
}

impl Explain {
    pub(super) fn run(&self) -> Status {
        let text = match self.code.as_deref().map(|code| (code, explain(code))) {
            None => entries()
                .map(|entry| format!("{}  {}\n", entry.code, entry.title))
                .collect(),
            Some((_, Some(entry))) => format!("{}: {}\n\n{}\n", entry.code, entry.title, entry.text),
            Some((code, None)) => {
                complain(&format!("there is no code {code}; `hydrac explain` lists all"));
                return Status::Usage;
            }
        };
        print(text.as_bytes())
    }
}
