//! Time as fragments see it: the program's clock, which may be virtual. So it cannot be rhai's own.

use super::ScriptHost;
use rhai::Engine;
use std::sync::Arc;
use std::time::Duration;

/// A point in time, as `timestamp()` gives it: nanoseconds since the program's start.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Moment(i64);

impl Moment {
    fn of(time: Duration) -> Self {
        Moment(i64::try_from(time.as_nanos()).unwrap_or(i64::MAX))
    }

    /// Seconds from another moment to this one.
    fn since(self, other: Moment) -> f64 {
        (i128::from(self.0) - i128::from(other.0)) as f64 / 1e9
    }

    fn later(self, seconds: f64) -> Self {
        // `as` keeps within bounds
        Moment(self.0.saturating_add((seconds * 1e9) as i64))
    }
}

/// `timestamp()` and what needs the present time.
pub(super) fn register(engine: &mut Engine, host: &Arc<dyn ScriptHost>) {
    let clock = host.clone();
    engine.register_fn("timestamp", move || Moment::of(clock.now()));
    let clock = host.clone();
    engine.register_get("elapsed", move |moment: &mut Moment| {
        Moment::of(clock.now()).since(*moment)
    });
    let clock = host.clone();
    engine.register_fn("elapsed", move |moment: &mut Moment| {
        Moment::of(clock.now()).since(*moment)
    });
}

/// What can be done with moments at any time.
pub(crate) fn register_moments(engine: &mut Engine) {
    engine
        .register_type_with_name::<Moment>("timestamp")
        .register_fn("-", |a: Moment, b: Moment| a.since(b))
        .register_fn("+", |a: Moment, seconds: f64| a.later(seconds))
        .register_fn("+", |a: Moment, seconds: i64| a.later(seconds as f64))
        .register_fn("-", |a: Moment, seconds: f64| a.later(-seconds))
        .register_fn("-", |a: Moment, seconds: i64| a.later(-(seconds as f64)))
        .register_fn("==", |a: Moment, b: Moment| a == b)
        .register_fn("!=", |a: Moment, b: Moment| a != b)
        .register_fn("<", |a: Moment, b: Moment| a < b)
        .register_fn("<=", |a: Moment, b: Moment| a <= b)
        .register_fn(">", |a: Moment, b: Moment| a > b)
        .register_fn(">=", |a: Moment, b: Moment| a >= b)
        .register_fn("to_string", |_: &mut Moment| "<timestamp>")
        .register_fn("to_debug", |_: &mut Moment| "<timestamp>");
}
