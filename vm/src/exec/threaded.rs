//! Threaded code (J. R. Bell, "Threaded Code", CACM 16(6), 1973): the instructions that programs execute most, each a
//! function that goes on to the next one by a call in tail position, so that each has a jump of its own, which the machine
//! predicts far better than the single one of a loop around a `match`.
//!
//! What cannot be done at once (a sum that overflows, a jump backwards when the turn is over, a communication that is not
//! simple) and all other instructions end the chain: [`plain`](super::plain) does them, and means the same by all
//! instructions that are here. In a build in which a call in tail position would leave a frame (see `build.rs`) the chain
//! ends after each instruction. Should one leave a frame nevertheless, the stack grows during one turn at most: that ends
//! the chain.
//!
//! This is an island of `unsafe`: registers and instructions of verified code are reached without a check.

#![allow(unsafe_code)]

use super::operations;
use super::plain::{opens, structured};
use super::quick::{behind, put};
use crate::chan::GroupRef;
use crate::error::Trap;
use crate::process::Process;
use crate::sched::{Flow, Worker};
use crate::sync::alone;
use hydra_bytecode::{Instr, Kind, Op};
use hydra_stdlib::value::ops::{real_eq, real_le, real_lt, real_ne};
use hydra_stdlib::value::{Elements, Value};

/// Executes the instruction at `ip`, and those after it, with the scalar registers `s` and the references `r`; returns the
/// first that it leaves to others, which has not begun, of the process that is in `worker.here` then; or null, if none is:
/// then `worker.left` may say what became of it.
type Step = unsafe fn(ip: Ip, s: Words, r: Values, worker: &mut Worker<'_>) -> Ip;

/// An instruction.
type Ip = *const Instr;
/// Scalar registers.
type Words = *mut u64;
/// References.
type Values = *mut Value;

mod meet;
mod table;

use meet::{arm, arm_all, choose, receive, receive_value, select, send, send_value};

/// For each opcode what it does.
static STEPS: [Step; 256] = table::steps::<false>();

/// The same in a run that is recorded: communications note what was not determined. So other runs need not ask.
static RECORDED_STEPS: [Step; 256] = table::steps::<true>();

/// Executes instructions from `ip` on, and when the process waits those of the next one that can go on at once. Returns the
/// first that it leaves to others, of the process that is in `worker.here` then; or null, if none is: then
/// `worker.left` may say what became of it.
///
/// # Safety
///
/// `ip` is an instruction of verified code, and `s` and `r` are the registers of its routine: the verifier has checked that
/// all registers that its instructions name are among them, that its last instruction does not fall through, and that
/// jumps stay within it. Nobody else uses the registers meanwhile.
#[inline(always)]
pub(super) unsafe fn run<const RECORDED: bool>(ip: Ip, s: Words, r: Values, worker: &mut Worker<'_>) -> Ip {
    // SAFETY: as the caller promises.
    unsafe {
        #[cfg(all(feature = "counts", not(hydra_model)))]
        super::counts::see(&*ip);
        let steps = if RECORDED { &RECORDED_STEPS } else { &STEPS };
        steps[usize::from((*ip).op as u8)](ip, s, r, worker)
    }
}

/// Whether an instruction goes on to the next one.
pub(super) const CHAINED: bool = cfg!(hydra_threaded);

/// The end of each step: the instruction at `ip` follows.
///
/// # Safety
///
/// As for [`run`].
#[inline(always)]
unsafe fn go_on<const RECORDED: bool>(ip: Ip, s: Words, r: Values, worker: &mut Worker<'_>) -> Ip {
    if CHAINED {
        // SAFETY: as the caller promises.
        unsafe { run::<RECORDED>(ip, s, r, worker) }
    } else {
        ip
    }
}

/// Ends the chain.
unsafe fn stop(ip: *const Instr, _: *mut u64, _: *mut Value, _: &mut Worker<'_>) -> *const Instr {
    ip
}

/// Defines a step, which needs nothing but registers: the body is the next instruction, or `None` if this one is to be left to
/// others and has done nothing.
macro_rules! step {
    ($name:ident, |$ip:ident, $i:ident, $s:ident, $r:ident, $worker:ident| $body:expr) => {
        unsafe fn $name<const RECORDED: bool>($ip: Ip, $s: Words, $r: Values, $worker: &mut Worker<'_>) -> Ip {
            // SAFETY: as the caller of `run` promises, for this instruction and all that follow it.
            unsafe {
                let $i = &*$ip;
                match $body {
                    Some(next) => go_on::<RECORDED>(next, $s, $r, $worker),
                    None => $ip,
                }
            }
        }
    };
}

macro_rules! word {
    ($s:ident, $register:expr) => {
        *$s.add(usize::from($register))
    };
}

/// An operation on integers that may have no value.
macro_rules! integer {
    ($name:ident, $method:ident, $y:tt) => {
        step!($name, |ip, i, s, _r, _worker| {
            let result = (word!(s, i.c) as i64).$method(second!($y, i, s));
            result.map(|result| {
                word!(s, i.b) = result as u64;
                ip.add(1)
            })
        });
    };
}

/// The second operand.
macro_rules! second {
    (register, $i:ident, $s:ident) => {
        word!($s, $i.d) as i64
    };
    (immediate, $i:ident, $s:ident) => {
        i64::from($i.d as i16)
    };
}

/// A division by a constant; only what is not positive could be a divisor by which there is none.
macro_rules! divided {
    ($name:ident, $method:ident) => {
        step!($name, |ip, i, s, _r, _worker| {
            let divisor = i64::from(i.d as i16);
            (divisor > 0).then(|| {
                word!(s, i.b) = (word!(s, i.c) as i64).$method(divisor) as u64;
                ip.add(1)
            })
        });
    };
}

/// An operation on two words, of integers or reals, that has a value always.
macro_rules! total {
    ($name:ident, |$x:ident: $from_x:ident, $y:ident: $from_y:ident| $result:expr) => {
        step!($name, |ip, i, s, _r, _worker| {
            let ($x, $y) = ($from_x(word!(s, i.c)), $from_y(word!(s, i.d)));
            word!(s, i.b) = $result;
            Some(ip.add(1))
        });
    };
}

/// A jump from behind `$ip`; backwards only while the turn lasts.
macro_rules! jump {
    ($ip:ident, $worker:ident, $offset:expr) => {{
        let offset = $offset as isize;
        if offset >= 0 {
            Some($ip.offset(offset + 1))
        } else if $worker.fuel > 0 {
            $worker.fuel -= 1;
            Some($ip.offset(offset + 1))
        } else {
            None
        }
    }};
}

/// A jump on a condition.
macro_rules! jump_if {
    ($name:ident, |$i:ident, $s:ident| $holds:expr, $offset:expr) => {
        step!($name, |ip, $i, $s, _r, worker| {
            if $holds {
                jump!(ip, worker, $offset)
            } else {
                Some(ip.add(1))
            }
        });
    };
}

fn signed(word: u64) -> i64 {
    word as i64
}

fn unsigned(word: u64) -> u64 {
    word
}

fn real(word: u64) -> f64 {
    f64::from_bits(word)
}

/// The wide operand of an instruction, read at once.
///
/// # Safety
///
/// It is an instruction.
#[inline(always)]
unsafe fn wide(ip: *const Instr) -> i32 {
    const _: () = assert!(std::mem::offset_of!(Instr, c) == 4 && size_of::<Instr>() == 8);
    if cfg!(target_endian = "little") {
        // SAFETY: `c` and `d` are the second half of the instruction.
        unsafe { ip.cast::<i32>().add(1).read_unaligned() }
    } else {
        // SAFETY: as the caller promises.
        unsafe { (*ip).wide_value() }
    }
}

step!(nop, |ip, _i, _s, _r, _worker| Some(ip.add(1)));
step!(mov, |ip, i, s, _r, _worker| {
    word!(s, i.b) = word!(s, i.c);
    Some(ip.add(1))
});
step!(imm, |ip, i, s, _r, _worker| {
    word!(s, i.b) = i64::from(i.wide_value()) as u64;
    Some(ip.add(1))
});
step!(load_word, |ip, i, s, _r, worker| {
    let words = &worker.shared.program.module.words;
    words.get(usize::from(i.c)).map(|&value| {
        word!(s, i.b) = value;
        ip.add(1)
    })
});
step!(param, |ip, i, s, _r, worker| {
    let words = &worker.shared.params.words;
    words.get(usize::from(i.c)).map(|&value| {
        word!(s, i.b) = value;
        ip.add(1)
    })
});
integer!(add, checked_add, register);
integer!(sub, checked_sub, register);
integer!(mul, checked_mul, register);
integer!(div, checked_div, register);
integer!(rem, checked_rem, register);
integer!(add_i, checked_add, immediate);
integer!(mul_i, checked_mul, immediate);
divided!(div_i, wrapping_div);
divided!(rem_i, wrapping_rem);
step!(neg, |ip, i, s, _r, _worker| {
    (word!(s, i.c) as i64).checked_neg().map(|result| {
        word!(s, i.b) = result as u64;
        ip.add(1)
    })
});
total!(bit_and, |x: unsigned, y: unsigned| x & y);
total!(bit_or, |x: unsigned, y: unsigned| x | y);
total!(bit_xor, |x: unsigned, y: unsigned| x ^ y);
total!(f_add, |x: real, y: real| (x + y).to_bits());
total!(f_sub, |x: real, y: real| (x - y).to_bits());
total!(f_mul, |x: real, y: real| (x * y).to_bits());
total!(f_div, |x: real, y: real| (x / y).to_bits());
step!(f_neg, |ip, i, s, _r, _worker| {
    word!(s, i.b) = (-real(word!(s, i.c))).to_bits();
    Some(ip.add(1))
});
step!(to_real, |ip, i, s, _r, _worker| {
    word!(s, i.b) = (word!(s, i.c) as i64 as f64).to_bits();
    Some(ip.add(1))
});
total!(i_eq, |x: unsigned, y: unsigned| u64::from(x == y));
total!(i_ne, |x: unsigned, y: unsigned| u64::from(x != y));
total!(i_lt, |x: signed, y: signed| u64::from(x < y));
total!(i_le, |x: signed, y: signed| u64::from(x <= y));
total!(f_eq, |x: real, y: real| u64::from(real_eq(x, y)));
total!(f_ne, |x: real, y: real| u64::from(real_ne(x, y)));
total!(f_lt, |x: real, y: real| u64::from(real_lt(x, y)));
total!(f_le, |x: real, y: real| u64::from(real_le(x, y)));
step!(not, |ip, i, s, _r, _worker| {
    word!(s, i.b) = u64::from(word!(s, i.c) == 0);
    Some(ip.add(1))
});
step!(jmp, |ip, _i, _s, _r, worker| jump!(ip, worker, wide(ip)));
jump_if!(j_true, |i, s| word!(s, i.b) != 0, i.wide_value());
jump_if!(j_false, |i, s| word!(s, i.b) == 0, i.wide_value());
jump_if!(j_eq, |i, s| word!(s, i.b) == word!(s, i.c), i.d as i16);
jump_if!(j_ne, |i, s| word!(s, i.b) != word!(s, i.c), i.d as i16);
jump_if!(j_lt, |i, s| signed(word!(s, i.b)) < signed(word!(s, i.c)), i.d as i16);
jump_if!(j_le, |i, s| signed(word!(s, i.b)) <= signed(word!(s, i.c)), i.d as i16);
jump_if!(
    j_eq_i,
    |i, s| signed(word!(s, i.b)) == i64::from(i.c as i16),
    i.d as i16
);
jump_if!(
    j_ne_i,
    |i, s| signed(word!(s, i.b)) != i64::from(i.c as i16),
    i.d as i16
);
jump_if!(j_lt_i, |i, s| signed(word!(s, i.b)) < i64::from(i.c as i16), i.d as i16);
jump_if!(
    j_le_i,
    |i, s| signed(word!(s, i.b)) <= i64::from(i.c as i16),
    i.d as i16
);
jump_if!(j_gt_i, |i, s| signed(word!(s, i.b)) > i64::from(i.c as i16), i.d as i16);
jump_if!(
    j_ge_i,
    |i, s| signed(word!(s, i.b)) >= i64::from(i.c as i16),
    i.d as i16
);
step!(next, |ip, i, s, _r, worker| {
    let at = signed(word!(s, i.b));
    if at >= signed(word!(s, i.c)) {
        Some(ip.add(1))
    } else {
        let next = jump!(ip, worker, i.d as i16);
        if next.is_some() {
            word!(s, i.b) = at.wrapping_add(1) as u64;
        }
        next
    }
});
/// Operations on references; `None` where they fail.
macro_rules! references {
    ($name:ident, |$i:ident, $s:ident, $r:ident, $worker:ident| $body:expr) => {
        step!($name, |ip, $i, $s, $r, $worker| {
            let done: bool = $body;
            done.then(|| ip.add(1))
        });
    };
}
macro_rules! value_at {
    ($r:ident, $register:expr) => {
        *$r.add(usize::from($register))
    };
}
references!(r_mov, |i, _s, r, _worker| {
    copy(r.add(usize::from(i.c)), r.add(usize::from(i.b)));
    true
});
references!(r_take, |i, _s, r, _worker| {
    take(r.add(usize::from(i.c)), r.add(usize::from(i.b)));
    true
});
references!(load_value, |i, _s, r, worker| {
    let value = worker.shared.program.values.get(usize::from(i.c));
    value.is_some_and(|value| {
        copy(value, r.add(usize::from(i.b)));
        true
    })
});
step!(operation, |ip, i, _s, r, worker| {
    let (to, first, count) = (usize::from(i.b), usize::from(i.c), usize::from(i.a));
    let mut behind = ip.add(1);
    // these tell where its parts stand; no code ends with one
    while (*behind).op == Op::Nop {
        behind = behind.add(1);
    }
    let moved = operations::goes_back(*i, Some(&*behind));
    // what gets the value is not one of those that are worked on
    let done = !(first..first + count).contains(&to) && {
        let values = std::slice::from_raw_parts_mut(r.add(first), count);
        operations::run(&worker.shared.program, *i, moved, values, &mut *r.add(to))
    };
    if done && moved {
        take(r.add(first), r.add(usize::from((*behind).b)));
        behind = behind.add(1);
    }
    done.then_some(behind)
});
references!(dyn_at, |i, s, r, _worker| {
    let at = word!(s, i.d) as usize;
    match &*r.add(usize::from(i.c)) {
        Value::Array(array) if array.lengths.len() == 1 && i.b != i.c => match &array.elements {
            Elements::Values(values) => values.get(at).is_some_and(|value| {
                copy(value, r.add(usize::from(i.b)));
                true
            }),
            Elements::Words(kind, words) => words.get(at).is_some_and(|&word| {
                value_at!(r, i.b) = Value::scalar(*kind, word);
                true
            }),
        },
        _ => false,
    }
});
references!(boxed, |i, s, r, _worker| {
    value_at!(r, i.b) = Value::scalar(Kind::ALL[usize::from(i.a & 3)], word!(s, i.c));
    true
});
references!(unboxed, |i, s, r, _worker| {
    let word = value_at!(r, i.c).word_of(Kind::ALL[usize::from(i.a & 3)]);
    word.is_some_and(|word| {
        word!(s, i.b) = word;
        true
    })
});
references!(structure, |i, _s, r, _worker| {
    let value = structured(i, std::slice::from_raw_parts(r.add(usize::from(i.c)), usize::from(i.a)));
    value_at!(r, i.b) = value;
    true
});
references!(open, |i, _s, r, _worker| {
    let whole = std::mem::take(&mut value_at!(r, i.c));
    let parts = std::slice::from_raw_parts_mut(r.add(usize::from(i.b)), usize::from(i.a));
    let opened = opens(i, &whole, parts);
    // one of the parts may be where it was
    if !opened || !(usize::from(i.b)..usize::from(i.b) + usize::from(i.a)).contains(&usize::from(i.c)) {
        value_at!(r, i.c) = whole;
    }
    opened
});
step!(index, |ip, i, s, _r, _worker| {
    let (at, low, high) = (
        signed(word!(s, i.c)),
        signed(word!(s, i.d)),
        signed(*s.add(usize::from(i.d) + 1)),
    );
    (low <= at && at <= high).then(|| {
        word!(s, i.b) = at.wrapping_sub(low) as u64;
        ip.add(1)
    })
});
step!(get, |ip, i, s, r, _worker| {
    match &*r.add(usize::from(i.c)) {
        Value::Array(array) => match &array.elements {
            Elements::Words(_, words) => words.get(word!(s, i.d) as usize).map(|&element| {
                word!(s, i.b) = element;
                ip.add(1)
            }),
            Elements::Values(_) => None,
        },
        _ => None,
    }
});

step!(set, |ip, i, s, r, _worker| {
    // nobody makes weak references to arrays
    let words = match &mut *r.add(usize::from(i.b)) {
        Value::Array(array) => alone(array).and_then(|array| match &mut array.elements {
            Elements::Words(_, words) => Some(words),
            Elements::Values(_) => None,
        }),
        _ => None,
    };
    words
        .and_then(|words| words.get_mut(word!(s, i.c) as usize))
        .map(|element| {
            *element = word!(s, i.d);
            ip.add(1)
        })
});

/// Makes `to` a clone of a value. What is cloned by variant is moved in pieces, and a processor that reads the pieces together
/// soon after waits until they have been written.
///
/// # Safety
///
/// Both are values, and may be the same; what the one holds does not go away with the other.
#[inline(always)]
unsafe fn copy(from: *const Value, to: *mut Value) {
    // SAFETY: what a value shares is counted (`Arc`), and a clone has the same bits, so the clone that is forgotten is the
    // one that is here then. It was made before the old value went away.
    unsafe {
        if (*from).is_shared() {
            std::mem::forget((*from).clone());
        }
        if (*to).is_shared() {
            std::ptr::drop_in_place(to);
        }
        std::ptr::copy(from, to, 1);
    }
}

/// Moves a value.
///
/// # Safety
///
/// Both are values, and may be the same.
#[inline(always)]
unsafe fn take(from: *mut Value, to: *mut Value) {
    if from != to {
        // SAFETY: the old value goes away, and the value is in one place, as the other gets a new one.
        unsafe {
            if !matches!(*to, Value::Unit) {
                std::ptr::drop_in_place(to);
            }
            std::ptr::copy_nonoverlapping(from, to, 1);
            std::ptr::write(from, Value::Unit);
        }
    }
}

/// A call in a function; that of a process begins a run of its own.
unsafe fn call<const RECORDED: bool>(ip: Ip, s: Words, r: Values, worker: &mut Worker<'_>) -> Ip {
    if worker.here.is_some() {
        // SAFETY: as the caller of `run` promises.
        return unsafe { control::<RECORDED>(ip, s, r, worker) };
    }
    let program = &*worker.shared.program;
    // SAFETY: as the caller of `run` promises.
    let instr = unsafe { &*ip };
    let functions = &mut worker.functions;
    let caller = program.functions.get(usize::from(functions.place().0));
    let (Some(caller), Some(function)) = (caller, program.functions.get(usize::from(instr.d))) else {
        return ip;
    };
    let behind = (ip.addr() - caller.code.as_ptr().addr()) / size_of::<Instr>() + 1;
    if worker.fuel == 0 || !functions.enter_quick(function, instr, behind) {
        return ip;
    }
    worker.fuel -= 1;
    let registers = functions.registers_of(function);
    let code = function.code.as_ptr();
    // SAFETY: a function begins at its first instruction, with registers of its own.
    unsafe { go_on::<RECORDED>(code, registers.s, registers.r, worker) }
}

/// The end of a function that another one called, with a scalar.
unsafe fn ret<const RECORDED: bool>(ip: Ip, s: Words, _: Values, worker: &mut Worker<'_>) -> Ip {
    let functions = &mut worker.functions;
    if worker.here.is_some() || functions.is_outermost() {
        return ip;
    }
    let program = &*worker.shared.program;
    // SAFETY: as the caller of `run` promises; the first register is there, for the value of a function goes there.
    unsafe { *s = word!(s, (*ip).b) };
    functions.leave();
    let (number, pc) = functions.place();
    let Some(function) = program.functions.get(usize::from(number)) else {
        return ip;
    };
    let registers = functions.registers_of(function);
    let ip = function.code.as_ptr().wrapping_add(pc);
    // SAFETY: the caller goes on behind its call.
    unsafe { go_on::<RECORDED>(ip, registers.s, registers.r, worker) }
}

/// An instruction that needs the whole process.
#[inline(never)]
unsafe fn control<const RECORDED: bool>(ip: Ip, _: Words, _: Values, worker: &mut Worker<'_>) -> Ip {
    let Some((process, group)) = taken(ip, worker) else {
        return ip;
    };
    let pc = process.pc as usize - 1;
    let flow = worker.control(process, group, pc);
    // SAFETY: as the caller of `run` promises; where a process goes on is an instruction of its routine.
    unsafe { left::<RECORDED>(flow, worker) }
}

#[inline(never)]
unsafe fn end<const RECORDED: bool>(ip: Ip, _: Words, _: Values, worker: &mut Worker<'_>) -> Ip {
    let Some((process, group)) = taken(ip, worker) else {
        return ip;
    };
    let flow = worker.end(process, group);
    // SAFETY: as above.
    unsafe { left::<RECORDED>(flow, worker) }
}

#[inline(never)]
unsafe fn parallel<const RECORDED: bool>(ip: Ip, _: Words, _: Values, worker: &mut Worker<'_>) -> Ip {
    // SAFETY: as the caller of `run` promises.
    let index = unsafe { (*ip).d };
    let Some((process, group)) = taken(ip, worker) else {
        return ip;
    };
    let flow = worker.parallel(process, group, index);
    // SAFETY: as above.
    unsafe { left::<RECORDED>(flow, worker) }
}

/// The process that runs, with its `pc` behind the instruction at `ip`, taken out of the worker; `None` in a function.
#[inline(always)]
fn taken(ip: *const Instr, worker: &mut Worker<'_>) -> Option<(Process, GroupRef)> {
    let pc = behind(worker.codes, worker.here.as_ref()?, ip)?;
    let mut process = worker.here.take()?;
    process.pc = pc;
    let group = process.group;
    Some((process, group))
}

/// What has become of the process that ran is known, and it is not here.
///
/// # Safety
///
/// A process that goes on does so at an instruction of its routine.
#[inline(always)]
unsafe fn left<const RECORDED: bool>(flow: Flow, worker: &mut Worker<'_>) -> *const Instr {
    // SAFETY: as the caller promises.
    unsafe {
        match flow {
            Flow::Gone => {
                // nothing to drop
                std::mem::forget(flow);
                if worker.is_drawn() {
                    // the generator says who comes next
                    return std::ptr::null();
                }
                switch::<RECORDED>(worker)
            }
            Flow::Go(process) => {
                put(&mut worker.here, process);
                resume::<RECORDED>(worker)
            }
            other => {
                worker.left = Some(other);
                std::ptr::null()
            }
        }
    }
}

/// The communication at `ip` has failed.
#[cold]
fn failed(ip: *const Instr, worker: &mut Worker<'_>) -> *const Instr {
    let problem = worker.trap.take().unwrap_or_else(Trap::malformed);
    if let Some((process, _)) = taken(ip, worker) {
        worker.left = Some(Flow::Fail(process, problem));
    }
    std::ptr::null()
}

/// The process that ran waits: goes on with the next one, if there is one that may run at once.
///
/// # Safety
///
/// No process is in `worker.here`.
#[inline(always)]
unsafe fn switch<const RECORDED: bool>(worker: &mut Worker<'_>) -> *const Instr {
    let Some(process) = worker.next_at_once() else {
        return std::ptr::null();
    };
    put(&mut worker.here, process);
    // SAFETY: it is here.
    unsafe { resume::<RECORDED>(worker) }
}

/// The process that is here goes on where its `pc` says.
///
/// # Safety
///
/// It has been set to an instruction of its routine.
#[inline(always)]
unsafe fn resume<const RECORDED: bool>(worker: &mut Worker<'_>) -> *const Instr {
    #[cfg(all(feature = "counts", not(hydra_model)))]
    super::counts::other();
    let Some(process) = &mut worker.here else {
        return std::ptr::null();
    };
    if process.in_instance() {
        return resume_instance::<RECORDED>(worker);
    }
    let Some(code) = worker.codes.get(usize::from(process.routine)) else {
        return std::ptr::null();
    };
    let ip = code.as_ptr().wrapping_add(process.pc as usize);
    let (s, r) = (process.first(), process.own_references());
    // SAFETY: a process goes on at an instruction of its routine, with its own registers.
    unsafe { go_on::<RECORDED>(ip, s, r, worker) }
}

/// The process that is here, in an instance, goes on.
#[inline(never)]
fn resume_instance<const RECORDED: bool>(worker: &mut Worker<'_>) -> *const Instr {
    let Some(process) = &mut worker.here else {
        return std::ptr::null();
    };
    let registers = process.registers();
    let code = worker.codes[usize::from(process.routine)].as_ptr();
    let ip = code.wrapping_add(process.pc as usize);
    // SAFETY: as above.
    unsafe { go_on::<RECORDED>(ip, registers.s, registers.r, worker) }
}
