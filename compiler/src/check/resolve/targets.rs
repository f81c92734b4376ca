//! Targets: what takes a value, and whether the value fits.

use super::scopes::Binding;
use super::text::type_name;
use super::{Resolver, text};
use crate::check::tree::{Expr, ExprKind, Target, Type, VarId};
use crate::syntax::ast;
use hydra_bytecode::{Span, report::Report};
use rustc_hash::FxHashMap;

impl<'a> Resolver<'a> {
    /// A target; what it assigns is noted.
    pub(super) fn target(&mut self, e: &'a ast::Expr) -> Target {
        self.target_part(e, &mut FxHashMap::default())
    }

    /// `whole` holds the variables that the target assigns as a whole, and where.
    fn target_part(&mut self, e: &'a ast::Expr, whole: &mut FxHashMap<VarId, Span>) -> Target {
        match &e.kind {
            ast::ExprKind::Drop | ast::ExprKind::Error => Target::Drop(e.span),
            ast::ExprKind::Name(name) => {
                let Some(binding) = self.assignable(name) else {
                    return Target::Drop(e.span);
                };
                let id = self.env.capture(binding.origin);
                self.env.mark_assigned(id);
                if let Some(first) = whole.insert(id, e.span) {
                    let message = format!("`{}` stands twice in one target", name.text);
                    self.report(
                        Report::error("H0212", e.span, message)
                            .note(first, "it is here, too")
                            .help("only one of the values could stay; drop the other with `_`"),
                    );
                }
                Target::Var(id, e.span)
            }
            ast::ExprKind::Apply(name, args) => {
                if let Some(binding) = self.array(&name.text) {
                    let (id, subscripts, ty) = self.element(name, binding, args, e.span);
                    self.env.mark_assigned(id);
                    return match ty {
                        Some(_) => Target::Element(id, subscripts, e.span),
                        None => Target::Drop(e.span),
                    };
                }
                self.constructor(name);
                let parts = args.iter().map(|arg| self.target_part(arg, whole)).collect();
                Target::Struct(name.text.clone(), parts, e.span)
            }
            ast::ExprKind::Tuple(parts) if !parts.is_empty() => {
                let parts = parts.iter().map(|part| self.target_part(part, whole)).collect();
                Target::Struct(String::new(), parts, e.span)
            }
            _ => {
                let message = "this cannot take a value";
                self.report(Report::error("H0213", e.span, message).help(
                    "a target is a variable, an element of an array, `_`, or a structure of targets such as `pair(x, y)`",
                ));
                Target::Drop(e.span)
            }
        }
    }

    /// The variable of a name that is assigned.
    pub(super) fn assignable(&mut self, name: &ast::Name) -> Option<Binding> {
        if let Some(binding) = self.env.find(&name.text) {
            if !self.env.is_constant(binding.origin) {
                return Some(binding);
            }
            let declared = self.env.declaration(binding.origin).span;
            let message = format!("`{}` is a constant here and cannot be assigned", name.text);
            self.report(Report::error("H0203", name.span, message).note(declared, "it is the variable of this range"));
        } else if let Some(value) = self
            .items
            .values
            .get(&name.text)
            .filter(|d| self.items.sees(self.file, d.span))
        {
            let what = if matches!(value.meaning, super::items::Global::Param(_)) {
                "param"
            } else {
                "constant"
            };
            let message = format!("`{}` is a {what} and cannot be assigned", name.text);
            let report = Report::error("H0203", name.span, message).note(value.span, "defined here");
            self.report(report);
        } else {
            self.undeclared(name);
        }
        None
    }

    /// The type of what a target takes.
    pub(super) fn target_type(&self, target: &Target) -> Type {
        match target {
            Target::Var(id, _) => self.env.var(*id).ty.clone(),
            Target::Element(id, subscripts, _) => match &self.env.var(*id).ty {
                Type::Array(dims, element) if subscripts.len() < usize::from(*dims) => {
                    Type::Array(dims - subscripts.len() as u8, element.clone())
                }
                Type::Array(_, element) => (**element).clone(),
                _ => Type::Any,
            },
            Target::Drop(_) => Type::Any,
            Target::Struct(name, parts, _) => {
                Type::Struct(name.clone(), parts.iter().map(|part| self.target_type(part)).collect())
            }
        }
    }

    /// Checks that a target can take a value.
    pub(super) fn takes(&mut self, target: &Target, value: &Expr) {
        if self.is_broken(value) {
            return;
        }
        match target {
            Target::Drop(_) => {}
            Target::Var(id, _) => {
                let var = self.env.var(*id);
                let (what, ty, declared) = (format!("`{}`", var.name), var.ty.clone(), var.span);
                let known = self.env.info(*id).known.clone();
                self.wants(&what, &ty, &known, value, Some(declared));
            }
            Target::Element(id, subscripts, _) => {
                let var = self.env.var(*id);
                let (name, declared) = (var.name.clone(), var.span);
                let known = self.env.info(*id).known.clone();
                let ty = self.target_type(target);
                let row = matches!(ty, Type::Array(..));
                let what = if row {
                    format!("a row of `{name}`")
                } else {
                    format!("an element of `{name}`")
                };
                let known = known.get(subscripts.len()..).unwrap_or_default();
                self.wants(&what, &ty, known, value, Some(declared));
            }
            Target::Struct(name, parts, span) => match (&value.kind, &value.ty) {
                (_, Type::Any) if !self.is_empty_value(value) => {}
                (ExprKind::Struct(n, values), _) if n == name && values.len() == parts.len() => {
                    for (part, value) in parts.iter().zip(values) {
                        self.takes(part, value);
                    }
                }
                (_, Type::Struct(n, types)) if n == name && types.len() == parts.len() => {
                    for (part, ty) in parts.iter().zip(types) {
                        let component = Expr {
                            kind: ExprKind::Param(0),
                            ty: ty.clone(),
                            span: value.span,
                        };
                        self.takes(part, &component);
                    }
                }
                _ => {
                    let message = format!(
                        "the target takes {} and the value is {}",
                        shape(name, parts.len()),
                        match &value.ty {
                            Type::Struct(n, types) => shape(n, types.len()),
                            _ if self.is_empty_value(value) => "nothing: `()`".into(),
                            ty => type_name(ty),
                        }
                    );
                    self.report(Report::error("H0309", value.span, message).note(*span, "the target"));
                }
            },
        }
    }
}

/// A constructor and its number of components, for a message.
fn shape(name: &str, parts: usize) -> String {
    match name {
        "" => format!("a nameless tuple of {}", text::count(parts, "component")),
        _ => format!("`{name}` with {}", text::count(parts, "component")),
    }
}
