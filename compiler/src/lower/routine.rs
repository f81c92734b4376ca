//! One routine: its registers, its code, and what is put together when both are known.
//!
//! Registers are given out like a stack: a variable keeps its register to the end of its block, temporaries lie above the
//! variables and are given back after each command. Registers in which the VM keeps things for itself (caches of ports,
//! turns of choices) come last, so that no other code touches them.

use super::Lowering;
use super::code::{Code, Label};
use super::known::{Extent, Linear};
use super::script::Surroundings;
use super::types;
use crate::check::tree::{self, Expr, Type, VarId};
use hydra_bytecode::{Choice, Guard, Handler, Inlined, Instr, Kind, Op, Reg, Routine, Span};
use std::collections::BTreeMap;
use std::rc::Rc;

/// The most registers of a bank; the number 65535 means "none" in some places.
const REGISTERS_MAX: usize = 65_535;

/// What a variable, or an element or row of one, can hold.
#[derive(Clone, Debug)]
pub(super) struct Holds {
    /// The name of the variable, for messages.
    pub(super) name: String,
    /// What is held.
    pub(super) ty: Type,
    /// First register with the bounds, if there are arrays in the type.
    pub(super) bounds: u16,
}

/// Where a variable (or the part of it that a process has) is.
#[derive(Clone, Debug)]
pub(super) struct Place {
    /// Its register.
    pub(super) reg: Reg,
    /// What it can hold.
    pub(super) holds: Holds,
    /// How many leading dimensions of the variable are not here, because only a part of it was captured.
    pub(super) taken: usize,
    /// For each of those, the first register of its bounds if a mention has to be checked against them.
    pub(super) lead: Vec<Option<u16>>,
    /// What is known of the bounds of its dimensions (with those that were taken), or of the values of a range variable.
    pub(super) known: Vec<Option<Extent>>,
    /// Its value, if it is an integer that nobody assigns.
    pub(super) value: Option<Linear>,
    /// The register with a copy of what it held at the start, if only what has changed is handed back.
    pub(super) was: Option<u16>,
    /// Whether it is an array of its own with the part of the variable that a process mentions.
    pub(super) window: bool,
}

/// Where the variables of a routine are, by [`VarId`].
pub(super) type Places = Vec<Option<Rc<Place>>>;

/// A bank of registers.
#[derive(Clone, Copy, Default)]
struct Bank {
    next: usize,
    peak: usize,
}

impl Bank {
    fn take(&mut self, count: usize) -> u16 {
        let first = self.next;
        self.next += count;
        self.peak = self.peak.max(self.next);
        // A number that does not fit is reported when the routine is finished.
        first.min(REGISTERS_MAX) as u16
    }
}

/// How many registers were in use at some moment.
#[derive(Clone, Copy)]
pub(super) struct Mark([usize; 3]);

/// Where the result of an expression is wanted.
#[derive(Clone, Copy, Debug)]
pub(super) enum Want {
    /// Anywhere, also in the register of a variable.
    Free,
    /// In this register, which is not written before everything else has been read.
    At(Reg),
    /// Anywhere, but a register that is needed should be this one, which is free.
    Near(Reg),
}

/// A choice that waits for its code to be placed.
pub(super) struct Pending {
    /// Index into the module's table.
    pub(super) index: u16,
    /// First of the registers for its turns, counted from the first of those that the VM uses.
    pub(super) turns: usize,
    /// Where the guarded commands begin.
    pub(super) targets: Vec<Label>,
    /// Where to go when all guards have failed.
    pub(super) otherwise: Option<Label>,
}

/// A routine in the making.
pub(super) struct Unit<'l, 'a> {
    /// What all routines share.
    pub(super) low: &'l mut Lowering<'a>,
    /// What it is made from.
    pub(super) tree: &'l tree::Routine,
    /// Where its variables are, as far as they have been declared.
    pub(super) places: Places,
    /// The register of each name.
    pub(super) names: Vec<u16>,
    /// Its instructions.
    pub(super) code: Code,
    /// The span of what is being lowered.
    pub(super) span: Span,
    /// Keeps `span` as it is: code of a definition that is part of an instance.
    pub(super) pinned: bool,
    /// The loops of rhai that it is in.
    pub(super) around: Surroundings,
    /// Whether it is in a repetition.
    pub(super) repeats: bool,
    /// The params that the outermost repetition has read, with their registers.
    pub(super) params: BTreeMap<u32, u16>,
    banks: [Bank; 3],
    own: usize,
    caches: Vec<(u16, usize)>,
    pending: Vec<Pending>,
    failures: Vec<(Label, Span)>,
    /// Each `try`: where it begins and ends, where failures lead, and where what was thrown goes.
    pub(super) handlers: Vec<(Label, Label, Label, Option<u16>)>,
    /// Functions without a frame: the first instruction of each, the one behind its last, its name, where it is called.
    pub(super) inlined: Vec<(Label, Label, String, Span)>,
}

const S: usize = 0;
const R: usize = 1;
const N: usize = 2;

impl<'l, 'a> Unit<'l, 'a> {
    /// An empty routine for the variables and names of `tree`.
    pub(super) fn new(low: &'l mut Lowering<'a>, tree: &'l tree::Routine) -> Self {
        let mut unit = Unit {
            low,
            tree,
            places: vec![None; tree.vars.len()],
            names: Vec::new(),
            code: Code::default(),
            span: tree.span,
            pinned: false,
            around: Surroundings::default(),
            repeats: false,
            params: BTreeMap::new(),
            banks: [Bank::default(); 3],
            own: 0,
            caches: Vec::new(),
            pending: Vec::new(),
            handlers: Vec::new(),
            inlined: Vec::new(),
            failures: Vec::new(),
        };
        unit.names = tree.names.iter().map(|_| unit.banks[N].take(1)).collect();
        unit
    }

    // --- registers

    /// A scalar register.
    pub(super) fn s(&mut self) -> u16 {
        self.banks[S].take(1)
    }

    /// Consecutive scalar registers.
    pub(super) fn s_block(&mut self, count: usize) -> u16 {
        self.banks[S].take(count)
    }

    /// A reference register.
    pub(super) fn r(&mut self) -> u16 {
        self.banks[R].take(1)
    }

    /// Consecutive reference registers.
    pub(super) fn r_block(&mut self, count: usize) -> u16 {
        self.banks[R].take(count)
    }

    /// Consecutive name registers.
    pub(super) fn n_block(&mut self, count: usize) -> u16 {
        self.banks[N].take(count)
    }

    /// A register for a value of this type.
    pub(super) fn reg(&mut self, ty: &Type) -> Reg {
        if types::kind(ty).is_some() {
            Reg::S(self.s())
        } else {
            Reg::R(self.r())
        }
    }

    /// A scalar register for a wanted result.
    pub(super) fn s_for(&mut self, want: Want) -> u16 {
        match want {
            Want::At(Reg::S(s)) | Want::Near(Reg::S(s)) => s,
            _ => self.s(),
        }
    }

    /// A reference register for a wanted result.
    pub(super) fn r_for(&mut self, want: Want) -> u16 {
        match want {
            Want::At(Reg::R(r)) | Want::Near(Reg::R(r)) => r,
            _ => self.r(),
        }
    }

    /// How many registers of each bank are in use.
    pub(super) fn in_use(&self) -> [u16; 3] {
        self.banks.map(|bank| bank.next.min(REGISTERS_MAX) as u16)
    }

    /// The registers in use now.
    pub(super) fn mark(&self) -> Mark {
        Mark(self.banks.map(|bank| bank.next))
    }

    /// Gives back the registers that were taken since.
    pub(super) fn release(&mut self, mark: Mark) {
        for (bank, next) in self.banks.iter_mut().zip(mark.0) {
            bank.next = next;
        }
    }

    /// Registers of its own for a port to remember what it found.
    pub(super) fn cache(&mut self, port: u16, count: usize) {
        self.caches.push((port, self.own));
        self.own += count;
    }

    /// Registers of their own for the turns of a choice with so many guards; to be given to [`Unit::choice`].
    pub(super) fn turns(&mut self, guards: usize) -> usize {
        let first = self.own;
        self.own += guards;
        first
    }

    /// The labels and registers of a choice are worked out when the routine is finished.
    pub(super) fn choice(&mut self, pending: Pending) {
        self.pending.push(pending);
    }

    // --- variables

    /// A place for what remains of a variable after so many subscripts.
    pub(super) fn place(&mut self, var: &tree::Var, taken: usize) -> Place {
        let ty = types::after(&var.ty, taken);
        let reg = self.reg(&ty);
        let bounds = match types::bounds(&ty) {
            0 => 0,
            count => self.s_block(2 * count),
        };
        Place {
            reg,
            holds: Holds {
                name: var.name.clone(),
                ty,
                bounds,
            },
            taken,
            lead: Vec::new(),
            known: Vec::new(),
            value: None,
            was: None,
            window: false,
        }
    }

    /// Where a variable is.
    pub(super) fn var(&mut self, var: VarId) -> Rc<Place> {
        if let Some(Some(place)) = self.places.get(var.0 as usize) {
            return place.clone();
        }
        self.low
            .internal(self.span, "a variable is used where it is not declared");
        let holds = Holds {
            name: String::new(),
            ty: Type::Any,
            bounds: 0,
        };
        let reg = Reg::R(self.r());
        Rc::new(Place {
            reg,
            holds,
            taken: 0,
            lead: Vec::new(),
            known: Vec::new(),
            value: None,
            was: None,
            window: false,
        })
    }

    /// The scalar register of a variable that is an integer.
    pub(super) fn scalar_var(&mut self, var: VarId) -> u16 {
        match self.var(var).reg {
            Reg::S(s) => s,
            Reg::R(_) => {
                self.low.internal(self.span, "a range variable is no integer");
                0
            }
        }
    }

    // --- code

    /// Lowers something with its span, then goes back to the span before.
    pub(super) fn at<T>(&mut self, span: Span, lower: impl FnOnce(&mut Self) -> T) -> T {
        let before = self.span;
        if !self.pinned {
            self.span = span;
        }
        let result = lower(self);
        self.span = before;
        result
    }

    /// Adds an instruction.
    pub(super) fn emit(&mut self, op: Op, a: u8, b: u16, c: u16, d: u16) {
        self.code.emit(Instr::new(op, a, b, c, d), self.span);
    }

    /// Adds a jump.
    pub(super) fn jump(&mut self, to: Label) {
        self.code.jump(Instr::wide(Op::Jmp, 0, 0), to, self.span);
    }

    /// Adds a jump on a condition in a register.
    pub(super) fn jump_if(&mut self, condition: u16, when: bool, to: Label) {
        let op = if when { Op::JTrue } else { Op::JFalse };
        self.code.jump(Instr::wide(op, condition, 0), to, self.span);
    }

    /// Adds an instruction with a jump in 16 bits.
    pub(super) fn jump_short(&mut self, op: Op, a: u8, b: u16, c: u16, d: u16, to: Label) {
        self.code.jump(Instr::new(op, a, b, c, d), to, self.span);
    }

    /// `s[b]` = an integer.
    pub(super) fn integer(&mut self, b: u16, value: i64) {
        match i32::try_from(value) {
            Ok(value) => self.code.emit(Instr::wide(Op::Imm, b, value), self.span),
            Err(_) => self.word(b, value as u64),
        }
    }

    /// `s[b]` = a real.
    pub(super) fn real(&mut self, b: u16, value: f64) {
        match value.to_bits() {
            0 => self.integer(b, 0),
            bits => self.word(b, bits),
        }
    }

    fn word(&mut self, b: u16, word: u64) {
        let index = self.low.tables.word(word, self.span);
        self.emit(Op::LoadWord, 0, b, index, 0);
    }

    /// A copy from one register to another of its bank.
    pub(super) fn copy(&mut self, to: Reg, from: Reg) {
        match (to, from) {
            (Reg::S(b), Reg::S(c)) if b != c => self.emit(Op::Mov, 0, b, c, 0),
            (Reg::R(b), Reg::R(c)) if b != c => self.emit(Op::RMov, 0, b, c, 0),
            _ => {}
        }
    }

    /// The same where `from` is a temporary that is not needed any more.
    pub(super) fn take(&mut self, to: Reg, from: Reg) {
        match (to, from) {
            (Reg::R(b), Reg::R(c)) if b != c => self.emit(Op::RTake, 0, b, c, 0),
            _ => self.copy(to, from),
        }
    }

    /// The condition of kind boolean in a register, for a jump or an operator.
    pub(super) fn boolean(&mut self, e: &Expr, want: Want) -> u16 {
        self.scalar(e, Kind::Boolean, want)
    }

    /// `none` is where all guards of an alternative have failed; that code stands at the end of the routine, out of the way.
    pub(super) fn fail(&mut self, none: Label) {
        if self.code.is_used(none) {
            self.failures.push((none, self.span));
        }
    }

    /// Puts the routine together, whose last instruction has been added.
    pub(super) fn finish(mut self, name: &str, args: [u16; 3], span: Span) -> Routine {
        for (none, span) in std::mem::take(&mut self.failures) {
            self.code.bind(none);
            self.at(span, |unit| {
                let index = unit.add_choice(false, true, Vec::new());
                unit.emit(Op::Choose, 0, 0, 0, index);
                unit.emit(Op::Select, 0, 0, 0, index);
            });
        }
        let [scalars, references, names] = self.banks.map(|bank| bank.peak);
        let tables = &mut self.low.tables;
        for count in [scalars + self.own, references, names] {
            if count > REGISTERS_MAX {
                tables.exceeds(
                    span,
                    &format!("`{name}` needs {count} registers, where {REGISTERS_MAX} is the most"),
                );
            }
        }
        let placed = self.code.place();
        if placed.code.len() > i32::MAX as usize {
            tables.exceeds(span, &format!("`{name}` has {} instructions", placed.code.len()));
        }
        let own = |at: usize| (scalars + at).min(REGISTERS_MAX) as u16;
        for (port, at) in self.caches {
            if let Some(port) = tables.module.ports.get_mut(usize::from(port)) {
                port.cache = own(at);
            }
        }
        for pending in self.pending {
            if let Some(choice) = tables.module.choices.get_mut(usize::from(pending.index)) {
                choice.turns = own(pending.turns);
                choice.otherwise = pending.otherwise.map(|label| placed.at(label));
                for (guard, &target) in choice.guards.iter_mut().zip(&pending.targets) {
                    guard.target = placed.at(target);
                }
            }
        }
        let handlers = self.handlers.iter().map(|&(from, to, target, value)| Handler {
            from: placed.at(from),
            to: placed.at(to),
            target: placed.at(target),
            value,
        });
        let handlers = handlers.filter(|handler| handler.from < handler.to);
        let inlined = self.inlined.into_iter().map(|(from, to, function, span)| Inlined {
            from: placed.at(from),
            to: placed.at(to),
            function,
            span,
        });
        let inlined = inlined.filter(|inlined| inlined.from < inlined.to);
        Routine {
            name: name.to_string(),
            scalars: own(self.own),
            references: references.min(REGISTERS_MAX) as u16,
            names: names.min(REGISTERS_MAX) as u16,
            args,
            handlers: handlers.collect(),
            inlined: inlined.collect(),
            code: placed.code,
            spans: placed.spans,
        }
    }

    /// Adds a choice to the module's table.
    pub(super) fn add_choice(&mut self, pri: bool, distinct: bool, guards: Vec<Guard>) -> u16 {
        let span = self.span;
        let tables = &mut self.low.tables;
        let index = tables.next(tables.module.choices.len(), span, "alternatives and repetitions");
        tables.module.choices.push(Choice {
            pri,
            guards,
            otherwise: None,
            turns: 0,
            distinct,
            span,
        });
        index
    }
}
