//! Finds the fragments of a program and replaces those that need no rhai.

use super::types::Ty;
use super::walk::{Typed, Walk, Why};
use super::{Braces, World};
use crate::check::script::Script;
use crate::check::tree::{
    Actual, Choose, Command, CommandKind, Condition, Expr, ExprKind, Fragment, GuardEnd, Guarded, Port, Range, Routine,
    Target, Type, Var,
};
use crate::lower::source_text;
use hydra_bytecode::Source;
use hydra_stdlib::analysis;
use rustc_hash::FxHashSet;

pub(super) struct Replace<'a> {
    pub(super) world: &'a World,
    pub(super) sources: &'a [Source],
    pub(super) braces: Braces,
}

impl Replace<'_> {
    pub(super) fn routine(&mut self, routine: &mut Routine) {
        let mut body = std::mem::take(&mut routine.body);
        self.commands(&mut body, &mut routine.vars);
        routine.body = body;
        for var in 0..routine.vars.len() {
            let mut bounds = std::mem::take(&mut routine.vars[var].bounds);
            for (low, high) in &mut bounds {
                self.expr(low, &mut routine.vars);
                self.expr(high, &mut routine.vars);
            }
            routine.vars[var].bounds = bounds;
        }
    }

    fn commands(&mut self, list: &mut [Command], vars: &mut Vec<Var>) {
        for command in list {
            self.command(command, vars);
        }
    }

    fn command(&mut self, command: &mut Command, vars: &mut Vec<Var>) {
        match &mut command.kind {
            CommandKind::Skip | CommandKind::Script(_) => {}
            CommandKind::Declare(_, value) => {
                if let Some(e) = value {
                    self.expr(e, vars);
                }
            }
            CommandKind::Assign(target, e) => {
                self.target(target, vars);
                self.expr(e, vars);
            }
            CommandKind::Fragment(fragment) => {
                if let Some(made) = self.fragment(fragment, vars) {
                    command.kind = CommandKind::Script(made.expr);
                }
            }
            CommandKind::Input(port, target) => {
                self.port(port, vars);
                self.target(target, vars);
            }
            CommandKind::Output(port, e) => {
                self.port(port, vars);
                self.expr(e, vars);
            }
            CommandKind::Choose(choose) => self.choose(choose, vars),
            CommandKind::Parallel(parallel) => {
                for process in &mut parallel.processes {
                    let subscripts = process.label.iter_mut().flat_map(|label| &mut label.subscripts);
                    for subscript in subscripts {
                        self.expr(&mut subscript.low, vars);
                        if let Some(high) = &mut subscript.high {
                            self.expr(high, vars);
                        }
                    }
                    self.routine(&mut process.routine);
                }
            }
            CommandKind::After(e) => self.expr(e, vars),
            CommandKind::Count(ranges, body) => {
                self.ranges(ranges, vars);
                self.commands(body, vars);
            }
            CommandKind::Instance(_, actuals) => {
                for actual in actuals {
                    match actual {
                        Actual::Value(e) => self.expr(e, vars),
                        Actual::Process(port) | Actual::Family(port) => self.port(port, vars),
                    }
                }
            }
        }
    }

    fn choose(&mut self, choose: &mut Choose, vars: &mut Vec<Var>) {
        for guarded in &mut choose.guarded {
            self.guarded(guarded, vars);
        }
        if let Some(body) = &mut choose.otherwise {
            self.commands(body, vars);
        }
    }

    fn guarded(&mut self, guarded: &mut Guarded, vars: &mut Vec<Var>) {
        self.ranges(&mut guarded.ranges, vars);
        for condition in &mut guarded.conditions {
            match condition {
                Condition::Declare(_, value, _) => {
                    if let Some(e) = value {
                        self.expr(e, vars);
                    }
                }
                Condition::Holds(e) => self.expr(e, vars),
            }
        }
        match &mut guarded.last {
            GuardEnd::True => {}
            GuardEnd::Input(port, target, _) => {
                self.port(port, vars);
                self.target(target, vars);
            }
            GuardEnd::After(e, _) => self.expr(e, vars),
        }
        self.commands(&mut guarded.body, vars);
    }

    fn ranges(&mut self, ranges: &mut [Range], vars: &mut Vec<Var>) {
        for range in ranges {
            self.expr(&mut range.low, vars);
            self.expr(&mut range.high, vars);
        }
    }

    fn port(&mut self, port: &mut Port, vars: &mut Vec<Var>) {
        for e in &mut port.subscripts {
            self.expr(e, vars);
        }
    }

    fn target(&mut self, target: &mut Target, vars: &mut Vec<Var>) {
        match target {
            Target::Var(..) | Target::Drop(_) => {}
            Target::Element(_, subscripts, _) => subscripts.iter_mut().for_each(|e| self.expr(e, vars)),
            Target::Struct(_, parts, _) => parts.iter_mut().for_each(|part| self.target(part, vars)),
        }
    }

    fn expr(&mut self, e: &mut Expr, vars: &mut Vec<Var>) {
        match &mut e.kind {
            ExprKind::Const(_) | ExprKind::Param(_) | ExprKind::Var(_) | ExprKind::Script(_) => {}
            ExprKind::Element(_, parts) | ExprKind::Struct(_, parts) => {
                parts.iter_mut().for_each(|part| self.expr(part, vars));
            }
            ExprKind::Negate(inner) | ExprKind::Not(inner) => self.expr(inner, vars),
            ExprKind::Arithmetic(_, left, right)
            | ExprKind::Compare(_, left, right)
            | ExprKind::And(left, right)
            | ExprKind::Or(left, right) => {
                self.expr(left, vars);
                self.expr(right, vars);
            }
            ExprKind::Fragment(fragment) => {
                let (known, inner) = (vars.len(), fragment.inner);
                let Some(made) = self.fragment(fragment, vars) else {
                    return;
                };
                if e.ty == Type::Any {
                    // a value that does not fit is shown as a whole, what fails inside at its own place
                    e.kind = ExprKind::Script(Box::new(Script::Dynamic(made.expr)));
                } else if made.expr.ty == e.ty && made.ty != Ty::Never {
                    (e.kind, e.span) = (made.expr.kind, made.expr.span);
                } else if fits(made.ty, &e.ty) {
                    e.kind = ExprKind::Script(Box::new(Script::Known(made.expr)));
                } else {
                    vars.truncate(known);
                    self.braces.lowered.pop();
                    let why = format!("its value is of type {}", made.ty.name());
                    self.braces.left.insert((inner.file, inner.start), why);
                }
            }
        }
    }

    /// What a fragment becomes, if it needs no rhai.
    fn fragment(&mut self, fragment: &Fragment, vars: &mut Vec<Var>) -> Option<Typed> {
        let text = source_text(self.sources, fragment.inner);
        let known = vars.len();
        let at = (fragment.inner.file, fragment.inner.start);
        let Some(ast) = analysis::parse(text) else {
            self.braces.left.insert(at, "rhai does not parse it".into());
            return None;
        };
        let mut boxes = FxHashSet::default();
        loop {
            let mut walk = Walk::new(self.world, fragment, text, vars);
            walk.boxes = boxes.clone();
            let why = match walk.whole(&ast) {
                Ok(made) => {
                    self.braces.lowered.push(fragment.inner);
                    return Some(match self.world.steady {
                        true => checked(fragment, made),
                        false => made,
                    });
                }
                Err(Why::Boxed(name)) => {
                    vars.truncate(known);
                    if boxes.insert(name) {
                        continue;
                    }
                    "a variable may hold values of different types".into()
                }
                Err(Why::Left(why)) => why,
                Err(Why::Guess) => "it calls a function that never has a value".into(),
            };
            vars.truncate(known);
            self.braces.left.insert(at, why);
            return None;
        }
    }
}

/// What a fragment became, with the fragment: both are evaluated.
fn checked(fragment: &Fragment, made: Typed) -> Typed {
    let (ty, span) = (made.expr.ty.clone(), made.expr.span);
    let both = Box::new((fragment.clone(), made.expr));
    let expr = Expr {
        kind: ExprKind::Script(Box::new(Script::Checked(both))),
        ty,
        span,
    };
    Typed { expr, ..made }
}

/// Whether a value may be of a type that is known when the program is compiled, as it is if rhai makes it. What is wanted
/// as a real may be an integer.
fn fits(made: Ty, wanted: &Type) -> bool {
    matches!(
        (made, wanted),
        (Ty::Any, Type::Integer | Type::Boolean | Type::Character | Type::String)
            | (Ty::Array | Ty::Any, Type::Array(..))
    )
}
