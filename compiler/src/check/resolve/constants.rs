//! `const` items: folded where they stand, or given by `-D`.

use super::items::{Constant, Global};
use super::{Resolver, text};
use crate::Options;
use crate::check::tree::{ExprKind, Type};
use crate::syntax::ast;
use hydra_bytecode::{Const, Span, report::Report, report::Severity};
use rustc_hash::FxHashSet;

impl<'a> Resolver<'a> {
    /// Reports the `-D` whose names are no constants of the program.
    pub(super) fn defines_unknown(&mut self, options: &Options) {
        let loaded = self.loaded;
        let items = loaded.files.iter().flat_map(|f| &f.program.items);
        let names: FxHashSet<&str> = items
            .filter_map(|item| {
                if let ast::Item::Const { name, .. } = item {
                    Some(name.text.as_str())
                } else {
                    None
                }
            })
            .collect();
        for (name, _) in &options.defines {
            if !names.contains(name.as_str()) {
                let message = format!("-D {name}: the program has no constant of that name");
                let mut report = Report::new(Severity::Error, "H0413", None, message);
                report.help = self
                    .guess(name, names.iter().copied())
                    .map(|c| format!("did you mean `{c}`?"));
                self.report(report);
            }
        }
    }

    /// A `const` item.
    pub(super) fn constant_item(&mut self, name: &'a ast::Name, value: &'a ast::Expr, options: &Options) {
        let mut value = self.constant(value);
        for (_, raw) in options.defines.iter().filter(|(n, _)| *n == name.text) {
            let Some(own) = &value else { continue };
            match read(raw, own) {
                Some(given) => value = Some(given),
                None => {
                    let ty = text::type_name(&text::type_of(own));
                    let message = format!("-D {}={raw}: the constant is {ty}, and this is none", name.text);
                    let mut report = Report::new(Severity::Error, "H0414", None, message);
                    report = report.note(name.span, "the constant is defined here");
                    self.report(report);
                }
            }
        }
        let meaning = Global::Constant(self.items.constants.len() as u32);
        let value = value.unwrap_or(Const::Unit);
        self.items.constants.push(Constant {
            name: name.text.clone(),
            value,
            rhai: false,
        });
        self.define_value(name, meaning);
    }

    /// The value of a constant expression.
    pub(super) fn constant(&mut self, e: &'a ast::Expr) -> Option<Const> {
        self.folding = true;
        let expr = self.expr(e);
        self.folding = false;
        match expr.kind {
            ExprKind::Const(Const::Unit) if expr.ty == Type::Any => {
                self.report(not_constant(e.span));
                None
            }
            ExprKind::Const(value) => Some(value),
            _ if self.is_broken(&expr) => None,
            ExprKind::Struct(..) => {
                self.report(not_constant(e.span));
                None
            }
            _ => {
                let message = "this has no value: a number or a text is too large, or something is divided by zero";
                self.report(Report::error("H0412", e.span, message));
                None
            }
        }
    }
}

/// What is no constant expression.
pub(super) fn not_constant(span: Span) -> Report {
    Report::error(
        "H0411",
        span,
        "a constant is a bare expression over literals and other constants",
    )
    .help("what is found out while the program runs belongs into a variable, what is given at its start into a `param`")
}

/// A value from the command line, of the type that a constant has.
fn read(raw: &str, own: &Const) -> Option<Const> {
    let number = || raw.trim().replace('_', "");
    Some(match own {
        Const::Integer(_) => Const::Integer(number().parse().ok()?),
        Const::Real(_) => Const::Real(number().parse().ok().filter(|x: &f64| x.is_finite())?),
        Const::Boolean(_) => Const::Boolean(raw.trim().parse().ok()?),
        Const::Character(_) => {
            let mut characters = raw.chars();
            let first = characters.next()?;
            characters.next().is_none().then_some(Const::Character(first))?
        }
        Const::String(_) => Const::String(raw.into()),
        Const::Unit | Const::Array(_) | Const::Struct(..) | Const::Map(_) => return None,
    })
}
