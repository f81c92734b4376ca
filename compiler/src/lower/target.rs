//! Targets of assignments and inputs.
//!
//! First all subscripts of a target are evaluated, from left to right ([`Unit::locate`]); what is stored comes later.

use super::routine::{Holds, Place, Unit, Want};
use super::{fold, types};
use crate::check::tree::{Expr, ExprKind, Target, Type};
use hydra_bytecode::{Kind, Op, Reg, Span};
use std::rc::Rc;

/// A target whose subscripts have been evaluated.
pub(super) enum Located<'t> {
    /// A variable, or the part of one that lies in a register.
    Register(Rc<Place>),
    /// An element or row of an array.
    Element(Element),
    /// `_`
    Drop,
    /// Constructor and components.
    Struct(&'t str, Vec<Located<'t>>, Span),
}

/// An element or row whose subscripts have been evaluated.
pub(super) struct Element {
    /// The register with the array.
    array: u16,
    /// The register with the offset.
    offset: u16,
    /// The number of subscripts, if it is a row.
    row: Option<u8>,
    holds: Holds,
}

/// What goes into a target.
enum Source<'e> {
    /// A value in a register that just fits the target.
    Fits(Reg),
    /// A value in a register, still to be converted; a scalar has this kind.
    Value(Reg, Option<Kind>),
    /// Values for the components.
    Parts(Vec<Source<'e>>),
    /// A constant, which need not be evaluated before.
    Constant(&'e Expr),
}

impl Unit<'_, '_> {
    /// `target := e`
    pub(super) fn assign(&mut self, target: &Target, e: &Expr) {
        match target {
            Target::Drop(_) => self.drop_value(e),
            Target::Var(var, _) => {
                let place = self.var(*var);
                self.convert(e, &place.holds, place.reg);
            }
            _ => match self.locate(target) {
                Located::Register(place) => self.convert(e, &place.holds, place.reg),
                located => {
                    let source = self.only_source(&located, e);
                    self.store(&located, source);
                }
            },
        }
    }

    /// The right side of an assignment to a target that is not taken apart, or a value that is not written out: nothing
    /// is assigned between its evaluation and its use, so a variable serves where it is.
    fn only_source<'e>(&mut self, located: &Located<'_>, e: &'e Expr) -> Source<'e> {
        match (located, &e.kind) {
            (Located::Element(Element { holds, .. }), _) => match types::kind(&holds.ty) {
                Some(kind) => Source::Fits(Reg::S(self.scalar(e, kind, Want::Free))),
                None if holds.fits(e) => Source::Fits(Reg::R(self.reference(e, Want::Free))),
                None => self.converted(e, holds),
            },
            (Located::Struct(..), ExprKind::Var(_) | ExprKind::Fragment(_)) => {
                Source::Value(self.eval(e, Want::Free), types::kind(&e.ty))
            }
            _ => self.source(located, e),
        }
    }

    /// Evaluates into a register, converting to what is held there.
    pub(super) fn convert(&mut self, e: &Expr, holds: &Holds, to: Reg) {
        let mark = self.mark();
        match to {
            Reg::S(_) => {
                if let Some(kind) = types::kind(&holds.ty) {
                    self.scalar(e, kind, Want::At(to));
                }
            }
            Reg::R(_) if holds.fits(e) => {
                self.reference(e, Want::At(to));
            }
            Reg::R(b) => {
                // What is in a variable is converted from there, everything else on the spot.
                let variable = matches!(&e.kind, ExprKind::Var(_));
                let c = self.reference(e, if variable { Want::Free } else { Want::At(to) });
                self.conv(b, c, holds);
            }
        }
        self.release(mark);
    }

    /// `r[b] = r[c]` converted.
    pub(super) fn conv(&mut self, b: u16, c: u16, holds: &Holds) {
        let slot = self.low.tables.slot(&holds.ty, holds.bounds, &holds.name, self.span);
        self.emit(Op::Conv, 0, b, c, slot);
    }

    /// Evaluates the subscripts of a target. Its offsets stay in registers until the caller gives these back.
    pub(super) fn locate<'t>(&mut self, target: &'t Target) -> Located<'t> {
        match target {
            Target::Drop(_) => Located::Drop,
            Target::Var(var, _) => Located::Register(self.var(*var)),
            Target::Struct(name, parts, span) => {
                Located::Struct(name, parts.iter().map(|part| self.locate(part)).collect(), *span)
            }
            Target::Element(var, subscripts, span) => {
                let place = self.var(*var);
                self.at(*span, |unit| unit.check_part(&place, subscripts));
                let rest = subscripts.get(place.taken..).unwrap_or(&[]);
                let Reg::R(array) = place.reg else {
                    return Located::Register(place);
                };
                if rest.is_empty() {
                    return Located::Register(place);
                }
                let whole = &place.holds;
                let offset = self.at(*span, |unit| unit.offset(whole.bounds, rest, Want::Free));
                let row = (rest.len() < types::dims(&whole.ty)).then_some(rest.len() as u8);
                Located::Element(Element {
                    array,
                    offset,
                    row,
                    holds: whole.after(rest.len()),
                })
            }
        }
    }

    /// Evaluates the right side of an assignment as far as it can be done before anything is assigned. A structured value
    /// that is written out for a target of its shape is never made.
    fn source<'e>(&mut self, located: &Located<'_>, e: &'e Expr) -> Source<'e> {
        match (located, &e.kind) {
            (_, ExprKind::Const(_)) => Source::Constant(e),
            (Located::Struct(name, places, _), ExprKind::Struct(made, parts))
                if name == made && places.len() == parts.len() =>
            {
                Source::Parts(
                    places
                        .iter()
                        .zip(parts)
                        .map(|(place, part)| self.source(place, part))
                        .collect(),
                )
            }
            (Located::Register(place), _) => self.converted(e, &place.holds),
            (Located::Element(element), _) => self.converted(e, &element.holds),
            (Located::Struct(..) | Located::Drop, _) => {
                let to = self.reg(&e.ty);
                Source::Value(self.eval(e, Want::At(to)), types::kind(&e.ty))
            }
        }
    }

    fn converted<'e>(&mut self, e: &Expr, holds: &Holds) -> Source<'e> {
        let to = self.reg(&holds.ty);
        self.convert(e, holds, to);
        Source::Fits(to)
    }

    /// Stores a value that has been received for this target, so that it has the target's shape and lengths.
    pub(super) fn store_received(&mut self, located: &Located<'_>, from: Reg) {
        self.store(located, Source::Fits(from));
    }

    fn store(&mut self, located: &Located<'_>, source: Source<'_>) {
        let mark = self.mark();
        match (located, source) {
            (Located::Drop, _) => {}
            (Located::Struct(_, places, _), Source::Parts(sources)) => {
                for (place, source) in places.iter().zip(sources) {
                    self.store(place, source);
                }
            }
            (Located::Struct(name, places, span), Source::Constant(e)) => {
                let from = self.reference(e, Want::Free);
                self.open(name, places, *span, from, false);
            }
            (Located::Struct(name, places, span), Source::Fits(Reg::R(from))) => {
                self.open(name, places, *span, from, true);
            }
            (Located::Struct(name, places, span), Source::Value(from, kind)) => {
                let from = self.boxed(from, kind);
                self.open(name, places, *span, from, false);
            }
            (Located::Register(place), Source::Constant(e)) => self.convert(e, &place.holds, place.reg),
            (Located::Register(place), Source::Fits(from)) => self.take(place.reg, from),
            (Located::Register(place), Source::Value(from, _)) => self.fit(from, &place.holds, place.reg),
            (Located::Element(element), Source::Constant(e)) => {
                let source = self.converted(e, &element.holds);
                self.store(located, source);
            }
            (Located::Element(element), Source::Value(from, _)) => {
                let to = self.reg(&element.holds.ty);
                self.fit(from, &element.holds, to);
                self.store(located, Source::Fits(to));
            }
            (Located::Element(Element { array, offset, row, .. }), Source::Fits(from)) => match (from, row) {
                (Reg::S(d), _) => self.emit(Op::Set, 0, *array, *offset, d),
                (Reg::R(d), None) => self.emit(Op::SetV, 0, *array, *offset, d),
                (Reg::R(d), Some(count)) => self.emit(Op::SetRow, *count, *array, *offset, d),
            },
            // `source` makes no such pairs.
            (Located::Struct(..), Source::Fits(Reg::S(_)))
            | (Located::Register(_) | Located::Element(_), Source::Parts(_)) => {
                self.low
                    .internal(self.span, "a target and what goes into it differ in shape");
            }
        }
        self.release(mark);
    }

    /// A value in a reference register.
    fn boxed(&mut self, from: Reg, kind: Option<Kind>) -> u16 {
        match from {
            Reg::R(r) => r,
            Reg::S(s) => {
                let b = self.r();
                self.emit(Op::Box, kind.unwrap_or(Kind::Integer) as u8, b, s, 0);
                b
            }
        }
    }

    /// Takes a structured value apart and stores its components. `exact`: it is known to have the target's type.
    fn open(&mut self, name: &str, places: &[Located<'_>], span: Span, from: u16, exact: bool) {
        let mark = self.mark();
        let first = if places.is_empty() {
            0
        } else {
            self.r_block(places.len())
        };
        let count = self.low.tables.small(places.len(), span, "components in a target");
        let symbol = self.low.tables.symbol(name, span);
        self.emit(Op::Open, count, first, from, symbol);
        for (i, place) in places.iter().enumerate() {
            let part = first.saturating_add(i as u16);
            let fits = exact
                && match place {
                    Located::Register(place) => matches!(place.reg, Reg::R(_)),
                    Located::Element(element) => types::kind(&element.holds.ty).is_none(),
                    Located::Struct(..) | Located::Drop => true,
                };
            self.store(
                place,
                if fits {
                    Source::Fits(Reg::R(part))
                } else {
                    Source::Value(Reg::R(part), None)
                },
            );
        }
        self.release(mark);
    }

    /// What lies in a register, converted into another one.
    fn fit(&mut self, from: Reg, holds: &Holds, to: Reg) {
        match (to, from) {
            (Reg::S(b), Reg::R(c)) => {
                let kind = types::kind(&holds.ty).unwrap_or(Kind::Integer);
                self.emit(Op::Unbox, kind as u8, b, c, 0);
            }
            (Reg::R(b), Reg::R(c)) if holds.ty != Type::Any => self.conv(b, c, holds),
            _ => self.take(to, from),
        }
    }
}

impl Holds {
    /// Whether the value can be held as it is.
    fn fits(&self, e: &Expr) -> bool {
        self.ty == Type::Any || (e.ty == self.ty && fold::exact(e))
    }

    /// What an element or row can hold.
    pub(super) fn after(&self, subscripts: usize) -> Holds {
        Holds {
            name: self.name.clone(),
            ty: types::after(&self.ty, subscripts),
            bounds: self.bounds.saturating_add(2 * subscripts as u16),
        }
    }
}
