//! Finds what stands somewhere in a routine.

use super::{fold, types};
use crate::check::script::Script;
use crate::check::tree::*;
use std::cell::RefCell;
use std::collections::BTreeSet;

/// Whether a fragment of the routine, or of one within it, mentions the variable.
pub(super) fn in_fragment(routine: &Routine, var: VarId) -> bool {
    let mentions = |fragment: &Fragment| fragment.vars.iter().any(|mention| mention.var == var);
    let captures = |process: &Process| {
        let vars = process.routine.vars.iter().enumerate();
        let mut captured = vars.filter(|(_, inner)| match inner.kind {
            VarKind::Captured { outer, .. } => outer == var,
            _ => false,
        });
        captured.any(|(inner, _)| in_fragment(&process.routine, VarId(inner as u32)))
    };
    let search = Search {
        routine,
        part: &|part| match &part.kind {
            ExprKind::Fragment(fragment) => mentions(fragment),
            ExprKind::Script(script) => matches!(&**script, Script::Checked(both) if mentions(&both.0)),
            _ => false,
        },
        fragment: &mentions,
        process: &captures,
    };
    search.commands(&routine.body)
}

/// The params of scalar types that a command of the routine reads, but for those that only processes within it read.
pub(super) fn params(routine: &Routine, command: &Command) -> BTreeSet<u32> {
    let found = RefCell::new(BTreeSet::new());
    let search = Search {
        routine,
        part: &|part| {
            if let ExprKind::Param(param) = part.kind
                && types::kind(&part.ty).is_some()
            {
                found.borrow_mut().insert(param);
            }
            false
        },
        fragment: &|_| false,
        process: &|_| false,
    };
    search.command(command);
    found.into_inner()
}

/// Looks at what stands in commands until something is found.
struct Search<'t> {
    routine: &'t Routine,
    /// A part of an expression.
    part: &'t dyn Fn(&Expr) -> bool,
    /// A fragment that is a command.
    fragment: &'t dyn Fn(&Fragment) -> bool,
    /// A process of a parallel command, whose subscripts are looked at besides.
    process: &'t dyn Fn(&Process) -> bool,
}

impl Search<'_> {
    fn commands(&self, list: &[Command]) -> bool {
        list.iter().any(|command| self.command(command))
    }

    fn command(&self, command: &Command) -> bool {
        match &command.kind {
            CommandKind::Skip => false,
            CommandKind::Declare(vars, value) => self.declaration(vars, value.as_ref()),
            CommandKind::Assign(target, e) => self.target(target) || self.expr(e),
            CommandKind::Fragment(fragment) => (self.fragment)(fragment),
            CommandKind::Script(e) => self.expr(e),
            CommandKind::Input(port, target) => self.port(port) || self.target(target),
            CommandKind::Output(port, e) => self.port(port) || self.expr(e),
            CommandKind::After(e) => self.expr(e),
            CommandKind::Count(ranges, body) => self.ranges(ranges) || self.commands(body),
            CommandKind::Instance(_, actuals) => actuals.iter().any(|actual| match actual {
                Actual::Value(e) => self.expr(e),
                Actual::Process(port) | Actual::Family(port) => self.port(port),
            }),
            CommandKind::Choose(choose) => {
                choose.guarded.iter().any(|guarded| self.guarded(guarded))
                    || choose.otherwise.as_ref().is_some_and(|body| self.commands(body))
            }
            CommandKind::Parallel(parallel) => parallel.processes.iter().any(|process| self.process(process)),
        }
    }

    fn process(&self, process: &Process) -> bool {
        let mut subscripts = process.label.iter().flat_map(|label| &label.subscripts);
        subscripts.any(|each| self.expr(&each.low) || each.high.as_ref().is_some_and(|e| self.expr(e)))
            || (self.process)(process)
    }

    fn guarded(&self, guarded: &Guarded) -> bool {
        self.ranges(&guarded.ranges)
            || guarded.conditions.iter().any(|condition| match condition {
                Condition::Declare(vars, value, _) => self.declaration(vars, value.as_ref()),
                Condition::Holds(e) => self.expr(e),
            })
            || match &guarded.last {
                GuardEnd::True => false,
                GuardEnd::Input(port, target, _) => self.port(port) || self.target(target),
                GuardEnd::After(e, _) => self.expr(e),
            }
            || self.commands(&guarded.body)
    }

    fn declaration(&self, vars: &[VarId], value: Option<&Expr>) -> bool {
        let vars = vars.iter().filter_map(|var| self.routine.vars.get(var.0 as usize));
        let mut bounds = vars.flat_map(|var| &var.bounds);
        bounds.any(|(low, high)| self.expr(low) || self.expr(high)) || value.is_some_and(|e| self.expr(e))
    }

    fn ranges(&self, ranges: &[Range]) -> bool {
        ranges
            .iter()
            .any(|range| self.expr(&range.low) || self.expr(&range.high))
    }

    fn port(&self, port: &Port) -> bool {
        port.subscripts.iter().any(|e| self.expr(e))
    }

    fn target(&self, target: &Target) -> bool {
        match target {
            Target::Var(..) | Target::Drop(_) => false,
            Target::Element(_, subscripts, _) => subscripts.iter().any(|e| self.expr(e)),
            Target::Struct(_, parts, _) => parts.iter().any(|part| self.target(part)),
        }
    }

    fn expr(&self, e: &Expr) -> bool {
        let mut found = false;
        fold::each(e, &mut |part| found |= (self.part)(part));
        found
    }
}
