//! What only rhai knows: operators and text of its own kinds of values (maps, ranges, blobs…).

use rhai::packages::{Package, StandardPackage};
use rhai::{AST, Dynamic, Engine, OptimizationLevel, Scope};
use std::sync::LazyLock;

/// An engine that knows the standard operators and nothing of a program, and compiled operators.
struct Plain {
    engine: Engine,
    operators: Vec<(&'static str, AST)>,
}

static PLAIN: LazyLock<Plain> = LazyLock::new(|| {
    let mut engine = Engine::new_raw();
    engine.set_optimization_level(OptimizationLevel::None);
    engine.set_max_string_size(crate::limits::STRING_BYTES_MAX);
    StandardPackage::new().register_into_engine(&mut engine);
    super::dynamic::register(&mut engine);
    crate::engine::register_moments(&mut engine);
    let operators = ["+", "-", "*", "/", "%", "==", "!=", "<", "<=", ">", ">="]
        .into_iter()
        .filter_map(|op| Some((op, engine.compile(format!("a {op} b")).ok()?)))
        .collect();
    Plain { engine, operators }
});

/// What rhai makes of `a op b`; `None` if it fails.
pub(super) fn operator(op: &str, a: Dynamic, b: Dynamic) -> Option<Dynamic> {
    let (_, ast) = PLAIN.operators.iter().find(|(name, _)| *name == op)?;
    let mut scope = Scope::new();
    scope.push_dynamic("a", a);
    scope.push_dynamic("b", b);
    PLAIN.engine.eval_ast_with_scope::<Dynamic>(&mut scope, ast).ok()
}

/// The text of a value as `print` writes it, or as it is written inside an array.
pub(super) fn text(value: &Dynamic, inside: bool) -> String {
    let function = if inside { "to_debug" } else { "to_string" };
    let text = PLAIN.engine.eval_with_scope::<Dynamic>(
        Scope::new().push_dynamic("a", value.clone()),
        &format!("a.{function}()"),
    );
    match text {
        Ok(text) => text.to_string(),
        Err(_) => format!("<{}>", value.type_name()),
    }
}
