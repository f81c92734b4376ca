//! Goes through rhai's syntax tree and notes what it mentions.
//!
//! It goes twice: the first time to learn which names are changed anywhere, since only the type of a variable that is
//! never changed is sure.

mod expression;
mod places;
mod statement;

use super::infer::Inferred;
use super::scan::{Kind, Tokens};
use super::{Analysis, FnCall, FnDef, Places, Problem, TextKind, Use, known};
use crate::engine::Functions;
use rhai::{AST, ASTNode, Dynamic, Expr, FnCallExpr, Position, ScriptFnMetadata, Stmt};
use rustc_hash::{FxHashMap, FxHashSet};

/// Functions and closures by name: those with different numbers of parameters.
type Bodies = FxHashMap<String, Vec<Body>>;

struct Body {
    params: Vec<String>,
    statements: Vec<Stmt>,
}

/// Prefix of the names that rhai gives to closures.
const CLOSURE: &str = "anon$";

pub(super) fn walk(
    ast: &AST,
    kind: TextKind,
    places: &Places,
    tokens: &Tokens,
    types: &dyn Fn(&str) -> Inferred,
    defined: &dyn Fn(&str) -> Option<bool>,
    functions: &Functions,
) -> (Analysis, Vec<Problem>) {
    let bodies = bodies(ast);
    let nothing = Walk {
        kind,
        places,
        tokens,
        types,
        defined,
        functions,
        bodies: &bodies,
        changed: None,
        scopes: vec![Vec::new()],
        in_function: false,
        writes: FxHashSet::default(),
        this_writes: 0,
        returns: false,
        captures: false,
        found: Analysis::default(),
        problems: Vec::new(),
    };
    let Walk { writes, captures, .. } = nothing.clone().all(ast);
    Walk {
        changed: Some(&writes),
        captures,
        ..nothing
    }
    .all(ast)
    .finish()
}

/// Copies of the statements of all functions. The tree gives them only through a walk over everything, so it is halved until
/// one function is left.
fn bodies(ast: &AST) -> Bodies {
    let mut functions: Vec<ScriptFnMetadata> = ast.iter_functions().collect();
    functions.sort_unstable_by_key(|function| (function.name, function.params.len()));
    let mut bodies = Bodies::default();
    if !functions.is_empty() {
        let mut all = ast.clone();
        all.clear_statements();
        halve(all, &functions, &mut bodies);
    }
    bodies
}

fn halve(mut ast: AST, functions: &[ScriptFnMetadata], bodies: &mut Bodies) {
    if let [function] = functions {
        let mut statements = Vec::new();
        ast.walk(&mut |path: &[ASTNode]| {
            if let [ASTNode::Stmt(statement)] = path {
                statements.push((*statement).clone());
            }
            true
        });
        let params = function.params.iter().map(|name| (*name).to_string()).collect();
        let same = bodies.entry(function.name.to_string()).or_default();
        same.push(Body { params, statements });
        return;
    }
    let (low, high) = functions.split_at(functions.len() / 2);
    let middle = (high[0].name, high[0].params.len());
    let mut before = ast.clone();
    before.retain_functions(|_, _, name, count| (name, count) < middle);
    halve(before, low, bodies);
    ast.retain_functions(|_, _, name, count| (name, count) >= middle);
    halve(ast, high, bodies);
}

/// Functions that can be called by their names alone.
pub(super) fn named(ast: &AST) -> Vec<super::Body> {
    chosen(ast, &|function| {
        !function.name.starts_with(CLOSURE) && function.this_type.is_none() && !function.name.contains('$')
    })
}

/// Closures.
pub(super) fn closures(ast: &AST) -> Vec<super::Body> {
    chosen(ast, &|function| function.name.starts_with(CLOSURE))
}

fn chosen(ast: &AST, choose: &dyn Fn(&rhai::ScriptFnMetadata) -> bool) -> Vec<super::Body> {
    let mut bodies = bodies(ast);
    let functions = ast.iter_functions().filter(|function| choose(function));
    functions
        .filter_map(|function| {
            let same = bodies.get_mut(function.name)?;
            let at = same
                .iter()
                .position(|body| body.params.len() == function.params.len())?;
            let body = same.swap_remove(at);
            Some(super::Body {
                name: function.name.to_string(),
                params: body.params,
                statements: body.statements,
            })
        })
        .collect()
}

/// A name that the text binds.
#[derive(Clone)]
struct Local {
    name: String,
    ty: Inferred,
}

#[derive(Clone)]
struct Walk<'a> {
    kind: TextKind,
    places: &'a Places<'a>,
    tokens: &'a Tokens<'a>,
    types: &'a dyn Fn(&str) -> Inferred,
    defined: &'a dyn Fn(&str) -> Option<bool>,
    functions: &'a Functions,
    bodies: &'a Bodies,
    /// Names that are changed somewhere; `None` while they are collected.
    changed: Option<&'a FxHashSet<String>>,
    /// Names bound inside the text, by block.
    scopes: Vec<Vec<Local>>,
    /// Inside a named function, which does not see the variables around it.
    in_function: bool,
    writes: FxHashSet<String>,
    /// How often `this` is changed.
    this_writes: usize,
    /// A `return` or `exit` may end the text early.
    returns: bool,
    /// A call `f!(…)` gives a function all variables.
    captures: bool,
    found: Analysis,
    problems: Vec<Problem>,
}

impl Walk<'_> {
    /// Goes through all of a text.
    fn all(mut self, ast: &AST) -> Self {
        let mut result = Inferred::Unit;
        for statement in ast.statements() {
            result = self.statement(statement);
        }
        self.found.result = if self.returns { Inferred::Unknown } else { result };
        self.functions(ast);
        self
    }

    /// Puts results in order and adds what only the text shows.
    fn finish(mut self) -> (Analysis, Vec<Problem>) {
        let mut found = self.found;
        found.uses.sort_by_key(|mention| mention.start);
        found.calls.sort_by_key(|call| call.start);
        found.functions.sort_by_key(|function| function.start);
        found.globals.sort_by_key(|mention| mention.1);
        let free: FxHashSet<usize> = found.uses.iter().map(|mention| mention.start).collect();
        for mention in &mut found.uses {
            mention.subscripts = places::subscripts(self.tokens, mention.start, &free);
            if self.captures {
                mention.reads = true;
                mention.writes = true;
            }
        }
        self.problems.sort_by_key(|problem| problem.offset);
        self.problems.dedup();
        (found, self.problems)
    }

    fn problem(&mut self, position: Position, message: String) {
        let offset = self.places.offset(position).unwrap_or(0);
        self.problems.push(Problem {
            offset,
            end: self.places.word_end(offset),
            message,
        });
    }

    // --- names

    fn bind(&mut self, name: &str, ty: Inferred) {
        let sure = self.changed.is_some_and(|changed| !changed.contains(name));
        let ty = if sure { ty } else { Inferred::Unknown };
        if let Some(scope) = self.scopes.last_mut() {
            scope.push(Local { name: name.into(), ty });
        }
    }

    fn scoped<T>(&mut self, inside: impl FnOnce(&mut Self) -> T) -> T {
        self.scopes.push(Vec::new());
        let result = inside(self);
        self.scopes.pop();
        result
    }

    fn local(&self, name: &str) -> Option<&Local> {
        self.scopes
            .iter()
            .rev()
            .flat_map(|scope| scope.iter().rev())
            .find(|local| local.name == name)
    }

    /// A mention of a variable.
    fn variable(&mut self, expr: &Expr, reads: bool, writes: bool) -> Inferred {
        let Expr::Variable(variable, _, position) = expr else {
            return Inferred::Unknown;
        };
        let (_, name, namespace, _) = &**variable;
        if !namespace.is_empty() {
            let offset = self.places.offset(*position).unwrap_or(0);
            if namespace.root() == "global" {
                let start = self.tokens.text[offset..]
                    .find(name.as_str())
                    .map_or(offset, |i| offset + i);
                self.found.globals.push((name.to_string(), start));
            }
            return Inferred::Unknown;
        }
        if writes {
            self.writes.insert(name.to_string());
        }
        if let Some(local) = self.local(name) {
            return local.ty.clone();
        }
        if self.is_defined(name) {
            return Inferred::Unknown;
        }
        if self.in_function {
            let message = format!(
                "`{name}` is not known here: a function sees its own variables only; a constant is written `global::{name}`"
            );
            self.problem(*position, message);
            return Inferred::Unknown;
        }
        let Some(start) = self.places.offset(*position) else {
            return Inferred::Unknown;
        };
        let mention = Use {
            name: name.to_string(),
            start,
            reads,
            writes,
            subscripts: Vec::new(),
        };
        self.found.uses.push(mention);
        let sure = self.changed.is_some_and(|changed| !changed.contains(name.as_str()));
        if sure { (self.types)(name) } else { Inferred::Unknown }
    }

    // --- functions

    /// Functions with a name: each sees nothing of the text around it.
    fn functions(&mut self, ast: &AST) {
        if self.bodies.is_empty() {
            return;
        }
        let names = places::names(self.tokens);
        for function in ast
            .iter_functions()
            .filter(|function| !function.name.starts_with(CLOSURE))
        {
            let params: Vec<String> = function.params.iter().map(|name| name.to_string()).collect();
            let scopes = std::mem::replace(&mut self.scopes, vec![Vec::new()]);
            for name in &params {
                self.bind(name, Inferred::Unknown);
            }
            let (returns, this_writes) = (self.returns, self.this_writes);
            self.in_function = !self.captures;
            self.body(function.name, params.len());
            self.in_function = false;
            self.returns = returns;
            self.scopes = scopes;
            let start = (names.get(function.name))
                .and_then(|names| places::definition(self.tokens, names, params.len()))
                .unwrap_or(0);
            let changes_this = self.this_writes > this_writes;
            self.found.functions.push(FnDef {
                name: function.name.to_string(),
                params,
                start,
                changes_this,
            });
        }
    }

    fn body(&mut self, name: &str, params: usize) {
        let bodies = self.bodies;
        for statement in bodies
            .get(name)
            .into_iter()
            .flatten()
            .filter(|body| body.params.len() == params)
            .flat_map(|body| &body.statements)
        {
            self.statement(statement);
        }
    }

    /// The body of a closure, which sees the variables around it. Returns whether the value is a closure.
    fn closure(&mut self, value: &Dynamic, captured: usize) -> bool {
        let Some(pointer) = value.read_lock::<rhai::FnPtr>() else {
            return false;
        };
        let name = pointer.fn_name();
        let bodies = self.bodies;
        let Some(body) = bodies.get(name).and_then(|same| same.first()) else {
            return false;
        };
        let returns = self.returns;
        self.scoped(|walk| {
            for param in body.params.iter().skip(captured) {
                walk.bind(param, Inferred::Unknown);
            }
            for statement in &body.statements {
                walk.statement(statement);
            }
        });
        self.returns = returns;
        true
    }

    /// Notes a call.
    fn call(&mut self, call: &FnCallExpr, position: Position, method: bool) {
        let Some(start) = self.places.offset(position) else {
            return;
        };
        let namespace = (!call.namespace.is_empty()).then(|| call.namespace.root().to_string());
        // the position of a qualified call is that of its namespace
        let start = match &namespace {
            Some(_) => self.tokens.text[start..]
                .find(call.name.as_str())
                .map_or(start, |i| start + i),
            None => start,
        };
        let name = call.name.to_string();
        let token = self
            .tokens
            .at(start)
            .filter(|&index| self.tokens.kind(index) == Some(Kind::Name));
        if token.is_none_or(|index| self.tokens.word(index) != name) {
            return;
        }
        if namespace.is_none() {
            match name.as_str() {
                "eval" => self.problem(
                    position,
                    "`eval` is not allowed: a program is known before it runs".into(),
                ),
                "sleep" => {
                    self.problem(
                        position,
                        "`sleep` is not allowed in a fragment: the command `after` waits".into(),
                    );
                }
                "exit" => self.returns = true,
                _ => {}
            }
        }
        self.captures |= call.capture_parent_scope;
        self.found.calls.push(FnCall {
            name,
            namespace,
            args: call.args.len(),
            method,
            start,
        });
    }

    /// Whether a method changes its receiver; `this_written` if a closure among its arguments changes `this`.
    fn changes_receiver(&self, name: &str, args: usize, receiver: &Inferred, this_written: bool) -> bool {
        if self.is_defined(name) {
            return true;
        }
        if let Some(changes) = (self.defined)(name) {
            return changes;
        }
        if let Some(known) = self.functions.known(name, args) {
            return known.changes || known::changes(name);
        }
        match name {
            "split" if *receiver == Inferred::String => false,
            "call" => true,
            _ if this_written => true,
            _ if known::is_own(name) => known::changes(name),
            _ => true,
        }
    }
}
