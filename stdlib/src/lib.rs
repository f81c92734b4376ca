//! What Hydra's compiler and VM must agree on: values and the meaning of operators, rhai as both sides configure it.
//!
//! - [`value`]: values at run time, how they are compared, converted and shown, and what operators do with them. The
//!   compiler folds constants by the same code.
//! - [`analysis`]: what can be known of a fragment before it runs: the variables it reads and assigns, its type, mistakes.
//! - [`engine`]: runs fragments, one engine for each worker; the host says what `print` and the clock are.
//! - [`limits`]: every bound on what a fragment may do.
//! - [`library`]: the processes that a program can import as `"std/…"`.
#![forbid(unsafe_code)]

pub mod analysis;
pub mod engine;
pub mod library;
pub mod limits;
pub mod value;
