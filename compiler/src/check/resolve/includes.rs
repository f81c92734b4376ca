//! `_include` items: the functions, constants and modules that fragments see.

use super::items::{Constant, Defined, Global};
use super::{Resolver, text};
use crate::syntax::ast;
use hydra_bytecode::{Const, Span, report::Report};
use hydra_stdlib::analysis::{self, Analysis, FnCall, Inferred, TextKind};
use hydra_stdlib::engine::STANDARD_MODULES;
use rustc_hash::{FxHashMap, FxHashSet};

/// The includes of all files.
#[derive(Debug, Default)]
pub(super) struct Includes<'a> {
    /// The places between their braces, imported ones first.
    texts: Vec<Span>,
    /// Functions by name.
    functions: FxHashMap<String, Vec<Function>>,
    /// Names of imported modules: the path, and the include that imports it.
    modules: FxHashMap<String, Vec<(String, Span)>>,
    /// Something is wrong with them, so that their constants have no values.
    pub(super) broken: bool,
    /// One of them could not be read, so that it is not known what they define.
    pub(super) unknown: bool,
    /// The functions of rhai files by path: name and number of parameters; `None` for a standard module.
    scripts: FxHashMap<&'a str, Option<Vec<(String, usize)>>>,
}

/// A function of an include.
#[derive(Debug)]
struct Function {
    params: usize,
    span: Span,
    /// Whether it may change the value it is called on as a method.
    changes_this: bool,
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
                        self.items.includes.unknown = true;
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
        let constants = analyses.iter().flat_map(|(_, analysis)| &analysis.constants);
        let constants: FxHashSet<&str> = constants.map(|(name, _)| name.as_str()).collect();
        for (inner, analysis) in &analyses {
            self.check_include(*inner, analysis, &constants);
        }
        self.items.includes.broken = self.reports.len() > before;
        let values = if self.items.includes.broken {
            FxHashMap::default()
        } else {
            self.include_values(&analyses)
        };
        self.define_constants(&analyses, &values);
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
                        self.items.includes.unknown = true;
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
            same.push(Function {
                params,
                span,
                changes_this: function.changes_this,
            });
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

    /// Checks the constants and functions that an include mentions.
    fn check_include(&mut self, inner: Span, analysis: &Analysis, constants: &FxHashSet<&str>) {
        self.file = inner.file;
        for (name, start) in &analysis.globals {
            if !self.is_constant_name(name) && !constants.contains(name.as_str()) {
                let span = place(inner, *start, name.len());
                self.report(Report::error(
                    "H0702",
                    span,
                    format!("unknown constant `global::{name}`"),
                ));
            }
        }
        for mention in &analysis.uses {
            if !self.is_constant_name(&mention.name) && !constants.contains(mention.name.as_str()) {
                let span = place(inner, mention.start, mention.name.len());
                let message = format!("unknown variable `{}` in an include", mention.name);
                self.report(
                    Report::error("H0702", span, message)
                        .help("an include sees constants, and nothing of the processes"),
                );
            }
        }
        for call in &analysis.calls {
            self.call(inner, call, &analysis.imports);
        }
    }

    /// Whether the file at hand sees a constant of this name.
    pub(super) fn is_constant_name(&self, name: &str) -> bool {
        matches!(self.items.value(self.file, name), Some(Global::Constant(_)))
    }

    /// For a function of an include that the file at hand sees: whether it may change what it is called on as a method.
    pub(super) fn changes_this(&self, name: &str) -> Option<bool> {
        let functions = self.items.includes.functions.get(name)?;
        let mut seen = functions
            .iter()
            .filter(|f| self.items.sees(self.file, f.span))
            .peekable();
        seen.peek()?;
        Some(seen.any(|f| f.changes_this))
    }

    /// Evaluates the constants that includes define.
    fn include_values(&mut self, analyses: &[(Span, Analysis)]) -> FxHashMap<String, Const> {
        let works = |(_, analysis): &(Span, Analysis)| !analysis.constants.is_empty() || !analysis.imports.is_empty();
        if !analyses.iter().any(works) {
            // functions alone have nothing to evaluate
            return FxHashMap::default();
        }
        let globals: Vec<(String, Const)> = self
            .items
            .constants
            .iter()
            .map(|c| (c.name.clone(), c.value.clone()))
            .collect();
        let texts: Vec<&str> = analyses.iter().map(|(inner, _)| self.text(*inner)).collect();
        match analysis::include_constants(&texts, &globals, &self.loaded.scripts, self.functions) {
            Ok(constants) => constants.into_iter().collect(),
            Err((which, problem)) => {
                let inner = analyses.get(which).map(|(inner, _)| *inner).unwrap_or_default();
                let span = place(inner, problem.offset, problem.end.saturating_sub(problem.offset));
                self.report(Report::error("H0417", span, problem.message));
                self.items.includes.broken = true;
                FxHashMap::default()
            }
        }
    }

    /// Defines the constants of includes; one without a value is `()`.
    fn define_constants(&mut self, analyses: &[(Span, Analysis)], values: &FxHashMap<String, Const>) {
        for (inner, analysis) in analyses {
            for (name, start) in &analysis.constants {
                let value = values.get(name).cloned().unwrap_or(Const::Unit);
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
        if !call.name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') {
            return; // an operator
        }
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
            || self.items.includes.unknown
            || analysis::is_known_function(&call.name, call.args, call.method)
            || (self.functions)
                .known(&call.name, call.args + usize::from(call.method))
                .is_some()
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
            let takes = |args: &usize| analysis::is_known_function(name, *args, call.method);
            let message = match (0..8).find(takes) {
                Some(_) => format!("`{name}` cannot be called with {}", text::count(call.args, "argument")),
                None => format!("unknown function `{name}`"),
            };
            self.explain_call(Report::error("H0703", span, message), name)
        };
        self.report(report);
    }

    /// Why a function may be unknown.
    fn explain_call(&mut self, report: Report, name: &str) -> Report {
        if let Some(binding) = self.env.find(name) {
            let declared = self.env.declaration(binding.origin).span;
            return report
                .note(declared, "a variable of that name is declared here")
                .help(format!(
                    "in a fragment an element of an array is written with brackets: `{name}[…]`"
                ));
        }
        let own = self.items.includes.functions.keys().cloned();
        let names: Vec<String> = own.chain(self.functions.names().map(String::from)).collect();
        match self.guess(name, names.iter().map(String::as_str)) {
            Some(close) => report.help(format!("did you mean `{close}`?")),
            None if ["println", "printf", "puts", "echo", "write", "writeln"].contains(&name) => {
                report.help("`print` prints a line: `{print(\"n = \" + n)}`")
            }
            None => report,
        }
    }

    /// Checks the modules that a fragment imports itself.
    pub(super) fn fragment_imports(&mut self, inner: Span, imports: &[(String, Option<String>)]) {
        for (path, _) in imports {
            let path = path.as_str();
            if !self.items.includes.scripts.contains_key(path) && !STANDARD_MODULES.contains(&path) {
                let message = format!("the module \"{path}\" is not known; a rhai file is imported in an include");
                let help = format!("`_include{{ import \"{path}\" as …; }}`");
                let quoted = format!("\"{path}\"");
                let span = self
                    .text(inner)
                    .find(&quoted)
                    .map_or(inner, |start| place(inner, start, quoted.len()));
                self.report(Report::error("H0706", span, message).help(help));
            }
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
            if alias != "global" && !self.items.includes.unknown {
                let message = format!("unknown module `{alias}`");
                let help = format!("import it in an include: `_include{{ import \"…\" as {alias}; }}`");
                self.report(Report::error("H0706", span, message).help(help));
            }
            return;
        };
        let (known, how) = match self.items.includes.scripts.get(path.as_str()) {
            Some(Some(functions)) => (
                functions.iter().any(|(n, params)| n == name && *params == call.args),
                format!(" with {}", text::count(call.args, "argument")),
            ),
            _ if STANDARD_MODULES.contains(&path.as_str()) => (analysis::module_function(&path, name), String::new()),
            // reported where it is imported
            _ => return,
        };
        if !known && !self.items.includes.unknown {
            let message = format!("the module \"{path}\" has no function `{name}`{how}");
            self.report(Report::error("H0703", span, message));
        }
    }

    /// Where a variable, constant, param or function of this name is defined, if one is visible.
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
