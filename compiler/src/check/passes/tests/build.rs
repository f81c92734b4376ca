//! Builds checked trees by hand.

use crate::check::tree::*;
use hydra_bytecode::{Const, Span};

/// The place of line `n`.
pub(super) fn at(n: u32) -> Span {
    Span::new(0, n, n + 1)
}

fn expr(kind: ExprKind, ty: Type, line: u32) -> Expr {
    Expr {
        kind,
        ty,
        span: at(line),
    }
}

/// An integer.
pub(super) fn int(n: i64) -> Expr {
    expr(ExprKind::Const(Const::Integer(n)), Type::Integer, 0)
}

/// A value of a type that nothing else is known of.
pub(super) fn some(ty: Type) -> Expr {
    expr(ExprKind::Fragment(Fragment::default()), ty, 0)
}

/// `v`
pub(super) fn var(v: VarId, line: u32) -> Expr {
    expr(ExprKind::Var(v), Type::Integer, line)
}

/// `v(subscripts)`
pub(super) fn element(v: VarId, subscripts: &[Expr], line: u32) -> Expr {
    expr(ExprKind::Element(v, subscripts.to_vec()), Type::Integer, line)
}

fn command(kind: CommandKind, line: u32) -> Command {
    Command { kind, span: at(line) }
}

/// `v := value`
pub(super) fn set(v: VarId, value: Expr, line: u32) -> Command {
    command(CommandKind::Assign(Target::Var(v, at(line)), value), line)
}

/// `v(subscripts) := value`
pub(super) fn put(v: VarId, subscripts: &[Expr], value: Expr, line: u32) -> Command {
    command(
        CommandKind::Assign(Target::Element(v, subscripts.to_vec(), at(line)), value),
        line,
    )
}

/// A name for a sibling (depth 0), or for a process further out.
pub(super) fn label(depth: u16, family: u32, subscripts: &[Expr]) -> Port {
    let partner = Partner::Label { depth, family };
    Port {
        partner,
        name: String::new(),
        subscripts: subscripts.to_vec(),
        span: at(0),
    }
}

/// A name for a formal.
pub(super) fn formal(name: u32) -> Port {
    Port {
        partner: Partner::Formal(name),
        name: String::new(),
        subscripts: Vec::new(),
        span: at(0),
    }
}

/// `port ! value`
pub(super) fn output(port: Port, value: Expr, line: u32) -> Command {
    command(CommandKind::Output(port, value), line)
}

/// `port ? v`
pub(super) fn input(port: Port, v: VarId, line: u32) -> Command {
    command(CommandKind::Input(port, Target::Var(v, at(line))), line)
}

/// `*[ port ? v -> skip ]`
pub(super) fn guard(port: Port, target: Target, line: u32) -> Command {
    let last = GuardEnd::Input(port, target, at(line));
    let guarded = Guarded {
        ranges: Vec::new(),
        conditions: Vec::new(),
        last,
        body: Vec::new(),
        span: at(line),
    };
    let choose = Choose {
        pri: false,
        repeat: true,
        guarded: vec![guarded],
        otherwise: None,
    };
    command(CommandKind::Choose(choose), line)
}

/// `*(v:low..high)[ body ]`
pub(super) fn count(v: VarId, low: i64, high: i64, body: Vec<Command>) -> Command {
    let range = Range {
        var: v,
        low: int(low),
        high: int(high),
        span: at(0),
    };
    command(CommandKind::Count(vec![range], body), 0)
}

/// An instance.
pub(super) fn instance(definition: u32, actuals: Vec<Actual>, line: u32) -> Command {
    command(CommandKind::Instance(DefId(definition), actuals), line)
}

/// A parallel command.
pub(super) fn parallel(families: &[(&str, u8)], processes: Vec<Process>) -> Command {
    let families = families.iter().map(|(name, dims)| (name.to_string(), *dims)).collect();
    command(CommandKind::Parallel(Parallel { families, processes }), 0)
}

/// A process without a label.
pub(super) fn anonymous(routine: Routine) -> Process {
    Process { label: None, routine }
}

/// A process with a label: each subscript with its bounds, and the variable if it is a range.
pub(super) fn process(family: u32, subscripts: &[(i64, i64, Option<VarId>)], line: u32, routine: Routine) -> Process {
    let subscript = |&(low, high, var): &(i64, i64, Option<VarId>)| LabelSubscript {
        low: int(low),
        high: var.map(|_| int(high)),
        var,
    };
    let subscripts = subscripts.iter().map(subscript).collect();
    Process {
        label: Some(Label {
            family,
            subscripts,
            span: at(line),
        }),
        routine,
    }
}

/// A routine with these variables.
pub(super) fn routine(vars: &[(&str, Type, VarKind)], body: Vec<Command>) -> Routine {
    let var = |(name, ty, kind): &(&str, Type, VarKind)| Var {
        name: name.to_string(),
        ty: ty.clone(),
        span: at(0),
        kind: kind.clone(),
        bounds: Vec::new(),
        assigned: false,
    };
    Routine {
        vars: vars.iter().map(var).collect(),
        body,
        ..Routine::default()
    }
}

/// An array of integers.
pub(super) fn array(dimensions: u8) -> Type {
    Type::Array(dimensions, Box::new(Type::Integer))
}

/// A captured variable.
pub(super) fn captured(outer: u32) -> VarKind {
    VarKind::Captured {
        outer: VarId(outer),
        mode: CaptureMode::Whole,
    }
}
