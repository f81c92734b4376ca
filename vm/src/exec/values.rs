//! The quick path of a rendezvous of values, as [`quick`](super::quick) is that of scalars.
//!
//! This is an island of `unsafe`: a reference of verified code is reached without a check.

#![allow(unsafe_code)]

use super::communicate::complete_for;
use super::quick::Quick;
use super::record::{note_partner, note_taken};
use crate::chan::{Message, ShapeKey};
use crate::error::Trap;
use crate::process::Wait;
use crate::program::Program;
use crate::sched::Worker;
use hydra_bytecode::{Instr, Op};
use hydra_stdlib::value::{self, Value};

/// Whether the target of a port takes a value as it is.
#[inline(always)]
fn takes(program: &Program, port: u16, value: &Value) -> bool {
    let port = usize::from(port);
    !program.ports_with_bounds[port] && value::matches(value, program.module.ports[port].ty, &program.module.types)
}

impl Worker<'_> {
    /// `SendV` of `value` at `ip`, along an edge to which nobody else outputs in the same name.
    ///
    /// # Safety
    ///
    /// The instruction is prepared code of a verified module, of the process that runs, and `value` where that has the
    /// register `b` of its references.
    #[inline(always)]
    pub(super) unsafe fn value_send<const RECORDED: bool>(&mut self, ip: *const Instr, value: *const Value) -> Quick {
        // SAFETY: it is the instruction that is executed.
        let instr = unsafe { &*ip };
        let program: &Program = &self.shared.program;
        let Some((partner, at)) = self.known_partner(instr.d) else {
            return Quick::Further;
        };
        // SAFETY: a port without a cache remembers nothing, so that this is no output of a scalar that was prepared to look
        // like one of a value; nobody else refers to the register.
        let value = unsafe { &*value };
        let Some(process) = &mut self.here else {
            return Quick::Further;
        };
        let group = process.group;
        let mut inbox = group.inbox(partner);
        let edge = inbox.edge(at);
        if let Some(place) = edge.quick_taker()
            && let Some(taker) = place
        {
            let Wait::TakeValue { reg, port, .. } = taker.wait else {
                return Quick::Further;
            };
            if !takes(program, port, value) {
                return Quick::Further;
            }
            let Some(register) = taker.r().get_mut(usize::from(reg)) else {
                return Quick::Further;
            };
            // what was there before is dropped when the inbox is free again
            let _old = std::mem::replace(register, value.clone());
            taker.wait = Wait::Nothing;
            if RECORDED && taker.group != group {
                note_partner(self.recorder, process, taker);
            }
            let taker = place.take();
            drop(inbox);
            return self.met(taker);
        }
        let wait = Wait::OfferValue {
            reg: instr.b,
            port: instr.d,
        };
        if let Some(place) = edge.free_offer() {
            return self.wait_in(place, ip, wait);
        }
        if edge.is_crowded() || !edge.is_free() {
            return Quick::Further;
        }
        let last = edge.last_guard;
        // nobody listens in the name of a process that has ended
        let [cell] = inbox.listeners() else {
            return Quick::Further;
        };
        if !cell.is_busy(&group) {
            return match inbox.place_in_order(at, ShapeKey::of_value(value)) {
                Some(place) => self.wait_in(place, ip, wait),
                None => Quick::Further,
            };
        }
        let message = Message::Value(value.clone());
        let me = process.member;
        let found = cell.take_here(&group, |chooser| {
            let (state, s) = chooser.choice_and_s()?;
            let choice = &program.module.choices[usize::from(state.site)];
            let armed = state.wants(program, choice, s, &group, partner, me, last, &message)?;
            let (port, _) = choice.guards[usize::from(state.armed[armed as usize].guard)].input?;
            // else it can fail
            (!program.ports_with_bounds[usize::from(port)]).then_some(armed)
        });
        let Some((mut chooser, armed)) = found else {
            return Quick::Further;
        };
        if RECORDED {
            note_taken(self.recorder, &group, &mut chooser, (armed, me), Some(process));
        }
        chooser.wait = Wait::Nothing;
        let Some(mut state) = chooser.take_choice() else {
            return self.failed(Trap::malformed());
        };
        inbox.edge(at).last_guard = state.armed[armed as usize].guard;
        state.clock = inbox.tick(state.clock);
        drop(inbox);
        self.forget_timer(&mut state);
        let done = complete_for(program, &mut chooser, &mut state, armed, Some(me), Some(message));
        chooser.extra_mut().choice = Some(state);
        if done.is_err() {
            return self.failed(Trap::malformed());
        }
        self.wake_chooser(chooser);
        self.quickly_done()
    }

    /// `RecvV` and `GuardV` at `ip` into `register`, along an edge on which nobody else waits in the same name.
    ///
    /// # Safety
    ///
    /// As for [`value_send`](Self::value_send), of `register`.
    #[inline(always)]
    pub(super) unsafe fn value_receive<const RECORDED: bool>(
        &mut self,
        ip: *const Instr,
        register: *mut Value,
    ) -> Quick {
        // SAFETY: it is the instruction that is executed.
        let instr = unsafe { &*ip };
        let program: &Program = &self.shared.program;
        let Some((partner, at)) = self.known_partner(instr.d) else {
            return Quick::Further;
        };
        let Some(process) = &mut self.here else {
            return Quick::Further;
        };
        let group = process.group;
        let mut inbox = group.inbox(process.member);
        let edge = inbox.edge(at);
        if edge.is_crowded() || edge.speaker != partner {
            return Quick::Further;
        }
        if let Some(offer) = edge.offer() {
            let Wait::OfferValue { reg, .. } = offer.wait else {
                return Quick::Further;
            };
            let Some(value) = offer.r().get(usize::from(reg)) else {
                return Quick::Further;
            };
            if !takes(program, instr.d, value) {
                return Quick::Further;
            }
            // SAFETY: as in `value_send`; what was there before is dropped when the inbox is free again.
            let _old = unsafe { std::mem::replace(&mut *register, value.clone()) };
            offer.wait = Wait::Nothing;
            if RECORDED && offer.group != group {
                note_partner(self.recorder, process, offer);
            }
            let sender = inbox.take_only_offer(at);
            drop(inbox);
            return self.met(sender);
        }
        match edge.free_taker() {
            Some(place) => {
                let wait = Wait::TakeValue {
                    guard: instr.op == Op::GuardV,
                    reg: instr.b,
                    port: instr.d,
                };
                self.wait_in(place, ip, wait)
            }
            None => Quick::Further,
        }
    }
}
