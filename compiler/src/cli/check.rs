//! `hydrac check`

use super::{Defines, Status, Style, files, status};
use clap::Args;
use std::path::PathBuf;

const EXAMPLES: &str = "\
Examples:
  hydrac check sieve.csp
  hydrac check --message-format json *.csp";

/// Report all errors and warnings of programs and libraries; write nothing
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Check {
    /// The programs
    #[arg(value_name = "PROG.csp", required = true)]
    programs: Vec<PathBuf>,
    #[command(flatten)]
    defines: Defines,
}

impl Check {
    pub(super) fn run(&self, style: Style) -> Status {
        let (mut worst, mut errors, mut warnings) = (Status::Fine, 0, 0);
        let mut all = Vec::new();
        for program in &self.programs {
            let loaded = hydrac::load::load(&program.to_string_lossy(), &mut files::FileSystem);
            let options = match self.defines.options(&loaded) {
                Ok(options) => options,
                Err(status) => return status,
            };
            let reports = hydrac::check_loaded(&loaded, &options).reports;
            style.reports(&reports, &loaded.sources);
            let wrong = reports.iter().filter(|report| report.is_error()).count();
            errors += wrong;
            warnings += reports.len() - wrong;
            worst = worst.max(status(&reports));
            all.extend(reports);
        }
        style.hint(&all);
        let [files, errors, warnings] =
            [(self.programs.len(), "file"), (errors, "error"), (warnings, "warning")].map(|(n, what)| count(n, what));
        style.summary(&format!("{files} checked: {errors}, {warnings}"));
        worst
    }
}

fn count(number: usize, what: &str) -> String {
    match number {
        0 => format!("no {what}s"),
        1 => format!("1 {what}"),
        _ => format!("{number} {what}s"),
    }
}
