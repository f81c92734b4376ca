//! All that can happen in a network, found by trying every order: a model of what the language says, which shares
//! nothing with the virtual machine.

use super::network::{Command, Guard, Id, Network, Talk};
use std::collections::{BTreeSet, HashMap};

/// Networks with more states are not used.
const STATES_MAX: usize = 60_000;

/// A set of processes.
pub(crate) type Set = u32;

/// How a run can end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Ending {
    Done,
    Failure(Id),
    /// These wait, those for the processes inside them not counted.
    Deadlock(Set),
}

/// An ending, and the processes that were found to be dead before, while others waited for time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Outcome {
    pub(crate) ending: Ending,
    pub(crate) warned: Set,
}

/// How time passes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Time {
    /// Only when nothing else can happen, and exactly: as with a seed.
    Virtual,
    /// A delay may end at any moment, as on a busy machine.
    Any,
}

enum Step {
    Output(Talk),
    Input(Talk),
    Choice {
        inputs: Vec<(Talk, usize)>,
        after: Option<(u16, usize)>,
        failed: Option<usize>,
    },
    After(u16),
    Start,
    Join,
    Jump(usize),
    End,
}

const ENDED: u16 = u16::MAX;
const UNBORN: u16 = u16::MAX - 1;

/// Where each process is, how long it still waits if it waits for time, and who was found dead.
#[derive(Clone, PartialEq, Eq, Hash)]
struct State {
    at: Vec<(u16, u16)>,
    warned: Set,
}

/// A network as steps.
pub(crate) struct Model<'a> {
    network: &'a Network,
    steps: Vec<Vec<Step>>,
}

impl<'a> Model<'a> {
    /// The model of a network.
    pub(crate) fn new(network: &'a Network) -> Model<'a> {
        let steps = network.processes.iter().map(|process| {
            let mut steps = Vec::new();
            lower(&process.commands, &mut steps);
            steps.push(Step::End);
            steps
        });
        Model {
            network,
            steps: steps.collect(),
        }
    }

    /// Every way in which a run can end; `None` if there is too much to try, or if it may go on for ever.
    pub(crate) fn outcomes(&self, time: Time) -> Option<BTreeSet<Outcome>> {
        let at = self.network.processes.iter().map(|process| match process.parent {
            None => (0, 0),
            Some(_) => (UNBORN, 0),
        });
        let mut first = State {
            at: at.collect(),
            warned: 0,
        };
        for id in 0..first.at.len() {
            if first.at[id].0 != UNBORN {
                self.arrive(&mut first, id, 0);
            }
        }
        self.settle(&mut first);
        let mut seen = HashMap::from([(first.clone(), 0)]);
        let mut open = vec![first];
        let mut edges: Vec<(usize, usize)> = Vec::new();
        let mut outcomes = BTreeSet::new();
        while let Some(state) = open.pop() {
            let mut next = Vec::new();
            self.follow(&state, time, &mut next, &mut outcomes);
            for mut state_after in next {
                self.settle(&mut state_after);
                let fresh = seen.len();
                let number = *seen.entry(state_after.clone()).or_insert(fresh);
                edges.push((seen[&state], number));
                if number == fresh {
                    open.push(state_after);
                }
            }
            if seen.len() > STATES_MAX {
                return None;
            }
        }
        if has_cycle(seen.len(), &edges) {
            return None;
        }
        Some(outcomes)
    }

    /// A process comes to a step.
    fn arrive(&self, state: &mut State, id: Id, at: usize) {
        let time = match &self.steps[id][at] {
            Step::After(time) => *time,
            Step::Choice {
                after: Some((time, _)), ..
            } => *time,
            _ => 0,
        };
        state.at[id] = (at as u16, time);
    }

    /// Does what only one process decides, and what takes nothing away from others: starts, jumps, ends.
    fn settle(&self, state: &mut State) {
        let mut changed = true;
        while changed {
            changed = false;
            for id in 0..state.at.len() {
                let at = usize::from(state.at[id].0);
                if state.at[id].0 >= UNBORN {
                    continue;
                }
                match &self.steps[id][at] {
                    Step::Jump(to) => self.arrive(state, id, *to),
                    Step::Start => {
                        for &child in &self.network.processes[id].children {
                            self.arrive(state, child, 0);
                        }
                        self.arrive(state, id, at + 1);
                    }
                    Step::Join
                        if self.network.processes[id]
                            .children
                            .iter()
                            .all(|&child| state.at[child].0 == ENDED) =>
                    {
                        self.arrive(state, id, at + 1);
                    }
                    Step::End => state.at[id] = (ENDED, 0),
                    _ => continue,
                }
                changed = true;
            }
        }
    }

    fn step(&self, state: &State, id: Id) -> Option<&Step> {
        (state.at[id].0 < UNBORN).then(|| &self.steps[id][usize::from(state.at[id].0)])
    }

    /// All that can happen next.
    fn follow(&self, state: &State, time: Time, next: &mut Vec<State>, outcomes: &mut BTreeSet<Outcome>) {
        let ended = |id: Id| state.at[id].0 == ENDED;
        let before = next.len();
        let mut fails = false;
        let mut fail = |id: Id, outcomes: &mut BTreeSet<Outcome>| {
            fails = true;
            outcomes.insert(Outcome {
                ending: Ending::Failure(id),
                warned: state.warned,
            });
        };
        for id in 0..state.at.len() {
            let Some(step) = self.step(state, id) else { continue };
            let at = usize::from(state.at[id].0);
            let over = state.at[id].1 == 0 || time == Time::Any;
            match step {
                Step::Output(talk) if ended(talk.to) => fail(id, outcomes),
                Step::Output(talk) => self.meetings(state, id, *talk, next),
                Step::Input(talk) if ended(talk.from) => fail(id, outcomes),
                Step::Choice { inputs, after, failed } => {
                    if let Some((_, to)) = after {
                        if over {
                            next.push(self.moved(state, &[(id, *to)]));
                        }
                    } else if inputs.iter().all(|(talk, _)| ended(talk.from)) {
                        match failed {
                            Some(to) => next.push(self.moved(state, &[(id, *to)])),
                            None => fail(id, outcomes),
                        }
                    }
                }
                Step::After(_) if over => next.push(self.moved(state, &[(id, at + 1)])),
                _ => {}
            }
        }
        if next.len() > before || fails {
            return;
        }
        if (0..state.at.len()).all(ended) {
            outcomes.insert(Outcome {
                ending: Ending::Done,
                warned: state.warned,
            });
            return;
        }
        match state.at.iter().map(|at| at.1).filter(|&left| left > 0).min() {
            None => {
                outcomes.insert(Outcome {
                    ending: Ending::Deadlock(self.waiting(state)),
                    warned: state.warned,
                });
            }
            Some(passed) => {
                let mut later = state.clone();
                later.warned |= self.dead(state);
                for at in &mut later.at {
                    at.1 = at.1.saturating_sub(passed);
                }
                next.push(later);
            }
        }
    }

    fn moved(&self, state: &State, moves: &[(Id, usize)]) -> State {
        let mut state = state.clone();
        for &(id, at) in moves {
            self.arrive(&mut state, id, at);
        }
        state
    }

    /// Whom an output can meet.
    fn meetings(&self, state: &State, sender: Id, talk: Talk, next: &mut Vec<State>) {
        let after = usize::from(state.at[sender].0) + 1;
        for id in 0..state.at.len() {
            if id == sender || !self.network.is_within(id, talk.to) {
                continue;
            }
            match self.step(state, id) {
                Some(Step::Input(wanted)) if *wanted == talk => {
                    next.push(self.moved(state, &[(sender, after), (id, usize::from(state.at[id].0) + 1)]));
                }
                Some(Step::Choice { inputs, .. }) => {
                    for (_, to) in inputs.iter().filter(|(wanted, _)| *wanted == talk) {
                        next.push(self.moved(state, &[(sender, after), (id, *to)]));
                    }
                }
                _ => {}
            }
        }
    }

    /// Who waits for others, but for the processes inside.
    fn waiting(&self, state: &State) -> Set {
        let waits = |id: &Id| {
            matches!(
                self.step(state, *id),
                Some(Step::Output(_) | Step::Input(_) | Step::Choice { .. })
            )
        };
        (0..state.at.len()).filter(waits).fold(0, |set, id| set | 1 << id)
    }

    /// Who waits for members of a dead group only: what is left when all are taken away that may be helped, one after the
    /// other.
    fn dead(&self, state: &State) -> Set {
        let all = state.at.len();
        let mut alive = vec![false; all];
        loop {
            let name_lives = |name: Id| {
                state.at[name].0 != ENDED && (0..all).any(|id| alive[id] && self.network.is_within(id, name))
            };
            let fresh: Vec<Id> = (0..all)
                .filter(|&id| !alive[id])
                .filter(|&id| match self.step(state, id) {
                    None => false,
                    Some(Step::After(_) | Step::Choice { after: Some(_), .. }) => true,
                    Some(Step::Output(talk)) => name_lives(talk.to),
                    Some(Step::Input(talk)) => name_lives(talk.from),
                    Some(Step::Choice { inputs, .. }) => inputs.iter().any(|(talk, _)| name_lives(talk.from)),
                    Some(Step::Join) => {
                        let children = &self.network.processes[id].children;
                        children.iter().all(|&child| alive[child] || state.at[child].0 == ENDED)
                    }
                    Some(_) => true,
                })
                .collect();
            if fresh.is_empty() {
                break;
            }
            for id in fresh {
                alive[id] = true;
            }
        }
        self.waiting(state) & (0..all).filter(|&id| !alive[id]).fold(0, |set, id| set | 1 << id)
    }
}

/// Whether a walk along the edges need not end: takes away, again and again, what no edge leads to.
fn has_cycle(count: usize, edges: &[(usize, usize)]) -> bool {
    let mut into = vec![0; count];
    let mut from: Vec<Vec<usize>> = vec![Vec::new(); count];
    for &(one, other) in edges {
        into[other] += 1;
        from[one].push(other);
    }
    let mut free: Vec<usize> = (0..count).filter(|&state| into[state] == 0).collect();
    let mut taken = 0;
    while let Some(state) = free.pop() {
        taken += 1;
        for &next in &from[state] {
            into[next] -= 1;
            if into[next] == 0 {
                free.push(next);
            }
        }
    }
    taken < count
}

fn lower(commands: &[Command], steps: &mut Vec<Step>) {
    for command in commands {
        match command {
            Command::Output(talk) => steps.push(Step::Output(*talk)),
            Command::Input(talk) => steps.push(Step::Input(*talk)),
            Command::After(time) => steps.push(Step::After(*time)),
            Command::Inside => steps.extend([Step::Start, Step::Join]),
            Command::Never(..) => {}
            Command::Choice {
                repeats,
                guards,
                otherwise,
                ..
            } => choice(*repeats, guards, *otherwise, steps),
        }
    }
}

fn choice(repeats: bool, guards: &[Guard], otherwise: bool, steps: &mut Vec<Step>) {
    let begin = steps.len();
    steps.push(Step::End); // replaced below
    let (mut inputs, mut after, mut jumps) = (Vec::new(), None, Vec::new());
    for guard in guards {
        match guard {
            Guard::Input(talk, body) => {
                inputs.push((*talk, steps.len()));
                lower(body, steps);
            }
            Guard::After(time) => after = Some((*time, steps.len())),
        }
        jumps.push(steps.len());
        steps.push(Step::Jump(begin));
    }
    let end = steps.len();
    if !repeats {
        for jump in jumps {
            steps[jump] = Step::Jump(end);
        }
    }
    steps[begin] = Step::Choice {
        inputs,
        after,
        failed: (repeats || otherwise).then_some(end),
    };
}
