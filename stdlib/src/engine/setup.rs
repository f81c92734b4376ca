//! Makes engines.

use super::{Functions, ScriptHost, clock, scripts::Scripts, view};
use crate::limits;
use crate::value::{Symbols, dynamic};
use parking_lot::Mutex;
use rhai::packages::{Package, StandardPackage};
use rhai::{Dynamic, Engine, EvalAltResult, ImmutableString, NativeCallContext, OptimizationLevel, Position};
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock};

static STANDARD: LazyLock<StandardPackage> = LazyLock::new(StandardPackage::new);

/// What ends a fragment from outside of it.
#[derive(Debug, Default)]
pub(super) struct Watch {
    /// The address of the stack where the fragment began.
    base: AtomicUsize,
    /// Operations since the fragment began. rhai's own count forgets those of closures that its functions call.
    operations: AtomicU64,
    /// The host wants the fragment to end. Kept, for some functions of rhai (`sort`) drop the error of what they call.
    stopped: AtomicBool,
    /// A line could not be printed…
    broken: AtomicBool,
    /// …for this reason.
    failed: Mutex<Option<String>>,
}

/// Why rhai was stopped.
#[derive(Clone, Debug)]
pub(super) enum Stopped {
    /// the host wants it
    Host,
    /// a line could not be printed
    Print,
    /// too deep calls
    Stack,
    /// a constant takes too long
    Operations,
}

impl Watch {
    /// A fragment begins here.
    #[inline(never)]
    pub(super) fn begin(&self) {
        self.base.store(stack_address(), Ordering::Relaxed);
        self.operations.store(0, Ordering::Relaxed);
        self.stopped.store(false, Ordering::Relaxed);
        self.broken.store(false, Ordering::Relaxed);
    }

    /// Operations since the fragment began.
    pub(super) fn operations(&self) -> u64 {
        self.operations.load(Ordering::Relaxed)
    }

    /// One more operation; how many they are.
    fn count(&self) -> u64 {
        // only the thread that runs the fragment counts
        let operations = self.operations() + 1;
        self.operations.store(operations, Ordering::Relaxed);
        operations
    }

    /// Whether the host wants the fragment to end; it is asked now and then.
    fn is_stopped(&self, operations: u64, host: &dyn ScriptHost) -> bool {
        if operations.is_multiple_of(limits::OPERATIONS_PER_CHECK) && host.stop() {
            self.stopped.store(true, Ordering::Relaxed);
        }
        self.stopped.load(Ordering::Relaxed)
    }

    /// Whether a line could not be printed.
    pub(super) fn is_broken(&self) -> bool {
        self.broken.load(Ordering::Relaxed)
    }

    /// Why, once.
    pub(super) fn take_failure(&self) -> String {
        self.failed
            .lock()
            .take()
            .unwrap_or_else(|| "the line cannot be written".into())
    }

    fn stack_used(&self) -> usize {
        self.base.load(Ordering::Relaxed).abs_diff(stack_address())
    }
}

/// About where the stack ends now.
#[inline(always)]
fn stack_address() -> usize {
    let here = 0_u8;
    std::ptr::from_ref(std::hint::black_box(&here)).addr()
}

/// `text.pad(length, padding)` as in rhai, whose own never ends with an empty padding.
fn pad(
    context: NativeCallContext,
    text: &mut ImmutableString,
    length: i64,
    padding: &str,
) -> Result<(), Box<EvalAltResult>> {
    let most = context.engine().max_string_size();
    let too_long = |length: usize| {
        let problem = EvalAltResult::ErrorDataTooLarge("Length of string".to_string(), Position::NONE);
        if most > 0 && length > most {
            Err(problem.into())
        } else {
            Ok(())
        }
    };
    if length <= 0 {
        return Ok(());
    }
    let length = usize::try_from(length).unwrap_or(usize::MAX);
    too_long(length)?;
    let missing = length.saturating_sub(text.chars().count());
    if missing == 0 {
        return Ok(());
    }
    if padding.is_empty() {
        return Err("a string cannot be padded with an empty one".into());
    }
    text.make_mut().extend(padding.chars().cycle().take(missing));
    too_long(text.len())
}

/// An engine as fragments run in.
pub(super) fn engine(
    host: &Arc<dyn ScriptHost>,
    symbols: &Arc<Symbols>,
    scripts: Arc<[(String, String)]>,
    watch: &Arc<Watch>,
    operations_max: Option<u64>,
    functions: &Functions,
) -> Engine {
    let mut engine = Engine::new_raw();
    engine.set_optimization_level(OptimizationLevel::None);
    limits::apply(&mut engine);
    STANDARD.register_into_engine(&mut engine);
    dynamic::register(&mut engine);
    clock::register_moments(&mut engine);
    clock::register(&mut engine, host);
    view::register(&mut engine, symbols);
    engine
        .register_fn("sleep", |_: i64| sleep())
        .register_fn("sleep", |_: f64| sleep())
        .register_fn("pad", pad);
    functions.apply(&mut engine);
    engine.set_module_resolver(Scripts::new(scripts, host.clone()));
    let (printer, printed) = (host.clone(), watch.clone());
    engine.on_print(move |line| print(&*printer, &printed, line));
    let (printer, printed) = (host.clone(), watch.clone());
    engine.on_debug(move |line, _, _| print(&*printer, &printed, line));
    let (host, watch) = (host.clone(), watch.clone());
    engine.on_progress(move |_| {
        let operations = watch.count();
        if watch.stack_used() > limits::SCRIPT_STACK_BYTES_MAX {
            return Some(Dynamic::from(Stopped::Stack));
        }
        if watch.is_stopped(operations, &*host) {
            return Some(Dynamic::from(Stopped::Host));
        }
        if operations_max.is_some_and(|max| operations > max) {
            return Some(Dynamic::from(Stopped::Operations));
        }
        if watch.is_broken() {
            return Some(Dynamic::from(Stopped::Print));
        }
        None
    });
    engine
}

fn sleep() -> Result<(), Box<EvalAltResult>> {
    Err("`sleep` is not allowed in a fragment: the command `after` waits".into())
}

fn print(host: &dyn ScriptHost, watch: &Watch, line: &str) {
    if !watch.is_broken()
        && let Err(message) = host.print(line)
    {
        *watch.failed.lock() = Some(message);
        watch.broken.store(true, Ordering::Relaxed);
    }
}
