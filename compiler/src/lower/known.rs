//! What is known before the program runs of bounds, of the values of range variables, and of captured parts of arrays.

use super::parallel::Inherited;
use super::routine::{Place, Unit, Want};
use super::walk;
use crate::check::tree::*;
use hydra_bytecode::{BinOp, Const};
use std::rc::Rc;

/// A number that does not change while it is known: a param, a variable that nobody assigns, or 0, and an offset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Linear {
    base: Base,
    offset: i64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Base {
    Zero,
    Param(u32),
    /// The number of a variable, the same in all routines that see it.
    Variable(u32),
}

/// First and last value.
pub(super) type Extent = (Linear, Linear);

impl Linear {
    fn constant(offset: i64) -> Linear {
        Linear {
            base: Base::Zero,
            offset,
        }
    }

    /// The value of a variable that nobody assigns.
    pub(super) fn variable(number: u32) -> Linear {
        Linear {
            base: Base::Variable(number),
            offset: 0,
        }
    }

    fn plus(self, other: Linear) -> Option<Linear> {
        let base = match (self.base, other.base) {
            (base, Base::Zero) | (Base::Zero, base) => base,
            _ => return None,
        };
        Some(Linear {
            base,
            offset: self.offset.checked_add(other.offset)?,
        })
    }

    /// Whether it is surely at most the other.
    fn at_most(self, other: Linear) -> bool {
        self.base == other.base && self.offset <= other.offset
    }
}

/// Whether values surely lie within bounds.
pub(super) fn within(values: Option<Extent>, bounds: Option<Extent>) -> bool {
    match (values, bounds) {
        (Some((first, last)), Some((low, high))) => low.at_most(first) && last.at_most(high),
        _ => false,
    }
}

impl Unit<'_, '_> {
    /// An integer that does not change.
    pub(super) fn linear(&self, e: &Expr) -> Option<Linear> {
        match &e.kind {
            ExprKind::Const(Const::Integer(value)) if e.ty == Type::Integer => Some(Linear::constant(*value)),
            ExprKind::Param(param) if e.ty == Type::Integer => Some(Linear {
                base: Base::Param(*param),
                offset: 0,
            }),
            ExprKind::Var(var) => self.places.get(var.0 as usize)?.as_ref()?.value,
            ExprKind::Negate(inner) => match self.linear(inner)? {
                Linear {
                    base: Base::Zero,
                    offset,
                } => Some(Linear::constant(offset.checked_neg()?)),
                _ => None,
            },
            ExprKind::Arithmetic(BinOp::Add, left, right) => self.linear(left)?.plus(self.linear(right)?),
            ExprKind::Arithmetic(BinOp::Sub, left, right) => match self.linear(right)? {
                Linear {
                    base: Base::Zero,
                    offset,
                } => self.linear(left)?.plus(Linear::constant(offset.checked_neg()?)),
                _ => None,
            },
            _ => None,
        }
    }

    /// A pair of bounds that do not change.
    pub(super) fn extent(&self, low: &Expr, high: &Expr) -> Option<Extent> {
        Some((self.linear(low)?, self.linear(high)?))
    }

    /// What a process has of each variable of the one that starts it, and of its label.
    pub(super) fn inherited(&mut self, process: &Process) -> Vec<Option<Inherited>> {
        process
            .routine
            .vars
            .iter()
            .enumerate()
            .map(|(i, var)| self.inherits(process, VarId(i as u32), var))
            .collect()
    }

    fn inherits(&mut self, process: &Process, id: VarId, var: &Var) -> Option<Inherited> {
        let (outer, mode) = match &var.kind {
            VarKind::Captured { outer, mode } => (*outer, mode),
            VarKind::Label(number) => {
                let values = self.label_values(process, *number);
                let value = Some(Linear::variable(self.low.number()));
                return Some(Inherited {
                    taken: 0,
                    lead: Vec::new(),
                    known: vec![values],
                    value,
                    changed: false,
                    window: false,
                });
            }
            VarKind::Local | VarKind::Formal | VarKind::Range => return None,
        };
        let place = self.var(outer);
        let mut inherited = Inherited {
            taken: place.taken,
            lead: place.lead.iter().map(Option::is_some).collect(),
            known: place.known.clone(),
            value: place.value.filter(|_| !var.assigned),
            changed: var.assigned && *mode == CaptureMode::Changed,
            window: false,
        };
        if let CaptureMode::Part(prefix) = mode {
            let further = prefix.iter().enumerate().skip(place.taken);
            let unsure: Vec<bool> = further
                .map(|(dimension, subscript)| {
                    let values = self.subscript_values(process, subscript);
                    !within(values, place.known.get(dimension).copied().flatten())
                })
                .collect();
            // A fragment cannot check the subscripts of a part. Where they may be outside the bounds, the process keeps
            // an array: that of the encloser, or, to change it, one with nothing but its part.
            if unsure.contains(&true) && walk::in_fragment(&process.routine, id) {
                inherited.window = var.assigned;
            } else {
                inherited.taken = prefix.len();
                inherited.lead.extend(unsure);
            }
        }
        Some(inherited)
    }

    fn label_values(&self, process: &Process, number: u8) -> Option<Extent> {
        let subscript = process.label.as_ref()?.subscripts.get(usize::from(number))?;
        self.extent(&subscript.low, subscript.high.as_ref().unwrap_or(&subscript.low))
    }

    fn subscript_values(&mut self, process: &Process, subscript: &Subscript) -> Option<Extent> {
        match subscript {
            Subscript::Constant(value) => Some((Linear::constant(*value), Linear::constant(*value))),
            Subscript::Label(number) => self.label_values(process, *number),
            Subscript::Outer(var) => self.var(*var).known.first().copied().flatten(),
        }
    }

    /// The place of a variable of this process that it has from outside.
    pub(super) fn inherit(&mut self, var: &Var, inherited: Inherited) -> Rc<Place> {
        let mut place = self.place(var, inherited.taken);
        place.lead = inherited
            .lead
            .iter()
            .map(|check| check.then(|| self.s_block(2)))
            .collect();
        place.known = inherited.known;
        place.value = inherited.value;
        place.window = inherited.window;
        place.was = inherited.changed.then(|| self.r());
        Rc::new(place)
    }

    /// Checks the subscripts of a mention that name the part that a process has, where that has to be done.
    pub(super) fn check_part(&mut self, place: &Place, subscripts: &[Expr]) {
        for (subscript, lead) in subscripts.iter().zip(&place.lead) {
            if let Some(bounds) = lead {
                let mark = self.mark();
                self.offset(*bounds, std::slice::from_ref(subscript), Want::Free);
                self.release(mark);
            }
        }
    }
}
