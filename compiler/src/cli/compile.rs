//! `hydrac compile`

use super::{Defines, Status, Style, complain, dump, files, status};
use clap::Args;
use std::mem::ManuallyDrop;
use std::path::{Path, PathBuf};

const EXAMPLES: &str = "\
Examples:
  hydrac compile sieve.csp
  hydrac compile sieve.csp -o build/sieve.hbc
  hydrac compile sieve.csp -D N=200       the constant N of the program becomes 200

Nothing is written if the program has an error. Warnings do not keep it from being compiled.";

/// Compile a program to bytecode
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Compile {
    /// The program
    #[arg(value_name = "PROG.csp")]
    program: PathBuf,
    /// Where the bytecode goes; by default beside the program, with the extension .hbc
    #[arg(short, long, value_name = "PROG.hbc")]
    output: Option<PathBuf>,
    #[command(flatten)]
    defines: Defines,
}

impl Compile {
    pub(super) fn run(&self, style: Style) -> Status {
        let output = self
            .output
            .clone()
            .unwrap_or_else(|| self.program.with_extension("hbc"));
        if same_file(&output, &self.program) {
            complain(&format!(
                "{} is the program itself; name another output with -o",
                output.display()
            ));
            return Status::Usage;
        }
        let loaded = hydrac::load::load(&self.program.to_string_lossy(), &mut files::FileSystem);
        let options = match self.defines.options(&loaded) {
            Ok(options) => options,
            Err(status) => return status,
        };
        // the process ends when this is done, and nobody waits until the trees are freed
        let outcome = ManuallyDrop::new(hydrac::compile_loaded(loaded, &options));
        style.reports(&outcome.reports, &outcome.sources);
        let Some(module) = &outcome.module else {
            style.hint(&outcome.reports);
            return status(&outcome.reports).max(Status::Errors);
        };
        match files::write(&output, &dump::encode(module)) {
            Ok(()) => Status::Fine,
            Err(problem) => {
                complain(&format!(
                    "cannot write {}: {}",
                    output.display(),
                    files::in_words(&problem)
                ));
                Status::Usage
            }
        }
    }
}

fn same_file(one: &Path, other: &Path) -> bool {
    one == other || matches!((one.canonicalize(), other.canonicalize()), (Ok(one), Ok(other)) if one == other)
}
