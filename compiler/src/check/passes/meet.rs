//! What nothing could ever meet: an output, or an input outside a guard, is an error; a guard gets a warning.
//!
//! A place in the text is at fault only if it has no partner in any instance that reaches it. What is not known leaves
//! open: subscripts that are not constant may name any member of the family, `any` agrees with every shape.

use super::shape;
use super::speech::{self, Kind, Line, Marks, Speech};
use crate::check::tree::{CheckedProgram, Type};
use hydra_bytecode::{Span, report::Report};
use rustc_hash::{FxHashMap, FxHashSet};

/// How many communications of instances are looked at; where there are more, anything may meet.
const SAYINGS_MAX: usize = 2_000_000;

/// How many pairs are compared in all; after that anything may meet.
const PAIRS_MAX: u64 = 30_000_000;

/// How many of the other side's communications a report shows.
const NOTES_MAX: usize = 4;

/// Reports what nothing could ever meet.
pub(super) fn check(program: &CheckedProgram, reports: &mut Vec<Report>) {
    let speech = speech::collect(program);
    if speech.overflow {
        return;
    }
    if let Some(mut meeting) = Meeting::new(&speech) {
        meeting.run(reports);
    }
}

/// Where a group of communications stands: said to a label, or to a formal.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Source {
    Direct(Line, usize),
    Formal(usize, usize),
}

/// A group of communications as one process makes it.
struct Saying<'s> {
    line: Line,
    kind: Kind,
    ty: u32,
    /// `None`: any member
    marks: Option<&'s Marks>,
    source: Source,
    instance: Option<Span>,
}

/// Sorts of shapes that agree at most with their own kind and with `any`.
const EVERY_SORT: u32 = 0;
const ANY_SORT: u32 = 1;

/// The members of a family by their labels.
#[derive(Default)]
struct Members {
    /// those with constant labels
    single: FxHashMap<Vec<i64>, Vec<u32>>,
    /// the others
    ranges: Vec<u32>,
    all: Vec<u32>,
}

struct Meeting<'s> {
    speech: &'s Speech,
    sayings: Vec<Saying<'s>>,
    /// sayings of a line: outputs or inputs, of one sort
    index: FxHashMap<(Line, bool, u32), Vec<usize>>,
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
        let mut index: FxHashMap<_, Vec<usize>> = FxHashMap::default();
        for (number, saying) in sayings.iter().enumerate() {
            let output = saying.kind == Kind::Output;
            index.entry((saying.line, output, EVERY_SORT)).or_default().push(number);
            index
                .entry((saying.line, output, sorts[saying.ty as usize]))
                .or_default()
                .push(number);
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
            index,
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
        for source in order {
            if let Some(Some(failed)) = lonely.get(&source) {
                self.report(source, failed, reports);
            }
        }
    }

    /// The processes that a saying may be meant for.
    fn partners<'m>(&'m self, saying: &'m Saying) -> impl Iterator<Item = u32> + use<'m, 's> {
        let command = &self.speech.commands[saying.line.command as usize];
        let (mut some, mut more): (&[u32], &[u32]) = (&[], &[]);
        if let Some(members) = self.members.get(&(saying.line.command, saying.line.family)) {
            match saying
                .marks
                .and_then(|marks| marks.iter().copied().collect::<Option<Vec<i64>>>())
            {
                Some(values) => {
                    some = members.single.get(&values).map_or(&[], Vec::as_slice);
                    more = &members.ranges;
                }
                None => some = &members.all,
            }
        }
        some.iter().chain(more).copied().filter(move |&partner| {
            let speaker = &command.speakers[partner as usize];
            // one process does not meet itself
            saying.marks.is_none_or(|marks| speaker.matches(marks))
                && (partner != saying.line.speaker || !speaker.is_single())
        })
    }

    /// The line on which a partner answers; `None` if nobody can name the speaker.
    fn back(&self, saying: &Saying, partner: u32) -> Option<Line> {
        let speaker = &self.speech.commands[saying.line.command as usize].speakers[saying.line.speaker as usize];
        Some(Line {
            command: saying.line.command,
            speaker: partner,
            family: speaker.family?,
        })
    }

    /// Whether an answer may be meant for the one who said this.
    fn is_for(&self, answer: &Saying, saying: &Saying) -> bool {
        let speaker = &self.speech.commands[saying.line.command as usize].speakers[saying.line.speaker as usize];
        answer.marks.is_none_or(|marks| speaker.matches(marks))
    }

    fn meets(&mut self, number: usize) -> bool {
        let saying = &self.sayings[number];
        let sort = self.sorts[saying.ty as usize];
        let sorts: &[u32] = if sort == ANY_SORT {
            &[EVERY_SORT]
        } else {
            &[sort, ANY_SORT]
        };
        let output = saying.kind == Kind::Output;
        let mut left = self.pairs_left;
        let mut met = false;
        'partners: for partner in self.partners(saying) {
            let Some(back) = self.back(saying, partner) else { break };
            left = left.saturating_sub(1);
            for &sort in sorts {
                for &answer in self.index.get(&(back, !output, sort)).map_or(&[][..], Vec::as_slice) {
                    let answer = &self.sayings[answer];
                    left = left.saturating_sub(1);
                    met = left == 0 || self.is_for(answer, saying) && self.agree(saying, answer);
                    if met {
                        break 'partners;
                    }
                }
            }
        }
        self.pairs_left = left;
        met || left == 0
    }

    /// The types of an output and an input: what is sent, what is taken.
    fn types(&self, one: &Saying, other: &Saying) -> (&'s Type, &'s Type) {
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

    fn agree(&self, one: &Saying, other: &Saying) -> bool {
        let (sent, taken) = self.types(one, other);
        shape::agree(sent, taken)
    }

    /// The places of a saying's group.
    fn places(&self, source: Source) -> &'s [Span] {
        match source {
            Source::Direct(line, group) => &self.speech.direct[&line].groups[group].places,
            Source::Formal(formal, group) => &self.speech.formals[formal].sayings.groups[group].places,
        }
    }

    /// What the partners say back that does not agree: the process and its saying.
    fn answers(&self, failed: &[usize]) -> Vec<(u32, &Saying<'s>)> {
        let (mut found, mut seen) = (Vec::new(), FxHashSet::default());
        for saying in failed.iter().take(NOTES_MAX).map(|&number| &self.sayings[number]) {
            let output = saying.kind == Kind::Output;
            for partner in self.partners(saying) {
                let Some(back) = self.back(saying, partner) else {
                    continue;
                };
                let Some(list) = self.index.get(&(back, !output, EVERY_SORT)) else {
                    continue;
                };
                for answer in list.iter().map(|&number| &self.sayings[number]) {
                    if self.is_for(answer, saying) && seen.insert(answer.source) {
                        found.push((partner, answer));
                        if found.len() == NOTES_MAX {
                            return found;
                        }
                    }
                }
            }
        }
        found
    }

    fn report(&self, source: Source, failed: &[usize], reports: &mut Vec<Report>) {
        let Some(saying) = failed.first().map(|&number| &self.sayings[number]) else {
            return;
        };
        let command = &self.speech.commands[saying.line.command as usize];
        let speaker = &command.speakers[saying.line.speaker as usize];
        let family = &command.families[saying.line.family as usize];
        let partner = match saying.marks {
            Some(marks) if !marks.is_empty() => {
                let text = |mark: &Option<i64>| mark.map_or("…".into(), |n| n.to_string());
                format!("{family}({})", marks.iter().map(text).collect::<Vec<_>>().join(", "))
            }
            _ => family.clone(),
        };
        let first_partner = self.partners(saying).next();
        let answers = self.answers(failed);
        let ty = &self.speech.types[saying.ty as usize];
        let (verb, side, other_verb, what) = match saying.kind {
            Kind::Output => ("inputs", "from", "inputs", "this output can never happen".to_string()),
            Kind::Input => ("outputs", "to", "outputs", "this input can never happen".to_string()),
            Kind::Guard => (
                "outputs",
                "to",
                "outputs",
                format!("this guard only waits until `{partner}` has terminated"),
            ),
        };
        let text = if speaker.family.is_none() {
            format!("`{partner}` cannot name this process, which has no label: {what}")
        } else if first_partner.is_none() {
            format!("no other process is named `{partner}`: {what}")
        } else if answers.is_empty() {
            format!("`{partner}` never {verb} anything {side} `{}`: {what}", speaker.name)
        } else {
            format!(
                "`{partner}` never {verb} `{}` {side} `{}`: {what}",
                shape::name(ty),
                speaker.name
            )
        };
        let (code, label) = match saying.kind {
            Kind::Output => ("H0601", format!("`{}` to `{partner}`", shape::name(ty))),
            Kind::Input => ("H0602", format!("`{}` from `{partner}`", shape::name(ty))),
            Kind::Guard => ("H0906", format!("`{}` from `{partner}`", shape::name(ty))),
        };
        for &place in self.places(source) {
            let mut report = if saying.kind == Kind::Guard {
                Report::warning(code, place, text.clone())
            } else {
                Report::error(code, place, text.clone())
            };
            report = report.label(label.clone());
            for (partner, answer) in &answers {
                let (sent, taken) = self.types(saying, answer);
                let name = &command.speakers[*partner as usize].name;
                let theirs = shape::name(&self.speech.types[answer.ty as usize]);
                if let Some(&at) = self.places(answer.source).first() {
                    let why = shape::difference(sent, taken);
                    report = report.note(at, format!("here `{name}` {other_verb} `{theirs}`; {why}"));
                }
                if report.help.is_none()
                    && let Some(advice) = shape::advice(sent, taken)
                {
                    report = report.help(advice);
                }
            }
            if speaker.family.is_none() {
                report = report
                    .note(speaker.span, "the process without a label")
                    .help("give it a label");
            } else if answers.is_empty()
                && let Some(first) = first_partner
            {
                let known = &command.speakers[first as usize];
                let text = format!("`{}` {verb} nothing {side} `{}`", known.name, speaker.name);
                report = report.note(known.span, text);
            }
            if let Some(instance) = saying.instance {
                let text = match speaker.family {
                    Some(_) => format!("said by this instance, in the name of `{}`", speaker.name),
                    None => "said by this instance".into(),
                };
                report = report.note(instance, text);
            }
            reports.push(report);
        }
    }
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
