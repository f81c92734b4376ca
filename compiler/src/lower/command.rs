//! Commands, all but choices, parallel commands and instances.

use super::code::Label;
use super::known::Linear;
use super::routine::{Holds, Unit, Want};
use super::{fold, types, walk};
use crate::check::tree::{self, Command, CommandKind, Expr, Port, Range, Target, Type, VarId, VarKind};
use hydra_bytecode::{self as bytecode, Const, Kind, Op, Reg};
use std::rc::Rc;

/// How the value of an input gets to its target.
pub(super) struct Input {
    /// What may be received.
    pub(super) ty: Type,
    /// First register with the bounds of the arrays in it.
    pub(super) bounds: u16,
    /// Where it arrives.
    pub(super) reg: Reg,
    /// Whether that is the target itself.
    pub(super) direct: bool,
    /// Bounds that are to be copied before: from, to, how many registers.
    gather: Vec<(u16, u16, usize)>,
}

/// Whether a command may do something more than once.
fn repeats(command: &Command) -> bool {
    match &command.kind {
        CommandKind::Choose(choose) => choose.repeat,
        CommandKind::Count(..) | CommandKind::Script(_) => true,
        _ => false,
    }
}

impl Unit<'_, '_> {
    /// A command list; its variables live to its end.
    pub(super) fn block(&mut self, commands: &[Command]) {
        let mark = self.mark();
        for command in commands {
            self.at(command.span, |unit| unit.command(command));
        }
        self.release(mark);
    }

    fn command(&mut self, command: &Command) {
        if let CommandKind::Declare(vars, value) = &command.kind {
            self.declare_places(vars);
            let mark = self.mark();
            self.declare(vars, value.as_ref());
            self.release(mark);
            return;
        }
        let mark = self.mark();
        let outermost = repeats(command) && !self.repeats;
        if outermost {
            self.read_params(command);
        }
        match &command.kind {
            CommandKind::Declare(..) | CommandKind::Skip => {}
            CommandKind::Assign(target, e) => self.assign(target, e),
            CommandKind::Fragment(fragment) => {
                let index = self.fragment(fragment);
                self.emit(Op::FragDo, 0, 0, 0, index);
            }
            CommandKind::Script(e) => self.effect(e),
            CommandKind::Input(port, target) => self.input(port, target),
            CommandKind::Output(port, e) => self.output(port, e),
            CommandKind::Choose(choose) => self.choose(choose),
            CommandKind::Parallel(parallel) => self.parallel(parallel),
            CommandKind::After(e) => {
                let b = self.scalar(e, Kind::Integer, Want::Free);
                self.emit(Op::After, 0, b, 0, 0);
            }
            CommandKind::Count(ranges, body) => self.count(ranges, body),
            CommandKind::Instance(definition, actuals) => self.instance(*definition, actuals),
        }
        if outermost {
            self.repeats = false;
            self.params.clear();
        }
        self.release(mark);
    }

    /// Before the outermost of nested repetitions: the params that it reads get registers, so that they are read once.
    fn read_params(&mut self, command: &Command) {
        self.repeats = true;
        for param in walk::params(self.tree, command) {
            let b = self.s();
            self.emit(Op::ParamS, 0, b, param as u16, 0);
            self.params.insert(param, b);
        }
    }

    // --- declarations

    /// Gives registers to variables.
    pub(super) fn declare_places(&mut self, vars: &[VarId]) {
        let tree = self.tree;
        for var in vars {
            if let Some(declared) = tree.vars.get(var.0 as usize) {
                let mut place = self.place(declared, 0);
                let bounds = declared.bounds.iter().take(types::dims(&declared.ty));
                place.known = bounds.map(|(low, high)| self.extent(low, high)).collect();
                if declared.ty == Type::Integer && !declared.assigned {
                    place.value = Some(Linear::variable(self.low.number()));
                }
                self.places[var.0 as usize] = Some(Rc::new(place));
            }
        }
    }

    /// Evaluates bounds, and gives the variables their first value.
    pub(super) fn declare(&mut self, vars: &[VarId], value: Option<&Expr>) {
        let Some((&first, others)) = vars.split_first() else {
            return;
        };
        let place = self.var(first);
        let tree = self.tree;
        let bounds = tree.vars.get(first.0 as usize).map_or(&[][..], |var| &var.bounds);
        self.evaluate_bounds(bounds, place.holds.bounds);
        match value {
            Some(e) => self.convert(e, &place.holds, place.reg),
            None => self.default(&place.holds, place.reg),
        }
        for &other in others {
            let other = self.var(other);
            for i in 0..2 * types::bounds(&place.holds.ty) as u16 {
                let (b, c) = (
                    other.holds.bounds.saturating_add(i),
                    place.holds.bounds.saturating_add(i),
                );
                self.copy(Reg::S(b), Reg::S(c));
            }
            match value {
                Some(_) => self.copy(other.reg, place.reg),
                None => self.default(&other.holds, other.reg),
            }
        }
    }

    /// Evaluates pairs of bounds into consecutive registers.
    pub(super) fn evaluate_bounds(&mut self, bounds: &[(Expr, Expr)], first: u16) {
        for (i, e) in bounds.iter().flat_map(|(low, high)| [low, high]).enumerate() {
            let mark = self.mark();
            self.scalar(e, Kind::Integer, Want::At(Reg::S(first.saturating_add(i as u16))));
            self.release(mark);
        }
    }

    fn default(&mut self, holds: &Holds, reg: Reg) {
        let constant = match (reg, &holds.ty) {
            (Reg::S(b), _) => return self.integer(b, 0),
            (Reg::R(_), Type::Any) => Const::Unit,
            (Reg::R(_), Type::String) => Const::String(String::new()),
            (Reg::R(b), _) => {
                let slot = self.low.tables.slot(&holds.ty, holds.bounds, &holds.name, self.span);
                return self.emit(Op::Default, 0, b, 0, slot);
            }
        };
        if let Reg::R(b) = reg {
            let index = self.low.tables.value(&constant, self.span);
            self.emit(Op::LoadValue, 0, b, index, 0);
        }
    }

    // --- communications

    /// Adds a port to the module's table, and evaluates its subscripts. `then` is evaluated before they are used.
    pub(super) fn port(&mut self, port: &Port, ty: &Type, bounds: u16, then: Option<&Expr>) -> u16 {
        let subscripts = match &port.subscripts[..] {
            [] => 0,
            // A variable serves where it is, unless what follows assigns it.
            [one] if then.is_none_or(|e| !fold::assigns_any(e)) => self.scalar(one, Kind::Integer, Want::Free),
            all => {
                let first = self.s_block(all.len());
                for (i, e) in all.iter().enumerate() {
                    let mark = self.mark();
                    self.scalar(e, Kind::Integer, Want::At(Reg::S(first.saturating_add(i as u16))));
                    self.release(mark);
                }
                first
            }
        };
        self.add_port(port, ty, bounds, subscripts)
    }

    /// Adds a port whose subscripts are in registers.
    pub(super) fn add_port(&mut self, port: &Port, ty: &Type, bounds: u16, subscripts: u16) -> u16 {
        let target = match port.partner {
            tree::Partner::Label { depth, family } => bytecode::Target::Label {
                depth,
                family: family as u16,
            },
            tree::Partner::Formal(name) => {
                bytecode::Target::Formal(self.names.get(name as usize).copied().unwrap_or_default())
            }
            tree::Partner::Host(host) => bytecode::Target::Host(host),
        };
        let host = matches!(target, bytecode::Target::Host(_));
        let fixed = !port.subscripts.is_empty() && port.subscripts.iter().all(|e| self.is_fixed(e));
        let tables = &mut self.low.tables;
        let entry = bytecode::Port {
            target,
            name: port.name.clone(),
            subscripts,
            count: tables.small(port.subscripts.len(), port.span, "subscripts of a process name"),
            ty: tables.ty(ty, port.span),
            bounds: if types::bounds(ty) == 0 { 0 } else { bounds },
            fixed,
            cache: u16::MAX,
        };
        let index = tables.next(tables.module.ports.len(), port.span, "places that name a process");
        let cached = entry.cached();
        tables.module.ports.push(entry);
        if !host {
            self.cache(index, cached);
        }
        index
    }

    /// Whether an expression has the same value whenever it is evaluated in one process or instance.
    fn is_fixed(&self, e: &Expr) -> bool {
        match &e.kind {
            tree::ExprKind::Const(_) | tree::ExprKind::Param(_) => true,
            tree::ExprKind::Var(var) => {
                let var = &self.tree.vars[var.0 as usize];
                let kept = matches!(var.kind, VarKind::Label(_) | VarKind::Formal | VarKind::Captured { .. });
                kept && !var.assigned
            }
            tree::ExprKind::Negate(inner) => self.is_fixed(inner),
            tree::ExprKind::Arithmetic(_, left, right) => self.is_fixed(left) && self.is_fixed(right),
            _ => false,
        }
    }

    fn output(&mut self, port: &Port, e: &Expr) {
        let index = self.port(port, &e.ty, 0, Some(e));
        if !port.subscripts.is_empty() && fold::has_fragment_or_division(e) {
            // A partner that does not exist fails before the value is evaluated.
            let mark = self.mark();
            let name = self.n_block(1);
            self.at(port.span, |unit| unit.emit(Op::Name, 0, name, 0, index));
            self.release(mark);
        }
        // The shape is that of the value itself: an integer that rhai put where a real was expected stays one.
        let from_rhai = e.ty == Type::Real && matches!(e.kind, tree::ExprKind::Fragment(_));
        match types::kind(&e.ty) {
            Some(kind) if !from_rhai => {
                let b = self.scalar(e, kind, Want::Free);
                self.emit(Op::SendS, kind as u8, b, 0, index);
            }
            _ => {
                let b = self.reference(e, Want::Free);
                self.emit(Op::SendV, 0, b, 0, index);
            }
        }
    }

    fn input(&mut self, port: &Port, target: &Target) {
        let input = self.plan_input(target, true);
        let index = self.port(port, &input.ty, input.bounds, None);
        self.gather(&input);
        match input.reg {
            Reg::S(b) => {
                let kind = types::kind(&input.ty).unwrap_or(Kind::Integer);
                self.emit(Op::RecvS, kind as u8, b, 0, index);
            }
            Reg::R(b) => self.emit(Op::RecvV, 0, b, 0, index),
        }
        self.finish_input(target, &input);
    }

    /// Decides how an input gets to its target. `direct`: into the target itself where that can be.
    pub(super) fn plan_input(&mut self, target: &Target, direct: bool) -> Input {
        let holds = match target {
            Target::Var(var, _) => {
                let place = self.var(*var);
                if direct {
                    return Input::direct(&place.holds, place.reg);
                }
                place.holds.clone()
            }
            Target::Element(var, subscripts, _) => {
                let place = self.var(*var);
                let rest = subscripts.len().saturating_sub(place.taken);
                if direct && rest == 0 && place.lead.iter().all(Option::is_none) {
                    return Input::direct(&place.holds, place.reg);
                }
                place.holds.after(rest)
            }
            Target::Drop(_) => Holds {
                name: String::new(),
                ty: Type::Any,
                bounds: 0,
            },
            Target::Struct(..) => {
                let mut arrays = Vec::new();
                let ty = self.shape(target, &mut arrays);
                let reg = Reg::R(self.r());
                let mut input = Input {
                    ty,
                    bounds: 0,
                    reg,
                    direct: false,
                    gather: Vec::new(),
                };
                match arrays[..] {
                    [] => {}
                    [(bounds, _)] => input.bounds = bounds,
                    _ => {
                        let mut to = self.s_block(arrays.iter().map(|&(_, count)| count).sum());
                        input.bounds = to;
                        for (from, count) in arrays {
                            input.gather.push((from, to, count));
                            to = to.saturating_add(count as u16);
                        }
                    }
                }
                return input;
            }
        };
        let reg = self.reg(&holds.ty);
        Input {
            ty: holds.ty,
            bounds: holds.bounds,
            reg,
            direct: false,
            gather: Vec::new(),
        }
    }

    /// The shape of a target; of each component with arrays the first bounds register, and how many registers.
    fn shape(&mut self, target: &Target, arrays: &mut Vec<(u16, usize)>) -> Type {
        let holds = match target {
            Target::Drop(_) => return Type::Any,
            Target::Struct(name, parts, _) => {
                let parts = parts.iter().map(|part| self.shape(part, arrays)).collect();
                return Type::Struct(name.clone(), parts);
            }
            Target::Var(var, _) => self.var(*var).holds.clone(),
            Target::Element(var, subscripts, _) => {
                let place = self.var(*var);
                place.holds.after(subscripts.len().saturating_sub(place.taken))
            }
        };
        let count = 2 * types::bounds(&holds.ty);
        if count > 0 {
            arrays.push((holds.bounds, count));
        }
        holds.ty
    }

    /// Copies the bounds that an input needs side by side.
    pub(super) fn gather(&mut self, input: &Input) {
        for &(from, to, count) in &input.gather {
            for i in 0..count as u16 {
                self.copy(Reg::S(to.saturating_add(i)), Reg::S(from.saturating_add(i)));
            }
        }
    }

    /// Stores what has been received.
    pub(super) fn finish_input(&mut self, target: &Target, input: &Input) {
        if input.direct {
            return;
        }
        let mark = self.mark();
        let located = self.locate(target);
        self.store_received(&located, input.reg);
        self.release(mark);
    }

    // --- counted repetitions

    fn count(&mut self, ranges: &[Range], body: &[Command]) {
        self.over(ranges, true, |unit| unit.block(body));
    }

    /// Code for every combination of values of range variables, the leftmost slowest. `copy`: bounds are copied, since the
    /// code may change what they are made of.
    pub(super) fn over(&mut self, ranges: &[Range], copy: bool, code: impl FnOnce(&mut Self)) {
        let mut ends = Vec::with_capacity(ranges.len());
        for range in ranges {
            if self.places.get(range.var.0 as usize).is_some_and(Option::is_none) {
                self.declare_range(range);
            }
            ends.push(self.begin_range(range, copy));
        }
        code(self);
        for (range, (var, high, again, end)) in ranges.iter().zip(ends).rev() {
            self.at(range.span, |unit| unit.jump_short(Op::Next, 0, var, high, 0, again));
            self.code.bind(end);
        }
    }

    /// A register for a range variable.
    pub(super) fn declare_range(&mut self, range: &Range) {
        self.declare_places(&[range.var]);
        let known = self.extent(&range.low, &range.high);
        if let Some(Some(place)) = self.places.get_mut(range.var.0 as usize) {
            Rc::make_mut(place).known = vec![known];
        }
    }

    fn begin_range(&mut self, range: &Range, copy: bool) -> (u16, u16, Label, Label) {
        let var = self.scalar_var(range.var);
        self.at(range.span, |unit| {
            unit.scalar(&range.low, Kind::Integer, Want::At(Reg::S(var)));
            let want = if copy { Want::At(Reg::S(unit.s())) } else { Want::Free };
            let high = unit.scalar(&range.high, Kind::Integer, want);
            let end = unit.code.label();
            let known = fold::integer(&range.low).zip(fold::integer(&range.high));
            if known.is_none_or(|(low, high)| low > high) {
                unit.jump_short(Op::JLt, 0, high, var, 0, end);
            }
            (var, high, unit.code.here(), end)
        })
    }
}

impl Input {
    fn direct(holds: &Holds, reg: Reg) -> Input {
        Input {
            ty: holds.ty.clone(),
            bounds: holds.bounds,
            reg,
            direct: true,
            gather: Vec::new(),
        }
    }
}
