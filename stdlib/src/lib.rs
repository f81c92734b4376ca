//! What Hydra's compiler and VM must agree on: values and the meaning of operators, rhai as both sides configure it.
#![forbid(unsafe_code)]

pub mod limits;
pub mod value;
