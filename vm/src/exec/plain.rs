//! Instructions that need nothing but registers, constants and params; and the loop in which all others are begun.
//!
//! This is an island of `unsafe`: scalar registers that instructions name are reached without a check.

#![allow(unsafe_code)]

use super::arrays;
use super::operations;
use super::threaded;
use crate::error::Trap;
use crate::program::Program;
use crate::sched::{Params, Worker};
use hydra_bytecode::{BinOp, CmpOp, Instr, Kind, Native, Op};
use hydra_stdlib::value::natives;
use hydra_stdlib::value::ops::{self, real_eq, real_le, real_lt, real_ne};
use hydra_stdlib::value::show::show_short;
use hydra_stdlib::value::{self, NO_MEMORY, Struct, Symbol, Value};
use std::sync::Arc;

/// Why [`run`] returns.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Exit {
    /// An instruction that needs more; the `pc` is behind it.
    Control,
    /// No process is here; [`Worker::left`] may say what became of it.
    Parked,
    /// The turn is over.
    OutOfFuel,
    /// A failure, which is in `trap`.
    Trap,
    /// The outermost function has ended.
    Returned,
}

type Checked<T> = Result<T, Box<Trap>>;

#[cold]
fn operator_failed(message: String) -> Box<Trap> {
    if ops::is_limit(&message) {
        Trap::limit(message)
    } else {
        Trap::new(message)
    }
}

#[cold]
fn integer_trap(op: BinOp, x: i64, y: i64) -> Box<Trap> {
    Trap::new(ops::integer_failure(op, x, y))
}

/// A sum or product with a number in the instruction has no value.
#[cold]
fn immediate_trap(i: Instr, op: BinOp, x: i64) -> Box<Trap> {
    let constant = i64::from(i.d as i16);
    match i.a {
        1 => integer_trap(op, constant, x),
        2 => integer_trap(BinOp::Sub, x, -constant),
        _ => integer_trap(op, x, constant),
    }
}

/// A jump relative to the next instruction.
macro_rules! jump {
    ($ip:ident, $fuel:expr, $offset:expr) => {{
        let offset: isize = $offset as isize;
        $ip = $ip.wrapping_offset(offset);
        if offset < 0 {
            if $fuel == 0 {
                break Exit::OutOfFuel;
            }
            $fuel -= 1;
        }
    }};
}

/// Executes instructions from `pc` on: those of a process, or those of the worker's functions. Returns with
/// the position of the next instruction; that of one which fails or needs more is the one before.
#[allow(
    clippy::too_many_arguments,
    reason = "what instructions may touch, taken apart so that it is in registers"
)]
#[inline(always)]
pub(super) fn run<'a, const FUNCTIONS: bool>(
    worker: &mut Worker<'a>,
    program: &'a Program,
    params: &Params,
    code: &'a [Instr],
    pc: usize,
    trap: &mut Option<Box<Trap>>,
) -> (Exit, usize) {
    // what the loop needs at each instruction is few enough to stay in the machine's registers
    let mut code = code;
    let mut ip: *const Instr = code.as_ptr().wrapping_add(pc);
    let (mut first, mut length): (*mut u64, usize);
    let mut r: &mut [Value];
    // of the process that is here, or of the function that is executed
    macro_rules! registers {
        () => {
            if FUNCTIONS {
                worker.functions.registers(program)
            } else {
                let Some(process) = &mut worker.here else {
                    return (Exit::Parked, 0);
                };
                process.registers()
            }
        };
    }
    macro_rules! s {
        ($i:expr) => {
            *{
                let register = usize::from($i);
                debug_assert!(register < length);
                // SAFETY: the verifier has checked that every register that an instruction names is one of its routine's,
                // and the window has as many registers as the routine whose code this is. It is that of the process that is
                // here, or of the function.
                unsafe { &mut *first.add(register) }
            }
        };
    }
    // all scalar registers
    macro_rules! all {
        () => {
            // SAFETY: it is the whole window, see above; no other reference into it lives while this one is used.
            unsafe { std::slice::from_raw_parts_mut(first, length) }
        };
    }
    macro_rules! pc {
        () => {
            // SAFETY: `ip` is within `code`: it begins there, and the verifier has checked that the last instruction does
            // not fall through and that all jumps stay within their routine.
            (unsafe { ip.offset_from(code.as_ptr()) }) as usize
        };
    }
    macro_rules! integer {
        ($i:expr) => {
            (s!($i) as i64)
        };
    }
    macro_rules! real {
        ($i:expr) => {
            f64::from_bits(s!($i))
        };
    }
    macro_rules! fail {
        ($trap:expr) => {{
            *trap = Some($trap);
            break Exit::Trap;
        }};
    }
    macro_rules! check {
        ($result:expr) => {
            match $result {
                Ok(value) => value,
                Err(problem) => fail!(problem),
            }
        };
    }
    macro_rules! arithmetic {
        ($i:ident, $op:expr, $method:ident, $y:expr) => {{
            let (x, y) = (integer!($i.c), $y);
            match x.$method(y) {
                Some(result) => s!($i.b) = result as u64,
                None => fail!(integer_trap($op, x, y)),
            }
        }};
    }
    macro_rules! jump_if {
        ($i:ident, $holds:expr, $offset:expr) => {
            if $holds {
                jump!(ip, worker.fuel, $offset)
            }
        };
    }
    let exit = loop {
        let before = ip;
        // SAFETY: `ip` is within verified code, see above; the registers are its routine's, which nothing else refers to while
        // this runs.
        ip = unsafe {
            let registers = registers!();
            if worker.recorder.is_some() {
                threaded::run::<true>(ip, registers.s, registers.r, worker)
            } else {
                threaded::run::<false>(ip, registers.s, registers.r, worker)
            }
        };
        if ip.is_null() {
            return (Exit::Parked, 0);
        }
        // another process may be here now, or another function be executed
        let registers = registers!();
        (first, length) = (registers.s, registers.scalars);
        // SAFETY: they are the references of the window, which nobody else refers to before this is done again.
        r = unsafe { std::slice::from_raw_parts_mut(registers.r, registers.references) };
        code = if FUNCTIONS {
            let (number, _) = worker.functions.place();
            &program.functions[usize::from(number)].code
        } else {
            worker.code()
        };
        if !threaded::CHAINED && ip != before {
            continue;
        }
        debug_assert!(pc!() < code.len());
        // SAFETY: `ip` is within `code`, see above.
        let i = unsafe { &*ip };
        ip = ip.wrapping_add(1);
        match i.op {
            Op::Nop => {}
            Op::Mov => s!(i.b) = s!(i.c),
            Op::Imm => s!(i.b) = i64::from(i.wide_value()) as u64,
            Op::LoadWord => s!(i.b) = program.module.words[usize::from(i.c)],
            Op::RMov => r[usize::from(i.b)] = r[usize::from(i.c)].clone(),
            Op::RTake => r[usize::from(i.b)] = std::mem::take(&mut r[usize::from(i.c)]),
            Op::LoadValue => r[usize::from(i.b)] = program.values[usize::from(i.c)].clone(),
            Op::ParamS => s!(i.b) = params.words[usize::from(i.c)],
            Op::ParamV => match params.values.get(usize::from(i.c)) {
                Some(value) => r[usize::from(i.b)] = value.clone(),
                None => fail!(Trap::malformed()),
            },
            Op::Add => arithmetic!(i, BinOp::Add, checked_add, integer!(i.d)),
            Op::Sub => arithmetic!(i, BinOp::Sub, checked_sub, integer!(i.d)),
            Op::Mul => arithmetic!(i, BinOp::Mul, checked_mul, integer!(i.d)),
            Op::Div => arithmetic!(i, BinOp::Div, checked_div, integer!(i.d)),
            Op::Rem => arithmetic!(i, BinOp::Rem, checked_rem, integer!(i.d)),
            Op::AddI => match integer!(i.c).checked_add(i64::from(i.d as i16)) {
                Some(result) => s!(i.b) = result as u64,
                None => fail!(immediate_trap(*i, BinOp::Add, integer!(i.c))),
            },
            Op::MulI => match integer!(i.c).checked_mul(i64::from(i.d as i16)) {
                Some(result) => s!(i.b) = result as u64,
                None => fail!(immediate_trap(*i, BinOp::Mul, integer!(i.c))),
            },
            Op::DivI => arithmetic!(i, BinOp::Div, checked_div, i64::from(i.d as i16)),
            Op::RemI => arithmetic!(i, BinOp::Rem, checked_rem, i64::from(i.d as i16)),
            Op::Neg => match integer!(i.c).checked_neg() {
                Some(result) => s!(i.b) = result as u64,
                None => fail!(Trap::new(format!("integer overflow: -({})", integer!(i.c)))),
            },
            Op::Pow => s!(i.b) = check!(ops::power(integer!(i.c), integer!(i.d)).map_err(Trap::new)) as u64,
            Op::Shl => s!(i.b) = ops::shift_left(integer!(i.c), integer!(i.d)) as u64,
            Op::Shr => s!(i.b) = ops::shift_right(integer!(i.c), integer!(i.d)) as u64,
            Op::BitAnd => s!(i.b) = s!(i.c) & s!(i.d),
            Op::BitOr => s!(i.b) = s!(i.c) | s!(i.d),
            Op::BitXor => s!(i.b) = s!(i.c) ^ s!(i.d),
            Op::FAdd => s!(i.b) = (real!(i.c) + real!(i.d)).to_bits(),
            Op::FSub => s!(i.b) = (real!(i.c) - real!(i.d)).to_bits(),
            Op::FMul => s!(i.b) = (real!(i.c) * real!(i.d)).to_bits(),
            Op::FDiv => s!(i.b) = (real!(i.c) / real!(i.d)).to_bits(),
            Op::FRem => s!(i.b) = (real!(i.c) % real!(i.d)).to_bits(),
            Op::FPow => s!(i.b) = real!(i.c).powf(real!(i.d)).to_bits(),
            Op::FNeg => s!(i.b) = (-real!(i.c)).to_bits(),
            Op::ToReal => s!(i.b) = (integer!(i.c) as f64).to_bits(),
            Op::IEq => s!(i.b) = u64::from(s!(i.c) == s!(i.d)),
            Op::INe => s!(i.b) = u64::from(s!(i.c) != s!(i.d)),
            Op::ILt => s!(i.b) = u64::from(integer!(i.c) < integer!(i.d)),
            Op::ILe => s!(i.b) = u64::from(integer!(i.c) <= integer!(i.d)),
            Op::FEq => s!(i.b) = u64::from(real_eq(real!(i.c), real!(i.d))),
            Op::FNe => s!(i.b) = u64::from(real_ne(real!(i.c), real!(i.d))),
            Op::FLt => s!(i.b) = u64::from(real_lt(real!(i.c), real!(i.d))),
            Op::FLe => s!(i.b) = u64::from(real_le(real!(i.c), real!(i.d))),
            Op::Not => s!(i.b) = u64::from(s!(i.c) == 0),
            Op::VBin => {
                let op = BinOp::ALL[usize::from(i.a)];
                let result = ops::binary(op, &r[usize::from(i.c)], &r[usize::from(i.d)], &program.symbols);
                r[usize::from(i.b)] = check!(result.map_err(operator_failed));
            }
            Op::VCmp => {
                let op = CmpOp::ALL[usize::from(i.a)];
                let result = ops::compare(op, &r[usize::from(i.c)], &r[usize::from(i.d)], &program.symbols);
                s!(i.b) = u64::from(check!(result.map_err(Trap::new)));
            }
            Op::VNeg => r[usize::from(i.b)] = check!(ops::negate(&r[usize::from(i.c)]).map_err(Trap::new)),
            Op::Box => r[usize::from(i.b)] = Value::scalar(Kind::ALL[usize::from(i.a)], s!(i.c)),
            Op::Unbox => s!(i.b) = check!(unbox(program, Kind::ALL[usize::from(i.a)], &r[usize::from(i.c)])),
            Op::Conv => {
                let slot = &program.module.slots[usize::from(i.d)];
                let value = r[usize::from(i.c)].clone();
                match program.convert(value, slot.ty, slot.bounds, all!()) {
                    Ok(value) => r[usize::from(i.b)] = value,
                    Err(problem) if slot.name.is_empty() || problem.starts_with(NO_MEMORY) => fail!(of_value(problem)),
                    Err(problem) => fail!(Trap::new(format!("{}: {problem}", slot.name))),
                }
            }
            Op::Default => {
                let slot = &program.module.slots[usize::from(i.d)];
                let result = value::default(
                    slot.ty,
                    &program.module.types,
                    &mut program.bounds(slot.ty, slot.bounds, all!()),
                );
                r[usize::from(i.b)] = check!(result.map_err(of_value));
            }
            Op::Jmp => jump!(ip, worker.fuel, i.wide_value()),
            Op::JTrue => jump_if!(i, s!(i.b) != 0, i.wide_value()),
            Op::JFalse => jump_if!(i, s!(i.b) == 0, i.wide_value()),
            Op::JEq => jump_if!(i, s!(i.b) == s!(i.c), i.d as i16),
            Op::JNe => jump_if!(i, s!(i.b) != s!(i.c), i.d as i16),
            Op::JLt => jump_if!(i, integer!(i.b) < integer!(i.c), i.d as i16),
            Op::JLe => jump_if!(i, integer!(i.b) <= integer!(i.c), i.d as i16),
            Op::JEqI => jump_if!(i, integer!(i.b) == i64::from(i.c as i16), i.d as i16),
            Op::JNeI => jump_if!(i, integer!(i.b) != i64::from(i.c as i16), i.d as i16),
            Op::JLtI => jump_if!(i, integer!(i.b) < i64::from(i.c as i16), i.d as i16),
            Op::JLeI => jump_if!(i, integer!(i.b) <= i64::from(i.c as i16), i.d as i16),
            Op::JGtI => jump_if!(i, integer!(i.b) > i64::from(i.c as i16), i.d as i16),
            Op::JGeI => jump_if!(i, integer!(i.b) >= i64::from(i.c as i16), i.d as i16),
            Op::Next => {
                if integer!(i.b) < integer!(i.c) {
                    s!(i.b) = s!(i.b).wrapping_add(1);
                    jump!(ip, worker.fuel, i.d as i16);
                }
            }
            Op::Index => s!(i.b) = check!(arrays::offset(all!(), i.c, i.d)).0,
            Op::IndexMore => {
                let (offset, length) = check!(arrays::offset(all!(), i.c, i.d));
                s!(i.b) = s!(i.b).wrapping_mul(length).wrapping_add(offset);
            }
            Op::Get => s!(i.b) = check!(arrays::get(&r[usize::from(i.c)], s!(i.d))),
            Op::GetV => r[usize::from(i.b)] = check!(arrays::get_value(&r[usize::from(i.c)], s!(i.d))),
            Op::Set => check!(arrays::set(&mut r[usize::from(i.b)], s!(i.c), s!(i.d))),
            Op::SetV => {
                let value = r[usize::from(i.d)].clone();
                check!(arrays::set_value(&mut r[usize::from(i.b)], s!(i.c), value));
            }
            Op::Row => r[usize::from(i.b)] = check!(arrays::row(&r[usize::from(i.c)], i.a, s!(i.d))),
            Op::SetRow => {
                let value = r[usize::from(i.d)].clone();
                check!(arrays::set_row(&mut r[usize::from(i.b)], i.a, s!(i.c), value));
            }
            Op::Struct => {
                let first = usize::from(i.c);
                r[usize::from(i.b)] = structured(i, &r[first..first + usize::from(i.a)]);
            }
            Op::Open => {
                let (first, count) = (usize::from(i.b), usize::from(i.a));
                let whole = r[usize::from(i.c)].clone();
                if !opens(i, &whole, &mut r[first..first + count]) {
                    fail!(does_not_open(program, *i, &whole));
                }
            }
            Op::Dyn => {
                if !operations::quick(program, code, pc!() - 1, r) {
                    break Exit::Control;
                }
            }
            Op::DynAt => r[usize::from(i.b)] = check!(operations::element(&r[usize::from(i.c)], s!(i.d))),
            Op::Give => r[usize::from(i.b)] = check!(operations::give(program, *i, &r[usize::from(i.c)], all!())),
            Op::Join => {
                r[usize::from(i.b)] = check!(operations::join(program, *i, r));
            }
            Op::Native | Op::NativeS => {
                let native = Native::ALL[usize::from(i.a)];
                let first = usize::from(i.c);
                let args = &r[first..first + native.args().len()];
                let value = match natives::call(native, args, &program.symbols) {
                    Some(value) => check!(value.map_err(Trap::new)),
                    None => fail!(Trap::malformed()),
                };
                match (i.op, value.word()) {
                    (Op::NativeS, Some((_, word))) => s!(i.b) = word,
                    (Op::NativeS, None) => fail!(Trap::malformed()),
                    _ => r[usize::from(i.b)] = value,
                }
            }
            Op::Throw => fail!(Trap::new(ops::thrown(&r[usize::from(i.b)], &program.symbols))),
            Op::CallF => {
                if !FUNCTIONS {
                    break Exit::Control;
                }
                if worker.fuel == 0 {
                    ip = ip.wrapping_sub(1);
                    break Exit::OutOfFuel;
                }
                worker.fuel -= 1;
                check!(worker.functions.enter(program, i, pc!()));
                code = &program.functions[usize::from(i.d)].code;
                ip = code.as_ptr();
            }
            Op::RetS | Op::RetV => {
                if !FUNCTIONS {
                    fail!(Trap::malformed());
                }
                if i.op == Op::RetS {
                    s!(0u16) = s!(i.b);
                } else {
                    r[0] = std::mem::take(&mut r[usize::from(i.b)]);
                }
                if !worker.functions.leave() {
                    break Exit::Returned;
                }
                let (number, pc) = worker.functions.place();
                code = &program.functions[usize::from(number)].code;
                ip = code.as_ptr().wrapping_add(pc);
            }
            Op::Print
            | Op::Sort
            | Op::Check
            | Op::Checked
            | Op::Frag
            | Op::FragS
            | Op::FragDo
            | Op::Par
            | Op::End
            | Op::Call
            | Op::Ret
            | Op::Name
            | Op::Family
            | Op::Within
            | Op::Outside
            | Op::SendV
            | Op::RecvV
            | Op::GuardV
            | Op::ArmAfter
            | Op::After
            | Op::SendS
            | Op::RecvS
            | Op::GuardS
            | Op::Choose
            | Op::Arm
            | Op::ArmAll
            | Op::Select => break Exit::Control,
        }
    };
    (exit, pc!())
}

/// What `Struct` makes of these parts.
#[inline]
pub(super) fn structured(i: &Instr, parts: &[Value]) -> Value {
    let constructor = Symbol(u32::from(i.d));
    match parts {
        [] => Value::Signal(constructor),
        _ => Value::Struct(Arc::new(Struct {
            constructor,
            parts: parts.into(),
        })),
    }
}

/// `Open`: puts the parts of a structured value where they belong, if it has this constructor and so many parts.
#[inline]
pub(super) fn opens(i: &Instr, whole: &Value, parts: &mut [Value]) -> bool {
    match whole {
        Value::Struct(whole) if whole.constructor.0 == u32::from(i.d) && whole.parts.len() == parts.len() => {
            parts.clone_from_slice(&whole.parts);
            true
        }
        Value::Signal(constructor) => constructor.0 == u32::from(i.d) && parts.is_empty(),
        _ => false,
    }
}

/// The scalar of a kind in a value.
pub(super) fn unbox(program: &Program, kind: Kind, value: &Value) -> Checked<u64> {
    match value.word_of(kind) {
        Some(word) => Ok(word),
        None => Err(Trap::new(format!(
            "{} {} where {} is wanted",
            value::kind_name(value, &program.symbols),
            show_short(value, &program.symbols),
            kind.name()
        ))),
    }
}

/// A value does not fit its variable, or it would need more memory than there is.
#[cold]
fn of_value(problem: String) -> Box<Trap> {
    if problem.starts_with(NO_MEMORY) {
        Trap::limit(problem)
    } else {
        Trap::new(problem)
    }
}

#[cold]
fn does_not_open(program: &Program, i: Instr, value: &Value) -> Box<Trap> {
    let name = program.symbols.name(Symbol(u32::from(i.d)));
    let places = vec!["…"; usize::from(i.a)].join(", ");
    Trap::new(format!(
        "{} does not fit {name}({places})",
        show_short(value, &program.symbols)
    ))
}
