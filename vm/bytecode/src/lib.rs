//! The bytecode of Hydra: the contract between compiler and VM.
//!
//! A [`Module`] is a compiled program. [`encode`] and [`decode`] write and read it as the bytes of an `.hbc` file, and only
//! [`verify`](verify()) makes the [`VerifiedModule`] that the VM runs. [`listing`] shows it to people.
//!
//! ```
//! use hydra_bytecode::{Instr, Module, Op, Routine, decode, encode, listing, verify};
//!
//! let code = vec![Instr::wide(Op::Imm, 0, 6), Instr::new(Op::MulI, 0, 0, 0, 7), Instr::new(Op::End, 0, 0, 0, 0)];
//! let main = Routine { name: "main".into(), scalars: 1, code, ..Routine::default() };
//! let module = Module { routines: vec![main], ..Module::default() };
//!
//! let file = encode(&module);
//! let module = verify(decode(&file)?)?;
//! assert!(listing(&module).contains("    1  MulI      s0, s0, 7\n"));
//!
//! let mut bad = module.into_module();
//! bad.routines[0].code[1].c = 1;
//! let error = verify(bad).unwrap_err().to_string();
//! assert!(error.contains("routine 0 `main`, instruction 1 (MulI): there is no s1"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
#![forbid(unsafe_code)]

mod constant;
pub mod format;
mod list;
mod module;
mod natives;
mod ops;
mod outside;
pub mod report;
mod span;
pub mod verify;

pub use constant::CONST_DEPTH_MAX;
pub use format::{FORMAT_VERSION, FormatError, LIBRARY_VERSION, RHAI_VERSION, decode, encode, reseal};
pub use list::listing;
pub use module::*;
pub use natives::{Native, NativeType};
pub use ops::*;
pub use outside::Outside;
pub use span::{LineIndex, Source, Span};
pub use verify::{TYPE_DEPTH_MAX, TYPE_SIZE_MAX, VerifiedModule, VerifyError, verify};
