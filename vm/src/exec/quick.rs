//! The quick path of a rendezvous: a scalar between two processes of one parallel command, each the only agent of its
//! name on this edge, which is the first of the receiver. All that is not so simple is left to
//! [`communicate`](super::communicate), which means the same.
//!
//! This is an island of `unsafe`: registers of verified code are reached without a check, see [`register`].

#![allow(unsafe_code)]

use crate::chan::Group;
use crate::process::{Process, Wait};
use crate::program::{Program, QuickPort};
use crate::sched::Worker;
use hydra_bytecode::{Instr, Op};

/// How far the quick path came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Quick {
    /// The communication has happened; the process goes on.
    Done,
    /// The process waits: it is no longer in the slot.
    Parked,
    /// The communication has happened, and the turn is over.
    TurnOver,
    /// Nothing was done.
    No,
}

/// What a port remembers in its first register: the partner, the position of the edge counted from 1, and whether the quick
/// path may use it. 0: nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Known(pub(super) u64);

impl Known {
    const QUICK: u32 = 1 << 31;

    pub(super) fn new(partner: u32, edge: u32, quick: bool) -> Known {
        let quick = if quick { Self::QUICK } else { 0 };
        Known(u64::from(partner) << 32 | u64::from(quick | (edge + 1)))
    }

    /// The position of the edge, if there is one.
    #[inline(always)]
    pub(super) fn edge(self) -> Option<u32> {
        (self.0 as u32 & !Self::QUICK).checked_sub(1)
    }

    /// The partner, if the edge is the receiver's first and the quick path may use it.
    #[inline(always)]
    fn quick(self) -> Option<u32> {
        (self.0 as u32 == Self::QUICK | 1).then_some((self.0 >> 32) as u32)
    }
}

/// A scalar register that the process's own code names: of an instruction, of its port (cache and subscripts), or of what it
/// waits in.
///
/// # Safety
///
/// `s` are the registers of a process that executes, or waits in, the instruction that names the register.
#[inline(always)]
unsafe fn register(s: &mut [u64], register: u16) -> &mut u64 {
    debug_assert!(usize::from(register) < s.len());
    // SAFETY: the verifier has checked that every register that an instruction or its port names is one of the routine's,
    // and a window has as many registers as the routine in it (a port without a cache is prepared to name register 0 and
    // told apart before).
    unsafe { s.get_unchecked_mut(usize::from(register)) }
}

/// The partner, if the port remembers it for the subscripts it has now; `instr` is prepared, `kind` that of the scalar.
#[inline(always)]
fn known(program: &Program, s: &mut [u64], instr: &Instr) -> Option<u32> {
    // SAFETY: `s` are those of the process that executes `instr`, whose port has the cache.
    let known = Known(*unsafe { register(s, instr.c) }).quick()?;
    if instr.a > 3 && !still_known(s, &program.quick[usize::from(instr.d)]) {
        return None;
    }
    Some(known)
}

/// Whether a port with subscripts has those that it remembers.
#[inline(always)]
fn still_known(s: &[u64], port: &QuickPort) -> bool {
    port.key(s)
        .is_some_and(|key| s.get(usize::from(port.cache) + 1) == Some(&key))
}

/// Puts a process where none is.
#[inline(always)]
fn put(place: &mut Option<Process>, process: Process) {
    let other = std::mem::replace(place, Some(process));
    debug_assert!(other.is_none());
    // nothing to drop
    std::mem::forget(other);
}

impl Worker<'_> {
    /// `SendS`: the process in `slot`, with the scalar registers `s`, outputs.
    #[inline(always)]
    pub(super) fn quick_send(
        &mut self,
        slot: &mut Option<Process>,
        s: &mut [u64],
        group: &Group,
        instr: &Instr,
        pc: usize,
    ) -> Quick {
        let Some(partner) = known(&self.shared.program, s, instr) else {
            return Quick::No;
        };
        let kind = instr.a & 3;
        let mut inbox = group.inbox(partner);
        let edge = inbox.first();
        let Some(place) = edge.quick_taker() else {
            return Quick::No;
        };
        if let Some(taker) = place {
            let Wait::TakeScalar { kind: wanted, reg, .. } = taker.wait else {
                return Quick::No;
            };
            if wanted != kind {
                return Quick::No;
            }
            taker.wait = Wait::Nothing;
            // SAFETY: the taker waits in an input to `reg`; this process executes `instr`.
            unsafe { *register(taker.s(), reg) = *register(s, instr.b) };
            let taker = place.take();
            drop(inbox);
            self.queue.push_next(taker);
            return self.quickly_done();
        }
        let Some(place) = edge.free_offer() else {
            return Quick::No;
        };
        let Some(mut process) = slot.take() else {
            return Quick::No;
        };
        process.pc = pc as u32;
        process.wait = Wait::OfferScalar {
            kind,
            reg: instr.b,
            port: instr.d,
        };
        put(place, process);
        Quick::Parked
    }

    /// `RecvS` and `GuardS`: the process in `slot` inputs.
    #[inline(always)]
    pub(super) fn quick_receive(
        &mut self,
        slot: &mut Option<Process>,
        s: &mut [u64],
        group: &Group,
        instr: &Instr,
        pc: usize,
    ) -> Quick {
        let Some(process) = slot else { return Quick::No };
        if known(&self.shared.program, s, instr).is_none() {
            return Quick::No;
        }
        let kind = instr.a & 3;
        let mut inbox = group.inbox(process.member);
        let edge = inbox.first();
        let Some(place) = edge.quick_offer() else {
            return Quick::No;
        };
        if let Some(sender) = place {
            let Wait::OfferScalar { kind: sent, reg, .. } = sender.wait else {
                return Quick::No;
            };
            if sent != kind {
                return Quick::No;
            }
            sender.wait = Wait::Nothing;
            // SAFETY: the sender waits in an output of `reg`; this process executes `instr`.
            unsafe { *register(s, instr.b) = *register(sender.s(), reg) };
            let sender = place.take();
            drop(inbox);
            self.queue.push_next(sender);
            return self.quickly_done();
        }
        let Some(place) = edge.free_taker() else {
            return Quick::No;
        };
        let Some(mut process) = slot.take() else {
            return Quick::No;
        };
        process.pc = pc as u32;
        process.wait = Wait::TakeScalar {
            kind,
            guard: instr.op == Op::GuardS,
            reg: instr.b,
            port: instr.d,
        };
        put(place, process);
        Quick::Parked
    }

    /// A communication has happened.
    #[inline(always)]
    fn quickly_done(&mut self) -> Quick {
        self.counts.communications += 1;
        match self.fuel.checked_sub(1) {
            Some(fuel) => {
                self.fuel = fuel;
                Quick::Done
            }
            None => Quick::TurnOver,
        }
    }
}
