//! Operators of rhai on values whose types are known.

use super::types::Ty;
use super::walk::{Typed, Walk, Walked, leave};
use crate::check::script::{BitOp, Script};
use crate::check::tree::{Expr, ExprKind};
use crate::plants::planted;
use hydra_bytecode::{BinOp, CmpOp};
use rhai::Position;

impl Walk<'_> {
    /// `op a`
    pub(super) fn unary(&mut self, op: &str, a: Typed, position: Position) -> Walked<Typed> {
        match (op, a.ty) {
            ("!", Ty::Boolean) => Ok(self.make(ExprKind::Not(a.expr.into()), Ty::Boolean, position)),
            ("-", Ty::Real) if planted(16) => Ok(a),
            ("-", ty @ (Ty::Integer | Ty::Real)) => Ok(self.make(ExprKind::Negate(a.expr.into()), ty, position)),
            ("+", Ty::Integer | Ty::Real) => Ok(a),
            ("!" | "-" | "+", Ty::Any) => Ok(self.operation(format!("{op}a"), vec![a], position)),
            (_, ty) => leave(format!("`{op}` of {}", ty.name())),
        }
    }

    /// `a op b`
    pub(super) fn binary(&mut self, op: &str, a: Typed, b: Typed, position: Position) -> Walked<Typed> {
        if a.ty == Ty::Never || b.ty == Ty::Never {
            return leave(format!("an operand of `{op}` has no value"));
        }
        let unknown = || leave(format!("`{op}` of {} and {}", a.ty.name(), b.ty.name()));
        let made = match op {
            "+" if a.ty == Ty::String || b.ty == Ty::String => {
                if a.ty == Ty::Any || b.ty == Ty::Any {
                    return Ok(self.operation("a + b", vec![a, b], position));
                } else {
                    return Ok(self.joined(a, b, position));
                }
            }
            "+" if a.ty == Ty::Character && b.ty == Ty::Character => return Ok(self.joined(a, b, position)),
            "-" if a.ty == Ty::String && matches!(b.ty, Ty::String | Ty::Character) => {
                ExprKind::Arithmetic(BinOp::Sub, a.expr.into(), b.expr.into())
            }
            "+" | "-" | "*" | "/" | "%" => return self.arithmetic(op, a, b, position),
            "**" => return self.power(a, b, position),
            "==" | "!=" | "<" | "<=" | ">" | ">=" => {
                let loose = |ty: Ty| matches!(ty, Ty::Any | Ty::Array);
                if loose(a.ty) || loose(b.ty) {
                    let compared = self.operation(format!("a {op} b"), vec![a, b], position);
                    return Ok(self.surely(compared, Ty::Boolean, position));
                }
                let op = match op {
                    "==" => CmpOp::Eq,
                    "!=" => CmpOp::Ne,
                    "<" if planted(1) && a.ty == Ty::String => CmpOp::Le,
                    "<" => CmpOp::Lt,
                    "<=" => CmpOp::Le,
                    ">" => CmpOp::Gt,
                    ">=" if planted(0) && a.ty.is_number() => CmpOp::Gt,
                    _ => CmpOp::Ge,
                };
                let kind = ExprKind::Compare(op, a.expr.into(), b.expr.into());
                return Ok(self.make(kind, Ty::Boolean, position));
            }
            "<<" | ">>" | "&" | "|" | "^" => {
                let bits = match op {
                    "<<" if planted(2) => BitOp::Right,
                    "<<" => BitOp::Left,
                    ">>" => BitOp::Right,
                    "&" => BitOp::And,
                    "|" => BitOp::Or,
                    _ => BitOp::Xor,
                };
                let shifts = matches!(bits, BitOp::Left | BitOp::Right);
                return match (a.ty, b.ty) {
                    (Ty::Integer, Ty::Integer) => {
                        Ok(self.script(Script::Bits(bits, a.expr, b.expr), Ty::Integer, position))
                    }
                    (Ty::Boolean, Ty::Boolean) if !shifts => {
                        Ok(self.script(Script::Bits(bits, a.expr, b.expr), Ty::Boolean, position))
                    }
                    (Ty::Any, _) | (_, Ty::Any) => Ok(self.operation(format!("a {op} b"), vec![a, b], position)),
                    _ => unknown(),
                };
            }
            _ => return leave(format!("the operator `{op}`")),
        };
        Ok(self.make(made, Ty::String, position))
    }

    fn arithmetic(&mut self, op: &str, a: Typed, b: Typed, position: Position) -> Walked<Typed> {
        let loose = |ty: Ty| matches!(ty, Ty::Any | Ty::Array);
        let any = loose(a.ty) || loose(b.ty);
        // what does not fit fails as rhai has it
        if any || !a.ty.is_number() || !b.ty.is_number() {
            return Ok(self.operation(format!("a {op} b"), vec![a, b], position));
        }
        let op = match op {
            "+" => BinOp::Add,
            "-" => BinOp::Sub,
            "*" => BinOp::Mul,
            "/" => BinOp::Div,
            _ => BinOp::Rem,
        };
        let ty = number(a.ty, b.ty);
        let kind = ExprKind::Arithmetic(op, a.expr.into(), b.expr.into());
        let position = if planted(19) { Position::new(1, 1) } else { position };
        Ok(self.make(kind, ty, position))
    }

    fn power(&mut self, a: Typed, b: Typed, position: Position) -> Walked<Typed> {
        if a.ty == Ty::Any || b.ty == Ty::Any {
            return Ok(self.operation("a ** b", vec![a, b], position));
        }
        if !a.ty.is_number() || !b.ty.is_number() {
            return leave(format!("`**` of {} and {}", a.ty.name(), b.ty.name()));
        }
        let ty = number(a.ty, b.ty);
        if planted(15) && ty == Ty::Integer {
            let kind = ExprKind::Arithmetic(BinOp::Mul, a.expr.into(), b.expr.into());
            return Ok(self.make(kind, ty, position));
        }
        Ok(self.script(Script::Power(a.expr, b.expr), ty, position))
    }

    /// The texts of two values, of which one is text. Texts that are joined to it further are put into the same list.
    fn joined(&mut self, a: Typed, b: Typed, position: Position) -> Typed {
        let mut list = match (a.ty, a.expr) {
            (
                Ty::String,
                Expr {
                    kind: ExprKind::Script(script),
                    ty,
                    span,
                },
            ) => match *script {
                Script::Join(list) if list.len() < JOINED_MAX => list,
                other => vec![Expr {
                    kind: ExprKind::Script(Box::new(other)),
                    ty,
                    span,
                }],
            },
            (_, expr) => vec![expr],
        };
        match planted(10) {
            true => list.insert(0, b.expr),
            false => list.push(b.expr),
        }
        self.script(Script::Join(list), Ty::String, position)
    }
}

/// How many values one instruction joins.
pub(super) const JOINED_MAX: usize = 100;

/// The type of a number that is made of two.
fn number(a: Ty, b: Ty) -> Ty {
    if a == Ty::Integer && b == Ty::Integer {
        Ty::Integer
    } else {
        Ty::Real
    }
}
