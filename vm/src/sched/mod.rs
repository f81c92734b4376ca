//! Workers, their queues, time, and the end of a run. See `README.md` beside this file.

mod clock;
mod queue;
mod rng;
mod shared;
mod timers;
mod worker;

pub(crate) use clock::{Clock, after};
pub(crate) use queue::Queue;
pub(crate) use rng::Rng;
pub(crate) use shared::{Ending, Params, Shared, look_again};
pub(crate) use timers::{Timers, Waiter};
pub(crate) use worker::{Flow, Worker};
