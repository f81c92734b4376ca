//! Fragments that need no rhai.
//!
//! Before a program is lowered, each fragment whose meaning is known for certain becomes an expression of the language's
//! own, extended by [`Script`](crate::check::script::Script) with what bare expressions do not have. So `{x + 1}` is
//! lowered as `x + 1` is. What the walk through rhai's syntax tree does not know is left to rhai: never an error.
//!
//! | file | what |
//! | --- | --- |
//! | `replace` | finds the fragments of a program |
//! | `walk` | one fragment: its variables, and what they hold from place to place |
//! | `types` | what is known of values |
//! | `expression`, `operators` | expressions |
//! | `statement`, `repetition` | statements |
//!
//! A place in what is made is the place that rhai names in a failure.

mod expression;
mod operators;
mod repetition;
mod replace;
mod statement;
mod types;
mod walk;

use crate::check::tree::{CheckedProgram, Type};
use hydra_bytecode::{Const, Source, Span};
use hydra_stdlib::analysis::{self, Inferred, TextKind};
use rustc_hash::{FxHashMap, FxHashSet};

/// What became of the fragments of a program.
#[derive(Debug, Default)]
pub(super) struct Braces {
    /// The texts between the braces that need no rhai.
    pub(super) lowered: Vec<Span>,
    /// The others by where they begin, and why.
    pub(super) left: FxHashMap<(u32, u32), String>,
}

/// What fragments see besides variables.
struct World {
    /// Constants with the same value in every run.
    constants: Vec<(String, Const)>,
    params: Vec<(String, Type)>,
    /// Functions of includes.
    functions: FxHashSet<String>,
}

impl World {
    fn new(program: &CheckedProgram, sources: &[Source]) -> World {
        let (mut functions, mut evaluated) = (FxHashSet::default(), FxHashSet::default());
        for &span in &program.includes {
            let text = super::source_text(sources, span);
            if let Ok(found) = analysis::analyze(text, TextKind::Include, &|_| Inferred::Unknown) {
                functions.extend(found.functions.into_iter().map(|function| function.name));
                evaluated.extend(found.constants.into_iter().map(|(name, _)| name));
            }
        }
        let constants = program.constants.iter().filter(|(name, _)| !evaluated.contains(name));
        World {
            constants: constants.cloned().collect(),
            params: program
                .params
                .iter()
                .map(|param| (param.name.clone(), param.ty.clone()))
                .collect(),
            functions,
        }
    }

    /// The value of a constant of the program.
    fn constant(&self, name: &str) -> Option<&Const> {
        let mut named = self.constants.iter().filter(|(constant, _)| constant == name);
        named.next().map(|(_, value)| value)
    }

    /// Whether a function of this name is defined in an include.
    fn defines(&self, name: &str) -> bool {
        self.functions.contains(name)
    }
}

/// Replaces the fragments of a program that need no rhai.
pub(super) fn replace(program: &mut CheckedProgram, sources: &[Source]) -> Braces {
    let world = World::new(program, sources);
    let mut found = replace::Replace {
        world: &world,
        sources,
        braces: Braces::default(),
    };
    found.routine(&mut program.main);
    for definition in &mut program.definitions {
        found.routine(&mut definition.routine);
    }
    found.braces
}
