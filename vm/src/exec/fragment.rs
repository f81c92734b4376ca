//! rhai in braces.

use super::plain::unbox;
use crate::error::Trap;
use crate::limits::FUEL_PER_OPERATION;
use crate::process::Process;
use crate::program::Program;
use crate::sched::{Host, Shared, Worker};
use crate::sync::Ordering;
use crate::trace::{Ident, Place};
use hydra_bytecode::{Instr, Kind, Op, Reg, Type};
use hydra_stdlib::engine::{Input, ScriptEngine, ScriptError, ScriptHost};
use hydra_stdlib::value::Value;
use hydra_stdlib::value::show::show;
use std::sync::Arc;

impl Worker<'_> {
    /// Runs a fragment with copies of its variables, and takes back what it has assigned.
    pub(super) fn fragment(&mut self, process: &mut Process, instr: Instr) -> Result<(), Box<Trap>> {
        self.counts.fragments += 1;
        let shared: &Arc<Shared> = self.shared;
        let program: &Program = &shared.program;
        let fragment = &program.module.fragments[usize::from(instr.d)];
        let (s, r) = process.window();
        let inputs = fragment.variables.iter().map(|variable| {
            let slot = &program.module.slots[usize::from(variable.slot)];
            let value = match variable.reg {
                Reg::S(reg) => scalar(program, slot.ty, s[usize::from(reg)]),
                // what is changed is moved, so that it need not be copied
                Reg::R(reg) if variable.writes => std::mem::take(&mut r[usize::from(reg)]),
                Reg::R(reg) => r[usize::from(reg)].clone(),
            };
            Input {
                value,
                bounds: program.bounds(slot.ty, slot.bounds, s).collect(),
            }
        });
        let inputs: Vec<Input> = inputs.collect();
        let params: Vec<Value> = fragment
            .params
            .iter()
            .filter_map(|&param| shared.params.values.get(usize::from(param)).cloned())
            .collect();
        let scripts = self.scripts();
        let output = scripts.run(usize::from(instr.d), inputs, &params).map_err(|problem| {
            let mut trap = trap(problem);
            trap.limit |= shared.output_full.load(Ordering::Relaxed);
            if trap.stopped
                && let Some(exceeded) = shared.take_exceeded()
            {
                trap.message = exceeded.message;
                (trap.limit, trap.stopped) = (true, false);
            }
            trap
        })?;
        // rhai's work counts for the turn, or processes that compute in braces would keep the worker from all others
        let work = u32::try_from(output.operations).unwrap_or(u32::MAX);
        self.fuel = self
            .fuel
            .saturating_sub(work.saturating_add(1).saturating_mul(FUEL_PER_OPERATION));
        for (variable, value) in fragment.variables.iter().zip(output.variables) {
            let Some(value) = value else { continue };
            let slot = &program.module.slots[usize::from(variable.slot)];
            let named = |problem: String| Trap::new(format!("{}: {problem}", variable.name));
            match variable.reg {
                Reg::S(reg) => {
                    let Type::Scalar(kind) = program.module.types[usize::from(slot.ty)] else {
                        return Err(Trap::malformed());
                    };
                    s[usize::from(reg)] = unbox(program, kind, &value).map_err(|trap| named(trap.message))?;
                }
                Reg::R(reg) => {
                    r[usize::from(reg)] = program.convert(value, slot.ty, slot.bounds, s).map_err(named)?;
                }
            }
        }
        match instr.op {
            Op::Frag => r[usize::from(instr.b)] = output.value,
            Op::FragS => {
                s[usize::from(instr.b)] = unbox(program, Kind::ALL[usize::from(instr.a & 3)], &output.value)?;
            }
            _ => {}
        }
        Ok(())
    }
}

impl Worker<'_> {
    /// The rhai of this worker.
    pub(super) fn scripts(&mut self) -> &mut ScriptEngine {
        let shared: &Arc<Shared> = self.shared;
        self.scripts.get_or_insert_with(|| {
            let (host, program): (Arc<dyn ScriptHost>, _) = (Arc::new(Host::new(shared)), &shared.program);
            Box::new(ScriptEngine::with(
                program.scripts.clone(),
                host,
                program.symbols.clone(),
                &shared.functions,
            ))
        })
    }

    /// Writes a line.
    pub(super) fn print(&mut self, value: &Value) -> Result<(), Box<Trap>> {
        let shared = self.shared;
        if self.checks() {
            self.note_print(&show(value, &shared.program.symbols));
        }
        let who = if self.traced { Place::who() } else { Ident::default() };
        let printed = match value {
            Value::String(line) => shared.print(who, line),
            value => shared.print(who, &show(value, &shared.program.symbols)),
        };
        self.fuel = self.fuel.saturating_sub(FUEL_PER_OPERATION);
        printed.map_err(|problem| {
            let mut trap = Trap::new(problem);
            trap.limit = shared.output_full.load(Ordering::Relaxed);
            trap
        })
    }
}

fn scalar(program: &Program, ty: u16, word: u64) -> Value {
    match program.module.types[usize::from(ty)] {
        Type::Scalar(kind) => Value::scalar(kind, word),
        _ => Value::Unit,
    }
}

#[cold]
pub(super) fn trap(problem: ScriptError) -> Box<Trap> {
    let mut trap = Trap::new(problem.message);
    trap.stopped = problem.stopped;
    trap.limit = problem.limit;
    trap.span = Some(problem.span);
    if problem.in_function {
        trap.in_function = true;
    }
    trap
}
