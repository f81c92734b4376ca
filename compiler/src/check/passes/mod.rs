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
//! | `streams.rs` | what definitions say to the standard streams that are handed to them |
//! | `shape.rs` | which shapes agree, and why others do not |

mod apart;
mod capture;
mod disjoint;
mod meet;
mod mentions;
mod shape;
mod speech;
pub(super) mod streams;
#[cfg(test)]
mod tests;
mod unmet;

use super::tree::{CheckedProgram, Expr, ExprKind};
use hydra_bytecode::{BinOp, Const, Span, report::Report};

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

/// What can be said of a program that has errors already: what surely does not follow from them.
pub(super) fn run_partly(program: &CheckedProgram, known: &[Report]) -> Vec<Report> {
    let wrong: Vec<&Report> = known.iter().filter(|report| report.is_error()).collect();
    let mut reports = Vec::new();
    disjoint::check(program, &mut reports);
    // where a process name is wrong, a communication is missing
    if wrong.iter().all(|report| !PROCESS_NAMES.contains(&report.code)) {
        meet::check(program, &mut reports);
    }
    let hit = |place: Span| {
        let mut errors = wrong.iter().filter_map(|report| report.span);
        errors.any(|at| at.file == place.file && at.start < place.end && place.start < at.end)
    };
    reports.retain(|report| {
        let places = report.notes.iter().filter_map(|note| note.span).chain(report.span);
        report.is_error() && !places.into_iter().any(hit)
    });
    reports.sort_by_key(|report| (report.span, report.code));
    reports.dedup_by_key(|report| (report.span, report.code.get(..3)));
    reports
}

/// Codes of errors about process names, labels and instances.
const PROCESS_NAMES: [&str; 10] = [
    "H0204", "H0205", "H0206", "H0207", "H0208", "H0209", "H0210", "H0211", "H0214", "H0215",
];

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
