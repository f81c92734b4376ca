//! The banks of a routine, and who owns which scalar register.

use super::Check;
use crate::module::{Reg, Routine};

/// What the VM keeps in a scalar register for itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Owner {
    /// [`crate::Port::cache`] of this port.
    Cache(u16),
    /// [`crate::Choice::turns`] of this choice.
    Turns(u16),
}

impl std::fmt::Display for Owner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Owner::Cache(port) => write!(f, "the cache of port {port}"),
            Owner::Turns(choice) => write!(f, "the turns of choice {choice}"),
        }
    }
}

/// Owners of the scalar registers of one routine after the other.
#[derive(Default)]
pub(super) struct Owners {
    /// For each register the last routine that had an owner for it, counted from 1, and the owner.
    table: Vec<(u32, Option<Owner>)>,
    routine: u32,
}

impl Owners {
    /// Begins a routine, whose registers have no owners yet.
    pub(super) fn begin(&mut self, routine: u16) {
        self.routine = u32::from(routine) + 1;
    }

    fn get(&self, register: u16) -> Option<Owner> {
        self.table
            .get(usize::from(register))
            .filter(|(routine, _)| *routine == self.routine)?
            .1
    }

    fn set(&mut self, register: u16, owner: Owner) {
        let register = usize::from(register);
        if self.table.len() <= register {
            self.table.resize(register + 1, (0, None));
        }
        self.table[register] = (self.routine, Some(owner));
    }
}

/// The registers of one routine.
pub(super) struct Registers<'a> {
    routine: &'a Routine,
    owners: &'a mut Owners,
}

impl<'a> Registers<'a> {
    /// Registers without owners yet.
    pub(super) fn new(index: u16, routine: &'a Routine, owners: &'a mut Owners) -> Self {
        owners.begin(index);
        Registers { routine, owners }
    }

    /// Gives `count` scalar registers to an owner.
    pub(super) fn own(&mut self, first: u16, count: usize, owner: Owner) -> Check {
        within("scalar", first, count, self.routine.scalars).map_err(|why| format!("{owner}: {why}"))?;
        for register in (first..).take(count) {
            if register < self.routine.args[0] {
                return Err(format!("{owner} is s{register}, which is an argument"));
            }
            if let Some(other) = self.owners.get(register) {
                return Err(format!("{owner} is s{register}, which is {other} already"));
            }
            self.owners.set(register, owner);
        }
        Ok(())
    }

    /// Scalar registers that are nobody's own.
    pub(super) fn scalars(&self, first: u16, count: usize) -> Check {
        within("scalar", first, count, self.routine.scalars)?;
        match (first..)
            .take(count)
            .find_map(|register| Some((register, self.owners.get(register)?)))
        {
            Some((register, owner)) => Err(format!("s{register} is used, which is {owner}")),
            None => Ok(()),
        }
    }

    /// Reference registers.
    pub(super) fn references(&self, first: u16, count: usize) -> Check {
        within("reference", first, count, self.routine.references)
    }

    /// Name registers.
    pub(super) fn names(&self, first: u16, count: usize) -> Check {
        within("name", first, count, self.routine.names)
    }

    /// A register of either bank of values.
    pub(super) fn reg(&self, reg: Reg) -> Check {
        match reg {
            Reg::S(register) => self.scalars(register, 1),
            Reg::R(register) => self.references(register, 1),
        }
    }
}

fn within(bank: &str, first: u16, count: usize, length: u16) -> Check {
    let letter = bank.as_bytes()[0] as char;
    match count {
        _ if usize::from(first) + count <= usize::from(length) => Ok(()),
        1 => Err(format!(
            "there is no {letter}{first} (the routine has {length} {bank} registers)"
        )),
        _ => Err(format!(
            "{count} registers from {letter}{first} on do not fit (the routine has {length} {bank} registers)"
        )),
    }
}
