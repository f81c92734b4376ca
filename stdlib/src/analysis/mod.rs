//! What the compiler wants to know of rhai in braces: which variables a text mentions and changes, which functions it
//! calls, the type of its value as far as that is sure, and what is wrong with it.
//!
//! rhai itself parses the text; `walk` goes through its syntax tree, `scan` finds what the tree does not keep. What
//! they do not know they leave open: they never reject what rhai would run.
//!
//! Parsing and walking recurse as deep as the text nests. Texts up to the limits of this crate need less than 64 MB of
//! stack.

mod constants;
mod infer;
mod known;
mod message;
mod places;
mod scan;
mod walk;

pub use constants::include_constants;
pub use infer::Inferred;
pub use known::{is_known_function, module_function};
pub(crate) use message::parse_message;
pub use places::Places;

use crate::engine::Functions;
use crate::limits::NESTING_MAX;
use rhai::{AST, Engine, OptimizationLevel};
use std::sync::LazyLock;

/// What a text mentions and is worth.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Analysis {
    /// Free variables, each place by itself, in the order of the text.
    pub uses: Vec<Use>,
    /// Calls of functions and methods, in the order of the text.
    pub calls: Vec<FnCall>,
    /// The type of the value, if it is sure.
    pub result: Inferred,
    /// Functions that the text defines.
    pub functions: Vec<FnDef>,
    /// Constants that an include defines for all: name and offset.
    pub constants: Vec<(String, usize)>,
    /// Modules that it imports: path and alias.
    pub imports: Vec<(String, Option<String>)>,
    /// Mentions `global::NAME` of constants: name and its offset.
    pub globals: Vec<(String, usize)>,
}

/// A mention of a free variable: one that nothing inside the text binds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Use {
    /// Its name.
    pub name: String,
    /// Offset of the name in the text.
    pub start: usize,
    /// Whether its value, or a part of it, may be read.
    pub reads: bool,
    /// Whether it, or a part of it, may be changed.
    pub writes: bool,
    /// The `[…]` that follow it directly.
    pub subscripts: Vec<UseSubscript>,
}

/// A `[…]` behind a variable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UseSubscript {
    /// Offset of `[`.
    pub open: usize,
    /// Offset of `]`.
    pub close: usize,
    /// What is between them.
    pub form: Form,
}

/// Subscripts that say themselves which element they mean.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Form {
    /// an integer
    Constant(i64),
    /// a free variable alone
    Name(String),
    /// anything else
    Other,
}

/// A call of a function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FnCall {
    /// Its name.
    pub name: String,
    /// `clock` in `clock::now()`.
    pub namespace: Option<String>,
    /// Number of arguments between the parentheses.
    pub args: usize,
    /// Whether it is called as a method, `x.f()`.
    pub method: bool,
    /// Offset of the name.
    pub start: usize,
}

/// A function that the text defines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FnDef {
    /// Its name.
    pub name: String,
    /// Its parameters.
    pub params: Vec<String>,
    /// Offset of the name.
    pub start: usize,
    /// Whether it may change `this`, the value it is called on as a method.
    pub changes_this: bool,
}

/// What is wrong with a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Offset where it begins.
    pub offset: usize,
    /// Offset behind it.
    pub end: usize,
    /// What it is.
    pub message: String,
}

/// Where a text stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TextKind {
    /// an expression or command in braces
    Fragment,
    /// `_include{ … }`, or a rhai file
    Include,
}

/// An engine that parses as [`crate::engine`] does.
static PARSER: LazyLock<Engine> = LazyLock::new(|| {
    let mut engine = Engine::new_raw();
    engine.set_optimization_level(OptimizationLevel::None);
    crate::limits::apply(&mut engine);
    engine
});

/// Analyzes a text. `types` gives the types of free variables as far as they are sure. A method that neither rhai nor
/// the text defines counts as changing what it is called on.
pub fn analyze(text: &str, kind: TextKind, types: &dyn Fn(&str) -> Inferred) -> Result<Analysis, Vec<Problem>> {
    analyze_with(text, kind, types, &|_| None)
}

/// Analyzes a text. `defined` says of a name whether the program has a function of that name in an include, and
/// whether it changes what it is called on as a method ([`FnDef::changes_this`]).
pub fn analyze_with(
    text: &str,
    kind: TextKind,
    types: &dyn Fn(&str) -> Inferred,
    defined: &dyn Fn(&str) -> Option<bool>,
) -> Result<Analysis, Vec<Problem>> {
    analyze_for(text, kind, types, defined, &Functions::default())
}

/// Analyzes a text that may call functions of the application.
pub fn analyze_for(
    text: &str,
    kind: TextKind,
    types: &dyn Fn(&str) -> Inferred,
    defined: &dyn Fn(&str) -> Option<bool>,
    functions: &Functions,
) -> Result<Analysis, Vec<Problem>> {
    let places = Places::new(text);
    if let Some(offset) = places.beyond_count() {
        let message = "rhai counts no more than 65,534 lines and 65,534 characters in a line".into();
        return Err(vec![Problem {
            offset,
            end: offset,
            message,
        }]);
    }
    let tokens = scan::scan(text);
    if let Some(deep) = tokens.list.iter().find(|token| token.depth > NESTING_MAX) {
        let message = format!("brackets are nested more than {NESTING_MAX} deep");
        return Err(vec![Problem {
            offset: deep.start,
            end: deep.end,
            message,
        }]);
    }
    let ast = PARSER
        .compile(text)
        .map_err(|error| vec![message::parse_problem(&error, &places, &tokens)])?;
    let literals = message::integer_literals(&tokens);
    let (analysis, mut problems) = walk::walk(&ast, kind, &places, &tokens, types, defined, functions);
    problems.extend(literals);
    if problems.is_empty() {
        return Ok(analysis);
    }
    problems.sort_by_key(|problem| problem.offset);
    Err(problems)
}

/// The syntax tree of a text that [`analyze`] has found to be in order.
pub fn parse(text: &str) -> Option<AST> {
    PARSER.compile(text).ok()
}

/// A function that a text defines.
#[derive(Clone, Debug)]
pub struct Body {
    /// Its name.
    pub name: String,
    /// Its parameters.
    pub params: Vec<String>,
    /// What it does.
    pub statements: Vec<rhai::Stmt>,
}

/// The functions of a text that can be called by their names alone; no closures, and no methods of a type.
pub fn functions(ast: &AST) -> Vec<Body> {
    walk::named(ast)
}

/// The closures of a text; what they see of the variables around them are the first of their parameters.
pub fn closures(ast: &AST) -> Vec<Body> {
    walk::closures(ast)
}

/// What a failure at a place shows: the word, or what is in brackets, from an offset of the text on.
pub fn shown_end(text: &str, places: &Places, offset: usize) -> usize {
    bracket_end(text, offset).unwrap_or_else(|| places.word_end(offset))
}

/// The end of what is in the brackets that open at an offset.
pub(crate) fn bracket_end(text: &str, offset: usize) -> Option<usize> {
    if !text[offset..].starts_with(['[', '(']) {
        return None;
    }
    let tokens = scan::scan(text);
    let open = tokens.list.get(tokens.at(offset)?)?;
    Some(tokens.list[open.partner].end)
}
