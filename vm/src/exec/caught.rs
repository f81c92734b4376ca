//! Failures that a `try` of rhai catches.
//!
//! The instruction that failed has written nothing, so its operands are still there: what rhai would raise is found by
//! letting rhai do the same once more.

use super::operations::goes_back;
use crate::error::Trap;
use crate::process::Process;
use crate::program::Program;
use crate::sched::Worker;
use hydra_bytecode::{BinOp, CmpOp, Handler, Inlined, Instr, Native, Op, Routine, Span};
use hydra_stdlib::engine::Raised;
use hydra_stdlib::value::Value;
use hydra_stdlib::value::operations::name;

/// How the failure of an instruction comes about in rhai.
enum Retold {
    /// Something is thrown.
    Thrown(Value),
    /// A function of Hydra says why.
    Said,
    /// A text fails with values.
    Text(String, Vec<Value>),
}

fn retold(program: &Program, i: Instr, s: &[u64], r: &[Value]) -> Option<Retold> {
    let integer = |register: u16| Value::Integer(s[usize::from(register)] as i64);
    let constant = i64::from(i.d as i16);
    let binary = |op: &str, a: Value, b: Value| Some(Retold::Text(format!("a {op} b"), vec![a, b]));
    let (b, c, d) = (usize::from(i.b), usize::from(i.c), usize::from(i.d));
    match i.op {
        Op::Add => binary("+", integer(i.c), integer(i.d)),
        Op::Sub => binary("-", integer(i.c), integer(i.d)),
        Op::Mul => binary("*", integer(i.c), integer(i.d)),
        Op::Div => binary("/", integer(i.c), integer(i.d)),
        Op::Rem => binary("%", integer(i.c), integer(i.d)),
        Op::Pow => binary("**", integer(i.c), integer(i.d)),
        Op::AddI | Op::MulI => {
            let op = if i.op == Op::AddI { "+" } else { "*" };
            match i.a {
                1 => binary(op, Value::Integer(constant), integer(i.c)),
                2 => binary("-", integer(i.c), Value::Integer(-constant)),
                _ => binary(op, integer(i.c), Value::Integer(constant)),
            }
        }
        Op::DivI => binary("/", integer(i.c), Value::Integer(constant)),
        Op::RemI => binary("%", integer(i.c), Value::Integer(constant)),
        Op::Neg => Some(Retold::Text("-a".into(), vec![integer(i.c)])),
        Op::VNeg => Some(Retold::Text("-a".into(), vec![r[c].clone()])),
        Op::VBin => binary(BinOp::ALL[usize::from(i.a)].symbol(), r[c].clone(), r[d].clone()),
        Op::VCmp => {
            let op = match CmpOp::ALL[usize::from(i.a)] {
                CmpOp::Eq => "==",
                CmpOp::Ne => "!=",
                other => other.symbol(),
            };
            binary(op, r[c].clone(), r[d].clone())
        }
        Op::Index | Op::IndexMore => Some(Retold::Said),
        Op::Native | Op::NativeS => {
            let native = Native::ALL[usize::from(i.a)];
            let values = r[c..c + native.args().len()].to_vec();
            let names: Vec<String> = (0..values.len()).map(name).collect();
            Some(match native.name() {
                function if function.contains("::") => Retold::Said,
                "[]" => Retold::Text("a[b]".into(), values),
                function => Retold::Text(format!("{function}({})", names.join(", ")), values),
            })
        }
        Op::Throw => Some(Retold::Thrown(r[b].clone())),
        Op::Sort => Some(Retold::Thrown(Value::String(super::sort::NO_ORDER.into()))),
        Op::Dyn => {
            let text = program.module.strings.get(d)?;
            Some(Retold::Text(text.clone(), r[c..c + usize::from(i.a)].to_vec()))
        }
        _ => None,
    }
}

/// What an operation had moved to change it goes back.
fn put_back(code: &[Instr], pc: usize, r: &mut [Value]) {
    if code[pc].op != Op::Dyn {
        return;
    }
    let behind = code[pc + 1..].iter().find(|next| next.op != Op::Nop);
    if let Some(back) = behind.filter(|next| goes_back(code[pc], Some(next))) {
        r[usize::from(back.b)] = std::mem::take(&mut r[usize::from(back.c)]);
    }
}

/// Where a routine goes on.
fn handle(routine: &Routine, handler: Handler, pc: usize, r: &mut [Value], value: Value) -> u32 {
    put_back(&routine.code, pc, r);
    if let Some(to) = handler.value {
        r[usize::from(to)] = value;
    }
    handler.target
}

impl Worker<'_> {
    fn raise(&mut self, retold: Option<Retold>, trap: &Trap) -> Option<Raised> {
        if trap.stopped || trap.limit || trap.quiet || trap.difference {
            return None;
        }
        let raised = match retold? {
            Retold::Thrown(value) => Raised::thrown(&value, &self.shared.program.symbols),
            Retold::Said => Raised::said(&trap.message),
            Retold::Text(text, values) => self.scripts().raised(&text, &values)?,
        };
        raised.is_catchable().then_some(raised)
    }

    /// Line and column, as rhai counts them, of a place in a fragment or in a function.
    fn place(&mut self, span: Option<Span>, in_function: bool) -> Option<(usize, usize)> {
        let span = span.filter(|span| span.start < span.end)?;
        let holds = |inner: &&Span| inner.file == span.file && inner.start <= span.start && span.end <= inner.end;
        let inner = match in_function {
            true => None,
            false => Some(*self.shared.program.module.lowered.iter().find(holds)?),
        };
        if inner == Some(span) {
            // what has no place of its own
            return None;
        }
        self.scripts().place(span, inner)
    }

    /// As a failure leaves the functions without a frame that its instruction stands for, up to what catches it.
    fn leaves_inlined(
        &mut self,
        routine: &Routine,
        pc: u32,
        handler: Option<Handler>,
        (mut raised, mut place): (Raised, Option<(usize, usize)>),
        in_function: bool,
    ) -> (Raised, Option<(usize, usize)>) {
        let (from, to) = handler.map_or((0, u32::MAX), |handler| (handler.from, handler.to));
        let within = |inlined: &&Inlined| from <= inlined.from && inlined.to <= to;
        let left = routine
            .inlined
            .iter()
            .filter(|inlined| (inlined.from..inlined.to).contains(&pc));
        for inlined in left.filter(within) {
            raised = raised.leaves(&inlined.function, place, in_function);
            place = self.place(Some(inlined.span), in_function);
        }
        (raised, place)
    }

    /// A process has failed: whether it goes on where a `catch` is.
    pub(super) fn caught(&mut self, process: &mut Process, trap: &mut Trap) -> bool {
        let program = &*self.shared.program;
        if !program.catches {
            return false;
        }
        let routine = &program.module.routines[usize::from(process.routine)];
        let pc = process.pc.saturating_sub(1);
        let Some(&handler) = routine.handler(pc) else {
            return false;
        };
        let instr = routine.code[pc as usize];
        let raised = match trap.raised.take() {
            Some(raised) => Some(raised),
            None => {
                let (s, r) = process.window();
                let retold = retold(program, instr, s, r);
                self.raise(retold, trap)
            }
        };
        let Some(raised) = raised else { return false };
        let span = trap.span.filter(|_| instr.op != Op::CallF);
        let place = self.place(Some(span.unwrap_or_else(|| routine.span(pc))), false);
        let (raised, place) = self.leaves_inlined(routine, pc, Some(handler), (raised, place), false);
        let value = raised.value(place, false);
        process.pc = handle(routine, handler, pc as usize, process.r(), value);
        true
    }

    /// A function has failed: whether one that has not ended goes on where a `catch` is. If none does, what is raised is
    /// noted for the process.
    pub(super) fn caught_in_function(&mut self, trap: &mut Trap) -> bool {
        let program = &*self.shared.program;
        if !program.catches {
            return false;
        }
        let mut stack = std::mem::take(&mut self.functions);
        let (number, pc) = stack.place();
        let instr = program.functions[usize::from(number)].code[pc.saturating_sub(1)];
        let (s, r) = stack.window(program);
        let retold = retold(program, instr, s, r);
        let raised = self.raise(retold, trap);
        let innermost = stack.mark();
        let Some(mut raised) = raised else {
            self.functions = stack;
            return false;
        };
        let mut span = trap.span;
        loop {
            let (number, pc) = stack.place();
            let routine = &program.module.routines[usize::from(program.functions[usize::from(number)].routine)];
            let pc = pc.saturating_sub(1);
            let place = self.place(span.or_else(|| Some(routine.span(pc as u32))), true);
            let handler = routine.handler(pc as u32).copied();
            let (left, place) = self.leaves_inlined(routine, pc as u32, handler, (raised, place), true);
            raised = left;
            if let Some(handler) = handler {
                let value = raised.value(place, true);
                let next = handle(routine, handler, pc, stack.window(program).1, value);
                stack.go_on(next);
                self.functions = stack;
                return true;
            }
            let function = routine.name.split('(').next().unwrap_or_default();
            raised = raised.leaves(function, place, true);
            span = None;
            if !stack.leave() {
                break;
            }
        }
        stack.back(innermost);
        self.functions = stack;
        trap.raised = Some(raised);
        false
    }
}
