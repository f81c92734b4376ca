//! The code of one routine: its instructions, and the table entries that they name.

use super::registers::{Owner, Owners, Registers};
use super::structure::{Place, Structure, routine_name};
use super::tables::index;
use super::uses::Uses;
use super::{At, Check, VerifyError, parallels, quoted, rounds};
use crate::module::{Kind, Module, Port, Reg, Routine, Target, Type};
use crate::natives::Native;
use crate::ops::{BinOp, CmpOp, Instr, Op, Role};
use crate::outside::Outside;

/// All that the checks of one routine need.
pub(super) struct Context<'a> {
    pub(super) module: &'a Module,
    pub(super) bounds: &'a [u16],
    pub(super) chain: &'a [u16],
    pub(super) place: Place,
    pub(super) routine: &'a Routine,
    pub(super) registers: Registers<'a>,
}

/// Checks a routine.
pub(super) fn check(
    module: &Module,
    bounds: &[u16],
    structure: &Structure,
    chain: &[u16],
    owners: &mut Owners,
    index: u16,
) -> Result<(), VerifyError> {
    let number = usize::from(index);
    let routine = &module.routines[number];
    let name = || routine_name(module, number);
    let registers = Registers::new(index, routine, owners);
    let mut context = Context {
        module,
        bounds,
        chain,
        place: structure.places[number],
        routine,
        registers,
    };

    let uses = Uses::new(module, routine);
    context.owned(&uses).at(name)?;
    context.shape().at(name)?;
    for (pc, &instr) in routine.code.iter().enumerate() {
        context
            .instruction(pc, instr)
            .at(|| format!("{}, instruction {pc} ({})", name(), instr.op.name()))?;
    }
    for &port in &uses.ports {
        let entry = &module.ports[usize::from(port)];
        context
            .port(entry)
            .at(|| format!("{}, port {port}{}", name(), quoted(&entry.name)))?;
    }
    for &choice in &uses.choices {
        context.choice(choice).at(|| format!("{}, choice {choice}", name()))?;
    }
    for &fragment in &uses.fragments {
        context
            .fragment(fragment)
            .at(|| format!("{}, fragment {fragment}", name()))?;
    }
    for &parallel in &uses.parallels {
        parallels::parent(&context, parallel).at(|| format!("{}, parallel {parallel}", name()))?;
    }
    if let Place::Process { parallel, process } = context.place {
        parallels::child(&context, parallel, process)
            .at(|| format!("{}, process {process} of parallel {parallel}", name()))?;
    }
    rounds::check(module, routine).map_err(|(pc, message)| VerifyError {
        place: format!("{}, instruction {pc} ({})", name(), routine.code[pc].op.name()),
        message,
    })
}

impl Context<'_> {
    /// Gives registers to the ports and choices of the routine.
    fn owned(&mut self, uses: &Uses) -> Check {
        for &port in &uses.ports {
            index("port", port, self.module.ports.len())?;
            let entry = &self.module.ports[usize::from(port)];
            if entry.cache != u16::MAX {
                self.registers.own(entry.cache, entry.cached(), Owner::Cache(port))?;
            }
        }
        for &choice in &uses.choices {
            index("choice", choice, self.module.choices.len())?;
            let entry = &self.module.choices[usize::from(choice)];
            self.registers
                .own(entry.turns, entry.guards.len(), Owner::Turns(choice))?;
        }
        Ok(())
    }

    /// Arguments, and the end of the code.
    fn shape(&self) -> Check {
        match self.place {
            Place::Definition => {}
            Place::Function { .. } if self.routine.names == 0 => {}
            Place::Function { .. } => return Err("it has names but is a function".to_string()),
            _ if self.routine.args != [0; 3] => return Err("it has arguments but is no definition".to_string()),
            _ => {}
        }
        match self.routine.code.last().map(|last| last.op) {
            None => Err("it has no code".to_string()),
            Some(Op::End | Op::Ret | Op::RetS | Op::RetV | Op::Jmp | Op::Select | Op::Throw) => Ok(()),
            Some(op) => Err(format!("its code ends with {}, which goes on", op.name())),
        }
    }

    fn instruction(&self, pc: usize, instr: Instr) -> Check {
        // Fields that no operand mentions: a, b, c, d.
        let mut idle = [u16::from(instr.a), instr.b, instr.c, instr.d];
        for &(field, role) in instr.op.operands() {
            let at = match field {
                'a' => 0,
                'b' => 1,
                'c' => 2,
                _ => 3,
            };
            let value = [u16::from(instr.a), instr.b, instr.c, instr.d][at];
            idle[at] = 0;
            if matches!(role, Role::Wide | Role::JumpWide) {
                idle[3] = 0;
            }
            self.operand(pc, instr, role, value)?;
        }
        if idle != [0; 4] {
            return Err("a field that it does not use is not 0".to_string());
        }
        self.meaning(instr)
    }

    /// One operand by its role.
    fn operand(&self, pc: usize, instr: Instr, role: Role, value: u16) -> Check {
        let (module, registers, count) = (self.module, &self.registers, usize::from(instr.a));
        match role {
            Role::SDst | Role::SSrc | Role::SMut => registers.scalars(value, 1),
            Role::SPair => registers.scalars(value, 2),
            Role::SPairs => registers.scalars(value, 2 * count),
            Role::RDst | Role::RSrc | Role::RMut => registers.references(value, 1),
            Role::RList | Role::RListMut | Role::RListDst => registers.references(value, count),
            Role::NDst | Role::NSrc => registers.names(value, 1),
            Role::Imm16 | Role::Wide | Role::Count => Ok(()),
            Role::Outside => index("process of the outside", value, Outside::ALL.len()),
            Role::Native => index("function of rhai", value, Native::ALL.len()),
            Role::NativeArgs => match Native::ALL.get(count) {
                Some(native) => registers.references(value, native.args().len()),
                None => index("function of rhai", count as u16, Native::ALL.len()),
            },
            Role::Written => index("way of writing", value, 3),
            Role::Jump16 => self.jump(pc, i64::from(value as i16)),
            Role::JumpWide => self.jump(pc, i64::from(instr.wide_value())),
            Role::Word => index("word", value, module.words.len()),
            Role::Value => index("value", value, module.values.len()),
            Role::Slot => {
                index("slot", value, module.slots.len())?;
                self.slot(value)
            }
            Role::Symbol => index("string", value, module.strings.len()),
            Role::Port => index("port", value, module.ports.len()),
            Role::Parallel => index("parallel", value, module.parallels.len()),
            Role::Choice => index("choice", value, module.choices.len()),
            Role::Guard => {
                index("choice", instr.d, module.choices.len())?;
                index("guard", value, module.choices[usize::from(instr.d)].guards.len())
            }
            Role::Fragment => index("fragment", value, module.fragments.len()),
            Role::Call => index("call", value, module.calls.len()),
            Role::Function => index("function", value, module.functions.len()),
            Role::SArgs | Role::RArgs => Ok(()),
            Role::Param => index("param", value, module.params.len()),
            Role::Kind => index("kind", value, Kind::ALL.len()),
            Role::BinOp => index("operator", value, BinOp::ALL.len()),
            Role::CmpOp => index("comparison", value, CmpOp::ALL.len()),
        }
    }

    fn jump(&self, pc: usize, distance: i64) -> Check {
        let target = pc as i64 + 1 + distance;
        if (0..self.routine.code.len() as i64).contains(&target) {
            return Ok(());
        }
        Err(format!(
            "it jumps to {target}, but the code has {} instructions",
            self.routine.code.len()
        ))
    }

    /// What the operands must agree on beyond their roles. The roles have been checked.
    fn meaning(&self, instr: Instr) -> Check {
        let Instr { op, a, b, c, d } = instr;
        if let Place::Function { scalar } = self.place
            && !in_function(op, scalar)
        {
            return Err("a function cannot do that".to_string());
        }
        match op {
            Op::ParamS => match self.param_type(c) {
                Type::Scalar(_) => Ok(()),
                _ => Err(format!("param {c} is no scalar")),
            },
            Op::ParamV => match self.param_type(c) {
                Type::String => Ok(()),
                _ => Err(format!("param {c} is no string")),
            },
            Op::End if self.place == Place::Definition => {
                Err("the routine is a definition, which ends with Ret".to_string())
            }
            Op::Ret if self.place != Place::Definition => {
                Err("the routine is a process, which ends with End".to_string())
            }
            Op::Call => self.call(d),
            Op::CallF => self.function(b, c, d),
            Op::Sort => self.comparison(c, d),
            Op::RetS | Op::RetV if !matches!(self.place, Place::Function { .. }) => {
                Err("the routine is no function".to_string())
            }
            Op::RetS | Op::RetV => Ok(()),
            Op::SendS | Op::RecvS | Op::GuardS => {
                self.subscripts(d)?;
                let (kind, port) = (Kind::ALL[usize::from(a)], &self.module.ports[usize::from(d)]);
                match &self.module.types[usize::from(port.ty)] {
                    Type::Scalar(found) if *found == kind => Ok(()),
                    _ => Err(format!("port {d} has type {}, which is not {}", port.ty, kind.name())),
                }
            }
            Op::SendV | Op::Name => self.subscripts(d),
            Op::RecvV | Op::GuardV => {
                self.subscripts(d)?;
                self.input(d)
            }
            Op::Arm | Op::ArmAfter | Op::ArmAll => self.arm(op, b, d),
            Op::Nop | Op::Mov | Op::Imm | Op::LoadWord | Op::RMov | Op::RTake | Op::LoadValue => Ok(()),
            Op::Add | Op::Sub | Op::Mul | Op::Div | Op::Rem | Op::Neg | Op::Pow => Ok(()),
            Op::Shl | Op::Shr | Op::BitAnd | Op::BitOr | Op::BitXor | Op::FPow => Ok(()),
            Op::Join | Op::Print | Op::Throw | Op::Dyn | Op::DynAt | Op::Give => Ok(()),
            Op::Native | Op::NativeS => {
                let scalar = Native::ALL[usize::from(a)].value().kind().is_some();
                match scalar == (op == Op::NativeS) {
                    true => Ok(()),
                    false => Err("its value is of the other bank".to_string()),
                }
            }
            Op::AddI | Op::MulI | Op::DivI | Op::RemI => Ok(()),
            Op::FAdd | Op::FSub | Op::FMul | Op::FDiv | Op::FRem | Op::FNeg | Op::ToReal => Ok(()),
            Op::IEq | Op::INe | Op::ILt | Op::ILe | Op::FEq | Op::FNe | Op::FLt | Op::FLe | Op::Not => Ok(()),
            Op::VBin | Op::VCmp | Op::VNeg | Op::Box | Op::Unbox | Op::Conv | Op::Default => Ok(()),
            Op::Jmp | Op::JTrue | Op::JFalse | Op::JEq | Op::JNe | Op::JLt | Op::JLe | Op::Next => Ok(()),
            Op::JEqI | Op::JNeI | Op::JLtI | Op::JLeI | Op::JGtI | Op::JGeI => Ok(()),
            Op::Index | Op::IndexMore | Op::Get | Op::GetV | Op::Set | Op::SetV | Op::Row | Op::SetRow => Ok(()),
            Op::Checked if a > 1 => Err("it compares a value or none".to_string()),
            Op::Struct | Op::Open | Op::Frag | Op::FragS | Op::FragDo | Op::Check | Op::Checked => Ok(()),
            Op::Par | Op::End | Op::Ret | Op::Family | Op::Within | Op::Outside => Ok(()),
            Op::Choose | Op::Select | Op::After => Ok(()),
        }
    }

    fn param_type(&self, param: u16) -> &Type {
        &self.module.types[usize::from(self.module.params[usize::from(param)].ty)]
    }

    /// The bounds of a slot.
    fn slot(&self, slot: u16) -> Check {
        let slot = &self.module.slots[usize::from(slot)];
        self.pairs(slot.ty, slot.bounds)
    }

    /// The registers with the bounds of a type.
    fn pairs(&self, ty: u16, first: u16) -> Check {
        match self.bounds[usize::from(ty)] {
            0 => Ok(()),
            pairs => self
                .registers
                .scalars(first, 2 * usize::from(pairs))
                .map_err(|why| format!("bounds: {why}")),
        }
    }

    fn call(&self, call: u16) -> Check {
        let call = &self.module.calls[usize::from(call)];
        let [scalars, references, names] = self.module.routines[usize::from(call.routine)].args.map(usize::from);
        self.registers
            .scalars(call.args[0], scalars)
            .and_then(|()| self.registers.references(call.args[1], references))
            .and_then(|()| self.registers.names(call.args[2], names))
            .map_err(|why| format!("arguments: {why}"))
    }

    /// A call of a function: its arguments, and where its value goes.
    fn function(&self, scalars: u16, references: u16, function: u16) -> Check {
        let function = &self.module.functions[usize::from(function)];
        let [s, r, _] = self.module.routines[usize::from(function.routine)]
            .args
            .map(usize::from);
        self.registers
            .scalars(scalars, s.max(usize::from(function.scalar)))
            .and_then(|()| {
                self.registers
                    .references(references, r.max(usize::from(!function.scalar)))
            })
            .map_err(|why| format!("arguments: {why}"))
    }

    /// A function that tells the order of two elements.
    fn comparison(&self, references: u16, number: u16) -> Check {
        let function = &self.module.functions[usize::from(number)];
        match self.module.routines[usize::from(function.routine)].args {
            [0, args, _] if args >= 2 && !function.scalar => self.function(0, references, number),
            _ => Err(format!("function {number} does not tell the order of two elements")),
        }
    }

    /// A port, whatever it is used for.
    fn port(&self, port: &Port) -> Check {
        self.registers
            .scalars(port.subscripts, usize::from(port.count))
            .map_err(|why| format!("subscripts: {why}"))?;
        match port.target {
            Target::Label { .. } => self.dims(port).map(|_| ()),
            Target::Formal(name) => self.registers.names(name, 1),
            Target::Host(0..3) => Ok(()),
            Target::Host(host) => index("extern", host - 3, self.module.externs.len()),
        }
    }

    /// How many subscripts the target of a port has, if that is known.
    fn dims(&self, port: &Port) -> Check<Option<usize>> {
        match port.target {
            Target::Label { depth, family } => {
                let parallel = self.chain.iter().rev().nth(usize::from(depth));
                let parallel = parallel.ok_or_else(|| {
                    let around = self.chain.len();
                    format!("its label is {depth} processes further out, but {around} parallel commands are around it")
                })?;
                let families = &self.module.parallels[usize::from(*parallel)].families;
                let family = families
                    .get(usize::from(family))
                    .ok_or_else(|| format!("parallel {parallel} has no family {family}"))?;
                Ok(Some(usize::from(family.dims)))
            }
            Target::Formal(_) => Ok(None),
            Target::Host(0..3) => Ok(Some(0)),
            Target::Host(host) => {
                index("extern", host - 3, self.module.externs.len())?;
                Ok(Some(self.module.externs[usize::from(host - 3)].ranges.len()))
            }
        }
    }

    /// A port that names one process.
    fn subscripts(&self, port: u16) -> Check {
        let entry = &self.module.ports[usize::from(port)];
        match self.dims(entry)? {
            Some(dims) if dims != usize::from(entry.count) => {
                Err(format!("port {port} has {} subscripts, its target {dims}", entry.count))
            }
            _ => Ok(()),
        }
    }

    /// A port whose value is taken.
    fn input(&self, port: u16) -> Check {
        let entry = &self.module.ports[usize::from(port)];
        self.pairs(entry.ty, entry.bounds)
            .map_err(|why| format!("port {port}: {why}"))
    }

    /// Whether a guard can be armed this way.
    fn arm(&self, op: Op, guard: u16, choice: u16) -> Check {
        let guard = &self.module.choices[usize::from(choice)].guards[usize::from(guard)];
        match (op, guard.input) {
            (Op::ArmAfter, Some(_)) => Err("a guard with an input waits for no time".to_string()),
            (Op::ArmAll, None) => Err("the guard has no input".to_string()),
            (Op::ArmAll, Some(_)) if guard.ranges.len() != 1 => {
                Err(format!("the guard has {} range variables, not 1", guard.ranges.len()))
            }
            (Op::ArmAll, Some((port, _))) => {
                let count = self.module.ports[usize::from(port)].count;
                index("subscript", u16::from(guard.varying), usize::from(count))
            }
            _ => Ok(()),
        }
    }

    fn choice(&self, choice: u16) -> Check {
        let choice = &self.module.choices[usize::from(choice)];
        let inside = |target: u32| {
            if (target as usize) < self.routine.code.len() {
                Ok(())
            } else {
                Err(format!("no instruction {target}"))
            }
        };
        for (i, guard) in choice.guards.iter().enumerate() {
            inside(guard.target)
                .and_then(|()| {
                    guard
                        .ranges
                        .iter()
                        .try_for_each(|&range| self.registers.scalars(range, 1))
                })
                .and_then(|()| match guard.input {
                    None => Ok(()),
                    Some((port, Reg::R(register))) => {
                        self.subscripts(port)?;
                        self.input(port)?;
                        self.registers.references(register, 1)
                    }
                    Some((port, Reg::S(register))) => {
                        self.subscripts(port)?;
                        let ty = self.module.ports[usize::from(port)].ty;
                        match self.module.types[usize::from(ty)] {
                            Type::Scalar(_) => self.registers.scalars(register, 1),
                            _ => Err(format!("a scalar register takes type {ty} of port {port}")),
                        }
                    }
                })
                .map_err(|why| format!("guard {i}: {why}"))?;
        }
        choice
            .otherwise
            .map_or(Ok(()), inside)
            .map_err(|why| format!("all failed: {why}"))
    }

    fn fragment(&self, fragment: u16) -> Check {
        for variable in &self.module.fragments[usize::from(fragment)].variables {
            let ty = &self.module.types[usize::from(self.module.slots[usize::from(variable.slot)].ty)];
            let fits = match (variable.reg, ty) {
                (Reg::S(_), Type::Scalar(_)) => Ok(()),
                (Reg::S(_), _) => Err("it is in a scalar register, but its type is no scalar".to_string()),
                (Reg::R(_), _) => Ok(()),
            };
            fits.and_then(|()| match ty {
                Type::Array { .. } => Ok(()),
                _ if variable.indexed => Err("it is indexed, but no array".to_string()),
                _ => Ok(()),
            })
            .and_then(|()| self.registers.reg(variable.reg))
            .and_then(|()| self.slot(variable.slot))
            .map_err(|why| format!("variable{}: {why}", quoted(&variable.name)))?;
        }
        Ok(())
    }
}

/// Whether an instruction can stand in a function, whose value is a scalar or not.
fn in_function(op: Op, scalar: bool) -> bool {
    match op {
        Op::RetS => scalar,
        Op::RetV => !scalar,
        Op::Frag | Op::FragS | Op::FragDo | Op::Check | Op::Checked | Op::Par | Op::End | Op::Call | Op::Ret => false,
        Op::Name | Op::Family | Op::Within | Op::Outside | Op::SendS | Op::SendV | Op::RecvS | Op::RecvV => false,
        Op::GuardS | Op::GuardV | Op::Choose | Op::Arm | Op::ArmAfter | Op::ArmAll | Op::Select => false,
        Op::After => false,
        _ => true,
    }
}
