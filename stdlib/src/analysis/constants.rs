//! Values of constants that includes define, worked out when the program is compiled.

use super::Problem;
use crate::engine;
use hydra_bytecode::Const;

/// Evaluates the includes of a program in order and gives the constants that they define, a later one of a name last.
/// `globals` are the program's own constants, `scripts` the texts of the rhai modules that may be imported, and
/// `functions` those of the application. An error names
/// the include.
///
/// A constant whose value no [`Const`] can hold (a closure, a structured value…) is given as `()`; when the program
/// runs, fragments that mention it see its own value.
pub fn include_constants(
    includes: &[&str],
    globals: &[(String, Const)],
    scripts: &[(String, String)],
    functions: &engine::Functions,
) -> Result<Vec<(String, Const)>, (usize, Problem)> {
    engine::constants(includes, globals, scripts, functions)
}
