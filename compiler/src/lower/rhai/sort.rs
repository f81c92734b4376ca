//! `sort` and `order` with a closure, which becomes a function: the VM sorts as rhai does, and asks it for the order of two elements.
//!
//! A function does not reach variables around it, so the closure gets the values of those that it sees, and must not assign them.

use super::closures::Closure;
use super::functions::Written;
use super::types::Ty;
use super::walk::{Typed, Walk, Walked, leave};
use crate::check::script::Script;
use crate::check::tree::{Expr as Tree, ExprKind, VarId};
use crate::lower::{fold, types};
use crate::plants::planted;
use hydra_bytecode::Const;
use hydra_stdlib::value::operations::IS_ARRAY;
use rhai::Position;

/// Methods that take a closure which compares, and whether they change what they sort.
pub(super) const SORTS: &[(&str, bool)] = &[("sort", true), ("sort_by", true), ("order", false), ("order_by", false)];

impl Walk<'_> {
    /// The value of a method that sorts; `place` is the variable that the receiver is, if a change of it is seen.
    pub(super) fn sorted(
        &mut self,
        (name, changes): (&str, bool),
        closure: &Closure,
        receiver: Typed,
        place: Option<VarId>,
        before: &mut Vec<Tree>,
        position: Position,
    ) -> Walked<Typed> {
        self.takes(closure, None, &[2])?;
        let (number, seen) = self.comparison(closure, position)?;
        let ty = receiver.ty;
        let target = match (place, receiver.expr.kind) {
            (_, ExprKind::Var(var)) if types::dims(&self.vars[var.0 as usize].ty) > 0 => {
                return leave(format!("`{name}` of an array of the language"));
            }
            (Some(var), _) if changes => {
                self.changeable(var)?;
                var
            }
            (None, ExprKind::Var(_) | ExprKind::Const(_) | ExprKind::Param(_) | ExprKind::Element(..)) if changes => {
                return leave(format!("`{name}` of what is no variable"));
            }
            (_, kind) => {
                let (declared, mention) = self.hidden(Tree { kind, ..receiver.expr }, ty);
                before.push(declared);
                let ExprKind::Var(var) = mention.kind else {
                    return leave(format!("`{name}`"));
                };
                var
            }
        };
        let sorts = self.script(Script::Sort(target, number, seen), Ty::Unit, position).expr;
        let held = || ExprKind::Var(target);
        before.push(match ty {
            Ty::Array => sorts,
            _ => {
                let is = self.operation(IS_ARRAY, vec![self.make(held(), Ty::Any, position)], position);
                let is = self.surely(is, Ty::Boolean, position).expr;
                let array = self.make(held(), Ty::Any, position);
                let refused = self
                    .operation(format!("a.{name}(|x, y| 0)"), vec![array], position)
                    .expr;
                self.script(Script::If(is, sorts, Some(refused)), Ty::Unit, position)
                    .expr
            }
        });
        Ok(match changes {
            true => self.constant(Const::Unit, Ty::Unit, position),
            false => self.make(held(), ty, position),
        })
    }

    /// The function that a closure becomes, and the values that it gets before the two elements.
    fn comparison(&mut self, closure: &Closure, position: Position) -> Walked<(u32, Vec<Tree>)> {
        let world = self.world;
        let (body, captured, meant) = match closure {
            Closure::Function(name) => {
                return match world.written.get(&(name.clone(), 2)) {
                    Some(Some(written)) => Ok((world.comparison(name, written)?.0, Vec::new())),
                    _ => leave(format!("several includes define `{name}`")),
                };
            }
            Closure::Written { body, captured, meant } => (body, captured, meant),
        };
        let inner = self.fragment.inner;
        let mut written = Written {
            body: (**body).clone(),
            inner,
        };
        if planted(25) {
            let count = written.body.params.len();
            written.body.params.swap(count - 2, count - 1);
        }
        let name = format!("{} at {}:{}", body.name, inner.file, inner.start);
        let (number, made) = world.comparison(&name, &written)?;
        if (0..captured.len() as u32).any(|seen| fold::assigns(&made.value, VarId(seen))) {
            return leave("a closure that assigns what it sees and is handed to `sort`");
        }
        let around = meant
            .clone()
            .map(|meant| std::mem::replace(&mut self.scopes, vec![meant]));
        let seen: Walked<Vec<Typed>> = captured.iter().map(|name| self.name(name, position)).collect();
        if let Some(around) = around {
            self.scopes = around;
        }
        Ok((number, seen?.into_iter().map(|seen| seen.expr).collect()))
    }
}
