//! Closures, where it is known when the program is compiled which one is meant: it is written where it is called or handed to
//! a method, or a variable holds it that gets nothing else; and functions of includes that are handed over as `Fn("name")`.
//!
//! What a closure does is put in where it is called. The variables that it sees are those of the place where it is written,
//! whatever has their names where it is called.

use super::chain::Step;
use super::expression::is_simple;
use super::types::{State, Ty};
use super::walk::{Local, Typed, Walk, Walked, leave};
use crate::check::script::Script;
use crate::check::tree::{Expr as Tree, ExprKind, VarId};
use crate::lower::fold;
use hydra_stdlib::analysis::{self, Body};
use rhai::{ASTNode, Expr, FnCallExpr, FnPtr, Position, Stmt};
use rustc_hash::FxHashSet;
use std::rc::Rc;

/// How many closures are put in where they are called in one text, each as often as it is walked through.
const CALLS_MAX: usize = 2_000;

/// What can be called.
#[derive(Clone, Debug)]
pub(super) enum Closure {
    /// A closure that is written out.
    Written {
        body: Rc<Body>,
        /// The variables that it sees, which are the first of its parameters.
        captured: Vec<String>,
        /// What their names mean, if it is called elsewhere.
        meant: Option<Vec<Local>>,
    },
    /// A function of an include.
    Function(String),
}

/// The closure that an argument is, and the variables that it sees.
fn written(expr: &Expr) -> Option<(String, Vec<String>)> {
    match expr {
        Expr::DynamicConstant(value, _) => {
            let pointer = value.read_lock::<FnPtr>()?;
            let name = pointer.fn_name().to_string();
            pointer.curry().is_empty().then_some((name, Vec::new()))
        }
        Expr::Stmt(block) => {
            let [Stmt::Share(_), Stmt::Expr(curry)] = block.statements() else {
                return None;
            };
            let Expr::FnCall(call, _) = &**curry else { return None };
            let [first, captured @ ..] = &call.args[..] else {
                return None;
            };
            let (name, _) = written(first)?;
            let captured = captured.iter().map(|each| match each {
                Expr::Variable(variable, ..) => Some(variable.1.to_string()),
                _ => None,
            });
            Some((name, captured.collect::<Option<Vec<_>>>()?))
        }
        _ => None,
    }
}

/// Names of the variables that are seen by closures of a text, which may be closures within others.
pub(super) fn seen<'b>(statements: &[Stmt], closures: impl Iterator<Item = &'b Rc<Body>>) -> FxHashSet<String> {
    let mut names = FxHashSet::default();
    let bodies = closures.map(|body| &body.statements[..]);
    for statement in bodies.chain([statements]).flatten() {
        statement.walk(&mut Vec::new(), &mut |path| {
            if let Some(ASTNode::Stmt(Stmt::Share(shared))) = path.last() {
                names.extend(shared.iter().map(|(variable, _)| variable.name.to_string()));
            }
            true
        });
    }
    names
}

/// A variable by itself.
fn variable(expr: &Expr) -> Option<&str> {
    match expr {
        Expr::Variable(variable, ..) if variable.2.is_empty() => Some(&variable.1),
        _ => None,
    }
}

impl Walk<'_> {
    /// Of a variable that a closure sees, rhai no longer knows the type when it is a condition and holds no boolean.
    pub(super) fn hides_its_type(&self, condition: &Expr) -> bool {
        match condition {
            Expr::Variable(variable, ..) => self.seen.contains(variable.1.as_str()),
            Expr::Coalesce(parts, _) => parts.iter().any(|part| self.hides_its_type(part)),
            // what a loop is left with
            Expr::Stmt(_) => !self.seen.is_empty(),
            _ => false,
        }
    }

    /// The closure that an expression is.
    pub(super) fn closure(&self, expr: &Expr) -> Option<Closure> {
        if let Some(name) = variable(expr) {
            return self.held.get(&self.local(name)?.var).cloned();
        }
        if let Expr::FnCall(call, _) = expr
            && call.name == "Fn"
            && let [Expr::StringConstant(name, _)] = &call.args[..]
            && self.world.defines(name)
        {
            return Some(Closure::Function(name.to_string()));
        }
        let (name, captured) = written(expr)?;
        let body = self.closures.get(&name)?;
        (body.params.len() >= captured.len()).then(|| Closure::Written {
            body: body.clone(),
            captured,
            meant: None,
        })
    }

    /// A variable that holds a closure, and gets nothing else.
    pub(super) fn declare_closure(&mut self, name: &str, mut closure: Closure) {
        if let Closure::Written {
            captured,
            meant: meant @ None,
            ..
        } = &mut closure
        {
            let locals = captured.iter().filter_map(|name| self.local(name)).cloned();
            *meant = Some(locals.collect());
        }
        // it is no value, so it has no register
        let var = self.bind(name, Ty::Unit, true);
        self.state.held.remove(&var);
        self.held.insert(var, closure);
    }

    /// Whether a closure, or one that it calls, sees a variable of a name.
    pub(super) fn sees(&self, closure: &Closure, name: &str) -> bool {
        let Closure::Written { captured, meant, .. } = closure else {
            return false;
        };
        let others = match meant {
            Some(meant) => meant.iter().map(|local| local.var).collect::<Vec<_>>(),
            None => captured.iter().filter_map(|name| Some(self.local(name)?.var)).collect(),
        };
        captured.iter().any(|seen| seen == name)
            || others
                .iter()
                .filter_map(|var| self.held.get(var))
                .any(|other| self.sees(other, name))
    }

    /// How many of several arguments a closure is called with: those that rhai tries first are the fewest. The one before is for
    /// `this`, if that may be bound.
    pub(super) fn takes(&self, closure: &Closure, this: Option<usize>, counts: &[usize]) -> Walked<usize> {
        match closure {
            Closure::Written { body, captured, .. } => {
                let own = body.params.len() - captured.len();
                match this
                    .into_iter()
                    .chain(counts.iter().copied())
                    .find(|&count| count == own)
                {
                    Some(count) => Ok(count),
                    None => leave("a closure with another number of parameters"),
                }
            }
            Closure::Function(name) => {
                let defines = |count: usize| self.world.written.contains_key(&(name.clone(), count));
                if this.is_some_and(defines) {
                    return leave(format!("`{name}` is handed over and may see `this`"));
                }
                if (0..4).any(|count| analysis::is_known_function(name, count, false)) {
                    return leave(format!("`{name}`, which rhai has, too, is handed over"));
                }
                match counts.iter().copied().find(|&count| defines(count)) {
                    Some(count) => Ok(count),
                    None => leave(format!("`{name}` has another number of parameters")),
                }
            }
        }
    }

    /// The value of a closure that is called with values, by a method perhaps. What is to be done before is added to a list.
    pub(super) fn called(
        &mut self,
        method: Option<&str>,
        closure: &Closure,
        this: Option<VarId>,
        args: Vec<Typed>,
        list: &mut Vec<Tree>,
        position: Position,
    ) -> Walked<Typed> {
        let (body, captured, meant) = match closure {
            Closure::Function(name) => {
                let made = self.function_with(name, args, position)?;
                return Ok(self.leaves(method, None, made, position));
            }
            Closure::Written { body, captured, meant } => (body, captured, meant),
        };
        self.calls += 1;
        if self.calls > CALLS_MAX {
            return leave("closures are called at very many places");
        }
        let around = meant
            .clone()
            .map(|meant| std::mem::replace(&mut self.scopes, vec![meant]));
        let this = std::mem::replace(&mut self.this, this);
        self.scopes.push(Vec::new());
        let depth = self.scopes.len();
        for (name, value) in body.params[captured.len()..].iter().zip(args) {
            self.parameter(name, value, list, position);
        }
        let made = self.inlined(body, position);
        self.scopes.truncate(depth - 1);
        self.this = this;
        if let Some(around) = around {
            self.scopes = around;
        }
        Ok(self.leaves(method, Some(&body.name), made?, position))
    }

    /// What is done in a closure that a method calls.
    fn leaves(&self, method: Option<&str>, closure: Option<&str>, made: Typed, position: Position) -> Typed {
        if is_simple(&made.expr) {
            return made;
        }
        let span = self.span(position);
        let functions: Vec<_> = closure
            .into_iter()
            .chain(method)
            .map(|name| (name.into(), span))
            .collect();
        if functions.is_empty() {
            return made;
        }
        let expr = Tree {
            ty: made.expr.ty.clone(),
            span: made.expr.span,
            kind: ExprKind::Script(Box::new(Script::Inlined(functions, made.expr))),
        };
        self.marked(Typed { expr, ty: made.ty }, position)
    }

    fn parameter(&mut self, name: &str, value: Typed, list: &mut Vec<Tree>, position: Position) {
        let key = format!("{name} of a closure at {position}");
        let ty = if self.boxes.contains(&key) { Ty::Any } else { value.ty };
        let var = self.bind(name, ty, false);
        self.keys.insert(var, key);
        let value = match ty {
            Ty::Unit => {
                list.push(value.expr);
                None
            }
            _ => Some(value.expr),
        };
        list.push(self.script(Script::Let(var, value), Ty::Unit, position).expr);
    }

    /// The value of a closure whose parameters are bound.
    fn inlined(&mut self, body: &Body, position: Position) -> Walked<Typed> {
        let returned = std::mem::replace(&mut self.returned, State::nowhere());
        let value = std::mem::replace(&mut self.value, Ty::Never);
        let returns = std::mem::take(&mut self.returns);
        let loops = std::mem::take(&mut self.loops);
        let around = self.inlined_at.replace(position);
        let made = self.statements(&body.statements);
        self.inlined_at = around;
        let after = std::mem::replace(&mut self.returned, returned);
        let ty = std::mem::replace(&mut self.value, value);
        let leaves = std::mem::replace(&mut self.returns, returns);
        self.loops = loops;
        let made = made?;
        if !leaves {
            return Ok(made);
        }
        let ended = std::mem::take(&mut self.state);
        self.state = ended.merge(after);
        let ty = made.ty.or(ty);
        Ok(self.script(Script::Whole(made.joined(ty), Vec::new(), Vec::new()), ty, position))
    }

    /// The closure and the arguments of `f.call(…)` with which a chain begins.
    pub(super) fn called_first<'e>(&self, root: &Expr, steps: &[Step<'e>]) -> Option<(Closure, &'e FnCallExpr)> {
        match steps.first() {
            Some(Step::Method(call, _)) if call.name == "call" && !self.world.defines("call") => {
                Some((self.closure(root)?, *call))
            }
            _ => None,
        }
    }

    /// `f.call(…)` whose arguments are evaluated.
    pub(super) fn call_closure(
        &mut self,
        closure: &Closure,
        args: Vec<Typed>,
        before: &mut Vec<Tree>,
        position: Position,
    ) -> Walked<Typed> {
        self.takes(closure, None, &[args.len()])?;
        let value = self.called(None, closure, None, args, before, position)?;
        if value.ty == Ty::Never {
            return Ok(value);
        }
        Ok(self.kept_apart(value, before))
    }

    /// `call(f, …)`
    pub(super) fn call_function(&mut self, call: &FnCallExpr, position: Position) -> Walked<Option<Typed>> {
        let [first, rest @ ..] = &call.args[..] else {
            return Ok(None);
        };
        let Some(closure) = self.closure(first).filter(|_| call.name == "call") else {
            return Ok(None);
        };
        let mut before = Vec::new();
        let mut args = Vec::with_capacity(rest.len());
        for arg in rest {
            let arg = self.viewed(arg)?;
            if arg.ty == Ty::Never || fold::assigns_any(&arg.expr) {
                return leave("an argument that assigns or has no value");
            }
            args.push(self.kept_apart(arg, &mut before));
        }
        let value = self.call_closure(&closure, args, &mut before, position)?;
        let made = self.after(before, value, position);
        Ok(Some(self.marked(made, position)))
    }

    /// `this`
    pub(super) fn this(&mut self, position: Position) -> Walked<Typed> {
        match self.this {
            Some(var) => self.variable(var, position),
            None => leave("`this`"),
        }
    }
}
