//! Failures of fragments, in the words of the language.

use super::scripts::SCRIPT;
use super::setup::{Stopped, Watch};
use crate::analysis::parse_message;
use crate::value::ops::{self, is_limit};
use crate::value::{Symbols, from_dynamic};
use hydra_bytecode::Span;
use rhai::{Dynamic, EvalAltResult, ParseError, Position};

/// Why a fragment failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScriptError {
    /// What went wrong.
    pub message: String,
    /// Where, in the fragment or in an include.
    pub span: Span,
    /// Whether that place is in a function of an include.
    pub in_function: bool,
    /// The host has stopped the fragment; nothing is wrong with it.
    pub stopped: bool,
    /// A value grew larger than the machine allows.
    pub limit: bool,
}

/// The source of what includes define.
pub(super) const INCLUDE: &str = "include";

/// In what rhai says of the type of a variable that a closure sees, whatever it holds.
const SHARED: &str = "RwLock<";

/// A place that rhai has named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// in the fragment that ran
    Fragment(Position),
    /// in the includes taken together
    Include(Position),
}

/// A failure whose place is not yet found in the sources.
#[derive(Clone, Debug)]
pub(super) struct Failure {
    pub(super) message: String,
    pub(super) place: Place,
    pub(super) stopped: bool,
    pub(super) limit: bool,
}

impl Failure {
    /// From an error of rhai. `start` says where the code stands that ran.
    pub(super) fn new(error: EvalAltResult, start: fn(Position) -> Place, watch: &Watch, symbols: &Symbols) -> Self {
        let mut error = error;
        let mut here = start;
        let mut place = here(error.position());
        let mut script = None;
        // from the outermost call inwards, as long as the place is one that the program shows
        loop {
            match error {
                EvalAltResult::ErrorInFunctionCall(_, source, inner, _) => {
                    error = *inner;
                    match source.as_str() {
                        INCLUDE => here = Place::Include,
                        "" => here = start,
                        _ => {}
                    }
                    script = source.strip_prefix(SCRIPT).map(str::to_owned);
                    let position = error.position();
                    if script.is_none() && !position.is_none() {
                        place = here(position);
                    }
                }
                EvalAltResult::ErrorInModule(path, inner, _) => {
                    error = *inner;
                    script = Some(path);
                }
                _ => break,
            }
        }
        let position = error.take_position();
        let stopped = matches!(&error, EvalAltResult::ErrorTerminated(token, _) if is_host(token));
        let limit = match &error {
            EvalAltResult::ErrorDataTooLarge(..) => true,
            EvalAltResult::ErrorRuntime(thrown, _) => thrown.is_string() && is_limit(&thrown.to_string()),
            _ => false,
        };
        let mut message = message(error, watch, symbols);
        if let Some(path) = script {
            message = match (position.line(), position.position()) {
                (Some(line), column) => format!("{message} ({path}:{line}:{})", column.unwrap_or(1)),
                _ => format!("{message} ({path})"),
            };
        }
        Failure {
            message,
            place,
            stopped,
            limit,
        }
    }

    /// From an error of rhai's parser.
    pub(super) fn parse(error: &ParseError, start: fn(Position) -> Place) -> Self {
        Failure {
            message: parse_message(error),
            place: start(error.position()),
            stopped: false,
            limit: false,
        }
    }
}

fn is_host(token: &Dynamic) -> bool {
    matches!(token.read_lock::<Stopped>().as_deref(), Some(Stopped::Host))
}

fn message(error: EvalAltResult, watch: &Watch, symbols: &Symbols) -> String {
    use EvalAltResult as E;
    match error {
        E::ErrorRuntime(thrown, _) => thrown_text(thrown, symbols),
        E::ErrorTerminated(token, _) => match token.read_lock::<Stopped>().as_deref() {
            Some(Stopped::Stack) => "calls are nested too deep".into(),
            Some(Stopped::Operations) => "this takes too long to be worked out when the program is compiled".into(),
            Some(Stopped::Print) => watch.take_failure(),
            _ => "stopped".into(),
        },
        E::ErrorStackOverflow(_) => "calls are nested too deep".into(),
        E::ErrorArithmetic(text, _) => arithmetic(&text),
        E::ErrorFunctionNotFound(signature, _) => function_not_found(&signature),
        E::ErrorVariableNotFound(name, _) => format!("unknown variable `{name}`"),
        E::ErrorModuleNotFound(name, _) => format!("unknown module `{name}`"),
        E::ErrorPropertyNotFound(name, _) => format!("there is no property `{name}`"),
        E::ErrorMismatchDataType(wanted, found, _) if found.contains(SHARED) => {
            let wanted = type_name(&wanted);
            format!("{wanted} is wanted, but a variable that a closure sees holds something else")
        }
        E::ErrorMismatchDataType(wanted, found, _) | E::ErrorMismatchOutputType(wanted, found, _) => {
            format!("{} where {} is wanted", type_name(&found), type_name(&wanted))
        }
        E::ErrorArrayBounds(length, index, _) => {
            format!("index {index} outside an array of {}", count(length, "element"))
        }
        E::ErrorStringBounds(length, index, _) => {
            format!("index {index} outside a string of {}", count(length, "character"))
        }
        E::ErrorBitFieldBounds(length, index, _) => format!("bit {index} outside an integer of {length} bits"),
        E::ErrorIndexingType(what, _) => format!("there are no subscripts here: {what}"),
        E::ErrorAssignmentToConstant(name, _) => format!("the constant `{name}` cannot be assigned"),
        E::ErrorFor(_) => "`for` wants an array, a string, a range or a map".into(),
        E::ErrorUnboundThis(_) => "there is no `this` here".into(),
        E::ErrorDataTooLarge(what, _) => too_large(&what),
        E::ErrorParsing(error, position) => parse_message(&ParseError(error.into(), position)),
        other => lower(&other.to_string()),
    }
}

/// The text of a value that was thrown.
fn thrown_text(thrown: Dynamic, symbols: &Symbols) -> String {
    match from_dynamic(thrown) {
        Ok(value) => ops::thrown(&value, symbols),
        Err(message) => message,
    }
}

fn arithmetic(text: &str) -> String {
    match text.split_once(": ") {
        // rhai says so of `-x` alone, which fails for one integer only
        None if text == "integer overflow" => format!("integer overflow: -({})", i64::MIN),
        Some(("Division by zero", values)) => format!("division by zero: {values}"),
        Some(("Modulo division by zero or overflow", values)) if values.ends_with(" % 0") => {
            format!("division by zero: {values}")
        }
        Some((what, values)) if what.ends_with("verflow") => format!("integer overflow: {values}"),
        _ => lower(text),
    }
}

/// `foo (i64, string)` in the words of the language.
fn function_not_found(signature: &str) -> String {
    let Some((name, types)) = signature.split_once(" (") else {
        // rhai has sentences here, too
        return match signature.contains(' ') {
            true => lower(signature),
            false => format!("unknown function `{signature}`"),
        };
    };
    let types: Vec<String> = types.trim_end_matches(')').split(", ").map(type_name).collect();
    let operator = !name.contains(|c: char| c.is_alphanumeric() || c == '_');
    match types.as_slice() {
        [one] if operator => format!("{name} does not apply to {one}"),
        [a, b] if operator => format!("{name} does not apply to {a} and {b}"),
        [none] if none.is_empty() => format!("there is no function `{name}` without arguments"),
        _ => format!("there is no function `{name}` for ({})", types.join(", ")),
    }
}

/// rhai's name of a type as the language has it.
pub(super) fn type_name(name: &str) -> String {
    let name = name.trim_start_matches("&mut ").trim_start_matches('&');
    if name.starts_with("str |") {
        return "string".into();
    }
    match name.rsplit("::").next().unwrap_or(name) {
        "i64" => "integer",
        "f64" => "real",
        "bool" => "boolean",
        "char" => "character",
        "string" | "ImmutableString" | "str" => "string",
        "map" => "object map",
        "Fn" | "FnPtr" => "function pointer",
        "Shape" => "structured value",
        "ArrayView" | "RowView" => "array",
        "Moment" => "timestamp",
        other => other,
    }
    .into()
}

fn count(number: usize, what: &str) -> String {
    if number == 1 {
        format!("1 {what}")
    } else {
        format!("{number} {what}s")
    }
}

/// A value that rhai lets grow no further.
fn too_large(what: &str) -> String {
    let what = lower(what);
    let most = match what.as_str() {
        text if text.contains("string") => format!("{} bytes", crate::limits::STRING_BYTES_MAX),
        text if text.contains("map") => format!("{} properties", crate::limits::SCRIPT_MAP_PROPERTIES_MAX),
        _ => format!("{} elements", crate::limits::SCRIPT_ARRAY_ELEMENTS_MAX),
    };
    format!("{what} grows too large: at most {most} are possible in braces")
}

/// What is said of a string that grows beyond what is possible in braces.
pub(crate) fn string_too_large() -> String {
    too_large("Length of string")
}

/// With a small first letter.
fn lower(text: &str) -> String {
    let mut chars = text.chars();
    chars
        .next()
        .map_or(String::new(), |first| first.to_lowercase().chain(chars).collect())
}
