//! Rounds of a choice: arming guards, and waiting until one is ready.

use super::communicate::{complete_for, edge, note_sender, remember};
use super::host::wanted;
use super::names::{Resolved, resolve};
use super::record::{note, note_took};
use crate::chan::{ArmedKind, Cell, ChoiceState, Found, Group, GroupRef, Home, Message, NOBODY};
use crate::error::Trap;
use crate::host::{Poll, StreamWaiter};
use crate::process::{Process, Wait};
use crate::program::Program;
use crate::sched::{Flow, Waiter, Worker, after, look_again};
use crate::sync::{Bug, is_planted};
use crate::trace::{Entry, Ident};
use hydra_bytecode::{Choice, Instr};
use smallvec::SmallVec;
use std::sync::Arc;

/// What the guards that need a source say when none of them is ready.
enum Hope {
    /// This member, a source of the home, has not ended.
    Source(u16, u32),
    /// A delay or a stream.
    Other,
    /// All have failed.
    None,
}

impl Worker<'_> {
    /// Begins a round.
    pub(super) fn choose(&mut self, process: &mut Process, site: u16) -> Result<(), Box<Trap>> {
        self.counts.choices += 1;
        let state = process.extra_mut().choice.get_or_insert_with(ChoiceState::new);
        let drawn = match &mut self.rng {
            Some(rng) => rng.below(usize::MAX) as u64 | 1,
            // nothing is quick then
            None => u64::from(self.shared.player.is_some()),
        };
        state.begin(site, drawn);
        Ok(())
    }

    /// A round with a delay is over: its timer must not seem to be something that can still happen.
    pub(super) fn forget_timer(&self, state: &mut ChoiceState) {
        if let Some(key) = state.timer.take()
            && !is_planted(Bug::StaleTimer)
        {
            self.shared.timers.cancel(key);
        }
    }

    fn armed(&self, process: &mut Process, site: u16, guard: u16, kind: ArmedKind) -> Result<(), Box<Trap>> {
        let program: &Program = &self.shared.program;
        let ranges = &program.module.choices[usize::from(site)].guards[usize::from(guard)].ranges;
        let (state, s) = process.choice_and_s().ok_or_else(Trap::malformed)?;
        state.arm(guard, kind, ranges.iter().map(|&reg| s[usize::from(reg)] as i64));
        if state.site == site {
            Ok(())
        } else {
            Err(Trap::malformed())
        }
    }

    /// A guard may be chosen.
    pub(super) fn arm(&mut self, process: &mut Process, group: GroupRef, instr: Instr) -> Result<(), Box<Trap>> {
        let program: &Program = &self.shared.program;
        let guard = &program.module.choices[usize::from(instr.d)].guards[usize::from(instr.b)];
        let kind = match guard.input {
            None => ArmedKind::True,
            Some((number, _)) => {
                let port = &program.module.ports[usize::from(number)];
                match resolve(self.shared, group, process, port)? {
                    Resolved::Stream(stream) => ArmedKind::Stream(stream),
                    Resolved::Member {
                        group: at,
                        speaker,
                        partner,
                    } => {
                        self.leaves(process, at, group);
                        let state = process.choice().ok_or_else(Trap::malformed)?;
                        let home = state.home(at, speaker);
                        let found = at.inbox(speaker).find(partner, NOBODY);
                        if let Some(edge) = found {
                            let quick = !self.is_exact() && speaker == process.member && group == at;
                            remember(process, &program.quick[usize::from(number)], quick, partner, edge);
                        }
                        ArmedKind::Input {
                            home,
                            source: partner,
                            hint: found.unwrap_or(NOBODY),
                        }
                    }
                }
            }
        };
        self.armed(process, instr.d, instr.b, kind)
    }

    /// A guard may be chosen for each value of its range variable.
    pub(super) fn arm_all(&mut self, process: &mut Process, group: GroupRef, instr: Instr) -> Result<(), Box<Trap>> {
        let program: &Program = &self.shared.program;
        let guard = &program.module.choices[usize::from(instr.d)].guards[usize::from(instr.b)];
        let Some((port, _)) = guard.input else {
            return Err(Trap::malformed());
        };
        let port = &program.module.ports[usize::from(port)];
        let (low, high) = {
            let s = process.s();
            (s[usize::from(instr.c)] as i64, s[usize::from(instr.c) + 1] as i64)
        };
        if high < low {
            return Ok(());
        }
        let subscript = usize::from(port.subscripts) + usize::from(guard.varying);
        // where the whole range lies in one stretch of members, it is armed at once
        let ends = [low, high].map(|value| {
            process.s()[subscript] = value as u64;
            resolve(self.shared, group, process, port)
        });
        if let [
            Ok(Resolved::Member {
                group: first_group,
                speaker,
                partner: first,
            }),
            Ok(Resolved::Member { partner: last, .. }),
        ] = &ends
            && i64::from(last.wrapping_sub(*first)) == high.wrapping_sub(low)
            && !(first..=last).contains(&speaker)
            && first_group.layout.section_of(*first).map(|(section, _)| section)
                == first_group.layout.section_of(*last).map(|(section, _)| section)
        {
            let me = process.member;
            self.leaves(process, *first_group, group);
            let state = process.extra_mut().choice.as_mut().ok_or_else(Trap::malformed)?;
            state.settle();
            let home = state.home(*first_group, *speaker);
            let kind = ArmedKind::All {
                home,
                first: *first,
                last: *last,
                low,
            };
            first_group.inbox(*speaker).tell_apart((*first, *last));
            if port.count == 1 {
                let only = program.servers[usize::from(instr.d)].is_some()
                    && *speaker == me
                    && *first_group == group
                    && !self.is_exact();
                state.know(instr.d, instr.b, (low, high), kind, only);
            }
            return self.armed(process, instr.d, instr.b, kind);
        }
        drop(ends);
        let range = guard.ranges.first().copied();
        for value in low..=high {
            let s = process.s();
            s[subscript] = value as u64;
            if let Some(range) = range {
                s[usize::from(range)] = value as u64;
            }
            self.arm(process, group, instr)?;
        }
        Ok(())
    }

    /// A guard may be chosen after a delay.
    pub(super) fn arm_after(&mut self, process: &mut Process, instr: Instr) -> Result<(), Box<Trap>> {
        let delay = process.s()[usize::from(instr.c)] as i64;
        let state = process.extra_mut().choice.as_mut().ok_or_else(Trap::malformed)?;
        let began = *state.began.get_or_insert_with(|| self.shared.clock.now());
        self.armed(process, instr.d, instr.b, ArmedKind::After(after(began, delay)))
    }

    /// Chooses a ready guard, or waits for one.
    pub(super) fn select(&mut self, mut process: Process, site: u16) -> Flow {
        if let Some(player) = &self.shared.player {
            return self.select_again(player, process, site);
        }
        let program: &Program = &self.shared.program;
        let Some(mut state) = process.extra_mut().choice.take() else {
            return Flow::Fail(process, Trap::malformed());
        };
        if state.site != site {
            return Flow::Fail(process, Trap::malformed());
        }
        state.settle();
        let choice = &program.module.choices[usize::from(site)];
        let homes = std::mem::take(&mut state.homes);
        let ready = self.ready(program, choice, &mut process, &mut state, &homes);
        state.homes = homes;
        match ready {
            Err(trap) => return Flow::Fail(process, trap),
            Ok(Some(sender)) => {
                self.forget_timer(&mut state);
                process.extra_mut().choice = Some(state);
                if let Some(sender) = sender {
                    self.wake(sender);
                }
                return self.communicated(process);
            }
            Ok(None) => {}
        }
        match self.hope(&mut state) {
            Hope::None => {
                process.extra_mut().choice = Some(state);
                note(self.recorder, &mut process, Entry::Otherwise);
                return match choice.otherwise {
                    Some(target) => {
                        process.pc = target;
                        self.spent(process)
                    }
                    None => Flow::Fail(process, Trap::new("all guards of the alternative have failed")),
                };
            }
            Hope::Source(home, member) => state.witness = Some((home, member)),
            Hope::Other => state.witness = None,
        }
        match self.park(program, choice, process, state) {
            Some(process) => Flow::Go(look_again(process)),
            None => Flow::Gone,
        }
    }

    /// Takes the best ready guard, if there is one: the process that it wakes, if any.
    fn ready(
        &mut self,
        program: &Program,
        choice: &Choice,
        process: &mut Process,
        state: &mut ChoiceState,
        homes: &[Home],
    ) -> Result<Option<Option<Process>>, Box<Trap>> {
        loop {
            let mut best: Option<Found> = None;
            let now = if state.began.is_some() {
                self.shared.clock.now()
            } else {
                0
            };
            state.scan_own(choice, process.s(), now, &mut best);
            if let Err(trap) = self.scan_streams(choice, process, state, &mut best) {
                self.note_failed(process, &trap.message);
                return Err(trap);
            }
            if let [home] = homes {
                // the usual case: one look under one lock
                let mut inbox = home.group.inbox(home.me);
                state.scan_home(program, choice, process.s(), 0, &mut inbox, &mut best);
                let Some(found) = best else { return Ok(None) };
                state.clock = inbox.tick(state.clock);
                if found.home().is_some() {
                    let speaker = found.speaker(&inbox);
                    let taken = found.take(program, choice, state, &mut inbox);
                    drop(inbox);
                    let Some((mut sender, message)) = taken else {
                        return Err(Trap::malformed());
                    };
                    self.note_found(process, state, &found, home.group, (speaker, &mut sender));
                    return finish(program, process, state, &found, Some((speaker, sender)), Some(message));
                }
            } else {
                for (number, home) in homes.iter().enumerate() {
                    let mut inbox = home.group.inbox(home.me);
                    // the clocks of all its names go alike, so that it can be told who came first
                    state.clock = inbox.tick(state.clock);
                    state.scan_home(program, choice, process.s(), number as u16, &mut inbox, &mut best);
                }
                let Some(found) = best else { return Ok(None) };
                state.clock += 1;
                if let Some(home) = found.home() {
                    let home = &homes[usize::from(home)];
                    let mut inbox = home.group.inbox(home.me);
                    let speaker = found.speaker(&inbox);
                    let taken = found.take(program, choice, state, &mut inbox);
                    state.clock = inbox.tick(state.clock);
                    drop(inbox);
                    // somebody else who inputs in this name may have been faster
                    let Some((mut sender, message)) = taken else { continue };
                    self.note_found(process, state, &found, home.group, (speaker, &mut sender));
                    return finish(program, process, state, &found, Some((speaker, sender)), Some(message));
                }
            }
            let Some(found) = best else { return Ok(None) };
            let message = match state.armed[found.armed as usize].kind {
                ArmedKind::Stream(number) => {
                    // noted by who takes the element
                    match self.take_element(choice, process, state, &found, number)? {
                        Some(message) => Some(message),
                        None => continue, // another reader was faster
                    }
                }
                _ => {
                    note(self.recorder, process, Entry::Took(found.armed, None));
                    None
                }
            };
            return finish(program, process, state, &found, None, message);
        }
    }

    /// Looks which streams have an element.
    fn scan_streams(
        &mut self,
        choice: &Choice,
        process: &mut Process,
        state: &mut ChoiceState,
        best: &mut Option<Found>,
    ) -> Result<(), Box<Trap>> {
        let mut ended = 0;
        for (at, armed) in state.armed.iter().enumerate() {
            let ArmedKind::Stream(stream) = armed.kind else {
                continue;
            };
            let Some((port, _)) = choice.guards[usize::from(armed.guard)].input else {
                continue;
            };
            let wanted = wanted(self.shared, process, port, stream)?;
            self.shared.sharing.share(process.group);
            // with a seed the run waits until it is known; else the process parks in the stream if nothing else is ready
            let mut waiter = Some(StreamWaiter::Choice(state.cell.clone()));
            let patient = self.rng.is_some();
            let streams = &self.shared.streams;
            let poll = streams.read(self.shared, stream, wanted, true, patient, &mut waiter);
            match poll.map_err(Trap::new)? {
                Poll::Ready(_) => state.consider_other(choice, process.s(), at as u32, best),
                Poll::Ended => ended += 1,
                Poll::Pending => {}
            }
        }
        state.ended_streams = ended;
        Ok(())
    }

    /// A choice has found an output.
    fn note_found(
        &self,
        process: &mut Process,
        state: &ChoiceState,
        found: &Found,
        group: GroupRef,
        (speaker, sender): (u32, &mut Process),
    ) {
        if self.recorder.is_some() {
            let armed = (found.armed, state.offset(found.armed, speaker));
            note_took(self.recorder, &group, process, armed, Some(sender));
        }
    }

    fn take_element(
        &mut self,
        choice: &Choice,
        process: &mut Process,
        state: &ChoiceState,
        found: &Found,
        stream: u32,
    ) -> Result<Option<Message>, Box<Trap>> {
        let guard = &choice.guards[usize::from(state.armed[found.armed as usize].guard)];
        let Some((port, _)) = guard.input else {
            return Err(Trap::malformed());
        };
        let wanted = wanted(self.shared, process, port, stream)?;
        let (shared, who) = (self.shared, Some(Ident::of(process)));
        let read = (shared.streams).read_as(shared, who, stream, wanted, false, false, &mut None);
        if !matches!(read, Ok(Poll::Ended | Poll::Pending)) {
            note(self.recorder, process, Entry::Took(found.armed, None));
            if shared.streams.has_values(stream) {
                self.note_heard(process, &read);
            }
        }
        match read {
            Ok(Poll::Ready(value)) => Ok(Some(Message::Value(value))),
            // another reader took it
            Ok(Poll::Ended | Poll::Pending) => Ok(None),
            Err(problem) => Err(Trap::new(problem)),
        }
    }

    /// A source that may still be heard.
    pub(super) fn live_source(&self, state: &mut ChoiceState) -> Option<(u16, u32)> {
        match self.hope(state) {
            Hope::Source(home, member) => Some((home, member)),
            Hope::Other | Hope::None => None,
        }
    }

    /// Why to wait, when no guard is ready.
    fn hope(&self, state: &mut ChoiceState) -> Hope {
        if let Some((home, member)) = state.witness
            && state.witness_holds(home, member)
        {
            return Hope::Source(home, member);
        }
        let mut other = false;
        for armed in &state.armed {
            match armed.kind {
                ArmedKind::True | ArmedKind::After(_) => other = true,
                ArmedKind::Stream(stream) => other |= !self.shared.streams.has_ended(stream),
                ArmedKind::Input { home, source, .. } => {
                    if lives(&state.homes, home, source) {
                        return Hope::Source(home, source);
                    }
                }
                ArmedKind::All { home, first, last, .. } => {
                    // members that have ended stay so: begin with the one that was alive at last
                    let from = match state.witness {
                        Some((_, member)) if (first..=last).contains(&member) => member,
                        _ => first,
                    };
                    let mut members = (from..=last).chain(first..from);
                    if let Some(member) = members.find(|&member| lives(&state.homes, home, member)) {
                        return Hope::Source(home, member);
                    }
                }
            }
        }
        if other { Hope::Other } else { Hope::None }
    }

    /// Parks the process in its cell. If something came at the last moment, it is given back to look again.
    fn park(
        &mut self,
        program: &Program,
        choice: &Choice,
        mut process: Process,
        mut state: Box<ChoiceState>,
    ) -> Option<Process> {
        self.forget_timer(&mut state); // of an earlier look in this round
        if let Some((home, member)) = state.witness {
            // its end must find this process; whose edge is in the inbox knows that already
            let at = &state.homes[usize::from(home)];
            drop(edge(&at.group, member, at.me, NOBODY));
            state.told = state.witness;
        }
        let cell = state.cell.clone();
        let moment = state.first_delay();
        if moment.is_some() {
            self.shared.sharing.share(process.group);
        }
        let (site, homes, witness, began) = (state.site, state.homes.clone(), state.witness, state.began);
        let single = homes.len() == 1 && !state.has_stream();
        let group = process.group;
        process.wait = Wait::Choice(site);
        if single {
            // looked at once more and parked under one lock, so that nothing can come in between
            let home = &homes[0];
            let mut inbox = home.group.inbox(home.me);
            let mut best = None;
            state.scan_home(program, choice, &[], 0, &mut inbox, &mut best);
            let witness_ended = witness.is_some_and(|(_, member)| home.group.members[member as usize].has_ended());
            if best.is_some() || witness_ended {
                process.extra_mut().choice = Some(state);
                return Some(process);
            }
            state.since = inbox.tick(0);
            process.extra_mut().choice = Some(state);
            cell.put(&home.group, process);
        } else {
            for home in &homes {
                let mut inbox = home.group.inbox(home.me);
                state.since = inbox.tick(state.since);
            }
            process.extra_mut().choice = Some(state);
            // whoever takes the process may end it, and with it the groups that are looked at below
            let _kept: SmallVec<[Arc<Group>; 4]> = homes.iter().map(|home| home.group.keep()).collect();
            cell.put(&group, process);
            // from here on whoever comes finds the process; what came before is looked for once more
            if !is_planted(Bug::LateParking) && self.something_came(program, choice, &cell, &homes, witness) {
                return cell.take_if(|_| Some(())).map(|(process, ())| process);
            }
        }
        if let Some(moment) = moment {
            let key = self.shared.timers.add(moment, Waiter::Choice(cell.clone()));
            let mut waits = false;
            cell.see(|process| {
                if let Some(state) = process.extra_mut().choice.as_mut()
                    && state.began == began
                    && state.timer.is_none()
                {
                    state.timer = Some(key);
                    waits = true;
                }
            });
            if waits {
                self.shared.timer_added();
            } else {
                // it has been woken meanwhile
                self.shared.timers.cancel(key);
            }
        }
        None
    }

    fn something_came(
        &mut self,
        program: &Program,
        choice: &Choice,
        cell: &Arc<Cell>,
        homes: &[Home],
        witness: Option<(u16, u32)>,
    ) -> bool {
        if witness.is_some_and(|(home, member)| !lives(homes, home, member)) {
            return true;
        }
        for (number, home) in homes.iter().enumerate() {
            let mut inbox = home.group.inbox(home.me);
            let mut found = false;
            cell.see(|process| {
                if let Some(state) = process.extra_mut().choice.as_mut() {
                    let mut best = None;
                    state.scan_home(program, choice, &[], number as u16, &mut inbox, &mut best);
                    found = best.is_some();
                }
            });
            if found {
                return true;
            }
        }
        let mut pending = Vec::new();
        let mut had_ended = 0;
        cell.see(|process| {
            let Some(state) = process.extra_mut().choice.take() else {
                return;
            };
            had_ended = state.ended_streams;
            for armed in &state.armed {
                if let (ArmedKind::Stream(stream), Some((port, _))) =
                    (armed.kind, choice.guards[usize::from(armed.guard)].input)
                    && let Ok(wanted) = wanted(self.shared, process, port, stream)
                {
                    pending.push((stream, wanted));
                }
            }
            process.extra_mut().choice = Some(state);
        });
        let mut ended = 0;
        let came = pending.into_iter().any(|(stream, wanted)| {
            // who was woken before it had parked, by bytes that are not yet an element, waits in the stream anew
            let mut waiter = Some(StreamWaiter::Choice(cell.clone()));
            let now = self
                .shared
                .streams
                .read(self.shared, stream, wanted, true, false, &mut waiter);
            ended += usize::from(matches!(now, Ok(Poll::Ended)));
            matches!(now, Ok(Poll::Ready(_)) | Err(_))
        });
        // a stream that had ended before the round cannot wake it
        came || ended > had_ended
    }
}

fn lives(homes: &[Home], home: u16, member: u32) -> bool {
    !homes[usize::from(home)].group.members[member as usize].has_ended()
}

impl ChoiceState {
    fn witness_holds(&self, home: u16, member: u32) -> bool {
        self.witness_speaks(home, member) && lives(&self.homes, home, member)
    }

    /// Whether one of the armed guards waits for this member.
    #[inline]
    pub(super) fn witness_speaks(&self, home: u16, member: u32) -> bool {
        self.armed.iter().any(|armed| match armed.kind {
            ArmedKind::Input { home: own, source, .. } => own == home && source == member,
            ArmedKind::All {
                home: own, first, last, ..
            } => own == home && (first..=last).contains(&member),
            _ => false,
        })
    }

    fn first_delay(&self) -> Option<u64> {
        let moments = self.armed.iter().filter_map(|armed| match armed.kind {
            ArmedKind::After(moment) => Some(moment),
            _ => None,
        });
        moments.min()
    }
}

fn finish(
    program: &Program,
    process: &mut Process,
    state: &mut ChoiceState,
    found: &Found,
    sender: Option<(u32, Process)>,
    message: Option<Message>,
) -> Result<Option<Option<Process>>, Box<Trap>> {
    let speaker = sender.as_ref().map(|(speaker, _)| *speaker);
    process.wait = Wait::Nothing;
    match (
        complete_for(program, process, state, found.armed, speaker, message),
        sender,
    ) {
        (Ok(()), sender) => Ok(Some(sender.map(|(_, sender)| sender))),
        (Err(trap), Some((_, sender))) => Err(note_sender(trap, program, &sender)),
        (Err(trap), None) => Err(trap),
    }
}
