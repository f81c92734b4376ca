//! The standard modules of functions: `import "math" as math;` in an include, then `math::gcd(12, 18)` in any fragment.
//!
//! Packages of rhai were looked at first. rhai-rand draws from the generator of the thread, so a run could not be repeated by
//! its seed; rhai-sci brings data frames and a network client along. So the functions are here, small, each with its line in
//! [`FUNCTIONS`], from which the page of functions is made and tested.

mod array;
pub(crate) mod bits;
mod json;
pub(crate) mod math;
mod rand;
pub(crate) mod text;
mod time;

use super::ScriptHost;
use rhai::{EvalAltResult, FuncRegistration, Module, RhaiNativeFunc, Variant};
use std::sync::Arc;

/// Modules that can be imported by name.
pub const STANDARD_MODULES: &[&str] = &["array", "bits", "json", "math", "rand", "text", "time"];

/// A function of a standard module.
#[derive(Clone, Copy, Debug)]
pub struct Listed {
    /// The module.
    pub module: &'static str,
    /// Its name.
    pub name: &'static str,
    /// Parameters and result with their types, as in `(a, b : integer) : integer`.
    pub types: &'static str,
    /// What it does.
    pub what: &'static str,
    /// A fragment that uses it, and what that prints; empty where that depends on time or chance.
    pub example: (&'static str, &'static str),
}

/// All functions of all standard modules, in the order of their names.
pub fn functions() -> impl Iterator<Item = &'static Listed> {
    [
        array::LISTED,
        bits::LISTED,
        json::LISTED,
        math::LISTED,
        rand::LISTED,
        text::LISTED,
        time::LISTED,
    ]
    .into_iter()
    .flatten()
}

/// Lists functions of a module.
macro_rules! listed {
    ($module:literal $($name:ident $types:literal $what:literal $code:literal $result:literal;)*) => {
        /// Its functions.
        pub(super) const LISTED: &[super::Listed] = &[$(super::Listed {
            module: $module,
            name: stringify!($name),
            types: $types,
            what: $what,
            example: ($code, $result),
        }),*];
    };
}
use listed;

/// What a function gives that may fail.
type Checked<T> = Result<T, Box<EvalAltResult>>;

/// A failure.
fn fail<T>(message: impl Into<String>) -> Checked<T> {
    Err(message.into().into())
}

/// A module in the making.
struct Functions(Module);

impl Functions {
    fn add<A: 'static, const N: usize, const X: bool, R: Variant + Clone, const F: bool>(
        &mut self,
        name: &str,
        function: impl RhaiNativeFunc<A, N, X, R, F> + Send + Sync + 'static,
    ) -> &mut Self {
        FuncRegistration::new(name).set_into_module(&mut self.0, function);
        self
    }
}

/// A standard module.
pub(super) fn standard(name: &str, host: &Arc<dyn ScriptHost>) -> Option<Module> {
    let mut functions = Functions(Module::new());
    match name {
        "array" => array::fill(&mut functions),
        "bits" => bits::fill(&mut functions),
        "json" => json::fill(&mut functions),
        "math" => math::fill(&mut functions),
        "rand" => rand::fill(&mut functions, host),
        "text" => text::fill(&mut functions),
        "time" => time::fill(&mut functions, host),
        _ => return None,
    }
    functions.0.build_index();
    Some(functions.0)
}
