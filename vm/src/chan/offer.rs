//! Whether an output and an input correspond, and what happens to the value when they meet.

use crate::error::Trap;
use crate::process::{Process, Wait};
use crate::program::Program;
use hydra_bytecode::{Kind, Reg, Type};
use hydra_stdlib::value::{self, Value};

/// A value on its way from one process to another.
pub(crate) enum Message {
    /// a scalar
    Word(Kind, u64),
    /// anything else
    Value(Value),
}

impl Message {
    /// Whether a target of this type takes it.
    #[inline]
    pub(crate) fn fits(&self, program: &Program, ty: u16) -> bool {
        match self {
            Message::Word(kind, _) => word_fits(*kind, &program.module.types[usize::from(ty)]),
            Message::Value(value) => value::matches(value, ty, &program.module.types),
        }
    }
}

#[inline]
fn word_fits(kind: Kind, ty: &Type) -> bool {
    match ty {
        Type::Scalar(wanted) => kind == *wanted,
        Type::Any => true,
        _ => false,
    }
}

/// Whether a waiting output fits a target of this type.
#[inline]
pub(crate) fn offer_fits(program: &Program, offer: &mut Process, ty: u16) -> bool {
    match offer.wait {
        Wait::OfferScalar { kind, .. } => {
            word_fits(Kind::ALL[usize::from(kind & 3)], &program.module.types[usize::from(ty)])
        }
        Wait::OfferValue { reg, .. } => match offer.r().get(usize::from(reg)) {
            Some(value) => value::matches(value, ty, &program.module.types),
            None => false,
        },
        _ => false,
    }
}

/// What a waiting output offers; the process may go on afterwards.
#[inline]
pub(crate) fn message_of(offer: &mut Process) -> Message {
    let message = match offer.wait {
        Wait::OfferScalar { kind, reg, .. } => {
            Message::Word(Kind::ALL[usize::from(kind & 3)], offer.s()[usize::from(reg)])
        }
        Wait::OfferValue { reg, .. } => Message::Value(offer.r()[usize::from(reg)].clone()),
        _ => Message::Value(Value::Unit),
    };
    offer.wait = Wait::Nothing;
    message
}

/// Whether a waiting input takes a message.
#[inline]
pub(crate) fn taker_fits(program: &Program, taker: &Process, message: &Message) -> bool {
    match taker.wait {
        Wait::TakeScalar { kind, .. } => match message {
            Message::Word(sent, _) => *sent as u8 == kind,
            Message::Value(value) => value.word().is_some_and(|(sent, _)| sent as u8 == kind),
        },
        Wait::TakeValue { port, .. } => message.fits(program, program.module.ports[usize::from(port)].ty),
        _ => false,
    }
}

/// Puts a message into a register of the receiver; `port` is the receiver's. Arrays must have the lengths of the target.
#[inline]
pub(crate) fn store(
    program: &Program,
    (s, r): (&mut [u64], &mut [Value]),
    reg: Reg,
    port: u16,
    message: Message,
) -> Result<(), Box<Trap>> {
    match (reg, message) {
        (Reg::S(reg), Message::Word(_, word)) => s[usize::from(reg)] = word,
        (Reg::S(reg), Message::Value(value)) => match value.word() {
            Some((_, word)) => s[usize::from(reg)] = word,
            None => return Err(Trap::malformed()),
        },
        (Reg::R(reg), Message::Word(kind, word)) => r[usize::from(reg)] = Value::scalar(kind, word),
        (Reg::R(reg), Message::Value(value)) => {
            let value = if program.ports_with_bounds[usize::from(port)] {
                let port = &program.module.ports[usize::from(port)];
                program.convert(value, port.ty, port.bounds, s).map_err(Trap::meeting)?
            } else {
                value
            };
            r[usize::from(reg)] = value;
        }
    }
    Ok(())
}

/// Hands a message to a process whose waiting input takes it.
#[inline]
pub(crate) fn deliver(program: &Program, taker: &mut Process, message: Message) -> Result<(), Box<Trap>> {
    let wait = std::mem::take(&mut taker.wait);
    match wait {
        Wait::TakeScalar { reg, port, .. } => store(program, taker.window(), Reg::S(reg), port, message),
        Wait::TakeValue { reg, port, .. } => store(program, taker.window(), Reg::R(reg), port, message),
        _ => Ok(()),
    }
}
