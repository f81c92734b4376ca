//! Where work is done that may make its caller wait for a disk, or for a name to be looked up: a few threads for all
//! programs of an engine, started when there is something to do. What may take for ever, as an open of a pipe that nobody
//! else has opened, gets a thread of its own instead.

use crate::sync::{Mutex, spawn};
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll, Waker};

/// So many pieces of work are done at the same time.
const THREADS: usize = 2;

/// The threads.
#[derive(Default)]
pub(super) struct Desk(OnceLock<Option<rayon::ThreadPool>>);

/// Work that somebody else does.
pub(super) struct Job<T>(Arc<Mutex<(Option<T>, Option<Waker>)>>);

/// Whoever does it, and tells what came of it.
pub(super) struct Done<T>(Arc<Mutex<(Option<T>, Option<Waker>)>>);

impl<T> Job<T> {
    /// What came of it.
    pub(super) fn poll(&mut self, context: &Context<'_>) -> Poll<T> {
        let mut state = self.0.lock();
        match state.0.take() {
            Some(result) => Poll::Ready(result),
            None => {
                state.1 = Some(context.waker().clone());
                Poll::Pending
            }
        }
    }
}

impl<T> Done<T> {
    pub(super) fn tell(self, result: T) {
        let waker = {
            let mut state = self.0.lock();
            state.0 = Some(result);
            state.1.take()
        };
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}

impl Desk {
    /// Has something done; `apart` on a thread of its own.
    pub(super) fn run(&self, apart: bool, work: impl FnOnce() + Send + 'static) {
        if apart {
            // without a thread it is not done, as if it took for ever
            let _ = spawn("hydra file", None, work);
            return;
        }
        let build = || {
            let builder = rayon::ThreadPoolBuilder::new().num_threads(THREADS);
            builder
                .thread_name(|number| format!("hydra files {number}"))
                .build()
                .ok()
        };
        match self.0.get_or_init(build) {
            Some(pool) => pool.spawn(work),
            None => work(),
        }
    }

    /// Has something done, of which something comes.
    pub(super) fn ask<T: Send + 'static>(&self, apart: bool, work: impl FnOnce(Done<T>) + Send + 'static) -> Job<T> {
        let state = Arc::new(Mutex::new((None, None)));
        let done = Done(state.clone());
        self.run(apart, move || work(done));
        Job(state)
    }
}
