//! Panics within what rhai calls, which end a fragment, not the program: of functions of the application, and of the library when
//! what is to be sorted has no order.

use std::any::Any;
use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};

thread_local! {
    static EXPECTED: Cell<bool> = const { Cell::new(false) };
}

/// What a call gives, or what it panicked with.
pub fn caught<T>(call: impl FnOnce() -> T) -> Result<T, Box<dyn Any + Send>> {
    let around = EXPECTED.replace(true);
    let given = catch_unwind(AssertUnwindSafe(call));
    EXPECTED.set(around);
    given
}

/// From now on panics that are [`caught`] are not told on the error output of the process, since what becomes of them is. For
/// commands: an application has a hook of its own.
pub fn keep_quiet() {
    let told = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        if !EXPECTED.get() {
            told(panic);
        }
    }));
}
