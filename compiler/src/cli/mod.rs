//! The command line: reads files, prints reports, writes bytecode. The only part of the compiler that does.

mod check;
mod compile;
mod completions;
mod dump;
mod explain;
mod files;
mod man;
mod show;

use clap::{Args, Parser, Subcommand, ValueEnum};
use hydra_bytecode::report::Report;
use hydrac::{Options, load::Loaded};
use std::{io::Write, process::ExitCode};

const EXAMPLES: &str = "\
Examples:
  hydrac compile sieve.csp                compile to sieve.hbc
  hydrac compile sieve.csp -o s.hbc -D N=200
                                          another name, and another value of the constant N
  hydrac check *.csp                      all errors and warnings, nothing is written
  hydrac dump sieve.hbc                   the bytecode as a listing
  hydrac explain H0501                    what an error means, and how to mend it
  hydra-vm run sieve.hbc                  run it

Exit status: 0 fine, 1 errors in the program, 2 wrong usage or unreadable file.";

#[derive(Parser)]
#[command(name = "hydrac", version, about = "Compiles Hydra CSP programs to bytecode", after_help = EXAMPLES)]
#[command(arg_required_else_help = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
    #[command(flatten)]
    style: Style,
}

#[derive(Subcommand)]
enum Command {
    Compile(compile::Compile),
    Check(check::Check),
    Dump(dump::Dump),
    Explain(explain::Explain),
    Completions(completions::Completions),
    Man(man::Man),
}

/// How reports look.
#[derive(Args, Clone, Copy)]
struct Style {
    /// Whether reports are colored
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    color: Color,
    /// How reports are written to standard error
    #[arg(long, global = true, value_name = "FORMAT", default_value = "human")]
    message_format: MessageFormat,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Color {
    /// on a terminal
    Auto,
    /// in any case
    Always,
    /// not at all
    Never,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum MessageFormat {
    /// with the lines of the program
    Human,
    /// one JSON object in a line
    Json,
}

/// Values for constants.
#[derive(Args)]
struct Defines {
    /// Give a constant of the program another value (may be repeated)
    #[arg(short = 'D', long = "define", value_name = "NAME=VALUE", value_parser = define)]
    defines: Vec<(String, String)>,
    /// What becomes of rhai in braces
    #[arg(long, value_name = "HOW", default_value = "lowered")]
    fragments: Braces,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Braces {
    /// bytecode where that means the same, the rest is evaluated by rhai
    Lowered,
    /// rhai evaluates all
    Rhai,
    /// both ways, compared with each other as the program runs: see `hydra-vm run --paranoid`
    Both,
}

fn define(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.trim().is_empty() => Ok((name.trim().to_string(), value.to_string())),
        _ => Err("write NAME=VALUE".to_string()),
    }
}

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Status {
    Fine,
    /// The program has errors.
    Errors,
    /// Wrong usage, or a file that cannot be read or written.
    Usage,
}

/// Does what the command line says.
pub(crate) fn run() -> ExitCode {
    let cli = Cli::parse();
    let status = match &cli.command {
        Command::Compile(command) => command.run(cli.style),
        Command::Check(command) => command.run(cli.style),
        Command::Dump(command) => command.run(cli.style),
        Command::Explain(command) => command.run(),
        Command::Completions(command) => command.run(),
        Command::Man(command) => command.run(),
    };
    ExitCode::from(status as u8)
}

/// Says what has no place in a program.
pub(crate) fn complain(problem: &str) {
    // whoever closed standard error does not want to know
    let _ = writeln!(std::io::stderr(), "error: {problem}");
}

/// Prints a made text.
fn print(text: &[u8]) -> Status {
    match std::io::stdout().write_all(text) {
        Err(problem) if problem.kind() != std::io::ErrorKind::BrokenPipe => {
            complain(&format!("cannot write: {problem}"));
            Status::Usage
        }
        _ => Status::Fine,
    }
}

/// The status that reports call for: a program that cannot be read, and a `-D` that does not fit, are wrong usage.
fn status(reports: &[Report]) -> Status {
    let usage = ["H0400", "H0413", "H0414"];
    if reports.iter().any(|report| usage.contains(&report.code)) {
        Status::Usage
    } else if reports.iter().any(Report::is_error) {
        Status::Errors
    } else {
        Status::Fine
    }
}

impl Defines {
    /// What the compiler is told; a name that is no constant of the program is wrong usage.
    fn options(&self, loaded: &Loaded) -> Result<Options, Status> {
        use hydrac::syntax::ast::Item;
        // names can be missing in what could not be read
        let whole = !loaded.reports.iter().any(Report::is_error);
        let known = |name: &str| {
            let mut items = loaded.files.iter().flat_map(|file| &file.program.items);
            items.any(|item| matches!(item, Item::Const { name: constant, .. } if constant.text == name))
        };
        match self.defines.iter().find(|(name, _)| whole && !known(name)) {
            Some((name, _)) => {
                complain(&format!("-D {name}: the program has no constant of that name"));
                Err(Status::Usage)
            }
            None => Ok(Options {
                defines: self.defines.clone(),
                fragments: match self.fragments {
                    Braces::Lowered => hydrac::Fragments::Lowered,
                    Braces::Rhai => hydrac::Fragments::Rhai,
                    Braces::Both => hydrac::Fragments::Both,
                },
                ..Options::default()
            }),
        }
    }
}
