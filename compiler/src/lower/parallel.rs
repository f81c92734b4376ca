//! Parallel commands: labels, and what passes between a process and the one that starts it.

use super::Lowering;
use super::known::{Extent, Linear};
use super::routine::{Place, Places, Unit, Want};
use super::types;
use crate::check::tree::{self, CaptureMode, Process, Routine, Subscript, Type, VarId, VarKind};
use hydra_bytecode::{self as bytecode, Capture, Family, Fixed, HandBack, Kind, Op, Reg};
use rustc_hash::FxHashMap;

/// The routine of a process, as the one that starts it has to know it.
pub(super) struct Child {
    /// Index into the module's routines.
    routine: u16,
    /// Where its variables are.
    places: Places,
    /// The registers of its names.
    names: Vec<u16>,
}

/// What a process has of a variable of the one that starts it, or of its label.
pub(super) struct Inherited {
    /// How many leading dimensions are not there.
    pub(super) taken: usize,
    /// For each of them, whether a mention has to be checked against its bounds.
    pub(super) lead: Vec<bool>,
    /// See [`Place::known`].
    pub(super) known: Vec<Option<Extent>>,
    /// See [`Place::value`].
    pub(super) value: Option<Linear>,
    /// Whether only what it has changed is handed back.
    pub(super) changed: bool,
    /// Whether it is an array of its own with the part that the process mentions.
    pub(super) window: bool,
}

/// What a process gets and gives back.
#[derive(Default)]
struct Passed {
    captures: Vec<Capture>,
    results: Vec<HandBack>,
}

impl Lowering<'_> {
    /// Lowers a process. What it has from outside is in its first registers, which it keeps to its end.
    fn process(&mut self, routine: &Routine, inherited: Vec<Option<Inherited>>) -> Child {
        let index = self.reserve(routine.span);
        let mut unit = Unit::new(self, routine);
        for (i, (var, inherited)) in routine.vars.iter().zip(inherited).enumerate() {
            unit.places[i] = inherited.map(|inherited| unit.inherit(var, inherited));
        }
        unit.block(&routine.body);
        unit.emit(Op::End, 0, 0, 0, 0);
        let (places, names) = (unit.places.clone(), unit.names.clone());
        let made = unit.finish(&routine.name, [0; 3], routine.span);
        self.routine(index, made);
        Child {
            routine: index,
            places,
            names,
        }
    }
}

impl Unit<'_, '_> {
    /// `[[ … || … ]]`
    pub(super) fn parallel(&mut self, parallel: &tree::Parallel) {
        let span = self.span;
        let bounds: Vec<u16> = parallel
            .processes
            .iter()
            .map(|process| self.label_bounds(process))
            .collect();
        let mut mentions: FxHashMap<VarId, usize> = FxHashMap::default();
        for var in parallel.processes.iter().flat_map(|process| &process.routine.vars) {
            if let VarKind::Captured { outer, .. } = var.kind {
                *mentions.entry(outer).or_default() += 1;
            }
        }
        let mut processes = Vec::with_capacity(parallel.processes.len());
        for (process, bounds) in parallel.processes.iter().zip(bounds) {
            processes.push(self.process(process, bounds, &mentions));
        }
        let families = parallel.families.iter().map(|(name, dims)| Family {
            name: name.clone(),
            dims: *dims,
        });
        let entry = bytecode::Parallel {
            processes,
            families: families.collect(),
            span,
        };
        let tables = &mut self.low.tables;
        let index = tables.next(tables.module.parallels.len(), span, "parallel commands");
        tables.module.parallels.push(entry);
        self.emit(Op::Par, 0, 0, 0, index);
    }

    /// Evaluates the subscripts of a label into pairs of bounds.
    fn label_bounds(&mut self, process: &Process) -> u16 {
        let Some(label) = &process.label else { return 0 };
        if label.subscripts.is_empty() {
            return 0;
        }
        let first = self.s_block(2 * label.subscripts.len());
        self.at(label.span, |unit| {
            for (i, subscript) in label.subscripts.iter().enumerate() {
                let mark = unit.mark();
                let low = Reg::S(first.saturating_add(2 * i as u16));
                let high = Reg::S(first.saturating_add(2 * i as u16 + 1));
                unit.scalar(&subscript.low, Kind::Integer, Want::At(low));
                match &subscript.high {
                    Some(e) => _ = unit.scalar(e, Kind::Integer, Want::At(high)),
                    None => unit.copy(high, low),
                }
                unit.release(mark);
            }
        });
        first
    }

    fn process(&mut self, process: &Process, bounds: u16, mentions: &FxHashMap<VarId, usize>) -> bytecode::Process {
        let routine = &process.routine;
        let inherited = self.inherited(process);
        let child = self.low.process(routine, inherited);
        let single = process
            .label
            .as_ref()
            .is_none_or(|label| label.subscripts.iter().all(|s| s.high.is_none()));
        let mut passed = Passed::default();
        for (var, place) in routine.vars.iter().zip(&child.places) {
            if let (VarKind::Captured { outer, mode }, Some(place)) = (&var.kind, place) {
                let alone = single && mentions.get(outer) == Some(&1);
                self.pass(*outer, mode, place, var.assigned, alone, &mut passed);
            }
        }
        for (name, &to) in routine.names.iter().zip(&child.names) {
            if let Some(&from) = name.captured.and_then(|outer| self.names.get(outer as usize)) {
                passed.captures.push(Capture::Name { from, to });
            }
        }
        let label = process.label.as_ref().map(|label| bytecode::Label {
            family: label.family as u16,
            bounds,
            variables: label
                .subscripts
                .iter()
                .map(|subscript| child.scalar(subscript.var))
                .collect(),
        });
        bytecode::Process {
            label,
            routine: child.routine,
            captures: passed.captures,
            results: passed.results,
            span: routine.span,
        }
    }

    /// How one variable is handed over and back. `alone`: no other process mentions it.
    fn pass(&mut self, outer: VarId, mode: &CaptureMode, to: &Place, assigned: bool, alone: bool, passed: &mut Passed) {
        let place = self.var(outer);
        let further = to.taken.saturating_sub(place.taken);
        let bounds = place.holds.bounds;
        for i in 0..2 * types::bounds(&to.holds.ty) as u16 {
            let from = Reg::S(bounds.saturating_add(2 * further as u16 + i));
            passed.captures.push(Capture::Copy {
                from,
                to: Reg::S(to.holds.bounds.saturating_add(i)),
            });
        }
        for (dimension, &lead) in to.lead.iter().enumerate() {
            let outer = match dimension.checked_sub(place.taken) {
                Some(own) => Some(bounds.saturating_add(2 * own as u16)),
                None => place.lead.get(dimension).copied().flatten(),
            };
            if let (Some(from), Some(to)) = (outer, lead) {
                passed.captures.push(Capture::Copy {
                    from: Reg::S(from),
                    to: Reg::S(to),
                });
                let (from, to) = (Reg::S(from.saturating_add(1)), Reg::S(to.saturating_add(1)));
                passed.captures.push(Capture::Copy { from, to });
            }
        }
        let slice: &[Option<Subscript>] = match mode {
            CaptureMode::Slice(dims) => dims,
            CaptureMode::Whole | CaptureMode::Part(_) | CaptureMode::Changed => &[],
        };
        if let (Some(was), Reg::R(from), Reg::R(reg)) = (to.was, place.reg, to.reg) {
            for to in [reg, was].map(Reg::R) {
                passed.captures.push(Capture::Copy { from: place.reg, to });
            }
            passed.results.push(HandBack::Changed {
                from: reg,
                was,
                to: from,
            });
            return;
        }
        match (mode, place.reg) {
            (CaptureMode::Part(prefix), Reg::R(from)) if further > 0 || to.window => {
                let at: Vec<Fixed> = prefix
                    .iter()
                    .skip(place.taken)
                    .map(|subscript| self.fixed(subscript))
                    .collect();
                if let (true, Reg::R(reg)) = (to.window, to.reg) {
                    passed.results.push(HandBack::Window {
                        from: reg,
                        to: from,
                        at: at.clone(),
                        bounds,
                    });
                    passed.captures.push(Capture::Window {
                        from,
                        to: reg,
                        at,
                        bounds,
                        window: to.holds.bounds,
                    });
                    return;
                }
                if assigned {
                    passed.results.push(HandBack::Part {
                        from: to.reg,
                        to: from,
                        at: at.clone(),
                        bounds,
                    });
                }
                passed.captures.push(Capture::Part {
                    from,
                    to: to.reg,
                    at,
                    bounds,
                });
                return;
            }
            (_, Reg::R(from)) if assigned => {
                // Where only a part was asked for, the subscripts that are not named can have all values.
                let dims = place.taken + types::dims(&place.holds.ty);
                let rest = slice
                    .iter()
                    .chain(std::iter::repeat(&None))
                    .take(dims)
                    .skip(place.taken);
                let at: Vec<_> = rest
                    .map(|each| each.as_ref().map(|subscript| self.fixed(subscript)))
                    .collect();
                if let (true, Reg::R(reg)) = (at.iter().any(Option::is_some), to.reg) {
                    passed.captures.push(Capture::Copy {
                        from: place.reg,
                        to: to.reg,
                    });
                    passed.results.push(HandBack::Slice {
                        from: reg,
                        to: from,
                        at,
                        bounds,
                    });
                    return;
                }
            }
            _ => {}
        }
        let large = matches!(to.holds.ty, Type::Array(..) | Type::Struct(..) | Type::Any);
        match (place.reg, to.reg) {
            (Reg::R(from), Reg::R(to)) if assigned && alone && large => {
                passed.captures.push(Capture::Take { from, to });
            }
            (from, to) => passed.captures.push(Capture::Copy { from, to }),
        }
        if assigned {
            passed.results.push(HandBack::Copy {
                from: to.reg,
                to: place.reg,
            });
        }
    }

    fn fixed(&mut self, subscript: &Subscript) -> Fixed {
        match subscript {
            Subscript::Constant(value) => Fixed::Constant(*value),
            Subscript::Label(number) => Fixed::Label(*number),
            Subscript::Outer(var) => Fixed::Parent(self.scalar_var(*var)),
        }
    }
}

impl Child {
    /// The scalar register of a variable of a label, or "none".
    fn scalar(&self, var: Option<VarId>) -> u16 {
        match var.and_then(|var| self.places.get(var.0 as usize)?.as_ref()) {
            Some(place) => match place.reg {
                Reg::S(s) => s,
                Reg::R(_) => u16::MAX,
            },
            None => u16::MAX,
        }
    }
}
