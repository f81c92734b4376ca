//! Closures that are written where they are handed to a method of an array: `a.map(|x| x + 1)` is a loop.
//!
//! The receiver may turn out to be no array: then rhai does the method.

use super::chain::Step;
use super::types::{State, Ty};
use super::walk::{Typed, Walk, Walked, leave};
use crate::check::script::{Each, Loop, Operation, Script};
use crate::check::tree::{Expr as Tree, ExprKind, VarId};
use crate::lower::types;
use crate::plants::planted;
use hydra_bytecode::{Const, Span};
use hydra_stdlib::analysis::{self, Body};
use hydra_stdlib::value::operations::{IS, IS_ARRAY, name as letter};
use rhai::{ASTNode, Expr, FnCallExpr, FnPtr, Position, Stmt};
use rustc_hash::FxHashSet;
use std::rc::Rc;

/// Methods of arrays that take a closure, and what they are for.
const METHODS: &[(&str, Does)] = &[
    ("map", Does::Map),
    ("filter", Does::Filter),
    ("reduce", Does::Reduce),
    ("some", Does::Some),
    ("all", Does::All),
    ("find", Does::Find),
    ("index_of", Does::Index),
];

#[derive(Clone, Copy, PartialEq, Eq)]
enum Does {
    Map,
    Filter,
    Reduce,
    Some,
    All,
    Find,
    Index,
}

/// A closure that is written out.
pub(super) struct Closure {
    body: Rc<Body>,
    /// The variables that it sees, which are the first of its parameters.
    captured: Vec<String>,
}

/// The closure that an argument is.
fn pointer(expr: &Expr) -> Option<(String, Vec<String>)> {
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
            let (name, _) = pointer(first)?;
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

/// Whether a call is one of a method with a closure.
pub(super) fn takes_closure(call: &FnCallExpr) -> bool {
    METHODS.iter().any(|(name, _)| *name == call.name.as_str()) && call.args.first().and_then(pointer).is_some()
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

    fn closure(&self, expr: &Expr) -> Walked<Closure> {
        let Some((name, captured)) = pointer(expr) else {
            return leave("a closure");
        };
        match self.closures.get(&name) {
            Some(body) if body.params.len() > captured.len() => Ok(Closure {
                body: body.clone(),
                captured,
            }),
            _ => leave("a closure of a kind that is left to rhai"),
        }
    }

    /// The value of a method with a closure. What is to be done before is added to a list.
    pub(super) fn with_closure(
        &mut self,
        call: &FnCallExpr,
        receiver: Typed,
        args: Vec<Typed>,
        root: &Expr,
        before: &mut Vec<Tree>,
        position: Position,
    ) -> Walked<Typed> {
        let Some(&(name, does)) = METHODS.iter().find(|(name, _)| *name == call.name.as_str()) else {
            return leave("a method with a closure");
        };
        let closure = self.closure(&call.args[0])?;
        let own = closure.body.params.len() - closure.captured.len();
        let fixed = if does == Does::Reduce { 2 } else { 1 };
        let initial = does == Does::Reduce && args.len() == 1;
        if own < fixed || own > fixed + 1 || !initial && !args.is_empty() {
            return leave("a closure with another number of parameters");
        }
        if !self.tries.is_empty() {
            return leave("a closure within `try`");
        }
        if let Expr::Variable(variable, ..) = root
            && closure.captured.iter().any(|name| *name == variable.1.as_str())
        {
            return leave("a closure that sees the array whose method it is handed to");
        }
        if !matches!(receiver.ty, Ty::Any | Ty::Array) {
            return leave(format!("`{name}` of {}", receiver.ty.name()));
        }
        let (array, kind) = match receiver.expr.kind {
            ExprKind::Var(var) if receiver.ty == Ty::Array => (receiver, self.element_kind(var)),
            _ => {
                let ty = receiver.ty;
                let (declared, expr) = self.hidden(receiver.expr, ty);
                before.push(declared);
                (Typed { expr, ty }, None)
            }
        };
        let first = match args.into_iter().next() {
            Some(initial) => initial,
            None => match does {
                Does::Some => self.constant(Const::Boolean(false), Ty::Boolean, position),
                Does::All => self.constant(Const::Boolean(true), Ty::Boolean, position),
                Does::Index => self.constant(Const::Integer(-1), Ty::Integer, position),
                Does::Find | Does::Reduce => Typed {
                    ty: Ty::Any,
                    ..self.constant(Const::Unit, Ty::Unit, position)
                },
                Does::Map | Does::Filter => Typed {
                    ty: Ty::Any,
                    ..self.operation("[]", Vec::new(), position)
                },
            },
        };
        let otherwise = match array.ty {
            Ty::Array => None,
            _ => Some(self.without_array(call, name, &closure, &array, &first, position)?),
        };
        // rhai may give a value of any type
        let key = format!("what `{name}` gives at {position}");
        let any = otherwise.is_some() && does != Does::Some && does != Does::All && does != Does::Index
            || first.ty == Ty::Unit
            || self.boxes.contains(&key);
        let ty = if any { Ty::Any } else { first.ty };
        let out = self.bind("", ty, false);
        self.keys.insert(out, key);
        before.push(self.script(Script::Let(out, Some(first.expr)), Ty::Unit, position).expr);
        let looped = self.looped(does, &closure, (array.expr.clone(), kind), out, position)?;
        match otherwise {
            None => before.push(looped),
            Some(other) => {
                let array = Typed {
                    expr: array.expr,
                    ty: Ty::Any,
                };
                let is = self.operation(IS_ARRAY, vec![array], position);
                let is = self.surely(is, Ty::Boolean, position).expr;
                let other = match ty {
                    Ty::Any => self.script(Script::Assign(out, other.expr), Ty::Unit, position).expr,
                    _ => other.expr,
                };
                before.push(
                    self.script(Script::If(is, looped, Some(other)), Ty::Unit, position)
                        .expr,
                );
            }
        }
        let given = self.variable(out, position)?;
        Ok(match does {
            Does::Map | Does::Filter if array.ty == Ty::Array => Typed { ty: Ty::Array, ..given },
            _ => given,
        })
    }

    /// What rhai does where the receiver is no array: most times it fails.
    fn without_array(
        &mut self,
        call: &FnCallExpr,
        name: &str,
        closure: &Closure,
        array: &Typed,
        initial: &Typed,
        position: Position,
    ) -> Walked<Typed> {
        let mut values = vec![Typed {
            expr: array.expr.clone(),
            ty: Ty::Any,
        }];
        let text = match name {
            // object maps have these, too
            "map" | "filter" => {
                let mut text = String::new();
                for captured in &closure.captured {
                    if captured.len() < 2 {
                        return leave("a closure that sees a variable of one letter, handed to a method of any value");
                    }
                    text.push_str(&format!("let {captured} = {}; ", letter(values.len())));
                    let Some(seen) = self.place_named(captured) else {
                        return leave("a closure that sees what is no variable");
                    };
                    values.push(self.variable(seen, position)?);
                }
                let start = self.places.offset(position).unwrap_or_default();
                let Some(open) = self.text[start..].find('(') else {
                    return leave("a closure");
                };
                let end = analysis::shown_end(self.text, &self.places, start + open);
                text.push_str(&format!("a.{}", &self.text[start..end]));
                let inner = self.fragment.inner;
                let place = Span::new(inner.file, inner.start + start as u32, inner.start + end as u32);
                let mut made = self.operation(text, values, position);
                if let ExprKind::Script(script) = &mut made.expr.kind
                    && let Script::Operation(operation) = &mut **script
                {
                    // what fails in it does so at its own place
                    operation.places = vec![place];
                }
                return Ok(made);
            }
            "reduce" if call.args.len() == 2 => {
                values.push(Typed {
                    expr: initial.expr.clone(),
                    ty: initial.ty,
                });
                "a.reduce(|x, y| x, b)".into()
            }
            _ => format!("a.{name}(|x| x)"),
        };
        Ok(self.operation(text, values, position))
    }

    fn place_named(&self, name: &str) -> Option<VarId> {
        match self.local(name) {
            Some(local) => Some(local.var),
            None => self.outer(name).filter(|var| self.state.held.contains_key(var)),
        }
    }

    /// The loop over the elements.
    fn looped(
        &mut self,
        does: Does,
        closure: &Closure,
        (array, kind): (Tree, Option<hydra_bytecode::Kind>),
        out: VarId,
        position: Position,
    ) -> Walked<Tree> {
        let made = self.repeated(position, |walk, number| {
            let end = walk.state.clone();
            walk.scopes.push(Vec::new());
            let counter = walk.bind("", Ty::Integer, true);
            let item = walk.bind("", Ty::of_kind(kind), true);
            let mut list = Vec::new();
            let mut params = closure.body.params[closure.captured.len()..].iter();
            if does == Does::Reduce
                && let Some(name) = params.next()
            {
                let value = walk.variable(out, position)?;
                walk.parameter(name, value, &mut list, position);
            }
            for (name, var) in params.zip([item, counter]) {
                let value = walk.variable(var, position)?;
                walk.parameter(name, value, &mut list, position);
            }
            let value = walk.inlined(&closure.body, position)?;
            walk.collect(does, value, (out, item, counter), number, &mut list, position)?;
            walk.scopes.pop();
            let body = walk.script(Script::Block(list), Ty::Unit, position).expr;
            let each = Each {
                var: item,
                counter: Some(counter),
                array: array.clone(),
                kind,
                body,
            };
            Ok((Loop::Each(each), end))
        })?;
        Ok(made.expr)
    }

    fn parameter(&mut self, name: &str, value: Typed, list: &mut Vec<Tree>, position: Position) {
        let var = self.bind(name, value.ty, false);
        list.push(self.script(Script::Let(var, Some(value.expr)), Ty::Unit, position).expr);
    }

    /// The value of a closure whose parameters are bound.
    fn inlined(&mut self, body: &Body, position: Position) -> Walked<Typed> {
        let returned = std::mem::replace(&mut self.returned, State::nowhere());
        let value = std::mem::replace(&mut self.value, Ty::Never);
        let returns = std::mem::take(&mut self.returns);
        let loops = std::mem::take(&mut self.loops);
        let made = self.statements(&body.statements);
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

    /// What becomes of the value of the closure.
    fn collect(
        &mut self,
        does: Does,
        value: Typed,
        (out, item, counter): (VarId, VarId, VarId),
        number: u32,
        list: &mut Vec<Tree>,
        position: Position,
    ) -> Walked<()> {
        if value.ty == Ty::Never {
            list.push(value.expr);
            return Ok(());
        }
        if does == Does::Reduce {
            let ty = value.ty;
            list.push(self.script(Script::Assign(out, value.expr), Ty::Unit, position).expr);
            return self.assigned(out, ty);
        }
        if does == Does::Map {
            list.push(self.pushed(out, value, position));
            return Ok(());
        }
        let holds = match value.ty {
            Ty::Boolean => value.expr,
            _ => {
                let yes = self.constant(Const::Boolean(true), Ty::Boolean, position);
                let is = self.operation(IS, vec![value, yes], position);
                self.surely(is, Ty::Boolean, position).expr
            }
        };
        let item = self.variable(item, position)?;
        let (given, breaks) = match does {
            Does::Filter => (self.pushed(out, item, position), false),
            Does::Find => (
                self.script(Script::Assign(out, item.expr), Ty::Unit, position).expr,
                true,
            ),
            Does::Index => {
                let at = self.variable(counter, position)?.expr;
                (self.script(Script::Assign(out, at), Ty::Unit, position).expr, true)
            }
            _ => {
                let found = self.constant(
                    Const::Boolean((does == Does::Some) != planted(21)),
                    Ty::Boolean,
                    position,
                );
                (
                    self.script(Script::Assign(out, found.expr), Ty::Unit, position).expr,
                    true,
                )
            }
        };
        let holds = match does {
            Does::All => self.make(ExprKind::Not(holds.into()), Ty::Boolean, position).expr,
            _ => holds,
        };
        let mut then = vec![given];
        if breaks {
            let before = self.state.clone();
            then.push(self.leave_loop(number, None, position)?.expr);
            self.state = before;
        }
        let then = self.script(Script::Block(then), Ty::Unit, position).expr;
        list.push(self.script(Script::If(holds, then, None), Ty::Unit, position).expr);
        Ok(())
    }

    /// `out.push(value)`
    fn pushed(&self, out: VarId, value: Typed, position: Position) -> Tree {
        let first = self.make(ExprKind::Var(out), Ty::Any, position).expr;
        let operation = Operation {
            text: "a.push(b)".into(),
            values: vec![first, value.expr],
            changes: Some(out),
            places: Vec::new(),
        };
        self.script(Script::Operation(Box::new(operation)), Ty::Any, position)
            .expr
    }

    /// The kind of the elements of an array of the language, if it has one dimension.
    pub(super) fn element_kind(&self, array: VarId) -> Option<hydra_bytecode::Kind> {
        match &self.vars[array.0 as usize].ty {
            crate::check::tree::Type::Array(1, element) => types::kind(element),
            _ => None,
        }
    }
}

/// The method of a step that takes a closure.
pub(super) fn closure_step<'e>(step: &Step<'e>) -> Option<&'e FnCallExpr> {
    match step {
        Step::Method(call, _) if takes_closure(call) => Some(call),
        _ => None,
    }
}
