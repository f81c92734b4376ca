//! The bytecode of Hydra: the contract between compiler and VM.
//!
//! A [`Module`] is a compiled program. [`encode`] and [`decode`] write and read it as the bytes of an `.hbc` file, and only
//! [`verify`](verify()) makes the [`VerifiedModule`] that the VM runs. [`listing`] shows it to people.
#![forbid(unsafe_code)]

mod constant;
mod format;
mod list;
mod module;
mod ops;
pub mod report;
mod span;
mod verify;

pub use constant::CONST_DEPTH_MAX;
pub use format::{FORMAT_VERSION, FormatError, LIBRARY_VERSION, RHAI_VERSION, decode, encode};
pub use list::listing;
pub use module::*;
pub use ops::*;
pub use span::{Source, Span};
pub use verify::{TYPE_DEPTH_MAX, TYPE_SIZE_MAX, VerifiedModule, VerifyError, verify};
