//! Disjointness (Hoare 2.1): what one process of a parallel command may assign, no other mentions.

use super::apart::{self, ALL, Area};
use super::capture::{self, Taken};
use super::mentions::{Collector, Mention, Mentions, Origin, Sub, Variables, tidy};
use crate::check::tree::*;
use hydra_bytecode::{Span, report::Report};
use rustc_hash::FxHashMap;

/// What the pass found, for the capture modes.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// all variables, and the routines in the order of the text
    pub(super) variables: Variables,
    /// how a process (by the number of its routine) takes an array that it assigns
    pub(super) taken: FxHashMap<(u32, Origin), Taken>,
}

/// A process of a parallel command, looked at.
pub(super) struct Member<'a> {
    /// its label
    pub(super) label: Option<&'a Label>,
    /// the number of its routine
    pub(super) number: u32,
    /// its label's variables
    pub(super) variables: Vec<Origin>,
    /// those of them that may have more than one value
    pub(super) varying: Vec<Origin>,
}

/// What one member mentions of one variable.
pub(super) struct Use<'m> {
    /// index of the member
    pub(super) member: usize,
    /// the mentions
    pub(super) mentions: &'m [Mention],
    /// whether it may assign the variable
    pub(super) writes: bool,
}

/// Checks all parallel commands of a program.
pub(super) fn check(program: &CheckedProgram, reports: &mut Vec<Report>) -> Found {
    let mut pass = Pass {
        found: Found::default(),
        enclosers: Vec::new(),
        reports,
    };
    let definitions = program.definitions.iter().map(|definition| &definition.routine);
    for routine in std::iter::once(&program.main).chain(definitions) {
        let number = pass.found.variables.enter(routine, None);
        pass.routine(routine, number);
    }
    pass.found
}

struct Pass<'r> {
    found: Found,
    /// numbers of the routines around the place at hand
    enclosers: Vec<u32>,
    reports: &'r mut Vec<Report>,
}

impl Pass<'_> {
    /// Everything in a routine; what it mentions that is not its own.
    fn routine(&mut self, routine: &Routine, number: u32) -> Mentions {
        self.enclosers.push(number);
        let mut own = Mentions::default();
        self.commands(routine, number, &routine.body, &mut own);
        self.enclosers.pop();
        tidy(&mut own);
        own
    }

    /// Lends the collector to `with`.
    fn collect(&mut self, routine: &Routine, number: u32, own: &mut Mentions, with: impl FnOnce(&mut Collector)) {
        let mentions = std::mem::take(own);
        let mut collector = Collector {
            variables: &mut self.found.variables,
            routine,
            number,
            mentions,
        };
        with(&mut collector);
        *own = collector.mentions;
    }

    fn commands(&mut self, routine: &Routine, number: u32, commands: &[Command], own: &mut Mentions) {
        for command in commands {
            match &command.kind {
                CommandKind::Skip => {}
                CommandKind::Parallel(parallel) => self.parallel(routine, number, parallel, own),
                CommandKind::Count(ranges, body) => {
                    self.collect(routine, number, own, |at| {
                        ranges.iter().for_each(|range| at.range(range))
                    });
                    self.commands(routine, number, body, own);
                }
                CommandKind::Choose(choose) => self.choose(routine, number, choose, own),
                simple => self.collect(routine, number, own, |at| match simple {
                    CommandKind::Declare(vars, value) => at.declare(vars, value.as_ref()),
                    CommandKind::Assign(target, value) => {
                        at.assign(target);
                        at.read(value);
                    }
                    CommandKind::Fragment(fragment) => at.fragment(fragment),
                    CommandKind::Input(port, target) => {
                        at.port(port);
                        at.assign(target);
                    }
                    CommandKind::Output(port, value) => {
                        at.port(port);
                        at.read(value);
                    }
                    CommandKind::After(e) | CommandKind::Script(e) => at.read(e),
                    CommandKind::Instance(_, actuals) => actuals.iter().for_each(|actual| match actual {
                        Actual::Value(value) => at.read(value),
                        Actual::Process(port) | Actual::Family(port) => at.port(port),
                    }),
                    CommandKind::Skip | CommandKind::Parallel(_) | CommandKind::Count(..) | CommandKind::Choose(_) => {}
                }),
            }
        }
    }

    fn choose(&mut self, routine: &Routine, number: u32, choose: &Choose, own: &mut Mentions) {
        for guarded in &choose.guarded {
            self.collect(routine, number, own, |at| {
                guarded.ranges.iter().for_each(|range| at.range(range));
                for condition in &guarded.conditions {
                    match condition {
                        Condition::Declare(vars, value, _) => at.declare(vars, value.as_ref()),
                        Condition::Holds(condition) => at.read(condition),
                    }
                }
                match &guarded.last {
                    GuardEnd::True => {}
                    GuardEnd::Input(port, target, _) => {
                        at.port(port);
                        at.assign(target);
                    }
                    GuardEnd::After(delay, _) => at.read(delay),
                }
            });
            self.commands(routine, number, &guarded.body, own);
        }
        if let Some(body) = &choose.otherwise {
            self.commands(routine, number, body, own);
        }
    }

    fn parallel(&mut self, routine: &Routine, number: u32, parallel: &Parallel, own: &mut Mentions) {
        let mut members = Vec::with_capacity(parallel.processes.len());
        let mut all = Vec::with_capacity(parallel.processes.len());
        for process in &parallel.processes {
            let inner = self.found.variables.enter(&process.routine, Some(number));
            if let Some(label) = &process.label {
                self.collect(routine, number, own, |at| at.label(label, inner));
            }
            all.push(self.routine(&process.routine, inner));
            members.push(self.member(process, inner));
        }
        let mut uses: FxHashMap<Origin, Vec<Use>> = FxHashMap::default();
        for (member, mentions) in all.iter().enumerate() {
            for (&origin, mentions) in mentions {
                let writes = mentions.iter().any(|mention| mention.writes);
                uses.entry(origin).or_default().push(Use {
                    member,
                    mentions,
                    writes,
                });
            }
        }
        for (origin, uses) in uses {
            if uses.iter().any(|one| one.writes) && self.disjoint(origin, &uses, &members) {
                capture::decide(&mut self.found, origin, &uses, &members, &self.enclosers);
            }
        }
        for mentions in all {
            for (origin, mut list) in mentions {
                if !self.found.variables.is_own(origin, number) {
                    own.entry(origin).or_default().append(&mut list);
                }
            }
        }
    }

    fn member<'a>(&self, process: &'a Process, number: u32) -> Member<'a> {
        let label = process.label.as_ref();
        let vars = label
            .iter()
            .flat_map(|label| &label.subscripts)
            .filter_map(|subscript| subscript.var);
        let variables: Vec<Origin> = vars
            .filter_map(|var| self.found.variables.origin(number, var))
            .collect();
        let varies = |&origin: &Origin| {
            let (low, high) = self.found.variables.values(Sub::Var(origin));
            low < high
        };
        let varying = variables.iter().copied().filter(varies).collect();
        Member {
            label,
            number,
            variables,
            varying,
        }
    }

    /// Whether the members keep apart in one variable, which some of them assign.
    fn disjoint(&mut self, origin: Origin, uses: &[Use], members: &[Member]) -> bool {
        let writers = uses.iter().filter(|one| one.writes);
        let mut found: Vec<Report> = writers
            .filter_map(|one| self.shared_in_family(origin, one, members))
            .collect();
        found.extend(self.shared_between(origin, uses));
        let disjoint = found.is_empty();
        self.reports.append(&mut found);
        disjoint
    }

    /// Several processes of one family that assign the same.
    fn shared_in_family(&self, origin: Origin, one: &Use, members: &[Member]) -> Option<Report> {
        let (member, name) = (&members[one.member], self.found.variables.name(origin));
        let dimensions = self.found.variables.dimensions(origin);
        let has = |mention: &Mention, d: usize, var: Origin| mention.subs.get(d) == Some(&Sub::Var(var));
        let broken =
            |&&var: &&Origin| !(0..dimensions).any(|d| one.mentions.iter().all(|mention| has(mention, d, var)));
        let var = *member.varying.iter().find(broken)?;
        let label = member.label?;
        let by = self.found.variables.name(var);
        let write = first(one.mentions.iter().filter(|mention| mention.writes))?;
        let dimension = (0..dimensions).find(|&d| has(write, d, var));
        let other = dimension.and_then(|d| first(one.mentions.iter().filter(|mention| !has(mention, d, var))));
        let (text, place, note, help) = match other {
            Some(other) => (
                format!("`{name}` is assigned by several processes of a family, not only in elements of their own"),
                other.span,
                format!("the family mentions another element of `{name}` here"),
                format!("wherever the family mentions `{name}`, the same subscript must be `{by}`, as here"),
            ),
            None if dimensions == 0 => (
                format!("`{name}` is assigned by several processes of a family"),
                label.span,
                format!("there is a process for each `{by}`, and all assign `{name}`"),
                format!(
                    "let each process assign an element of its own, as in `a({by}) := …`, \
                     or output its value to a process that owns `{name}`"
                ),
            ),
            None => (
                format!("the same elements of `{name}` are assigned by several processes of a family"),
                label.span,
                format!("there is a process for each `{by}`, which is no subscript of `{name}` here"),
                format!(
                    "a family may assign elements of an array if `{by}` is a subscript wherever it mentions the array"
                ),
            ),
        };
        Some(
            Report::error("H0502", write.span, text)
                .label("assigned here")
                .note(place, note)
                .help(help),
        )
    }

    /// A variable that one process assigns and another mentions.
    fn shared_between(&self, origin: Origin, uses: &[Use]) -> Option<Report> {
        let dimensions = self.found.variables.dimensions(origin);
        let (write, other) = if uses.len() < 2 {
            return None;
        } else if dimensions == 0 {
            let all = || {
                uses.iter()
                    .flat_map(|one| one.mentions.iter().map(|mention| (one.member, mention)))
            };
            let (member, write) = all()
                .filter(|(_, mention)| mention.writes)
                .min_by_key(|(_, mention)| mention.span)?;
            let others = all().filter(|(other, _)| *other != member);
            (write, first(others.map(|(_, mention)| mention))?)
        } else {
            self.overlap(uses, dimensions)?
        };
        let name = self.found.variables.name(origin);
        let element = !write.subs.is_empty() || !other.subs.is_empty();
        let what = if write.subs.is_empty() {
            format!("`{name}`")
        } else {
            format!("an element of `{name}`")
        };
        let (text, note) = match (other.writes, element) {
            (true, _) => (
                format!("{what} is assigned by two processes of a parallel command"),
                "and assigned here",
            ),
            (false, true) => (
                format!("{what} is assigned by one process of a parallel command, and another may mention it"),
                "and mentioned here",
            ),
            (false, false) => (
                format!("{what} is assigned by one process of a parallel command and mentioned by another"),
                "and mentioned here",
            ),
        };
        let unknown = |mention: &Mention| mention.subs.iter().any(|&sub| self.found.variables.values(sub) == ALL);
        let advice = if unknown(write) || unknown(other) {
            "elements are known to differ if a subscript is a constant, or a range variable with constant bounds, in both"
        } else {
            "processes share no variables: let one of them own it, and the others input its value or output theirs"
        };
        Some(
            Report::error("H0501", write.span, text)
                .label("assigned here")
                .note(other.span, note)
                .help(advice),
        )
    }

    /// The first two mentions of an array, one of them an assignment, that may mean the same element.
    fn overlap<'m>(&self, uses: &[Use<'m>], dimensions: usize) -> Option<(&'m Mention, &'m Mention)> {
        let (mut mentions, mut areas) = (Vec::new(), Vec::new());
        for one in uses {
            for mention in one.mentions {
                let subs = (0..dimensions).map(|d| mention.subs.get(d).copied());
                if let Some(area) = self.found.variables.area(one.member as u32, subs) {
                    mentions.push(mention);
                    areas.push(area);
                }
            }
        }
        let writes: Vec<usize> = (0..mentions.len()).filter(|&i| mentions[i].writes).collect();
        let probes: Vec<Area> = writes.iter().map(|&i| areas[i].clone()).collect();
        let (mut best, mut patience): (Option<(Span, Span, usize, usize)>, _) = (None, 10_000_u32);
        apart::overlaps(&probes, &areas, dimensions, |probe, target| {
            let write = writes[probe];
            let pair = (mentions[write].span, mentions[target].span, write, target);
            best = Some(best.map_or(pair, |best| best.min(pair)));
            patience -= 1;
            patience > 0
        });
        best.map(|(.., write, other)| (mentions[write], mentions[other]))
    }
}

/// The first mention in the text.
fn first<'m>(mentions: impl Iterator<Item = &'m Mention>) -> Option<&'m Mention> {
    mentions.min_by_key(|mention| mention.span)
}
