//! Threaded code (J. R. Bell, "Threaded Code", CACM 16(6), 1973): the instructions that programs execute most, each a
//! function that goes on to the next one by a call in tail position, so that each has a jump of its own, which the machine
//! predicts far better than the single one of a loop around a `match`.
//!
//! What cannot be done at once (a sum that overflows, a jump backwards when the turn is over) and all other instructions
//! end the chain: [`plain`](super::plain) does them, and means the same by all instructions that are here. So a build in
//! which a call in tail position would leave a frame (see `build.rs`) does without this file.
//!
//! This is an island of `unsafe`: registers and instructions of verified code are reached without a check.

#![allow(unsafe_code)]

use crate::sched::Worker;
use hydra_bytecode::{Instr, Op};
use hydra_stdlib::value::ops::{real_eq, real_le, real_lt, real_ne};
use hydra_stdlib::value::{Elements, Value};

/// Executes the instruction at `ip`, and those after it, with the scalar registers `s` and the references `r`; returns the
/// first that it leaves to others, which has not begun.
type Step = unsafe fn(ip: *const Instr, s: *mut u64, r: *mut Value, worker: &mut Worker<'_>) -> *const Instr;

/// For each opcode what it does.
static STEPS: [Step; 256] = steps();

/// Executes instructions from `ip` on. Returns the first that it leaves to others.
///
/// # Safety
///
/// `ip` is an instruction of verified code, and `s` and `r` are the registers of its routine: the verifier has checked that
/// all registers that its instructions name are among them, that its last instruction does not fall through, and that
/// jumps stay within it. Nobody else uses the registers meanwhile.
#[inline(always)]
pub(super) unsafe fn run(ip: *const Instr, s: *mut u64, r: *mut Value, worker: &mut Worker<'_>) -> *const Instr {
    // SAFETY: as the caller promises.
    unsafe { STEPS[usize::from((*ip).op as u8)](ip, s, r, worker) }
}

/// Ends the chain.
unsafe fn stop(ip: *const Instr, _: *mut u64, _: *mut Value, _: &mut Worker<'_>) -> *const Instr {
    ip
}

/// Defines a step: the instruction is `$i`, registers are `$s!(number)` and friends; the body is `Some(())` where the
/// instruction is done and the next one follows.
macro_rules! step {
    ($name:ident, |$ip:ident, $i:ident, $s:ident, $r:ident, $worker:ident| $body:expr) => {
        unsafe fn $name($ip: *const Instr, $s: *mut u64, $r: *mut Value, $worker: &mut Worker<'_>) -> *const Instr {
            // SAFETY: as the caller of `run` promises, for this instruction and all that follow it.
            unsafe {
                let $i = &*$ip;
                match $body {
                    Some(next) => run(next, $s, $r, $worker),
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
integer!(div_i, checked_div, immediate);
integer!(rem_i, checked_rem, immediate);
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
step!(jmp, |ip, i, _s, _r, worker| jump!(ip, worker, i.wide_value()));
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

const fn steps() -> [Step; 256] {
    let mut steps: [Step; 256] = [stop; 256];
    let known: &[(Op, Step)] = &[
        (Op::Nop, nop),
        (Op::Mov, mov),
        (Op::Imm, imm),
        (Op::LoadWord, load_word),
        (Op::ParamS, param),
        (Op::Add, add),
        (Op::Sub, sub),
        (Op::Mul, mul),
        (Op::Div, div),
        (Op::Rem, rem),
        (Op::AddI, add_i),
        (Op::MulI, mul_i),
        (Op::DivI, div_i),
        (Op::RemI, rem_i),
        (Op::Neg, neg),
        (Op::BitAnd, bit_and),
        (Op::BitOr, bit_or),
        (Op::BitXor, bit_xor),
        (Op::FAdd, f_add),
        (Op::FSub, f_sub),
        (Op::FMul, f_mul),
        (Op::FDiv, f_div),
        (Op::FNeg, f_neg),
        (Op::ToReal, to_real),
        (Op::IEq, i_eq),
        (Op::INe, i_ne),
        (Op::ILt, i_lt),
        (Op::ILe, i_le),
        (Op::FEq, f_eq),
        (Op::FNe, f_ne),
        (Op::FLt, f_lt),
        (Op::FLe, f_le),
        (Op::Not, not),
        (Op::Jmp, jmp),
        (Op::JTrue, j_true),
        (Op::JFalse, j_false),
        (Op::JEq, j_eq),
        (Op::JNe, j_ne),
        (Op::JLt, j_lt),
        (Op::JLe, j_le),
        (Op::JEqI, j_eq_i),
        (Op::JNeI, j_ne_i),
        (Op::JLtI, j_lt_i),
        (Op::JLeI, j_le_i),
        (Op::JGtI, j_gt_i),
        (Op::JGeI, j_ge_i),
        (Op::Next, next),
        (Op::Index, index),
        (Op::Get, get),
    ];
    let mut at = 0;
    while at < known.len() {
        steps[known[at].0 as usize] = known[at].1;
        at += 1;
    }
    steps
}
