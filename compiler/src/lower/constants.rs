//! The tables of a module: equal entries are made once, and none grows beyond what 16 bits can index.

use super::types;
use crate::check::tree;
use hydra_bytecode::report::Report;
use hydra_bytecode::{Const, Module, Slot, Span, TYPE_DEPTH_MAX, TYPE_SIZE_MAX, Type};
use rustc_hash::FxHashMap;

/// The most entries of a table; the number 65535 means "none" in some places.
const ENTRIES_MAX: usize = 65_535;

/// The module in the making.
#[derive(Default)]
pub(super) struct Tables {
    /// What has been made of it.
    pub(super) module: Module,
    /// Limits that the program exceeds.
    pub(super) reports: Vec<Report>,
    types: FxHashMap<Type, u16>,
    /// Depth and size of each type.
    extents: Vec<(u32, u32)>,
    slots: FxHashMap<Slot, u16>,
    strings: FxHashMap<String, u16>,
    words: FxHashMap<u64, u16>,
    values: FxHashMap<String, u16>,
}

impl Tables {
    /// Reports, once for each `what`, that the program is too large.
    pub(super) fn exceeds(&mut self, span: Span, what: &str) {
        let message = format!("the program is too large: {what}");
        if self.reports.iter().all(|report| report.message != message) {
            let help = "split it into smaller processes or definitions";
            self.reports.push(Report::error("H0490", span, message).help(help));
        }
    }

    /// The index of the next entry of a table that has `len`.
    pub(super) fn next(&mut self, len: usize, span: Span, what: &str) -> u16 {
        if len >= ENTRIES_MAX {
            self.exceeds(span, &format!("it has more than {ENTRIES_MAX} {what}"));
            return 0;
        }
        len as u16
    }

    /// A number that has to fit in 8 bits.
    pub(super) fn small(&mut self, number: usize, span: Span, what: &str) -> u8 {
        u8::try_from(number).unwrap_or_else(|_| {
            self.exceeds(span, &format!("{number} {what}, where 255 is the most"));
            0
        })
    }

    /// A type.
    pub(super) fn ty(&mut self, ty: &tree::Type, span: Span) -> u16 {
        let made = match ty {
            tree::Type::String => Type::String,
            tree::Type::Any => Type::Any,
            tree::Type::Array(dims, element) => Type::Array {
                dims: *dims,
                element: self.ty(element, span),
            },
            tree::Type::Struct(name, parts) => {
                self.small(parts.len(), span, "components in a structured value");
                let constructor = self.symbol(name, span);
                Type::Struct {
                    constructor,
                    parts: parts.iter().map(|part| self.ty(part, span)).collect(),
                }
            }
            scalar => types::kind(scalar).map_or(Type::Any, Type::Scalar),
        };
        if let Some(&index) = self.types.get(&made) {
            return index;
        }
        let (depth, size) = match &made {
            Type::Array { element, .. } => self.extent(&[*element]),
            Type::Struct { parts, .. } => self.extent(parts),
            Type::Scalar(_) | Type::String | Type::Any => (1, 1),
        };
        if depth > TYPE_DEPTH_MAX {
            self.exceeds(span, &format!("types nested more than {TYPE_DEPTH_MAX} deep"));
        }
        if size > TYPE_SIZE_MAX {
            self.exceeds(
                span,
                &format!("a type that consists of more than {TYPE_SIZE_MAX} types"),
            );
        }
        self.extents.push((depth, size));
        let index = self.next(self.module.types.len(), span, "types");
        self.types.insert(made.clone(), index);
        self.module.types.push(made);
        index
    }

    /// Depth and size of a type with these parts.
    fn extent(&self, parts: &[u16]) -> (u32, u32) {
        let parts = parts.iter().filter_map(|&part| self.extents.get(usize::from(part)));
        parts.fold((1, 1), |(depth, size), (part_depth, part_size)| {
            (depth.max(part_depth.saturating_add(1)), size.saturating_add(*part_size))
        })
    }

    /// The slot of a variable, or of another place that converts.
    pub(super) fn slot(&mut self, ty: &tree::Type, bounds: u16, name: &str, span: Span) -> u16 {
        let bounds = if types::bounds(ty) == 0 { 0 } else { bounds };
        let slot = Slot {
            ty: self.ty(ty, span),
            bounds,
            name: name.to_string(),
        };
        if let Some(&index) = self.slots.get(&slot) {
            return index;
        }
        let index = self.next(self.module.slots.len(), span, "variables");
        self.slots.insert(slot.clone(), index);
        self.module.slots.push(slot);
        index
    }

    /// The name of a constructor.
    pub(super) fn symbol(&mut self, name: &str, span: Span) -> u16 {
        if let Some(&index) = self.strings.get(name) {
            return index;
        }
        let index = self.next(self.module.strings.len(), span, "constructors");
        self.strings.insert(name.to_string(), index);
        self.module.strings.push(name.to_string());
        index
    }

    /// A scalar constant.
    pub(super) fn word(&mut self, word: u64, span: Span) -> u16 {
        if let Some(&index) = self.words.get(&word) {
            return index;
        }
        let index = self.next(self.module.words.len(), span, "constants");
        self.words.insert(word, index);
        self.module.words.push(word);
        index
    }

    /// Any constant.
    pub(super) fn value(&mut self, value: &Const, span: Span) -> u16 {
        // Written out, unlike compared, 0.0 and -0.0 differ.
        let key = format!("{value:?}");
        if let Some(&index) = self.values.get(&key) {
            return index;
        }
        let index = self.next(self.module.values.len(), span, "constants");
        self.values.insert(key, index);
        self.module.values.push(value.clone());
        index
    }
}
