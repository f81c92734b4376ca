//! Random programs that are well formed by construction and have one outcome: the same lines from each process, in the
//! same order, and the same exit status, whatever the schedule.
//!
//! A line begins with a word that tells the process that printed it (`p7.2` is process 7 with 2 as its subscript); lines
//! of different processes may come in any order. The programs are of two kinds. In the *determined* ones what happens
//! between processes is determined, too, up to the order of independent things. In the *racy* ones processes race for
//! messages, and only what they print is determined: totals, counts, what is conserved. In the *timed* ones the order in which
//! outputs come to a name follows from delays, so they are for virtual time.

mod commands;
mod determined;
mod racy;

use super::numbers::Numbers;

/// The kind of a program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// No race.
    Determined,
    /// Races whose result can be told.
    Racy,
    /// What happens depends on the order in which outputs arrive, which virtual time alone determines.
    Timed,
}

/// A program and how it ends.
#[derive(Clone, Debug)]
pub(crate) struct Generated {
    /// Its text.
    pub(crate) text: String,
    /// Its exit status.
    pub(crate) exit: i32,
    /// Whether processes race.
    pub(crate) kind: Kind,
}

/// The program that the numbers say.
pub(crate) fn program(numbers: Numbers<'_>, kind: Kind) -> Generated {
    let mut generator = Generator {
        numbers,
        kind,
        definitions: Vec::new(),
        names: 0,
        budget: 60,
    };
    let mut scope = Scope::new(generator.name("p"));
    let mut list = generator.list(&mut scope, 3);
    if kind == Kind::Timed {
        list.extend(generator.arrivals(&scope));
    }
    for _ in 0..=generator.numbers.below(2) {
        list.extend(generator.parallel(&mut scope));
        list.push(generator.print(&scope));
    }
    let exit = generator.ending(&mut list);
    let mut text = generator.definitions.join("\n");
    text.push_str("\n_include{ fn mix(a, b) { (a * 31 + b) % 9973 } }\n");
    text.push_str(&join(&list));
    text.push('\n');
    Generated { text, exit, kind }
}

/// Writes a program.
struct Generator<'a> {
    numbers: Numbers<'a>,
    kind: Kind,
    /// Definitions of processes so far.
    definitions: Vec<String>,
    /// Names given so far: every name is used once.
    names: usize,
    /// Commands that may still be written.
    budget: i64,
}

/// What a command list may use.
#[derive(Clone)]
struct Scope {
    /// Integers that may be read, as they are written bare and in braces.
    reads: Vec<(String, String)>,
    /// Integer variables that may be assigned.
    writes: Vec<String>,
    /// Range variables of enclosing labels, and formals in their place.
    ranges: Vec<String>,
    /// The process.
    key: String,
    /// How many parallel commands enclose the place.
    depth: u32,
}

impl Scope {
    fn new(key: String) -> Scope {
        Scope {
            reads: Vec::new(),
            writes: Vec::new(),
            ranges: Vec::new(),
            key,
            depth: 0,
        }
    }

    fn can_read(&mut self, name: &str) {
        self.reads.push((name.to_owned(), name.to_owned()));
    }

    fn declared(&mut self, name: &str) {
        self.can_read(name);
        self.writes.push(name.to_owned());
    }
}

/// Commands in sequence; a declaration at the end needs its semicolon.
fn join(list: &[String]) -> String {
    if list.is_empty() {
        "skip".into()
    } else {
        list.join(";\n") + ";"
    }
}

/// Processes in parallel.
fn together(processes: &[(String, Vec<String>)]) -> String {
    let each: Vec<String> = processes
        .iter()
        .map(|(label, list)| {
            if label.is_empty() {
                join(list)
            } else {
                format!("{label} ::\n{}", join(list))
            }
        })
        .collect();
    format!("[[ {}\n]]", each.join("\n|| "))
}

impl Generator<'_> {
    /// A new name.
    fn name(&mut self, prefix: &str) -> String {
        self.names += 1;
        format!("{prefix}{}", self.names)
    }

    /// A process inside: it may read what none of its siblings assigns, so `shared` says what all may read.
    fn inside(&mut self, outer: &Scope, readable: bool) -> Scope {
        let mut scope = Scope::new(self.name("p"));
        scope.depth = outer.depth + 1;
        scope.ranges = outer.ranges.clone();
        for range in &outer.ranges {
            scope.can_read(range);
        }
        if readable {
            scope.reads = outer.reads.clone();
        }
        scope
    }

    /// A command list as the body of a definition, and its instance. It uses no variables but the ranges of its scope;
    /// `partners` are the names of processes that it talks to, each with the bounds of its family.
    fn define(&mut self, scope: &Scope, partners: &[(&str, Option<&str>)], list: &[String]) -> String {
        let name = self.name("D");
        let mut formals: Vec<String> = partners
            .iter()
            .map(|(partner, family)| match family {
                Some(bounds) => format!("{partner} : ({bounds}) process"),
                None => format!("{partner} : process"),
            })
            .collect();
        formals.extend(scope.ranges.iter().map(|range| format!("{range} : integer")));
        self.definitions.push(format!(
            "process {name}({}) ::\n{}\nend",
            formals.join("; "),
            join(list)
        ));
        let actuals = partners.iter().map(|(partner, _)| *partner);
        let actuals: Vec<&str> = actuals.chain(scope.ranges.iter().map(String::as_str)).collect();
        format!("{name}({})", actuals.join(", "))
    }

    /// Now and then the program ends otherwise than well.
    fn ending(&mut self, list: &mut Vec<String>) -> i32 {
        if !self.numbers.chance(12) {
            return 0;
        }
        let zero = self.name("z");
        list.push(format!("{zero} : integer"));
        let ways = [
            (1, format!("{zero} := 7 / {zero}")),
            (1, format!("[ {zero} > 0 -> skip [] {zero} < 0 -> skip ]")),
            (1, "{ throw \"the end\" }".to_owned()),
            (1, format!("{zero} := 9223372036854775807; {zero} := {zero} + 1")),
            (1, "(_, _, _) := {shape(\"\", [1, 2])}".to_owned()),
            (
                1,
                format!("[[ f1 :: f2 ? _ || f2 :: [ {zero} > 0 -> f1 ! 1 [] else -> skip ] ]]"),
            ),
            (3, "[[ d1 :: d2 ? _; d2 ! 1 || d2 :: d1 ? _; d1 ! 1 ]]".to_owned()),
            (
                3,
                "[[ d1 :: *[ d2 ? _ -> skip ]; d2 ! 1 || d2 :: *[ d1 ? _ -> skip ]; d1 ! 1 ]]".to_owned(),
            ),
        ];
        let (exit, text) = self.numbers.pick(&ways).clone();
        list.push(text);
        list.push("{ print(\"p1 never\") }".into());
        exit
    }
}
