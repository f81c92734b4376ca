//! The bytecode of Hydra: the contract between compiler and VM.
//!
//! A [`Module`] is a compiled program. It is written to and read from `.hbc` files, and only [`verify`](verify::verify)
//! makes the [`VerifiedModule`](verify::VerifiedModule) that the VM runs.
#![forbid(unsafe_code)]

mod module;
mod ops;
pub mod report;
mod span;

pub use module::*;
pub use ops::*;
pub use span::{LineIndex, Source, Span};
