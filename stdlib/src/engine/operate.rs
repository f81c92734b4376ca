//! Operations on values whose types are not known before a program runs, as rhai does them.

use super::error::{Failure, Place, ScriptError};
use super::run::{Fault, ScriptEngine, said};
use crate::analysis::Places;
use crate::limits::STRING_BYTES_MAX;
use crate::value::operations::name;
use crate::value::{Value, from_dynamic, to_dynamic};
use hydra_bytecode::Span;
use rhai::{Dynamic, Scope};

impl ScriptEngine {
    /// The value of a text in which `values` are called `a`, `b`, `c`…; the first of them becomes what is left in it. The place of
    /// an error is that in the text.
    pub fn operate(&mut self, text: &str, values: &mut [Value]) -> Result<Value, ScriptError> {
        self.usable()?;
        let mut scope = Scope::new();
        for (number, value) in values.iter().enumerate() {
            scope.push_dynamic(name(number), to_dynamic(value, &self.symbols));
        }
        if !self.operations.contains_key(text) {
            let compiled = self.engine.compile(text).map_err(|error| refused(error.to_string()))?;
            self.operations.insert(text.into(), compiled);
        }
        let (engine, ast) = (&self.engine, &self.operations[text]);
        self.watch.begin();
        let evaluated = super::caught(|| engine.eval_ast_with_scope::<Dynamic>(&mut scope, ast));
        let evaluated = match evaluated {
            Ok(result) => result.map_err(Fault::Rhai),
            Err(panic) => Err(Fault::Panic(said(&*panic))),
        };
        if let (Some(first), Some(left)) = (values.first_mut(), scope.get_mut("a")) {
            *first = from_dynamic(std::mem::take(left)).map_err(refused)?;
            if matches!(first, Value::String(text) if text.len() > STRING_BYTES_MAX) {
                // rhai itself does not look at what an assignment to a part makes of a string
                return Err(ScriptError {
                    limit: true,
                    ..refused(super::string_too_large())
                });
            }
        }
        match evaluated {
            Ok(value) => from_dynamic(value).map_err(refused),
            Err(Fault::Rhai(error)) => {
                let failure = Failure::new(*error, Place::Fragment, &self.watch, &self.symbols);
                let (Place::Fragment(position) | Place::Include(position)) = failure.place;
                let at = Places::new(text).offset(position).unwrap_or_default() as u32;
                Err(ScriptError {
                    span: Span::new(0, at, at),
                    stopped: failure.stopped,
                    limit: failure.limit,
                    ..refused(failure.message)
                })
            }
            Err(Fault::Panic(said)) => Err(refused(format!("a function that rhai calls has panicked: {said}"))),
        }
    }
}

fn refused(message: String) -> ScriptError {
    ScriptError {
        message,
        span: Span::default(),
        in_function: false,
        stopped: false,
        limit: false,
    }
}
