//! What the files of the program define: constants, params, externs, and who may see what.
//!
//! A file sees its own items and those of the files it imports, directly or through others. A name is defined only once
//! in the whole program, so that one table serves all files.

use super::{Resolver, text};
use crate::Options;
use crate::check::tree::{CheckedProgram, Expr, ExprKind, Extern, Param, Type};
use crate::syntax::ast;
use hydra_bytecode::{Bound, Const, Span, report::Report};
use rustc_hash::{FxHashMap, FxHashSet};

/// The variable name space of the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Global {
    /// index into [`Items::constants`]
    Constant(u32),
    /// index into [`Items::params`]
    Param(u32),
}

/// A named constant.
#[derive(Clone, Debug)]
pub(super) struct Constant {
    /// its name
    pub(super) name: String,
    /// its value
    pub(super) value: Const,
    /// whether an `_include` defines it
    pub(super) rhai: bool,
}

/// A definition of a name: what it means and where it is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Defined<T> {
    /// what it means
    pub(super) meaning: T,
    /// the name's place
    pub(super) span: Span,
}

/// What all files define.
#[derive(Debug, Default)]
pub(super) struct Items<'a> {
    /// constants of the program and of its includes
    pub(super) constants: Vec<Constant>,
    /// params
    pub(super) params: Vec<Param>,
    /// externs
    pub(super) externs: Vec<Extern>,
    /// constants and params by name
    pub(super) values: FxHashMap<String, Defined<Global>>,
    /// externs by name: which one
    pub(super) hosts: FxHashMap<&'a str, Defined<u16>>,
    /// definitions by name: which one
    pub(super) definitions: FxHashMap<&'a str, Defined<u32>>,
    /// the texts of the includes
    pub(super) includes: super::includes::Includes<'a>,
    /// files in an order in which imported ones come first
    pub(super) order: Vec<u32>,
    /// for each file the files it sees
    visible: Vec<FxHashSet<u32>>,
}

impl Items<'_> {
    /// Whether a file sees what stands at a place.
    pub(super) fn sees(&self, file: u32, place: Span) -> bool {
        file == place.file || self.visible.get(file as usize).is_some_and(|v| v.contains(&place.file))
    }

    /// A constant or param that a file sees.
    pub(super) fn value(&self, file: u32, name: &str) -> Option<Global> {
        self.values
            .get(name)
            .filter(|d| self.sees(file, d.span))
            .map(|d| d.meaning)
    }

    /// The names of the constants and params that a file sees.
    pub(super) fn value_names(&self, file: u32) -> impl Iterator<Item = &str> {
        self.values
            .iter()
            .filter(move |(_, d)| self.sees(file, d.span))
            .map(|(name, _)| name.as_str())
    }

    /// Puts everything into the checked program.
    pub(super) fn hand_over(self, program: &mut CheckedProgram) {
        let named = self.constants.into_iter().filter(|c| !c.rhai);
        program.constants = named.map(|c| (c.name, c.value)).collect();
        program.params = self.params;
        program.externs = self.externs;
        program.includes = self.includes.spans();
    }
}

impl<'a> Resolver<'a> {
    /// Collects the items of all files.
    pub(super) fn items(&mut self, options: &Options) {
        self.order_files();
        self.defines_unknown(options);
        for file in self.items.order.clone() {
            self.file = file;
            for item in &self.program(file).items {
                match item {
                    ast::Item::Const { name, value } => self.constant_item(name, value, options),
                    ast::Item::Param { name, ty, default } => self.param(name, ty, default.as_ref()),
                    // processes of the outside, which belong to the definitions
                    ast::Item::Extern(_) if self.is_standard(file) => {}
                    ast::Item::Extern(externs) => externs.iter().for_each(|(name, ranges)| self.extern_(name, ranges)),
                    ast::Item::Include(_) | ast::Item::Import { .. } | ast::Item::Process(_) => {}
                }
            }
        }
        self.collect_includes();
    }

    /// Puts imported files before those that import them, and finds who sees whom.
    fn order_files(&mut self) {
        let loaded = self.loaded;
        let mut placed = FxHashSet::default();
        let mut work = vec![(0u32, false)];
        while let Some((file, done)) = work.pop() {
            let Some(tree) = loaded.files.get(file as usize) else {
                continue;
            };
            if done {
                self.items.order.push(file);
            } else if placed.insert(file) {
                work.push((file, true));
                work.extend(tree.imports.iter().rev().flatten().map(|&import| (import, false)));
            }
        }
        self.items.visible = vec![FxHashSet::default(); loaded.files.len()];
        for file in self.items.order.clone() {
            let mut seen = FxHashSet::default();
            for &import in loaded.files[file as usize].imports.iter().flatten() {
                if let Some(through) = self.items.visible.get(import as usize) {
                    seen.insert(import);
                    seen.extend(through.iter().copied());
                }
            }
            self.items.visible[file as usize] = seen;
        }
    }

    /// Reports a name that is defined already, where `first` is.
    pub(super) fn defined_twice(&mut self, name: &ast::Name, first: Span) {
        let message = if first.file == name.span.file {
            format!("`{}` is defined twice", name.text)
        } else {
            format!("`{}` is defined by two files", name.text)
        };
        self.report(Report::error("H0214", name.span, message).note(first, "first defined here"));
    }

    /// Gives a name a meaning in the name space of variables.
    pub(super) fn define_value(&mut self, name: &ast::Name, meaning: Global) {
        let defined = Defined {
            meaning,
            span: name.span,
        };
        match self.items.values.get(&name.text) {
            Some(first) => {
                let first = first.span;
                self.defined_twice(name, first);
            }
            None => {
                self.items.values.insert(name.text.clone(), defined);
            }
        }
    }

    fn param(&mut self, name: &'a ast::Name, ty: &'a ast::Type, default: Option<&'a ast::Expr>) {
        let ty = match ty.kind {
            ast::TypeKind::Integer => Type::Integer,
            ast::TypeKind::Real => Type::Real,
            ast::TypeKind::Boolean => Type::Boolean,
            ast::TypeKind::Character => Type::Character,
            ast::TypeKind::String => Type::String,
            // the parser has said so
            _ => Type::Any,
        };
        let default = default.and_then(|e| {
            let value = self.constant(e)?;
            match (&ty, value) {
                (Type::Real, Const::Integer(n)) => Some(Const::Real(n as f64)),
                (Type::Any, value) => Some(value),
                (ty, value) if *ty == text::type_of(&value) => Some(value),
                (ty, value) => {
                    let found = text::type_name(&text::type_of(&value));
                    let message = format!(
                        "type mismatch: the param `{}` is {}, its default is {found}",
                        name.text,
                        text::type_name(ty)
                    );
                    self.report(Report::error("H0301", e.span, message));
                    None
                }
            }
        });
        let meaning = Global::Param(self.items.params.len() as u32);
        self.items.params.push(Param {
            name: name.text.clone(),
            ty,
            default,
            span: name.span,
        });
        self.define_value(name, meaning);
    }

    /// Whether a file is of the standard library.
    pub(super) fn is_standard(&self, file: u32) -> bool {
        self.loaded.files.get(file as usize).is_some_and(|file| file.standard)
    }

    fn extern_(&mut self, name: &'a ast::Name, ranges: &'a [ast::Range]) {
        let bounds = ranges
            .iter()
            .map(|range| (self.bound(&range.low, i64::MIN), self.bound(&range.high, i64::MAX)))
            .collect();
        let index = (self.items.externs.len() + 3).min(usize::from(u16::MAX)) as u16;
        self.items.externs.push(Extern {
            name: name.text.clone(),
            ranges: bounds,
            span: name.span,
        });
        if ["stdin", "stdout", "stderr"].contains(&name.text.as_str()) {
            let message = format!("`{}` is always there and cannot be an extern", name.text);
            self.report(Report::error("H0214", name.span, message));
        } else if let Some(first) = self.items.hosts.get(name.text.as_str()) {
            let first = first.span;
            self.defined_twice(name, first);
        } else {
            self.items.hosts.insert(
                &name.text,
                Defined {
                    meaning: index,
                    span: name.span,
                },
            );
        }
        if self.items.externs.len() + 3 == usize::from(u16::MAX) {
            self.report(Report::error("H0214", name.span, "too many externs"));
        }
    }

    /// A bound of an extern: a constant or a param. One that is reported becomes `open`.
    fn bound(&mut self, e: &'a ast::Expr, open: i64) -> Bound {
        let expr = self.expr(e);
        match expr {
            Expr {
                kind: ExprKind::Const(Const::Integer(n)),
                ..
            } => return Bound::Constant(n),
            Expr {
                kind: ExprKind::Param(index),
                ty: Type::Integer,
                ..
            } if index < u32::from(u16::MAX) => {
                return Bound::Param(index as u16);
            }
            _ if self.is_broken(&expr) => {}
            _ => {
                let message = "a bound of an extern must be an integer that is known when the program starts";
                self.report(
                    Report::error("H0418", e.span, message).help("write a constant, or a param of type integer"),
                );
            }
        }
        Bound::Constant(open)
    }
}
