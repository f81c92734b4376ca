//! `_include` items: the functions, constants and modules that fragments see.

use super::analysis::{self, Analysis, FnCall, Inferred, TextKind};
use super::items::{Constant, Defined, Global};
use super::{Resolver, text};
use crate::syntax::ast;
use hydra_bytecode::{Const, Span, report::Report};
use rustc_hash::FxHashMap;

/// The includes of all files.
#[derive(Debug, Default)]
pub(super) struct Includes<'a> {
    /// The places between their braces, imported ones first.
    texts: Vec<Span>,
    /// Functions by name.
    functions: FxHashMap<String, Vec<Function>>,
    /// Names of imported modules: the path, and the include that imports it.
    modules: FxHashMap<String, Vec<(String, Span)>>,
    /// The functions of rhai files by path: name and number of parameters; `None` for a standard module.
    scripts: FxHashMap<&'a str, Option<Vec<(String, usize)>>>,
}

/// A function of an include.
#[derive(Debug)]
struct Function {
    params: usize,
    span: Span,
}

impl Includes<'_> {
    /// The places of the texts.
    pub(super) fn spans(self) -> Vec<Span> {
        self.texts
    }
}

/// The place of a name in a text that stands at `inner`.
pub(super) fn place(inner: Span, start: usize, length: usize) -> Span {
    let start = inner.start.saturating_add(start as u32).min(inner.end);
    Span::new(inner.file, start, start.saturating_add(length as u32).min(inner.end))
}

impl<'a> Resolver<'a> {
    /// Reads the includes of all files, once the constants of the program are known.
    pub(super) fn collect_includes(&mut self) {
        let mut analyses = Vec::new();
        let before = self.reports.len();
        for file in self.items.order.clone() {
            for item in &self.program(file).items {
                let ast::Item::Include(fragment) = item else { continue };
                self.items.includes.texts.push(fragment.inner);
                match analysis::analyze(self.text(fragment.inner), TextKind::Include, &|_| Inferred::Unknown) {
                    Ok(analysis) => analyses.push((fragment.inner, analysis)),
                    Err(problems) => {
                        for problem in problems {
                            let span = place(
                                fragment.inner,
                                problem.offset,
                                problem.end.saturating_sub(problem.offset),
                            );
                            self.report(Report::error("H0701", span, problem.message));
                        }
                    }
                }
            }
        }
        self.collect_scripts();
        for (inner, analysis) in &analyses {
            self.collect_functions(*inner, analysis);
        }
        for (inner, analysis) in &analyses {
            self.check_functions(*inner, analysis);
        }
        if self.reports.len() == before {
            self.include_constants(&analyses);
        }
    }

    fn collect_scripts(&mut self) {
        let loaded = self.loaded;
        for (path, source) in &loaded.scripts {
            let functions = if source.is_empty() {
                None
            } else {
                match analysis::analyze(source, TextKind::Include, &|_| Inferred::Unknown) {
                    Ok(a) => Some(a.functions.into_iter().map(|f| (f.name, f.params.len())).collect()),
                    Err(problems) => {
                        for problem in problems {
                            let before = source.get(..problem.offset).unwrap_or_default();
                            let line = before.matches('\n').count() + 1;
                            let message = format!("in the rhai file \"{path}\", line {line}: {}", problem.message);
                            let span = self.import_of(path);
                            self.report(Report::error("H0701", span, message));
                        }
                        None
                    }
                }
            };
            self.items.includes.scripts.insert(path, functions);
        }
    }

    /// The place of an `import` of a rhai file: the path in an include.
    fn import_of(&self, path: &str) -> Span {
        let quoted = format!("\"{path}\"");
        let found = self.items.includes.texts.iter().find_map(|&inner| {
            let start = self.text(inner).find(&quoted)?;
            Some(place(inner, start, quoted.len()))
        });
        found.unwrap_or_default()
    }

    fn collect_functions(&mut self, inner: Span, analysis: &Analysis) {
        for function in &analysis.functions {
            let span = place(inner, function.start, function.name.len());
            let params = function.params.len();
            let same = self.items.includes.functions.entry(function.name.clone()).or_default();
            let first = same.iter().find(|f| f.params == params).map(|f| f.span);
            same.push(Function { params, span });
            if let Some(first) = first {
                let message = format!(
                    "the function `{}` with {} is defined twice",
                    function.name,
                    text::count(params, "parameter")
                );
                self.report(Report::error("H0214", span, message).note(first, "first defined here"));
            }
        }
        for (path, alias) in &analysis.imports {
            if let Some(alias) = alias {
                let modules = self.items.includes.modules.entry(alias.clone()).or_default();
                modules.push((path.clone(), inner));
            }
        }
    }

    /// Inside a function only its parameters, its own variables and `global::NAME` are known.
    fn check_functions(&mut self, inner: Span, analysis: &Analysis) {
        self.file = inner.file;
        for mention in &analysis.uses {
            let span = place(inner, mention.start, mention.name.len());
            if let Some(name) = mention.name.strip_prefix("global::") {
                self.check_global(name, span, analysis);
                continue;
            }
            let message = format!("unknown variable `{}`", mention.name);
            let mut report = Report::error("H0702", span, message);
            report = if self.items.value(self.file, &mention.name).is_some()
                || analysis.constants.iter().any(|(name, _)| *name == mention.name)
            {
                report.help(format!(
                    "in a function of an include a constant is written `global::{}`",
                    mention.name
                ))
            } else {
                report.help(
                    "a function of an include sees its parameters, its own variables, and constants as `global::NAME`",
                )
            };
            self.report(report);
        }
        for call in &analysis.calls {
            self.call(inner, call, &analysis.imports);
        }
    }

    fn check_global(&mut self, name: &str, span: Span, analysis: &Analysis) {
        let known = self.items.value(self.file, name).is_some() || analysis.constants.iter().any(|(n, _)| n == name);
        if !known {
            let message = format!("unknown constant `global::{name}`");
            self.report(Report::error("H0702", span, message));
        }
    }

    /// Evaluates the constants that includes define.
    fn include_constants(&mut self, analyses: &[(Span, Analysis)]) {
        let loaded = self.loaded;
        let globals: Vec<(String, Const)> = self
            .items
            .constants
            .iter()
            .map(|c| (c.name.clone(), c.value.clone()))
            .collect();
        let texts: Vec<&str> = analyses.iter().map(|(inner, _)| self.text(*inner)).collect();
        match analysis::include_constants(&texts, &globals, &loaded.scripts) {
            Ok(constants) => {
                let mut values: FxHashMap<String, Const> = constants.into_iter().collect();
                for (inner, analysis) in analyses {
                    for (name, start) in &analysis.constants {
                        let Some(value) = values.remove(name) else { continue };
                        let name = ast::Name {
                            text: name.clone(),
                            span: place(*inner, *start, name.len()),
                        };
                        let meaning = Global::Constant(self.items.constants.len() as u32);
                        self.items.constants.push(Constant {
                            name: name.text.clone(),
                            value,
                            rhai: true,
                        });
                        self.define_value(&name, meaning);
                    }
                }
            }
            Err((which, problem)) => {
                let inner = analyses.get(which).map(|(inner, _)| *inner).unwrap_or_default();
                let span = place(inner, problem.offset, problem.end.saturating_sub(problem.offset));
                self.report(Report::error("H0417", span, problem.message));
            }
        }
    }

    /// Whether an include that the file at hand sees has a function of this name.
    pub(super) fn include_function(&self, name: &str) -> bool {
        let file = self.file;
        self.items
            .includes
            .functions
            .get(name)
            .is_some_and(|f| f.iter().any(|f| self.items.sees(file, f.span)))
    }

    /// Checks that a function that is called in the text at `inner` exists; `imports` are those of the text itself.
    pub(super) fn call(&mut self, inner: Span, call: &FnCall, imports: &[(String, Option<String>)]) {
        let span = place(inner, call.start, call.name.len());
        if let Some(namespace) = &call.namespace {
            self.module_call(span, namespace, call, imports);
            return;
        }
        let file = self.file;
        let same: Vec<(usize, Span)> = self
            .items
            .includes
            .functions
            .get(&call.name)
            .map_or(Vec::new(), |functions| {
                functions
                    .iter()
                    .filter(|f| self.items.sees(file, f.span))
                    .map(|f| (f.params, f.span))
                    .collect()
            });
        if same.iter().any(|&(params, _)| params == call.args)
            || analysis::is_known_function(&call.name, call.args, call.method)
        {
            return;
        }
        let name = &call.name;
        let report = if let Some(&(params, defined)) = same.first() {
            let message = format!(
                "`{name}` takes {}, and is called with {}",
                text::count(params, "argument"),
                if call.args == 0 {
                    "none".into()
                } else {
                    call.args.to_string()
                }
            );
            Report::error("H0703", span, message).note(defined, "it is defined here")
        } else {
            let report = Report::error("H0703", span, format!("unknown function `{name}`"));
            self.explain_call(report, name)
        };
        self.report(report);
    }

    /// Why a function may be unknown.
    fn explain_call(&mut self, report: Report, name: &str) -> Report {
        match name {
            "eval" => return report.help("`eval` is not available: what a program does is known before it runs"),
            "sleep" => return report.help("a process waits with the command `after milliseconds`"),
            _ => {}
        }
        if let Some(binding) = self.env.find(name) {
            let declared = self.env.declaration(binding.origin).span;
            return report
                .note(declared, "a variable of that name is declared here")
                .help(format!(
                    "in a fragment an element of an array is written with brackets: `{name}[…]`"
                ));
        }
        let names: Vec<String> = self.items.includes.functions.keys().cloned().collect();
        match self.guess(name, names.iter().map(String::as_str)) {
            Some(close) => report.help(format!("did you mean `{close}`?")),
            None => report,
        }
    }

    fn module_call(&mut self, span: Span, alias: &str, call: &FnCall, imports: &[(String, Option<String>)]) {
        let file = self.file;
        let own = imports
            .iter()
            .find(|(_, a)| a.as_deref() == Some(alias))
            .map(|(path, _)| path.clone());
        let path = own.or_else(|| {
            let modules = self.items.includes.modules.get(alias)?;
            modules
                .iter()
                .find(|(_, inner)| self.items.sees(file, *inner))
                .map(|(path, _)| path.clone())
        });
        let name = &call.name;
        let Some(path) = path else {
            if alias != "global" {
                let message = format!("unknown module `{alias}`");
                let help = format!("import it in an include: `_include{{ import \"…\" as {alias}; }}`");
                self.report(Report::error("H0706", span, message).help(help));
            }
            return;
        };
        let known = match self.items.includes.scripts.get(path.as_str()) {
            Some(Some(functions)) => functions.iter().any(|(n, params)| n == name && *params == call.args),
            Some(None) | None => analysis::module_function(&path, name),
        };
        if !known {
            let message = format!(
                "the module \"{path}\" has no function `{name}` with {}",
                text::count(call.args, "argument")
            );
            self.report(Report::error("H0703", span, message));
        }
    }

    /// Defines where an include's constant or function would be hidden by nothing else: used by warnings.
    pub(super) fn value_or_function(&self, name: &str) -> Option<Span> {
        if let Some(binding) = self.env.find(name) {
            return Some(self.env.declaration(binding.origin).span);
        }
        let file = self.file;
        let value: Option<&Defined<Global>> = self.items.values.get(name).filter(|d| self.items.sees(file, d.span));
        let functions = self.items.includes.functions.get(name);
        value.map(|d| d.span).or_else(|| {
            functions?
                .iter()
                .find(|f| self.items.sees(file, f.span))
                .map(|f| f.span)
        })
    }
}
