//! `hydra-vm run`.

use super::say::{say, wrong};
use super::{RunArgs, Say, Stats, files, machine, memory, stats};
use hydra_vm::bytecode::report::Report;
use hydra_vm::{Binding, Canceller, Config, Engine, Functions, Limits, Outcome, Recording, Status};
use std::io::IsTerminal;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicI32, Ordering};

/// How long a run may take to end after a signal, or when its time is up.
pub(super) const LAST_CHANCE: std::time::Duration = std::time::Duration::from_secs(10);

/// Runs a program; the exit status says how it ended.
pub(super) fn run(args: RunArgs, how: Say) -> ExitCode {
    let module = match files::load(&args.program, args.paranoid, how) {
        Ok(module) => module,
        Err(status) => return status,
    };
    let workers = match (args.seed, args.workers) {
        (Some(_), Some(workers)) if workers > 1 => {
            return wrong(how, "a run with --seed is on one worker; leave --workers out");
        }
        (Some(_), _) => 1,
        (None, Some(workers)) => usize::from(workers),
        (None, None) => std::thread::available_parallelism().map_or(1, usize::from),
    };
    let max_memory = args.max_memory.or_else(|| machine::memory().map(|most| most / 5 * 4));
    let engine = match Engine::new(workers) {
        Ok(engine) => engine,
        Err(problem) => return wrong(how, format!("cannot start {workers} workers: {problem}")),
    };
    let recording = match args.record.as_deref().map(Overwritten::open) {
        None => None,
        Some(Ok(file)) => Some(Recording::new(file)),
        Some(Err(problem)) => {
            let path = args.record.as_deref().unwrap_or(Path::new("")).display();
            return wrong(how, format!("cannot write {path}: {problem}"));
        }
    };
    let sources = module.sources.clone();
    let config = Config {
        seed: args.seed,
        params: args.set.clone(),
        bindings: args
            .bind
            .iter()
            .map(|(name, what)| (name.clone(), binding(what)))
            .collect(),
        stdin: Box::new(std::io::stdin()),
        stdout: Box::new(std::io::stdout()),
        stderr: Box::new(std::io::stderr()),
        by_line: std::io::stdout().is_terminal(),
        on_warning: Box::new(move |report| say(how, report, &sources)),
        values: Vec::new(),
        record: recording.clone(),
        functions: Functions::new(),
        scripts: None,
        allowed: args.allow.clone(),
        arguments: args.arguments.clone(),
        limits: Limits {
            memory: max_memory.map(|most| (most, memory::used as fn() -> u64)),
            processes: args.max_processes,
            steps: args.max_steps,
            output: args.max_output,
            time: args.timeout,
        },
    };
    let signal = Arc::new(AtomicI32::new(0));
    let outcome = engine.run_with(module, config, |canceller| {
        if let Some(most) = max_memory {
            let canceller = canceller.clone();
            memory::limit(most, move || canceller.flush_now());
        }
        if let Some(time) = args.timeout {
            end_after(time.saturating_add(LAST_CHANCE), canceller.clone(), 4);
        }
        watch_signals(&signal, canceller, recording.clone());
    });
    match outcome {
        Err(usage) => wrong(how, usage.to_string()),
        Ok(outcome) => {
            let status = finish(&args, how, &outcome, signal.load(Ordering::Relaxed));
            if let (Some(path), Some(problem)) = (&args.record, recording.and_then(|recording| recording.problem())) {
                let _ = wrong(
                    how,
                    format!("the trace is not whole: cannot write {}: {problem}", path.display()),
                );
            }
            status
        }
    }
}

/// A file whose bytes stay as they were until the first new ones come: what was there is not lost where no run begins.
struct Overwritten {
    file: std::fs::File,
    is_new: bool,
}

impl Overwritten {
    fn open(path: &Path) -> std::io::Result<Overwritten> {
        let file = std::fs::File::options()
            .write(true)
            .create(true)
            .truncate(false)
            .open(path)?;
        Ok(Overwritten { file, is_new: false })
    }
}

impl std::io::Write for Overwritten {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        if !self.is_new {
            self.is_new = true;
            if self.file.metadata()?.is_file() {
                self.file.set_len(0)?;
            }
        }
        self.file.write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.file.flush()
    }
}

pub(super) fn binding(what: &str) -> Binding {
    if what == "-" {
        Binding::Standard
    } else {
        Binding::File(what.into())
    }
}

/// Cancels the run when the user or the system asks for it.
fn watch_signals(signal: &Arc<AtomicI32>, canceller: Canceller, recording: Option<Recording>) {
    let signal = signal.clone();
    machine::on_signals(move |number| {
        if signal.swap(number, Ordering::Relaxed) != 0 {
            std::process::exit(128 + number);
        }
        if let Some(recording) = &recording {
            recording.signalled(number);
        }
        canceller.cancel();
        end_after(LAST_CHANCE, canceller.clone(), 128 + number);
    });
}

/// Ends the process if the run has not ended after this time: it may hang in a write that nobody reads.
pub(super) fn end_after(time: std::time::Duration, canceller: Canceller, status: i32) {
    let wait = move || {
        std::thread::sleep(time);
        canceller.flush_now();
        std::process::exit(status);
    };
    let _ = std::thread::Builder::new().name("hydra end".into()).spawn(wait);
}

fn finish(args: &RunArgs, how: Say, outcome: &Outcome, signal: i32) -> ExitCode {
    if let Some(report) = &outcome.report {
        say(how, &with_command(args, report), &outcome.sources);
    }
    match args.stats {
        Some(Stats::Table) => eprint!("{}", stats::table(&outcome.statistics)),
        Some(Stats::Json) => eprint!("{}", stats::json(&outcome.statistics)),
        None => {}
    }
    #[cfg(feature = "counts")]
    eprint!("{}", hydra_vm::instruction_counts(outcome.statistics.communications));
    match outcome.status {
        Status::Done => 0,
        Status::Failure => 1,
        Status::Deadlock => 3,
        Status::Limit => 4,
        Status::Cancelled => u8::try_from(128 + signal).unwrap_or(130),
    }
    .into()
}

/// A report of a run with a seed, or of one that was recorded, tells how to repeat it.
fn with_command(args: &RunArgs, report: &Report) -> Report {
    if let Some(trace) = &args.record {
        return super::replay::with_command(trace, report);
    }
    let Some(seed) = args.seed else { return report.clone() };
    let mut command = format!(
        "hydra-vm run {} --seed {seed}",
        quoted(&args.program.display().to_string())
    );
    for (flag, pairs) in [("--set", &args.set), ("--bind", &args.bind)] {
        for (name, value) in pairs {
            command += &format!(" {flag} {}", quoted(&format!("{name}={value}")));
        }
    }
    if !args.allow.is_empty() {
        let names: Vec<&str> = args.allow.iter().map(|permission| permission.name()).collect();
        command += &format!(" --allow {}", names.join(","));
    }
    let limits = [
        ("--max-memory", args.max_memory),
        ("--max-processes", args.max_processes),
        ("--max-steps", args.max_steps),
        ("--max-output", args.max_output),
    ];
    for (flag, limit) in limits {
        if let Some(limit) = limit {
            command += &format!(" {flag} {limit}");
        }
    }
    if !args.arguments.is_empty() {
        command += " --";
        for argument in &args.arguments {
            command += &format!(" {}", quoted(argument));
        }
    }
    report.clone().remark(format!("this run is repeated by: {command}"))
}

/// A word as a shell takes it.
pub(super) fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./=,:+@%".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}
