//! Writing reports.

use super::{Color, MessageFormat, Say};
use hydra_vm::bytecode::Source;
use hydra_vm::bytecode::report::{self, Report, Severity};
use std::io::{IsTerminal, Write};

/// Writes a report to the error output.
pub(super) fn say(how: Say, report: &Report, sources: &[Source]) {
    let color = match how.color {
        Color::Always => true,
        Color::Never => false,
        Color::Auto => std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none(),
    };
    let text = match how.message_format {
        MessageFormat::Human => report::render(report, sources, color),
        MessageFormat::Json => report::to_json(report, sources) + "\n",
    };
    // where nobody reads there is nothing to say
    let _ = std::io::stderr().write_all(text.as_bytes());
}

/// Says that the command was used wrongly, or a file cannot be read.
pub(super) fn wrong(how: Say, message: impl Into<String>) -> std::process::ExitCode {
    say(how, &Report::new(Severity::Error, "", None, message), &[]);
    2.into()
}

/// Prints a made text.
pub(super) fn print(how: Say, text: &[u8]) -> std::process::ExitCode {
    match std::io::stdout().write_all(text) {
        Err(problem) if problem.kind() != std::io::ErrorKind::BrokenPipe => {
            wrong(how, format!("cannot write: {problem}"))
        }
        _ => std::process::ExitCode::SUCCESS,
    }
}
