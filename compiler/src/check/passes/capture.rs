//! How a process takes an array of its encloser and hands it back.
//!
//! What is handed back must hold all that the process assigns and nothing that another process does. The smallest part
//! that can be named is the best: an element or row, where all mentions have the same leading subscripts; else a slice,
//! where all assignments have the same subscripts in some dimensions; else the whole array. Where that would also hold
//! what another process assigns, only what has changed is handed back.

use super::apart::{self, Area};
use super::disjoint::{Found, Member, Use};
use super::mentions::{Mention, Origin, Sub};
use crate::check::tree::*;
use rustc_hash::FxHashMap;

/// How a process takes an array that it assigns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Taken {
    /// what its leading subscripts name
    Part(Vec<Sub>),
    /// handed back where some dimensions have these subscripts
    Slice(Vec<Option<Sub>>),
    /// handed back whole
    Whole,
    /// handed back where it has changed
    Changed,
}

impl Taken {
    /// The subscripts that hold for what is handed back.
    fn subscripts(&self, dimensions: usize) -> Vec<Option<Sub>> {
        let mut all: Vec<Option<Sub>> = match self {
            Taken::Part(subs) => subs.iter().copied().map(Some).collect(),
            Taken::Slice(subs) => subs.clone(),
            Taken::Whole | Taken::Changed => Vec::new(),
        };
        all.resize(dimensions, None);
        all
    }
}

/// Decides for the processes of a parallel command that assign an array; they are known to keep apart in it.
pub(super) fn decide(found: &mut Found, origin: Origin, uses: &[Use], members: &[Member], enclosers: &[u32]) {
    let dimensions = found.variables.dimensions(origin);
    if dimensions == 0 {
        return;
    }
    let writers: Vec<&Use> = uses.iter().filter(|one| one.writes).collect();
    let mut taken: Vec<Option<Taken>> = vec![None; writers.len()];
    for choice in [part, slice, whole] {
        let mut open = Vec::new();
        for (index, one) in writers.iter().enumerate().filter(|(index, _)| taken[*index].is_none()) {
            let member = &members[one.member];
            let fixed = |sub: Sub| found.variables.is_fixed(sub, &member.variables, enclosers);
            let all_of_label =
                |subs: &[Option<Sub>]| member.varying.iter().all(|&var| subs.contains(&Some(Sub::Var(var))));
            let Some(choice) = choice(one.mentions, dimensions, &fixed) else {
                continue;
            };
            let subs = choice.subscripts(dimensions);
            if all_of_label(&subs)
                && let Some(area) = found.variables.area(one.member as u32, subs.into_iter())
            {
                open.push((index, choice, area));
            }
        }
        let clear = clear_of_others(found, &open, &writers, dimensions);
        for ((index, choice, _), clear) in open.into_iter().zip(clear) {
            if clear {
                taken[index] = Some(choice);
            }
        }
    }
    for (one, taken) in writers.iter().zip(taken) {
        found
            .taken
            .insert((members[one.member].number, origin), taken.unwrap_or(Taken::Changed));
    }
}

/// Which of these areas hold nothing that another process assigns.
fn clear_of_others(found: &Found, open: &[(usize, Taken, Area)], writers: &[&Use], dimensions: usize) -> Vec<bool> {
    let mut clear = vec![true; open.len()];
    if writers.len() > 1 && !open.is_empty() {
        let assigned = |one: &&Use| {
            let writes = one.mentions.iter().filter(|mention| mention.writes);
            let area = |mention: &Mention| {
                let subs = (0..dimensions).map(|d| mention.subs.get(d).copied());
                found.variables.area(one.member as u32, subs)
            };
            writes.filter_map(area).collect::<Vec<_>>()
        };
        let targets: Vec<Area> = writers.iter().flat_map(assigned).collect();
        let probes: Vec<Area> = open.iter().map(|(.., area)| area.clone()).collect();
        apart::overlaps(&probes, &targets, dimensions, |probe, _| {
            clear[probe] = false;
            true
        });
    }
    clear
}

type Fixed<'a> = &'a dyn Fn(Sub) -> bool;

/// The longest list of subscripts that all mentions begin with.
fn part(mentions: &[Mention], _dimensions: usize, fixed: Fixed) -> Option<Taken> {
    let (first, rest) = mentions.split_first()?;
    let same = |(d, sub): &(usize, &Sub)| fixed(**sub) && rest.iter().all(|mention| mention.subs.get(*d) == Some(*sub));
    let subs: Vec<Sub> = first
        .subs
        .iter()
        .enumerate()
        .take_while(same)
        .map(|(_, sub)| *sub)
        .collect();
    (!subs.is_empty()).then_some(Taken::Part(subs))
}

/// The subscripts that all assignments have.
fn slice(mentions: &[Mention], dimensions: usize, fixed: Fixed) -> Option<Taken> {
    let mut writes = mentions.iter().filter(|mention| mention.writes);
    let first = writes.next()?;
    let rest: Vec<&Mention> = writes.collect();
    let same = |d: usize| {
        let sub = *first.subs.get(d)?;
        (fixed(sub) && rest.iter().all(|mention| mention.subs.get(d) == Some(&sub))).then_some(sub)
    };
    let subs: Vec<Option<Sub>> = (0..dimensions).map(same).collect();
    subs.iter().any(Option::is_some).then_some(Taken::Slice(subs))
}

fn whole(_mentions: &[Mention], _dimensions: usize, _fixed: Fixed) -> Option<Taken> {
    Some(Taken::Whole)
}

/// Writes the modes into the tree.
pub(super) fn set_modes(program: &mut CheckedProgram, found: &Found) {
    let mut pass = Setter { found, next: 0 };
    let definitions = program.definitions.iter_mut().map(|definition| &mut definition.routine);
    for routine in std::iter::once(&mut program.main).chain(definitions) {
        let number = pass.number();
        pass.routine(routine, number, &Parts::default());
    }
}

/// The leading subscripts at which a routine has taken arrays itself.
type Parts = FxHashMap<Origin, Vec<Sub>>;

struct Setter<'f> {
    found: &'f Found,
    /// number of the next routine in the order of the text
    next: u32,
}

impl Setter<'_> {
    fn number(&mut self) -> u32 {
        self.next += 1;
        self.next - 1
    }

    fn routine(&mut self, routine: &mut Routine, number: u32, parts: &Parts) {
        // which index the routine has for a variable
        let own = self.found.variables.of_routine(number).iter().enumerate();
        let own: FxHashMap<Origin, VarId> = own.map(|(index, &origin)| (origin, VarId(index as u32))).collect();
        self.commands(&mut routine.body, &own, parts);
    }

    fn commands(&mut self, commands: &mut [Command], own: &FxHashMap<Origin, VarId>, parts: &Parts) {
        for command in commands {
            match &mut command.kind {
                CommandKind::Count(_, body) => self.commands(body, own, parts),
                CommandKind::Choose(choose) => {
                    choose
                        .guarded
                        .iter_mut()
                        .for_each(|guarded| self.commands(&mut guarded.body, own, parts));
                    choose
                        .otherwise
                        .iter_mut()
                        .for_each(|body| self.commands(body, own, parts));
                }
                CommandKind::Parallel(parallel) => {
                    for process in &mut parallel.processes {
                        let number = self.number();
                        let inner = self.captures(&mut process.routine, number, own, parts);
                        self.routine(&mut process.routine, number, &inner);
                    }
                }
                _ => {}
            }
        }
    }

    /// Sets the modes of one process; the parts it takes. `outer` are the encloser's indices, `parts` what that has taken.
    fn captures(&self, routine: &mut Routine, number: u32, outer: &FxHashMap<Origin, VarId>, parts: &Parts) -> Parts {
        let origins = self.found.variables.of_routine(number);
        let label: FxHashMap<Origin, u8> = routine
            .vars
            .iter()
            .zip(origins)
            .filter_map(|(var, &origin)| match var.kind {
                VarKind::Label(subscript) => Some((origin, subscript)),
                _ => None,
            })
            .collect();
        let subscript = |sub: &Sub| match sub {
            Sub::Constant(n) => Some(Subscript::Constant(*n)),
            Sub::Var(origin) => match label.get(origin) {
                Some(&subscript) => Some(Subscript::Label(subscript)),
                None => outer.get(origin).copied().map(Subscript::Outer),
            },
            Sub::Other => None,
        };
        let mut inner = Parts::default();
        for (var, &origin) in routine.vars.iter_mut().zip(origins) {
            let VarKind::Captured { mode, .. } = &mut var.kind else {
                continue;
            };
            let dimensions = self.found.variables.dimensions(origin);
            if dimensions == 0 {
                continue;
            }
            let taken_outside = parts.get(&origin).map_or(&[][..], Vec::as_slice);
            let within = |subs: &[Option<Sub>]| subs.iter().zip(taken_outside).all(|(sub, outer)| *sub == Some(*outer));
            let part = match self.found.taken.get(&(number, origin)) {
                Some(Taken::Part(subs)) => subs.as_slice(),
                Some(Taken::Slice(subs)) => {
                    debug_assert!(within(subs), "a slice lies within what its encloser has taken");
                    *mode = CaptureMode::Slice(subs.iter().map(|sub| sub.as_ref().and_then(subscript)).collect());
                    continue;
                }
                Some(Taken::Changed) => {
                    *mode = CaptureMode::Changed;
                    continue;
                }
                Some(Taken::Whole) | None => taken_outside,
            };
            debug_assert!(
                part.starts_with(taken_outside),
                "a part extends what its encloser has taken"
            );
            if part.is_empty() {
                *mode = CaptureMode::Whole;
            } else {
                *mode = part
                    .iter()
                    .map(subscript)
                    .collect::<Option<_>>()
                    .map_or(CaptureMode::Whole, CaptureMode::Part);
                inner.insert(origin, part.to_vec());
            }
        }
        inner
    }
}
