//! Threads that run the workers of many runs.
//!
//! A worker is no thread: it is a task, run by any thread of the crew until it has nothing to do or its turn is over while
//! others wait. Then it is put aside ([`Parked`]), and what wakes it makes it a task again. So a run that waits for time
//! or the outside keeps no thread, and many runs share a few. Tasks come in order of arrival.
//!
//! The threads are the crew's own, which wait for tasks, or those of a pool of the application, where each task is a job: it
//! takes the first task that waits, whoever has sent it.

use super::worker::{Parked, Pause, Worker};
use super::{Alarms, Shared};
use crate::limits::WORKER_STACK_BYTES;
use crate::outside::Service;
use crate::sync::{AtomicUsize, Condvar, Mutex, Ordering};
use hydra_stdlib::limits::THREAD_STACK_BYTES;
use std::cell::Cell;
use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

/// How long a thread that waits for a run sleeps when it could do nothing for it.
const WAIT_INSIDE: Duration = Duration::from_micros(100);

thread_local! {
    /// The crew that this thread belongs to, by its address.
    static CREW: Cell<usize> = const { Cell::new(0) };
}

/// The threads of an engine, and what waits for them.
pub(crate) struct Crew {
    inner: Arc<Inner>,
    /// Wakes runs that wait for time.
    pub(crate) alarms: Alarms,
    /// Looks after what its runs wait for outside.
    pub(crate) outside: Arc<Service>,
}

/// What the crew's own threads know.
struct Inner {
    tasks: Mutex<Tasks>,
    /// How many wait, for a look without the lock.
    queued: AtomicUsize,
    /// A task has come, or the crew is closed.
    changed: Condvar,
    /// The application's threads, if there are none of its own.
    pool: Option<Arc<rayon::ThreadPool>>,
    threads: usize,
}

#[derive(Default)]
struct Tasks {
    waiting: VecDeque<(Arc<Shared>, Parked)>,
    /// Threads of its own that wait for a task.
    idle: usize,
    closed: bool,
}

impl Crew {
    fn new(threads: usize, pool: Option<Arc<rayon::ThreadPool>>) -> Crew {
        Crew {
            inner: Arc::new(Inner {
                tasks: Mutex::default(),
                queued: AtomicUsize::new(0),
                changed: Condvar::new(),
                pool,
                threads,
            }),
            alarms: Alarms::default(),
            outside: Arc::default(),
        }
    }

    /// So many threads of its own. They end with the crew.
    pub(crate) fn own(threads: usize) -> std::io::Result<Arc<Crew>> {
        let crew = Crew::new(threads, None);
        for number in 0..threads {
            let inner = crew.inner.clone();
            let name = format!("hydra worker {number}");
            crate::sync::spawn(&name, Some(WORKER_STACK_BYTES), move || inner.serve())?;
        }
        Ok(Arc::new(crew))
    }

    /// The threads of the application.
    pub(crate) fn of_pool(pool: Arc<rayon::ThreadPool>) -> Arc<Crew> {
        Arc::new(Crew::new(pool.current_num_threads(), Some(pool)))
    }

    /// How many threads there are.
    pub(crate) fn threads(&self) -> usize {
        self.inner.threads
    }

    /// How many tasks wait for a thread.
    #[inline]
    pub(crate) fn queued(&self) -> usize {
        self.inner.queued.load(Ordering::Relaxed)
    }

    /// Has a worker run by the next thread that is free.
    pub(crate) fn push(&self, shared: Arc<Shared>, parked: Parked) {
        self.inner.push(shared, parked);
    }

    /// Calls `done` until it says yes. A thread of the crew does other work meanwhile, which may be the very work it waits
    /// for; others are told to `sleep`.
    pub(crate) fn wait(&self, mut done: impl FnMut() -> bool, mut sleep: impl FnMut()) {
        let inside = match &self.inner.pool {
            Some(pool) => pool.current_thread_index().is_some(),
            // all threads of a model checker are one
            None => !cfg!(hydra_model) && CREW.get() == self.inner.address(),
        };
        while !done() {
            if !inside {
                sleep();
                continue;
            }
            let worked = match &self.inner.pool {
                Some(pool) => pool.yield_now() == Some(rayon::Yield::Executed),
                None => self.inner.run_one(),
            };
            if !worked {
                std::thread::sleep(WAIT_INSIDE);
            }
        }
    }
}

impl Drop for Crew {
    fn drop(&mut self) {
        self.inner.tasks.lock().closed = true;
        self.inner.changed.notify_all();
    }
}

/// Calls a function on enough stack; `None` if it panics.
fn on_stack<T>(call: impl FnOnce() -> T) -> Option<T> {
    if cfg!(hydra_model) {
        // the checker has stacks of its own, and wants to see panics
        return Some(call());
    }
    let call = || stacker::maybe_grow(THREAD_STACK_BYTES, WORKER_STACK_BYTES, call);
    catch_unwind(AssertUnwindSafe(call)).ok()
}

impl Inner {
    fn address(self: &Arc<Self>) -> usize {
        Arc::as_ptr(self).addr()
    }

    fn push(self: &Arc<Self>, shared: Arc<Shared>, parked: Parked) {
        let wake = {
            let mut tasks = self.tasks.lock();
            shared.queued.fetch_add(1, Ordering::Relaxed);
            tasks.waiting.push_back((shared, parked));
            self.queued.store(tasks.waiting.len(), Ordering::Relaxed);
            tasks.idle > 0
        };
        if let Some(pool) = &self.pool {
            let inner = self.clone();
            pool.spawn(move || {
                inner.run_one();
            });
        } else if wake {
            self.changed.notify_one();
        }
    }

    fn first(&self, tasks: &mut Tasks) -> Option<(Arc<Shared>, Parked)> {
        let (shared, parked) = tasks.waiting.pop_front()?;
        shared.queued.fetch_sub(1, Ordering::Relaxed);
        self.queued.store(tasks.waiting.len(), Ordering::Relaxed);
        Some((shared, parked))
    }

    /// A thread of its own.
    fn serve(self: &Arc<Self>) {
        CREW.set(self.address());
        let mut tasks = self.tasks.lock();
        loop {
            if let Some((shared, parked)) = self.first(&mut tasks) {
                drop(tasks);
                self.run(&shared, parked);
                drop(shared);
                tasks = self.tasks.lock();
            } else if tasks.closed {
                return;
            } else {
                tasks.idle += 1;
                self.changed.wait(&mut tasks);
                tasks.idle -= 1;
            }
        }
    }

    /// Runs the first task, if there is one.
    fn run_one(self: &Arc<Self>) -> bool {
        let first = self.first(&mut self.tasks.lock());
        first.is_some_and(|(shared, parked)| {
            self.run(&shared, parked);
            true
        })
    }

    fn run(self: &Arc<Self>, shared: &Arc<Shared>, mut parked: Parked) {
        loop {
            let run = || {
                let mut worker = Worker::resume(shared, parked);
                let pause = worker.run();
                (pause, worker.leave())
            };
            let Some((pause, rest)) = on_stack(run) else {
                shared.broken();
                return shared.one_left();
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
}
