//! Expressions: names, elements, structured values.

use super::items::Global;
use super::scopes::{Binding, Key};
use super::{Resolver, constants, text, types};
use crate::check::tree::{Expr, ExprKind, Fragment, Type, VarId};
use crate::syntax::ast;
use hydra_bytecode::{Const, Span, report::Report};

impl<'a> Resolver<'a> {
    /// An expression.
    pub(super) fn expr(&mut self, e: &'a ast::Expr) -> Expr {
        let constant = |value: Const| {
            let ty = text::type_of(&value);
            Expr {
                kind: ExprKind::Const(value),
                ty,
                span: e.span,
            }
        };
        match &e.kind {
            ast::ExprKind::Integer(n) => constant(Const::Integer(*n)),
            ast::ExprKind::Real(x) => constant(Const::Real(*x)),
            ast::ExprKind::Boolean(b) => constant(Const::Boolean(*b)),
            ast::ExprKind::Character(c) => constant(Const::Character(*c)),
            ast::ExprKind::String(s) => constant(Const::String(s.clone())),
            ast::ExprKind::Fragment(_) if self.folding => {
                self.report(constants::not_constant(e.span));
                self.broken(e.span)
            }
            ast::ExprKind::Fragment(fragment) => self.fragment_value(fragment),
            ast::ExprKind::Name(name) => self.name(name),
            ast::ExprKind::Drop => {
                self.report(Report::error(
                    "H0213",
                    e.span,
                    "`_` takes a value and drops it; it has none to give",
                ));
                self.broken(e.span)
            }
            ast::ExprKind::Apply(name, args) => self.apply(name, args, e.span),
            ast::ExprKind::Tuple(parts) if parts.is_empty() => constant(Const::Unit),
            ast::ExprKind::Tuple(parts) => self.structure(String::new(), parts, e.span),
            ast::ExprKind::Unary(op, operand) => {
                let operand = self.expr(operand);
                self.unary(*op, operand, e.span)
            }
            ast::ExprKind::Binary(..) => self.chain(e),
            ast::ExprKind::Error => self.broken(e.span),
        }
    }

    /// `a op b op c …` without a recursion for each operator.
    fn chain(&mut self, e: &'a ast::Expr) -> Expr {
        let mut operators = Vec::new();
        let mut first = e;
        while let ast::ExprKind::Binary(op, left, right) = &first.kind {
            operators.push((*op, right, first.span));
            first = left;
        }
        let mut left = self.expr(first);
        for (op, right, span) in operators.into_iter().rev() {
            let right = self.expr(right);
            left = self.binary(op, left, right, span);
        }
        left
    }

    /// What stands for an expression that has been reported.
    pub(super) fn broken(&self, span: Span) -> Expr {
        Expr {
            kind: ExprKind::Fragment(Fragment::default()),
            ty: Type::Any,
            span,
        }
    }

    /// Whether an expression has been reported.
    pub(super) fn is_broken(&self, e: &Expr) -> bool {
        match &e.kind {
            ExprKind::Fragment(fragment) => fragment.inner == Span::default(),
            ExprKind::Struct(_, parts) => parts.iter().any(|part| self.is_broken(part)),
            _ => false,
        }
    }

    fn name(&mut self, name: &'a ast::Name) -> Expr {
        if let Some(binding) = self.env.find(&name.text) {
            let id = self.env.capture(binding.origin);
            self.env.mark_read(id);
            let ty = self.env.var(id).ty.clone();
            return Expr {
                kind: ExprKind::Var(id),
                ty,
                span: name.span,
            };
        }
        match self.items.value(self.file, &name.text) {
            Some(Global::Constant(index)) => {
                let constant = &self.items.constants[index as usize];
                let value = constant.value.clone();
                if value == Const::Unit {
                    // one of the program has been reported, one of an include may have a value that rhai alone can hold
                    if constant.rhai && !self.items.includes.broken {
                        let message = format!("the value of `{}` can be used in fragments only", name.text);
                        self.report(
                            Report::error("H0419", name.span, message).help(format!("write `{{{}}}`", name.text)),
                        );
                    }
                    return self.broken(name.span);
                }
                let ty = text::type_of(&value);
                Expr {
                    kind: ExprKind::Const(value),
                    ty,
                    span: name.span,
                }
            }
            Some(Global::Param(_)) if self.folding => {
                let message = format!(
                    "`{}` is a param, whose value is known only when the program is started",
                    name.text
                );
                self.report(Report::error("H0411", name.span, message));
                self.broken(name.span)
            }
            Some(Global::Param(index)) => {
                let ty = self.items.params[index as usize].ty.clone();
                Expr {
                    kind: ExprKind::Param(index),
                    ty,
                    span: name.span,
                }
            }
            None => {
                self.undeclared(name);
                self.broken(name.span)
            }
        }
    }

    /// Reports a name that is no variable, constant or param.
    pub(super) fn undeclared(&mut self, name: &ast::Name) {
        let report = if self.label_variables.contains(&name.text.as_str()) {
            let message = format!(
                "a bound or subscript in a label cannot use the label's own range variable `{}`",
                name.text
            );
            Report::error("H0201", name.span, message)
        } else if self.folding {
            let report = Report::error("H0201", name.span, format!("undeclared constant `{}`", name.text));
            match self.constant_below(&name.text) {
                Some(span) => report
                    .note(span, "it is defined here, further down")
                    .help("constants are folded in the order of the text"),
                None => self.close_variable(report, &name.text),
            }
        } else {
            let report = Report::error("H0201", name.span, format!("undeclared variable `{}`", name.text));
            let mut report = self.close_variable(report, &name.text);
            if report.help.is_none() && report.notes.is_empty() {
                report.help = Some(format!(
                    "a variable is declared before it is used: `{} : integer;`",
                    name.text
                ));
            }
            report
        };
        self.report(report);
    }

    /// Adds to a report about an unknown variable what may have been meant.
    pub(super) fn close_variable(&mut self, report: Report, name: &str) -> Report {
        if let Some(defined) = self.items.values.get(name) {
            return report.note(defined.span, "it is defined in a file that this one does not import");
        }
        let known: Vec<String> = self
            .env
            .variable_names()
            .map(String::from)
            .chain(self.items.value_names(self.file).map(String::from))
            .take(10_000)
            .collect();
        match self.guess(name, known.iter().map(String::as_str)) {
            Some(close) => report.help(format!("did you mean `{close}`?")),
            None => report,
        }
    }

    /// A constant of the file at hand, wherever it is defined.
    fn constant_below(&self, name: &str) -> Option<Span> {
        self.program(self.file).items.iter().find_map(|item| match item {
            ast::Item::Const { name: n, .. } if n.text == name => Some(n.span),
            _ => None,
        })
    }

    /// `NAME(…)`: an element if an array of that name is in scope, else a structured value.
    fn apply(&mut self, name: &'a ast::Name, args: &'a [ast::Expr], span: Span) -> Expr {
        if let Some(binding) = self.array(&name.text) {
            let (id, subscripts, ty) = self.element(name, binding, args, span);
            self.env.mark_read(id);
            return match ty {
                Some(ty) => Expr {
                    kind: ExprKind::Element(id, subscripts),
                    ty,
                    span,
                },
                None => self.broken(span),
            };
        }
        self.constructor(name);
        self.structure(name.text.clone(), args, span)
    }

    /// The array of this name that is in scope.
    pub(super) fn array(&self, name: &str) -> Option<Binding> {
        self.env
            .find(name)
            .filter(|b| matches!(self.env.declaration(b.origin).ty, Type::Array(..)))
    }

    /// Warns of a constructor whose name means something else too.
    pub(super) fn constructor(&mut self, name: &'a ast::Name) {
        if let Some(other) = self.value_or_function(&name.text) {
            let text = &name.text;
            let message = format!(
                "`{text}(…)` makes a structured value, and `{text}` is also the name of a variable or function"
            );
            let help = if self.include_function(text) && self.env.find(text).is_none() {
                format!("a function is called in braces: `{{{text}(…)}}`")
            } else {
                format!(
                    "an element of a value that is not declared as an array is taken in braces, counted from 0: `{{{text}[0]}}`"
                )
            };
            self.report(
                Report::warning("H0903", name.span, message)
                    .note(other, "the other one")
                    .help(help),
            );
        }
    }

    /// A structured value.
    fn structure(&mut self, name: String, parts: &'a [ast::Expr], span: Span) -> Expr {
        let parts: Vec<Expr> = parts.iter().map(|part| self.expr(part)).collect();
        let types = parts.iter().map(|part| part.ty.clone()).collect();
        Expr {
            kind: ExprKind::Struct(name.clone(), parts),
            ty: Type::Struct(name, types),
            span,
        }
    }

    /// An element or row of an array; its type is `None` if something is wrong with it.
    pub(super) fn element(
        &mut self,
        name: &'a ast::Name,
        binding: Binding,
        args: &'a [ast::Expr],
        span: Span,
    ) -> (VarId, Vec<Expr>, Option<Type>) {
        let id = self.env.capture(binding.origin);
        let subscripts: Vec<Expr> = args.iter().map(|arg| self.integer(arg, "a subscript")).collect();
        let declared = self.env.var(id).span;
        let Type::Array(dims, element) = self.env.var(id).ty.clone() else {
            return (id, subscripts, None);
        };
        let dims = usize::from(dims);
        if subscripts.is_empty() || subscripts.len() > dims {
            let message = format!(
                "the array `{}` has {}, and is used with {}",
                name.text,
                text::count(dims, "dimension"),
                text::count(subscripts.len(), "subscript")
            );
            self.report(Report::error("H0306", span, message).note(declared, "declared here"));
            return (id, subscripts, None);
        }
        self.within_bounds(name, id, &subscripts, declared);
        let ty = if subscripts.len() == dims {
            *element
        } else {
            Type::Array((dims - subscripts.len()) as u8, element)
        };
        (id, subscripts, Some(ty))
    }

    /// Checks constant subscripts against constant bounds.
    fn within_bounds(&mut self, name: &ast::Name, id: VarId, subscripts: &[Expr], declared: Span) {
        let known = self.env.info(id).known.clone();
        for (subscript, &bounds) in subscripts.iter().zip(known.iter()) {
            if let Some(at) = types::known(subscript) {
                self.within(&name.text, at, bounds, subscript.span, declared);
            }
        }
    }

    /// Warns of a constant subscript that is surely out of bounds: it is no error, for it may never be reached.
    pub(super) fn within(&mut self, name: &str, at: i64, bounds: super::scopes::Known, span: Span, declared: Span) {
        let (low, high) = bounds;
        if low.is_some_and(|low| at < low) || high.is_some_and(|high| at > high) {
            let show = |bound: Option<i64>| bound.map_or("…".to_string(), |b| b.to_string());
            let range = format!("{}..{}", show(low), show(high));
            let message = format!("the subscript {at} is outside the bounds {range} of `{name}`");
            let warning = Report::warning("H0905", span, message).note(declared, "declared here");
            self.report(warning.help("where it is reached, the process fails"));
        }
    }

    /// What is known of the value of a subscript.
    pub(super) fn key(&self, e: &Expr) -> Key {
        match e.kind {
            ExprKind::Const(Const::Integer(n)) => Key::Constant(n),
            ExprKind::Param(index) => Key::Param(index),
            ExprKind::Var(id) => {
                let origin = self.env.info(id).origin;
                if self.env.is_constant(origin) {
                    Key::Fixed(origin)
                } else {
                    Key::Var(origin)
                }
            }
            _ => Key::Unknown,
        }
    }
}
