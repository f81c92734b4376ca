//! The quick path of a choice: rounds of a process that waits for outputs to one name and for nothing else. All that is not
//! so simple is left to [`choose`](super::choose), which means the same.

use super::communicate::note_sender;
use super::quick::{Quick, known_at};
use super::record::{note_partner, note_served, note_took};
use crate::chan::{ArmedKind, Found, Group, Home, Inbox, Oldest, complete};
use crate::process::Wait;
use crate::program::Program;
use crate::sched::Worker;
use crate::sync::Guard;
use hydra_bytecode::Instr;

/// The bounds that an `ArmAll` names.
#[inline(always)]
fn bounds(s: &[u64], instr: &Instr) -> Option<(i64, i64)> {
    let first = usize::from(instr.c);
    Some((*s.get(first)? as i64, *s.get(first + 1)? as i64))
}

impl Worker<'_> {
    /// `Choose` of a choice whose only guard is armed already. Whether it was.
    #[inline(always)]
    pub(super) fn choose_again(&mut self, site: u16) -> bool {
        let state = self.here.as_mut().and_then(|process| process.choice());
        let again = state.is_some_and(|state| state.begin_again(site));
        self.counts.choices += u64::from(again);
        again
    }

    /// `ArmAll` of the only guard of a choice. Whether it was armed with these bounds.
    #[inline(always)]
    pub(super) fn arm_again(&mut self, instr: &Instr) -> bool {
        let Some((state, s)) = self.here.as_mut().and_then(|process| process.choice_and_s()) else {
            return false;
        };
        bounds(s, instr).is_some_and(|bounds| state.arm_again(instr.d, bounds))
    }

    /// `Choose`. Whether it was done.
    #[inline(never)]
    pub(super) fn quick_choose(&mut self, site: u16) -> bool {
        if self.is_exact() {
            return false;
        }
        let Some(state) = self.here.as_mut().and_then(|process| process.choice()) else {
            return false;
        };
        self.counts.choices += 1;
        state.begin(site, 0);
        true
    }

    /// `ArmAll`. Whether it was done.
    #[inline(never)]
    pub(super) fn quick_arm_all(&mut self, instr: &Instr) -> bool {
        let Some((state, s)) = self.here.as_mut().and_then(|process| process.choice_and_s()) else {
            return false;
        };
        if state.site != instr.d {
            return false;
        }
        bounds(s, instr).is_some_and(|bounds| state.arm_known(instr.d, instr.b, bounds))
    }

    /// `Arm`. Whether it was done.
    #[inline(never)]
    pub(super) fn quick_arm(&mut self, instr: &Instr) -> bool {
        let program: &Program = &self.shared.program;
        let Some(process) = &mut self.here else { return false };
        let (me, group) = (process.member, process.group);
        let Some((state, s)) = process.choice_and_s() else {
            return false;
        };
        if state.site != instr.d {
            return false;
        }
        let guard = &program.module.choices[usize::from(instr.d)].guards[usize::from(instr.b)];
        let kind = match guard.input {
            None => ArmedKind::True,
            Some((port, _)) => {
                let Some((source, hint)) = known_at(s, &program.quick[usize::from(port)]) else {
                    return false;
                };
                let is_own = |home: &Home| home.me == me && home.group == group;
                let Some(home) = state.homes.iter().position(is_own) else {
                    return false;
                };
                ArmedKind::Input {
                    home: home as u16,
                    source,
                    hint,
                }
            }
        };
        let ranges = guard.ranges.iter().map(|&register| s[usize::from(register)] as i64);
        state.arm(instr.b, kind, ranges);
        true
    }

    /// `Select` before `pc`: takes the best ready guard, or parks. The process goes on at its `pc`.
    #[inline(never)]
    pub(super) fn quick_select<const RECORDED: bool>(&mut self, site: u16, pc: u32) -> Quick {
        let program: &Program = &self.shared.program;
        let Some(process) = &mut self.here else {
            return Quick::No;
        };
        let (instance, group) = (process.in_instance(), process.group);
        let Some((state, s, r)) = process.choice_and_window() else {
            return Quick::No;
        };
        state.settle();
        if state.site != site || !state.is_simple() {
            return Quick::No;
        }
        let choice = &program.module.choices[usize::from(site)];
        let me = match &state.homes[..] {
            [home] if home.group == group => home.me,
            _ => return Quick::No,
        };
        let mut inbox = group.inbox(me);
        let mut best: Option<Found> = None;
        state.scan_home(program, choice, s, 0, &mut inbox, &mut best);
        let Some(found) = best else {
            return self.quick_park(inbox, &group, (site, pc));
        };
        let clock = inbox.tick(state.clock);
        let speaker = found.speaker(&inbox);
        let Some((mut sender, message)) = found.take_at_once(state, &mut inbox) else {
            return Quick::No;
        };
        drop(inbox);
        state.clock = clock;
        let armed = (found.armed, state.offset(found.armed, speaker));
        let mut target = 0;
        let done = complete(
            program,
            (s, r),
            (instance, &mut target),
            state,
            found.armed,
            Some(speaker),
            Some(message),
        );
        process.wait = Wait::Nothing;
        process.pc = target;
        if RECORDED {
            note_took(self.recorder, &group, process, armed, Some(&mut sender));
        }
        if let Err(trap) = done {
            return self.failed(note_sender(trap, program, &sender));
        }
        self.queue.push_next(Some(sender));
        self.quickly_done()
    }

    /// `Select` before `pc` of a choice with a single guard: takes the scalar that has waited longest, or parks. The process
    /// goes on at its `pc`.
    #[inline(always)]
    pub(super) fn serve<const RECORDED: bool>(&mut self, site: u16, pc: u32) -> Quick {
        let Some(process) = &mut self.here else {
            return Quick::No;
        };
        let (me, group) = (process.member, process.group);
        let Some(Some(server)) = self.shared.program.servers.get(usize::from(site)) else {
            return Quick::No;
        };
        let Some((state, s)) = process.choice_and_s() else {
            return Quick::No;
        };
        let Some(serving) = state.serving(site) else {
            return Quick::No;
        };
        let (first, _) = serving.speakers;
        let mut inbox = group.inbox(me);
        match inbox.take_oldest_scalar(serving.speakers, server.kind) {
            Oldest::Taken(sender, speaker, word) => {
                state.clock = inbox.tick(state.clock);
                drop(inbox);
                server.complete(s, state.clock, (serving.low(), speaker - first), word);
                process.wait = Wait::Nothing;
                process.pc = server.target;
                if RECORDED {
                    note_served(self.recorder, process, speaker - first);
                    if sender.group != group {
                        note_partner(self.recorder, process, &sender);
                    }
                }
                self.queue.push_next(Some(sender));
                self.quickly_done()
            }
            Oldest::None => self.quick_park(inbox, &group, (site, pc)),
            Oldest::Unclear => Quick::No,
        }
    }

    /// Nothing is ready: the process parks here if its witness is known to live.
    #[inline]
    fn quick_park(&mut self, mut inbox: Guard<'_, Inbox>, group: &Group, (site, pc): (u16, u32)) -> Quick {
        let Some(process) = &mut self.here else {
            return Quick::No;
        };
        let Some(state) = process.choice() else {
            return Quick::No;
        };
        let Some((0, witness)) = state.witness.filter(|_| state.told == state.witness) else {
            return Quick::No;
        };
        if !state.witness_speaks(0, witness) || group.members[witness as usize].has_ended() {
            return Quick::No;
        }
        state.since = inbox.tick(0);
        // the only one that chooses in this name is the process itself
        let [cell] = inbox.listeners() else { return Quick::No };
        process.pc = pc;
        process.wait = Wait::Choice(site);
        if let Some(process) = self.here.take() {
            cell.put(group, process);
        }
        Quick::Parked
    }
}
