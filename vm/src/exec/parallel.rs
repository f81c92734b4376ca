//! Parallel commands: starting processes with copies of what they mention, and their end.

use super::names::next_subscripts;
use super::record::note;
use crate::chan::{Directory, Group, GroupRef, Layout, Section};
use crate::error::Trap;
use crate::limits::PROCESSES_MAX;
use crate::process::{Frames, Process, Wait};
use crate::program::Program;
use crate::sched::{Ending, Flow, Worker, look_again};
use crate::sync::{Bug, is_planted};
use crate::trace::Entry;
use hydra_bytecode::{Capture, Fixed, HandBack, Parallel, Reg};
use hydra_stdlib::value::Value;
use smallvec::SmallVec;
use std::sync::Arc;

type Checked<T> = Result<T, Box<Trap>>;

impl Worker<'_> {
    /// Starts the processes of a parallel command; the process waits for their end.
    pub(super) fn parallel(&mut self, mut process: Process, own: GroupRef, index: u16) -> Flow {
        let program: &Program = &self.shared.program;
        let parallel = &program.module.parallels[usize::from(index)];
        let me = process.member;
        let spare = if program.plain[usize::from(index)] {
            self.spares.take(index, (own, me), std::iter::empty())
        } else {
            self.spares.take(index, (own, me), bounds_of(parallel, process.s()))
        };
        let mut group = match spare {
            Some(group) => match self.shared.more_processes(group.members.len() as u64, bytes_of(&group)) {
                Ok(()) => group,
                Err(trap) => return Flow::Fail(process, trap),
            },
            None => match self.prepare(parallel, index, process.s()) {
                Ok(layout) if layout.members == 0 => return Flow::Go(process),
                Ok(layout) => Group::new(index, layout, Some((own, me))),
                Err(trap) => return Flow::Fail(process, trap),
            },
        };
        if let Some(recorder) = self.recorder {
            let number = recorder.new_group();
            note(self.recorder, &mut process, Entry::Group(number));
            set_number(&mut group, number);
        }
        if let Some(player) = &self.shared.player {
            let Some(number) = self.group_again(player, &mut process) else {
                player.hold(process);
                return Flow::Gone;
            };
            set_number(&mut group, number);
        }
        self.counts.processes += group.members.len() as u64;
        // all are made before any of them runs, for they take values from this process
        for (entry, section) in parallel.processes.iter().zip(&group.layout.sections) {
            let mut subscripts: SmallVec<[u64; 4]> = section.ranges.iter().map(|&(low, _)| low as u64).collect();
            for number in 0..section.count {
                let member = section.base + number;
                let at = (GroupRef::of(&group), member);
                match child(program, entry, at, &subscripts, &mut process, &mut self.frames) {
                    Ok(mut child) => {
                        if let Some(player) = &self.shared.player {
                            player.begins(&mut child);
                        }
                        self.queue.push(child);
                    }
                    Err(trap) => {
                        // those that have been made know the group until all is freed
                        own.inbox(me).set_child(group);
                        return Flow::Fail(process, trap);
                    }
                }
                if section.count > 1 {
                    next_subscripts(&mut subscripts, &section.ranges);
                }
            }
        }
        process.wait = Wait::Join;
        *group.join() = Some(process);
        own.inbox(me).set_child(group);
        self.talks = self.talks.saturating_add(1);
        Flow::Gone
    }

    /// How the processes of a parallel command that starts are laid out; they are counted.
    fn prepare(&mut self, parallel: &Parallel, index: u16, s: &[u64]) -> Checked<Arc<Layout>> {
        let layout = match self.spares.layout(index, bounds_of(parallel, s)) {
            Some(layout) => layout,
            None => {
                let layout = Arc::new(lay_out(parallel, s)?);
                self.spares.keep_layout(index, &layout);
                layout
            }
        };
        let count = u64::from(layout.members);
        if count > 0 {
            self.shared.more_processes(count, count * PROCESS_BYTES)?;
        }
        Ok(layout)
    }

    /// A process has ended.
    pub(super) fn end(&mut self, mut process: Process, group: GroupRef) -> Flow {
        let program: &Program = &self.shared.program;
        let member = process.member;
        if group.parent.is_none() {
            match &self.shared.player {
                Some(player) => player.main_ends(self.shared),
                None => self.shared.end(Ending::Done),
            }
            return Flow::Gone;
        }
        if program.hands_back[usize::from(group.parallel)] {
            let Some((entry, number)) = group.layout.section_of(member) else {
                return Flow::Fail(process, Trap::malformed());
            };
            let entry_of = &program.module.parallels[usize::from(group.parallel)].processes[entry];
            let mut join = group.join();
            let Some(parent) = &mut *join else {
                return Flow::Fail(process, Trap::malformed());
            };
            for result in &entry_of.results {
                if let Err(trap) = hand_back(result, &mut process, parent, || {
                    group.layout.sections[entry].subscripts(number)
                }) {
                    drop(join);
                    return Flow::Fail(process, trap);
                }
            }
        }
        if let Some(choice) = process.choice() {
            choice.leave();
        }
        self.talks = self.talks.saturating_add(1);
        if !group.end_unheard(member)
            && let Err((waiting, trap)) = self.tell_of_end(group, member)
        {
            return Flow::Fail(waiting, trap);
        }
        self.frames.give(process);
        self.shared.one_less(self.number);
        if group.one_ended() {
            let parent = group.join().take();
            self.shared.sharing.ended(group);
            if let Some(mut parent) = parent {
                // nobody knows the group any more
                if let Some(group) = parent.group.inbox(parent.member).take_child() {
                    self.spares.give(group);
                }
                parent.wait = Wait::Nothing;
                self.queue.push_next(Some(parent));
            }
        }
        Flow::Gone
    }

    /// Those who wait for a process that ends learn of it.
    #[inline(never)]
    fn tell_of_end(&mut self, group: GroupRef, member: u32) -> Result<(), (Process, Box<Trap>)> {
        let program: &Program = &self.shared.program;
        let (offers, visit) = group.end(member);
        for sender in offers {
            let name = crate::report::member_name(&program.module, &group, member);
            let trap = Trap::new(format!("output to {name}, which has terminated"));
            match &self.shared.player {
                // any of them may be the one that failed when it was recorded
                Some(player) => player.fails(self.shared, sender, *trap),
                None => return Err((sender, trap)),
            }
        }
        for receiver in visit {
            self.visit(group, receiver, member)?;
        }
        Ok(())
    }

    /// Those who wait in the name `receiver` for outputs of `ended` learn of its end.
    fn visit(&mut self, group: GroupRef, receiver: u32, ended: u32) -> Result<(), (Process, Box<Trap>)> {
        let program: &Program = &self.shared.program;
        let mut inbox = group.inbox(receiver);
        let takers = match inbox.find(ended, crate::chan::NOBODY) {
            Some(edge) if !is_planted(Bug::LostTaker) => {
                inbox.edge(edge).silence();
                inbox.drain_takers(edge)
            }
            _ => Vec::new(),
        };
        let choosers: Vec<Process> = inbox
            .listeners()
            .iter()
            .filter_map(|cell| {
                let waits = |process: &mut Process| {
                    let state = process.extra.as_ref()?.choice.as_ref()?;
                    let (home, member) = state.witness?;
                    let home = &state.homes[usize::from(home)];
                    let ended = if is_planted(Bug::LostWitness) { u32::MAX } else { ended };
                    (member == ended && home.me == receiver && home.group == group).then_some(())
                };
                cell.take_here(&group, waits).map(|(process, ())| process)
            })
            .collect();
        drop(inbox);
        for chooser in choosers {
            self.queue.push(look_again(chooser));
        }
        for mut taker in takers {
            let wait = std::mem::take(&mut taker.wait);
            if let Wait::TakeScalar { guard: true, .. } | Wait::TakeValue { guard: true, .. } = wait {
                // the only guard has failed: the jump that the instruction names
                let instr = program.module.routines[taker.routine as usize].code[taker.pc as usize - 1];
                taker.pc = taker.pc.wrapping_add_signed(i32::from(instr.c as i16));
                self.queue.push(taker);
            } else {
                let name = crate::report::member_name(&program.module, &group, ended);
                let trap = super::communicate::ended_source(&name);
                match &self.shared.player {
                    Some(player) => player.fails(self.shared, taker, *trap),
                    None => return Err((taker, trap)),
                }
            }
        }
        Ok(())
    }
}

/// Gives a parallel command that begins the number by which a trace knows it.
fn set_number(group: &mut Arc<Group>, number: u64) {
    // nobody else knows it yet
    if let Some(group) = Arc::get_mut(group) {
        group.number = number;
    }
}

/// The bounds of all labels, in the order of the text.
fn bounds_of(parallel: &Parallel, s: &[u64]) -> impl Iterator<Item = (i64, i64)> {
    let labels = parallel.processes.iter().filter_map(|entry| entry.label.as_ref());
    labels.flat_map(move |label| {
        let first = usize::from(label.bounds);
        let pairs = s[first..first + 2 * label.variables.len()].chunks_exact(2);
        pairs.map(|pair| (pair[0] as i64, pair[1] as i64))
    })
}

/// What a process takes at least: a member, and a frame with some registers.
const PROCESS_BYTES: u64 = 160;

fn bytes_of(group: &Group) -> u64 {
    group.members.len() as u64 * PROCESS_BYTES
}

/// Where the processes of a parallel command are among its members, by the bounds of its labels in `s`.
fn lay_out(parallel: &Parallel, s: &[u64]) -> Checked<Layout> {
    let mut sections = Vec::with_capacity(parallel.processes.len());
    let mut families = vec![Directory::default(); parallel.families.len()];
    let mut base: u64 = 0;
    for entry in &parallel.processes {
        let mut ranges: Vec<(i64, i64)> = Vec::new();
        if let Some(label) = &entry.label {
            let first = usize::from(label.bounds);
            let pairs = s[first..first + 2 * label.variables.len()].chunks_exact(2);
            ranges.extend(pairs.map(|pair| (pair[0] as i64, pair[1] as i64)));
            families[usize::from(label.family)].sections.push(sections.len() as u32);
        }
        let mut count: u64 = 1;
        for &(low, high) in &ranges {
            let length = if high < low {
                0
            } else {
                (high.wrapping_sub(low) as u64).saturating_add(1)
            };
            count = count.saturating_mul(length);
        }
        base = base.saturating_add(count);
        if base > PROCESSES_MAX {
            return Err(Trap::limit(format!(
                "a parallel command of {base} processes; the limit is {PROCESSES_MAX}"
            )));
        }
        sections.push(Section {
            base: (base - count) as u32,
            count: count as u32,
            ranges: ranges.into(),
        });
    }
    no_doubles(parallel, &families, &sections)?;
    for directory in &mut families {
        let with_one = directory.sections.iter().map(|&at| &sections[at as usize]);
        let with_one = with_one.filter(|section: &&Section| section.ranges.len() == 1 && section.count > 0);
        directory.single = with_one
            .map(|section| (section.ranges[0].0, section.ranges[0].1, section.base))
            .collect();
        directory.single.sort_unstable();
    }
    Ok(Layout {
        members: base as u32, // at most `PROCESSES_MAX`
        families: families.into(),
        sections: sections.into(),
    })
}

/// Two processes with the same name and subscripts are a failure.
fn no_doubles(parallel: &Parallel, families: &[Directory], sections: &[Section]) -> Checked<()> {
    for (directory, family) in families.iter().zip(&parallel.families) {
        // single processes are compared by their subscripts, ranges with all others
        let mut singles = rustc_hash::FxHashMap::default();
        let mut ranges: Vec<u32> = Vec::new();
        for &at in &directory.sections {
            let section = &sections[at as usize];
            if section.count == 0 {
                continue;
            }
            let other = if section.count == 1 {
                singles.insert(&section.ranges, at)
            } else {
                ranges.push(at);
                None
            };
            let others = ranges.iter().copied().filter(|&range| range != at);
            let overlapping = other.or_else(|| others.into_iter().find(|&o| overlap(section, &sections[o as usize])));
            let overlapping = overlapping.or_else(|| {
                let is_range = section.count > 1;
                singles
                    .values()
                    .copied()
                    .find(|&o| is_range && o != at && overlap(section, &sections[o as usize]))
            });
            if let Some(other) = overlapping {
                let common: Vec<String> = section
                    .ranges
                    .iter()
                    .zip(&sections[other as usize].ranges)
                    .map(|(a, b)| a.0.max(b.0).to_string())
                    .collect();
                let name = match common.is_empty() {
                    true => family.name.clone(),
                    false => format!("{}({})", family.name, common.join(", ")),
                };
                let mut trap = Trap::new(format!("two processes are named {name}"));
                trap.span = Some(parallel.processes[at as usize].span);
                trap.notes
                    .push((parallel.processes[other as usize].span, "the other one".into()));
                return Err(trap);
            }
        }
    }
    Ok(())
}

fn overlap(a: &Section, b: &Section) -> bool {
    a.ranges.iter().zip(&b.ranges).all(|(a, b)| a.0 <= b.1 && b.0 <= a.1)
}

/// A process that is about to begin.
fn child(
    program: &Program,
    entry: &hydra_bytecode::Process,
    (group, member): (GroupRef, u32),
    subscripts: &[u64],
    parent: &mut Process,
    frames: &mut Frames,
) -> Checked<Process> {
    let routine = &program.module.routines[usize::from(entry.routine)];
    let mut child = Process::new(
        group,
        member,
        entry.routine,
        (routine.scalars, routine.references),
        frames,
    );
    if routine.names > 0 {
        child
            .names()
            .resize(usize::from(routine.names), crate::chan::Name::None);
    }
    if let Some(label) = &entry.label {
        for (&variable, &subscript) in label.variables.iter().zip(subscripts) {
            if variable != u16::MAX {
                child.s()[usize::from(variable)] = subscript;
            }
        }
    }
    for capture in &entry.captures {
        match capture {
            Capture::Copy {
                from: Reg::S(from),
                to: Reg::S(to),
            } => {
                child.s()[usize::from(*to)] = parent.s()[usize::from(*from)];
            }
            Capture::Copy {
                from: Reg::R(from),
                to: Reg::R(to),
            } => {
                child.r()[usize::from(*to)] = parent.r()[usize::from(*from)].clone();
            }
            Capture::Copy { .. } => return Err(Trap::malformed()),
            Capture::Take { from, to } => {
                child.r()[usize::from(*to)] = std::mem::take(&mut parent.r()[usize::from(*from)]);
            }
            Capture::Name { from, to } => {
                let name = parent
                    .names()
                    .get(usize::from(*from))
                    .cloned()
                    .ok_or_else(Trap::malformed)?;
                child.names()[usize::from(*to)] = name;
            }
            Capture::Part { from, to, at, bounds } => {
                let (s, r) = parent.window();
                let Value::Array(array) = &r[usize::from(*from)] else {
                    return Err(Trap::malformed());
                };
                // a part outside the bounds is a failure when it is mentioned, which the code checks
                let Some(number) = part(at, *bounds, s, subscripts)? else {
                    continue;
                };
                let value = array.row(at.len(), number);
                match to {
                    Reg::R(to) => child.r()[usize::from(*to)] = value,
                    Reg::S(to) => child.s()[usize::from(*to)] = value.word().ok_or_else(Trap::malformed)?.1,
                }
            }
            Capture::Window {
                from,
                to,
                at,
                bounds,
                window,
            } => {
                let (s, r) = parent.window();
                let Value::Array(array) = &r[usize::from(*from)] else {
                    return Err(Trap::malformed());
                };
                child.r()[usize::from(*to)] = match part(at, *bounds, s, subscripts)? {
                    None => Value::Array(array.clone()),
                    Some(number) => {
                        let pairs = child.s()[usize::from(*window)..].chunks_exact_mut(2);
                        for (pair, subscript) in pairs.zip(at) {
                            pair.fill(fixed(*subscript, s, subscripts)? as u64);
                        }
                        let window = array.window(at.len(), number).ok_or_else(Trap::malformed)?;
                        Value::Array(Arc::new(window))
                    }
                };
            }
        }
    }
    Ok(child)
}

fn fixed(fixed: Fixed, s: &[u64], subscripts: &[u64]) -> Checked<i64> {
    Ok(match fixed {
        Fixed::Constant(value) => value,
        Fixed::Parent(register) => *s.get(usize::from(register)).ok_or_else(Trap::malformed)? as i64,
        Fixed::Label(at) => *subscripts.get(usize::from(at)).ok_or_else(Trap::malformed)? as i64,
    })
}

/// The number of the row (or element) at the leading subscripts; `None` if they are outside the bounds.
fn part(at: &[Fixed], bounds: u16, s: &[u64], subscripts: &[u64]) -> Checked<Option<usize>> {
    let mut number: u64 = 0;
    for (i, &subscript) in at.iter().enumerate() {
        let subscript = fixed(subscript, s, subscripts)?;
        let first = usize::from(bounds) + 2 * i;
        let (low, high) = (s[first] as i64, s[first + 1] as i64);
        if subscript < low || subscript > high {
            return Ok(None);
        }
        number = number.wrapping_mul((high.wrapping_sub(low) as u64).wrapping_add(1));
        number = number.wrapping_add(subscript.wrapping_sub(low) as u64);
    }
    Ok(Some(number as usize))
}

/// Gives a result to the process that waits for the end.
fn hand_back(
    result: &HandBack,
    child: &mut Process,
    parent: &mut Process,
    subscripts: impl FnOnce() -> Vec<i64>,
) -> Checked<()> {
    let subscripts = || {
        subscripts()
            .into_iter()
            .map(|subscript| subscript as u64)
            .collect::<Vec<u64>>()
    };
    match result {
        HandBack::Copy {
            from: Reg::S(from),
            to: Reg::S(to),
        } => {
            parent.s()[usize::from(*to)] = child.s()[usize::from(*from)];
        }
        HandBack::Copy {
            from: Reg::R(from),
            to: Reg::R(to),
        } => {
            parent.r()[usize::from(*to)] = std::mem::take(&mut child.r()[usize::from(*from)]);
        }
        HandBack::Copy { .. } => return Err(Trap::malformed()),
        HandBack::Part { from, to, at, bounds } => {
            let (s, r) = parent.window();
            let Some(number) = part(at, *bounds, s, &subscripts())? else {
                return Ok(());
            };
            let Value::Array(array) = &mut r[usize::from(*to)] else {
                return Err(Trap::malformed());
            };
            let array = Arc::make_mut(array);
            let value = match from {
                Reg::R(from) => std::mem::take(&mut child.r()[usize::from(*from)]),
                Reg::S(from) => match array.elements.kind() {
                    Some(kind) => Value::scalar(kind, child.s()[usize::from(*from)]),
                    None => return Err(Trap::malformed()),
                },
            };
            if !array.set_row(at.len(), number, value) {
                return Err(Trap::malformed());
            }
        }
        HandBack::Window { from, to, at, bounds } => {
            let (s, r) = parent.window();
            let Some(number) = part(at, *bounds, s, &subscripts())? else {
                return Ok(());
            };
            let (Value::Array(window), Value::Array(array)) =
                (&child.r()[usize::from(*from)], &mut r[usize::from(*to)])
            else {
                return Err(Trap::malformed());
            };
            if !Arc::make_mut(array).set_window(at.len(), number, window) {
                return Err(Trap::malformed());
            }
        }
        HandBack::Slice { from, to, at, bounds } => {
            let (s, r) = parent.window();
            let subscripts = subscripts();
            let mut offsets: Vec<Option<usize>> = Vec::with_capacity(at.len());
            for (i, subscript) in at.iter().enumerate() {
                offsets.push(match subscript {
                    None => None,
                    Some(subscript) => {
                        let value = fixed(*subscript, s, &subscripts)?;
                        let first = usize::from(*bounds) + 2 * i;
                        let (low, high) = (s[first] as i64, s[first + 1] as i64);
                        if value < low || value > high {
                            return Ok(());
                        }
                        Some(value.wrapping_sub(low) as usize)
                    }
                });
            }
            let Value::Array(mine) = std::mem::take(&mut child.r()[usize::from(*from)]) else {
                return Err(Trap::malformed());
            };
            let Value::Array(array) = &mut r[usize::from(*to)] else {
                return Err(Trap::malformed());
            };
            if !Arc::make_mut(array).set_slice(&mine, &offsets) {
                return Err(Trap::malformed());
            }
        }
        HandBack::Changed { from, was, to } => {
            let mut taken = |register: u16| std::mem::take(&mut child.r()[usize::from(register)]);
            let (Value::Array(mine), Value::Array(was)) = (taken(*from), taken(*was)) else {
                return Err(Trap::malformed());
            };
            if Arc::ptr_eq(&mine, &was) {
                return Ok(());
            }
            let Value::Array(array) = &mut parent.r()[usize::from(*to)] else {
                return Err(Trap::malformed());
            };
            if !Arc::make_mut(array).set_changed(&mine, &was) {
                return Err(Trap::malformed());
            }
        }
    }
    Ok(())
}
