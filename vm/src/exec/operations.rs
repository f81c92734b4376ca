//! Operations of rhai on values whose types are not known before a program runs.

use super::fragment::trap;
use super::plain::unbox;
use crate::error::Trap;
use crate::limits::FUEL_PER_OPERATION;
use crate::program::Program;
use crate::sched::Worker;
use hydra_bytecode::{Instr, Op, Span, Type};
use hydra_stdlib::analysis::{self, Places};
use hydra_stdlib::value::{Value, ops};

/// Does what needs no rhai; `false`, and nothing has happened, if it is left to rhai.
#[inline(never)]
pub(super) fn quick(program: &Program, code: &[Instr], pc: usize, r: &mut [Value]) -> bool {
    let i = code[pc];
    let (to, first) = (usize::from(i.b), usize::from(i.c));
    let mut value = Value::Unit;
    let moved = goes_back(i, code[pc + 1..].iter().find(|next| next.op != Op::Nop));
    let done = run(program, i, moved, &mut r[first..first + usize::from(i.a)], &mut value);
    if done {
        r[to] = value;
    }
    done
}

/// Does an operation on these values that needs no rhai; `false`, and nothing has happened, if it is left to rhai.
#[inline]
pub(super) fn run(program: &Program, i: Instr, moved: bool, values: &mut [Value], out: &mut Value) -> bool {
    let Some(operation) = program.operations.get(usize::from(i.d)) else {
        return false;
    };
    let done = operation.run(values, &program.symbols, out);
    if done && !moved && operation.reads() {
        // what is copied here would have to be copied before it is changed where it is
        values[0] = Value::Unit;
    }
    done
}

/// Whether the first value of an operation is a variable that was moved there, and goes back by the instruction behind.
#[inline]
pub(super) fn goes_back(i: Instr, behind: Option<&Instr>) -> bool {
    behind.is_some_and(|next| next.op == Op::RTake && next.c == i.c)
}

/// The text of values side by side. A string that gets what it and others are together is written in place.
#[inline(never)]
pub(super) fn join(program: &Program, i: Instr, r: &mut [Value]) -> Result<Value, Box<Trap>> {
    let (to, first) = (usize::from(i.b), usize::from(i.c));
    let grows = match (r.get(to), r.get(first)) {
        (Some(Value::String(old)), Some(Value::String(head))) => to != first && i.a > 0 && old.ptr_eq(head),
        _ => false,
    };
    if grows {
        r[to] = Value::Unit;
    }
    ops::join(&mut r[first..first + usize::from(i.a)], &program.symbols).map_err(|problem| {
        // what fails has written nothing
        if grows {
            r[to] = r[first].clone();
        }
        Trap::limit(problem)
    })
}

/// The element of an array.
#[inline(never)]
pub(super) fn element(value: &Value, offset: u64) -> Result<Value, Box<Trap>> {
    match value {
        Value::Array(array) if offset < array.len() as u64 => Ok(array.get(offset as usize)),
        _ => Err(Trap::malformed()),
    }
}

/// The value that a variable of a slot gets.
#[inline(never)]
pub(super) fn give(program: &Program, i: Instr, value: &Value, s: &[u64]) -> Result<Value, Box<Trap>> {
    let slot = &program.module.slots[usize::from(i.d)];
    let given = match program.module.types[usize::from(slot.ty)] {
        Type::Scalar(kind) => match unbox(program, kind, value) {
            Ok(word) => Ok(Value::scalar(kind, word)),
            Err(trap) => Err(trap.message),
        },
        _ => program.convert(value.clone(), slot.ty, slot.bounds, s),
    };
    given.map_err(|problem| Trap::new(format!("{}: {problem}", slot.name)))
}

/// Where something stands in the program that is at an offset of the text of an operation, if the text ends with what
/// stands at a place of the program.
fn within(program: &Program, text: &str, at: usize, place: Span) -> Option<Span> {
    let source = program.module.sources.get(place.file as usize)?;
    let written = source.text.get(place.start as usize..place.end as usize)?;
    let offset = at.checked_sub(text.strip_suffix(written)?.len())?;
    let end = analysis::shown_end(written, &Places::new(written), offset);
    Some(Span::new(
        place.file,
        place.start + offset as u32,
        place.start + end as u32,
    ))
}

impl Worker<'_> {
    /// Does what only rhai knows. `pc` is that of the next instruction of a routine.
    #[inline(never)]
    pub(super) fn operation(&mut self, i: Instr, r: &mut [Value], routine: u16, pc: usize) -> Result<(), Box<Trap>> {
        let shared = self.shared;
        let program = &*shared.program;
        let text = program.module.strings.get(usize::from(i.d));
        let text = text.ok_or_else(Trap::malformed)?;
        let first = usize::from(i.c);
        self.fuel = self.fuel.saturating_sub(FUEL_PER_OPERATION);
        let args = &mut r[first..first + usize::from(i.a)];
        // what is only looked into stays as it is, not as it comes back from rhai
        let kept = match program.operations.get(usize::from(i.d)) {
            Some(operation) if operation.reads() => args.first().cloned(),
            _ => None,
        };
        let value = self.noting(|scripts| scripts.operate(text, args));
        if let (Some(first), Some(kept)) = (args.first_mut(), kept) {
            *first = kept;
        }
        r[usize::from(i.b)] = value.map_err(|problem| {
            let at = problem.span.start as usize;
            let further = match text.as_bytes().get(at) {
                Some(b'[' | b'.') => 0,
                // a function of a module has failed
                _ if at == 0 && text.contains("::") => 0,
                Some(b'=' | b'+' | b'-' | b'*' | b'/' | b'%') => 1,
                _ => usize::MAX,
            };
            let mut trap = trap(problem);
            let routine = &program.module.routines[usize::from(routine)];
            let places = routine.code[pc..].iter().take_while(|next| next.op == Op::Nop).count();
            trap.span = (further < places).then(|| routine.span((pc + further) as u32));
            if places > 0 && text.contains('|') {
                trap.span = within(program, text, at, routine.span(pc as u32)).or(trap.span);
            }
            trap
        })?;
        Ok(())
    }
}
