//! The command line of `hydra-vm`.

mod completions;
mod files;
mod machine;
mod man;
mod memory;
mod quantity;
mod replay;
mod run;
mod say;
mod stats;
mod verify;

pub(crate) use memory::Counting;

use clap::{Args, Parser, Subcommand, ValueEnum};
use std::path::PathBuf;
use std::process::ExitCode;

/// Runs CSP programs, compiled by hydrac or straight from their text, on all cores.
#[derive(Parser)]
#[command(name = "hydra-vm", version, propagate_version = true, after_help = EXAMPLES)]
struct Cli {
    #[command(subcommand)]
    command: Command,
    #[command(flatten)]
    say: Say,
}

const EXAMPLES: &str = "\
Examples:
  hydra-vm run sieve.csp                     compile in memory and run on all cores
  hydra-vm run sieve.hbc --workers 1         run a compiled program on one worker
  hydra-vm run sieve.hbc --set limit=1000    set a param of the program
  hydra-vm run race.hbc --seed 7             repeat one of the possible runs exactly
  hydra-vm run conway.hbc --bind cardfile=cards.txt --bind lineprinter=-
  hydra-vm run echo.csp --allow net          let it listen and connect
  hydra-vm run race.hbc --record race.hbt    record a run on all cores
  hydra-vm replay race.hbt                   repeat it to the byte
  hydra-vm verify sieve.hbc                  check a compiled program without running it

Exit status of run: 0 done, 1 failure, 2 wrong usage or unreadable program, 3 deadlock, 4 a limit was reached,
130 interrupted, 143 terminated.";

#[derive(Subcommand)]
enum Command {
    /// Run a program (.hbc, or .csp which is compiled in memory)
    #[command(after_help = EXAMPLES)]
    Run(RunArgs),
    /// Repeat a run that was recorded with `run --record`: the same output, report and exit status
    #[command(after_help = REPLAY)]
    Replay(ReplayArgs),
    /// Check that a compiled program is whole and well formed
    Verify {
        /// The compiled program
        program: PathBuf,
    },
    /// Print what a shell reads to complete command lines, as in `hydra-vm completions bash >> ~/.bash_completion`
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
    /// Print the manual page, as in `hydra-vm man | man -l -`
    Man {
        /// The page of a command
        command: Option<String>,
    },
}

/// Settings of a run.
#[derive(Args)]
struct RunArgs {
    /// The program: compiled (.hbc), or its text (.csp)
    program: PathBuf,
    /// Arguments of the program, after `--`; its process ARGUMENTS of std/environment outputs them
    #[arg(last = true, value_name = "ARGUMENT")]
    arguments: Vec<String>,
    /// Let the program use the outside by processes of the standard library: fs (files by name, to read, make and overwrite),
    /// net (connections of TCP), env (variables of the environment). Without it such a process fails
    #[arg(long, value_name = "fs,net,env", value_delimiter = ',')]
    allow: Vec<hydra_vm::Permission>,
    /// Threads that run processes [default: all cores]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    workers: Option<u16>,
    /// Draw every choice from a generator with this seed, on one worker and in virtual time: the same seed gives the same run
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// Give a param its value
    #[arg(long = "set", value_name = "NAME=VALUE", value_parser = pair)]
    set: Vec<(String, String)>,
    /// Bind an extern to a file, or to the standard input and output (-)
    #[arg(long = "bind", value_name = "NAME=FILE|-", value_parser = pair)]
    bind: Vec<(String, String)>,
    /// Write down what is not determined in the run, and all that it is told from outside, so that `hydra-vm replay` can
    /// repeat it exactly
    #[arg(long, value_name = "TRACE", conflicts_with = "paranoid")]
    record: Option<PathBuf>,
    /// End the run when it uses more memory than this, as in 512M or 2G [default: 80 % of the machine's]
    #[arg(long, value_name = "BYTES", value_parser = quantity::bytes)]
    max_memory: Option<u64>,
    /// End the run when more processes than this are alive
    #[arg(long, value_name = "N")]
    max_processes: Option<u64>,
    /// End the run after about so many steps (turns of loops and communications)
    #[arg(long, value_name = "N")]
    max_steps: Option<u64>,
    /// End the run when it has written more than this
    #[arg(long, value_name = "BYTES", value_parser = quantity::bytes)]
    max_output: Option<u64>,
    /// Evaluate each expression in braces that became bytecode by rhai, too, on copies, and end the run at the first
    /// difference. A compiled program must be made for that with `hydrac compile --fragments both`
    #[arg(long)]
    paranoid: bool,
    /// End the run after this time, as in 10s, 500ms or 2m
    #[arg(long, value_name = "TIME", value_parser = quantity::time)]
    timeout: Option<std::time::Duration>,
    /// Say at the end what the run did, on the error output
    #[arg(long, value_enum, value_name = "FORMAT", num_args = 0..=1, require_equals = true, default_missing_value = "table")]
    stats: Option<Stats>,
}

const REPLAY: &str = "\
The trace has the program, its params, and all that came from outside, by streams, files, connections, the environment and
clocks: nothing else is needed, and nothing has to be allowed. A replay is on one worker and does not wait for time. It repeats
what was written to the standard outputs; it sends nothing, and writes no files but those that --bind names. It ends as the
recorded run did, with the same exit status, or with 2 if the trace is damaged, or ends before the run did because that was
killed.";

/// Settings of a replay.
#[derive(Args)]
struct ReplayArgs {
    /// What `run --record` has written
    trace: PathBuf,
    /// Write what goes to an extern to a file, or to the standard output (-) [default: nowhere, if it was bound to a file]
    #[arg(long = "bind", value_name = "NAME=FILE|-", value_parser = pair)]
    bind: Vec<(String, String)>,
    /// End the replay when it uses more memory than this, as in 512M or 2G [default: 80 % of the machine's]
    #[arg(long, value_name = "BYTES", value_parser = quantity::bytes)]
    max_memory: Option<u64>,
    /// End the replay after this time, as in 10s, 500ms or 2m
    #[arg(long, value_name = "TIME", value_parser = quantity::time)]
    timeout: Option<std::time::Duration>,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Stats {
    /// for people
    Table,
    /// one JSON object
    Json,
}

/// How reports are written.
#[derive(Args, Clone, Copy)]
struct Say {
    /// Color reports
    #[arg(long, value_enum, default_value_t = Color::Auto, global = true, value_name = "WHEN")]
    color: Color,
    /// Write reports for people, or as one line of JSON each
    #[arg(long, value_enum, default_value_t = MessageFormat::Human, global = true, value_name = "FORMAT")]
    message_format: MessageFormat,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Color {
    /// if the error output is a terminal
    Auto,
    /// always
    Always,
    /// never
    Never,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum MessageFormat {
    /// text with excerpts of the source
    Human,
    /// one JSON object a line
    Json,
}

fn pair(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.trim().is_empty() => Ok((name.trim().to_owned(), value.to_owned())),
        _ => Err("NAME=VALUE is wanted".into()),
    }
}

/// Does what the command line says.
pub(crate) fn main() -> ExitCode {
    let cli = Cli::parse();
    match cli.command {
        Command::Run(args) => run::run(args, cli.say),
        Command::Replay(args) => replay::replay(args, cli.say),
        Command::Verify { program } => verify::verify(&program, cli.say),
        Command::Completions { shell } => completions::completions(shell, cli.say),
        Command::Man { command } => man::man(command.as_deref(), cli.say),
    }
}
