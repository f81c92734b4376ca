//! Subscripts, properties and methods, and those of rhai's functions that the VM has itself.

use super::dynamic::known;
use super::expression::{is_range, is_simple, range_text};
use super::types::Ty;
use super::walk::{Typed, Walk, Walked, leave};
use crate::check::script::Script;
use crate::check::tree::{Expr as Tree, ExprKind};
use crate::lower::{fold, types};
use crate::plants::planted;
use hydra_bytecode::{CmpOp, Const, Native, NativeType};
use rhai::{ASTFlags, Expr, FnCallExpr, Position, Stmt};

/// One step of `a[i].f(x).p`.
#[derive(Clone, Copy)]
pub(super) enum Step<'e> {
    Index(&'e Expr, Position),
    Property(&'e str, Position),
    Method(&'e FnCallExpr, Position),
}

/// The root of a chain and its steps, which the tree has nested to the right.
pub(super) fn steps(expr: &Expr) -> Option<(&Expr, Vec<Step<'_>>)> {
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
        let mut inner = expr;
        // as in an interpolated string
        while let Expr::Stmt(block) = inner
            && let [Stmt::Expr(only)] = block.statements()
        {
            inner = only;
        }
        if let Expr::Variable(variable, ..) = inner
            && variable.2.is_empty()
            && self.local(&variable.1).is_none()
            && let Some(var) = self.outer(&variable.1)
            && types::dims(&self.vars[var.0 as usize].ty) > 0
        {
            self.read.push(var);
            return Ok(self.make(ExprKind::Var(var), Ty::Array, inner.position()));
        }
        self.expr(expr)
    }

    /// `a[i].f(x)…`
    pub(super) fn chain(&mut self, expr: &Expr) -> Walked<Typed> {
        let Some((root, steps)) = steps(expr) else {
            return leave("a method or property of a kind that is left to rhai");
        };
        let own = self
            .dims_of(root)
            .filter(|_| matches!(steps.first(), Some(Step::Index(..))));
        let taken = own.unwrap_or(0).min(steps.len());
        // rhai evaluates what is in the brackets and parentheses of a chain first
        let mut args = Vec::with_capacity(steps.len());
        for step in &steps[taken..] {
            let values = match step {
                Step::Index(subscript, _) if is_range(subscript) => self.bounds(subscript)?,
                Step::Index(subscript, _) => vec![self.expr(subscript)?],
                Step::Property(..) => Vec::new(),
                Step::Method(call, _) => {
                    let mut values = Vec::with_capacity(call.args.len());
                    // a closure is no value
                    let closures = usize::from(self.handed(call).is_some());
                    for arg in call.args.iter().skip(closures) {
                        values.push(self.viewed(arg)?);
                    }
                    values
                }
            };
            if values.iter().any(|value| value.ty == Ty::Never) {
                return leave("an argument or subscript has no value");
            }
            if values.iter().any(|value| fold::assigns_any(&value.expr)) {
                return leave("an argument that assigns");
            }
            args.push(values);
        }
        let mut left = &steps[..];
        let called = self.called_first(root, &steps);
        let mut value = match self.element_of(root, &mut left, expr.position())? {
            Some(element) => element,
            None if called.is_some() => self.constant(Const::Unit, Ty::Unit, expr.position()),
            None => self.viewed(root)?,
        };
        if value.ty == Ty::Never || fold::assigns_any(&value.expr) {
            return leave("a value that assigns has a method");
        }
        let mut before = Vec::new();
        let first = match called {
            Some(_) => Some(0),
            None => left.iter().position(|step| self.closure_step(step).is_some()),
        };
        if steps.len() > 1 || !is_simple(&value.expr) || first.is_some() {
            let hide = args.iter().flatten().any(|arg| !is_simple(&arg.expr));
            // subscripts of an array that is also mentioned whole are looked at when they are evaluated
            let rewritten = self.fragment.vars.iter().any(|seen| self.is_rewritten(seen));
            if hide && own.is_some() && (rewritten || !only_simple(&value.expr)) {
                return leave("arguments that rhai evaluates before subscripts");
            }
            for (number, args) in args.iter_mut().enumerate() {
                // a closure may assign variables that later arguments are
                let behind = first.is_some_and(|first| number > first);
                let kept =
                    |arg: &&mut Typed| !is_simple(&arg.expr) || behind && matches!(arg.expr.kind, ExprKind::Var(_));
                for arg in args.iter_mut().filter(kept) {
                    let (declared, mention) = self.hidden(arg.expr.clone(), arg.ty);
                    before.push(declared);
                    arg.expr = mention;
                }
            }
        }
        let place = match own {
            None => self.place(root),
            Some(_) => None,
        };
        let mut subscripts = Vec::new();
        let mut inside = true;
        for (number, (step, args)) in left.iter().zip(args).enumerate() {
            let here = match (place, inside) {
                (Some(var), true) => Some((var, left[..number].to_vec(), subscripts.clone())),
                _ => None,
            };
            match step {
                Step::Index(..) => subscripts.extend(args.iter().map(|arg| arg.expr.clone())),
                Step::Property(..) => {}
                Step::Method(..) => inside = false,
            }
            if let (Some((closure, _)), 0, Step::Method(_, position)) = (&called, number, step) {
                value = self.call_closure(closure, args, &mut before, *position)?;
                if value.ty == Ty::Never {
                    // what comes behind does not
                    let made = self.after(before, value, *position);
                    return Ok(self.marked(made, *position));
                }
                continue;
            }
            if let (Some((call, closure)), Step::Method(_, position)) = (self.closure_step(step), step) {
                if self.world.defines(&call.name) {
                    return leave(format!("the method `{}`", call.name));
                }
                let place = here.filter(|(_, inside, _)| inside.is_empty()).map(|(var, ..)| var);
                value = self.with_closure((call, &closure), value, args, (root, place), &mut before, *position)?;
                continue;
            }
            value = match step {
                Step::Index(subscript, _) if let Some((range, _)) = range_text(subscript, 1) => {
                    if value.ty != Ty::String || !only_looked_at(&left[number + 1..]) {
                        return leave("a range as subscript of what may be no string, or is changed");
                    }
                    let values = [value].into_iter().chain(args).collect();
                    let position = subscript.start_position();
                    let made = self.operation(format!("a[{range}]"), values, position);
                    self.surely(made, Ty::String, position)
                }
                Step::Index(subscript, _) if value.ty == Ty::String && args.iter().all(|arg| arg.ty == Ty::Integer) => {
                    let values = [value].into_iter().chain(args).collect();
                    self.rhai_function("[]", values, subscript.start_position())?
                }
                Step::Property(name, position)
                    if let Some(native) = value.ty.native().and_then(|ty| native(name, &[ty]))
                        && native.is_property() =>
                {
                    self.applied(native, vec![value], *position)
                }
                Step::Method(call, position) => {
                    let name = call.name.as_str();
                    if !call.namespace.is_empty() || self.world.defines(name) {
                        return leave(format!("the method `{name}`"));
                    }
                    let types: Option<Vec<_>> = [&value].into_iter().chain(&args).map(|arg| arg.ty.native()).collect();
                    match types.and_then(|types| native(name, &types)) {
                        Some(native) => {
                            let values = [value].into_iter().chain(args).collect();
                            self.applied(native, values, *position)
                        }
                        None => self.step(value, step, args, here, &mut before)?,
                    }
                }
                _ => self.step(value, step, args, here, &mut before)?,
            };
        }
        Ok(self.after(before, value, expr.position()))
    }

    /// How many dimensions an array of the language has that an expression is.
    fn dims_of(&self, expr: &Expr) -> Option<usize> {
        let Expr::Variable(variable, ..) = expr else {
            return None;
        };
        if !variable.2.is_empty() || self.local(&variable.1).is_some() {
            return None;
        }
        let var = self.outer(&variable.1)?;
        Some(types::dims(&self.vars[var.0 as usize].ty)).filter(|&dims| dims > 0)
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

    /// Calls one of rhai's functions whose arguments are evaluated in order.
    pub(super) fn rhai_function(&mut self, name: &str, args: Vec<Typed>, position: Position) -> Walked<Typed> {
        if args.iter().any(|arg| fold::assigns_any(&arg.expr)) {
            return leave("an argument that assigns");
        }
        match native_of(name, &args) {
            Some(native) => Ok(self.applied(native, args, position)),
            None => self.any_function(name, false, args, None, &mut Vec::new(), position),
        }
    }

    pub(super) fn applied(&self, native: Native, args: Vec<Typed>, position: Position) -> Typed {
        let native = match native {
            Native::MaxInteger if planted(14) => Native::MinInteger,
            _ => native,
        };
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
        let operands = [low, high, x.expr];
        let assigns = operands.each_ref().map(fold::assigns_any);
        for (number, part) in operands.into_iter().enumerate() {
            // what a later one assigns must be looked at before
            let stays = !matches!(part.kind, ExprKind::Var(_)) || !assigns[number + 1..].contains(&true);
            parts.push(if is_simple(&part) && stays {
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

/// Whether none of the steps that follow a part of a string changes it.
fn only_looked_at(steps: &[Step<'_>]) -> bool {
    steps.iter().all(|step| match step {
        Step::Method(call, _) => known(&call.name) == Some(false),
        _ => true,
    })
}

/// Whether all that is evaluated in an element are variables and constants.
fn only_simple(e: &Tree) -> bool {
    match &e.kind {
        ExprKind::Element(_, subscripts) => subscripts.iter().all(is_simple),
        _ => is_simple(e),
    }
}

/// The function of a name for arguments.
pub(super) fn native_of(name: &str, args: &[Typed]) -> Option<Native> {
    let types: Option<Vec<_>> = args.iter().map(|arg| arg.ty.native()).collect();
    native(name, &types?)
}

/// The function of a name for types of arguments.
fn native(name: &str, types: &[NativeType]) -> Option<Native> {
    let mut all = Native::ALL.iter().copied();
    all.find(|native| native.name() == name && native.args() == types)
}
