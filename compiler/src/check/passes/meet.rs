//! What nothing could ever meet: an output, or an input outside a guard, is an error; a guard gets a warning.
//!
//! A place in the text is at fault only if it has no partner in any instance that reaches it. What is not known leaves
//! open: subscripts that are not constant may name any member of the family, `any` agrees with every shape.

use super::speech::{self, Kind, Line, Marks, Speaker, Speech};
use super::streams;
use super::{shape, unmet};
use crate::check::tree::{CheckedProgram, Type};
use hydra_bytecode::{Span, report::Report};
use rustc_hash::FxHashMap;
use smallvec::SmallVec;

/// How many communications of instances are looked at; where there are more, anything may meet.
const SAYINGS_MAX: usize = 2_000_000;

/// How many pairs are compared in all; after that anything may meet.
const PAIRS_MAX: u64 = 30_000_000;

/// Reports what nothing could ever meet.
pub(super) fn check(program: &CheckedProgram, reports: &mut Vec<Report>) {
    let speech = speech::collect(program);
    if speech.overflow {
        return;
    }
    streams::check(&speech, reports);
    if let Some(mut meeting) = Meeting::new(&speech) {
        meeting.run(reports);
    }
}

/// Where a group of communications stands: said to a label, or to a formal.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Source {
    Direct(Line, usize),
    Formal(usize, usize),
}

/// A group of communications as one process makes it.
#[derive(Clone, Copy)]
pub(super) struct Saying<'s> {
    pub(super) line: Line,
    pub(super) kind: Kind,
    pub(super) ty: u32,
    /// `None`: any member
    pub(super) marks: Option<&'s Marks>,
    pub(super) source: Source,
    pub(super) instance: Option<Span>,
}

/// Sorts of shapes that agree at most with their own kind and with `any`.
pub(super) const EVERY_SORT: u32 = 0;
const ANY_SORT: u32 = 1;

/// Numbers, mostly few.
type Few = SmallVec<[u32; 4]>;

/// The members of a family by their labels.
#[derive(Default)]
struct Members {
    /// those with constant labels
    single: FxHashMap<Vec<i64>, Few>,
    /// the others
    ranges: Vec<u32>,
    all: Vec<u32>,
}

pub(super) struct Meeting<'s> {
    pub(super) speech: &'s Speech,
    pub(super) sayings: Vec<Saying<'s>>,
    /// what one process says to a family: outputs or inputs, of one sort
    of_line: FxHashMap<(Line, bool, u32), Few>,
    /// what all members of a family say to a family: in which command, who, to whom, outputs or inputs, of one sort
    of_family: FxHashMap<(u32, u32, u32, bool, u32), Few>,
    /// sort of each type
    sorts: Vec<u32>,
    members: FxHashMap<(u32, u32), Members>,
    pairs_left: u64,
}

impl<'s> Meeting<'s> {
    fn new(speech: &'s Speech) -> Option<Self> {
        let mut sayings = Vec::new();
        let mut lines: Vec<&Line> = speech.direct.keys().collect();
        lines.sort_unstable();
        for &line in lines {
            for (number, group) in speech.direct[&line].groups.iter().enumerate() {
                let marks = Some(&group.marks).filter(|marks| !marks.is_empty());
                let source = Source::Direct(line, number);
                sayings.push(Saying {
                    line,
                    kind: group.kind,
                    ty: group.ty,
                    marks,
                    source,
                    instance: None,
                });
            }
        }
        for (formal, known) in speech.formals.iter().enumerate() {
            for (binding, instance) in &known.bindings {
                for (number, group) in known.sayings.groups.iter().enumerate() {
                    let own = Some(&group.marks).filter(|marks| !marks.is_empty());
                    let marks = binding.marks.as_ref().or(own);
                    let (line, source, instance) = (binding.line, Source::Formal(formal, number), Some(*instance));
                    sayings.push(Saying {
                        line,
                        kind: group.kind,
                        ty: group.ty,
                        marks,
                        source,
                        instance,
                    });
                }
                if sayings.len() > SAYINGS_MAX {
                    return None;
                }
            }
        }
        let sorts = sorts(&speech.types);
        let (mut of_line, mut of_family) = (FxHashMap::<_, Few>::default(), FxHashMap::<_, Few>::default());
        for (number, saying) in (0..).zip(&sayings) {
            let (line, output) = (saying.line, saying.kind == Kind::Output);
            let family = speech.commands[line.command as usize].speakers[line.speaker as usize].family;
            for sort in [EVERY_SORT, sorts[saying.ty as usize]] {
                of_line.entry((line, output, sort)).or_default().push(number);
                if let Some(family) = family {
                    let key = (line.command, family, line.family, output, sort);
                    of_family.entry(key).or_default().push(number);
                }
            }
        }
        let mut members: FxHashMap<_, Members> = FxHashMap::default();
        for (command, known) in speech.commands.iter().enumerate() {
            for (number, speaker) in known.speakers.iter().enumerate() {
                let (Some(family), number) = (speaker.family, number as u32) else {
                    continue;
                };
                let members = members.entry((command as u32, family)).or_default();
                members.all.push(number);
                if speaker.is_single() {
                    let values = speaker.pattern.iter().filter_map(|(low, _)| *low).collect();
                    members.single.entry(values).or_default().push(number);
                } else {
                    members.ranges.push(number);
                }
            }
        }
        Some(Meeting {
            speech,
            sayings,
            of_line,
            of_family,
            sorts,
            members,
            pairs_left: PAIRS_MAX,
        })
    }

    fn run(&mut self, reports: &mut Vec<Report>) {
        // for each source the sayings that found no partner; none as soon as one did
        let mut order = Vec::new();
        let mut lonely: FxHashMap<Source, Option<Vec<usize>>> = FxHashMap::default();
        for number in 0..self.sayings.len() {
            let source = self.sayings[number].source;
            let state = lonely.entry(source).or_insert_with(|| {
                order.push(source);
                let hosted = matches!(source, Source::Formal(formal, _) if self.speech.formals[formal].hosted);
                (!hosted).then(Vec::new)
            });
            if let Some(failed) = state.as_mut() {
                failed.push(number);
                if self.meets(number) {
                    lonely.insert(source, None);
                }
            }
        }
        let lonely: Vec<(Source, Vec<usize>)> = order
            .into_iter()
            .filter_map(|source| Some((source, lonely.remove(&source)??)))
            .collect();
        unmet::report(self, lonely, reports);
    }

    /// The process that says something.
    pub(super) fn speaker(&self, saying: &Saying) -> &'s Speaker {
        &self.speech.commands[saying.line.command as usize].speakers[saying.line.speaker as usize]
    }

    /// Whether a saying may be meant for a process of the family it names.
    fn is_for(&self, saying: &Saying, partner: u32) -> bool {
        let speaker = &self.speech.commands[saying.line.command as usize].speakers[partner as usize];
        // one process does not meet itself
        saying.marks.is_none_or(|marks| speaker.matches(marks))
            && (partner != saying.line.speaker || !speaker.is_single())
    }

    /// The members of the family it names that a saying may be meant for, as far as their labels are an index.
    pub(super) fn partners<'m>(&'m self, saying: &'m Saying) -> impl Iterator<Item = u32> + use<'m, 's> {
        let (mut some, mut more): (&[u32], &[u32]) = (&[], &[]);
        if let Some(members) = self.members.get(&(saying.line.command, saying.line.family)) {
            match constants(saying) {
                Some(values) => {
                    some = members.single.get(&values).map_or(&[], Few::as_slice);
                    more = &members.ranges;
                }
                None => some = &members.all,
            }
        }
        some.iter()
            .chain(more)
            .copied()
            .filter(|&partner| self.is_for(saying, partner))
    }

    /// Calls `found` for each saying of one sort that might be the other side of this one, shapes apart, until it
    /// returns `true` or the pairs that may be looked at are used up.
    pub(super) fn answers(
        &self,
        saying: &Saying,
        sort: u32,
        left: &mut u64,
        found: &mut dyn FnMut(&Saying<'s>) -> bool,
    ) {
        let Line {
            command,
            speaker,
            family,
        } = saying.line;
        let Some(own_family) = self.speaker(saying).family else {
            return;
        };
        let output = saying.kind != Kind::Output;
        let mut try_all = |list: Option<&Few>| {
            for answer in list.into_iter().flatten().map(|&number| &self.sayings[number as usize]) {
                *left = left.saturating_sub(1);
                if *left == 0
                    || self.is_for(saying, answer.line.speaker) && self.is_for(answer, speaker) && found(answer)
                {
                    return true;
                }
            }
            false
        };
        if constants(saying).is_some() {
            for partner in self.partners(saying) {
                let back = Line {
                    command,
                    speaker: partner,
                    family: own_family,
                };
                if try_all(self.of_line.get(&(back, output, sort))) {
                    return;
                }
            }
        } else {
            try_all(self.of_family.get(&(command, family, own_family, output, sort)));
        }
    }

    fn meets(&mut self, number: usize) -> bool {
        let saying = &self.sayings[number];
        let sort = self.sorts[saying.ty as usize];
        let sorts: &[u32] = if sort == ANY_SORT {
            &[EVERY_SORT]
        } else {
            &[sort, ANY_SORT]
        };
        let (mut left, mut met) = (self.pairs_left, false);
        for &sort in sorts {
            self.answers(saying, sort, &mut left, &mut |answer| {
                met |= self.agree(saying, answer);
                met
            });
        }
        self.pairs_left = left;
        met || left == 0
    }

    /// The types of an output and an input: what is sent, what is taken.
    pub(super) fn types(&self, one: &Saying, other: &Saying) -> (&'s Type, &'s Type) {
        let (one_type, other_type) = (
            &self.speech.types[one.ty as usize],
            &self.speech.types[other.ty as usize],
        );
        if one.kind == Kind::Output {
            (one_type, other_type)
        } else {
            (other_type, one_type)
        }
    }

    pub(super) fn agree(&self, one: &Saying, other: &Saying) -> bool {
        let (sent, taken) = self.types(one, other);
        shape::agree(sent, taken)
    }
}

/// The subscripts of the name in a saying, if all are known.
fn constants(saying: &Saying) -> Option<Vec<i64>> {
    saying.marks?.iter().copied().collect()
}

/// Numbers the sorts of types: two types that agree are of one sort, or one of them is `any`.
fn sorts<'t>(types: &'t [Type]) -> Vec<u32> {
    #[derive(PartialEq, Eq, Hash)]
    enum Sort<'t> {
        Plain(&'t Type),
        Array,
        Struct(&'t str, usize),
    }
    let mut known: FxHashMap<Sort, u32> = FxHashMap::default();
    let sort = |ty: &'t Type| {
        let sort = match ty {
            Type::Any => return ANY_SORT,
            Type::Array(..) => Sort::Array,
            Type::Struct(constructor, parts) => Sort::Struct(constructor, parts.len()),
            plain => Sort::Plain(plain),
        };
        let next = known.len() as u32 + ANY_SORT + 1;
        *known.entry(sort).or_insert(next)
    };
    types.iter().map(sort).collect()
}
