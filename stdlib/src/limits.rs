//! Every bound on what a fragment may do, in one place.

use rhai::Engine;

/// Bytes of the longest string. rhai counts all strings in an array or map together.
pub const STRING_BYTES_MAX: usize = 1 << 26;

/// Elements of the largest array of the language, all dimensions together.
pub const ARRAY_ELEMENTS_MAX: usize = 1 << 31;

/// Elements of the largest array inside rhai, nested ones included, and bytes of the largest blob.
pub const SCRIPT_ARRAY_ELEMENTS_MAX: usize = 1 << 24;

/// Properties of the largest object map inside rhai, nested ones included.
pub const SCRIPT_MAP_PROPERTIES_MAX: usize = 1 << 22;

/// How deep arrays and maps of rhai may nest where they leave or enter a fragment.
pub const VALUE_DEPTH_MAX: usize = 256;

/// How deep brackets may nest in a fragment or include.
pub const NESTING_MAX: usize = 1000;

/// How deep rhai's syntax tree may be. Brackets take up to four levels each, a chain of operators one for each operator.
pub const EXPRESSION_LEVELS_MAX: usize = 4 * NESTING_MAX + 200;

/// How deep calls of functions in a fragment may nest, if the stack suffices.
pub const CALL_LEVELS_MAX: usize = 10_000;

/// Bytes of stack that a fragment may use, counted from where it begins to run; more is the error "calls are nested too
/// deep". Between two checks rhai takes far less than 1 MB. So a thread that runs fragments needs a stack of at least
/// [`THREAD_STACK_BYTES`].
pub const SCRIPT_STACK_BYTES_MAX: usize = 10 << 20;

/// Bytes of stack that a thread needs which runs or compiles fragments.
pub const THREAD_STACK_BYTES: usize = 16 << 20;

/// Variables of a fragment at one time, the program's and its own.
pub const SCRIPT_VARIABLES_MAX: usize = 100_000;

/// Functions and closures in one text.
pub const SCRIPT_FUNCTIONS_MAX: usize = 100_000;

/// Modules that one text may import as it runs.
pub const SCRIPT_MODULES_MAX: usize = 10_000;

/// rhai's operations between two looks at the clock, the memory and requests to stop.
pub const OPERATIONS_PER_CHECK: u64 = 1024;

/// rhai's operations that constants of includes may take when a program is compiled.
pub const CONSTANT_OPERATIONS_MAX: u64 = 20_000_000;

/// Sets rhai's own limits.
pub(crate) fn apply(engine: &mut Engine) {
    engine
        .set_max_string_size(STRING_BYTES_MAX)
        .set_max_array_size(SCRIPT_ARRAY_ELEMENTS_MAX)
        .set_max_map_size(SCRIPT_MAP_PROPERTIES_MAX)
        .set_max_expr_depths(EXPRESSION_LEVELS_MAX, EXPRESSION_LEVELS_MAX)
        .set_max_call_levels(CALL_LEVELS_MAX)
        .set_max_variables(SCRIPT_VARIABLES_MAX)
        .set_max_functions(SCRIPT_FUNCTIONS_MAX)
        .set_max_modules(SCRIPT_MODULES_MAX);
}
