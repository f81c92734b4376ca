//! Loops of rhai.

use super::expression::is_range;
use super::types::{State, Ty};
use super::walk::{Around, Typed, Walk, Walked, leave};
use crate::check::script::{Each, For, Loop, Script};
use crate::check::tree::{Expr as Tree, ExprKind};
use crate::plants::planted;
use hydra_bytecode::{Const, Kind};
use hydra_stdlib::value::operations::ITEMS;
use rhai::{Dynamic, Expr, FlowControl, Position};

/// How often a loop is walked through until it is known what its variables hold when a turn begins.
const ROUNDS_MAX: usize = 8;

impl Walk<'_> {
    /// Walks through a loop until what is known at the beginning of a turn holds for each turn. `walk` gives the loop and
    /// what is known where it ends by itself, and leaves what is known at the end of a turn.
    pub(super) fn repeated(
        &mut self,
        position: Position,
        mut walk: impl FnMut(&mut Self, u32) -> Walked<(Loop, State)>,
    ) -> Walked<Typed> {
        let mut head = self.state.clone();
        let (vars, numbers) = (self.vars.len(), self.numbers);
        for _ in 0..ROUNDS_MAX {
            self.vars.truncate(vars);
            self.numbers = numbers + 1;
            self.state = head.clone();
            self.loops.push(Around {
                number: self.numbers,
                broken: State::nowhere(),
                continued: State::nowhere(),
                value: Ty::Never,
                asking: false,
            });
            let number = self.numbers;
            let made = walk(self, number);
            let around = self.loops.pop();
            let (made, end) = made?;
            let Some(around) = around else {
                return leave("a loop");
            };
            let back = std::mem::take(&mut self.state).merge(around.continued);
            let next = head.clone().merge(back);
            if next != head {
                head = next;
                continue;
            }
            let own = if end.unreachable { Ty::Never } else { Ty::Unit };
            let ty = own.or(around.value);
            self.state = end.merge(around.broken);
            let made = self.script(Script::Loop(number, Box::new(made)), ty, position);
            return Ok(match ty {
                Ty::Never => self.script(Script::Never(made.expr), ty, position),
                _ => made,
            });
        }
        leave("a loop whose variables change their types")
    }

    /// `break`
    pub(super) fn leave_loop(&mut self, number: u32, value: Option<&Expr>, position: Position) -> Walked<Typed> {
        let value = match value {
            Some(value) => self.expr(value)?,
            None => self.constant(Const::Unit, Ty::Unit, position),
        };
        if value.ty == Ty::Never {
            return leave("a `break` has no value");
        }
        let state = std::mem::take(&mut self.state);
        if let Some(around) = self.loops.iter_mut().find(|around| around.number == number) {
            around.broken = std::mem::take(&mut around.broken).merge(state);
            around.value = around.value.or(value.ty);
        }
        let value = (value.ty != Ty::Unit || !super::expression::is_simple(&value.expr)).then_some(value.expr);
        Ok(self.never(Script::Break(number, value), position))
    }

    /// The condition of the innermost loop. What leaves a loop there leaves the one around it.
    fn loop_condition(&mut self, expr: &Expr) -> Walked<Tree> {
        self.ask(true);
        let condition = self.boolean(expr);
        self.ask(false);
        condition
    }

    fn ask(&mut self, asking: bool) {
        if let Some(around) = self.loops.last_mut() {
            around.asking = asking;
        }
    }

    pub(super) fn repeat_while(&mut self, parts: &FlowControl, position: Position) -> Walked<Typed> {
        let forever = matches!(parts.expr, Expr::Unit(_) | Expr::BoolConstant(true, _));
        self.repeated(position, |walk, _| {
            let condition = match forever {
                true => None,
                false => Some(walk.loop_condition(&parts.expr)?),
            };
            let end = if forever { State::nowhere() } else { walk.state.clone() };
            let body = walk.body(parts)?;
            Ok((Loop::While(condition, body), end))
        })
    }

    pub(super) fn repeat_do(&mut self, parts: &FlowControl, until: bool, position: Position) -> Walked<Typed> {
        let until = until && !planted(8);
        self.repeated(position, |walk, _| {
            let body = walk.body(parts)?;
            // `continue` begins the next turn without a look at the condition
            if walk.state.unreachable {
                return leave("a condition that nothing comes to");
            }
            let condition = walk.loop_condition(&parts.expr)?;
            let end = walk.state.clone();
            Ok((Loop::Do(body, condition, until), end))
        })
    }

    pub(super) fn repeat_for(
        &mut self,
        name: &str,
        counter: Option<&str>,
        parts: &FlowControl,
        position: Position,
    ) -> Walked<Typed> {
        if !is_range(&parts.expr) {
            return self.repeat_each(name, counter, parts, position);
        }
        let (low, high, inclusive) = self.range(&parts.expr)?;
        let inclusive = inclusive || planted(6);
        self.repeated(position, |walk, _| {
            let end = walk.state.clone();
            walk.scopes.push(Vec::new());
            let counter = counter.map(|name| walk.bind(name, Ty::Integer, false));
            let var = walk.bind(name, Ty::Integer, false);
            let body = walk.body(parts);
            walk.scopes.pop();
            let body = body?;
            let mut assigned = false;
            crate::lower::fold::each(&body, &mut |part| {
                if let crate::check::tree::ExprKind::Script(script) = &part.kind {
                    assigned |= script
                        .assigned()
                        .iter()
                        .any(|each| *each == var || Some(*each) == counter);
                }
            });
            let made = For {
                var,
                counter,
                low: low.clone(),
                high: high.clone(),
                inclusive,
                assigned,
                body,
            };
            Ok((Loop::For(made), end))
        })
    }

    /// `for` over an array.
    fn repeat_each(
        &mut self,
        name: &str,
        counter: Option<&str>,
        parts: &FlowControl,
        position: Position,
    ) -> Walked<Typed> {
        let array = self.viewed(&parts.expr)?;
        let (array, kind) = match (array.ty, &array.expr.kind) {
            (Ty::Array, ExprKind::Var(var)) => {
                let kind = self.element_kind(*var);
                (array.expr, kind)
            }
            (Ty::Array, _) => (array.expr, None),
            (Ty::String, _) => {
                let characters = self.operation("a.to_chars()", vec![array], position);
                (characters.expr, Some(Kind::Character))
            }
            (Ty::Any, _) => {
                let items = self.operation(ITEMS, vec![array], parts.expr.start_position());
                (items.expr, None)
            }
            (ty, _) => return leave(format!("a `for` over {}", ty.name())),
        };
        let ty = Ty::of_kind(kind);
        self.repeated(position, |walk, _| {
            let end = walk.state.clone();
            walk.scopes.push(Vec::new());
            let counter = counter.map(|name| walk.bind(name, Ty::Integer, false));
            let var = walk.bind(name, ty, false);
            let body = walk.body(parts);
            walk.scopes.pop();
            let made = Each {
                var,
                counter,
                array: array.clone(),
                kind,
                body: body?,
            };
            Ok((Loop::Each(made), end))
        })
    }

    fn body(&mut self, parts: &FlowControl) -> Walked<Tree> {
        Ok(self.statements(parts.body.statements())?.expr)
    }

    /// The bounds of a range of integers, and whether the second is part of it.
    pub(super) fn range(&mut self, expr: &Expr) -> Walked<(Tree, Tree, bool)> {
        let position = expr.position();
        match expr {
            Expr::DynamicConstant(value, _) => self.constant_range(value, position),
            Expr::FnCall(call, _) if call.op_token.is_some() && matches!(call.name.as_str(), ".." | "..=") => {
                let [low, high] = &call.args[..] else {
                    return leave("a range of a kind that is left to rhai");
                };
                let (low, high) = (self.expr(low)?, self.expr(high)?);
                if low.ty != Ty::Integer || high.ty != Ty::Integer {
                    return leave("a range that is not of integers");
                }
                Ok((low.expr, high.expr, call.name == "..="))
            }
            _ => leave("a `for` that is not over a range of integers"),
        }
    }

    /// Those bounds of a range of integers that are written.
    pub(super) fn bounds(&mut self, expr: &Expr) -> Walked<Vec<Typed>> {
        let ty = Ty::Integer;
        let Expr::FnCall(call, _) = expr else {
            let (low, high, _) = self.range(expr)?;
            return Ok([low, high].map(|expr| Typed { expr, ty }).into());
        };
        let mut bounds = Vec::new();
        for bound in call.args.iter().filter(|bound| !matches!(bound, Expr::Unit(_))) {
            let bound = self.expr(bound)?;
            if bound.ty != ty {
                return leave("a range that is not of integers");
            }
            bounds.push(bound);
        }
        Ok(bounds)
    }

    fn constant_range(&self, value: &Dynamic, position: Position) -> Walked<(Tree, Tree, bool)> {
        let bound = |n: i64| self.constant(Const::Integer(n), Ty::Integer, position).expr;
        if let Some(range) = value.read_lock::<std::ops::Range<i64>>() {
            return Ok((bound(range.start), bound(range.end), false));
        }
        if let Some(range) = value.read_lock::<std::ops::RangeInclusive<i64>>() {
            return Ok((bound(*range.start()), bound(*range.end()), true));
        }
        leave("a `for` that is not over a range of integers")
    }
}
