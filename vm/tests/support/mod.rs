//! What tests of whole programs share.

pub mod case;
pub mod tools;
