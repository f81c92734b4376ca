//! The report of a failure.

use super::path;
use crate::error::Trap;
use crate::process::Process;
use crate::sched::Shared;
use hydra_bytecode::Span;
use hydra_bytecode::report::{Report, Severity};

/// How many callers of nested instances are shown.
const CALLERS_MAX: usize = 6;

/// Why a process failed, where, and how it came there.
pub(crate) fn failure(shared: &Shared, process: &mut Process, trap: Trap) -> Report {
    let module = &shared.program.module;
    let place = |routine: u16, pc: u32| module.routines[routine as usize].span(pc.saturating_sub(1));
    let here = place(process.routine, process.pc);
    let mut callers: Vec<(Span, String)> = Vec::new();
    let mut inner = process.routine;
    if let Some(extra) = &process.extra {
        for call in extra.calls.iter().rev() {
            let name = &module.routines[inner as usize].name;
            callers.push((
                place(call.caller, call.caller_pc),
                format!("in this instance of {name}"),
            ));
            inner = call.caller;
        }
    }
    let mut span = trap.span.unwrap_or(here);
    let mut notes = trap.notes;
    if trap.in_function {
        // a call that became bytecode is known more closely than one that rhai makes: the braces are shown for both
        let around = |braces: &&Span| {
            braces.file == here.file && braces.start <= here.start && here.end <= braces.end && braces.start > 0
        };
        let caller = match module.lowered.iter().find(around) {
            Some(inner) => Span::new(inner.file, inner.start - 1, inner.end + 1),
            None => here,
        };
        notes.push((caller, "called from here".into()));
    }
    if trap.at_instance && !callers.is_empty() {
        span = callers.remove(0).0;
    }
    let what = match (trap.limit, trap.difference) {
        (true, _) => "limit reached",
        (_, true) => "difference",
        _ => "failure",
    };
    let name = path(module, &process.group, process.member);
    let message = if name == "main" {
        trap.message
    } else {
        format!("{name}: {}", trap.message)
    };
    let mut report = Report::new(Severity::Event(what), "", Some(span), message);
    for (span, text) in notes {
        report = report.note(span, text);
    }
    for text in trap.remarks {
        report = report.remark(text);
    }
    let more = callers.len().saturating_sub(CALLERS_MAX);
    for (span, text) in callers.into_iter().take(CALLERS_MAX) {
        report = report.note(span, text);
    }
    if more > 0 {
        report = report.remark(format!("and {more} instances further out"));
    }
    report
}
