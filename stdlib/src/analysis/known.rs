//! rhai's own functions: which exist, and which change what they are called on.

/// Names, with the numbers of arguments they take (a method's receiver counts).
const FUNCTIONS: &[(&str, &[usize])] = &[
    ("E", &[0]),
    ("Fn", &[1]),
    ("PI", &[0]),
    ("abs", &[1]),
    ("acos", &[1]),
    ("acosh", &[1]),
    ("all", &[2]),
    ("append", &[2]),
    ("as_string", &[1]),
    ("asin", &[1]),
    ("asinh", &[1]),
    ("atan", &[1, 2]),
    ("atanh", &[1]),
    ("bits", &[1, 2, 3]),
    ("blob", &[0, 1, 2]),
    ("bytes", &[1]),
    ("ceiling", &[1]),
    ("chars", &[1, 2, 3]),
    ("chop", &[2]),
    ("clear", &[1]),
    ("contains", &[2]),
    ("cos", &[1]),
    ("cosh", &[1]),
    ("crop", &[2, 3]),
    ("debug", &[0, 1]),
    ("dedup", &[1, 2]),
    ("drain", &[2, 3]),
    ("elapsed", &[1]),
    ("end", &[1]),
    ("ends_with", &[2]),
    ("exit", &[0, 1]),
    ("exp", &[1]),
    ("extract", &[2, 3]),
    ("fill_with", &[2]),
    ("filter", &[2]),
    ("find", &[2, 3]),
    ("find_map", &[2, 3]),
    ("floor", &[1]),
    ("for_each", &[2]),
    ("fraction", &[1]),
    ("get", &[2]),
    ("get_bit", &[2]),
    ("get_bits", &[2, 3]),
    ("hypot", &[2]),
    ("index_of", &[2, 3]),
    ("insert", &[3]),
    ("int", &[1]),
    ("is_anonymous", &[1]),
    ("is_def_fn", &[2, 3]),
    ("is_def_var", &[1]),
    ("is_empty", &[1]),
    ("is_even", &[1]),
    ("is_exclusive", &[1]),
    ("is_finite", &[1]),
    ("is_inclusive", &[1]),
    ("is_infinite", &[1]),
    ("is_nan", &[1]),
    ("is_odd", &[1]),
    ("is_shared", &[1]),
    ("is_zero", &[1]),
    ("keys", &[1]),
    ("len", &[1]),
    ("ln", &[1]),
    ("log", &[1, 2]),
    ("make_lower", &[1]),
    ("make_upper", &[1]),
    ("map", &[2]),
    ("max", &[2]),
    ("min", &[2]),
    ("mixin", &[2]),
    ("name", &[1]),
    ("order", &[1, 2]),
    ("order_by", &[2]),
    ("order_desc", &[1]),
    ("pad", &[3]),
    ("parse_be_float", &[2, 3]),
    ("parse_be_int", &[2, 3]),
    ("parse_float", &[1]),
    ("parse_int", &[1, 2]),
    ("parse_json", &[1]),
    ("parse_le_float", &[2, 3]),
    ("parse_le_int", &[2, 3]),
    ("pop", &[1, 2]),
    ("print", &[0, 1]),
    ("push", &[2]),
    ("range", &[2, 3]),
    ("reduce", &[2, 3]),
    ("reduce_rev", &[2, 3]),
    ("remove", &[2]),
    ("replace", &[3]),
    ("retain", &[2, 3]),
    ("reverse", &[1]),
    ("round", &[1]),
    ("set", &[3]),
    ("set_bit", &[3]),
    ("set_bits", &[3, 4]),
    ("set_tag", &[2]),
    ("shape", &[2]),
    ("shift", &[1]),
    ("sign", &[1]),
    ("sin", &[1]),
    ("sinh", &[1]),
    ("some", &[2]),
    ("sort", &[1, 2]),
    ("sort_by", &[2]),
    ("sort_desc", &[1]),
    ("splice", &[3, 4]),
    ("split", &[1, 2, 3]),
    ("split_rev", &[2, 3]),
    ("sqrt", &[1]),
    ("start", &[1]),
    ("starts_with", &[2]),
    ("sub_string", &[2, 3]),
    ("tag", &[1]),
    ("take", &[1]),
    ("tan", &[1]),
    ("tanh", &[1]),
    ("timestamp", &[0]),
    ("to_array", &[1]),
    ("to_binary", &[1]),
    ("to_blob", &[1]),
    ("to_chars", &[1]),
    ("to_debug", &[1]),
    ("to_degrees", &[1]),
    ("to_float", &[1]),
    ("to_hex", &[1]),
    ("to_int", &[1]),
    ("to_json", &[1]),
    ("to_lower", &[1]),
    ("to_octal", &[1]),
    ("to_radians", &[1]),
    ("to_string", &[1]),
    ("to_upper", &[1]),
    ("trim", &[1]),
    ("truncate", &[2]),
    ("type_of", &[1]),
    ("values", &[1]),
    ("write_ascii", &[3, 4]),
    ("write_be", &[3, 4]),
    ("write_le", &[3, 4]),
    ("write_utf8", &[3, 4]),
    ("zip", &[3]),
];

/// Those that change their first argument.
const CHANGING: &[&str] = &[
    "append",
    "chop",
    "clear",
    "crop",
    "dedup",
    "drain",
    "fill_with",
    "insert",
    "make_lower",
    "make_upper",
    "mixin",
    "pad",
    "pop",
    "push",
    "remove",
    "replace",
    "retain",
    "reverse",
    "set",
    "set_bit",
    "set_bits",
    "set_tag",
    "shift",
    "sort",
    "sort_by",
    "sort_desc",
    "splice",
    "split",
    "take",
    "trim",
    "truncate",
    "write_ascii",
    "write_be",
    "write_le",
    "write_utf8",
];

/// Whether rhai has a function of this name for so many arguments; a method's receiver is not counted.
pub fn is_known_function(name: &str, args: usize, method: bool) -> bool {
    if matches!(name, "call" | "curry") {
        return method || args > 0;
    }
    let args = args + usize::from(method);
    arities(name).is_some_and(|arities| arities.contains(&args))
}

/// Whether a standard module has a function of this name.
pub fn module_function(module: &str, name: &str) -> bool {
    crate::engine::standard_functions().any(|function| function.module == module && function.name == name)
}

/// Whether rhai has a function of this name.
pub(super) fn is_own(name: &str) -> bool {
    matches!(name, "call" | "curry") || arities(name).is_some()
}

/// Whether one of rhai's functions changes its first argument.
pub(super) fn changes(name: &str) -> bool {
    CHANGING.binary_search(&name).is_ok()
}

fn arities(name: &str) -> Option<&'static [usize]> {
    FUNCTIONS
        .binary_search_by_key(&name, |(name, _)| name)
        .ok()
        .map(|index| FUNCTIONS[index].1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_sorted() {
        assert!(FUNCTIONS.is_sorted_by(|a, b| a.0 < b.0));
        assert!(CHANGING.is_sorted_by(|a, b| a < b));
        assert!(CHANGING.iter().all(|name| is_own(name)));
    }

    #[test]
    fn receivers_count() {
        assert!(is_known_function("push", 1, true) && is_known_function("push", 2, false));
        assert!(!is_known_function("push", 1, false) && !is_known_function("no_such", 1, false));
        assert!(is_known_function("call", 3, true) && !is_known_function("call", 0, false));
        assert!(is_known_function("print", 1, false) && !is_known_function("print", 2, false));
    }
}
