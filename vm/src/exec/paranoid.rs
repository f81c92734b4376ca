//! Braces that are evaluated both ways: by rhai, on copies, and as bytecode; and the first difference ends the run.
//!
//! A program is compiled for this with `--fragments both`. Before the bytecode of a fragment stands `Check`: rhai evaluates
//! the fragment with copies of its variables, prints nothing, and what it would have done is kept in the worker. Then the
//! bytecode runs, and does what it does, while lines that it prints are also noted; the process keeps its worker until
//! `Checked` compares, or until the bytecode fails, which rhai must have done likewise.

use super::fragment::trap;
use super::plain::unbox;
use crate::error::Trap;
use crate::process::Process;
use crate::program::Program;
use crate::sched::{Flow, Shared, Worker};
use crate::sync::Mutex;
use hydra_bytecode::{Instr, Reg, Span, Type};
use hydra_stdlib::engine::{Input, Output, ScriptEngine, ScriptError, ScriptHost};
use hydra_stdlib::limits::OPERATIONS_PER_CHECK;
use hydra_stdlib::value::show::show_quoted;
use hydra_stdlib::value::{Value, kind_name};
use std::cell::RefCell;
use std::sync::Arc;
use std::time::Duration;

/// How deep calls may nest depends on the way they are done.
const TOO_DEEP: &str = "calls are nested too deep";

/// How much of a value is shown.
const SHOWN_CHARACTERS: usize = 400;

/// The host of rhai while a fragment is checked: nothing is printed.
struct Quiet {
    shared: Arc<Shared>,
    lines: Mutex<Vec<String>>,
    /// How often it was asked whether to stop.
    asked: Mutex<u64>,
}

/// How many lines of a fragment are kept at most.
const LINES_MAX: usize = 1 << 20;

impl ScriptHost for Quiet {
    fn print(&self, line: &str) -> Result<(), String> {
        self.lines.lock().push(line.into());
        Ok(())
    }

    fn now(&self) -> Duration {
        self.shared.clock.elapsed()
    }

    fn stop(&self) -> bool {
        let mut asked = self.asked.lock();
        *asked += 1;
        let steps = *asked * OPERATIONS_PER_CHECK;
        self.shared.has_stopped()
            || self.shared.limits.steps.is_some_and(|most| steps > most)
            || self.lines.lock().len() > LINES_MAX
    }

    fn since_epoch(&self) -> Duration {
        self.shared.clock.since_epoch()
    }
}

/// What a worker has to check fragments.
pub(crate) struct Checking {
    host: Arc<Quiet>,
    engine: ScriptEngine,
    /// The fragment that runs as bytecode.
    current: Option<Current>,
}

struct Current {
    fragment: u16,
    inputs: Vec<(String, String)>,
    expected: Expected,
    printed: Vec<String>,
}

/// What rhai did.
struct Expected {
    result: Result<Done, Failed>,
    printed: Vec<String>,
}

struct Done {
    value: String,
    variables: Vec<(String, String)>,
}

#[derive(PartialEq)]
struct Failed {
    message: String,
    span: Span,
}

thread_local! {
    /// What rhai prints while it does an operation of a fragment that is being checked.
    static LINES: RefCell<Option<Vec<String>>> = const { RefCell::new(None) };
}

/// rhai prints a line in this thread.
pub(crate) fn note_line(line: &str) {
    LINES.with_borrow_mut(|lines| {
        if let Some(lines) = lines {
            lines.push(line.into());
        }
    });
}

impl Worker<'_> {
    /// rhai does an operation of a fragment; what it prints is noted if the fragment is being checked.
    pub(super) fn noting<T>(&mut self, operate: impl FnOnce(&mut ScriptEngine) -> T) -> T {
        if !self.checks() {
            return operate(self.scripts());
        }
        LINES.set(Some(Vec::new()));
        let done = operate(self.scripts());
        let lines = LINES.take().unwrap_or_default();
        for line in &lines {
            self.note_print(line);
        }
        done
    }

    /// Whether a fragment is being checked: the process must not leave the worker.
    #[inline]
    pub(super) fn checks(&self) -> bool {
        self.checking
            .as_ref()
            .is_some_and(|checking| checking.current.is_some())
    }

    /// The bytecode prints a line.
    pub(super) fn note_print(&mut self, line: &str) {
        if let Some(current) = self.checking.as_mut().and_then(|checking| checking.current.as_mut()) {
            current.printed.push(line.into());
        }
    }

    /// rhai evaluates a fragment on copies.
    pub(super) fn check(&mut self, process: &mut Process, instr: Instr) {
        let shared = self.shared;
        let program = &*shared.program;
        let fragment = &program.module.fragments[usize::from(instr.d)];
        let (s, r) = process.window();
        let inputs = inputs(program, instr.d, s, r);
        let shown = fragment.variables.iter().zip(&inputs);
        let shown = shown.map(|(variable, input)| (variable.name.clone(), described(program, &input.value)));
        let shown: Vec<_> = shown.collect();
        let params: Vec<Value> = fragment
            .params
            .iter()
            .filter_map(|&param| shared.params.values.get(usize::from(param)).cloned())
            .collect();
        let checking = self.checking.get_or_insert_with(|| {
            let host = Arc::new(Quiet {
                shared: shared.clone(),
                lines: Mutex::default(),
                asked: Mutex::default(),
            });
            Box::new(Checking {
                engine: ScriptEngine::new(program.scripts.clone(), host.clone(), program.symbols.clone()),
                host,
                current: None,
            })
        });
        checking.host.lines.lock().clear();
        *checking.host.asked.lock() = 0;
        let output = checking.engine.run(usize::from(instr.d), inputs, &params);
        let printed = std::mem::take(&mut *checking.host.lines.lock());
        // what takes too long, or is too large, is not compared: both ways count differently
        if output
            .as_ref()
            .is_err_and(|problem| problem.stopped || problem.limit || problem.message == TOO_DEEP)
        {
            checking.current = None;
            return;
        }
        let result = expected(program, instr.d, output, s);
        checking.current = Some(Current {
            fragment: instr.d,
            inputs: shown,
            expected: Expected { result, printed },
            printed: Vec::new(),
        });
    }

    /// The bytecode of a fragment has come to its end, with a value if `a` says so.
    pub(super) fn checked(&mut self, process: &mut Process, instr: Instr) -> Result<(), Box<Trap>> {
        let program = &*self.shared.program;
        let Some(current) = self.checking.as_mut().and_then(|checking| checking.current.take()) else {
            return Ok(());
        };
        let (s, r) = process.window();
        let value = (instr.a == 1).then(|| described(program, &r[usize::from(instr.b)]));
        let fragment = &program.module.fragments[usize::from(instr.d)];
        let variables = fragment
            .variables
            .iter()
            .filter(|variable| variable.writes)
            .map(|variable| {
                let slot = &program.module.slots[usize::from(variable.slot)];
                let held = match variable.reg {
                    Reg::S(reg) => scalar(program, slot.ty, s[usize::from(reg)]),
                    Reg::R(reg) => r[usize::from(reg)].clone(),
                };
                (variable.name.clone(), described(program, &held))
            });
        let variables: Vec<_> = variables.collect();
        let same = match &current.expected.result {
            Ok(done) => {
                value.as_ref().is_none_or(|value| *value == done.value)
                    && variables == done.variables
                    && current.printed == current.expected.printed
            }
            Err(_) => false,
        };
        if same {
            return Ok(());
        }
        let compares = value.is_some();
        let done = Done {
            value: value.unwrap_or_default(),
            variables,
        };
        Err(difference(program, &current, Ok(&done), compares))
    }

    /// What is reported where a process fails: another failure, or none, in rhai is a difference.
    #[cold]
    pub(super) fn judged(&mut self, process: Process, trap: Box<Trap>) -> Flow {
        let current = self.checking.as_mut().and_then(|checking| checking.current.take());
        let counted = trap.stopped || trap.limit || trap.quiet || trap.message == TOO_DEEP;
        let Some(current) = current.filter(|_| !counted) else {
            return Flow::Fail(process, trap);
        };
        let program = &*self.shared.program;
        let routine = &program.module.routines[usize::from(process.routine)];
        let failed = Failed {
            message: trap.message.clone(),
            span: trap.span.unwrap_or_else(|| routine.span(process.pc.saturating_sub(1))),
        };
        if current.expected.result.as_ref().is_err_and(|wanted| *wanted == failed)
            && current.printed == current.expected.printed
        {
            return Flow::Fail(process, trap);
        }
        let trap = difference(program, &current, Err(&failed), true);
        Flow::Fail(process, trap)
    }
}

fn inputs(program: &Program, fragment: u16, s: &[u64], r: &[Value]) -> Vec<Input> {
    let fragment = &program.module.fragments[usize::from(fragment)];
    let inputs = fragment.variables.iter().map(|variable| {
        let slot = &program.module.slots[usize::from(variable.slot)];
        Input {
            value: match variable.reg {
                Reg::S(reg) => scalar(program, slot.ty, s[usize::from(reg)]),
                Reg::R(reg) => r[usize::from(reg)].clone(),
            },
            bounds: program.bounds(slot.ty, slot.bounds, s).collect(),
        }
    });
    inputs.collect()
}

/// What rhai did, with its variables as the program's take them.
fn expected(program: &Program, number: u16, output: Result<Output, ScriptError>, s: &[u64]) -> Result<Done, Failed> {
    let fragment = &program.module.fragments[usize::from(number)];
    let braces = Span::new(
        fragment.span.file,
        fragment.span.start.saturating_sub(1),
        fragment.span.end + 1,
    );
    let failed = |trap: Box<Trap>| Failed {
        message: trap.message,
        span: trap.span.unwrap_or(braces),
    };
    let output = output.map_err(|problem| failed(trap(problem)))?;
    let mut variables = Vec::new();
    for (variable, value) in fragment.variables.iter().zip(output.variables) {
        let Some(value) = value else { continue };
        let slot = &program.module.slots[usize::from(variable.slot)];
        let given = match program.module.types[usize::from(slot.ty)] {
            Type::Scalar(kind) => unbox(program, kind, &value)
                .map(|word| Value::scalar(kind, word))
                .map_err(|trap| trap.message),
            _ => program.convert(value, slot.ty, slot.bounds, s),
        };
        let given = given.map_err(|problem| failed(Trap::new(format!("{}: {problem}", variable.name))))?;
        variables.push((variable.name.clone(), described(program, &given)));
    }
    Ok(Done {
        value: described(program, &output.value),
        variables,
    })
}

fn scalar(program: &Program, ty: u16, word: u64) -> Value {
    match program.module.types[usize::from(ty)] {
        Type::Scalar(kind) => Value::scalar(kind, word),
        _ => Value::Unit,
    }
}

/// A value with its type, so that no two different ones look the same; all that are no number do.
fn described(program: &Program, value: &Value) -> String {
    let kind = kind_name(value, &program.symbols);
    match value {
        Value::Unit => "()".into(),
        Value::Real(x) if x.is_nan() => format!("{kind} NaN"),
        _ => format!("{kind} {}", show_quoted(value, &program.symbols)),
    }
}

fn short(text: &str) -> String {
    match text.char_indices().nth(SHOWN_CHARACTERS) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.into(),
    }
}

#[cold]
fn difference(program: &Program, current: &Current, found: Result<&Done, &Failed>, value: bool) -> Box<Trap> {
    let line = |span: &Span| {
        let source = program.module.sources.get(span.file as usize);
        source.map_or_else(String::new, |source| {
            let before = source.text.get(..span.start as usize).unwrap_or("");
            let column = before.rsplit('\n').next().unwrap_or("").chars().count() + 1;
            format!("{}:{}:{column}", source.path, before.matches('\n').count() + 1)
        })
    };
    let told = |result: Result<&Done, &Failed>, printed: &[String]| {
        let mut text = match result {
            Ok(done) => {
                let mut parts: Vec<String> = Vec::new();
                if value {
                    parts.push(format!("value {}", short(&done.value)));
                }
                let variables = done.variables.iter();
                parts.extend(variables.map(|(name, value)| format!("{name} = {}", short(value))));
                match parts.is_empty() {
                    true => "no failure".into(),
                    false => parts.join(", "),
                }
            }
            Err(failed) => format!("failure at {}: {}", line(&failed.span), failed.message),
        };
        if !printed.is_empty() {
            text.push_str(&format!(", printed {}", short(&format!("{printed:?}"))));
        }
        text
    };
    let inputs = current
        .inputs
        .iter()
        .map(|(name, value)| format!("{name} = {}", short(value)));
    let inputs: Vec<_> = inputs.collect();
    let fragment = &program.module.fragments[usize::from(current.fragment)];
    let mut trap = Trap::new("the bytecode of these braces does not mean what they mean in rhai");
    trap.difference = true;
    trap.span = Some(fragment.span);
    let with = match inputs.is_empty() {
        true => "without variables".into(),
        false => format!("with {}", inputs.join(", ")),
    };
    trap.remarks.push(with);
    trap.remarks
        .push(format!("as bytecode: {}", told(found, &current.printed)));
    let wanted = current.expected.result.as_ref();
    trap.remarks
        .push(format!("in rhai: {}", told(wanted, &current.expected.printed)));
    trap
}
