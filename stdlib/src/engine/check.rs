//! Whether rhai is as the language needs it. Cargo unifies features over a build, so another package may have changed it:
//! some features make other numbers, or let go of checks, without a word.
//!
//! What a feature takes away that this package needs does not compile. The lines here are the first to say so, and why.

use rhai::{Dynamic, Engine};

// The names are what rustc shows where one of these lines does not compile.
#[allow(dead_code, reason = "they only have to compile")]
mod must_compile {
    use rhai::{Dynamic, Engine};

    const THE_FEATURE_ONLY_I32_OF_RHAI_MUST_BE_OFF: rhai::INT = 0_i64;
    const THE_FEATURES_F32_FLOAT_AND_NO_FLOAT_OF_RHAI_MUST_BE_OFF: rhai::FLOAT = 0.0_f64;
    const THE_FEATURE_NO_INDEX_OF_RHAI_MUST_BE_OFF: Option<rhai::Array> = None;
    const THE_FEATURE_NO_OBJECT_OF_RHAI_MUST_BE_OFF: Option<rhai::Map> = None;
    // each on one line, which is what rustc shows
    type Limit = fn(&mut Engine, usize) -> &mut Engine;
    const THE_FEATURE_UNCHECKED_OF_RHAI_MUST_BE_OFF: Limit = Engine::set_max_string_size;
    const THE_FEATURE_NO_MODULE_OF_RHAI_MUST_BE_OFF: Option<&dyn rhai::ModuleResolver> = None;
    const THE_FEATURE_NO_FUNCTION_OF_RHAI_MUST_BE_OFF: Option<rhai::ScriptFnMetadata<'static>> = None;
    const THE_FEATURE_NO_CLOSURE_OF_RHAI_MUST_BE_OFF: fn(Dynamic) -> Dynamic = Dynamic::into_shared;
    const THE_FEATURE_SYNC_OF_RHAI_MUST_BE_ON: () = goes_between_threads::<Dynamic>();

    const fn goes_between_threads<T: Send + Sync>() {}
}

/// A script, what it must give (`None`: an error), and the feature that gives something else.
const PROBES: &[(&str, Option<&str>, &str)] = &[
    ("9223372036854775807 + 1", None, "unchecked"),
    ("let n = 9223372036854775807; n += 1; n", None, "unchecked"),
    ("7 / 2", Some("3"), "decimal or another one that changes numbers"),
    ("type_of(1)", Some("i64"), "only_i32"),
    ("type_of(1.0)", Some("f64"), "no_float, f32_float or decimal"),
    (
        "0.1 + 0.2 == 0.3",
        Some("true"),
        "decimal or another one that changes numbers",
    ),
    ("[1, 2][1]", Some("2"), "no_index"),
    ("#{a: 1}.a", Some("1"), "no_object"),
    ("fn f(x) { x + 1 } f(1)", Some("2"), "no_function"),
    ("let n = 1; let f = || n + 1; f.call()", Some("2"), "no_closure"),
    ("let a = 1; /// a comment\na", Some("1"), "metadata"),
];

/// An error if rhai does not do in this build what the language promises; it names the feature.
///
/// ```
/// assert_eq!(hydra_stdlib::engine::check_rhai(), Ok(()));
/// ```
pub fn check_rhai() -> Result<(), String> {
    static CHECKED: std::sync::LazyLock<Result<(), String>> = std::sync::LazyLock::new(|| probe(PROBES));
    CHECKED.clone()
}

fn probe(probes: &[(&str, Option<&str>, &str)]) -> Result<(), String> {
    let engine = Engine::new();
    for (script, wanted, feature) in probes {
        let given = engine.eval::<Dynamic>(script).map(|value| value.to_string()).ok();
        if given.as_deref() != *wanted {
            let said = |value: Option<&str>| value.map_or("an error".to_owned(), |value| format!("`{value}`"));
            return Err(format!(
                "rhai is built with its feature {feature}, which Hydra cannot run with: `{script}` gives {}, not {}. Some package \
                 of this build turns the feature on; `cargo tree -e features -i rhai` shows which",
                said(given.as_deref()),
                said(*wanted),
            ));
        }
    }
    let place = engine
        .compile("let a = 1;\nlet b = ;")
        .err()
        .and_then(|error| error.position().line());
    if place != Some(2) {
        return Err(
            "rhai is built with its feature no_position, which Hydra cannot run with: failures would have no places. Some \
             package of this build turns the feature on; `cargo tree -e features -i rhai` shows which"
                .into(),
        );
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rhai_is_as_it_should_be() {
        assert_eq!(check_rhai(), Ok(()));
    }

    #[test]
    fn what_is_otherwise_is_named() {
        let wrong = probe(&[("1 + 1", Some("3"), "strange")]).unwrap_err();
        assert!(
            wrong.contains("feature strange") && wrong.contains("`1 + 1` gives `2`, not `3`"),
            "{wrong}"
        );
        let wrong = probe(&[("1 + 1", None, "strange")]).unwrap_err();
        assert!(wrong.contains("gives `2`, not an error"), "{wrong}");
    }
}
