//! Expressions of rhai.

use super::Walk;
use crate::analysis::{Inferred, infer, known};
use rhai::{ASTFlags, Dynamic, Expr, FnCallExpr, Position, Stmt};

impl Walk<'_> {
    /// Walks an expression; the type of its value.
    pub(super) fn expr(&mut self, expr: &Expr) -> Inferred {
        match expr {
            Expr::IntegerConstant(..) => Inferred::Integer,
            Expr::FloatConstant(..) => Inferred::Real,
            Expr::BoolConstant(..) => Inferred::Boolean,
            Expr::CharConstant(..) => Inferred::Character,
            Expr::StringConstant(..) => Inferred::String,
            Expr::Unit(_) => Inferred::Unit,
            Expr::DynamicConstant(value, _) => {
                if self.closure(value, 0) {
                    Inferred::Unknown
                } else {
                    constant(value)
                }
            }
            Expr::InterpolatedString(parts, _) => {
                for part in parts {
                    self.expr(part);
                }
                Inferred::String
            }
            Expr::Array(items, _) => {
                let types: Vec<Inferred> = items.iter().map(|item| self.expr(item)).collect();
                let element = types.into_iter().reduce(Inferred::or).unwrap_or_default();
                Inferred::Array(Box::new(element))
            }
            Expr::Map(parts, _) => {
                for (_, value) in &parts.0 {
                    self.expr(value);
                }
                Inferred::Unknown
            }
            Expr::Variable(..) => self.variable(expr, true, false),
            Expr::Stmt(block) => self.block(block),
            Expr::FnCall(call, position) => self.function_call(call, *position),
            Expr::Index(..) | Expr::Dot(..) => self.chain(expr, false),
            Expr::And(parts, _) | Expr::Or(parts, _) => {
                for part in parts.iter() {
                    self.expr(part);
                }
                Inferred::Boolean
            }
            Expr::Coalesce(parts, _) => {
                for part in parts.iter() {
                    self.expr(part);
                }
                Inferred::Unknown
            }
            _ => Inferred::Unknown,
        }
    }

    /// A block as an expression. A closure that captures variables looks like one: it shares them, then calls `curry`.
    fn block(&mut self, block: &rhai::StmtBlock) -> Inferred {
        if let [Stmt::Share(_), Stmt::Expr(inner)] = block.statements()
            && let Expr::FnCall(curry, _) = &**inner
            && let Some(Expr::DynamicConstant(value, _)) = curry.args.first()
            && self.closure(value, curry.args.len() - 1)
        {
            return Inferred::Unknown;
        }
        self.statements(block.iter())
    }

    /// A function called by its name, or an operator.
    pub(super) fn function_call(&mut self, call: &FnCallExpr, position: Position) -> Inferred {
        let this_writes = self.this_writes;
        let rest: Vec<Inferred> = call.args.iter().skip(1).map(|arg| self.expr(arg)).collect();
        let operator = call.op_token.is_some();
        let own = !operator
            && call.namespace.is_empty()
            && !self.is_defined(&call.name)
            && (self.defined)(&call.name).is_none();
        let first = match call.args.first() {
            // rhai's own functions get a variable itself as their first argument
            Some(first @ Expr::Variable(..)) if own => {
                let ty = self.peek(first);
                let split = call.name == "split" && ty == Inferred::String;
                let native = self.functions.known(&call.name, call.args.len());
                let writes = known::changes(&call.name) && !split
                    || self.this_writes > this_writes
                    || native.is_some_and(|native| native.changes);
                self.variable(first, true, writes)
            }
            Some(first) => self.expr(first),
            None => Inferred::Unknown,
        };
        self.call(call, position, false);
        match (operator, rest.as_slice()) {
            (true, [second]) => infer::binary(&call.name, &first, second),
            (true, []) => infer::unary(&call.name, &first),
            (false, [_]) if own && self.is_in(position) => Inferred::Boolean,
            _ if own => self.result(&call.name, call.args.len(), &first),
            _ => Inferred::Unknown,
        }
    }

    /// The type of a call of a function of rhai or of the application.
    fn result(&self, name: &str, args: usize, on: &Inferred) -> Inferred {
        match self.functions.known(name, args) {
            // there may be both, for different types
            Some(_) if known::is_own(name) => Inferred::Unknown,
            Some(known) => known.result,
            None => infer::function(name, args, on),
        }
    }

    /// Whether the operator `in`, which rhai has as a call of `contains`, stands at a place.
    fn is_in(&self, position: Position) -> bool {
        self.places
            .offset(position)
            .and_then(|start| self.tokens.text[start..].strip_prefix("in"))
            .is_some_and(|rest| !rest.starts_with(|c: char| c.is_alphanumeric() || c == '_'))
    }

    pub(super) fn is_defined(&self, name: &str) -> bool {
        self.bodies.contains_key(name)
    }

    /// The type of a variable, without noting the mention.
    fn peek(&self, expr: &Expr) -> Inferred {
        let Expr::Variable(variable, ..) = expr else {
            return Inferred::Unknown;
        };
        match self.local(&variable.1) {
            Some(local) => local.ty.clone(),
            None => (self.types)(&variable.1),
        }
    }

    /// `a[i].b.c(d)…`, which the tree has nested to the right; `assigned` if it is the target of an assignment.
    pub(super) fn chain(&mut self, expr: &Expr, assigned: bool) -> Inferred {
        let (Expr::Index(parts, flags, _) | Expr::Dot(parts, flags, _)) = expr else {
            return self.expr(expr);
        };
        let root = &parts.lhs;
        let mut ty = match root {
            Expr::Variable(..) => self.peek(root),
            Expr::ThisPtr(_) => Inferred::Unknown,
            other => self.expr(other),
        };
        let mut changes = assigned;
        let (mut indexing, mut flags, mut rest) = (matches!(expr, Expr::Index(..)), *flags, &parts.rhs);
        loop {
            // one step, and the chain that goes on behind it
            let (step, next) = match rest {
                Expr::Index(parts, next, _) if !flags.intersects(ASTFlags::BREAK) => {
                    (&parts.lhs, Some((true, *next, &parts.rhs)))
                }
                Expr::Dot(parts, next, _) if !flags.intersects(ASTFlags::BREAK) => {
                    (&parts.lhs, Some((false, *next, &parts.rhs)))
                }
                last => (last, None),
            };
            ty = if indexing {
                let index = self.expr(step);
                if ty == Inferred::String && index != Inferred::Integer {
                    Inferred::Unknown
                } else {
                    ty.element()
                }
            } else {
                self.member(step, &ty, &mut changes)
            };
            match next {
                Some(next) => (indexing, flags, rest) = next,
                None => break,
            }
        }
        match root {
            Expr::Variable(..) => {
                let sure = self.variable(root, true, changes) != Inferred::Unknown;
                if sure { ty } else { Inferred::Unknown }
            }
            Expr::ThisPtr(_) => {
                self.this_writes += usize::from(changes);
                Inferred::Unknown
            }
            _ => ty,
        }
    }

    /// A property or method of a value of type `on`.
    fn member(&mut self, step: &Expr, on: &Inferred, changes: &mut bool) -> Inferred {
        match step {
            Expr::MethodCall(call, position) => {
                let this_writes = self.this_writes;
                for arg in &call.args {
                    self.expr(arg);
                }
                let this_written = self.this_writes > this_writes;
                *changes |= self.changes_receiver(&call.name, call.args.len() + 1, on, this_written);
                self.call(call, *position, true);
                if self.is_defined(&call.name) || (self.defined)(&call.name).is_some() {
                    Inferred::Unknown
                } else {
                    self.result(&call.name, call.args.len() + 1, on)
                }
            }
            Expr::Property(..) => Inferred::Unknown,
            other => {
                self.expr(other);
                Inferred::Unknown
            }
        }
    }
}

/// The type of a literal that rhai has folded.
fn constant(value: &Dynamic) -> Inferred {
    if let Ok(items) = value.as_array_ref() {
        return Inferred::Array(Box::new(
            items.iter().map(constant).reduce(Inferred::or).unwrap_or_default(),
        ));
    }
    match value {
        value if value.is_int() => Inferred::Integer,
        value if value.is_float() => Inferred::Real,
        value if value.is_bool() => Inferred::Boolean,
        value if value.is_char() => Inferred::Character,
        value if value.is_string() => Inferred::String,
        _ => Inferred::Unknown,
    }
}
