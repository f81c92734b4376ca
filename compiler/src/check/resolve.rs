//! Names and types: makes the checked tree.

use super::Checked;
use crate::{Options, load::Loaded};

/// Resolves names, infers and checks types, folds constants.
pub fn resolve(loaded: &Loaded, options: &Options) -> Checked {
    let _ = (loaded, options);
    todo!()
}
