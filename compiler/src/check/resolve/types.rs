//! Types as they are written, and which values fit into which places.

use super::Resolver;
use super::scopes::Known;
use super::text::type_name;
use crate::check::tree::{Expr, ExprKind, Type};
use crate::syntax::ast;
use hydra_bytecode::{Const, Span, report::Report};
use hydra_stdlib::analysis;

/// A type with the bounds of its arrays.
#[derive(Clone, Debug)]
pub(super) struct Typed {
    /// the type
    pub(super) ty: Type,
    /// bounds of all dimensions in the order in which they are written
    pub(super) bounds: Vec<(Expr, Expr)>,
    /// the same as far as they are constants
    pub(super) known: Vec<Known>,
}

/// Whether a value of one type may be put into a place of another: an integer becomes a real by itself.
pub(super) fn fits(place: &Type, value: &Type) -> bool {
    match (place, value) {
        (Type::Any, _) | (_, Type::Any) | (Type::Real, Type::Integer) => true,
        (Type::Array(m, a), Type::Array(n, b)) => m == n && fits(a, b),
        (Type::Struct(m, a), Type::Struct(n, b)) => {
            m == n && a.len() == b.len() && a.iter().zip(b).all(|(a, b)| fits(a, b))
        }
        _ => place == value,
    }
}

/// Number of elements between two bounds.
fn length((low, high): Known) -> Option<i128> {
    Some((i128::from(high?) - i128::from(low?) + 1).max(0))
}

impl<'a> Resolver<'a> {
    /// A type with its bounds, which are evaluated where the type stands.
    pub(super) fn typed(&mut self, ty: &'a ast::Type) -> Typed {
        let mut typed = Typed {
            ty: Type::Any,
            bounds: Vec::new(),
            known: Vec::new(),
        };
        typed.ty = self.type_into(ty, &mut typed.bounds);
        typed.known = typed
            .bounds
            .iter()
            .map(|(low, high)| (known(low), known(high)))
            .collect();
        typed
    }

    fn type_into(&mut self, ty: &'a ast::Type, bounds: &mut Vec<(Expr, Expr)>) -> Type {
        match &ty.kind {
            ast::TypeKind::Integer => Type::Integer,
            ast::TypeKind::Real => Type::Real,
            ast::TypeKind::Boolean => Type::Boolean,
            ast::TypeKind::Character => Type::Character,
            ast::TypeKind::String => Type::String,
            ast::TypeKind::Any | ast::TypeKind::Error => Type::Any,
            ast::TypeKind::Array(ranges, element) => {
                for (low, high) in ranges {
                    bounds.push((self.integer(low, "a bound"), self.integer(high, "a bound")));
                }
                let (dims, element) = match self.type_into(element, bounds) {
                    Type::Array(inner, element) => (ranges.len() + usize::from(inner), element),
                    element => (ranges.len(), Box::new(element)),
                };
                match u8::try_from(dims) {
                    Ok(dims) => Type::Array(dims, element),
                    Err(_) => {
                        let message = format!("an array cannot have more than 255 dimensions; this one has {dims}");
                        self.report(Report::error("H0313", ty.span, message));
                        bounds.clear();
                        Type::Any
                    }
                }
            }
            ast::TypeKind::Struct(name, parts) => {
                let parts = parts.iter().map(|part| self.type_into(part, bounds)).collect();
                Type::Struct(name.text.clone(), parts)
            }
        }
    }

    /// An expression that must be an integer.
    pub(super) fn integer(&mut self, e: &'a ast::Expr, what: &str) -> Expr {
        let expr = self.expr(e);
        if !matches!(expr.ty, Type::Integer | Type::Any) || self.is_empty_value(&expr) {
            let message = format!("type mismatch: {what} is an integer, this is {}", self.found(&expr));
            self.report(Report::error("H0305", e.span, message));
        }
        expr
    }

    /// Whether a value is surely `()`.
    pub(super) fn is_empty_value(&self, e: &Expr) -> bool {
        matches!(e.kind, ExprKind::Const(Const::Unit)) || self.no_value.contains(&e.span)
    }

    /// What a value is, for a message.
    pub(super) fn found(&self, e: &Expr) -> String {
        if self.is_empty_value(e) {
            "nothing: `()`".into()
        } else {
            type_name(&e.ty)
        }
    }

    /// Checks that a value may be put into a place with these bounds; `what` names it, `declared` is where its type is from.
    pub(super) fn wants(&mut self, what: &str, place: &Type, known: &[Known], value: &Expr, declared: Option<Span>) {
        let empty = *place != Type::Any && self.is_empty_value(value);
        if !empty && fits(place, &value.ty) {
            if matches!(place, Type::Array(..)) {
                self.wants_lengths(what, known, value, declared);
            }
            return;
        }
        let message = format!(
            "type mismatch: {what} is {}, the value is {}",
            type_name(place),
            self.found(value)
        );
        let mut report = Report::error("H0301", value.span, message);
        if let Some(declared) = declared.filter(|&d| d != Span::default()) {
            report = report.note(declared, "declared here");
        }
        let help = match (place, &value.ty) {
            (Type::Integer, Type::Real) => {
                "a real is made an integer in a fragment: `{x.to_int()}` cuts off, `{x.round().to_int()}` rounds"
            }
            (Type::String, Type::Integer | Type::Real | Type::Boolean | Type::Character) => {
                "`\"\" + x` makes a string of it"
            }
            (Type::Integer | Type::Real, Type::String) => {
                "a fragment reads a number from text: `{parse_int(s)}`, `{parse_float(s)}`"
            }
            (Type::Character, Type::String) => "a character is written with single quotes: 'c'",
            (Type::Boolean, Type::Integer) => "compare it with something: `x <> 0`",
            _ => "",
        };
        if !help.is_empty() && !empty {
            report = report.help(help);
        }
        if let ExprKind::Struct(name, parts) = &value.kind
            && (self.include_function(name) || analysis::is_known_function(name, parts.len(), false))
        {
            report = report.help(format!("a function is called in braces: `{{{name}(…)}}`"));
        }
        self.report(report);
    }

    /// Checks lengths that are known of a place that is an array and of the array that is put there.
    fn wants_lengths(&mut self, what: &str, place: &[Known], value: &Expr, declared: Option<Span>) {
        let (Type::Array(dims, _), Some(given)) = (&value.ty, self.known_of(value)) else {
            return;
        };
        for dim in 0..usize::from(*dims).min(place.len()).min(given.len()) {
            let (Some(wanted), Some(found)) = (length(place[dim]), length(given[dim])) else {
                continue;
            };
            if wanted != found {
                let message = format!("{what} has {wanted} elements, the value has {found}");
                let mut report = Report::error("H0308", value.span, message);
                if *dims > 1 {
                    report = report.label(format!("in dimension {}", dim + 1));
                }
                if let Some(declared) = declared.filter(|&d| d != Span::default()) {
                    report = report.note(declared, "declared here");
                }
                self.report(report);
                return;
            }
        }
    }

    /// The known bounds of an expression that is an array, or a row of one, by itself.
    fn known_of(&self, e: &Expr) -> Option<Vec<Known>> {
        let (id, skip) = match &e.kind {
            ExprKind::Var(id) => (*id, 0),
            ExprKind::Element(id, subscripts) => (*id, subscripts.len()),
            _ => return None,
        };
        Some(self.env.info(id).known.get(skip..)?.to_vec())
    }
}

/// The value of an integer constant.
pub(super) fn known(e: &Expr) -> Option<i64> {
    if let ExprKind::Const(Const::Integer(n)) = e.kind {
        Some(n)
    } else {
        None
    }
}
