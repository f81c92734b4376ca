//! Methods that take a closure: `a.map(|x| x + 1)` is a loop.
//!
//! The receiver may turn out to be an object map, for which there is another loop, or neither: then rhai does the method, and
//! fails.

use super::chain::Step;
use super::closures::Closure;
use super::sort::SORTS;
use super::types::Ty;
use super::walk::{Typed, Walk, Walked, leave};
use crate::check::script::{Each, Loop, Script};
use crate::check::tree::{Expr as Tree, ExprKind, VarId};
use crate::lower::types;
use crate::plants::planted;
use hydra_bytecode::{BinOp, CmpOp, Const, Kind};
use hydra_stdlib::value::operations::{IS, IS_ARRAY, IS_MAP};
use rhai::{Expr, FnCallExpr, Position};

/// Methods that take a closure, and what they are for.
const METHODS: &[(&str, Does)] = &[
    ("map", Does::Map),
    ("filter", Does::Filter),
    ("reduce", Does::Reduce),
    ("reduce_rev", Does::ReduceRev),
    ("some", Does::Some),
    ("all", Does::All),
    ("find", Does::Find),
    ("find_map", Does::FindMap),
    ("index_of", Does::Index),
    ("for_each", Does::ForEach),
    ("retain", Does::Retain),
    ("drain", Does::Drain),
];

#[derive(Clone, Copy, PartialEq, Eq)]
enum Does {
    Map,
    Filter,
    Reduce,
    ReduceRev,
    Some,
    All,
    Find,
    FindMap,
    Index,
    ForEach,
    Retain,
    Drain,
}

impl Does {
    fn reduces(self) -> bool {
        matches!(self, Does::Reduce | Does::ReduceRev)
    }

    /// Whether the receiver loses what it gives.
    fn changes(self) -> bool {
        matches!(self, Does::Retain | Does::Drain)
    }

    /// Whether it gives a collection like the receiver, which may be an object map.
    fn collects(self) -> bool {
        self.changes() || matches!(self, Does::Map | Does::Filter)
    }
}

/// What the method of a loop is about.
struct Looped<'a> {
    does: Does,
    closure: &'a Closure,
    receiver: Tree,
    /// The kind of the elements of an array, if they surely are of one.
    kind: Option<Kind>,
    /// What the method gives.
    out: VarId,
    /// What the receiver keeps.
    kept: Option<VarId>,
    position: Position,
}

impl Walk<'_> {
    /// The closure that a method of a step takes.
    pub(super) fn closure_step<'e>(&self, step: &Step<'e>) -> Option<(&'e FnCallExpr, Closure)> {
        match step {
            Step::Method(call, _) => Some((*call, self.handed(call)?)),
            _ => None,
        }
    }

    /// The closure that is handed to a method.
    pub(super) fn handed(&self, call: &FnCallExpr) -> Option<Closure> {
        let names = METHODS.iter().map(|(name, _)| *name);
        let mut names = names.chain(SORTS.iter().map(|(name, _)| *name));
        if !names.any(|name| name == call.name.as_str()) {
            return None;
        }
        self.closure(call.args.first()?)
    }

    /// The value of a method with a closure; `place` is the variable that the receiver is, if a change of it is seen. What is to
    /// be done before is added to a list.
    pub(super) fn with_closure(
        &mut self,
        (call, closure): (&FnCallExpr, &Closure),
        receiver: Typed,
        args: Vec<Typed>,
        (root, place): (&Expr, Option<VarId>),
        before: &mut Vec<Tree>,
        position: Position,
    ) -> Walked<Typed> {
        if let Some(sort) = SORTS.iter().find(|(name, _)| *name == call.name.as_str()) {
            self.unseen(closure, root)?;
            if !args.is_empty() || !matches!(receiver.ty, Ty::Any | Ty::Array) {
                return leave(format!("`{}` of {}", sort.0, receiver.ty.name()));
            }
            return self.sorted(*sort, closure, receiver, place, before, position);
        }
        let Some(&(name, does)) = METHODS.iter().find(|(name, _)| *name == call.name.as_str()) else {
            return leave("a method with a closure");
        };
        if args.len() > usize::from(does.reduces()) {
            return leave(format!("`{name}` with a closure and from some place on"));
        }
        if does.changes() && place.is_some() && !self.tries.is_empty() {
            return leave(format!("`{name}` with a closure within `try`, which may fail half-way"));
        }
        self.unseen(closure, root)?;
        if !matches!(receiver.ty, Ty::Any | Ty::Array) {
            return leave(format!("`{name}` of {}", receiver.ty.name()));
        }
        if does.changes() {
            match place {
                Some(var) => self.changeable(var)?,
                None if matches!(receiver.expr.kind, ExprKind::Script(_)) => {}
                None => return leave(format!("`{name}` of what is no variable")),
            }
        }
        let ty = receiver.ty;
        let (receiver, kind) = match receiver.expr.kind {
            ExprKind::Var(var) if ty == Ty::Array => (receiver.expr, self.element_kind(var)),
            _ => {
                let (declared, mention) = self.hidden(receiver.expr, ty);
                before.push(declared);
                (mention, None)
            }
        };
        let first = match args.into_iter().next() {
            Some(initial) => initial,
            None => self.nothing(does, position),
        };
        // rhai may give a value of any type
        let key = format!("what `{name}` gives at {position}");
        let any = does.collects() && ty == Ty::Any
            || does == Does::FindMap
            || ty == Ty::Any && matches!(does, Does::Find | Does::Reduce | Does::ReduceRev)
            || first.ty == Ty::Unit
            || self.boxes.contains(&key);
        let given = if any { Ty::Any } else { first.ty };
        let initial = first.expr.clone();
        let out = self.bind("", given, false);
        self.keys.insert(out, key);
        before.push(self.script(Script::Let(out, Some(first.expr)), Ty::Unit, position).expr);
        let kept = match place.filter(|_| does.changes()) {
            Some(_) => {
                let (declared, kept) = self.collection("[]", position);
                before.push(declared);
                Some(kept)
            }
            None => None,
        };
        let looped = Looped {
            does,
            closure,
            receiver,
            kind,
            out,
            kept,
            position,
        };
        if ty == Ty::Array {
            let made = self.over_array(&looped, name)?;
            before.push(made);
        } else {
            let state = self.state.clone();
            let array = self.over_array(&looped, name)?;
            let after = std::mem::replace(&mut self.state, state);
            let other = match does.collects() {
                true => self.over_map(&looped, name)?,
                false => self.refused(&looped, name, call.args.len() == 2, initial),
            };
            let otherwise = std::mem::take(&mut self.state);
            self.state = match does.collects() {
                true => after.merge(otherwise),
                false => after,
            };
            let is = self.is(IS_ARRAY, &looped.receiver, position);
            before.push(self.script(Script::If(is, array, Some(other)), Ty::Unit, position).expr);
        }
        if let (Some(var), Some(kept)) = (place, kept) {
            let kept = self.variable(kept, position)?.expr;
            before.push(self.script(Script::Assign(var, kept), Ty::Unit, position).expr);
            self.assigned(var, ty)?;
        }
        let given = self.variable(out, position)?;
        Ok(match ty {
            Ty::Array if does.collects() => Typed { ty: Ty::Array, ..given },
            _ => given,
        })
    }

    /// rhai lets no closure see the array whose method it is handed to.
    fn unseen(&self, closure: &Closure, root: &Expr) -> Walked<()> {
        match root {
            Expr::Variable(variable, ..) if self.sees(closure, variable.1.as_str()) => {
                leave("a closure that sees the array whose method it is handed to")
            }
            _ => Ok(()),
        }
    }

    /// What a method gives if there are no items.
    fn nothing(&self, does: Does, position: Position) -> Typed {
        match does {
            Does::Some => self.constant(Const::Boolean(false), Ty::Boolean, position),
            Does::All => self.constant(Const::Boolean(true), Ty::Boolean, position),
            Does::Index => self.constant(Const::Integer(-1), Ty::Integer, position),
            Does::Map | Does::Filter | Does::Retain | Does::Drain => Typed {
                ty: Ty::Any,
                ..self.operation("[]", Vec::new(), position)
            },
            Does::Find | Does::FindMap | Does::ForEach | Does::Reduce | Does::ReduceRev => Typed {
                ty: Ty::Any,
                ..self.constant(Const::Unit, Ty::Unit, position)
            },
        }
    }

    /// A variable that holds an empty collection.
    fn collection(&mut self, text: &str, position: Position) -> (Tree, VarId) {
        let empty = self.operation(text, Vec::new(), position).expr;
        let var = self.bind("", Ty::Any, false);
        (self.script(Script::Let(var, Some(empty)), Ty::Unit, position).expr, var)
    }

    /// Whether a receiver is of a type.
    fn is(&self, text: &str, receiver: &Tree, position: Position) -> Tree {
        let is = self.operation(text, vec![any(receiver)], position);
        self.surely(is, Ty::Boolean, position).expr
    }

    /// What rhai does where the receiver has no such method: it fails.
    fn refused(&mut self, looped: &Looped<'_>, name: &str, initial: bool, value: Tree) -> Tree {
        let mut values = vec![any(&looped.receiver)];
        let text = match initial {
            true => {
                values.push(any(&value));
                format!("a.{name}(|x, y| x, b)")
            }
            false => format!("a.{name}(|x| x)"),
        };
        self.operation(text, values, looped.position).expr
    }

    /// The loop over the elements of an array.
    fn over_array(&mut self, looped: &Looped<'_>, name: &str) -> Walked<Tree> {
        let (does, position) = (looped.does, looped.position);
        let count = match does {
            Does::Reduce | Does::ReduceRev => self.takes(looped.closure, Some(1), &[2, 3])?,
            Does::ForEach => self.takes(looped.closure, Some(0), &[1])?,
            _ => self.takes(looped.closure, Some(0), &[1, 2])?,
        };
        // rhai does the one by the other
        let called = if does == Does::Find { "index_of" } else { name };
        let mut list = Vec::new();
        let (mut array, mut kind, mut last) = (looped.receiver.clone(), looped.kind, None);
        if does == Does::ReduceRev {
            let reversed = self.operation("a.reverse(); a", vec![any(&array)], position);
            let length = self.operation("a.len()", vec![any(&array)], position);
            let length = self.surely(length, Ty::Integer, position);
            let one = self.constant(Const::Integer(1), Ty::Integer, position).expr;
            let end = ExprKind::Arithmetic(BinOp::Sub, length.expr.into(), one.into());
            let end = self.make(end, Ty::Integer, position).expr;
            let (declared, end) = self.hidden(end, Ty::Integer);
            list.push(declared);
            (array, kind, last) = (reversed.expr, None, Some(end));
        }
        let made = self.repeated(position, |walk, number| {
            let end = walk.state.clone();
            walk.scopes.push(Vec::new());
            let counter = walk.bind("", Ty::Integer, true);
            let item = walk.bind("", Ty::of_kind(kind), true);
            let mut list = Vec::new();
            let at = match &last {
                Some(last) => {
                    let counted = walk.variable(counter, position)?.expr;
                    let at = ExprKind::Arithmetic(BinOp::Sub, last.clone().into(), counted.into());
                    walk.make(at, Ty::Integer, position)
                }
                None => walk.variable(counter, position)?,
            };
            let mut args = Vec::new();
            if does.reduces() {
                args.push(walk.variable(looped.out, position)?);
            }
            let this = count == args.len() || does == Does::ForEach;
            if !this {
                args.push(walk.variable(item, position)?);
            }
            if args.len() < count {
                args.push(at);
            }
            let value = walk.called(
                Some(called),
                looped.closure,
                this.then_some(item),
                args,
                &mut list,
                position,
            )?;
            walk.collect(looped, value, (item, counter), number, &mut list)?;
            walk.scopes.pop();
            let each = Each {
                var: item,
                counter: Some(counter),
                array: array.clone(),
                kind,
                body: walk.script(Script::Block(list), Ty::Unit, position).expr,
            };
            Ok((Loop::Each(each), end))
        })?;
        list.push(made.expr);
        Ok(self.script(Script::Block(list), Ty::Unit, position).expr)
    }

    /// The loop over the properties of an object map, or what fails if the receiver is none.
    fn over_map(&mut self, looped: &Looped<'_>, name: &str) -> Walked<Tree> {
        let position = looped.position;
        // it is called with the key, and with the value if it takes two
        let count = self.takes(looped.closure, None, &[1, 2])?;
        let state = self.state.clone();
        let refused = self.refused(looped, name, false, looped.receiver.clone());
        self.state = state;
        let mut list = Vec::new();
        for var in [Some(looped.out), looped.kept].into_iter().flatten() {
            let empty = self.operation("#{}", Vec::new(), position).expr;
            list.push(self.script(Script::Assign(var, empty), Ty::Unit, position).expr);
        }
        // so rhai calls it
        let called = if looped.does == Does::Map { "filter" } else { name };
        let keys = self.operation("a.keys()", vec![any(&looped.receiver)], position).expr;
        let made = self.repeated(position, |walk, _| {
            let end = walk.state.clone();
            walk.scopes.push(Vec::new());
            let key = walk.bind("", Ty::Any, true);
            let mut list = Vec::new();
            let held = walk.variable(key, position)?;
            let value = walk.operation("a[b]", vec![any(&looped.receiver), held], position);
            let item = walk.bind("", Ty::Any, true);
            list.push(
                walk.script(Script::Let(item, Some(value.expr)), Ty::Unit, position)
                    .expr,
            );
            let mut args = vec![walk.variable(key, position)?];
            if count == 2 {
                args.push(walk.variable(item, position)?);
            }
            let this = (count == 1).then_some(item);
            let value = walk.called(Some(called), looped.closure, this, args, &mut list, position)?;
            walk.collect_property(looped, value, (key, item), &mut list)?;
            walk.scopes.pop();
            let each = Each {
                var: key,
                counter: None,
                array: keys.clone(),
                kind: None,
                body: walk.script(Script::Block(list), Ty::Unit, position).expr,
            };
            Ok((Loop::Each(each), end))
        })?;
        list.push(made.expr);
        let made = self.script(Script::Block(list), Ty::Unit, position).expr;
        let is = self.is(IS_MAP, &looped.receiver, position);
        Ok(self
            .script(Script::If(is, made, Some(refused)), Ty::Unit, position)
            .expr)
    }

    /// What becomes of the value of the closure for a property.
    fn collect_property(
        &mut self,
        looped: &Looped<'_>,
        value: Typed,
        (key, item): (VarId, VarId),
        list: &mut Vec<Tree>,
    ) -> Walked<()> {
        let position = looped.position;
        if value.ty == Ty::Never {
            list.push(value.expr);
            return Ok(());
        }
        let key = self.variable(key, position)?;
        if looped.does == Does::Map {
            list.push(
                self.changing("a[b] = c".into(), looped.out, vec![key.expr, value.expr], position)
                    .expr,
            );
            return Ok(());
        }
        let item = self.variable(item, position)?;
        let holds = self.holds(value, position);
        let kept = |walk: &Self, var: VarId| {
            let values = vec![key.expr.clone(), item.expr.clone()];
            walk.changing("a[b] = c".into(), var, values, position).expr
        };
        self.sorted_out(looped, holds, kept, list);
        Ok(())
    }

    /// Whether the value of a closure is `true`.
    fn holds(&self, value: Typed, position: Position) -> Tree {
        if value.ty == Ty::Boolean {
            return value.expr;
        }
        let yes = self.constant(Const::Boolean(true), Ty::Boolean, position);
        let is = self.operation(IS, vec![value, yes], position);
        self.surely(is, Ty::Boolean, position).expr
    }

    /// An item goes to what a method gives, or to what the receiver keeps.
    fn sorted_out(&self, looped: &Looped<'_>, holds: Tree, added: impl Fn(&Self, VarId) -> Tree, list: &mut Vec<Tree>) {
        let given = added(self, looped.out);
        let kept = looped.kept.map(|kept| added(self, kept));
        let (yes, no) = match looped.does {
            Does::Retain => (kept, Some(given)),
            _ => (Some(given), kept),
        };
        let (yes, no) = if planted(24) && looped.does.changes() {
            (no, yes)
        } else {
            (yes, no)
        };
        let position = looped.position;
        let yes = yes.unwrap_or_else(|| self.constant(Const::Unit, Ty::Unit, position).expr);
        list.push(self.script(Script::If(holds, yes, no), Ty::Unit, position).expr);
    }

    /// What becomes of the value of the closure for an element.
    fn collect(
        &mut self,
        looped: &Looped<'_>,
        value: Typed,
        (item, counter): (VarId, VarId),
        number: u32,
        list: &mut Vec<Tree>,
    ) -> Walked<()> {
        let (does, out, position) = (looped.does, looped.out, looped.position);
        if value.ty == Ty::Never || does == Does::ForEach {
            list.push(value.expr);
            return Ok(());
        }
        if does.reduces() {
            let ty = value.ty;
            list.push(self.script(Script::Assign(out, value.expr), Ty::Unit, position).expr);
            return self.assigned(out, ty);
        }
        if does == Does::Map {
            list.push(self.pushed(out, value, position));
            return Ok(());
        }
        if does == Does::FindMap {
            let value = self.kept_apart(value, list);
            let unit = self.constant(Const::Unit, Ty::Unit, position).expr;
            let missing = match value.ty {
                Ty::Unit => self.constant(Const::Boolean(true), Ty::Boolean, position),
                Ty::Any => {
                    let missing = ExprKind::Compare(CmpOp::Eq, value.expr.clone().into(), unit.into());
                    self.make(missing, Ty::Boolean, position)
                }
                _ => self.constant(Const::Boolean(false), Ty::Boolean, position),
            };
            let found = self
                .make(ExprKind::Not(missing.expr.into()), Ty::Boolean, position)
                .expr;
            let given = self.script(Script::Assign(out, value.expr), Ty::Unit, position).expr;
            return self.found(found, given, number, list, position);
        }
        let holds = self.holds(value, position);
        let item = self.variable(item, position)?;
        let given = match does {
            Does::Filter | Does::Retain | Does::Drain => {
                let added = |walk: &Self, var: VarId| {
                    let item = Typed {
                        expr: item.expr.clone(),
                        ty: item.ty,
                    };
                    walk.pushed(var, item, position)
                };
                self.sorted_out(looped, holds, added, list);
                return Ok(());
            }
            Does::Find => item.expr,
            Does::Index => self.variable(counter, position)?.expr,
            _ => {
                let found = (does == Does::Some) != planted(21);
                self.constant(Const::Boolean(found), Ty::Boolean, position).expr
            }
        };
        let holds = match does {
            Does::All => self.make(ExprKind::Not(holds.into()), Ty::Boolean, position).expr,
            _ => holds,
        };
        let given = self.script(Script::Assign(out, given), Ty::Unit, position).expr;
        self.found(holds, given, number, list, position)
    }

    /// The loop ends where something holds.
    fn found(&mut self, holds: Tree, given: Tree, number: u32, list: &mut Vec<Tree>, position: Position) -> Walked<()> {
        let before = self.state.clone();
        let leaves = self.leave_loop(number, None, position)?.expr;
        self.state = before;
        let then = self.script(Script::Block(vec![given, leaves]), Ty::Unit, position).expr;
        list.push(self.script(Script::If(holds, then, None), Ty::Unit, position).expr);
        Ok(())
    }

    /// `out.push(value)`
    fn pushed(&self, out: VarId, value: Typed, position: Position) -> Tree {
        self.changing("a.push(b)".into(), out, vec![value.expr], position).expr
    }

    /// The kind of the elements of an array of the language, if it has one dimension.
    pub(super) fn element_kind(&self, array: VarId) -> Option<Kind> {
        match &self.vars[array.0 as usize].ty {
            crate::check::tree::Type::Array(1, element) => types::kind(element),
            _ => None,
        }
    }
}

/// A value of which no type is known.
fn any(value: &Tree) -> Typed {
    Typed {
        expr: value.clone(),
        ty: Ty::Any,
    }
}
