//! Outputs, and inputs outside choices.

use super::names::{Resolved, resolve};
use super::quick::Known;
use super::record::{note_meeting, note_took};
use super::replay::At;
use crate::chan::{Cell, ChoiceState, Message, NOBODY, complete, deliver, message_of, offer_fits, taker_fits};
use crate::chan::{Group, GroupRef, Inbox};
use crate::error::Trap;
use crate::process::{Process, Wait};
use crate::program::{Program, QuickPort};
use crate::sched::{Flow, Worker};
use crate::sync::{Bug, Guard, is_planted};
use hydra_bytecode::{Instr, Kind, Op, Port};
use std::sync::Arc;

/// The position of the edge from `speaker` in the inbox of `receiver`, made if there is none, with the inbox locked.
#[inline]
pub(super) fn edge<'a>(group: &'a Group, speaker: u32, receiver: u32, hint: u32) -> (Guard<'a, Inbox>, u32) {
    let inbox = group.inbox(receiver);
    match inbox.find(speaker, hint) {
        Some(at) => (inbox, at),
        None => {
            drop(inbox);
            new_edge(group, speaker, receiver)
        }
    }
}

#[inline(never)]
fn new_edge(group: &Group, speaker: u32, receiver: u32) -> (Guard<'_, Inbox>, u32) {
    // first the speaker learns whom its end concerns; both locks at once could wait for each other
    if !is_planted(Bug::LateTelling) {
        group.heard_by(speaker, receiver);
    }
    let mut inbox = group.inbox(receiver);
    let at = inbox.find(speaker, NOBODY).unwrap_or_else(|| inbox.add(speaker));
    if is_planted(Bug::LateTelling) {
        drop(inbox);
        group.heard_by(speaker, receiver);
        return (group.inbox(receiver), at);
    }
    (inbox, at)
}

/// Where the edge of a port was last time.
#[inline]
fn hint(process: &mut Process, port: &Port) -> u32 {
    let known = process.s().get(usize::from(port.cache)).copied();
    Known(known.unwrap_or_default()).edge().unwrap_or(NOBODY)
}

/// Remembers in the port's registers what was found; `quick`: the quick path may use it.
pub(super) fn remember(process: &mut Process, port: &QuickPort, quick: bool, partner: u32, at: u32) {
    let cache = usize::from(port.cache);
    let s = process.s();
    let key = port.key(s);
    if let Some(word) = s.get_mut(cache) {
        *word = Known::new(partner, at, quick && key.is_some()).0;
    }
    if port.count > 0
        && let (Some(word), Some(key)) = (s.get_mut(cache + 1), key)
    {
        *word = key;
    }
}

impl Worker<'_> {
    #[inline]
    pub(super) fn send_scalar(&mut self, mut process: Process, own: GroupRef, instr: Instr) -> Flow {
        let word = process.s()[usize::from(instr.b)];
        let message = Message::Word(Kind::ALL[usize::from(instr.a & 3)], word);
        let wait = Wait::OfferScalar {
            kind: instr.a,
            reg: instr.b,
            port: instr.d,
        };
        self.send(process, own, instr.d, message, wait)
    }

    #[inline]
    pub(super) fn send_value(&mut self, mut process: Process, own: GroupRef, instr: Instr) -> Flow {
        let (message, wait) = value_of(&mut process, instr);
        self.send(process, own, instr.d, message, wait)
    }

    /// As [`send_value`](Self::send_value), to a member of the own group that the port remembers, with the position of the edge.
    #[inline]
    pub(super) fn send_value_to(
        &mut self,
        mut process: Process,
        own: GroupRef,
        instr: Instr,
        (partner, at): (u32, u32),
    ) -> Flow {
        let (message, wait) = value_of(&mut process, instr);
        let meeting = At {
            group: own,
            speaker: process.member,
            receiver: partner,
        };
        self.offer(process, own, meeting, (own.inbox(partner), at), message, wait)
    }

    #[inline]
    fn send(&mut self, mut process: Process, own: GroupRef, port_index: u16, message: Message, wait: Wait) -> Flow {
        let shared = self.shared;
        let program: &Program = &shared.program;
        let port = &program.module.ports[usize::from(port_index)];
        let (group, speaker, partner) = match resolve(shared, own, &mut process, port) {
            Ok(Resolved::Member {
                group,
                speaker,
                partner,
            }) => (group, speaker, partner),
            Ok(Resolved::Stream(stream)) => return self.write(process, stream, message, wait),
            Err(trap) => return Flow::Fail(process, trap),
        };
        let meeting = At {
            group,
            speaker,
            receiver: partner,
        };
        if let Some(player) = &shared.player {
            return self.send_again(player, process, meeting, message, wait);
        }
        let known = hint(&mut process, port);
        let (inbox, at) = edge(&group, speaker, partner, known);
        let quick = own == group && speaker == process.member && !self.is_exact();
        remember(
            &mut process,
            &program.quick[usize::from(port_index)],
            quick,
            partner,
            at,
        );
        self.offer(process, own, meeting, (inbox, at), message, wait)
    }

    /// The process outputs along the edge at `at`.
    #[inline]
    fn offer(
        &mut self,
        mut process: Process,
        own: GroupRef,
        meeting: At,
        (mut inbox, at): (Guard<'_, Inbox>, u32),
        message: Message,
        wait: Wait,
    ) -> Flow {
        let program: &Program = &self.shared.program;
        let At {
            group,
            speaker,
            receiver: partner,
        } = meeting;
        if let Some(mut taker) = inbox.take_taker(at, |taker| taker_fits(program, taker, &message)) {
            drop(inbox);
            if self.recorder.is_some() {
                note_meeting(self.recorder, &group, &mut taker, &mut process);
            }
            if let Err(trap) = deliver(program, &mut taker, message) {
                return Flow::Fail(taker, note_sender(trap, program, &process));
            }
            self.wake(taker);
            return self.communicated(process);
        }
        if !inbox.listeners().is_empty() {
            let last = inbox.edge(at).last_guard;
            let take = |cell: &Arc<Cell>| choosing(program, cell, group, partner, speaker, last, &message);
            let found = match inbox.listeners() {
                [cell] => take(cell),
                cells => in_order_of_arrival(cells).into_iter().find_map(take),
            };
            if let Some((mut chooser, armed)) = found {
                let Some(mut state) = chooser.extra_mut().choice.take() else {
                    return Flow::Fail(process, Trap::malformed());
                };
                chooser.wait = Wait::Nothing;
                inbox.edge(at).last_guard = state.armed[armed as usize].guard;
                state.clock = inbox.tick(state.clock);
                drop(inbox);
                self.forget_timer(&mut state);
                if self.recorder.is_some() {
                    let armed = (armed, state.offset(armed, speaker));
                    note_took(self.recorder, &group, &mut chooser, armed, Some(&mut process));
                }
                chooser.wait = Wait::Nothing;
                let result = complete_for(program, &mut chooser, &mut state, armed, Some(speaker), Some(message));
                chooser.extra_mut().choice = Some(state);
                if let Err(trap) = result {
                    return Flow::Fail(chooser, note_sender(trap, program, &process));
                }
                self.wake_chooser(chooser);
                return self.communicated(process);
            }
        }
        if group.members[partner as usize].has_ended() {
            drop(inbox);
            let name = crate::report::member_name(&program.module, &group, partner);
            return Flow::Fail(process, Trap::new(format!("output to {name}, which has terminated")));
        }
        self.leaves(&process, group, own);
        process.wait = wait;
        inbox.wait_offer(at, process);
        Flow::Gone
    }

    /// A process is about to wait in the inbox of a group. If that is not its own, who takes it out may be on another worker.
    #[inline]
    pub(super) fn leaves(&self, process: &Process, group: GroupRef, own: GroupRef) {
        if group != own && self.shared.workers > 1 {
            self.shared.sharing.share_outwards(process.group);
        }
    }

    #[inline]
    pub(super) fn receive_scalar(&mut self, process: Process, own: GroupRef, instr: Instr) -> Flow {
        let guard = instr.op == Op::GuardS;
        self.receive(
            process,
            own,
            instr,
            Wait::TakeScalar {
                kind: instr.a,
                guard,
                reg: instr.b,
                port: instr.d,
            },
        )
    }

    #[inline]
    pub(super) fn receive_value(&mut self, process: Process, own: GroupRef, instr: Instr) -> Flow {
        self.receive(process, own, instr, value_into(instr))
    }

    /// As [`receive_value`](Self::receive_value), from a member of the own group that the port remembers, with the position of
    /// the edge.
    #[inline]
    pub(super) fn receive_value_from(
        &mut self,
        process: Process,
        own: GroupRef,
        instr: Instr,
        (partner, at): (u32, u32),
    ) -> Flow {
        let meeting = At {
            group: own,
            speaker: partner,
            receiver: process.member,
        };
        let inbox = own.inbox(meeting.receiver);
        self.take(process, own, meeting, (inbox, at), instr, value_into(instr))
    }

    #[inline]
    fn receive(&mut self, mut process: Process, own: GroupRef, instr: Instr, wait: Wait) -> Flow {
        let shared = self.shared;
        let program: &Program = &shared.program;
        let port = &program.module.ports[usize::from(instr.d)];
        let (group, me, partner) = match resolve(shared, own, &mut process, port) {
            Ok(Resolved::Member {
                group,
                speaker,
                partner,
            }) => (group, speaker, partner),
            Ok(Resolved::Stream(stream)) => return self.read(process, instr, stream, wait),
            Err(trap) => return Flow::Fail(process, trap),
        };
        let meeting = At {
            group,
            speaker: partner,
            receiver: me,
        };
        if let Some(player) = &shared.player {
            return self.receive_again(player, process, meeting, instr, wait);
        }
        let known = hint(&mut process, port);
        let (inbox, at) = edge(&group, partner, me, known);
        let quick = own == group && me == process.member && !self.is_exact();
        remember(&mut process, &program.quick[usize::from(instr.d)], quick, partner, at);
        self.take(process, own, meeting, (inbox, at), instr, wait)
    }

    /// The process inputs from the edge at `at`.
    #[inline]
    fn take(
        &mut self,
        mut process: Process,
        own: GroupRef,
        meeting: At,
        (mut inbox, at): (Guard<'_, Inbox>, u32),
        instr: Instr,
        wait: Wait,
    ) -> Flow {
        let program: &Program = &self.shared.program;
        let port = &program.module.ports[usize::from(instr.d)];
        let At {
            group,
            speaker: partner,
            receiver: _,
        } = meeting;
        if let Some(place) = inbox.find_offer(at, |offer| offer_fits(program, offer, port.ty)) {
            let Some(mut sender) = inbox.take_offer(at, place) else {
                return Flow::Fail(process, Trap::malformed());
            };
            drop(inbox);
            if self.recorder.is_some() {
                note_meeting(self.recorder, &group, &mut process, &mut sender);
            }
            let message = message_of(&mut sender);
            process.wait = wait;
            if let Err(trap) = deliver(program, &mut process, message) {
                let trap = note_sender(trap, program, &sender);
                return Flow::Fail(process, trap);
            }
            self.wake(sender);
            return self.communicated(process);
        }
        if group.members[partner as usize].has_ended() {
            inbox.edge(at).silence();
            drop(inbox);
            if matches!(instr.op, Op::GuardS | Op::GuardV) {
                process.pc = process.pc.wrapping_add_signed(i32::from(instr.c as i16));
                return self.spent(process);
            }
            let name = crate::report::member_name(&program.module, &group, partner);
            return Flow::Fail(process, ended_source(&name));
        }
        self.leaves(&process, group, own);
        process.wait = wait;
        inbox.wait_taker(at, process);
        Flow::Gone
    }

    /// A communication has happened: the process goes on while its turn lasts.
    #[inline]
    pub(super) fn communicated(&mut self, process: Process) -> Flow {
        if self.may_go_on() {
            Flow::Go(process)
        } else {
            Flow::Yield(process)
        }
    }

    /// Counts a communication; whether the turn lasts.
    #[inline(always)]
    pub(super) fn may_go_on(&mut self) -> bool {
        self.counts.communications += 1;
        if self.rng.is_some() || self.fuel == 0 {
            return false;
        }
        self.fuel -= 1;
        true
    }
}

/// What `SendV` outputs, and how it waits.
#[inline(always)]
fn value_of(process: &mut Process, instr: Instr) -> (Message, Wait) {
    let wait = Wait::OfferValue {
        reg: instr.b,
        port: instr.d,
    };
    (Message::Value(process.r()[usize::from(instr.b)].clone()), wait)
}

/// How `RecvV` and `GuardV` wait.
#[inline(always)]
fn value_into(instr: Instr) -> Wait {
    Wait::TakeValue {
        guard: instr.op == Op::GuardV,
        reg: instr.b,
        port: instr.d,
    }
}

/// [`complete`] for a process that does not run.
pub(super) fn complete_for(
    program: &Program,
    process: &mut Process,
    state: &mut ChoiceState,
    armed: u32,
    speaker: Option<u32>,
    message: Option<Message>,
) -> Result<(), Box<Trap>> {
    let (instance, mut pc) = (process.in_instance(), process.pc);
    let window = process.window();
    let result = complete(program, window, (instance, &mut pc), state, armed, speaker, message);
    process.pc = pc;
    result
}

/// A choice that waits and takes the message, taken out of its cell, with the armed guard.
fn choosing(
    program: &Program,
    cell: &Arc<Cell>,
    group: GroupRef,
    me: u32,
    speaker: u32,
    last: u16,
    message: &Message,
) -> Option<(Process, u32)> {
    cell.take_here(&group, |process| {
        let (state, s) = process.choice_and_s()?;
        let choice = &program.module.choices[usize::from(state.site)];
        state.wants(program, choice, s, &group, me, speaker, last, message)
    })
}

/// The choices that wait, those that have waited longest first.
fn in_order_of_arrival(cells: &[Arc<Cell>]) -> Vec<&Arc<Cell>> {
    let mut waiting = Vec::new();
    for cell in cells {
        cell.see(|process| {
            if let Some(state) = process.extra_mut().choice.as_ref() {
                waiting.push((state.since, cell));
            }
        });
    }
    waiting.sort_by_key(|(since, _)| *since);
    waiting.into_iter().map(|(_, cell)| cell).collect()
}

/// The failure of an input whose source has terminated.
#[cold]
pub(super) fn ended_source(name: &str) -> Box<Trap> {
    Trap::new(format!("input from {name}, which has terminated"))
}

/// When two meet and the receiver fails, the report shows both places.
#[cold]
pub(super) fn note_sender(mut trap: Box<Trap>, program: &Program, sender: &Process) -> Box<Trap> {
    let span = program.module.routines[sender.routine as usize].span(sender.pc.saturating_sub(1));
    trap.notes.push((span, "the output it meets".into()));
    trap
}
