//! Types, constants and names of tables in a listing.

use crate::module::{Bound, Const, Fixed, Module, Port, Reg, Slot, Target, Type};
use std::fmt::Write as _;

/// A longer type or constant is cut, which also ends any recursion in it.
const LENGTH_MAX: usize = 200;

/// A name or line of a source as part of a line.
pub(super) fn short(text: &str) -> String {
    let mut out: String = text
        .chars()
        .take(LENGTH_MAX)
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    if text.len() > out.len() {
        out.push('…');
    }
    out
}

/// A text on one line, with quotes.
pub(super) fn quoted(text: &str) -> String {
    match text.char_indices().nth(LENGTH_MAX) {
        Some((cut, _)) => format!("{:?}…", &text[..cut]),
        None => format!("{text:?}"),
    }
}

pub(super) fn reg(reg: Reg) -> String {
    match reg {
        Reg::S(register) => format!("s{register}"),
        Reg::R(register) => format!("r{register}"),
    }
}

pub(super) fn fixed(fixed: Fixed) -> String {
    match fixed {
        Fixed::Parent(register) => format!("s{register}"),
        Fixed::Label(subscript) => format!("label {subscript}"),
        Fixed::Constant(value) => value.to_string(),
    }
}

/// Several, with a comma between them.
pub(super) fn joined<T>(items: impl IntoIterator<Item = T>, text: impl FnMut(T) -> String) -> String {
    items.into_iter().map(text).collect::<Vec<_>>().join(", ")
}

/// `first..last` of a bank.
pub(super) fn run(bank: char, first: u16, count: usize) -> String {
    match count {
        0 => "-".to_string(),
        1 => format!("{bank}{first}"),
        _ => format!("{bank}{first}..{bank}{}", usize::from(first) + count - 1),
    }
}

/// Names for indices of a module.
pub(super) struct Names<'a>(pub(super) &'a Module);

impl Names<'_> {
    pub(super) fn string(&self, index: u16) -> String {
        match self.0.strings.get(usize::from(index)).map(String::as_str) {
            Some("") => "()".to_string(),
            Some(name) => short(name),
            None => "?".to_string(),
        }
    }

    pub(super) fn ty(&self, index: u16) -> String {
        let mut out = String::new();
        self.write_type(&mut out, index);
        out
    }

    fn write_type(&self, out: &mut String, index: u16) {
        if out.len() > LENGTH_MAX {
            if !out.ends_with('…') {
                out.push('…');
            }
            return;
        }
        match self.0.types.get(usize::from(index)) {
            None => out.push('?'),
            Some(Type::Scalar(kind)) => out.push_str(kind.name()),
            Some(Type::String) => out.push_str("string"),
            Some(Type::Any) => out.push_str("any"),
            Some(Type::Array { dims, element }) => {
                let _ = write!(out, "({}) ", joined(0..*dims, |_| "..".to_string()));
                self.write_type(out, *element);
            }
            Some(Type::Struct { constructor, parts }) => {
                if *constructor != 0 {
                    out.push_str(&self.string(*constructor));
                }
                out.push('(');
                for (i, &part) in parts.iter().enumerate() {
                    if out.len() > LENGTH_MAX {
                        break;
                    }
                    out.push_str(if i == 0 { "" } else { ", " });
                    self.write_type(out, part);
                }
                out.push(')');
            }
        }
    }

    pub(super) fn slot(&self, index: u16) -> String {
        self.0
            .slots
            .get(usize::from(index))
            .map_or_else(|| "?".to_string(), |slot| self.slot_text(slot))
    }

    pub(super) fn slot_text(&self, slot: &Slot) -> String {
        let name = if slot.name.is_empty() {
            "_".to_string()
        } else {
            short(&slot.name)
        };
        format!("{name} : {}{}", self.ty(slot.ty), self.bounds(slot.ty, slot.bounds))
    }

    /// Where the bounds are, if the type is written with any.
    pub(super) fn bounds(&self, ty: u16, first: u16) -> String {
        match self.0.types.get(usize::from(ty)) {
            Some(Type::Array { .. } | Type::Struct { .. }) => format!(" bounds s{first}.."),
            _ => String::new(),
        }
    }

    /// A port as a process name with the registers of its subscripts.
    pub(super) fn port(&self, index: u16) -> String {
        self.0
            .ports
            .get(usize::from(index))
            .map_or_else(|| "?".to_string(), |port| self.port_text(port))
    }

    pub(super) fn port_text(&self, port: &Port) -> String {
        match port.count {
            0 => short(&port.name),
            count => format!(
                "{}({})",
                short(&port.name),
                run('s', port.subscripts, usize::from(count))
            ),
        }
    }

    pub(super) fn target(&self, target: &Target) -> String {
        match target {
            Target::Label { depth, family } => format!("family {family}, {depth} further out"),
            Target::Formal(name) => format!("n{name}"),
            Target::Host(0) => "stdin".to_string(),
            Target::Host(1) => "stdout".to_string(),
            Target::Host(2) => "stderr".to_string(),
            Target::Host(host) => format!("extern {}", host - 3),
        }
    }

    pub(super) fn routine(&self, index: u16) -> String {
        match self.0.routines.get(usize::from(index)) {
            Some(routine) if routine.name.is_empty() => format!("routine {index}"),
            Some(routine) => format!("routine {index} {}", short(&routine.name)),
            None => format!("routine {index} ?"),
        }
    }

    pub(super) fn param(&self, index: u16) -> String {
        self.0
            .params
            .get(usize::from(index))
            .map_or_else(|| "?".to_string(), |param| short(&param.name))
    }

    pub(super) fn bound(&self, bound: Bound) -> String {
        match bound {
            Bound::Constant(value) => value.to_string(),
            Bound::Param(param) => self.param(param),
        }
    }

    pub(super) fn value(&self, index: u16) -> String {
        self.0
            .values
            .get(usize::from(index))
            .map_or_else(|| "?".to_string(), |value| self.constant(value))
    }

    pub(super) fn constant(&self, value: &Const) -> String {
        let mut out = String::new();
        self.write_constant(&mut out, value);
        out
    }

    fn write_constant(&self, out: &mut String, value: &Const) {
        if out.len() > LENGTH_MAX {
            if !out.ends_with('…') {
                out.push('…');
            }
            return;
        }
        let parts = |out: &mut String, parts: &[Const]| {
            for (i, part) in parts.iter().enumerate() {
                if out.len() > LENGTH_MAX {
                    break;
                }
                out.push_str(if i == 0 { "" } else { ", " });
                self.write_constant(out, part);
            }
        };
        let _ = match value {
            Const::Unit => write!(out, "()"),
            Const::Integer(value) => write!(out, "{value}"),
            Const::Real(value) => write!(out, "{value:?}"),
            Const::Boolean(value) => write!(out, "{value}"),
            Const::Character(value) => write!(out, "{value:?}"),
            Const::String(text) => write!(out, "{}", quoted(text)),
            Const::Array(items) => {
                out.push('[');
                parts(out, items);
                out.push(']');
                Ok(())
            }
            Const::Struct(constructor, items) => {
                if *constructor != 0 {
                    out.push_str(&self.string(*constructor));
                }
                out.push('(');
                parts(out, items);
                out.push(')');
                Ok(())
            }
            Const::Map(entries) => {
                out.push_str("#{");
                for (i, (key, part)) in entries.iter().enumerate() {
                    if out.len() > LENGTH_MAX {
                        break;
                    }
                    let _ = write!(out, "{}{}: ", if i == 0 { "" } else { ", " }, quoted(key));
                    self.write_constant(out, part);
                }
                out.push('}');
                Ok(())
            }
        };
    }
}
