//! `hydra-vm replay`.

use super::run::{LAST_CHANCE, end_after, quoted};
use super::say::{say, wrong};
use super::{ReplayArgs, Say, machine, memory};
use hydra_vm::bytecode::report::Report;
use hydra_vm::{ErrorKind, Limits, Outcome, Status, Trace};
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicI32, Ordering};

/// Repeats a recorded run; the exit status is that of the run.
pub(super) fn replay(args: ReplayArgs, how: Say) -> ExitCode {
    let shown = args.trace.display();
    let bytes = match std::fs::read(&args.trace) {
        Ok(bytes) => bytes,
        Err(problem) => return wrong(how, format!("cannot read {shown}: {problem}")),
    };
    let trace = match Trace::read(&bytes) {
        Ok(trace) => trace,
        Err(problem) => return wrong(how, format!("{shown}: {}", problem.reports()[0].message)),
    };
    drop(bytes);
    let (recorded, sources) = (trace.signal(), trace.module().sources.clone());
    let max_memory = (args.max_memory).or_else(|| machine::memory().map(|most| most / 5 * 4));
    let mut replay = trace
        .replay()
        .standard_streams()
        .on_warning(move |report| say(how, report, &sources))
        .limits(Limits {
            memory: max_memory.map(|most| (most, memory::used as fn() -> u64)),
            time: args.timeout,
            ..Limits::default()
        });
    for (name, path) in &args.bind {
        replay = replay.bind(name, super::run::binding(path));
    }
    let signal = Arc::new(AtomicI32::new(0));
    let outcome = replay.run_with(|canceller| {
        if let Some(time) = args.timeout {
            end_after(time.saturating_add(LAST_CHANCE), canceller.clone(), 4);
        }
        let signal = signal.clone();
        machine::on_signals(move |number| {
            if signal.swap(number, Ordering::Relaxed) != 0 {
                std::process::exit(128 + number);
            }
            canceller.cancel();
            end_after(LAST_CHANCE, canceller.clone(), 128 + number);
        });
    });
    match outcome {
        Err(problem) if problem.kind() == ErrorKind::Trace => {
            let mut report = problem.reports()[0].clone();
            report.message = format!("{shown}: {}", report.message);
            say(how, &report, &[]);
            2.into()
        }
        Err(problem) => wrong(how, problem.reports()[0].message.clone()),
        Ok(outcome) => finish(&args.trace, how, &outcome, signal.load(Ordering::Relaxed), recorded),
    }
}

fn finish(trace: &Path, how: Say, outcome: &Outcome, signal: i32, recorded: Option<u8>) -> ExitCode {
    if let Some(report) = &outcome.report {
        say(how, &with_command(trace, report), &outcome.sources);
    }
    let signal = if signal == 0 {
        recorded.unwrap_or(2)
    } else {
        signal.unsigned_abs() as u8
    };
    match outcome.status {
        Status::Done => 0,
        Status::Failure => 1,
        Status::Deadlock => 3,
        Status::Limit => 4,
        Status::Cancelled => 128_u8.saturating_add(signal),
    }
    .into()
}

/// A report of a recorded run tells how to repeat it.
pub(super) fn with_command(trace: &Path, report: &Report) -> Report {
    let path = quoted(&trace.display().to_string());
    report
        .clone()
        .remark(format!("this run is repeated by: hydra-vm replay {path}"))
}
