//! Loops.

use crate::check::script::{Each, For, Loop, Script};
use crate::check::tree::{Expr, ExprKind};
use crate::lower::code::Label;
use crate::lower::fold;
use crate::lower::routine::{Unit, Want};
use crate::plants::planted;
use hydra_bytecode::{Kind, Native, Op, Reg};

/// A loop around a place.
pub(super) struct Around {
    number: u32,
    /// Where the next turn begins or is prepared.
    next: Label,
    /// Behind the loop.
    end: Label,
    /// Where its value goes.
    to: Option<Reg>,
}

impl Unit<'_, '_> {
    pub(super) fn repetition(&mut self, number: u32, each: &Loop, to: Option<Reg>) {
        let (next, end) = (self.code.label(), self.code.label());
        self.around.loops.push(Around { number, next, end, to });
        match each {
            Loop::While(None, body) => {
                self.code.bind(next);
                self.body(body);
                self.jump(next);
            }
            Loop::While(Some(condition), body) => {
                // the condition stands at the end, where it jumps back: one jump for each turn
                let again = self.code.label();
                let over = self.code.label();
                self.branch(condition, false, over);
                self.code.bind(again);
                self.body(body);
                self.code.bind(next);
                self.branch(condition, true, again);
                self.code.bind(over);
                self.unit(to);
            }
            Loop::Do(body, condition, until) => {
                self.code.bind(next);
                self.body(body);
                self.branch(condition, !until, next);
                self.unit(to);
            }
            Loop::Each(each) => {
                self.elements(each, next);
                self.unit(to);
            }
            Loop::For(each) => {
                self.counted(each, next);
                self.unit(to);
            }
        }
        self.code.bind(end);
        self.around.loops.pop();
    }

    fn body(&mut self, body: &Expr) {
        self.effect(body);
    }

    /// A loop over integers. The variable counts itself unless the body may assign it.
    fn counted(&mut self, each: &For, next: Label) {
        self.declare_places(&[each.var]);
        self.declare_places(each.counter.as_slice());
        let var = self.scalar_var(each.var);
        let counter = each.counter.map(|counter| self.scalar_var(counter));
        let (at, turns) = match each.assigned {
            true => (self.s(), counter.map(|_| self.s())),
            false => (var, counter),
        };
        let over = self.code.label();
        self.scalar(&each.low, Kind::Integer, Want::At(Reg::S(at)));
        let high = self.s();
        let known = |last: i64| fold::integer(&each.low).is_some_and(|low| low <= last);
        match fold::integer(&each.high).and_then(|high| high.checked_sub(i64::from(!each.inclusive))) {
            Some(last) => {
                self.integer(high, last);
                if !known(last) {
                    self.jump_short(Op::JLt, 0, high, at, 0, over);
                }
            }
            None => {
                self.scalar(&each.high, Kind::Integer, Want::At(Reg::S(high)));
                if each.inclusive {
                    self.jump_short(Op::JLt, 0, high, at, 0, over);
                } else {
                    self.jump_short(Op::JLe, 0, high, at, 0, over);
                    self.emit(Op::AddI, 0, high, high, (-1_i16) as u16);
                }
            }
        }
        if let Some(turns) = turns {
            self.integer(turns, i64::from(planted(7)));
        }
        let again = self.code.here();
        if each.assigned {
            self.copy(Reg::S(var), Reg::S(at));
            if let (Some(counter), Some(turns)) = (counter, turns) {
                self.copy(Reg::S(counter), Reg::S(turns));
            }
        }
        self.body(&each.body);
        self.code.bind(next);
        if let Some(turns) = turns {
            // there are fewer turns than integers
            self.emit(Op::AddI, 0, turns, turns, 1);
        }
        self.jump_short(Op::Next, 0, at, high, 0, again);
        self.code.bind(over);
    }

    /// A loop over the elements of an array, which is copied before.
    fn elements(&mut self, each: &Each, next: Label) {
        let array = self.r();
        self.reference(&each.array, Want::At(Reg::R(array)));
        self.declare_places(&[each.var]);
        self.declare_places(each.counter.as_slice());
        let (at, last) = (self.s(), self.s());
        self.emit(Op::NativeS, Native::LenOfArray as u8, last, array, 0);
        let over = self.code.label();
        self.integer(at, 0);
        self.jump_short(Op::JLe, 0, last, at, 0, over);
        self.emit(Op::AddI, 0, last, last, (-1_i16) as u16);
        let again = self.code.here();
        match (each.kind, self.var(each.var).reg) {
            (Some(_), Reg::S(b)) => self.emit(Op::Get, 0, b, array, at),
            (None, Reg::R(b)) => self.emit(Op::DynAt, 0, b, array, at),
            _ => self.low.internal(self.span, "an element in the wrong bank"),
        }
        if let Some(counter) = each.counter {
            let counter = self.scalar_var(counter);
            self.copy(Reg::S(counter), Reg::S(at));
        }
        self.body(&each.body);
        self.code.bind(next);
        self.jump_short(Op::Next, 0, at, last, 0, again);
        self.code.bind(over);
    }

    pub(super) fn leave_loop(&mut self, number: u32, value: Option<&Expr>) {
        let Some((end, to)) = self.loop_around(number).map(|around| (around.end, around.to)) else {
            return self.low.internal(self.span, "a `break` outside of its loop");
        };
        match value {
            Some(value) => self.at(value.span, |unit| unit.into(value, to)),
            None => self.unit(to),
        }
        self.jump(end);
    }

    pub(super) fn next_turn(&mut self, number: u32) {
        match self.loop_around(number).map(|around| around.next) {
            Some(next) => self.jump(next),
            None => self.low.internal(self.span, "a `continue` outside of its loop"),
        }
    }

    /// Where an expression leads that does nothing but leave.
    pub(super) fn only_jump(&self, e: &Expr) -> Option<Label> {
        let ExprKind::Script(script) = &e.kind else { return None };
        match &**script {
            Script::Never(inner) => self.only_jump(inner),
            Script::Continue(number) => self.loop_around(*number).map(|around| around.next),
            Script::Break(number, None) => {
                let around = self.loop_around(*number)?;
                around.to.is_none().then_some(around.end)
            }
            _ => None,
        }
    }

    fn loop_around(&self, number: u32) -> Option<&Around> {
        self.around.loops.iter().rev().find(|around| around.number == number)
    }
}
