//! What a `catch` gets: the value that was thrown, or a map that tells of an error of rhai's own.

use super::error::INCLUDE;
use super::run::ScriptEngine;
use crate::value::operations::name;
use crate::value::{Symbols, Value, from_dynamic, to_dynamic};
use hydra_bytecode::Span;
use rhai::{Dynamic, Engine, EvalAltResult, Map, Position, Scope};
use std::sync::{Arc, Mutex};

/// A failure of an operation, as rhai has it.
#[derive(Debug)]
pub struct Raised(Box<EvalAltResult>);

impl Raised {
    /// `throw value`
    pub fn thrown(value: &Value, symbols: &Arc<Symbols>) -> Raised {
        Raised(EvalAltResult::ErrorRuntime(to_dynamic(value, symbols), Position::NONE).into())
    }

    /// A failure that is nothing but a text.
    pub fn said(text: &str) -> Raised {
        Raised(text.into())
    }

    /// Whether a `catch` gets it.
    pub fn is_catchable(&self) -> bool {
        self.0.is_catchable()
    }

    /// As it leaves a function, which is called in an include or defined there, or else called in a fragment; what failed in the
    /// function did so at a place of the text.
    #[must_use]
    pub fn leaves(mut self, function: &str, place: Option<(usize, usize)>, include: bool) -> Raised {
        self.0.set_position(position(place));
        let source = if include { INCLUDE } else { "" };
        Raised(EvalAltResult::ErrorInFunctionCall(function.into(), source.into(), self.0, Position::NONE).into())
    }

    /// The value that a `catch` gets for what failed at a place of the text, which is that of the includes or of a fragment.
    pub fn value(mut self, place: Option<(usize, usize)>, include: bool) -> Value {
        if let EvalAltResult::ErrorRuntime(thrown, _) = self.0.unwrap_inner() {
            return from_dynamic(thrown.clone()).unwrap_or_default();
        }
        self.0.set_position(Position::NONE);
        let error = Mutex::new(Some(self.0));
        let mut engine = Engine::new_raw();
        engine.register_fn("raise", move || -> Result<(), Box<EvalAltResult>> {
            let error = error.lock().ok().and_then(|mut error| error.take());
            Err(error.unwrap_or_else(|| "".into()))
        });
        let told = engine.eval::<Dynamic>("let told = (); try { raise(); } catch (e) { told = e; } told");
        let told = told.unwrap_or_default();
        let Some(mut map) = told.try_cast::<Map>() else {
            return Value::Unit;
        };
        for (key, number) in [
            ("line", place.map(|place| place.0)),
            ("position", place.map(|place| place.1)),
        ] {
            match number {
                Some(number) => map.insert(key.into(), (number as i64).into()),
                None => map.remove(key),
            };
        }
        if include && !map.contains_key("source") {
            map.insert("source".into(), INCLUDE.into());
        }
        from_dynamic(Dynamic::from_map(map)).unwrap_or_default()
    }
}

fn position(place: Option<(usize, usize)>) -> Position {
    match place.map(|(line, column)| (u16::try_from(line), u16::try_from(column))) {
        Some((Ok(line), Ok(column))) if line > 0 => Position::new(line, column),
        _ => Position::NONE,
    }
}

impl ScriptEngine {
    /// The error of a text in which `values` are called `a`, `b`, `c`…; `None` if there is none.
    pub fn raised(&mut self, text: &str, values: &[Value]) -> Option<Raised> {
        let mut scope = Scope::new();
        for (number, value) in values.iter().enumerate() {
            scope.push_dynamic(name(number), to_dynamic(value, &self.symbols));
        }
        let compiled = self.engine.compile(text).ok()?;
        self.watch.begin();
        let error = self
            .engine
            .eval_ast_with_scope::<Dynamic>(&mut scope, &compiled)
            .err()?;
        Some(Raised(error))
    }

    /// Line and column of a place in a fragment, whose text is `inner`, or in the includes taken together.
    pub fn place(&self, place: Span, inner: Option<Span>) -> Option<(usize, usize)> {
        self.program.place(place, inner)
    }
}
