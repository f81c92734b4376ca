//! Workers, their queues, time, and the end of a run. See `README.md` beside this file.

mod alarms;
mod clock;
mod crew;
mod driver;
mod host;
mod pool;
mod queue;
mod rng;
mod shared;
mod stepper;
mod timers;
mod worker;

pub(crate) use alarms::{Alarm, Alarms};
pub(crate) use clock::{Clock, after};
pub(crate) use crew::Crew;
pub(crate) use driver::{Driver, Finished};
pub(crate) use host::Host;
pub(crate) use queue::Queue;
pub(crate) use rng::Rng;
pub(crate) use shared::{Ending, Params, Shared, look_again};
pub use stepper::{Progress, Stepper};
pub(crate) use timers::{Timers, Waiter};
pub(crate) use worker::{Flow, Parked, Pause, Worker};
