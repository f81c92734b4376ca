//! What is checked on the resolved tree as a whole: shared variables (and with them how a process takes what it
//! mentions of its encloser), and who can meet whom.
//!
//! | file | holds |
//! |---|---|
//! | `mentions.rs` | which outer variables each process mentions, with which subscripts |
//! | `disjoint.rs` | no process mentions what another may assign |
//! | `apart.rs` | whether elements surely differ: boxes of subscripts and a sweep over them |
//! | `capture.rs` | how a process takes an array and hands it back |
//! | `speech.rs` | what each process says to whom, instances included |
//! | `meet.rs` | what nothing could ever meet |
//! | `unmet.rs` | what is said of it |
//! | `shape.rs` | which shapes agree, and why others do not |

mod apart;
mod capture;
mod disjoint;
mod meet;
mod mentions;
mod shape;
mod speech;
#[cfg(test)]
mod tests;
mod unmet;

use super::tree::{CheckedProgram, Expr, ExprKind};
use hydra_bytecode::{BinOp, Const, report::Report};

/// Disjointness (sets the capture modes) and communications. Reports are in the order of their places, one for a place.
pub fn run(program: &mut CheckedProgram) -> Vec<Report> {
    let mut reports = Vec::new();
    let found = disjoint::check(program, &mut reports);
    capture::set_modes(program, &found);
    meet::check(program, &mut reports);
    reports.sort_by_key(|report| (report.span, report.code));
    reports.dedup_by_key(|report| (report.span, report.code.get(..3)));
    reports
}

/// How deep a constant expression may be; a deeper one counts as unknown.
const CONSTANT_DEPTH: u32 = 200;

/// The value of an integer expression, where it is known.
fn constant(expr: &Expr) -> Option<i64> {
    fn value(expr: &Expr, depth: u32) -> Option<i64> {
        let depth = depth.checked_sub(1)?;
        match &expr.kind {
            ExprKind::Const(Const::Integer(n)) => Some(*n),
            ExprKind::Negate(inner) => value(inner, depth)?.checked_neg(),
            ExprKind::Arithmetic(op, left, right) => {
                let (left, right) = (value(left, depth)?, value(right, depth)?);
                match op {
                    BinOp::Add => left.checked_add(right),
                    BinOp::Sub => left.checked_sub(right),
                    BinOp::Mul => left.checked_mul(right),
                    BinOp::Div => left.checked_div(right),
                    BinOp::Rem => left.checked_rem(right),
                }
            }
            _ => None,
        }
    }
    value(expr, CONSTANT_DEPTH)
}
