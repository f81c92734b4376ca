//! Commands and declarations.

use super::scopes::Fate;
use super::{Resolver, UNASSIGNED, UNUSED, scopes};
use crate::check::tree::{Command, CommandKind, Expr, ExprKind, Port, Range, Target, Type, Var, VarId, VarKind};
use crate::syntax::ast;
use hydra_bytecode::{Span, report::Report};
use std::rc::Rc;

impl<'a> Resolver<'a> {
    /// A command list, which is a scope.
    pub(super) fn list(&mut self, list: &'a [ast::Command]) -> Vec<Command> {
        self.env.push_scope();
        let commands = list.iter().map(|command| self.command(command)).collect();
        self.end_scope();
        commands
    }

    /// Ends a scope, with warnings about its variables.
    pub(super) fn end_scope(&mut self) {
        for (id, fate) in self.env.pop_scope() {
            let Var { name, span, .. } = self.env.var(id);
            if name.starts_with('_') {
                continue;
            }
            let report = match fate {
                Fate::Unused => Report::warning(UNUSED, *span, format!("the variable `{name}` is never used")),
                Fate::Unassigned => {
                    let message = format!("the variable `{name}` is read and never assigned");
                    Report::warning(UNASSIGNED, *span, message).help("it keeps the default value of its type")
                }
            };
            self.report(report);
        }
    }

    fn command(&mut self, command: &'a ast::Command) -> Command {
        let kind = match &command.kind {
            ast::CommandKind::Skip | ast::CommandKind::Error => CommandKind::Skip,
            ast::CommandKind::Declare(declaration) => {
                let (ids, value) = self.declaration(declaration);
                CommandKind::Declare(ids, value)
            }
            ast::CommandKind::Assign(target, value) => {
                let before = self.reports.len();
                let target = self.target(target);
                let target_is_wrong = self.reports[before..].iter().any(|report| report.code == "H0213");
                let value = self.expr(value);
                if !target_is_wrong {
                    self.takes(&target, &value);
                }
                CommandKind::Assign(target, value)
            }
            ast::CommandKind::Fragment(fragment) => CommandKind::Fragment(self.fragment(fragment).0),
            ast::CommandKind::Input(partner, target) => match self.input(partner, target) {
                (Some(port), target) => CommandKind::Input(port, target),
                (None, _) => CommandKind::Skip,
            },
            ast::CommandKind::Output(partner, value) => match self.output(partner, value) {
                (Some(port), value) => CommandKind::Output(port, value),
                (None, _) => CommandKind::Skip,
            },
            ast::CommandKind::Choose { pri, repeat, guarded } => {
                CommandKind::Choose(self.choose(*pri, *repeat, guarded, command.span))
            }
            ast::CommandKind::Parallel(processes) => CommandKind::Parallel(self.parallel(processes)),
            ast::CommandKind::After(delay) => CommandKind::After(self.integer(delay, "a delay in milliseconds")),
            ast::CommandKind::Count(ranges, body) => {
                self.env.push_scope();
                let ranges = ranges.iter().map(|range| self.range(range)).collect();
                let body = self.list(body);
                self.end_scope();
                CommandKind::Count(ranges, body)
            }
            ast::CommandKind::Instance(name, actuals) => self.instance(name, actuals, command.span),
        };
        Command {
            kind,
            span: command.span,
        }
    }

    /// A range; its variable is in scope from then on.
    pub(super) fn range(&mut self, range: &'a ast::Range) -> Range {
        let low = self.integer(&range.low, "a bound");
        let high = self.integer(&range.high, "a bound");
        let var = self.range_variable(&range.name, VarKind::Range);
        Range {
            var,
            low,
            high,
            span: range.name.span.to(range.high.span),
        }
    }

    /// Declares the variable of a range.
    pub(super) fn range_variable(&mut self, name: &'a ast::Name, kind: VarKind) -> VarId {
        let var = scopes::constant(&name.text, name.span, kind);
        let (id, twice) = self.env.declare(&name.text, var, Rc::from([]), true);
        if let Some(first) = twice {
            let message = format!("the range variable `{}` stands here twice", name.text);
            self.report(Report::error("H0202", name.span, message).note(first, "first here"));
        }
        id
    }

    /// A declaration; its variables are in scope from then on.
    pub(super) fn declaration(&mut self, declaration: &'a ast::Declaration) -> (Vec<VarId>, Option<Expr>) {
        let typed = self.typed(&declaration.ty);
        let value = declaration.value.as_ref().map(|value| self.expr(value));
        let known: Rc<[scopes::Known]> = typed.known.into();
        if let (Some(value), Some(name)) = (&value, declaration.names.first())
            && !self.is_broken(value)
        {
            let what = format!("`{}`", name.text);
            self.wants(&what, &typed.ty, &known, value, None);
        }
        let given = value.is_some();
        let mut ids = Vec::with_capacity(declaration.names.len());
        for name in &declaration.names {
            ids.push(self.variable(
                name,
                VarKind::Local,
                typed.ty.clone(),
                typed.bounds.clone(),
                known.clone(),
                given,
            ));
        }
        (ids, value)
    }

    /// Declares a variable in the innermost scope.
    pub(super) fn variable(
        &mut self,
        name: &'a ast::Name,
        kind: VarKind,
        ty: Type,
        bounds: Vec<(Expr, Expr)>,
        known: Rc<[scopes::Known]>,
        given: bool,
    ) -> VarId {
        let var = Var {
            name: name.text.clone(),
            ty,
            span: name.span,
            kind,
            bounds,
            assigned: false,
        };
        let (id, twice) = self.env.declare(&name.text, var, known, given);
        if let Some(first) = twice {
            let message = format!("`{}` is declared twice in one command list", name.text);
            self.report(
                Report::error("H0202", name.span, message)
                    .note(first, "first declared here")
                    .help("a command list inside this one may declare the name again"),
            );
        }
        id
    }

    /// `P ? target`
    pub(super) fn input(&mut self, partner: &'a ast::ProcessName, target: &'a ast::Expr) -> (Option<Port>, Target) {
        let port = self.port(&partner.name, &partner.subscripts, partner.span);
        let target = self.target(target);
        if let Some(port) = &port {
            self.input_from_host(port, &target, partner.span);
        }
        (port, target)
    }

    fn output(&mut self, partner: &'a ast::ProcessName, value: &'a ast::Expr) -> (Option<Port>, Expr) {
        let port = self.port(&partner.name, &partner.subscripts, partner.span);
        let value = self.expr(value);
        if let Some(port) = &port
            && !self.is_broken(&value)
        {
            self.output_to_host(port, &value);
        }
        (port, value)
    }

    /// A condition of a guard.
    pub(super) fn condition(&mut self, e: &'a ast::Expr) -> Expr {
        let expr = self.expr(e);
        if !self.is_broken(&expr) && (self.is_empty_value(&expr) || !matches!(expr.ty, Type::Boolean | Type::Any)) {
            let message = format!("type mismatch: a guard is a boolean, this is {}", self.found(&expr));
            let mut report = Report::error("H0304", e.span, message);
            if matches!(expr.kind, ExprKind::Struct(..)) {
                report = report.help("a function is called in braces: `{f(x)}`");
            }
            self.report(report);
        }
        expr
    }

    /// The place of the first command of a list, or another one.
    pub(super) fn first_place(&self, list: &[ast::Command], otherwise: Span) -> Span {
        list.first().map_or(otherwise, |command| command.span)
    }
}
