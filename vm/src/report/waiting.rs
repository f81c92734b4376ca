//! Who waits for whom, gathered from everywhere a process can wait. Nobody runs meanwhile.

use super::member_name;
use crate::chan::{ArmedKind, ChoiceState, Group, GroupRef, NOBODY};
use crate::process::{Process, Wait};
use crate::sched::Shared;
use hydra_bytecode::{Module, Span};
use rustc_hash::{FxHashMap, FxHashSet};
use std::sync::Arc;

/// A process of a running group, or its name.
pub(super) type Key = (usize, u32);

/// A waiting process.
pub(super) struct Waiting {
    pub(super) group: GroupRef,
    pub(super) member: u32,
    /// Where it waits.
    pub(super) span: Span,
    pub(super) what: What,
}

/// What a process waits for.
pub(super) enum What {
    /// That one of these names inputs its output.
    Output(Vec<Name>),
    /// That one of these names outputs.
    Input(Vec<Name>),
    /// That its processes end.
    Join,
    /// A moment, or the outside.
    Outside(&'static str),
}

/// A name that a process waits for; consecutive members of a range are one.
#[derive(Clone)]
pub(super) struct Name {
    pub(super) group: GroupRef,
    pub(super) first: u32,
    pub(super) last: u32,
}

/// Everybody who waits.
pub(super) struct Everybody {
    pub(super) waiting: Vec<Waiting>,
    /// Where a process is in `waiting`.
    pub(super) index: FxHashMap<Key, usize>,
}

/// Identifies a process or name.
pub(super) fn key(group: &Group, member: u32) -> Key {
    (std::ptr::from_ref(group) as usize, member)
}

impl Name {
    fn one(group: &Arc<Group>, member: u32) -> Name {
        Name {
            group: GroupRef::of(group),
            first: member,
            last: member,
        }
    }

    /// The name in a report.
    pub(super) fn text(&self, module: &Module) -> String {
        let first = member_name(module, &self.group, self.first);
        if self.first == self.last {
            return first;
        }
        format!("{first} to {}", member_name(module, &self.group, self.last))
    }
}

/// Gathers everybody who waits.
pub(super) fn everybody(shared: &Shared) -> Everybody {
    let module = &shared.program.module;
    let mut groups = vec![shared.root.clone()];
    let mut waiting: Vec<Waiting> = Vec::new();
    let mut seen: FxHashSet<Key> = FxHashSet::default();
    let mut add = |process: &mut Process, what: What| {
        if seen.insert(key(&process.group, process.member)) {
            let span = module.routines[process.routine as usize].span(process.pc.saturating_sub(1));
            waiting.push(Waiting {
                group: process.group,
                member: process.member,
                span,
                what,
            });
        }
    };
    let mut at = 0;
    while at < groups.len() {
        let group = groups[at].clone();
        at += 1;
        if let Some(parent) = &mut *group.join.lock() {
            add(parent, What::Join);
        }
        for (member, entry) in group.members.iter().enumerate() {
            let mut inbox = entry.inbox.lock();
            inbox.for_each_waiting(|process, speaker| {
                let what = match process.wait {
                    Wait::OfferScalar { .. } | Wait::OfferValue { .. } => {
                        What::Output(vec![Name::one(&group, member as u32)])
                    }
                    _ => What::Input(vec![Name::one(&group, speaker)]),
                };
                add(process, what);
            });
            let cells = inbox.listeners().to_vec();
            groups.extend(inbox.child());
            drop(inbox);
            for cell in cells {
                cell.see(|process| {
                    let what = what_a_choice_awaits(process);
                    add(process, what);
                });
            }
        }
    }
    let mut choices = Vec::new();
    shared.timers.for_each(
        |process| add(process, What::Outside("time")),
        |cell| choices.push(cell.clone()),
    );
    shared.streams.for_each(
        |process| {
            let input = matches!(process.wait, Wait::Stream(_));
            add(
                process,
                What::Outside(if input { "input" } else { "its output to be taken" }),
            );
        },
        |cell| choices.push(cell.clone()),
    );
    for cell in choices {
        cell.see(|process| {
            let what = what_a_choice_awaits(process);
            add(process, what);
        });
    }
    // in an order that does not depend on who came first
    let places: FxHashMap<usize, usize> = (groups.iter().enumerate())
        .map(|(place, group)| (key(group, 0).0, place))
        .collect();
    let place = |one: &Waiting| places.get(&key(&one.group, 0).0).copied().unwrap_or(usize::MAX);
    waiting.sort_by_key(|one| (place(one), one.member));
    let index = waiting
        .iter()
        .enumerate()
        .map(|(i, one)| (key(&one.group, one.member), i))
        .collect();
    Everybody { waiting, index }
}

fn what_a_choice_awaits(process: &Process) -> What {
    let Some(state) = process.extra.as_ref().and_then(|extra| extra.choice.as_deref()) else {
        return What::Input(Vec::new());
    };
    let ChoiceState { armed, homes, .. } = state;
    let mut names: Vec<Name> = Vec::new();
    for armed in armed {
        let (home, first, last) = match armed.kind {
            ArmedKind::True => continue,
            ArmedKind::After(_) => return What::Outside("time"),
            ArmedKind::Stream(_) => return What::Outside("input"),
            ArmedKind::Input { home, source, .. } => (home, source, source),
            ArmedKind::All { home, first, last, .. } => (home, first, last),
        };
        let group = &homes[usize::from(home)].group;
        match names.last_mut() {
            Some(name) if name.group == *group && first == name.last.wrapping_add(1) && last != NOBODY => {
                name.last = last;
            }
            Some(name) if name.group == *group && name.first == first && name.last == last => {}
            _ => names.push(Name {
                group: *group,
                first,
                last,
            }),
        }
    }
    What::Input(names)
}
