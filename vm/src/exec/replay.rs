//! Communications of a run that is repeated: two meet only if that was recorded, see [`trace`](crate::trace).

use super::communicate::{complete_for, edge, ended_source, note_sender};
use super::host::wanted;
use super::outside::{Told, told};
use crate::chan::{ArmedKind, ChoiceState, GroupRef, Message, NOBODY, deliver, message_of, offer_fits, taker_fits};
use crate::error::Trap;
use crate::host::Poll;
use crate::process::{Process, Wait};
use crate::program::Program;
use crate::sched::{Flow, Shared, Worker};
use crate::trace::{Entry, Ident, Piece, Player, Tape, Track};
use hydra_bytecode::{Choice, Instr, Op};
use std::sync::Arc;

/// Where two may meet: a name of a group, and in whose name it is spoken to.
#[derive(Clone, Copy)]
pub(super) struct At {
    pub(super) group: GroupRef,
    pub(super) speaker: u32,
    pub(super) receiver: u32,
}

fn tape(process: &mut Process) -> Option<&mut Tape> {
    match process.extra.as_mut()?.track.as_deref_mut()? {
        Track::Read(tape) => Some(tape),
        Track::Written(_) => None,
    }
}

/// The next two entries of the log of a process.
pub(super) fn peek(process: &Process) -> (Option<Entry>, Option<Entry>) {
    match process.extra.as_ref().and_then(|extra| extra.track.as_deref()) {
        Some(Track::Read(tape)) => tape.peek_two(),
        _ => (None, None),
    }
}

pub(super) fn skip(player: &Player, process: &mut Process) {
    let used = tape(process).map_or(0, Tape::skip);
    player.used(used);
}

/// What is long in an entry of the log of a process.
pub(super) fn piece(process: &Process, piece: Piece) -> &[u8] {
    match process.extra.as_ref().and_then(|extra| extra.track.as_deref()) {
        Some(Track::Read(tape)) => tape.piece(piece),
        _ => &[],
    }
}

/// Whether two may meet; `chooses`: the receiver does so in a choice.
fn may_meet(group: GroupRef, receiver: &Process, sender: &Process, chooses: bool) -> bool {
    let with = |process: &Process| Some(Entry::Partner(Ident::of(process)));
    let (first, second) = peek(receiver);
    let told = if chooses { second } else { first };
    (sender.group == group || told == with(sender)) && (receiver.group == group || peek(sender).0 == with(receiver))
}

/// They have met.
fn meet(player: &Player, group: GroupRef, receiver: &mut Process, sender: &mut Process, chooses: bool) {
    if chooses {
        skip(player, receiver);
    }
    if sender.group != group {
        skip(player, receiver);
    }
    if receiver.group != group {
        skip(player, sender);
    }
}

/// The armed guard that was taken, and whose output, if it is an input.
fn took(state: &ChoiceState, entry: Option<Entry>) -> Option<(u32, Option<(u16, u32)>)> {
    let Some(Entry::Took(at, number)) = entry else {
        return None;
    };
    let from = match state.armed.get(at as usize)?.kind {
        ArmedKind::Input { home, source, .. } => Some((home, source)),
        ArmedKind::All { home, first, last, .. } => {
            let speaker = first.checked_add(number?)?;
            Some((home, (speaker <= last).then_some(speaker)?))
        }
        _ => None,
    };
    Some((at, from))
}

/// The type that an armed guard inputs.
fn type_of(program: &Program, choice: &Choice, state: &ChoiceState, armed: u32) -> Option<u16> {
    let guard = state.armed.get(armed as usize)?.guard;
    let (port, _) = choice.guards.get(usize::from(guard))?.input?;
    Some(program.module.ports[usize::from(port)].ty)
}

/// Whether a choice that waits takes this output: with which of its armed guards.
fn wants(program: &Program, chooser: &mut Process, sender: &Process, at: At, message: &Message) -> Option<u32> {
    if !may_meet(at.group, chooser, sender, true) {
        return None;
    }
    let entry = peek(chooser).0;
    let state = chooser.choice()?;
    let (armed, Some((home, speaker))) = took(state, entry)? else {
        return None;
    };
    let home = state.homes.get(usize::from(home))?;
    let choice = &program.module.choices[usize::from(state.site)];
    let ty = type_of(program, choice, state, armed)?;
    let here = home.group == at.group && home.me == at.receiver && speaker == at.speaker;
    (here && message.fits(program, ty)).then_some(armed)
}

impl Worker<'_> {
    /// An output.
    pub(super) fn send_again(
        &mut self,
        player: &Player,
        mut process: Process,
        at: At,
        message: Message,
        wait: Wait,
    ) -> Flow {
        let program: &Program = &self.shared.program;
        let group = at.group;
        let (mut inbox, position) = edge(&group, at.speaker, at.receiver, NOBODY);
        let fits =
            |taker: &mut Process| taker_fits(program, taker, &message) && may_meet(group, taker, &process, false);
        if let Some(mut taker) = inbox.take_taker(position, fits) {
            drop(inbox);
            meet(player, group, &mut taker, &mut process, false);
            if let Err(trap) = deliver(program, &mut taker, message) {
                let trap = note_sender(trap, program, &process);
                self.queue.push(process);
                return Flow::Fail(taker, trap);
            }
            self.wake(taker);
            return self.communicated(process);
        }
        let mut choices = inbox.listeners().iter();
        let found =
            choices.find_map(|cell| cell.take_here(&group, |chooser| wants(program, chooser, &process, at, &message)));
        if let Some((mut chooser, armed)) = found {
            drop(inbox);
            meet(player, group, &mut chooser, &mut process, true);
            chooser.wait = Wait::Nothing;
            let Some(mut state) = chooser.take_choice() else {
                return Flow::Fail(process, Trap::malformed());
            };
            let speaker = Some(at.speaker);
            let result = complete_for(program, &mut chooser, &mut state, armed, speaker, Some(message));
            chooser.extra_mut().choice = Some(state);
            if let Err(trap) = result {
                let trap = note_sender(trap, program, &process);
                self.queue.push(process);
                return Flow::Fail(chooser, trap);
            }
            self.wake_chooser(chooser);
            return self.communicated(process);
        }
        if group.members[at.receiver as usize].has_ended() {
            drop(inbox);
            let name = crate::report::member_name(&program.module, &group, at.receiver);
            return Flow::Fail(process, Trap::new(format!("output to {name}, which has terminated")));
        }
        process.wait = wait;
        inbox.wait_offer(position, process);
        Flow::Gone
    }

    /// An input outside of choices.
    pub(super) fn receive_again(
        &mut self,
        player: &Player,
        mut process: Process,
        at: At,
        instr: Instr,
        wait: Wait,
    ) -> Flow {
        let program: &Program = &self.shared.program;
        let group = at.group;
        let ty = program.module.ports[usize::from(instr.d)].ty;
        let (mut inbox, position) = edge(&group, at.speaker, at.receiver, NOBODY);
        let fits = |offer: &mut Process| offer_fits(program, offer, ty) && may_meet(group, &process, offer, false);
        if let Some(place) = inbox.find_offer(position, fits) {
            let Some(mut sender) = inbox.take_offer(position, place) else {
                return Flow::Fail(process, Trap::malformed());
            };
            drop(inbox);
            meet(player, group, &mut process, &mut sender, false);
            let message = message_of(&mut sender);
            process.wait = wait;
            if let Err(trap) = deliver(program, &mut process, message) {
                let trap = note_sender(trap, program, &sender);
                self.queue.push(sender);
                return Flow::Fail(process, trap);
            }
            self.wake(sender);
            return self.communicated(process);
        }
        if group.members[at.speaker as usize].has_ended() {
            inbox.edge(position).silence();
            drop(inbox);
            if matches!(instr.op, Op::GuardS | Op::GuardV) {
                process.pc = process.pc.wrapping_add_signed(i32::from(instr.c as i16));
                return self.spent(process);
            }
            let name = crate::report::member_name(&program.module, &group, at.speaker);
            return Flow::Fail(process, ended_source(&name));
        }
        process.wait = wait;
        inbox.wait_taker(position, process);
        Flow::Gone
    }

    /// The end of a round of a choice: the guard is taken that was recorded.
    pub(super) fn select_again(&mut self, player: &Player, mut process: Process, site: u16) -> Flow {
        let program: &Program = &self.shared.program;
        let choice = &program.module.choices[usize::from(site)];
        let entry = peek(&process).0;
        let Some(mut state) = process.take_choice() else {
            return Flow::Fail(process, Trap::malformed());
        };
        if state.site != site {
            return Flow::Fail(process, Trap::malformed());
        }
        state.settle();
        state.witness = None;
        match entry {
            // nothing was: it waits to the end
            None => {
                self.await_streams(&state);
                self.choose_later(process, state)
            }
            Some(Entry::Failed(_)) => match told(self.shared, player, &mut process, 0) {
                Told::Failed(trap) => Flow::Fail(process, trap),
                _ => Flow::Fail(process, Trap::malformed()),
            },
            Some(Entry::Otherwise) => {
                if let Some((home, member)) = self.live_source(&mut state) {
                    state.witness = Some((home, member));
                    let at = &state.homes[usize::from(home)];
                    // its end must find this process
                    drop(edge(&at.group, member, at.me, NOBODY));
                    return self.choose_later(process, state);
                }
                process.extra_mut().choice = Some(state);
                skip(player, &mut process);
                match choice.otherwise {
                    Some(target) => {
                        process.pc = target;
                        self.spent(process)
                    }
                    None => Flow::Fail(process, Trap::new("all guards of the alternative have failed")),
                }
            }
            entry => match took(&state, entry) {
                None => {
                    process.extra_mut().choice = Some(state);
                    self.misfit(player, &process, entry);
                    Flow::Gone
                }
                Some((armed, Some(from))) => self.take_again(player, choice, (process, state), armed, from),
                Some((armed, None)) => self.take_other(player, choice, (process, state), armed),
            },
        }
    }

    /// A choice waits, for an output that does not come now, or for ever.
    fn choose_later(&mut self, mut process: Process, state: Box<ChoiceState>) -> Flow {
        let (cell, group) = (state.cell.clone(), process.group);
        if let (true, Some(player)) = (state.homes.is_empty(), &self.shared.player) {
            player.keep(cell.clone());
        }
        process.wait = Wait::Choice(state.site);
        process.extra_mut().choice = Some(state);
        cell.put(&group, process);
        Flow::Gone
    }

    /// A choice took an output.
    fn take_again(
        &mut self,
        player: &Player,
        choice: &Choice,
        (mut process, mut state): (Process, Box<ChoiceState>),
        armed: u32,
        (home, speaker): (u16, u32),
    ) -> Flow {
        let program: &Program = &self.shared.program;
        let (Some(home), Some(ty)) = (
            state.homes.get(usize::from(home)).cloned(),
            type_of(program, choice, &state, armed),
        ) else {
            return Flow::Fail(process, Trap::malformed());
        };
        let group = home.group;
        let mut inbox = group.inbox(home.me);
        let fits = |offer: &mut Process| offer_fits(program, offer, ty) && may_meet(group, &process, offer, true);
        let found = inbox.find(speaker, NOBODY);
        let found = found.and_then(|edge| inbox.find_offer(edge, fits).map(|place| (edge, place)));
        let Some(mut sender) = found.and_then(|(edge, place)| inbox.take_offer(edge, place)) else {
            drop(inbox);
            return self.choose_later(process, state);
        };
        drop(inbox);
        meet(player, group, &mut process, &mut sender, true);
        let message = message_of(&mut sender);
        let result = complete_for(program, &mut process, &mut state, armed, Some(speaker), Some(message));
        process.extra_mut().choice = Some(state);
        if let Err(trap) = result {
            let trap = note_sender(trap, program, &sender);
            self.queue.push(sender);
            return Flow::Fail(process, trap);
        }
        self.wake(sender);
        self.communicated(process)
    }

    /// A choice took a guard that waits for no process.
    fn take_other(
        &mut self,
        player: &Player,
        choice: &Choice,
        (mut process, mut state): (Process, Box<ChoiceState>),
        armed: u32,
    ) -> Flow {
        let shared: &Arc<Shared> = self.shared;
        let program: &Program = &shared.program;
        let mut message = None;
        if let ArmedKind::Stream(stream) = state.armed[armed as usize].kind
            && self.shared.streams.has_values(stream)
        {
            if peek(&process).1.is_none() {
                // the trace was cut off between the two
                return self.choose_later(process, state);
            }
            skip(player, &mut process);
            let ty = type_of(program, choice, &state, armed).unwrap_or_default();
            match told(shared, player, &mut process, ty) {
                Told::Value(value) => message = Some(Message::Value(value)),
                Told::Failed(trap) => return Flow::Fail(process, trap),
                _ => {
                    self.misfit(player, &process, peek(&process).0);
                    return Flow::Gone;
                }
            }
        } else if let ArmedKind::Stream(stream) = state.armed[armed as usize].kind {
            if !player.may_read(Ident::of(&process)) {
                process.extra_mut().choice = Some(state);
                player.reads_later(crate::sched::look_again(process));
                return Flow::Gone;
            }
            skip(player, &mut process);
            let port = choice.guards[usize::from(state.armed[armed as usize].guard)].input;
            let Some((port, _)) = port else {
                return Flow::Fail(process, Trap::malformed());
            };
            let read = wanted(shared, &mut process, port, stream).and_then(|wanted| {
                let read = shared.streams.read(shared, stream, wanted, false, false, &mut None);
                read.map_err(Trap::new)
            });
            player.has_read(shared);
            match read {
                Ok(Poll::Ready(value)) => message = Some(Message::Value(value)),
                Ok(_) => {
                    self.misfit(player, &process, None);
                    return Flow::Gone;
                }
                Err(trap) => return Flow::Fail(process, trap),
            }
        } else {
            skip(player, &mut process);
        }
        let result = complete_for(program, &mut process, &mut state, armed, None, message);
        process.extra_mut().choice = Some(state);
        match result {
            Ok(()) => self.communicated(process),
            Err(trap) => Flow::Fail(process, trap),
        }
    }

    /// The number of the parallel command that a process starts; `None`: it does not, for that was not recorded.
    pub(super) fn group_again(&mut self, player: &Player, process: &mut Process) -> Option<u64> {
        match peek(process).0 {
            Some(Entry::Group(number)) => {
                skip(player, process);
                Some(number)
            }
            None => None,
            entry => {
                self.misfit(player, process, entry);
                None
            }
        }
    }

    /// Waits until all has happened, or ends the run; see [`Player::fails`].
    #[cold]
    pub(super) fn misfit(&self, player: &Player, process: &Process, entry: Option<Entry>) {
        let module = &self.shared.program.module;
        let name = crate::report::path(module, &process.group, process.member);
        let next = match entry {
            Some(entry) => format!("{entry:?} comes next in the log of {name}, which does something else"),
            None => format!("{name} reads what was not read"),
        };
        player.deviates(self.shared, next);
    }
}
