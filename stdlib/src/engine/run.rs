//! Runs fragments.

use super::error::{Failure, Place, ScriptError};
use super::program::{Compiled, ScriptProgram};
use super::setup::{self, Watch};
use super::view::{AllBounds, ArrayView, Bounds};
use super::{Functions, ScriptHost};
use crate::value::{Symbols, Value, from_const, from_dynamic, to_dynamic};
use rhai::{AST, Caches, Dynamic, Engine, EvalAltResult, EvalContext, ImmutableString, Locked, Scope, Shared};
use smallvec::SmallVec;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

/// A variable's value as a fragment gets it.
#[derive(Clone, Debug, Default)]
pub struct Input {
    /// Its value.
    pub value: Value,
    /// Bounds of each dimension if its type is an array; those of arrays inside of its elements may follow.
    pub bounds: SmallVec<[(i64, i64); 2]>,
}

/// What a fragment has done.
#[derive(Clone, Debug)]
pub struct Output {
    /// Its value.
    pub value: Value,
    /// New values of those variables that it may write, as rhai left them.
    pub variables: Vec<Option<Value>>,
    /// How many of rhai's operations that took.
    pub operations: u64,
}

/// Runs the fragments of one worker.
///
/// Its thread needs [`crate::limits::THREAD_STACK_BYTES`] of stack.
pub struct ScriptEngine {
    pub(super) program: Arc<ScriptProgram>,
    pub(super) symbols: Arc<Symbols>,
    pub(super) watch: Arc<Watch>,
    pub(super) engine: Engine,
    /// What is kept between runs, for each fragment.
    states: Vec<Option<State>>,
    /// Texts that are run with values, compiled.
    pub(super) operations: HashMap<String, AST>,
    /// Constants as `global::NAME`.
    constants: Arc<Locked<BTreeMap<ImmutableString, Dynamic>>>,
    /// Why nothing can run.
    broken: Option<ScriptError>,
}

/// What a fragment keeps from run to run.
struct State {
    /// Its constants, params and variables; the values of variables are `()` between runs.
    scope: Scope<'static>,
    /// Functions that have been found.
    caches: Caches,
    /// Entries of the scope that are no one's own.
    size: usize,
}

impl ScriptEngine {
    /// An engine for one worker.
    pub fn new(program: Arc<ScriptProgram>, host: Arc<dyn ScriptHost>, symbols: Arc<Symbols>) -> Self {
        Self::with(program, host, symbols, &Functions::default())
    }

    /// An engine for one worker, with functions of the application.
    pub fn with(
        program: Arc<ScriptProgram>,
        host: Arc<dyn ScriptHost>,
        symbols: Arc<Symbols>,
        functions: &Functions,
    ) -> Self {
        let watch = Arc::new(Watch::default());
        let mut engine = setup::engine(&host, &symbols, program.texts.scripts.clone(), &watch, None, functions);
        let mut broken = None;
        let mut constants = BTreeMap::new();
        match program.includes(&mut engine, &watch, &symbols) {
            Ok(evaluated) => {
                engine.register_global_module(evaluated.module.clone());
                for (name, module) in evaluated.module.iter_sub_modules().filter(|(name, _)| !name.is_empty()) {
                    engine.register_static_module(name, module.clone());
                }
                constants = evaluated.constants.clone();
            }
            Err(error) => broken = Some(error),
        }
        let states = program.texts.fragments.iter().map(|_| None).collect();
        let constants = Shared::new(Locked::new(constants));
        ScriptEngine {
            program,
            symbols,
            watch,
            engine,
            states,
            operations: HashMap::new(),
            constants,
            broken,
        }
    }

    /// Whether the includes could be evaluated.
    pub(super) fn usable(&self) -> Result<(), ScriptError> {
        self.broken.clone().map_or(Ok(()), Err)
    }

    /// Runs a fragment. `inputs` has a value for each of its variables, `params` one for each of its params; params have
    /// the same values whenever this engine runs.
    pub fn run(&mut self, fragment: usize, inputs: Vec<Input>, params: &[Value]) -> Result<Output, ScriptError> {
        self.usable()?;
        let program = self.program.clone();
        let compiled = program.compiled(fragment, &self.engine)?;
        let mut state = match self.states[fragment].take() {
            Some(state) => state,
            None => self.state(fragment, compiled, params),
        };
        self.give(&mut state.scope, fragment, compiled, inputs);
        let result = self.evaluate(&mut state, compiled);
        state.scope.rewind(state.size);
        let output = match result {
            Ok((value, operations)) if !self.watch.is_broken() => {
                self.take(&mut state.scope, fragment, value, operations)
            }
            Ok(_) => Err(program.failed_at_all(fragment, self.watch.take_failure())),
            Err(Fault::Rhai(error)) => {
                let failure = Failure::new(*error, Place::Fragment, &self.watch, &self.symbols);
                Err(program.failed(fragment, compiled, failure))
            }
            // what is kept of this fragment may be broken as well
            Err(Fault::Panic(said)) => {
                return Err(program.failed_at_all(fragment, format!("a function that rhai calls has panicked: {said}")));
            }
        };
        self.states[fragment] = Some(state);
        output
    }

    /// The scope of a fragment, before its first run.
    fn state(&self, fragment: usize, compiled: &Compiled, params: &[Value]) -> State {
        let code = &self.program.texts.fragments[fragment];
        let mut scope = Scope::new();
        let evaluated = self.constants.read().ok();
        for (name, value) in &code.constants {
            // those of includes as they are in this run, else as the module has them
            let own = evaluated
                .as_ref()
                .and_then(|constants| constants.get(name.as_str()).cloned());
            let value = own.unwrap_or_else(|| to_dynamic(&from_const(value), &self.symbols));
            scope.push_constant_dynamic(name.as_str(), value);
        }
        // the module has not all: closures and structured values are made anew in each run
        let others = evaluated.iter().flat_map(|constants| constants.iter());
        for (name, value) in others.filter(|(name, _)| code.mentions(name) && !code.binds(name)) {
            scope.push_constant_dynamic(name.as_str(), value.clone());
        }
        drop(evaluated);
        for (name, value) in code.params.iter().zip(params) {
            scope.push_constant_dynamic(name.as_str(), to_dynamic(value, &self.symbols));
        }
        for (variable, bounds) in code.variables.iter().zip(&compiled.bounds) {
            scope.push_dynamic(variable.name.as_str(), Dynamic::UNIT);
            if let Some(name) = bounds {
                scope.push_dynamic(name.as_str(), Dynamic::UNIT);
            }
        }
        let size = scope.len();
        State {
            scope,
            caches: Caches::new(),
            size,
        }
    }

    /// Puts values into the scope.
    fn give(&self, scope: &mut Scope, fragment: usize, compiled: &Compiled, inputs: Vec<Input>) {
        let code = &self.program.texts.fragments[fragment];
        for (index, (variable, input)) in code.variables.iter().zip(inputs).enumerate() {
            // those behind are of arrays inside of elements
            let bounds = || -> AllBounds { input.bounds[..variable.dims.min(input.bounds.len())].into() };
            if let Some(name) = &compiled.bounds[index]
                && let Some(place) = scope.get_mut(name)
            {
                *place = Dynamic::from(Bounds(bounds()));
            }
            let value = match input.value {
                Value::Array(array) if compiled.views[index] => {
                    Dynamic::from(ArrayView::new(array, bounds(), self.symbols.clone()))
                }
                value => to_dynamic(&value, &self.symbols),
            };
            if let Some(place) = scope.get_mut(&variable.name) {
                *place = value;
            }
        }
    }

    fn evaluate(&mut self, state: &mut State, compiled: &Compiled) -> Result<(Dynamic, u64), Fault> {
        let mut global = self.engine.new_global_runtime_state();
        let mut constants = self.constants.clone();
        if let Some(ast) = &compiled.functions {
            global.lib.push(ast.shared_lib().clone());
            // its own constants may be added
            let copy = constants.read().map(|constants| constants.clone()).unwrap_or_default();
            constants = Shared::new(Locked::new(copy));
        }
        global.constants = Some(constants);
        self.watch.begin();
        let (engine, scope, caches) = (&self.engine, &mut state.scope, &mut state.caches);
        let evaluated = super::caught(|| {
            let mut context = EvalContext::new(engine, &mut global, caches, scope, None);
            // not deprecated but called so: it keeps what is defined, as at the top of a script
            #[allow(deprecated)]
            context.eval_expression_tree_raw(&(&compiled.block).into(), false)
        });
        match evaluated {
            Ok(Ok(value)) => Ok((value, self.watch.operations())),
            Ok(Err(error)) => match *error {
                EvalAltResult::Return(value, _) | EvalAltResult::Exit(value, _) => Ok((value, self.watch.operations())),
                error => Err(Fault::Rhai(error.into())),
            },
            Err(panic) => Err(Fault::Panic(said(&*panic))),
        }
    }

    /// Takes values out of the scope.
    fn take(&self, scope: &mut Scope, fragment: usize, value: Dynamic, operations: u64) -> Result<Output, ScriptError> {
        let refused = |message| self.program.failed_at_all(fragment, message);
        let value = from_dynamic(value).map_err(refused)?;
        let mut variables = Vec::with_capacity(self.program.texts.fragments[fragment].variables.len());
        for variable in &self.program.texts.fragments[fragment].variables {
            let left = scope.get_mut(&variable.name).map(std::mem::take).unwrap_or_default();
            variables.push(match variable.writes {
                true => Some(taken(left).map_err(refused)?),
                false => None,
            });
        }
        Ok(Output {
            value,
            variables,
            operations,
        })
    }
}

pub(super) enum Fault {
    Rhai(Box<EvalAltResult>),
    /// A function of the application has panicked, or rhai itself; what it said.
    Panic(String),
}

/// What was said in a panic.
pub(super) fn said(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "no message".into())
}

/// A variable's value after a run.
fn taken(value: Dynamic) -> Result<Value, String> {
    let view = value.read_lock::<ArrayView>().map(|view| view.take());
    match view {
        Some(array) => Ok(Value::Array(array)),
        None => from_dynamic(value),
    }
}
