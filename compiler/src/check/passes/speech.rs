//! What each process says, and to whom, instances included.
//!
//! A communication with a label belongs to the process, of the label's parallel command, in which it is written: the
//! process speaks in its own name, and those within it do too. A communication with a formal belongs to whatever the
//! formal is bound to. Bindings go from the instances into the definitions, and from there on with the formals that a
//! definition hands to others, until nothing new is found; a recursion comes to an end since bindings are made of what
//! is written in the text only.

use super::{constant, streams};
use crate::check::tree::{self, *};
use hydra_bytecode::Span;
use rustc_hash::{FxHashMap, FxHashSet};

/// How many bindings of formals are followed; where there are more, anything may meet.
const BINDINGS_MAX: usize = 400_000;

/// What a communication does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Kind {
    /// `!`
    Output,
    /// `?` as a command
    Input,
    /// `?` as a guard
    Guard,
}

/// Constant subscripts of a process name, as far as known.
pub(super) type Marks = Vec<Option<i64>>;

/// Communications that differ in their places only.
#[derive(Debug)]
pub(super) struct Group {
    /// what they do
    pub(super) kind: Kind,
    /// index into [`Speech::types`]
    pub(super) ty: u32,
    /// subscripts as they are written; empty without any
    pub(super) marks: Marks,
    /// where
    pub(super) places: Vec<Span>,
}

/// All that is said under one name.
#[derive(Debug, Default)]
pub(super) struct Sayings {
    /// what, in groups
    pub(super) groups: Vec<Group>,
    /// of the groups, once there are many
    index: FxHashMap<(Kind, u32, Marks), usize>,
}

/// So many groups are looked through without an index.
const GROUPS_FEW: usize = 8;

impl Sayings {
    fn add(&mut self, kind: Kind, ty: u32, marks: Marks, place: Span) {
        let found = if self.groups.len() <= GROUPS_FEW {
            let same = |group: &Group| group.kind == kind && group.ty == ty && group.marks == marks;
            self.groups.iter().position(same)
        } else {
            if self.index.is_empty() {
                let groups = self.groups.iter().enumerate();
                self.index = groups.map(|(number, group)| (group.key(), number)).collect();
            }
            self.index.get(&(kind, ty, marks.clone())).copied()
        };
        let group = found.unwrap_or_else(|| {
            let number = self.groups.len();
            if !self.index.is_empty() {
                self.index.insert((kind, ty, marks.clone()), number);
            }
            let places = Vec::new();
            self.groups.push(Group {
                kind,
                ty,
                marks,
                places,
            });
            number
        });
        self.groups[group].places.push(place);
    }
}

impl Group {
    fn key(&self) -> (Kind, u32, Marks) {
        (self.kind, self.ty, self.marks.clone())
    }
}

/// A process of a parallel command.
#[derive(Debug)]
pub(super) struct Speaker {
    /// its family, unless it is anonymous
    pub(super) family: Option<u32>,
    /// for each subscript of its label the least and greatest value, where known
    pub(super) pattern: Vec<(Option<i64>, Option<i64>)>,
    /// its label as a message names it
    pub(super) name: String,
    /// its label, or its first command
    pub(super) span: Span,
}

impl Speaker {
    /// Whether a name with these subscripts may mean it.
    pub(super) fn matches(&self, marks: &[Option<i64>]) -> bool {
        let fits = |mark: &Option<i64>, (low, high): &(Option<i64>, Option<i64>)| {
            mark.is_none_or(|n| low.is_none_or(|low| low <= n) && high.is_none_or(|high| n <= high))
        };
        marks.iter().zip(&self.pattern).all(|(mark, range)| fits(mark, range))
    }

    /// Whether it is one process, not a family.
    pub(super) fn is_single(&self) -> bool {
        self.pattern.iter().all(|(low, high)| low.is_some() && low == high)
    }
}

/// A parallel command of the text.
#[derive(Debug)]
pub(super) struct Command {
    /// names of its families
    pub(super) families: Vec<String>,
    /// its processes
    pub(super) speakers: Vec<Speaker>,
}

/// Who speaks to whom.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Line {
    /// index into [`Speech::commands`]
    pub(super) command: u32,
    /// index of the process that speaks
    pub(super) speaker: u32,
    /// index of the family spoken to
    pub(super) family: u32,
}

/// What a formal is bound to.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Binding {
    /// speaker and partner
    pub(super) line: Line,
    /// its subscripts; `None` for a whole family
    pub(super) marks: Option<Marks>,
}

/// A formal of kind `process`, with all that is known of it.
#[derive(Debug, Default)]
pub(super) struct Formal {
    /// what its definition says to it
    pub(super) sayings: Sayings,
    /// everything it is bound to in some instance, with the instance
    pub(super) bindings: Vec<(Binding, Span)>,
    /// it is bound to a process of the host somewhere
    pub(super) hosted: bool,
    /// the standard streams among these, with the instance that names one
    pub(super) streams: Vec<(u16, Span)>,
    known: FxHashSet<Binding>,
    /// formals that it is handed to, with the subscripts that are applied
    handed: Vec<(usize, Option<Marks>)>,
}

impl Formal {
    /// Notes a stream that it is bound to; whether that is new. One instance for each stream is enough.
    fn stream(&mut self, stream: (u16, Span)) -> bool {
        let new = self.streams.iter().all(|(known, _)| *known != stream.0);
        if new {
            self.streams.push(stream);
        }
        new
    }
}

/// Everything that is said in a program.
#[derive(Debug, Default)]
pub(super) struct Speech {
    /// parallel commands
    pub(super) commands: Vec<Command>,
    /// what is said to labels directly
    pub(super) direct: FxHashMap<Line, Sayings>,
    /// formals of kind `process`
    pub(super) formals: Vec<Formal>,
    /// types of messages
    pub(super) types: Vec<Type>,
    /// there was more than could be followed
    pub(super) overflow: bool,
    type_index: FxHashMap<Type, u32>,
    /// for each definition and each of its formals an index into `formals`
    of_definition: Vec<Vec<Option<usize>>>,
}

/// Listens to a program.
pub(super) fn collect(program: &CheckedProgram) -> Speech {
    let mut speech = Speech::default();
    for definition in &program.definitions {
        let mut indices = Vec::with_capacity(definition.formals.len());
        for formal in &definition.formals {
            indices.push(match formal {
                tree::Formal::Value(_) => None,
                _ => {
                    speech.formals.push(Formal::default());
                    Some(speech.formals.len() - 1)
                }
            });
        }
        speech.of_definition.push(indices);
    }
    let mut listener = Listener {
        speech,
        around: Vec::new(),
    };
    listener.commands(&program.main, &vec![None; program.main.names.len()], &program.main.body);
    for (index, definition) in program.definitions.iter().enumerate() {
        let mut names = vec![None; definition.routine.names.len()];
        for (formal, &known) in definition.formals.iter().zip(&listener.speech.of_definition[index]) {
            if let tree::Formal::Process(name) | tree::Formal::Family(name, _) = formal
                && let Some(slot) = names.get_mut(*name as usize)
            {
                *slot = known;
            }
        }
        listener.commands(&definition.routine, &names, &definition.routine.body);
    }
    listener.speech.bind();
    listener.speech
}

impl Speech {
    fn ty(&mut self, ty: &Type) -> u32 {
        if let Some(&known) = self.type_index.get(ty) {
            return known;
        }
        let index = self.types.len() as u32;
        self.types.push(ty.clone());
        self.type_index.insert(ty.clone(), index);
        index
    }

    fn bound(&mut self, formal: usize, binding: Binding, instance: Span) -> bool {
        let formal = &mut self.formals[formal];
        let new = formal.known.insert(binding.clone());
        if new {
            formal.bindings.push((binding, instance));
        }
        new
    }

    /// Follows bindings from formal to formal.
    fn bind(&mut self) {
        let mut rest: Vec<(usize, usize)> = Vec::new();
        for (index, formal) in self.formals.iter().enumerate() {
            rest.extend((0..formal.bindings.len()).map(|binding| (index, binding)));
        }
        let mut count = rest.len();
        while let Some((from, binding)) = rest.pop() {
            for edge in 0..self.formals[from].handed.len() {
                let (to, marks) = self.formals[from].handed[edge].clone();
                let (mut binding, instance) = self.formals[from].bindings[binding].clone();
                binding.marks = binding.marks.or(marks);
                if self.bound(to, binding, instance) {
                    rest.push((to, self.formals[to].bindings.len() - 1));
                    count += 1;
                }
            }
            if count > BINDINGS_MAX {
                self.overflow = true;
                return;
            }
        }
        let mut hosted: Vec<usize> = (0..self.formals.len())
            .filter(|&formal| self.formals[formal].hosted)
            .collect();
        while let Some(from) = hosted.pop() {
            for edge in 0..self.formals[from].handed.len() {
                let to = self.formals[from].handed[edge].0;
                let mut new = !std::mem::replace(&mut self.formals[to].hosted, true);
                for stream in self.formals[from].streams.clone() {
                    new |= self.formals[to].stream(stream);
                }
                if new {
                    hosted.push(to);
                }
            }
        }
    }
}

struct Listener {
    speech: Speech,
    /// the processes around the place at hand: parallel command and process
    around: Vec<(u32, u32)>,
}

/// Whom a port means: a label, a formal, or neither.
enum Whom {
    Line(Line),
    Formal(usize),
    Host(u16),
}

impl Listener {
    fn whom(&self, port: &Port, names: &[Option<usize>]) -> Option<Whom> {
        match port.partner {
            Partner::Label { depth, family } => {
                let level = self.around.len().checked_sub(1 + usize::from(depth))?;
                let (command, speaker) = self.around[level];
                let known = (family as usize) < self.speech.commands[command as usize].families.len();
                known.then_some(Whom::Line(Line {
                    command,
                    speaker,
                    family,
                }))
            }
            Partner::Formal(name) => names.get(name as usize).copied().flatten().map(Whom::Formal),
            Partner::Host(host) => Some(Whom::Host(host)),
        }
    }

    fn say(&mut self, kind: Kind, port: &Port, ty: &Type, names: &[Option<usize>], place: Span) {
        let Some(whom) = self.whom(port, names) else { return };
        let ty = self.speech.ty(ty);
        let sayings = match whom {
            Whom::Line(line) => self.speech.direct.entry(line).or_default(),
            Whom::Formal(formal) => &mut self.speech.formals[formal].sayings,
            Whom::Host(_) => return,
        };
        sayings.add(kind, ty, marks(port), place);
    }

    /// Follows commands; `names` says for the names of the routine which formals they are.
    fn commands(&mut self, routine: &Routine, names: &[Option<usize>], list: &[tree::Command]) {
        for command in list {
            match &command.kind {
                CommandKind::Input(port, target) => {
                    self.say(Kind::Input, port, &taken(routine, target), names, command.span);
                }
                CommandKind::Output(port, value) => self.say(Kind::Output, port, &value.ty, names, command.span),
                CommandKind::Count(_, body) => self.commands(routine, names, body),
                CommandKind::Choose(choose) => {
                    for guarded in &choose.guarded {
                        if let GuardEnd::Input(port, target, span) = &guarded.last {
                            self.say(Kind::Guard, port, &taken(routine, target), names, *span);
                        }
                        self.commands(routine, names, &guarded.body);
                    }
                    if let Some(body) = &choose.otherwise {
                        self.commands(routine, names, body);
                    }
                }
                CommandKind::Parallel(parallel) => self.parallel(names, parallel),
                CommandKind::Instance(definition, actuals) => self.instance(*definition, actuals, names, command.span),
                CommandKind::Declare(..)
                | CommandKind::Skip
                | CommandKind::Assign(..)
                | CommandKind::Fragment(_)
                | CommandKind::Script(_)
                | CommandKind::After(_) => {}
            }
        }
    }

    fn instance(&mut self, definition: DefId, actuals: &[Actual], names: &[Option<usize>], place: Span) {
        for (index, actual) in actuals.iter().enumerate() {
            let port = match actual {
                Actual::Value(_) => continue,
                Actual::Process(port) | Actual::Family(port) => port,
            };
            let formals = self.speech.of_definition.get(definition.0 as usize);
            let Some(formal) = formals.and_then(|formals| formals.get(index).copied().flatten()) else {
                continue;
            };
            match self.whom(port, names) {
                Some(Whom::Line(line)) => {
                    let marks = matches!(actual, Actual::Process(_)).then(|| marks(port));
                    self.speech.bound(formal, Binding { line, marks }, place);
                }
                Some(Whom::Formal(from)) => {
                    let marks = (!port.subscripts.is_empty()).then(|| marks(port));
                    self.speech.formals[from].handed.push((formal, marks));
                }
                Some(Whom::Host(host)) => {
                    let formal = &mut self.speech.formals[formal];
                    formal.hosted = true;
                    if usize::from(host) < streams::NAMES.len() {
                        formal.stream((host, place));
                    }
                }
                // a process of the outside
                None if matches!(port.partner, Partner::Formal(_)) => self.speech.formals[formal].hosted = true,
                None => {}
            }
        }
    }

    fn parallel(&mut self, names: &[Option<usize>], parallel: &Parallel) {
        let command = self.speech.commands.len() as u32;
        let families = parallel
            .families
            .iter()
            .map(|(name, _)| name.clone())
            .collect::<Vec<_>>();
        let speakers = parallel
            .processes
            .iter()
            .map(|process| speaker(process, &families))
            .collect();
        self.speech.commands.push(Command { families, speakers });
        for (index, process) in parallel.processes.iter().enumerate() {
            let routine = &process.routine;
            let captured = |name: &FormalName| names.get(name.captured? as usize).copied().flatten();
            let inner: Vec<Option<usize>> = routine.names.iter().map(captured).collect();
            self.around.push((command, index as u32));
            self.commands(routine, &inner, &routine.body);
            self.around.pop();
        }
    }
}

fn marks(port: &Port) -> Marks {
    port.subscripts.iter().map(constant).collect()
}

fn speaker(process: &Process, families: &[String]) -> Speaker {
    let Some(label) = &process.label else {
        let span = process.routine.span;
        return Speaker {
            family: None,
            pattern: Vec::new(),
            name: String::new(),
            span,
        };
    };
    let mut pattern = Vec::with_capacity(label.subscripts.len());
    let mut texts = Vec::with_capacity(label.subscripts.len());
    for subscript in &label.subscripts {
        let low = constant(&subscript.low);
        pattern.push((low, subscript.high.as_ref().map_or(low, constant)));
        let var = subscript.var.and_then(|var| process.routine.vars.get(var.0 as usize));
        texts.push(match (var, low) {
            (Some(var), _) => var.name.clone(),
            (None, Some(low)) => low.to_string(),
            (None, None) => "…".into(),
        });
    }
    let mut name = families.get(label.family as usize).cloned().unwrap_or_default();
    if !texts.is_empty() {
        name = format!("{name}({})", texts.join(", "));
    }
    Speaker {
        family: Some(label.family),
        pattern,
        name,
        span: label.span,
    }
}

/// The type of what a target takes.
fn taken(routine: &Routine, target: &Target) -> Type {
    let of = |var: &VarId| routine.vars.get(var.0 as usize).map_or(Type::Any, |var| var.ty.clone());
    match target {
        Target::Var(var, _) => of(var),
        Target::Element(var, subscripts, _) => match of(var) {
            Type::Array(dimensions, element) => match usize::from(dimensions).saturating_sub(subscripts.len()) {
                0 => *element,
                rest => Type::Array(rest as u8, element),
            },
            _ => Type::Any,
        },
        Target::Drop(_) => Type::Any,
        Target::Struct(constructor, parts, _) => Type::Struct(
            constructor.clone(),
            parts.iter().map(|part| taken(routine, part)).collect(),
        ),
    }
}
