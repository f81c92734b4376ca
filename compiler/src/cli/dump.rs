//! `hydrac dump`

use super::{Defines, Status, Style, complain, files, show, status};
use clap::{Args, ValueEnum};
use hydra_bytecode::Module;
use hydrac::syntax;
use std::path::PathBuf;

const EXAMPLES: &str = "\
Examples:
  hydrac dump sieve.csp                   the bytecode it is compiled to
  hydrac dump sieve.hbc                   the bytecode in a file
  hydrac dump sieve.csp --stage ast       the tree of the program as it is written";

/// List what the compiler makes of a program, stage by stage
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Dump {
    /// A program, or bytecode
    #[arg(value_name = "PROG.csp|PROG.hbc")]
    program: PathBuf,
    /// Which stage is listed
    #[arg(long, value_name = "STAGE", default_value = "bytecode")]
    stage: Stage,
    #[command(flatten)]
    defines: Defines,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Stage {
    /// place, kind and text of each token
    Tokens,
    /// the tree of what is written
    Ast,
    /// the tree with names resolved and types known
    Checked,
    /// the instructions and tables of the virtual machine
    Bytecode,
}

impl Dump {
    pub(super) fn run(&self, style: Style) -> Status {
        if self.program.extension().is_some_and(|extension| extension == "hbc") {
            return self.bytecode_file();
        }
        let loaded = hydrac::load::load(&self.program.to_string_lossy(), &mut files::FileSystem);
        let options = match self.defines.options(&loaded) {
            Ok(options) => options,
            Err(status) => return status,
        };
        let text = loaded.sources.first().map_or("", |source| &source.text);
        let (text, reports, sources) = match self.stage {
            Stage::Tokens => (Some(syntax::tokens(text)), loaded.reports, loaded.sources),
            Stage::Ast => {
                let program = loaded
                    .files
                    .first()
                    .map(|file| syntax::print::listing(&file.program, text));
                (program, loaded.reports, loaded.sources)
            }
            Stage::Checked => {
                let checked = hydrac::check_loaded(&loaded, &options);
                (
                    checked.program.as_ref().map(checked_listing),
                    checked.reports,
                    loaded.sources,
                )
            }
            Stage::Bytecode => {
                let outcome = hydrac::compile_loaded(loaded, &options);
                (
                    outcome.module.as_ref().map(bytecode_listing),
                    outcome.reports,
                    outcome.sources,
                )
            }
        };
        style.reports(&reports, &sources);
        status(&reports).max(text.map_or(Status::Errors, |text| show::listing(&text)))
    }

    fn bytecode_file(&self) -> Status {
        let path = self.program.display();
        if self.stage != Stage::Bytecode {
            complain(&format!("{path} is bytecode; the other stages are those of a program"));
            return Status::Usage;
        }
        let bytes = match files::read(&self.program) {
            Ok(bytes) => bytes,
            Err(problem) => {
                complain(&format!("cannot read {path}: {}", files::in_words(&problem)));
                return Status::Usage;
            }
        };
        match decode(&bytes) {
            Ok(module) => show::listing(&bytecode_listing(&module)),
            Err(problem) => {
                complain(&format!("{path}: {problem}"));
                Status::Usage
            }
        }
    }
}

/// The bytes of a `.hbc` file.
pub(super) fn encode(module: &Module) -> Vec<u8> {
    hydra_bytecode::encode(module)
}

fn decode(bytes: &[u8]) -> Result<Module, String> {
    hydra_bytecode::decode(bytes).map_err(|problem| problem.to_string())
}

fn bytecode_listing(module: &Module) -> String {
    hydra_bytecode::listing(module)
}

fn checked_listing(program: &hydrac::check::tree::CheckedProgram) -> String {
    hydrac::check::print::listing(program)
}
