//! Subscripts, properties and methods, and those of rhai's functions that the VM has itself.

use super::expression::is_simple;
use super::types::Ty;
use super::walk::{Typed, Walk, Walked, leave};
use crate::check::script::Script;
use crate::check::tree::{Expr as Tree, ExprKind};
use crate::lower::{fold, types};
use hydra_bytecode::{CmpOp, Native, NativeType};
use rhai::{ASTFlags, Expr, FnCallExpr, Position};

/// One step of `a[i].f(x).p`.
enum Step<'e> {
    Index(&'e Expr, Position),
    Property(&'e str, Position),
    Method(&'e FnCallExpr, Position),
}

/// The root of a chain and its steps, which the tree has nested to the right.
fn steps(expr: &Expr) -> Option<(&Expr, Vec<Step<'_>>)> {
    let (Expr::Index(parts, flags, position) | Expr::Dot(parts, flags, position)) = expr else {
        return None;
    };
    let root = &parts.lhs;
    let mut steps = Vec::new();
    let (mut indexing, mut flags, mut rest, mut at) = (matches!(expr, Expr::Index(..)), *flags, &parts.rhs, *position);
    loop {
        if flags.intersects(ASTFlags::NEGATED) {
            return None;
        }
        let goes_on = !flags.intersects(ASTFlags::BREAK);
        let (step, next) = match rest {
            Expr::Index(parts, next, position) if goes_on => (&parts.lhs, Some((true, *next, &parts.rhs, *position))),
            Expr::Dot(parts, next, position) if goes_on => (&parts.lhs, Some((false, *next, &parts.rhs, *position))),
            last => (last, None),
        };
        steps.push(match (indexing, step) {
            (true, subscript) => Step::Index(subscript, at),
            (false, Expr::Property(names, position)) => Step::Property(&names.2, *position),
            (false, Expr::MethodCall(call, position)) => Step::Method(call, *position),
            _ => return None,
        });
        match next {
            Some(next) => (indexing, flags, rest, at) = next,
            None => return Some((root, steps)),
        }
    }
}

impl Walk<'_> {
    /// A value that is only looked at: it may be an array of the language.
    pub(super) fn viewed(&mut self, expr: &Expr) -> Walked<Typed> {
        if let Expr::Variable(variable, ..) = expr
            && variable.2.is_empty()
            && self.local(&variable.1).is_none()
            && let Some(var) = self.outer(&variable.1)
            && types::dims(&self.vars[var.0 as usize].ty) > 0
        {
            self.read.push(var);
            return Ok(self.make(ExprKind::Var(var), Ty::Array, expr.position()));
        }
        self.expr(expr)
    }

    /// `a[i].f(x)…`
    pub(super) fn chain(&mut self, expr: &Expr) -> Walked<Typed> {
        let Some((root, steps)) = steps(expr) else {
            return leave("a method or property of a kind that is left to rhai");
        };
        let mut left = &steps[..];
        let mut value = match self.element_of(root, &mut left, expr.position())? {
            Some(element) => element,
            None => self.viewed(root)?,
        };
        // rhai evaluates what is in the brackets and parentheses of a chain first
        let mut alone = steps.len() == 1 && is_simple(&value.expr);
        for step in left {
            value = match step {
                Step::Index(subscript, _) if value.ty == Ty::String => {
                    let position = subscript.start_position();
                    let subscript = self.expr(subscript)?;
                    self.apply("[]", vec![value, subscript], alone, position)?
                }
                Step::Index(..) => return leave(format!("subscripts of {}", value.ty.name())),
                Step::Property(name, position) => {
                    let found = value.ty.native().and_then(|ty| native(name, &[ty]));
                    match found {
                        Some(native) if native.is_property() => self.applied(native, vec![value], *position),
                        _ => return leave(format!("the property `{name}`")),
                    }
                }
                Step::Method(call, position) => {
                    let name = call.name.as_str();
                    if !call.namespace.is_empty() || self.world.defines(name) {
                        return leave(format!("the method `{name}`"));
                    }
                    let mut args = vec![value];
                    for arg in &call.args {
                        args.push(self.expr(arg)?);
                    }
                    self.apply(name, args, alone, *position)?
                }
            };
            alone = false;
        }
        Ok(value)
    }

    /// The element of an array of the language with which a chain begins; its subscripts are taken from the steps.
    fn element_of(&mut self, root: &Expr, steps: &mut &[Step<'_>], at: Position) -> Walked<Option<Typed>> {
        let Expr::Variable(variable, ..) = root else {
            return Ok(None);
        };
        if !variable.2.is_empty()
            || self.local(&variable.1).is_some()
            || !matches!(steps.first(), Some(Step::Index(..)))
        {
            return Ok(None);
        }
        let Some(var) = self.outer(&variable.1) else {
            return Ok(None);
        };
        let dims = types::dims(&self.vars[var.0 as usize].ty);
        if dims == 0 {
            return Ok(None);
        }
        let brackets = steps
            .iter()
            .take(dims)
            .map_while(|step| match step {
                Step::Index(subscript, position) => Some((*subscript, *position)),
                _ => None,
            })
            .collect::<Vec<_>>();
        *steps = &steps[brackets.len()..];
        let subscripts = self.element_subscripts(var, &brackets)?;
        self.element_value(var, subscripts, at).map(Some)
    }

    /// Calls one of rhai's functions. `alone`: its arguments, all but the first, may be evaluated after the first.
    fn apply(&mut self, name: &str, args: Vec<Typed>, alone: bool, position: Position) -> Walked<Typed> {
        if !alone && args.iter().skip(1).any(|arg| !is_simple(&arg.expr)) {
            return leave(format!("`{name}` with arguments that rhai evaluates before"));
        }
        self.rhai_function(name, args, position)
    }

    /// Calls one of rhai's functions whose arguments are evaluated in order.
    pub(super) fn rhai_function(&mut self, name: &str, args: Vec<Typed>, position: Position) -> Walked<Typed> {
        if args.iter().any(|arg| fold::assigns_any(&arg.expr)) {
            return leave("an argument that assigns");
        }
        let types: Option<Vec<_>> = args.iter().map(|arg| arg.ty.native()).collect();
        match types.and_then(|types| native(name, &types)) {
            Some(native) => Ok(self.applied(native, args, position)),
            None => {
                let types: Vec<_> = args.iter().map(|arg| arg.ty.name()).collect();
                leave(format!("`{name}` of ({})", types.join(", ")))
            }
        }
    }

    fn applied(&self, native: Native, args: Vec<Typed>, position: Position) -> Typed {
        let args = args.into_iter().map(|arg| arg.expr).collect();
        self.script(Script::Native(native, args), Ty::of_native(native.value()), position)
    }

    /// `x in low..high`, which rhai has as a call of `contains`.
    pub(super) fn within(&mut self, range: &Expr, x: &Expr, position: Position) -> Walked<Typed> {
        let (low, high, inclusive) = self.range(range)?;
        let x = self.expr(x)?;
        if x.ty != Ty::Integer {
            return leave(format!("`in` of {} and a range", x.ty.name()));
        }
        let mut before = Vec::new();
        let mut parts = Vec::new();
        for part in [low, high, x.expr] {
            parts.push(if is_simple(&part) {
                part
            } else {
                let (declared, mention) = self.hidden(part, Ty::Integer);
                before.push(declared);
                mention
            });
        }
        let Ok([low, high, x]) = <[Tree; 3]>::try_from(parts) else {
            return leave("a range");
        };
        let above = self.make(
            ExprKind::Compare(CmpOp::Ge, x.clone().into(), low.into()),
            Ty::Boolean,
            position,
        );
        let op = if inclusive { CmpOp::Le } else { CmpOp::Lt };
        let below = self.make(ExprKind::Compare(op, x.into(), high.into()), Ty::Boolean, position);
        let both = self.make(
            ExprKind::And(above.expr.into(), below.expr.into()),
            Ty::Boolean,
            position,
        );
        if before.is_empty() {
            return Ok(both);
        }
        before.push(both.expr);
        Ok(self.script(Script::Block(before), Ty::Boolean, position))
    }
}

/// The function of a name for types of arguments.
fn native(name: &str, types: &[NativeType]) -> Option<Native> {
    let mut all = Native::ALL.iter().copied();
    all.find(|native| native.name() == name && native.args() == types)
}
