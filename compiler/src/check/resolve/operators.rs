//! Operators: what they take, what they make, and their value where it is constant.

use super::text::type_name;
use super::{Resolver, fold, types};
use crate::check::tree::{Expr, ExprKind, Type};
use crate::syntax::ast::{BinaryOp, UnaryOp};
use hydra_bytecode::{BinOp, CmpOp, Const, Span, report::Report};

/// The type of `a op b` in rhai; `None` if it surely fails.
fn arithmetic(op: BinOp, a: &Type, b: &Type) -> Option<Type> {
    use Type::{Any, Array, Character, Integer, Real, String};
    Some(match (a, b) {
        (String, _) if op == BinOp::Add => String,
        (Any, _) | (_, Any) => Any,
        (Integer, Integer) => Integer,
        (Integer | Real, Integer | Real) => Real,
        (_, String) | (Character, Character) if op == BinOp::Add => String,
        (String, String | Character) if op == BinOp::Sub => String,
        (Array(..), Array(..)) if op == BinOp::Add => Any,
        _ => return None,
    })
}

/// Whether two values may be compared: they have the same type, or are integer and real, or one is not known.
fn comparable(a: &Type, b: &Type) -> bool {
    types::fits(a, b) || types::fits(b, a) || {
        match (a, b) {
            (Type::Struct(m, a), Type::Struct(n, b)) => {
                m == n && a.len() == b.len() && a.iter().zip(b).all(|(a, b)| comparable(a, b))
            }
            _ => false,
        }
    }
}

impl Resolver<'_> {
    /// `-e`, `not e`
    pub(super) fn unary(&mut self, op: UnaryOp, operand: Expr, span: Span) -> Expr {
        if self.is_broken(&operand) {
            return self.broken(span);
        }
        let empty = self.is_empty_value(&operand);
        match op {
            UnaryOp::Negate => {
                if empty || !matches!(operand.ty, Type::Integer | Type::Real | Type::Any) {
                    let message = format!(
                        "type mismatch: `-` takes an integer or a real, this is {}",
                        self.found(&operand)
                    );
                    self.report(Report::error("H0302", operand.span, message));
                    return self.broken(span);
                }
                if let ExprKind::Const(value) = &operand.kind
                    && let Some(value) = fold::negate(value)
                {
                    return Expr {
                        kind: ExprKind::Const(value),
                        ty: operand.ty,
                        span,
                    };
                }
                let ty = operand.ty.clone();
                Expr {
                    kind: ExprKind::Negate(Box::new(operand)),
                    ty,
                    span,
                }
            }
            UnaryOp::Not => {
                if empty || !matches!(operand.ty, Type::Boolean | Type::Any) {
                    let message = format!("type mismatch: `not` takes a boolean, this is {}", self.found(&operand));
                    self.report(Report::error("H0302", operand.span, message));
                    return self.broken(span);
                }
                if let ExprKind::Const(Const::Boolean(b)) = operand.kind {
                    return Expr {
                        kind: ExprKind::Const(Const::Boolean(!b)),
                        ty: Type::Boolean,
                        span,
                    };
                }
                Expr {
                    kind: ExprKind::Not(Box::new(operand)),
                    ty: Type::Boolean,
                    span,
                }
            }
        }
    }

    /// `a op b`
    pub(super) fn binary(&mut self, op: BinaryOp, a: Expr, b: Expr, span: Span) -> Expr {
        if self.is_broken(&a) || self.is_broken(&b) {
            return self.broken(span);
        }
        match op {
            BinaryOp::Arithmetic(op) => self.arithmetic(op, a, b, span),
            BinaryOp::Compare(op) => self.compare(op, a, b, span),
            BinaryOp::And | BinaryOp::Or => self.logical(op, a, b, span),
        }
    }

    fn arithmetic(&mut self, op: BinOp, a: Expr, b: Expr, span: Span) -> Expr {
        let Some(ty) = arithmetic(op, &a.ty, &b.ty) else {
            let message = format!(
                "type mismatch: `{}` cannot be applied to {} and {}",
                op.symbol(),
                type_name(&a.ty),
                type_name(&b.ty)
            );
            let mut report = Report::error("H0302", span, message);
            if op == BinOp::Add && (a.ty == Type::Character || b.ty == Type::Character) {
                report = report.help("`\"\" + c` makes a string of a character");
            }
            self.report(report);
            return self.broken(span);
        };
        if let (ExprKind::Const(x), ExprKind::Const(y)) = (&a.kind, &b.kind)
            && let Some(value) = fold::arithmetic(op, x, y)
        {
            return Expr {
                kind: ExprKind::Const(value),
                ty,
                span,
            };
        }
        Expr {
            kind: ExprKind::Arithmetic(op, Box::new(a), Box::new(b)),
            ty,
            span,
        }
    }

    fn compare(&mut self, op: CmpOp, a: Expr, b: Expr, span: Span) -> Expr {
        let equality = matches!(op, CmpOp::Eq | CmpOp::Ne);
        let order = |ty: &Type| !matches!(ty, Type::Array(..) | Type::Struct(..));
        if !comparable(&a.ty, &b.ty) {
            let message = format!(
                "type mismatch: {} is compared with {}",
                type_name(&a.ty),
                type_name(&b.ty)
            );
            let mut report = Report::error("H0303", span, message);
            if matches!(
                (&a.ty, &b.ty),
                (Type::Character, Type::String) | (Type::String, Type::Character)
            ) {
                report = report.help("a character is written with single quotes, a string with double quotes");
            }
            self.report(report);
        } else if !(equality || order(&a.ty) && order(&b.ty)) {
            let ty = if order(&a.ty) { &b.ty } else { &a.ty };
            let message = format!(
                "type mismatch: {} has no order; only `=` and `<>` compare it",
                type_name(ty)
            );
            self.report(Report::error("H0303", span, message));
        } else if let (ExprKind::Const(x), ExprKind::Const(y)) = (&a.kind, &b.kind)
            && let Some(value) = fold::compare(op, x, y)
        {
            return Expr {
                kind: ExprKind::Const(Const::Boolean(value)),
                ty: Type::Boolean,
                span,
            };
        }
        Expr {
            kind: ExprKind::Compare(op, Box::new(a), Box::new(b)),
            ty: Type::Boolean,
            span,
        }
    }

    fn logical(&mut self, op: BinaryOp, a: Expr, b: Expr, span: Span) -> Expr {
        let word = if op == BinaryOp::And { "and" } else { "or" };
        for operand in [&a, &b] {
            if self.is_empty_value(operand) || !matches!(operand.ty, Type::Boolean | Type::Any) {
                let message = format!(
                    "type mismatch: `{word}` takes booleans, this is {}",
                    self.found(operand)
                );
                self.report(Report::error("H0302", operand.span, message));
            }
        }
        if let (ExprKind::Const(Const::Boolean(x)), ExprKind::Const(Const::Boolean(y))) = (&a.kind, &b.kind) {
            let value = if op == BinaryOp::And { *x && *y } else { *x || *y };
            return Expr {
                kind: ExprKind::Const(Const::Boolean(value)),
                ty: Type::Boolean,
                span,
            };
        }
        let (a, b) = (Box::new(a), Box::new(b));
        let kind = if op == BinaryOp::And {
            ExprKind::And(a, b)
        } else {
            ExprKind::Or(a, b)
        };
        Expr {
            kind,
            ty: Type::Boolean,
            span,
        }
    }
}
