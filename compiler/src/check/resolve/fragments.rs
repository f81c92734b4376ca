//! Fragments: which variables, constants and functions rhai text mentions, and what type it gives.

use super::includes::place;
use super::items::Global;
use super::{Resolver, text};
use crate::check::tree::{
    Expr, ExprKind, Fragment, FragmentVar, Mention, MentionSubscript, SubscriptForm, Type, VarId,
};
use crate::syntax::ast;
use hydra_bytecode::{Const, Span, report::Report};
use hydra_stdlib::analysis::{self, Analysis, Form, Inferred, TextKind, Use, UseSubscript};
use rustc_hash::FxHashMap;

/// Words that rhai does not take for variables, and this language does.
const RESERVED: [&str; 61] = [
    "as",
    "async",
    "await",
    "break",
    "call",
    "case",
    "catch",
    "const",
    "continue",
    "curry",
    "debug",
    "default",
    "do",
    "else",
    "eval",
    "export",
    "exit",
    "fn",
    "Fn",
    "for",
    "global",
    "go",
    "goto",
    "if",
    "import",
    "in",
    "is",
    "is_def_fn",
    "is_def_var",
    "is_shared",
    "let",
    "loop",
    "match",
    "module",
    "new",
    "nil",
    "null",
    "package",
    "print",
    "private",
    "protected",
    "public",
    "return",
    "shared",
    "spawn",
    "static",
    "super",
    "switch",
    "sync",
    "this",
    "thread",
    "throw",
    "try",
    "type_of",
    "until",
    "use",
    "var",
    "void",
    "while",
    "with",
    "yield",
];

impl<'a> Resolver<'a> {
    /// A fragment as an expression.
    pub(super) fn fragment_value(&mut self, written: &'a ast::Fragment) -> Expr {
        let (fragment, ty) = self.fragment(written);
        if fragment.inner == Span::default() {
            return self.broken(written.span);
        }
        Expr {
            kind: ExprKind::Fragment(fragment),
            ty,
            span: written.span,
        }
    }

    /// A fragment and the type of its value. If something is wrong with it, it has no place.
    pub(super) fn fragment(&mut self, written: &'a ast::Fragment) -> (Fragment, Type) {
        let inner = written.inner;
        let analysis = analysis::analyze_for(
            self.text(inner),
            TextKind::Fragment,
            &|name| self.inferred(name),
            &|name| self.changes_this(name),
            self.functions,
        );
        let analysis = match analysis {
            Ok(analysis) => analysis,
            Err(problems) => {
                for problem in problems {
                    let span = place(inner, problem.offset, problem.end.saturating_sub(problem.offset));
                    let report = self.rhai_problem(span, problem.message);
                    self.report(report);
                }
                return (Fragment::default(), Type::Any);
            }
        };
        let before = self.reports.len();
        let mut fragment = Fragment {
            inner,
            ..Fragment::default()
        };
        self.mentions(&analysis, &mut fragment);
        self.fragment_imports(inner, &analysis.imports);
        for (name, start) in &analysis.globals {
            if !self.is_constant_name(name) {
                let span = place(inner, *start, name.len());
                self.report(Report::error(
                    "H0702",
                    span,
                    format!("unknown constant `global::{name}`"),
                ));
            }
        }
        for call in &analysis.calls {
            self.call(inner, call, &analysis.imports);
        }
        if self.reports[before..].iter().any(Report::is_error) {
            return (Fragment::default(), Type::Any);
        }
        if analysis.result == Inferred::Unit {
            self.no_value.insert(written.span);
        }
        (fragment, type_of(&analysis.result))
    }

    /// What rhai's parser says; a name that it reserves and that is a variable gets words of its own.
    fn rhai_problem(&mut self, span: Span, message: String) -> Report {
        let source = self
            .loaded
            .sources
            .get(span.file as usize)
            .and_then(|s| s.text.get(span.start as usize..));
        let name: String = source
            .unwrap_or_default()
            .chars()
            .take_while(|c| c.is_ascii_alphanumeric() || *c == '_')
            .collect();
        if let Some(binding) = self.env.find(&name)
            && RESERVED.contains(&name.as_str())
        {
            let declared = self.env.declaration(binding.origin).span;
            let span = Span::new(span.file, span.start, span.start + name.len() as u32);
            let message = format!("the variable `{name}` cannot be mentioned in a fragment: rhai reserves the name");
            return Report::error("H0705", span, message)
                .note(declared, "declared here")
                .help("give the variable another name, or write the expression without braces");
        }
        Report::error("H0701", span, message)
    }

    /// The type of a variable in a fragment, as far as it is known.
    fn inferred(&self, name: &str) -> Inferred {
        if let Some(binding) = self.env.find(name) {
            return inferred_of(&self.env.declaration(binding.origin).ty);
        }
        match self.items.value(self.file, name) {
            Some(Global::Constant(index)) => inferred_of(&text::type_of(&self.items.constants[index as usize].value)),
            Some(Global::Param(index)) => inferred_of(&self.items.params[index as usize].ty),
            None => Inferred::Unknown,
        }
    }

    /// Notes what a fragment mentions.
    fn mentions(&mut self, analysis: &Analysis, fragment: &mut Fragment) {
        let mut seen: FxHashMap<VarId, usize> = FxHashMap::default();
        for mention in &analysis.uses {
            let span = place(fragment.inner, mention.start, mention.name.len());
            let Some(binding) = self.env.find(&mention.name) else {
                self.mentioned_value(mention, span, fragment);
                continue;
            };
            let id = self.env.capture(binding.origin);
            if mention.reads {
                self.env.mark_read(id);
            }
            if mention.writes {
                self.fragment_assigns(mention, id, span);
            }
            let subscripts = self.mention_subscripts(mention, id, fragment.inner);
            let (reads, writes) = (mention.reads, mention.writes);
            let mention = Mention {
                start: span.start,
                writes,
                subscripts,
            };
            match seen.get(&id) {
                Some(&index) => {
                    let var: &mut FragmentVar = &mut fragment.vars[index];
                    var.reads |= reads;
                    var.writes |= writes;
                    var.mentions.push(mention);
                }
                None => {
                    seen.insert(id, fragment.vars.len());
                    fragment.vars.push(FragmentVar {
                        var: id,
                        reads,
                        writes,
                        mentions: vec![mention],
                    });
                }
            }
        }
    }

    /// A variable is assigned by a fragment.
    fn fragment_assigns(&mut self, mention: &Use, id: VarId, span: Span) {
        let Some(binding) = self.env.find(&mention.name) else {
            return;
        };
        let declared = self.env.declaration(binding.origin).span;
        if self.env.is_constant(binding.origin) {
            let message = format!("`{}` is a constant here and cannot be assigned", mention.name);
            self.report(Report::error("H0203", span, message).note(declared, "it is the variable of this range"));
            return;
        }
        self.env.mark_assigned(id);
        if self.guard.is_some_and(|guard| binding.scope < guard) {
            let message = format!(
                "a fragment in a guard cannot assign `{}`, which the guard does not declare",
                mention.name
            );
            self.report(Report::error("H0704", span, message).note(declared, "it is declared here, outside the guard").help(
                "how often a guard is evaluated is not promised; assign in the command list, or declare a variable in the guard",
            ));
        }
    }

    /// A name that is no variable: a constant, a param, or unknown.
    fn mentioned_value(&mut self, mention: &Use, span: Span, fragment: &mut Fragment) {
        let name = mention.name.as_str();
        let Some(value) = self.items.value(self.file, name) else {
            if self.items.includes.unknown {
                return;
            }
            let report = Report::error(
                "H0702",
                span,
                format!("unknown variable `{}` in a fragment", mention.name),
            );
            let report = self.close_variable(report, name);
            self.report(report);
            return;
        };
        if mention.writes {
            let what = if matches!(value, Global::Param(_)) {
                "param"
            } else {
                "constant"
            };
            let message = format!("`{name}` is a {what} and cannot be assigned");
            let mut report = Report::error("H0203", span, message);
            if let Some(defined) = self.items.values.get(name) {
                report = report.note(defined.span, "defined here");
            }
            self.report(report);
            return;
        }
        match value {
            Global::Param(index) => {
                if !fragment.params.contains(&index) {
                    fragment.params.push(index);
                }
            }
            Global::Constant(index) => {
                let constant = &self.items.constants[index as usize];
                // without a value it is one of an include that rhai alone can hold, and rhai knows it
                if constant.value != Const::Unit && !fragment.constants.iter().any(|(n, _)| *n == constant.name) {
                    fragment.constants.push((constant.name.clone(), constant.value.clone()));
                }
            }
        }
    }

    fn mention_subscripts(&mut self, mention: &Use, id: VarId, inner: Span) -> Vec<MentionSubscript> {
        let array = matches!(self.env.var(id).ty, Type::Array(..));
        let (declared, known) = (self.env.var(id).span, self.env.info(id).known.clone());
        let dims = if let Type::Array(dims, _) = self.env.var(id).ty {
            usize::from(dims)
        } else {
            0
        };
        let mut subscripts = Vec::with_capacity(mention.subscripts.len());
        for (dim, UseSubscript { open, close, form }) in mention.subscripts.iter().enumerate() {
            let form = match form {
                Form::Constant(n) => SubscriptForm::Constant(*n),
                Form::Name(name) => self.subscript_name(name),
                Form::Other => SubscriptForm::Other,
            };
            let place = place(inner, *open, close.saturating_sub(*open) + 1);
            if let (SubscriptForm::Constant(at), Some(&bounds), true) = (&form, known.get(dim), array && dim < dims) {
                self.within(&mention.name, *at, bounds, place, declared);
            }
            subscripts.push(MentionSubscript {
                open: place.start,
                close: place.end.saturating_sub(1),
                form,
            });
        }
        subscripts
    }

    /// A subscript that is a name.
    fn subscript_name(&mut self, name: &str) -> SubscriptForm {
        if let Some(binding) = self.env.find(name) {
            return SubscriptForm::Var(self.env.capture(binding.origin));
        }
        match self.items.value(self.file, name) {
            Some(Global::Constant(index)) => match self.items.constants[index as usize].value {
                Const::Integer(n) => SubscriptForm::Constant(n),
                _ => SubscriptForm::Other,
            },
            _ => SubscriptForm::Other,
        }
    }
}

/// The type that rhai surely gives.
fn type_of(inferred: &Inferred) -> Type {
    match inferred {
        Inferred::Integer => Type::Integer,
        Inferred::Real => Type::Real,
        Inferred::Boolean => Type::Boolean,
        Inferred::Character => Type::Character,
        Inferred::String => Type::String,
        Inferred::Unit | Inferred::Unknown => Type::Any,
        // The elements may be arrays themselves unless they are known.
        Inferred::Array(element) => match type_of(element) {
            Type::Any => Type::Any,
            Type::Array(dims, element) => dims.checked_add(1).map_or(Type::Any, |dims| Type::Array(dims, element)),
            element => Type::Array(1, Box::new(element)),
        },
    }
}

/// What rhai knows of a type.
fn inferred_of(ty: &Type) -> Inferred {
    match ty {
        Type::Integer => Inferred::Integer,
        Type::Real => Inferred::Real,
        Type::Boolean => Inferred::Boolean,
        Type::Character => Inferred::Character,
        Type::String => Inferred::String,
        Type::Any | Type::Struct(..) => Inferred::Unknown,
        Type::Array(dims, element) => {
            (0..*dims).fold(inferred_of(element), |inner, _| Inferred::Array(Box::new(inner)))
        }
    }
}
