//! What tests of whole programs share.

pub(crate) mod case;
pub(crate) mod tools;
