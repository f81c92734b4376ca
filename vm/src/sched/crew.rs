//! Threads that run the workers of many runs.
//!
//! A worker is no thread: it is a task, run by any thread of a pool until it has nothing to do or its turn is over while
//! others wait. Then it is put aside ([`Parked`]), and what wakes it makes it a task again. So a run that waits for time
//! or the outside keeps no thread, and many runs share a few. Tasks come in order of arrival: the crew has a queue of its
//! own, and each job of the pool takes the first of it.

use super::worker::{Parked, Pause, Worker};
use super::{Alarms, Shared};
use crate::limits::WORKER_STACK_BYTES;
use crate::sync::{AtomicUsize, Mutex, Ordering};
use hydra_stdlib::limits::THREAD_STACK_BYTES;
use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

/// How long a thread of the pool that waits for a run sleeps when the pool has nothing else to do.
const WAIT_IN_POOL: Duration = Duration::from_micros(100);

/// The pool of an engine.
pub(crate) enum Threads {
    /// made for it
    Own(rayon::ThreadPool),
    /// the application's
    Given(Arc<rayon::ThreadPool>),
}

/// The threads of an engine, and what waits for them.
pub(crate) struct Crew {
    threads: Threads,
    tasks: Mutex<VecDeque<(Arc<Shared>, Parked)>>,
    /// Length of `tasks`, for a look without the lock.
    queued: AtomicUsize,
    /// Wakes runs that wait for time.
    pub(crate) alarms: Alarms,
}

impl Crew {
    pub(crate) fn new(threads: Threads) -> Arc<Crew> {
        Arc::new(Crew {
            threads,
            tasks: Mutex::default(),
            queued: AtomicUsize::new(0),
            alarms: Alarms::default(),
        })
    }

    fn pool(&self) -> &rayon::ThreadPool {
        match &self.threads {
            Threads::Own(pool) => pool,
            Threads::Given(pool) => pool,
        }
    }

    /// How many threads there are.
    pub(crate) fn threads(&self) -> usize {
        self.pool().current_num_threads()
    }

    /// How many tasks wait for a thread.
    #[inline]
    pub(crate) fn queued(&self) -> usize {
        self.queued.load(Ordering::Relaxed)
    }

    /// Has a worker run by the next thread that is free.
    pub(crate) fn push(self: &Arc<Self>, shared: Arc<Shared>, parked: Parked) {
        {
            let mut tasks = self.tasks.lock();
            shared.queued.fetch_add(1, Ordering::Relaxed);
            tasks.push_back((shared, parked));
            self.queued.store(tasks.len(), Ordering::Relaxed);
        }
        let crew = self.clone();
        self.pool().spawn(move || crew.run_one());
    }

    fn run_one(self: &Arc<Self>) {
        let next = {
            let mut tasks = self.tasks.lock();
            let next = tasks.pop_front();
            if let Some((shared, _)) = &next {
                shared.queued.fetch_sub(1, Ordering::Relaxed);
            }
            self.queued.store(tasks.len(), Ordering::Relaxed);
            next
        };
        if let Some((shared, parked)) = next {
            self.run(&shared, parked);
        }
    }

    fn run(self: &Arc<Self>, shared: &Arc<Shared>, mut parked: Parked) {
        loop {
            let run = || {
                let mut worker = Worker::resume(shared, parked);
                let pause = worker.run();
                (pause, worker.leave())
            };
            let run = || stacker::maybe_grow(THREAD_STACK_BYTES, WORKER_STACK_BYTES, run);
            let (pause, rest) = match catch_unwind(AssertUnwindSafe(run)) {
                Ok(outcome) => outcome,
                Err(_) => {
                    shared.broken();
                    return shared.one_left();
                }
            };
            match pause {
                Pause::Ended => {
                    drop(rest);
                    return shared.one_left();
                }
                Pause::Turn => return self.push(shared.clone(), rest),
                Pause::Idle(calls) => match shared.put_aside(rest, calls) {
                    None => return,
                    Some(rest) => parked = rest,
                },
            }
        }
    }

    /// Calls `done` until it says yes. A thread of the pool does other work of the pool meanwhile, which may be the very
    /// work it waits for; others are told to `sleep`.
    pub(crate) fn wait(&self, mut done: impl FnMut() -> bool, mut sleep: impl FnMut()) {
        let inside = self.pool().current_thread_index().is_some();
        while !done() {
            if !inside {
                sleep();
            } else if self.pool().yield_now() != Some(rayon::Yield::Executed) {
                std::thread::sleep(WAIT_IN_POOL);
            }
        }
    }
}
