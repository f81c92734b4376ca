//! Process definitions and the main process.
//!
//! The formals of all definitions come first, so that every body can check the instances it makes.

use super::items::Defined;
use super::scopes::{Env, Known, Named};
use super::{Resolver, text};
use crate::check::tree::{Definition, Formal, FormalName, Routine, Type, VarKind};
use crate::syntax::ast;
use hydra_bytecode::{Outside, Span, report::Report};

/// A definition as an instance sees it.
#[derive(Debug)]
pub(super) struct Signature<'a> {
    /// what is written
    written: &'a ast::Definition,
    /// the kinds of its formals
    pub(super) formals: Vec<FormalKind>,
    /// its formals in the checked tree
    checked: Vec<Formal>,
    /// its processes of the outside
    outsides: Vec<(u32, Outside)>,
    /// what is in scope in its body; taken when the body is resolved
    env: Env<'a>,
}

/// What a formal takes.
#[derive(Clone, Debug)]
pub(super) struct FormalKind {
    /// its name
    pub(super) name: String,
    /// its place
    pub(super) span: Span,
    /// what it takes
    pub(super) takes: Takes,
}

/// What a formal takes.
#[derive(Clone, Debug)]
pub(super) enum Takes {
    /// a value of this type, with these bounds as far as they are constants
    Value(Type, Vec<Known>),
    /// a process
    Process,
    /// a family with so many subscripts
    Family(usize),
}

impl<'a> Resolver<'a> {
    /// Numbers all definitions and resolves their formals.
    pub(super) fn all_formals(&mut self) {
        for file in self.items.order.clone() {
            self.file = file;
            for item in &self.program(file).items {
                let ast::Item::Process(definition) = item else { continue };
                let meaning = self.signatures.len() as u32;
                let name = &definition.name;
                match self.items.definitions.get(name.text.as_str()) {
                    Some(first) => {
                        let first = first.span;
                        self.defined_twice(name, first);
                    }
                    None => {
                        self.items.definitions.insert(
                            &name.text,
                            Defined {
                                meaning,
                                span: name.span,
                            },
                        );
                    }
                }
                let signature = self.signature(definition);
                self.signatures.push(signature);
            }
        }
    }

    fn signature(&mut self, written: &'a ast::Definition) -> Signature<'a> {
        self.env = Env::new();
        self.env.push_scope();
        let mut formals = Vec::with_capacity(written.formals.len());
        let mut checked = Vec::with_capacity(written.formals.len());
        for formal in &written.formals {
            let name = &formal.name;
            let takes = match &formal.kind {
                ast::FormalKind::Value(ty) => {
                    let typed = self.typed(ty);
                    let id = self.variable(
                        name,
                        VarKind::Formal,
                        typed.ty.clone(),
                        typed.bounds,
                        typed.known.clone().into(),
                        true,
                    );
                    checked.push(Formal::Value(id));
                    Takes::Value(typed.ty, typed.known)
                }
                ast::FormalKind::Process => {
                    checked.push(Formal::Process(self.formal_name(name, Vec::new())));
                    Takes::Process
                }
                ast::FormalKind::Family(bounds) => {
                    let bounds: Vec<_> = bounds
                        .iter()
                        .map(|(low, high)| (self.integer(low, "a bound"), self.integer(high, "a bound")))
                        .collect();
                    let known = bounds
                        .iter()
                        .map(|(l, h)| (super::types::known(l), super::types::known(h)))
                        .collect();
                    let dims = bounds.len();
                    checked.push(Formal::Family(self.formal_name(name, known), bounds));
                    Takes::Family(dims)
                }
            };
            formals.push(FormalKind {
                name: name.text.clone(),
                span: name.span,
                takes,
            });
        }
        let outsides = self.outsides(written.name.span.file);
        let env = std::mem::replace(&mut self.env, Env::new());
        Signature {
            written,
            formals,
            checked,
            outsides,
            env,
        }
    }

    /// Declares the externs of a file of the standard library: each instance of a definition there has its own, which its
    /// body knows as it knows a formal.
    fn outsides(&mut self, file: u32) -> Vec<(u32, Outside)> {
        let mut outsides = Vec::new();
        if !self.is_standard(file) {
            return outsides;
        }
        for item in &self.program(file).items {
            let ast::Item::Extern(list) = item else { continue };
            for (name, _) in list {
                match Outside::named(&name.text) {
                    Some(outside) => outsides.push((self.formal_name(name, Vec::new()), outside)),
                    None => {
                        let message = format!("`{}` is no process of the outside", name.text);
                        self.report(Report::error("H0404", name.span, message));
                    }
                }
            }
        }
        outsides
    }

    /// Declares a formal of kind `process`.
    fn formal_name(&mut self, name: &'a ast::Name, known: Vec<Known>) -> u32 {
        let index = self.env.frames[0].names.len() as u32;
        if known.len() > 255 {
            let message = format!(
                "a family cannot have more than 255 subscripts; `{}` has {}",
                name.text,
                known.len()
            );
            self.report(Report::error("H0208", name.span, message));
        }
        let dims = known.len().min(255) as u8;
        self.env.frames[0].names.push(FormalName {
            name: name.text.clone(),
            dims,
            captured: None,
        });
        self.env.formal_bounds.push(known);
        if !self.env.name(&name.text, Named::Formal(index)) {
            let message = format!("two formals of kind `process` are named `{}`", name.text);
            self.report(Report::error("H0202", name.span, message));
        }
        index
    }

    /// Resolves the bodies of all definitions.
    pub(super) fn bodies(&mut self) -> Vec<Definition> {
        let mut definitions = Vec::with_capacity(self.signatures.len());
        for index in 0..self.signatures.len() {
            let signature = &mut self.signatures[index];
            let written = signature.written;
            let formals = std::mem::take(&mut signature.checked);
            let outsides = std::mem::take(&mut signature.outsides);
            self.env = std::mem::replace(&mut signature.env, Env::new());
            self.file = written.name.span.file;
            let name = written.name.text.clone();
            let routine = self.routine(&name, &written.body, written.name.span);
            definitions.push(Definition {
                name,
                formals,
                outsides,
                routine,
                span: written.name.span,
            });
        }
        definitions
    }

    /// Resolves the main process.
    pub(super) fn main(&mut self) -> Routine {
        self.env = Env::new();
        self.file = 0;
        let body = &self.program(0).body;
        let span = self.first_place(body, Span::default());
        self.routine("main", body, span)
    }

    /// Makes a routine of the innermost state and a body.
    fn routine(&mut self, name: &str, body: &'a [ast::Command], span: Span) -> Routine {
        let body = self.list(body);
        let mut env = std::mem::replace(&mut self.env, Env::new());
        let frame = std::mem::take(env.frame());
        frame.finish(name.into(), body, span)
    }

    /// Reports an instance with the wrong number of arguments.
    pub(super) fn wrong_number(&mut self, definition: u32, found: usize, span: Span) {
        let signature = &self.signatures[definition as usize];
        let name = &signature.written.name;
        let message = format!(
            "`{}` takes {}, and gets {}",
            name.text,
            text::count(signature.formals.len(), "argument"),
            if found == 0 { "none".into() } else { found.to_string() }
        );
        let report = Report::error("H0210", span, message).note(name.span, "it is defined here");
        self.report(report);
    }
}
