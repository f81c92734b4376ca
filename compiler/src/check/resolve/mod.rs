//! Names and types: makes the checked tree.
//!
//! First the items of all files (`items`, `constants`, `includes`), then the formals of all definitions, then every body.
//! The innermost state is `scopes::Env`: what names mean at a place and which routine the place belongs to. Everything
//! that goes wrong is reported and replaced by something harmless, so that one run finds as much as it can.

mod choices;
mod commands;
mod constants;
mod definitions;
mod expressions;
mod fold;
mod fragments;
mod includes;
mod instances;
mod items;
mod labels;
mod names;
mod operators;
mod outside;
mod parallel;
mod scopes;
mod targets;
pub(super) mod text;
mod types;

use super::{Checked, tree::CheckedProgram};
use crate::syntax::ast;
use crate::{Functions, Options, load::Loaded};
use hydra_bytecode::{Span, report::Report};
use rustc_hash::FxHashSet;
use scopes::Env;

/// Resolves names, infers and checks types, folds constants. A program whose text could not be parsed or read is not
/// looked at: what is missing from its tree would be taken for further errors.
pub fn resolve(loaded: &Loaded, options: &Options) -> Checked {
    let mut checked = resolve_partly(loaded, options);
    if checked.reports.iter().any(Report::is_error) {
        checked.program = None;
    }
    checked
}

/// As [`resolve`], but what could be resolved of a program with errors is there, too.
pub(super) fn resolve_partly(loaded: &Loaded, options: &Options) -> Checked {
    if loaded.files.is_empty() || loaded.reports.iter().any(Report::is_error) {
        return Checked {
            program: None,
            reports: Vec::new(),
        };
    }
    let mut resolver = Resolver::new(loaded, &options.functions);
    resolver.items(options);
    resolver.all_formals();
    let definitions = resolver.bodies();
    let main = resolver.main();
    resolver.finish(CheckedProgram {
        definitions,
        main,
        ..CheckedProgram::default()
    })
}

/// The work at hand.
struct Resolver<'a> {
    loaded: &'a Loaded,
    /// Functions of the application.
    functions: &'a Functions,
    reports: Vec<Report>,
    /// What the files define.
    items: items::Items<'a>,
    /// Definitions as an instance sees them.
    signatures: Vec<definitions::Signature<'a>>,
    /// The file whose text is at hand.
    file: u32,
    /// Scopes and routines at hand.
    env: Env<'a>,
    /// The parallel commands that the routines at hand belong to; the first is that of the second routine.
    siblings: Vec<labels::Siblings<'a>>,
    /// In a guard, the first scope that is its own.
    guard: Option<u32>,
    /// The range variables of the label whose bounds are evaluated.
    label_variables: Vec<&'a str>,
    /// A constant is being folded: params, variables and fragments are not allowed.
    folding: bool,
    /// Fragments that surely have no value.
    no_value: FxHashSet<Span>,
    /// Labels of the whole program, for hints; made when first needed.
    hints: Option<outside::Labels<'a>>,
    /// How often a close name was looked for.
    guesses: u32,
}

impl<'a> Resolver<'a> {
    fn new(loaded: &'a Loaded, functions: &'a Functions) -> Self {
        Resolver {
            loaded,
            functions,
            reports: Vec::new(),
            items: items::Items::default(),
            signatures: Vec::new(),
            file: 0,
            env: Env::new(),
            siblings: Vec::new(),
            guard: None,
            label_variables: Vec::new(),
            folding: false,
            no_value: FxHashSet::default(),
            hints: None,
            guesses: 0,
        }
    }

    /// The tree of a file; it lives as long as the program.
    fn program(&self, file: u32) -> &'a ast::Program {
        let loaded: &'a Loaded = self.loaded;
        &loaded.files[file as usize].program
    }

    /// A piece of source text.
    fn text(&self, span: Span) -> &'a str {
        let loaded: &'a Loaded = self.loaded;
        let source = loaded.sources.get(span.file as usize);
        source
            .and_then(|s| s.text.get(span.start as usize..span.end as usize))
            .unwrap_or_default()
    }

    fn report(&mut self, report: Report) {
        self.reports.push(report);
    }

    /// A name that may have been meant instead of an unknown one. Only the first few errors are worth the search.
    fn guess<'c>(&mut self, name: &str, candidates: impl Iterator<Item = &'c str>) -> Option<String> {
        self.guesses += 1;
        if self.guesses > 50 {
            None
        } else {
            text::closest(name, candidates).map(String::from)
        }
    }

    /// The result: the program, with holes if it has errors, and the reports in the order of the text. Warnings about the use of
    /// variables are kept back while there are errors, since what is wrong may have been a use.
    fn finish(mut self, mut program: CheckedProgram) -> Checked {
        let errors = self.reports.iter().any(Report::is_error);
        if errors {
            self.reports.retain(|r| r.code != UNUSED && r.code != UNASSIGNED);
        }
        self.reports.sort_by_key(|r| r.span.map(|s| (s.file, s.start)));
        self.items.hand_over(&mut program);
        program.scripts.clone_from(&self.loaded.scripts);
        Checked {
            program: Some(program),
            reports: self.reports,
        }
    }
}

/// Code of the warning about a variable that is never used.
const UNUSED: &str = "H0901";
/// Code of the warning about a variable that is read and never assigned.
const UNASSIGNED: &str = "H0902";

#[cfg(test)]
mod tests;
