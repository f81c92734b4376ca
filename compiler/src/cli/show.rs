//! Prints reports to standard error and listings to standard output.

use super::{Color, MessageFormat, Status, Style, complain};
use hydra_bytecode::{
    Source,
    report::{Renderer, Report},
};
use std::io::{self, IsTerminal, Write};

impl Style {
    /// Prints reports. If nobody reads them, so be it.
    pub(super) fn reports(self, reports: &[Report], sources: &[Source]) {
        let renderer = Renderer::new(sources, self.colored());
        let mut stderr = io::BufWriter::new(io::stderr().lock());
        for report in reports {
            let _ = match self.message_format {
                MessageFormat::Human => stderr.write_all(renderer.render(report).as_bytes()),
                MessageFormat::Json => writeln!(stderr, "{}", renderer.to_json(report)),
            };
        }
        let _ = stderr.flush();
    }

    /// Says where more is told about errors.
    pub(super) fn hint(self, reports: &[Report]) {
        if let Some(first) = reports
            .iter()
            .find(|report| report.is_error() && !report.code.is_empty())
        {
            self.summary(&format!("`hydrac explain {}` tells more", first.code));
        }
    }

    /// Prints a line about the whole, for people only.
    pub(super) fn summary(self, line: &str) {
        if self.message_format == MessageFormat::Human {
            let _ = writeln!(io::stderr(), "{line}");
        }
    }

    fn colored(self) -> bool {
        match self.color {
            Color::Always => true,
            Color::Never => false,
            Color::Auto => {
                let wanted = |name: &str| std::env::var_os(name).is_none_or(|value| value.is_empty());
                wanted("NO_COLOR") && std::env::var_os("TERM").is_none_or(|t| t != "dumb") && io::stderr().is_terminal()
            }
        }
    }
}

/// Prints a listing; a reader that goes away ends it quietly.
pub(super) fn listing(text: &str) -> Status {
    let mut stdout = io::stdout().lock();
    match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
        Err(problem) if problem.kind() != io::ErrorKind::BrokenPipe => {
            complain(&format!("cannot write to standard output: {problem}"));
            Status::Usage
        }
        _ => Status::Fine,
    }
}
