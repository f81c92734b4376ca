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
//! | `expression`, `operators`, `chain` | expressions |
//! | `closures` | closures, and calls of them |
//! | `methods`, `sort` | methods with a closure |
//! | `dynamic` | operations on values whose types are not known |
//! | `statement`, `repetition` | statements |
//! | `functions` | functions of includes |
//!
//! A place in what is made is the place that rhai names in a failure.

mod chain;
mod closures;
mod dynamic;
mod expression;
mod functions;
mod methods;
mod operators;
mod repetition;
mod replace;
mod sort;
mod statement;
mod types;
mod walk;

use crate::check::tree::{CheckedProgram, Type};
pub(super) use functions::Made;
use functions::{Functions, Written};
use hydra_bytecode::{Const, Source, Span};
use hydra_stdlib::analysis::{self, Body, Inferred, TextKind};
use hydra_stdlib::engine::STANDARD_MODULES;
use rhai::{ASTFlags, ASTNode, Expr, Stmt};
use rustc_hash::{FxHashMap, FxHashSet};
use std::cell::RefCell;
use std::rc::Rc;

/// What became of the fragments of a program.
#[derive(Debug, Default)]
pub(super) struct Braces {
    /// The texts between the braces that need no rhai.
    pub(super) lowered: Vec<Span>,
    /// The others by where they begin, and why.
    pub(super) left: FxHashMap<(u32, u32), String>,
    /// Functions of includes that they call, by number.
    pub(super) functions: Vec<Option<Rc<Made>>>,
}

/// What fragments see besides variables.
struct World {
    /// Constants with the same value in every run.
    constants: Vec<(String, Const)>,
    params: Vec<(String, Type)>,
    /// Functions of includes by name and number of parameters; `None` where there are several.
    written: FxHashMap<(String, usize), Option<Written>>,
    /// Names of functions of includes, and of the application.
    functions: FxHashSet<String>,
    /// Standard modules by the names by which they are imported; `None` where a name means several.
    modules: FxHashMap<String, Option<String>>,
    /// The closures of includes.
    closures: FxHashMap<String, Rc<Body>>,
    /// What functions became.
    found: RefCell<Functions>,
    sources: Vec<Source>,
    /// A function of an include may throw `()`.
    throws_unit: bool,
    /// Fragments must give the same whenever they are evaluated with the same variables.
    steady: bool,
}

impl World {
    fn new(program: &CheckedProgram, sources: &[Source], steady: bool) -> World {
        let mut world = World {
            constants: Vec::new(),
            params: program
                .params
                .iter()
                .map(|param| (param.name.clone(), param.ty.clone()))
                .collect(),
            written: FxHashMap::default(),
            functions: FxHashSet::default(),
            modules: FxHashMap::default(),
            closures: FxHashMap::default(),
            found: RefCell::default(),
            sources: sources.to_vec(),
            throws_unit: false,
            steady,
        };
        let mut evaluated: Vec<(String, Option<Const>)> = Vec::new();
        for &span in &program.includes {
            let text = super::source_text(sources, span);
            if let Ok(found) = analysis::analyze(text, TextKind::Include, &|_| Inferred::Unknown) {
                world
                    .functions
                    .extend(found.functions.into_iter().map(|function| function.name));
                for (path, alias) in found.imports {
                    let Some(alias) = alias else { continue };
                    let standard = STANDARD_MODULES.contains(&path.as_str()).then(|| path.clone());
                    world
                        .modules
                        .entry(alias)
                        .and_modify(|known| *known = known.take().filter(|known| *known == path))
                        .or_insert(standard);
                }
                evaluated.extend(found.constants.into_iter().map(|(name, _)| (name, None)));
            }
            let Some(ast) = analysis::parse(text) else { continue };
            let closures = analysis::closures(&ast).into_iter();
            world
                .closures
                .extend(closures.map(|body| (body.name.clone(), Rc::new(body))));
            for body in analysis::functions(&ast) {
                let key = (body.name.clone(), body.params.len());
                let written = Written { body, inner: span };
                world
                    .written
                    .entry(key)
                    .and_modify(|several| *several = None)
                    .or_insert(Some(written));
            }
            world.throws_unit |= !ast.walk(&mut |path| !path.last().is_some_and(throws_unit));
            evaluated.extend(ast.statements().iter().filter_map(literal));
        }
        let constants = program
            .constants
            .iter()
            .map(|(name, value)| (name.clone(), value.clone()));
        let own = constants.filter(|(name, _)| !evaluated.iter().any(|(other, _)| other == name));
        world.constants = own.collect();
        for (name, value) in &evaluated {
            // the first mention is that of the analysis; another definition of the name makes a third
            let mentions = evaluated.iter().filter(|(other, _)| other == name).count();
            if let Some(value) = value
                && mentions == 2
                && !program.constants.iter().any(|(other, _)| other == name)
            {
                world.constants.push((name.clone(), value.clone()));
            }
        }
        world
    }

    /// The value of a constant of the program, or of one that an include writes out.
    fn constant(&self, name: &str) -> Option<&Const> {
        let mut named = self.constants.iter().filter(|(constant, _)| constant == name);
        named.next().map(|(_, value)| value)
    }

    /// Whether a function of this name is defined in an include.
    fn defines(&self, name: &str) -> bool {
        self.functions.contains(name)
    }
}

/// Whether this is a `throw` of what may be `()`.
fn throws_unit(node: &ASTNode) -> bool {
    let ASTNode::Stmt(Stmt::Return(value, flags, _)) = node else {
        return false;
    };
    let sure = matches!(
        value.as_deref(),
        Some(
            Expr::IntegerConstant(..)
                | Expr::FloatConstant(..)
                | Expr::BoolConstant(..)
                | Expr::CharConstant(..)
                | Expr::StringConstant(..)
                | Expr::InterpolatedString(..)
                | Expr::Array(..)
                | Expr::Map(..)
        )
    );
    flags.intersects(ASTFlags::BREAK) && !sure
}

/// A constant of an include that is written out.
fn literal(statement: &Stmt) -> Option<(String, Option<Const>)> {
    let Stmt::Var(parts, flags, _) = statement else {
        return None;
    };
    let value = match &parts.1 {
        Expr::IntegerConstant(n, _) => Const::Integer(*n),
        Expr::FloatConstant(x, _) => Const::Real(**x),
        Expr::BoolConstant(b, _) => Const::Boolean(*b),
        Expr::CharConstant(c, _) => Const::Character(*c),
        Expr::StringConstant(text, _) => Const::String(text.to_string()),
        _ => return None,
    };
    let constant = flags.intersects(ASTFlags::CONSTANT);
    constant.then(|| (parts.0.name.to_string(), Some(value)))
}

/// Replaces the fragments of a program that need no rhai; `steady`: only those that always mean the same.
pub(super) fn replace(
    program: &mut CheckedProgram,
    sources: &[Source],
    functions: &crate::Functions,
    steady: bool,
) -> Braces {
    let mut world = World::new(program, sources, steady);
    // what the application registers under a name of rhai's own may be another function
    world.functions.extend(functions.names().map(String::from));
    let mut found = replace::Replace {
        world: &world,
        sources,
        braces: Braces::default(),
    };
    found.routine(&mut program.main);
    for definition in &mut program.definitions {
        found.routine(&mut definition.routine);
    }
    let mut braces = found.braces;
    let made = world.found.into_inner().made;
    braces.functions = made.into_iter().map(|made| made.map(Rc::new)).collect();
    braces
}
