//! A run that goes on while the application does other things.

use crate::engine::{Canceller, Outcome};
use crate::sched::{Crew, Finished, Shared};
use crate::sync::Instant;
use crate::sync::Ordering;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

/// A program that runs on the threads of an engine. It is also a future of its outcome, for async applications. To drop it
/// is to cancel it, unless it is [detached](Self::detach).
///
/// ```
/// use hydra_vm::{Engine, ErrorKind, Program, Run};
/// use std::time::Duration;
///
/// let engine = Engine::new(1)?;
/// let program = Program::compile("forever.csp", "*[ true -> skip ]")?;
/// let mut running = Run::new(&program).start_on(&engine)?;
/// assert!(running.poll().is_none());
/// assert!(running.wait_for(Duration::from_millis(5)).is_none());
/// running.cancel();
/// let error = running.wait().finished().unwrap_err();
/// assert_eq!(error.kind(), ErrorKind::Cancelled);
/// # Ok::<(), hydra_vm::Error>(())
/// ```
#[must_use = "to drop it is to cancel it"]
pub struct Running {
    shared: Arc<Shared>,
    crew: Arc<Crew>,
    /// Its outcome was handed out, or nobody wants it.
    done: bool,
}

impl Running {
    pub(crate) fn new(shared: Arc<Shared>, crew: Arc<Crew>) -> Running {
        Running {
            shared,
            crew,
            done: false,
        }
    }

    /// Waits for its end.
    pub fn wait(mut self) -> Outcome {
        let shared = self.shared.clone();
        let ended = || shared.finished.lock().is;
        self.crew.wait(ended, || {
            let mut finished = shared.finished.lock();
            while !finished.is {
                shared.signal.wait(&mut finished);
            }
        });
        self.take().unwrap_or_else(|| Outcome::lost(&self.shared))
    }

    /// Waits for its end, but only so long. The outcome is handed out once.
    pub fn wait_for(&mut self, time: Duration) -> Option<Outcome> {
        let Some(until) = Instant::now().checked_add(time) else {
            return self.poll();
        };
        let shared = self.shared.clone();
        let over = || Instant::now() >= until;
        let ended = || shared.finished.lock().is || over();
        self.crew.wait(ended, || {
            let mut finished = shared.finished.lock();
            while !finished.is && !over() {
                shared.signal.wait_until(&mut finished, until);
            }
        });
        self.take()
    }

    /// Its outcome, if it has ended; handed out once.
    pub fn poll(&mut self) -> Option<Outcome> {
        self.take()
    }

    /// Whether it has ended.
    pub fn has_ended(&self) -> bool {
        self.shared.finished.lock().is
    }

    /// Asks it to end. It does so soon, for even rhai in a fragment looks now and then whether it should.
    pub fn cancel(&self) {
        self.shared.cancel();
    }

    /// What can cancel it from elsewhere, without keeping it.
    pub fn canceller(&self) -> Canceller {
        Canceller::new(&self.shared)
    }

    /// Lets it go on by itself; what comes of it is not told.
    pub fn detach(mut self) {
        self.done = true;
    }

    /// The time since it began.
    pub fn elapsed(&self) -> Duration {
        self.shared.began.elapsed()
    }

    /// Its steps so far, counted when turns end.
    pub fn steps(&self) -> u64 {
        self.shared.steps()
    }

    /// Its processes that are alive.
    pub fn processes(&self) -> u64 {
        self.shared.alive.load(Ordering::Relaxed)
    }

    fn take(&mut self) -> Option<Outcome> {
        let outcome = self.shared.finished.lock().outcome.take();
        self.done |= outcome.is_some();
        outcome
    }
}

impl Future for Running {
    type Output = Outcome;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Outcome> {
        {
            let mut finished: crate::sync::MutexGuard<'_, Finished> = self.shared.finished.lock();
            if !finished.is {
                finished.waker = Some(context.waker().clone());
                return Poll::Pending;
            }
        }
        let outcome = self.take();
        Poll::Ready(outcome.unwrap_or_else(|| Outcome::lost(&self.shared)))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if !self.done {
            self.shared.cancel();
        }
    }
}

impl std::fmt::Debug for Running {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Running").field("ended", &self.has_ended()).finish()
    }
}
