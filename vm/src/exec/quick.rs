//! The quick path of a rendezvous: a scalar between two processes of one parallel command, each the only agent of its
//! name on this edge, which is the first of the receiver. All that is not so simple is left to
//! [`communicate`](super::communicate), which means the same.
//!
//! This is an island of `unsafe`: registers of verified code are reached without a check, see [`register`].

#![allow(unsafe_code)]

use super::communicate::complete_for;
use super::record::{note_partner, note_served, note_taken};
use crate::chan::{Inbox, Message, ShapeKey, complete_scalar};
use crate::error::Trap;
use crate::process::{Process, Wait};
use crate::program::{Program, QuickPort};
use crate::sched::Worker;
use hydra_bytecode::{Instr, Kind, Op};

/// How far the quick path came.
#[derive(Clone, Copy, Debug)]
pub(super) enum Quick {
    /// The communication has happened; the process goes on.
    Done,
    /// As `Done`, and the queue is to be settled.
    Pushing,
    /// The process waits: it is no longer here.
    Parked,
    /// The communication has failed, in this process; why is in [`Worker::trap`].
    Failed,
    /// Nothing was done; [`Worker::direct_send`] or [`Worker::direct_receive`] may know how.
    Further,
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
/// `s` is where the registers begin of a process that executes, or waits in, the instruction that names the register; and
/// nobody else refers to it.
#[inline(always)]
unsafe fn register<'a>(s: *mut u64, register: u16) -> &'a mut u64 {
    // SAFETY: the verifier has checked that every register that an instruction or its port names is one of the routine's,
    // and a window has as many registers as the routine in it (a port without a cache is prepared to name register 0 and
    // told apart before).
    unsafe { &mut *s.add(usize::from(register)) }
}

/// The partner, if the port remembers it for the subscripts it has now, which are looked at only if it is `KEYED` (in prepared
/// code [`is_keyed`] says so).
///
/// # Safety
///
/// `s` is where the registers begin of the process that executes `instr`.
#[inline(always)]
unsafe fn known<const KEYED: bool>(
    process: &mut Process,
    program: &Program,
    s: *mut u64,
    instr: &Instr,
) -> Option<u32> {
    // SAFETY: the register is the cache of the instruction's port.
    let known = Known(*unsafe { register(s, instr.c) }).quick()?;
    if KEYED && is_keyed(instr) && !still_known(process.s(), program.quick.get(usize::from(instr.d))?) {
        return None;
    }
    Some(known)
}

/// Whether the port of a prepared instruction has subscripts that may differ.
#[inline(always)]
pub(super) fn is_keyed(instr: &Instr) -> bool {
    instr.a > 3
}

/// The partner and the position of the edge that a port remembers, if it may be used for the subscripts it has now.
#[inline(always)]
pub(super) fn known_at(s: &[u64], port: &QuickPort) -> Option<(u32, u32)> {
    let known = Known(*s.get(usize::from(port.cache))?);
    if known.0 as u32 & Known::QUICK == 0 || (port.count > 0 && !still_known(s, port)) {
        return None;
    }
    Some(((known.0 >> 32) as u32, known.edge()?))
}

/// Whether a port with subscripts has those that it remembers.
#[inline(always)]
fn still_known(s: &[u64], port: &QuickPort) -> bool {
    port.key(s)
        .is_some_and(|key| s.get(usize::from(port.cache) + 1) == Some(&key))
}

/// The register into which a waiting process inputs a scalar of this kind; it may go on then.
#[inline(always)]
fn taken_by(taker: &mut Process, kind: u8) -> Option<u16> {
    match taker.wait {
        Wait::TakeScalar { kind: wanted, reg, .. } if wanted == kind => {
            taker.wait = Wait::Nothing;
            Some(reg)
        }
        _ => None,
    }
}

/// The register from which a waiting process outputs a scalar of this kind; it may go on then.
#[inline(always)]
fn given_by(sender: &mut Process, kind: u8) -> Option<u16> {
    match sender.wait {
        Wait::OfferScalar { kind: sent, reg, .. } if sent == kind => {
            sender.wait = Wait::Nothing;
            Some(reg)
        }
        _ => None,
    }
}

/// The round of a choice that has waited is over: an armed guard takes a scalar.
fn conclude(
    program: &Program,
    chooser: &mut Process,
    armed: u32,
    (speaker, kind, word): (u32, Kind, u64),
    tick: impl FnOnce(u64) -> u64,
) -> bool {
    let mut pc = chooser.pc;
    let Some((state, s)) = chooser.choice_and_s() else {
        return false;
    };
    state.clock = tick(state.clock);
    if complete_scalar(program, s, &mut pc, state, armed, speaker, word) {
        chooser.pc = pc;
        return true;
    }
    let Some(mut state) = chooser.take_choice() else {
        return false;
    };
    let done = complete_for(
        program,
        chooser,
        &mut state,
        armed,
        Some(speaker),
        Some(Message::Word(kind, word)),
    );
    chooser.extra_mut().choice = Some(state);
    done.is_ok()
}

/// Puts a process where none is.
#[inline(always)]
pub(super) fn put(place: &mut Option<Process>, process: Process) {
    let other = place.replace(process);
    debug_assert!(other.is_none());
    // nothing to drop
    std::mem::forget(other);
}

/// The position in its routine of what follows an instruction of the process.
#[inline(always)]
pub(super) fn behind(codes: &[Box<[Instr]>], process: &Process, ip: *const Instr) -> Option<u32> {
    let code = codes.get(usize::from(process.routine))?.as_ptr();
    Some(((ip.addr() - code.addr()) / size_of::<Instr>()) as u32 + 1)
}

impl Worker<'_> {
    /// `SendS` at `ip`: the process that runs, whose scalar registers begin at `s`, outputs.
    ///
    /// # Safety
    ///
    /// It is so, and the instruction is prepared code of a verified module.
    #[inline(always)]
    pub(super) unsafe fn quick_send<const KEYED: bool, const SHARED: bool, const RECORDED: bool>(
        &mut self,
        ip: *const Instr,
        s: *mut u64,
    ) -> Quick {
        // SAFETY: as the caller promises.
        let instr = unsafe { &*ip };
        let Some(process) = &mut self.here else {
            return Quick::No;
        };
        let group = process.group;
        // SAFETY: as the caller promises.
        let Some(partner) = (unsafe { known::<KEYED>(process, &self.shared.program, s, instr) }) else {
            return Quick::Further;
        };
        let kind = instr.a & 3;
        let mut guard;
        let inbox: &mut Inbox = if SHARED {
            guard = group.inbox(partner);
            &mut guard
        } else {
            // SAFETY: an instruction begins, so this worker has no guard.
            match unsafe { group.private_inbox(partner) } {
                Some(inbox) => inbox,
                None => return Quick::Further,
            }
        };
        let edge = inbox.first();
        let Some(place) = edge.quick_taker() else {
            return Quick::No;
        };
        if let Some(taker) = place {
            let Some(reg) = taken_by(taker, kind) else {
                return Quick::No;
            };
            // SAFETY: the taker waits in an input to `reg`; this process executes `instr`.
            unsafe { *register(taker.first(), reg) = *register(s, instr.b) };
            if RECORDED && taker.group != group {
                note_partner(self.recorder, process, taker);
            }
            let pushing = self.queue.put_next(place.take());
            self.quickly_done();
            return if pushing { Quick::Pushing } else { Quick::Done };
        }
        let Some(place) = edge.free_offer() else {
            return Quick::Further;
        };
        let wait = Wait::OfferScalar {
            kind,
            reg: instr.b,
            port: instr.d,
        };
        self.wait_in(place, ip, wait)
    }

    /// Whether the port of the instruction at `ip` names a member of a family in the process's own group by a subscript that is not
    /// the one it remembers.
    #[inline(always)]
    pub(super) fn is_stale(&mut self, ip: *const Instr) -> bool {
        // SAFETY: it is the instruction that is executed.
        let instr = unsafe { &*ip };
        let (Some(process), Some(port)) = (&mut self.here, self.shared.program.quick.get(usize::from(instr.d))) else {
            return false;
        };
        port.family != QuickPort::FAR && !still_known(process.s(), port)
    }

    /// Remembers the member that such a port names now, if it has an edge already. Whether it was done.
    #[inline(never)]
    pub(super) fn learn(&mut self, ip: *const Instr) -> bool {
        if self.is_exact() {
            return false; // then nothing is quick
        }
        // SAFETY: it is the instruction that is executed.
        let instr = unsafe { &*ip };
        let program: &Program = &self.shared.program;
        let (Some(process), Some(port)) = (&mut self.here, program.quick.get(usize::from(instr.d))) else {
            return false;
        };
        let (group, me) = (process.group, process.member);
        let s = process.s();
        let found = (|| {
            let subscript = *s.get(usize::from(port.subscripts))?;
            let partner = group
                .layout
                .families
                .get(usize::from(port.family))?
                .single(subscript as i64)?;
            let (speaker, receiver) = match instr.op {
                Op::SendS => (me, partner),
                _ => (partner, me),
            };
            let at = group.inbox(receiver).find(speaker, 0)?;
            Some((subscript, Known::new(partner, at, true)))
        })();
        let cache = usize::from(port.cache);
        match (found, s.get_mut(cache..cache + 2)) {
            (Some((subscript, known)), Some(registers)) => {
                registers.copy_from_slice(&[known.0, subscript]);
                true
            }
            _ => false,
        }
    }

    /// The partner and the position of the edge that a port of the process that runs remembers.
    #[inline(always)]
    pub(super) fn known_partner(&mut self, port: u16) -> Option<(u32, u32)> {
        let port = self.shared.program.quick.get(usize::from(port))?;
        known_at(self.here.as_mut()?.s(), port)
    }

    /// Whether the group of the process that runs is private: then what is quick in a shared one has been tried.
    #[inline(always)]
    pub(super) fn is_alone(&self) -> bool {
        self.here.as_ref().is_none_or(|process| process.group.is_private())
    }

    /// The process that runs parks in the instruction at `ip`.
    #[inline(always)]
    pub(super) fn wait_in(&mut self, place: &mut Option<Process>, ip: *const Instr, wait: Wait) -> Quick {
        let Some(process) = &self.here else { return Quick::No };
        let Some(pc) = behind(self.codes, process, ip) else {
            return Quick::No;
        };
        let Some(mut process) = self.here.take() else {
            return Quick::No;
        };
        process.pc = pc;
        process.wait = wait;
        put(place, process);
        Quick::Parked
    }

    /// `RecvS` and `GuardS` at `ip`: the process that runs, whose scalar registers begin at `s`, inputs.
    ///
    /// # Safety
    ///
    /// It is so, and the instruction is prepared code of a verified module.
    #[inline(always)]
    pub(super) unsafe fn quick_receive<const KEYED: bool, const SHARED: bool, const RECORDED: bool>(
        &mut self,
        ip: *const Instr,
        s: *mut u64,
    ) -> Quick {
        // SAFETY: as the caller promises.
        let instr = unsafe { &*ip };
        let Some(process) = &mut self.here else {
            return Quick::No;
        };
        let (group, member) = (process.group, process.member);
        // SAFETY: as the caller promises.
        if unsafe { known::<KEYED>(process, &self.shared.program, s, instr) }.is_none() {
            return Quick::Further;
        }
        let kind = instr.a & 3;
        let mut guard;
        let inbox: &mut Inbox = if SHARED {
            guard = group.inbox(member);
            &mut guard
        } else {
            // SAFETY: an instruction begins, so this worker has no guard.
            match unsafe { group.private_inbox(member) } {
                Some(inbox) => inbox,
                None => return Quick::Further,
            }
        };
        let edge = inbox.first();
        let Some(place) = edge.quick_offer() else {
            return Quick::Further;
        };
        if let Some(sender) = place {
            let Some(reg) = given_by(sender, kind) else {
                return Quick::No;
            };
            // SAFETY: the sender waits in an output of `reg`; this process executes `instr`.
            unsafe { *register(s, instr.b) = *register(sender.first(), reg) };
            if RECORDED && sender.group != group {
                note_partner(self.recorder, process, sender);
            }
            let pushing = self.queue.put_next(place.take());
            self.quickly_done();
            return if pushing { Quick::Pushing } else { Quick::Done };
        }
        let Some(place) = edge.free_taker() else {
            return Quick::No;
        };
        let wait = Wait::TakeScalar {
            kind,
            guard: instr.op == Op::GuardS,
            reg: instr.b,
            port: instr.d,
        };
        self.wait_in(place, ip, wait)
    }

    /// `SendS` to a name in which a single process chooses: it takes the scalar, if it waits in a choice with a single guard, as
    /// that was armed for the rounds before; if it does not wait, the process waits in its edge.
    #[inline(always)]
    pub(super) fn chosen_send<const RECORDED: bool>(&mut self, ip: *const Instr) -> Quick {
        // SAFETY: it is the instruction that is executed.
        let instr = unsafe { &*ip };
        let program: &Program = &self.shared.program;
        let Some(process) = &mut self.here else {
            return Quick::No;
        };
        let (group, me, kind) = (process.group, process.member, instr.a & 3);
        let s = process.s();
        let Some(port) = program.quick.get(usize::from(instr.d)) else {
            return Quick::No;
        };
        let Some((partner, at)) = known_at(s, port) else {
            return Quick::Further;
        };
        let mut inbox = group.inbox(partner);
        // nobody listens in the name of a process that has ended
        let [cell] = inbox.listeners() else {
            return Quick::Further;
        };
        if !cell.is_busy(&group) {
            let wait = Wait::OfferScalar {
                kind,
                reg: instr.b,
                port: instr.d,
            };
            return match inbox.place_in_order(at, ShapeKey::of_scalar(kind)) {
                Some(place) => self.wait_in(place, ip, wait),
                None => Quick::Further,
            };
        }
        let word = s[usize::from(instr.b)];
        let found = cell.take_here(&group, |chooser| {
            let Wait::Choice(site) = chooser.wait else { return None };
            let server = program.servers[usize::from(site)].as_ref()?;
            let (first, last) = chooser.choice()?.serving(site)?.speakers;
            let takes = server.kind == kind && chooser.member == partner && (first..=last).contains(&me);
            (takes && chooser.group == group).then_some((site, server))
        });
        let Some((mut chooser, (site, server))) = found else {
            return Quick::Further;
        };
        let edge = inbox.edge(at);
        if edge.is_crowded() || !edge.is_free() {
            if let [cell] = inbox.listeners() {
                cell.put(&group, chooser);
            }
            return Quick::Further;
        }
        if let Some((state, s)) = chooser.choice_and_s()
            && let Some(serving) = state.serving(site)
        {
            state.clock = inbox.tick(state.clock);
            server.complete(s, state.clock, (serving.low(), me - serving.speakers.0), word);
            let number = me - serving.speakers.0;
            if RECORDED {
                note_served(self.recorder, &mut chooser, number);
            }
        }
        inbox.edge(at).last_guard = 0;
        drop(inbox);
        chooser.wait = Wait::Nothing;
        chooser.pc = server.target;
        self.wake_chooser(chooser);
        self.quickly_done()
    }

    /// `SendS` along any edge to which nobody else outputs in the same name, also to a process that waits in a choice.
    #[inline(never)]
    pub(super) fn direct_send<const RECORDED: bool>(&mut self, ip: *const Instr) -> Quick {
        // SAFETY: it is the instruction that is executed.
        let instr = unsafe { &*ip };
        let program: &Program = &self.shared.program;
        let Some(process) = &mut self.here else {
            return Quick::No;
        };
        let (me, kind, group) = (process.member, instr.a & 3, process.group);
        let s = process.s();
        let Some((partner, at)) = known_at(s, &program.quick[usize::from(instr.d)]) else {
            return Quick::No;
        };
        let word = s[usize::from(instr.b)];
        let mut inbox = group.inbox(partner);
        let edge = inbox.edge(at);
        let last = edge.last_guard;
        if edge.is_crowded() || edge.has_offer() {
            return Quick::No;
        }
        if let Some(place) = edge.quick_taker()
            && let Some(taker) = place
        {
            let Some(reg) = taken_by(taker, kind) else {
                return Quick::No;
            };
            taker.s()[usize::from(reg)] = word;
            if RECORDED && taker.group != group {
                note_partner(self.recorder, process, taker);
            }
            let taker = place.take();
            drop(inbox);
            return self.met(taker);
        }
        match inbox.listeners() {
            [] => {}
            [cell] => {
                let kind = Kind::ALL[usize::from(kind)];
                let message = Message::Word(kind, word);
                let found = cell.take_here(&group, |chooser| {
                    let (state, s) = chooser.choice_and_s()?;
                    let choice = &program.module.choices[usize::from(state.site)];
                    state.wants(program, choice, s, &group, partner, me, last, &message)
                });
                if let Some((mut chooser, armed)) = found {
                    chooser.wait = Wait::Nothing;
                    if RECORDED {
                        note_taken(self.recorder, &group, &mut chooser, (armed, me), Some(process));
                    }
                    let tick = |clock| inbox.tick(clock);
                    if !conclude(program, &mut chooser, armed, (me, kind, word), tick) {
                        return self.failed(Trap::malformed());
                    }
                    let Some(state) = chooser.choice() else {
                        return self.failed(Trap::malformed());
                    };
                    inbox.edge(at).last_guard = state.armed[armed as usize].guard;
                    drop(inbox);
                    self.forget_timer(state);
                    self.wake_chooser(chooser);
                    return self.quickly_done();
                }
            }
            _ => return Quick::No,
        }
        if group.members[partner as usize].has_ended() {
            return Quick::No;
        }
        let Some(pc) = behind(self.codes, process, ip) else {
            return Quick::No;
        };
        if let Some(mut process) = self.here.take() {
            process.pc = pc;
            process.wait = Wait::OfferScalar {
                kind,
                reg: instr.b,
                port: instr.d,
            };
            inbox.wait_scalar(at, process, kind);
        }
        Quick::Parked
    }

    /// `RecvS` and `GuardS` along any edge on which nobody else waits in the same name.
    #[inline(never)]
    pub(super) fn direct_receive<const RECORDED: bool>(&mut self, ip: *const Instr) -> Quick {
        // SAFETY: it is the instruction that is executed.
        let instr = unsafe { &*ip };
        let Some(process) = &mut self.here else {
            return Quick::No;
        };
        let (kind, group, member) = (instr.a & 3, process.group, process.member);
        let s = process.s();
        let Some((partner, at)) = known_at(s, &self.shared.program.quick[usize::from(instr.d)]) else {
            return Quick::No;
        };
        let mut inbox = group.inbox(member);
        let edge = inbox.edge(at);
        if edge.is_crowded() || edge.speaker != partner {
            return Quick::No;
        }
        if let Some(offer) = edge.offer() {
            let Some(reg) = given_by(offer, kind) else {
                return Quick::No;
            };
            s[usize::from(instr.b)] = offer.s()[usize::from(reg)];
            if RECORDED && offer.group != group {
                note_partner(self.recorder, process, offer);
            }
            let sender = inbox.take_only_offer(at);
            drop(inbox);
            return self.met(sender);
        }
        let Some(place) = edge.free_taker() else {
            return Quick::No;
        };
        let wait = Wait::TakeScalar {
            kind,
            guard: instr.op == Op::GuardS,
            reg: instr.b,
            port: instr.d,
        };
        self.wait_in(place, ip, wait)
    }

    /// A communication has failed.
    #[cold]
    pub(super) fn failed(&mut self, problem: Box<Trap>) -> Quick {
        self.trap = Some(problem);
        Quick::Failed
    }

    /// A communication has happened with a process that waited, which comes next.
    #[inline(always)]
    pub(super) fn met(&mut self, partner: Option<Process>) -> Quick {
        self.queue.push_next(partner);
        self.quickly_done()
    }

    /// A communication has happened. If the turn is over now, the process goes on until it waits or jumps backwards.
    #[inline(always)]
    pub(super) fn quickly_done(&mut self) -> Quick {
        self.counts.communications += 1;
        self.fuel = self.fuel.saturating_sub(1);
        Quick::Done
    }
}
