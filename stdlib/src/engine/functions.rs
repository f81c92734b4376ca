//! Functions and types of an application, for fragments.

use crate::analysis::Inferred;
use rhai::{Engine, FuncRegistration, Identifier, Module, RhaiNativeFunc, Variant};
use std::any::TypeId;
use std::fmt;
use std::sync::Arc;

/// Functions and types of Rust that fragments of a program may use, registered as rhai does it. The compiler is told of
/// them, so that an unknown name is an error of the program, and what [`register_fn`](Self::register_fn) registers has
/// a known type. The same ones are needed when the program runs.
///
/// ```
/// use hydra_stdlib::engine::Functions;
///
/// #[derive(Clone)]
/// struct Order { quantity: i64 }
///
/// let mut functions = Functions::new();
/// functions
///     .register_fn("discount", |price: i64, percent: i64| price - price * percent / 100)
///     .register_fn("order", |quantity: i64| Order { quantity })
///     .register(|rhai| {
///         rhai.register_type_with_name::<Order>("Order")
///             .register_get("quantity", |order: &mut Order| order.quantity)
///             .register_fn("fill", |order: &mut Order, n: i64| order.quantity -= n);
///     });
/// ```
///
/// A function that panics is a failure of the program that called it. A function should return soon: it keeps its
/// worker, and nothing ends it.
#[derive(Clone, Default)]
pub struct Functions {
    module: Option<Arc<Module>>,
    more: Vec<Register>,
    known: Vec<Known>,
}

type Register = Arc<dyn Fn(&mut Engine) + Send + Sync>;

/// What is known of a function.
#[derive(Clone, Debug)]
struct Known {
    name: String,
    /// How many arguments it takes, the receiver of a method among them.
    args: usize,
    /// Whether it may change the first one.
    changes: bool,
    result: Inferred,
}

/// What is known of all functions of a name with a number of arguments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownFunction {
    /// Whether one may change its first argument.
    pub changes: bool,
    /// The type of what they give, if it is sure.
    pub result: Inferred,
}

impl Functions {
    /// None.
    pub fn new() -> Functions {
        Functions::default()
    }

    /// Registers a function, as [`rhai::Engine::register_fn`] does.
    pub fn register_fn<A: 'static, const N: usize, const X: bool, R: Variant + Clone, const F: bool, FUNC>(
        &mut self,
        name: impl AsRef<str> + Into<Identifier>,
        function: FUNC,
    ) -> &mut Self
    where
        FUNC: RhaiNativeFunc<A, N, X, R, F> + Send + Sync + 'static,
    {
        let mut known = Known {
            name: name.as_ref().to_owned(),
            args: N,
            changes: false,
            result: inferred(TypeId::of::<R>()),
        };
        let mut module = self.module.take().map_or_else(Module::new, Arc::unwrap_or_clone);
        let function = function.into_rhai_function(true, false);
        known.changes = function.is_method();
        FuncRegistration::new(name).set_into_module_raw(&mut module, FUNC::param_types(), function);
        module.build_index();
        self.known.push(known);
        self.module = Some(Arc::new(module));
        self
    }

    /// Registers anything with an engine of rhai: types, getters, indexers, modules, packages. Each worker has an engine of
    /// its own, and so has the compiler, so this is called several times. What functions give is not known to the compiler,
    /// and those whose first argument is no scalar count as changing it: [`register_fn`](Self::register_fn) knows better.
    pub fn register(&mut self, register: impl Fn(&mut Engine) + Send + Sync + 'static) -> &mut Self {
        let mut alone = Engine::new_raw();
        register(&mut alone);
        let listed = alone.collect_fn_metadata(
            None,
            |function| {
                let function = function.metadata;
                // rhai does not say whether a function changes its first argument; that of a scalar is not changed
                let first = function.param_types.first();
                let changes = first.is_some_and(|&first| !is_scalar(inferred(first)));
                Some(Known {
                    name: function.name.to_string(),
                    args: function.num_params,
                    changes,
                    result: Inferred::Unknown,
                })
            },
            false,
        );
        self.known.extend(listed);
        self.more.push(Arc::new(register));
        self
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.module.is_none() && self.more.is_empty()
    }

    /// What is known of the functions of a name with so many arguments, the receiver of a method among them.
    pub fn known(&self, name: &str, args: usize) -> Option<KnownFunction> {
        let mut all = self
            .known
            .iter()
            .filter(|known| known.name == name && known.args == args);
        let first = all.next()?;
        let mut found = KnownFunction {
            changes: first.changes,
            result: first.result.clone(),
        };
        for other in all {
            found.changes |= other.changes;
            if other.result != found.result {
                found.result = Inferred::Unknown;
            }
        }
        Some(found)
    }

    /// Names of all functions.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.known.iter().map(|known| known.name.as_str())
    }

    /// Makes them known to an engine.
    pub(super) fn apply(&self, engine: &mut Engine) {
        if let Some(module) = &self.module {
            engine.register_global_module(module.clone());
        }
        for register in &self.more {
            register(engine);
        }
    }
}

impl fmt::Debug for Functions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut names: Vec<&str> = self.names().collect();
        names.sort_unstable();
        names.dedup();
        f.debug_tuple("Functions").field(&names).finish()
    }
}

fn is_scalar(ty: Inferred) -> bool {
    use Inferred::{Boolean, Character, Integer, Real, String};
    matches!(ty, Integer | Real | Boolean | Character | String)
}

/// The type of values of a type of Rust.
fn inferred(ty: TypeId) -> Inferred {
    let is = |other: TypeId| ty == other;
    if is(TypeId::of::<i64>()) {
        Inferred::Integer
    } else if is(TypeId::of::<f64>()) {
        Inferred::Real
    } else if is(TypeId::of::<bool>()) {
        Inferred::Boolean
    } else if is(TypeId::of::<char>()) {
        Inferred::Character
    } else if is(TypeId::of::<String>())
        || is(TypeId::of::<rhai::ImmutableString>())
        || is(TypeId::of::<&'static str>())
    {
        Inferred::String
    } else if is(TypeId::of::<()>()) {
        Inferred::Unit
    } else if is(TypeId::of::<rhai::Array>()) {
        Inferred::Array(Box::default())
    } else {
        Inferred::Unknown
    }
}
