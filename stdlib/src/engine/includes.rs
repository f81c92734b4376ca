//! The `_include` items of a program, evaluated once for a run.
//!
//! All includes are one rhai script, so that their functions see each other, and each sees every constant as
//! `global::NAME`. Each is parsed by itself behind as many empty lines as the ones before it have; so a line number tells
//! the include, and columns are true.

use super::error::{Failure, INCLUDE, Place};
use super::setup::{self, Watch};
use super::{Functions, ScriptHost};
use crate::analysis::{Places, Problem};
use crate::limits;
use crate::value::{Elements, Symbols, Value, dynamic, from_const, from_dynamic};
use hydra_bytecode::Const;
use parking_lot::Mutex;
use rhai::{AST, Dynamic, Engine, ImmutableString, Module, Position, Scope, Stmt};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// Constants by name.
pub(super) type Constants = BTreeMap<ImmutableString, Dynamic>;

/// What includes define.
#[derive(Debug)]
pub(super) struct Evaluated {
    /// Their functions; the modules that they import are its submodules.
    pub(super) module: Arc<Module>,
    /// Their constants and those of the program.
    pub(super) constants: Constants,
    /// Their own constants in order.
    pub(super) own: Vec<(ImmutableString, Dynamic)>,
}

/// Which include a line of them taken together belongs to, and its line there.
pub(super) fn locate(texts: &[&str], position: Position) -> Option<(usize, usize)> {
    let mut line = position.line()?;
    for (index, text) in texts.iter().enumerate() {
        let lines = lines(text);
        if line <= lines {
            return Some((index, line));
        }
        line -= lines;
    }
    None
}

pub(super) fn lines(text: &str) -> usize {
    text.matches('\n').count() + 1
}

/// Evaluates includes, which have been [merged].
pub(super) fn evaluate(
    engine: &mut Engine,
    ast: &AST,
    globals: &Constants,
    watch: &Watch,
    symbols: &Symbols,
) -> Result<Evaluated, Failure> {
    let kept: Arc<Mutex<Vec<(ImmutableString, Dynamic)>>> = Arc::default();
    let (values, keep) = (globals.clone(), kept.clone());
    engine.register_fn("hydra_global", move |name: &str| {
        values.get(name).cloned().unwrap_or_default()
    });
    engine.register_fn("hydra_keep", move |name: ImmutableString, value: Dynamic| {
        keep.lock().push((name, value))
    });
    watch.begin();
    let evaluated = Module::eval_ast_as_new(Scope::new(), ast, engine);
    let module = evaluated.map_err(|error| Failure::new(*error, Place::Include, watch, symbols))?;
    let own = std::mem::take(&mut *kept.lock());
    let mut constants = globals.clone();
    constants.extend(own.iter().cloned());
    Ok(Evaluated {
        module: Arc::new(module),
        constants,
        own,
    })
}

/// One script: the program's constants, the includes, and at the end what keeps their constants.
pub(super) fn merged(engine: &Engine, texts: &[&str], globals: &Constants) -> Result<AST, Failure> {
    let inner = |text: &str| {
        engine
            .compile(text)
            .map_err(|error| Failure::parse(&error, Place::Include))
    };
    let known = |name: &ImmutableString| format!("const {name} = hydra_global(\"{name}\");");
    // a constant whose name rhai reserves is not seen
    let definitions = globals.keys().map(known).filter(|text| engine.compile(text).is_ok());
    let mut all = inner(&definitions.collect::<String>())?;
    let mut before = 0;
    let mut keep = String::new();
    for text in texts {
        let ast = inner(&format!("{}{text}", "\n".repeat(before)))?;
        before += lines(text);
        for statement in ast.statements() {
            if let Stmt::Var(parts, flags, _) = statement
                && flags.intersects(rhai::ASTFlags::CONSTANT)
            {
                let name = &parts.0.name;
                keep.push_str(&format!("hydra_keep(\"{name}\", {name});"));
            }
        }
        all.combine(ast);
    }
    all.combine(inner(&keep)?);
    all.set_source(INCLUDE);
    Ok(all)
}

/// The host while a program is compiled: nothing is printed, and no time passes.
struct Compiling;

impl ScriptHost for Compiling {
    fn print(&self, _: &str) -> Result<(), String> {
        Ok(())
    }

    fn now(&self) -> Duration {
        Duration::ZERO
    }

    fn stop(&self) -> bool {
        false
    }
}

/// See [`crate::analysis::include_constants`].
pub(crate) fn constants(
    includes: &[&str],
    globals: &[(String, Const)],
    scripts: &[(String, String)],
    functions: &Functions,
) -> Result<Vec<(String, Const)>, (usize, Problem)> {
    if includes.is_empty() {
        return Ok(Vec::new());
    }
    let symbols = Arc::new(Symbols::new(&[]));
    let watch = Arc::new(Watch::default());
    let host: Arc<dyn ScriptHost> = Arc::new(Compiling);
    let operations = Some(limits::CONSTANT_OPERATIONS_MAX);
    let mut engine = setup::engine(&host, &symbols, scripts.into(), &watch, operations, functions);
    let globals = global_values(globals, &symbols);
    let merged = merged(&engine, includes, &globals);
    match merged.and_then(|ast| evaluate(&mut engine, &ast, &globals, &watch, &symbols)) {
        Ok(evaluated) => Ok(evaluated
            .own
            .into_iter()
            .map(|(name, value)| (name.into(), as_const(value)))
            .collect()),
        Err(failure) => Err(problem(includes, failure)),
    }
}

/// Constants of the program as rhai has them.
pub(super) fn global_values(globals: &[(String, Const)], symbols: &Arc<Symbols>) -> Constants {
    globals
        .iter()
        .map(|(name, value)| (name.into(), dynamic::to_dynamic(&from_const(value), symbols)))
        .collect()
}

fn problem(includes: &[&str], failure: Failure) -> (usize, Problem) {
    let (Place::Include(position) | Place::Fragment(position)) = failure.place;
    let Some((index, line)) = locate(includes, position) else {
        return (
            0,
            Problem {
                offset: 0,
                end: 0,
                message: failure.message,
            },
        );
    };
    let places = Places::new(includes[index]);
    let offset = places.line_column(line, position.position().unwrap_or(1));
    (
        index,
        Problem {
            offset,
            end: places.word_end(offset),
            message: failure.message,
        },
    )
}

/// A value as a constant; `()` if there is no such constant.
fn as_const(value: Dynamic) -> Const {
    if let Some(map) = value.read_lock::<rhai::Map>() {
        let items = map
            .iter()
            .map(|(key, item)| (key.to_string(), as_const(item.clone())))
            .collect();
        return Const::Map(items);
    }
    from_dynamic(value).map_or(Const::Unit, |value| const_value(&value))
}

fn const_value(value: &Value) -> Const {
    match value {
        Value::Integer(n) => Const::Integer(*n),
        Value::Real(x) => Const::Real(*x),
        Value::Boolean(b) => Const::Boolean(*b),
        Value::Character(c) => Const::Character(*c),
        Value::String(text) => Const::String(text.to_string()),
        Value::Array(array) => match &array.elements {
            Elements::Values(values) => Const::Array(values.iter().map(const_value).collect()),
            words => Const::Array(words.to_values().iter().map(const_value).collect()),
        },
        Value::Map(map) => {
            let item = |(key, item): (&crate::value::Text, &Value)| (key.to_string(), const_value(item));
            Const::Map(map.sorted().into_iter().map(item).collect())
        }
        Value::Unit | Value::Struct(_) | Value::Signal(_) | Value::Other(_) => Const::Unit,
    }
}
