//! Alternative and repetitive commands.
//!
//! The general form arms the guards one after the other and lets the VM choose. Where there is nothing to choose (a single
//! guarded command, or conditions of which at most one holds), plain jumps do the same.

use super::code::Label;
use super::command::Input;
use super::routine::{Pending, Unit, Want};
use super::{exclusive, fold, types};
use crate::check::tree::{Choose, Condition, Expr, ExprKind, GuardEnd, Guarded, Partner, Port, Target, VarId};
use hydra_bytecode::{Guard, Kind, Op, Reg};

/// A guarded command whose guard has been lowered.
struct Armed {
    target: Label,
    input: Option<Input>,
    /// Whether what the guard declares has to be worked out again when it is chosen.
    again: bool,
}

impl Unit<'_, '_> {
    /// `[ … ]` or `*[ … ]`
    pub(super) fn choose(&mut self, choose: &Choose) {
        let conditions_only = || {
            choose
                .guarded
                .iter()
                .all(|g| g.ranges.is_empty() && matches!(g.last, GuardEnd::True))
        };
        match &choose.guarded[..] {
            [] => self.no_guards(choose),
            [one] if one.ranges.is_empty() => self.single(choose, one),
            all if conditions_only() && (choose.pri || exclusive::all(all)) => self.chain(choose),
            _ => self.general(choose),
        }
    }

    fn no_guards(&mut self, choose: &Choose) {
        let again = self.code.here();
        match &choose.otherwise {
            Some(body) => {
                self.block(body);
                if choose.repeat {
                    self.jump(again);
                }
            }
            None if choose.repeat => {}
            None => {
                let none = self.code.label();
                self.jump(none);
                self.fail(none);
            }
        }
    }

    /// What comes when no guard holds, where `none` is: `else`, the end of a repetition, or a failure.
    fn otherwise(&mut self, choose: &Choose, again: Label, none: Label) {
        match &choose.otherwise {
            Some(body) => {
                self.code.bind(none);
                self.block(body);
                if choose.repeat {
                    self.jump(again);
                }
            }
            None if choose.repeat => self.code.bind(none),
            None => self.fail(none),
        }
    }

    // --- without a choice

    /// One guarded command without ranges.
    fn single(&mut self, choose: &Choose, guarded: &Guarded) {
        self.declare_guard(guarded);
        if choose.repeat && choose.otherwise.is_none() && matches!(guarded.last, GuardEnd::True) {
            return self.while_holds(guarded);
        }
        let (exit, end) = (self.code.label(), self.code.label());
        let again = self.code.here();
        self.conditions(guarded, exit);
        match &guarded.last {
            GuardEnd::True => {}
            GuardEnd::After(e, span) => self.at(*span, |unit| {
                let mark = unit.mark();
                let b = unit.scalar(e, Kind::Integer, Want::Free);
                unit.emit(Op::After, 0, b, 0, 0);
                unit.release(mark);
            }),
            GuardEnd::Input(port, target, span) => self.at(*span, |unit| {
                let mark = unit.mark();
                let input = unit.plan_input(target, true);
                let index = unit.port(port, &input.ty, input.bounds, None);
                unit.gather(&input);
                match input.reg {
                    Reg::S(b) => {
                        let kind = types::kind(&input.ty).unwrap_or(Kind::Integer);
                        unit.jump_short(Op::GuardS, kind as u8, b, 0, index, exit);
                    }
                    Reg::R(b) => unit.jump_short(Op::GuardV, 0, b, 0, index, exit),
                }
                unit.finish_input(target, &input);
                unit.release(mark);
            }),
        }
        self.block(&guarded.body);
        self.jump(if choose.repeat { again } else { end });
        if self.code.is_used(exit) {
            self.otherwise(choose, again, exit);
        }
        self.code.bind(end);
    }

    /// `*[ conditions -> body ]`: the conditions stand behind the body, so that each round has one jump.
    fn while_holds(&mut self, guarded: &Guarded) {
        let (body, test, exit) = (self.code.label(), self.code.label(), self.code.label());
        self.jump(test);
        self.code.bind(body);
        self.block(&guarded.body);
        self.code.bind(test);
        match guarded.conditions.split_last() {
            Some((Condition::Holds(last), before)) => {
                self.each_condition(before, exit);
                self.branch_back(last, body, exit);
            }
            _ => {
                self.each_condition(&guarded.conditions, exit);
                self.jump(body);
            }
        }
        self.code.bind(exit);
    }

    /// Jumps back if a condition holds, else forward or on to `exit`. Goes back by jumps that count the budget.
    fn branch_back(&mut self, e: &Expr, back: Label, exit: Label) {
        let compared = |e: &Expr| match &e.kind {
            ExprKind::Compare(_, left, right) => {
                fold::common_kind(&left.ty, &right.ty).is_some_and(|kind| kind != Kind::Real)
            }
            _ => false,
        };
        match &e.kind {
            ExprKind::And(left, right) => {
                self.branch(left, false, exit);
                self.branch_back(right, back, exit);
            }
            ExprKind::Not(inner) if compared(inner) => self.branch(e, true, back),
            _ if compared(e) => self.branch(e, true, back),
            _ => {
                self.branch(e, false, exit);
                self.at(e.span, |unit| unit.jump(back));
            }
        }
    }

    /// Guarded commands with conditions only, of which the first that holds is to be taken.
    fn chain(&mut self, choose: &Choose) {
        let (end, none) = (self.code.label(), self.code.label());
        let again = self.code.here();
        // All conditions are evaluated, whether or not one before holds; that can be left out where nobody would notice.
        let first = &choose.guarded[0];
        let in_turn = (choose.guarded.iter().skip(1)).all(|guarded| exclusive::unnoticed(guarded, first));
        let flags: Vec<u16> = if in_turn {
            Vec::new()
        } else {
            choose
                .guarded
                .iter()
                .map(|guarded| self.guard_as_flag(guarded))
                .collect()
        };
        for (i, guarded) in choose.guarded.iter().enumerate() {
            let mark = self.mark();
            let last = i + 1 == choose.guarded.len();
            let next = if last { none } else { self.code.label() };
            match flags.get(i) {
                Some(&flag) => self.at(guarded.span, |unit| unit.jump_if(flag, false, next)),
                None if i == 1 && last && exclusive::complementary(first, guarded) => {}
                None => {
                    self.declare_guard(guarded);
                    self.conditions(guarded, next);
                }
            }
            self.block(&guarded.body);
            self.jump(if choose.repeat { again } else { end });
            if !last {
                self.code.bind(next);
            }
            self.release(mark);
        }
        if self.code.is_used(none) {
            self.otherwise(choose, again, none);
        }
        self.code.bind(end);
    }

    /// A register that says whether the conditions of a guard hold.
    fn guard_as_flag(&mut self, guarded: &Guarded) -> u16 {
        self.declare_guard(guarded);
        let flag = self.s();
        let no = self.code.label();
        self.at(guarded.span, |unit| unit.integer(flag, 0));
        self.conditions(guarded, no);
        self.at(guarded.span, |unit| unit.integer(flag, 1));
        self.code.bind(no);
        flag
    }

    // --- parts of a guard

    /// Registers for what a guard declares.
    fn declare_guard(&mut self, guarded: &Guarded) {
        for condition in &guarded.conditions {
            if let Condition::Declare(vars, ..) = condition {
                self.declare_places(vars);
            }
        }
    }

    /// Declarations and conditions in order; jumps at the first condition that is false.
    fn conditions(&mut self, guarded: &Guarded, no: Label) {
        self.each_condition(&guarded.conditions, no);
    }

    fn each_condition(&mut self, conditions: &[Condition], no: Label) {
        for condition in conditions {
            let mark = self.mark();
            match condition {
                Condition::Declare(vars, value, span) => self.at(*span, |unit| unit.declare(vars, value.as_ref())),
                Condition::Holds(e) => self.branch(e, false, no),
            }
            self.release(mark);
        }
    }

    // --- with a choice

    fn general(&mut self, choose: &Choose) {
        let index = self.add_choice(choose.pri, false, Vec::new());
        let turns = self.turns(choose.guarded.len());
        let end = self.code.label();
        let again = self.code.here();
        self.emit(Op::Choose, 0, 0, 0, index);
        let mut guards = Vec::with_capacity(choose.guarded.len());
        let mut armed = Vec::with_capacity(choose.guarded.len());
        for (i, guarded) in choose.guarded.iter().enumerate() {
            let number = self.low.tables.next(i, guarded.span, "guarded commands in one command");
            let (guard, arm) = self.at(guarded.span, |unit| unit.arm(guarded, number, index));
            guards.push(guard);
            armed.push(arm);
        }
        self.emit(Op::Select, 0, 0, 0, index);

        let shapes: Vec<_> = armed
            .iter()
            .map(|arm| arm.input.as_ref().map(|input| &input.ty))
            .collect();
        let distinct = exclusive::distinct(&choose.guarded, &shapes);
        if let Some(choice) = self.low.tables.module.choices.get_mut(usize::from(index)) {
            choice.distinct = distinct;
            choice.guards = guards;
        }

        let otherwise = (choose.repeat || choose.otherwise.is_some()).then(|| self.code.label());
        let targets = armed.iter().map(|arm| arm.target).collect();
        for (guarded, arm) in choose.guarded.iter().zip(&armed) {
            self.code.bind(arm.target);
            self.chosen(guarded, arm);
            self.block(&guarded.body);
            self.jump(if choose.repeat { again } else { end });
        }
        if let Some(otherwise) = otherwise {
            self.code.bind(otherwise);
        }
        if let Some(body) = &choose.otherwise {
            self.block(body);
            if choose.repeat {
                self.jump(again);
            }
        }
        self.code.bind(end);
        self.choice(Pending {
            index,
            turns,
            targets,
            otherwise,
        });
    }

    /// Evaluates a guard, for every combination of its range variables, and arms it where its conditions hold. Its
    /// registers are kept until the choice ends.
    fn arm(&mut self, guarded: &Guarded, number: u16, choice: u16) -> (Guard, Armed) {
        for range in &guarded.ranges {
            self.declare_range(range);
        }
        self.declare_guard(guarded);
        let all = match &guarded.last {
            GuardEnd::Input(port, ..) => self.varies(guarded, port),
            _ => None,
        };
        let again = all.is_none() && self.changes_with_ranges(guarded);
        let input = match &guarded.last {
            GuardEnd::Input(_, target, _) => Some(self.plan_input(target, !again)),
            _ => None,
        };
        let mut varying = 0;
        let mut port = 0;
        let mark = self.mark();
        match (&guarded.last, &input, all) {
            (GuardEnd::Input(name, ..), Some(input), Some(at)) => {
                varying = at;
                port = self.arm_all(guarded, name, input, at, number, choice);
            }
            _ => self.over(&guarded.ranges, false, |unit| {
                let no = unit.code.label();
                unit.conditions(guarded, no);
                let mark = unit.mark();
                match (&guarded.last, &input) {
                    (GuardEnd::Input(name, ..), Some(input)) => {
                        port = unit.port(name, &input.ty, input.bounds, None);
                        unit.gather(input);
                        unit.emit(Op::Arm, 0, number, 0, choice);
                    }
                    (GuardEnd::After(e, _), _) => {
                        let c = unit.scalar(e, Kind::Integer, Want::Free);
                        unit.emit(Op::ArmAfter, 0, number, c, choice);
                    }
                    _ => unit.emit(Op::Arm, 0, number, 0, choice),
                }
                unit.release(mark);
                unit.code.bind(no);
            }),
        }
        self.release(mark);
        let guard = Guard {
            target: 0,
            input: input.as_ref().map(|input| (port, input.reg)),
            ranges: guarded.ranges.iter().map(|range| self.scalar_var(range.var)).collect(),
            varying,
            span: guarded.span,
        };
        (
            guard,
            Armed {
                target: self.code.label(),
                input,
                again,
            },
        )
    }

    /// One instruction for all values of the range variable; what does not depend on it is evaluated once.
    fn arm_all(&mut self, guarded: &Guarded, port: &Port, input: &Input, varying: u8, number: u16, choice: u16) -> u16 {
        let range = &guarded.ranges[0];
        let none = self.code.label();
        let pair = self.s_block(2);
        let high = pair.saturating_add(1);
        self.scalar(&range.low, Kind::Integer, Want::At(Reg::S(pair)));
        self.scalar(&range.high, Kind::Integer, Want::At(Reg::S(high)));
        let others = port.subscripts.len() > 1;
        let known = fold::integer(&range.low).zip(fold::integer(&range.high));
        if (others || !guarded.conditions.is_empty()) && known.is_none_or(|(low, high)| low > high) {
            // Guards of an empty range are not evaluated.
            self.jump_short(Op::JLt, 0, high, pair, 0, none);
        }
        self.conditions(guarded, none);
        let mut first = pair;
        if others {
            first = self.s_block(port.subscripts.len());
            for (i, e) in port
                .subscripts
                .iter()
                .enumerate()
                .filter(|&(i, _)| i != usize::from(varying))
            {
                let mark = self.mark();
                self.scalar(e, Kind::Integer, Want::At(Reg::S(first.saturating_add(i as u16))));
                self.release(mark);
            }
        }
        self.gather(input);
        let index = self.add_port(port, &input.ty, input.bounds, first);
        self.emit(Op::ArmAll, 0, number, pair, choice);
        self.code.bind(none);
        index
    }

    /// What happens first when a guarded command has been chosen.
    fn chosen(&mut self, guarded: &Guarded, arm: &Armed) {
        if arm.again {
            for condition in &guarded.conditions {
                let mark = self.mark();
                match condition {
                    Condition::Declare(vars, value, span) => self.at(*span, |unit| unit.declare(vars, value.as_ref())),
                    Condition::Holds(e) if fold::assigns_any(e) => self.drop_value(e),
                    Condition::Holds(_) => {}
                }
                self.release(mark);
            }
        }
        if let (GuardEnd::Input(_, target, span), Some(input)) = (&guarded.last, &arm.input) {
            self.at(*span, |unit| unit.finish_input(target, input));
        }
    }

    /// Whether what a guard declares may differ from one combination of its range variables to another.
    fn changes_with_ranges(&mut self, guarded: &Guarded) -> bool {
        let mut changes = false;
        for condition in guarded.conditions.iter().filter(|_| !guarded.ranges.is_empty()) {
            match condition {
                Condition::Declare(_, Some(_), _) => changes = true,
                Condition::Declare(vars, None, span) => {
                    let depends = |e| fold::has_fragment(e) || guarded.ranges.iter().any(|r| fold::mentions(e, r.var));
                    if self.bounds_of(vars).any(depends) {
                        changes = true;
                        if matches!(&guarded.last, GuardEnd::Input(_, target, _) if target_mentions(target, vars)) {
                            self.low.varying_bounds(*span);
                        }
                    }
                }
                Condition::Holds(e) => changes |= fold::assigns_any(e),
            }
        }
        changes
    }

    /// Which subscript of the port of a guard is its only range variable, where nothing else in the guard depends on it.
    fn varies(&self, guarded: &Guarded, port: &Port) -> Option<u8> {
        let [range] = &guarded.ranges[..] else { return None };
        let mentions = |e: &Expr| fold::mentions(e, range.var);
        let depends = guarded.conditions.iter().any(|condition| match condition {
            Condition::Declare(vars, value, _) => self
                .bounds_of(vars)
                .chain(value)
                .any(|e| fold::has_fragment(e) || mentions(e)),
            Condition::Holds(e) => mentions(e),
        });
        if depends || matches!(port.partner, Partner::Host(_)) {
            return None;
        }
        let is_it = |e: &Expr| matches!(e.kind, ExprKind::Var(var) if var == range.var);
        let at = port.subscripts.iter().position(is_it)?;
        let alone = port.subscripts.iter().enumerate().all(|(i, e)| i == at || !mentions(e));
        if alone { u8::try_from(at).ok() } else { None }
    }

    /// The bounds of declared variables.
    fn bounds_of(&self, vars: &[VarId]) -> impl Iterator<Item = &Expr> {
        let vars = vars.iter().filter_map(|var| self.tree.vars.get(var.0 as usize));
        vars.flat_map(|var| &var.bounds).flat_map(|(low, high)| [low, high])
    }
}

fn target_mentions(target: &Target, vars: &[VarId]) -> bool {
    match target {
        Target::Var(var, _) | Target::Element(var, ..) => vars.contains(var),
        Target::Drop(_) => false,
        Target::Struct(_, parts, _) => parts.iter().any(|part| target_mentions(part, vars)),
    }
}
