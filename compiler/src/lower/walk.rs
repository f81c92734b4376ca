//! Finds what stands somewhere in a routine.

use super::fold;
use crate::check::script::Script;
use crate::check::tree::*;

/// Whether a fragment of the routine, or of one within it, mentions the variable.
pub(super) fn in_fragment(routine: &Routine, var: VarId) -> bool {
    Search { routine, var }.commands(&routine.body)
}

struct Search<'t> {
    routine: &'t Routine,
    var: VarId,
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
            CommandKind::Fragment(fragment) => self.fragment(fragment),
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
        let captured = process
            .routine
            .vars
            .iter()
            .enumerate()
            .filter(|(_, var)| match var.kind {
                VarKind::Captured { outer, .. } => outer == self.var,
                _ => false,
            });
        subscripts.any(|each| self.expr(&each.low) || each.high.as_ref().is_some_and(|e| self.expr(e)))
            || captured
                .into_iter()
                .any(|(inner, _)| in_fragment(&process.routine, VarId(inner as u32)))
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
        fold::each(e, &mut |part| match &part.kind {
            ExprKind::Fragment(fragment) => found |= self.fragment(fragment),
            ExprKind::Script(script) => {
                if let Script::Checked(both) = &**script {
                    found |= self.fragment(&both.0);
                }
            }
            _ => {}
        });
        found
    }

    fn fragment(&self, fragment: &Fragment) -> bool {
        fragment.vars.iter().any(|mention| mention.var == self.var)
    }
}
