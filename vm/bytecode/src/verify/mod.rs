//! The verifier: the only way from a [`Module`] to the [`VerifiedModule`] that the VM runs.
//!
//! **What a verified module guarantees**, so that the VM need not check it again:
//!
//! - Every index into a table is inside that table, and no table is longer than 16 bits can index. Types, constants and
//!   parallel commands nest without cycles, the first two to a bounded depth ([`TYPE_DEPTH_MAX`],
//!   [`CONST_DEPTH_MAX`](crate::CONST_DEPTH_MAX)). Equal types have one index, equal constructors too.
//! - Every register that an instruction, or a table entry used by it, names is inside its bank of that routine, lists and
//!   pairs included. Fields that an instruction does not use are 0.
//! - The scalar registers where the VM keeps things for itself ([`Port::cache`](crate::Port::cache),
//!   [`Choice::turns`](crate::Choice::turns)) belong to one port or choice of the routine each, and nothing else mentions
//!   them.
//! - Jumps and guarded commands stay within the routine, whose last instruction does not fall through.
//! - A routine is main, or the process of exactly one entry of one parallel command, or a definition. Only definitions are
//!   called and have `Ret`; only the others have `End`. One routine starts each parallel command, so that every routine has
//!   one chain of enclosing processes, which ends at main or at a definition. A choice is of one routine, too.
//! - A [`Target::Label`](crate::Target::Label) exists: that many processes further out there is a parallel command, and it
//!   has that family. Labels and streams of the host get the number of subscripts they have.
//! - On every path, a round of a choice is `Choose`, then its `Arm…`, then its `Select`, with nothing between them that
//!   waits, starts, calls or ends.
//! - A scalar that is communicated has the kind that its port has as type; a scalar variable of a fragment has a scalar type.
//!
//! **What stays a check while the program runs** (the VM reports a malformed program, or a failure of the program; never
//! anything undefined):
//!
//! - What a reference register holds (`Get` of what is no array, `Row` of an array with fewer dimensions, `Unbox`), also
//!   after `RTake` or `Capture::Take` left `()` there, and what a captured array is like.
//! - Whether 8 bytes are a boolean or a character: scalars have no tags. Bounds may be any integers.
//! - Whether a name register was bound, whether to one process or a family, and of how many dimensions.
//! - Subscripts of names, labels and arrays, duplicate labels, overflow, division by zero.
//! - Whether the text of a fragment compiles, mentions only its variables, and fits its [`Edit`](crate::Edit)s.
//! - Whether offsets of a [`Span`](crate::Span) are inside its source: who shows them counts an offset outside as the end.
//! - How much memory and time it all takes.

mod code;
mod parallels;
mod registers;
mod rounds;
mod structure;
mod tables;
mod uses;

use crate::module::Module;
use std::fmt;
use std::ops::Deref;
use structure::{Place, Structure};

pub use tables::{TYPE_DEPTH_MAX, TYPE_SIZE_MAX};

/// A module that the VM can run. Only [`verify`] makes one.
#[derive(Clone, Debug)]
pub struct VerifiedModule {
    module: Module,
    structure: Structure,
    bounds: Vec<u16>,
}

impl VerifiedModule {
    /// The routine whose code starts this parallel command.
    pub fn starter(&self, parallel: u16) -> u16 {
        self.structure.starters[usize::from(parallel)]
    }

    /// The parallel command that this routine is a process of, and which process; `None` for main and for definitions.
    pub fn enclosing(&self, routine: u16) -> Option<(u16, u16)> {
        match self.structure.places[usize::from(routine)] {
            Place::Process { parallel, process } => Some((parallel, process)),
            Place::Main | Place::Definition | Place::Function { .. } => None,
        }
    }

    /// Whether this routine is a definition, so that instances of it are called.
    pub fn is_definition(&self, routine: u16) -> bool {
        self.structure.places[usize::from(routine)] == Place::Definition
    }

    /// The parallel command that a label is looked for in: that of the process `depth` processes further out.
    pub fn label_parallel(&self, routine: u16, depth: u16) -> Option<u16> {
        let (mut parallel, _) = self.enclosing(routine)?;
        for _ in 0..depth {
            (parallel, _) = self.enclosing(self.starter(parallel))?;
        }
        Some(parallel)
    }

    /// How many pairs of bounds a variable of this type has: one for each dimension of each array in it.
    pub fn bounds_of(&self, ty: u16) -> u16 {
        self.bounds[usize::from(ty)]
    }

    /// The module, to be changed or written; it has to be verified again.
    pub fn into_module(self) -> Module {
        self.module
    }
}

impl Deref for VerifiedModule {
    type Target = Module;

    fn deref(&self) -> &Module {
        &self.module
    }
}

/// Why a module cannot be run: the place in its tables or code, and what is wrong there. Shown as one line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifyError {
    /// Table or routine, and instruction.
    pub place: String,
    /// What was found and what was wanted.
    pub message: String,
}

impl fmt::Display for VerifyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "malformed bytecode: {}: {}", self.place, self.message)
    }
}

impl std::error::Error for VerifyError {}

/// What a check finds; the error says what is wrong, and who called it adds the place.
type Check<T = ()> = Result<T, String>;

/// Adds the place to what a check found.
trait At<T> {
    fn at(self, place: impl FnOnce() -> String) -> Result<T, VerifyError>;
}

impl<T> At<T> for Check<T> {
    fn at(self, place: impl FnOnce() -> String) -> Result<T, VerifyError> {
        self.map_err(|message| VerifyError {
            place: place(),
            message,
        })
    }
}

/// A name from the module as part of a line.
fn quoted(name: &str) -> String {
    if name.is_empty() {
        String::new()
    } else {
        format!(" `{}`", name.escape_debug())
    }
}

/// Checks everything that the [module documentation](self) promises.
pub fn verify(module: Module) -> Result<VerifiedModule, VerifyError> {
    let bounds = tables::check(&module)?;
    let structure = structure::check(&module)?;
    let mut registers = registers::Owners::default();
    structure.walk(&module, |routine, chain| {
        code::check(&module, &bounds, &structure, chain, &mut registers, routine)
    })?;
    Ok(VerifiedModule {
        module,
        structure,
        bounds,
    })
}
