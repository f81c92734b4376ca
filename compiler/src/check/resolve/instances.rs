//! Instances of process definitions.

use super::Resolver;
use super::definitions::{FormalKind, Takes};
use super::scopes::Named;
use super::text::count;
use crate::check::tree::{Actual, CommandKind, DefId, Port};
use crate::syntax::ast;
use hydra_bytecode::{Span, report::Report};

impl<'a> Resolver<'a> {
    /// `NAME(actuals)`
    pub(super) fn instance(&mut self, name: &'a ast::Name, actuals: &'a [ast::Expr], span: Span) -> CommandKind {
        let found = self.items.definitions.get(name.text.as_str()).copied();
        let Some(found) = found.filter(|d| self.items.sees(self.file, d.span)) else {
            self.no_definition(name);
            return CommandKind::Skip;
        };
        let formals = self.signatures[found.meaning as usize].formals.clone();
        if formals.len() != actuals.len() {
            self.wrong_number(found.meaning, actuals.len(), span);
            return CommandKind::Skip;
        }
        let checked: Option<Vec<Actual>> = formals
            .iter()
            .zip(actuals)
            .map(|(formal, actual)| self.actual(&name.text, formal, actual))
            .collect::<Vec<Option<Actual>>>()
            .into_iter()
            .collect();
        checked.map_or(CommandKind::Skip, |actuals| {
            CommandKind::Instance(DefId(found.meaning), actuals)
        })
    }

    fn no_definition(&mut self, name: &ast::Name) {
        let text = name.text.as_str();
        let mut report = Report::error("H0209", name.span, format!("there is no process definition `{text}`"));
        if let Some(found) = self.items.definitions.get(text) {
            report = report.note(found.span, "it is defined in a file that this one does not import");
        } else if hydra_stdlib::analysis::is_known_function(text, 1, false) || self.include_function(text) {
            report = report.help(format!("a function is called in braces: `{{{text}(…)}}`"));
        } else {
            let names: Vec<&str> = self.items.definitions.keys().copied().collect();
            if let Some(close) = self.guess(text, names.into_iter()) {
                report = report.help(format!("did you mean `{close}`?"));
            }
        }
        self.report(report);
    }

    /// An actual as its formal wants it; `None` if it was reported.
    fn actual(&mut self, definition: &str, formal: &FormalKind, actual: &'a ast::Expr) -> Option<Actual> {
        let what = format!("`{}` of `{definition}`", formal.name);
        match &formal.takes {
            Takes::Value(ty, known) => {
                if let ast::ExprKind::Name(name) = &actual.kind
                    && self.is_only_a_process(&name.text)
                {
                    let message = format!("{what} takes a value, and `{}` is a process", name.text);
                    self.report(Report::error("H0211", actual.span, message).note(formal.span, "the formal"));
                    return None;
                }
                let value = self.expr(actual);
                if self.is_broken(&value) {
                    return None;
                }
                self.wants(&what, ty, known, &value, Some(formal.span));
                Some(Actual::Value(value))
            }
            Takes::Process => match &actual.kind {
                ast::ExprKind::Name(name) => self.port(name, &[], actual.span).map(Actual::Process),
                ast::ExprKind::Apply(name, subscripts) => self.port(name, subscripts, actual.span).map(Actual::Process),
                ast::ExprKind::Error => None,
                _ => {
                    let message = format!("{what} takes a process name, and this is a value");
                    self.report(Report::error("H0211", actual.span, message).note(formal.span, "the formal"));
                    None
                }
            },
            Takes::Family(dims) => match &actual.kind {
                ast::ExprKind::Name(name) => self.family(&what, formal, *dims, name),
                ast::ExprKind::Error => None,
                _ => {
                    let message = format!("{what} takes the name of a family of processes, without subscripts");
                    self.report(Report::error("H0211", actual.span, message).note(formal.span, "the formal"));
                    None
                }
            },
        }
    }

    fn family(&mut self, what: &str, formal: &FormalKind, dims: usize, name: &'a ast::Name) -> Option<Actual> {
        let found = self.denoted(name)?;
        if found.dims != dims {
            let message = format!(
                "{what} takes a family with {}, and `{}` has {}",
                count(dims, "subscript"),
                name.text,
                if found.dims == 0 {
                    "none".into()
                } else {
                    found.dims.to_string()
                }
            );
            let mut report = Report::error("H0205", name.span, message).note(formal.span, "the formal");
            if let Some(declared) = found.declared {
                report = report.note(declared, "declared here");
            }
            self.report(report);
            return None;
        }
        let port = Port {
            partner: found.partner,
            name: name.text.clone(),
            subscripts: Vec::new(),
            span: name.span,
        };
        Some(Actual::Family(port))
    }

    /// Whether a name is that of a process in scope and means no value.
    fn is_only_a_process(&self, name: &str) -> bool {
        let process = matches!(self.env.find_name(name), Some(Named::Label { .. } | Named::Formal(_)))
            || super::names::STANDARD.contains(&name)
            || self.items.hosts.contains_key(name);
        process && self.env.find(name).is_none() && self.items.value(self.file, name).is_none()
    }
}
