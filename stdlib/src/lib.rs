//! What Hydra's compiler and VM must agree on: values and the meaning of operators, rhai as both sides configure it.
#![forbid(unsafe_code)]

pub mod analysis;
pub mod engine;
pub mod limits;
pub mod value;

/// The source of a process library under `std/…`, if there is one of that path.
pub fn standard_process_source(_path: &str) -> Option<&'static str> {
    None
}
